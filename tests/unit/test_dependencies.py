"""What is declared, what is locked, and what an import loads."""

import importlib.metadata
import itertools
import re
import subprocess
import sys
import tomllib

import pytest
import yaml
from packaging.dependency_groups import resolve_dependency_groups
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from course_utils import __main__
from course_utils.chapters import PROJECT
from course_utils.setup import bootstrap, lock

DECLARED = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
LEARNERS = DECLARED["project"]["dependencies"]
AUTHORS = resolve_dependency_groups(DECLARED["dependency-groups"], "dev")
INSTRUCTORS = DECLARED["dependency-groups"]["instructors"]
LOCKS = (lock.LEARNERS, lock.INSTRUCTORS, lock.AUTHORS)
WANTED = dict(zip(LOCKS, (LEARNERS, INSTRUCTORS, AUTHORS), strict=True))

PLATFORMS = {
    "linux-x86_64": ("linux", "Linux", "posix", "x86_64"),
    "linux-aarch64": ("linux", "Linux", "posix", "aarch64"),
    "macos-arm64": ("darwin", "Darwin", "posix", "arm64"),
    "windows": ("win32", "Windows", "nt", "AMD64"),
}


def environment(python, platform):
    sys_platform, system, os_name, machine = PLATFORMS[platform]
    return {
        "python_version": python,
        "python_full_version": f"{python}.5",
        "implementation_version": f"{python}.5",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "sys_platform": sys_platform,
        "platform_system": system,
        "os_name": os_name,
        "platform_machine": machine,
        "platform_release": "",
        "platform_version": "",
        "extra": "",
    }


ENVIRONMENTS = [
    pytest.param(environment(python, platform), id=f"{python}-{platform}")
    for python, platform in itertools.product(("3.11", "3.12", "3.13"), PLATFORMS)
]


def text_of(name):
    return (PROJECT / name).read_text(encoding="utf-8")


def entries(name):
    """Return pairs of a pinned requirement and its hashes."""
    joined = text_of(name).replace("\\\n", " ")
    for line in joined.splitlines():
        if line and not line.startswith("#"):
            requirement, *hashes = line.split("--hash=")
            yield Requirement(requirement.strip()), [h.strip() for h in hashes]


def holds(requirement, where):
    return requirement.marker is None or requirement.marker.evaluate(where)


def pins(name, where):
    """Return the version of each package that one environment gets."""
    found = {}
    for requirement, _ in entries(name):
        if holds(requirement, where):
            package = canonicalize_name(requirement.name)
            assert package not in found, f"{package} is pinned twice"
            (pin,) = requirement.specifier
            assert pin.operator == "=="
            found[package] = Version(pin.version)
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_is_made_from_what_is_declared_now(name):
    digest = lock.digest(PROJECT, name)
    assert f"{lock.DIGEST_LINE}{digest}" in text_of(name).splitlines(), (
        f"{name} is stale: call `course lock` and commit what it writes"
    )


@pytest.mark.parametrize(
    ("old", "new", "stale"),
    [
        ('"tqdm>=4.67,<5"', '"tqdm>=4.68,<5"', [True, True, True]),
        ('"nbgrader>=0.9.6,<0.10"', '"nbgrader>=0.9.7,<0.10"', [False, True, True]),
        ('"ruff>=0.17,<0.18"', '"ruff>=0.17,<0.19"', [False, False, True]),
        ('"sphinx>=8.2,<10"', '"sphinx>=8.3,<10"', [False, False, True]),
        ('">=3.11,<3.14"', '">=3.11,<3.15"', [True, True, True]),
        ('"backports-strenum<1.3"', '"backports-strenum<1.4"', [True, True, True]),
        ("line-length = 88", "line-length = 99", [False, False, False]),
    ],
)
def test_a_changed_declaration_makes_the_lock_files_stale(tmp_path, old, new, stale):
    text = text_of("pyproject.toml")
    assert old in text
    (tmp_path / "pyproject.toml").write_text(text.replace(old, new), encoding="utf-8")
    changed = [
        lock.digest(tmp_path, name) != lock.digest(PROJECT, name) for name in LOCKS
    ]
    assert changed == stale


@pytest.mark.parametrize("where", ENVIRONMENTS)
@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_satisfies_every_declared_requirement(name, where):
    pinned = pins(name, where)
    for text in WANTED[name]:
        requirement = Requirement(text)
        if holds(requirement, where):
            version = pinned[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(version), text


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_accepts_the_pythons_that_are_declared(name):
    """As pip reads it: uv overlooks it when a package refuses newer Pythons."""
    known = 0
    for requirement, _ in entries(name):
        try:
            package = importlib.metadata.distribution(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            continue  # for another platform
        (pin,) = requirement.specifier
        if package.version != pin.version:
            continue  # what an instructor's or author's own choice brought
        known += 1
        accepted = SpecifierSet(package.metadata.get("Requires-Python", ""))
        for minor in (11, 12, 13):
            where = environment(f"3.{minor}", "linux-x86_64")
            if holds(requirement, where):
                assert accepted.contains(f"3.{minor}.5"), requirement.name
    assert known > 20


@pytest.mark.parametrize("where", ENVIRONMENTS)
def test_whoever_needs_more_gets_the_same_versions(where):
    learners, instructors, authors = (pins(name, where) for name in LOCKS)
    assert instructors.items() <= authors.items(), "authors have all of theirs"
    for more in (instructors, authors):
        shared = learners.keys() & more.keys()
        assert shared, "the two lists overlap"
        assert {p: more[p] for p in shared} == {p: learners[p] for p in shared}


@pytest.mark.parametrize("where", ENVIRONMENTS)
def test_exactly_one_tensorflow_is_installed_and_on_linux_x86_the_small_one(where):
    packages = {package for name in LOCKS for package in pins(name, where)}
    small = where["sys_platform"] == "linux" and where["platform_machine"] == "x86_64"
    expected = {"tensorflow-cpu"} if small else {"tensorflow"}
    assert packages & {"tensorflow", "tensorflow-cpu"} == expected


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_holds_hashes_and_no_address_and_no_option(name):
    locked = list(entries(name))
    assert len(locked) > 20
    for requirement, hashes in locked:
        assert hashes, requirement.name
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in hashes)
    assert not re.search(r"://| @ |index|^\s*-(?!-hash=)", text_of(name), re.MULTILINE)


def test_every_dependency_is_declared_once_with_an_upper_bound():
    names = []
    for text in (*LEARNERS, *AUTHORS):
        requirement = Requirement(text)
        names.append(canonicalize_name(requirement.name))
        assert {s.operator for s in requirement.specifier} == {">=", "<"}, text
    assert len(names) == len(set(names))


def test_the_set_up_accepts_the_pythons_that_are_declared():
    declared = SpecifierSet(DECLARED["project"]["requires-python"])
    for minor in range(6, 20):
        refused = __main__.version_refusal((3, minor))
        assert declared.contains(f"3.{minor}") == (refused is None), minor


def test_the_set_up_fetches_the_uv_that_is_declared():
    assert bootstrap.UV_REQUIREMENT in DECLARED["dependency-groups"]["dev"]


def test_the_conda_route_declares_a_python_in_range_and_the_project_only():
    conda = yaml.safe_load(text_of("environment.yml"))
    assert conda == {
        "name": DECLARED["project"]["name"],
        "channels": ["conda-forge", "nodefaults"],
        "dependencies": ["python=3.12", "pip", {"pip": ["-e ."]}],
    }
    declared = SpecifierSet(DECLARED["project"]["requires-python"])
    assert declared.contains(conda["dependencies"][0].removeprefix("python="))


def test_the_rules_of_imports_know_no_exceptions():
    contracts = DECLARED["tool"]["importlinter"]["contracts"]
    assert {each["type"] for each in contracts} >= {"layers", "acyclic_siblings"}
    assert not any(key.startswith("ignore") for each in contracts for key in each)


@pytest.mark.parametrize("module", ["course_utils", "course_utils.setup.bootstrap"])
def test_an_import_loads_nothing_from_outside_the_standard_library(module):
    # -S: without site-packages, whose .pth files load things of their own.
    answer = subprocess.run(
        [
            *(sys.executable, "-S", "-c"),
            f"import sys, {module}\n"
            "tops = {name.partition('.')[0] for name in sys.modules}\n"
            "print(*sorted(tops - sys.stdlib_module_names))",
        ],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.split() == ["__main__", "course_utils"]
