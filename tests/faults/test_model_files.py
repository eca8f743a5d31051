"""Files of models: damaged, cut short by a kill, or made to do harm.

Keras writes and reads them, so these tests say what a learner can rely on in
the locked version; chapter 05 tells the rest (load only from people you trust).
"""

import io
import json
import struct
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from course_utils import runtime


@pytest.fixture(scope="module")
def keras():
    with runtime.quiet_start():
        import keras
    return keras


@pytest.fixture(scope="module")
def model(keras):
    made = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="d")])
    made.compile("adam", "mse")
    made.fit(np.ones((8, 4)), np.ones((8, 3)), verbose=0)
    return made


@pytest.fixture
def file(model, tmp_path):
    path = tmp_path / "model.keras"
    model.save(path)
    return path


def rewritten(file, change):
    """Write the archive anew; ``change`` gets its entries to change them."""
    with zipfile.ZipFile(file) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    change(entries)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)


def one_byte(name):
    """Return what changes a byte in the middle of an entry of the archive."""

    def change(content):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entry = archive.getinfo(name)
        # The header of an entry: 30 bytes, its name, and more of a length in it.
        start = entry.header_offset
        (more,) = struct.unpack_from("<H", content, start + 28)
        place = start + 30 + len(name) + more + entry.compress_size // 2
        return content[:place] + bytes([content[place] ^ 255]) + content[place + 1 :]

    return change


@pytest.mark.parametrize(
    "damage", [lambda c: c[: len(c) // 2], one_byte("config.json"), lambda c: b"hello"]
)
def test_a_damaged_model_is_never_loaded_as_if_it_were_whole(damage, keras, file):
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises((ValueError, OSError, zipfile.BadZipFile)) as caught:
        keras.models.load_model(file)
    assert str(caught.value)


@pytest.mark.parametrize("name", ["config.json", "model.weights.h5"])
def test_a_changed_byte_is_found_by_the_checksums_of_the_archive(name, file):
    """As chapter 09 asks for it: from Python 3.13 on Keras does not compare them."""
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
    file.write_bytes(one_byte(name)(file.read_bytes()))
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() == name


def test_a_lambda_is_refused_in_words_that_name_the_danger(keras, tmp_path):
    by_mail = keras.Sequential([keras.Input((4,)), keras.layers.Lambda(lambda x: x)])
    by_mail.save(tmp_path / "mail.keras")
    with pytest.raises(ValueError, match="arbitrary code execution"):
        keras.models.load_model(tmp_path / "mail.keras")


@pytest.mark.parametrize(
    "changes",
    [
        {"module": "os", "class_name": "system", "registered_name": None},
        {"module": "builtins", "class_name": "exec", "registered_name": None},
        {"activation": {"module": "os", "class_name": "function", "config": "system"}},
    ],
)
def test_a_model_cannot_name_a_function_of_the_system(changes, keras, file):

    def change(entries):
        config = json.loads(entries["config.json"])
        layer = config["config"]["layers"][1]
        for key, value in changes.items():
            (layer["config"] if key in layer["config"] else layer)[key] = value
        entries["config.json"] = json.dumps(config)

    rewritten(file, change)
    with pytest.raises((TypeError, ValueError)):
        keras.models.load_model(file)


@pytest.mark.filterwarnings("ignore")
def test_no_name_in_a_model_leads_out_of_its_folder(keras, file, tmp_path):
    names = ["../evil", "assets/../../evil", f"/{tmp_path}/evil", "../../../tmp/evil"]
    rewritten(file, lambda entries: entries.update(dict.fromkeys(names, b"evil")))
    keras.models.load_model(file)
    assert not list(tmp_path.rglob("evil"))
    assert not list(tmp_path.parent.glob("evil"))


TRAINING = """
import sys
import numpy as np
from course_utils import runtime
with runtime.quiet_start():
    import keras
model = keras.Sequential([keras.Input((500,)), keras.layers.Dense(3000)])
model.compile("sgd", "mse")
saving = keras.callbacks.ModelCheckpoint(sys.argv[1] + "/{epoch:02d}.keras")
telling = keras.callbacks.LambdaCallback(
    on_epoch_begin=lambda epoch, logs: print(epoch, "are saved", flush=True)
)
X, y = np.ones((8, 500)), np.ones((8, 3000))
model.fit(X, y, epochs=1000, verbose=0, callbacks=[telling, saving])
"""


def test_a_kill_costs_only_the_file_that_is_being_written(keras, tmp_path):
    """As chapter 05 says: with the epoch in its name, each has a file of its own."""
    process = subprocess.Popen(
        [sys.executable, "-c", TRAINING, tmp_path], stdout=subprocess.PIPE, text=True
    )
    saved = 0
    for line in process.stdout:
        saved = int(line.split()[0])
        if saved == 5:
            break
    begun = tmp_path / f"{saved + 1:02d}.keras"
    while not begun.exists():
        assert process.poll() is None
    process.kill()
    process.wait()
    process.stdout.close()
    for epoch in range(1, saved + 1):
        keras.models.load_model(tmp_path / f"{epoch:02d}.keras")
