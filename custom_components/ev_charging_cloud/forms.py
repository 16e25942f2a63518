"""Forms for the fields that a back end asks for."""

import voluptuous as vol

from homeassistant.helpers.selector import (
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from .providers.provider import Field, FieldKind

SELECTORS = {
    FieldKind.TEXT: TextSelectorConfig(type=TextSelectorType.TEXT),
    FieldKind.URL: TextSelectorConfig(type=TextSelectorType.TEXT),
    FieldKind.EMAIL: TextSelectorConfig(
        type=TextSelectorType.EMAIL, autocomplete="username"
    ),
    FieldKind.PASSWORD: TextSelectorConfig(
        type=TextSelectorType.PASSWORD, autocomplete="current-password"
    ),
    FieldKind.SECRET: TextSelectorConfig(
        type=TextSelectorType.PASSWORD, autocomplete="off"
    ),
}
CONCEALED = frozenset({FieldKind.PASSWORD, FieldKind.SECRET})


def fields_schema(fields: tuple[Field, ...]) -> vol.Schema:
    """Return the form for the fields of a sign-in or a part."""
    return vol.Schema({_marker(field): _selector(field) for field in fields})


def _marker(field: Field) -> vol.Marker:
    """Return the key of a field; a choice that nobody touches has its default."""
    kind = vol.Required if field.required else vol.Optional
    suggested = {"suggested_value": field.default}
    if field.kind is FieldKind.CHOICE and field.default is not None:
        return kind(field.key, default=field.default, description=suggested)
    return kind(field.key, description=suggested)


def _selector(field: Field) -> SelectSelector | TextSelector:
    """Return what shows a field; the options of a choice are translated by its key."""
    if field.kind is not FieldKind.CHOICE:
        return TextSelector(SELECTORS[field.kind])
    return SelectSelector(
        SelectSelectorConfig(
            options=list(field.options),
            mode=SelectSelectorMode.DROPDOWN,
            translation_key=field.key,
        )
    )
