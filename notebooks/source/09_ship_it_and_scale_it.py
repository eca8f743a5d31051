# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Ship it and scale it
#
# A network that lives in a notebook is of use to one person, as long as the
# notebook is open. In this chapter it leaves: into a folder, onto a phone,
# behind a web address, into a program without Python. Each time you check
# that it still gives the same answers, or count those that changed. Then you
# let two processes train one network together.
#
# ## What you will be able to do
#
# - **Export** a network with its signature, load it in another process, and
#   keep its versions apart
# - **Shrink** it to 8 bits for a phone, and measure what that costs
# - **Serve** it over HTTP, refuse bad requests, and stop the server again
# - **Translate** it for another runtime, and check that its answers stay
# - **Spread** training over two processes, and check gradients and speed-up
#
# ## Before you start
#
# Work through [Read handwritten digits](06_read_handwritten_digits.ipynb)
# first: this chapter ships that network. It takes 60 minutes; run from top to
# bottom it computes for about a minute. The kernel takes less than 1.2 GB of
# memory. For some seconds it starts other processes, at most two at once, which
# take up to 0.8 GB each.
#
# One set-up cell. `requests` calls web addresses, `fastapi` answers such
# calls, `psutil` looks at processes; `workers` and `serving` are small modules
# of this course that start things and end them for sure.

# %%
import inspect
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
import zipfile
from pathlib import Path

from course_utils import runtime

with runtime.quiet_start():
    import keras
    import tensorflow as tf
    from ai_edge_litert.interpreter import Interpreter

import matplotlib.pyplot as plt
import numpy as np
import onnxruntime
import psutil
import requests
from fastapi import HTTPException, Request

from course_utils import data, plots, serving, workers
from course_utils.exercises import chapter_09 as ex

# %% [markdown]
# ## 1. Save, export, load elsewhere
#
# First a network to ship: chapter 06's, with a name for its input. The images
# stay bytes until the `Rescaling` layer divides them. Fewer images and one
# epoch are enough for now.

# %%
digits = data.load_mnist(dtype="uint8")
x_train, y_train = digits.x_train[:20000], digits.y_train[:20000]
x_test, y_test = digits.x_test, digits.y_test

# %%
keras.utils.set_random_seed(0)
model = keras.Sequential(
    [
        keras.Input((28, 28), dtype="uint8", name="image"),
        keras.layers.Rescaling(1 / 255),
        keras.layers.Flatten(),
        keras.layers.Dense(128, activation="relu"),
        keras.layers.Dense(10),
    ]
)

# %% [markdown]
# Compiled and trained as in chapter 06, for one epoch:

# %%
model.compile(
    optimizer="adam",
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
    steps_per_execution=50,
)
model.fit(x_train, y_train, 128, epochs=1, verbose=0)
_, accuracy = model.evaluate(x_test, y_test, 500, verbose=0)
print(f"after one epoch: {accuracy:.2%}")

# %% [markdown]
# Keras can write two things, and they are for different readers:
#
# - `model.save("digits.keras")`: one file for **Keras**, with layers, weights,
#   loss and the optimizer's state.
# - `model.export("folder")`: a folder in the format **SavedModel**, for
#   whoever only wants answers. It holds the computation from images to scores
#   as a graph, and the weights. No Python class is needed to run it.
#
# Next month there are new images, and you want to train this network a little
# further. What must you have kept?
#
# - **a)** The `.keras` file.
# - **b)** The SavedModel.
# - **c)** Either of them: it is the same network.

# %% exercise="keep_training"
answer = None  # "a", "b" or "c"

keep_training = ex.keep_training.check(answer)

# %% [markdown]
# ### Versions
#
# What you ship today will be replaced. TensorFlow Serving, the usual server
# for SavedModels, expects a folder with the network's name, and in it one
# folder for each version, with a whole number as its name: `digits/1`,
# `digits/2`. It serves the largest number, and notices by itself when a larger
# one appears.
#
# Other things may lie there, too: notes, files of the operating system, an
# export that is not finished. Write `latest_version`: the largest version
# among a list of names, as an `int`.


# %% exercise="latest_version"
def latest_version(names):
    """Largest version number among the names of folders, as an int."""
    ...  # your code here


latest_version = ex.latest_version.check(latest_version)

# %% [markdown]
# `publish` gives a network the next number. It exports under another name
# first and renames the folder when it is complete: a server that looks at the
# wrong moment must not find half a network.

# %%
temporary = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
folder = Path(temporary.name)
base = folder / "digits"
base.mkdir()


# %%
def publish(network):
    """Export a network as the next version; return its folder."""
    names = [path.name for path in base.iterdir()]
    number = latest_version(["0", *names]) + 1
    unfinished = base / f"{number}.part"
    network.export(unfinished, verbose=False)
    return unfinished.rename(base / str(number))


# %% [markdown]
# Once now, and once more after two more epochs:

# %%
publish(model)
model.fit(x_train, y_train, 128, epochs=2, verbose=0)
publish(model)
print(sorted(path.name for path in base.iterdir()))

# %% [markdown]
# Version 1 has seen the images once, version 2 three times. And the file for
# Keras beside them, to go on training some day:

# %%
model.save(folder / "digits.keras")


def kilobytes(path):
    """Size of a file, or of all files in a folder, in kB."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files) / 1000


for path in (folder / "digits.keras", base / "2"):
    print(f"{path.name:12} {kilobytes(path):6.0f} kB")

# %% [markdown]
# The weights and biases alone are 101,770 float32 numbers, 407 kB. The `.keras`
# file is three times as large: for every weight, Adam keeps two numbers of its
# own. The SavedModel needs none of those; it is twice as large because Keras'
# exporter happens to store each weight under two names.
#
# ### Whole
#
# A file that travels can be damaged on the way. Whether `load_model` notices
# depends on the version of Python, and a network with one wrong weight still
# answers. But a `.keras` file is a zip archive, which keeps a checksum of each
# of its parts. `testzip` compares them all, and returns the name of the first
# part that is damaged, or `None`:


# %%
# NBVAL_CHECK_OUTPUT
def damaged_part(path):
    """Name of the first damaged part of a .keras file, or None."""
    with zipfile.ZipFile(path) as archive:
        return archive.testzip()


content = bytearray((folder / "digits.keras").read_bytes())
content[len(content) // 2] ^= 255  # one wrong byte, in the middle
(folder / "arrived.keras").write_bytes(content)
for name in ("digits.keras", "arrived.keras"):
    print(f"{name:14}", damaged_part(folder / name))

# %% [markdown]
# Ask before you load what came from elsewhere. The checksums tell of accidents
# only: whoever changes a file on purpose writes them anew. Against that, have
# the sender tell you the file's SHA-256 in another way, by telephone say.
#
# ### The signature
#
# Whoever gets the folder does not know your notebook. What it may be fed, and
# what comes out, stands in its *signature*: names, shapes, types.

# %%
# NBVAL_CHECK_OUTPUT
loaded = tf.saved_model.load(base / "2")
signature = loaded.signatures["serving_default"]
_, inputs = signature.structured_input_signature
for name, spec in {**inputs, **signature.structured_outputs}.items():
    print(f"{name:9} {spec.shape!s:15} {spec.dtype.name}")

# %% [markdown]
# `None` is the batch: any number of images. Bytes go in and ten float32 scores
# come out, called `output_0` since nobody gave them a name.
#
# ### Elsewhere
#
# Does it run without this notebook? There is one way to know: in another
# process, which gets the folder, some images, and no line of our code. This is
# its whole program; it knows TensorFlow and not Keras.

# %%
reader = folder / "reader.py"
reader.write_text("""
import sys
import numpy as np
import tensorflow as tf

network = tf.saved_model.load(sys.argv[1])
scores = network.serve(np.load(sys.argv[2]))
print(*scores.numpy().argmax(axis=1))
""")
np.save(folder / "images.npy", x_test[:20])

# %% [markdown]
# `subprocess.run` starts it and waits. Should you press *interrupt* meanwhile,
# it ends the process.

# %%
arguments = [reader, base / "2", folder / "images.npy"]
done = subprocess.run(
    [sys.executable, *map(str, arguments)],
    capture_output=True,  # its start-up lines stay out of this page
    text=True,
    check=True,
    timeout=120,
)

# %%
elsewhere = np.array(done.stdout.split(), dtype=int)
here = model.predict(x_test[:20], verbose=0).argmax(axis=1)
print("elsewhere:", *elsewhere)
print("the same as here:", np.array_equal(elsewhere, here))

# %% [markdown]
# ## 2. To a phone: eight bits
#
# A phone has no Python, little memory and a battery. For it there is
# **LiteRT**, known until 2024 as TensorFlow Lite: one compact file, and a small
# interpreter that reads it.
#
# Each weight is a float32 number: 4 bytes, seven decimal digits. Does a
# network need seven digits? It was trained with noise in every batch, so it
# should not care about the last ones. **Quantisation** stores each number as
# one of 256 *codes*, the whole numbers from −128 to 127, in one byte:
#
# $$ \text{value} = \text{scale} \cdot (\text{code} - \text{zero point}) $$
#
# The *scale* is the step from one code to the next. The *zero point* is the
# code that means 0.
#
# An example to follow with a pencil: values from −1 to 4.1. The 256 codes make 255
# steps, so the scale is 5.1 / 255 = 0.02. The code −128 shall mean −1, and
# that is 50 steps below 0; so 0 has the code −128 + 50 = −78.
#
# Write `scale_and_zero_point` for values from `low` to `high`. The zero point
# is a whole number, so round it. And 0 must always lie inside of the range,
# even if `low` is above it or `high` below: networks are full of exact zeros.


# %% exercise="scale_and_zero_point"
def scale_and_zero_point(low, high):
    """Scale (float) and zero point (int) for values from low to high."""
    ...  # your code here


scale_and_zero_point = ex.scale_and_zero_point.check(scale_and_zero_point)

# %%
# NBVAL_CHECK_OUTPUT
scale, zero_point = scale_and_zero_point(-1, 4.1)
print(round(scale, 6), zero_point)

# %% [markdown]
# Now the codes themselves. Write `quantise`: the nearest code for each value.
# What lies outside of the range gets the code at its end; with plain
# conversion it would come back in at the other end, since an `int8` has no
# room for more. `scale` is one number for all values, or, for a matrix, an
# array with one for each column.


# %% exercise="quantise"
def quantise(values, scale, zero_point):
    """Codes from -128 to 127 (int8) for an array of numbers."""
    ...  # your code here


quantise = ex.quantise.check(quantise)

# %% [markdown]
# And the way back, by the formula above.


# %% exercise="dequantise"
def dequantise(codes, scale, zero_point):
    """Numbers that the codes (int8) stand for, as floats."""
    ...  # your code here


dequantise = ex.dequantise.check(dequantise)

# %% [markdown]
# There and back, a value is no longer quite what it was. With a scale of 0.03,
# by how much can a value inside of the range have changed at the most?

# %% exercise="largest_error"
answer = None  # a number

largest_error = ex.largest_error.check(answer)

# %% [markdown]
# Try it on real weights. Those of one hidden unit lie around 0, so the course
# does what LiteRT does: the zero point is 0, and the codes −127 and 127 go to
# the largest weight and its opposite, while −128 stays unused. Every unit gets
# a scale of its own.

# %%
weights = model.layers[2].get_weights()[0]  # shape (784, 128)
unit = weights[:, 0]
scale = np.abs(unit).max() / 127
error = dequantise(quantise(unit, scale, 0), scale, 0) - unit

# %%
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 2.8))
left.hist(unit, 40, color=plots.BLUE)
left.set(xlabel="weight of one hidden unit", ylabel="how many")
right.hist(error / scale, 20, color=plots.ORANGE)
right.set(xlabel="rounding error (steps)", ylabel="how many")
for edge in (-0.5, 0.5):
    right.axvline(edge, color=plots.GREY, linestyle="--")
fig.suptitle("No weight moves by more than half a step")
fig.tight_layout()
plt.show()

# %% [markdown]
# *In the figure:* left, the 784 weights of one unit, most of them near 0 and a
# few far out. Right, their rounding errors: spread evenly between two dashed
# lines at minus half and plus half of a step, and none outside.
#
# ### Three files
#
# Now let LiteRT do it. Three ways, from harmless to thorough:
#
# - **float32**: nothing is rounded.
# - **dynamic range**: the weights become int8. What flows between the layers
#   stays float.
# - **full integer**: what flows is int8 as well, and nothing but whole numbers
#   is calculated. Small chips can do no other. But which scale fits what
#   flows? The converter finds out by watching: you give it a few hundred
#   images, the *representative set*, and it notes the smallest and the largest
#   value at each place.
#
# Nearly all of such a file is weights. How large will the full-integer file
# be, compared with the float32 file?
#
# - **a)** about a half
# - **b)** about a quarter
# - **c)** about an eighth
# - **d)** hardly smaller

# %% exercise="int8_size"
guess = None  # "a", "b", "c" or "d"

int8_size = ex.int8_size.check(guess)

# %% [markdown]
# LiteRT wants to start from floats, so the phone's network is the same layers
# behind another input. No weight is copied.

# %%
phone = keras.Sequential([keras.Input((28, 28)), *model.layers])


def convert(name, **options):
    """Write a LiteRT file; return its path."""
    path = folder / f"{name}.tflite"
    with runtime.muted_descriptors(2):  # the converter chats
        phone.export(path, format="litert", verbose=False, **options)
    return path


# %% [markdown]
# The representative set comes from the training images, one at a time, as the
# converter wants them. (A function with `yield` hands out one after another.)


# %%
def representative():
    """Yield some training images, each as a batch of one."""
    for image in x_train[:200]:
        yield [image[np.newaxis].astype("float32")]


# %% [markdown]
# The options say what may be rounded. For full integers they also demand it:
# a layer that cannot do without floats would now be an error.

# %%
smaller = {"optimizations": [tf.lite.Optimize.DEFAULT]}
whole_numbers = {
    "representative_dataset": representative,
    "target_spec": {"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]},
    "inference_input_type": tf.uint8,
    "inference_output_type": tf.uint8,
}

# %%
files = {
    "float32": convert("float32"),
    "dynamic range": convert("dynamic", **smaller),
    "full integer": convert("integer", **smaller, **whole_numbers),
}
sizes = {name: kilobytes(path) for name, path in files.items()}

# %% [markdown]
# How much smaller is the last one?

# %%
remaining = sizes["full integer"] / sizes["float32"]
ex.int8_size.reveal("dabc"[np.digitize(remaining, [0.7, 0.35, 0.18])])
for name, size in sizes.items():
    print(f"{name:14} {size:5.0f} kB")

# %% [markdown]
# ### The interpreter
#
# On the phone a small program reads the file and runs it. The same interpreter
# exists for Python. It is fed one image at a time, as a phone would.


# %%
def open_file(path):
    """Interpreter for a LiteRT file, ready to run."""
    with runtime.muted_descriptors(2):
        interpreter = Interpreter(str(path))
        interpreter.allocate_tensors()
    return interpreter


# %%
def scores_of(interpreter, image):
    """Ten scores for one image."""
    place = interpreter.get_input_details()[0]
    batch = image[np.newaxis].astype(place["dtype"])
    interpreter.set_tensor(place["index"], batch)
    interpreter.invoke()
    out = interpreter.get_output_details()[0]["index"]
    return interpreter.get_tensor(out)[0]


# %% [markdown]
# Is the last file made of whole numbers alone? Every number in it, and every
# number that flows, belongs to a tensor with a type:

# %%
# NBVAL_CHECK_OUTPUT
interpreters = {name: open_file(path) for name, path in files.items()}
for name, interpreter in interpreters.items():
    tensors = interpreter.get_tensor_details()
    print(f"{name:14}", *sorted({t["dtype"].__name__ for t in tensors}))

# %% [markdown]
# No float in the last line. And are the codes in the file those that *you*
# would have written? Here is the first layer as LiteRT stores it, next to your
# `quantise` with one scale for each unit:

# %%
# NBVAL_CHECK_OUTPUT
interpreter = interpreters["full integer"]
[place] = [
    t
    for t in interpreter.get_tensor_details()
    if tuple(t["shape"]) == (128, 784)
]
stored = interpreter.get_tensor(place["index"])
by_hand = quantise(weights, np.abs(weights).max(axis=0) / 127, 0).T
print(f"equal codes: {np.mean(stored == by_hand):.1%}")

# %% [markdown]
# ### Size, time, answers
#
# Before you measure, two guesses. First: with the real MNIST there are 10,000
# test images. Of how many does the **answer change** between the float32 and
# the full-integer file?

# %% exercise="changed_answers"
guess = None  # a whole number

changed_answers = ex.changed_answers.check(guess)

# %% [markdown]
# Second, the time for **one image**. `model.predict` on a single image takes
# tens of milliseconds. How long does the interpreter take for the same, with
# the float32 file?
#
# - **a)** More than half as long: the same multiplications.
# - **b)** Between a half and a hundredth.
# - **c)** Less than a hundredth.

# %% exercise="one_image"
guess = None  # "a", "b" or "c"

one_image = ex.one_image.check(guess)


# %%
def seconds(call, count=15):
    """Median time of a call, in seconds."""
    times = []
    for _ in range(count):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return np.median(times)


# %% [markdown]
# And a file is measured by its scores for all test images, and by the time
# that one image takes:


# %%
def measure(interpreter):
    """Answers for all test images, and microseconds for one of them."""
    scores = [scores_of(interpreter, image) for image in x_test]
    one = seconds(lambda: scores_of(interpreter, x_test[0]), 500)
    return np.array(scores), one * 1e6


# %% [markdown]
# All three files, all test images:

# %%
measured = {name: measure(each) for name, each in interpreters.items()}
answers = {
    name: scores.argmax(axis=1) for name, (scores, _) in measured.items()
}
changed = np.flatnonzero(answers["float32"] != answers["full integer"])

# %% [markdown]
# What came out:

# %%
print(f"{'file':14} {'kB':>5} {'µs':>6} {'accuracy':>9} {'changed':>8}")
for name, (_, microseconds) in measured.items():
    accuracy = np.mean(answers[name] == y_test)
    differ = np.count_nonzero(answers[name] != answers["float32"])
    row = f"{sizes[name]:5.0f} {microseconds:6.1f} {accuracy:9.2%} {differ:8}"
    print(f"{name:14} {row}")

# %%
by_predict = seconds(lambda: model.predict(x_test[:1], verbose=0))
ratio = measured["float32"][1] / (by_predict * 1e6)
print(f"model.predict, one image: {by_predict * 1e6:,.0f} µs")
ex.changed_answers.reveal(len(changed))
ex.one_image.reveal("cba"[np.digitize(ratio, [0.01, 0.5])])

# %% [markdown]
# With the real MNIST the accuracy moves by no more than about a tenth of a
# point, and a few dozen answers change at the most, some of them to the better.
# A quarter of the size for that is a good bargain.
#
# Do not expect 8 bits to be faster everywhere. On a phone's own chip they
# often are; on the processor of a computer the three files are close to one
# another. That is why one measures on the device. The long time of `predict`
# is no arithmetic either: it is the preparation that pays off for thousands of
# images, spent on one.
#
# ### Where rounding changed an answer
#
# Which digits are they? The *margin* of an image is the lead of the best score
# over the second best. Rounding can only turn an answer where the margin is
# small. Here are the changed ones, and, if there are fewer than ten, those
# with the smallest margins.

# %%
top_two = np.sort(measured["float32"][0], axis=1)[:, -2:]
margin = top_two[:, 1] - top_two[:, 0]
order = np.argsort(margin)
turned = np.isin(order, changed)
shown = np.r_[order[turned], order[~turned]][:10]

# %%
fig, ax = plt.subplots(figsize=(9.5, 1.8))
pairs = [(answers["float32"][i], answers["full integer"][i]) for i in shown]
captions = [
    f"{a} → {b}\nlabel {y_test[i]}"
    for (a, b), i in zip(pairs, shown, strict=True)
]
plots.digits(ax, x_test[shown], captions)
ax.set_title("Rounding decides only where the network wavers", pad=26)
plt.show()

# %% [markdown]
# *In the figure:* ten test digits with the answer of the float32 file, an
# arrow, the answer of the full-integer file, and the label below. They are
# badly written or between two digits; people would hesitate, too.

# %%
print(f"changed answers: {len(changed)}")
if len(changed):
    print(f"their median margin {np.median(margin[changed]):.2f}")
print(f"median margin of all {np.median(margin):.2f}")
step = interpreter.get_output_details()[0]["quantization"][0]
print(f"one step of the integer scores {step:.2f}")

# %% [markdown]
# The scores themselves are rounded, too, to the step in the last line. Two
# scores that are closer than that may get the same code; then `argmax` takes
# the first.
#
# ## 3. To a server
#
# Most networks answer over the web: a program sends an image to an address and
# gets scores back. The form of such a conversation is agreed. TensorFlow
# Serving's is plain HTTP and JSON, and other servers understand it, too:
#
# ```
# POST /v1/models/digits:predict
# {"instances": [image, image, …]}
#
# {"predictions": [[ten scores], [ten scores], …]}
# ```
#
# With `/v1/models/digits/versions/1:predict` one asks for a version; without,
# the latest answers. If something is wrong, the answer is
# `{"error": "what is wrong"}`, and a status that is not 200.
#
# JSON is text, and knows lists and Python's numbers, but no arrays. `json.dumps`
# writes such text, `json.loads` reads it, and an array's method `tolist` makes
# nested lists of it. An image is a list of rows, its grey values whole numbers
# from 0 to 255: to divide them is the network's own work.
#
# First the client. Write `predict_request`: the text to send, for images of
# shape `(N, H, W)`.


# %% exercise="predict_request"
def predict_request(images):
    """Body of a predict request (str, JSON) for images of shape (N, H, W)."""
    ...  # your code here


predict_request = ex.predict_request.check(predict_request)

# %% [markdown]
# And `read_predictions`: from the text of the answer to the digits. If the
# server reports an error, raise a `ValueError` with the server's own words;
# an empty result would hide the trouble.


# %% exercise="read_predictions"
def read_predictions(text):
    """Digits (N,) from an answer; ValueError with the server's words."""
    ...  # your code here


read_predictions = ex.read_predictions.check(read_predictions)

# %% [markdown]
# Now the server's side. It must never trust what arrives: clients have bugs,
# and some are not friendly. Write `read_instances`: the images in a request,
# as `uint8` of shape `(N, *shape)`. `body` is the bytes of the request, which
# `json.loads` reads as well; `shape` is that of one image, here `(28, 28)`.
# Refuse everything else with a `ValueError` whose text tells the client what
# is wrong:
#
# - what is no JSON, or has no `instances`
# - images of another shape, or none
# - values that are not whole numbers from 0 to 255


# %% exercise="read_instances"
def read_instances(body, shape):
    """Images (N, *shape), uint8; ValueError says what is wrong."""
    ...  # your code here


read_instances = ex.read_instances.check(read_instances)

# %% [markdown]
# The rest is short. Status 404 means "there is no such thing", 400 "your
# request is wrong", 413 "too large"; 500 would mean "my own mistake".

# %%
versions = {
    int(path.name): tf.saved_model.load(path)
    for path in base.iterdir()
    if path.name.isdecimal()
}
networks = {"digits": versions}


# %%
def answer_to(body, name, version):
    """Predictions for one request, or the refusal that it deserves."""
    if name not in networks:
        raise HTTPException(404, f"There is no model {name!r}.")
    if version is None:
        version = max(networks[name])
    if version not in networks[name]:
        raise HTTPException(404, f"Model {name} has no version {version}.")
    try:
        images = read_instances(body, (28, 28))
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, str(error)) from None
    scores = networks[name][version].serve(images)
    return {"predictions": scores.numpy().tolist()}


# %% [markdown]
# FastAPI, a maintained framework for web servers, connects functions with
# addresses; what stands in braces becomes an argument. `serving.new_app`
# makes all errors look like TensorFlow Serving's, and `body_of` reads no more
# than it is allowed.

# %%
app = serving.new_app()
LARGEST = 300_000  # bytes: about a hundred images


# %%
@app.post("/v1/models/{name}:predict")
async def latest(name: str, request: Request):
    """Answer with the latest version."""
    body = await serving.body_of(request, LARGEST)
    return answer_to(body, name, None)


# %% [markdown]
# The same with a version in the address. FastAPI turns it into an `int`, or
# refuses:


# %%
@app.post("/v1/models/{name}/versions/{version}:predict")
async def one_version(name: str, version: int, request: Request):
    """Answer with the version that the address names."""
    body = await serving.body_of(request, LARGEST)
    return answer_to(body, name, version)


# %% [markdown]
# ### Start it, call it, stop it
#
# `serving.running` starts the server in a thread of this kernel, on a free
# port of `127.0.0.1`, which other machines cannot reach. It runs while the
# indented lines run, and after them it is gone, also when one of them fails or
# you press *interrupt*.

# %%
PREDICT = "/v1/models/digits:predict"
client = requests.Session()
client.trust_env = False  # straight to this machine, past any proxy

with serving.running(app) as server:
    reply = client.post(server + PREDICT, predict_request(x_test[:5]))
    print(server, "answers with status", reply.status_code)
print(reply.text[:75], "…")

# %%
# NBVAL_CHECK_OUTPUT
try:
    client.post(server + PREDICT, predict_request(x_test[:5]), timeout=5)
except requests.ConnectionError:
    print("nobody answers any more")

# %% [markdown]
# The digits in that reply, and those that the network gives here:

# %%
print("over HTTP:", *read_predictions(reply.text))
print("here:     ", *here[:5])

# %% [markdown]
# ### Bad requests
#
# Eight that go wrong, each in its own way. Read each refusal: would it help
# you?

# %%
good = predict_request(x_test[:1])
bad = [
    (PREDICT, "hello"),
    (PREDICT, '{"images": []}'),
    (PREDICT, '{"instances": [[1, 2], [3, 4]]}'),
    (PREDICT, predict_request(x_test[:1].astype(int) + 256)),
    (PREDICT, predict_request(x_test[:200])),
    ("/v1/models/letters:predict", good),
    ("/v1/models/digits/versions/7:predict", good),
    ("/v1/models/digits/versions/new:predict", good),
]

# %%
# NBVAL_CHECK_OUTPUT
with serving.running(app) as server:
    replies = [client.post(server + path, text) for path, text in bad]
for reply in replies:
    print(reply.status_code, list(reply.json()))

# %% [markdown]
# And in words:

# %%
for (_, text), reply in zip(bad, replies, strict=True):
    print(f"{text[:24]:26}", reply.json()["error"][:50])

# %% [markdown]
# No status 500 among them, and the server went on answering. Both versions are
# there. The older one has learned less, which as few as 80 images need not show:

# %%
with serving.running(app) as server:
    for version in (1, 2):
        path = f"/v1/models/digits/versions/{version}:predict"
        text = predict_request(x_test[:80])
        reply = client.post(server + path, text)
        correct = np.mean(read_predictions(reply.text) == y_test[:80])
        print(f"version {version}: {correct:.1%} of 80 images")

# %% [markdown]
# And what does the way over HTTP cost? One image, with everything around it:

# %%
with serving.running(app) as server:
    over_http = seconds(lambda: client.post(server + PREDICT, good), 60)
print(f"over HTTP {over_http * 1000:.1f} ms")
print(f"interpreter {measured['float32'][1] / 1000:.3f} ms")
print(f"{len(good)} bytes of JSON for 784 bytes of image")

# %% [markdown]
# The conversation takes far longer than the arithmetic, even without a network
# in between. That is why servers answer many images in one request, and why
# large ones use a binary format (gRPC).
#
# ### TensorFlow Serving proper
#
# Your server is a model of the real one: same addresses, same JSON. In
# production you would run TensorFlow Serving, which watches the folder for new
# versions, collects requests into batches and is written in C++. With Docker
# installed it takes one command, in a terminal, in the folder that holds
# `digits`:
#
# ```
# docker run --rm -p 127.0.0.1:8501:8501 \
#   -v "$PWD/digits:/models/digits" -e MODEL_NAME=digits \
#   tensorflow/serving
# ```
#
# `-p` opens its port 8501 for this machine alone. Then
# `requests.post("http://127.0.0.1:8501" + PREDICT, …)` is answered by it. Your
# folder with versions is what it expects, so nothing has to be changed. (The
# image is made for Intel and AMD processors; on a Mac with an Apple chip
# Docker has to emulate one. Docker is no part of this course, so this command
# is the one thing in the chapter that no cell has run.)
#
# ## 4. To another runtime
#
# Not everybody has TensorFlow. **ONNX** is a file format for networks that
# many programs read and write; **onnxruntime** runs such files from Python, C#,
# Java, JavaScript in a browser, and C++. Keras exports it by way of tf2onnx.

# %%
onnx_file = folder / "digits.onnx"
with warnings.catch_warnings():
    # tf2onnx uses an old name of NumPy's; that is not your concern.
    warnings.simplefilter("ignore")
    model(x_test[:1])  # the exporter wants a network that has been called
    model.export(onnx_file, format="onnx", verbose=False)

session = onnxruntime.InferenceSession(onnx_file)
[place] = session.get_inputs()
[scores] = session.run(None, {place.name: x_test})
print(f"{kilobytes(onnx_file):.0f} kB; takes {place.name!r}, {place.type}")

# %% [markdown]
# The signature came along: bytes in, any number of images. Do both give the
# same? Not to the last bit: another library adds up in another order. Compare
# the scores, and then what matters, the answers.

# %%
original = model.predict(x_test, batch_size=500, verbose=0)
difference = np.abs(scores - original).max() / np.abs(original).max()
differ = np.count_nonzero(scores.argmax(axis=1) != original.argmax(axis=1))
print(f"largest difference: {difference:.0e} of the largest score")
print(f"different answers: {differ} of {len(x_test)}")

# %% [markdown]
# About 1e-7 is the precision of float32: the two agree as well as they can.
#
# The team of a web shop writes C# and wants your network inside of their
# program, at full precision. No Python, no second server. What do you give
# them?
#
# - **a)** the `.keras` file
# - **b)** the SavedModel
# - **c)** the full-integer LiteRT file
# - **d)** the ONNX file

# %% exercise="which_format"
answer = None  # "a", "b", "c" or "d"

which_format = ex.which_format.check(answer)

# %% [markdown]
# ## 5. To many machines
#
# This network trains in seconds. Others take weeks on one machine, so many
# machines share the work. The usual way is **data-parallel** training:
#
# 1. Every worker has a copy of the network, with the same weights.
# 2. Each batch is divided: every worker gets its part, and computes the
#    gradients for it.
# 3. The workers exchange gradients until all have those of the whole batch.
#    This is called *all-reduce*.
# 4. Everyone takes the same step, so the copies stay equal.
#
# It rests on one claim: from the gradients of the parts you can get the
# gradient of the whole, exactly. Is that so? The loss of a batch is the *mean*
# of its examples' losses; so is its gradient. Each worker knows the mean over
# its own examples, and how many they are.
#
# Write `average_gradients`: one gradient for the whole batch. The parts may
# have different sizes.


# %% exercise="average_gradients"
def average_gradients(gradients, counts):
    """Gradient of the whole batch from the workers' means and their counts."""
    ...  # your code here


average_gradients = ex.average_gradients.check(average_gradients)

# %% [markdown]
# Try the claim on a real network, still in this one process. `share` computes
# a worker's gradients: the sum of *its* losses, divided by `total`. With the
# number of its own examples as `total` that is its mean.

# %%
summed_loss = keras.losses.SparseCategoricalCrossentropy(
    from_logits=True, reduction="sum"
)


def share(network, images, labels, total):
    """Gradients of the sum of these losses, divided by total."""
    with tf.GradientTape() as tape:
        loss = summed_loss(labels, network(images)) / total
    return tape.gradient(loss, network.trainable_variables)


# %% [markdown]
# One batch of 256 images, cut in halves and cut unevenly. Compared are the
# gradients of the first layer's weights, with the plain mean and with your
# weighted one:


# %%
def apart(one, other):
    """Largest difference, as a share of the largest number in other."""
    return np.abs(one - other).max() / np.abs(other).max()


images, labels = x_train[:256], y_train[:256]
whole = share(model, images, labels, 256)[0].numpy()

for cut in (128, 64):
    parts = [slice(0, cut), slice(cut, 256)]
    counts = [cut, 256 - cut]
    gradients = [
        share(model, images[part], labels[part], count)[0].numpy()
        for part, count in zip(parts, counts, strict=True)
    ]
    plain = np.mean(gradients, axis=0)
    weighted = average_gradients(gradients, counts)
    print(f"{counts}: plain off by {apart(plain, whole):.0e}", end="")
    print(f", weighted by {apart(weighted, whole):.0e}")

# %% [markdown]
# Equal halves: both agree with the whole batch, to float32's precision. Uneven
# parts: the plain mean is wrong, and nothing would have warned you. The
# training runs on, a little worse.
#
# There is an easier way that is always right. Let every worker divide by the
# size of the **whole** batch, not of its part; then the gradients only need to
# be *added up*. That is what `share` has its `total` for.
#
# ### Two workers
#
# Now with two real processes. Each has to know who else is there and which of
# them it is itself. TensorFlow reads that from the environment variable
# `TF_CONFIG`, a JSON text. For the second of two workers (counted from 0):
#
# ```
# {"cluster": {"worker": ["127.0.0.1:4000", "127.0.0.1:4001"]},
#  "task": {"type": "worker", "index": 1}}
# ```
#
# Write `tf_config` for any list of addresses.


# %% exercise="tf_config"
def tf_config(addresses, index):
    """Text of TF_CONFIG (JSON) for the worker with this index."""
    ...  # your code here


tf_config = ex.tf_config.check(tf_config)

# %% [markdown]
# Next, what a worker does. The strategy `MultiWorkerMirroredStrategy` finds
# the others, keeps the copies of the weights equal, and adds up gradients. In
# Keras 3 `fit` cannot be used with it, so the loop is written by hand. Two
# experiments: a tiny network with a small batch, and a larger one with a large
# batch.

# %%
EXPERIMENTS = [(32, 128), (512, 2048)]  # hidden units, images in a batch


def start(width):
    """Return a small network, equal in every process, and its optimizer."""
    keras.utils.set_random_seed(0)
    network = keras.Sequential(
        [
            keras.Input((28, 28), dtype="uint8"),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Flatten(),
            keras.layers.Dense(width, activation="relu"),
            keras.layers.Dense(10),
        ]
    )
    optimizer = keras.optimizers.SGD(0.1)
    optimizer.build(network.trainable_variables)
    return network, optimizer


# %% [markdown]
# One step: compute the share, and let the optimizer apply it. Under a strategy
# Keras' optimizers add up the gradients of all workers before they step. So
# `share` must not add them up as well, or every step would be twice as long.
# `added_up` does the same sum in the open, for us to look at.


# %%
def step(network, optimizer, images, labels, total):
    """One training step with this worker's part of the batch."""
    optimizer.apply(share(network, images, labels, total))


# %%
def added_up(network, images, labels, total):
    """Gradients of the whole batch: the shares of all workers, summed."""
    here = tf.distribute.get_replica_context()
    return here.all_reduce("sum", share(network, images, labels, total))


# %% [markdown]
# The time of a step is that of the fastest of ten: whatever else runs on
# the machine only makes it longer.


# %%
def seconds_of(train):
    """Time of the fastest of ten steps."""
    times = []
    for _ in range(10):
        begin = time.perf_counter()
        train()
        times.append(time.perf_counter() - begin)
    return min(times)


# %% [markdown]
# One experiment: take the own half of the batch, compute one gradient, take one
# step, and measure the time of more steps. `strategy.run` runs a function in
# every worker; all of them have to call it, or the others wait.


# %%
def experiment(strategy, number, width, total):
    """Gradients, weights after one step, and time of a step, by name."""
    with strategy.scope():
        network, optimizer = start(width)
    half = slice(number * total // 2, (number + 1) * total // 2)
    part = tf.constant(images[half]), tf.constant(labels[half]), total

    @tf.function
    def together(task, *models):
        return strategy.run(task, args=(*models, *part))

    arrays = list(together(added_up, network))
    together(step, network, optimizer)
    arrays += network.get_weights()
    found = {f"{width} {i}": np.array(a) for i, a in enumerate(arrays)}
    times = seconds_of(lambda: together(step, network, optimizer))
    return found | {f"{width} together": times}


# %% [markdown]
# Worker 0 measures one thing more, while the other waits for it: a step with
# the whole batch and without any help.


# %%
def alone(width, total):
    """Time of a step with the whole batch, without a strategy."""
    whole = tf.constant(images[:total]), tf.constant(labels[:total]), total
    models = start(width)
    return seconds_of(tf.function(lambda: step(*models, *whole)))


# %%
def work():
    """Be one worker of the cluster that TF_CONFIG describes."""
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    number = json.loads(os.environ["TF_CONFIG"])["task"]["index"]
    print("worker", number, "has found the others", flush=True)
    found = {}
    for width, total in EXPERIMENTS:
        found |= experiment(strategy, number, width, total)
        if number == 0:
            found[f"{width} alone"] = alone(width, total)
        print(width, "units are done", flush=True)
    np.savez(folder / f"worker{number}.npz", **found)


# %% [markdown]
# Those functions are the program. All that is missing is its first lines, and
# a batch of images; `inspect.getsource` gives the text of a function.

# %%
HEAD = f"""
import json, os, time
from pathlib import Path
import numpy as np
import tensorflow as tf
import keras

EXPERIMENTS = {EXPERIMENTS}
folder = Path(os.environ["FOLDER"])
data = np.load(folder / "batch.npz")
images, labels = data["images"], data["labels"]
summed_loss = keras.losses.SparseCategoricalCrossentropy(
    from_logits=True, reduction="sum"
)
"""

# %%
tasks = (start, share, step, added_up, seconds_of, alone, experiment, work)
program = "\n\n".join([HEAD, *map(inspect.getsource, tasks), "work()\n"])
(folder / "worker.py").write_text(program, encoding="utf-8")

images = np.resize(x_train, (2048, 28, 28))  # the first 2,048 of them
labels = np.resize(y_train, 2048)
np.savez(folder / "batch.npz", images=images, labels=labels)

# %% [markdown]
# A guess before they start. Two workers on one machine with two cores or more,
# each with half of the batch of 128 images: how many times as many steps per
# second as one process alone? (2 means twice as fast, 1 no difference.)

# %% exercise="speed_up"
guess = None  # a number

speed_up = ex.speed_up.check(guess)

# %% [markdown]
# `workers.running` starts the two processes and ends both, whatever happens:
# when the block is left, when one of them fails (the other would wait for it
# for ever), after four minutes, and when this kernel dies.
#
# They talk to each other over `127.0.0.1`. Still, TensorFlow's own server
# listens on every network address of the machine, without a password, and
# that cannot be changed. For these few seconds only a firewall keeps others
# out; real clusters run in a network of their own for this reason.

# %%
addresses = [f"127.0.0.1:{port}" for port in workers.free_ports(2)]
programs = [
    workers.Program(
        str(folder / "worker.py"),
        {"TF_CONFIG": tf_config(addresses, number), "FOLDER": str(folder)},
        str(folder / f"worker{number}.log"),
    )
    for number in range(2)
]

# %%
found = []
if sys.platform == "win32":
    print("This course starts the workers on Linux and macOS only. Read on.")
else:
    with workers.running(programs, seconds=240) as team:
        for pid in team.pids:
            process = psutil.Process(pid)
            print("process", pid, "is", process.status(), process.name())
        team.wait()
    left = [pid for pid in team.pids if psutil.pid_exists(pid)]
    print("left of them:", left)
    found = [np.load(folder / f"worker{number}.npz") for number in range(2)]

# %% [markdown]
# What each of them wrote while it worked:

# %%
for number in range(len(found)):
    text = (folder / f"worker{number}.log").read_text(encoding="utf-8")
    print(*[line for line in text.splitlines() if " units" in line], sep="; ")

# %% [markdown]
# ### Did they compute the same?
#
# The same batch, all of it, in this one process: the gradient, and the weights
# after one step.

# %%
here = {}
for width, total in EXPERIMENTS:
    network, optimizer = start(width)
    whole = images[:total], labels[:total], total
    arrays = share(network, *whole)
    step(network, optimizer, *whole)
    arrays += network.get_weights()
    here |= {f"{width} {i}": np.array(a) for i, a in enumerate(arrays)}

# %% [markdown]
# Each network has four arrays (two matrices, two biases), so four gradients
# and four arrays of new weights:


# %%
def largest(one, other, names):
    """Largest difference in any of the arrays of these names."""
    return max(apart(one[name], other[name]) for name in names)


for width, _ in EXPERIMENTS if found else ():
    names = [f"{width} {i}" for i in range(8)]
    print(f"{width:3} units, worker 0 and worker 1:", largest(*found, names))
    for what, some in (("gradients", names[:4]), ("weights", names[4:])):
        difference = largest(found[0], here, some)
        print(f"    {what}, two workers and one process: {difference:.0e}")

# %% [markdown]
# The two workers agree to the last bit: both hold the same sum. With the one
# process they agree as well as float32 allows, a few millionths at the most;
# it has added up in another order. Two processes have trained one network.
#
# ### Was it faster?

# %%
for width, total in EXPERIMENTS if found else ():
    one = 1000 * found[0][f"{width} alone"]
    two = 1000 * found[0][f"{width} together"]
    print(f"{width:3} units, batches of {total:4}: ", end="")
    print(f"alone {one:.1f} ms, together {two:.1f} ms, factor {one / two:.2f}")
if found:
    ex.speed_up.reveal(found[0]["32 alone"] / found[0]["32 together"])

# %% [markdown]
# For the tiny network two workers are as a rule *slower* than one: a step takes
# about a millisecond, and agreeing with the other takes several. For the larger
# network with the large batch there is enough to compute, and the factor is
# higher. On an idle machine it stays below 2. On a busy one
# it can even be larger, since two processes are given more of the machine
# than one: a reason to distrust such figures, these included.
#
# The rule behind it: computing grows with the batch, talking grows with the
# number of weights. Data-parallel training pays off where a step computes for
# much longer than it takes to send all gradients once.
#
# ### On a real cluster
#
# Little changes:
#
# - Each machine gets its own `TF_CONFIG`: the same list of addresses,
#   `["10.0.0.5:2222", "10.0.0.6:2222"]` say, and its own index.
# - Somebody has to start the program on every machine and to end all if one
#   fails: what `workers.running` did here. Kubernetes does it, or **Ray
#   Train**, whose `TensorflowTrainer` starts the workers and writes
#   `TF_CONFIG` for you.
# - Each machine reads its own part of the data, and one of them, by custom the
#   worker 0, saves the network from time to time.
# - The batch is now larger, so the learning rate has to be found anew.
#
# For several graphics cards in *one* machine there is an easier way:
# `tf.distribute.MirroredStrategy`, with which `fit` works as usual.
#
# ### Explain it to a friend
#
# A friend asks: "Your network runs in a notebook. How does it get into an
# app?" Answer in a few sentences, in quotation marks.

# %% exercise="explain"
answer = None  # your text, in quotation marks

explain = ex.explain.check(answer)

# %% [markdown]
# ## Recap
#
# - **Export**: a SavedModel holds the computation and its signature, and runs
#   without Keras; folders named 1, 2, 3 keep versions apart
# - **Shrink**: a scale and a zero point make one byte of four; a quarter of the
#   size, and a few answers change, where the margin was small
# - **Serve**: JSON in, JSON out; check everything that arrives, refuse it with
#   a reason; the server lives as long as its block
# - **Translate**: ONNX for those without TensorFlow; the answers were compared
# - **Spread**: shares of the whole batch's gradient add up to it; two workers
#   pay off only where a step computes for longer than it talks
#
# ## Recall
#
# Three questions on what came before.
#
# 1. In chapter 06 the division by 255 moved from the data into a `Rescaling`
#    layer. What did that buy you in this chapter? **a)** a lower loss,
#    **b)** nothing, **c)** whoever calls the network sends raw bytes, and
#    nobody can forget the division

# %% exercise="recall_rescaling"
answer = None  # "a", "b" or "c"

recall_rescaling = ex.recall_rescaling.check(answer)

# %% [markdown]
# 2. The network 784-128-10 has 101,770 weights and biases, in float32. How
#    many bytes are they?

# %% exercise="recall_bytes"
answer = None  # a whole number

recall_bytes = ex.recall_bytes.check(answer)

# %% [markdown]
# 3. On 10,000 test images the float32 file reads 95.05 %, the full-integer file
#    95.00 %. **a)** float32 is better, since its accuracy is higher, **b)** the
#    difference says nothing, **c)** the two cannot be compared

# %% exercise="recall_real"
answer = None  # "a", "b" or "c"

recall_real = ex.recall_real.check(answer)

# %% [markdown]
# ## Further reading
#
# - [LiteRT: post-training
#   quantisation](https://ai.google.dev/edge/litert/models/post_training_quantization):
#   which of the ways suits which chip, and what else can be tried when the
#   accuracy suffers.
# - [TensorFlow Serving: the REST
#   interface](https://www.tensorflow.org/tfx/serving/api_rest): every address
#   and every form of request, with examples to copy.
# - [TensorFlow: multi-worker training with a custom
#   loop](https://www.tensorflow.org/tutorials/distribute/multi_worker_with_ctl):
#   the official tutorial to section 5; it also saves and resumes.
# - [Ray Train with
#   TensorFlow](https://docs.ray.io/en/latest/train/distributed-tensorflow-keras.html):
#   the same on a cluster that somebody else starts for you.
#
# When you are done, choose *Kernel → Shut Down Kernel* to free the memory.
