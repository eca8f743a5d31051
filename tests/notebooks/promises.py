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
    "01": [
        (rf"new words\?\n[Yy]?.*came out as {NUMBER}", 68, 82, "about three of four"),
        (rf"your rule reads {NUMBER}%", 70, 95, "one patch can reach 80 to 90 %"),
        (rf"56 stroke counts, linear: {NUMBER}%", 93, 97, "near 95 %"),
        (rf"pixels, network  {NUMBER}%", 97.2, 99, "about 98 %"),
        (rf"pixels, linear   {NUMBER}%", 95.5, 98, "comes close"),
        (rf"784 pixels +{NUMBER}%", 86, 91, "the linear model on pixels"),
        (rf"64 trained units +{NUMBER}%", 91, 95, "several points more"),
        (rf"64 random units +{NUMBER}%", 75, 86, "several points less"),
        (rf"shallow  {NUMBER}% {NUMBER}%", 55, 88, "broad areas that cut across"),
        (rf"deep +{NUMBER}% {NUMBER}%", 93, 100, "bands that wind with the points"),
        (rf"ReLU units +\(44,\) +{NUMBER}%", 85, 100, "comes close"),
        (rf"optimizer \(44,\) +{NUMBER}%", 98, 100, "solves the spirals completely"),
        (rf"letters in place +linear {NUMBER}%", 55, 69, "ten points and more"),
        (rf"letter pairs +linear {NUMBER}%", 70, 82, "ten points and more"),
        (rf"3,000 games: lost {NUMBER}%", 0, 12, "one in ten, or fewer"),
        (rf" 20 games: lost {NUMBER}%", 25, 60, "hardly better than chance"),
        (rf"median +off by {NUMBER}", 64, 66, "65 points"),
        (rf"linear +off by {NUMBER} points", 43, 45, "44 points"),
        (rf"network +off by {NUMBER} points", 41, 47, "about the same"),
    ],
    "04": [
        (rf"; loss .* before, {NUMBER} after", 0.2, 0.3, "near 0.25"),
        (rf"logistic regression: {NUMBER}%", 80, 90, "between 80 and 90 %"),
        (rf"500 passes: loss {NUMBER}", 0.05, 0.09, "where chapter 03 ended"),
        (rf"the tape is {NUMBER} times as fast", 2, 1000, "one pass, not 64"),
        (rf"101,770 slopes cost {NUMBER} forward", 1, 100, "a few passes"),
        (r"compiling speed up\?\n.*came out as (a)", None, None, "many small ones"),
        (rf"tracing took as long as {NUMBER}", 1.5, 1000, "tracing has a price"),
        (rf"batch first: {NUMBER} times", 1.2, 1000, "order also costs time"),
        (r"seed not reach\?\n.*came out as (c)", None, None, "default_rng escapes"),
    ],
    "05": [
        (r"equal to five digits: (True)", None, None, "your loop and fit agree"),
        (r"second time\n.*came out as (b)", None, None, "a second fit goes on"),
        (rf"as it is +{NUMBER}%", 75, 95, "the usual blocks"),
        (rf"SGD 0.01 for Adam +{NUMBER}%", 5, 60, "SGD has come less far"),
        (rf"in percent\n.*came out as {NUMBER}", 5, 15, "chance"),
        (rf"squared error {NUMBER}%", 30, 55, "the line through the middle"),
        (rf"error .*lopsided {NUMBER}%", 5, 27, "far fewer are late"),
        (r"layer in it\n.*came out as (c)", None, None, "code is refused"),
        (rf"before training {NUMBER}, ln 10", 2.1, 2.9, "ln 10 or a little more"),
        (rf"eight epochs {NUMBER}% of new", 92, 99, "the healthy program"),
        (rf"^ +1 \| .* {NUMBER}% \|", 3, 25, "labels shuffled: chance"),
        (rf"^ +2 \| +2.\d+ +{NUMBER} ", 1.46, 1.75, "two softmaxes: the floor"),
        (r"^ +3 \| (ValueError)", None, None, "the loss does not fit"),
        (rf"^ +4 \| .* 14\d.*amount\) \| +{NUMBER} +{NUMBER}", 0, 1, "the sigmoid"),
        (rf"^ +5 \| +{NUMBER} ", 50, 1000, "they come down from more than 50"),
        (r"^ +6 \| +(\d\.\d{4}) +\1", None, None, "frozen: the same loss"),
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
        (rf"seeds 0, 1, 2: {NUMBER}% {NUMBER}% {NUMBER}%", 97.5, 98.5, "all three"),
        (rf"spread {NUMBER}%", 0, 0.5, "a few tenths of a point at most"),
        (rf"number of images {NUMBER}%", 0.13, 0.17, "about 0.15 points"),
        (r"[Ii]t came out as (c)\)\.\nBelow 50", None, None, "a few pixels are enough"),
        (rf"none +101,770 +{NUMBER}%", 93.5, 96, "the first line of the table"),
        (rf"width 512 +407,050 +{NUMBER}%", 94.5, 97, "wider helps a little"),
        (rf"width 8 +6,370 +{NUMBER}%", 85, 92.5, "eight units lose several points"),
        (rf"rate 0.1 +101,770 +{NUMBER}%", 70, 93, "so does the huge rate"),
    ],
    "07": [
        (rf"one step {NUMBER} s by nudging", 0.3, 100, "seconds for one step"),
        (rf"right  {NUMBER}% and {NUMBER}%", 83, 89, "several points of accuracy"),
        (rf"H      {NUMBER}% and {NUMBER}%", 65, 81, "from either start"),
        (r"pass at zero weights: (D E F H)", None, None, "half of the bugs hide"),
        (rf"after one epoch: {NUMBER}%", 91, 96, "more than nine in ten"),
        (rf"epoch: .* {NUMBER}%\n", 97.5, 98.5, "above 97.5 % after five epochs"),
        (r"Five sigmoid.*\n.*came out as (c)", None, None, "two powers of ten"),
        (rf"0.01 +loss .* → {NUMBER}", 2.28, 2.32, "stays at ln 10"),
        (r"three times He  loss .* → (nan)", None, None, "the numbers overflow"),
        (rf"^He +loss .* → {NUMBER}", 0.1, 1.5, "He's start is the lowest"),
    ],
    "08": [
        (rf"worst seed.*\n.*came out as {NUMBER}", 0.8, 2.5, "one to two points"),
        (rf"rate 0.03 .* {NUMBER}$", -9, -2, "loses several points"),
        (rf"rate 0.0003 .* {NUMBER}$", -2.5, -0.7, "loses one or two"),
        (rf"^SGD .* {NUMBER}$", -3, -1, "only SGD is well apart"),
        (rf"^augmented .* {NUMBER}$", 0.5, 2.2, "a gain of about one point"),
        (rf"augmented: {NUMBER}", 0, 0.05, "hardly any sign choice reaches"),
        (rf"tanh: {NUMBER}", 0.06, 1, "where many do"),
        (rf"accuracies of all: {NUMBER}%", 88, 92, "some points lower"),
        (rf"^healthy .* {NUMBER}%$", 88, 94, "levels off near 90 %"),
        (rf"^run 1 .* {NUMBER}%$", 3, 20, "stay at the bottom"),
        (rf"^run 2 .* {NUMBER} +\d+% ", 1.5, 1.9, "a loss that stops above 1.5"),
        (rf"^run 3 .* {NUMBER}%$", 5, 20, "a fall to a tenth"),
        (rf"^run 6 .* {NUMBER}%$", 98, 100, "run together to the top"),
        (rf"^run 7 +{NUMBER} ", 50, 400, "comes down from above 50"),
        (rf"healthy +{NUMBER}% of the hidden", 70, 100, "most of them"),
        (rf"run 3 +{NUMBER}% of the hidden", 0, 5, "next to none"),
    ],
    "09": [
        (rf"after one epoch: {NUMBER}%", 88, 95, "a network worth shipping"),
        (rf"digits.keras +{NUMBER} kB", 1200, 1300, "three times 407 kB"),
        (rf"^2 +{NUMBER} kB", 800, 900, "twice 407 kB"),
        (r"after quantisation\n.*came out as (b)\)", None, None, "about a quarter"),
        (rf"full integer +\d+ +[\d.]+ +{NUMBER}%", 92, 97.5, "hardly moves"),
        (rf"full integer +\d+ .*% +{NUMBER}$", 1, 60, "a few dozen at the most"),
        (rf"dynamic range +\d+ .*% +{NUMBER}$", 0, 60, "a few dozen at the most"),
        (r"against `predict`\n.*came out as (c)\)", None, None, "tens of ms"),
        (rf"largest difference: {NUMBER}e-0[678] ", 1, 9, "about 1e-7"),
        (rf"different answers: {NUMBER} of", 0, 1, "the two agree"),
        (rf"\[64, 192\]: plain off by {NUMBER}e-0[12],", 1, 9, "the mean is wrong"),
        (rf"\[64, 192\].*weighted by {NUMBER}e-0[678]", 1, 9, "float32's precision"),
        (rf"units, worker 0 and worker 1: {NUMBER}$", 0, 0, "to the last bit"),
        (rf"process: {NUMBER}e-0[678]$", 1, 9, "a few millionths at the most"),
        (rf"32 units, batches .* factor {NUMBER}", 0.001, 1, "slower than one"),
        (rf"512 units, batches .* factor {NUMBER}", 0.3, 6, "far higher"),
    ],
    "10": [
        (r"by four pixels\n.*came out as (a)\)", None, None, "the edges move along"),
        (rf"in the right place: {NUMBER}%", 95, 100, "it learns to reverse"),
        (rf"with places .* without {NUMBER}%", 20, 45, "a bag of signs"),
        (rf"low temperature\n.*came out as {NUMBER}", 2, 15, "cold, it repeats itself"),
        (rf"^0.7: {NUMBER} different", 17, 20, "warm, it does not"),
        (r"past the cliff\n.*came out as (a)\)", None, None, "along the edge"),
        (rf"{NUMBER} steps; the last", 9, 9, "the shortest way"),
        (rf"last 100 walks earned {NUMBER} on", -16, -9.5, "less than −9"),
    ],
    "robust_reader": [  # the example that is worked out
        (r"(Right: Move images in any direction)", None, None, "its conclusion"),
        (rf"dense  as is .* moved {NUMBER}%", 5, 25, "fewer than a quarter"),
        (rf"conv   as is .* moved {NUMBER}%", 10, 60, "stays far below 90 %"),
        (rf"dense  moved .* moved {NUMBER}%", 80, 95, "more than four in five"),
        (rf"conv   moved .* moved {NUMBER}%", 85, 96, "several points more"),
        (rf"maximum over places: .*, moved {NUMBER}%", 65, 95, "most of them"),
        (rf"0, moved +: convolution gains {NUMBER} ", 1.5, 12, "ahead in each pair"),
        (rf"1, moved +: convolution gains {NUMBER} ", 1.5, 12, "ahead in each pair"),
        (rf"test: as they are {NUMBER}%, moved", 95, 100, "both targets are met"),
        (rf"test: as they .* moved {NUMBER}%", 90, 100, "both targets are met"),
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
        found = re.search(pattern, text, re.MULTILINE)
        if found is None:
            faults.append(f"Nothing matches {pattern!r}: “{prose}”.")
            continue
        for value in found.groups() if lowest is not None else ():
            if not lowest <= float(value) <= highest:
                faults.append(
                    f"{value} is outside of {lowest} to {highest}: “{prose}”."
                )
    return faults
