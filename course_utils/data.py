"""MNIST and Fashion-MNIST: a file you name → the cache → a download → a stand-in.

The order is fixed. A wrong file in ``COURSE_MNIST`` is an error; everything
else that can go wrong (no network, a broken mirror, a damaged or full cache)
costs one printed sentence, and the chapter goes on.

A further data set needs one more :class:`Dataset` and a function beside
:func:`load_mnist`; all the rest is shared.
"""

import contextlib
import gzip
import logging
import math
import os
import queue
import shutil
import stat
import sys
import tempfile
import threading
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import platformdirs

from course_utils import chapters, garments

# Someone without a network waits for two answers, so 16 seconds at the most.
# The second limit is for one pause, not for a whole transfer: a slow server
# may take as long as it needs.
_ANSWER_SECONDS = 8
_PAUSE_SECONDS = 10
_RETRIES = 1
_LOCK_SECONDS = 120


class DataError(Exception):
    """The file that the reader named cannot be used; the message says why."""


class _Failure(Exception):
    """Why something did not work, as words that complete a sentence."""


class _Absent(_Failure):
    """There is no such file."""


class _TryAgain(_Failure, ValueError):
    """A failure that may pass; pooch retries on ValueError and on no other."""


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
    """

    name: str
    variable: str
    file: str
    mirrors: tuple[str, ...]
    parts: tuple[Part, ...]
    shapes: dict[str, tuple[int, ...]]
    classes: tuple[str, ...]


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
    dtype = _checked(dtype)
    try:
        return _load(MNIST, dtype)
    except _Failure as failure:
        print(
            f"MNIST could not be downloaded ({failure}), so you work with a stand-in, "
            "scikit-learn's 1,797 handwritten digits drawn the way MNIST draws them; "
            "for the 70,000 real ones, connect to the internet and run this cell "
            "again, or set COURSE_MNIST to the path of an mnist.npz file before you "
            "start JupyterLab."
        )
        return stand_in(dtype)


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
    path = _named_path(MNIST)
    if path is not None:
        _read_named(MNIST, path, "uint8")
        return "named file", path
    path = _cache_path(MNIST)
    try:
        _read(MNIST, path, "uint8")
    except _Failure:
        return "none", None
    return "cache", path


def found(dataset):
    """Return the file of a data set that is on this computer, whole; else None."""
    path = _named_path(dataset) or _cache_path(dataset)
    try:
        _read(dataset, path, "uint8")
    except _Failure:
        return None
    return path


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
    kind, path = locate_mnist()
    if kind == "none":
        load_mnist("uint8")  # tries to download it
        kind, path = locate_mnist()
    return path


def mnist_cache_path():
    """Return the path at which a downloaded MNIST is kept.

    It lies in the user's cache folder, or in ``data`` below the folder that the
    environment variable ``COURSE_HOME`` names. The file need not exist yet.
    """
    return _cache_path(MNIST)


def stand_in(dtype="float32"):
    """Draw scikit-learn's 1,797 handwritten digits the way MNIST frames them.

    The originals are 8×8 pixels with 17 grey levels. Each is enlarged, cut to
    its ink, scaled to fit a 20×20 box with its proportions kept, and placed in
    a 28×28 frame by its centre of mass, as the MNIST page describes it
    (LeCun, Cortes, Burges: The MNIST database of handwritten digits).

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
    dtype = _checked(dtype)
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = np.stack([framed(_enlarged(image / 16)) for image in digits.images])
    labels = digits.target.astype(np.int64)
    source = "stand-in: scikit-learn's handwritten digits in MNIST's frame"
    return _standing_in(MNIST, images, labels, dtype, source)


def load_fashion_mnist(dtype="float32"):
    """Load Fashion-MNIST, or drawn garments where it cannot be had.

    As :func:`load_mnist`, with the environment variable
    ``COURSE_FASHION_MNIST``, a download of 31 MB, and otherwise
    :func:`garments_stand_in`.

    Parameters
    ----------
    dtype : {"float32", "uint8"}
        As for :func:`load_mnist`.

    Returns
    -------
    Images
        Named arrays, and where they came from.

    Raises
    ------
    DataError
        If ``COURSE_FASHION_MNIST`` names a file that is missing or is not a
        data set of this kind.
    ValueError
        If `dtype` is neither of the two.
    """
    dtype = _checked(dtype)
    try:
        return _load(FASHION_MNIST, dtype)
    except _Failure as failure:
        print(
            f"Fashion-MNIST could not be downloaded ({failure}), so you work with a "
            "stand-in, 1,797 drawings of garments; for the 70,000 real ones, connect "
            "to the internet and run this cell again, or set COURSE_FASHION_MNIST to "
            "the path of an .npz file before you start JupyterLab."
        )
        return garments_stand_in(dtype)


def garments_stand_in(dtype="float32"):
    """Draw garments of the classes of Fashion-MNIST, as many as the digits.

    Parameters
    ----------
    dtype : {"float32", "uint8"}
        As for :func:`load_mnist`.

    Returns
    -------
    Images
        1,541 images for training and 256 for testing; the same ones at each
        call.

    Raises
    ------
    ValueError
        If `dtype` is neither of the two.
    """
    dtype = _checked(dtype)
    rng = np.random.default_rng(0)
    labels = np.arange(1797) % 10
    images = np.stack([garments.draw(label, rng) for label in labels])
    return _standing_in(
        FASHION_MNIST, images, labels, dtype, "stand-in: drawn garments"
    )


def _standing_in(dataset, images, labels, dtype, source):
    """Return uint8 images as a stand-in, every seventh one for testing."""
    # The labels count 0, 1, … 9, 0, 1, … for long stretches. Seven shares no
    # divisor with ten, so every class gets its share of the test images.
    test = np.arange(len(labels)) % 7 == 6
    return Images(
        x_train=_converted(images[~test], dtype),
        y_train=labels[~test],
        x_test=_converted(images[test], dtype),
        y_test=labels[test],
        source=source,
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


def _converted(images, dtype):
    """Return uint8 images as `dtype`, without a float64 copy on the way."""
    if dtype == "uint8":
        return images
    return np.divide(images, np.float32(255), out=np.empty(images.shape, np.float32))


# Finding the file -----------------------------------------------------------


def _load(dataset, dtype):
    """Return the real data set, or raise _Failure or DataError."""
    path = _named_path(dataset)
    if path is not None:
        arrays = _read_named(dataset, path, dtype)
        return _images(dataset, arrays, f"from {path}")
    path = _cache_path(dataset)
    try:
        arrays, source = _read(dataset, path, dtype), "from the cache"
    except _Failure:
        arrays, source = _obtain(dataset, path, dtype)
    return _images(dataset, arrays, source)


def _images(dataset, arrays, origin):
    return Images(
        **arrays,
        source=f"{dataset.name} {origin}",
        is_stand_in=False,
        classes=dataset.classes,
    )


def _named_path(dataset):
    """Return the path that the environment names; an empty variable names none."""
    text = os.environ.get(dataset.variable)
    return Path(os.path.expanduser(text)).absolute() if text else None


def _cache_path(dataset):
    home = os.environ.get("COURSE_HOME")
    if home:
        return Path(os.path.expanduser(home), "data", dataset.file)
    try:
        folder = platformdirs.user_cache_path("deep-learning-course", appauthor=False)
    except RuntimeError:  # no HOME, and a user whom the system does not know
        folder = chapters.PROJECT / ".course-home" / "data"
    return folder / dataset.file


def _read_named(dataset, path, dtype):
    """Return the arrays of the file that the reader named, or raise DataError."""
    try:
        return _read(dataset, path, dtype)
    except _Failure as failure:
        raise DataError(
            f"{dataset.variable} names {path}, but {failure}; set it to the path of "
            f"an .npz file with {dataset.name}, or remove it and the course will look "
            f"for {dataset.name} itself."
        ) from None


# Reading a file that may be anything ----------------------------------------


def _read(dataset, path, dtype):
    """Return the checked arrays of an .npz file by key, or raise _Failure.

    NumPy's own ``np.load`` believes what a file says about its sizes. Here the
    sizes are compared before any memory is asked for, so a hostile file costs
    neither memory nor time, and nothing is ever unpickled.
    """
    try:
        with (
            warnings.catch_warnings(action="ignore"),  # odd headers warn on stderr
            _opened(dataset, path) as file,
            zipfile.ZipFile(file) as archive,
        ):
            return {
                key: _array(dataset, archive, key, shape, dtype)
                for key, shape in dataset.shapes.items()
            }
    except _Failure:
        raise
    except (FileNotFoundError, NotADirectoryError):
        raise _Absent("there is no such file") from None
    except OSError as error:
        raise _Failure(f"it cannot be read ({_why(error)})") from None
    except zipfile.BadZipFile:
        raise _Failure("it is damaged, or not an .npz file at all") from None
    except Exception as error:  # there is no end to what a hostile file can cause
        raise _Failure(f"it is damaged ({type(error).__name__})") from None


def _opened(dataset, path):
    """Open a regular file whose size is possible for the data set."""
    status = os.stat(path)
    if stat.S_ISDIR(status.st_mode):
        raise _Failure("that is a folder")
    if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for ever
        raise _Failure("that is not an ordinary file")
    if status.st_size > sum(map(math.prod, dataset.shapes.values())) + 2**20:
        raise _Failure(f"it is too large to be {dataset.name}")
    return open(path, "rb")


def _array(dataset, archive, key, shape, dtype):
    """Return one array of an open .npz file: images as `dtype`, labels as int64."""
    count = math.prod(shape)
    try:
        info = archive.getinfo(f"{key}.npy")
    except KeyError:
        raise _Failure(f"it holds no array {key!r}") from None
    # NumPy writes these two; others can unpack far more than they are asked for.
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _Failure(f"{key} is packed in a way that NumPy does not write")
    with archive.open(info) as member:
        found = _header(member, key)
        if found != shape:
            raise _Failure(f"{key} has the shape {found} instead of {shape}")
        if info.file_size != member.tell() + count:
            raise _Failure(f"{key} does not have the size that it declares")
        values = _bytes(member, count).reshape(shape)
    if not key.startswith("y"):
        return _converted(values, dtype)
    if values.size and values.max() >= len(dataset.classes):
        raise _Failure(
            f"{key} holds the label {values.max()}, and {len(dataset.classes) - 1} is "
            "the largest there is"
        )
    return values.astype(np.int64)


def _header(member, key):
    """Read the header of an .npy member; return its shape, or raise _Failure."""
    version = np.lib.format.read_magic(member)
    # NumPy writes 1.0 for plain numbers; it bounds the header to 64 kB.
    if version != (1, 0):
        raise _Failure(f"{key} is not stored as plain bytes (uint8)")
    shape, fortran_order, dtype = np.lib.format.read_array_header_1_0(member)
    if dtype != np.uint8:
        raise _Failure(f"{key} is not stored as plain bytes (uint8), but as {dtype}")
    if fortran_order:
        raise _Failure(f"{key} is not stored row by row")
    return shape


def _bytes(member, count):
    """Return the next `count` bytes as uint8, a megabyte at a time."""
    values = np.empty(count, np.uint8)
    for start in range(0, count, 2**20):
        stop = min(start + 2**20, count)
        values[start:stop] = np.frombuffer(member.read(stop - start), np.uint8)
    return values


def _why(error):
    """Return what an OSError means in a few words."""
    return error.strerror or str(error) or type(error).__name__


# Downloading ----------------------------------------------------------------


def _obtain(dataset, path, dtype):
    """Download into the cache, or past a cache that cannot hold it.

    Returns the arrays and a few words on where they came from.
    """
    try:
        with _locked(dataset, path):
            return _obtain_locked(dataset, path, dtype)
    except OSError as error:  # full, read-only, no folder, or locked for too long
        why = _why(error)
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            arrays = _fetch(dataset, Path(folder), dtype)
    except OSError as error:
        raise _Failure(f"there is no room for the download: {_why(error)}") from None
    _say_not_kept(dataset, path, why)
    return arrays, "downloaded for this session"


@contextlib.contextmanager
def _locked(dataset, path):
    """Hold the lock of the cache; one notebook at a time downloads."""
    import filelock

    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=path.parent):
        pass  # find out at once when the folder refuses writing
    lock = filelock.FileLock(path.with_name(f"{path.name}.lock"))
    try:
        lock.acquire(timeout=0.5)
    except filelock.Timeout:
        print(f"Another notebook is downloading {dataset.name}; waiting for it.")
        lock.acquire(timeout=_LOCK_SECONDS)
    try:
        yield
    finally:
        lock.release()


def _obtain_locked(dataset, path, dtype):
    """Do the work of :func:`_obtain` while no other notebook does."""
    try:
        return _read(dataset, path, dtype), "from the cache"  # another one was first
    except _Absent:
        pass
    except _Failure as failure:
        _set_aside(dataset, path, failure)
    part = path.with_name(f"{path.name}.part")
    part.mkdir(exist_ok=True)  # a kernel that was killed may have left one
    try:
        arrays = _fetch(dataset, part, dtype)
        try:
            os.replace(part / dataset.file, path)
        except OSError as error:
            _say_not_kept(dataset, path, _why(error))
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return arrays, "downloaded just now"


def _set_aside(dataset, path, failure):
    """Move an unusable file out of the way; it may be somebody's own."""
    aside = path.with_name(f"{path.name}.damaged")
    try:
        os.replace(path, aside)
        kept = f"; the old file is now {aside.name}"
    except OSError:
        kept = ""
    print(
        f"The {dataset.name} in the cache, {path}, cannot be used ({failure}), so it "
        f"is fetched anew{kept}."
    )


def _say_not_kept(dataset, path, why):
    print(
        f"{dataset.name} could not be kept in {path.parent} ({why}), so it was "
        "downloaded for this session only; make room there, or set COURSE_HOME to "
        "another folder, and it will be kept."
    )


def _fetch(dataset, folder, dtype):
    """Download into `folder` from the first mirror that works; return the arrays.

    Raises _Failure with what each mirror did, and OSError when `folder` cannot
    hold the file.
    """
    failures = []
    for mirror in dataset.mirrors:
        try:
            for part in dataset.parts:
                _download(dataset, part, mirror, folder)
        except _Failure as failure:
            failures.append(f"{urlsplit(mirror).hostname} {failure}")
        else:
            if not (folder / dataset.file).exists():
                _assemble(dataset, folder)
            return _read(dataset, folder / dataset.file, dtype)
    raise _Failure("; ".join(failures))


def _assemble(dataset, folder):
    """Make the .npz file of a data set from its IDX files."""
    arrays = {}
    for part, (key, shape) in zip(dataset.parts, dataset.shapes.items(), strict=True):
        with gzip.open(folder / part.name) as file:
            # Before the values: a magic number and one size for each axis, all
            # of four bytes. The checksum has vouched for them.
            file.read(4 + 4 * len(shape))
            arrays[key] = _bytes(file, math.prod(shape)).reshape(shape)
    np.savez_compressed(folder / dataset.file, **arrays)


def _download(dataset, part, mirror, folder):
    """Let pooch download, check and, where that makes sense, try again."""
    import pooch

    def downloader(url, output_file, _pooch):
        _stream(dataset, part, url, output_file)

    source = pooch.create(
        path=folder,
        base_url=mirror,
        registry={part.name: part.checksum},
        retry_if_failed=_RETRIES,
    )
    with _silent(pooch.get_logger()), _silent(logging.getLogger("urllib3")):
        try:
            source.fetch(part.name, downloader=downloader)
        except _Failure:
            raise
        except ValueError:  # pooch: the checksum does not match
            raise _Failure(f"sent a file that is not {dataset.name}") from None


@contextlib.contextmanager
def _silent(logger):
    """Keep a logger quiet: its lines would appear as errors in a notebook."""
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)


def _stream(dataset, part, url, output_file):
    """Write what `url` sends to `output_file`, with a progress bar on stdout."""
    import requests
    import tqdm

    with (
        _answer(url) as response,
        open(output_file, "wb") as file,
        tqdm.tqdm(
            desc=f"Downloading {dataset.name}",
            total=part.size,
            unit="B",
            unit_scale=True,
            ncols=79,
            file=sys.stdout,  # its default, stderr, looks like an error
        ) as bar,
    ):
        try:
            for chunk in response.iter_content(8192):
                bar.update(len(chunk))
                if bar.n > part.size:
                    raise _Failure(f"sent a file that is not {dataset.name}")
                file.write(chunk)
        except requests.ConnectionError:  # here it means a pause that was too long
            raise _Failure("stopped sending") from None
        except requests.RequestException:
            raise _TryAgain("broke off the transfer") from None


def _answer(url):
    """Return the response to a request, its body still to come.

    requests limits the time for each address of a host, of which a mirror has
    many, and not the look-up of its name; so the limit is kept here.
    """
    answers = queue.SimpleQueue()
    # A daemon: a look-up cannot be stopped, and must not keep Python from ending.
    threading.Thread(target=_ask, args=(url, answers), daemon=True).start()
    try:
        response = answers.get(timeout=_ANSWER_SECONDS)
    except queue.Empty:
        raise _Failure(f"did not answer within {_ANSWER_SECONDS} seconds") from None
    if isinstance(response, _Failure):
        raise response
    if response.status_code != 200:
        with response:
            kind = _TryAgain if response.status_code >= 500 else _Failure
            raise kind(f"answered {response.status_code} {response.reason}".strip())
    return response


def _ask(url, answers):
    """Put the response to a request, or the _Failure, into the queue `answers`."""
    import requests

    try:
        answer = requests.get(
            url,
            stream=True,
            timeout=(_ANSWER_SECONDS, _PAUSE_SECONDS),
            headers={"Accept-Encoding": "identity"},
        )
    except requests.Timeout:
        return  # the one who waits has given up, or is about to
    except requests.exceptions.SSLError:
        answer = _Failure("could not prove who it is (is your clock right?)")
    except Exception as error:  # requests has many, and a wrong proxy adds more
        if "Connection aborted" in str(error):  # urllib3's words: it was connected
            answer = _TryAgain("hung up")
        else:
            answer = _Failure("could not be reached")
    answers.put(answer)


# The stand-in ---------------------------------------------------------------


def _enlarged(image):
    """Enlarge an (8, 8) image from 0 to 1 tenfold and sharpen its edges.

    Interpolation leaves wide grey borders. Stretching 0.2 … 0.9 to 0 … 1 gives
    strokes as wide as MNIST's: the mean grey is 0.132, and 0.130 there.
    """
    position = (np.arange(80) + 0.5) / 10 - 0.5  # of each new pixel's centre
    weights = np.clip(1 - np.abs(position[:, None] - np.arange(8)), 0, None)
    return np.clip((weights @ image @ weights.T - 0.2) / 0.7, 0, 1)


def framed(ink):
    """Return a drawing the way MNIST's makers framed theirs.

    Parameters
    ----------
    ink : array of shape (H, W)
        0 paper to 1 ink, with some ink in it.

    Returns
    -------
    array of uint8, shape (28, 28)
        The ink scaled to fit 20 × 20, its centre of mass in the middle.
    """
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = (max(1, round(20 * side / max(ink.shape))) for side in ink.shape)
    small = _shrinking(height, ink.shape[0]) @ ink @ _shrinking(width, ink.shape[1]).T
    top = _offset(small.sum(axis=1))
    left = _offset(small.sum(axis=0))
    image = np.zeros((28, 28), np.uint8)
    image[top : top + height, left : left + width] = np.rint(255 * small)
    return image


def _shrinking(new, old):
    """Return the (new, old) matrix that averages `old` pixels down to `new`."""
    edges = np.arange(new + 1) * old / new
    pixels = np.arange(old)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(
        edges[:-1, None], pixels
    )
    return np.clip(overlap, 0, None) * new / old


def _offset(profile):
    """Return where `profile` must begin so that its centre of mass is pixel 14.

    Measured: MNIST's images have theirs at 14.0 in both directions.
    """
    centre = profile @ np.arange(len(profile)) / profile.sum()
    return int(np.clip(round(14 - centre), 0, 28 - len(profile)))
