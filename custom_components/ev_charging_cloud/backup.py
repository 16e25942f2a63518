"""Let Home Assistant's backups hold a consistent copy of the ledger."""

from homeassistant.core import HomeAssistant

from .records import open_ledger


async def async_pre_backup(hass: HomeAssistant) -> None:
    """Keep the ledger's file unchanged while it is copied."""
    if (ledger := open_ledger(hass)) is not None:
        await ledger.hold()


async def async_post_backup(hass: HomeAssistant) -> None:
    """Let the ledger's file change again."""
    if (ledger := open_ledger(hass)) is not None:
        await ledger.release()
