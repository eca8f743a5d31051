"""The benchmarks run what the chapters show, and say what they measured."""

import inspect
import itertools
import json
import os
import subprocess
import sys
from itertools import pairwise
from types import SimpleNamespace
from unittest.mock import MagicMock

import numpy as np
import pytest

from course_utils import commands, data, runtime
from course_utils.chapters import PROJECT
from course_utils.chapters import chapter as chapter_of
from tests.benchmarks import __main__ as bench
from tests.benchmarks import (
    chapter_code,
    chapters,
    feedback,
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

RESULTS = json.loads(readme.RESULTS.read_text(encoding="utf-8"))


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


def small_training(with_buffers):
    """Return what chapter 07's training comes to, as one tuple of arrays."""
    digits, space = made_up_digits(256), training.chapter_functions()
    space |= {
        "x_train": digits.x_train.reshape(256, -1),
        "x_test": digits.x_test.reshape(64, -1),
        "y_train": digits.y_train,
        "y_test": digits.y_test,
    }
    if with_buffers:
        space |= training._with_buffers(space["adam_in_place"])
    start = space["he_params"]((784, 16, 10), np.random.default_rng(0))
    params, _ = space["train"](start, epochs=2)
    return sum(params, ())


def test_reused_buffers_change_no_result():
    for one, other in zip(small_training(False), small_training(True), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)


def test_trainings_take_turns_each_with_its_turn_as_seed(monkeypatch):
    seconds = ([40, 30, 50], [20, 20, 21], [8, 10, 12], [5, 4, 6])
    seconds, called = dict(zip(training.WAYS, seconds, strict=True)), []

    def run(function, way, seed, limited):
        called.append((way, seed))
        took = float(seconds[way][seed])
        return {"seconds": took, "accuracy": 0.97, "megabytes": 800.0}

    monkeypatch.setattr(measure, "mnist", lambda: None)
    monkeypatch.setattr(measure, "in_a_process", run)
    figures = training.main(3)
    assert called == [(way, turn) for turn in range(3) for way in training.WAYS]
    assert [figures[way]["ratio"] for way in training.WAYS] == [1, 2, 4, 8]
    assert "10.0 (8.0–12.0)" in training.table(figures)


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


def test_the_monitors_cost_is_the_median_over_pairs():
    def trained(*figures):
        return [dict(zip(("clock", "cpu", "inside"), f, strict=True)) for f in figures]

    watched = trained((10.2, 11.0, 0.1), (30.0, 33.0, 0.3), (5.05, 9, 0))
    alone = trained((10.0, 10.0, 0.0), (10.0, 30.0, 0.0), (5.0, 5.0, 0.0))
    figures = monitor.summary({"fit": {"with": watched, "without": alone}})["fit"]
    assert figures["clock"] == pytest.approx(1.02)
    assert figures["cpu"] == pytest.approx(1.1)
    assert figures["inside"] == pytest.approx(10.2 / 10.1)


def test_chapter_06s_program_trains_on_what_its_validation_leaves():
    keras = MagicMock()  # what is tested is how the chapter's code is run
    model = keras.Sequential.return_value
    model.evaluate.return_value = 0.5, 0.25
    digits = made_up_digits(120)
    _, accuracy = training.recommended(digits, 0, keras)
    (x, y, *_), named = model.fit.call_args
    assert (len(x), len(y), len(named["validation_data"][0])) == (110, 110, 10)
    assert named["epochs"] == training.EPOCHS
    assert model.evaluate.call_args.args[0] is digits.x_test
    assert accuracy == 0.25


# From scratch


def test_all_ways_from_scratch_are_timed_and_have_equal_gradients():
    figures = scratch.main.__wrapped__(1, widths=(6, 5, 3), batch=4)
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


def test_operations_are_those_of_the_products_that_are_timed():
    timed = [2 * len(a) * b.size for a, b in limit._factors()]
    assert limit.operations(limit.WIDTHS, limit.BATCH) == sum(timed)


def test_the_training_loop_is_compared_with_the_bare_products(monkeypatch):
    seconds = itertools.chain.from_iterable(
        # Start and end of the products, the gradients, the loop: 1, 2 and 4 s.
        (0, 1, 1, 3, 3, 7)
        for _ in range(2)
    )
    clock = SimpleNamespace(perf_counter=lambda: next(seconds))
    monkeypatch.setattr(limit, "time", clock)
    monkeypatch.setattr(data, "load_mnist", lambda: made_up_digits(256))
    figures = limit.main.__wrapped__(1)
    assert [of["share"] for of in figures.values()] == [1, 0.5, 0.25]
    flops = limit.operations(limit.WIDTHS, 256)
    assert figures["whole training loop"]["gigaflops"] == [flops / 4 / 1e9]


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
        sign = start.COMMANDS["python3 -m course_utils test"][1]
        seen = next(line for line in lines if sign.search(line))
    assert seen == "== ruff check\n"
    assert lines.closed  # and the process has ended: nothing waited 600 s


def test_why_there_is_no_cold_start_is_told():
    figures = RESULTS["start"]["figures"] | {"commands": {"reason": "There is no git."}}
    assert "not measured: There is no git." in start.table(figures)


TOLD = {
    "mnist": lambda of: f"{of['NumPy, as written']['ratio']:.1f}  ",
    "scratch": lambda of: f"{of['number by number']['ratio']:,.0f}\n",
    "limit": lambda of: f"{of['whole training loop']['share']:.0%}\n",
    "widgets": lambda of: "≤ 20 ",
    "monitor": lambda of: f"{of['fit']['inside']:.3f}",
    "start": lambda of: measure.spread(of["first_cells"]["04"]["cell"], 2),
    "chapters": lambda of: f"together {of['seconds']:10.1f} ",
    "feedback": lambda of: f"{of['parameters']} numbers",
    "growth": lambda of: f"{of['gradient check']['exponent']:.2f} ± ",
    "grading": lambda of: f"{of['ratio']:.2f} times as fast with 2 workers",
}


@pytest.mark.parametrize("name", bench.BENCHES)
def test_each_benchmark_tells_its_figures_as_a_table(name):
    module = bench.import_module(f"tests.benchmarks.{bench.BENCHES[name]}")
    figures = RESULTS[name]["figures"]
    assert TOLD[name](figures) in module.table(figures) + "\n"


def test_functions_run_in_a_process_with_the_limits_of_a_kernel_or_none(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS")
    read = [
        measure.in_a_process(os.getenv, "OMP_NUM_THREADS", limited=limited)
        for limited in (True, False)
    ]
    assert read == [runtime.environment()["OMP_NUM_THREADS"], None]


def test_what_fails_in_a_process_or_a_kernel_is_told():
    with pytest.raises(RuntimeError, match=r"(?s)limit\.operations failed.*TypeError"):
        measure.in_a_process(limit.operations)
    with pytest.raises(RuntimeError, match="division by zero"):
        measure.in_a_kernel("1 / 0", PROJECT)


def test_peak_memory_grows_with_an_array():
    command = "import numpy as np; from tests.benchmarks import measure;"
    command += "p = measure.peak_megabytes; a = p(); x = np.ones(10**7); print(p() - a)"
    ran = subprocess.run(
        [sys.executable, "-c", command], cwd=PROJECT, capture_output=True, check=True
    )
    assert 60 < float(ran.stdout) < 200


def test_each_exercise_is_checked_right_and_wrong_and_every_number_of_the_network(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("COURSE_HOME", str(tmp_path))
    which = chapter_of("00")
    figures = feedback.measured(1, [which])
    exercises = {f"00.{name}": each for name, each in which.exercises().items()}
    assert set(figures["right"]) == set(exercises)
    assert set(figures["wrong"]) == {n for n, e in exercises.items() if e.mistakes}
    assert figures["parameters"] == sum(
        (d + 1) * h for d, h in pairwise(feedback.WIDTHS)
    )


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


def test_growth_is_drawn(tmp_path):
    growth.draw(RESULTS["growth"]["figures"], tmp_path / "growth.png")
    assert (tmp_path / "growth.png").read_bytes().startswith(b"\x89PNG")


def test_no_gradient_check_of_the_series_is_a_sample():
    from course_utils import gradcheck

    for widths in ((20, w, w, 5) for w in growth.CHECKED_WIDTHS):
        assert max(d * h for d, h in pairwise(widths)) <= gradcheck.LARGE


# What a chapter's code is


def test_a_cell_that_is_not_there_or_not_alone_is_refused():
    with pytest.raises(ValueError, match="0 cells"):
        chapter_code.run_cell("06", "no_such_name = ", {})
    with pytest.raises(ValueError, match="cells of chapter 06"):
        chapter_code.run_cell("06", "fig, ax = ", {})


# The command


@pytest.fixture
def pretend(tmp_path, monkeypatch):
    """Put functions in place of the benchmarks' own; read what was kept by a call."""
    monkeypatch.setattr(bench, "FIGURES", tmp_path / "artefacts" / "bench.json")

    def put(**mains):
        for name, main in mains.items():
            module = bench.import_module(f"tests.benchmarks.{bench.BENCHES[name]}")
            assert "repeats" in inspect.signature(module.main).parameters
            monkeypatch.setattr(module, "main", main)
            monkeypatch.setattr(module, "table", str)
        return lambda: json.loads(bench.FIGURES.read_text())

    return put


def test_only_the_named_run_and_are_kept_with_machine_repeats_and_time(pretend, capsys):
    kept = pretend(
        scratch=lambda repeats: {"repeated": repeats},
        limit=lambda repeats: {"repeated": 2 * repeats},
    )
    assert bench.main(["scratch", "limit", "--repeats", "3"]) == 0
    assert set(kept()) == {"scratch", "limit"}
    result = kept()["limit"]
    assert set(result) == {"machine", "repeats", "seconds", "figures"}
    assert (result["repeats"], result["figures"]) == (3, {"repeated": 6})
    told = {"time", "system", "processor", "cores", "python", "numpy", "keras"}
    assert told <= set(result["machine"])
    printed = capsys.readouterr().out
    assert "== scratch\n{'repeated': 3}" in printed


def test_without_a_name_all_run_and_others_figures_stay(pretend):
    kept = pretend(**dict.fromkeys(bench.BENCHES, lambda repeats: {"new": 1}))
    bench.keep(bench.FIGURES, "scratch", {"figures": {"old": 1}})
    assert bench.main(["limit"]) == 0
    assert kept()["scratch"]["figures"] == {"old": 1}
    assert bench.main([]) == 0
    assert [of["figures"] for of in kept().values()] == [{"new": 1}] * len(
        bench.BENCHES
    )


def test_a_benchmark_that_fails_spoils_no_other(pretend, capsys):
    def fails(repeats):
        raise RuntimeError("out of order")

    def lacks(repeats):
        raise measure.NotMeasuredError("This needs the real MNIST.")

    kept = pretend(scratch=fails, limit=lambda repeats: {"share": 0.5}, mnist=lacks)
    assert bench.main(["mnist", "scratch", "limit"]) == 1
    assert set(kept()) == {"limit"}
    told = capsys.readouterr()
    assert "mnist is not measured: This needs the real MNIST." in told.out
    assert "scratch failed: RuntimeError: out of order" in told.err


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (["mnits"], "there is no benchmark 'mnits'; there are mnist, scratch, limit"),
        (["--repeats", "0"], "argument --repeats: '0' is not a number from 1 on"),
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


def test_the_readmes_table_is_made_from_the_kept_results_of_all_benchmarks():
    text = readme.README.read_text(encoding="utf-8")
    assert readme.between(text) == readme.section(RESULTS)
    assert {name for _, name, _ in readme.ROWS} == set(RESULTS) == set(bench.BENCHES)


def test_the_kept_results_are_of_what_the_benchmarks_measure_today():
    kept = {name: list(of["figures"]) for name, of in RESULTS.items()}
    assert kept["mnist"] == list(training.WAYS)
    assert kept["scratch"] == list(scratch.CALLS)
    assert kept["limit"] == list(limit.PARTS)
    assert kept["widgets"] == [case.name for case in widgets.CASES]
    assert kept["growth"] == list(growth.TITLES)
    assert set(RESULTS["start"]["figures"]["commands"]) == set(start.COMMANDS)


def test_results_and_readme_are_written_together(tmp_path, monkeypatch, pretend):
    page = tmp_path / "README.md"
    page.write_text(f"# Title\n\n{readme.BEGIN}\n\n{readme.END}\n\n## More\n")
    monkeypatch.setattr(readme, "README", page)
    monkeypatch.setattr(readme, "RESULTS", tmp_path / "results.json")
    pretend(limit=lambda repeats: {"whole training loop": {"share": 0.5}})
    assert bench.main(["--readme"]) == 1  # nothing has been measured
    bench.main(["limit"])
    assert bench.main(["--readme"]) == 0
    assert "| 50% | `bench limit` |" in page.read_text()
    assert page.read_text().endswith(f"{readme.END}\n\n## More\n")
    results = json.loads((tmp_path / "results.json").read_text())
    assert readme.between(page.read_text()) == readme.section(results)
