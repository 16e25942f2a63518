"""An operator shows sessions of other cards and parties: whose they are stays unknown."""

from collections.abc import AsyncIterator, Iterator
import json
import logging
from pathlib import Path
import sqlite3
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from sqlalchemy import select

from custom_components.ev_charging_cloud import records
from custom_components.ev_charging_cloud.diagnostics import (
    async_get_config_entry_diagnostics,
)
from emulator import EmablerProfile
from homeassistant.components.recorder import Recorder, get_instance
from homeassistant.components.recorder.db_schema import Base
from homeassistant.components.recorder.util import session_scope
from homeassistant.const import MATCH_ALL
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from .party_home import (
    APP_PART,
    CABLE,
    FREE,
    MINUTE,
    TOKEN,
    PartyHome,
    Setup,
    at,
    cpo,
    issues,
    kept,
    party_home,
)

pytestmark = pytest.mark.usefixtures("flowing")

# A card of the same party that the user has not entered, and one of another party.
OTHERS = ("04AABBCC", "NL-HAX-C000002-4", "FOREIGN-1", "NL-OTH-C000009-1")
OURS = (TOKEN, "ZGVtby10b2tlbi00Mg==", "APP-1", "NL-HAX-C000001-5")
# These see every request as it is: the emulator's own, and its HTTP server's.
THEIRS = ("aiohttp.access", "aiohttp.server", "emulator")
ONE: dict[str, Any] = {"parts": {"app": APP_PART}, "included": (1, 2)}
EVERY_WAY = pytest.mark.parametrize(
    "home",
    [
        Setup(version="v2-1-1", ocpi=cpo(foreign_sessions=True), **ONE),
        Setup(ocpi=cpo(foreign_sessions=True), **ONE),
        Setup(
            ocpi=cpo(
                foreign_sessions=True, cdr_session_id=False, duplicate_cdrs="new_id"
            ),
            **ONE,
        ),
        Setup(emabler=EmablerProfile(foreign_sessions=True), **ONE),
    ],
    indirect=True,
    ids=["2.1.1", "2.3.0", "unnamed-bills", "emabler"],
)


@pytest.fixture
async def home(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> AsyncIterator[PartyHome]:
    """Return a Home Assistant with one token."""
    setup = getattr(request, "param", Setup(**ONE))
    async with party_home(hass, freezer, monkeypatch, setup) as found:
        yield found


@pytest.fixture
def heard(hass: HomeAssistant) -> list[str]:
    """Return all events of Home Assistant's bus as text."""
    found: list[str] = []

    @callback
    def note(event: Event[Any]) -> None:
        found.append(f"{event.event_type} {event.data}")

    hass.bus.async_listen(MATCH_ALL, note)
    return found


async def recorded(home: PartyHome) -> list[str]:
    """Return every row of the recorder's database as text."""
    recorder = get_instance(home.hass)

    def read() -> list[str]:
        with session_scope(hass=home.hass, read_only=True) as session:
            return [
                str(tuple(row))
                for table in Base.metadata.sorted_tables
                for row in session.execute(select(table))
            ]

    found: list[str] = await recorder.async_add_executor_job(read)
    return found


def logged(caplog: pytest.LogCaptureFixture) -> Iterator[str]:
    """Yield what was logged, but for what the emulator's side logs."""
    for one in caplog.records:
        if not one.name.startswith(THEIRS):
            yield f"{one.name} {one.getMessage()} {one.exc_text or ''}"


def ledger_rows(path: Path) -> list[str]:
    """Return every row of the ledger as text, cursors and tracks too."""
    connection = sqlite3.connect(path / records.FILE)
    try:
        return [one for one in connection.iterdump() if one.startswith("INSERT")]
    finally:
        connection.close()


def files(path: Path) -> str:
    """Return all that is in the ledger's files."""
    found = sorted(path.glob(f"{records.FILE}*"))
    return b"".join(one.read_bytes() for one in found).decode(errors="replace")


async def live_through(home: PartyHome) -> None:
    """Have charges of everybody begin, end and be billed, and try to stop them."""
    home.world.start("EVSE-2", "party-04AABBCC", by="rfid")
    await home.advance(2 * MINUTE)
    await home.set_up()
    await home.advance(2 * MINUTE)
    await home.poll()
    if home.has("charging", FREE):
        assert home.value("charging", FREE) == "unavailable"
        commands = home.entry.runtime_data.commands
        with pytest.raises(Exception, match="not yours"):
            await commands.stop(f"{home.owner}loc-1", home.full(FREE))
    home.quiet()
    await home.until_billed()
    await home.reload()
    home.world.start("EVSE-2", "party-04AABBCC", by="rfid")
    home.world.start("EVSE-3", "party-FOREIGN-1", by="rfid")
    await home.advance(5 * MINUTE)
    await home.poll()


@EVERY_WAY
async def test_nothing_tells_who_the_others_are(
    recorder_mock: Recorder,
    home: PartyHome,
    heard: list[str],
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    """Not states, attributes, diagnostics, logs, recorder, events, ledger, cursors."""
    caplog.set_level(logging.DEBUG)
    await live_through(home)
    report = await async_get_config_entry_diagnostics(home.hass, home.entry)
    await async_wait_recording_done(home.hass)
    tables = ledger_rows(tmp_path)
    rows = await recorded(home)
    devices = dr.async_entries_for_config_entry(
        dr.async_get(home.hass), home.entry.entry_id
    )
    places = {
        "states": str([one.as_dict() for one in home.hass.states.async_all()]),
        "diagnostics": json.dumps(report),
        "log": "\n".join(logged(caplog)),
        "recorder": "\n".join(rows),
        "events": "\n".join(heard),
        "registries": str(home.entities()) + str(devices),
        "ledger": str(await kept(home)),
        "rows": "\n".join(tables),
        "files": files(tmp_path),
        "issues": str(issues(home)),
    }
    sizes = ", ".join(f"{name} {len(text)}" for name, text in places.items())
    print(f"\nread for the others' identity: {sizes}")  # noqa: T201
    assert "station_1" in places["states"]
    assert "session_energy" in places["recorder"]
    assert len(rows) > 100
    assert len(heard) > 50
    assert "ev_charging_cloud" in places["log"]
    kinds = {one.split('"')[1] for one in tables}
    assert kinds >= {"sessions", "tracks", "cursors"}
    assert "bills" in places["rows"]
    assert len(await kept(home)) >= 4
    assert len(places["files"]) > 10_000
    for name, text in places.items():
        assert not [one for one in OTHERS if one.casefold() in text.casefold()], name


async def test_a_report_names_nobody(
    home: PartyHome, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even the account's own token, in what users send with an issue."""
    caplog.set_level(logging.DEBUG)
    await home.set_up()
    await home.switch(True, FREE)
    await home.press("register", "token_app")
    await home.advance(MINUTE)
    await home.switch(False, FREE)
    await home.until_billed()
    report = json.dumps(await async_get_config_entry_diagnostics(home.hass, home.entry))
    reference = home.sent("start")[0]["authorization_reference"]
    callback_url = home.sent("start")[0]["response_url"]
    text = "\n".join(
        one for one in logged(caplog) if one.startswith("custom_components")
    )
    assert text
    for known in (*OURS, reference, callback_url):
        assert known not in report
        assert known not in text
    for known in ("Phone", "Station", "NL*XYZ", "SES-", "LOC-1", home.emulator.url):
        assert known not in report


@at(ocpi=cpo(foreign_sessions=True), **ONE)
async def test_sessions_of_another_party_are_left_out(home: PartyHome) -> None:
    """They are not shown, not kept and not controlled; that they come is said."""
    await home.set_up()
    foreign = {
        key
        for key, one in home.world.sessions.items()
        if one.driver_id == "party-FOREIGN-1"
    }
    assert len(foreign) == 2
    assert home.value("charging", CABLE) == "off"
    assert home.value("session_energy", CABLE) == "unknown"
    assert not foreign & (await kept(home)).keys()
    found = issues(home)
    assert found == {"trouble_foreign_sessions": {"account": "Roaming", "detail": "2"}}
    home.emulator.switch("ocpi", foreign_sessions=False)
    await home.reload()
    assert issues(home) == {}
