"""``course doctor``: what is wrong with this installation, and what to do.

Each check is one small function that returns a :class:`Finding`; :data:`CHECKS`
names their subjects. Checks import what they look at themselves, so that a broken
package is a finding and not a traceback.
"""

import argparse
import csv
import importlib.metadata
import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from course_utils import chapters, files, runtime
from course_utils.commands import CALL
from course_utils.setup.requirements import TENSORFLOWS, declared, installed

OK, NOTE, PROBLEM = "OK", "note", "PROBLEM"
"""Levels of a finding; only the last makes the exit status 1."""

PYTHONS = ((3, 11), (3, 13))
"""Oldest and newest Python that the course and TensorFlow run on."""

_OWN = Path(sys.prefix) == chapters.PROJECT / ".venv"
_REPAIR = (
    f"Delete the folder {sys.prefix} and run `{CALL}` in the folder of the course, "
    "which makes it anew."
    if _OWN
    else "Run `pip install -e .` in the folder of the course; if that does not help, "
    "make this environment anew."
)
_IMPORT_SECONDS = 90
_EXTENSIONS = {
    "@jupyter-widgets/jupyterlab-manager": "jupyterlab_widgets",
    "anywidget": "anywidget",
}


@dataclass(frozen=True)
class Finding:
    """What one check found: ``level``, what is so, and what to do."""

    level: str
    what: str
    todo: str = ""


def _ok(what: str) -> Finding:
    return Finding(OK, what)


def _note(what: str, todo: str = "") -> Finding:
    return Finding(NOTE, what, todo)


def _problem(what: str, todo: str = _REPAIR) -> Finding:
    return Finding(PROBLEM, what, todo)


# --- Python and packages ---------------------------------------------------


def check_python() -> Finding:
    """Tell whether this Python is one that the course runs on."""
    oldest, newest = ("{}.{}".format(*version) for version in PYTHONS)
    version = "{}.{}.{}".format(*sys.version_info[:3])
    if PYTHONS[0] <= tuple(sys.version_info[:2]) <= PYTHONS[1]:
        return _ok(f"{version} at {sys.executable}")
    return _problem(
        f"This is Python {version}; the course needs {oldest} to {newest}.",
        f"Install Python {newest} and run `{CALL}` with it.",
    )


def check_packages() -> Finding:
    """Tell whether each declared package is installed in a version in range."""
    try:
        requirements = declared()
    except importlib.metadata.PackageNotFoundError:
        return _problem("The course itself is not installed in this Python.")
    faults = [fault for r in requirements if (fault := r.fault())]
    if faults:
        return _problem("; ".join(faults) + ".")
    return _ok(f"all {len(requirements)} are installed, in versions that fit")


def check_files() -> Finding:
    """Tell whether each installed package has all its files."""
    # Not all of `sys.path`: packages hold others inside, and not all of their files.
    places = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
    installed = importlib.metadata.distributions(path=list(places))
    damaged = sorted({each.name for each in installed if _lacks_files(each)})
    if not damaged:
        return _ok("each package has all of its own")
    what = f"Files are missing, or shorter than they were, in: {', '.join(damaged)}."
    return _problem(what)


def _lacks_files(distribution: importlib.metadata.Distribution) -> bool:
    """Compare a package with the list of files that its installer left."""
    place = str(distribution.locate_file(""))
    record = (distribution.read_text("RECORD") or "").splitlines()
    for name, _, size in csv.reader(line for line in record if line):
        try:
            found = os.stat(os.path.join(place, name)).st_size
        except OSError:
            return True
        # Scripts, outside the folder, get the path of their Python written in, and
        # the set-up writes the course's own path file anew.
        changed = name.startswith("..") or name.endswith(".pth")
        if size and found < int(size) and not changed:
            return True
    return False


def check_one_tensorflow() -> Finding:
    """Tell whether TensorFlow's two builds lie over each other."""
    found = {name: installed(name) for name in TENSORFLOWS}
    found = {name: version for name, version in found.items() if version}
    if len(found) > 1:
        return _problem(
            "tensorflow and tensorflow-cpu are both installed and overwrite each "
            "other's files.",
            f"Delete the folder of this environment ({sys.prefix}) and run "
            f"`{CALL}` again.",
        )
    if not found:
        return _problem("TensorFlow is not installed.")
    [(name, version)] = found.items()
    return _ok(f"{name} {version}")


# --- The machine -----------------------------------------------------------


def check_memory() -> Finding:
    """Tell how much memory there is, and whether a TensorFlow chapter fits."""
    import psutil

    memory = psutil.virtual_memory()
    total = min([memory.total, *_container_limit()])
    available = min(memory.available, total)
    what = f"{available / 1e9:.1f} GB of {total / 1e9:.1f} GB available"
    if available >= 2e9:
        return _ok(what)
    return _note(
        f"Only {what}; a chapter with TensorFlow takes up to 1.2 GB.",
        "Shut down kernels you no longer need (JupyterLab: Kernel menu, Shut Down "
        "All Kernels) and close other programs.",
    )


def _container_limit() -> list[int]:
    """Return the memory a container may use, in bytes; empty if it may use all."""
    try:
        return [int(Path("/sys/fs/cgroup/memory.max").read_text())]
    except (OSError, ValueError):  # not Linux, no container, or "max"
        return []


def check_disk() -> Finding:
    """Tell whether the disks that the course writes to have room."""
    free = {f: shutil.disk_usage(_existing(f)).free for f in _folders().values()}
    fullest = min(free, key=free.get)
    what = f"{free[fullest] / 1e9:.1f} GB free at {fullest}"
    todo = "Empty the bin or delete files you no longer need."
    if free[fullest] < 0.1e9:
        what = f"The disk of {fullest} has only {free[fullest] / 1e6:.0f} MB left."
        return _problem(what, todo)
    if free[fullest] < 1e9:
        return _note(f"Only {what}.", todo)
    return _ok(what)


def check_threads() -> Finding:
    """Tell whether ``COURSE_THREADS`` is a number of threads."""
    try:
        count = runtime.threads()
    except ValueError as error:
        return _problem(
            str(error),
            "Correct or unset COURSE_THREADS, then restart JupyterLab.",
        )
    return _ok(f"{count} for each numerical library")


# --- Folders ---------------------------------------------------------------


def _folders() -> dict[str, Path]:
    from course_utils import data, store

    return {
        "Notebooks": chapters.PROJECT / "notebooks",
        "Progress": store.folder(),
        "Cache": data.mnist_cache_path().parent,
    }


def check_notebooks_folder() -> Finding:
    """Tell whether notebooks can be saved."""
    folder = _folders()["Notebooks"]
    if not folder.is_dir():
        return _problem(
            f"There is no folder {folder}.",
            "Get the course again from its repository, with the notebooks.",
        )
    places = (folder, folder / "capstone")
    notebooks = [path for place in places for path in sorted(place.glob("*.ipynb"))]
    damaged = [path for path in notebooks if _is_damaged(path)]
    if damaged:
        return _problem(
            f"{damaged[0]} is damaged, so JupyterLab cannot open it.",
            "Rename it, so that you keep it; then take the version that JupyterLab "
            f"saved before, if {damaged[0].parent / '.ipynb_checkpoints'} holds one, "
            f"or the original, with `git restore {damaged[0].name}` in its folder.",
        )
    todo = "Copy the course to a folder of your own and start it there."
    return _writable(folder, todo)


def _is_damaged(path: Path) -> bool:
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        return not isinstance(notebook["cells"], list)
    except OSError:  # of its own kind, and no damage
        return False
    except (ValueError, LookupError, TypeError, RecursionError):
        return True


def check_names() -> Finding:
    """Tell whether a file of the learner's hides a module that Python needs."""
    folder = _folders()["Notebooks"]
    own = chapters.PROJECT / "course_utils"
    # Python leaves `test` out of its list, a name that learners like.
    modules = (
        sys.stdlib_module_names | importlib.metadata.packages_distributions().keys()
    )
    found = [
        path
        for place in (chapters.PROJECT, folder, folder / "capstone")
        for path in _modules(place)
        if path.stem in modules and path != own
    ]
    if not found:
        return _ok("none hides a module of Python's")
    hiding = " and ".join(str(path) for path in found)
    return _problem(
        f"{hiding}: `import {found[0].stem}` finds this in the module's place, "
        "and fails later with an odd message.",
        "Rename it, then restart the kernel.",
    )


def _modules(place: Path) -> list[Path]:
    """Return what a notebook in this folder can import from it."""
    packages = [init.parent for init in place.glob("*/__init__.py")]
    return sorted([*place.glob("*.py"), *packages])


def check_progress_folder() -> Finding:
    """Tell whether progress can be recorded, and the record can be read."""
    from course_utils import progress

    todo = "Set COURSE_HOME to a folder in which you can write."
    finding = _writable(_folders()["Progress"], todo)
    if finding.level != OK:
        return finding
    notice = progress.load().notice
    if notice:
        return _note(notice)
    return finding


def check_cache_folder() -> Finding:
    """Tell whether the data set can be kept once it is downloaded."""
    todo = "Make this folder writable, or name a copy of MNIST in COURSE_MNIST."
    return _writable(_folders()["Cache"], todo)


def _writable(folder: Path, todo: str) -> Finding:
    try:
        files.try_to_write(folder)
    except OSError as error:
        reason = error.strerror or error
        return _problem(f"{folder} cannot be written ({reason}).", todo)
    return _ok(f"can be written: {folder}")


def _existing(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that exists."""
    return next(f for f in (folder, *folder.parents) if f.exists())


# --- Data ------------------------------------------------------------------


def check_data() -> Finding:
    """Tell where the digits come from, without downloading anything."""
    from course_utils import data

    try:
        kind, path = data.locate_mnist()
    except data.DataError as error:
        todo = "Correct or unset COURSE_MNIST, then restart JupyterLab."
        return _problem(str(error), todo)
    if path is not None:
        return _ok(f"MNIST from the {kind}: {path}")
    return _note(
        "The real MNIST digits are not on this machine yet.",
        "Go on: the first chapter that needs them downloads them (11 MB), and "
        "without a network uses a small stand-in.",
    )


# --- JupyterLab ------------------------------------------------------------


def check_jupyterlab() -> Finding:
    """Tell whether JupyterLab is installed whole, in a version in range."""
    version = installed("jupyterlab")
    if version is None:
        return _problem("JupyterLab is not installed.")
    if not _find_in_jupyter("lab/static/index.html"):
        return _problem(f"JupyterLab {version} lacks its pages (lab/static).")
    for each in declared():
        if each.name == "jupyterlab" and (fault := each.fault()):
            return _problem(f"{fault}.")
    return _ok(version)


def check_widgets() -> Finding:
    """Tell whether JupyterLab can find the browser's half of the widgets."""
    missing = [
        package
        for extension, package in _EXTENSIONS.items()
        if not _find_in_jupyter(f"labextensions/{extension}/package.json")
    ]
    if not missing:
        return _ok("both lab extensions are in place")
    return _problem(
        f"JupyterLab cannot find the extension of {' and '.join(missing)}, so "
        "sliders and interactive figures stay blank."
    )


def _find_in_jupyter(name: str) -> bool:
    from jupyter_core.paths import jupyter_path

    return any((Path(folder) / name).is_file() for folder in jupyter_path())


def check_kernel() -> Finding:
    """Tell whether notebooks run in this environment's Python."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        spec = KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel:
        return _problem("There is no kernel `python3`.")
    command = spec.argv[0]
    if _is_this_python(command):
        return _ok("`python3` starts this environment's Python")
    return _problem(
        f"The kernel `python3` starts another Python: {command}.",
        f"Delete the folder {spec.resource_dir}.",
    )


def _is_this_python(command: str) -> bool:
    major, minor = sys.version_info[:2]
    if command in {"python", f"python{major}", f"python{major}.{minor}"}:
        return True  # Jupyter puts its own interpreter in place of these
    # The file is a link to the system's Python in every environment alike, so
    # it is the folder that tells environments apart.
    return Path(command).parent.resolve() == Path(sys.executable).parent.resolve()


# --- TensorFlow ------------------------------------------------------------


def check_tensorflow() -> Finding:
    """Import TensorFlow in a process of its own, which may crash or hang."""
    code = (
        "import tensorflow, keras; "
        "print('imported:', tensorflow.__version__, keras.__version__)"
    )
    try:
        limits = runtime.environment()
    except ValueError:  # a wrong COURSE_THREADS is a finding of its own
        limits = {}
    try:
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, **limits},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_IMPORT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return _problem(
            f"TensorFlow was not imported within {_IMPORT_SECONDS} seconds.",
            "Try again when the machine is less busy.",
        )
    words = done.stdout.rpartition("imported:")[2].split()
    if done.returncode == 0 and len(words) == 2:
        return _ok(f"TensorFlow {words[0]} with Keras {words[1]} can be imported")
    return _import_failure(done.returncode, done.stderr)


def _import_failure(status: int, stderr: str) -> Finding:
    """Explain why the import ended with ``status``."""
    # Negative on POSIX (a signal); the code of the exception on Windows.
    illegal = {-getattr(signal, "SIGILL", 4), 0xC000001D}
    if status in illegal:
        return _problem(
            f"Importing TensorFlow stopped with return code {status}: this "
            "processor lacks instructions (AVX) that TensorFlow needs.",
            "Use another computer, or open the course on Binder.",
        )
    lines = stderr.strip().splitlines()
    last = lines[-1].strip() if lines and status == 1 else "no message"
    todo = _REPAIR
    if "DLL load failed" in stderr:
        todo = "Install Microsoft's Visual C++ Redistributable (x64) and try again."
    what = f"TensorFlow cannot be imported (return code {status}): {last[:300]}"
    return _problem(what, todo)


# --- The report ------------------------------------------------------------

CHECKS: dict[str, Callable[[], Finding]] = {
    "Python": check_python,
    "Packages": check_packages,
    "Files": check_files,
    "One TensorFlow": check_one_tensorflow,
    "TensorFlow": check_tensorflow,
    "Memory": check_memory,
    "Disk space": check_disk,
    "Threads": check_threads,
    "Data set": check_data,
    "JupyterLab": check_jupyterlab,
    "Widgets": check_widgets,
    "Kernel": check_kernel,
    "Notebooks": check_notebooks_folder,
    "Names of files": check_names,
    "Progress": check_progress_folder,
    "Cache": check_cache_folder,
}


def examine() -> dict[str, Finding]:
    """Run every check; one that fails itself becomes a finding."""
    return {subject: _run(check) for subject, check in CHECKS.items()}


def _run(check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except Exception as error:
        return _problem(f"This could not be checked ({type(error).__name__}: {error}).")


def report(findings: dict[str, Finding]) -> str:
    """Return the findings as plain text, one or two lines each."""
    levels = len(PROBLEM)
    subjects = max(map(len, findings))
    indent = " " * (levels + subjects + 4)
    lines = []
    for subject, finding in findings.items():
        head = f"{finding.level:<{levels}}  {subject:<{subjects}}  "
        lines.append(head + " ".join(finding.what.split()))
        if finding.todo:
            lines.append(f"{indent}-> {finding.todo}")
    count = problems(findings)
    end = f"{count} problem(s) found." if count else "Everything needed is there."
    return "\n".join([*lines, "", end])


def problems(findings: dict[str, Finding]) -> int:
    """Count the findings that keep the course from working."""
    return sum(finding.level == PROBLEM for finding in findings.values())


def command(options: argparse.Namespace) -> int:
    """Print the report; return 0 if there is no problem, 1 otherwise."""
    findings = examine()
    files.say(report(findings))
    return int(problems(findings) > 0)
