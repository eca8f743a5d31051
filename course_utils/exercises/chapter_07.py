"""Exercises of chapter 07, "Derive backpropagation by hand"."""

import numpy as np

from course_utils import gradcheck
from course_utils.checking.core import AnswerFormError, ExerciseSet
from course_utils.checking.mistakes import compiled, edited, half
from course_utils.checking.values import kind

exercises = ExerciseSet("07")


# 1. What is a slope?

nudge = exercises.prediction(
    "nudge",
    title="Nudge one number",
    example=-3.0,
)

forward_passes = exercises.number(
    "forward_passes",
    title="How many forward passes for one step?",
    answer="2 * (inputs * hidden + hidden_biases + hidden * outputs + output_biases)",
    given={
        "inputs": 784,
        "hidden": 30,
        "hidden_biases": 30,
        "outputs": 10,
        "output_biases": 10,
    },
    terms={
        "2": "2",
        "hidden_biases": "the count of hidden biases",
        "output_biases": "the count of output biases",
        "inputs * hidden + hidden_biases + hidden * outputs + output_biases": (
            "the number of parameters"
        ),
    },
    mistakes=(
        (
            23_861,
            "That is right for forward differences, which share the unnudged loss. "
            "Central differences nudge each parameter up and down.",
        ),
        (2 * (784 * 30 + 30 * 10), "The biases are parameters, too: 40 of them."),
        (4 * 23_860, "Two losses for each parameter are enough: above and below."),
    ),
    hints=(
        "How many passes does the slope with respect to one parameter take?",
        "(loss(w + h) − loss(w − h)) / 2h has two losses in it. There are 23,860 "
        "parameters.",
    ),
)


# 2. Gates

gate_gradients = exercises.array(
    "gate_gradients",
    title="Every number on the graph",
    points=2,
    answer=[5.0, 5.0, -1.0, 0.0],
    mistakes=(
        (
            [-1.0, -1.0, 5.0, 0.0],
            "The multiplication hands each input its own value here. Nudge one "
            "factor: whose size decides how much the product moves?",
        ),
        (
            [5.0, 5.0, -1.0, -1.0],
            "Both inputs of max get the gradient here. Nudge the smaller one a "
            "little: does max notice?",
        ),
        (
            [5.0, 5.0, 0.0, -1.0],
            "The gradient goes to the input that max did not choose.",
        ),
        (
            [1.0, 1.0, 1.0, 0.0],
            "Those are the local slopes of the first two gates. What arrives from "
            "the multiplication is still missing.",
        ),
        (
            [2.5, 2.5, -1.0, 0.0],
            "The plus does not divide the gradient among its inputs: each of them "
            "moves the sum one to one.",
        ),
        (
            [10.0, -15.0, -5.0, 0.0],
            "The upstream gradient is multiplied with the value of each input. It "
            "must be multiplied with the local slope.",
        ),
    ),
    hints=(
        "Start at the right: the gradient at f itself is 1. Its gate multiplies, so "
        "s gets the value of m, and m gets the value of s.",
        "The plus hands the gradient of s to a and to b unchanged. The max hands "
        "that of m to the larger of c and d; the other gets nothing.",
    ),
)


@exercises.function(
    title="The local slopes of three gates",
    cases=[
        ("+", 2.0, -3.0),
        ("*", 2.0, -3.0),
        ("max", 2.0, -3.0),
        ("max", 1.0, 4.0),
        ("max", -4.0, -3.0),
        ("max", 3.0, 2.0),
        ("max", -0.5, -2.0),
        ("*", 0.0, 0.5),
    ],
    results=("for a", "for b"),
    terms={"gate == '+'": "the gate `+`", "gate == '*'": "the gate `*`"},
    hints=(
        "For each gate ask twice: I raise one input by a hair; by how many hairs "
        "does the output rise?",
        "Raise a by h in a * b: the product rises by h * b. So the slope with "
        "respect to a is b. And the other one?",
        "max follows the larger input one to one and does not see the other.",
    ),
)
def local_slopes(gate, a, b):
    """Slopes of "+", "*" or "max" with respect to a and to b: two numbers."""
    if gate == "+":
        return 1.0, 1.0
    if gate == "*":
        return b, a
    return (1.0, 0.0) if a > b else (0.0, 1.0)


local_slopes.known_mistakes = {
    "return b, a => return a, b": (
        "The slopes of the product are exchanged. Raise a by h: the product rises by "
        "h times the *other* number."
    ),
    "return 1.0, 1.0": (
        "max gives both inputs a slope here. The smaller one can move a little and "
        "the maximum does not notice."
    ),
    "return 1.0, 0.0": (
        "max always hands its slope to the first input here. Which of the two it "
        "follows depends on their values."
    ),
    "a > b => abs(a) > abs(b)": "The sign counts: of −1 and −2, −1 is the larger one.",
    "a > b => a < b": "max hands its slope to the smaller input here.",
    "return (a, 0.0) if a > b else (0.0, b)": (
        "For max these are values. A slope says how many times as fast the output "
        "moves as the input."
    ),
    "return 1.0, 1.0 => return a, b": (
        "For the sum these are its inputs. Raise one of them by h: by how much does "
        "the sum rise, and does that depend on the values?"
    ),
    "return 1.0, 1.0 => return 0.5, 0.5": (
        "The sum does not share out its slope in halves: each input moves it one to "
        "one."
    ),
    ("1.0, 1.0 => a + b", "b, a => a * b", "return max(a, b)"): (
        "These are the values of the gates. A slope says how fast the value follows "
        "one input: there are two of them, one for each input."
    ),
}
local_slopes.same = {"for equal inputs either will do": ("a > b => a >= b",)}


# 3. A scalar engine


def _of_a_given_method(x, y, expression):
    """Value and slopes of what came with the stub; the chapter needs it."""
    try:
        result = eval(expression, {"x": x, "y": y})
        backward(result)
    except (AttributeError, TypeError):
        raise AnswerFormError(
            "The three gates are there. But `-`, `exp` and `log`, which were written "
            "already, are gone or do not run: keep them, later sections need them.",
            type(x),
        ) from None
    return {"data": result.data, "slopes of x and y": (x.grad, y.grad)}


def _make(answer, expression, numbers):
    """Leaves x and y of a learner's class, and what the expression makes of them."""
    x, y = (answer(number) for number in numbers)
    if expression in ("x - y", "x.exp()", "x.log()"):
        return _of_a_given_method(x, y, expression)
    result = eval(expression, {"x": x, "y": y})
    if result is None:
        return None
    if problem := _problem(result, x, y, numbers):
        raise AnswerFormError(problem, result)
    pairs = [
        f"{'x' if parent is x else 'y'}: {slope:.6g}"
        for parent, slope in zip(result.parents, result.slopes)
    ]
    return {"data": result.data, "parents and slopes": ", ".join(sorted(pairs))}


def _problem(result, x, y, numbers):
    """Say what keeps the slopes of a result from being told."""
    if (x.data, y.data) != numbers or len(x.parents) + len(y.parents):
        return (
            "The operation changes x or y itself. Later steps need them as they were: "
            "make a new Value, and change nothing else."
        )
    if result is x or result is y:
        return "One of the two itself comes back. Make a new Value, with its parents."
    if np.isscalar(result):
        return "A plain number comes back. Put it into a new Value, with its parents."
    parents, slopes = ([*kept] for kept in (result.parents, result.slopes))
    if not parents:
        return "The result has no parents. Pass them to the new Value, and the slopes."
    if not all(parent is x or parent is y for parent in parents):
        return (
            "The parents are not the two Values themselves. From numbers nobody can "
            "walk back to the Values that they came from."
        )
    if len(slopes) != len(parents):
        return f"Parents: {len(parents)}, slopes: {len(slopes)}. Each has one slope."
    if not all(map(np.isscalar, slopes)):
        return "These slopes are no numbers. local_slopes takes the numbers in `data`."
    return None


@exercises.function(
    title="A number that remembers",
    points=2,
    cases=[
        ("x + y", (2.0, -3.0)),
        ("x * y", (2.0, -3.0)),
        ("x.maximum(y)", (2.0, -3.0)),
        ("x.maximum(y)", (1.0, 4.0)),
        ("x.maximum(y)", (5.0, 4.0)),
        ("x * x", (3.0, 0.0)),
        ("x - y", (3.0, 0.5)),
        ("x.exp()", (3.0, 0.5)),
        ("x.log()", (3.0, 0.5)),
    ],
    run=_make,
    labels=("expression", "x and y"),
    terms={"local_slopes": "the call of local_slopes", "other.data": "`other.data`"},
    hints=(
        "Each method returns a new Value. What are its data, its parents, its slopes?",
        "The parents are the two Values themselves, as a tuple: (self, other). The "
        "slopes come from your local_slopes, which takes plain numbers.",
        "For the sum: the data are self.data + other.data, and the slopes are those "
        'of the gate "+" at self.data and other.data.',
    ),
)
class Value:
    """A number that knows which Values it was made from, and the slopes."""

    def __init__(self, data, parents=(), slopes=()):
        self.data = data  # the number itself
        self.parents = parents  # the Values it was made from
        self.slopes = slopes  # its slope with respect to each parent
        self.grad = 0.0  # slope of the final result; filled in later

    def __add__(self, other):
        slopes = local_slopes("+", self.data, other.data)
        return Value(self.data + other.data, (self, other), slopes)

    def __mul__(self, other):
        slopes = local_slopes("*", self.data, other.data)
        return Value(self.data * other.data, (self, other), slopes)

    def maximum(self, other):
        slopes = local_slopes("max", self.data, other.data)
        return Value(max(self.data, other.data), (self, other), slopes)

    def __sub__(self, other):
        return self + other * Value(-1.0)

    def exp(self):
        result = np.exp(self.data)
        return Value(result, (self,), (result,))

    def log(self):
        return Value(np.log(self.data), (self,), (1 / self.data,))


Value.known_mistakes = {
    'slopes("*", self.data, other.data) => slopes("*", other.data, self.data)': (
        "The slopes of the product are exchanged: each belongs to the parent that "
        "stands in the same place."
    ),
    ('"*" => "+"', '"max" => "+"'): (
        "All three methods use the slopes of the sum. Each gate has its own: pass its "
        "name to local_slopes."
    ),
    ("self.data * other.data, => self.data + other.data,", '"*" => "+"'): (
        "The product does what the sum does. Was it copied, and not changed?"
    ),
    'local_slopes("max", self.data, other.data) => (1.0, 1.0)': (
        "Both inputs of max get a slope here. The smaller one can move a little and "
        "the maximum does not notice."
    ),
}
Value.same = {
    "either is the larger": (
        "max(self.data, other.data) => max(other.data, self.data)",
    ),
}


def _order_in_words(answer, graph):
    """Run an answer on a graph, and say what the order is like."""
    edges = {part[0]: part[2:].split(",") if part[1:] else [] for part in graph.split()}
    nodes = {}
    for name, parents in edges.items():
        parents = tuple(nodes[parent] for parent in parents)
        nodes[name] = Value(1.0, parents, (1.0,) * len(parents))
    names = {id(node): name for name, node in nodes.items()}
    order = answer(list(nodes.values())[-1])
    if order is None:
        return None
    if not isinstance(order, list | tuple):
        raise AnswerFormError(
            f"Return a list of Values: it has an order. This is {kind(order)}.", order
        )
    found = [names.get(id(node), kind(node)) for node in order]
    for name in nodes:
        if found.count(name) != 1:
            return f"{name} comes {found.count(name)} times in: {' '.join(found)}"
    for name, parents in edges.items():
        for parent in parents:
            if found.index(parent) > found.index(name):
                return f"{name} comes before its parent {parent}: {' '.join(found)}"
    if len(found) > len(nodes):
        return f"there is more in it than the graph has: {' '.join(found)}"
    return "every node once, parents first"


@exercises.function(
    title="Parents first",
    points=2,
    cases=[  # Values, each with its parents
        ("a  f=a",),
        ("a  b  c=a,b  f=c,a",),
        ("a  b=a  c=b  f=a,c",),
        ("a  b=a,a  c=b,a  d=c,b  f=b,d,c",),
    ],
    run=_order_in_words,
    labels=("graph",),
    terms={
        "node": "the Value",
        "node in seen": "a Value that was seen before",
        "seen.add(node)": "the note that the Value was seen",
        "order.append(node)": "the adding to the list",
        "visit(parent)": "the visit to a parent",
        "visit(output)": "the visit to the output",
        "order": "the list",
    },
    hints=(
        "Write an inner function visit(node). When may it append its node to the "
        "list: before or after it has visited the parents?",
        "A Value that is used twice is reached twice. Keep a set of those that you "
        "have seen, and return at once when a node is in it.",
        "visit(node): if seen, return; remember it; visit every parent; append the "
        "node. Then start it at the output, and return the list.",
    ),
)
def topological_order(output):
    """output and all Values it depends on, each after its parents."""
    order, seen = [], set()

    def visit(node):
        if node in seen:
            return
        seen.add(node)
        for parent in node.parents:
            visit(parent)
        order.append(node)

    visit(output)
    return order


topological_order.known_mistakes = {
    "seen.add(node) => ": (
        "A Value that is used twice comes twice in this list. Remember which ones you "
        "have visited."
    ),
    (
        "order.append(node) => ",
        "seen.add(node) => seen.add(node); order.append(node)",
    ): (
        "The output comes first here: each node is appended before its parents are "
        "visited. When may it be appended?"
    ),
    (
        "order.append(node) => ",
        "seen.add(node) => seen.add(node); order.append(node)",
        "return order[::-1]",
    ): (
        "Each node is appended before its parents are visited, and the list is turned "
        "round at the end. Where paths differ in length that does not help."
    ),
    "    visit(output) => ": "The list stays empty: the walk is never started.",
    "return order[::-1]": half(
        "Right, but back to front: the exercise asks for parents first."
    ),
    "return order[:-1]": "The output itself is missing from the list.",
    "return [*dict.fromkeys(output.parents), output]": (
        "Only the direct parents are here. They have parents, too: the walk must go on."
    ),
}
topological_order.same = {
    "any order of the parents will do": (
        "for parent in node.parents: … => the loop runs in the opposite order",
    ),
}


@topological_order.mistake(
    "This goes by the number of steps from the output. It fails where one path is "
    "longer than another: a Value may be near and far at once."
)
def by_distance(output):
    order, queue = [], [output]
    while queue:
        node = queue.pop(0)
        if node not in order:
            order.append(node)
            queue.extend(node.parents)
    return order[::-1]


fork = exercises.number(
    "fork",
    title="A number that is used twice",
    answer=7.0,
    mistakes=(
        (3.0, "That is what arrives along one path, from one side of x * x."),
        (6.0, "That is the slope of x * x alone. x also enters the sum directly."),
        (1.0, "That is what arrives along the direct path alone."),
        (4.0, "x enters x * x on both sides, and each side counts."),
        (12.0, "That is the value of the expression, not its slope."),
        (9.0, "That is the value of x * x. How fast does it move with x?"),
        (10.0, "x adds its 1. But the 9 is the value of x * x, not its slope."),
    ),
    hints=(
        "Follow the three paths from x to f: two go through the product, one goes "
        "directly to the sum. What does each of them bring?",
        "Along the paths arrive 3, 3 and 1. A nudge of x travels along all of them "
        "at the same time.",
    ),
)


def _slopes_after(answer, expression, numbers, times):
    """Slopes of a graph after running a learner's backward, and its numbers."""
    x, y = map(Value, numbers)
    output = eval(expression, {"x": x, "y": y})
    order = topological_order(output)
    for _ in range(times):
        answer(output)
    return {
        "slopes of x and y": (x.grad, y.grad),
        "slopes on the way": [n.grad for n in order if n.parents],
        "numbers afterwards": [n.data for n in order],
    }


@exercises.function(
    title="The backward pass",
    points=3,
    cases=[
        ("x + y", (2.0, 4.0), 1),
        ("x * y", (2.0, -3.0), 1),
        ("x * x + x", (3.0, 0.0), 1),
        ("(u := x * y) * y + u", (2.0, -3.0), 1),
        ("(v := x * x + y) * v + v.maximum(x)", (2.0, -0.5), 1),
        ("x * x + x", (3.0, 0.0), 2),
    ],
    run=_slopes_after,
    labels=("expression", "x and y", "calls"),
    terms={
        "parent.grad": "the grad of a parent",
        "node.grad": "the grad of the node",
        "output.grad": "the grad of the output",
        "slope": "the local slope",
        "node.grad * slope": "what the node hands on",
        "topological_order": "the order from parents to output",
    },
    hints=(
        "The slope of the output with respect to itself is 1. Write that into its "
        "grad; then go through the nodes from the output to the leaves.",
        "Each node hands to each of its parents: its own grad times its slope with "
        "respect to that parent. zip(node.parents, node.slopes) gives the pairs.",
        "A parent may get something from several children. What must happen with "
        "what it already has? And what if backward was called before?",
    ),
)
def backward(output):
    """Fill in grad of every Value that output depends on; starts from 0."""
    order = topological_order(output)
    for node in order:
        node.grad = 0.0
    output.grad = 1.0
    for node in reversed(order):
        for parent, slope in zip(node.parents, node.slopes):
            parent.grad += node.grad * slope


backward.known_mistakes = {
    "+= => =": (
        "The fork bug. Where a Value is used twice, the second gradient overwrites the "
        "first. A nudge travels along all paths, so what arrives must add up."
    ),
    "output.grad = 1.0 => ": (
        "All gradients are zero, that of the output, too. Is its slope with respect to "
        "itself set, and not erased again?"
    ),
    "order) => order[:-1])": (
        "The output has its slope, and nothing else gets any. Does the walk begin at "
        "the output, and is what travels the grad of the node that hands on?"
    ),
    "reversed(order) => order": (
        "Only the output's own parents get anything. Either this goes from the "
        "leaves to the output, or it stops after one step. A node hands on what it "
        "has already got: go through the whole order, from its end."
    ),
    ".grad * => .data *": (
        "What travels is the *value* of the node that hands on. It is its slope, "
        "`grad`, that is multiplied with the local slope."
    ),
    "node.grad * slope => node.grad * parent.data": (
        "Each parent gets its own *value* times what arrives. It is the local slope "
        "that is multiplied: for a product, the value of the other one."
    ),
    "1.0 => output.data": (
        "The walk starts with the value of the output. The slope of the output "
        "with respect to itself is 1, whatever its value."
    ),
    "node.grad = 0.0 => node.grad = 1.0": (
        "Every grad begins at 1 here. That is true of the output alone; the others "
        "begin at 0 and collect what arrives."
    ),
    "node.grad = 0.0 => pass": half(
        "Right the first time. Called again, it adds to the gradients of before: set "
        "them all to 0 first."
    ),
    (
        "for node in reversed(order): => def hand_on(node):",
        "* slope => * slope\n            hand_on(parent)\n    hand_on(output)",
    ): (
        "A node hands on before all of its own slope has arrived, and then again. Go "
        "through the topological order from its end: each node hands on once."
    ),
}
backward.same = {
    "neither the order of the parents matters, nor what a leaf would hand on": (
        "for parent, slope in zip(node.parents, node.slopes): … => "
        "the loop runs in the opposite order",
        "for node in reversed(order): … => the last turn of the loop is left out",
    ),
    "all begin with 0 in any order, but for the output": (
        "for node in order: … => the loop runs in the opposite order",
        "for node in order: … => the last turn of the loop is left out",
    ),
}


# 4. One neuron, then a network

neuron_gradients = exercises.array(
    "neuron_gradients",
    title="One neuron backward",
    points=2,
    answer="2 * (output - target) * np.array([input_1, input_2, 1.0])",
    given={"output": 1.0, "target": 3.0, "input_1": 2.0, "input_2": 3.0},
    terms={
        "2": "the 2 of the square",
        "output - target": "the distance from the target",
        "2 * (output - target)": "what arrives at z",
    },
    mistakes=(
        (
            [-2.0, 4.0, -4.0],
            "Those are the slopes with respect to the inputs. At the multiplication "
            "each factor gets the value of the other.",
        ),
        ([0.0, 0.0, 0.0], "Then the gate of ReLU would be closed. Which sign has z?"),
        (
            [-8.0, -12.0, 0.0],
            "The bias enters a sum: it gets what arrives at z, unchanged.",
        ),
    ),
    hints=(
        "From the right: the slope of (a − y)² with respect to a is 2 (a − y). "
        "What is it here? The gate of ReLU is open, since z is above 0.",
        "The same number arrives at z. The plus hands it on to b and to both "
        "products; each weight gets it times its input.",
    ),
)

network_gradients = exercises.array(
    "network_gradients",
    title="A network of two, two and one",
    points=3,
    answer="2 * (output - target) * np.array([h_1, h_2, v_1 * gate_1, v_2 * gate_2, "
    "v_1 * gate_1 * input_1, v_1 * gate_1 * input_2])",
    given={
        **{"output": 3.0, "target": 1.0, "input_1": 1.0, "input_2": 2.0},
        **{"h_1": 2.0, "h_2": 0.0, "v_1": 2.0, "v_2": 3.0, "gate_1": 1, "gate_2": 0},
    },
    terms={
        "2": "the 2 of the square",
        "output - target": "the distance from the target",
        "2 * (output - target)": "what arrives at the output",
        "v_1": "`v1`",
        "v_2": "`v2`",
        "gate_1": "the gate of unit 1",
        "gate_2": "the gate of unit 2",
    },
    mistakes=(
        (
            [8.0, -4.0, 8.0, 0.0, 8.0, 16.0],
            "The weight v2 is multiplied with what comes *out* of unit 2, after the "
            "ReLU.",
        ),
        (
            [8.0, 0.0, 8.0, 0.0, 16.0, 8.0],
            "w11 and w21 are exchanged: w11 belongs to the first input.",
        ),
    ),
    hints=(
        "The slope at the output is 2 (out − y) = 4. Each v gets that times the h "
        "that it is multiplied with.",
        "To h1 arrives 4 · v1, to h2 arrives 4 · v2. Then comes the ReLU of each "
        "unit: open for a positive sum, closed for a negative one.",
        "w11 gets what arrives at z1 times x1, and w21 the same times x2.",
    ),
)

one_step = exercises.prediction(
    "one_step",
    title="After one step",
    options={
        "a": "Each number was moved a little against its gradient, and the loss fell.",
        "b": "The loss stayed as it was.",
        "c": "The loss rose: the step was too long.",
    },
    example="a",
)


# 5. From numbers to matrices


@exercises.function(
    title="Backward through a layer",
    points=3,
    cases=lambda rng: [
        (
            np.array([[1.0, -2.0]]),
            np.array([[3.0, 0.5, -1.0]]),
            np.array([[1.0, 2.0], [0.0, -1.0], [4.0, 1.0]]),
        ),
        tuple(rng.normal(size=shape) for shape in ((4, 2), (4, 3), (3, 2))),
        tuple(rng.normal(size=shape) for shape in ((3, 3), (3, 3), (3, 3))),
        tuple(rng.normal(size=shape) for shape in ((2, 5), (2, 3), (3, 5))),
    ],
    results=("dX", "dW", "db"),
    terms={
        "dZ @ W.T": "the product for dX",
        "X.T @ dZ": "the product for dW",
        "dZ.sum(axis=0)": "the sum for db",
    },
    hints=(
        "Write down the shapes: X is (N, D), W is (D, H), dZ is (N, H). Each "
        "gradient has the shape of what it belongs to.",
        "Look at the sums with indices: which index is summed over? For dW it is "
        "the example i, for dX the unit j.",
        "A `.T` brings the index that is summed over to the place where `@` sums.",
    ),
)
def affine_backward(dZ, X, W):
    """Gradients (dX, dW, db) of Z = X @ W + b from dZ, which is (N, H)."""
    dX = dZ @ W.T
    dW = X.T @ dZ
    db = dZ.sum(axis=0)
    return dX, dW, db


affine_backward.known_mistakes = {
    "return dZ @ W.T, dZ.T @ X, dZ.sum(axis=0)": (
        "dW is transposed. In a square layer its shape would look right all the "
        "same: go back to the sum with indices."
    ),
    "return dZ @ W.T, X.T @ dZ, dZ.mean(axis=0)": (
        "db is a mean over the batch. The mean is taken once, in the loss; from "
        "there on every example adds its share."
    ),
    "return dZ @ W.T, X.T @ dZ / len(X), dZ.mean(axis=0)": (
        "dW and db are divided by N here. The mean is taken once, in the loss, and dZ "
        "has it already."
    ),
    "return dZ @ W.T, X.T @ dZ, dZ.sum(axis=1)": (
        "db sums over the units. There is one bias for each unit: sum over the "
        "examples."
    ),
    "return W @ dZ.T, X.T @ dZ, dZ.sum(axis=0)": (
        "dX comes out with rows and columns exchanged. In a square layer its shape "
        "would look right: the examples are its rows, as in X."
    ),
    "return X.T @ dZ, dZ @ W.T, dZ.sum(axis=0)": half(
        "The results come in another order than asked for: dX first, then dW."
    ),
    "return dZ @ W.T, X.T @ dZ, dZ.sum(axis=0, keepdims=True)": half(
        "The numbers of db are right, its shape is not: b has the shape (H,)."
    ),
    "return X.T @ dZ, dZ.sum(axis=0), dZ @ W.T": half(
        "The results come in another order than asked for: dX, dW, db."
    ),
}


@exercises.function(
    title="Backward through ReLU",
    points=2,
    cases=lambda rng: [
        (np.array([[2.0, 3.0, -4.0]]), np.array([[-1.0, 5.0, 0.5]])),
        (np.array([[1.0, -2.0], [-3.0, 4.0]]), np.array([[0.0, 0.5], [2.0, -1.0]])),
        (rng.normal(size=(4, 3)), rng.normal(size=(4, 3))),
    ],
    terms={"Z > 0": "the gate"},
    hints=(
        "Which of the two arrays decides whether the gate is open?",
        "Where Z is above 0, the gradient passes unchanged; elsewhere it is 0. A "
        "comparison of arrays gives True and False, which count as 1 and 0.",
    ),
)
def relu_backward(dA, Z):
    """Gradient of Z, where A = relu(Z); the slope at 0 counts as 0."""
    return dA * (Z > 0)


relu_backward.known_mistakes = {
    "Z  => dA ": (
        "The gate looks at the gradient. It was set in the forward pass, by the "
        "value that went in: a negative gradient may pass."
    ),
    "return dA": (
        "The gradient passes everywhere, even where ReLU cut the value off: there "
        "is no gate here, or one that is always open."
    ),
    "(Z > => np.maximum(Z,": (
        "The gradient is multiplied with the value. ReLU's slope is 1 or 0, "
        "however large the value."
    ),
    ">  => >= ": half(
        "Nearly: this gate is open at exactly 0. Chosen on Z that is a matter of "
        "convention, and ours is closed. Applied to the value *after* ReLU, which "
        "is never below 0, it would always be open."
    ),
    "(Z > 0 => np.sign(Z": (
        "Where Z is negative the gradient comes back with its sign turned. A closed "
        "gate passes nothing."
    ),
    "(Z > 0) => np.where(Z > 0, 1, 0.01)": (
        "The closed gate lets a little through: a leaky ReLU. Ours passes nothing."
    ),
    "> => <": ("The gate is the wrong way round: it opens below 0."),
}


shapes_enough = exercises.choice(
    "shapes_enough",
    title="Are shapes enough?",
    answer="c",
    options={
        "a": "All three run. In a square layer W and W.T have the same shape, so the "
        "shapes cannot tell them apart.",
        "b": "`dZ @ W` has the shape (4, 4) as well, without any complaint.",
        "c": "All three results have the shape (4, 4), and only one is right. Shapes "
        "catch many slips, but in a square layer, and for a sum in place of a mean, "
        "they are blind. That is why section 7 compares numbers.",
        "d": "W.T is (4, 4) too; the product exists.",
    },
    hints=(
        "Write the shapes of X, W and dZ under the three expressions.",
        "All of them are (4, 4). Which product of two such matrices fails?",
    ),
)


# 6. Softmax and cross-entropy

logit_gradients = exercises.array(
    "logit_gradients",
    title="The gradient of three scores",
    answer="probabilities - wanted",
    given={"probabilities": np.array([0.2, 0.5, 0.3]), "wanted": np.array([0, 1, 0])},
    terms={"probabilities": "what the softmax gave", "wanted": "what was wanted"},
    mistakes=(
        (
            [0.0, -2.0, 0.0],
            "That is the gradient with respect to the probabilities, −1/p. The way "
            "back through softmax is still to come.",
        ),
        (
            [0.2, -1.0, 0.3],
            "The right class: its probability minus the wanted one, which is 1.",
        ),
        (
            [0.0, -0.5, 0.0],
            "The other scores count, too: raising one takes probability from the "
            "right class.",
        ),
        (
            [-0.1, 0.25, -0.15],
            "That is a row of the Jacobian. What arrives there, −1/p, is still to be "
            "multiplied in.",
        ),
        (
            [0.032, -0.125, 0.063],
            "There is an extra p (1 − p). The logarithm has cancelled it already.",
        ),
    ),
    hints=(
        "Wanted are the probabilities 0, 1, 0.",
        "P − Y, number by number. Do the three add up to zero?",
    ),
)


@exercises.function(
    title="Softmax and cross-entropy in one",
    points=3,
    cases=lambda rng: [
        (np.array([[1.0, 0.0]]), np.array([0])),
        (np.array([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]]), np.array([2, 1])),
        (np.array([[1000.0, 990.0, 0.0]]), np.array([1])),
        (np.array([[1000.0, 0.0]]), np.array([1])),
        (
            np.array([[0.0, 1000.0, 0.0, 0.0, 0.0], [-990, 0, -1000, -1000, -980]]),
            np.array([1, 1]),
        ),
        (np.array([[1000.0, 999.0], [-1000.0, -1001.0]]), np.array([0, 1])),
        (rng.normal(size=(5, 4)), np.array([0, 3, 3, 1, 2])),
    ],
    results=("loss", "dlogits"),
    terms={
        "N": "the number of examples",
        "logits.max(axis=1, keepdims=True)": "the largest logit of the row",
        "shifted": "each shifted logit",
        "exponentials": "the exponential",
        "exponentials.sum(axis=1, keepdims=True)": "the sum of the exponentials",
        "totals": "the sum of the exponentials",
        "np.log(totals)": "the logarithm of the sum",
        "log_P": "the logarithm of each probability",
        "log_P[np.arange(N), y]": "the logarithm at the true class",
        "log_P[np.arange(N), y].mean()": "the mean over the batch",
        "dlogits": "the gradient",
        "dlogits[np.arange(N), y]": "the gradient at the true class",
    },
    hints=(
        "First P: subtract the largest logit of each row, np.exp, divide by the sum "
        "of the row. axis=1 with keepdims=True keeps the rows apart.",
        "P[np.arange(N), y] picks from each row the probability of its true class. "
        "The loss is minus the mean of the logarithms.",
        "The gradient: a copy of P, less 1 at the true classes, divided by N.",
        "A probability can round to 0, and then its logarithm is −inf. Take the log "
        "of the sum instead: log p = shifted − log(sum of exp(shifted)).",
    ),
)
def softmax_cross_entropy(logits, y):
    """Mean loss of a batch, and its gradient with respect to the logits."""
    N = len(y)
    shifted = logits - logits.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    totals = exponentials.sum(axis=1, keepdims=True)
    log_P = shifted - np.log(totals)
    loss = -log_P[np.arange(N), y].mean()
    dlogits = exponentials / totals
    dlogits[np.arange(N), y] -= 1
    return loss, dlogits / N


_LOG_OF_P = "shifted - np.log(totals) => np.log(exponentials / totals)"
softmax_cross_entropy.known_mistakes = {
    "dlogits / N => dlogits": (
        "The loss is a mean, so each example has an N-th part in it. The gradient "
        "forgets that: it is N times too large."
    ),
    "return dlogits / N, loss": half(
        "The two results come in the wrong order: the loss first."
    ),
    "return loss": (
        "The loss comes alone. Return its gradient with respect to the logits, too."
    ),
    "dlogits[np.arange(N), y] -= 1 => dlogits = dlogits - y": (
        "The numbers of the classes are subtracted from the probabilities. What "
        "was wanted is a 1 at the true class and 0 elsewhere."
    ),
    "-= 1 => -= 1; P = exponentials / totals; dlogits *= P * (1 - P)": (
        "There is an extra p (1 − p) in the gradient. The logarithm has cancelled "
        "it already: P − Y is all that remains."
    ),
    (
        "loss = -log_P[np.arange(N), y].mean() => Y = np.eye(logits.shape[1])[y]; "
        "loss = -(Y * np.log(exponentials / totals)).sum() / N"
    ): half(
        "Where a probability rounds to 0, its logarithm is minus infinity, and 0 "
        "times infinity is not a number. Pick the true class instead of "
        "multiplying by Y."
    ),
    _LOG_OF_P: half(
        "Right, except where an example is hopeless: the probability of its true class "
        "rounds to 0, and the loss becomes infinite. Its logarithm can be had without "
        "the probability itself."
    ),
    **{
        f"shifted - np.log(totals) => np.log(exponentials / totals + {small})": half(
            f"Nearly: {small} stands in for a probability of 0, and falsifies the loss "
            "of a hopeless example. Take the logarithm of the sum instead."
        )
        for small in (1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15)
    },
    "return loss, dlogits / N * np.eye(logits.shape[1])[y]": (
        "The gradient stops at the true class. Raising another score takes "
        "probability from the true one, so every class has a slope."
    ),
    "return loss * N, dlogits": (
        "The loss is a sum over the batch here; it should be the mean. With a sum, the "
        "size of the steps would depend on the size of the batch."
    ),
    (" - logits.max(axis=1, keepdims=True) => ", _LOG_OF_P): half(
        "Right for small logits. With 1000 among them np.exp overflows: take the "
        "largest logit of each row off first."
    ),
    (".max(axis=1, keepdims=True) => .max()", _LOG_OF_P): half(
        "All rows are shifted by the largest logit of the whole batch. A row far below "
        "it has nothing but zeros left to divide by. Each row has its own shift."
    ),
    "dlogits[np.arange(N), y] => dlogits[:, y]": (
        "`P[:, y] -= 1` takes 1 from all those columns in every row. Each row has one "
        "true class: `np.arange(N)` pairs row and column."
    ),
    ("axis=1 => axis=0", _LOG_OF_P): (
        "The probabilities add up to 1 over the batch, not over the classes. One row "
        "is one example."
    ),
    "log_P[np.arange(N), y].mean() => log_P.sum(axis=1).mean()": (
        "The loss adds up the logarithms of all classes. Only the true class of each "
        "example counts."
    ),
    ("axis=1, keepdims=True => ", _LOG_OF_P): (
        "The probabilities add up to 1 over the whole batch. Each row is an example of "
        "its own: sum along axis 1."
    ),
    (
        "-log_P[np.arange(N), y].mean() => 0.0",
        "-= 1 => -= 1; loss = -np.log(dlogits[np.arange(N), y]).mean()",
    ): (
        "The loss is not a number: by then the probabilities have been changed. "
        "`dlogits = P` gives one array two names; compute the loss first, or copy."
    ),
}
softmax_cross_entropy.same = {"both have N rows": ("y => logits",)}


class _Layers(list):
    """Pairs of arrays, one for each layer, which show their names: W1, b1, …"""

    letters = ("W", "b")

    def __repr__(self):
        return "\n".join(
            f"{letter}{i} = {array.tolist()}"
            for i, pair in enumerate(self, 1)
            for letter, array in zip(self.letters, pair)
        )


class _Gradients(_Layers):
    letters = ("dW", "db")


def _params(rng, *widths, of=_Layers):
    """Random weights and biases, rounded so that a case can be read."""
    return of(
        (rng.normal(size=(d, h)).round(2), rng.normal(size=h).round(2))
        for d, h in zip(widths, widths[1:])
    )


def _network_case(rng, batch, *widths):
    """A batch and a network; with several examples one Z is exactly 0."""
    X = rng.normal(size=(batch, widths[0])).round(2)
    X[1:2] = 0
    y = rng.integers(0, widths[-1], batch)
    params = _params(rng, *widths)
    params[0][1][0] = 0
    return X, y, params


def _named(grads, letters=("dW", "db")):
    if not isinstance(grads, list | tuple) or any(
        not isinstance(pair, list | tuple) or len(pair) != 2 for pair in grads
    ):
        raise AnswerFormError(
            f"A list was asked for with one pair ({letters[0]}, {letters[1]}) for each "
            "layer, the first layer first.",
            grads,
        )
    pairs = [[f"{letter}{i}" for letter in letters] for i in range(1, len(grads) + 1)]
    return {
        name: part
        for names, grad in zip(pairs, grads)
        for name, part in zip(names, grad)
    }


def _loss_and_named(result):
    if result is None:
        return None
    if not isinstance(result, tuple | list) or len(result) != 2:
        raise AnswerFormError(
            "Return two things: the loss, and the list of gradients.", result
        )
    loss, grads = result
    if isinstance(loss, list | tuple) or np.ndim(loss):
        raise AnswerFormError(
            "Return the loss first, one number, and then the list of gradients.", result
        )
    return {"loss": loss, **_named(grads)}


@exercises.function(
    title="The whole backward pass",
    points=4,
    cases=lambda rng: [
        _network_case(rng, 1, 2, 2),
        _network_case(rng, 3, 2, 4, 3),
        _network_case(rng, 4, 3, 3, 3, 3),
        _network_case(rng, 5, 3, 5, 4, 2),
    ],
    view=_loss_and_named,
    terms={
        "b": "the bias",
        "A @ W": "the matrix product",
        "Zs[-1]": "Z",
        "np.maximum(Zs[-1], 0)": "the ReLU",
        "relu_backward(dX, Zs[layer - 1])": "the gate of the ReLU",
        "layer > 0": "a layer before",
    },
    hints=(
        "Forward: keep what each layer received, and each Z. ReLU after every layer "
        "but the last.",
        "Then your softmax_cross_entropy gives the loss and the gradient at the last "
        "Z. From there go through the layers backward.",
        "For each layer: affine_backward with its own input and W. If there is a "
        "layer before it, relu_backward with the Z of that layer.",
        "Collect the pairs as you go backward, and turn the list round at the end.",
    ),
)
def loss_and_gradients(X, y, params):
    """Mean loss, and a list of (dW, db), one pair for each layer."""
    inputs, Zs, A = [], [], X
    for W, b in params:
        inputs.append(A)
        Zs.append(A @ W + b)
        A = np.maximum(Zs[-1], 0)
    loss, dZ = softmax_cross_entropy(Zs[-1], y)
    grads = []
    for layer in reversed(range(len(params))):
        W, b = params[layer]
        dX, dW, db = affine_backward(dZ, inputs[layer], W)
        grads.insert(0, (dW, db))
        if layer > 0:
            dZ = relu_backward(dX, Zs[layer - 1])
    return loss, grads


loss_and_gradients.known_mistakes = {
    "relu_backward(dX, Zs[layer - 1]) => dX": (
        "The gates are missing on the way back: behind a ReLU that was closed no "
        "gradient arrives."
    ),
    "return loss, grads[::-1]": half(
        "The gradients come from the last layer to the first. The list has the "
        "order of params."
    ),
    "(dW, db)) => (db, dW))": half(
        "Each pair has the bias first. The weights come first, as in params: (dW, db)."
    ),
    "(dW, db)) => (dW / len(X), db / len(X)))": (
        "Everything is divided by N once more. The mean is in the loss, and its "
        "gradient has the 1/N already."
    ),
    "return loss, grads[-1:]": (
        "Only one layer has its gradients. Go on through the layers, back to the "
        "first: is something left in the loop that ends it, a `break` or a "
        "`return`?"
    ),
    (
        "loss, dZ = softmax_cross_entropy(Zs[-1], y) => "
        "loss, dZ = softmax_cross_entropy(A, y)"
    ): (
        "The last layer has a ReLU here. Its outputs are logits: any numbers, and the "
        "softmax needs the negative ones."
    ),
    "inputs[layer], W => Zs[layer - 1] if layer else X, W": (
        "dW is made with the Z of the layer before. What went into the layer is A, the "
        "value after ReLU."
    ),
    ("np.maximum(Zs[-1], 0) => Zs[-1]", "relu_backward(dX, Zs[layer - 1]) => dX"): (
        "There is no ReLU in the forward pass: without it all layers collapse into one."
    ),
    "inputs, Zs => (W1, b1), (W2, b2) = params; inputs, Zs": (
        "This is written for two layers. params may hold one pair, or ten: loop over "
        "it."
    ),
    "inputs, Zs => W2, b2 = params[1]; params = params[:2]; inputs, Zs": (
        "This needs a second layer. params may hold one pair, or ten: loop over it."
    ),
    "inputs[layer], W => X, W": (
        "Every dW is made with X. Only the first layer received X; what did the others?"
    ),
}


def _from_the_loss_inwards(cases, results):
    """Let the gradient checker explain: the first step that is wrong, not the last."""
    pairs = [
        [(result[f"dW{i}"], result[f"db{i}"]) for i in range(1, len(case[2]) + 1)]
        for case, result in zip(cases, results)
    ]
    return gradcheck.explain_backward(
        (*case, result["loss"], grads)
        for case, result, grads in zip(cases, results, pairs)
    )


loss_and_gradients.explains = _from_the_loss_inwards


# 7. Check


@exercises.function(
    title="How far apart, in relation to their size",
    cases=[
        (np.array([3.0, 4.0]), np.array([3.0, 4.0])),
        (np.array([3.0, 4.0]), np.array([0.0, 0.0])),
        (np.array([0.0, 0.0]), np.array([3.0, 4.0])),
        (np.array([0.0, 0.0]), np.array([0.0, 0.0])),
        (np.array([1.0, -2.0, 2.0]), np.array([-1.0, 2.0, -2.0])),
        (np.array([[1e-9, 2e-9]]), np.array([[1e-9, 2.1e-9]])),
        (np.array([[6.0, 1.0], [0.0, 8.0]]), np.array([[3.0, 2.0], [0.0, 4.0]])),
        (np.array([[3.0, 2.0], [0.0, 4.0]]), np.array([[6.0, 1.0], [0.0, 8.0]])),
    ],
    terms={
        "max(np.linalg.norm(a), np.linalg.norm(b))": "the choice of the larger length",
        "larger": "the larger length",
        "larger > 0": "the question whether both are 0",
        "np.linalg.norm(a - b)": "the length of the difference",
    },
    hints=(
        "np.linalg.norm gives the length of an array: the root of the sum of its "
        "squares.",
        "The length of the difference, divided by the larger of the two lengths. "
        "What if both are 0?",
    ),
)
def relative_error(a, b):
    """Length of a - b over the larger of the two lengths; 0 if both are 0."""
    larger = max(np.linalg.norm(a), np.linalg.norm(b))
    return np.linalg.norm(a - b) / larger if larger > 0 else 0.0


relative_error.known_mistakes = {
    " if larger > 0 else 0.0 => ": half(
        "Right, except where both are zero: 0 / 0 is not a number. Two gradients "
        "that are both zero agree."
    ),
    "return np.linalg.norm(a - b)": (
        "This is the absolute error. For gradients of the size of one millionth it "
        "is tiny even when they are wrong."
    ),
    "max(np.linalg.norm(a), np.linalg.norm(b)) => np.linalg.norm(b)": (
        "This divides by the length of one of the two only. When that one is much "
        "too small, the error is blown up, and the order of the two matters."
    ),
    (
        "max(np.linalg.norm(a), np.linalg.norm(b)) => np.linalg.norm(a)",
        " if larger > 0 else 0.0 => ",
    ): (
        "This divides by the first of the two only. Exchange them, and the result "
        "changes: take the larger length."
    ),
    "larger > 0 => np.any(a)": half(
        "The result is 0 as soon as the first one is zero. Then the other may "
        "still be anything: both have to be zero."
    ),
    "max(np.linalg.norm(a), => (np.linalg.norm(a) +": half(
        "This divides by the sum of the two lengths. Some texts do; here it is the "
        "larger of the two."
    ),
    "np.linalg.norm(a - b) => abs(np.linalg.norm(a) - np.linalg.norm(b))": (
        "This compares the two lengths. Two gradients can be equally long and "
        "point in opposite directions."
    ),
    (
        "(a - b) => ((a - b).ravel(), np.inf)",
        "norm(a) => norm(a.ravel(), np.inf)",
        "norm(b) => norm(b.ravel(), np.inf)",
    ): half(
        "Largest difference over largest entry: some texts do it that way. Here "
        "whole lengths are compared."
    ),
    **{
        f" / larger if larger > 0 else 0.0 => / max(larger, {floor})": half(
            f"With {floor} as the least that is divided by, small gradients agree "
            "whatever they are. 0 is the only length to look out for."
        )
        for floor in (1e-8, 1e-7, 1e-6)
    },
    "return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))": half(
        "This is the worst of all entries, each by its own size. A single entry near 0 "
        "can raise a false alarm; lengths cannot be upset by it."
    ),
    "np.linalg.norm( => (lambda v: np.abs(v).sum())(": half(
        "The sizes of the entries are added up. The length of an array is the root of "
        "the sum of its squares."
    ),
}
relative_error.same = {
    "neither of the two comes first, and a part of a length is the length of a part": (
        "a - b => b - a",
        "max(np.linalg.norm(a), np.linalg.norm(b)) => "
        "max(np.linalg.norm(b), np.linalg.norm(a))",
        "throughout => `a` and `b` change places throughout",
        "np.linalg.norm(a - b) / larger => np.linalg.norm((a - b) / larger)",
    ),
}


best_step = exercises.prediction(
    "best_step",
    title="Which step is the best?",
    options={
        "a": "A large step wins here: the loss is nearly straight.",
        "b": "The middle wins. With a larger step the curvature of the loss spoils "
        "the result; with a smaller one the rounding of the two losses does.",
        "c": "The smallest step wins, as the definition of the slope promises.",
    },
    example="c",
)


# 8. The bug lab


_PATIENTS = {
    "A": "Zs[-1], y) => Zs[-1], y); dZ = -dZ",
    "B": "Zs[-1], y) => Zs[-1], y); dZ = dZ * len(y)",
    "C": "inputs[layer], W) => inputs[layer], W); db = dZ.mean(axis=0)",
    "D": "inputs[layer], W) => inputs[layer], W); dW = dZ.T @ inputs[layer]",
    "E": "relu_backward(dX, Zs[layer - 1]) => dX",
    "F": "relu_backward(dX, => relu_backward(dZ @ W,",
    "G": (
        "Zs[-1], y) => Zs[-1], y); P = dZ * len(y) + np.eye(dZ.shape[1])[y]; "
        "dZ = dZ * P * (1 - P)"
    ),
    "H": "relu_backward(dX, Zs[layer - 1]) => dX * (np.maximum(Zs[layer - 1], 0) >= 0)",
}
patients = {
    name: compiled(
        edited(loss_and_gradients.solution_source, edit),
        "loss_and_gradients",
        globals(),
    )
    for name, edit in _PATIENTS.items()
}
"""Eight broken backward passes, each like ``loss_and_gradients`` but for one line."""


def _patient(letter, **settings):
    """Declare the question what one of them suffers from."""
    title = f"Patient {letter.upper()}"
    return exercises.choice(f"patient_{letter}", title=title, **settings)


patient_a = _patient(
    "a",
    answer="b",
    options={
        "a": "Then the factor would be the size of the batch, and positive.",
        "b": "Every tensor is exact but for the factor −1: the slip stands where all "
        "of them pass, at the very start, `(Y - P) / N`.",
        "c": "Without gates the last layer would still be exact.",
        "d": "Then only the weights would be wrong, and by no constant factor.",
    },
    hints=(
        "Look at the ratio. Is it the same everywhere?",
        "A factor of −1 in every tensor: where do all gradients come from?",
    ),
)

patient_b = _patient(
    "b",
    answer="a",
    options={
        "a": "Every gradient is 8 times too large, and 8 is the size of the batch. "
        "The factor came in before anything else: at the gradient of the loss.",
        "b": "A bias that is averaged comes out too *small*, and the weights are "
        "exact.",
        "c": "Then the ratio would be −1.",
        "d": "A p (1 − p) differs from entry to entry: no constant ratio.",
    },
    hints=(
        "What else in this experiment is 8?",
        "The batch. Every tensor is affected, the last layer too.",
    ),
)

patient_c = _patient(
    "c",
    answer="d",
    options={
        "a": "Then the weights would be wrong as well.",
        "b": "A transposed dW leaves the biases alone; here only they are wrong.",
        "c": "What is wrong on the way back spoils the weights of the earlier "
        "layers, too.",
        "d": "The weights are exact, so dZ is right everywhere. Only what is made "
        "from dZ for the bias is wrong, by 1/8: a mean where the sum belongs.",
    },
    hints=(
        "All W are exact. So which quantity must be exact in every layer?",
        "dZ is right, and db is made from it in one line. The ratio is 1/8.",
    ),
)

patient_d = _patient(
    "d",
    answer="c",
    options={
        "a": "Without the gates W3 would be exact.",
        "b": "A wrong upstream gradient spoils the biases of the earlier layers.",
        "c": "All biases are exact, so dZ is right everywhere. Only the line that "
        "makes dW is wrong, and by no factor: the entries stand in the wrong places.",
        "d": "Then W would be wrong by one constant factor.",
    },
    hints=(
        "All b are exact, so dZ is right in every layer.",
        "What is wrong then happens in the line for dW. Is there a constant ratio?",
    ),
)

patient_e = _patient(
    "e",
    answer="d",
    options={
        "a": "An extra factor at the output would spoil the last layer first.",
        "b": "Then all b would be exact.",
        "c": "In the network without square layers that would not have run.",
        "d": "The last layer is exact, everything before it is wrong, and it runs in "
        "any shape. The shapes never see a missing gate.",
    },
    hints=(
        "Walk backward from the loss: which tensors are the first wrong ones? What "
        "lies between the exact ones and them?",
        "Between layer 3 and layer 2 lie two things: the way through W, and ReLU. "
        "The second experiment rules one of them out.",
    ),
)

patient_f = _patient(
    "f",
    answer="a",
    options={
        "a": "The table looks like that of E, and the second experiment tells them "
        "apart: in layers that are not square the product does not even exist.",
        "b": "A missing gate runs in every shape.",
        "c": "Then the biases would all be exact.",
        "d": "A sign that is turned at the output spoils the last layer, too.",
    },
    hints=(
        "The last layer is exact. So the slip lies on the way from it to the layer "
        "before.",
        "In the second network it stopped with an error about shapes. Which of the "
        "two things on that way is a product of matrices?",
    ),
)

patient_g = _patient(
    "g",
    answer="b",
    options={
        "a": "That gives one constant factor everywhere.",
        "b": "Even b3, the first tensor after the loss, is wrong and by no constant "
        "factor. So the gradient of the loss itself is bent, entry by entry.",
        "c": "Without gates the last layer would be exact.",
        "d": "Then b3 would be exact.",
    },
    hints=(
        "b3 is the sum of the gradient at the logits, and nothing more. It is wrong.",
        "So the slip stands before the first layer on the way back. Is it a constant "
        "factor?",
    ),
)

patient_h = _patient(
    "h",
    answer="c",
    options={
        "a": "`A.T @ dZ` is as it should be.",
        "b": "`dZ @ W.T` is as it should be, and it ran in the second network.",
        "c": "A is the value after ReLU, so it is never below 0, and `A >= 0` is "
        "always true. The gate stands there and never closes.",
        "d": "Summing over the batch is right.",
    },
    hints=(
        "The table is that of E. Which line has to do with the gate?",
        "Which values can A take, when it is the output of a ReLU?",
    ),
)

zero_weights = exercises.prediction(
    "zero_weights",
    title="Checked at zero weights",
    example=0,
    low=0,
    high=8,
)


# 9. Train


@exercises.function(
    title="Update the weights",
    cases=lambda rng: [
        (_params(rng, 1, 2), _params(rng, 1, 2, of=_Gradients), 0.5),
        (_params(rng, 3, 2, 2), _params(rng, 3, 2, 2, of=_Gradients), 0.1),
    ],
    terms={
        "learning_rate * dW": "the step of the weights",
        "learning_rate * db": "the step of the biases",
        "dW": "`dW`",
        "db": "`db`",
    },
    view=lambda params: _named(params, ("W", "b")),
    hints=(
        "Downhill is against the gradient.",
        "Go through zip(params, grads): each has a pair (W, b) and a pair (dW, db). "
        "Return a list of new pairs.",
    ),
)
def update(params, grads, learning_rate):
    """New list of (W, b): each moved against its gradient."""
    return [
        (W - learning_rate * dW, b - learning_rate * db)
        for (W, b), (dW, db) in zip(params, grads)
    ]


update.known_mistakes = {
    " - learning_rate =>  + learning_rate": (
        "This walks uphill: the gradient points to where the loss grows."
    ),
    "return params": (
        "The params come back as they were. In a loop, `W = W - …` gives a new "
        "array the name W and changes nothing in the list: collect the new pairs "
        "in a list of your own."
    ),
    "return update(params, grads, learning_rate)[:1]": (
        "Only the first layer comes back. Is the `return` inside the loop?"
    ),
    ("W -  => -", "b -  => -"): (
        "These are the steps. Add them to what the weights were; the sign is right."
    ),
    "b - learning_rate * db => b": ("The biases stay where they are. They learn, too."),
    (
        "(W - learning_rate * dW => (W.__isub__(learning_rate * dW)",
        "b - learning_rate * db => b.__isub__(learning_rate * db)",
    ): half(
        "The new numbers are right, but the old params are overwritten as well, by "
        "`-=` or `params[i] = …`. Whoever wants to compare with them later finds them "
        "gone: make new arrays."
    ),
}


final_accuracy = exercises.prediction(
    "final_accuracy",
    title="Your network on digits it has never seen",
    options={
        "a": "Below 95 %: better than a linear model, and behind Keras.",
        "b": "From 95 to 97 %: close to chapter 06, not quite there.",
        "c": "Above 97 %: the same as Keras. It is the same arithmetic.",
    },
    example="b",
)


# 11. Depth

vanishing = exercises.prediction(
    "vanishing",
    title="Five sigmoid layers deep",
    options={
        "a": "The gradients of the first layer are about as large as those of the "
        "last.",
        "b": "Some of it is lost on the way, less than a factor of 100.",
        "c": "Each sigmoid passes on a quarter at most, and the losses multiply.",
    },
    example="b",
)

zero_start = exercises.prediction(
    "zero_start",
    title="All weights zero",
    options={
        "a": "It learns as well as with random weights.",
        "b": "It learns a little: only the last biases have a gradient, and they "
        "learn how frequent each digit is. No weight ever moves.",
        "c": "It stops with an error.",
    },
    example="a",
)

which_start = exercises.prediction(
    "which_start",
    title="Too small, too large, He",
    options={
        "a": "The small start is lowest after these steps.",
        "b": "The large start is lowest after these steps.",
        "c": "He's start is lowest: it keeps the size of the values from layer to "
        "layer, so that every layer gets a gradient it can use.",
    },
    example="c",
)

symmetry = exercises.prediction(
    "symmetry",
    title="A hundred equal units",
    options={
        "a": "One: equal units get equal gradients and stay equal. A layer of a "
        "hundred does the work of a single one.",
        "b": "Between 2 and 99.",
        "c": "All hundred became different.",
    },
    example="c",
)


# The end of the chapter

recall_neuron = exercises.number(
    "recall_neuron",
    title="One neuron",
    answer="np.maximum(weight_1 * input_1 + weight_2 * input_2 + bias, 0)",
    given={"weight_1": 2, "input_1": 1, "weight_2": -1, "input_2": 4, "bias": 1},
    mistakes=(
        (-1.0, "That is the weighted sum plus bias. The activation comes after it."),
        (-2.0, "That is the weighted sum. Bias and activation are still to come."),
        (1.0, "ReLU does not turn the sign of a negative number."),
        (3.0, "Is the second input missing? It has a weight, too."),
    ),
    hints=(
        "First the weighted sum and the bias, then ReLU.",
        "2 · 1 + (−1) · 4 + 1 is negative. What does ReLU make of that?",
    ),
)

recall_shapes = exercises.array(
    "recall_shapes",
    title="Shapes of a layer",
    answer=[32, 128],
    mistakes=(
        ([128, 32], "A batch is rows: one row for each example."),
        ([784, 128], "That is the shape of W."),
        ([32, 784], "That is the shape of X."),
    ),
    hints=(
        "One row for each image, one column for each unit.",
        "(32, 784) @ (784, 128): the inner sizes go away.",
    ),
)

recall_batch = exercises.choice(
    "recall_batch",
    title="Batches",
    answer="b",
    options={
        "a": "The gradient of a batch is an estimate, and a noisier one than that of "
        "all examples.",
        "b": "The estimate is noisy, but it costs a fraction: for the price of one "
        "exact step you get a thousand that point roughly downhill.",
        "c": "What a network learns by heart is not decided by the size of a batch.",
    },
    hints=(
        "What does one step cost with all 60,000 images, and with 64?",
        "Many rough steps or one exact step for the same work: which comes further?",
    ),
)

explain = exercises.text(
    "explain",
    title="Explain it to a friend",
    model="The network is a chain of small operations, and for each of them I know "
    "how its output moves when an input moves a little. The forward pass computes "
    "the values and the loss. The backward pass starts at the loss with the slope 1 "
    "and hands it back from operation to operation, multiplying by the local slope "
    "each time, and adding up wherever a value was used more than once. What arrives "
    "at a weight says how the loss changes when I nudge it. All weights together "
    "cost about as much as two more forward passes, where nudging them one by one "
    "would cost tens of thousands. Then each weight moves a little against its slope.",
    rubric=(
        "values forward, slopes backward",
        "multiply along a path, add where paths meet",
        "all slopes for the price of a few passes",
        "then a small step against the slope",
    ),
    hints=(
        "Answer in order: what is computed forward, what travels backward, what "
        "happens at each operation, what it saves, and what is done with the result.",
    ),
)
