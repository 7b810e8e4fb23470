"""Where the files under ``resources/`` are at run time.

A checkout (also an editable install) has them beside the package; a wheel and a frozen build carry them
inside it as ``_resources``. The checkout wins where both exist, since the copy inside may be stale.
What reads them is imported on demand: the first window needs none of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def root() -> Traversable:
    """The folder that holds the resources.

    Raises:
        FileNotFoundError: The installation is incomplete.
    """
    import importlib.resources

    package = importlib.resources.files("scim_assistant")
    if isinstance(package, Path):
        beside = package.parent / "resources"
        if beside.is_dir() and (package.parent / "pyproject.toml").is_file():
            return beside
    inside = package / "_resources"
    if inside.is_dir():
        return inside
    raise FileNotFoundError("the resources of SCIM Assistant are not installed")


def resource(name: str) -> Traversable:
    """One file.

    Args:
        name: Relative, with forward slashes: ``"profiles/screensteps.toml"``.
    """
    parts = name.split("/")
    if ".." in parts or name.startswith("/"):
        raise ValueError(f"not a resource name: {name}")
    return root().joinpath(*parts)


def read_toml(name: str) -> dict[str, Any]:
    """A TOML resource as plain data."""
    import tomllib

    return tomllib.loads(resource(name).read_text(encoding="utf-8"))


def read_bytes(name: str) -> bytes:
    """A binary resource."""
    return resource(name).read_bytes()


def names(folder: str, ending: str) -> tuple[str, ...]:
    """The names of the files in a folder that end so, without the ending, sorted."""
    return tuple(
        sorted(
            entry.name.removesuffix(ending)
            for entry in resource(folder).iterdir()
            if entry.name.endswith(ending)
        )
    )
