"""The set-up: mostly with a stand-in for uv, and also for real."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from unittest import mock

import psutil
import pytest

from course_utils import __main__
from course_utils.chapters import PROJECT
from course_utils.setup import bootstrap

BASE = getattr(sys, "_base_executable", None) or sys.executable

# Makes what uv would make, in no time: `.venv` with a link to the Python that
# it was given. What it was asked for goes to uv.log, and DOING tells it to fail.
# A first line of its own, since the path of its Python may hold a space.
STAND_IN = f"""#!/bin/sh
'''exec' "{sys.executable}" "$0" "$@"
' '''
import os, pathlib, sys, time
words = sys.argv[1:]
if words == ["--version"]:
    print("uv 0.13.9 (stand-in)")
    sys.exit()
with open(os.environ["LOG_OF_TEST"], "a") as log:
    print(" ".join(words), file=log)
doing = os.environ.get("DOING", "")
if words[0] == "venv":
    python = pathlib.Path(words[words.index("--python") + 1])
    venv = pathlib.Path(words[-1])
    (venv / "bin").mkdir(parents=True)
    (venv / "pyvenv.cfg").write_text(f"home = {{python.parent}}\\n")
    (venv / "bin" / "python").symlink_to(python)
elif words[1] == "sync":
    if doing == "sleep":
        pathlib.Path(os.environ["LOG_OF_TEST"]).with_name("asleep").touch()
        time.sleep(60)
    if doing == "slow":
        time.sleep(1)
    if doing == "fail" or (doing == "offline" and "--offline" not in words):
        print("error: cannot connect", file=sys.stderr)
        sys.exit(2)
"""

# Stands in for the real one, whose commands need packages.
CLI = """
import argparse, json, os, sys
LEARNERS, INSTRUCTORS, AUTHORS = range(3)
def audience(name):
    return {"assign": INSTRUCTORS, "test": AUTHORS}.get(name, LEARNERS)
def parse(argv):
    if argv == ["typo"]:
        sys.exit(2)
    return argparse.Namespace(command=argv[0] if argv else "lab")
def main(argv):
    print(json.dumps({"argv": argv, "prefix": sys.prefix, "env": dict(os.environ)}))
    return int(argv[1]) if len(argv) > 1 else 0
if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
"""


class Clone:
    """A small clone in a folder with a space and an umlaut."""

    def __init__(self, folder):
        self.folder = folder
        self.venv = folder / ".venv"
        self.stamp = self.venv / "course-setup.json"
        self.log = folder.parent / "uv.log"
        tools = folder.parent / "tools"
        package = folder / "course_utils"
        for path in (package / "setup", tools):
            path.mkdir(parents=True)
        modules = "__init__ __main__ chapters files setup/__init__ setup/bootstrap"
        for name in modules.split():
            source = PROJECT / "course_utils" / f"{name}.py"
            shutil.copy(source, package / f"{name}.py")
        (package / "commands.py").write_text(CLI, encoding="utf-8")
        locks = [f"requirements{part}.lock" for part in ("", "-instructors", "-dev")]
        for name in ("pyproject.toml", *locks):
            (folder / name).write_text(f"# {name}\n", encoding="utf-8")
        (tools / "uv").write_text(STAND_IN, encoding="utf-8")
        (tools / "uv").chmod(0o755)
        self.path = f"{tools}{os.pathsep}{os.defpath}"

    def start(self, *argv, python=BASE, **environment):
        # -S: as if nothing were installed, also where the course is.
        bare = ["-S"] if python == BASE else []
        return subprocess.Popen(
            [python, *bare, "-m", "course_utils", *argv],
            cwd=self.folder,
            env={
                **without_python_settings(),
                "PATH": self.path,
                "LOG_OF_TEST": str(self.log),
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )

    def call(self, *argv, **environment):
        process = self.start(*argv, **environment)
        stdout, stderr = process.communicate(timeout=60)
        return subprocess.CompletedProcess(argv, process.returncode, stdout, stderr)

    def asked(self):
        """Return what uv was asked for since the last time, a line a call."""
        if not self.log.exists():
            return []
        lines = self.log.read_text(encoding="utf-8").splitlines()
        self.log.unlink()
        return lines


def without_python_settings():
    return {n: v for n, v in os.environ.items() if not n.startswith("PYTHON")}


@pytest.fixture
def clone(tmp_path):
    if os.name == "nt":
        pytest.skip("the stand-in for uv is a script")
    return Clone(tmp_path / "a clone für mich")


@pytest.fixture
def ready(clone):
    """A clone that is set up."""
    clone.call()
    assert len(clone.asked()) == 3
    return clone


def assert_one_sentence(text, *words):
    """Hold that the last line is one sentence that contains the words."""
    assert "Traceback" not in text
    sentence = text.strip().splitlines()[-1]
    assert sentence.endswith(".")
    assert ". " not in sentence.replace("e.g. ", "")
    for word in words:
        assert word in sentence


# Which Pythons and computers.


def test_another_python_gets_one_sentence_naming_those_that_work():
    """Which ones these are is compared with pyproject.toml elsewhere."""
    sentence = __main__.version_refusal((3, 6))
    assert_one_sentence(sentence, "3.11, 3.12 and 3.13", "3.6")
    assert "`python3.12 -m course_utils`" in sentence
    on_windows = __main__.version_refusal((3, 6), windows=True)
    assert "`py -3.12 -m course_utils`" in on_windows


def other_pythons():
    folder = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv", "versions")
    for minor in (6, 7, 8, 9, 10, 14):
        found = next(iter(sorted(folder.glob(f"3.{minor}.*/bin/python"))), None)
        yield pytest.param(found or shutil.which(f"python3.{minor}"), id=f"3.{minor}")


@pytest.mark.parametrize("python", list(other_pythons()))
def test_a_real_python_outside_the_range_prints_that_sentence(python, tmp_path):
    if python is None:
        pytest.skip("this Python is not on this computer")
    shutil.copytree(PROJECT / "course_utils", tmp_path / "course_utils")
    (tmp_path / "pyproject.toml").touch()
    answer = subprocess.run(
        [str(python), "-m", "course_utils", "test"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    if answer.stderr.startswith("pyenv:"):
        pytest.skip("this Python is not switched on")
    assert (answer.returncode, answer.stdout) == (1, "")
    assert len(answer.stderr.splitlines()) == 1
    assert_one_sentence(answer.stderr, "3.11, 3.12 and 3.13")
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize(
    ("system", "machine", "bits", "word"),
    [
        ("darwin", "x86_64", 64, "Intel"),
        ("win32", "x86", 32, "32-bit"),
        ("win32", "ARM64", 64, "ARM64"),
        ("linux", "riscv64", 64, "riscv64"),
        ("linux", "x86_64", 64, None),
        ("linux", "aarch64", 64, None),
        ("darwin", "arm64", 64, None),
        ("win32", "AMD64", 64, None),
    ],
)
def test_only_a_computer_without_tensorflow_is_refused_in_one_sentence(
    system, machine, bits, word
):
    refusal = bootstrap.machine_refusal(system, machine, 2 ** (bits - 1) - 1)
    if word is None:
        assert refusal is None
    else:
        assert_one_sentence(refusal, word)


# Set-up and hand-over.

NOISE = {
    "VIRTUAL_ENV": "/nowhere",
    "CONDA_PREFIX": "/nowhere",
    "PYTHONPATH": "/nowhere",
    "UV_PYTHON": "3.9",
    "UV_SYSTEM_PYTHON": "1",
    "UV_PROJECT_ENVIRONMENT": "/nowhere",
    "UV_REQUIRE_HASHES": "1",
    "UV_CONSTRAINT": "/nowhere",
    "PIP_USER": "1",
    "PIP_TARGET": "/nowhere",
    "PIP_REQUIRE_VIRTUALENV": "1",
}


def test_the_first_call_installs_the_lock_and_the_project_and_hands_over(clone):
    """Whatever the caller's environment says: the course does not hear of it."""
    answer = clone.call("progress", "7", **NOISE)
    assert answer.returncode == 7, answer.stderr
    venv, sync, project = clone.asked()
    assert venv == f"venv --quiet --python {BASE} {clone.venv}"
    assert sync.endswith("--require-hashes --compile-bytecode requirements.lock")
    assert "--no-deps --editable ." in project
    heard = json.loads(answer.stdout)
    assert heard["argv"] == ["progress", "7"]
    assert Path(heard["prefix"]) == clone.venv
    assert NOISE.keys() & heard["env"].keys() == set()


def test_what_misdirects_is_dropped_and_what_reaches_the_network_is_kept():
    kept = {
        "PATH": "/bin",
        "HTTPS_PROXY": "http://proxy",
        "SSL_CERT_FILE": "/certificates",
        "UV_DEFAULT_INDEX": "mirror",
        "UV_INDEX_MINE_PASSWORD": "secret",
        "UV_CACHE_DIR": "/cache",
        "PIP_INDEX_URL": "mirror",
        "PIP_CERT": "/certificates",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    noise = {**NOISE, "PYTHONHOME": "/nowhere", "__PYVENV_LAUNCHER__": "/nowhere"}
    assert bootstrap.clean_environment({**kept, **noise}) == kept


@pytest.mark.parametrize("own", [False, True], ids=["any Python", "its own"])
def test_a_second_call_goes_straight_to_the_command(ready, own):
    python = str(bootstrap.venv_python(ready.folder)) if own else BASE
    started = time.monotonic()
    # Not even uv is needed.
    answer = ready.call("lab", "3", python=python, PATH=os.defpath)
    assert time.monotonic() - started < 2
    assert (answer.returncode, answer.stderr, ready.asked()) == (3, "", [])


def test_each_audience_gets_what_it_needs_and_nobody_loses_any(clone):
    locks = {"lab": "", "assign": "-instructors", "test": "-dev"}
    served = []
    for name, more in locks.items():
        clone.call(name)
        sync = next(line for line in clone.asked() if line.startswith("pip sync"))
        more = more and f" requirements{more}.lock"
        assert sync.endswith(f" requirements.lock{more}")
        served.append(name)
        for known in served:
            clone.call(known)
            assert clone.asked() == [], known


@pytest.mark.parametrize("name", ["pyproject.toml", "requirements.lock"])
def test_a_changed_declaration_or_lock_is_installed_into_what_is_there(ready, name):
    (ready.folder / name).write_text("# changed\n", encoding="utf-8")
    ready.call()
    assert [line.split()[1] for line in ready.asked()] == ["sync", "install"]
    ready.call()
    assert ready.asked() == []


def test_windows_hands_over_to_a_child_and_passes_its_status_on(monkeypatch):
    start = mock.Mock()
    start.return_value.wait.side_effect = [KeyboardInterrupt, 5]
    with monkeypatch.context() as patch:
        patch.setattr(bootstrap.os, "name", "nt")
        patch.setattr(bootstrap.subprocess, "Popen", start)
        status = bootstrap.hand_over("python.exe", ["test", "-x"])
    assert status == 5
    command = ["python.exe", "-m", "course_utils.commands", "test", "-x"]
    assert start.call_args.args == (command,)


def test_a_typing_mistake_is_answered_without_a_set_up(clone):
    assert clone.call("typo").returncode == 2
    assert not clone.venv.exists()


@pytest.mark.parametrize("where", ["in an environment", "without a clone"])
def test_where_the_course_is_installed_it_runs_without_a_set_up(clone, where):
    site = clone.folder.with_name("site")
    if where == "without a clone":
        (clone.folder / "pyproject.toml").unlink()
    else:
        info = site / "deep_learning_course-0.1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Name: deep-learning-course\nVersion: 0.1.0\n")
        (site / "jupyterlab.py").touch()
    assert clone.call("lab", "4", PYTHONPATH=str(site)).returncode == 4
    assert clone.asked() == []
    assert not clone.venv.exists()


# What may have happened to .venv.


@pytest.mark.parametrize("how", ["SIGKILL", "SIGINT"])
def test_a_set_up_ended_midway_leaves_no_process_and_is_made_again(clone, how):
    process = clone.start(DOING="sleep")
    wait_for(clone.log.with_name("asleep"))
    children = psutil.Process(process.pid).children(recursive=True)
    os.killpg(process.pid, getattr(signal, how))  # as a terminal does at Ctrl-C
    _, stderr = process.communicate(timeout=20)
    assert psutil.wait_procs(children, timeout=10)[1] == []
    if how == "SIGINT":
        assert process.returncode == 130
        assert "The set-up was interrupted; the next call takes it up again." in stderr
        assert "bootstrap.py" not in stderr
    assert clone.venv.exists()
    assert not clone.stamp.exists()
    clone.asked()
    assert clone.call().returncode == 0
    assert len(clone.asked()) == 3
    assert clone.stamp.exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bin/python", None),
        ("pyvenv.cfg", None),
        ("pyvenv.cfg", b"home = /uninstalled\n"),
        ("course-setup.json", b"\xff{"),
        ("course-setup.json", b"[]"),
        ("course-setup.json", {"python": "3.10"}),
        ("course-setup.json", {"location": "/where/the/clone/was"}),
    ],
)
def test_a_venv_that_is_broken_or_moved_is_made_anew(ready, name, content):
    path = ready.venv / name
    if isinstance(content, dict):
        content = json.dumps({**json.loads(path.read_text()), **content}).encode()
    path.unlink()
    if content is None:
        path.symlink_to(ready.folder / "uninstalled")
    else:
        path.write_bytes(content)
    answer = ready.call()
    assert answer.returncode == 0, answer.stderr
    assert len(ready.asked()) == 3
    ready.call()
    assert ready.asked() == []


def test_a_link_to_a_venv_elsewhere_is_replaced_and_its_target_left_alone(clone):
    target = clone.folder.with_name("shared")
    target.mkdir()
    (target / "keep").touch()
    clone.venv.symlink_to(target)
    assert clone.call().returncode == 0
    assert (target / "keep").exists()
    assert not clone.venv.is_symlink()


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere"
)
def test_a_folder_that_may_not_be_written_gets_one_sentence(clone):
    clone.folder.chmod(0o500)
    try:
        answer = clone.call()
    finally:
        clone.folder.chmod(0o700)
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    assert "may be written to" in answer.stderr


def test_something_else_in_the_place_of_the_venv_gets_a_sentence(clone):
    clone.venv.touch()
    answer = clone.call()
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    assert ".venv" in answer.stderr.splitlines()[-1]


# Two at once.


def test_a_second_set_up_waits_for_the_first_and_then_has_nothing_to_do(clone):
    both = [clone.start(DOING="slow") for _ in range(2)]
    ends = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], ends
    assert sum("waiting for it to end" in stderr for _, stderr in ends) == 1
    assert sum(line.startswith("pip sync") for line in clone.asked()) == 1


# Without a network, and uv itself.


def test_a_failed_installation_gets_one_sentence_and_the_next_call_tries_again(clone):
    answer = clone.call(DOING="fail")
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert_one_sentence(answer.stderr, "check the network", "call again")
    assert not clone.stamp.exists()
    assert clone.call().returncode == 0


def test_without_a_network_what_uv_has_kept_is_enough(clone):
    answer = clone.call(DOING="offline")
    assert answer.returncode == 0, answer.stderr
    assert clone.stamp.exists()


def test_without_uv_and_without_a_network_there_is_one_sentence(clone):
    dead = "http://127.0.0.1:9"
    answer = clone.call(
        PATH=os.defpath,
        PIP_INDEX_URL=f"{dead}/simple",
        PIP_NO_INDEX="",
        PIP_CONFIG_FILE=os.devnull,
        PIP_FIND_LINKS="",
        PIP_RETRIES="0",
        PIP_USER="1",
        HTTPS_PROXY=dead,
        HTTP_PROXY=dead,
    )
    assert answer.returncode == 1
    assert_one_sentence(answer.stderr, "uv", "check the network", "setup.log")
    log = (clone.folder / ".uv" / "setup.log").read_text(encoding="utf-8")
    assert "Can not perform a '--user' install" not in log


def test_a_python_without_ensurepip_is_told_the_debian_package(monkeypatch, tmp_path):
    find = bootstrap.importlib.util.find_spec
    monkeypatch.setattr(
        bootstrap.importlib.util,
        "find_spec",
        lambda name: None if name == "ensurepip" else find(name),
    )
    with pytest.raises(bootstrap.SetupError) as caught:
        bootstrap.fetch_uv(tmp_path)
    assert_one_sentence(str(caught.value), "`sudo apt install python3-venv`")


@pytest.mark.parametrize(
    "script",
    [
        "echo uv 0.4.30",
        "echo uv 0.13.9; exit 1",
        "echo pyenv: uv: command not found >&2; exit 127",
        "echo something else",
        None,
    ],
)
def test_an_old_or_broken_uv_is_passed_over_for_the_projects_own(
    script, clone, monkeypatch
):
    tools = clone.folder.with_name("tools")
    own = clone.folder / ".uv" / "env" / "bin" / "uv"
    own.parent.mkdir(parents=True)
    own.write_text("#!/bin/sh\necho uv 0.13.1\n")
    own.chmod(0o755)
    (tools / "uv").write_text(f"#!/bin/sh\n{script}\n" if script else "#!/no/program\n")
    monkeypatch.setenv("PATH", str(tools), prepend=os.pathsep)
    assert bootstrap.find_uv(clone.folder) == own
    own.unlink()
    assert bootstrap.find_uv(clone.folder) is None


# For real.


# Enough for one command; the whole lock takes a minute or more, and whoever
# runs these tests through `python3 -m course_utils test` has just installed it.
ENOUGH = ("filelock", "platformdirs")


def test_a_fresh_clone_sets_itself_up_and_then_works_without_a_network(tmp_path):
    clone = tmp_path / "ein Kurs für mich"
    for name in clone_files():
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(PROJECT / name, clone / name)
    lock = clone / "requirements.lock"
    entries = re.split(r"^(?=\w)", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
    kept = [entry for entry in entries if entry.startswith(ENOUGH)]
    assert len(kept) == len(ENOUGH)
    lock.write_text("".join(kept), encoding="utf-8")
    scripts = os.path.dirname(sys.executable)  # the authors' tools hold a uv
    environment = without_python_settings()
    environment["PATH"] = f"{scripts}{os.pathsep}{environment['PATH']}"
    environment["PYTHONDONTWRITEBYTECODE"] = "1"

    def call(**more):
        started = time.monotonic()
        answer = subprocess.run(
            [BASE, "-S", "-m", "course_utils", "progress"],
            cwd=clone,
            env={**environment, **more},
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        assert answer.returncode == 0, answer.stderr[-3000:]
        return answer, time.monotonic() - started

    first, _ = call()
    assert "The course is set up" in first.stderr
    site = next((clone / ".venv").rglob("site-packages"))
    assert list(site.glob("filelock/__pycache__/*.pyc")), "byte code is compiled"
    script = clone / bootstrap.venv_python(clone).with_name(
        "course.exe" if os.name == "nt" else "course"
    )
    assert subprocess.run([script, "--help"], capture_output=True).returncode == 0
    # As on Windows, where the system's encoding is not UTF-8.
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    found = subprocess.run(
        [clone / bootstrap.venv_python(clone), "-c", "import course_utils.chapters"],
        cwd=tmp_path,
        env={**environment, **plain},
        capture_output=True,
    )
    assert found.returncode == 0, found.stderr
    dead = "http://127.0.0.1:9"
    second, seconds = call(
        HTTPS_PROXY=dead, HTTP_PROXY=dead, ALL_PROXY=dead, UV_DEFAULT_INDEX=dead
    )
    assert second.stderr == ""
    assert second.stdout == first.stdout
    assert seconds < 2


def test_a_package_that_is_not_the_locked_one_is_refused(clone):
    """The hashes count: a lock that expects another file installs nothing."""
    real = shutil.which("uv", path=os.path.dirname(sys.executable))
    lock = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
    (clone.folder / "requirements.lock").write_text(
        re.search(r"^filelock==\S+", lock, re.MULTILINE)[0]
        + f" --hash=sha256:{'0' * 64}\n",
        encoding="utf-8",
    )
    answer = clone.call(PATH=f"{os.path.dirname(real)}{os.pathsep}{os.defpath}")
    assert answer.returncode == 1
    assert not list(clone.venv.rglob("filelock"))


def clone_files():
    """Return the files of the project as a clone would have them."""
    answer = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    names = filter(None, answer.stdout.split("\0"))
    return [name for name in names if (PROJECT / name).is_file()]


def wait_for(path, seconds=20):
    end = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < end, f"{path} did not appear"
        time.sleep(0.05)
