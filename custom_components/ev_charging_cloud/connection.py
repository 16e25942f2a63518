"""The connection that providers are lent."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .providers.transport import Connection, Limits

LIMITS = Limits()


def connect(hass: HomeAssistant) -> Connection:
    """Return Home Assistant's HTTP session with our limits and language."""
    return Connection(
        http=async_get_clientsession(hass),
        limits=LIMITS,
        language=hass.config.language,
    )
