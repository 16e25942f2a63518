"""One broken object costs that object only."""

import logging
from typing import Any

import pytest

from custom_components.ev_charging_cloud.providers.model import EvseStatus, Snapshot
from emulator import SimulatedClock, scenarios

from .support import START, Account, signed_in

LISTING = r"/personal/charge-points$"
BROKEN = [
    pytest.param("/evses/1/id", None, id="evse-id-null"),
    pytest.param("/evses/1/id", {"a": 1}, id="evse-id-object"),
    pytest.param("/evses", "none", id="evses-text"),
    pytest.param("/evses/0", None, id="evse-null"),
    pytest.param("/evses/0/session", [], id="session-list"),
    pytest.param("/evses/0/session/id", None, id="session-id-null"),
    pytest.param("/evses/2/connectors", {"a": 1}, id="connectors-object"),
    pytest.param("/name", {"en": "x"}, id="name-object"),
    pytest.param("/evses/0/status", 7, id="status-number"),
]
NULLABLE = [
    "/evses",
    "/evses/0/session",
    "/evses/0/session/currency",
    "/evses/0/session/smartCharging",
    "/evses/0/session/lastPeriod",
    "/evses/0/session/chargingPeriods",
    "/evses/0/session/status",
    "/evses/0/session/startedAt",
    "/evses/0/tariff",
    "/evses/0/tariff/pricing",
    "/evses/0/connectors",
    "/location",
    "/smart_charging",
    "/scheduling_intervals",
    "/subscription",
    "/last_month_energy_kwh",
]


async def spoiled(path: str, value: Any) -> tuple[Snapshot, Snapshot]:
    """Return ten charge points as they are, and with the fifth one changed."""
    world = scenarios.fleet(SimulatedClock(START), 10, 3, charging=15)
    async with signed_in(world) as account:
        clean = await account.provider.snapshot()
        change = {"op": "set", "path": f"/data/4{path}", "value": value}
        account.emulator.faults.add("mutate", path=LISTING, operations=[change])
        return clean, await account.provider.snapshot()


@pytest.mark.parametrize(("path", "value"), BROKEN)
async def test_one_broken_charge_point_among_ten(path: str, value: Any) -> None:
    """Nine stay as they are, and the tenth is named."""
    clean, found = await spoiled(path, value)
    del clean.charge_points["CP0000005"]
    assert len(found.charge_points) == 9
    assert found.charge_points == clean.charge_points
    assert found.broken == {"CP0000005"}
    assert found.unreadable == 0


@pytest.mark.parametrize("value", [None, 7, "x", [], {}, {"id": None}], ids=repr)
async def test_a_charge_point_without_a_name_is_counted(value: Any) -> None:
    """What has no id cannot be named, only counted."""
    clean, found = await spoiled("", value)
    del clean.charge_points["CP0000005"]
    assert found.charge_points == clean.charge_points
    assert (found.broken, found.unreadable) == (frozenset(), 1)


@pytest.mark.parametrize("path", NULLABLE)
async def test_null_where_an_object_belongs_breaks_nothing(path: str) -> None:
    """A null is "not known": the charge point stays, and so do all others."""
    clean, found = await spoiled(path, None)
    assert found.broken == frozenset()
    assert set(found.charge_points) == set(clean.charge_points)
    del clean.charge_points["CP0000005"], found.charge_points["CP0000005"]
    assert found.charge_points == clean.charge_points


async def test_null_currency_costs_the_cost_only() -> None:
    """Without a currency an amount says nothing, but the session is there."""
    clean, found = await spoiled("/evses/0/session/currency", None)
    session = found.charge_points["CP0000005"].evses[0].session
    whole = clean.charge_points["CP0000005"].evses[0].session
    assert session is not None
    assert whole is not None
    assert whole.cost is not None
    assert session.cost is None
    assert session.energy_kwh == whole.energy_kwh


@pytest.mark.parametrize(
    "value", ["levitating", "", "unknown", "pending", "ready"], ids=repr
)
async def test_an_unknown_status_is_not_known(account: Account, value: str) -> None:
    """A word that is not in the table leads to no status, not to a wrong one."""
    change = {"op": "set", "path": "/data/0/evses/0/status", "value": value}
    account.emulator.faults.add("mutate", path=LISTING, operations=[change])
    found = await account.provider.snapshot()
    assert found.charge_points["CP0012345"].evses[0].status is None
    assert found.broken == frozenset()


async def test_an_unknown_status_is_logged_once(
    account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    """Two polls, one line."""
    change = {"op": "set", "path": "/data/0/evses/0/status", "value": "Levitating"}
    account.emulator.faults.add("mutate", path=LISTING, operations=[change])
    with caplog.at_level(logging.INFO):
        await account.provider.snapshot()
        await account.provider.snapshot()
    lines = [one for one in caplog.messages if "levitating" in one]
    assert lines == ["The operator uses an unknown word: EVSE status levitating"]


@pytest.mark.parametrize("value", ["", "unknown", None], ids=repr)
async def test_saying_nothing_is_not_logged(
    account: Account, caplog: pytest.LogCaptureFixture, value: str | None
) -> None:
    """No status and "unknown" are no news."""
    change = {"op": "set", "path": "/data/0/evses/0/status", "value": value}
    account.emulator.faults.add("mutate", path=LISTING, operations=[change])
    with caplog.at_level(logging.WARNING):
        await account.provider.snapshot()
    assert caplog.messages == []


async def test_status_words_come_in_any_spelling(account: Account) -> None:
    """Case, blanks, hyphens and underscores do not matter."""
    for spelling in ("Out Of Order", "OUT_OF_ORDER", "out-of-order", "outoforder"):
        change = {"op": "set", "path": "/data/0/evses/0/status", "value": spelling}
        fault = account.emulator.faults.add("mutate", path=LISTING, operations=[change])
        found = await account.provider.snapshot()
        assert found.charge_points["CP0012345"].evses[0].status is EvseStatus.FAULTED
        account.emulator.faults.clear(fault)
