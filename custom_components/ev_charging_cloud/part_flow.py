"""Add a part to an account, such as a driver: what it is, and where it charges."""

from collections import Counter
from typing import Any

import voluptuous as vol

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntryState,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)

from .connection import connect
from .const import CONF_BACKEND, CONF_SETTINGS
from .failures import placeholders, text_key
from .forms import fields_schema
from .providers.catalogue import BACKENDS
from .providers.errors import ProviderError
from .providers.provider import Capability, FieldKind, Part, Provider
from .storage import TokenFile

SEARCH = "search"
PLACE = "place"


class PartFlow(ConfigSubentryFlow):
    """Add or change a part of an account."""

    _values: dict[str, str]
    _places: dict[str, tuple[str, str]]

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for what the part is."""
        return await self._ask("user", user_input)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask again for what the part is."""
        return await self._ask("reconfigure", user_input)

    async def async_step_search(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Find the place where charges begin; it can be left out."""
        errors: dict[str, str] = {}
        named: dict[str, str] = {}
        if user_input is not None:
            if not (text := user_input.get(SEARCH, "").strip()):
                return self._finish()
            try:
                self._places = await self._find(text)
            except ProviderError as err:
                errors["base"] = text_key(err)
                named = placeholders(err)
            else:
                if self._places:
                    return await self.async_step_place()
                errors["base"] = "nothing_found"
        return self.async_show_form(
            step_id="search",
            data_schema=vol.Schema({vol.Optional(SEARCH): TextSelector()}),
            errors=errors,
            description_placeholders=named,
        )

    async def async_step_place(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Choose among the places that were found."""
        if user_input is not None:
            location, evse = self._places[user_input[PLACE]]
            keys = self._place_keys()
            self._values |= dict(zip(keys, (location, evse), strict=True))
            return self._finish()
        selector = SelectSelector(
            SelectSelectorConfig(
                options=[
                    SelectOptionDict(value=name, label=name) for name in self._places
                ],
                mode=SelectSelectorMode.LIST,
            )
        )
        return self.async_show_form(
            step_id="place", data_schema=vol.Schema({vol.Required(PLACE): selector})
        )

    @property
    def _part(self) -> Part:
        """Return what the back end says about its parts."""
        part = BACKENDS[self._get_entry().data[CONF_BACKEND]].part
        assert part is not None
        return part

    def _place_keys(self) -> list[str]:
        """Return the fields that a search fills: the location, then the EVSE."""
        kinds = (FieldKind.LOCATION, FieldKind.EVSE)
        return [
            field.key
            for kind in kinds
            for field in self._part.fields
            if field.kind is kind
        ]

    async def _ask(
        self, step: str, user_input: dict[str, Any] | None
    ) -> SubentryFlowResult:
        """Show the fields of the part, and go on when they are filled."""
        part = self._part
        errors: dict[str, str] = {}
        if user_input is not None:
            self._values = {
                key: value.strip() for key, value in user_input.items() if value.strip()
            }
            errors = {
                field.key: f"invalid_{field.key}"
                for field in part.fields
                if field.key not in self._values
                and (field.required or field.key == part.identity)
            }
            if not errors:
                return await self._go_on()
        fields = tuple(
            field
            for field in part.fields
            if field.kind not in (FieldKind.LOCATION, FieldKind.EVSE)
        )
        schema = fields_schema(fields)
        if self.source == SOURCE_RECONFIGURE:
            known = self._get_reconfigure_subentry().data
            schema = self.add_suggested_values_to_schema(schema, known)
        if errors:
            schema = self.add_suggested_values_to_schema(schema, self._values)
        return self.async_show_form(step_id=step, data_schema=schema, errors=errors)

    async def _go_on(self) -> SubentryFlowResult:
        """Go on with a part whose fields are filled."""
        if self._is_taken(self._values[self._part.identity]):
            return self.async_abort(reason="already_configured")
        able = self._provider().capabilities
        if Capability.SEARCH in able and self._place_keys():
            return await self.async_step_search()
        return self._finish()

    def _is_taken(self, identity: str) -> bool:
        """Tell whether another part has this identity, in whatever case."""
        own = (
            self._get_reconfigure_subentry().subentry_id
            if self.source == SOURCE_RECONFIGURE
            else None
        )
        return any(
            (one.unique_id or "").casefold() == identity.casefold()
            and one.subentry_id != own
            for one in self._get_entry().subentries.values()
        )

    def _provider(self) -> Provider:
        """Return the account's provider, its own while the account is being loaded."""
        entry = self._get_entry()
        if entry.state is ConfigEntryState.LOADED:
            loaded: Provider = entry.runtime_data.coordinator.provider
            return loaded
        backend = BACKENDS[entry.data[CONF_BACKEND]]
        tokens = TokenFile(self.hass, entry.unique_id or entry.entry_id)
        return backend.open(connect(self.hass), entry.data[CONF_SETTINGS], tokens)

    async def _find(self, text: str) -> dict[str, tuple[str, str]]:
        """Return the places of a search by the name that is shown.

        Where some are called the same, their own ids tell them apart.
        """
        provider = self._provider()
        found = [
            (f"{location.name}, {evse.identifier or evse.id}", location.id, evse.id)
            for location in await provider.search(text)
            for evse in location.evses
        ]
        count = Counter(name for name, _, _ in found)
        return {
            name if count[name] == 1 else f"{name} ({evse})": (location, evse)
            for name, location, evse in found
        }

    def _finish(self) -> SubentryFlowResult:
        """Keep the part; one that is changed keeps its place if none was chosen."""
        part = self._part
        title = self._values.get(part.title) or self._values[part.identity]
        if self.source != SOURCE_RECONFIGURE:
            return self.async_create_entry(
                title=title, data=self._values, unique_id=self._values[part.identity]
            )
        subentry = self._get_reconfigure_subentry()
        place = {
            key: subentry.data[key]
            for key in self._place_keys()
            if key in subentry.data
        }
        return self.async_update_and_abort(
            self._get_entry(),
            subentry,
            title=title,
            data={**place, **self._values},
            unique_id=self._values[part.identity],
        )
