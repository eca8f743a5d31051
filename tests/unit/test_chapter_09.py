"""What chapter 09 starts really runs, and is really gone afterwards."""

import json
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest
import requests
from fastapi import Request

from course_utils import serving, workers
from course_utils.checking import core
from course_utils.exercises import chapter_09

ENDLESS = "import time\nprint('started', flush=True)\ntime.sleep(600)\n"
# PyDLL keeps the interpreter's lock, as TensorFlow does while it waits for the
# other machines: no thread of this process can run meanwhile.
LOCKED = "import ctypes\nctypes.PyDLL(None).sleep(600)\n"
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def program(tmp_path):
    """Make a Program from its text."""

    def make(text, name="worker", **environment):
        script = tmp_path / f"{name}.py"
        script.write_text(text, encoding="utf-8")
        return workers.Program(str(script), environment, str(tmp_path / f"{name}.log"))

    return make


def are_gone(pids):
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if not any(is_alive(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def is_alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def text_of(program):
    with open(program.log, encoding="utf-8") as log:
        return log.read()


# Workers


def test_workers_run_side_by_side_each_with_its_own_environment(program):
    text = "import os\nprint(os.environ['NUMBER'])\n"
    pair = [program(text, f"w{n}", NUMBER=str(n)) for n in range(2)]
    with workers.running(pair) as team:
        assert len(set(team.pids)) == 2
        team.wait()
    assert [text_of(each).strip() for each in pair] == ["0", "1"]
    assert are_gone(team.pids)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_workers_are_gone_after_an_error_or_an_interrupt_in_the_block(program, error):
    def stop(team):
        assert [is_alive(pid) for pid in team.pids] == [True, True]
        raise error

    pair = [program(ENDLESS, "a"), program(ENDLESS, "b")]
    with pytest.raises(error), workers.running(pair) as team:
        stop(team)
    assert are_gone(team.pids)


def test_leaving_the_block_without_waiting_ends_the_workers(program):
    with workers.running([program(ENDLESS)]) as team:
        assert is_alive(team.pids[0])
    assert are_gone(team.pids)


@pytest.mark.parametrize(
    ("text", "seconds", "words"),
    [
        ("raise SystemExit('no luck')", 60, r"(?s)Worker 1 failed.*no luck"),
        (ENDLESS, 0.5, r"not done after 0\.5 seconds"),
    ],
)
def test_when_a_worker_fails_or_time_is_up_all_are_ended_and_it_is_said(
    program, text, seconds, words
):
    pair = [program(ENDLESS, "a"), program(text, "b")]
    with (
        pytest.raises(workers.WorkerError, match=words),
        workers.running(pair, seconds=seconds) as team,
    ):
        team.wait()
    assert are_gone(team.pids)


NOTEBOOK = """
import sys, time
from course_utils import workers
programs = [workers.Program(script, {}, script + ".log") for script in sys.argv[1:]]
with workers.running(programs) as team:
    print(*team.pids, flush=True)
    WAIT
"""


@posix
@pytest.mark.parametrize(
    ("wait", "name"),
    [
        *(("team.wait()", name) for name in ("SIGKILL", "SIGTERM", "SIGINT")),
        ("time.sleep(600)", "SIGKILL"),
    ],
)
def test_a_notebook_that_is_killed_leaves_no_worker(program, wait, name):
    scripts = [program(text, f"{i}").script for i, text in enumerate((ENDLESS, LOCKED))]
    command = [sys.executable, "-c", NOTEBOOK.replace("WAIT", wait), *scripts]
    quiet = {"stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen(command, stdout=subprocess.PIPE, **quiet) as kernel:
        try:
            pids = {int(pid) for pid in kernel.stdout.readline().split()}
            assert len(pids) == 2
            family = psutil.Process(kernel.pid).children(recursive=True)
            assert pids < {each.pid for each in family}
            kernel.send_signal(getattr(signal, name))
            kernel.wait(10)
            assert are_gone([each.pid for each in family])
        finally:
            kernel.kill()


@posix
def test_workers_are_gone_even_if_their_supervisor_is_killed(program):
    with workers.running([program(ENDLESS)]) as team:
        psutil.Process(team.pids[0]).parent().kill()
        with pytest.raises(workers.WorkerError, match="ended before they were done"):
            team.wait()
    assert are_gone(team.pids)


def test_free_ports_differ_and_can_be_taken():
    ports = workers.free_ports(3)
    assert len(set(ports)) == 3
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", ports[0]))


# The server


@pytest.fixture
def app():
    app = serving.new_app()

    @app.post("/v1/models/{name}:predict")
    async def predict(name: str, request: Request):
        body = await serving.body_of(request, 1000)
        return {"predictions": [1 / len(body)]}

    @app.post("/v1/models/{name}/versions/{version}:predict")
    async def predict_version(name: str, version: int):
        return {"version": version}

    return app


def nobody_answers(address):
    try:
        requests.get(address, timeout=5)
    except requests.ConnectionError:
        return True
    return False


def test_the_server_answers_inside_of_the_block_and_not_after_it(app):
    with serving.running(app) as address:
        answer = requests.post(f"{address}/v1/models/a:predict", "1234")
    assert answer.json() == {"predictions": [0.25]}
    assert nobody_answers(address)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_the_server_is_gone_after_an_error_or_an_interrupt(app, error):
    with pytest.raises(error), serving.running(app) as address:
        raise error
    assert nobody_answers(address)


def test_the_server_ends_while_a_client_still_holds_a_connection(app):
    start = time.monotonic()
    with requests.Session() as session:
        with serving.running(app) as address:
            session.post(f"{address}/v1/models/a:predict", "1")
        assert nobody_answers(address)
    assert time.monotonic() - start < 5


def test_only_this_machine_can_reach_the_server(app):
    with serving.running(app) as address:
        port = int(address.rpartition(":")[2])
        listening = [
            each.laddr.ip
            for each in psutil.Process().net_connections()
            if each.status == psutil.CONN_LISTEN and each.laddr.port == port
        ]
    assert listening == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/models/a:predict", "x" * 1001, 413),
        ("/v1/models/a:predict", "x" * 3_000_000, 413),
        ("/v1/models/a:predict", "", 500),  # the application divides by 0
        ("/v1/models/a/versions/new:predict", "x", 400),
        ("/somewhere", "x", 404),
    ],
)
def test_every_refusal_is_json_with_one_sentence(app, path, body, status):
    with serving.running(app) as address:
        answer = requests.post(address + path, body)
        again = requests.post(f"{address}/v1/models/a:predict", "12")
    assert answer.status_code == status
    assert list(answer.json()) == ["error"]
    assert answer.json()["error"].strip()
    assert again.status_code == 200


# Numbers in the prose and the exercises


def test_numbers_in_the_messages_about_int8():
    assert np.array(305).astype("int8") == 49
    with np.errstate(over="ignore"):
        assert np.int8(127) + np.int8(100) == -29


def test_quantise_there_and_back_errs_by_half_a_step_at_most():
    values = np.random.default_rng(0).uniform(-3, 7, 1000)
    scale, zero_point = chapter_09.scale_and_zero_point(-3, 7)
    codes = chapter_09.quantise(values, scale, zero_point)
    error = chapter_09.dequantise(codes, scale, zero_point) - values
    assert 0.45 * scale < np.abs(error).max() <= 0.51 * scale
    assert chapter_09.dequantise(np.int8([zero_point]), scale, zero_point) == 0
    assert chapter_09.largest_error.answer == 0.03 / 2


def test_numbers_in_the_messages_about_scale_and_zero_point():
    scale, zero_point = chapter_09.scale_and_zero_point(-2.0, 1.5)
    assert round(-128 + 2.0 / scale, 1) == 17.7
    assert zero_point not in (17, -17)
    scale, _ = chapter_09.scale_and_zero_point(-1.42, 3.58)
    assert round(-128 + 1.42 / scale, 1) == -55.6


def judged(exercise, answer):
    """Return status and text of the feedback on an answer."""
    verdict, _ = exercise._verdict(answer)
    return verdict.status, " ".join(verdict.paragraphs)


@pytest.mark.parametrize(
    ("name", "result", "said"),
    [
        ("latest_version", 3.0, "a float"),
        ("latest_version", [1, 2], "several values"),
        ("scale_and_zero_point", 0.02, "It returns one number"),
        ("scale_and_zero_point", {"scale": 0.02}, "It returns a dict"),
        ("scale_and_zero_point", "0.02, -78", "It returns a text"),
        ("scale_and_zero_point", (1.0, 5), "'zero point': Expected -128, got 5"),
        ("quantise", [0, 2, -2], "'type': Expected 'int8', got 'list'"),
        ("predict_request", b"{}", "this is bytes"),
        ("predict_request", ["{}"], "One text (str) is asked for"),
        ("predict_request", 'POST {"instances": []}', "stops at 'POST "),
        ("predict_request", '{"instances": [', "ends too early"),
        ("predict_request", '{"instances": [[[0.0, 255.0]]]}', "says 0.0 where"),
        ("tf_config", 'TF_CONFIG={"cluster": {}}', "stops at 'TF_CONFIG="),
        ("read_predictions", ValueError("no"), "The error is returned"),
        ("read_instances", "shape", "A text or an error is returned"),
    ],
)
def test_a_result_of_another_form_is_told_in_words(name, result, said):
    exercise = chapter_09.exercises[name]
    status, text = judged(exercise, lambda *case: result)
    assert status == "wrong"
    assert said in text


FUNCTIONS = [
    name
    for name, exercise in chapter_09.exercises.items()
    if isinstance(exercise, core.FunctionExercise)
]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_answer_that_prints_is_told_that_none_comes_back(name):
    exercise = chapter_09.exercises[name]

    def prints(*case):
        print(exercise.reference(*case))

    status, text = judged(exercise, prints)
    assert status == "wrong"
    assert "returned None" in text or "returns None" in text


@pytest.mark.parametrize("kind", [RuntimeError, KeyError, AssertionError, Exception])
def test_the_servers_words_in_another_error_are_noticed(kind):
    def answer(text):
        said = json.loads(text)
        if "error" in said:
            raise kind(said["error"])
        return chapter_09.read_predictions(text)

    status, text = judged(chapter_09.exercises["read_predictions"], answer)
    assert status == "wrong"
    assert f"an error of the kind {kind.__name__}" in text


def test_grey_values_with_a_decimal_point_would_be_refused_by_the_server():
    body = json.dumps({"instances": [[[0.0, 255.0], [7.0, 8.0]]]}).encode()
    with pytest.raises(ValueError, match="whole numbers"):
        chapter_09.read_instances(body, (2, 2))


def test_the_standard_error_named_in_the_recall_question():
    assert 0.0015 < np.sqrt(0.95 * 0.05 / 10_000) < 0.0025


def test_tf_config_is_what_tensorflow_reads(monkeypatch):
    import tensorflow as tf

    addresses = ["127.0.0.1:4000", "127.0.0.1:4001"]
    monkeypatch.setenv("TF_CONFIG", chapter_09.tf_config(addresses, 1))
    resolver = tf.distribute.cluster_resolver.TFConfigClusterResolver()
    assert resolver.cluster_spec().as_dict() == {"worker": addresses}
    assert (resolver.task_type, resolver.task_id) == ("worker", 1)


def test_a_request_and_its_answer_fit_each_other():
    images = np.arange(8, dtype="uint8").reshape(2, 2, 2)
    body = chapter_09.predict_request(images).encode()
    assert np.array_equal(chapter_09.read_instances(body, (2, 2)), images)
    answer = json.dumps({"predictions": [[0.0, 1.0], [3.0, -1.0]]})
    assert chapter_09.read_predictions(answer).tolist() == [1, 0]
