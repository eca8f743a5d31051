"""Download a data set into the cache: mirrors, checksums, locks, odd disks."""

import contextlib
import gzip
import logging
import os
import queue
import shutil
import sys
import tempfile
import threading
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from course_utils import files
from course_utils.data.reading import Absent, Failure, read, why

# Someone without a network waits for two answers, so 16 seconds at the most.
# The second limit is for one pause, not for a whole transfer: a slow server
# may take as long as it needs.
_ANSWER_SECONDS = 8
_PAUSE_SECONDS = 10
_RETRIES = 1
_LOCK_SECONDS = 120


class _TryAgain(Failure, ValueError):
    """A failure that may pass; pooch retries on ValueError and on no other."""


def obtain(dataset, path, dtype):
    """Return the arrays of a data set from the cache or, if need be, a mirror.

    What is downloaded is kept in the cache, or nowhere if that refuses.

    Parameters
    ----------
    dataset : Dataset
    path : Path
        The file in the cache; it need not exist.
    dtype : {"float32", "uint8"}

    Returns
    -------
    arrays : dict
    origin : str
        A few words on where they came from.

    Raises
    ------
    Failure
        If no mirror sends it, or there is no room for it.
    """
    with contextlib.suppress(Failure):
        return read(dataset, path, dtype), "from the cache"
    try:
        with _locked(dataset, path):
            return _obtain_locked(dataset, path, dtype)
    except OSError as error:  # full, read-only, no folder, or locked for too long
        reason = why(error)
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            arrays = _fetch(dataset, Path(folder), dtype)
    except OSError as error:
        raise Failure(f"there is no room for the download: {why(error)}") from None
    print(
        f"{dataset.name} could not be kept in {path.parent} ({reason}), so it was "
        "downloaded for this session only; make room there, or set COURSE_HOME to "
        "another folder, and it will be kept."
    )
    return arrays, "downloaded for this session"


@contextlib.contextmanager
def _locked(dataset, path):
    """Hold the lock of the cache; one notebook at a time downloads."""
    import filelock

    files.try_to_write(path.parent)  # find out at once when it refuses
    lock = filelock.FileLock(path.with_name(f"{path.name}.lock"))
    try:
        held = lock.acquire(timeout=0.5)
    except filelock.Timeout:
        print(f"Another notebook is downloading {dataset.name}; waiting for it.")
        held = lock.acquire(timeout=_LOCK_SECONDS)
    with held:
        yield


def _obtain_locked(dataset, path, dtype):
    """Do the work of :func:`obtain` while no other notebook does."""
    try:
        return read(dataset, path, dtype), "from the cache"  # another one was first
    except Absent:
        pass
    except Failure as failure:
        print(
            f"The {dataset.name} in the cache, {path}, cannot be used ({failure}), so "
            f"it is fetched anew{_set_aside(path)}."
        )
    part = path.with_name(f"{path.name}.part")
    part.mkdir(exist_ok=True)  # a kernel that was killed may have left one
    try:
        arrays = _fetch(dataset, part, dtype)
        os.replace(part / dataset.file, path)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return arrays, "downloaded just now"


def _set_aside(path):
    """Move an unusable file out of the way, for it may be somebody's own; say where."""
    try:
        return f"; the old file is now {files.set_aside(path)}"
    except (OSError, RuntimeError):  # RuntimeError: a link to itself
        return ""


def _fetch(dataset, folder, dtype):
    """Download into `folder` from the first mirror that works; return the arrays.

    Raises Failure with what each mirror did, and OSError when `folder` cannot
    hold the file.
    """
    failures = []
    for mirror in dataset.mirrors:
        try:
            for part in dataset.parts:
                _download(dataset, part, mirror, folder)
        except Failure as failure:
            failures.append(f"{urlsplit(mirror).hostname} {failure}")
        else:
            if not (folder / dataset.file).exists():
                _assemble(dataset, folder)
            return read(dataset, folder / dataset.file, dtype)
    raise Failure("; ".join(failures))


def _assemble(dataset, folder):
    """Make the .npz file of a data set from its IDX files."""
    arrays = {}
    for part, (key, shape) in zip(dataset.parts, dataset.shapes.items(), strict=True):
        with gzip.open(folder / part.name) as file:
            # Before the values: a magic number and one size for each axis, all
            # of four bytes. The checksum has vouched for them.
            start = 4 + 4 * len(shape)
            values = np.frombuffer(file.read(), np.uint8, offset=start)
            arrays[key] = values.reshape(shape)
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
        except Failure:
            raise
        except ValueError:  # pooch: the checksum does not match
            raise Failure(f"sent a file that is not {dataset.name}") from None


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
                    raise Failure(f"sent a file that is not {dataset.name}")
                file.write(chunk)
        except requests.ConnectionError:  # here it means a pause that was too long
            raise Failure("stopped sending") from None
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
        raise Failure(f"did not answer within {_ANSWER_SECONDS} seconds") from None
    if isinstance(response, Failure):
        raise response
    if response.status_code != 200:
        with response:
            kind = _TryAgain if response.status_code >= 500 else Failure
            raise kind(f"answered {response.status_code} {response.reason}".strip())
    return response


def _ask(url, answers):
    """Put the response to a request, or the Failure, into the queue `answers`."""
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
        answer = Failure("could not prove who it is (is your clock right?)")
    except Exception as error:  # requests has many, and a wrong proxy adds more
        if "Connection aborted" in str(error):  # urllib3's words: it was connected
            answer = _TryAgain("hung up")
        else:
            answer = Failure("could not be reached")
    answers.put(answer)
