"""Where the course is published, and what opens it there.

The one place for the repository's public address and release: links, badges,
README's section about them, and the lines with which a notebook that is alone
on a machine fetches this package. ``python -m course_utils.setup.launch`` writes
README's section anew.
"""

import subprocess
import sys
import tomllib
from pathlib import Path
from urllib.parse import quote, urlsplit

from course_utils import __version__, files
from course_utils.chapters import CHAPTERS, PROJECT, Chapter
from course_utils.setup.requirements import declared

PLACEHOLDER = "https://github.com/OWNER/REPOSITORY"
"""Stands for the public address until pyproject.toml declares it."""

TAG = f"v{__version__}"
"""The release that links and badges open, and that a notebook fetches."""

START, END = "<!-- launch: begin -->", "<!-- launch: end -->"
"""Borders of README's section; both are lines of their own."""

# Whatever shows the notebook brings these, in the versions that fit it.
_FRONT_END = {"jupyterlab", "ipykernel"}

_GUARD = """\
try:
    import course_utils
except ModuleNotFoundError:  # this notebook is alone here, as in Colab
    home = "{address}"
    print("The course is not installed here. Fetching {tag} from", home)
    line = f"install -q --no-deps {{home}}{archive}"
    get_ipython().run_line_magic("pip", line)
    import course_utils.setup.launch

    course_utils.setup.launch.complete()

"""


def declared_repository(project: Path = PROJECT) -> str | None:
    """Return the address that pyproject.toml names as Repository, if it does."""
    text = (project / "pyproject.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["project"].get("urls", {}).get("Repository")


def repository() -> str:
    """Return the repository's public address, or the placeholder for it."""
    return plain(declared_repository() or PLACEHOLDER)


def plain(address: str) -> str:
    """Return a repository's address without a slash or ``.git`` at its end."""
    return address.removesuffix("/").removesuffix(".git")


# Links.


def page(chapter: Chapter) -> str:
    """Return where a notebook lies in the repository."""
    return chapter.notebook.relative_to(PROJECT).as_posix()


def binder(chapter: Chapter, address: str, release: str = "HEAD") -> str:
    """Return the link that opens a notebook in JupyterLab on mybinder.org.

    Parameters
    ----------
    chapter : Chapter
    address : str
        Of the repository, as :func:`plain` gives it.
    release : str
        A tag, branch or commit.
    """
    parts = urlsplit(address)
    path = parts.path.strip("/")
    if parts.hostname == "github.com":
        source = f"gh/{path}"
    elif parts.hostname == "gitlab.com":
        source = f"gl/{quote(path, safe='')}"
    else:
        source = f"git/{quote(address, safe='')}"
    where = quote(page(chapter), safe="")
    return f"https://mybinder.org/v2/{source}/{release}?labpath={where}"


def colab(chapter: Chapter, address: str, release: str) -> str:
    """Return the link that opens a notebook of a GitHub repository in Colab."""
    path = urlsplit(address).path.strip("/")
    base = "https://colab.research.google.com/github"
    return f"{base}/{path}/blob/{release}/{page(chapter)}"


def codespaces(address: str, release: str) -> str:
    """Return the link that opens a GitHub repository in a codespace."""
    path = urlsplit(address).path.strip("/")
    return f"https://codespaces.new/{path}/tree/{release}?quickstart=1"


# README.


def section(address: str | None = None) -> str:
    """Return README's section about opening the course without installing it.

    Parameters
    ----------
    address : str, optional
        Of the repository; by default the declared one, or else the placeholder,
        and then the section says so.
    """
    address = plain(address) if address else repository()
    lines = []
    if address == PLACEHOLDER:
        lines += [
            "The public address of this repository is not known yet: "
            "`OWNER/REPOSITORY` in the",
            "links below stands for it, and they lead nowhere. Declare it in "
            "`pyproject.toml`",
            "(`[project.urls]`, `Repository`), then call `python -m "
            "course_utils.setup.launch` and",
            "`course notebooks`.",
            "",
        ]
    whole = _badge(
        "Open the course in GitHub Codespaces",
        "https://github.com/codespaces/badge.svg",
        codespaces(address, TAG),
    )
    lines += [f"{_on_binder(CHAPTERS[0], address)} {whole}", ""]
    lines += ["<details>", "<summary>Each chapter, on Binder or in Colab</summary>"]
    lines += ["", "| Chapter | Binder | Colab |", "|---|---|---|"]
    for each in CHAPTERS:
        badges = (_on_binder(each, address), _in_colab(each, address))
        lines.append(f"| {each.number} {each.title} | {' | '.join(badges)} |")
    return "\n".join([*lines, "", "</details>"])


def _on_binder(chapter: Chapter, address: str) -> str:
    return _badge(
        f"Open chapter {chapter.number} on Binder",
        "https://mybinder.org/badge_logo.svg",
        binder(chapter, address, TAG),
    )


def _in_colab(chapter: Chapter, address: str) -> str:
    return _badge(
        f"Open chapter {chapter.number} in Colab",
        "https://colab.research.google.com/assets/colab-badge.svg",
        colab(chapter, address, TAG),
    )


def _badge(text: str, picture: str, target: str) -> str:
    return f"[![{text}]({picture})]({target})"


def with_section(readme: str) -> str:
    """Return README's text with the section as it is now.

    Raises
    ------
    ValueError
        If the borders are not there, each once and in order.
    """
    before, start, rest = readme.partition(f"{START}\n")
    _, end, after = rest.partition(f"\n{END}\n")
    if not (start and end) or readme.count(START) + readme.count(END) != 2:
        raise ValueError(f"README.md needs the lines {START} and {END}, each once.")
    return f"{before}{start}{section()}{end}{after}"


# A notebook that is alone.


def guard(address: str | None = None) -> str:
    """Return the lines at the top of a notebook's set-up cell.

    They do nothing where the course is installed. Elsewhere they say so and
    install this package, without what it depends on, from a release.

    Parameters
    ----------
    address : str, optional
        Of the repository; by default :func:`repository`.
    """
    address = plain(address) if address else repository()
    host = urlsplit(address).hostname
    archive = f"/archive/refs/tags/{TAG}.zip"  # GitHub's: no git is needed
    if host != "github.com":
        archive = f"@{TAG}"
        address = f"git+{address}"
    return _GUARD.format(address=address, tag=TAG, archive=archive)


def complete() -> None:
    """Install what the chapters import and this Python lacks, and say so.

    What is there stays as it is: Colab brings versions of its own, which its
    other parts rely on. Where they differ from what the course is tested with,
    one sentence says so.
    """
    missing, different = gaps()
    if missing:
        print("Installing", ", ".join(missing))
        command = [sys.executable, "-m", "pip", "install", "--quiet", *missing]
        # pip also complains of packages that are left out here on purpose.
        done = subprocess.run(command, capture_output=True, text=True, errors="replace")
        if done.returncode != 0:
            print(
                f"{done.stderr}Some of them could not be installed (pip's own message "
                "stands above): check the network, restart the kernel and run this "
                "cell again."
            )
    if different:
        print(
            f"Here are {', '.join(different)}, versions that the course was not "
            "tested with: where something looks different, that may be why."
        )


def gaps() -> tuple[list[str], list[str]]:
    """Return what is missing in this Python, and what is there in other versions.

    Returns
    -------
    missing : list of str
        Requirements, as pip takes them.
    different : list of str
        Names and versions of packages out of the range that is declared.
    """
    missing, different = [], []
    for each in declared():
        if each.name in _FRONT_END or each.fits:
            continue
        if each.version is None:
            missing.append(f"{each.name}{each.specifier}")
        else:
            different.append(f"{each.name} {each.version}")
    return missing, different


def main() -> int:
    """Write README's section; return the exit status."""
    path = PROJECT / "README.md"
    files.write_whole(path, with_section(path.read_text(encoding="utf-8")))
    print(f"Wrote {path.name}: the links open {repository()} at {TAG}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
