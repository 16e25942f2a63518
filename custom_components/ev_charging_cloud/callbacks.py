"""The address at which a back end tells that a command has its result.

What it says there is not believed: a message with the right token only makes the
account be read again.
"""

from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
import secrets

from aiohttp.web import Request, Response, json_response

from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.network import NoURLAvailableError, get_url
from homeassistant.util import dt as dt_util

from .const import DOMAIN

TOKEN = "t"
# A command has its result long before, and only so many wait for theirs.
LIFETIME = 600.0
MOST_TOKENS = 50
# What a back end that reports back reads as a success; else it may send it again.
SUCCESS = 1000


class Callbacks:
    """A webhook whose every address is good for one message."""

    def __init__(self, hass: HomeAssistant, name: str) -> None:
        """Listen under an address that nobody knows yet."""
        self._hass = hass
        self._id = webhook.async_generate_id()
        self._base = _base(hass)
        self._expiry: dict[str, float] = {}
        self.wake: Callable[[], None] = lambda: None
        webhook.async_register(
            hass, DOMAIN, name, self._id, self._handle, allowed_methods=("POST",)
        )

    @callback
    def close(self) -> None:
        """Listen no longer."""
        webhook.async_unregister(self._hass, self._id)
        self._expiry.clear()

    def address(self) -> str:
        """Return an address at which one message is awaited for a while."""
        with suppress(NoURLAvailableError):
            self._base = _base(self._hass)
        token = secrets.token_urlsafe()
        self._expiry[token] = self._hass.loop.time() + LIFETIME
        while len(self._expiry) > MOST_TOKENS:
            del self._expiry[next(iter(self._expiry))]
        return f"{self._base}{webhook.async_generate_path(self._id)}?{TOKEN}={token}"

    async def _handle(self, _: HomeAssistant, __: str, request: Request) -> Response:
        """Have the account read again; the answer is always the same.

        The body is never read: anybody can send one.
        """
        expiry = self._expiry.pop(request.query.get(TOKEN, ""), None)
        if expiry is not None and self._hass.loop.time() < expiry:
            self.wake()
        return json_response(
            {"status_code": SUCCESS, "timestamp": _now()}, status=HTTPStatus.OK
        )


@callback
def async_listen(hass: HomeAssistant, entry: ConfigEntry) -> Callbacks | None:
    """Listen until an account is unloaded, where it can be reached from outside."""
    try:
        found = Callbacks(hass, entry.title)
    except NoURLAvailableError:
        return None
    entry.async_on_unload(found.close)
    return found


def _base(hass: HomeAssistant) -> str:
    """Return the address from outside, by the cloud of Home Assistant too."""
    return get_url(hass, allow_internal=False, prefer_external=True, allow_ip=True)


def _now() -> str:
    """Return the time as it is written in UTC."""
    return dt_util.utcnow().strftime("%Y-%m-%dT%H:%M:%SZ")
