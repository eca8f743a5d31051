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

import psutil
import pytest

from course_utils import __main__
from course_utils.chapters import PROJECT
from course_utils.setup import bootstrap

BASE = getattr(sys, "_base_executable", None) or sys.executable

posix_only = pytest.mark.skipif(
    os.name == "nt", reason="the stand-in for uv is a script"
)

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

    @property
    def stamp(self):
        return self.folder / ".venv" / "course-setup.json"

    def command(self, *argv, python=BASE):
        # -S: as if nothing were installed, also where the course is.
        return [python, "-S", "-m", "course_utils", *argv]

    def environment(self, **more):
        kept = {n: v for n, v in os.environ.items() if not n.startswith("PYTHON")}
        return {**kept, "PATH": self.path, "LOG_OF_TEST": str(self.log), **more}

    def call(self, *argv, python=BASE, **environment):
        return subprocess.run(
            self.command(*argv, python=python),
            cwd=self.folder,
            env=self.environment(**environment),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
        )

    def start(self, *argv, **environment):
        return subprocess.Popen(
            self.command(*argv),
            cwd=self.folder,
            env=self.environment(**environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )

    def asked(self):
        """Return what uv was asked for since the last time, a line a call."""
        if not self.log.exists():
            return []
        lines = self.log.read_text(encoding="utf-8").splitlines()
        self.log.unlink()
        return lines


@pytest.fixture
def clone(tmp_path):
    return Clone(tmp_path / "a clone für mich")


def made_anew(lines):
    return any(line.startswith("venv ") for line in lines)


def assert_one_sentence(text, *words):
    """Hold that the last line is one sentence that contains the words."""
    assert "Traceback" not in text
    sentence = text.strip().splitlines()[-1]
    assert sentence.endswith(".")
    assert ". " not in sentence.replace("e.g. ", "")
    for word in words:
        assert word in sentence


# Which Pythons and computers.


@pytest.mark.parametrize("version", [(3, 6), (3, 10), (3, 14), (4, 0)])
def test_another_python_gets_one_sentence_naming_those_that_work(version):
    sentence = __main__.version_refusal(version)
    assert_one_sentence(sentence, "3.11, 3.12 and 3.13", f"{version[0]}.{version[1]}")
    assert "`python3.12 -m course_utils`" in sentence
    assert "`py -3.12 -m course_utils`" in __main__.version_refusal(
        version, windows=True
    )


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
    ("system", "machine", "integer", "word"),
    [
        ("darwin", "x86_64", 2**63 - 1, "Intel"),
        ("win32", "x86", 2**31 - 1, "32-bit"),
        ("win32", "ARM64", 2**63 - 1, "ARM64"),
        ("linux", "riscv64", 2**63 - 1, "riscv64"),
    ],
)
def test_a_computer_without_tensorflow_gets_one_sentence(
    system, machine, integer, word
):
    assert_one_sentence(bootstrap.machine_refusal(system, machine, integer), word)


@pytest.mark.parametrize(
    ("system", "machine"),
    [
        ("linux", "x86_64"),
        ("linux", "aarch64"),
        ("darwin", "arm64"),
        ("win32", "AMD64"),
    ],
)
def test_a_computer_with_tensorflow_is_accepted(system, machine):
    assert bootstrap.machine_refusal(system, machine, 2**63 - 1) is None


# Set-up and hand-over.


@posix_only
def test_the_first_call_installs_the_lock_and_the_project_and_hands_over(clone):
    answer = clone.call("progress", "0")
    assert answer.returncode == 0, answer.stderr
    venv, sync, project = clone.asked()
    assert venv == f"venv --quiet --python {BASE} {clone.folder / '.venv'}"
    assert sync.endswith("--require-hashes --compile-bytecode requirements.lock")
    assert "--no-deps --editable ." in project
    heard = json.loads(answer.stdout)
    assert heard["argv"] == ["progress", "0"]
    assert Path(heard["prefix"]) == clone.folder / ".venv"


@posix_only
def test_a_second_call_does_nothing_and_takes_no_time(clone):
    clone.call()
    clone.asked()
    started = time.monotonic()
    answer = clone.call(PATH=os.defpath)  # not even uv is needed
    assert time.monotonic() - started < 2
    assert (answer.returncode, answer.stderr, clone.asked()) == (0, "", [])


@posix_only
def test_the_tools_of_authors_come_with_test_and_stay(clone):
    clone.call()
    clone.asked()
    clone.call("test")
    sync, _ = clone.asked()
    assert sync.endswith("requirements.lock requirements-dev.lock")
    clone.call("lab")
    assert clone.asked() == []
    clone.call("test")
    assert clone.asked() == []


@posix_only
def test_what_instructors_need_comes_with_assign_and_gives_way_to_the_authors(clone):
    clone.call("assign")
    _, sync, _ = clone.asked()
    assert sync.endswith("requirements.lock requirements-instructors.lock")
    clone.call("lab")
    assert clone.asked() == []
    clone.call("test")
    sync, _ = clone.asked()
    assert sync.endswith("requirements.lock requirements-dev.lock")
    clone.call("assign")
    assert clone.asked() == []


@posix_only
@pytest.mark.parametrize("name", ["pyproject.toml", "requirements.lock"])
def test_a_changed_declaration_or_lock_is_installed_into_what_is_there(clone, name):
    clone.call()
    clone.asked()
    (clone.folder / name).write_text("# changed\n", encoding="utf-8")
    clone.call()
    lines = clone.asked()
    assert len(lines) == 2
    assert not made_anew(lines)
    clone.call()
    assert clone.asked() == []


@posix_only
def test_the_exit_status_of_the_command_is_passed_on(clone):
    assert clone.call("progress", "7").returncode == 7  # after a set-up
    assert clone.call("progress", "7").returncode == 7  # without


def test_windows_hands_over_to_a_child_and_passes_its_status_on(monkeypatch):
    command = []

    class Child:
        interrupted = False

        def __init__(self, words, env):
            command.extend(words)

        def wait(self):
            if not self.interrupted:
                self.interrupted = True
                raise KeyboardInterrupt
            return 5

    with monkeypatch.context() as patch:
        patch.setattr(bootstrap.os, "name", "nt")
        patch.setattr(bootstrap.subprocess, "Popen", Child)
        status = bootstrap.hand_over("python.exe", ["test", "-x"])
    assert status == 5
    assert command == ["python.exe", "-m", "course_utils.commands", "test", "-x"]


@posix_only
def test_a_typing_mistake_is_answered_without_a_set_up(clone):
    assert clone.call("typo").returncode == 2
    assert not (clone.folder / ".venv").exists()


@posix_only
def test_the_projects_own_python_goes_straight_to_the_command(clone):
    clone.call()
    clone.asked()
    python = str(clone.folder / ".venv" / "bin" / "python")
    started = subprocess.run(
        [python, "-m", "course_utils", "lab", "3"],
        cwd=clone.folder,
        env=clone.environment(PATH=os.defpath),
        capture_output=True,
        timeout=60,
    )
    assert started.returncode == 3
    assert clone.asked() == []


@posix_only
def test_an_environment_that_has_the_course_already_is_used_as_it_is(clone, tmp_path):
    site = tmp_path / "site"
    (site / "deep_learning_course-0.1.0.dist-info").mkdir(parents=True)
    (site / "deep_learning_course-0.1.0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: deep-learning-course\nVersion: 0.1.0\n"
    )
    (site / "jupyterlab.py").touch()
    answer = clone.call("lab", "4", PYTHONPATH=str(site))
    assert answer.returncode == 4
    assert clone.asked() == []
    assert not (clone.folder / ".venv").exists()


@posix_only
def test_a_package_without_a_clone_goes_straight_to_the_command(clone):
    (clone.folder / "pyproject.toml").unlink()
    assert clone.call("lab", "4").returncode == 4
    assert not (clone.folder / ".venv").exists()


# What may have happened to .venv.


@posix_only
def test_a_set_up_killed_midway_is_made_again(clone):
    process = clone.start(DOING="sleep")
    wait_for(clone.log.with_name("asleep"))
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert (clone.folder / ".venv").exists()
    assert not clone.stamp.exists()
    clone.asked()
    answer = clone.call()
    assert answer.returncode == 0, answer.stderr
    assert made_anew(clone.asked())
    assert clone.stamp.exists()


@posix_only
def test_ctrl_c_in_a_set_up_gets_a_sentence_and_leaves_no_process(clone):
    process = clone.start(DOING="sleep")
    wait_for(clone.log.with_name("asleep"))
    children = psutil.Process(process.pid).children(recursive=True)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, stderr = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "The set-up was interrupted; the next call takes it up again." in stderr
    assert "bootstrap.py" not in stderr
    assert psutil.wait_procs(children, timeout=10)[1] == []
    assert clone.call().returncode == 0


@posix_only
def test_a_moved_clone_is_set_up_anew(clone):
    clone.call()
    clone.asked()
    moved = clone.folder.with_name("elsewhere")
    clone.folder.rename(moved)
    clone.folder = moved
    answer = clone.call("lab", "0")
    assert made_anew(clone.asked())
    assert Path(json.loads(answer.stdout)["prefix"]) == moved / ".venv"


def damage_python(clone):
    (clone.folder / ".venv" / "bin" / "python").unlink()


def lose_base(clone):
    python = clone.folder / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to(clone.folder / "uninstalled" / "python")


def lose_home(clone):
    config = clone.folder / ".venv" / "pyvenv.cfg"
    config.write_text(f"home = {clone.folder / 'uninstalled'}\n")


def other_version(clone):
    stamp = json.loads(clone.stamp.read_text())
    clone.stamp.write_text(json.dumps({**stamp, "python": "3.10"}))


def garble_stamp(clone):
    clone.stamp.write_bytes(b"\xff{")


def odd_stamp(clone):
    clone.stamp.write_text("[]")


def empty_folder(clone):
    shutil.rmtree(clone.folder / ".venv")
    (clone.folder / ".venv").mkdir()


DAMAGES = [
    *(damage_python, lose_base, lose_home, other_version),
    *(garble_stamp, odd_stamp, empty_folder),
]


@posix_only
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda f: f.__name__)
def test_a_broken_venv_is_recognised_and_made_anew(clone, damage):
    clone.call()
    clone.asked()
    damage(clone)
    answer = clone.call()
    assert answer.returncode == 0, answer.stderr
    assert made_anew(clone.asked())
    clone.call()
    assert clone.asked() == []


@posix_only
def test_a_link_to_a_venv_elsewhere_is_replaced_and_its_target_left_alone(clone):
    target = clone.folder.with_name("shared")
    target.mkdir()
    (target / "keep").touch()
    (clone.folder / ".venv").symlink_to(target)
    assert clone.call().returncode == 0
    assert (target / "keep").exists()
    assert not (clone.folder / ".venv").is_symlink()


@posix_only
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


@posix_only
def test_something_else_in_the_place_of_the_venv_gets_a_sentence(clone):
    (clone.folder / ".venv").touch()
    answer = clone.call()
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    assert ".venv" in answer.stderr.splitlines()[-1]


# Two at once.


@posix_only
def test_a_second_set_up_waits_for_the_first_and_then_has_nothing_to_do(clone):
    both = [clone.start(DOING="slow") for _ in range(2)]
    ends = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], ends
    assert sum("waiting for it to end" in stderr for _, stderr in ends) == 1
    assert sum(line.startswith("pip sync") for line in clone.asked()) == 1


# The environment of the caller.


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


@posix_only
def test_a_noisy_environment_neither_misdirects_the_set_up_nor_reaches_the_course(
    clone,
):
    answer = clone.call("lab", "0", **NOISE)
    assert answer.returncode == 0, answer.stderr
    assert len(clone.asked()) == 3
    heard = json.loads(answer.stdout)
    assert Path(heard["prefix"]) == clone.folder / ".venv"
    assert NOISE.keys() & heard["env"].keys() == set()


# Without a network, and uv itself.


@posix_only
def test_a_failed_installation_gets_one_sentence_and_the_next_call_tries_again(clone):
    answer = clone.call(DOING="fail")
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert_one_sentence(answer.stderr, "check the network", "call again")
    assert not clone.stamp.exists()
    assert clone.call().returncode == 0


@posix_only
def test_without_a_network_what_uv_has_kept_is_enough(clone):
    answer = clone.call(DOING="offline")
    assert answer.returncode == 0, answer.stderr
    assert clone.stamp.exists()


@posix_only
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


@posix_only
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
    script, tmp_path, monkeypatch
):
    computers, own = tmp_path / "uv", tmp_path / ".uv" / "env" / "bin" / "uv"
    own.parent.mkdir(parents=True)
    computers.write_text(f"#!/bin/sh\n{script}\n" if script else "#!/no/such/program\n")
    own.write_text("#!/bin/sh\necho uv 0.13.1\n")
    for path in (computers, own):
        path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert bootstrap.find_uv(tmp_path) == own
    own.unlink()
    assert bootstrap.find_uv(tmp_path) is None


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
    environment = {n: v for n, v in os.environ.items() if not n.startswith("PYTHON")}
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


@posix_only
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
    assert not list((clone.folder / ".venv").rglob("filelock"))


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
