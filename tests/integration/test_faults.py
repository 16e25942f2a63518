"""What polling makes of each fault of a back end, over a real socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
import logging
from typing import Any

import pytest

from homeassistant.config_entries import ConfigEntryState

from .support import Home

pytestmark = pytest.mark.usefixtures("impatient")

LISTING = r"/personal/charge-points$"
COORDINATOR = "custom_components.ev_charging_cloud.coordinator"


@dataclass
class Fault:
    """A fault, the text that names it, and how often a read is tried."""

    id: str
    kind: str
    key: str
    options: dict[str, Any] = field(default_factory=dict)

    @asynccontextmanager
    async def strikes(self, home: Home) -> AsyncIterator[None]:
        """Let the fault strike at every read of the charge points."""
        if self.kind == "refused":
            await home.emulator.stop()
            yield
            await home.emulator.start()
            return
        fault = home.emulator.faults.add(self.kind, path=LISTING, **self.options)
        yield
        home.emulator.faults.clear(fault)


def status(code: int, key: str) -> Fault:
    """Return the fault of one HTTP status."""
    return Fault(f"http-{code}", "status", key, {"status": code})


def envelope(name: str, body: Any) -> Fault:
    """Return the fault of one answer instead of the list."""
    return Fault(name, "replace", "unexpected_answer", {"body": body})


def listed(path: str) -> dict[str, Any]:
    """Return the options that put null somewhere into the list."""
    return {"operations": [{"op": "set", "path": path, "value": None}]}


FAULTS = [
    status(403, "forbidden"),
    status(404, "unexpected_answer"),
    status(406, "unexpected_answer"),
    status(429, "rate_limited"),
    status(500, "server_error"),
    status(503, "server_error"),
    Fault("time-out", "hang", "timeout_connect"),
    Fault("refused", "refused", "cannot_connect"),
    Fault("reset", "reset", "cannot_connect"),
    Fault("reset-mid-body", "reset_mid_body", "cannot_connect"),
    Fault("truncated-json", "truncated", "unexpected_answer"),
    Fault("html", "html", "unexpected_answer"),
    Fault("redirect-to-login", "redirect", "unexpected_answer"),
    Fault("body-of-32-mib", "huge", "unexpected_answer"),
    Fault("gzip-bomb", "gzip_bomb", "unexpected_answer"),
    Fault("deep-nesting", "nested", "unexpected_answer"),
    envelope("null-as-answer", None),
    Fault("null-as-list", "mutate", "unexpected_answer", listed("/data")),
]
EACH_FAULT = pytest.mark.parametrize("fault", FAULTS, ids=lambda one: one.id)


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the coordinator told whoever reads the log."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.name == COORDINATOR and record.levelno >= logging.INFO
    ]


@EACH_FAULT
async def test_values_stay_for_two_failed_polls(home: Home, fault: Fault) -> None:
    """The third one makes every entity of the charge point unavailable."""
    await home.set_up()
    async with fault.strikes(home):
        for _ in range(2):
            await home.poll()
            assert home.value("status") == "preparing"
            assert home.value("charging") == "off"
        await home.poll()
        shown = {
            entity.unique_id: state.state
            for entity in home.entities()
            if "_evse_148964_" in entity.unique_id
            and (state := home.hass.states.get(entity.entity_id)) is not None
        }
        assert len(shown) >= 8
        assert set(shown.values()) == {"unavailable"}


@EACH_FAULT
async def test_the_account_recovers_by_itself(home: Home, fault: Fault) -> None:
    """The first planned poll after the fault brings everything back."""
    await home.set_up()
    async with fault.strikes(home):
        for _ in range(3):
            await home.poll()
        assert home.value("status") == "unavailable"
    await home.next_poll()
    assert home.value("status") == "preparing"
    assert home.value("charging") == "off"
    assert home.entry.state is ConfigEntryState.LOADED
    assert not home.flows()


@EACH_FAULT
async def test_an_outage_is_logged_once_and_its_end_once(
    home: Home, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    """However long it lasts; the first line says what is wrong."""
    caplog.set_level(logging.INFO, COORDINATOR)
    await home.set_up()
    caplog.clear()
    async with fault.strikes(home):
        for _ in range(2):
            await home.poll()
        assert told(caplog) == []
        for _ in range(3):
            await home.poll()
        assert len(told(caplog)) == 1
        assert told(caplog)[0].startswith("Error fetching Test operator data:")
    await home.poll()
    assert told(caplog)[1:] == ["Fetching Test operator data recovered"]


@EACH_FAULT
async def test_a_fault_at_the_start_is_tried_again(home: Home, fault: Fault) -> None:
    """The page of integrations says what is wrong, and set-up works later."""
    async with fault.strikes(home):
        await home.set_up(ConfigEntryState.SETUP_RETRY)
        assert home.entry.error_reason_translation_key == fault.key
    await home.advance(60)
    assert home.entry.state is ConfigEntryState.LOADED
    assert home.value("status") == "preparing"


async def test_two_faults_in_a_row_do_not_add_up_over_a_success(home: Home) -> None:
    """Failed polls are counted anew after each one that worked."""
    await home.set_up()
    for _ in range(3):
        fault = home.emulator.faults.add("html", path=LISTING)
        await home.poll()
        await home.poll()
        home.emulator.faults.clear(fault)
        assert home.value("status") == "preparing"
        await home.poll()


@pytest.mark.parametrize("form", ["seconds", "date"])
async def test_the_next_poll_waits_as_long_as_asked(home: Home, form: str) -> None:
    """Both forms of Retry-After count, and nothing is asked before."""
    await home.set_up()
    until = format_datetime(home.emulator.clock.now() + timedelta(hours=1), usegmt=True)
    headers = {"Retry-After": "3600" if form == "seconds" else until}
    home.emulator.faults.add("status", status=429, headers=headers, path=LISTING)
    await home.poll()
    home.emulator.faults.clear()
    home.emulator.requests.clear()
    await home.advance(1800)
    await home.advance(1790)
    assert home.asked("charge_points") == 0
    await home.advance(60)
    assert home.asked("charge_points") == 1


async def test_a_wait_asked_for_at_the_start_is_kept(home: Home) -> None:
    """Set-up is not tried again before (where Home Assistant can wait)."""
    headers = {"Retry-After": "3600"}
    home.emulator.faults.add("status", status=429, headers=headers, path=LISTING)
    await home.set_up(ConfigEntryState.SETUP_RETRY)
    assert home.asked("charge_points") == 1


async def test_polling_slows_down_while_it_fails(home: Home) -> None:
    """From half a minute the gaps double up to five minutes."""
    await home.set_up()
    home.emulator.faults.add("html", path=LISTING)
    gaps = []
    for _ in range(6):
        await home.poll()
        interval = home.coordinator.update_interval
        assert interval is not None
        gaps.append(interval.total_seconds())
    # A tenth either way is jitter; the full hour, and what is near it, is left out.
    for gap, wanted in zip(gaps, (30, 60, 120, 240, 300, 300), strict=True):
        assert wanted * 0.9 <= gap <= wanted * 1.1 + 30


async def test_a_read_is_tried_three_times(home: Home) -> None:
    """A fault that passes is not seen at all."""
    await home.set_up()
    home.emulator.requests.clear()
    home.emulator.faults.add("status", status=503, path=LISTING, count=2)
    await home.poll()
    assert home.asked("charge_points") == 3
    assert home.coordinator.last_update_success
    assert home.value("status") == "preparing"
