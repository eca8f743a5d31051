"""Thread limits and the quiet start."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from course_utils import runtime


def run(code, **env):
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_one_thread_unless_the_reader_says_otherwise(monkeypatch):
    monkeypatch.delenv("COURSE_THREADS", raising=False)
    assert runtime.threads() == 1
    monkeypatch.setenv("COURSE_THREADS", "4")
    assert runtime.threads() == 4
    assert runtime.environment()["OMP_NUM_THREADS"] == "4"


@pytest.mark.parametrize("text", ["0", "-1", "two", "", "1.5", "²"])
def test_wrong_thread_count_is_a_clear_error(monkeypatch, text):
    monkeypatch.setenv("COURSE_THREADS", text)
    with pytest.raises(ValueError, match="Set it to a whole number of threads"):
        runtime.threads()


def test_libraries_loaded_before_are_limited_too():
    # A fresh process, with the limits that this one has inherited taken away.
    code = (
        "import os\n"
        "for name in list(os.environ):\n"
        "    if name.endswith('_NUM_THREADS'): del os.environ[name]\n"
        "import numpy\n"
        "from course_utils import runtime\n"
        "from threadpoolctl import threadpool_info\n"
        "runtime.limit_threads()\n"
        "print({pool['num_threads'] for pool in threadpool_info()})"
    )
    result = run(code, COURSE_THREADS="1")
    assert result.stdout.strip() == "{1}", result.stderr


def test_tensorflow_starts_without_a_word_and_with_the_threads_asked_for():
    code = (
        "from course_utils import runtime\n"
        "with runtime.quiet_start():\n"
        "    import tensorflow as tf\n"
        "tf.constant(1.0) + 1\n"
        "print(tf.config.threading.get_intra_op_parallelism_threads(),"
        " tf.config.threading.get_inter_op_parallelism_threads())"
    )
    result = run(code, COURSE_THREADS="1")
    assert result.stdout.strip() == "1 1"
    assert result.stderr == ""


def test_an_error_inside_the_quiet_start_still_reaches_the_reader():
    code = (
        "from course_utils import runtime\n"
        "with runtime.quiet_start():\n"
        "    import no_such_module"
    )
    result = run(code)
    assert "No module named 'no_such_module'" in result.stderr


def test_keras_is_as_the_chapters_expect_whatever_the_home_folder_says(tmp_path):
    settings = {"floatx": "float16", "epsilon": 0.1, "backend": "no_such_backend"}
    settings["image_data_format"] = "channels_first"
    Path(tmp_path, "keras.json").write_text(json.dumps(settings), encoding="utf-8")
    code = (
        "from course_utils import runtime\n"
        "with runtime.quiet_start():\n"
        "    import keras\n"
        "    import tensorflow as tf\n"
        "assert tf.keras.__version__ == keras.__version__\n"
        "dense = keras.layers.Dense(1)\n"
        "dense.build((None, 1))\n"
        "of = keras.config\n"
        "print(of.backend(), of.epsilon(), of.image_data_format(), dense.kernel.dtype)"
    )
    noise = {"KERAS_BACKEND": "no_such_backend", "TF_USE_LEGACY_KERAS": "1"}
    for own in ({}, noise):
        result = run(code, KERAS_HOME=str(tmp_path), **own)
        said = result.stdout.split()
        expected = ["tensorflow", "1e-07", "channels_last", "float32"]
        assert said == expected, result.stderr


def test_what_an_import_makes_is_never_searched_for_garbage():
    code = (
        "import gc\n"
        "from course_utils import runtime\n"
        "searches = []\n"
        "gc.callbacks.append(lambda phase, about: searches.append(phase))\n"
        "with runtime.quiet_start():\n"
        "    made = [[] for _ in range(100_000)]\n"
        "    inside = list(searches)\n"
        "print(inside, gc.get_freeze_count() > 100_000, gc.isenabled())\n"
        "gc.disable()\n"
        "with runtime.quiet_start():\n"
        "    pass\n"
        "print(gc.isenabled())"
    )
    result = run(code)
    assert result.stdout.split("\n")[:2] == ["[] True True", "False"], result.stderr


def test_descriptors_come_back(capfd):
    with runtime.muted_descriptors(1, 2):
        os.write(1, b"hidden")
        os.write(2, b"hidden")
    os.write(1, b"seen")
    assert capfd.readouterr() == ("seen", "")
