"""The files under resources/ are found in a checkout and in an installation, and no name leads out of them."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from scim_assistant import resources

ROOT = Path(__file__).parents[1]
ASK = "from scim_assistant.resources import names, read_toml; print(names('codes', '.toml'), read_toml('codes/a.toml'))"


def _installation(folder: Path, *, checkout: bool, wheel: bool) -> Path:
    """A package with no more than the module that looks for the resources, and resources that say where they are."""
    package = folder / "scim_assistant"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "resources.py").write_bytes((ROOT / "scim_assistant" / "resources.py").read_bytes())
    if checkout:
        (folder / "pyproject.toml").touch()
    for there, at, where in (
        (checkout, folder / "resources", "checkout"),
        (wheel, package / "_resources", "wheel"),
    ):
        if there:
            (at / "codes").mkdir(parents=True)
            (at / "codes" / "a.toml").write_text(f'where = "{where}"', encoding="utf-8")
    return folder


def _asked(path: Path) -> subprocess.CompletedProcess[str]:
    code = f"import sys; sys.path.insert(0, {str(path)!r}); {ASK}"
    # -S: an editable install of this checkout must not answer in the place of the one on the path.
    return subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize(
    ("checkout", "wheel", "where"),
    [(True, False, "checkout"), (False, True, "wheel"), (True, True, "checkout")],
)
def test_a_checkout_is_preferred_to_the_copy_in_a_wheel(
    tmp_path: Path, checkout: bool, wheel: bool, where: str
) -> None:
    asked = _asked(_installation(tmp_path / "place", checkout=checkout, wheel=wheel))
    assert asked.stdout.strip() == f"('a',) {{'where': '{where}'}}", asked.stderr


def test_they_are_found_in_a_packed_installation(tmp_path: Path) -> None:
    place = _installation(tmp_path / "place", checkout=False, wheel=True)
    packed = tmp_path / "packed.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in place.rglob("*"):
            archive.write(file, file.relative_to(place))
    assert "'where': 'wheel'" in _asked(packed).stdout


def test_somebody_elses_resources_beside_an_installed_package_are_not_taken(tmp_path: Path) -> None:
    place = _installation(tmp_path / "place", checkout=False, wheel=True)
    (place / "resources" / "codes").mkdir(parents=True)
    (place / "resources" / "codes" / "a.toml").write_text('where = "elsewhere"', encoding="utf-8")
    assert "'where': 'wheel'" in _asked(place).stdout


def test_an_incomplete_installation_says_so(tmp_path: Path) -> None:
    asked = _asked(_installation(tmp_path / "place", checkout=False, wheel=False))
    assert "FileNotFoundError" in asked.stderr


@pytest.mark.parametrize("name", ["../pyproject.toml", "codes/../../README.md", "/etc/passwd"])
def test_no_name_leads_out(name: str) -> None:
    with pytest.raises(ValueError, match="not a resource name"):
        resources.resource(name)
