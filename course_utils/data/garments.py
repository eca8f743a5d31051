"""Draw garments: what stands in for Fashion-MNIST where it cannot be had.

Each garment is a handful of polygons whose corners, brightness and cloth vary.
The drawings share Fashion-MNIST's ten classes and its difficulty in kind: a
shirt, a pullover and a coat look alike, a pair of trousers like nothing else.
"""

import numpy as np

_SIDE = 28
_FINE = 2  # each pixel is the mean of _FINE × _FINE points
# Points of the canvas: x to the right and y down, both from -1 to 1.
_AXIS = (np.arange(_SIDE * _FINE) + 0.5) / (_SIDE * _FINE / 2) - 1
_X, _Y = np.meshgrid(_AXIS, _AXIS)


def draw(label, rng):
    """Draw one garment.

    Parameters
    ----------
    label : int
        Its class, 0 to 9, as in :data:`CLASSES`.
    rng : numpy.random.Generator
        Decides its cut and its cloth.

    Returns
    -------
    ndarray of uint8, shape (28, 28)
        Light cloth on black.
    """
    # No two hang alike: each is a little smaller, and not quite in the middle.
    size, place = rng.uniform(0.8, 1), rng.uniform(-0.1, 0.1, 2)
    image = np.zeros_like(_X)
    for corners, brightness in _GARMENTS[CLASSES[label]](rng):
        corners = size * _shaken(corners, rng) + place
        image = np.where(_inside(corners), brightness, image)
    image *= _cloth(rng)
    coarse = image.reshape(_SIDE, _FINE, _SIDE, _FINE).mean(axis=(1, 3))
    coarse += (coarse > 0) * rng.normal(0, 0.08, coarse.shape)
    return np.rint(255 * np.clip(coarse, 0, 1)).astype(np.uint8)


def _inside(corners):
    """Say which points lie in a polygon: a ray to the left crosses it oddly often."""
    inside = np.zeros(_X.shape, bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y0 != y1:
            crosses = (y0 > _Y) != (y1 > _Y)
            inside ^= crosses & (x0 + (_Y - y0) * (x1 - x0) / (y1 - y0) < _X)
    return inside


def _shaken(corners, rng):
    return np.asarray(corners) + rng.normal(0, 0.03, (len(corners), 2))


def _cloth(rng):
    """Return the brightness of the cloth at each point: plain, shaded or striped."""
    kind = rng.integers(3)
    cloth = np.full(_X.shape, rng.uniform(0.45, 1))
    if kind == 1:
        cloth *= 1 - 0.3 * np.abs(_X - rng.uniform(-0.3, 0.3))
    if kind == 2:
        across = _Y if rng.random() < 0.7 else _X
        cloth *= 1 - 0.35 * (np.sin(rng.uniform(8, 25) * across) > 0)
    return cloth


def _mirrored(corners):
    return [(-x, y) for x, y in corners]


def _torso(rng, length, waist):
    """Return the front of a top, from the neck down."""
    shoulder, neck = rng.uniform(0.42, 0.52), rng.uniform(0.12, 0.22)
    right = [(neck, -0.85), (shoulder, -0.75), (waist, length)]
    dip = [(0, rng.uniform(-0.82, -0.7))]
    return right + _mirrored(right)[::-1] + dip, shoulder


def _sleeves(rng, shoulder, length):
    """Return two sleeves that reach down to `length`."""
    spread, wide = shoulder + rng.uniform(0.15, 0.4), rng.uniform(0.14, 0.22)
    outer = [
        (shoulder - 0.05, -0.77),
        (spread + wide / 2, length - 0.05),
        (spread - wide / 2, length),
        (shoulder - 0.1, -0.3),
    ]
    return [(outer, 0.9), (_mirrored(outer), 0.9)]


def _top(rng, sleeves, length, waist):
    torso, shoulder = _torso(rng, length, waist)
    return [*_sleeves(rng, shoulder, sleeves), (torso, 1)]


def _t_shirt(rng):
    return _top(rng, rng.uniform(-0.4, -0.15), rng.uniform(0.6, 0.9), 0.42)


def _pullover(rng):
    return _top(rng, rng.uniform(0.55, 0.85), rng.uniform(0.6, 0.85), 0.45)


def _strip(left, right, top, bottom):
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _coat(rng):
    length = rng.uniform(0.7, 0.95)
    front = _strip(-0.03, 0.03, -0.75, length)
    pieces = _top(rng, rng.uniform(0.5, 0.8), length, 0.5)
    return [*pieces, (front, rng.uniform(0.3, 0.95))]


def _shirt(rng):
    pieces = _top(rng, rng.uniform(-0.3, 0.8), rng.uniform(0.65, 0.9), 0.42)
    collar = [(-0.18, -0.87), (0, -0.6), (0.18, -0.87), (0, -0.75)]
    buttons = _strip(-0.015, 0.015, -0.6, 0.6)
    faint = rng.uniform(0.6, 1, 2)
    return [*pieces, (collar, faint[0]), (buttons, faint[1])]


def _dress(rng):
    waist, hem = rng.uniform(0.15, 0.25), rng.uniform(0.3, 0.55)
    right = [(0.12, -0.9), (0.25, -0.88), (waist, -0.2), (hem, 0.92)]
    pieces = [(right + _mirrored(right)[::-1], 1)]
    if rng.random() < 0.4:
        pieces += _sleeves(rng, 0.25, rng.uniform(-0.4, 0.1))
    return pieces


def _trouser(rng):
    waist, gap = rng.uniform(0.25, 0.35), rng.uniform(0.03, 0.12)
    hem = rng.uniform(0.28, 0.42)
    leg = [(0, -0.9), (waist, -0.9), (hem, 0.92), (gap, 0.92), (0, -0.35)]
    return [(leg, 1), (_mirrored(leg), 1)]


def _sole(rng, top):
    return _strip(-0.9, 0.9, top, top + rng.uniform(0.1, 0.18))


def _sandal(rng):
    heel = rng.uniform(-0.35, 0.2)
    sole = [(-0.9, 0.35), (0.9, heel), (0.9, heel + 0.2), (0.75, 0.5), (-0.9, 0.5)]
    pieces = [(sole, 1)]
    for middle in rng.uniform(-0.7, 0.8, rng.integers(2, 4)):
        lean = rng.uniform(-0.3, 0.3)
        strap = [
            (middle - 0.08, 0.4),
            (middle + lean - 0.06, -0.3),
            (middle + lean + 0.06, -0.3),
            (middle + 0.08, 0.4),
        ]
        pieces.append((strap, 0.9))
    return pieces


def _sneaker(rng):
    toe, tongue = rng.uniform(0.1, 0.2), rng.uniform(-0.45, -0.25)
    upper = [(-0.9, toe), (-0.2, tongue), (0.3, tongue + 0.1), (0.85, -0.2), (0.9, 0.4)]
    lace = [(-0.45, -0.1), (-0.2, tongue), (-0.1, tongue), (-0.35, 0)]
    return [([*upper, (-0.9, 0.4)], 1), (lace, 0.5), (_sole(rng, 0.38), 0.7)]


def _ankle_boot(rng):
    shaft, toe = rng.uniform(-0.9, -0.65), rng.uniform(0.15, 0.3)
    boot = [(-0.9, toe), (-0.1, -0.15), (0.0, shaft), (0.8, shaft), (0.85, 0.6)]
    pieces = [([*boot, (-0.9, 0.6)], 1), (_sole(rng, 0.58), 0.8)]
    if rng.random() < 0.5:
        pieces.append((_strip(0.5, 0.85, 0.6, rng.uniform(0.8, 0.95)), 0.9))
    return pieces


def _bag(rng):
    top, wide = rng.uniform(-0.35, 0.0), rng.uniform(0.65, 0.9)
    body = [(-wide + 0.1, top), (wide - 0.1, top), (wide, 0.8), (-wide, 0.8)]
    pieces = [(body, 1), (_strip(-wide, wide, top + 0.25, top + 0.3), 0.6)]
    if rng.random() < 0.75:
        reach, high = rng.uniform(0.3, 0.5), rng.uniform(-0.9, -0.6)
        handle = [
            (-reach, top),
            (-reach + 0.1, high),
            (reach - 0.1, high),
            (reach, top),
            (reach - 0.12, top),
            (reach - 0.18, high + 0.12),
            (-reach + 0.18, high + 0.12),
            (-reach + 0.12, top),
        ]
        pieces.append((handle, 0.8))
    return pieces


_GARMENTS = {
    "T-shirt/top": _t_shirt,
    "Trouser": _trouser,
    "Pullover": _pullover,
    "Dress": _dress,
    "Coat": _coat,
    "Sandal": _sandal,
    "Shirt": _shirt,
    "Sneaker": _sneaker,
    "Bag": _bag,
    "Ankle boot": _ankle_boot,
}

CLASSES = tuple(_GARMENTS)
"""Names of the classes, in the order of their labels (Xiao et al., 2017)."""
