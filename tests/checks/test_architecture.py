"""The rules of the house: who may know whom, and how large things may grow."""

import ast
from collections.abc import Iterator
from pathlib import Path
import re
import subprocess
import sys

import pytest

from .sources import (
    EMULATOR,
    INTEGRATION,
    PROVIDERS,
    ROOT,
    imported_modules,
    imports,
    python_files,
    relative,
    tracked_files,
    tree,
)

# A provider that is a dialect of another one.
DIALECTS = {("emabler", "ocpi")}
# Beyond the standard library, what a provider may use.
PROVIDER_LIBRARIES = {"aiohttp", "jwt", "msgspec", "multidict", "tenacity", "yarl"}

FILE_LIMIT = 400
FUNCTION_LIMIT = 60
# Tables, which are not read from top to bottom.
LONG_TABLES: set[str] = set()

# What only the machine of somebody who works on this knows.
MACHINE = re.compile(
    r"/(?:work|root|home)/[a-z]|/opt/(?:dev|pypi|wheels)|"
    r"https?://(?!example)[a-z0-9.-]*(?:pypi|pythonhosted|npmjs)[a-z0-9.-]*|"
    r"https?://deb\.debian",
)


def providers() -> list[str]:
    """Return the names of the back ends."""
    return sorted(path.parent.name for path in PROVIDERS.glob("*/__init__.py"))


def test_providers_know_nothing_of_home_assistant() -> None:
    """Every import is relative and stays inside, or a library that is allowed."""
    allowed = PROVIDER_LIBRARIES | sys.stdlib_module_names
    wrong = []
    for path in python_files(PROVIDERS):
        for level, name in imports(path):
            if level == 0:
                inside = name.split(".")[0] in allowed
            else:
                base = path.parents[level - 1]
                inside = base == PROVIDERS or PROVIDERS in base.parents
            if not inside:
                wrong.append(f"{relative(path)}: {'.' * level}{name}")
    assert not wrong


def test_a_provider_knows_no_other_provider() -> None:
    """Only a dialect uses the standard it is a dialect of."""
    names = set(providers())
    assert names
    wrong = [
        f"{relative(path)}: {'.'.join(parts)}"
        for path in python_files(PROVIDERS)
        if (own := path.relative_to(PROVIDERS).parts[0]) in names
        for parts in imported_modules(path, PROVIDERS)
        if parts[0] in names - {own} and (own, parts[0]) not in DIALECTS
    ]
    assert not wrong


def test_only_the_catalogue_knows_the_providers() -> None:
    """Home Assistant's side and the shared modules never name a back end's folder."""
    names = set(providers())
    wrong = []
    for path in python_files(INTEGRATION):
        inside = path.relative_to(INTEGRATION).parts
        own_folder = inside[0] == "providers" and inside[1] in names
        if own_folder or inside == ("providers", "catalogue.py"):
            continue
        wrong += [
            f"{relative(path)}: {'.'.join(parts)}"
            for parts in imported_modules(path, INTEGRATION)
            if parts[0] == "providers" and parts[1:2] and parts[1] in names
        ]
    assert not wrong


def test_only_mapping_knows_both_the_wire_and_the_model() -> None:
    """Units and words change in one place."""
    wrong = []
    for path in python_files(PROVIDERS):
        if path.stem.startswith("mapping") or "mapping" in path.parts:
            continue
        parts = {part for found in imported_modules(path, PROVIDERS) for part in found}
        shapes = {part for part in parts if part == "wire" or part.startswith("wire_")}
        if shapes and "model" in parts:
            wrong.append(relative(path))
    assert not wrong


def test_the_emulator_knows_nothing_of_the_integration() -> None:
    """Whoever misreads a document must not be agreed with by the stand-in."""
    wrong = [
        f"{relative(path)}: {name}"
        for path in python_files(EMULATOR)
        for _, name in imports(path)
        if name.split(".")[0] in {"custom_components", "homeassistant", "tests"}
    ]
    assert not wrong


def test_no_module_uses_the_future() -> None:
    """Python 3.14 has it all."""
    wrong = [
        relative(path)
        for path in tracked_files()
        if path.suffix == ".py"
        and any(name[:10] == "__future__" for _, name in imports(path))
    ]
    assert not wrong


def test_schemas_are_written_with_voluptuous_on_home_assistants_side_only() -> None:
    """The name that custom integrations use on every version."""
    wrong = [
        f"{relative(path)}: {name}"
        for path in python_files(INTEGRATION)
        for _, name in imports(path)
        if name.split(".")[0] == "probatio"
        or (name.split(".")[0] == "voluptuous" and PROVIDERS in path.parents)
    ]
    assert not wrong


def test_files_stay_short() -> None:
    """A file is read from top to bottom."""
    long = {
        relative(path): length
        for path in tracked_files()
        if path.suffix == ".py" or _is_script(path)
        if (length := len(path.read_text(encoding="utf-8").splitlines())) > FILE_LIMIT
    }
    assert not {
        path: length for path, length in long.items() if path not in LONG_TABLES
    }
    assert set(long) >= LONG_TABLES, "LONG_TABLES names a file that is short"


def test_functions_stay_short() -> None:
    """A function is seen at once."""
    wrong = [
        f"{relative(path)}:{name} has {length} lines"
        for path in tracked_files()
        if path.suffix == ".py"
        for name, length in _functions(path)
        if length > FUNCTION_LIMIT
    ]
    assert not wrong


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield node.name, node.end_lineno - node.lineno + 1


def _is_script(path: Path) -> bool:
    if path.suffix or path.parent.name not in {"scripts", ".ci"}:
        return False
    return path.read_bytes().startswith(b"#!")


def test_nothing_names_a_machine_or_a_package_index() -> None:
    """What is committed works elsewhere too."""
    wrong = []
    for path in tracked_files():
        if path == Path(__file__):
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if found := MACHINE.search(line):
                wrong.append(f"{relative(path)}:{number}: {found[0]}")
    assert not wrong


LOAD_ELSEWHERE = """
import importlib.util, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"homeassistant", "custom_components", "voluptuous"}:
            raise ModuleNotFoundError(f"{name} is not here", name=name)

sys.meta_path.insert(0, Absent())
folder, name = sys.argv[1:]
spec = importlib.util.spec_from_file_location(
    "charging", f"{folder}/__init__.py", submodule_search_locations=[folder]
)
sys.modules["charging"] = module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
importlib.import_module(f"charging{name}")
"""


@pytest.mark.parametrize(
    "name",
    [
        "".join(
            f".{part}" for part in path.relative_to(PROVIDERS).with_suffix("").parts
        )
        for path in sorted(PROVIDERS.rglob("*.py"))
        if path.name in {"catalogue.py", "model.py", "provider.py", "transport.py"}
    ],
)
def test_providers_load_where_home_assistant_is_not_installed(name: str) -> None:
    """They are found by their place, under a name of their own."""
    command = [sys.executable, "-c", LOAD_ELSEWHERE, str(PROVIDERS), name]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
