"""MNIST and Fashion-MNIST: a file you name → the cache → a download → a stand-in.

The order is fixed. A wrong file in ``COURSE_MNIST`` is an error; everything
else that can go wrong (no network, a broken mirror, a damaged or full cache)
costs one printed sentence, and the chapter goes on.

A further data set needs one more :class:`Dataset` and a function beside
:func:`load_mnist`; all the rest is shared.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import platformdirs

from course_utils import chapters
from course_utils.data import download, garments, reading, stand_ins
from course_utils.data.stand_ins import framed as framed


class DataError(Exception):
    """The file that the reader named cannot be used; the message says why."""


@dataclass(frozen=True)
class Part:
    """One file to download.

    Attributes
    ----------
    name : str
        File name, the same at every mirror.
    size : int
        Its length in bytes.
    checksum : str
        As pooch writes it: the algorithm, a colon, and hexadecimal digits.
    """

    name: str
    size: int
    checksum: str


@dataclass(frozen=True)
class Dataset:
    """Where a data set of labelled images comes from and what it must hold.

    Attributes
    ----------
    name : str
        Name in sentences.
    variable : str
        Environment variable that may name a local file.
    file : str
        File name in the cache.
    mirrors : tuple of str
        Addresses in the order of trying, each ending with a slash; all serve
        the same bytes.
    parts : tuple of Part
        What to download: the file itself, or the gzipped IDX files of the
        arrays in `shapes`, in the same order, from which it is made.
    shapes : dict
        Shape of each array by its key, all uint8. Keys that begin with ``y``
        are labels.
    classes : tuple of str
        Names of the labels 0, 1, 2, …
    draw : callable
        Returns the images and labels that stand in for it.
    drawn : str
        What those are, in words.
    """

    name: str
    variable: str
    file: str
    mirrors: tuple[str, ...]
    parts: tuple[Part, ...]
    shapes: dict[str, tuple[int, ...]]
    classes: tuple[str, ...]
    draw: Callable[[], tuple[np.ndarray, np.ndarray]]
    drawn: str


_SHAPES = {
    "x_train": (60_000, 28, 28),
    "y_train": (60_000,),
    "x_test": (10_000, 28, 28),
    "y_test": (10_000,),
}


MNIST = Dataset(
    name="MNIST",
    variable="COURSE_MNIST",
    file="mnist.npz",
    mirrors=(
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        "https://s3.amazonaws.com/img-datasets/",
    ),
    parts=(
        Part(
            "mnist.npz",
            11_490_434,
            "sha256:731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
        ),
    ),
    shapes=_SHAPES,
    classes=tuple("0123456789"),
    draw=stand_ins.digits,
    drawn="scikit-learn's 1,797 handwritten digits, in MNIST's frame",
)

# The checksums are those of the makers' own page.
FASHION_MNIST = Dataset(
    name="Fashion-MNIST",
    variable="COURSE_FASHION_MNIST",
    file="fashion_mnist.npz",
    mirrors=(
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
    parts=(
        Part(
            "train-images-idx3-ubyte.gz",
            26_421_880,
            "md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        ),
        Part(
            "train-labels-idx1-ubyte.gz",
            29_515,
            "md5:25c81989df183df01b3e8a0aad5dffbe",
        ),
        Part(
            "t10k-images-idx3-ubyte.gz",
            4_422_102,
            "md5:bef4ecab320f06d8554ea6380940ec79",
        ),
        Part(
            "t10k-labels-idx1-ubyte.gz",
            5_148,
            "md5:bb300cfdad3c16e7a12a480ee83cd310",
        ),
    ),
    shapes=_SHAPES,
    classes=garments.CLASSES,
    draw=stand_ins.clothes,
    drawn="1,797 drawings of garments",
)


@dataclass(frozen=True, eq=False, repr=False)
class Images:
    """Images with their labels.

    Attributes
    ----------
    x_train, x_test : ndarray, shape (N, 28, 28)
        Light on black; float32 from 0 to 1, or uint8 from 0 to 255. N is
        60,000 and 10,000 for the real sets, 1,541 and 256 for the stand-ins.
    y_train, y_test : ndarray of int64, shape (N,)
        The classes, 0 to 9. The files hold uint8, in which 3 - 5 is 254: a trap
        for whoever compares labels by subtracting them, and not worth the half
        megabyte that it saves.
    source : str
        Where the images came from.
    is_stand_in : bool
        True when this is not the real data set.
    classes : tuple of str
        Names of the classes.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    source: str
    is_stand_in: bool
    classes: tuple[str, ...]

    def __repr__(self):
        return (
            f"Images({len(self.x_train):,} training and {len(self.x_test):,} test "
            f"images, {self.x_train.dtype}; {self.source})"
        )


def load_mnist(dtype="float32"):
    """Load MNIST, or digits that stand in for it where it cannot be had.

    Looks at the file that the environment variable ``COURSE_MNIST`` names,
    then in the cache (:func:`mnist_cache_path`), then downloads 11 MB, and
    otherwise returns :func:`stand_in`. Whatever did not go as it should is
    said in one printed sentence.

    Parameters
    ----------
    dtype : {"float32", "uint8"}
        "float32" gives images from 0 to 1 (220 MB in memory), "uint8" the
        bytes from 0 to 255 as they are stored (55 MB).

    Returns
    -------
    Images
        Named arrays, and where they came from.

    Raises
    ------
    DataError
        If ``COURSE_MNIST`` names a file that is missing or is not MNIST.
    ValueError
        If `dtype` is neither of the two.
    """
    return _load(MNIST, dtype)


def load_fashion_mnist(dtype="float32"):
    """Load Fashion-MNIST, or drawn garments where it cannot be had.

    As :func:`load_mnist`, with the environment variable
    ``COURSE_FASHION_MNIST``, a download of 31 MB, and otherwise
    :func:`garments_stand_in`.
    """
    return _load(FASHION_MNIST, dtype)


def stand_in(dtype="float32"):
    """Return scikit-learn's 1,797 handwritten digits as if they were MNIST.

    Parameters
    ----------
    dtype : {"float32", "uint8"}
        As for :func:`load_mnist`.

    Returns
    -------
    Images
        1,541 images for training and 256, every seventh, for testing; the same
        ones at each call.

    Raises
    ------
    ValueError
        If `dtype` is neither of the two.
    """
    return _drawn(MNIST, dtype)


def garments_stand_in(dtype="float32"):
    """Return drawings of garments as if they were Fashion-MNIST.

    As :func:`stand_in`, and as many.
    """
    return _drawn(FASHION_MNIST, dtype)


def locate_mnist():
    """Find MNIST without downloading it, and check what is found.

    Returns
    -------
    kind : {"named file", "cache", "none"}
        Where a call of :func:`load_mnist` would read it now; "none" means that
        it would download it.
    path : pathlib.Path or None
        The file.

    Raises
    ------
    DataError
        If ``COURSE_MNIST`` names a file that is missing or is not MNIST.
    """
    return _locate(MNIST)


def found(dataset):
    """Return the file of a data set that is on this computer, whole; else None."""
    try:
        return _locate(dataset)[1]
    except DataError:
        return None


def fetched_mnist():
    """Return the file of the real MNIST, downloaded if need be and possible.

    Returns
    -------
    Path or None
        None where it cannot be had.

    Raises
    ------
    DataError
        If COURSE_MNIST names a file that is missing or is not MNIST.
    """
    _, path = locate_mnist()
    if path is None:
        load_mnist("uint8")  # tries to download it
        _, path = locate_mnist()
    return path


def mnist_cache_path():
    """Return the path at which a downloaded MNIST is kept.

    It lies in the user's cache folder, or in ``data`` below the folder that the
    environment variable ``COURSE_HOME`` names. The file need not exist yet.
    """
    return cache_path(MNIST)


def cache_path(dataset):
    """Return the path at which a data set is kept: see :func:`mnist_cache_path`."""
    home = os.environ.get("COURSE_HOME")
    if home:
        return Path(os.path.expanduser(home), "data", dataset.file)
    try:
        folder = platformdirs.user_cache_path("deep-learning-course", appauthor=False)
    except RuntimeError:  # no HOME, and a user whom the system does not know
        folder = chapters.PROJECT / ".course-home" / "data"
    return folder / dataset.file


# What the data sets share -----------------------------------------------------


def _load(dataset, dtype):
    """Return a data set or, having said why, what stands in for it."""
    dtype = _checked(dtype)
    path = _named_path(dataset)
    try:
        if path is None:
            arrays, origin = download.obtain(dataset, cache_path(dataset), dtype)
        else:
            arrays, origin = _read_named(dataset, path, dtype), f"from {path}"
    except reading.Failure as failure:
        print(
            f"{dataset.name} could not be downloaded ({failure}), so you work with a "
            f"stand-in, {dataset.drawn}; for the 70,000 real ones, connect to the "
            f"internet and run this cell again, or set {dataset.variable} to the path "
            f"of an .npz file with {dataset.name} before you start JupyterLab."
        )
        return _drawn(dataset, dtype)
    return Images(
        **arrays,
        source=f"{dataset.name} {origin}",
        is_stand_in=False,
        classes=dataset.classes,
    )


def _drawn(dataset, dtype):
    """Return what stands in for a data set, every seventh image for testing."""
    dtype = _checked(dtype)
    images, labels = dataset.draw()
    # The labels count 0, 1, … 9, 0, 1, … for long stretches. Seven shares no
    # divisor with ten, so every class gets its share of the test images.
    test = np.arange(len(labels)) % 7 == 6
    return Images(
        x_train=reading.converted(images[~test], dtype),
        y_train=labels[~test],
        x_test=reading.converted(images[test], dtype),
        y_test=labels[test],
        source=f"stand-in: {dataset.drawn}",
        is_stand_in=True,
        classes=dataset.classes,
    )


def _checked(dtype):
    """Return `dtype` as its name, or raise ValueError."""
    name = getattr(dtype, "__name__", str(dtype))  # np.float32 is fine as well
    if name not in ("float32", "uint8"):
        raise ValueError(
            f'The images come as dtype "float32" (0 to 1) or "uint8" (0 to 255), '
            f"not as {dtype!r}."
        )
    return name


def _locate(dataset):
    """Do the work of :func:`locate_mnist` for any data set."""
    path = _named_path(dataset)
    if path is not None:
        _read_named(dataset, path, "uint8")
        return "named file", path
    path = cache_path(dataset)
    try:
        reading.read(dataset, path, "uint8")
    except reading.Failure:
        return "none", None
    return "cache", path


def _named_path(dataset):
    """Return the path that the environment names; an empty variable names none."""
    text = os.environ.get(dataset.variable)
    return Path(os.path.expanduser(text)).absolute() if text else None


def _read_named(dataset, path, dtype):
    """Return the arrays of the file that the reader named, or raise DataError."""
    try:
        return reading.read(dataset, path, dtype)
    except reading.Failure as failure:
        raise DataError(
            f"{dataset.variable} names {path}, but {failure}; set it to the path of "
            f"an .npz file with {dataset.name}, or remove it and the course will look "
            f"for {dataset.name} itself."
        ) from None
