"""For instructors: hand chapters out, grade them, understand the results.

A thin part on top of nbgrader. Needs what the dependency group ``instructors``
names; nothing that a learner runs imports anything from here.
"""
