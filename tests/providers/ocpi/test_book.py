"""What is remembered of sessions from list to list, and what they feel like."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from custom_components.ev_charging_cloud.providers.model import (
    EvseStatus,
    Session,
    SessionState,
)
from custom_components.ev_charging_cloud.providers.ocpi.book import Book
from custom_components.ev_charging_cloud.providers.ocpi.mapping import Reading

from .support import MINUTE, NOW

RAW = msgspec.Raw(b"{}")
HOUR = timedelta(hours=1)


def reading(name: str = "1", kwh: float | None = 1.0, **changes: Any) -> Reading:
    """Return a running session at an EVSE; ``after`` is when it was updated."""
    after = changes.pop("after", timedelta())
    state = changes.pop("state", SessionState.ACTIVE)
    begun = changes.pop("begun", timedelta())
    values: dict[str, Any] = {
        "updated_at": NOW + after,
        "owner": None,
        "foreign": False,
        "location": None,
        "location_id": "L",
        "evse_uid": "E",
        "connector_id": "1",
        "token": "uid-a",
        "tokens": frozenset({"uid-a", "contract"}),
        "reference": None,
        "power_kw": None,
        "tariff_ids": (),
        "currency": "EUR",
        "zero_cost": False,
        **changes,
    }
    session = Session(
        key=name,
        id=name,
        state=state,
        evse_id="l/e",
        started_at=NOW + begun,
        energy_kwh=kwh,
        power_kw=None if state is SessionState.ACTIVE else 0.0,
    )
    return Reading(session=session, **values)


def arrange(book: Book, now: datetime) -> None:
    """Choose what to show, all in one."""
    for _ in book.arrange(now):
        pass


def shown(book: Book, now: timedelta) -> Session:
    """Return the session at the EVSE."""
    arrange(book, NOW + now)
    known = book.at("l/e")
    assert known is not None
    return known.session(NOW + now)


def test_what_comes_again_is_no_news() -> None:
    """Neither the same state nor an older one."""
    book = Book()
    assert book.add(reading(after=MINUTE), RAW, NOW)
    assert not book.add(reading(after=MINUTE), RAW, NOW)
    assert not book.add(reading(kwh=0.5), RAW, NOW)
    assert book.add(reading(kwh=2.0, after=2 * MINUTE), RAW, NOW)


def test_an_end_is_not_taken_back_by_the_same_moment() -> None:
    """Two pages may show a session before and after its end with one moment."""
    book = Book()
    over = reading(state=SessionState.COMPLETED)
    assert book.add(over, RAW, NOW)
    assert not book.add(reading(), RAW, NOW)


def test_an_ended_session_that_nobody_shows_is_recognised() -> None:
    """Lists overlap, and it is forgotten apart from that."""
    book = Book()
    old = reading("old", state=SessionState.COMPLETED, begun=-HOUR)
    assert book.add(old, RAW, NOW)
    assert book.add(reading("new", state=SessionState.COMPLETED), RAW, NOW)
    arrange(book, NOW)
    assert book.get("old") is None
    assert not book.add(old, RAW, NOW)


def test_who_lives_is_shown_before_who_began_later() -> None:
    """A newer session that has ended does not hide a running one."""
    book = Book()
    book.add(reading("runs", begun=-HOUR), RAW, NOW)
    book.add(reading("over", state=SessionState.COMPLETED), RAW, NOW)
    assert shown(book, MINUTE).key == "runs"


def test_a_silent_session_makes_room_for_a_later_one() -> None:
    """Half a day without a word."""
    book = Book()
    book.add(reading("silent", begun=-HOUR), RAW, NOW)
    later = NOW + 13 * HOUR
    over = reading(
        "over", state=SessionState.COMPLETED, begun=12 * HOUR, after=13 * HOUR
    )
    book.add(over, RAW, later)
    assert shown(book, 13 * HOUR).key == "over"
    assert book.get("silent") is not None


def test_cards_with_one_contract_show_their_own_sessions() -> None:
    """A contract counts only where no other card is named."""
    book = Book()
    book.add(reading("a"), RAW, NOW)
    other: dict[str, Any] = {
        "token": "uid-b",
        "tokens": frozenset({"uid-b", "contract"}),
    }
    book.add(reading("b", begun=MINUTE, **other), RAW, NOW)
    arrange(book, NOW)
    names = ("uid-a", "contract")
    mine = book.of("uid-a", names, {"uid-b"})
    assert mine is not None
    assert mine.reading.session.key == "a"
    assert book.of("uid-c", ("uid-c", "contract"), {"uid-a", "uid-b"}) is None
    theirs = book.of("uid-c", ("uid-c", "contract"), set())
    assert theirs is not None
    assert theirs.reading.session.key == "b"


@pytest.mark.parametrize(
    ("kwh", "after", "power", "status"),
    [
        # 1 kWh in 6 minutes.
        (2.0, 6 * MINUTE, 10.0, EvseStatus.CHARGING),
        # A standstill that lasts.
        (1.0, 6 * MINUTE, 0.0, EvseStatus.SUSPENDED),
        # Too near to each other to tell anything.
        (1.1, timedelta(seconds=10), None, EvseStatus.OCCUPIED),
        # A correction downwards.
        (0.5, 6 * MINUTE, None, EvseStatus.OCCUPIED),
        # What no car takes.
        (999.0, MINUTE, None, EvseStatus.OCCUPIED),
        (None, 6 * MINUTE, None, EvseStatus.OCCUPIED),
    ],
)
def test_power_from_two_reports(
    kwh: float | None, after: timedelta, power: float | None, status: EvseStatus
) -> None:
    """The growth of energy over the time between them (8.4)."""
    book = Book()
    book.add(reading(), RAW, NOW)
    book.add(reading(kwh=kwh, after=after), RAW, NOW + after)
    session = shown(book, after)
    assert session.power_kw == (None if power is None else pytest.approx(power))
    assert session.evse_status is status


def test_power_that_the_operator_tells_comes_first() -> None:
    """And lasts for two polls, not longer."""
    book = Book()
    book.add(reading(power_kw=7.4), RAW, NOW)
    assert shown(book, 2 * MINUTE).power_kw == 7.4
    assert shown(book, 2 * MINUTE + timedelta(seconds=21)).power_kw is None


def test_a_power_that_was_old_when_it_came_is_not_shown() -> None:
    """The first reading may be from long ago."""
    book = Book()
    book.add(reading(power_kw=7.4), RAW, NOW + HOUR)
    assert shown(book, HOUR).power_kw is None
    book.add(reading(power_kw=7.4, kwh=2.0, after=MINUTE), RAW, NOW + HOUR)
    assert shown(book, HOUR).power_kw == 7.4


@pytest.mark.parametrize(
    ("state", "fresh", "silent"),
    [
        (SessionState.ACTIVE, 12 * HOUR, 12 * HOUR + MINUTE),
        (SessionState.PENDING, HOUR, HOUR + MINUTE),
    ],
)
def test_how_long_a_session_may_be_silent(
    state: SessionState, fresh: timedelta, silent: timedelta
) -> None:
    """One that has not begun says soon that it will not."""
    book = Book()
    book.add(reading(state=state), RAW, NOW)
    assert not shown(book, fresh).stale
    session = shown(book, silent)
    assert session.stale
    assert session.running
    assert session.evse_status is None
    assert book.oldest_open(NOW + fresh) == NOW
    assert book.oldest_open(NOW + silent) is None
