"""The ledger under Home Assistant: who opens it, who copies it, and when it fails."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
import shutil
import sqlite3
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_charging_cloud import backup, records
from custom_components.ev_charging_cloud.event import SessionEvent
from custom_components.ev_charging_cloud.happenings import Happening
from custom_components.ev_charging_cloud.ledger import Ledger, writing
from custom_components.ev_charging_cloud.providers.oauth import Tokens
from custom_components.ev_charging_cloud.storage import TokenFile
from emulator import DepotfinityProfile, Emulator, World, scenarios
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant

from .depot_home import ACCOUNT, DepotHome, depot_entry, depot_home
from .support import place

OTHER = "depotfinity_other"
one_charge = place(
    scenarios.depot,
    chargers=2,
    connectors_each=1,
    past_days=4,
    future_days=-2,
    charging=1,
    legacy_every=0,
)
pytestmark = one_charge


@pytest.fixture
async def emulator(world: World) -> AsyncIterator[Emulator]:
    """Serve the depot."""
    profile = DepotfinityProfile(insert_delay=0, token_lifetime=10**6)
    async with Emulator(world, depotfinity=profile) as found:
        yield found


@pytest.fixture
async def home(
    hass: HomeAssistant, emulator: Emulator, freezer: FrozenDateTimeFactory
) -> AsyncIterator[DepotHome]:
    """Return a Home Assistant with a depot that is not set up yet."""
    async with depot_home(hass, emulator, freezer) as found:
        yield found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the ledger is."""
    return tmp_path / records.FILE


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what event entities report, in order."""
    found: list[str] = []
    report: Callable[[SessionEvent, Happening], None] = SessionEvent._handle_happening

    def note(entity: SessionEvent, one: Happening) -> None:
        found.append(f"{one.kind} {one.session.id}")
        report(entity, one)

    monkeypatch.setattr(SessionEvent, "_handle_happening", note)
    return found


@asynccontextmanager
async def second_account(home: DepotHome) -> AsyncIterator[MockConfigEntry]:
    """Have another account that sees the same depot."""
    entry = depot_entry(home.emulator.url, realm="other")
    object.__setattr__(entry, "unique_id", OTHER)
    entry.add_to_hass(home.hass)
    tokens = Tokens(access=home.emulator.depotfinity.tokens.issue(10**6), lifetime=1e6)
    await TokenFile(home.hass, OTHER).save(tokens)
    yield entry
    if home.hass.config_entries.async_get_entry(entry.entry_id) is not None:
        await home.hass.config_entries.async_unload(entry.entry_id)
        await home.settle()


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    """Look into the ledger, beside whoever has it open."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


SESSIONS = (
    "SELECT accounts.key, session_id FROM sessions "
    "JOIN accounts ON accounts.id = sessions.account ORDER BY 1, 2"
)

# Left joins also show rows that nobody owns.
OWNERS = """
SELECT accounts.key FROM (
    SELECT account FROM sessions UNION ALL SELECT account FROM tracks
    UNION ALL SELECT account FROM outbox UNION ALL SELECT account FROM cursors
) AS everything LEFT JOIN accounts ON accounts.id = everything.account
"""


def charges(home: DepotHome, account: str = ACCOUNT) -> list[tuple[str, str]]:
    """Return all charges of the world as an account's rows."""
    return [(account, key) for key in sorted(home.world.sessions)]


async def ready(home: DepotHome, told: list[str] | None = None) -> None:
    """Set the account up, and wait until the running charge is known."""
    await home.set_up()
    await home.polls(6)
    assert home.value("status") == "charging"
    if told is not None:
        told.clear()


async def another_charge(home: DepotHome) -> str:
    """Let a charge end and another one begin; return its number."""
    await home.advance(timedelta(minutes=5))
    home.world.unplug("1-1")
    home.world.set_car("bus-1", soc_percent=30)
    home.world.plug("1-1", "bus-1")
    await home.advance(60)
    return home.world.start("1-1", "depot", by="rfid").id


# Who opens it


async def test_a_ledger_of_a_newer_version_is_left_alone(
    home: DepotHome, path: Path
) -> None:
    """The account says so in a sentence, and the file is as it was."""
    await (await Ledger.open(path)).close()
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE ledger_schema SET version = version + 1")
    connection.close()
    before = path.read_bytes()
    await home.set_up(ConfigEntryState.SETUP_ERROR)
    assert home.entry.error_reason_translation_key == "ledger_too_new"
    assert "newer version" in (home.entry.reason or "")
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.glob(f"{path.name}*")] == [path.name]
    assert home.flows() == []


async def test_a_ledger_that_cannot_be_opened_is_tried_again(
    home: DepotHome, path: Path
) -> None:
    """Its disk may come back."""
    path.mkdir()
    await home.set_up(ConfigEntryState.SETUP_RETRY)
    assert home.entry.error_reason_translation_key == "not_saved"
    path.rmdir()
    await home.reload()
    assert home.entry.state is ConfigEntryState.LOADED


async def test_two_accounts_share_one_file(home: DepotHome, path: Path) -> None:
    """Each has its own rows, though the sessions have the same keys."""
    await ready(home)
    async with second_account(home) as other:
        shared = home.hass.data[records.SHARED]
        ledger = shared.ledger
        await home.hass.config_entries.async_setup(other.entry_id)
        await home.settle()
        assert shared.ledger is ledger
        assert shared.users == 2
        everything = charges(home) + charges(home, OTHER)
        assert len(everything) >= 4
        assert rows(path, SESSIONS) == everything
        salts = rows(path, "SELECT salt FROM accounts")
        assert len(set(salts)) == 2

        await home.hass.config_entries.async_unload(home.entry.entry_id)
        await home.settle()
        assert shared.ledger is ledger
        await home.hass.config_entries.async_unload(other.entry_id)
        await home.settle()
        assert shared.ledger is None
        assert list(path.parent.glob("*-wal")) == []
        assert rows(path, SESSIONS) == everything


@pytest.mark.parametrize("loaded", [True, False], ids=["loaded", "unloaded"])
async def test_a_removed_account_leaves_only_the_other(
    home: DepotHome, path: Path, loaded: bool
) -> None:
    """Nothing of it is left, not even in the free space of the file."""
    await ready(home)
    async with second_account(home) as other:
        await home.hass.config_entries.async_setup(other.entry_id)
        await home.settle()
        if not loaded:
            await home.hass.config_entries.async_unload(home.entry.entry_id)
            await home.settle()
        await home.hass.config_entries.async_remove(home.entry.entry_id)
        await home.settle()
        assert rows(path, SESSIONS) == charges(home, OTHER)
        assert {one for (one,) in rows(path, OWNERS)} == {OTHER}
        assert rows(path, "SELECT key FROM accounts") == [(OTHER,)]
        files = [one.read_bytes() for one in path.parent.glob(f"{path.name}*")]
        assert not any(ACCOUNT.encode() in one for one in files)


# Who copies it


def copied(path: Path, folder: Path) -> list[tuple[Any, ...]]:
    """Copy the ledger as a backup does, and return the charges of the copy."""
    folder.mkdir()
    for one in path.parent.glob(f"{path.name}*"):
        shutil.copyfile(one, folder / one.name)
    found = rows(folder / path.name, "PRAGMA integrity_check")
    assert found == [("ok",)]
    return rows(folder / path.name, SESSIONS)


async def test_the_file_stands_still_while_it_is_copied(
    home: DepotHome, path: Path, tmp_path: Path
) -> None:
    """Polls go on meanwhile, and what they find is in the file afterwards."""
    await ready(home)
    before = charges(home)
    await backup.async_pre_backup(home.hass)
    content = path.read_bytes()
    # Home Assistant leaves out what stands beside the file.
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copyfile(path, alone / path.name)
    assert rows(alone / path.name, SESSIONS) == before
    for _ in range(3):
        await another_charge(home)
        await home.polls(6)
    assert path.read_bytes() == content
    assert copied(path, tmp_path / "whole") == charges(home)
    await backup.async_post_backup(home.hass)
    assert path.read_bytes() != content
    shutil.copyfile(path, alone / path.name)
    assert rows(alone / path.name, SESSIONS) == charges(home)
    await home.next_poll()
    assert home.coordinator.last_update_success


async def test_an_account_is_reloaded_while_a_backup_is_made(
    home: DepotHome, path: Path
) -> None:
    """The file still stands still."""
    await ready(home)
    await backup.async_pre_backup(home.hass)
    content = path.read_bytes()
    await another_charge(home)
    await home.reload()
    await home.polls(6)
    assert path.read_bytes() == content
    await home.reload()
    assert path.read_bytes() == content
    await backup.async_post_backup(home.hass)
    assert rows(path, SESSIONS) == charges(home)


async def test_a_backup_without_an_account(home: DepotHome, path: Path) -> None:
    """There is nothing to hold, before the first account and after the last."""
    await backup.async_pre_backup(home.hass)
    await backup.async_post_backup(home.hass)
    assert not path.exists()
    await ready(home)
    await home.hass.config_entries.async_unload(home.entry.entry_id)
    await home.settle()
    await backup.async_pre_backup(home.hass)
    await backup.async_post_backup(home.hass)
    assert rows(path, SESSIONS) == charges(home)


async def test_an_account_unloaded_during_a_backup_closes_the_file_after_it(
    home: DepotHome, path: Path
) -> None:
    """Nobody has it open in the end."""
    await ready(home)
    await backup.async_pre_backup(home.hass)
    await home.hass.config_entries.async_unload(home.entry.entry_id)
    await home.settle()
    await backup.async_post_backup(home.hass)
    assert home.hass.data[records.SHARED].ledger is None
    assert list(path.parent.glob("*-wal")) == []
    assert rows(path, SESSIONS) == charges(home)


# When it fails


class Disk:
    """A disk that can be full."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        """Stand before what writes."""
        self.full = False
        self.refused = 0
        work = getattr(writing, name)

        def write(*args: Any) -> Any:
            if self.full:
                self.refused += 1
                raise sqlite3.OperationalError("database or disk is full")
            return work(*args)

        monkeypatch.setattr(writing, name, write)


async def test_a_full_disk_loses_nothing(
    home: DepotHome,
    path: Path,
    told: list[str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is a failed poll like another; later all is there, and told once."""
    disk = Disk(monkeypatch, "record")
    await ready(home, told)
    first = home.session().id
    energy = home.value("session_energy")
    caplog.clear()

    disk.full = True
    await home.polls(2)
    assert disk.refused == 2
    assert home.value("session_energy") == energy
    assert home.value("status") == "charging"
    second = await another_charge(home)
    third = await another_charge(home)
    await home.polls(3)
    assert home.value("session_energy") == "unavailable"
    assert home.entry.state is ConfigEntryState.LOADED
    assert told == []
    errors = [one.getMessage() for one in caplog.records if one.levelname == "ERROR"]
    assert len(errors) == 1

    disk.full = False
    await home.polls(6)
    assert rows(path, SESSIONS) == charges(home)
    ends = "SELECT session_id, state FROM sessions WHERE session_id IN (?, ?, ?)"
    connection = sqlite3.connect(path)
    found = dict(connection.execute(ends, (first, second, third)).fetchall())
    connection.close()
    assert found == {first: "completed", second: "completed", third: "active"}
    assert told == [f"finished {first}", f"started {third}"]
    given = float(home.session().energy_wh) / 1000
    assert home.number("session_energy") == pytest.approx(given, abs=14)


async def test_events_that_cannot_be_taken_wait(
    home: DepotHome,
    path: Path,
    told: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They are in the ledger already: none is told twice, none is forgotten."""
    disk = Disk(monkeypatch, "take")
    await ready(home, told)
    first = home.session().id
    disk.full = True
    second = await another_charge(home)
    await home.polls(6)
    assert disk.refused >= 2
    given = float(home.session().energy_wh) / 1000
    assert home.number("session_energy") == pytest.approx(given, abs=14)
    assert told == []
    disk.full = False
    await home.polls(2)
    assert told == [f"finished {first}", f"started {second}"]
    assert rows(path, SESSIONS) == charges(home)


async def test_a_full_disk_at_the_start_is_tried_again(
    home: DepotHome, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The past that was read for it is kept when there is room."""
    disk = Disk(monkeypatch, "record")
    disk.full = True
    await home.set_up(ConfigEntryState.SETUP_RETRY)
    assert home.entry.error_reason_translation_key == "not_saved"
    assert rows(path, SESSIONS) == []
    disk.full = False
    await home.reload()
    assert home.entry.state is ConfigEntryState.LOADED
    await home.polls(6)
    assert rows(path, SESSIONS) == charges(home)
