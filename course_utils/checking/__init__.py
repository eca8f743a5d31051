"""The engine of the exercises: run an answer, judge it, explain, show."""
