"""docs/quality.md names tests that exist."""

import re

from course_utils.chapters import PROJECT


def test_every_test_that_the_page_names_exists():
    text = (PROJECT / "docs" / "quality.md").read_text(encoding="utf-8")
    cells = [row.split("|")[2] for row in text.splitlines() if row.startswith("| ")]
    folder, named = None, 0
    for cell in cells:
        for name in re.findall(r"`([^`]+)`", cell):
            # A name without a folder stands for one beside the name before it.
            path = PROJECT / name if "/" in name else folder / name
            assert path.exists(), name
            folder, named = path.parent, named + 1
    assert named > 20


def test_the_readme_links_to_the_page():
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    assert "](docs/quality.md)" in text
