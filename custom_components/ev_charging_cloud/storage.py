"""What the integration keeps on disk besides the config entry."""

from hashlib import sha256
from typing import Any

import msgspec

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store

from .const import DOMAIN
from .providers.errors import StorageError
from .providers.model import plain
from .providers.oauth import Tokens
from .tracking import Track

VERSION = 1
SAVE_DELAY = 60


def _slug(account: str) -> str:
    """Return a file name part that does not tell whose account it is."""
    return sha256(account.encode()).hexdigest()[:16]


class TokenFile:
    """The tokens of one account, in a private file that is replaced as a whole."""

    def __init__(self, hass: HomeAssistant, account: str) -> None:
        """Take the account's unique id."""
        self._store = Store[dict[str, Any]](
            hass,
            VERSION,
            f"{DOMAIN}.tokens.{_slug(account)}",
            private=True,
            atomic_writes=True,
        )

    async def load(self) -> Tokens | None:
        """Return the tokens saved last, or none where the file makes no sense."""
        if (data := await self._store.async_load()) is None:
            return None
        try:
            return msgspec.convert(data, Tokens)
        except msgspec.ValidationError:
            return None

    async def save(self, tokens: Tokens) -> None:
        """Write the tokens; when this returns they survive a crash.

        A failed write is only logged by the store, so what it holds is read again.
        """
        data = msgspec.to_builtins(tokens)
        await self._store.async_save(data)
        if await self._store.async_load() != data:
            raise StorageError("The tokens could not be saved")

    async def remove(self) -> None:
        """Delete the file."""
        await self._store.async_remove()


class TrackFile:
    """The sessions that are being followed, so that a restart changes no count."""

    def __init__(self, hass: HomeAssistant, account: str) -> None:
        """Take the account's unique id."""
        self._store = Store[dict[str, Any]](
            hass,
            VERSION,
            f"{DOMAIN}.sessions.{_slug(account)}",
            private=True,
            atomic_writes=True,
        )

    async def load(self) -> dict[str, Track | None]:
        """Return the tracks by EVSE; those that make no sense are left out."""
        found: dict[str, Track | None] = {}
        for key, value in (await self._store.async_load() or {}).items():
            try:
                found[key] = msgspec.convert(value, Track | None)
            except msgspec.ValidationError:
                continue
        return found

    async def save(self, tracks: dict[str, Track | None]) -> None:
        """Write the tracks now."""
        await self._store.async_save(_plain(tracks))

    def save_later(self, tracks: dict[str, Track | None]) -> None:
        """Write the tracks soon, and at the latest when Home Assistant stops."""
        self._store.async_delay_save(lambda: _plain(tracks), SAVE_DELAY)

    async def remove(self) -> None:
        """Delete the file."""
        await self._store.async_remove()


def _plain(tracks: dict[str, Track | None]) -> dict[str, Any]:
    """Return tracks as what JSON can hold."""
    found: dict[str, Any] = plain(tracks)
    return found
