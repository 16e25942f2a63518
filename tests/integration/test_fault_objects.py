"""Answers in which only a part is wrong, and a table of all faults."""

from datetime import timedelta
import importlib
import logging
from pathlib import Path
from typing import Any

import pytest

from emulator import scenarios
from homeassistant.helpers import device_registry as dr

from .fault_table import ROWS
from .support import EVSE, Home, place

pytestmark = pytest.mark.usefixtures("flowing")

LISTING = r"/personal/charge-points$"
README = Path(__file__).parents[2] / "README.md"
COORDINATOR = "custom_components.ev_charging_cloud.coordinator"
PROVIDERS = "custom_components.ev_charging_cloud.providers"
TENTH = "700010"


def spoil(home: Home, path: str, value: Any) -> None:
    """Let something stand somewhere in the list of charge points."""
    home.emulator.faults.add(
        "mutate",
        path=LISTING,
        operations=[{"op": "set", "path": path, "value": value}],
    )


def leave_out(home: Home, path: str) -> None:
    """Let something be missing from the list of charge points."""
    home.emulator.faults.add(
        "mutate", path=LISTING, operations=[{"op": "delete", "path": path}]
    )


def told(caplog: pytest.LogCaptureFixture, logger: str = COORDINATOR) -> list[str]:
    """Return what was told whoever reads the log."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith(logger) and record.levelno >= logging.INFO
    ]


def device_ids(home: Home) -> set[str]:
    """Return the devices of the account."""
    registry = dr.async_get(home.hass)
    found = dr.async_entries_for_config_entry(registry, home.entry.entry_id)
    return {one.id for one in found}


def statuses(home: Home) -> list[str]:
    """Return the status of each charge point of the fleet."""
    return [home.value("status", str(700001 + index)) for index in range(10)]


BROKEN = [
    pytest.param("/data/9", None, id="null-as-charge-point"),
    pytest.param("/data/9/evses", "none", id="text-as-list"),
    pytest.param("/data/9/evses/0", None, id="null-as-evse"),
    pytest.param("/data/9/evses/0/id", None, id="null-as-id"),
    pytest.param("/data/9/name", 7, id="number-as-name"),
]


@place(scenarios.fleet, charge_points=10, evses_each=1)
@pytest.mark.parametrize(("path", "value"), BROKEN)
async def test_one_broken_charge_point_costs_only_itself(
    home: Home, path: str, value: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Nine go on; the tenth keeps its values for two polls and comes back."""
    caplog.set_level(logging.INFO, COORDINATOR)
    await home.set_up()
    caplog.clear()
    spoil(home, path, value)
    for index in range(9):
        home.world.unplug(str(700001 + index))
    for _ in range(2):
        await home.poll()
        assert statuses(home) == ["available"] * 9 + ["preparing"]
    for _ in range(2):
        await home.poll()
        assert statuses(home) == ["available"] * 9 + ["unavailable"]
    assert len(told(caplog)) == 1
    home.emulator.faults.clear()
    await home.poll()
    assert statuses(home) == ["available"] * 9 + ["preparing"]
    assert told(caplog)[1:] == ["A charge point of Test operator is back"]


@pytest.mark.parametrize(
    "path",
    ["/data/0/evses/0/tariff", "/data/0/evses/0/connectors", "/data/0/location"],
)
async def test_null_where_a_part_belongs_costs_only_that_part(
    home: Home, path: str
) -> None:
    """The status goes on."""
    await home.set_up()
    spoil(home, path, None)
    home.world.unplug(EVSE)
    await home.poll()
    assert home.value("status") == "available"


async def test_a_missing_charge_point_becomes_unavailable(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """After two polls, with one line; its device stays, and it comes back."""
    caplog.set_level(logging.INFO, COORDINATOR)
    await home.set_up()
    caplog.clear()
    leave_out(home, "/data/0")
    for wanted in ("preparing", "preparing", "unavailable", "unavailable"):
        await home.poll()
        assert home.value("status") == wanted
    assert told(caplog) == ["A charge point of Test operator is missing"]
    home.emulator.faults.clear()
    await home.poll()
    assert home.value("status") == "preparing"


@place(scenarios.fleet, charge_points=3, evses_each=2, charging=6)
async def test_an_empty_list_for_one_poll_changes_nothing(home: Home) -> None:
    """Nothing is deleted, nothing becomes unavailable, nothing is reported."""
    await home.advance(60)
    await home.set_up()
    devices = device_ids(home)
    before = {one.entity_id: one.state for one in home.hass.states.async_all()}
    home.emulator.faults.add("replace", path=LISTING, body={"data": []}, count=1)
    await home.poll()
    after = {one.entity_id: one.state for one in home.hass.states.async_all()}
    assert after == before
    assert home.value("charging", "700001") == "on"
    assert device_ids(home) == devices
    await home.poll()
    assert home.value("session", "700001") == "unknown"


@pytest.mark.parametrize(
    ("path", "word"),
    [
        pytest.param("/data/0/evses/0/status", "warming up", id="evse"),
        pytest.param("/data/0/evses/0/session/status", "dreaming", id="session"),
    ],
)
async def test_an_unknown_status_word_is_unknown_and_logged_once(
    home: Home, path: str, word: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A new word of the operator stops nothing."""
    if "session" in path:
        home.world.start(EVSE, "3001")
    await home.set_up()
    spoil(home, path, word)
    for _ in range(3):
        await home.poll()
    if "session" in path:
        assert home.value("charging") == "on"
    else:
        assert home.value("status") == "unknown"
        assert home.value("plugged_in") == "unknown"
        assert home.value("is_charging") == "unknown"
    lines = [one for one in told(caplog, PROVIDERS) if "unknown word" in one]
    assert len(lines) == 1
    assert word.replace(" ", "") in lines[0]


@pytest.mark.parametrize("hours", [-9, 9, 24 * 400], ids=["slow", "fast", "a-year"])
async def test_a_wrong_clock_changes_nothing(home: Home, hours: int) -> None:
    """Home Assistant's clock is far off, and nothing is asked or renewed for it."""
    home.freezer.tick(timedelta(hours=hours))
    await home.hass.async_block_till_done()
    await home.set_up()
    assert home.value("status") == "preparing"
    await home.switch(True)
    for _ in range(4):
        await home.advance(40)
    assert home.value("charging") == "on"
    assert float(home.value("session_energy")) > 0.3
    assert home.flows() == []


async def test_a_wrong_clock_of_the_server_changes_nothing(home: Home) -> None:
    """A wait asked for as a date is measured by the answer's own date."""
    home.emulator.faults.add("date_skew", seconds=86_400)
    await home.set_up()
    await home.poll()
    assert home.value("status") == "preparing"


def readme_rows() -> list[tuple[str, ...]]:
    """Return the rows of the table in the README's section on faults."""
    section = README.read_text(encoding="utf-8").partition("\n## Faults\n")[2]
    lines = section.partition("\n## ")[0].splitlines()
    table = [line.strip("|").split("|") for line in lines if line.startswith("|")]
    return [tuple(cell.strip() for cell in row) for row in table]


@pytest.mark.skipif(not README.exists(), reason="the README is not written yet")
def test_the_readme_says_what_the_tests_prove() -> None:
    """The table is that of fault_table.py, word for word."""
    heading, _, *rows = readme_rows()
    assert heading == ("Fault", "What you see", "What happens next")
    assert rows == [(row.fault, row.seen, row.then) for row in ROWS]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.fault)
def test_each_row_of_the_table_has_a_test(row: Any) -> None:
    """A claim that nothing proves fails here."""
    assert row.proof
    for name in row.proof:
        module, _, test = name.partition(".")
        found = importlib.import_module(f"{__package__}.{module}")
        assert callable(getattr(found, test))
