"""The small helper package of the course: data, checks, drawing, progress.

Importing it loads nothing outside the standard library; what a chapter
teaches stands in that chapter, not here.
"""

__version__ = "0.1.0"
