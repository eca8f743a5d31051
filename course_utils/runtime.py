"""Thread limits and a quiet start for TensorFlow and Keras, in this one place.

The networks of this course are small. Split over several threads, their
matrix products spend more time handing work over than computing: the same
NumPy training took 4.6 s with one thread and 51 s with two on a busy machine.
So every chapter starts with one thread per library; ``COURSE_THREADS`` in the
environment overrides that on a machine where more threads pay off.
"""

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_LIBRARIES = ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM", "NUMEXPR")


def threads() -> int:
    """Return how many threads a library may use: ``COURSE_THREADS``, else 1."""
    text = os.environ.get("COURSE_THREADS", "1")
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(
            f"COURSE_THREADS is {text!r}. Set it to a whole number of threads, "
            "1 or more, or remove it from the environment."
        )
    return int(text)


def environment() -> dict[str, str]:
    """Return the environment variables of a kernel or process of the course."""
    limits = {f"{name}_NUM_THREADS": str(threads()) for name in _LIBRARIES}
    return {
        **limits,
        "TF_NUM_INTRAOP_THREADS": str(threads()),
        "TF_NUM_INTEROP_THREADS": str(threads()),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "0",  # bit-identical results for one seed
        # Whatever other work on this computer has chosen.
        "KERAS_BACKEND": "tensorflow",
        "TF_USE_LEGACY_KERAS": "0",
    }


def limit_threads() -> None:
    """Limit the numerical libraries of this process to :func:`threads`.

    Works for libraries that are loaded already (through threadpoolctl) and for
    those still to come (through the environment).
    """
    os.environ.update(environment())
    if "numpy" in sys.modules:
        import threadpoolctl

        threadpoolctl.threadpool_limits(threads())


@contextmanager
def quiet_start() -> Iterator[None]:
    """Import TensorFlow inside this block, and its start-up lines stay out.

    TensorFlow writes them to file descriptor 2 from C++, whatever
    ``TF_CPP_MIN_LOG_LEVEL`` says, so the descriptor is pointed away for the
    import and the first listing of devices, and then back. Errors still
    reach the reader: a Python exception does not travel on a descriptor.
    """
    limit_threads()
    # Modules stay. To search TensorFlow's 600,000 objects for garbage, time and
    # again, was a fifth of its import.
    with muted_descriptors(2), _garbage_later():
        yield
        gc.freeze()
        if "keras" in sys.modules:
            # The home folder's keras.json may say otherwise.
            config = sys.modules["keras"].config
            config.set_floatx("float32")
            config.set_epsilon(1e-7)
            config.set_image_data_format("channels_last")
        if "tensorflow" in sys.modules:
            tensorflow = sys.modules["tensorflow"]
            # In a notebook its notes and warnings go to stdout, into the cells.
            tensorflow.get_logger().setLevel("ERROR")
            # Too late once a computation has run, and then without effect.
            try:
                tensorflow.config.threading.set_intra_op_parallelism_threads(threads())
                tensorflow.config.threading.set_inter_op_parallelism_threads(threads())
            except RuntimeError:
                pass
            tensorflow.config.list_logical_devices()


@contextmanager
def _garbage_later() -> Iterator[None]:
    """Put the search for garbage off until this block is left."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def muted_descriptors(*descriptors: int) -> Iterator[None]:
    """Point file descriptors (1 stdout, 2 stderr) at nothing for a while."""
    saved: list[tuple[int, int]] = []
    try:
        sink = os.open(os.devnull, os.O_WRONLY)
        try:
            for descriptor in descriptors:
                saved.append((descriptor, os.dup(descriptor)))
                os.dup2(sink, descriptor)
        finally:
            os.close(sink)
    except OSError:  # no such descriptor (a windowed Python): nothing to mute
        pass
    try:
        yield
    finally:
        for descriptor, copy in saved:
            os.dup2(copy, descriptor)
            os.close(copy)
