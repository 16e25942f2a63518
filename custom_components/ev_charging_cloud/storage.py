"""What the integration keeps on disk besides the config entry."""

from hashlib import sha256
from typing import Any

import msgspec

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store

from .const import DOMAIN
from .providers.errors import StorageError
from .providers.oauth import Tokens

VERSION = 1


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
