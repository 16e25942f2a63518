"""The texts: complete, well formed, and the same in every language."""

import ast
from collections.abc import Iterator
from pathlib import Path
import re
from typing import Any

import pytest
import yaml

from homeassistant.helpers import config_validation as cv

from .sources import INTEGRATION, load_json, python_files, relative, tree

LANGUAGES = {"da", "en"}
TOP_LEVEL = {
    "application_credentials",
    "common",
    "conditions",
    "config",
    "config_subentries",
    "device",
    "entity",
    "exceptions",
    "issues",
    "options",
    "selector",
    "services",
    "system_health",
    "title",
    "triggers",
}
FLOW = {"abort", "create_entry", "error", "flow_title", "progress", "step"}
STEP = {
    "data",
    "data_description",
    "description",
    "menu_option_descriptions",
    "menu_options",
    "sections",
    "submit",
    "title",
}
SLUG = re.compile(r"[a-z0-9-_]+")
PLACEHOLDER = re.compile(r"{(\w+)}")
ICON = re.compile(r"mdi:[a-z0-9-]+")

Texts = dict[str, Any]


def texts(language: str) -> Texts:
    """Return the texts of one language."""
    found: Texts = load_json(INTEGRATION / "translations" / f"{language}.json")
    return found


def leaves(branch: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Yield dotted key and text."""
    if isinstance(branch, dict):
        for key, value in branch.items():
            yield from leaves(value, (*path, key))
    else:
        assert isinstance(branch, str), ".".join(path)
        yield ".".join(path), branch


def at(branch: Any, *keys: str) -> Any:
    """Return what stands below some keys, or an empty branch."""
    for key in keys:
        branch = branch.get(key, {})
    return branch


def test_the_languages_are_those_that_were_promised() -> None:
    """One file for each language and none beside."""
    files = {path.stem for path in (INTEGRATION / "translations").glob("*.json")}
    assert files >= LANGUAGES
    assert not (INTEGRATION / "strings.json").exists()


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_texts_have_the_known_shape(language: str) -> None:
    """Only what Home Assistant reads."""
    found = texts(language)
    assert set(found) <= TOP_LEVEL
    assert found["title"]
    for flow in ("config", "options"):
        assert set(at(found, flow)) <= FLOW
        for step in at(found, flow, "step").values():
            assert set(step) <= STEP
    for platform in at(found, "entity").values():
        for entity in platform.values():
            assert set(entity) <= {
                "name",
                "state",
                "state_attributes",
                "unit_of_measurement",
            }
    assert all(set(one) == {"message"} for one in at(found, "exceptions").values())
    for issue in at(found, "issues").values():
        assert set(issue) in ({"title", "description"}, {"title", "fix_flow"})


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_texts_are_well_formed(language: str) -> None:
    """Sentences for people: no markup, no addresses, no stray blanks."""
    for key, text in leaves(texts(language)):
        assert text, key
        assert text == text.strip(), key
        cv.string_with_no_html(text)
        assert "://" not in text, f"{key}: an address is a placeholder"
        assert "[%key:" not in text, f"{key}: references are not resolved"
        assert not re.search(r"'{\w+}'", text), f"{key}: quoted placeholder"
        if ".state." in key or ".options." in key:
            assert SLUG.fullmatch(key.rpartition(".")[2]), key
            assert not PLACEHOLDER.search(text), key


@pytest.mark.parametrize("language", sorted(LANGUAGES - {"en"}))
def test_languages_agree(language: str) -> None:
    """Every text exists in every language, with the same placeholders."""
    english = dict(leaves(texts("en")))
    other = dict(leaves(texts(language)))
    assert set(other) == set(english)
    for key, text in english.items():
        expected = set(PLACEHOLDER.findall(text))
        assert set(PLACEHOLDER.findall(other[key])) == expected, key


def test_fields_of_the_dialog_are_described() -> None:
    """Every field has a name and a sentence that helps to fill it in."""
    for flow in ("config", "options"):
        for name, step in at(texts("en"), flow, "step").items():
            fields = set(step.get("data", {}))
            assert set(step.get("data_description", {})) == fields, f"{flow} {name}"


@pytest.mark.parametrize("kind", ["services", "triggers", "conditions"])
def test_what_automations_use_is_described(kind: str) -> None:
    """Everything in the YAML file has a name, a description and an icon, and so do fields."""
    path = INTEGRATION / f"{kind}.yaml"
    described = at(texts("en"), kind)
    icons = load_json(INTEGRATION / "icons.json").get(kind, {})
    if not path.exists():
        assert not described
        return
    content = {
        name: one for name, one in load_yaml(path).items() if not name.startswith(".")
    }
    assert set(content) == set(described) == set(icons)
    for name, one in content.items():
        assert {"name", "description"} <= set(described[name]), name
        fields = _fields((one or {}).get("fields", {}))
        assert set(described[name].get("fields", {})) == fields, name
        for field in at(described[name], "fields").values():
            assert {"name", "description"} <= set(field), name


def test_options_of_fields_have_their_texts() -> None:
    """What a field of an action lets choose from is named, and nothing beside."""
    path = INTEGRATION / "services.yaml"
    selects = [
        select
        for action in load_yaml(path).values()
        for field in action.get("fields", {}).values()
        if (select := field["selector"].get("select")) is not None
    ]
    assert selects
    for select in selects:
        options = at(texts("en"), "selector", select["translation_key"], "options")
        assert set(options) == set(select["options"])


def _fields(fields: Texts) -> set[str]:
    """Return the names of fields, those in sections among them."""
    names: set[str] = set()
    for name, field in fields.items():
        names |= _fields(field["fields"]) if "fields" in field else {name}
    return names


def load_yaml(path: Path) -> Texts:
    """Return a YAML file's content."""
    content: Texts = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def test_icons_have_the_known_shape() -> None:
    """Names of the icon set, and states that differ from the default."""
    icons = load_json(INTEGRATION / "icons.json")
    assert set(icons) <= {"conditions", "entity", "services", "triggers"}
    for platform, entities in at(icons, "entity").items():
        for key, icon in entities.items():
            assert set(icon) <= {"default", "range", "state", "state_attributes"}, key
            assert icon["default"] not in icon.get("state", {}).values(), key
            assert key in at(texts("en"), "entity", platform), f"{platform} {key}"
    for key, name in leaves(icons):
        assert ICON.fullmatch(name), key


def test_every_key_that_the_code_uses_has_its_text() -> None:
    """Translation keys of errors, issues, entities and selectors."""
    found = texts("en")
    platforms = at(found, "entity")
    anywhere = {
        *at(found, "exceptions"),
        *at(found, "issues"),
        *at(found, "selector"),
        *at(found, "device"),
        *(key for entities in platforms.values() for key in entities),
    }
    wrong = []
    for path in python_files(INTEGRATION):
        known = set(platforms.get(path.stem, {})) | anywhere
        wrong += [
            f"{relative(path)}: {key}"
            for key in _translation_keys(path)
            if key not in known
        ]
    assert not wrong


def _translation_keys(path: Path) -> Iterator[str]:
    """Yield the literal translation keys of a module."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.keyword) and node.arg == "translation_key":
            value = node.value
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if "_attr_translation_key" not in {ast.unparse(one) for one in targets}:
                continue
            value = node.value
        else:
            continue
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield value.value
