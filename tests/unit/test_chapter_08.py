"""What chapter 08 says beyond what its own cells run."""

import importlib.util
import json
import re
import sys
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest

from course_utils import data
from course_utils.authoring.notebooks import build, solve
from course_utils.chapters import chapter
from course_utils.exercises import chapter_08
from tests.benchmarks import chapter_code, convnet

# The cells that define what a run is, by a name that each of them gives.
DEFINING = re.compile(
    r"^(def (scale|small|build|convnet|traced|fresh|run|augmented|gallery_run)\(|"
    r"BASE = |ANY = |prepared = |few = |X, y, X_valid|digits = |log = )",
    re.MULTILINE,
)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The chapter's own cells as a module: TensorFlow's graphs need their source."""
    folder = tmp_path_factory.mktemp("chapter_08")
    cells = solve(build(chapter("08")), chapter_08.exercises).cells
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    kept = [code[0], "layers = keras.layers"]
    kept += [source for source in code[1:] if DEFINING.search(source)]
    file = folder / "chapter_08_cells.py"
    file.write_text("\n\n".join(kept), encoding="utf-8")
    spec = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "load_mnist", data.stand_in)
        patch.setenv("COURSE_HOME", str(folder))
        patch.setitem(sys.modules, file.stem, module)
        module.ex = chapter_08
        spec.loader.exec_module(module)
        module.log_record = chapter_08.log_record.reference
        module.shift = chapter_08.shift.reference
        yield module


# What section 6 reads off the curves of each run.
FLOOR = -np.log(np.e / (np.e + 9))
CURVES = {
    "healthy: learns and generalises": lambda run: (
        run.loss[-1] < 0.3 and run.val_accuracy[-1] > 0.85
    ),
    "run 1: shuffled labels are learned by heart and help nothing new": lambda run: (
        run.accuracy[-1] > run.accuracy[0]
        and run.val_accuracy[-1] < 0.3
        and run.val_loss[-1] > 2
    ),
    "run 2: softmax twice has a floor under the loss": lambda run: (
        round(FLOOR, 2) == 1.46
        and FLOOR < min(run.loss) <= run.loss[-1] < 1.9
        and run.val_accuracy[-1] > 0.6
    ),
    "run 3: dead ReLUs fall to chance after a good start and stay": lambda run: (
        run.val_accuracy[1] > 0.7 and max(run.val_accuracy[2:]) < 0.3
    ),
    "run 4: too little data leaves a gap": lambda run: (
        run.accuracy[-1] > 0.9 > run.val_accuracy[-1] > 0.3
    ),
    "run 5: zero weights never move": lambda run: (
        abs(run.loss[0] - np.log(10)) < 1e-5
        and max(run.accuracy) < 0.2
        and np.ptp(run.val_loss) < 0.05
    ),
    "run 6: leakage makes new images look like training images": lambda run: (
        run.val_accuracy[-1] > 0.97
        and abs(run.val_accuracy[-1] - run.accuracy[-1]) < 0.03
    ),
    "run 7: unscaled input starts far above ln 10": lambda run: (
        run.val_loss[0] > 50 and run.val_accuracy[-1] > 0.5
    ),
    "run 8: a learning rate too high stays high on both": lambda run: (
        min(run.loss[1:]) > 0.15
        and abs(run.accuracy[-1] - run.val_accuracy[-1]) < 0.2
        and run.val_accuracy[-1] < 0.9
    ),
}


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("name", CURVES)
def test_each_run_of_the_gallery_shows_its_fault(lab, name, seed):
    curves = lab.gallery_run(name.split(":")[0], seed)
    assert CURVES[name](SimpleNamespace(**curves)), curves


def test_every_run_of_the_gallery_is_read(lab):
    assert {name.split(":")[0] for name in CURVES} == set(lab.FAULTS)


def test_a_run_from_a_prepared_network_is_that_of_a_new_one(lab):
    change = {"dropout": 0.3, "batch_norm": True, "epochs": 1}
    first = lab.run("fresh", 3, **change)
    lab.run("fresh", 4, **change)
    again = lab.run("fresh", 3, **change)
    lab.prepared.clear()
    anew = lab.run("fresh", 3, **change)
    assert first == again == anew


def test_settings_outside_the_graph_do_not_trace_again(lab):
    lab.run("trace", 0, epochs=1)
    graphs = {id(network) for network in lab.prepared.values()}
    lab.run("trace", 0, epochs=1, batch_size=16, learning_rate=0.1, augment=True)
    assert {id(network) for network in lab.prepared.values()} == graphs
    key = tuple(lab.BASE[name] for name in lab.IN_THE_GRAPH)
    assert lab.prepared[key].train.experimental_get_tracing_count() == 1


def test_the_recorded_long_runs_are_those_of_the_chapters_functions():
    record = json.loads(convnet.RECORD.read_text(encoding="utf-8"))
    source = chapter("08").source
    assert record["program"] == convnet.fingerprint(convnet.program(source))
    assert all(run["test_accuracy"] > 0.99 for run in record["runs"])
    assert all(1.5 < run["processor_minutes"] < 2.5 for run in record["runs"])


def test_a_changed_function_makes_the_record_stale(tmp_path):
    source = chapter("08").source.read_text(encoding="utf-8")
    changed = tmp_path / "08.py"
    changed.write_text(source.replace("convnet(16)", "convnet(32)"), encoding="utf-8")
    before = convnet.fingerprint(convnet.program(chapter("08").source))
    assert convnet.fingerprint(convnet.program(changed)) != before
    changed.write_text("x = 1\n", encoding="utf-8")
    with pytest.raises(ValueError, match="convnet, long_run"):
        convnet.program(changed)


def test_standard_errors_in_the_prose():
    def error(p):
        return 100 * np.sqrt(p * (1 - p) / 10_000)

    assert round(error(0.99), 1) == 0.1
    assert round(error(0.98), 2) == 0.14
    assert round(10_000 * (0.9806 - 0.9799)) == 7
    assert (98.06 - 97.99) / error(0.98) == pytest.approx(0.5, abs=0.01)


def test_the_gallery_names_each_cause_once():
    text = chapter_code.text("08")
    causes = [cause for cause, _ in chapter_08.GALLERY]
    assert sorted(causes) == sorted(chapter_08.CAUSES)
    for letter in chapter_08.CAUSES:
        assert f"- **{letter})**" in text


def test_what_the_log_cannot_write_is_told_by_the_check():
    def log_record(base, change, seed, curves, seconds):
        arrays = {name: np.array(values) for name, values in curves.items()}
        settings = base | change
        record = {"settings": settings, "seed": seed, "curves": arrays}
        return record | {"seconds": seconds}

    verdict, _ = chapter_08.log_record._verdict(log_record)
    assert verdict.status == "wrong"
    assert "cannot be written" in verdict.paragraphs[0]


@pytest.mark.parametrize("form", [np.array, lambda pair: (float(pair[0]), pair[1])])
def test_a_row_that_is_no_position_is_told_by_the_check(form):
    def choose_and_report(valid, test):
        chosen = np.argmax(valid.mean(axis=1))
        return form([chosen, test[chosen].mean()])

    verdict, _ = chapter_08.choose_and_report._verdict(choose_and_report)
    assert verdict.status == "wrong"
    assert "decimal number" in verdict.paragraphs[0]


def test_a_sign_test_without_an_allowance_for_rounding_is_right():
    def sign_test(differences):
        choices = np.array(list(product([1, -1], repeat=len(differences))))
        means = np.abs((choices * differences).mean(axis=1))
        return np.mean(means >= abs(differences.mean()))

    assert chapter_08.sign_test._verdict(sign_test)[0].status == "solved"
