import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections import namedtuple

import psutil
import pytest

from course_utils import chapters
from course_utils.setup import doctor, requirements


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    folder = tmp_path / "home"
    monkeypatch.setenv("COURSE_HOME", str(folder))
    monkeypatch.delenv("COURSE_MNIST", raising=False)
    monkeypatch.delenv("COURSE_THREADS", raising=False)
    return folder


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty clone."""
    monkeypatch.setattr(chapters, "PROJECT", tmp_path)
    return tmp_path


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder searched for packages before all others."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return folder


def install(site, name, version, *requires):
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {requirement}" for requirement in requires]
    (info / "METADATA").write_text("\n".join(lines) + "\n")


def assert_problem(finding, *words):
    assert finding.level == doctor.PROBLEM
    assert finding.todo.endswith((".", ")")), "says what to do"
    for word in words:
        assert word in finding.what


# --- Python and packages ---------------------------------------------------


@pytest.mark.parametrize("version", [(3, 10, 9), (3, 14, 0), (2, 7, 18)])
def test_a_python_outside_the_range_is_a_problem(version, monkeypatch):
    monkeypatch.setattr(sys, "version_info", version)
    number = ".".join(map(str, version))
    expected = f"This is Python {number}; the course needs 3.11 to 3.13."
    assert_problem(doctor.check_python(), expected)


def test_the_range_of_pythons_is_the_one_that_pyproject_declares():
    project = tomllib.loads((chapters.PROJECT / "pyproject.toml").read_text())
    (low, (major, minor)) = doctor.PYTHONS[0], doctor.PYTHONS[1]
    declared = f">={low[0]}.{low[1]},<{major}.{minor + 1}"
    assert project["project"]["requires-python"] == declared


def test_a_missing_and_an_old_package_are_named(site):
    needs = ("surely-not-there>=1", "numpy>=2.3,<3", "gone; sys_platform == 'never'")
    install(site, requirements.DISTRIBUTION, "0.1.0", *needs)
    install(site, "numpy", "1.26.4")
    finding = doctor.check_packages()
    assert_problem(finding, "surely-not-there is missing")
    assert_problem(finding, "numpy is 1.26.4 where <3,>=2.3 is needed")
    assert "gone" not in finding.what
    assert finding.todo == doctor._REPAIR


def test_the_course_not_installed_is_a_problem(monkeypatch):
    monkeypatch.setattr(requirements, "DISTRIBUTION", "surely-not-there")
    assert_problem(doctor.check_packages(), "The course itself is not installed")


@pytest.mark.parametrize(
    ("content", "level"), [(None, "PROBLEM"), ("x", "PROBLEM"), ("x = 1\n", "OK")]
)
def test_a_package_with_a_damaged_file_is_named(content, level, site, monkeypatch):
    install(site, "half-there", "1.0")
    record = site / "half_there-1.0.dist-info" / "RECORD"
    record.write_text("half_there.py,sha256=x,6\n")
    if content is not None:
        (site / "half_there.py").write_text(content)
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(site))
    finding = doctor.check_files()
    assert finding.level == level
    assert ("half-there" in finding.what) == (level == "PROBLEM")


def test_the_repair_of_the_projects_own_environment_is_to_make_it_anew(tmp_path):
    """A set-up that finds its stamp does nothing, so the folder has to go."""
    repairs = []
    for prefix in (chapters.PROJECT / ".venv", tmp_path):
        code = f"import sys; sys.prefix = {str(prefix)!r}\n"
        code += "from course_utils.setup import doctor; print(doctor._REPAIR)"
        command = [sys.executable, "-c", code]
        repairs.append(
            subprocess.check_output(command, cwd=chapters.PROJECT, text=True)
        )
    assert repairs[0].startswith(f"Delete the folder {chapters.PROJECT / '.venv'}")
    assert repairs[1].startswith("Run `pip install -e .`")


def test_the_other_build_of_tensorflow_is_as_good(site, monkeypatch):
    install(site, requirements.DISTRIBUTION, "0.1.0", "tensorflow-cpu>=2.21,<2.22")
    install(site, "tensorflow", "2.21.0")
    monkeypatch.setattr(sys, "path", [str(site)])
    assert doctor.check_packages().level == doctor.OK
    assert doctor.check_one_tensorflow().what == "tensorflow 2.21.0"


def test_both_builds_of_tensorflow_at_once_are_a_problem(site):
    install(site, "tensorflow", "2.21.0")
    install(site, "tensorflow-cpu", "2.21.0")
    assert_problem(doctor.check_one_tensorflow(), "are both installed and overwrite")


def test_a_package_that_the_course_stands_on_is_missed(site, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(site)])
    assert_problem(doctor.check_one_tensorflow(), "TensorFlow is not installed.")
    assert_problem(doctor.check_jupyterlab(), "JupyterLab is not installed.")


# --- The machine -----------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "left"), [([], "1.5 GB of 8.0 GB"), ([10**9], "1.0 GB of 1.0 GB")]
)
def test_little_memory_is_a_note_and_a_containers_limit_counts(
    limit, left, monkeypatch
):
    memory = namedtuple("memory", "total available")(8e9, 1.5e9)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    monkeypatch.setattr(doctor, "_container_limit", lambda: limit)
    finding = doctor.check_memory()
    assert finding.level == doctor.NOTE
    assert f"Only {left} available" in finding.what
    assert "Shut down kernels" in finding.todo


@pytest.mark.parametrize(("megabytes", "level"), [(50, "PROBLEM"), (500, "note")])
def test_a_disk_nearly_full_is_reported(megabytes, level, monkeypatch):
    usage = namedtuple("usage", "total used free")(10**12, 0, megabytes * 10**6)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    finding = doctor.check_disk()
    assert finding.level == level
    assert finding.todo
    assert "50 MB left" in finding.what or "Only 0.5 GB free" in finding.what


@pytest.mark.parametrize("value", ["two", "0", "-1", ""])
def test_a_wrong_number_of_threads_is_a_problem(value, monkeypatch):
    monkeypatch.setenv("COURSE_THREADS", value)
    finding = doctor.check_threads()
    assert_problem(finding, f"COURSE_THREADS is {value!r}")
    assert "unset COURSE_THREADS" in finding.todo


# --- Folders ---------------------------------------------------------------


def test_a_folder_that_cannot_be_written_is_a_problem(home):
    home.write_text("a file in place of the folder")
    for check in (doctor.check_progress_folder, doctor.check_cache_folder):
        assert_problem(check(), str(home), "cannot be written")
    assert "COURSE_HOME" in doctor.check_progress_folder().todo


def test_a_read_only_disk_is_a_problem(project):
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("mounting a disk needs root on Linux")
    folder = project / "notebooks"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "ro,size=64k", "tmpfs", folder]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("this container may not mount a disk")
    try:
        assert_problem(doctor.check_notebooks_folder(), "Read-only file system")
    finally:
        subprocess.run(["umount", folder], check=True)


def test_missing_notebooks_are_a_problem(project):
    assert_problem(doctor.check_notebooks_folder(), f"no folder {project}")


@pytest.mark.parametrize("content", ["", '{"cells": [', "[]", '{"cells": 3}', "\x00"])
def test_a_damaged_notebook_is_named_with_the_way_back(content, project):
    (project / "notebooks").mkdir()
    (project / "notebooks" / "whole.ipynb").write_text('{"cells": []}')
    assert doctor.check_notebooks_folder().level == doctor.OK
    (project / "notebooks" / "02_mine.ipynb").write_text(content)
    finding = doctor.check_notebooks_folder()
    assert_problem(finding, "02_mine.ipynb is damaged")
    assert "git restore 02_mine.ipynb" in finding.todo


@pytest.mark.parametrize("name", ["random", "capstone/json", "keras/__init__"])
def test_a_file_that_hides_a_module_is_a_problem(name, project):
    path = project / "notebooks" / f"{name}.py"
    path.parent.mkdir(parents=True)
    path.touch()
    shown = path.parent if path.stem == "__init__" else path
    assert_problem(doctor.check_names(), str(shown), f"`import {shown.stem}`")


def test_other_files_hide_nothing(project):
    for name in ("test.py", "my_random.py", "numpy/notes.txt", "course_utils/x.py"):
        path = project / "notebooks" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert doctor.check_names().level == doctor.OK


def test_a_damaged_record_of_progress_is_a_note(home):
    home.mkdir()
    (home / "course.sqlite").write_text("no data base")
    finding = doctor.check_progress_folder()
    assert finding.level == doctor.NOTE
    assert "was damaged" in finding.what
    assert doctor.check_progress_folder().level == doctor.OK


def test_writing_leaves_no_file_behind(home):
    assert doctor.check_progress_folder().level == doctor.OK
    assert list(home.iterdir()) == []


# --- Data ------------------------------------------------------------------


def test_a_wrong_data_file_is_a_problem(tmp_path, monkeypatch):
    (tmp_path / "wrong.npz").write_bytes(b"not MNIST")
    for name in ("wrong.npz", "missing.npz"):
        monkeypatch.setenv("COURSE_MNIST", str(tmp_path / name))
        finding = doctor.check_data()
        assert_problem(finding, name)
        assert "COURSE_MNIST" in finding.todo


def test_data_not_yet_downloaded_is_a_note_and_stays_so(home):
    finding = doctor.check_data()
    assert finding.level == doctor.NOTE
    assert "not on this machine yet" in finding.what
    assert not list(home.rglob("*.npz")), "the doctor downloads nothing"


# --- JupyterLab ------------------------------------------------------------


@pytest.fixture
def bare_jupyter(tmp_path, monkeypatch):
    """Jupyter's folders hold nothing but what the test puts there."""
    import jupyter_core.paths

    folder = tmp_path / "jupyter"
    empty = str(tmp_path / "empty")
    monkeypatch.setenv("JUPYTER_PATH", str(folder))
    monkeypatch.setenv("JUPYTER_DATA_DIR", empty)
    monkeypatch.setattr(jupyter_core.paths, "ENV_JUPYTER_PATH", [empty])
    monkeypatch.setattr(jupyter_core.paths, "SYSTEM_JUPYTER_PATH", [empty])
    return folder


def test_an_old_jupyterlab_is_a_problem(site):
    install(site, "jupyterlab", "3.6.8")
    assert_problem(doctor.check_jupyterlab(), "jupyterlab is 3.6.8 where")


def test_missing_pages_and_extensions_of_jupyterlab_are_named(bare_jupyter):
    assert_problem(doctor.check_jupyterlab(), "lacks its pages")
    finding = doctor.check_widgets()
    assert_problem(finding, "extension of jupyterlab_widgets and anywidget")
    there = bare_jupyter / "labextensions" / "anywidget"
    there.mkdir(parents=True)
    (there / "package.json").write_text("{}")
    assert_problem(doctor.check_widgets(), "extension of jupyterlab_widgets, so")


@pytest.mark.parametrize("command", ["python", "python3", sys.executable, "other"])
def test_a_kernel_of_another_environment_is_a_problem_and_no_other(
    command, bare_jupyter, tmp_path
):
    if command == "other":
        # A link to the very same file, as every virtual environment has.
        command = str(tmp_path / "python")
        try:
            os.symlink(os.path.realpath(sys.executable), command)
        except OSError:
            pytest.skip("this system makes no symbolic links")
    folder = bare_jupyter / "kernels" / "python3"
    folder.mkdir(parents=True)
    spec = {"argv": [command, "-m", "x"], "display_name": "x", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec))
    finding = doctor.check_kernel()
    if command.startswith(str(tmp_path)):
        assert_problem(finding, f"starts another Python: {command}")
        assert str(folder) in finding.todo
    else:
        assert finding.level == doctor.OK


def test_no_kernel_is_a_problem(bare_jupyter, monkeypatch):
    bare_jupyter.mkdir()
    monkeypatch.setitem(sys.modules, "ipykernel.kernelspec", None)
    monkeypatch.setenv("IPYTHONDIR", str(bare_jupyter / "ipython"))
    assert_problem(doctor.check_kernel(), "There is no kernel `python3`.")


# --- TensorFlow ------------------------------------------------------------


def put_tensorflow(site, code):
    (site / "tensorflow.py").write_text(code)
    (site / "keras.py").write_text("__version__ = '3'")


def test_a_tensorflow_that_can_be_imported_is_fine_whatever_else_is_wrong(
    site, monkeypatch
):
    monkeypatch.setenv("COURSE_THREADS", "many")
    noise = "import sys; print('hello'); print('W000', file=sys.stderr)\n"
    put_tensorflow(site, noise + "__version__ = '2'")
    finding = doctor.check_tensorflow()
    assert finding.level == doctor.OK
    assert finding.what == "TensorFlow 2 with Keras 3 can be imported"


KILL = "import os\nfrom signal import *\ndef end(s): os.kill(os.getpid(), s)\n"


@pytest.mark.parametrize(
    ("code", "what", "todo"),
    [
        (f"{KILL}end(SIGILL)", "return code -4: this processor lacks", "Binder"),
        (f"{KILL}end(SIGKILL)", "imported (return code -9): no message", ""),
        ("raise OSError('too old')", "(return code 1): OSError: too old", ""),
        ("raise OSError('DLL load failed')", "DLL load failed", "Visual C++"),
    ],
)
def test_a_failed_import_of_tensorflow_is_explained(code, what, todo, site):
    if os.name == "nt" and KILL in code:
        pytest.skip("Windows has no signals")
    put_tensorflow(site, code)
    finding = doctor.check_tensorflow()
    assert_problem(finding, what)
    assert todo in finding.todo


def test_an_import_that_hangs_is_ended(site, monkeypatch):
    monkeypatch.setattr(doctor, "_IMPORT_SECONDS", 1)
    put_tensorflow(site, "import time; time.sleep(60)")
    assert_problem(doctor.check_tensorflow(), "was not imported within 1 seconds")


# --- The report ------------------------------------------------------------


def broken():
    raise RuntimeError("what now")


def test_a_check_that_crashes_becomes_a_finding(monkeypatch, capsys):
    checks = {"Broken": broken, "Threads": doctor.check_threads}
    monkeypatch.setattr(doctor, "CHECKS", checks)
    assert doctor.command(None) == 1
    printed = capsys.readouterr()
    assert "Broken   This could not be checked (RuntimeError: what now)" in printed.out
    assert "for each numerical library" in printed.out
    assert "Traceback" not in printed.out + printed.err


def test_only_problems_make_the_exit_status_one(monkeypatch, capsys):
    note = doctor.Finding(doctor.NOTE, "so", "do")
    problem = doctor.Finding(doctor.PROBLEM, "two\nlines", "do this")
    monkeypatch.setattr(doctor, "CHECKS", {"A": lambda: note})
    assert doctor.command(None) == 0
    assert capsys.readouterr().out.endswith("Everything needed is there.\n")
    monkeypatch.setattr(doctor, "CHECKS", {"A": lambda: note, "Long": lambda: problem})
    assert doctor.command(None) == 1
    assert capsys.readouterr().out == (
        "note     A     so\n"
        "               -> do\n"
        "PROBLEM  Long  two lines\n"
        "               -> do this\n"
        "\n"
        "1 problem(s) found.\n"
    )


def test_every_check_of_the_module_is_run():
    checks = [value for name, value in vars(doctor).items() if name[:6] == "check_"]
    assert set(doctor.CHECKS.values()) == set(checks)


def test_this_very_installation_has_no_problem(capsys):
    status = doctor.command(None)
    assert status == 0, capsys.readouterr().out
