"""What the course declares that it needs, beside what is installed here."""

import importlib.metadata
from dataclasses import dataclass

DISTRIBUTION = "deep-learning-course"

TENSORFLOWS = ("tensorflow", "tensorflow-cpu")
"""Builds of which one is enough, and two are too many; GPU owners swap them."""


@dataclass(frozen=True)
class Requirement:
    """One declared package and what is here.

    Attributes
    ----------
    name : str
    specifier : packaging.specifiers.SpecifierSet
        Versions that the course is tested with.
    version : str or None
        What is installed; None if nothing is.
    """

    name: str
    specifier: object
    version: str | None

    @property
    def fits(self) -> bool:
        """Whether a tested version is installed."""
        return self.version is not None and self.specifier.contains(
            self.version, prereleases=True
        )

    def fault(self) -> str | None:
        """Return what is wrong in a few words; None if nothing is."""
        if self.version is None:
            return f"{self.name} is missing"
        if self.fits:
            return None
        return f"{self.name} is {self.version} where {self.specifier} is needed"


def declared() -> list[Requirement]:
    """Return the declared packages that count on this computer.

    Raises
    ------
    importlib.metadata.PackageNotFoundError
        If the course itself is not installed.
    """
    from packaging import requirements

    texts = importlib.metadata.distribution(DISTRIBUTION).requires or ()
    parsed = map(requirements.Requirement, texts)
    return [
        Requirement(each.name, each.specifier, _best(each.name, each.specifier))
        for each in parsed
        if each.marker is None or each.marker.evaluate()
    ]


def _best(name: str, specifier) -> str | None:
    """Return the installed version; of TensorFlow's builds one that fits."""
    names = TENSORFLOWS if name in TENSORFLOWS else (name,)
    versions = [version for each in names if (version := installed(each))]
    fitting = [v for v in versions if specifier.contains(v, prereleases=True)]
    return next(iter(fitting or versions), None)


def installed(name: str) -> str | None:
    """Return the installed version of a package; None if it is not here."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
