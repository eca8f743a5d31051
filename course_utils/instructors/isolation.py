"""Keep a learner's code in: see :func:`cut_network` and :func:`enter`.

On Linux a graded kernel runs in namespaces of its own: without a network, with
its own processes, and with a file system that holds the system, Python, the
course and an empty folder in memory, everything else being out of sight. Where
a namespace is refused (many containers), or on macOS, resource limits remain;
on Windows only the time limit does. :func:`probe` tries it out and says what
there is.

Everything here runs in processes made by ``fork`` that have one thread.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import struct
import sys
import sysconfig
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from course_utils.chapters import PROJECT

LINUX = sys.platform == "linux"
POSIX = os.name == "posix"

HOME = "/tmp/home"
"""Home of the learner's code inside the box."""

WORK = "/tmp/submission"
"""Where the notebook runs inside the box."""

# From the kernel's headers sched.h, mount.h and prctl.h.
_NEWNS, _NEWUTS, _NEWIPC = 0x00020000, 0x04000000, 0x08000000
_NEWUSER, _NEWPID, _NEWNET = 0x10000000, 0x20000000, 0x40000000
_MS_NOSUID, _MS_NODEV, _MS_BIND = 0x2, 0x4, 0x1000
_MS_REC, _MS_PRIVATE = 0x4000, 0x40000
_MNT_DETACH = 2
_SYS_MOUNT_SETATTR, _AT_FDCWD, _AT_RECURSIVE = 442, -100, 0x8000
_ATTR_RDONLY, _ATTR_NOSUID = 0x1, 0x2
_SET_DEATH_SIGNAL, _SET_DUMPABLE, _SET_NO_NEW_PRIVS = 1, 4, 38
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 0x1

_SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64", "usr", "etc", "nix")
_DEVICES = ("null", "zero", "full", "random", "urandom")
_LOWEST_UID = 61184  # the range that systemd keeps for such throw-away users


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Attributes
    ----------
    seconds : float
        For the whole notebook.
    memory_mb : int
        Of memory for all its processes; address space for each is twice that.
    disk_mb : int
        Of files altogether in the box; of one file outside it.
    processes : int
        Processes and threads at one time.
    """

    seconds: float = 600.0
    memory_mb: int = 3000
    disk_mb: int = 500
    processes: int = 128


def describe(on: Iterable[str]) -> list[str]:
    """Return a line for each protection that says whether it is on.

    Parameters
    ----------
    on : iterable of str
        Names, as :func:`probe` returns them.
    """
    on = set(on)
    texts = {
        "network": "no network",
        "files": "only the course and an empty folder in sight, nothing kept",
        "processes": "processes of its own, ended together",
        "user": "a user without rights",
        "limits": "limits on memory, size of files and number of processes",
        "time": "time limits for each cell and for the notebook",
    }
    return [
        f"  {'on ' if name in on else 'OFF'}  {text}" for name, text in texts.items()
    ]


def probe(limits: Limits) -> list[str]:
    """Enter a box in a child process; return the names of what works there."""
    if not LINUX:
        return ["time", "limits"] if POSIX else ["time"]
    for wanted in (["network", "files", "processes", "user"], ["user"], []):
        if _works(wanted, limits):
            return [*wanted, "limits", "time"]
    return ["time"]


def _works(wanted: list[str], limits: Limits) -> bool:
    # Some systems let a process make namespaces and then forbid their use, so
    # each thing is used here.
    def use() -> None:
        if "network" in wanted:
            cut_network()
        if not _succeeds(use_inside):
            raise OSError("refused inside the box")

    def use_inside() -> None:
        enter(wanted, limits, ())
        with open(os.__file__), open(__file__):
            pass

    return _succeeds(use)


def _succeeds(action: Callable[[], None]) -> bool:
    """Tell whether an action comes to its end, in a child process."""
    child = os.fork()
    if not child:
        try:
            action()
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def cut_network() -> None:
    """Leave this process with a loopback device and no other network.

    Raises
    ------
    OSError
        If the system refuses.
    """
    import fcntl

    if os.geteuid() == 0:
        _call("unshare", _NEWNET)
    else:
        user, group = os.geteuid(), os.getegid()
        _call("unshare", _NEWUSER | _NEWNET)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
        request = struct.pack("16sh22x", b"lo", 0)
        answer = fcntl.ioctl(device, _SIOCGIFFLAGS, request)
        flags = struct.unpack("16sh22x", answer)[1] | _IFF_UP
        fcntl.ioctl(device, _SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", flags))


def enter(wanted: Iterable[str], limits: Limits, readable: Iterable[Path]) -> None:
    """Put this process into the box; it comes back with another process number.

    The process that called stays outside and waits: it passes interrupts on,
    and ends with the status of what is inside. Its death ends all inside.

    Parameters
    ----------
    wanted : iterable of str
        Names from :func:`probe`.
    limits : Limits
    readable : iterable of Path
        Files and folders that are to be in sight, beside system, Python and
        course.

    Raises
    ------
    OSError
        If the system refuses.
    """
    end_with_parent()
    wanted = set(wanted)
    own_user = os.geteuid() == 0 and "user" in wanted
    # Processes are counted for each user, so two submissions share none.
    user = _LOWEST_UID + os.getpid() % 4000
    if "files" in wanted:
        _call("unshare", _NEWNS | _NEWPID | _NEWIPC | _NEWUTS)
        _wait_outside(os.fork())
        end_with_parent()
        _build_root(limits, readable)
        # The first process of a namespace ignores signals; let it only wait.
        _wait_outside(os.fork())
    limit(limits, counted_alone=own_user or "network" in wanted)
    if own_user:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
        _control(_SET_DUMPABLE, 1)  # else /proc/self would belong to root
    if "files" in wanted and not own_user:
        no_capability = struct.pack("6I", *[0] * 6)
        _call("capset", struct.pack("Ii", 0x20080522, 0), no_capability)
    _control(_SET_NO_NEW_PRIVS, 1)
    end_with_parent()


def _wait_outside(child: int) -> None:
    """Go on in the child; in the parent wait for it and never return."""
    if not child:
        return
    signal.signal(signal.SIGINT, lambda *_: os.kill(child, signal.SIGINT))
    while True:
        pid, status = os.wait()  # orphans of the namespace come here too
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)


def _build_root(limits: Limits, readable: Iterable[Path]) -> None:
    """Make a root folder of read-only views and an empty one, and go there."""
    new = "/tmp"
    size = f"size={limits.disk_mb}m,nr_inodes=20000,mode=755"
    _mount(None, "/", None, _MS_REC | _MS_PRIVATE)
    visible = list(_visible(readable))
    # What lies below /tmp must be held open before /tmp is covered.
    held = [(path, os.open(path, os.O_PATH)) for path in visible]
    _mount("tmpfs", new, "tmpfs", _MS_NOSUID | _MS_NODEV, size)
    for name in _SYSTEM:
        if os.path.islink(f"/{name}"):
            os.symlink(os.readlink(f"/{name}"), f"{new}/{name}")
    for path, descriptor in held:
        target = new + str(path)
        _make_place(os.path.isdir(f"/proc/self/fd/{descriptor}"), target)
        _mount(f"/proc/self/fd/{descriptor}", target, None, _MS_BIND | _MS_REC)
        os.close(descriptor)
    for place in ("proc", "dev", "tmp"):
        os.makedirs(f"{new}/{place}", exist_ok=True)
    for name in _DEVICES:
        _make_place(False, f"{new}/dev/{name}")
        _mount(f"/dev/{name}", f"{new}/dev/{name}", None, _MS_BIND)
    os.symlink("/tmp", f"{new}/dev/shm")
    _make_read_only(new)
    _mount("tmpfs", f"{new}/tmp", "tmpfs", _MS_NOSUID | _MS_NODEV, size)
    os.chmod(f"{new}/tmp", 0o1777)
    with suppress(OSError):  # refused inside some containers, and not needed
        _mount("proc", f"{new}/proc", "proc", _MS_NOSUID | _MS_NODEV)
    os.chdir(new)
    _call("pivot_root", b".", b".")
    _call("umount2", b".", _MNT_DETACH)
    os.chdir("/")


def _visible(readable: Iterable[Path]) -> Iterable[Path]:
    """Yield what may be read, without what lies inside something else of it."""
    import numpy

    packages = Path(numpy.__file__).parents[1]
    wanted = [path for name in _SYSTEM if not (path := Path("/", name)).is_symlink()]
    wanted += [Path(sys.base_prefix), Path(sys.prefix), packages]
    wanted += [Path(path) for path in sysconfig.get_paths().values()]
    # Not the whole clone: the class's folder may lie in it.
    wanted += [PROJECT / "course_utils", *readable]
    taken: list[Path] = []
    for path in sorted({path.absolute() for path in wanted if path.exists()}):
        if not any(path.is_relative_to(other) for other in taken):
            taken.append(path)
            yield path


def _make_place(folder: bool, target: str) -> None:
    os.makedirs(target if folder else os.path.dirname(target), exist_ok=True)
    if not folder:
        open(target, "a").close()


def limit(limits: Limits, counted_alone: bool) -> None:
    """Limit what this process and its children may use (not on Windows).

    Parameters
    ----------
    limits : Limits
    counted_alone : bool
        Whether only processes of this submission count for its limit.
    """
    if not POSIX:
        return
    import resource

    megabyte = 2**20
    for name, value in (
        ("AS", 2 * limits.memory_mb * megabyte),
        ("FSIZE", limits.disk_mb * megabyte),
        ("NPROC", limits.processes + (0 if counted_alone else _own_tasks())),
        ("CPU", int(limits.seconds) + 60),
        ("CORE", 0),
    ):
        # Some systems lack some of them or refuse them.
        with suppress(AttributeError, OSError, ValueError):
            kind = getattr(resource, f"RLIMIT_{name}")
            hard = resource.getrlimit(kind)[1]
            most = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (most, most))


def _own_tasks() -> int:
    """Count the threads that this user has already: the limit counts them too."""
    found = [each.info for each in psutil.process_iter(["uids", "num_threads"])]
    mine = [each for each in found if each["uids"] and each["uids"].real == os.getuid()]
    return sum(each["num_threads"] or 1 for each in mine)


# Calls that Python 3.11 does not offer.


def _call(name: str, *arguments) -> int:
    result = getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def _mount(source, target, kind, flags, data=None) -> None:
    parts = [None if p is None else os.fsencode(p) for p in (source, target, kind)]
    text = None if data is None else os.fsencode(data)
    _call("mount", *parts, ctypes.c_ulong(flags), text)


def _make_read_only(folder: str) -> None:
    """Make all mounts at and below a folder read-only (Linux 5.12 and later)."""
    attributes = struct.pack("QQQQ", _ATTR_RDONLY | _ATTR_NOSUID, 0, 0, 0)
    _call(
        "syscall",
        ctypes.c_long(_SYS_MOUNT_SETATTR),
        ctypes.c_long(_AT_FDCWD),
        os.fsencode(folder),
        ctypes.c_long(_AT_RECURSIVE),
        attributes,
        ctypes.c_long(len(attributes)),
    )


def _control(option: int, value: int) -> None:
    _call("prctl", option, ctypes.c_ulong(value), *[ctypes.c_ulong(0)] * 3)


def end_with_parent() -> None:
    """Let this process be killed when its parent ends (Linux)."""
    _control(_SET_DEATH_SIGNAL, signal.SIGKILL)
