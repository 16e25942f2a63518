"""The repository as the checks see it."""

import ast
from collections.abc import Iterator
from functools import cache
import json
from pathlib import Path
import subprocess
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
INTEGRATION = ROOT / "custom_components" / "ev_charging_cloud"
PROVIDERS = INTEGRATION / "providers"
EMULATOR = ROOT / "emulator"
DOMAIN = "ev_charging_cloud"


@cache
def tracked_files() -> tuple[Path, ...]:
    """Return what belongs to the repository, committed or about to be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    paths = {ROOT / name for name in listed.stdout.decode().split("\0") if name}
    return tuple(sorted(path for path in paths if path.is_file()))


def python_files(folder: Path) -> list[Path]:
    """Return the modules below a folder, which must have some."""
    found = sorted(folder.rglob("*.py"))
    assert found, f"{folder} has no modules"
    return found


@cache
def tree(path: Path) -> ast.Module:
    """Return a module's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield level and dotted name of all that a module imports.

    For `from .a import b` that is (1, "a.b"), whether b is a module or a name in it.
    """
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node.level, f"{node.module or ''}.{alias.name}".strip(".")


def imported_modules(path: Path, package: Path) -> Iterator[tuple[str, ...]]:
    """Yield what a module imports from a package, as parts below the package."""
    for level, name in imports(path):
        if level == 0:
            continue
        base = path.parents[level - 1]
        if base == package or package in base.parents:
            yield (*base.relative_to(package).parts, *name.split("."))


def calls(path: Path) -> Iterator[ast.Call]:
    """Yield every call in a module."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call))


def load_json(path: Path) -> Any:
    """Return a JSON file's content, refusing a key given twice."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        assert len(keys) == len(set(keys)), f"{path}: a key is given twice in {keys}"
        return dict(pairs)

    return json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=unique)


def relative(path: Path) -> str:
    """Return a path for a message."""
    return str(path.relative_to(ROOT))
