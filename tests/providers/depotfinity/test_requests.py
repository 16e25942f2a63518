"""How many requests a large depot costs."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import accumulate
import json
from random import Random
from typing import Any

import aiohttp
import pytest

from custom_components.ev_charging_cloud.providers.depotfinity.budget import Allowance
from custom_components.ev_charging_cloud.providers.model import EvseStatus
from custom_components.ev_charging_cloud.providers.policy import next_poll
from custom_components.ev_charging_cloud.providers.transport import Answer
from emulator import SimulatedClock

from .support import HOUR, MINUTE, NOON, open_provider, settings

CONNECTORS = 300
POWER_W = 150_000


class Paper:
    """A depot of 300 connectors on paper, which answers without a network."""

    def __init__(self, clock: SimulatedClock, charges: int, seed: int = 1) -> None:
        """Plan the charges of three days, one after the other at each connector."""
        self.clock = clock
        self.counts: dict[str, int] = {}
        self.moments: list[datetime] = []
        random = Random(seed)
        self.charges: list[tuple[int, int, datetime, datetime]] = []
        free: dict[int, datetime] = {}
        for number in range(3 * charges):
            connector = random.randrange(CONNECTORS)
            evening = random.gauss(21, 3) % 24
            start = NOON + timedelta(days=number % 3 - 2, hours=evening - 12)
            start = max(start, free.get(connector, start))
            end = start + random.uniform(20, 180) * MINUTE
            free[connector] = end + 10 * MINUTE
            self.charges.append((number, connector, start, end))
        self.by_connector: dict[int, list[tuple[int, int, datetime, datetime]]] = {}
        for charge in self.charges:
            self.by_connector.setdefault(charge[1], []).append(charge)

    def running(self, at: datetime) -> int:
        """Return how many charges are under way."""
        return sum(start <= at < end for *_, start, end in self.charges)

    async def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        **_: Any,
    ) -> Answer:
        """Answer a request."""
        self.moments.append(self.clock.now())
        kind = path.split("/")[1]
        self.counts[kind] = self.counts.get(kind, 0) + 1
        query = dict(params or {})
        body: Any = {"items": []}
        if kind == "transactions":
            body = self.transactions(query)
        elif kind == "chargerStatus":
            body = {"items": [self.status(self.connector(path))]}
        elif kind == "timeSeries":
            body = {"items": self.series(self.connector(path), query)}
        return Answer(status=200, headers={}, body=json.dumps(body).encode())

    @staticmethod
    def connector(path: str) -> int:
        """Return the number of the connector that a path names."""
        parts = path.split("/")
        charger = int(parts[parts.index("chargers") + 1].removeprefix("CH-"))
        return 2 * charger + int(parts[parts.index("connectors") + 1]) - 1

    def transactions(self, query: Mapping[str, str]) -> list[dict[str, Any]]:
        """Return a page of transactions."""
        now = self.clock.now()
        first, last = (datetime.fromisoformat(query[key]) for key in ("from", "to"))
        rows = []
        for number, connector, start, end in self.charges:
            ended = end if end <= now else None
            reach = (start, ended or now)
            if query["filterBy"] == "StartAt":
                reach = (start, start)
            if start > now or reach[1] < first or reach[0] >= last:
                continue
            rows.append(
                {
                    "TransactionID": number,
                    "ChargerID": f"CH-{connector // 2}",
                    "ConnectorID": connector % 2 + 1,
                    "StartAt": start.isoformat(),
                    "EndAt": ended and ended.isoformat(),
                    "EnergyDelivered": 1000,
                }
            )
        rows.sort(key=lambda row: str(row["StartAt"]))
        skip = 100 * (int(query["page"]) - 1)
        return rows[skip : skip + 100]

    def status(self, connector: int) -> dict[str, Any]:
        """Return what a connector does; buses stay where they have charged."""
        now = self.clock.now()
        charges = self.by_connector.get(connector, ())
        charging = any(start <= now < end for *_, start, end in charges)
        waits = any(end <= now < end + 4 * HOUR for *_, end in charges)
        word = "Charging" if charging else "Finishing" if waits else "Available"
        return {"timeStamp": now.isoformat(), "status": word, "errorCode": "NoError"}

    def series(self, connector: int, query: Mapping[str, str]) -> list[dict[str, str]]:
        """Return the last value of a counter or of the power."""
        now = self.clock.now()
        energy = 10**6 * 1.0
        for *_, start, end in self.by_connector.get(connector, ()):
            lasted = max(timedelta(), min(now, end) - start)
            energy += POWER_W * lasted / HOUR
        if query["measurand"].startswith("ActivePower"):
            energy = POWER_W
        if query["measurand"].endswith("Export"):
            energy = 0
        return [{"timeStamp": now.isoformat(), "value": str(energy)}]


async def day(http: aiohttp.ClientSession, charges: int, hours: int = 24) -> Paper:
    """Let an account poll as Home Assistant does, and return the depot."""
    clock = SimulatedClock(NOON)
    paper = Paper(clock, charges)
    provider = open_provider(http, clock, settings("http://127.0.0.1:1"))
    transport = provider.transport

    async def send(*args: Any, **kwargs: Any) -> Answer:
        transport.total += 1
        transport._moments.append(clock.now().timestamp())
        return await paper.send(*args, **kwargs)

    transport._send = send  # type: ignore[method-assign]
    rng, ages, polls = Random(2), [], 0
    while clock.now() < NOON + hours * HOUR:
        snapshot = await provider.snapshot()
        polls += 1
        evses = [
            one for point in snapshot.charge_points.values() for one in point.evses
        ]
        if clock.now() > NOON + 6 * HOUR:
            ages += [clock.now() - one.status_at for one in evses if one.status_at]
        wait = next_poll(
            provider.policy,
            now=clock.now(),
            active=any(one.session and one.session.running for one in evses),
            used=transport.last_hour,
            rng=rng,
        )
        clock.advance(wait)
    await provider.close()
    oldest = max(ages, default=timedelta()) / HOUR
    total = sum(paper.counts.values())
    print(  # noqa: T201
        f"\n{CONNECTORS} connectors, {charges} charges a day, {hours} h: {polls} polls, "
        f"{total} requests {paper.counts}, oldest status {oldest:.1f} h"
    )
    return paper


def allowed(paper: Paper, hours: int) -> list[tuple[float, int]]:
    """Return, for each hour that begins at a minute, what was allowed and what came."""
    minutes = [NOON + n * MINUTE for n in range(hours * 60 + 1)]
    running = [0.0, *accumulate(2.0 * paper.running(at) for at in minutes)]
    came = [0] * len(minutes)
    for at in paper.moments:
        came[min(int((at - NOON) / MINUTE), len(came) - 1)] += 1
    sums = [0, *accumulate(came)]
    return [
        (120 + running[n + 60] - running[n], sums[n + 60] - sums[n])
        for n in range(len(minutes) - 60)
    ]


@pytest.mark.parametrize("charges", [0, 40, 250])
async def test_300_connectors_within_their_requests(
    http: aiohttp.ClientSession, charges: int
) -> None:
    """120 an hour, and 2 a minute for each running charge, in whichever hour."""
    hours = 24 if charges < 100 else 10
    paper = await day(http, charges, hours)
    if not charges:
        assert sum(paper.counts.values()) <= 120 * hours
    for most, came in allowed(paper, hours):
        assert came <= most
    if charges:
        spent = sum(paper.counts.values())
        assert paper.counts["timeSeries"] > 0.3 * spent


async def test_a_running_charge_is_read_about_each_minute(
    http: aiohttp.ClientSession,
) -> None:
    """The budget is there to be used."""
    paper = await day(http, 40, 12)
    minutes = sum(paper.running(NOON + n * MINUTE) for n in range(12 * 60))
    assert paper.counts["timeSeries"] > 0.7 * minutes


async def test_every_connector_gets_its_turn(http: aiohttp.ClientSession) -> None:
    """With 300 entered connectors none is forgotten, and each says how old it is."""
    clock = SimulatedClock(NOON)
    paper = Paper(clock, 0)
    text = "; ".join(f"CH-{n}:1,2" for n in range(CONNECTORS // 2))
    kept = settings("http://127.0.0.1:1", chargers=text)
    provider = open_provider(http, clock, kept)
    provider.transport._send = paper.send  # type: ignore[method-assign]

    async def send(*args: Any, **kwargs: Any) -> Answer:
        provider.transport.total += 1
        return await paper.send(*args, **kwargs)

    provider.transport._send = send  # type: ignore[method-assign]
    for _ in range(5 * 12):
        snapshot = await provider.snapshot()
        clock.advance(5 * MINUTE)
    evses = [one for point in snapshot.charge_points.values() for one in point.evses]
    assert len(evses) == CONNECTORS
    for one in evses:
        assert one.status is EvseStatus.AVAILABLE
        assert one.status_at is not None
        assert clock.now() - one.status_at < 5 * HOUR
    assert sum(paper.counts.values()) <= 5 * 120


def test_the_allowance_is_saved_up_to_a_point() -> None:
    """A pause does not end in a flood."""
    seconds = [0.0]
    allowance = Allowance(lambda: seconds[0])
    assert allowance.left == 20
    allowance.spend(30)
    assert allowance.left == -10
    seconds[0] = 3600
    allowance.refill(0)
    assert allowance.left == 20
    assert allowance.per_hour == 120
    allowance.refill(3)
    assert allowance.left == 26
    seconds[0] = 1800
    allowance.refill(3)
    assert allowance.left == 26


def test_the_budget_of_the_last_hour_outlives_its_charges() -> None:
    """Otherwise polls would slow down for those that still run."""
    seconds = [0.0]
    allowance = Allowance(lambda: seconds[0])
    for minute, running, most in (
        (0, 3, 480),
        (30, 1, 480),
        (61, 1, 240),
        (122, 0, 120),
    ):
        seconds[0] = minute * 60
        allowance.refill(running)
        assert allowance.per_hour == most
