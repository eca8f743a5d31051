"""Right answers of chapter_invent_words written otherwise."""

from course_utils.exercises.chapter_invent_words import (
    contexts,
    contexts_by_a_moving_window,
)

from . import right

right(contexts)(contexts_by_a_moving_window)
