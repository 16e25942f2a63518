"""When the next poll comes, and when a public session is looked for."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from custom_components.ev_charging_cloud.providers.ampeco.elsewhere import (
    ElsewhereWatch,
)
from custom_components.ev_charging_cloud.providers.ampeco.provider import AmpecoProvider
from custom_components.ev_charging_cloud.providers.model import Session, SessionState
from custom_components.ev_charging_cloud.providers.policy import PollPolicy, next_poll
from emulator import Profile, SimulatedClock, scenarios

from .support import START, Account, signed_in

QUIET = datetime(2025, 3, 30, 14, 20, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
POLICY = AmpecoProvider.policy
STRICT = PollPolicy(
    active=30 * SECOND,
    idle=5 * MINUTE,
    after_command=(5 * SECOND, 10 * SECOND),
    elsewhere=5 * MINUTE,
    budget=100,
    jitter=0.0,
)


def wait(
    *,
    active: bool = False,
    failures: int = 0,
    retry_after: float | None = None,
    used: int = 0,
) -> timedelta:
    """Return the wait of a policy without jitter, far from the full hour."""
    return next_poll(
        STRICT,
        now=QUIET,
        active=active,
        failures=failures,
        retry_after=retry_after,
        used=used,
        rng=Random(1),
    )


def test_ampecos_cadence_is_the_agreed_one() -> None:
    """30 s while charging, 5 min otherwise (fact sheet ampeco 15)."""
    assert (POLICY.active, POLICY.idle) == (30 * SECOND, 5 * MINUTE)
    assert POLICY.elsewhere == 5 * MINUTE


def test_reads_after_a_command_come_at_growing_gaps() -> None:
    """The first ones at 5 s and 15 s (fact sheet ampeco 14)."""
    gaps = POLICY.after_command
    assert list(gaps[:2]) == [5 * SECOND, 10 * SECOND]
    assert list(gaps) == sorted(set(gaps))
    assert POLICY.command_limit == sum(gaps, timedelta())


@pytest.mark.parametrize(
    ("active", "expected"), [(True, 30 * SECOND), (False, 5 * MINUTE)]
)
def test_the_cadence_follows_what_happens(active: bool, expected: timedelta) -> None:
    """Often while something runs, rarely otherwise."""
    assert wait(active=active) == expected


@pytest.mark.parametrize(
    ("used", "expected"), [(99, 30 * SECOND), (100, 5 * MINUTE), (101, 5 * MINUTE)]
)
def test_a_spent_budget_slows_down(used: int, expected: timedelta) -> None:
    """The number of requests an hour has a bound."""
    assert wait(active=True, used=used) == expected


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(1, 30), (2, 60), (3, 120), (4, 240), (5, 300), (6, 300), (10_000, 300)],
)
def test_failures_double_the_wait_up_to_the_idle_one(
    failures: int, seconds: int
) -> None:
    """A back end that is down is asked less and less."""
    assert wait(active=True, failures=failures) == timedelta(seconds=seconds)
    assert wait(active=False, failures=failures) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("asked", "seconds"), [(None, 30), (0, 30), (29, 30), (31, 31), (600, 600)]
)
def test_the_back_ends_wish_is_the_least_wait(
    asked: float | None, seconds: int
) -> None:
    """It never makes a poll come earlier."""
    assert wait(active=True, retry_after=asked) == timedelta(seconds=seconds)


def test_jitter_spreads_polls_on_both_sides() -> None:
    """Installations that started together drift apart."""
    rng = Random(7)
    waits = [
        next_poll(POLICY, now=QUIET, active=True, rng=rng).total_seconds()
        for _ in range(500)
    ]
    assert 27 <= min(waits) < 28
    assert 32 < max(waits) <= 33


def test_no_poll_starts_around_the_full_hour() -> None:
    """Whatever the moment, the next poll is at least 15 s from the hour."""
    rng = Random(3)
    for second in range(0, 7200, 7):
        now = QUIET + second * SECOND
        for active in (True, False):
            moment = now + next_poll(POLICY, now=now, active=active, rng=rng)
            since = timedelta(minutes=moment.minute, seconds=moment.second)
            since += timedelta(microseconds=moment.microsecond)
            assert 15 * SECOND <= since <= 60 * MINUTE - 15 * SECOND


def test_clear_of_the_hour_never_means_earlier() -> None:
    """A wish for a wait stays fulfilled."""
    now = datetime(2025, 3, 30, 14, 58, tzinfo=UTC)
    found = next_poll(STRICT, now=now, active=True, retry_after=115, rng=Random(1))
    assert found == timedelta(seconds=135)


def test_a_public_session_is_looked_for_every_five_minutes() -> None:
    """And not at each poll while there is none."""
    watch = ElsewhereWatch(5 * MINUTE, available=True)
    looks = []
    for now in range(0, 1200, 30):
        if watch.due(now):
            looks.append(now)
            watch.found(())
    assert looks == [0, 300, 600, 900]


def test_a_running_public_session_is_read_at_every_poll() -> None:
    """Until it is over."""
    watch = ElsewhereWatch(5 * MINUTE, available=True)
    assert watch.due(0)
    watch.found((Session(key="x/1", id="1", state=SessionState.ACTIVE),))
    assert all(watch.due(now) for now in (30, 60, 90))
    watch.found(())
    assert not watch.due(120)
    assert watch.due(390)


def test_an_operator_without_the_call_is_never_asked() -> None:
    """What is known from the catalogue needs no try."""
    watch = ElsewhereWatch(5 * MINUTE, available=False)
    assert not any(watch.due(now) for now in range(0, 3600, 30))


def test_a_call_that_turns_out_to_be_absent_is_not_tried_again() -> None:
    """One 404 that names the route is enough."""
    watch = ElsewhereWatch(5 * MINUTE, available=True)
    assert watch.due(0)
    watch.missing(0, absent=True, at_home=False)
    assert not any(watch.due(now) for now in range(30, 36_000, 30))


def test_a_call_that_misses_a_session_at_home_rests_for_a_day() -> None:
    """Where it exists it shows that session too; three misses in a row are enough."""
    watch = ElsewhereWatch(5 * MINUTE, available=True)
    looks = []
    for now in range(0, 2 * 86_400, 300):
        if watch.due(now):
            looks.append(now)
            watch.missing(now, absent=False, at_home=True)
    assert looks[:4] == [0, 300, 600, 600 + 86_400]


def test_a_call_that_finds_nothing_while_nothing_runs_is_asked_on() -> None:
    """A 404 then says that there is no session."""
    watch = ElsewhereWatch(5 * MINUTE, available=True)
    for now in range(0, 3600, 300):
        assert watch.due(now)
        watch.missing(now, absent=False, at_home=False)


async def test_a_public_session_is_found_and_followed() -> None:
    """Figures are those of the world's meter."""
    world = scenarios.public(SimulatedClock(START))
    seconds = [0.0]
    async with signed_in(world, monotonic=lambda: seconds[0]) as account:
        account.emulator.clock.advance(20 * MINUTE)
        for poll in range(4):
            seconds[0] = poll * 30
            snapshot = await account.provider.snapshot()
            assert snapshot.elsewhere is not None
            (session,) = snapshot.elsewhere
        meter = world.meter("800500").sessions[session.id]
        assert session.energy_kwh == pytest.approx(float(meter) / 1000, abs=0.001)
        assert session.evse_identifier == "6400"
        assert account.asked("session_active") == 4


async def test_the_own_chargers_session_is_not_elsewhere(account: Account) -> None:
    """It is among the charge points already."""
    await account.provider.start("CP0012345", "148964")
    snapshot = await account.provider.snapshot()
    assert snapshot.elsewhere == ()
    assert account.asked("session_active") == 1


async def test_without_a_public_session_one_request_makes_a_snapshot() -> None:
    """Nine polls in four minutes: nine reads and one look elsewhere."""
    seconds = [0.0]
    async with signed_in(monotonic=lambda: seconds[0]) as account:
        for poll in range(9):
            seconds[0] = poll * 30
            snapshot = await account.provider.snapshot()
            assert snapshot.elsewhere == (() if poll == 0 else None)
        assert account.asked("charge_points") == 9
        assert account.asked("session_active") == 1


@pytest.mark.parametrize("kind", ["status", "html", "reset", "nested"])
async def test_a_failing_look_elsewhere_costs_nothing_else(
    account: Account, kind: str
) -> None:
    """The own charge points are read, and elsewhere is not known."""
    account.emulator.faults.add(kind, path="/session/active$")
    snapshot = await account.provider.snapshot()
    assert snapshot.charge_points
    assert snapshot.elsewhere is None


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        ({"message": "No active session."}, 3),
        ({"message": "The route session/active could not be found."}, 1),
        ("<html>Not Found</html>", 1),
    ],
    ids=["no-session", "no-route", "no-json"],
)
async def test_the_kind_of_404_tells_whether_to_ask_again(
    body: object, asked: int
) -> None:
    """No session now, or no such call ever (fact sheet ampeco 15)."""
    seconds = [0.0]
    async with signed_in(monotonic=lambda: seconds[0]) as account:
        account.emulator.faults.add(
            "status", path="/session/active$", status=404, body=body
        )
        for poll in range(3):
            seconds[0] = poll * 300.0
            assert not (await account.provider.snapshot()).elsewhere
        assert account.asked("session_active") == asked


async def test_megatel_is_never_asked_for_a_public_session() -> None:
    """Its route is gone (fact sheet ampeco 6.7)."""
    profile = Profile(active_route=False)
    async with signed_in(profile=profile, brand="megatel") as account:
        assert (await account.provider.snapshot()).elsewhere is None
        assert account.asked("session_active") == 0
        assert "elsewhere" not in account.provider.capabilities


async def test_requests_of_the_last_hour_are_counted() -> None:
    """Older ones do not count against the budget."""
    seconds = [0.0]
    async with signed_in(monotonic=lambda: seconds[0]) as account:
        transport = account.provider.transport
        await account.provider.charge_points()
        seconds[0] = 1800.0
        await account.provider.charge_points()
        assert transport.last_hour == 2
        seconds[0] = 3700.0
        assert transport.last_hour == 1
        seconds[0] = 9000.0
        assert (transport.last_hour, transport.total) == (0, 2)
