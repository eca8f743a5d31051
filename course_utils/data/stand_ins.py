"""Draw what stands in for a data set where it cannot be had: images and labels."""

import numpy as np

from course_utils.data import garments


def digits():
    """Draw scikit-learn's 1,797 handwritten digits the way MNIST frames them.

    The originals are 8×8 pixels with 17 grey levels. Each is enlarged, cut to
    its ink, scaled to fit a 20×20 box with its proportions kept, and placed in
    a 28×28 frame by its centre of mass, as the MNIST page describes it
    (LeCun, Cortes, Burges: The MNIST database of handwritten digits).

    Returns
    -------
    images : ndarray of uint8, shape (1797, 28, 28)
    labels : ndarray of int64, shape (1797,)
    """
    from sklearn.datasets import load_digits

    originals = load_digits()
    images = np.stack([framed(_enlarged(image / 16)) for image in originals.images])
    return images, originals.target.astype(np.int64)


def clothes():
    """Draw as many garments as there are digits, their classes in turn.

    Returns
    -------
    images : ndarray of uint8, shape (1797, 28, 28)
    labels : ndarray of int64, shape (1797,)
    """
    rng = np.random.default_rng(0)
    labels = np.arange(1797) % len(garments.CLASSES)
    return np.stack([garments.draw(label, rng) for label in labels]), labels


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
