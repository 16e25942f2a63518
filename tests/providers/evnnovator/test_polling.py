"""What a poll reads, what it costs, and who pays for a failure."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
import logging
from random import Random
from typing import Any

import aiohttp
import pytest

from custom_components.ev_charging_cloud.providers.errors import (
    AuthenticationError,
    ForbiddenError,
    ProviderConnectionError,
    ProviderError,
    RateLimitError,
    ResponseError,
    ServerError,
)
from custom_components.ev_charging_cloud.providers.evnnovator.provider import policy
from custom_components.ev_charging_cloud.providers.model import Ownership, PlaceKind
from custom_components.ev_charging_cloud.providers.policy import next_poll

from ..support import closed_port
from .support import (
    LATEST,
    NOW,
    Gateway,
    account,
    cdr_answer,
    opened,
    part,
    report,
    session_answer,
    written,
)

SECOND = "sessions/driver-2/latest"
TWO = part(), part("p2", "driver-2", label=" Ida ")


async def test_each_driver_is_a_place_with_one_evse() -> None:
    """Named as the user wants it."""
    bodies: dict[str, Any] = {LATEST: session_answer(), SECOND: 404}
    async with account(bodies, *TWO) as found:
        snapshot = await found.poll()
        assert sorted(found.gateway.paths()) == [f"GET {LATEST}", f"GET {SECOND}"]
    one, two = snapshot.charge_points.values()
    assert (one.id, one.name, one.part) == ("driver_p1", "Driver", "p1")
    assert (two.id, two.name, two.part) == ("driver_p2", "Ida", "p2")
    for point in (one, two):
        assert point.kind is PlaceKind.DRIVER
        assert point.ownership is Ownership.OWN
        assert [evse.id for evse in point.evses] == [point.id]
    session = one.evses[0].session
    assert session is not None
    assert session.evse_id == "driver_p1"
    assert two.evses[0].session is None
    assert two.evses[0].status is None
    assert snapshot.broken == frozenset()
    assert snapshot.elsewhere is None


async def test_the_drivers_are_listed_after_a_proof() -> None:
    """Also where there is none yet, so that wrong credentials are noticed."""
    bodies: dict[str, Any] = {"locations/search": {"content": []}}
    async with account(bodies, *TWO) as found:
        points = await found.provider.charge_points()
        assert [one.id for one in points] == ["driver_p1", "driver_p2"]
        assert len(found.gateway.paths()) == 1
        for status, error in ((401, AuthenticationError), (403, ForbiddenError)):
            found.gateway.answers["locations/search"] = status
            with pytest.raises(error):
                await found.provider.charge_points()
        found.gateway.answers["locations/search"] = b"<html>Sign in</html>"
        with pytest.raises(ResponseError):
            await found.provider.charge_points()


@pytest.mark.parametrize(
    "answer",
    [
        404,
        204,
        b"",
        {"status_code": 1000},
        {"status_code": 1000, "data": None},
        {"status_code": "1000", "data": {}},
        {"status_code": 1000, "data": []},
        {"status_code": 1000, "data": ""},
    ],
    ids=str,
)
async def test_a_driver_without_a_session(answer: Any) -> None:
    """Is no failure, however the gateway says it."""
    async with account({LATEST: answer}) as found:
        snapshot = await found.poll()
        assert snapshot.broken == frozenset()
        assert (await found.evse()).session is None


@pytest.mark.parametrize(
    "answer",
    [
        {},
        [],
        {"data": None},
        {"status_code": 2003, "data": None},
        {"status_code": 3000, "data": session_answer()["data"]},
        b"<html>",
        400,
        403,
        500,
        302,
    ],
    ids=str,
)
async def test_another_answer_is_never_taken_for_no_session(answer: Any) -> None:
    """An end that was told cannot be taken back."""
    async with account({LATEST: answer, SECOND: session_answer()}, *TWO) as found:
        snapshot = await found.poll()
        assert snapshot.broken == {"driver_p1"}
        assert snapshot.charge_points.keys() == {"driver_p2"}
    async with account({LATEST: answer}) as found:
        with pytest.raises(ProviderError):
            await found.poll()


@pytest.mark.parametrize("data", [5, "text", [1], {"id": None}, {"id": " "}])
async def test_a_broken_session_costs_its_driver_and_nobody_else(data: Any) -> None:
    """Not even where there is no other driver."""
    answer = {"status_code": 1000, "data": data}
    async with account({LATEST: answer}) as found:
        snapshot = await found.poll()
        assert snapshot.charge_points == {}
        assert snapshot.broken == {"driver_p1"}


@pytest.mark.parametrize(
    ("status", "error"), [(401, AuthenticationError), (429, RateLimitError)]
)
async def test_what_concerns_the_account_is_raised(
    status: int, error: type[ProviderError]
) -> None:
    """Whichever driver it is that learns of it."""
    async with account({LATEST: session_answer(), SECOND: status}, *TWO) as found:
        with pytest.raises(error):
            await found.poll()


async def test_a_gateway_that_fails_for_all_is_raised() -> None:
    """There is nothing to show."""
    async with account({LATEST: 500, SECOND: 500}, *TWO) as found:
        with pytest.raises(ServerError):
            await found.poll()


async def test_a_gateway_that_is_gone_is_raised(http: aiohttp.ClientSession) -> None:
    """As a failure of the connection."""
    nobody = Gateway(url=f"http://127.0.0.1:{closed_port()}")
    with pytest.raises(ProviderConnectionError):
        await opened(http, nobody, *TWO).poll()


async def test_an_account_without_drivers_asks_for_nothing() -> None:
    """And shows nothing."""
    async with account({}, part(driver="")) as found:
        assert (await found.poll()).broken == {"driver_p1"}
        found.provider._drivers.clear()
        assert (await found.poll()).charge_points == {}
        assert found.gateway.paths() == []


@pytest.mark.parametrize("driver", ["a/b", "a b", "ü%2F?#", "..;", "a:b", "%2e%2e"])
async def test_any_id_is_one_part_of_the_path(driver: str) -> None:
    """And arrives as it was entered."""
    bodies = {f"sessions/{driver}/latest": session_answer()}
    async with account(bodies, part(driver=driver)) as found:
        assert await found.latest()


@pytest.mark.parametrize("driver", ["", " ", ".", ".."])
async def test_an_id_that_leads_elsewhere_is_not_sent(driver: str) -> None:
    """It would name another call."""
    async with account({}, part(driver=driver), TWO[1]) as found:
        assert "driver_p1" in (await found.poll()).broken
        assert found.gateway.paths() == [f"GET {SECOND}"]


async def test_an_unknown_word_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """In the log, folded."""
    async with account({LATEST: session_answer(status="LEVITATING")}) as found:
        await found.poll()
        await found.poll()
    lines = [one for one in caplog.records if one.levelno >= logging.WARNING]
    assert [one.getMessage() for one in lines] == [
        "The gateway uses an unknown word: session status levitating"
    ]


async def test_there_is_no_list_of_past_sessions() -> None:
    """Nothing is asked for, either."""
    async with account({}) as found:
        assert [page async for page in found.provider.sessions(NOW, NOW)] == []
        assert found.gateway.paths() == []


@pytest.mark.parametrize("drivers", [0, 1, 5, 20])
def test_the_budget_grows_with_the_drivers(drivers: int) -> None:
    """An hour of active polling with CDRs and commands fits."""
    found = policy(drivers)
    assert found.budget >= drivers * (timedelta(hours=1) / found.active) * 1.4
    assert found.active == timedelta(seconds=60)
    assert found.idle == timedelta(minutes=5)
    gaps = found.after_command
    assert all(first < second for first, second in pairwise(gaps))


class Day:
    """A day of one driver who charges at an operator that tells the end late."""

    def __init__(self, starts: list[tuple[float, float]]) -> None:
        """Take the hours at which charges begin, and for how long they last."""
        self.begin = datetime(2026, 1, 5, tzinfo=UTC)
        self.charges = [
            (self.begin + timedelta(hours=at), timedelta(hours=lasts))
            for at, lasts in starts
        ]

    def answers(self, now: datetime) -> dict[str, Any]:
        """Return what the gateway answers at a moment."""
        begun = [
            (number, *one) for number, one in enumerate(self.charges) if one[0] <= now
        ]
        if not begun:
            return {LATEST: 404}
        number, start, lasts = begun[-1]
        reported = min(now, start + lasts)
        kwh = round((reported - start) / timedelta(hours=1) * 7.4, 3)
        latest = report(
            reported,
            kwh,
            id=f"{number:032x}",
            session_id=str(number),
            start_datetime=written(start),
        )
        cdrs = {
            f"cdrs/session/{one}": cdr_answer(
                cdr_id=str(one),
                start_date_time=written(at),
                stop_date_time=written(at + long),
                total_energy=long / timedelta(hours=1) * 7400,
            )
            for one, at, long in begun
            if now > at + long + timedelta(minutes=20)
        }
        return {LATEST: latest, **cdrs}


async def test_a_simulated_day(record_property: Callable[[str, object], None]) -> None:
    """Requests are counted, and sessions that fell between two polls."""
    day = Day(
        [
            (7, 1.5),
            (9, 0.05),
            (9.07, 0.01),
            (12, 0.001),
            (12.005, 0.001),
            (12.01, 0.5),
            (18, 3),
        ]
    )
    rng, gaps = Random(1), policy(1)
    seen: dict[str, float] = {}
    async with account({}, now=day.begin) as found:
        while found.gateway.now < day.begin + timedelta(days=1):
            found.gateway.answers = day.answers(found.gateway.now)
            snapshot = await found.poll()
            latest = snapshot.charge_points["driver_p1"].evses[0].session
            shown = [latest] if latest else []
            for one in (*snapshot.past, *shown):
                seen[one.id] = one.energy_kwh or 0
            found.gateway.now += next_poll(
                gaps,
                now=found.gateway.now,
                active=latest is not None and latest.running,
                rng=rng,
            )
        paths = found.gateway.paths()
    polls = paths.count(f"GET {LATEST}")
    missed = len(day.charges) - len(seen)
    record_property("requests", len(paths))
    record_property("missed", missed)
    print(f"a day: {len(paths)} requests, {polls} polls, {missed} sessions missed")  # noqa: T201
    assert len(paths) - polls < 20
    assert polls < 800
    # Two begin and end within 20 seconds, while polls are minutes apart.
    assert 1 <= missed <= 2
    truth = [long / timedelta(hours=1) * 7.4 for _, long in day.charges]
    for key, kwh in seen.items():
        assert kwh == pytest.approx(truth[int(key, 16)], abs=1e-3)
