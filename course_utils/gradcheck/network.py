"""Random networks, and the reference's backward pass with switchable faults."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from .numerical import flat, norm
from .words import plural

Fault = tuple[str, int]
"""Name of a fault, and the layer it sits in; layer 0: wherever it can sit."""


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

    @property
    def dlogits(self) -> np.ndarray:
        """The gradient at the logits, (N, C)."""
        Y = np.eye(self.probabilities.shape[1])[self.y]
        return (self.probabilities - Y) / len(self.y)

    @cached_property
    def grads(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """The right (dW, db) pairs; only to be read."""
        return gradients(self)

    @cached_property
    def floor(self) -> float:
        """The norm below which a gradient is only the rounding of larger ones."""
        return 1e-3 * max(norm(self.dlogits), 1e-3)

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


def gradients(network: Network, faults: Iterable[Fault] = ()) -> list:
    """Run the backward pass, with faults switched on.

    Rows are examples. ``dZ = (P - Y) / N`` at the logits, ``dW = A.T @ dZ``,
    ``db = dZ.sum(axis=0)``, ``dA = dZ @ W.T`` and ``dZ = dA * (Z > 0)``: Nielsen's
    BP1 to BP4, transposed.
    """
    faults = frozenset(faults)

    def on(name, layer=0):
        return (name, 0) in faults or (name, layer) in faults

    P, n = network.probabilities, len(network.y)
    dZ = P.copy()
    if not on("probabilities_only"):
        dZ[np.arange(n), network.y] -= 1
    if on("extra_p1mp"):
        dZ = dZ * P * (1 - P)
    if on("wrong_sign"):
        dZ = -dZ
    dZ = dZ / float(n) ** (1 - on("missing_batch_mean") + on("double_batch_mean"))
    dA, grads = dZ, []
    for layer in range(len(network.params), 0, -1):
        W, _ = network.params[layer - 1]
        dW = network.inputs[layer - 1].T @ dZ
        if on("transposed_dW", layer):
            dW = dW.T
        source = dA if on("bias_before_gate", layer) else dZ
        db = source.sum(axis=1 if on("summed_over_wrong_axis", layer) else 0)
        if on("bias_mean", layer):
            db = db / n
        grads.append((dW, db))
        if layer == 1:
            break
        if on("missing_layer_chain", layer):
            dA = dZ
        else:
            dA = dZ @ (W if on("transposed_upstream", layer) else W.T)
        Z = network.before[layer - 2]
        if on("no_relu_gate", layer - 1):
            dZ = dA
        else:
            dZ = dA * ((dA if on("gate_on_upstream", layer - 1) else Z) > 0)
    return grads if on("reversed_order") else grads[::-1]


def with_faults(network: Network, faults: tuple[Fault, ...]) -> list | None:
    """Run the backward pass with faults; ``None`` when that cannot run."""
    try:
        return gradients(network, faults)
    except ValueError:  # the shapes do not fit: NumPy stops the learner, too
        return None


def same(grads, others, network: Network, tolerance: float) -> bool:
    """Compare two lists of (dW, db) pairs, tensor by tensor."""
    return all(
        close(a, b, tolerance, network.floor)
        for a, b in zip(flat(grads), flat(others), strict=True)
    )


def same_shapes(grads, others) -> bool:
    """Tell whether the tensors of two lists of pairs have the same shapes."""
    return [g.shape for g in flat(grads)] == [g.shape for g in flat(others)]


def close(a: np.ndarray, b: np.ndarray, tolerance: float, floor: float) -> bool:
    """Compare by norms; what is below ``floor`` is judged as if it were that large."""
    if a.shape != b.shape:
        return False
    return norm(a - b) <= tolerance * max(norm(a), norm(b), floor)
