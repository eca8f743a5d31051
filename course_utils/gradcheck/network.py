"""Random networks, and the reference's backward pass, step by step."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from .numerical import flat, norm
from .words import plural


@dataclass(frozen=True)
class Network:
    """A random network with a batch, and its forward pass."""

    X: np.ndarray  # (N, D)
    y: np.ndarray  # (N,)
    params: list[tuple[np.ndarray, np.ndarray]]
    inputs: list[np.ndarray]  # of each layer, (N, D_in)
    before: list[np.ndarray]  # Z of each layer, (N, D_out)
    probabilities: np.ndarray  # (N, C)
    loss: float

    @property
    def widths(self) -> tuple[int, ...]:
        """Inputs, hidden units of each layer, classes."""
        return (self.X.shape[1], *(len(b) for _, b in self.params))

    @property
    def square(self) -> bool:
        """Whether a layer has as many outputs as inputs."""
        return any(W.shape[0] == W.shape[1] for W, _ in self.params)

    @property
    def words(self) -> str:
        """Widths and batch, as in ``5-4-3 with 6 examples``."""
        n = len(self.y)
        return f"{'-'.join(map(str, self.widths))} with {n} {plural(n, 'example')}"

    @cached_property
    def one_hot(self) -> np.ndarray:
        """The true classes, (N, C)."""
        return np.eye(self.probabilities.shape[1])[self.y]

    @cached_property
    def grads(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """The right (dW, db) pairs; only to be read."""
        return gradients(self)

    @cached_property
    def floor(self) -> float:
        """The norm below which a gradient is only the rounding of larger ones."""
        dZ = (self.probabilities - self.one_hot) / len(self.y)
        return 1e-3 * max(norm(dZ), 1e-3)

    def copied_params(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return copies of the parameters, to be handed out."""
        return [(W.copy(), b.copy()) for W, b in self.params]


def forward(X, y, params) -> Network:
    """Run the forward pass: affine, ReLU, …, affine, softmax, mean cross-entropy."""
    inputs, before, A = [], [], X
    for W, b in params:
        Z = A @ W + b
        inputs.append(A)
        before.append(Z)
        A = np.maximum(Z, 0)
    shifted = Z - Z.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -log_p[np.arange(len(y)), y].mean()
    return Network(X, y, params, inputs, before, np.exp(log_p), float(loss))


def random_network(widths, batch: int, rng: np.random.Generator) -> Network:
    """Return the most telling of some random networks.

    Weights away from zero, pre-activations away from the kink at zero, every
    gradient alive, and in every hidden layer units that are off and, for every
    example, one that is on: elsewhere some faults cannot be seen.
    """

    def draw():
        params = [
            (rng.normal(0, (1.5 / n) ** 0.5, (n, m)), rng.normal(0.2, 0.3, m))
            for n, m in pairwise(widths)
        ]
        X = rng.normal(size=(batch, widths[0]))
        return forward(X, rng.integers(widths[-1], size=batch), params)

    def worth(network):  # 4 at the most
        hidden = network.before[:-1]
        mixed = [min((Z > 0).mean(), (Z < 0).mean(), 0.2) for Z in hidden] or [0.2]
        near = min((np.abs(Z).min() for Z in hidden), default=1)
        alive = min(map(norm, flat(network.grads)))
        lit = all((Z > 0).any(axis=1).all() for Z in hidden)  # by every example
        return (near > 1e-3) + lit + 20 * min(alive, 0.05) + 5 * np.mean(mixed)

    best, most = None, -1.0
    for _ in range(6):
        network = draw()
        value = worth(network)
        if value > most:
            best, most = network, value
        if most > 3.5:
            break
    return best


class Step:
    """What one step of the backward pass can see.

    Parameters
    ----------
    network : Network
    layer : int
        The layer whose tensors are made, 1 the first.
    dZ : array, (N, D_out)
        The gradient at this layer's Z, as far as it has come.
    dA : array, (N, D_out)
        The gradient that came in from above, before the ReLU gate.
    above : array or None
        dZ of the layer above.
    c : number or None
        The unknown number in a fault: a slope, a learning rate, an offset.
    """

    def __init__(self, network, layer, dZ=None, dA=None, above=None, c=None):
        self.network, self.layer, self.c = network, layer, c
        self.dZ, self.dA, self.above = dZ, dA, above
        self.P, self.Y, self.n = network.probabilities, network.one_hot, len(network.y)

    @property
    def A(self):
        """The input of the layer."""
        return self.network.inputs[self.layer - 1]

    @property
    def Z(self):
        """The output of the layer, before ReLU."""
        return self.network.before[self.layer - 1]

    @property
    def W(self):
        """The weights of the layer."""
        return self.network.params[self.layer - 1][0]

    @property
    def b(self):
        """The biases of the layer."""
        return self.network.params[self.layer - 1][1]

    def near(self, arrays: list, own: int = 0) -> np.ndarray:
        """Return what stands ``c`` places from this layer's in a list of layers.

        ``own`` is where the first layer's stands.
        """
        index = self.layer - 1 + own + self.c
        if not 0 <= index < len(arrays):
            raise IndexError(index)
        return arrays[index]


RIGHT = {
    "difference": lambda s: s.P - s.Y,
    "sign": lambda s: s.dZ,
    "mean": lambda s: s.dZ / s.n,
    "W": lambda s: s.A.T @ s.dZ,
    "b": lambda s: s.dZ.sum(axis=0),
    "upstream": lambda s: s.dZ @ s.W.T,
    "gate": lambda s: s.dA * (s.Z > 0),
    "list": lambda grads, network, c: grads,
}
"""The steps of the backward pass: Nielsen's BP1 to BP4, transposed."""

TOP = ("difference", "sign", "mean")
PASS = ("upstream", "gate")


def gradients(network: Network, changed: dict | None = None) -> list:
    """Run the backward pass, with some of its steps changed.

    Parameters
    ----------
    network : Network
    changed : dict
        ``(step, layer)`` → ``(function, c)`` that takes the place of the right
        step; the steps that make dZ of the logits, and the list, have layer 0.

    Returns
    -------
    list of (dW, db) pairs

    Raises
    ------
    ValueError, IndexError
        When a changed step does not fit the shapes.
    """
    changed = changed or {}
    last = len(network.params)
    step = make_dZ(network, last, None, changed)
    grads = []
    for layer in range(last, 0, -1):
        pair = [run(part, step, *changed.get((part, layer), ())) for part in "Wb"]
        grads.insert(0, tuple(pair))
        if layer > 1:
            step = make_dZ(network, layer - 1, step, changed)
    make, c = changed.get(("list", 0), (RIGHT["list"], None))
    return make(grads, network, c)


def make_dZ(network, layer: int, above: Step | None, changed: dict) -> Step:
    """Return the step of a layer with its dZ, from that of the layer above."""
    if above is None:
        step = Step(network, layer)
        for part in TOP:
            step.dZ = run(part, step, *changed.get((part, 0), ()))
        step.dA = step.dZ
        return step
    dA = run("upstream", above, *changed.get(("upstream", layer + 1), ()))
    step = Step(network, layer, None, dA, above.dZ)
    step.dZ = run("gate", step, *changed.get(("gate", layer), ()))
    return step


def run(part: str, step: Step, function=None, c=None) -> np.ndarray:
    """Run one step, right or changed."""
    step.c = c
    return (function or RIGHT[part])(step)


def same(grads, others, network: Network, tolerance: float) -> bool:
    """Compare two lists of (dW, db) pairs, tensor by tensor."""
    return all(
        close(a, b, tolerance, network.floor)
        for a, b in zip(flat(grads), flat(others), strict=True)
    )


def same_shapes(grads, others) -> bool:
    """Tell whether the tensors of two lists of pairs have the same shapes."""
    return [np.shape(g) for g in flat(grads)] == [np.shape(g) for g in flat(others)]


def close(a: np.ndarray, b: np.ndarray, tolerance: float, floor: float) -> bool:
    """Compare by norms; what is below ``floor`` is judged as if it were that large."""
    if np.shape(a) != np.shape(b):
        return False
    apart = norm(a - b)
    return apart < np.inf and apart <= tolerance * max(norm(a), norm(b), floor)
