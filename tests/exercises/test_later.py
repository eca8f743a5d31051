"""What takes its time before a check can begin is not counted in its limit."""

import subprocess
import sys

import pytest

from course_utils.checking import core
from course_utils.checking.later import Later


@pytest.fixture
def slow(tmp_path, monkeypatch):
    """Name of a module whose import takes longer than a check below may."""
    text = "import time\n\ntime.sleep(1.2)\n\n\ndef double(x):\n    return 2 * x\n"
    (tmp_path / "imported_slowly.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield "imported_slowly"
    sys.modules.pop("imported_slowly", None)


def exercise_with(module, needs):
    exercises = core.ExerciseSet("99", needs=needs)

    @exercises.function(title="Twice as much", cases=[(1,), (3,)], seconds=0.8)
    def twice(x):
        return module.double(x)

    return twice


@pytest.mark.parametrize("announced", [True, False])
def test_only_an_import_that_is_announced_is_not_counted_in_the_time_limit(
    slow, announced
):
    module = Later(slow)
    twice = exercise_with(module, [module.load] if announced else [])
    assert slow not in sys.modules
    assert twice.score(lambda x: module.double(x)) == announced


def test_a_module_that_is_missing_is_told_inside_the_check(capsys):
    module = Later("no_such_module_anywhere")
    exercise_with(module, [module.load]).check(lambda x: module.double(x))
    assert "No module named 'no_such_module_anywhere'" in capsys.readouterr().out


def test_looking_at_a_stand_in_does_not_load_the_module(slow):
    module = Later(slow)
    assert not hasattr(module, "__wrapped__")
    repr(module)
    assert slow not in sys.modules
    assert module.double(4) == 8


@pytest.mark.parametrize(
    ("chapter", "name"), [("04", "column_error"), ("05", "lopsided")]
)
def test_the_first_check_of_a_process_without_tensorflow_keeps_to_the_usual_limit(
    chapter, name
):
    code = (
        "import sys\n"
        "from course_utils.checking import core\n"
        f"from course_utils.exercises.chapter_{chapter} import exercises\n"
        f"exercise = exercises[{name!r}]\n"
        "assert exercise.seconds == core.SECONDS\n"
        "assert 'tensorflow' not in sys.modules\n"
        "names = dict(vars(sys.modules[exercise.reference.__module__]))\n"
        "exec(exercise.solution_source, names)\n"
        "assert exercise.score(names[exercise.name]) == exercise.points\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)
