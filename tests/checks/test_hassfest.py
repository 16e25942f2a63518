"""What Home Assistant's own validator asks for, as far as it can be known without it."""

import ast
from collections.abc import Callable
from importlib import import_module, resources
from pathlib import Path
import re
from types import ModuleType
from typing import Any

from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
import pytest
import yaml

import homeassistant
from homeassistant.const import Platform
from homeassistant.helpers import condition, service, trigger

from .sources import (
    DOMAIN,
    INTEGRATION,
    ROOT,
    calls,
    imports,
    load_json,
    python_files,
    relative,
    tree,
)

REQUIRED = {
    "codeowners",
    "config_flow",
    "documentation",
    "domain",
    "integration_type",
    "iot_class",
    "issue_tracker",
    "name",
    "requirements",
    "version",
}
OPTIONAL = {"after_dependencies", "dependencies", "loggers", "quality_scale"}
VERSIONS = [
    AwesomeVersionStrategy.CALVER,
    AwesomeVersionStrategy.SEMVER,
    AwesomeVersionStrategy.SIMPLEVER,
    AwesomeVersionStrategy.BUILDVER,
    AwesomeVersionStrategy.PEP440,
]
# Components that every installation has and nobody needs to name.
ALWAYS_THERE = {
    "automation",
    "conversation",
    "device_automation",
    "frontend",
    "group",
    "homeassistant",
    "logbook",
    "persistent_notification",
    "script",
    "sun",
    "system_health",
    "webhook",
    "websocket_api",
    "zone",
}


def schema(module: ModuleType, name: str) -> Callable[[object], object]:
    """Return a schema by its name; since 2026.11 two modules are packages."""
    if not hasattr(module, name):
        module = import_module(f"{module.__name__}.descriptions")
    found: Callable[[object], object] = getattr(module, name)
    return found


DESCRIPTIONS = {
    "services.yaml": schema(service, "_SERVICES_SCHEMA"),
    "triggers.yaml": schema(trigger, "_TRIGGERS_DESCRIPTION_SCHEMA"),
    "conditions.yaml": schema(condition, "_CONDITIONS_DESCRIPTION_SCHEMA"),
}


def components() -> Path:
    """Return the folder of Home Assistant's own integrations."""
    return Path(homeassistant.__path__[0]) / "components"


@pytest.fixture(name="manifest")
def fixture_manifest() -> dict[str, Any]:
    """Return the manifest."""
    manifest: dict[str, Any] = load_json(INTEGRATION / "manifest.json")
    return manifest


def test_manifest_has_the_keys_in_their_order(manifest: dict[str, Any]) -> None:
    """Domain and name first, then by the alphabet, nothing unknown."""
    keys = list(manifest)
    assert keys == ["domain", "name", *sorted(keys[2:])]
    assert set(keys) >= REQUIRED
    assert set(keys) - REQUIRED <= OPTIONAL


def test_manifest_says_what_it_must(manifest: dict[str, Any]) -> None:
    """The values fit the folder, the interface and the store."""
    assert manifest["domain"] == INTEGRATION.name == DOMAIN
    assert not (components() / DOMAIN).exists()
    assert manifest["config_flow"] is True
    assert manifest["integration_type"] in {"hub", "service"}
    assert manifest["iot_class"] in {"cloud_polling", "cloud_push"}
    assert manifest["documentation"].startswith("https://")
    assert "www.home-assistant.io" not in manifest["documentation"]
    assert manifest["issue_tracker"].startswith("https://")
    assert manifest["codeowners"]
    assert all(owner.startswith("@") for owner in manifest["codeowners"])
    AwesomeVersion(manifest["version"], ensure_strategy=VERSIONS)


def test_dependencies_exist(manifest: dict[str, Any]) -> None:
    """What is named is a component of Home Assistant, and named once."""
    named = manifest.get("dependencies", []) + manifest.get("after_dependencies", [])
    assert len(named) == len(set(named))
    assert not [name for name in named if not (components() / name).is_dir()]


def test_imported_components_are_named(manifest: dict[str, Any]) -> None:
    """A component whose module is imported must be set up before this one."""
    named = {*manifest.get("dependencies", []), *manifest.get("after_dependencies", [])}
    allowed = named | ALWAYS_THERE | {platform.value for platform in Platform}
    wrong = []
    for path in python_files(INTEGRATION):
        typing_only = _imported_for_typing(path)
        for level, name in imports(path):
            if level or not name.startswith("homeassistant.components."):
                continue
            component = name.split(".")[2]
            if component in allowed | {path.stem, path.parent.name}:
                continue
            if component not in typing_only:
                wrong.append(f"{relative(path)}: {component}")
    assert not wrong


def _imported_for_typing(path: Path) -> set[str]:
    """Return the components that a module imports for annotations only."""
    return {
        (inner.module or "").split(".")[2]
        for node in ast.walk(tree(path))
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in node.body
        if isinstance(inner, ast.ImportFrom)
        and (inner.module or "").startswith("homeassistant.components.")
    }


def test_config_flow_is_there() -> None:
    """The manifest promises a dialog."""
    assert (INTEGRATION / "config_flow.py").is_file()


def test_set_up_without_an_entry_says_what_yaml_may_hold() -> None:
    """An integration with async_setup has a schema for its YAML."""
    module = tree(INTEGRATION / "__init__.py")
    names = {
        node.name
        for node in module.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assigned = {
        ast.unparse(target)
        for node in module.body
        if isinstance(node, ast.Assign)
        for target in node.targets
    }
    assert "async_setup" not in names or "CONFIG_SCHEMA" in assigned


def test_requirements_fit_home_assistant(manifest: dict[str, Any]) -> None:
    """A requirement outside its constraints would keep the integration from loading."""
    text = (
        resources.files(homeassistant).joinpath("package_constraints.txt").read_text()
    )
    constraints = {
        canonicalize_name(requirement.name): requirement
        for line in text.splitlines()
        if line.strip() and not line.startswith("#")
        for requirement in [Requirement(line)]
    }
    installed = _pins(ROOT / "requirements" / "test-2026.11.txt")
    for line in manifest["requirements"]:
        requirement = Requirement(line)
        name = canonicalize_name(requirement.name)
        assert requirement.url is None
        assert requirement.specifier.contains(installed[name])
        if name in constraints:
            assert constraints[name].specifier.contains(installed[name])


def test_requirement_files_carry_what_the_manifest_asks_for(
    manifest: dict[str, Any],
) -> None:
    """scripts/requirements has been run since the manifest changed."""
    part = ROOT / "requirements" / "manifest.part"
    assert part.read_text(encoding="utf-8").split() == manifest["requirements"]
    for name in ("demo", "probe", "test-2026.10", "test-2026.11"):
        pins = _pins(ROOT / "requirements" / f"{name}.txt")
        for line in manifest["requirements"]:
            assert canonicalize_name(Requirement(line).name) in pins


def _pins(path: Path) -> dict[str, str]:
    """Return the exact versions in a requirement file."""
    found = re.findall(
        r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)",
        path.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    return {canonicalize_name(name): version for name, version in found}


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_descriptions_fit_their_schema(name: str) -> None:
    """What the interface draws from them is valid; what registers has one."""
    path = INTEGRATION / name
    registers = {
        "services.yaml": "async_register",
        "triggers.yaml": "async_get_triggers",
        "conditions.yaml": "async_get_conditions",
    }[name]
    if not path.exists():
        assert not _registers(registers), f"{registers} is used without {name}"
        return
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    DESCRIPTIONS[name](content)


def _registers(name: str) -> bool:
    """Whether the integration registers actions, or defines triggers or conditions."""
    if name == "async_register":
        return any(
            ast.unparse(call.func).endswith(
                ("services.async_register", "_entity_service")
            )
            for path in INTEGRATION.glob("*.py")
            for call in calls(path)
        )
    return any(
        isinstance(node, ast.AsyncFunctionDef) and node.name == name
        for path in INTEGRATION.glob("*.py")
        for node in tree(path).body
    )


@pytest.mark.parametrize(
    "path", sorted(INTEGRATION.rglob("*.json")), ids=lambda path: str(path.name)
)
def test_json_files_parse(path: Path) -> None:
    """No key is given twice."""
    load_json(path)
