"""Modules that take seconds to import, loaded when they are first used."""

import sys
from importlib import import_module
from typing import Any

from course_utils import runtime

from . import guard


class Later:
    """Stands for a module until something of it is used.

    A chapter's exercises write ``keras = Later("keras")`` in place of an import,
    so that importing them is quick, and say ``needs=[keras.load]``, so that the
    import is not counted in the time limit of a check.

    Parameters
    ----------
    name : str
        Name of the module, as in an import.
    """

    def __init__(self, name: str):
        self._name = name

    def load(self) -> Any:
        """Import the module, without a word from it, and return it.

        Raises
        ------
        ImportError
            When it is not installed.
        """
        if self._name not in sys.modules:
            with runtime.quiet_start(), guard.silent():
                import_module(self._name)
        return sys.modules[self._name]

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):  # somebody looks at it, nobody uses it
            raise AttributeError(attribute)
        return getattr(self.load(), attribute)
