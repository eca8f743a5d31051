"""Check gradients against central differences, and name what is wrong with them.

Two tools for chapter 07. :func:`check_gradients` compares any gradients with
numerical ones, tensor by tensor. :func:`diagnose` runs a whole backward pass on
random networks and says which of the known faults, or which two together, it
behaves like: each changes one step of a correct backward pass, and they are tried
from the loss inwards until the numbers agree. Where none fits, it says at which
step the numbers part. :func:`explain_backward` does the same with numbers that are
there already.

The network throughout: a batch is rows, ``params`` is a list of ``(W, b)`` with
``W: (D_in, D_out)`` and ``b: (D_out,)``, ReLU after every layer but the last,
and the loss is the mean softmax cross-entropy of the last layer's logits.

Each module imports from those above it only: ``words``; ``numerical`` (central
differences, errors); ``check`` (the report); ``network`` (the reference, step by
step); ``attempt`` (running a learner's function, and what of it is right);
``faults`` (the table of known ones); ``search`` (which of them give the learner's
numbers); ``location`` (what is in no list); ``diagnosis``.
"""

from .check import LARGE, check_gradients
from .diagnosis import diagnose, explain_backward
from .faults import CANDIDATES
from .numerical import numerical_gradient, relative_error

__all__ = [
    "CANDIDATES",
    "LARGE",
    "check_gradients",
    "diagnose",
    "explain_backward",
    "numerical_gradient",
    "relative_error",
]
