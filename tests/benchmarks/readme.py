"""The README's table of what was measured: made from figures, never by hand.

``python -m tests.benchmarks --readme`` copies the figures that ``course bench`` left
into ``results.json`` beside this file and writes the table again. A test compares
the two.
"""

import json
import statistics
from collections.abc import Callable
from pathlib import Path

from course_utils.chapters import PROJECT

RESULTS = PROJECT / "tests" / "benchmarks" / "results.json"
README = PROJECT / "README.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def update(figures: Path) -> int:
    """Take figures over into results.json and the README; return the exit status."""
    if not figures.is_file():
        print("There are no figures yet: call `python3 -m course_utils bench` first.")
        return 1
    results = json.loads(figures.read_text(encoding="utf-8"))
    text = with_table(README.read_text(encoding="utf-8"), section(results))
    RESULTS.write_text(
        json.dumps(results, indent=1) + "\n", encoding="utf-8", newline="\n"
    )
    README.write_text(text, encoding="utf-8", newline="\n")
    print("Wrote tests/benchmarks/results.json and the table in README.md.")
    return 0


def with_table(text: str, made: str) -> str:
    """Return the README's text with ``made`` between the two markers.

    Raises
    ------
    ValueError
        If the markers are not there, once each.
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(f"README.md has no place between {BEGIN} and {END}.")
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{made}\n{END}{rest.split(END)[1]}"


def between(text: str) -> str:
    """Return what the README has between the two markers."""
    return text.split(BEGIN)[1].split(END)[0].strip("\n")


def section(results: dict) -> str:
    """Return the table in Markdown, a row for each figure that was measured."""
    rows = ["| Measured | Figure | Command | Date |", "|---|---|---|---|"]
    machines = set()
    for what, name, figure in ROWS:
        if name in results:
            machine = results[name]["machine"]
            system = machine["system"].split("-")[0]
            machines.add(
                f"{system}, {machine['cores']} cores, {machine['gigabytes']} GB"
            )
            value = figure(results[name]["figures"])
            rows.append(
                f"| {what} | {value} | `bench {name}` | {machine['time'][:10]} |"
            )
    return "\n".join([*rows, "", f"On {' and '.join(sorted(machines))}."])


def _quicker(way: str) -> Callable[[dict], str]:
    def figure(of: dict) -> str:
        plain, other = of["plain Keras program"], of[way]
        accuracies = (
            f"{min(each['accuracy']):.1%}–{max(each['accuracy']):.1%}"
            for each in (other, plain)
        )
        return (
            f"{other['ratio']:.1f} times as fast; test accuracy "
            f"{' against '.join(accuracies)}; peak memory "
            f"{max(other['megabytes']):.0f} against {max(plain['megabytes']):.0f} MB"
        )

    return figure


def _one_check(of: dict) -> str:
    right, wrong = (
        statistics.median(each["first"] for each in of[answer].values())
        for answer in ("right", "wrong")
    )
    return f"{right:.0f} ms when right, {wrong:.0f} ms when wrong"


def _full_check(of: dict) -> str:
    seconds = statistics.median(of["check_gradients"])
    return f"{seconds:.2f} s for {of['parameters']} numbers"


def _latency(of: dict) -> str:
    usual = of["interact + inline matplotlib"]
    others = [piece["median"] for piece in of.values() if piece is not usual]
    return (
        f"{min(others):.0f} to {max(others):.0f} ms (medians of the pieces), against "
        f"{usual['median']:.0f} ms"
    )


def _both_commands(of: dict) -> str:
    if "reason" in of["commands"]:
        return "not measured"
    lab, test = of["commands"].values()
    return (
        f"{lab['cold']:.0f} s and {test['cold']:.0f} s cold ({lab['fetched']} and "
        f"{test['fetched']} packages fetched, the others cached), "
        f"{statistics.median(lab['warm']):.1f} s and "
        f"{statistics.median(test['warm']):.1f} s warm"
    )


def _disk(of: dict) -> str:
    if "reason" in of["commands"]:
        return "not measured"
    learners, _ = of["commands"].values()
    return f"{learners['gigabytes']:.1f} GB"


def _first_cells(of: dict) -> str:
    cells = [statistics.median(each["cell"]) for each in of["first_cells"].values()]
    return f"{min(cells):.1f}–{max(cells):.1f} s"


def _exponents(of: dict) -> str:
    words = (f"{n} {e['exponent']:.2f} ± {e['error']:.2f}" for n, e in of.items())
    return "; ".join(words)


def _all_chapters(of: dict) -> str:
    peak = max(each["megabytes"] for each in of["chapters"].values())
    return f"{of['seconds'] / 60:.1f} minutes together; at most {peak:.0f} MB"


# What the README says, the benchmark that measures it, and the figure as words.
ROWS = (
    (
        "Chapter 06's program against the usual short Keras program, five epochs",
        "mnist",
        _quicker("chapter 06's program"),
    ),
    (
        "Chapter 07's network in NumPy against the same Keras program",
        "mnist",
        _quicker("NumPy, as written"),
    ),
    (
        "Chapter 07's matrices against the same algorithm example by example",
        "scratch",
        lambda of: f"{of['example by example']['ratio']:.0f} times as fast",
    ),
    (
        "The same matrices against chapter 07's scalar engine",
        "scratch",
        lambda of: f"{of['number by number']['ratio']:,.0f} times as fast",
    ),
    (
        "Speed of chapter 07's training loop, of the machine's own matrix product",
        "limit",
        lambda of: f"{of['whole training loop']['share']:.0%}",
    ),
    (
        "Event to changed pixels, against `interact` with matplotlib",
        "widgets",
        _latency,
    ),
    (
        "Time that the training monitor adds to the rest of the same training",
        "monitor",
        lambda of: ", ".join(f"`{n}` {e['inside'] - 1:.1%}" for n, e in of.items()),
    ),
    ("Set-up and start of the two commands", "start", _both_commands),
    ("Disk space of a learner's environment, `.venv`", "start", _disk),
    ("Kernel ready to a chapter's first cell done", "start", _first_cells),
    ("All chapters, solved, from kernel to last cell", "chapters", _all_chapters),
    ("One check of an exercise, median over all of them", "feedback", _one_check),
    ("A full gradient check of a network 20-16-16-5", "feedback", _full_check),
    (
        "Grading a class of 40 with `course grade` against `nbgrader autograde`",
        "grading",
        lambda of: f"{of['ratio']:.1f} times as fast, equal scores",
    ),
    ("Time as a power of size", "growth", _exponents),
)
