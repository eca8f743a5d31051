"""Loading data against real HTTP servers on loopback and real file systems."""

import gzip
import hashlib
import io
import os
import pickle
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import tracemalloc
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import filelock
import numpy as np
import pooch
import pytest

from course_utils import data
from course_utils.data import download

PROJECT = Path(__file__).resolve().parents[2]
REAL = os.environ.get("COURSE_MNIST")  # tests/conftest.py may have found it
LONGEST_WAIT = download._ANSWER_SECONDS * len(data.MNIST.mirrors)


# Small data sets of the same kind ---------------------------------------------

_rng = np.random.default_rng(0)
ARRAYS = {
    "x_train": _rng.integers(0, 256, (60, 28, 28), np.uint8),
    "y_train": _rng.integers(0, 10, 60, np.uint8),
    "x_test": _rng.integers(0, 256, (10, 28, 28), np.uint8),
    "y_test": _rng.integers(0, 10, 10, np.uint8),
}
SHAPES = {key: array.shape for key, array in ARRAYS.items()}


def npz(save=np.savez, **changes):
    """Return a file of the arrays; None leaves one out."""
    buffer = io.BytesIO()
    save(buffer, **{k: v for k, v in (ARRAYS | changes).items() if v is not None})
    return buffer.getvalue()


def idx(array):
    """Return a file of the format in which MNIST's makers published it."""
    sizes = struct.pack(f">{array.ndim}i", *array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


GOOD = npz()
HALF = GOOD[: len(GOOD) // 2]
BODIES = {
    "MNIST": [GOOD],
    "FASHION_MNIST": [gzip.compress(idx(array)) for array in ARRAYS.values()],
}


def small(name, urls):
    """Return a data set as it is, but small and from these addresses."""
    dataset = getattr(data, name)
    parts = tuple(
        data.Part(part.name, len(body), f"sha256:{hashlib.sha256(body).hexdigest()}")
        for part, body in zip(dataset.parts, BODIES[name], strict=True)
    )
    return replace(
        dataset,
        mirrors=tuple(urls),
        parts=parts,
        shapes=SHAPES,
        draw=lambda: (ARRAYS["x_test"], ARRAYS["y_test"].astype(int)),
    )


def is_real(images):
    """Say whether these are the images of the small data sets, as bytes."""
    same = [np.array_equal(getattr(images, key), ARRAYS[key]) for key in SHAPES]
    return all(same) and not images.is_stand_in


# Mirrors ----------------------------------------------------------------------


class Server(ThreadingHTTPServer):
    """A mirror that does what each of its answers says; the last one repeats."""

    def __init__(self, answers):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = answers if isinstance(answers, tuple) else (answers,)
        self.requests = 0
        self.url = f"http://127.0.0.1:{self.server_port}/"

    def handle_error(self, request, client_address):
        pass  # a client that gives up is what some tests are about


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests += 1
        answers = self.server.answers
        answers[min(self.server.requests, len(answers)) - 1](self)

    def log_message(self, *args):
        pass


def sends(body, length=None, then=lambda handler: None, seconds=0, pieces=1):
    """Answer with a body in `pieces`, as if it were of `length`; then do one thing."""

    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(length or len(body)))
        handler.end_headers()
        step = max(1, -(-len(body) // pieces))
        for start in range(0, len(body), step):
            handler.wfile.write(body[start : start + step])
            time.sleep(seconds / pieces)
        then(handler)

    return answer


def says(code):
    return lambda handler: handler.send_error(code)


def hangs_up(handler):
    """Close the connection with a reset, as a failing router does."""
    linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.connection.close()


def waits(handler):
    time.sleep(3)


good = sends(GOOD)
cuts_off = sends(HALF, len(GOOD))
resets = sends(HALF, len(GOOD), hangs_up)
stalls = sends(HALF, len(GOOD), waits)


def dead_url():
    """Return the address of a port on which nothing listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"


@pytest.fixture(autouse=True)
def silent_stderr(capfd):
    """Whatever happens, nothing may appear on stderr, and pooch logs as it did."""
    level = pooch.get_logger().level
    yield
    assert pooch.get_logger().level == level
    assert capfd.readouterr().err == ""


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An empty cache, short waits, and mirrors that refuse connections."""
    monkeypatch.setenv("COURSE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr("pooch.core.time", type("Clock", (), {"sleep": lambda _: 0}))
    monkeypatch.setattr(download, "_ANSWER_SECONDS", 1)
    monkeypatch.setattr(download, "_PAUSE_SECONDS", 0.5)
    for name in BODIES:
        monkeypatch.delenv(f"COURSE_{name}", raising=False)
        monkeypatch.setattr(data, name, small(name, [dead_url(), dead_url()]))
    return tmp_path / "home" / "data"


def be_patient(monkeypatch):
    """Allow a server on a busy computer its time."""
    monkeypatch.setattr(download, "_ANSWER_SECONDS", 10)
    monkeypatch.setattr(download, "_PAUSE_SECONDS", 10)


@pytest.fixture
def mirrors(monkeypatch):
    """Let a data set come from mirrors; each is one answer, or a tuple in turn."""
    servers = []

    def start(*mirrors, name="MNIST"):
        servers.extend(Server(answers) for answers in mirrors)
        for server in servers:
            threading.Thread(target=server.serve_forever, args=(0.02,)).start()
        monkeypatch.setattr(data, name, small(name, [s.url for s in servers]))
        return servers

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def cached(content, home):
    home.mkdir(parents=True, exist_ok=True)
    (home / "mnist.npz").write_bytes(content)
    return home / "mnist.npz"


def names(folder):
    """Return what lies in a folder, but for the lock, which stays on purpose."""
    return sorted(p.name for p in folder.iterdir() if p.suffix != ".lock")


# The arrays -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dtype", "white"),
    [("float32", 255), (np.dtype("float32"), 255), ("uint8", 1), (np.uint8, 1)],
)
def test_images_come_as_asked_and_labels_can_be_subtracted(dtype, white, home):
    cached(GOOD, home)
    digits = data.load_mnist(dtype)
    assert digits.x_train.dtype == digits.x_test.dtype == dtype
    expected = ARRAYS["x_train"].astype(np.float32) / white
    assert np.array_equal(digits.x_train, expected)
    assert digits.y_train.dtype == digits.y_test.dtype == np.int64


@pytest.mark.parametrize("dtype", ["float64", "int", None, np.float64, [1, 2], object])
@pytest.mark.parametrize("load", [data.load_mnist, data.stand_in])
def test_another_dtype_is_refused_with_the_two_that_exist(load, dtype):
    with pytest.raises(ValueError, match=r'"float32".*"uint8"'):
        load(dtype)


def test_the_value_prints_as_one_short_line(home):
    cached(GOOD, home)
    shown = repr(data.load_mnist())
    assert shown == (
        "Images(60 training and 10 test images, float32; MNIST from the cache)"
    )


# Wrong files ------------------------------------------------------------------


def pipe(path):
    if not hasattr(os, "mkfifo"):
        pytest.skip("no named pipes here")
    os.mkfifo(path)


def unreadable(path):
    if os.name == "nt":
        pytest.skip("Windows has no such permissions")
    if os.geteuid() == 0:  # root may read all; a link to itself stops root as well
        path.symlink_to(path)
    else:
        path.write_bytes(GOOD)
        path.chmod(0)


WRONG = {
    "empty": (b"", "damaged, or not an .npz"),
    "text": (b"5,0,4,1,9,2,1,3\n" * 500, "damaged, or not an .npz"),
    "truncated": (HALF, "damaged"),
    "one byte changed": (GOOD[:5000] + b"\x00\x01" + GOOD[5002:], "damaged"),
    "one array only": (npz(lambda f, **a: np.save(f, a["y_test"])), "not an .npz"),
    "pickled objects": (npz(y_test=np.array([{}] * 10)), "not an .npz .* numbers"),
    "pickled, and nothing else": (pickle.dumps(ARRAYS), "not an .npz .* numbers"),
    "a key is missing": (npz(y_test=None), "holds no array 'y_test'"),
    "shape": (
        npz(x_train=np.zeros((60, 784), np.uint8)),
        r"x_train has the shape \(60, 784\) instead of \(60, 28, 28\)",
    ),
    "float64": (npz(x_test=np.zeros((10, 28, 28))), "x_test is stored as float64"),
    "int64 labels": (npz(y_test=np.zeros(10, int)), "y_test is stored as int64"),
    "label 10": (npz(y_test=np.full(10, 10, np.uint8)), "y_test holds the label 10"),
    "folder": (lambda path: path.mkdir(), "that is a folder"),
    "pipe": (pipe, "that is not an ordinary file"),  # and no endless wait
    "unreadable": (unreadable, r"it cannot be read \(.+\)"),
    "missing": (lambda path: None, "there is no such file"),
}


def put(kind, path):
    """Put a wrong file at `path`; return its content where it has any."""
    content, _ = WRONG[kind]
    if callable(content):
        return content(path)
    path.write_bytes(content)
    return content


@pytest.mark.timeout(20)
@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_named_file_is_an_error_that_says_what_is_wrong(
    kind, home, tmp_path, monkeypatch
):
    path = tmp_path / "mine.npz"
    content = put(kind, path)
    cached(GOOD, home)  # must not be used instead
    monkeypatch.setenv("COURSE_MNIST", str(path))
    for use in (data.load_mnist, data.locate_mnist, data.fetched_mnist):
        with pytest.raises(data.DataError, match=WRONG[kind][1]) as caught:
            use()
        said = str(caught.value)
        assert f"COURSE_MNIST names {path}, but " in said
        assert "set it to the path" in said
        assert "\n" not in said
        assert caught.value.__suppress_context__
    assert data.found(data.MNIST) is None
    if content is not None:
        assert path.read_bytes() == content


@pytest.mark.timeout(20)
@pytest.mark.parametrize("kind", [kind for kind in WRONG if kind != "missing"])
def test_a_wrong_file_in_the_cache_is_set_aside_and_fetched_anew(
    kind, home, mirrors, capfd
):
    mirrors(good)
    home.mkdir(parents=True)
    content = put(kind, home / "mnist.npz")
    assert is_real(data.load_mnist("uint8"))
    assert (home / "mnist.npz").read_bytes() == GOOD
    said = capfd.readouterr().out
    assert "cannot be used (" in said
    assert "could not be kept" not in said
    if content is not None:
        (aside,) = home.glob("mnist.damaged-*.npz")
        assert f"the old file is now {aside}" in said
        assert aside.read_bytes() == content
        assert names(home) == [aside.name, "mnist.npz"]


def test_a_wrong_file_in_the_cache_without_network_gives_the_stand_in(home, capfd):
    cached(b"no", home)
    assert data.load_mnist().is_stand_in
    said = capfd.readouterr().out
    assert "the old file is now" in said
    assert "you work with a stand-in" in said


# The named file and the cache -------------------------------------------------


def test_a_named_file_comes_before_the_cache(home, tmp_path, monkeypatch):
    cached(npz(y_test=np.zeros(10, np.uint8)), home)
    path = tmp_path / "mine.npz"
    path.write_bytes(npz(save=np.savez_compressed))  # other bytes, same contents
    monkeypatch.setenv("COURSE_MNIST", str(path))
    digits = data.load_mnist("uint8")
    assert is_real(digits)
    assert digits.source == f"MNIST from {path}"


def test_a_relative_name_is_shown_in_full(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    for name in ("no.npz", os.path.join("file", "below-it.npz")):
        monkeypatch.setenv("COURSE_MNIST", name)
        with pytest.raises(data.DataError, match="there is no such file") as caught:
            data.load_mnist()
        assert str(tmp_path / name) in str(caught.value)


def test_a_cached_file_is_read_without_network_and_without_a_word(
    home, mirrors, monkeypatch, capfd
):
    (server,) = mirrors(good)
    cached(GOOD, home)
    monkeypatch.setenv("COURSE_MNIST", "")  # names no file
    digits = data.load_mnist("uint8")
    assert is_real(digits)
    assert digits.source == "MNIST from the cache"
    assert server.requests == 0
    assert os.listdir(home) == ["mnist.npz"]
    assert capfd.readouterr().out == ""


def test_course_home_decides_where_the_cache_lies(tmp_path, monkeypatch):
    assert data.mnist_cache_path() == tmp_path / "home" / "data" / "mnist.npz"
    monkeypatch.delenv("COURSE_HOME")
    path = data.mnist_cache_path()
    assert path.name == "mnist.npz"
    assert tmp_path not in path.parents


def test_locating_says_what_is_there_and_downloads_nothing(
    home, tmp_path, mirrors, monkeypatch
):
    (server,) = mirrors(good)
    assert data.locate_mnist() == ("none", None)
    assert not home.exists()
    path = cached(GOOD[:-50], home)
    assert data.locate_mnist() == ("none", None)
    cached(GOOD, home)
    assert data.locate_mnist() == ("cache", path)
    mine = cached(GOOD, tmp_path / "mine")
    monkeypatch.setenv("COURSE_MNIST", str(mine))
    assert data.locate_mnist() == ("named file", mine)
    assert data.found(data.MNIST) == mine
    assert server.requests == 0


def test_the_real_mnist_is_fetched_where_it_can_be_had(home, mirrors):
    assert data.fetched_mnist() is None
    mirrors(good)
    assert data.fetched_mnist() == home / "mnist.npz"


# The download -----------------------------------------------------------------


def test_a_download_shows_a_bar_on_stdout_and_is_kept(home, mirrors, capfd):
    first, second = mirrors(good, good)
    digits = data.load_mnist("uint8")
    assert is_real(digits)
    assert digits.source == "MNIST downloaded just now"
    said = capfd.readouterr().out
    assert "Downloading MNIST: 100%" in said
    assert "could not" not in said
    assert data.load_mnist("uint8").source == "MNIST from the cache"
    assert (first.requests, second.requests) == (1, 0)
    assert names(home) == ["mnist.npz"]


BROKEN = {
    "404": (says(404), 1, "answered 404 Not Found"),
    "204": (says(204), 1, "answered 204"),
    "500": (says(500), 2, "answered 500 Internal Server Error"),
    "cut off": (cuts_off, 2, "broke off the transfer"),
    "reset": (resets, 2, "broke off the transfer"),
    "hangs up": (hangs_up, 2, "hung up"),
    "stalls": (stalls, 1, "stopped sending"),
    "never answers": (waits, 1, "did not answer within 1 seconds"),
    "sends too much": (sends(GOOD * 2), 1, "sent a file that is not MNIST"),
    "another file": (sends(npz(y_test=None)), 2, "sent a file that is not MNIST"),
    "nothing": (sends(b""), 2, "sent a file that is not MNIST"),
}


@pytest.mark.parametrize("kind", [kind for kind in BROKEN if BROKEN[kind][1] == 2])
def test_a_server_that_fails_once_is_asked_again(
    kind, home, mirrors, capfd, monkeypatch
):
    be_patient(monkeypatch)
    first, second = mirrors((BROKEN[kind][0], good), good)
    assert is_real(data.load_mnist("uint8"))
    assert (first.requests, second.requests) == (2, 0)
    assert names(home) == ["mnist.npz"]
    assert "could not" not in capfd.readouterr().out


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_mirror_is_left_for_the_other_one_and_two_give_the_stand_in(
    kind, home, mirrors, monkeypatch, capfd
):
    answer, requests, reason = BROKEN[kind]
    if kind not in ("stalls", "never answers"):
        be_patient(monkeypatch)
    first, second = mirrors(answer, (says(404), good))
    assert data.load_mnist().is_stand_in
    said = capfd.readouterr().out
    assert f"MNIST could not be downloaded (127.0.0.1 {reason}" in said
    assert "; 127.0.0.1 answered 404 Not Found)" in said
    assert names(home) == []
    assert is_real(data.load_mnist("uint8"))
    assert (first.requests, second.requests) == (2 * requests, 2)
    assert names(home) == ["mnist.npz"]


@pytest.mark.parametrize("name", BODIES)
def test_without_a_network_the_stand_in_comes_soon_with_one_sentence(name, home, capfd):
    start = time.monotonic()
    assert getattr(data, f"load_{name.lower()}")().is_stand_in
    assert time.monotonic() - start < 2
    said = capfd.readouterr().out
    assert said.count("\n") == 1
    assert "could not be reached" in said
    assert f"you work with a stand-in, {getattr(data, name).drawn};" in said
    assert "connect to the internet" in said
    assert f"set COURSE_{name} to" in said
    assert names(home) == []


def test_a_look_up_that_hangs_is_given_up(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: time.sleep(6))
    start = time.monotonic()
    assert data.load_mnist().is_stand_in
    assert time.monotonic() - start < 4  # a second for each mirror
    assert LONGEST_WAIT <= 20  # seconds, with the real limits


def test_a_slow_but_steady_server_may_finish(home, mirrors):
    (server,) = mirrors(sends(GOOD, seconds=1.5, pieces=10))  # longer than any limit
    assert is_real(data.load_mnist("uint8"))
    assert server.requests == 1


def test_a_wrong_proxy_gives_the_stand_in(home, monkeypatch, capfd):
    monkeypatch.delenv("NO_PROXY")
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://[")
    assert data.load_mnist().is_stand_in
    assert "could not be reached" in capfd.readouterr().out


FASHION = tuple(sends(body) for body in BODIES["FASHION_MNIST"])


def test_fashion_mnist_is_put_together_from_its_parts_and_kept(home, mirrors, capfd):
    (server,) = mirrors(FASHION, name="FASHION_MNIST")
    first = data.load_fashion_mnist("uint8")
    again = data.load_fashion_mnist("uint8")
    assert server.requests == 4, "the second call reads the cache"
    assert is_real(first)
    assert is_real(again)
    assert first.classes[9] == "Ankle boot"
    assert names(home) == ["fashion_mnist.npz"]
    assert "Downloading Fashion-MNIST" in capfd.readouterr().out


def test_a_wrong_part_sends_fashion_mnist_to_the_other_mirror(mirrors):
    wrong = (*FASHION[:2], sends(b"something else"))
    _, second = mirrors(wrong, FASHION[2:], name="FASHION_MNIST")
    assert is_real(data.load_fashion_mnist("uint8"))
    assert second.requests == 2, "the two good parts are not fetched twice"


# Disks ------------------------------------------------------------------------


@pytest.fixture
def tmpfs():
    """Mount small disks, or skip the test where that is not allowed."""
    disks = []

    def mount(folder, size):
        folder.mkdir(parents=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)]
        linux = sys.platform.startswith("linux")
        if not linux or subprocess.run(command, capture_output=True).returncode:
            pytest.skip("mounting a small disk takes root on Linux, and here it fails")
        disks.append(folder)
        return folder

    yield mount
    for disk in disks:
        # Lazily: pytest's own temporary files may be on it.
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def make_read_only(disk):
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)


def forbid(home):
    if os.name == "nt" or os.geteuid() == 0:
        pytest.skip("permissions do not stop this user")
    home.mkdir(parents=True)
    home.chmod(0o500)


REFUSALS = {
    "full": lambda home, tmpfs: tmpfs(home, "16k"),
    "read-only": lambda home, tmpfs: make_read_only(tmpfs(home, "1m")),
    "forbidden": lambda home, tmpfs: forbid(home),
    "a file": lambda home, tmpfs: home.parent.write_text("in the folder's place"),
}


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_cache_that_takes_no_file_costs_the_cache_and_not_the_lesson(
    kind, home, tmpfs, mirrors, capfd
):
    mirrors(good)
    REFUSALS[kind](home, tmpfs)
    digits = data.load_mnist("uint8")
    assert is_real(digits)
    assert digits.source == "MNIST downloaded for this session"
    assert not home.is_dir() or names(home) == []
    said = capfd.readouterr().out
    assert said.count(f"could not be kept in {home} (") == 1
    assert kind != "full" or "(No space left on device)" in said


def test_a_full_disk_everywhere_gives_the_stand_in(
    home, tmp_path, tmpfs, mirrors, monkeypatch, capfd
):
    mirrors(good)
    disks = tmpfs(home, "16k"), tmpfs(tmp_path / "temporary", "16k")
    monkeypatch.setattr(tempfile, "tempdir", str(disks[1]))
    assert data.load_mnist().is_stand_in
    assert [names(disk) for disk in disks] == [[], []]
    said = capfd.readouterr().out
    assert "there is no room for the download: No space left on device" in said
    assert "you work with a stand-in" in said


def test_a_read_only_cache_is_read(home, tmpfs):
    tmpfs(home, "1m")
    cached(GOOD, home)
    make_read_only(home)
    assert data.load_mnist().source == "MNIST from the cache"


def test_no_temporary_file_outlives_a_failure(home, tmp_path, mirrors, monkeypatch):
    mirrors(cuts_off, stalls)
    (tmp_path / "home").write_text("a file")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    assert data.load_mnist().is_stand_in
    assert names(tmp_path / "temporary") == []


# Several notebooks ------------------------------------------------------------

CHILD = """
import pickle, sys
from course_utils import data
data.MNIST = pickle.loads(bytes.fromhex(sys.argv[1]))
print("ready", flush=True)
print(repr(data.load_mnist("uint8")), flush=True)
"""


def notebook():
    """Start another process that loads the small data set."""
    dataset = pickle.dumps(replace(data.MNIST, draw=None)).hex()
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, dataset],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )
    assert process.stdout.readline() == "ready\n"
    return process


def test_two_notebooks_at_once_download_once_and_both_succeed(home, mirrors):
    (server,) = mirrors(sends(GOOD, seconds=2.5, pieces=25))
    processes = [notebook(), notebook()]
    results = [process.communicate(timeout=30) for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert [err for _, err in results] == ["", ""]
    sources = sorted(out.strip().rpartition("; ")[2] for out, _ in results)
    assert sources[-2:] == ["MNIST downloaded just now)", "MNIST from the cache)"]
    assert sum("Another notebook" in out for out, _ in results) == 1
    assert server.requests == 1
    assert names(home) == ["mnist.npz"]


def test_a_notebook_that_waits_too_long_downloads_for_itself(
    home, mirrors, monkeypatch, capfd
):
    mirrors(good)
    monkeypatch.setattr(download, "_LOCK_SECONDS", 0.2)
    home.mkdir(parents=True)
    with filelock.FileLock(home / "mnist.npz.lock"):
        assert is_real(data.load_mnist("uint8"))
    assert "could not be kept" in capfd.readouterr().out


def begin_download(home, mirrors):
    """Start a notebook, and return it in the middle of its first download."""
    (server,) = mirrors((sends(GOOD, seconds=10, pieces=100), good))
    process = notebook()
    deadline = time.monotonic() + 10
    while not (server.requests and list(home.glob("*.part/*"))):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return process


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot send this signal")
def test_an_interrupted_download_leaves_nothing_behind(home, mirrors):
    process = begin_download(home, mirrors)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert "KeyboardInterrupt" in err
    assert names(home) == []


def test_after_a_killed_download_the_next_one_succeeds(home, mirrors):
    process = begin_download(home, mirrors)
    process.kill()
    process.communicate(timeout=10)
    assert names(home) == ["mnist.npz.part"]  # never under the real name
    assert is_real(data.load_mnist("uint8"))
    assert names(home) == ["mnist.npz"]


# The stand-ins ----------------------------------------------------------------


@pytest.fixture(scope="module")
def drawn():
    """Each stand-in as bytes and, drawn again, as numbers from 0 to 1."""
    kinds = {"digits": data.stand_in, "garments": data.garments_stand_in}
    return {kind: (draw("uint8"), draw()) for kind, draw in kinds.items()}


@pytest.mark.parametrize(
    ("kind", "words", "fewest"),
    [("digits", "scikit-learn", 18), ("garments", "drawings of garments", 25)],
)
def test_a_stand_in_is_the_same_at_each_call_and_says_what_it_is(
    kind, words, fewest, drawn
):
    first, again = drawn[kind]
    assert first.x_train.shape == (1541, 28, 28)
    assert first.x_test.shape == (256, 28, 28)
    assert np.bincount(first.y_train).min() > 140
    assert np.bincount(first.y_test).min() >= fewest  # of each class
    assert again.x_train.dtype == np.float32
    assert (again.x_train.min(), again.x_train.max()) == (0, 1)
    for key in SHAPES:
        scale = np.float32(255) if key[0] == "x" else 1
        assert np.array_equal(getattr(again, key), getattr(first, key) / scale)
    assert first.y_train.dtype == first.y_test.dtype == np.int64
    assert first.is_stand_in
    assert words in first.source


def test_the_digits_are_framed_as_mnists_are(drawn):
    images = drawn["digits"][0].x_train.astype(float)
    for image in images:
        rows = np.flatnonzero(image.any(axis=1))
        columns = np.flatnonzero(image.any(axis=0))
        longer = max(np.ptp(rows), np.ptp(columns)) + 1
        assert 19 <= longer <= 20  # the outermost ink may round to nothing
    mass = images.sum(axis=(1, 2))
    for axis in (1, 2):
        centre = images.sum(axis=axis) @ np.arange(28) / mass
        assert np.abs(centre - 14).max() < 0.51


def test_the_digits_can_be_learned(drawn):
    """Nearest mean image: far above chance only when pictures fit labels."""
    _, digits = drawn["digits"]
    means = [digits.x_train[digits.y_train == c].mean(axis=0) for c in range(10)]
    distances = ((digits.x_test[:, None] - np.stack(means)) ** 2).sum(axis=(2, 3))
    assert (distances.argmin(axis=1) == digits.y_test).mean() > 0.85


def test_garments_are_learned_about_as_well_as_the_real_ones(drawn):
    """A linear model reads about 84 % of the real test images (Xiao et al., 2017)."""
    from sklearn.linear_model import LogisticRegression

    _, garments = drawn["garments"]
    flat = garments.x_train.reshape(len(garments.x_train), -1)
    model = LogisticRegression(max_iter=300).fit(flat, garments.y_train)
    score = model.score(
        garments.x_test.reshape(len(garments.x_test), -1), garments.y_test
    )
    assert 0.78 <= score <= 0.95


# The real thing ---------------------------------------------------------------


@pytest.fixture
def real(monkeypatch):
    """Let the real MNIST be loaded, or skip the test."""
    if not REAL:
        pytest.skip("real MNIST is not here; COURSE_MNIST would name it")
    monkeypatch.undo()
    monkeypatch.setenv("COURSE_MNIST", REAL)


def test_real_mnist_is_byte_for_byte_the_original(real):
    digits = data.load_mnist("uint8")
    assert not digits.is_stand_in
    arrays = [getattr(digits, key).astype(np.uint8) for key in SHAPES]
    assert [hashlib.md5(idx(array)).hexdigest() for array in arrays] == [
        "6bbc9ace898e44ae57da46a324031adb",
        "a25bea736e30d166cdddb491f175f624",
        "2646ac647ad5339dbf082846283269ea",
        "27ae3e4e09519cfbb04c329615203637",
    ]


def test_real_mnist_in_float32_peaks_below_250_mb(real):
    tracemalloc.start()
    digits = data.load_mnist()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert digits.x_train.shape == (60_000, 28, 28)
    assert digits.x_train.dtype == np.float32
    assert 0 == digits.x_train.min() < digits.x_train.max() == 1
    assert peak < 250e6
