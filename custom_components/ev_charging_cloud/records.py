"""The one ledger of this Home Assistant, open while an account needs it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import logging
from pathlib import Path

from homeassistant.const import EVENT_HOMEASSISTANT_CLOSE
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .ledger import Ledger

_LOGGER = logging.getLogger(__name__)

# Home Assistant's backups leave out the files that SQLite keeps beside a ".db".
FILE = f"{DOMAIN}.db"
BROKEN = "ledger_broken"


@dataclass(kw_only=True, slots=True)
class Shared:
    """The ledger, how many need it, and whether a backup copies it now."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    ledger: Ledger | None = None
    users: int = 0
    held: bool = False

    async def close(self, _: Event | None = None) -> None:
        """Close the ledger."""
        if self.ledger is not None:
            await self.ledger.close()
            self.ledger = None


SHARED: HassKey[Shared] = HassKey(f"{DOMAIN}_ledger")


def ledger_path(hass: HomeAssistant) -> Path:
    """Return where the ledger is."""
    return Path(hass.config.path(FILE))


def _shared(hass: HomeAssistant) -> Shared:
    """Return what is shared, made where nobody needed it so far."""
    if (shared := hass.data.get(SHARED)) is None:
        shared = hass.data[SHARED] = Shared()
        hass.bus.async_listen_once(EVENT_HOMEASSISTANT_CLOSE, shared.close)
    return shared


async def async_acquire(hass: HomeAssistant) -> Ledger:
    """Return the ledger, opened if nobody needed it so far.

    Raises `LedgerError` where the file cannot be used.
    """
    shared = _shared(hass)
    async with shared.lock:
        if shared.ledger is None:
            shared.ledger = await Ledger.open(ledger_path(hass))
            _tell_of_a_broken_file(hass, shared.ledger)
            if shared.held:
                await shared.ledger.hold()
        shared.users += 1
        return shared.ledger


async def async_release(hass: HomeAssistant) -> None:
    """Close the ledger if this was the last who needed it."""
    shared = hass.data[SHARED]
    async with shared.lock:
        shared.users -= 1
        if not shared.users and not shared.held:
            await shared.close()


@asynccontextmanager
async def borrowed(hass: HomeAssistant) -> AsyncIterator[Ledger]:
    """Have the ledger for a moment."""
    ledger = await async_acquire(hass)
    try:
        yield ledger
    finally:
        await async_release(hass)


async def async_hold(hass: HomeAssistant) -> None:
    """Keep the file unchanged, whatever accounts do, until it is let go."""
    shared = _shared(hass)
    async with shared.lock:
        shared.held = True
        if shared.ledger is not None:
            await shared.ledger.hold()


async def async_let_go(hass: HomeAssistant) -> None:
    """Let the file change again, and close it if nobody needs it any more."""
    shared = _shared(hass)
    async with shared.lock:
        shared.held = False
        if shared.ledger is None:
            return
        try:
            await shared.ledger.release()
        finally:
            if not shared.users:
                await shared.close()


def _tell_of_a_broken_file(hass: HomeAssistant, ledger: Ledger) -> None:
    """Say that past sessions are missing, because their file could not be read."""
    if ledger.aside is None:
        return
    _LOGGER.error("The ledger could not be read and was put aside")
    ir.async_create_issue(
        hass,
        DOMAIN,
        BROKEN,
        is_fixable=False,
        is_persistent=True,
        severity=ir.IssueSeverity.ERROR,
        translation_key=BROKEN,
        translation_placeholders={"file": ledger.aside.name},
    )
