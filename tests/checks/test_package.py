"""What the store and Home Assistant get: versions, the archive, the images."""

from pathlib import Path
import re
import struct
import subprocess
import tomllib
from typing import Any
import zipfile

import pytest
import yaml

from .sources import DOMAIN, INTEGRATION, ROOT, load_json

HACS_KEYS = {
    "content_in_root",
    "country",
    "filename",
    "hacs",
    "hide_default_branch",
    "homeassistant",
    "name",
    "persistent_directory",
    "render_readme",
    "zip_release",
}
IMAGES = {"icon.png": 256, "icon@2x.png": 512}
PINNED = re.compile(r"[\w./-]+@[0-9a-f]{40}")
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.fixture(name="hacs")
def fixture_hacs() -> dict[str, Any]:
    """Return what the store reads."""
    hacs: dict[str, Any] = load_json(ROOT / "hacs.json")
    return hacs


def test_the_store_understands_its_file(hacs: dict[str, Any]) -> None:
    """Known keys, and an archive of the integration's name."""
    assert set(hacs) <= HACS_KEYS
    assert hacs["name"] == load_json(INTEGRATION / "manifest.json")["name"]
    assert hacs["zip_release"] is True
    assert hacs["filename"] == f"{DOMAIN}.zip"


def test_the_smallest_version_is_the_same_everywhere(hacs: dict[str, Any]) -> None:
    """The store, the README and the tests speak of one version."""
    smallest = hacs["homeassistant"]
    series = ".".join(smallest.split(".")[:2])
    assert series in (ROOT / "README.md").read_text(encoding="utf-8")
    tested = (ROOT / "requirements" / f"test-{series}.in").read_text(encoding="utf-8")
    assert f"homeassistant=={series}." in tested


def test_the_version_is_the_same_everywhere() -> None:
    """The package and the manifest agree between releases."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    manifest = load_json(INTEGRATION / "manifest.json")
    assert project["project"]["version"] == manifest["version"]


def test_the_archive_is_the_content_of_the_integration(tmp_path: Path) -> None:
    """The manifest is at its root with the released version; nothing else is inside."""
    archive = tmp_path / f"{DOMAIN}.zip"
    command = [str(ROOT / "scripts" / "build-zip"), str(archive), "9.8.7"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with zipfile.ZipFile(archive) as opened:
        names = opened.namelist()
        manifest = opened.read("manifest.json").decode()
    assert '"version": "9.8.7"' in manifest
    assert {"__init__.py", "translations/en.json", "providers/model.py"} <= set(names)
    assert not [name for name in names if "__pycache__" in name or "test" in name]
    assert load_json(INTEGRATION / "manifest.json")["version"] != "9.8.7"


@pytest.mark.parametrize("name", IMAGES)
def test_images_are_square(name: str) -> None:
    """The interface shows the integration's own drawing."""
    content = (INTEGRATION / "brand" / name).read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", content[16:24]) == (IMAGES[name], IMAGES[name])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: str(path.name))
def test_workflows_use_pinned_actions(path: Path) -> None:
    """What runs with our rights cannot change unseen."""
    jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
    used = [
        step["uses"] for job in jobs.values() for step in job["steps"] if "uses" in step
    ]
    assert used
    assert not [one for one in used if not PINNED.fullmatch(one)]


def test_workflows_are_there() -> None:
    """Tests, validation by the official actions, and the release."""
    assert [path.stem for path in WORKFLOWS] == ["release", "tests", "validate"]
