"""Power and life from one reading to the next."""

from datetime import UTC, datetime, timedelta
import math

import pytest

from custom_components.ev_charging_cloud.providers.evnnovator.pulse import (
    FRESH,
    MOST_KW,
    Pulse,
    status,
)
from custom_components.ev_charging_cloud.providers.model import (
    EvseStatus,
    Session,
    SessionState,
)

BEGIN = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)


def minutes(count: float) -> datetime:
    """Return a moment so many minutes after the beginning."""
    return BEGIN + timedelta(minutes=count)


class Story:
    """A session of which readings are told one after the other."""

    def __init__(self) -> None:
        """Begin."""
        self._pulse = Pulse("1", BEGIN)

    def tell(
        self,
        kwh: float | None,
        reported: float | None,
        now: float | None = None,
        heard: float | None = None,
    ) -> Session:
        """Tell a reading; times are minutes, heard of when reported if not given."""
        session = Session(
            key="r/1",
            id="1",
            state=SessionState.ACTIVE,
            energy_kwh=kwh,
            reported_at=None if reported is None else minutes(reported),
        )
        heard = reported if heard is None else heard
        now = (reported or 0) if now is None else now
        when = None if heard is None else minutes(heard)
        return self._pulse.felt(session, when, minutes(now))


def test_the_first_reading_tells_no_power() -> None:
    """In use, and no more known."""
    session = Story().tell(1.0, 0)
    assert session.power_kw is None
    assert session.evse_status is EvseStatus.OCCUPIED


def test_two_readings_tell_the_power() -> None:
    """By the operator's clock, not by ours."""
    story = Story()
    story.tell(1.0, 0, now=1)
    session = story.tell(1.1, 1, now=5)
    assert session.power_kw == pytest.approx(6)
    assert session.evse_status is EvseStatus.CHARGING


def test_power_is_held_while_no_new_report_comes() -> None:
    """But not for long."""
    story = Story()
    story.tell(1.0, 0)
    story.tell(1.1, 1)
    held = FRESH / timedelta(minutes=1)
    assert story.tell(1.1, 1, now=1 + held).power_kw == pytest.approx(6)
    session = story.tell(1.1, 1, now=1.1 + held)
    assert session.power_kw is None
    assert session.evse_status is EvseStatus.OCCUPIED
    assert not session.stale


def test_energy_that_stands_still_in_the_reports_is_no_power() -> None:
    """A measured zero needs reports that go on."""
    story = Story()
    story.tell(1.0, 0)
    story.tell(1.1, 1)
    assert story.tell(1.1, 2).power_kw == pytest.approx(6)
    session = story.tell(1.1, 3)
    assert session.power_kw == 0
    assert session.evse_status is EvseStatus.SUSPENDED


def test_energy_that_moves_again_counts_from_the_standstill_on() -> None:
    """The pause does not thin out the power."""
    story = Story()
    for minute in range(10):
        story.tell(1.0, minute)
    assert story.tell(1.1, 10).power_kw == pytest.approx(6, rel=0.6)
    assert story.tell(1.2, 11).power_kw == pytest.approx(6)


def test_energy_that_falls_is_a_correction() -> None:
    """The power is not known, and then counts from there."""
    story = Story()
    story.tell(1.0, 0)
    story.tell(1.1, 1)
    assert story.tell(1.05, 2).power_kw is None
    assert story.tell(1.15, 3).power_kw == pytest.approx(6)


def test_a_power_that_no_car_takes_is_not_known() -> None:
    """A meter that jumps is no power."""
    story = Story()
    story.tell(1.0, 0)
    assert story.tell(1.0 + MOST_KW / 60 + 1, 1).power_kw is None


def test_reports_near_to_each_other_are_taken_together() -> None:
    """Rounded energy over a second says nothing."""
    story = Story()
    story.tell(1.0, 0)
    assert story.tell(1.01, 1 / 60).power_kw is None
    assert story.tell(1.1, 1).power_kw == pytest.approx(6)


def test_after_a_silence_the_power_is_not_known() -> None:
    """Nobody knows when the energy flowed."""
    story = Story()
    story.tell(1.0, 0)
    story.tell(1.1, 1)
    assert story.tell(1.1, 1, now=40).stale
    session = story.tell(9.0, 480)
    assert not session.stale
    assert session.power_kw is None
    assert story.tell(9.1, 481).power_kw == pytest.approx(6)


def test_a_stale_session_tells_neither_power_nor_status() -> None:
    """Plugged in is not known either."""
    story = Story()
    story.tell(1.0, 0)
    story.tell(1.1, 1)
    session = story.tell(1.1, 1, now=31.1)
    assert (session.stale, session.power_kw, session.evse_status) == (True, None, None)
    assert session.running


def test_energy_that_grows_is_life_whatever_the_clocks_say() -> None:
    """An operator's clock that is an hour late."""
    story = Story()
    assert story.tell(1.0, -60, now=0).stale
    session = story.tell(1.1, -59, now=1)
    assert not session.stale
    assert session.power_kw == pytest.approx(6)


def test_a_session_without_any_date_is_stale_when_nothing_changes() -> None:
    """Counted from when it was seen first."""
    story = Story()
    assert not story.tell(1.0, None, now=30).stale
    assert story.tell(1.0, None, now=30.1).stale


def test_unknown_energy_forgets_the_power() -> None:
    """And what comes after counts from there."""
    story = Story()
    story.tell(1.0, 0)
    story.tell(1.1, 1)
    assert story.tell(None, 2).power_kw is None
    assert story.tell(1.2, 3).power_kw is None
    assert story.tell(1.3, 4).power_kw == pytest.approx(6)


def test_power_is_always_possible() -> None:
    """Whatever the meter does."""
    story = Story()
    for minute in range(200):
        kwh = abs(math.sin(minute) * 10 ** (minute % 9))
        power = story.tell(kwh, minute).power_kw
        assert power is None or 0 <= power <= MOST_KW


@pytest.mark.parametrize("state", [one for one in SessionState if one != "active"])
def test_only_an_active_session_tells_what_the_evse_does(state: SessionState) -> None:
    """The others do not know."""
    assert status(Session(key="r/1", id="1", state=state), 5.0) is None
