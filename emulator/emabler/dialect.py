"""OCPI's objects in the words of eMabler's documentation (emabler_ocpi 4 to 6)."""

from typing import Any, Final

from ..ocpi.values import Json
from .numbering import Numbering, words_of
from .profile import EmablerProfile

# Which kind of object is found under a key.
KINDS: Final = {
    "location": "location",
    "cdr_location": "cdr_location",
    "evses": "evse",
    "status_schedule": "schedule",
    "connectors": "connector",
    "charging_periods": "period",
    "dimensions": "dimension",
    "cdr_token": "token",
    "token": "token",
    "tariffs": "tariff",
    "elements": "element",
    "price_components": "component",
    "restrictions": "restrictions",
}
TRANSLATED: Final = frozenset(
    {"session", "location", "evse", "connector", "cdr", "tariff", "token"}
)
MIXED_FORMS: Final = ("int", "numeric_string", "names", "lower")
# Documented with these names in the middle of the others: fact sheet emabler_ocpi 1.
SNAKES: Final = frozenset({("schedule", "period_begin"), ("schedule", "period_end")})


def camel(key: str) -> str:
    """Return a key such as start_date_time as startDateTime."""
    first, *rest = key.split("_")
    return first + "".join(part.capitalize() for part in rest)


def snake(key: str) -> str:
    """Return a key such as startDateTime as start_date_time."""
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in key)


def written(data: Any, kind: str, profile: EmablerProfile) -> Any:
    """Return an object of a kind in the rendering of a profile."""
    if isinstance(data, list):
        return [written(item, kind, profile) for item in data]
    if not isinstance(data, dict):
        return data
    return {
        _key(key, kind, profile): _value(value, key, kind, profile)
        for key, value in data.items()
    }


def _key(key: str, kind: str, profile: EmablerProfile) -> str:
    style = profile.rendering.partition("_")[0]
    if style == "mixed":
        style = "camel" if kind in ("session", "evse", "dimension") else "snake"
    if style == "snake" or (kind, key) in SNAKES:
        return key
    return camel(key)


def _value(value: Any, key: str, kind: str, profile: EmablerProfile) -> Any:
    if (words := words_of(kind, key, profile.numbering)) is None:
        return written(value, KINDS.get(key, ""), profile)
    if isinstance(value, list):
        return [_word(item, key, words, profile) for item in value]
    return _word(value, key, words, profile)


def _word(value: Any, key: str, words: tuple[str, ...], profile: EmablerProfile) -> Any:
    form = profile.rendering.partition("_")[2]
    if profile.rendering == "mixed":
        form = MIXED_FORMS[len(key) % len(MIXED_FORMS)]
    if value not in words:
        return value
    match form:
        case "int":
            return words.index(value)
        case "numeric_string":
            return str(words.index(value))
        case "lower":
            return str(value).lower()
        case _:
            return value


def enveloped(envelope: Json, profile: EmablerProfile) -> Json:
    """Return an envelope in the rendering of a profile."""
    if profile.rendering.startswith("snake"):
        shown = dict(envelope)
    else:
        shown = {camel(key): value for key, value in envelope.items()}
    if profile.status_code_zero:
        shown |= {key: 0 for key in ("status_code", "statusCode") if key in shown}
    return shown


def understood(data: Any, numbering: Numbering, kind: str = "") -> Any:
    """Return what a client sends, in either spelling, in the standard's words."""
    if isinstance(data, list):
        return [understood(item, numbering, kind) for item in data]
    if not isinstance(data, dict):
        return data
    found: Json = {}
    for name, value in data.items():
        key = snake(name)
        words = words_of(kind, key, numbering)
        if words is not None and isinstance(value, int) and value in range(len(words)):
            found[key] = words[value]
        else:
            found[key] = understood(value, numbering, KINDS.get(key, ""))
    return found
