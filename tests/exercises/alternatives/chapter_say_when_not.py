"""Right answers of chapter_say_when_not written otherwise."""

import numpy as np

from course_utils.exercises.chapter_say_when_not import threshold_for

from . import right


@right(threshold_for)
def threshold_by_trying(scores, share):
    reached = [s for s in scores if np.mean(scores >= s) >= share - 1e-9]
    return max(reached)


@right(threshold_for)
def threshold_from_below(scores, share):
    return sorted(scores)[int((1 - share) * len(scores) + 1e-9)]
