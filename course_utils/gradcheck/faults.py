"""The known faults: each changes one step of the reference's backward pass."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from .numerical import flat, norm
from .words import listed

Fault = tuple[str, int]
"""Name of a fault, and the layer it sits in; layer 0: wherever it can sit."""

FITTED = "fitted"
NEAR = (-3, -2, -1, 1, 2, 3)  # offsets of other layers


@dataclass(frozen=True)
class Candidate:
    """A fault that people make.

    Attributes
    ----------
    step : str
        The step that it changes: a key of :data:`network.RIGHT`.
    change : callable
        What that step does instead, given a :class:`network.Step`.
    c : tuple or ``FITTED``
        Values of the unknown number to try; or it is fitted to the numbers.
    span : (float, float)
        Between which a fitted number has to lie.
    layers : str
        ``all``, ``upper`` (all but the first), ``hidden`` (all but the last),
        or ``none`` for what is not in a layer.
    words : str
        What a learner reads; see :data:`WORDS`.
    second : bool
        Whether a simpler fault may do the same and then comes first.
    """

    step: str
    change: Callable
    c: tuple | str = (None,)
    span: tuple[float, float] = (1e-9, np.inf)
    layers: str = ""
    words: str = ""
    second: bool = False

    @property
    def doubtful(self) -> bool:
        """Whether other faults that fit come first."""
        return self.second or self.c == FITTED

    @property
    def where(self) -> str:
        """In which layers it can sit."""
        own = {"W": "all", "b": "all", "upstream": "upper", "gate": "hidden"}
        return self.layers or own.get(self.step, "none")

    def places(self, layers: int) -> list[int]:
        """Return the layers of a network in which it can sit."""
        if self.where == "none":
            return [0] if self.step != "list" or layers > 1 else []
        return list(
            range(1 + (self.where == "upper"), layers + (self.where != "hidden"))
        )


def _softmax(Z, axis):
    E = np.exp(Z - Z.max(axis=axis, keepdims=True))
    return E / E.sum(axis=axis, keepdims=True)


def _sigmoid(Z):
    return 1 / (1 + np.exp(-Z))


def _jacobian(s):
    """Return the derivative of softmax, applied to P - Y."""
    g = s.P - s.Y
    return s.P * (g - (g * s.P).sum(axis=1, keepdims=True))


def _rows(kind, array):
    """Return an array with one example alone, or with one left out."""
    what, at = kind
    kept = np.zeros((len(array), 1)) if what == "only" else np.ones((len(array), 1))
    kept[at] = what == "only"
    return array * kept


def _total(network):
    return norm(np.concatenate([g.ravel() for g in flat(network.grads)]))


def _tested(s):
    """X or Z of another layer."""
    return s.network.X if s.c == "X" else s.near([s.network.X, *s.network.before], 1)


_ONE = (("only", 0), ("only", -1))
_LEFT_OUT = (("without", 0), ("without", -1))

CANDIDATES: dict[str, Candidate] = {
    # From the loss to the logits.
    "Y forgotten": Candidate("difference", lambda s: s.P),
    "extra p(1 − p)": Candidate("difference", lambda s: (s.P - s.Y) * s.P * (1 - s.P)),
    "softmax differentiated twice": Candidate(
        "difference", lambda s: s.c * _jacobian(s), c=(1, 2)
    ),
    "stopped at the probabilities": Candidate("difference", lambda s: -s.Y / s.P),
    "divided by p(1 − p)": Candidate(
        "difference", lambda s: (s.P - s.Y) / (s.P * (1 - s.P))
    ),
    "only the true class": Candidate("difference", lambda s: (s.P - s.Y) * s.Y),
    "logits for probabilities": Candidate("difference", lambda s: s.Z - s.Y),
    "exponentials not normalised": Candidate(
        "difference",
        lambda s: np.exp(s.Z - s.c * s.Z.max(axis=1, keepdims=True)) - s.Y,
        c=(0, 1),
    ),
    "softmax over the batch": Candidate(
        "difference",
        lambda s: _softmax(s.Z - s.c * s.Z.max(axis=1, keepdims=True), 0) - s.Y,
        c=(0, 1),
    ),
    "sigmoid for softmax": Candidate("difference", lambda s: _sigmoid(s.Z) - s.Y),
    "predicted class for probabilities": Candidate(
        "difference", lambda s: np.eye(s.P.shape[1])[s.P.argmax(axis=1)] - s.Y
    ),
    "labels not one-hot": Candidate("difference", lambda s: s.P - s.network.y[:, None]),
    "labels shifted by one": Candidate(
        "difference", lambda s: s.P - np.roll(s.Y, s.c, axis=1), c=(1, -1)
    ),
    "labels of other examples": Candidate(
        "difference",
        lambda s: s.P - (s.Y[::-1] if s.c is None else np.roll(s.Y, s.c, axis=0)),
        c=(None, 1, -1),
    ),
    "labels smoothed": Candidate(
        "difference", lambda s: s.P - s.Y + s.c * (s.Y - 1 / s.P.shape[1]), c=FITTED
    ),
    "only one part divided by N": Candidate(
        "difference", lambda s: s.P - s.n * s.Y if s.c else s.n * s.P - s.Y, c=(0, 1)
    ),
    "gate on the logits": Candidate("difference", lambda s: (s.P - s.Y) * (s.Z > 0)),
    "only one example": Candidate(
        "difference", lambda s: _rows(s.c, s.P - s.Y), c=_ONE
    ),
    "one example left out": Candidate(
        "difference", lambda s: _rows(s.c, s.P - s.Y), c=_LEFT_OUT
    ),
    "wrong sign": Candidate("sign", lambda s: -s.dZ),
    "forgotten 1/N": Candidate("mean", lambda s: s.dZ),
    "1/N twice": Candidate("mean", lambda s: s.dZ / s.n**2),
    "divided by the classes": Candidate("mean", lambda s: s.dZ / s.P.shape[1]),
    "divided by N and the classes": Candidate("mean", lambda s: s.dZ / s.P.size),
    "divided by the inputs": Candidate("mean", lambda s: s.dZ / s.network.X.shape[1]),
    "divided by N − 1": Candidate("mean", lambda s: s.dZ / (s.n - 1)),
    "nothing starts": Candidate(
        "mean", lambda s: 0 * s.dZ if s.c or s.n > 1 else s.dZ, c=(0, 1)
    ),
    "constant factor": Candidate(
        "mean", lambda s: s.dZ / s.n * s.c, c=FITTED, span=(-np.inf, np.inf)
    ),
    "fixed batch size": Candidate("mean", lambda s: s.dZ * s.c, c=FITTED),
    "norm clipped": Candidate(
        "mean", lambda s: s.dZ / s.n * min(1, s.c / _total(s.network)), c=FITTED
    ),
    "times the loss": Candidate("mean", lambda s: s.dZ / s.n * s.network.loss),
    # The gradients of the weights.
    "transposed dW": Candidate("W", lambda s: s.dZ.T @ s.A),
    "dW from Z": Candidate(
        "W", lambda s: s.network.before[s.layer - 2].T @ s.dZ, layers="upper"
    ),
    "dW from another A": Candidate(
        "W",
        lambda s: (
            (s.network.X if s.c == "X" else s.near([*s.network.inputs, s.P])).T @ s.dZ
        ),
        c=("X", *NEAR),
    ),
    "dW from another dZ": Candidate("W", lambda s: s.A.T @ s.above, layers="hidden"),
    "dW averaged": Candidate("W", lambda s: s.A.T @ s.dZ / s.n),
    "dW without 1/N": Candidate("W", lambda s: s.A.T @ s.dZ * s.n),
    "dW before the gate": Candidate("W", lambda s: s.A.T @ s.dA, layers="hidden"),
    "weight decay": Candidate("W", lambda s: s.A.T @ s.dZ + s.c * s.W, c=FITTED),
    "weight decay over N": Candidate(
        "W", lambda s: s.A.T @ s.dZ + s.c * s.W / s.n, c=FITTED
    ),
    "dW from one example": Candidate("W", lambda s: _rows(s.c, s.A).T @ s.dZ, c=_ONE),
    "dW lacks one example": Candidate(
        "W", lambda s: _rows(s.c, s.A).T @ s.dZ, c=_LEFT_OUT
    ),
    "dW from averages": Candidate(
        "W",
        lambda s: np.outer(s.A.mean(axis=0), s.dZ.sum(axis=0)) * (s.n if s.c else 1),
        c=(0, 1),
    ),
    "dW in another order": Candidate("W", lambda s: s.A[::-1].T @ s.dZ),
    "dW from a cut A": Candidate(
        "W", lambda s: (np.trunc(s.A) if s.c else (s.A > 0)).T @ s.dZ, c=(0, 1)
    ),
    "dW stays zero": Candidate("W", lambda s: np.zeros(s.W.shape)),
    "factor in dW": Candidate(
        "W", lambda s: s.c * (s.A.T @ s.dZ), c=FITTED, span=(-np.inf, np.inf)
    ),
    # The gradients of the biases.
    "bias averaged": Candidate("b", lambda s: s.dZ.mean(axis=0)),
    "db without 1/N": Candidate("b", lambda s: s.dZ.sum(axis=0) * s.n),
    "db before the gate": Candidate("b", lambda s: s.dA.sum(axis=0), layers="hidden"),
    "db over the wrong axis": Candidate(
        "b", lambda s: s.dZ.mean(axis=1) if s.c else s.dZ.sum(axis=1), c=(0, 1)
    ),
    "db from one example": Candidate(
        "b", lambda s: _rows(s.c, s.dZ).sum(axis=0), c=_ONE
    ),
    "db lacks one example": Candidate(
        "b", lambda s: _rows(s.c, s.dZ).sum(axis=0), c=_LEFT_OUT
    ),
    "db from another dZ": Candidate(
        "b", lambda s: s.above.sum(axis=0), layers="hidden"
    ),
    "db one number for all": Candidate(
        "b", lambda s: np.full((s.c and s.b.shape) or (), s.dZ.sum()), c=(0, 1)
    ),
    "db kept as a row": Candidate("b", lambda s: s.dZ.sum(axis=0)[None]),
    "db not summed": Candidate("b", lambda s: s.dZ),
    "db times b": Candidate("b", lambda s: s.dZ.sum(axis=0) * s.b),
    "db from dW": Candidate("b", lambda s: (s.A.T @ s.dZ).sum(axis=0)),
    "bias decay": Candidate("b", lambda s: s.dZ.sum(axis=0) + s.c * s.b, c=FITTED),
    "db stays zero": Candidate("b", lambda s: np.zeros(s.b.shape)),
    "factor in db": Candidate(
        "b", lambda s: s.c * s.dZ.sum(axis=0), c=FITTED, span=(-np.inf, np.inf)
    ),
    # Back through the weights.
    "transposed upstream": Candidate("upstream", lambda s: s.dZ @ s.W),
    "no weights on the way back": Candidate("upstream", lambda s: s.dZ),
    "weights updated too early": Candidate(
        "upstream", lambda s: s.dZ @ (s.W - s.c * (s.A.T @ s.dZ)).T, c=FITTED
    ),
    "W of another layer": Candidate(
        "upstream", lambda s: s.dZ @ s.near([W for W, _ in s.network.params]).T, c=NEAR
    ),
    "dW for W": Candidate("upstream", lambda s: s.dZ @ (s.A.T @ s.dZ).T),
    "1/N in every layer": Candidate("upstream", lambda s: s.dZ @ s.W.T / s.n),
    "bias on the way back": Candidate(
        "upstream", lambda s: s.dZ @ s.W.T + s.network.params[s.layer - 2][1]
    ),
    "factor on the way back": Candidate(
        "upstream", lambda s: s.c * (s.dZ @ s.W.T), c=FITTED, span=(-np.inf, np.inf)
    ),
    # Back through the ReLU.
    "no gate": Candidate("gate", lambda s: s.dA),
    "gate on the gradient": Candidate(
        "gate", lambda s: s.dA * (s.dA > 0) * ((s.Z > 0) if s.c else 1), c=(0, 1)
    ),
    "gate of another layer": Candidate(
        "gate", lambda s: s.dA * (_tested(s) > 0), c=("X", *NEAR)
    ),
    "gate before the product": Candidate(
        "gate",
        lambda s: (
            s.above * (s.network.before[s.layer] > 0) @ s.network.params[s.layer][0].T
        ),
        second=True,
    ),
    "gate the wrong way round": Candidate("gate", lambda s: s.dA * (s.Z <= 0)),
    "leaky gate": Candidate(
        "gate", lambda s: np.where(s.Z > 0, 1, s.c) * s.dA, c=FITTED
    ),
    "gate of plus and minus one": Candidate("gate", lambda s: s.dA * np.sign(s.Z)),
    "value for the gate": Candidate(
        "gate", lambda s: s.dA * (np.maximum(s.Z, 0) if s.c else s.Z), c=(1, 0)
    ),
    "derivative of a sigmoid": Candidate(
        "gate",
        lambda s: s.dA * s.c(s.Z),
        c=(
            lambda Z: _sigmoid(Z) * (1 - _sigmoid(Z)),
            lambda Z: np.maximum(Z, 0) * (1 - np.maximum(Z, 0)),
            lambda Z: Z * (1 - Z),
            lambda Z: _sigmoid(np.maximum(Z, 0)) * (1 - _sigmoid(np.maximum(Z, 0))),
        ),
    ),
    "derivative of tanh": Candidate(
        "gate",
        lambda s: s.dA * s.c(s.Z),
        c=(
            lambda Z: 1 - np.tanh(Z) ** 2,
            lambda Z: 1 - np.maximum(Z, 0) ** 2,
            lambda Z: 1 - Z**2,
        ),
    ),
    "only the gate": Candidate("gate", lambda s: (s.Z > 0) * 1.0),
    "one gate for the batch": Candidate(
        "gate",
        lambda s: s.dA * (s.c(s.Z, axis=0) > 0),
        c=(np.sum, np.min, lambda Z, axis: Z[0], lambda Z, axis: Z[-1]),
    ),
    "gate at another threshold": Candidate(
        "gate", lambda s: s.dA * (s.c < s.Z), c=(1, 0.5)
    ),
    "gate without the bias": Candidate("gate", lambda s: s.dA * (s.Z - s.b > 0)),
    "nothing passed back": Candidate("gate", lambda s: 0 * s.dA),
    # The list.
    "reversed order": Candidate("list", lambda grads, network, c: grads[::-1]),
    "values clipped": Candidate(
        "list",
        lambda grads, network, c: [tuple(np.clip(g, -c, c) for g in p) for p in grads],
        c=FITTED,
    ),
    "parameters for gradients": Candidate(
        "list",
        lambda grads, network, c: [
            (W - c * dW, b - c * db)
            for (W, b), (dW, db) in zip(network.params, grads, strict=True)
        ],
        c=FITTED,
    ),
}
"""The known faults by name, in the words of chapter 07."""

WORDS = """
Y forgotten: The gradient at the logits is that of the probabilities alone: each of
  its rows should sum to zero, and these sum to more. Where are the true classes Y
  taken off?
extra p(1 − p): The gradient at the logits has a factor p(1 − p) too many, the
  derivative of a sigmoid. Softmax and cross-entropy were differentiated together
  already: is there one more derivative behind them?
softmax differentiated twice: The gradient at the logits is P minus Y, sent through
  the derivative of softmax once more. That is the gradient of a squared error, not of
  the cross-entropy. Which of the two losses did you differentiate?
stopped at the probabilities: The gradient at the logits is the one for the
  probabilities: minus 1/p for the true class and 0 elsewhere. Is the way through
  softmax still missing?
divided by p(1 − p): The gradient at the logits is divided by p(1 − p). That is the
  gradient of yes-or-no losses for the probabilities. Is the way through softmax
  missing?
only the true class: At the logits only the true class gets a gradient. The other
  classes' probabilities depend on the logits, too: what should push them down?
logits for probabilities: The true classes are taken off the logits themselves, not
  off the probabilities. Was softmax left out on the way back?
exponentials not normalised: The true classes are taken off exponentials that do not
  sum to 1. Where is the division that makes them probabilities?
softmax over the batch: The probabilities in the gradient sum to 1 over the examples,
  not over the classes. Along which axis does your softmax sum?
sigmoid for softmax: The true classes are taken off the sigmoids of the logits. Which
  function makes the probabilities in your forward pass?
predicted class for probabilities: The gradient at the logits knows only which class
  is the likeliest: 0 where it is the true one. Where have the probabilities gone?
labels not one-hot: From every probability of a row the number of the class is taken
  off: 2 for class 2. Where does the label become a row of zeros with a single 1?
labels shifted by one: The gradient pulls every example to the class beside its true
  one, as if the labels were shifted by one. Do your classes count from 0 in each
  place?
labels of other examples: Each example meets the label of another one. Are X and y in
  the same order in the line for the logits' gradient?
labels smoothed: The true class counts less than 1 in the gradient, and the others get
  {c} spread over them. That is label smoothing, and the loss has none. How is Y made?
only one part divided by N: Of the difference of P and Y only one part is divided by
  N. What do you divide, and is Y taken off before or after it?
gate on the logits: The gradient at the logits is 0 wherever the logit is negative.
  There is no ReLU behind the last layer: is there a gate for it on the way back?
only one example: All gradients are made from one single example of the batch. Is
  there an index that is left over, or an `=` where a `+=` belongs?
one example left out: One example of the batch, the first or the last, adds nothing to
  any gradient. Where do the examples begin and where do they end?
wrong sign: Every gradient points the opposite way. Look at the order of the
  difference at the logits: should the logit of the true class grow or shrink to lower
  the loss, and what does your sign say?
forgotten 1/N: Every gradient is N times what it should be, with N the number of
  examples. The loss is a mean over the batch: how much does it change when the loss
  of one example changes, and where does your gradient say so?
1/N twice: Everything is divided by N, the number of examples, once too often. The
  loss has only one mean: in which places do you divide by N or take one?
divided by the classes: Every gradient is divided by the number of classes where the
  number of examples belongs. Which axis of the array counts the examples?
divided by N and the classes: Every gradient is divided by the number of examples and
  by that of the classes, too. Do you take a mean over the whole array somewhere?
divided by the inputs: Every gradient is divided by the number of inputs where the
  number of examples belongs. Which axis of X counts the examples?
divided by N − 1: Every gradient is divided by N − 1 where N belongs. How many
  examples does the mean of the loss count?
nothing starts: All gradients are zero. Does the gradient at the logits get lost, or
  is it rounded down to 0, as `//` and whole-number types do?
constant factor: Every gradient on every network is {c} times the true one. Is
  something multiplied in that does not belong to the gradient, such as a learning
  rate?
fixed batch size: However many examples there are, every gradient is multiplied by {c}
  where 1/N belongs. Is there a number, a learning rate or a name from outside your
  function where the number of rows of X belongs?
norm clipped: Where all gradients together are longer than {c}, they are shortened to
  that length. Clipping belongs to the update. Is there a limit in your function?
times the loss: Every gradient is multiplied by the loss itself. With what number does
  the walk back from the loss begin: how much does the loss change when the loss
  changes by 1?
transposed dW: The gradient of the weights {where} is transposed: its rows stand where
  the columns belong. What shape has your product, and what shape has W?
dW from Z: The gradient of the weights {where} is made from the Z of the layer before,
  not from the A that went into the layer. Which of the two met the weights in the
  forward pass?
dW from another A: The gradient of the weights {where} is made with the A of another
  layer. What went *into* the layer in the forward pass, and which index has it?
dW from another dZ: The gradient of the weights {where} is made with the dZ of the
  layer above. Is dZ passed on before or after dW is made?
dW averaged: The gradient of the weights {where} is divided by N once more; the mean
  is in dZ already. Do you divide in the line for dW as well?
dW without 1/N: The gradient of the weights {where} is N times what it should be, and
  other gradients are not. Is 1/N missing in the line for dW?
dW before the gate: The gradient of the weights {where} is made from the gradient
  before the ReLU gate, not after it. Which array stands in the line for dW?
weight decay: To the gradient of the weights {where} {c} times W is added. That is
  weight decay, and this loss has none. Is there a penalty in your backward pass?
weight decay over N: To the gradient of the weights {where} {c} times W is added,
  divided by N. That is weight decay, and this loss has none. Is there a penalty in
  your backward pass?
dW from one example: The gradient of the weights {where} comes from one single
  example. Are the others overwritten: an index left over, or an `=` where a `+=`
  belongs?
dW lacks one example: In the gradient of the weights {where} the first or the last
  example is missing. Where does your loop over the examples begin and end?
dW from averages: The gradient of the weights {where} is the product of two averages
  over the batch. It should be the average of the products: what is multiplied first?
dW in another order: In the gradient of the weights {where} the first example's input
  meets the last example's dZ. Are both in the same order?
dW from a cut A: The gradient of the weights {where} is made with an input that was
  cut: to whole numbers, or to on and off. What is done to A before the product?
dW stays zero: The gradient of the weights {where} is zero. Is it ever filled in after
  it was made of zeros?
factor in dW: The gradient of the weights {where} is {c} times the true one, and other
  gradients are not. What is multiplied in, in the line for dW?
bias averaged: The gradient of the bias {where} is averaged over the batch once more;
  the mean is in dZ already. How is db made from dZ, and how is dW, which is a sum
  over the examples?
db without 1/N: The gradient of the bias {where} is N times what it should be, and
  that of the weights is not. Is 1/N missing in the line for db?
db before the gate: The gradient of the bias {where} is taken before the ReLU gate,
  not after it. Which array do you sum for db: the one that dW is made from?
db over the wrong axis: The gradient of the bias {where} is summed over the wrong
  axis: one number for each example instead of one for each unit. Which axis counts
  the examples?
db from one example: The gradient of the bias {where} comes from one single example.
  Are the others overwritten: an index left over, or an `=` where a `+=` belongs?
db lacks one example: In the gradient of the bias {where} the first or the last
  example is missing. Where does your loop over the examples begin and end?
db from another dZ: The gradient of the bias {where} is made with the dZ of the layer
  above. Is dZ passed on before or after db is made?
db one number for all: The gradient of the bias {where} is one number for all units:
  dZ is summed over the whole array. Which axis should stay?
db kept as a row: The gradient of the bias {where} has the right numbers, as an array
  with one row; the bias itself has one axis. Does your sum keep an axis?
db not summed: The gradient of the bias {where} is dZ itself, one row for each
  example. Each unit has one bias: how do the rows come together?
db times b: The gradient of the bias {where} is multiplied by the bias itself. By how
  much does Z grow when b grows by 1?
db from dW: The gradient of the bias {where} is the sum of the columns of dW. The
  input is in it, then: does a bias meet the input?
bias decay: To the gradient of the bias {where} {c} times b is added, as in weight
  decay. This loss has none: is there a penalty in your backward pass?
db stays zero: The gradient of the bias {where} is zero. Is it ever filled in after it
  was made of zeros?
factor in db: The gradient of the bias {where} is {c} times the true one, and that of
  the weights is not. What is multiplied in, in the line for db?
transposed upstream: The gradient is passed back with the weight matrix {where} the
  wrong way round, rows for columns. Write the shapes beside that product, with
  different widths: does it still exist?
no weights on the way back: The gradient is handed to the layer below without passing
  through the weights {where}: one link of the chain rule is missing. Does what the
  layer below receives depend on the weights between?
weights updated too early: The gradient is passed back through weights {where} that
  have taken their step already, one with learning rate {c}. When do you update W, and
  when do you need its old value?
W of another layer: The gradient that leaves the layer goes through the weights of
  another layer, not through those {where}. Which index has the W that dZ met going
  forward?
dW for W: The gradient is passed back through dW {where}, not through W. Which of the
  two connected the layers in the forward pass?
1/N in every layer: On its way through the weights {where} the gradient is divided by
  N once more. The loss has one mean: in how many places do you divide?
bias on the way back: A bias is added to the gradient that passes back through the
  weights {where}. Does a bias change how Z reacts to A?
factor on the way back: On its way through the weights {where} the gradient is
  multiplied by {c}. Is a scale left there that the forward pass does not have, such
  as dropout's?
no gate: The gradient passes the ReLU {where} as if it were always on: units that were
  off let it through. Is there a gate at all? And if there is: which array does it
  test, and can that array be negative?
gate on the gradient: The ReLU {where} lets only positive gradients through. Whether a
  unit was on was settled in the forward pass: which array does your gate test?
gate of another layer: The gate {where} tests the values of another layer. Which Z
  belongs to the A whose gradient you have there, and which index has it?
gate before the product: In place of the gate {where} that of the next layer is used,
  before the product with the weights. Walk backward: which comes first, W or ReLU?
gate the wrong way round: The gate {where} lets the gradient through where the unit
  was off. Which side of 0 does ReLU pass on?
leaky gate: Units {where} that were off let {c} of the gradient through. That is the
  derivative of a leaky ReLU: which one is in the forward pass?
gate of plus and minus one: Units {where} that were off turn the sign of the gradient.
  That is the slope of an absolute value. What is the slope of ReLU below 0?
value for the gate: The gradient at the ReLU {where} is multiplied by the value of the
  unit, not by its slope. What is the slope of ReLU: what does it do to 2, to 3?
derivative of a sigmoid: The gradient at the ReLU {where} is multiplied by the
  derivative of a sigmoid. Which activation is in the forward pass?
derivative of tanh: The gradient at the ReLU {where} is multiplied by the derivative
  of tanh. Which activation is in the forward pass?
only the gate: The layer {where} gets the gate alone, ones and zeros; the gradient
  that came in from above is lost. What does the gate multiply?
one gate for the batch: The gate {where} is the same for all examples of the batch. A
  unit can be on for one example and off for the next: over what do you test?
gate at another threshold: The gate {where} opens above {c}, and ReLU opens above 0.
  What does your comparison test?
gate without the bias: The gate {where} tests Z without its bias. What exactly went
  into ReLU?
nothing passed back: Behind the ReLU {where} all gradients are zero: nothing is passed
  back so far. Does the loop end too early, or is dZ never handed on?
reversed order: The pairs come in the order in which the backward pass makes them,
  last layer first. Which layer does the first pair of params belong to?
values clipped: No entry of your gradients is above {c} or below −{c}: larger ones are
  cut. Clipping belongs to the update. Is there a limit in your function?
parameters for gradients: These are the parameters after a step with learning rate
  {c}, not the gradients. The update is a function of its own: what should this one
  return?
"""
"""What a learner reads: what the numbers are like, then a question.

``{where}`` stands for the layers, ``{c}`` for the unknown number.
"""

for _entry in re.split(r"\n(?! )", WORDS.strip()):
    _name, _text = _entry.split(": ", 1)
    CANDIDATES[_name] = replace(CANDIDATES[_name], words=" ".join(_text.split()))


ALIKE = {"no gate": ("a gate that never closes",)}
"""Other names for the same behaviour."""


def in_words(explanations: list[tuple], layers: int) -> list[str]:
    """Put explanations into words: each a tuple of (fault, layer, number)."""
    alike = [" with ".join(dict.fromkeys(i[0] for i in e)) for e in explanations]
    names = list(dict.fromkeys(item[0] for item in explanations[0]))
    if len(explanations) > 1:
        head = f"Several faults explain this equally well: {' or '.join(alike)}."
    elif len(names) > 1:
        head = f"Two faults together: {' and '.join(names)}."
    else:
        head = f"That is how “{names[0]}” behaves."
    told = []
    for name in dict.fromkeys(item[0] for items in explanations for item in items):
        own = [item for items in explanations for item in items if item[0] == name]
        where = listed(
            dict.fromkeys(
                _where(CANDIDATES[name], layer, layers) for _, layer, _ in own
            )
        )
        c = own[0][2]
        number = f"{c:.4g}" if isinstance(c, int | float) else ""
        told.append(CANDIDATES[name].words.format(where=where, c=number))
    return [head, *told]


def _where(candidate, layer: int, layers: int) -> str:
    places = candidate.places(layers)
    if not layer and len(places) > 1:
        every = {"hidden": "hidden layer", "upper": "layer but the first"}
        return f"of every {every.get(candidate.where, 'layer')}"
    if layer < 0:
        last = "last hidden layer" if candidate.where == "hidden" else "last layer"
        return f"of the {last}" if layer == -1 else f"{-layer} layers from the end"
    return f"of layer {layer or places[0]}" if places else ""
