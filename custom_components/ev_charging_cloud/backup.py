"""Let Home Assistant's backups hold a consistent copy of the ledger."""

from homeassistant.core import HomeAssistant

from .records import async_hold, async_let_go


async def async_pre_backup(hass: HomeAssistant) -> None:
    """Keep the ledger's file unchanged while it is copied."""
    await async_hold(hass)


async def async_post_backup(hass: HomeAssistant) -> None:
    """Let the ledger's file change again."""
    await async_let_go(hass)
