"""A small network to touch and to train in the browser: see :class:`Playground`."""

from dataclasses import dataclass, field, replace

import numpy as np
import traitlets

from course_utils import plots
from course_utils.widgets import playground_network as numbers
from course_utils.widgets.piece import Piece, module, stylesheet

MOST_LAYERS, MOST_UNITS = 3, 8
_OWN = "yours"


@dataclass(frozen=True)
class Network:
    """The numbers of a playground.

    Attributes
    ----------
    params : list of (W, b)
        One pair for each layer: ``W`` (D, H) and ``b`` (H,), float64.
    activation : str
        After every layer but the last: "tanh", "relu", "sigmoid" or "linear".
        The last layer gives one score; its sigmoid is the probability of class 1.
    learning_rate : float
    X, y : arrays of shape (N, 2) and (N,)
        Training points and their classes, 0 or 1.
    X_test, y_test : arrays
        Points that take no part in the training.
    steps : int
        Steps of gradient descent on the whole batch since the start.
    data : str
        Name of the data set; "yours" if you gave it.
    noise : float
        Standard deviation of the noise in the data set.
    """

    params: list
    activation: str
    learning_rate: float
    X: np.ndarray
    y: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
    steps: int = 0
    data: str = _OWN
    noise: float = 0.0
    _curves: dict = field(default_factory=dict, repr=False)


class Playground(Piece):
    """A network with two inputs and one output that trains in the browser.

    It learns by gradient descent on the whole batch; the loss is the
    cross-entropy of the sigmoid of its one score.

    Parameters
    ----------
    network : list of (W, b), or Network, optional
        What to begin with: your own weights, or ``playground.network`` of an
        earlier playground to go on where it stood. At most 3 hidden layers of
        8 units.
    data : str or (X, y), optional
        "circles", "xor", "gauss", "spiral", or points of your own.
    test : (X, y), optional
        With points of your own: others, that take no part in the training.
    activation : str, optional
        "tanh", "relu", "sigmoid" or "linear".
    learning_rate : float, optional

    Raises
    ------
    ValueError
        If weights or points do not fit; the message says why.
    """

    _esm = module("playground.js")
    _css = stylesheet("playground.css")

    _state = traitlets.Dict().tag(sync=True)
    _data = traitlets.Dict().tag(sync=True)

    def __init__(
        self, network=None, data=None, test=None, activation=None, learning_rate=None
    ):
        if not isinstance(network, Network):
            params = numbers.random_start((2, 4, 2, 1), 1)
            params = params if network is None else network
            network = Network(params, "tanh", 0.3, **_made_data("circles", None))
        if data is not None:
            network = replace(network, **_made_data(data, test))
        network = replace(
            network,
            activation=activation or network.activation,
            learning_rate=learning_rate or network.learning_rate,
        )
        super().__init__(
            _data=_data_of(network), _state={"seed": 1} | _state_of(network)
        )

    @property
    def network(self) -> Network:
        """The numbers as they are now; setting them shows them in the browser.

        Set it to a list of ``(W, b)`` or to a :class:`Network`.
        """
        state, data = self._state, self._data
        return Network(
            params=[(np.array(W), np.array(b)) for W, b in state["params"]],
            activation=state["activation"],
            learning_rate=float(state["rate"]),
            X=np.array(data["X"], float),
            y=np.array(data["y"], int),
            X_test=np.array(data["X_test"], float).reshape(-1, 2),
            y_test=np.array(data["y_test"], int),
            steps=state["steps"],
            data=data["name"],
            noise=float(data["noise"]),
            _curves=state["curves"],
        )

    @network.setter
    def network(self, network):
        if not isinstance(network, Network):
            network = replace(self.network, params=network, steps=0, _curves={})
        state = _state_of(network)
        self._data = _data_of(network)
        self._state = {**self._state, **state}

    def _summary(self) -> str:
        now = self.network
        layers = [len(b) for _, b in now.params[:-1]]
        hidden = " and ".join(map(str, layers)) if layers else "no"
        text = (
            f"A network with 2 inputs, {hidden} hidden units "
            f"({now.activation}) and one output, on the data set {now.data!r}. "
            f"After {now.steps} steps its training loss is {_loss(now, 'X', 'y'):.3f}"
        )
        if len(now.y_test):
            text += f" and its test loss {_loss(now, 'X_test', 'y_test'):.3f}"
        return text + "."

    def _draw_still(self, figure) -> None:
        figure.set_size_inches(8.4, 3.8)
        left, right = figure.subplots(1, 2, width_ratios=(1.2, 1))
        _draw_network(left, self.network.params)
        _draw_map(right, self.network)


def _draw_network(axes, params) -> None:
    """Draw units, and weights as lines: width for size, dashed for negative."""
    widths = [2, *(len(b) for _, b in params)]
    largest = max(max(np.abs(W).max() for W, _ in params), 1e-9)
    for layer, (W, _) in enumerate(params):
        starts, ends = (_heights(width) for width in widths[layer : layer + 2])
        for (i, j), weight in np.ndenumerate(W):
            axes.plot(
                [layer, layer + 1],
                [starts[i], ends[j]],
                "-" if weight >= 0 else "--",
                color=plots.BLUE if weight >= 0 else plots.ORANGE,
                linewidth=0.4 + 4 * abs(weight) / largest,
                zorder=1,
            )
    for layer, width in enumerate(widths):
        place = np.full(width, layer)
        style = {"color": "white", "edgecolor": plots.GREY, "zorder": 2}
        axes.scatter(place, _heights(width), s=260, **style)
    names = ["inputs", *(f"layer {i}" for i in range(1, len(params))), "output"]
    axes.set_xticks(range(len(widths)), names)
    axes.set_yticks([])
    axes.set_title("Weights: solid above 0, dashed below", fontsize=10)
    axes.spines[:].set_visible(False)
    axes.margins(0.12)


def _heights(width):
    return (width - 1) / 2 - np.arange(width)


def _draw_map(axes, network: Network) -> None:
    """Draw the network's answer over the plane, and the training points."""
    from matplotlib.colors import LinearSegmentedColormap

    (left, right), (bottom, top) = _view_box(network.X, network.data == _OWN)
    across, up = np.linspace(left, right, 90), np.linspace(bottom, top, 90)
    grid = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    z = numbers.scores(grid, network.params, network.activation).reshape(90, 90)
    shades = LinearSegmentedColormap.from_list(
        "answer", [plots.ORANGE, "white", plots.BLUE]
    )
    box = (left, right, bottom, top)
    look = {"extent": box, "origin": "lower", "vmin": -0.4, "vmax": 1.4}
    axes.imshow(numbers.sigmoid(z), shades, **look)
    if z.min() < 0 < z.max():
        axes.contour(across, up, z, [0], colors="black", linewidths=1)
    size = 70 if len(network.y) <= 20 else 16
    for label, mark, colour in ((0, "s", plots.ORANGE), (1, "o", plots.BLUE)):
        points = network.X[network.y == label]
        style = {"s": size, "marker": mark, "color": colour, "edgecolor": "white"}
        axes.scatter(*points.T, linewidth=0.6, label=f"class {label}", **style)
    z = numbers.scores(network.X, network.params, network.activation)
    right_share = np.mean((z > 0) == network.y)
    axes.set(xlim=box[:2], ylim=box[2:], xlabel="x1", ylabel="x2")
    axes.set_title(f"Right on {right_share:.0%} of the training points", fontsize=10)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, fontsize=8)


def _view_box(X, own: bool):
    """Return the square that is shown: ((left, right), (bottom, top)).

    Made data sets have a fixed one; points (N, 2) of your own get one that
    holds them, with a margin.
    """
    if not own:
        return ((-numbers.REACH, numbers.REACH),) * 2
    low, high = X.min(axis=0), X.max(axis=0)
    half = max(0.7 * float((high - low).max()), 1e-6)
    middle = (low + high) / 2
    return tuple((float(m - half), float(m + half)) for m in middle)


def _loss(network, X, y):
    points, labels = getattr(network, X), getattr(network, y)
    z = numbers.scores(points, network.params, network.activation)
    return numbers.loss(z, labels)


def _state_of(network):
    """Return what the browser gets of a network, once it has been checked."""
    return {
        "params": [[W.tolist(), b.tolist()] for W, b in _checked(network.params)],
        "activation": _activation(network.activation),
        "rate": _rate(network.learning_rate),
        "steps": network.steps,
        "curves": network._curves,
    }


def _data_of(network):
    """Return what the browser gets of the points."""
    X, y = _points((network.X, network.y))
    made = {"X": X, "y": y, "X_test": network.X_test, "y_test": network.y_test}
    lists = {key: np.asarray(value).tolist() for key, value in made.items()}
    return {"name": network.data, "noise": network.noise, **lists}


def _made_data(data, test):
    """Return the points of a data set, or the reader's own, by names of a Network."""
    if not isinstance(data, str):
        name, noise, training = _OWN, 0.0, _points(data)
        other = _points(test) if test else (np.zeros((0, 2)), np.zeros(0, int))
    elif data in numbers.DATA:
        name, noise = data, 0.1
        training, other = (numbers.dataset(data, noise, seed) for seed in (1, 2))
    else:
        known = ", ".join(map(repr, numbers.DATA))
        raise ValueError(
            f"There is no data set {data!r}. There are {known}; or give your own "
            "points as a pair (X, y)."
        )
    names = ("X", "y", "X_test", "y_test", "data", "noise")
    return dict(zip(names, (*training, *other, name, noise), strict=True))


def _points(pair):
    try:
        X, y = (np.asarray(part, float) for part in pair)
    except (TypeError, ValueError):
        raise ValueError(
            "Points are given as a pair (X, y): an array of shape (N, 2) and N classes."
        ) from None
    if X.ndim != 2 or X.shape[1] != 2 or y.shape != (len(X),) or not len(X):
        raise ValueError(
            "X has to have the shape (N, 2) and y the shape (N,); yours are "
            f"{X.shape} and {y.shape}."
        )
    if not np.isfinite(X).all() or not np.isin(y, (0, 1)).all():
        raise ValueError("X has to hold finite numbers, and y only 0 and 1.")
    return X, y.astype(int)


def _checked(params):
    try:
        made = [(np.array(W, float), np.array(b, float)) for W, b in params]
    except (TypeError, ValueError):
        raise ValueError("A network is a list of pairs (W, b), one a layer.") from None
    width = 2
    for place, (W, b) in enumerate(made, 1):
        if W.ndim != 2 or W.shape[0] != width or b.shape != W.shape[1:]:
            raise ValueError(
                f"Layer {place} gets {width} inputs, so its W has to have the shape "
                f"({width}, H) and its b (H,); yours are {W.shape} and {b.shape}."
            )
        if not (np.isfinite(W).all() and np.isfinite(b).all()):
            raise ValueError(f"Layer {place} holds a number that is not finite.")
        width = W.shape[1]
    if not made or width != 1:
        raise ValueError("The last layer has to have one unit: W of shape (D, 1).")
    if len(made) > MOST_LAYERS + 1 or max(len(b) for _, b in made) > MOST_UNITS:
        raise ValueError(
            f"The playground shows at most {MOST_LAYERS} hidden layers of at most "
            f"{MOST_UNITS} units."
        )
    return made


def _activation(name):
    if name not in numbers.ACTIVATIONS:
        known = ", ".join(map(repr, numbers.ACTIVATIONS))
        raise ValueError(f"There is no activation {name!r}; there are {known}.")
    return name


def _rate(rate):
    rate = float(rate)
    if not (np.isfinite(rate) and rate > 0):
        raise ValueError(f"The learning rate has to be above 0; yours is {rate}.")
    return rate
