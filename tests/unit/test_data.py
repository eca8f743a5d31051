"""MNIST loading against real HTTP servers on loopback and real file systems."""

import gzip
import hashlib
import io
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import tracemalloc
import zipfile
from contextlib import contextmanager
from dataclasses import asdict, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from course_utils import data

PROJECT = Path(__file__).resolve().parents[2]
REAL = Path(
    os.environ.get("COURSE_MNIST") or PROJECT.parent / "shared" / "data" / "mnist.npz"
)
needs_real = pytest.mark.skipif(
    not REAL.is_file(), reason="real MNIST is not here; COURSE_MNIST would name it"
)


# A small data set of the same kind ------------------------------------------

SHAPES = {
    "x_train": (60, 28, 28),
    "y_train": (60,),
    "x_test": (10, 28, 28),
    "y_test": (10,),
}


def small_arrays(**changes):
    rng = np.random.default_rng(0)
    arrays = {
        key: rng.integers(0, 10 if key[0] == "y" else 256, shape, np.uint8)
        for key, shape in SHAPES.items()
    }
    arrays.update(changes)
    return {key: value for key, value in arrays.items() if value is not None}


def npz(save=np.savez, **changes):
    buffer = io.BytesIO()
    save(buffer, **small_arrays(**changes))
    return buffer.getvalue()


GOOD = npz()


def npy(array):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def zipped(members, compression=zipfile.ZIP_DEFLATED):
    """Make a zip file of raw .npy members, the good ones where none is given."""
    members = {key: npy(value) for key, value in small_arrays().items()} | members
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for key, content in members.items():
            archive.writestr(f"{key}.npy", content)
    return buffer.getvalue()


stand_in = data.stand_in


@pytest.fixture(scope="module")
def drawn():
    return stand_in("uint8")


# Servers ---------------------------------------------------------------------


class Server(ThreadingHTTPServer):
    """A mirror that does what each of its answers says; the last one repeats."""

    daemon_threads = True

    def __init__(self, *answers):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = answers
        self.requests = 0
        self.url = f"http://127.0.0.1:{self.server_port}/"

    def handle_error(self, request, client_address):
        pass  # a client that gives up is what some tests are about


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        number = self.server.requests
        self.server.requests += 1
        self.server.answers[min(number, len(self.server.answers) - 1)](self)

    def log_message(self, *args):
        pass

    def begin(self, length):
        self.send_response(200)
        self.send_header("Content-Length", str(length))
        self.end_headers()


def sends(body):
    def answer(handler):
        handler.begin(len(body))
        handler.wfile.write(body)

    return answer


def says(code):
    return lambda handler: handler.send_error(code)


def slowly(seconds, pieces=10):
    def answer(handler):
        handler.begin(len(GOOD))
        step = -(-len(GOOD) // pieces)
        for start in range(0, len(GOOD), step):
            handler.wfile.write(GOOD[start : start + step])
            handler.wfile.flush()
            time.sleep(seconds / pieces)

    return answer


def cuts_off(handler):
    handler.begin(len(GOOD))
    handler.wfile.write(GOOD[: len(GOOD) // 2])


def resets(handler):
    cuts_off(handler)
    handler.wfile.flush()
    off_with_it(handler)


def hangs_up(handler):
    off_with_it(handler)


def off_with_it(handler):
    """Close the connection with a reset, as a failing router does."""
    linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.connection.close()


def stalls(handler):
    cuts_off(handler)
    handler.wfile.flush()
    time.sleep(3)


def never_answers(handler):
    time.sleep(3)


def never_ends(handler):
    handler.send_response(200)
    handler.end_headers()
    for _ in range(1000):
        handler.wfile.write(GOOD)


good = sends(GOOD)


@pytest.fixture
def serve():
    """Start mirrors; each is one answer, or a tuple of them in turn."""
    servers = []

    def start(*mirrors):
        for answers in mirrors:
            server = Server(*(answers if isinstance(answers, tuple) else (answers,)))
            servers.append(server)
            threading.Thread(target=server.serve_forever, args=(0.02,)).start()
        return servers

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def dead_url():
    """Return the address of a port on which nothing listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"


@pytest.fixture(autouse=True)
def silent_stderr(capfd):
    """Whatever happens, nothing may appear on stderr."""
    yield
    assert capfd.readouterr().err == ""


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch, drawn):
    """An empty cache, short waits, and mirrors that refuse connections."""
    monkeypatch.setattr(data, "stand_in", lambda dtype: drawn)  # drawn only once
    monkeypatch.setenv("COURSE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.delenv("COURSE_MNIST", raising=False)
    monkeypatch.setattr("pooch.core.time", type("Clock", (), {"sleep": lambda _: 0}))
    monkeypatch.setattr(data, "_ANSWER_SECONDS", 1)
    monkeypatch.setattr(data, "_PAUSE_SECONDS", 0.5)
    mirrors_are(monkeypatch, dead_url(), dead_url())
    return tmp_path / "home" / "data"


def be_patient(monkeypatch):
    """Allow a server on a busy computer its time."""
    monkeypatch.setattr(data, "_ANSWER_SECONDS", 10)
    monkeypatch.setattr(data, "_PAUSE_SECONDS", 10)


def mirrors_are(monkeypatch, *urls):
    digest = hashlib.sha256(GOOD).hexdigest()
    part = data.Part("mnist.npz", len(GOOD), f"sha256:{digest}")
    small = replace(data.MNIST, mirrors=urls, parts=(part,), shapes=SHAPES)
    monkeypatch.setattr(data, "MNIST", small)


@pytest.fixture
def mirrors(serve, monkeypatch):
    """Start mirrors, and let the data set come from them."""

    def start(*answers):
        servers = serve(*answers)
        mirrors_are(monkeypatch, *(server.url for server in servers))
        return servers

    return start


def cached(content, home):
    home.mkdir(parents=True, exist_ok=True)
    (home / "mnist.npz").write_bytes(content)
    return home / "mnist.npz"


def names(folder):
    """Return what lies in a folder, but for the lock, which stays on purpose."""
    return sorted(p.name for p in folder.iterdir() if p.suffix != ".lock")


def is_real(digits):
    return (
        not digits.is_stand_in
        and np.array_equal(digits.x_test, small_arrays()["x_test"])
        and np.array_equal(digits.y_train, small_arrays()["y_train"])
    )


# The arrays ------------------------------------------------------------------


def test_float32_images_equal_the_bytes_divided_by_255(home):
    cached(GOOD, home)
    digits = data.load_mnist()
    assert digits.x_train.dtype == np.float32
    expected = small_arrays()["x_train"].astype(np.float32) / 255
    assert np.array_equal(digits.x_train, expected)


def test_uint8_images_are_the_bytes_themselves(home):
    cached(GOOD, home)
    digits = data.load_mnist("uint8")
    assert digits.x_train.dtype == np.uint8
    assert np.array_equal(digits.x_train, small_arrays()["x_train"])


def test_labels_can_be_subtracted(home):
    cached(GOOD, home)
    digits = data.load_mnist("uint8")
    assert digits.y_train.dtype == digits.y_test.dtype == np.int64


@pytest.mark.parametrize("dtype", ["float64", "int", None, np.float64, [1, 2], object])
@pytest.mark.parametrize("load", [data.load_mnist, stand_in])
def test_another_dtype_is_refused_with_the_two_that_exist(load, dtype):
    with pytest.raises(ValueError, match=r'"float32".*"uint8"'):
        load(dtype)


def test_numpys_own_dtypes_are_understood(home):
    cached(GOOD, home)
    assert data.load_mnist(np.uint8).x_test.dtype == np.uint8
    assert data.load_mnist(np.dtype("float32")).x_test.dtype == np.float32


def test_the_value_prints_as_one_short_line(home):
    cached(GOOD, home)
    shown = repr(data.load_mnist())
    assert shown == (
        "Images(60 training and 10 test images, float32; MNIST from the cache)"
    )


# The named file --------------------------------------------------------------


def test_a_named_file_comes_before_the_cache(home, tmp_path, monkeypatch):
    cached(npz(y_test=np.zeros(10, np.uint8)), home)
    path = tmp_path / "mine.npz"
    path.write_bytes(npz(save=np.savez_compressed))  # other bytes, same contents
    monkeypatch.setenv("COURSE_MNIST", str(path))
    digits = data.load_mnist("uint8")
    assert is_real(digits)
    assert digits.source == f"MNIST from {path}"


def directory_lies():
    """A member longer than the zip directory says, so that a check is passed."""
    extra = npy(small_arrays()["y_test"]) + b"x" * 1000
    content = zipped({"y_test": extra}, zipfile.ZIP_STORED)
    size = struct.pack("<I", len(extra))
    at = content.rindex(size)
    return content[:at] + struct.pack("<I", len(extra) - 1000) + content[at + 4 :]


def encrypted():
    content = bytearray(GOOD)
    at = content.rindex(b"PK\x01\x02")
    content[at + 8] |= 1
    return bytes(content)


def header(text):
    text = text.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


WRONG_FILES = {
    "empty": (b"", "damaged, or not an .npz"),
    "text": (b"5,0,4,1,9,2,1,3\n" * 500, "damaged, or not an .npz"),
    "a page of a hotel's network": (b"<html>Log in</html>", "not an .npz"),
    "truncated": (GOOD[: len(GOOD) // 2], "damaged"),
    "one byte changed": (GOOD[:5000] + b"\x00\x01" + GOOD[5002:], "damaged"),
    "encrypted": (encrypted(), "damaged"),
    "one array only": (npy(small_arrays()["x_train"]), "not an .npz"),
    "pickled objects": (
        npz(y_test=np.array([{}] * 10, dtype=object)),
        "y_test is not stored as plain bytes.*object",
    ),
    "a key is missing": (npz(y_test=None), "holds no array 'y_test'"),
    "other keys": (npz(x_train=None, images=np.zeros(3)), "holds no array 'x_train'"),
    "shape": (
        npz(x_train=np.zeros((60, 784), np.uint8)),
        r"x_train has the shape \(60, 784\) instead of \(60, 28, 28\)",
    ),
    "too few": (npz(y_train=np.zeros(59, np.uint8)), r"shape \(59,\)"),
    "float64": (npz(x_test=np.zeros((10, 28, 28))), "x_test is not stored.*float64"),
    "int64 labels": (npz(y_test=np.zeros(10, int)), "y_test is not stored.*int64"),
    "columns first": (
        npz(x_test=np.asfortranarray(small_arrays()["x_test"])),
        "x_test is not stored row by row",
    ),
    "label 10": (npz(y_test=np.full(10, 10, np.uint8)), "y_test holds the label 10"),
    "label 255": (npz(y_train=np.full(60, 255, np.uint8)), "holds the label 255"),
    "header says terabytes": (
        zipped(
            {
                "x_train": header(
                    "{'descr': '|u1', 'fortran_order': False, 'shape': (10**12,)}"
                )
            }
        ),
        "damaged",
    ),
    "header says 10 terabytes": (
        zipped(
            {
                "x_train": header(
                    "{'descr': '|u1', 'fortran_order': False, "
                    "'shape': (10000000000000,)}"
                )
            }
        ),
        "x_train has the shape",
    ),
    "header is deeply nested": (zipped({"x_train": header("(" * 9000)}), "damaged"),
    "header has an odd escape": (
        zipped({"x_train": header(r"{'descr': '\q', 'fortran_order': 0}")}),
        "damaged",
    ),
    "header from Python 2": (
        zipped(
            {
                "x_train": header(
                    "{'descr': '|u1', 'fortran_order': False, 'shape': (5L,)}"
                )
            }
        ),
        r"shape \(5,\)",
    ),
    "newer .npy format": (
        zipped({"x_train": b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**31)}),
        "x_train is not stored as plain bytes",
    ),
    "bytes after the array": (
        zipped({"y_test": npy(small_arrays()["y_test"]) + b"x"}),
        "y_test does not have the size",
    ),
    "bytes missing": (
        zipped({"y_test": npy(small_arrays()["y_test"])[:-1]}),
        "y_test does not have the size",
    ),
    "directory lies": (directory_lies(), "damaged"),
    "packed with bzip2": (zipped({}, zipfile.ZIP_BZIP2), "packed in a way"),
    "packed with lzma": (zipped({}, zipfile.ZIP_LZMA), "packed in a way"),
    "too large": (GOOD + b"\0" * 2**21, "too large to be MNIST"),
}


@pytest.mark.filterwarnings("error")  # a warning would appear on stderr
@pytest.mark.parametrize("kind", WRONG_FILES)
def test_a_wrong_named_file_is_an_error_that_says_what_is_wrong(
    kind, home, tmp_path, monkeypatch
):
    content, message = WRONG_FILES[kind]
    path = tmp_path / "mine.npz"
    path.write_bytes(content)
    cached(GOOD, home)  # must not be used instead
    monkeypatch.setenv("COURSE_MNIST", str(path))
    for use in (data.load_mnist, data.locate_mnist):
        with pytest.raises(data.DataError, match=message) as caught:
            use()
        assert str(path) in str(caught.value)
        assert "set it to the path" in str(caught.value)
        assert caught.value.__suppress_context__
    assert path.read_bytes() == content


def test_a_decompression_bomb_costs_no_memory(tmp_path, monkeypatch):
    bomb = tmp_path / "bomb.npz"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        start = npy(np.zeros(SHAPES["x_train"], np.uint8))
        archive.writestr("x_train.npy", start + bytes(50 * 2**20))
    monkeypatch.setenv("COURSE_MNIST", str(bomb))
    tracemalloc.start()
    with pytest.raises(data.DataError, match="does not have the size"):
        data.load_mnist()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * 2**20


def test_a_missing_named_file_is_an_error(home, tmp_path, monkeypatch):
    cached(GOOD, home)
    for path in (tmp_path / "no.npz", home / "mnist.npz" / "below-a-file.npz"):
        monkeypatch.setenv("COURSE_MNIST", str(path))
        with pytest.raises(data.DataError, match="there is no such file"):
            data.load_mnist()


def test_a_relative_name_is_shown_in_full(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_MNIST", "no.npz")
    with pytest.raises(data.DataError) as caught:
        data.load_mnist()
    assert str(tmp_path / "no.npz") in str(caught.value)


def test_a_folder_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_MNIST", str(tmp_path))
    with pytest.raises(data.DataError, match="that is a folder"):
        data.load_mnist()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_an_error_and_not_an_endless_wait(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setenv("COURSE_MNIST", str(tmp_path / "pipe"))
    with pytest.raises(data.DataError, match="not an ordinary file"):
        data.load_mnist()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_an_unreadable_file_is_an_error(tmp_path, monkeypatch):
    path = tmp_path / "mine.npz"
    if os.geteuid() == 0:  # root may read all; a link to itself stops root as well
        path.symlink_to(path)
    else:
        path.write_bytes(GOOD)
        path.chmod(0)
    monkeypatch.setenv("COURSE_MNIST", str(path))
    with pytest.raises(data.DataError, match=r"it cannot be read \(.+\)"):
        data.load_mnist()


def test_an_empty_variable_names_no_file(home, monkeypatch):
    cached(GOOD, home)
    monkeypatch.setenv("COURSE_MNIST", "")
    assert data.load_mnist().source == "MNIST from the cache"


# The cache -------------------------------------------------------------------


def test_a_cached_file_is_read_without_network_and_without_a_word(home, mirrors, capfd):
    (server,) = mirrors(good)
    cached(GOOD, home)
    digits = data.load_mnist("uint8")
    assert is_real(digits)
    assert digits.source == "MNIST from the cache"
    assert server.requests == 0
    assert names(home) == ["mnist.npz"]
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
    mine = tmp_path / "mine.npz"
    mine.write_bytes(GOOD)
    monkeypatch.setenv("COURSE_MNIST", str(mine))
    assert data.locate_mnist() == ("named file", mine)
    assert server.requests == 0


@pytest.mark.parametrize("kind", ["truncated", "pickled objects", "label 255", "text"])
def test_a_damaged_cache_is_set_aside_and_fetched_anew(kind, home, mirrors, capfd):
    mirrors(good)
    content = WRONG_FILES[kind][0]
    cached(content, home)
    assert is_real(data.load_mnist("uint8"))
    assert names(home) == ["mnist.npz", "mnist.npz.damaged"]
    assert (home / "mnist.npz.damaged").read_bytes() == content
    assert (home / "mnist.npz").read_bytes() == GOOD
    assert "cannot be used (" in capfd.readouterr().out


def test_a_damaged_cache_without_network_gives_the_stand_in(home, capfd):
    cached(b"no", home)
    assert data.load_mnist().is_stand_in
    said = capfd.readouterr().out
    assert "the old file is now mnist.npz.damaged" in said
    assert "you work with a stand-in" in said
    assert names(home) == ["mnist.npz.damaged"]


def test_a_folder_in_the_place_of_the_cached_file_is_got_over(home, mirrors, capfd):
    mirrors(good)
    (home / "mnist.npz").mkdir(parents=True)
    assert is_real(data.load_mnist("uint8"))
    assert "that is a folder" in capfd.readouterr().out
    assert (home / "mnist.npz").read_bytes() == GOOD


def test_what_a_killed_kernel_left_is_cleared_away(home, mirrors):
    mirrors(good)
    (home / "mnist.npz.part").mkdir(parents=True)
    (home / "mnist.npz.part" / "tmp123").write_bytes(b"half")
    assert is_real(data.load_mnist("uint8"))
    assert names(home) == ["mnist.npz"]


# The download ----------------------------------------------------------------


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


@pytest.mark.parametrize(
    ("failing", "requests"),
    [
        ((says(500), good), 2),
        ((says(503), good), 2),
        ((cuts_off, good), 2),
        ((resets, good), 2),
        ((hangs_up, good), 2),
        ((sends(b"x" * len(GOOD)), good), 2),
    ],
    ids=["500", "503", "cut off", "reset", "hung up", "wrong bytes"],
)
def test_a_server_that_fails_once_is_asked_again(
    failing, requests, home, mirrors, capfd, monkeypatch
):
    be_patient(monkeypatch)
    first, second = mirrors(failing, good)
    assert is_real(data.load_mnist("uint8"))
    assert (first.requests, second.requests) == (requests, 0)
    assert names(home) == ["mnist.npz"]
    assert "could not" not in capfd.readouterr().out


BROKEN = {
    "404": (says(404), 1, "answered 404 Not Found"),
    "403": (says(403), 1, "answered 403 Forbidden"),
    "204": (says(204), 1, "answered 204"),
    "500": (says(500), 2, "answered 500 Internal Server Error"),
    "cut off": (cuts_off, 2, "broke off the transfer"),
    "reset": (resets, 2, "broke off the transfer"),
    "hangs up": (hangs_up, 2, "hung up"),
    "stalls": (stalls, 1, "stopped sending"),
    "never answers": (never_answers, 1, "did not answer within 1 seconds"),
    "never ends": (never_ends, 1, "sent a file that is not MNIST"),
    "another file": (sends(npz(y_test=None)), 2, "sent a file that is not MNIST"),
    "a log-in page": (sends(b"<html>Log in</html>"), 2, "sent a file that is not"),
    "nothing": (sends(b""), 2, "sent a file that is not MNIST"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_mirror_is_left_for_the_other_one(kind, home, mirrors, monkeypatch):
    answer, requests, _ = BROKEN[kind]
    if kind not in ("stalls", "never answers"):
        be_patient(monkeypatch)
    first, second = mirrors(answer, good)
    assert is_real(data.load_mnist("uint8"))
    assert (first.requests, second.requests) == (requests, 1)
    assert names(home) == ["mnist.npz"]


@pytest.mark.parametrize("kind", BROKEN)
def test_two_broken_mirrors_give_the_stand_in_and_the_reason(
    kind, home, mirrors, capfd
):
    answer, _, reason = BROKEN[kind]
    mirrors(answer, says(404))
    assert data.load_mnist().is_stand_in
    said = capfd.readouterr().out
    assert f"MNIST could not be downloaded (127.0.0.1 {reason}" in said
    assert "; 127.0.0.1 answered 404 Not Found)" in said
    assert names(home) == []


def test_without_a_network_the_stand_in_comes_soon_with_one_sentence(
    home, monkeypatch, capfd
):
    monkeypatch.setattr(data, "stand_in", stand_in)
    start = time.monotonic()
    digits = data.load_mnist()
    assert time.monotonic() - start < 2
    assert digits.is_stand_in
    assert digits.x_train.shape == (1541, 28, 28)
    assert digits.x_train.dtype == np.float32
    said = capfd.readouterr().out
    assert said.count("\n") == 1
    assert "could not be reached" in said
    assert "you work with a stand-in" in said
    assert "connect to the internet" in said
    assert "set COURSE_MNIST" in said
    assert names(home) == []


def test_a_look_up_that_hangs_is_given_up(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: time.sleep(6))
    start = time.monotonic()
    assert data.load_mnist().is_stand_in
    assert time.monotonic() - start < 4  # a second for each mirror, and drawing


def test_two_silent_mirrors_cost_twenty_seconds_at_most():
    defaults = subprocess.run(
        [
            sys.executable,
            "-c",
            "from course_utils import data;"
            "print(data._ANSWER_SECONDS * len(data.MNIST.mirrors))",
        ],
        capture_output=True,
        check=True,
        cwd=PROJECT,
    )
    assert int(defaults.stdout) <= 20


def test_a_slow_but_steady_server_may_finish(home, mirrors, capfd):
    (server,) = mirrors(slowly(1.5))  # longer than any limit for one answer
    assert is_real(data.load_mnist("uint8"))
    assert server.requests == 1
    assert "Downloading MNIST:" in capfd.readouterr().out


def test_a_wrong_proxy_gives_the_stand_in(home, monkeypatch, capfd):
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("HTTP_PROXY", "http://[")
    monkeypatch.setenv("http_proxy", "http://[")
    assert data.load_mnist().is_stand_in
    assert "could not be reached" in capfd.readouterr().out


def test_poochs_logger_is_left_as_it_was(mirrors):
    import pooch

    level = pooch.get_logger().level
    mirrors(says(500))
    data.load_mnist()
    assert pooch.get_logger().level == level


# Disks -----------------------------------------------------------------------


@contextmanager
def tmpfs(folder, size):
    """Mount a small disk, or skip the test where that is not allowed."""
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)]
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("mounting a small disk takes root on Linux")
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("this machine does not let root mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_cache_costs_the_cache_and_not_the_lesson(home, mirrors, capfd):
    mirrors(good)
    with tmpfs(home, "16k"):
        digits = data.load_mnist("uint8")
        assert is_real(digits)
        assert digits.source == "MNIST downloaded for this session"
        assert names(home) == []
        said = capfd.readouterr().out
    assert f"could not be kept in {home} (No space left on device)" in said
    assert said.count("could not be kept") == 1


def test_a_full_disk_everywhere_gives_the_stand_in(
    home, tmp_path, mirrors, monkeypatch, capfd
):
    mirrors(good)
    with tmpfs(home, "16k"), tmpfs(tmp_path / "temporary", "16k") as temporary:
        monkeypatch.setattr(tempfile, "tempdir", str(temporary))
        assert data.load_mnist().is_stand_in
        assert names(home) == names(temporary) == []
    said = capfd.readouterr().out
    assert "there is no room for the download: No space left on device" in said
    assert "you work with a stand-in" in said


def test_a_read_only_cache_costs_the_cache_and_not_the_lesson(home, mirrors, capfd):
    mirrors(good)
    with tmpfs(home, "1m"):
        subprocess.run(["mount", "-o", "remount,ro", str(home)], check=True)
        assert is_real(data.load_mnist("uint8"))
    assert "could not be kept" in capfd.readouterr().out


def test_a_read_only_cache_is_read(home):
    with tmpfs(home, "1m"):
        cached(GOOD, home)
        subprocess.run(["mount", "-o", "remount,ro", str(home)], check=True)
        assert data.load_mnist().source == "MNIST from the cache"


@pytest.mark.skipif(
    os.name == "nt" or os.geteuid() == 0, reason="permissions do not stop this user"
)
def test_a_cache_without_write_permission_costs_the_cache_only(home, mirrors, capfd):
    mirrors(good)
    home.mkdir(parents=True)
    home.chmod(0o500)
    assert is_real(data.load_mnist("uint8"))
    home.chmod(0o700)
    assert "could not be kept" in capfd.readouterr().out


def test_a_file_where_the_folder_should_be_costs_the_cache_only(
    home, tmp_path, mirrors, capfd
):
    mirrors(good)
    (tmp_path / "home").write_text("a file")
    assert is_real(data.load_mnist("uint8"))
    assert f"could not be kept in {home}" in capfd.readouterr().out
    assert (tmp_path / "home").read_text() == "a file"


def test_no_temporary_file_outlives_a_failure(home, tmp_path, mirrors, monkeypatch):
    mirrors(cuts_off, stalls)
    (tmp_path / "home").write_text("a file")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    assert data.load_mnist().is_stand_in
    assert names(tmp_path / "temporary") == []


# Several notebooks -----------------------------------------------------------

CHILD = """
import json, sys
from course_utils import data
fields = json.loads(sys.argv[1])
fields["shapes"] = {key: tuple(shape) for key, shape in fields["shapes"].items()}
fields["parts"] = tuple(data.Part(**part) for part in fields["parts"])
data.MNIST = data.Dataset(**fields)
print("ready", flush=True)
print(repr(data.load_mnist("uint8")), flush=True)
"""


def notebook():
    """Start another process that loads the small data set."""
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, json.dumps(asdict(data.MNIST))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )
    assert process.stdout.readline() == "ready\n"
    return process


def until(condition):
    for _ in range(500):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("waited ten seconds in vain")


def test_two_notebooks_at_once_download_once_and_both_succeed(home, mirrors):
    (server,) = mirrors(slowly(2.5, pieces=25))
    processes = [notebook(), notebook()]
    results = [process.communicate(timeout=30) for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert [err for _, err in results] == ["", ""]
    sources = sorted(out.strip().rpartition("; ")[2] for out, _ in results)
    assert sources[-2:] == ["MNIST downloaded just now)", "MNIST from the cache)"]
    waited = [out for out, _ in results if "Another notebook" in out]
    assert len(waited) == 1
    assert server.requests == 1
    assert names(home) == ["mnist.npz"]


def test_a_notebook_that_waits_too_long_downloads_for_itself(
    home, mirrors, monkeypatch, capfd
):
    filelock = pytest.importorskip("filelock")
    mirrors(good)
    monkeypatch.setattr(data, "_LOCK_SECONDS", 0.2)
    home.mkdir(parents=True)
    held, done = threading.Event(), threading.Event()

    def hold():
        with filelock.FileLock(home / "mnist.npz.lock"):
            held.set()
            done.wait()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    try:
        assert is_real(data.load_mnist("uint8"))
    finally:
        done.set()
        holder.join()
    assert "could not be kept" in capfd.readouterr().out


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot send this signal")
def test_an_interrupted_download_leaves_nothing_behind(home, mirrors):
    (server,) = mirrors(slowly(10.0, pieces=100))
    process = notebook()
    until(lambda: server.requests and list(home.glob("*.part/*")))
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert "KeyboardInterrupt" in err
    assert names(home) == []


def test_after_a_killed_download_the_next_one_succeeds(home, mirrors):
    (server,) = mirrors((slowly(10.0, pieces=100), good))
    process = notebook()
    until(lambda: server.requests and list(home.glob("*.part/*")))
    process.kill()
    process.communicate(timeout=10)
    assert names(home) == ["mnist.npz.part"]  # never under the real name
    assert is_real(data.load_mnist("uint8"))
    assert names(home) == ["mnist.npz"]


# The stand-in ----------------------------------------------------------------


def test_the_stand_in_has_all_1797_digits_and_says_what_it_is(drawn):
    assert drawn.x_train.shape == (1541, 28, 28)
    assert drawn.x_test.shape == (256, 28, 28)
    assert drawn.y_train.shape == (1541,)
    assert drawn.y_test.shape == (256,)
    assert drawn.y_train.dtype == drawn.y_test.dtype == np.int64
    assert drawn.is_stand_in
    assert "scikit-learn" in drawn.source


def test_every_digit_gets_its_share_of_the_stand_in(drawn):
    assert np.bincount(drawn.y_train).min() > 140
    assert np.bincount(drawn.y_test).min() >= 18


def test_the_stand_in_is_the_same_at_each_call(drawn):
    again = stand_in("uint8")
    for key in SHAPES:
        assert np.array_equal(getattr(again, key), getattr(drawn, key))


def test_the_stand_in_in_float32_is_its_bytes_divided_by_255(drawn):
    digits = stand_in()
    assert digits.x_train.dtype == np.float32
    assert digits.x_train.min() == 0
    assert digits.x_train.max() == 1
    assert np.array_equal(digits.x_test, drawn.x_test.astype(np.float32) / 255)


def test_the_stand_in_fills_a_box_of_20_pixels(drawn):
    for image in np.concatenate([drawn.x_train, drawn.x_test]):
        rows = np.flatnonzero(image.any(axis=1))
        columns = np.flatnonzero(image.any(axis=0))
        longer = max(np.ptp(rows), np.ptp(columns)) + 1
        assert 19 <= longer <= 20  # the outermost ink may round to nothing


def test_the_stand_in_is_centred_by_its_mass_where_mnist_is(drawn):
    images = drawn.x_train.astype(float)
    mass = images.sum(axis=(1, 2))
    across = images.sum(axis=1) @ np.arange(28) / mass
    down = images.sum(axis=2) @ np.arange(28) / mass
    assert np.abs(across - 14).max() < 0.51
    assert np.abs(down - 14).max() < 0.51


def test_the_stand_in_can_be_learned(drawn):
    """Nearest mean image: far above chance only when pictures fit labels."""
    means = np.stack(
        [drawn.x_train[drawn.y_train == c].mean(axis=0) for c in range(10)]
    )
    distances = ((drawn.x_test[:, None] - means) ** 2).sum(axis=(2, 3))
    assert (distances.argmin(axis=1) == drawn.y_test).mean() > 0.85


# The real thing --------------------------------------------------------------


def idx(array):
    """Return an array as a file of the original distribution (IDX format)."""
    magic = {3: 2051, 1: 2049}[array.ndim]
    return struct.pack(f">{1 + array.ndim}I", magic, *array.shape) + array.tobytes()


@needs_real
def test_real_mnist_is_byte_for_byte_the_original(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setenv("COURSE_MNIST", str(REAL))
    digits = data.load_mnist("uint8")
    assert not digits.is_stand_in
    arrays = (
        digits.x_train,
        digits.y_train.astype(np.uint8),
        digits.x_test,
        digits.y_test.astype(np.uint8),
    )
    assert [hashlib.md5(idx(array)).hexdigest() for array in arrays] == [
        "6bbc9ace898e44ae57da46a324031adb",
        "a25bea736e30d166cdddb491f175f624",
        "2646ac647ad5339dbf082846283269ea",
        "27ae3e4e09519cfbb04c329615203637",
    ]


@needs_real
def test_real_mnist_in_float32_peaks_below_250_mb(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setenv("COURSE_MNIST", str(REAL))
    tracemalloc.start()
    digits = data.load_mnist()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert digits.x_train.shape == (60_000, 28, 28)
    assert digits.x_train.dtype == np.float32
    assert 0 == digits.x_train.min() < digits.x_train.max() == 1
    assert peak < 250e6


# Fashion-MNIST ---------------------------------------------------------------


def idx_file(array):
    """Write an array as a gzipped IDX file, as the makers of MNIST defined it."""
    sizes = struct.pack(f">{array.ndim}i", *array.shape)
    return gzip.compress(bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes())


FASHION_PARTS = [idx_file(array) for array in small_arrays().values()]


@pytest.fixture
def fashion(serve, monkeypatch):
    """Start mirrors of a small Fashion-MNIST; each sends its parts in turn."""

    def start(*mirrors):
        servers = serve(*mirrors)
        parts = tuple(
            data.Part(part.name, len(body), f"md5:{hashlib.md5(body).hexdigest()}")
            for part, body in zip(data.FASHION_MNIST.parts, FASHION_PARTS, strict=True)
        )
        small = replace(
            data.FASHION_MNIST,
            mirrors=tuple(server.url for server in servers),
            parts=parts,
            shapes=SHAPES,
        )
        monkeypatch.setattr(data, "FASHION_MNIST", small)
        return servers

    return start


FASHION_SENT = tuple(sends(body) for body in FASHION_PARTS)


def test_fashion_mnist_is_put_together_from_its_parts_and_kept(home, fashion, capfd):
    (server,) = fashion(FASHION_SENT)
    first = data.load_fashion_mnist("uint8")
    again = data.load_fashion_mnist("uint8")
    assert server.requests == 4, "the second call reads the cache"
    for key, expected in small_arrays().items():
        np.testing.assert_array_equal(getattr(first, key), expected)
        np.testing.assert_array_equal(getattr(again, key), expected)
    assert (first.is_stand_in, first.classes[9]) == (False, "Ankle boot")
    assert [path.name for path in home.iterdir() if path.suffix != ".lock"] == [
        "fashion_mnist.npz"
    ]
    assert "Downloading Fashion-MNIST" in capfd.readouterr().out


def test_a_wrong_part_sends_fashion_mnist_to_the_other_mirror(fashion):
    wrong = (*FASHION_SENT[:2], sends(b"something else"))
    _, second = fashion(wrong, FASHION_SENT[2:])
    loaded = data.load_fashion_mnist("uint8")
    assert second.requests == 2, "the two good parts are not fetched twice"
    np.testing.assert_array_equal(loaded.x_test, small_arrays()["x_test"])


def test_without_a_network_garments_are_drawn_and_one_sentence_says_so(
    monkeypatch, capfd
):
    unreachable = replace(data.FASHION_MNIST, mirrors=(dead_url(),))
    monkeypatch.setattr(data, "FASHION_MNIST", unreachable)
    drawn = data.load_fashion_mnist()
    said = capfd.readouterr().out
    assert drawn.is_stand_in
    assert said.count("\n") == 1
    assert "1,797 drawings" in said
    assert (len(drawn.x_train), len(drawn.x_test)) == (1541, 256)


def test_drawn_garments_are_learned_about_as_well_as_the_real_ones():
    """A linear model reads about 84 % of the real test images (Xiao et al., 2017)."""
    from sklearn.linear_model import LogisticRegression

    drawn = data.garments_stand_in()
    again = data.garments_stand_in()
    np.testing.assert_array_equal(drawn.x_train, again.x_train)
    assert np.bincount(drawn.y_test).min() >= 25
    flat = drawn.x_train.reshape(len(drawn.x_train), -1)
    model = LogisticRegression(max_iter=300).fit(flat, drawn.y_train)
    score = model.score(drawn.x_test.reshape(len(drawn.x_test), -1), drawn.y_test)
    assert 0.78 <= score <= 0.95
