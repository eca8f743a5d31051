"""Set the course up from this folder alone, without a network, and open it.

``course offline-kit`` copies this file into a kit as ``start.py``. Whatever
follows in a call goes to the course: ``python3 start.py doctor``.
"""

import json
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
DATA = {"COURSE_MNIST": "mnist.npz", "COURSE_FASHION_MNIST": "fashion_mnist.npz"}


def main() -> int:
    """Check this Python, point the set-up at the kit's files, and run it."""
    kit = json.loads((HERE / "kit.json").read_text(encoding="utf-8"))
    version = ".".join(map(str, sys.version_info[:2]))
    if version != kit["python"]:
        print(
            f"This is Python {version}, and this kit holds packages for Python "
            f"{kit['python']} on {kit['platform']}: call it with that Python, or ask "
            "whoever made the kit for another one."
        )
        return 1
    wheels = (HERE / "wheels").as_uri()  # so that a space in the path does no harm
    os.environ.update(
        UV_OFFLINE="1", UV_FIND_LINKS=wheels, PIP_NO_INDEX="1", PIP_FIND_LINKS=wheels
    )
    for name, file in DATA.items():
        if (HERE / "data" / file).is_file():
            os.environ.setdefault(name, str(HERE / "data" / file))
    sys.path.insert(0, str(HERE))
    os.chdir(HERE)
    from course_utils.setup import bootstrap

    return bootstrap.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
