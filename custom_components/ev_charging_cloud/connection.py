"""The connection that providers are lent."""

from collections.abc import Callable

from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.loader import async_get_loaded_integration

from .const import DOMAIN
from .providers.transport import USER_AGENT, Connection, Limits

LIMITS = Limits()


def connect(
    hass: HomeAssistant, callback: Callable[[], str] | None = None
) -> Connection:
    """Return Home Assistant's HTTP session with our limits, name and language."""
    version = async_get_loaded_integration(hass, DOMAIN).version
    return Connection(
        http=async_get_clientsession(hass),
        limits=LIMITS,
        user_agent=f"{USER_AGENT}/{version}",
        language=hass.config.language,
        callback=callback,
    )
