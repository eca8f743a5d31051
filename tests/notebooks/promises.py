"""Numbers that a chapter's prose promises, looked up in what its cells print.

Only what depends on training is here, as a range; what is exact is compared to
the letter in cells marked ``# NBVAL_CHECK_OUTPUT``. A promise holds for the
real data set.
"""

import re

NUMBER = r"([-+]?\d+(?:\.\d+)?)"

# By chapter: (pattern whose groups are numbers, lowest, highest, the prose).
PROMISES = {
    "00": [
        (rf"[Ii]t came out as {NUMBER}", 90, 100, "most readings are right"),
    ],
    "06": [
        (rf"nearest mean image: {NUMBER}%", 78, 86, "four digits in five"),
        (rf"logistic regression: {NUMBER}%", 85, 90, "somewhat below 90 %"),
        (rf"your function {NUMBER}, Keras {NUMBER}", 2.1, 2.6, "near ln 10"),
        (r"[Ii]t came out as (a)\)", None, None, "training ends ahead of validation"),
        (rf"255: True .*after +{NUMBER}%", 92, 96, "scaled input ends higher"),
        (rf"255: False .*after +{NUMBER}%", 80, 92, "unscaled input ends lower"),
        (rf"255: False .*loss +{NUMBER} before", 50, 1000, "it starts from far away"),
        (rf"test accuracy {NUMBER}%", 97.5, 98.5, "more than 97 %"),
        (
            rf"seeds 0, 1, 2: {NUMBER}% {NUMBER}% {NUMBER}%",
            97.5,
            98.5,
            "all three lie above 97.5 %",
        ),
        (rf"spread {NUMBER}%", 0, 0.5, "a few tenths of a point at most"),
        (rf"number of images {NUMBER}%", 0.13, 0.17, "about 0.15 points"),
        (r"[Ii]t came out as (c)\)\.\nBelow 50", None, None, "a few pixels are enough"),
        (rf"none +101,770 +{NUMBER}%", 93.5, 96, "the first line of the table"),
        (rf"width 512 +407,050 +{NUMBER}%", 94.5, 97, "wider helps a little"),
        (rf"width 8 +6,370 +{NUMBER}%", 85, 92.5, "eight units lose several points"),
        (rf"rate 0.1 +101,770 +{NUMBER}%", 70, 93, "so does the huge rate"),
    ],
}


def text_of(executed) -> str:
    """Return all plain text that the cells of a notebook show."""
    texts = []
    for cell in executed.cells:
        for output in cell.get("outputs", []):
            texts.append(output.get("text", ""))
            texts.append(output.get("data", {}).get("text/plain", ""))
    return "\n".join(texts)


def broken(number: str, text: str) -> list[str]:
    """Return a sentence for each promise of a chapter that its run does not keep."""
    faults = []
    for pattern, lowest, highest, prose in PROMISES.get(number, []):
        found = re.search(pattern, text)
        if found is None:
            faults.append(f"Nothing matches {pattern!r}: “{prose}”.")
            continue
        for value in found.groups() if lowest is not None else ():
            if not lowest <= float(value) <= highest:
                faults.append(
                    f"{value} is outside of {lowest} to {highest}: “{prose}”."
                )
    return faults
