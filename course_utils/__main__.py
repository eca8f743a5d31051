"""``python3 -m course_utils``: set the course up if need be, then run it.

Any Python 3 must get through this file, so that one that is too old or too new
gets a sentence instead of a traceback: no syntax newer than Python 3.6 here.
Everything else stands in :mod:`course_utils.setup.bootstrap`.
"""

import os
import sys

LOWEST = (3, 11)
TOO_NEW = (3, 14)
"""The range that pyproject.toml declares as ``requires-python``."""


def version_refusal(version, windows=False):
    """Return why this Python cannot run the course, or None when it can.

    Parameters
    ----------
    version : tuple of int
        Major and minor version, as ``sys.version_info[:2]``.
    windows : bool
        Whether the advice is for Windows.
    """
    if LOWEST <= tuple(version) < TOO_NEW:
        return None
    command = "py -3.12" if windows else "python3.12"
    return (
        "The course runs on Python 3.11, 3.12 and 3.13, the ones that its packages "
        f"are published for, and this is Python {version[0]}.{version[1]}: install "
        f"Python 3.12, then call `{command} -m course_utils`."
    )


def main(argv):
    """Run the course with the arguments ``argv``; return the exit status."""
    refusal = version_refusal(sys.version_info[:2], os.name == "nt")
    if refusal:
        print(refusal, file=sys.stderr)
        return 1
    from course_utils.setup import bootstrap

    return bootstrap.main(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
