"""The decisions about sessions, as pure functions."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from custom_components.ev_charging_cloud.const import ELSEWHERE
from custom_components.ev_charging_cloud.elsewhere import elsewhere, with_elsewhere
from custom_components.ev_charging_cloud.happenings import Kind, happenings
from custom_components.ev_charging_cloud.providers.model import (
    ChargePoint,
    Cost,
    CostState,
    Evse,
    EvseStatus,
    PlaceKind,
    Session,
    SessionState,
    Snapshot,
)
from custom_components.ev_charging_cloud.tracking import (
    LAST_ATTEMPT,
    Track,
    ended,
    follow,
    merged,
    settle,
    vanished,
)
from custom_components.ev_charging_cloud.view import EvseView

NOW = datetime(2025, 3, 30, 14, 33, 49, tzinfo=UTC)
HOUR = timedelta(hours=1)
RUNNING_COST = Cost(currency="DKK", state=CostState.RUNNING, gross=Decimal(7))
NO_COST = Cost(currency="DKK", state=CostState.RUNNING, gross=Decimal(0))
RUNNING = Session(
    key="drivee/1",
    id="1",
    state=SessionState.ACTIVE,
    started_at=NOW,
    duration=HOUR,
    energy_kwh=4.0,
    power_kw=11.0,
    cost=RUNNING_COST,
)


def session(**changes: Any) -> Session:
    """Return the running session with changes."""
    return msgspec.structs.replace(RUNNING, **changes)


OVER = session(state=SessionState.COMPLETED, power_kw=0.0)
NEXT = session(key="drivee/2", id="2", started_at=NOW + HOUR)


def track(**changes: Any) -> Track:
    """Return the track of the running session with changes."""
    return Track(**{"session": RUNNING, "first_start": NOW, **changes})


@pytest.mark.parametrize(
    ("before", "seen", "expected"),
    [
        pytest.param(None, None, False, id="never-one"),
        pytest.param(None, RUNNING, False, id="a-first-one"),
        pytest.param(track(), RUNNING, False, id="still-there"),
        pytest.param(track(), None, True, id="gone"),
        pytest.param(track(), NEXT, True, id="another-one"),
        pytest.param(track(session=OVER), None, False, id="was-over"),
        pytest.param(track(session=OVER), NEXT, False, id="was-over-before-another"),
    ],
)
def test_only_a_running_session_can_vanish(
    before: Track | None, seen: Session | None, expected: bool
) -> None:
    """Its end then has to be read."""
    assert vanished(before, seen) is expected


def test_without_a_session_there_is_nothing_to_follow() -> None:
    """And nothing begins."""
    assert follow(None, None, NOW) is None


def test_the_last_session_is_remembered() -> None:
    """Its figures stand until the next one begins."""
    over = track(session=OVER)
    assert follow(over, None, NOW + HOUR) is over


def test_a_first_session_begins_at_its_start() -> None:
    """Its own start is better than the moment it was seen."""
    assert follow(None, RUNNING, NOW + HOUR) == track()


def test_a_session_without_a_start_begins_when_it_is_seen() -> None:
    """Statistics need a beginning."""
    found = follow(None, session(started_at=None), NOW + HOUR)
    assert found is not None
    assert found.first_start == NOW + HOUR


def test_a_corrected_start_does_not_move_the_beginning() -> None:
    """The session has the new start, the count the old one."""
    found = follow(track(), session(started_at=NOW - HOUR), NOW)
    assert found is not None
    assert found.session.started_at == NOW - HOUR
    assert found.first_start == NOW


def test_another_session_remembers_the_one_before_for_one_reading() -> None:
    """So that its end can be told and written."""
    found = follow(track(session=OVER), NEXT, NOW)
    assert found is not None
    assert found.predecessor == OVER
    assert found.first_start == NEXT.started_at
    later = follow(found, NEXT, NOW)
    assert later is not None
    assert later.predecessor is None
    assert follow(found, None, NOW) == later


def test_a_late_reading_does_not_revive_a_session() -> None:
    """A back end that lags shows it as running for a while."""
    over = track(session=OVER)
    assert follow(over, RUNNING, NOW) is over


def test_a_read_end_replaces_the_last_figures() -> None:
    """The back end's own figures count."""
    final = session(state=SessionState.COMPLETED, energy_kwh=4.2)
    assert settle(track(attempts=2), final) == track(session=final)


def test_an_end_that_cannot_be_read_is_first_only_stale() -> None:
    """The session still counts as running, with unknown power."""
    found = settle(track(), None)
    assert found.session.running
    assert found.session.stale
    assert found.session.power_kw is None
    assert found.attempts == 1


def test_after_the_last_attempt_a_session_is_taken_as_over() -> None:
    """With the figures that were known."""
    found = track()
    for _ in range(LAST_ATTEMPT):
        found = settle(found, None)
    assert found.session.state is SessionState.COMPLETED
    assert found.session.energy_kwh == 4.0
    assert not found.session.stale
    assert found.session.cost is not None
    assert found.session.cost.state is CostState.PROVISIONAL


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        pytest.param(OVER, OVER, id="already-over"),
        pytest.param(
            session(cost=None),
            session(cost=None, state=SessionState.COMPLETED, power_kw=0.0),
            id="without-a-cost",
        ),
        pytest.param(
            session(cost=Cost(currency="DKK", state=CostState.FINAL)),
            session(
                cost=Cost(currency="DKK", state=CostState.FINAL),
                state=SessionState.COMPLETED,
                power_kw=0.0,
            ),
            id="with-a-final-cost",
        ),
    ],
)
def test_ending_a_session_changes_only_what_ends(
    one: Session, expected: Session
) -> None:
    """Nothing is made up."""
    assert ended(one) == expected


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        pytest.param({"energy_kwh": 0.0}, "energy_kwh", id="energy-zero"),
        pytest.param({"energy_kwh": None}, "energy_kwh", id="energy-unknown"),
        pytest.param({"cost": NO_COST}, "cost", id="cost-zero"),
        pytest.param({"cost": None}, "cost", id="cost-unknown"),
        pytest.param({"started_at": None}, "started_at", id="start-unknown"),
        pytest.param({"duration": timedelta()}, "duration", id="duration-zero"),
    ],
)
def test_a_newer_reading_does_not_fall_back_to_nothing(
    changes: dict[str, Any], kept: str
) -> None:
    """Inside one session."""
    assert getattr(merged(RUNNING, session(**changes)), kept) == getattr(RUNNING, kept)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"energy_kwh": 3.9}, id="corrected-energy"),
        pytest.param({"state": SessionState.FAILED}, id="state"),
        pytest.param({"power_kw": None}, id="unknown-power"),
    ],
)
def test_a_newer_reading_counts_otherwise(changes: dict[str, Any]) -> None:
    """A back end may correct itself, also downwards."""
    assert merged(RUNNING, session(**changes)) == session(**changes)


def kinds(old: Track | None, new: Track | None) -> list[str]:
    """Return what happened, as words."""
    return [f"{one.kind} {one.session.id}" for one in happenings(old, new)]


FAILED = session(state=SessionState.FAILED)
HAPPENINGS = [
    pytest.param(None, None, [], id="nothing"),
    pytest.param(None, track(), ["started 1"], id="start"),
    pytest.param(track(), track(), [], id="goes-on"),
    pytest.param(track(), track(session=OVER), ["finished 1"], id="end"),
    pytest.param(track(), track(session=FAILED), ["failed 1"], id="failure"),
    pytest.param(track(session=OVER), track(session=OVER), [], id="still-over"),
    pytest.param(
        None, track(session=OVER), ["started 1", "finished 1"], id="short-one"
    ),
    pytest.param(
        track(),
        track(session=NEXT, predecessor=OVER),
        ["finished 1", "started 2"],
        id="end-and-start",
    ),
    pytest.param(
        track(session=OVER),
        track(session=NEXT, predecessor=OVER),
        ["started 2"],
        id="start-after-an-end",
    ),
    pytest.param(
        track(),
        track(session=session(key="drivee/2", id="2", state=SessionState.COMPLETED)),
        ["started 2", "finished 2"],
        id="a-short-one-instead",
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), HAPPENINGS)
def test_what_happened_follows_from_two_readings(
    old: Track | None, new: Track | None, expected: list[str]
) -> None:
    """Each happening once."""
    assert kinds(old, new) == expected


def test_the_kinds_are_those_of_the_event_entity() -> None:
    """A new kind needs a text."""
    assert [kind.value for kind in Kind] == ["started", "finished", "failed"]


def view(evse: Evse, one: Session | None = None, place: str = "CP1") -> EvseView:
    """Return an EVSE as entities see it."""
    kind = PlaceKind.ELSEWHERE if place == ELSEWHERE else PlaceKind.CHARGE_POINT
    point = ChargePoint(id=place, name="Garage", kind=kind, evses=(evse,))
    return EvseView(
        charge_point=point, evse=evse, track=None if one is None else track(session=one)
    )


@pytest.mark.parametrize(
    ("status", "one", "power"),
    [
        (EvseStatus.CHARGING, RUNNING, 11.0),
        (EvseStatus.CHARGING, session(stale=True), None),
        (EvseStatus.CHARGING, None, None),
        (None, None, None),
        (EvseStatus.AVAILABLE, None, 0.0),
        (EvseStatus.FINISHING, OVER, 0.0),
        (EvseStatus.CHARGING, OVER, None),
    ],
)
def test_power_is_known_or_unknown_but_never_made_up(
    status: EvseStatus | None, one: Session | None, power: float | None
) -> None:
    """A charger that charges without a session that anybody sees has some power."""
    assert view(Evse(id="1", status=status), one).power_kw == power


@pytest.mark.parametrize(
    ("evse", "one", "percent"),
    [
        (Evse(id="1", vehicle_battery_percent=40.0), None, 40.0),
        (Evse(id="1"), None, None),
        (Evse(id="1"), session(vehicle_battery_percent=41.0), 41.0),
        (Evse(id="1"), session(vehicle_battery_percent=41.0, state="completed"), None),
    ],
)
def test_the_battery_is_that_of_the_connected_car(
    evse: Evse, one: Session | None, percent: float | None
) -> None:
    """The charger's word comes before that of the session."""
    assert view(evse, one).vehicle_battery_percent == percent


def test_elsewhere_power_is_zero_without_a_session() -> None:
    """Nobody charges there."""
    assert view(Evse(id=ELSEWHERE), None, ELSEWHERE).power_kw == 0.0


def test_the_place_elsewhere_stays_as_it_was_where_nobody_asked() -> None:
    """A poll that does not ask says nothing."""
    before = elsewhere(RUNNING)
    snapshot = Snapshot(charge_points={})
    assert with_elsewhere(snapshot, before).charge_points == {ELSEWHERE: before}
    assert with_elsewhere(snapshot, None).charge_points == {ELSEWHERE: elsewhere(None)}


@pytest.mark.parametrize(("seen", "one"), [((RUNNING,), RUNNING), ((), None)])
def test_the_place_elsewhere_shows_what_was_found(
    seen: tuple[Session, ...], one: Session | None
) -> None:
    """Or that there is nothing."""
    snapshot = Snapshot(charge_points={}, elsewhere=seen)
    found = with_elsewhere(snapshot, elsewhere(NEXT))
    assert found.charge_points == {ELSEWHERE: elsewhere(one)}
