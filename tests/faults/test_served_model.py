"""Chapter 09's server: 10,000 requests of every bad kind, and it still answers.

What answers is the text of the chapter itself, with arithmetic in place of its
network. In tests/unit/test_chapter_09.py: the server is gone after the block,
listens on the loopback only, and words each refusal.
"""

import itertools
import json
import random
import socket
import threading
import time
import tracemalloc
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException, parse_headers

import numpy as np
import pytest

from course_utils import chapters, serving
from course_utils.authoring import notebooks
from course_utils.exercises import chapter_09

PATH = "/v1/models/digits:predict"
IMAGE = np.arange(784, dtype="uint8").reshape(1, 28, 28)
GOOD = chapter_09.predict_request.reference(IMAGE).encode()


class Network:
    """Answers as a network does, with numbers made of the images."""

    def serve(self, images):
        self.shape = images.shape
        return self

    def numpy(self):
        return np.zeros((self.shape[0], 10), "float32")


def chapters_app():
    """Return the application that the cells of the chapter define."""
    import fastapi

    cells = notebooks.build(chapters.chapter("09")).cells
    sources = [cell.source for cell in cells if cell.cell_type == "code"]
    wanted = [
        s for s in sources if "def answer_to" in s or "app = " in s or "@app" in s
    ]
    assert len(wanted) == 4
    space = {
        "HTTPException": fastapi.HTTPException,
        "Request": fastapi.Request,
        "serving": serving,
        "networks": {"digits": {1: Network(), 2: Network()}},
        "read_instances": chapter_09.read_instances.reference,
    }
    exec("\n".join(wanted), space)
    return space["app"]


@pytest.fixture(scope="module")
def port():
    with serving.running(chapters_app()) as address:
        yield int(address.rpartition(":")[2])


def connected(port):
    return closing(socket.create_connection(("127.0.0.1", port), timeout=60))


def ask(connection, method, path, body):
    connection.request(method, path, body)
    reply = connection.getresponse()
    return reply.status, reply.read()


def fine(port):
    with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        status, text = ask(connection, "POST", PATH, GOOD)
    return status == 200 and len(json.loads(text)["predictions"]) == 1


def bad_requests(count):
    """Yield method, path and body: whole, cut, spoiled and invented ones."""
    rng = random.Random(0)
    values = ["1e400", "-1", "256", "null", '"1"', "NaN", "9" * 5000, "[]", "{}", "1.5"]
    frames = [
        '{"instances": %s}',
        '{"instances": [[%s]]}',
        '{"instances": [%s, [1]]}',
        "[%s]",
        "%s",
        '{"%s": 1}',
    ]
    paths = [PATH, "/v1/models/digits/versions/2:predict"]
    odd_paths = [
        "/",
        "/v1/models/%00:predict",
        "/v1/models/..%2f..%2fetc:predict",
        f"/v1/models/{'x' * 3000}:predict",
        "/v1/models/digits/versions/-1:predict",
        f"/v1/models/digits/versions/{'9' * 400}:predict",
        "/openapi.json",
    ]
    for number in range(count):
        kind = number % 8
        path, body = rng.choice(paths), GOOD
        if kind == 0:
            body = GOOD[: rng.randrange(len(GOOD))]
        elif kind == 1:
            place = rng.randrange(len(GOOD) - 10)
            body = GOOD[:place] + rng.choice(values).encode() + GOOD[place + 9 :]
        elif kind == 2:
            body = rng.randbytes(rng.randrange(200))
        elif kind == 3:
            body = (rng.choice(frames) % rng.choice(values)).encode()
        elif kind == 4:
            depth = rng.choice([10, 100, 2000])
            body = b'{"instances": ' + b"[" * depth + b"]" * rng.choice([0, depth])
        elif kind == 5:
            path = rng.choice(odd_paths)
        elif kind == 6:
            method = rng.choice(["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
            yield method, path, body
            continue
        elif number % 400 == 7:
            body = GOOD * 200  # more than is allowed
        yield "POST", path, body


def answers(port, requests):
    """Send requests a hundred at a time; yield the status and text of each answer."""
    with connected(port) as raw, raw.makefile("rb") as replies:
        requests = iter(requests)
        while hundred := list(itertools.islice(requests, 100)):
            text = [
                f"{method} {path} HTTP/1.1\r\nHost: a\r\n"
                f"Content-Length: {len(body)}\r\n\r\n".encode()
                + body
                for method, path, body in hundred
            ]
            sender = threading.Thread(target=raw.sendall, args=(b"".join(text),))
            sender.start()
            for _ in hundred:
                status = int(replies.readline().split()[1])
                headers = parse_headers(replies)
                yield status, replies.read(int(headers["Content-Length"]))
            sender.join()


@pytest.mark.timeout(900)
def test_it_survives_10_000_bad_requests_and_answers_each(port):
    counts = {}
    for status, text in answers(port, bad_requests(10_000)):
        counts[status] = counts.get(status, 0) + 1
        if status != 200:
            (sentence,) = json.loads(text).values()
            assert sentence.strip()
    assert sum(counts.values()) == 10_000
    assert set(counts) <= {200, 400, 404, 405, 413}
    assert {400, 404, 405, 413} <= set(counts)
    assert fine(port)


def test_a_hundred_megabytes_are_refused_without_being_held(port):
    tracemalloc.start()
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    with closing(connection):
        connection.putrequest("POST", PATH)
        connection.putheader("Content-Length", str(100_000_000))
        connection.endheaders()
        with suppress(OSError, HTTPException):  # to hang up is a refusal, too
            for _ in range(100):
                connection.send(bytes(1_000_000))
            assert connection.getresponse().status == 413
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000
    assert fine(port)


NOISE = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # somebody tries https
    b"GET\r\n\r\n",
    b"POST " + PATH.encode() + b" HTTP/9.9\r\n\r\n",
    b"POST " + PATH.encode() + b" HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
    b"POST " + PATH.encode() + b" HTTP/1.1\r\nContent-Length: x\r\n\r\n",
    b"POST / HTTP/1.1\r\n" + b"A: b\r\n" * 20_000,
    b"POST / HTTP/1.1\r\nA: " + b"b" * 2_000_000,
    bytes(1_000_000),
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nZZZZ\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
    b"Content-Length: 4\r\n\r\n0\r\n\r\n",
]


@pytest.mark.parametrize("noise", NOISE, ids=range(len(NOISE)))
def test_what_is_not_http_does_it_no_harm(noise, port):
    with connected(port) as raw, suppress(OSError):  # hung up on, rightly
        raw.sendall(noise)
        raw.shutdown(socket.SHUT_WR)
        raw.recv(1000)
    assert fine(port)


def test_those_who_send_half_a_request_and_wait_hold_up_nobody_nor_the_end():
    start = f"POST {PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\n\r\nhalf"
    with serving.running(chapters_app()) as address:
        port = int(address.rpartition(":")[2])
        waiting = [socket.create_connection(("127.0.0.1", port)) for _ in range(200)]
        for each in waiting:
            each.sendall(start.encode())
        assert fine(port)
        for each in waiting[:100]:
            each.close()
        assert fine(port)
        started = time.monotonic()
    assert time.monotonic() - started < 8
    for each in waiting:
        each.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=2)


def test_twenty_clients_at_once_get_their_own_answers(port):
    failed = []

    def client(size):
        body = chapter_09.predict_request.reference(np.repeat(IMAGE, size, 0)).encode()
        with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            for _ in range(10):
                status, text = ask(connection, "POST", PATH, body)
                if status != 200 or len(json.loads(text)["predictions"]) != size:
                    failed.append(size)

    clients = [threading.Thread(target=client, args=(n,)) for n in range(1, 21)]
    for each in clients:
        each.start()
    for each in clients:
        each.join(60)
    assert failed == []
