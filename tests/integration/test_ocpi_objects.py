"""Bills of an operator and their charges: each stands once, with the right amount."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.ev_charging_cloud.event import SessionEvent
from custom_components.ev_charging_cloud.happenings import Happening
from custom_components.ev_charging_cloud.providers.model import CostState, Session
from emulator import EmablerProfile
from emulator.ocpi.records import began, ended
from emulator.session import Session as WorldSession
from homeassistant.core import HomeAssistant

from .party_home import (
    APP,
    AT_HOME,
    DAY,
    FREE,
    HOUR,
    MINUTE,
    RUNNING,
    PartyHome,
    Setup,
    at,
    cpo,
    issues,
    kept,
    kwh,
    party_home,
)

pytestmark = pytest.mark.usefixtures("flowing")

UNNAMED: dict[str, Any] = {"cdr_session_id": False, "cdr_reference": False}
HABITS = {
    "2.1.1": Setup(version="v2-1-1"),
    "2.1.1-twice": Setup(version="v2-1-1", ocpi=cpo(duplicate_cdrs="new_id")),
    "2.2.1": Setup(version="v2-2-1"),
    "reference-only": Setup(ocpi=cpo(cdr_session_id=False)),
    "unnamed": Setup(ocpi=cpo(**UNNAMED)),
    "unnamed-twice": Setup(ocpi=cpo(**UNNAMED, duplicate_cdrs="new_id")),
    "same-twice": Setup(ocpi=cpo(duplicate_cdrs="same_id")),
    "another-twice": Setup(ocpi=cpo(duplicate_cdrs="new_id")),
    "late-sessions": Setup(ocpi=cpo(session_delay=120, **UNNAMED)),
    "never-ended": Setup(ocpi=cpo(stuck_active=True)),
    "emabler": Setup(emabler=EmablerProfile()),
    "emabler-unnamed": Setup(emabler=EmablerProfile(**UNNAMED)),
    "emabler-2.1.1": Setup(emabler=EmablerProfile(), version="v2-1-1"),
}
EVERY_HABIT = pytest.mark.parametrize(
    "home", list(HABITS.values()), indirect=True, ids=list(HABITS)
)


@pytest.fixture
async def home(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> AsyncIterator[PartyHome]:
    """Return a Home Assistant with two tokens and one location."""
    setup = getattr(request, "param", Setup())
    async with party_home(hass, freezer, monkeypatch, setup) as found:
        yield found


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what event entities report: where, what, and of which session."""
    found: list[str] = []
    report: Callable[[SessionEvent, Happening], None] = SessionEvent._handle_happening

    def note(entity: SessionEvent, one: Happening) -> None:
        place = entity.view.evse.id.removeprefix("nl*xyz*")
        found.append(f"{place} {one.kind} {number(one.session)}")
        report(entity, one)

    monkeypatch.setattr(SessionEvent, "_handle_happening", note)
    return found


def number(session: Session) -> str:
    """Return the world's number of a session."""
    return session.id.upper().removeprefix("SES-")


def ours(home: PartyHome) -> dict[str, WorldSession]:
    """Return the world's sessions of the party's tokens."""
    return {
        key: one
        for key, one in home.world.sessions.items()
        if one.driver_id != "party-FOREIGN-1"
    }


def is_billed(home: PartyHome, session: WorldSession, row: Session) -> bool:
    """Tell whether a row has the meter's energy and the world's bill."""
    cost = row.cost
    if cost is None or cost.net is None or row.energy_kwh is None:
        return False
    net, _ = home.party.bill(session.id)
    return (
        cost.state is CostState.FINAL
        and abs(cost.net - net) < Decimal("0.0001")
        and abs(row.energy_kwh - kwh(session)) < 0.001
    )


async def unbilled(home: PartyHome) -> list[str]:
    """Return which charges are not in the ledger as they should; each is there once."""
    rows = await kept(home)
    assert rows.keys() == ours(home).keys()
    return [
        key for key, one in ours(home).items() if not is_billed(home, one, rows[key])
    ]


async def charge(home: PartyHome, *, restart: bool) -> WorldSession:
    """Charge with the app's token, with or without restarts in between."""
    session = home.world.start("EVSE-2", "party-APP-1", by="rfid")
    await home.go_on(12 * MINUTE)
    if restart:
        await home.reload()
    home.world.stop(session.id)
    home.world.unplug("EVSE-2")
    home.world.plug("EVSE-2", "party-car-2")
    await home.go_on(4 * MINUTE)
    if restart:
        await home.reload()
    return session


@pytest.mark.parametrize("restart", [False, True], ids=["on", "restarts"])
@EVERY_HABIT
async def test_every_charge_stands_once(
    home: PartyHome, told: list[str], restart: bool
) -> None:
    """With its final amount, whatever the bills name, and with one end of it told."""
    await home.set_up()
    await home.advance(MINUTE)
    home.world.stop(RUNNING)
    first = await charge(home, restart=restart)
    second = await charge(home, restart=restart)
    for _ in range(3):
        await home.go_on(20 * MINUTE)
        if restart:
            await home.reload()
    assert await unbilled(home) == []
    assert issues(home) == {}
    expected = [
        f"{place} {kind} {session.id}"
        for place in (FREE, APP)
        for session in (first, second)
        for kind in ("started", "finished")
    ]
    begun = {f"{AT_HOME} finished {RUNNING}", f"{APP} finished {RUNNING}"}
    assert sorted(one for one in told if one not in begun) == sorted(expected)
    assert len(told) == len(set(told))
    assert begun <= set(told)


@pytest.mark.parametrize("instead", [None, Decimal("0.5"), Decimal("1.25")], ids=str)
@pytest.mark.parametrize("restart", [False, True], ids=["on", "restarts"])
@pytest.mark.parametrize(
    "home",
    [
        Setup(),
        Setup(ocpi=cpo(**UNNAMED)),
        Setup(emabler=EmablerProfile()),
    ],
    indirect=True,
    ids=["named", "unnamed", "emabler"],
)
async def test_a_bill_that_is_taken_back(
    home: PartyHome, told: list[str], restart: bool, instead: Decimal | None
) -> None:
    """The charge is corrected: it costs nothing, or what it was billed anew."""
    await home.set_up()
    home.quiet()
    session = await charge(home, restart=False)
    await home.go_on(HOUR)
    assert await unbilled(home) == []
    events = list(told)
    home.party.credit(session.id, instead)
    if restart:
        await home.reload()
    await home.go_on(HOUR)
    rows = await kept(home)
    assert rows.keys() == ours(home).keys()
    row = rows[session.id]
    assert row.cost is not None
    assert row.cost.state is CostState.CORRECTED
    net, _ = home.party.bill(session.id)
    assert row.cost.net == pytest.approx(net * (instead or 0), abs=Decimal("0.0001"))
    assert row.energy_kwh == pytest.approx(kwh(session), abs=1e-3)
    cost = home.number("roaming_cost", FREE)
    assert cost == pytest.approx(float(net * (instead or 0)), abs=1e-4)
    if not restart:
        assert told == events
    assert issues(home) == {}
    if restart:
        await home.reload()
        assert (await kept(home))[session.id].cost == row.cost


@pytest.mark.parametrize("restart", [False, True], ids=["on", "restarts"])
@pytest.mark.parametrize(
    "home",
    [Setup(), Setup(version="v2-1-1"), Setup(ocpi=cpo(**UNNAMED))],
    indirect=True,
    ids=["named", "2.1.1", "unnamed"],
)
async def test_a_bill_that_comes_before_its_session(
    home: PartyHome, restart: bool
) -> None:
    """For hours, or for days: in the end there is one charge, not two."""
    home.quiet()
    await home.advance(20 * MINUTE)
    await home.set_up()
    session = home.world.start("EVSE-2", "party-APP-1", by="rfid")
    await home.advance(10 * MINUTE)
    home.world.stop(session.id)
    fault = home.emulator.faults.add(
        "mutate",
        path="sessions/?$",
        operations=[{"op": "set", "path": "/data", "value": []}],
    )
    await home.go_on(HOUR)
    assert home.asked("cdrs") > 2
    if restart:
        await home.reload()
    home.emulator.faults.clear(fault)
    await home.go_on(2 * HOUR)
    if restart:
        await home.reload()
    await home.go_on(HOUR)
    assert await unbilled(home) == []
    assert issues(home) == {}


async def test_a_session_that_is_never_listed_is_known_by_its_bill(
    home: PartyHome,
) -> None:
    """After a day it stands alone; when the session comes after all, it is that one."""
    home.quiet()
    await home.advance(20 * MINUTE)
    await home.set_up()
    session = home.world.start("EVSE-2", "party-APP-1", by="rfid")
    await home.advance(10 * MINUTE)
    home.world.stop(session.id)
    fault = home.emulator.faults.add(
        "mutate",
        path="sessions/?$",
        operations=[{"op": "set", "path": "/data", "value": []}],
    )
    await home.go_on(DAY + 2 * HOUR)
    rows = await kept(home)
    assert len(rows) == len(ours(home))
    (alone,) = [one for key, one in rows.items() if key not in ours(home)] or [
        rows[session.id]
    ]
    assert is_billed(home, session, alone)
    home.emulator.faults.clear(fault)
    await home.reload()
    await home.go_on(DAY)
    rows = await kept(home)
    assert len(rows) == len(ours(home))
    assert is_billed(
        home, session, next(one for one in rows.values() if one.key == alone.key)
    )


def bill(session: WorldSession, updated: datetime, **changes: Any) -> dict[str, Any]:
    """Return a bill that names neither its session nor its place."""
    return {
        "country_code": "NL",
        "party_id": "XYZ",
        "id": f"CDR-{session.id}",
        "start_date_time": written(began(session)),
        "end_date_time": written(ended(session) or updated),
        "cdr_token": {
            "country_code": "NL",
            "party_id": "HAX",
            "uid": "APP-1",
            "type": "APP_USER",
            "contract_id": "NL-HAX-C000001-5",
        },
        "auth_method": "WHITELIST",
        "currency": "EUR",
        "charging_periods": [],
        "total_cost": {"excl_vat": 4.2},
        "total_energy": kwh(session),
        "total_time": 0.5,
        "last_updated": written(updated),
        **changes,
    }


def written(moment: datetime) -> str:
    """Return a moment as the standard writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@at(ocpi=cpo(total="missing", link="none"))
async def test_a_bill_that_may_be_for_either_of_two_charges(home: PartyHome) -> None:
    """After a day that is said; neither gets it until it names its session."""
    home.quiet()
    await home.advance(MINUTE)
    await home.set_up()
    two = [home.world.start(f"EVSE-{one}", "party-APP-1", by="rfid") for one in (1, 2)]
    await home.go_on(30 * MINUTE)
    home.quiet()
    await home.advance(MINUTE)
    now = home.world.clock.now()
    operation = {"op": "set", "path": "/data", "value": [bill(two[0], now)]}
    fault = home.emulator.faults.add("mutate", path="cdrs", operations=[operation])
    await home.go_on(HOUR)
    await home.reload()
    await home.advance(DAY)
    await home.next_poll()
    told = {"trouble_unjoined_cdrs": {"account": "Roaming", "detail": "1"}}
    assert issues(home) == told
    rows = await kept(home)
    assert rows.keys() == ours(home).keys()
    for one in two:
        cost = rows[one.id].cost
        assert cost is not None
        assert cost.state is CostState.PROVISIONAL
    await home.reload()
    assert issues(home) == told
    home.emulator.faults.clear(fault)
    named = bill(
        two[0],
        home.world.clock.now(),
        session_id=f"SES-{two[0].id}",
        total_cost={"excl_vat": 4.3},
    )
    operation = {"op": "set", "path": "/data", "value": [named]}
    home.emulator.faults.add("mutate", path="cdrs", operations=[operation])
    await home.go_on(HOUR)
    assert issues(home) == {}
    cost = (await kept(home))[two[0].id].cost
    assert cost is not None
    assert (cost.state, cost.net) == (CostState.FINAL, Decimal("4.3"))


@at(ocpi=cpo(stuck_active=True, **UNNAMED))
async def test_sessions_that_are_never_told_to_end(
    home: PartyHome, told: list[str]
) -> None:
    """After a day in which nothing else was heard of them, their bills end them."""
    await home.set_up()
    await home.advance(MINUTE)
    home.world.stop(RUNNING)
    session = await charge(home, restart=False)
    await home.go_on(HOUR)
    await home.advance(DAY)
    await home.go_on(HOUR)
    assert await unbilled(home) == []
    assert home.value("charging", FREE) == "off"
    ends = [one for one in told if one.startswith(FREE) and "finished" in one]
    assert ends == [f"{FREE} finished {session.id}"]
    assert issues(home) == {}
