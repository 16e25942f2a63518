"""A Home Assistant with one account."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from tempfile import TemporaryDirectory
from unittest.mock import patch

from aiohttp.resolver import ThreadedResolver

from custom_components.ev_charging_cloud.const import DOMAIN
from custom_components.ev_charging_cloud.coordinator import EvChargingConfigEntry
from homeassistant import bootstrap, loader
from homeassistant.config_entries import SOURCE_USER, ConfigEntries, ConfigFlowResult
from homeassistant.core import HomeAssistant


class Resolver(ThreadedResolver):
    """The resolver of the system, closed the way Home Assistant closes its own."""

    async def real_close(self) -> None:
        """Close the resolver."""
        await self.close()


@asynccontextmanager
async def home() -> AsyncIterator[HomeAssistant]:
    """Run a Home Assistant without any other integration.

    Its own resolver of names would need the network integration.
    """
    resolver = "homeassistant.helpers.aiohttp_client._async_make_resolver"
    with (
        TemporaryDirectory() as folder,
        patch(resolver, lambda hass: Resolver()),
    ):
        hass = HomeAssistant(folder)
        hass.config.skip_pip = True
        loader.async_setup(hass)
        hass.config_entries = ConfigEntries(hass, {})
        await loader.async_get_custom_components(hass)
        # Without a server nobody can call, and no account here wants to be called.
        hass.config.components.add("webhook")
        assert await bootstrap.async_load_base_functionality(hass)
        await hass.async_start()
        try:
            yield hass
        finally:
            await hass.async_stop(force=True)


async def signed_in(hass: HomeAssistant, url: str) -> ConfigFlowResult:
    """Go through the dialog up to its last step, the choice of charge points."""
    flow = hass.config_entries.flow
    step = await flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    for answers in (
        {"provider": "ampeco"},
        {"method": "access_token"},
        {"host": url, "access_token": "token"},
    ):
        step = await flow.async_configure(step["flow_id"], answers)
    assert step["step_id"] == "charge_points", step
    return step


async def added(
    hass: HomeAssistant, step: ConfigFlowResult, chosen: list[str]
) -> EvChargingConfigEntry:
    """End the dialog, and return the account that it has set up."""
    flow = hass.config_entries.flow
    done = await flow.async_configure(step["flow_id"], {"charge_points": chosen})
    await hass.async_block_till_done()
    entry: EvChargingConfigEntry = done["result"]
    return entry


def charge_point_ids(step: ConfigFlowResult) -> list[str]:
    """Return what the dialog offers."""
    schema = step["data_schema"]
    assert schema is not None
    (selector,) = schema.schema.values()
    return [option["value"] for option in selector.config["options"]]
