"""Forms for the fields that a back end asks for."""

import voluptuous as vol

from homeassistant.helpers.selector import (
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
    """Return the form for the fields of a sign-in."""
    return vol.Schema(
        {
            (vol.Required if field.required else vol.Optional)(
                field.key, description={"suggested_value": field.default}
            ): TextSelector(SELECTORS[field.kind])
            for field in fields
        }
    )
