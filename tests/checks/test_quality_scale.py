"""The quality scale: every rule answered, and the answers true where code can tell."""

import ast
from collections.abc import Iterator
import re
from typing import Any

import pytest
import yaml

from homeassistant.const import Platform

from .sources import DOMAIN, INTEGRATION, ROOT, calls, python_files, relative, tree

RULES = {
    "action-setup",
    "appropriate-polling",
    "brands",
    "common-modules",
    "config-flow",
    "config-flow-test-coverage",
    "dependency-transparency",
    "docs-actions",
    "docs-conditions",
    "docs-high-level-description",
    "docs-installation-instructions",
    "docs-removal-instructions",
    "docs-triggers",
    "entity-event-setup",
    "entity-unique-id",
    "has-entity-name",
    "runtime-data",
    "test-before-configure",
    "test-before-setup",
    "unique-config-entry",
    "action-exceptions",
    "config-entry-unloading",
    "docs-configuration-parameters",
    "docs-installation-parameters",
    "entity-unavailable",
    "integration-owner",
    "log-when-unavailable",
    "parallel-updates",
    "reauthentication-flow",
    "test-coverage",
    "devices",
    "diagnostics",
    "discovery",
    "discovery-update-info",
    "docs-data-update",
    "docs-examples",
    "docs-known-limitations",
    "docs-supported-devices",
    "docs-supported-functions",
    "docs-troubleshooting",
    "docs-use-cases",
    "dynamic-devices",
    "entity-category",
    "entity-device-class",
    "entity-disabled-by-default",
    "entity-translations",
    "exception-translations",
    "icon-translations",
    "reconfiguration-flow",
    "repair-issues",
    "stale-devices",
    "async-dependency",
    "inject-websession",
    "strict-typing",
}
ENTRY_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9]+ConfigEntry")
REGISTRATIONS = ("services.async_register", "_entity_service")
SET_UP = {"async_setup_entry", "async_unload_entry"}


@pytest.fixture(name="rules")
def fixture_rules() -> dict[str, Any]:
    """Return the answers."""
    path = INTEGRATION / "quality_scale.yaml"
    rules: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]
    return rules


def answer(rules: dict[str, Any], rule: str) -> str:
    """Return done, todo or exempt."""
    given = rules[rule]
    return str(given if isinstance(given, str) else given["status"])


def platforms() -> list[str]:
    """Return the entity platforms that the integration has."""
    found = sorted(one.value for one in Platform if _module(one.value).is_file())
    assert found
    return found


def _module(name: str) -> Any:
    return INTEGRATION / f"{name}.py"


def functions(name: str) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    """Return all functions and methods of a module of the integration."""
    return {
        node.name: node
        for node in ast.walk(tree(_module(name)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def assigned(name: str) -> Iterator[tuple[str, str]]:
    """Yield target and value of all assignments in a module."""
    for node in ast.walk(tree(_module(name))):
        if isinstance(node, ast.Assign):
            yield from (
                (ast.unparse(one), ast.unparse(node.value)) for one in node.targets
            )
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            yield ast.unparse(node.target), ast.unparse(node.value)


def test_every_rule_is_answered(rules: dict[str, Any]) -> None:
    """The 54 rules and no other."""
    assert len(RULES) == 54
    assert set(rules) == RULES


def test_exemptions_say_why(rules: dict[str, Any]) -> None:
    """An answer is known; one that is not plain has a reason."""
    for rule, given in rules.items():
        assert answer(rules, rule) in {"done", "todo", "exempt"}, rule
        if not isinstance(given, str):
            assert set(given) <= {"status", "comment"}, rule
            assert given.get("comment") or given["status"] == "done", rule


def test_actions_are_there_without_an_account() -> None:
    """action-setup: registered once, and never while an account is set up."""
    (set_up,) = [
        node for name, node in functions("__init__").items() if name == "async_setup"
    ]
    assert "async_setup_services(hass)" in ast.unparse(set_up)
    wrong = [
        relative(path)
        for path in INTEGRATION.glob("*.py")
        for call in calls(path)
        if ast.unparse(call.func).endswith(REGISTRATIONS)
        if path.name != "services.py"
    ]
    assert not wrong


def test_actions_are_described(rules: dict[str, Any]) -> None:
    """docs-actions: each with its fields, by the names that automations use."""
    assert answer(rules, "docs-actions") == "done"
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    path = INTEGRATION / "services.yaml"
    actions = yaml.safe_load(path.read_text(encoding="utf-8"))
    for name, action in actions.items():
        assert f"`{DOMAIN}.{name}`" in text
        assert not [one for one in action["fields"] if f"(`{one}`)" not in text]


def test_the_integration_can_be_unloaded() -> None:
    """config-entry-unloading."""
    assert "async_unload_entry" in functions("__init__")


@pytest.mark.parametrize("step", ["user", "reauth", "reauth_confirm", "reconfigure"])
def test_the_dialog_has_its_steps(step: str) -> None:
    """config-flow, reauthentication-flow, reconfiguration-flow."""
    assert f"async_step_{step}" in functions("config_flow")


def test_an_account_can_be_added_once_only() -> None:
    """unique-config-entry."""
    text = ast.unparse(tree(_module("config_flow")))
    assert "async_set_unique_id" in text
    assert "_abort_if_unique_id_configured" in text
    assert "_abort_if_unique_id_mismatch" in text


def test_common_modules_exist() -> None:
    """common-modules, diagnostics, icon-translations."""
    for name in ("coordinator.py", "entity.py", "diagnostics.py", "icons.json"):
        assert (INTEGRATION / name).is_file(), name


def test_entities_are_named_after_their_device() -> None:
    """has-entity-name."""
    assert ("_attr_has_entity_name", "True") in set(assigned("entity"))


@pytest.mark.parametrize("platform", platforms())
def test_platforms_say_how_many_commands_run_at_once(platform: str) -> None:
    """parallel-updates."""
    assert "PARALLEL_UPDATES" in {target for target, _ in assigned(platform)}


@pytest.mark.parametrize("platform", [*platforms(), "__init__", "diagnostics"])
def test_entries_are_typed(platform: str) -> None:
    """runtime-data and strict-typing."""
    names = SET_UP | {"async_get_config_entry_diagnostics"}
    found = [node for name, node in functions(platform).items() if name in names]
    assert found
    for node in found:
        annotation = node.args.args[1].annotation
        assert annotation is not None
        assert ENTRY_TYPE.fullmatch(ast.unparse(annotation)), node.name


def test_the_set_up_forwards_all_platforms_in_order() -> None:
    """Every platform module is used, and the list is sorted."""
    everywhere = dict(assigned("__init__")) | dict(assigned("const"))
    listed = re.findall(r"Platform\.(\w+)", everywhere["PLATFORMS"])
    assert listed == sorted(listed)
    assert [name.lower() for name in listed] == platforms()


def test_entities_keep_no_icon_of_their_own() -> None:
    """icon-translations."""
    wrong = [
        relative(path)
        for path in python_files(INTEGRATION)
        if "_attr_icon" in path.read_text(encoding="utf-8")
    ]
    assert not wrong


def test_errors_for_the_user_are_translated() -> None:
    """exception-translations."""
    names = {
        "ConfigEntryAuthFailed",
        "ConfigEntryError",
        "ConfigEntryNotReady",
        "HomeAssistantError",
        "ServiceValidationError",
        "UpdateFailed",
    }
    wrong = [
        f"{relative(path)}:{node.lineno}"
        for path in INTEGRATION.glob("*.py")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
        if ast.unparse(node.exc.func) in names
        if "translation_key" not in {one.arg for one in node.exc.keywords}
    ]
    assert not wrong
