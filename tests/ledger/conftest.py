"""A ledger in a file of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from custom_components.ev_charging_cloud.ledger import AccountLedger, Ledger


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the ledger is."""
    return tmp_path / "ledger.db"


@pytest.fixture
async def ledger(path: Path) -> AsyncIterator[Ledger]:
    """Return an open ledger."""
    found = await Ledger.open(path)
    yield found
    await found.close()


@pytest.fixture
async def account(ledger: Ledger) -> AccountLedger:
    """Return what is kept of an account."""
    return await ledger.account("mine")
