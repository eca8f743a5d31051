"""The benchmarks run what the chapters show, and say what they measured."""

import itertools
import json
import os
import re
import subprocess
import sys
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from course_utils import commands, data
from course_utils.chapters import PROJECT
from course_utils.chapters import chapter as chapter_of
from tests.benchmarks import (
    __main__ as bench,
)
from tests.benchmarks import (
    chapter_code,
    chapters,
    feedback,
    grading,
    growth,
    limit,
    measure,
    monitor,
    readme,
    scratch,
    start,
    training,
    widgets,
)


@pytest.fixture(scope="module")
def chapter():
    return training.chapter_functions()


def made_up_digits(n):
    """Return noise in the form of MNIST: n training images, and a quarter of that."""
    rng = np.random.default_rng(0)
    return SimpleNamespace(
        x_train=rng.random((n, 28, 28), dtype="float32"),
        x_test=rng.random((n // 4, 28, 28), dtype="float32"),
        y_train=rng.integers(0, 10, n),
        y_test=rng.integers(0, 10, n // 4),
    )


def small_training(space):
    digits = made_up_digits(256)
    space = dict(space)
    # Functions look names up where they were defined, not in a copy.
    shared = space["train"].__globals__
    before = {name: shared.get(name) for name in space}
    shared |= space
    shared |= {
        "x_train": digits.x_train.reshape(256, -1),
        "x_test": digits.x_test.reshape(64, -1),
        "y_train": digits.y_train,
        "y_test": digits.y_test,
    }
    try:
        start = space["he_params"]((784, 16, 10), np.random.default_rng(0))
        params, _ = space["train"](start, epochs=2)
    finally:
        shared |= before
    return [array for pair in params for array in pair]


def test_reused_buffers_change_no_result(chapter):
    written = small_training(chapter)
    buffers = training._with_buffers(chapter["adam_in_place"])
    reused = small_training(chapter | buffers)
    for one, other in zip(written, reused, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)


def test_the_plain_program_is_the_one_that_the_chapter_shows():
    program = training.plain_program()
    assert "tf.keras.datasets.mnist.load_data()" in program
    assert "epochs=5" in program


def test_medians_and_ratios_of_the_table(monkeypatch, capsys):
    seconds = dict(
        zip(
            training.WAYS,
            ([40, 30, 50], [20, 20, 21], [8, 10, 12], [5, 4, 6]),
            strict=True,
        )
    )
    monkeypatch.setattr(measure, "mnist", lambda: None)
    monkeypatch.setattr(
        training,
        "_in_a_process",
        lambda way, turn: {
            "seconds": seconds[way][turn],
            "accuracy": 0.97,
            "megabytes": 800.0,
        },
    )
    figures = training.main(3)
    assert [figures[way]["ratio"] for way in training.WAYS] == [1, 2, 4, 8]
    assert "10.0 (8.0–12.0)" in capsys.readouterr().out


def test_the_seed_of_a_training_is_the_number_of_its_turn(monkeypatch):
    called = []
    run = {"seconds": 1.0, "accuracy": 0.97, "megabytes": 800.0}
    monkeypatch.setattr(measure, "mnist", lambda: None)
    monkeypatch.setattr(
        training, "_in_a_process", lambda way, turn: called.append((way, turn)) or run
    )
    training.main(3)
    assert called == [(way, turn) for turn in range(3) for way in training.WAYS]


def test_no_figure_comes_from_the_stand_in(monkeypatch):
    monkeypatch.setattr(data, "locate_mnist", lambda: ("none", None))
    monkeypatch.setattr(data, "load_mnist", lambda dtype: None)
    for benchmark in (training, chapters):
        with pytest.raises(measure.NotMeasuredError, match="COURSE_MNIST"):
            benchmark.main(1)


def test_latencies_are_compared_with_the_usual_way():
    runs = {widgets.BASELINE: [160.0] * 20, "graph: a gate": [*[10.0] * 18, 30, 40]}
    of = widgets.summary(runs)["graph: a gate"]
    assert (of["median"], of["ratio"]) == (10.0, 16.0)
    assert 10 < of["p95"] <= 40
    assert "≤ 20" in widgets.table(widgets.summary(runs))


def test_the_monitors_cost_is_the_median_over_pairs():
    def trained(clock, cpu, inside):
        return {"clock": clock, "cpu": cpu, "inside": inside}

    watched = [trained(10.2, 11.0, 0.1), trained(30.0, 33.0, 0.3), trained(5.05, 9, 0)]
    alone = [trained(10.0, 10.0, 0.0), trained(10.0, 30.0, 0.0), trained(5.0, 5.0, 0.0)]
    figures = monitor.summary({"fit": {"with": watched, "without": alone}})["fit"]
    assert figures["clock"] == pytest.approx(1.02)
    assert figures["cpu"] == pytest.approx(1.1)
    assert figures["inside"] == pytest.approx(10.2 / 10.1)
    assert "1.020" in monitor.table({"fit": figures})


def test_chapter_06s_program_trains_on_what_its_validation_leaves():
    class Keras:
        """Stands in for Keras: what is tested is how the chapter's code is run."""

        fitted = None

        def __getattr__(self, name):
            return self

        def __call__(self, *arguments, **named):
            return self

        def fit(self, x, y, **named):
            Keras.fitted = (len(x), len(y), len(named["validation_data"][0]))
            Keras.epochs = named["epochs"]
            return self

        def evaluate(self, x, y, *arguments, **named):
            return 0.5, len(x) / 1000

    digits = made_up_digits(120)
    _, accuracy = training.recommended(digits, 0, Keras())
    n = len(digits.x_train)
    assert Keras.fitted == (n - n // 12, n - n // 12, n // 12)
    assert Keras.epochs == training.EPOCHS
    assert accuracy == len(digits.x_test) / 1000


# From scratch


def test_all_ways_from_scratch_have_equal_gradients(chapter):
    figures = scratch.measured(1, widths=(6, 5, 3), batch=4)
    assert list(figures) == list(scratch.CALLS)
    assert all(of["microseconds"][0] > 0 for of in figures.values())
    assert figures["matrices"]["ratio"] == 1


def test_example_by_example_equals_the_matrices_in_deep_networks_too(chapter):
    X, y, params = chapter["random_network"]((4, 5, 6, 3), seed=0, batch=7)
    ways = [chapter["loss_and_gradients"], scratch.example_by_example]
    scratch.expect_equal(ways, X, y, params)


def test_unequal_gradients_stop_the_benchmark(chapter):
    X, y, params = chapter["random_network"]((4, 3, 3), seed=0, batch=5)

    def without_the_mean(X, y, params):
        loss, grads = scratch.example_by_example(X, y, params)
        return loss, [(5 * dW, db) for dW, db in grads]

    ways = [chapter["loss_and_gradients"], without_the_mean]
    with pytest.raises(AssertionError):
        scratch.expect_equal(ways, X, y, params)


# The limit


def test_operations_are_those_of_three_products_for_each_layer():
    assert limit.operations((784, 128, 10), 1) == 6 * (784 * 128 + 128 * 10)
    shapes = [(a.shape, b.shape) for a, b in limit._factors()]
    assert shapes == limit.products(limit.WIDTHS, limit.BATCH)


def test_the_training_loop_is_compared_with_the_bare_products(monkeypatch):
    seconds = itertools.chain.from_iterable(
        # Start and end of the products, the gradients, the loop: 1, 2 and 4 s.
        (0, 1, 1, 3, 3, 7)
        for _ in range(2)
    )
    clock = SimpleNamespace(perf_counter=lambda: next(seconds))
    monkeypatch.setattr(limit, "time", clock)
    monkeypatch.setattr(data, "load_mnist", lambda: made_up_digits(256))
    figures = limit.measured(1)
    assert [of["share"] for of in figures.values()] == [1, 0.5, 0.25]
    flops = limit.operations(limit.WIDTHS, 256)
    assert figures["whole training loop"]["gigaflops"] == [flops / 4 / 1e9]
    assert "25%" in limit.table(figures)


# Start, chapters, feedback


def test_packages_that_were_fetched_are_told_from_cached_ones():
    written = "Prepared 2 packages in 1s\nInstalled 150 packages in 3s\n"
    written += "Prepared 1 package in 9ms\nInstalled 1 package in 2ms\n"
    assert start.packages(written) == {"packages": 151, "fetched": 3}


@pytest.mark.skipif(os.name == "nt", reason="Windows asks for a right to make links")
def test_files_are_counted_once_and_links_are_not(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "a").write_bytes(bytes(3000))
    (tmp_path / "lib" / "link").symlink_to(tmp_path / "lib" / "a")
    (tmp_path / "lib64").symlink_to(tmp_path / "lib")
    assert start.gigabytes(tmp_path) == pytest.approx(3e-6)


def test_a_command_is_timed_to_its_sign_and_then_ended(tmp_path):
    code = "import time; print('early'); print('== ruff check', flush=True); "
    command = [sys.executable, "-c", code + "time.sleep(600)"]
    with start._process(command, tmp_path, None) as lines:
        sign = start.SIGNS["python3 -m course_utils test"]
        seen = next(line for line in lines if sign.search(line))
    assert seen == "== ruff check\n"
    assert lines.closed  # and the process has ended: nothing waited 600 s


def test_the_table_of_starts_says_why_there_is_no_cold_start():
    figures = {
        "imports": {
            "python": [10.0, 12.0],
            "with import": [13.0, 14.0],
            "difference": 2.5,
        },
        "first_cells": {"00": {"ready": [0.5], "cell": [4.0, 5.0]}},
        "commands": {"reason": "There is no git here."},
    }
    text = start.table(figures)
    assert "4.50 (4.00–5.00)" in text
    assert "not measured: There is no git here." in text


def test_the_table_of_chapters_adds_up():
    one = {
        "seconds": 10.0,
        "megabytes": 400.0,
        "most_seconds": 60,
        "most_megabytes": 500,
    }
    figures = {"chapters": {"01": one, "02": {**one, "megabytes": 420.0}}}
    text = chapters.table(figures | {"seconds": 20.0, "wall_seconds": 25.0})
    assert re.search(r"together +20.0 +420", text)


def test_peak_memory_grows_with_an_array():
    command = "import numpy as np; from tests.benchmarks import measure;"
    command += "p = measure.peak_megabytes; a = p(); x = np.ones(10**7); print(p() - a)"
    ran = subprocess.run(
        [sys.executable, "-c", command], cwd=PROJECT, capture_output=True, check=True
    )
    assert 60 < float(ran.stdout) < 200


def test_each_exercise_is_checked_with_a_right_and_a_wrong_answer(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("COURSE_HOME", str(tmp_path))
    which = chapter_of("00")
    figures = feedback.measured(1, [which])
    exercises = {f"00.{name}": each for name, each in which.exercises().items()}
    assert set(figures["right"]) == set(exercises)
    assert set(figures["wrong"]) == {n for n, e in exercises.items() if e.mistakes}


def test_every_number_of_the_network_is_checked():
    figures = feedback.gradient_check(1)
    assert figures["parameters"] == sum(
        (d + 1) * h for d, h in pairwise(feedback.WIDTHS)
    )
    one = {"07.a": {"first": 9.0, "later": 8.0}}
    text = feedback.table(figures | {"right": one, "wrong": one})
    assert "693 numbers" in text


# Growth


def test_the_fit_recovers_a_known_exponent():
    sizes = [1, 2, 4, 8]
    found = growth.fit(sizes, [[3 * n**1.5] * 2 for n in sizes])
    assert found["exponent"] == pytest.approx(1.5)
    assert found["factor"] == pytest.approx(3)
    assert found["error"] == pytest.approx(0, abs=1e-7)


def test_the_fits_error_covers_noise():
    rng = np.random.default_rng(0)
    sizes = 2.0 ** np.arange(8)
    away = []
    for _ in range(200):
        noisy = [[n * np.exp(rng.normal(0, 0.2))] for n in sizes]
        found = growth.fit(sizes, noisy)
        away.append(abs(found["exponent"] - 1) / found["error"])
    # Within one standard error about two times in three, by Student's t.
    assert 0.5 < np.mean(np.array(away) < 1) < 0.8


def test_growth_is_drawn_and_told(tmp_path):
    of = {"sizes": [1, 2, 4], "seconds": [[0.1, 0.12], [0.2, 0.21], [0.4, 0.41]]}
    of |= growth.fit(of["sizes"], of["seconds"])
    figures = dict.fromkeys(growth.TITLES, of)
    growth.draw(figures, tmp_path / "growth.png")
    assert (tmp_path / "growth.png").read_bytes().startswith(b"\x89PNG")
    assert f"{of['exponent']:.2f} ± {of['error']:.2f}" in growth.table(figures)


def test_no_gradient_check_of_the_series_is_a_sample():
    from course_utils import gradcheck

    for widths in ((20, w, w, 5) for w in growth.CHECKED_WIDTHS):
        assert max(d * h for d, h in pairwise(widths)) <= gradcheck.LARGE


def test_the_table_of_grading_has_both_programs():
    seconds = {"course grade": 50.0, "nbgrader autograde": 150.0}
    figures = {"seconds": seconds, "submissions": 40, "workers": 2, "ratio": 3.0}
    assert "3.00 times as fast with 2 workers and 40 submissions" in grading.table(
        figures
    )


# What a chapter's code is


def test_a_cell_that_is_not_there_or_not_alone_is_refused():
    with pytest.raises(ValueError, match="0 cells"):
        chapter_code.run_cell("06", "no_such_name = ", {})
    with pytest.raises(ValueError, match="cells of chapter 06"):
        chapter_code.run_cell("06", "fig, ax = ", {})


# The command


@pytest.fixture
def figures_file(tmp_path, monkeypatch):
    path = tmp_path / "artefacts" / "bench.json"
    monkeypatch.setattr(bench, "FIGURES", path)
    return path


def pretend(monkeypatch, **mains):
    """Put functions in place of the benchmarks' own."""
    for name, main in mains.items():
        module = bench.import_module(f"tests.benchmarks.{bench.BENCHES[name]}")
        monkeypatch.setattr(module, "main", main)


def test_every_benchmark_takes_the_number_of_repeats():
    for module in bench.BENCHES.values():
        main = bench.import_module(f"tests.benchmarks.{module}").main
        assert main.__code__.co_varnames[0] == "repeats"


def test_only_the_named_benchmarks_run(figures_file, monkeypatch, capsys):
    pretend(
        monkeypatch,
        scratch=lambda repeats: {"repeated": repeats},
        limit=lambda repeats: {"repeated": 2 * repeats},
    )
    assert bench.main(["scratch", "limit", "--repeats", "3"]) == 0
    kept = json.loads(figures_file.read_text())
    assert set(kept) == {"scratch", "limit"}
    assert kept["limit"]["figures"] == {"repeated": 6}
    assert "== scratch" in capsys.readouterr().out


def test_without_a_name_all_run_and_others_figures_stay(figures_file, monkeypatch):
    pretend(monkeypatch, **dict.fromkeys(bench.BENCHES, lambda repeats: {"new": 1}))
    bench.keep(figures_file, "scratch", {"figures": {"old": 1}})
    assert bench.main(["limit"]) == 0
    kept = json.loads(figures_file.read_text())
    assert kept["scratch"]["figures"] == {"old": 1}
    assert bench.main([]) == 0
    kept = json.loads(figures_file.read_text())
    assert [of["figures"] for of in kept.values()] == [{"new": 1}] * len(bench.BENCHES)


def test_each_figure_is_kept_with_machine_versions_and_time(figures_file, monkeypatch):
    pretend(monkeypatch, limit=lambda repeats: {"share": 0.5})
    bench.main(["limit", "--repeats", "2"])
    kept = json.loads(figures_file.read_text())["limit"]
    assert set(kept) == {"machine", "repeats", "seconds", "figures"}
    assert {"time", "system", "processor", "cores", "python", "numpy", "keras"} <= set(
        kept["machine"]
    )
    assert kept["repeats"] == 2


def test_a_benchmark_that_fails_spoils_no_other(figures_file, monkeypatch, capsys):
    def fails(repeats):
        raise RuntimeError("out of order")

    def lacks(repeats):
        raise measure.NotMeasuredError("This needs the real MNIST.")

    pretend(
        monkeypatch, scratch=fails, limit=lambda repeats: {"share": 0.5}, mnist=lacks
    )
    assert bench.main(["mnist", "scratch", "limit"]) == 1
    assert set(json.loads(figures_file.read_text())) == {"limit"}
    told = capsys.readouterr()
    assert "mnist is not measured: This needs the real MNIST." in told.out
    assert "scratch failed: RuntimeError: out of order" in told.err


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (["mnits"], "there is no benchmark 'mnits'; there are mnist, scratch, limit"),
        (["--repeats", "0"], "--repeats is 1 or more, not 0"),
    ],
)
def test_a_wrong_line_gets_a_sentence_before_anything_runs(line, sentence, capsys):
    with pytest.raises(SystemExit) as stopped:
        bench.main(line)
    assert stopped.value.code == 2
    assert sentence in capsys.readouterr().err


def test_course_bench_hands_names_and_repeats_on(monkeypatch):
    called = []
    monkeypatch.setattr(subprocess, "call", lambda c, **_: called.append(c) or 0)
    assert commands.main(["bench", "limit", "mnist", "--repeats", "7"]) == 0
    wanted = "-m tests.benchmarks limit mnist --repeats 7"
    assert called[0][1:] == wanted.split()


# The README


def test_the_readmes_table_is_made_from_the_kept_results():
    text = readme.README.read_text(encoding="utf-8")
    if readme.RESULTS.is_file():
        results = json.loads(readme.RESULTS.read_text(encoding="utf-8"))
        assert readme.between(text) == readme.section(results)
    else:
        assert readme.between(text) == ""


EXAMPLE = {
    "mnist": {
        way: {
            "seconds": [1.0],
            "accuracy": [0.975, 0.978],
            "megabytes": [800.0],
            "ratio": 4.0,
        }
        for way in training.WAYS
    },
    "scratch": {way: {"ratio": 20.0} for way in scratch.CALLS},
    "limit": {part: {"share": 0.5} for part in limit.PARTS},
    "widgets": {
        widgets.BASELINE: {"median": 160.0},
        "graph: a gate": {"median": 12.0},
    },
    "monitor": {"fit": {"inside": 1.01}},
    "start": {
        "imports": {"difference": 3.0},
        "first_cells": {"00": {"cell": [4.0]}, "02": {"cell": [1.0]}},
        "commands": {
            command: {
                "cold": 30.0,
                "warm": [2.0],
                "packages": 150,
                "fetched": 0,
                "gigabytes": 2.14,
            }
            for command in start.COMMANDS
        },
    },
    "chapters": {"chapters": {"01": {"megabytes": 400.0}}, "seconds": 120.0},
    "feedback": {
        "right": {"02.a": {"first": 9.0}},
        "wrong": {"02.a": {"first": 12.0}},
        "check_gradients": [0.3],
        "parameters": 693,
    },
    "grading": {"ratio": 2.5},
    "growth": {name: {"exponent": 1.0, "error": 0.1} for name in growth.TITLES},
}


def test_the_readme_has_a_row_for_each_benchmark_with_command_and_date():
    machine = {
        "time": "2026-11-23T12:00:00+00:00",
        "system": "Linux-6.1",
        "cores": "2",
        "gigabytes": "24.0",
    }
    results = {
        name: {"machine": machine, "figures": EXAMPLE[name]} for name in bench.BENCHES
    }
    table = readme.section(results)
    for name in bench.BENCHES:
        row = next(row for row in table.splitlines() if f"`bench {name}`" in row)
        assert row.endswith("| 2026-11-23 |")
    assert "4.0 times as fast; test accuracy 97.5%–97.8%" in table
    assert "| 2.1 GB | `bench start` |" in table
    assert "On Linux, 2 cores, 24.0 GB." in table


def test_results_and_readme_are_written_together(tmp_path, monkeypatch, figures_file):
    page = tmp_path / "README.md"
    page.write_text(f"# Title\n\n{readme.BEGIN}\n\n{readme.END}\n\n## More\n")
    monkeypatch.setattr(readme, "README", page)
    monkeypatch.setattr(readme, "RESULTS", tmp_path / "results.json")
    assert bench.main(["--readme"]) == 1  # nothing has been measured
    pretend(
        monkeypatch,
        limit=lambda repeats: EXAMPLE["limit"],
    )
    bench.main(["limit"])
    assert bench.main(["--readme"]) == 0
    assert "| 50% | `bench limit` |" in page.read_text()
    assert page.read_text().endswith(f"{readme.END}\n\n## More\n")
    results = json.loads((tmp_path / "results.json").read_text())
    assert readme.between(page.read_text()) == readme.section(results)
