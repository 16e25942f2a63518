"""A person in front of the dialog that adds or changes an account."""

from dataclasses import dataclass, field
from typing import Any

from custom_components.ev_charging_cloud.const import DOMAIN
from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from .support import CLIENT_SECRET

PASSWORD = "charge-me-up"
LAST_STEPS = {"charge_points", "locations", "no_locations"}
CREDENTIALS = {
    "username": "driver@example.test",
    "password": PASSWORD,
    "client_id": "1",
    "client_secret": CLIENT_SECRET,
}


@dataclass
class Dialog:
    """One run of the dialog, with what it shows now."""

    hass: HomeAssistant
    shown: ConfigFlowResult = field(init=False)

    async def begin(self, provider: str = "ampeco", method: str | None = None) -> None:
        """Choose a provider, and a way to sign in where one is given."""
        self.shown = await self.hass.config_entries.flow.async_init(
            DOMAIN, context={"source": SOURCE_USER}
        )
        assert self.step == "user"
        await self.enter(provider=provider)
        if method is not None:
            await self.enter(method=method)
            assert self.step == "credentials"

    async def enter(self, **values: Any) -> None:
        """Fill in the form that is shown and send it."""
        self.shown = await self.hass.config_entries.flow.async_configure(
            self.shown["flow_id"], values
        )

    async def finish(self) -> ConfigEntry:
        """Take the charge points as they are, which must end in an account."""
        if self.shown["type"] is FlowResultType.FORM:
            assert self.step in LAST_STEPS
            await self.enter()
        assert self.shown["type"] is FlowResultType.CREATE_ENTRY
        await self.hass.async_block_till_done()
        found: ConfigEntry = self.shown["result"]
        return found

    @property
    def step(self) -> str:
        """Return which form is shown."""
        assert self.shown["type"] is FlowResultType.FORM
        return self.shown["step_id"]

    @property
    def errors(self) -> dict[str, str]:
        """Return what the form says is wrong."""
        return self.shown["errors"] or {}

    @property
    def reason(self) -> str:
        """Return why the dialog ended."""
        assert self.shown["type"] is FlowResultType.ABORT
        return self.shown["reason"]

    @property
    def schema(self) -> dict[Any, Any]:
        """Return the fields of the form."""
        schema = self.shown["data_schema"]
        assert schema is not None
        found: dict[Any, Any] = schema.schema
        return found

    @property
    def fields(self) -> list[str]:
        """Return the names of the fields."""
        return [str(key) for key in self.schema]

    def suggested(self) -> dict[str, Any]:
        """Return what the form suggests for each field."""
        return {
            str(key): (key.description or {}).get("suggested_value")
            for key in self.schema
        }

    def preselected(self) -> list[str]:
        """Return which charge points are picked before the user picks."""
        found: list[str] = next(iter(self.schema)).default()
        return found

    def offered(self) -> list[str]:
        """Return what can be chosen in the only field of the form."""
        options = next(iter(self.schema.values())).config["options"]
        return [one if isinstance(one, str) else one["value"] for one in options]
