"""Read the .npz file of a data set, and check that it is one."""

import os
import stat

import numpy as np


class Failure(Exception):
    """Why something did not work, as words that complete a sentence."""


class Absent(Failure):
    """There is no such file."""


def read(dataset, path, dtype):
    """Return the arrays of an .npz file by key; nothing is ever unpickled.

    Parameters
    ----------
    dataset : Dataset
        What the file must hold.
    path : Path
    dtype : {"float32", "uint8"}
        For images; labels are int64.

    Raises
    ------
    Failure
        If the file is anything else.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # a pipe would be waited for
            kind = "a folder" if path.is_dir() else "not an ordinary file"
            raise Failure(f"that is {kind}")
        # np.load would leave a damaged file open, and Windows lets nobody
        # rename an open file.
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
            return {key: _array(dataset, archive, key, dtype) for key in dataset.shapes}
    except Failure:
        raise
    except (FileNotFoundError, NotADirectoryError):
        raise Absent("there is no such file") from None
    except OSError as error:
        raise Failure(f"it cannot be read ({why(error)})") from None
    except Exception as error:  # NumPy, zipfile and zlib have one for each damage
        raise Failure(
            "it is damaged, or not an .npz file of plain numbers "
            f"({type(error).__name__})"
        ) from None


def _array(dataset, archive, key, dtype):
    """Return one array of an open .npz file: images as `dtype`, labels as int64."""
    if key not in archive:
        raise Failure(f"it holds no array {key!r}")
    values, shape = archive[key], dataset.shapes[key]
    if values.dtype != np.uint8:
        raise Failure(f"{key} is stored as {values.dtype} instead of uint8")
    if values.shape != shape:
        raise Failure(f"{key} has the shape {values.shape} instead of {shape}")
    if not key.startswith("y"):
        return converted(values, dtype)
    largest = len(dataset.classes) - 1
    if values.max() > largest:
        raise Failure(
            f"{key} holds the label {values.max()}, and {largest} is the largest "
            "there is"
        )
    return values.astype(np.int64)


def converted(images, dtype):
    """Return uint8 images as `dtype`, without a float64 copy on the way."""
    if dtype == "uint8":
        return images
    return np.divide(images, np.float32(255), out=np.empty(images.shape, np.float32))


def why(error):
    """Return what an OSError means in a few words."""
    return error.strerror or str(error) or type(error).__name__
