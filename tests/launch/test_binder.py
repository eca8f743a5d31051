"""Binder's image: what repo2docker would build, and the steps that can run here."""

import importlib.metadata
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest
from packaging.utils import canonicalize_name
from traitlets.utils.importstring import import_item

from course_utils import runtime
from course_utils.chapters import CHAPTERS, PROJECT
from course_utils.setup import lock
from course_utils.setup.connection import PromptConnection
from tests.benchmarks import binder
from tests.notebooks.run import MEGABYTES
from tests.unit.test_dependencies import entries

BINDER = PROJECT / ".binder"
IMAGE_MEGABYTES = 4000
# What repo2docker puts below: its base image and its conda environment.
BASE_MEGABYTES = 1500

# What a process does that starts another one.
START = "s.run([sys.executable, '-c', sys.argv[1]])"

# git on Windows keeps no executable bit, and there is no bash to run these.
posix = pytest.mark.skipif(os.name == "nt", reason="Binder's scripts are for Linux")


def pinned(name):
    """Return the requirements of a lock file by the name of their package."""
    return {canonicalize_name(r.name): r for r, _ in entries(name)}


def test_the_requirements_are_made_from_what_is_declared_now():
    digest = lock.digest(PROJECT, lock.BINDER)
    text = (PROJECT / lock.BINDER).read_text(encoding="utf-8")
    assert f"{lock.DIGEST_LINE}{digest}" in text.splitlines(), "call `course lock`"
    assert "://" not in text


def test_the_image_has_the_learners_versions_and_its_own_jupyterlab():
    learners, image = pinned(lock.LEARNERS), pinned(lock.BINDER)
    assert "jupyterlab" not in image
    for name, requirement in image.items():
        assert requirement.specifier == learners[name].specifier
        if name.startswith("tensorflow"):  # the small one, where it exists
            assert requirement.marker == learners[name].marker
    # What is left out hangs on JupyterLab and on nothing else.
    assert {
        "keras",
        "numpy",
        "anywidget",
        "ipykernel",
        "tensorflow-cpu",
    } <= image.keys()


@posix
def test_repo2docker_takes_python_312_the_requirements_and_both_scripts():
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug"]
    command += ["--user-id", "1000", "--user-name", "jovyan", str(PROJECT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    dockerfile = done.stdout + done.stderr
    assert "python=3.12" in dockerfile
    install = re.search(r'pip install .*-r "\.binder/requirements\.txt"', dockerfile)
    assert re.search(r"^RUN \./\.binder/postBuild$", dockerfile, re.MULTILINE)
    assert 'R2D_ENTRYPOINT="${REPO_DIR}/.binder/start"' in dockerfile
    # Then a changed sentence in a chapter does not install everything anew.
    assert install.start() < re.search(r"COPY \S+ src/ ", dockerfile).start()


@posix
@pytest.mark.parametrize("name", ["postBuild", "start"])
def test_a_script_is_executable_in_git_and_is_bash(name):
    listed = subprocess.run(
        ["git", "ls-files", "-s", f".binder/{name}"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    if listed.returncode != 0:
        pytest.skip("not a clone")
    assert listed.stdout.startswith("100755")
    subprocess.run(["bash", "-n", BINDER / name], check=True)


@posix
def test_a_session_starts_with_the_thread_limits_and_its_own_command(tmp_path):
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in runtime.environment()
    }
    env["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), env["PATH"]])
    shutil.copytree(BINDER, tmp_path / ".binder")
    done = subprocess.run(
        ["bash", ".binder/start", "env"],
        cwd=tmp_path,  # the package is installed, so any folder will do
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    got = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    assert {name: got.get(name) for name in runtime.environment()} == (
        runtime.environment()
    )


@posix
def test_the_data_is_fetched_at_build_time_or_the_build_fails(tmp_path):
    """The steps of postBuild that need no image, with and without the data."""
    steps = (BINDER / "postBuild").read_text(encoding="utf-8")
    script = tmp_path / "postBuild"
    kept = [line for line in steps.splitlines() if "pip install" not in line]
    assert len(kept) < len(steps.splitlines())
    script.write_text("\n".join(kept), encoding="utf-8")
    base = {n: v for n, v in os.environ.items() if n != "COURSE_MNIST"}
    base["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), base["PATH"]])
    base["HOME"] = str(tmp_path)
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    alone = {**base, **proxies, "COURSE_HOME": str(tmp_path / "empty")}
    alone.pop("NO_PROXY", None)
    done = subprocess.run(["bash", script], cwd=PROJECT, env=alone, capture_output=True)
    assert done.returncode != 0, "an image with the stand-in must not be built"

    if not os.environ.get("COURSE_MNIST"):
        pytest.skip("the real MNIST is not here")
    (tmp_path / "home" / "data").mkdir(parents=True)
    shutil.copy(os.environ["COURSE_MNIST"], tmp_path / "home" / "data" / "mnist.npz")
    filled = {**base, **proxies, "COURSE_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        ["bash", script], cwd=PROJECT, env=filled, capture_output=True
    )
    assert done.returncode == 0, done.stderr
    written = (tmp_path / ".jupyter" / "jupyter_server_config.json").read_text()
    config = json.loads(written)["ServerApp"]
    assert import_item(config["kernel_websocket_connection_class"]) is PromptConnection


def test_the_image_stays_small_enough_to_start_soon():
    """The size of the packages, as they are installed here, plus the base."""
    total = 0
    for name in pinned(lock.BINDER):
        try:
            files = importlib.metadata.distribution(name).files or ()
        except importlib.metadata.PackageNotFoundError:
            continue  # for another platform
        total += sum(f.size or 0 for f in files)
    megabytes = total / 1e6
    assert megabytes > 1000, "TensorFlow alone is larger: nothing was counted"
    assert BASE_MEGABYTES + megabytes < IMAGE_MEGABYTES
    print(f"\npackages in Binder's image: {megabytes:.0f} MB")


# Memory: mybinder.org ends a session at 2 GB, server and kernels together.


def test_what_the_runs_of_the_notebooks_allow_fits_beside_the_server():
    """Every run of a chapter is held to these bounds; see tests/notebooks."""
    assert binder.SERVER + MEGABYTES["tensorflow"] <= binder.SESSION
    assert binder.SERVER + 2 * MEGABYTES["numpy"] <= binder.SESSION


def test_the_kernels_of_the_last_runs_fit_too():
    """Looks at the figures that the runs leave, where there are any."""
    figures = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in (PROJECT / "artefacts" / "notebooks").glob("*.json")
    ]
    measured = [run for run in figures if run["megabytes"] is not None]
    if not measured:
        pytest.skip("no notebook was run here yet")
    for run in measured:
        assert binder.SERVER + run["megabytes"] <= binder.SESSION, run["chapter"]


def test_every_chapter_was_measured_with_the_browser_open_under_a_hard_limit():
    """`-m tests.benchmarks.binder` writes the record; a failed cell writes none."""
    record = json.loads(binder.RECORD.read_text(encoding="utf-8"))
    assert (
        record.get("limit_of_the_session") == binder.SESSION
        or record["limit_of_a_process"] == binder.SESSION - binder.SERVER
    )
    assert list(record["chapters"]) == [each.number for each in CHAPTERS]
    together = record["together"]
    assert len(together["numbers"]) >= 2
    assert together["numbers"] == [c.number for c in CHAPTERS if not c.tensorflow]
    for figures in (*record["chapters"].values(), together):
        assert 50 < figures["server"] <= binder.SERVER
        assert figures["without_files"] <= figures["session"] <= binder.SESSION


TAKE = "import sys; x = bytearray(b'1') * int(sys.argv[1]); print(len(x))"


@pytest.mark.skipif(sys.platform != "linux", reason="measured on Linux only")
def test_the_limit_of_a_process_is_hard_and_ends_with_the_block():
    """In a process of its own: this one may hold more already."""
    code = (
        "import subprocess, sys; from tests.benchmarks import binder\n"
        f"take = [sys.executable, '-c', {TAKE!r}, '300000000']\n"
        "with binder.limited(200):\n"
        "    subprocess.run(take)\n"
        "subprocess.run(take)\n"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert done.stderr.count("MemoryError") == 1
    assert done.stdout == "300000000\n"


@pytest.mark.skipif(sys.platform != "linux", reason="measured on Linux only")
def test_the_limit_of_a_session_counts_its_processes_together():
    try:
        group = binder.Group(400)
    except OSError as reason:
        pytest.skip(str(reason))
    # They wait until this process has left the group, and then hold what they have
    # until all have it, or one has been ended.
    wait = f"input(); {TAKE}; sys.stdout.flush(); sys.stdin.read()"
    try:
        for count, ended in ((1, 0), (2, 1)):
            with group.entered():
                running = [
                    subprocess.Popen(
                        [sys.executable, "-c", wait, "250000000"],
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                    )
                    for _ in range(count)
                ]
            for each in running:
                each.stdin.write(b"\n")
                each.stdin.flush()
            for each in running:
                each.stdout.readline()
            for each in running:
                each.communicate()
            # Which one is ended is the system's choice: one that waits, perhaps.
            killed = [each.returncode for each in running].count(-signal.SIGKILL)
            assert killed == group.ended() == ended
    finally:
        group.close()


@pytest.mark.skipif(sys.platform != "linux", reason="measured on Linux only")
def test_the_peak_counts_what_a_process_started_and_gave_back():
    code = "x = bytearray(b'1') * 200_000_000; input(); del x; input()"
    command = [sys.executable, "-c", f"import subprocess as s, sys\n{START}", code]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as process:
        peak = binder.Peak(psutil.Process(process.pid))
        peak.start()
        while peak.own < 200:
            assert process.poll() is None
            time.sleep(0.05)
        print(file=process.stdin, flush=True)
        process.stdin.close()
        figures = peak.figures()
    assert 200 <= figures["without_files"] <= figures["session"] < 300
    assert figures["server"] < 100
