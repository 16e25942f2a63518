"""Add an account: provider, way to sign in, credentials, charge points."""

from collections.abc import Mapping
import logging
from typing import Any, override

import voluptuous as vol

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryFlow,
)
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from .charge_points_flow import ChargePointsFlow, charge_points_schema, names, picked
from .connection import connect
from .const import (
    AUTOMATIC_CHARGE_POINTS,
    CONF_BACKEND,
    CONF_BRAND,
    CONF_CHARGE_POINTS,
    CONF_METHOD,
    CONF_SETTINGS,
    DOMAIN,
)
from .failures import placeholders, text_key
from .forms import CONCEALED, fields_schema
from .part_flow import PartFlow
from .providers.catalogue import BACKENDS
from .providers.errors import AuthenticationError, ProviderError, StorageError
from .providers.model import Account
from .providers.oauth import MemoryStore
from .providers.provider import REALM, Backend, Capability
from .providers.transport import Connection
from .storage import TokenFile

_LOGGER = logging.getLogger(__name__)


def brand_options() -> list[SelectOptionDict]:
    """Return every name that a driver may know; general ones come last.

    Their label is a translation, and only stands here where that is missing.
    """
    brands = sorted(
        (brand for backend in BACKENDS.values() for brand in backend.brands.values()),
        key=lambda brand: (brand.general, brand.name.casefold()),
    )
    return [
        SelectOptionDict(
            value=brand.key,
            label=f"{brand.name} ({brand.country})" if brand.country else brand.name,
        )
        for brand in brands
    ]


def backend_of(brand: str) -> Backend:
    """Return the back end behind a name; the names of all back ends differ."""
    return next(one for one in BACKENDS.values() if brand in one.brands)


class EvChargingCloudConfigFlow(ConfigFlow, domain=DOMAIN):
    """Add, renew or change an account."""

    VERSION = 1
    MINOR_VERSION = 1

    _backend: Backend
    _brand: str
    _method: str
    _account: Account
    _points: dict[str, str]
    _roaming: bool
    _named: Mapping[str, str] = {}
    _settings: Mapping[str, str]
    _store: MemoryStore
    _tried: tuple[str, dict[str, str]] | None = None

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> ChargePointsFlow:
        """Return the dialog that picks charge points again."""
        return ChargePointsFlow()

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Return what can be added to an account."""
        backend = BACKENDS.get(config_entry.data[CONF_BACKEND])
        if backend is None or backend.part is None:
            return {}
        return {backend.part.key: PartFlow}

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the provider."""
        if user_input is not None:
            self._brand = user_input["provider"]
            self._backend = backend_of(self._brand)
            return await self.async_step_method()
        selector = SelectSelector(
            SelectSelectorConfig(
                options=brand_options(),
                mode=SelectSelectorMode.DROPDOWN,
                translation_key="provider",
            )
        )
        return self.async_show_form(
            step_id="user", data_schema=vol.Schema({vol.Required("provider"): selector})
        )

    async def async_step_method(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the way to sign in, where there is a choice."""
        methods = list(self._backend.brands[self._brand].methods)
        if user_input is not None or len(methods) == 1:
            self._method = user_input["method"] if user_input else methods[0]
            return await self.async_step_credentials()
        selector = SelectSelector(
            SelectSelectorConfig(
                options=methods,
                mode=SelectSelectorMode.LIST,
                translation_key="method",
            )
        )
        entry = self._changed_entry()
        default = entry.data[CONF_METHOD] if entry else methods[0]
        if default not in methods:
            default = methods[0]
        return self.async_show_form(
            step_id="method",
            data_schema=vol.Schema({vol.Required("method", default=default): selector}),
            description_placeholders={"provider": self._name()},
        )

    async def async_step_credentials(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for what the sign-in needs, and sign in."""
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = await self._try(user_input)
            if not errors:
                return await self._signed_in()
        return self._ask_credentials(errors, user_input)

    def _ask_credentials(
        self, errors: dict[str, str], user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the fields of the sign-in, and what was wrong with them."""
        fields = self._backend.fields(self._brand, self._method)
        entry = self._changed_entry()
        known = {**(entry.data[CONF_SETTINGS] if entry else {}), **(user_input or {})}
        shown = {
            field.key: known[field.key]
            for field in fields
            if field.kind not in CONCEALED and field.key in known
        }
        return self.async_show_form(
            step_id="credentials",
            data_schema=self.add_suggested_values_to_schema(
                fields_schema(fields), shown
            )
            if shown
            else fields_schema(fields),
            errors=errors,
            description_placeholders={"provider": self._name(), **self._named},
        )

    async def async_step_charge_points(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask which charge points to show, and say whose sessions appear there."""
        if user_input is not None or not (self._points or self._roaming):
            chosen = (user_input or {}).get(CONF_CHARGE_POINTS, [])
            try:
                await self._save()
            except StorageError as err:
                return self._ask_credentials({"base": text_key(err)})
            return self.async_create_entry(
                title=self._account.title,
                data=self._data(),
                options=picked(self._points, chosen, {}),
            )
        if not self._points:
            return self.async_show_form(
                step_id="no_locations",
                data_schema=vol.Schema({}),
                description_placeholders={"provider": self._name()},
            )
        many = len(self._points) > AUTOMATIC_CHARGE_POINTS
        return self.async_show_form(
            step_id="locations" if self._roaming else "charge_points",
            data_schema=charge_points_schema(
                self._points, [] if many else list(self._points)
            ),
            description_placeholders={"count": str(len(self._points))},
        )

    # The same step in other words, for accounts with sessions at places of others.
    async_step_locations = async_step_charge_points
    async_step_no_locations = async_step_charge_points

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Begin to renew the sign-in of an account."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Say why the user has to sign in again."""
        entry = self._get_reauth_entry()
        self._load(entry)
        if user_input is not None:
            return await self.async_step_method()
        return self.async_show_form(
            step_id="reauth_confirm",
            description_placeholders={"provider": entry.title},
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Begin to change the host or the sign-in of an account."""
        self._load(self._get_reconfigure_entry())
        return await self.async_step_method()

    def _load(self, entry: ConfigEntry) -> None:
        """Take the provider of an account that there is."""
        self._backend = BACKENDS[entry.data[CONF_BACKEND]]
        self._brand = entry.data[CONF_BRAND]

    def _changed_entry(self) -> ConfigEntry | None:
        """Return the account that this flow changes."""
        if self.source == SOURCE_REAUTH:
            return self._get_reauth_entry()
        if self.source == SOURCE_RECONFIGURE:
            return self._get_reconfigure_entry()
        return None

    def _name(self) -> str:
        """Return the provider's name."""
        return self._backend.brands[self._brand].name

    async def _try(self, user_input: dict[str, Any]) -> dict[str, str]:
        """Sign in, and return what to tell the user where that fails."""
        entry = self._changed_entry()
        lent = connect(self.hass)
        self._named = {}
        try:
            values = self._backend.normalize(self._brand, user_input)
        except ValueError as err:
            return {str(err): f"invalid_{err}"}
        # Nothing else stays of an earlier sign-in: what is left out now is gone.
        if entry and REALM in entry.data[CONF_SETTINGS]:
            values[REALM] = entry.data[CONF_SETTINGS][REALM]
        try:
            await self._open(lent, values)
        except ProviderError as err:
            _LOGGER.debug("Signing in failed: %s", err)
            self._named = placeholders(err)
            return {"base": text_key(err)}
        except Exception:
            _LOGGER.exception("Unexpected error while signing in")
            return {"base": "unknown"}
        return {}

    async def _open(self, lent: Connection, values: dict[str, str]) -> None:
        """Sign in, and prove that it opens the account.

        A token that works once is not spent again when only the proof failed.
        """
        if self._tried != (self._method, values):
            signed_in = await self._backend.sign_in(
                lent, self._brand, self._method, values
            )
            self._settings = signed_in.settings
            self._store = MemoryStore(signed_in.tokens)
            self._tried = self._method, values
        provider = self._backend.open(lent, self._settings, self._store)
        try:
            self._account = await provider.account()
            self._points = names(await provider.charge_points())
            self._roaming = Capability.ROAMING in provider.capabilities
        except AuthenticationError:
            self._tried = None
            raise
        finally:
            await provider.close()

    async def _signed_in(self) -> ConfigFlowResult:
        """Go on with a sign-in that has worked."""
        account = f"{self._backend.key}_{self._account.id}"
        # A dialog that somebody left open must not block the account.
        await self.async_set_unique_id(account, raise_on_progress=False)
        if self.source == SOURCE_USER:
            self._abort_if_unique_id_configured()
            return await self.async_step_charge_points()
        self._abort_if_unique_id_mismatch(reason="wrong_account")
        entry = self._changed_entry()
        assert entry is not None
        if entry.state is ConfigEntryState.LOADED:
            # What still runs could rotate and save the old tokens over the new ones.
            await self.hass.config_entries.async_unload(entry.entry_id)
        try:
            await self._save()
        except StorageError as err:
            self.hass.config_entries.async_schedule_reload(entry.entry_id)
            return self._ask_credentials({"base": text_key(err)})
        return self.async_update_reload_and_abort(entry, data=self._data())

    async def _save(self) -> None:
        """Keep the tokens of the account."""
        await TokenFile(self.hass, self.unique_id or "").save(self._store.tokens)

    def _data(self) -> dict[str, Any]:
        """Return what an entry keeps."""
        return {
            CONF_BACKEND: self._backend.key,
            CONF_BRAND: self._settings.get(CONF_BRAND, self._brand),
            CONF_METHOD: self._method,
            CONF_SETTINGS: dict(self._settings),
        }
