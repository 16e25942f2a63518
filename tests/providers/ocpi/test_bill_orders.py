"""Nothing is lost and nothing stands twice, in whatever order things are read."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st
import msgspec

from custom_components.ev_charging_cloud.providers.model import (
    Cost,
    CostState,
    SessionState,
)
from custom_components.ev_charging_cloud.providers.ocpi.mapping import Bill, Reading

from .bills_support import DAY, MINUTE, NOW, START, Books, bill, money, reading

type Event = Reading | Bill

HOUR = timedelta(hours=1)
PACES = [MINUTE, 30 * MINUTE, 5 * HOUR, 30 * HOUR]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A charge as the world knows it, and what its operator tells of it."""

    token: str
    evse: str
    gap: int
    listed: bool
    named: bool
    reference: bool
    papers: str


PLANS = st.builds(
    Plan,
    token=st.sampled_from(["tag-1", "tag-2"]),
    evse=st.sampled_from(["loc/1", "loc/2"]),
    gap=st.sampled_from([6, 20, 300]),
    listed=st.booleans(),
    named=st.booleans(),
    reference=st.booleans(),
    papers=st.sampled_from(["none", "one", "twice", "credit", "replaced"]),
)


class Charge:
    """What one plan sends, and what is to stand in the ledger at the end."""

    def __init__(self, number: int, plan: Plan, start: datetime) -> None:
        """Lay out its sessions and CDRs; no two charges take the same energy."""
        self.plan, self.number, self.start = plan, number, start
        self.energy = 5.0 + 3 * number
        self.end = start + timedelta(minutes=2)

    def facts(self, **values: Any) -> dict[str, Any]:
        """Return what sessions and CDRs have in common."""
        plan = self.plan
        return {
            "tokens": frozenset({plan.token}),
            "reference": f"ref-{self.number}" if plan.reference else None,
            "evse_id": plan.evse,
            "started_at": self.start,
            "ended_at": self.end,
            "energy_kwh": self.energy,
            **values,
        }

    def readings(self) -> list[Event]:
        """Return the states of the session in their order."""
        if not self.plan.listed:
            return []
        name = f"s{self.number}"
        running = self.facts(ended_at=None, energy_kwh=self.energy / 3)
        return [
            reading(name, **running, state=SessionState.ACTIVE, updated_at=self.start),
            reading(name, **self.facts(), updated_at=NOW),
        ]

    def bills(self) -> list[Event]:
        """Return the CDRs in the order that they were written."""
        first, second = self.cost(1), self.cost(2)
        kinds: dict[str, list[Bill]] = {
            "none": [],
            "one": [self._bill("a", 0, first)],
            "twice": [self._bill("a", 0, first), self._bill("b", 1, first)],
            "credit": [self._bill("a", 0, first), self._credit("a", 1, first)],
            "replaced": [
                self._bill("a", 0, first),
                self._credit("a", 1, first),
                self._bill("b", 2, second),
            ],
        }
        return [*kinds[self.plan.papers]]

    def cost(self, factor: int) -> Cost:
        """Return an amount that no other charge has."""
        return money(str(Decimal(100 * factor + self.number)))

    def final(self) -> Cost | None:
        """Return what the charge costs in the end."""
        costs = {
            "none": money("2.9", state=CostState.PROVISIONAL),
            "one": self.cost(1),
            "twice": self.cost(1),
            "credit": money("0", state=CostState.CORRECTED),
        }
        corrected = msgspec.structs.replace(self.cost(2), state=CostState.CORRECTED)
        return costs.get(self.plan.papers, corrected)

    def exists(self) -> bool:
        """Tell whether anything is ever told of it."""
        return self.plan.listed or self.plan.papers != "none"

    def _bill(self, letter: str, minutes: int, cost: Cost, **values: Any) -> Bill:
        """Return a CDR."""
        return bill(
            f"c{self.number}{letter}",
            session=f"s{self.number}" if self.plan.named else None,
            updated_at=NOW + minutes * MINUTE,
            **self.facts(cost=cost, **values),
        )

    def _credit(self, letter: str, minutes: int, cost: Cost) -> Bill:
        """Return what takes a CDR back."""
        assert cost.net is not None
        one = self._bill(f"{letter}-c", minutes, money(str(-cost.net)))
        return msgspec.structs.replace(
            one, credit=True, credited=f"nl/xyz/c{self.number}{letter}"
        )


def amount(cost: Cost | None) -> tuple[Decimal | None, str]:
    """Return what there is to compare of a cost."""
    assert cost is not None
    return cost.net, cost.state.value


def laid_out(plans: list[Plan]) -> list[Charge]:
    """Return charges one after the other; an EVSE charges one car at a time."""
    charges, start = [], START
    for number, plan in enumerate(plans):
        charges.append(Charge(number, plan, start))
        start += plan.gap * MINUTE
    return charges


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Charge], list[tuple[Any, ...]]]:
    """Return charges and polls: what each reads, how long after, after a restart."""
    charges = laid_out(draw(st.lists(PLANS, min_size=1, max_size=4)))
    cdrs = [one for charge in charges for one in charge.bills()]
    events: list[Event] = draw(st.permutations(cdrs))
    for charge in charges:
        places = draw(
            st.lists(st.integers(0, len(events)), min_size=2, max_size=2).map(sorted)
        )
        for place, one in zip(places[::-1], charge.readings()[::-1], strict=False):
            events.insert(place, one)
    polls, done = [], 0
    while done < len(events):
        size = draw(st.integers(1, 4))
        again = draw(st.integers(0, min(done, 2)))
        page = events[done - again : done + size]
        polls.append((page, draw(st.sampled_from(PACES)), draw(st.booleans())))
        done += size
    return charges, polls


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories())
def test_each_charge_stands_once(
    history: tuple[list[Charge], list[tuple[Any, ...]]],
) -> None:
    """After days of sessions, CDRs, repeats and restarts the ledger is right."""
    charges, polls = history
    books = Books()
    for page, pace, restart in polls:
        if restart:
            books.restart()
        books.poll(
            [one for one in page if isinstance(one, Reading)],
            [one for one in page if isinstance(one, Bill)],
            after=pace,
        )
    for _ in range(3):
        books.poll(after=DAY)
    found = sorted(
        (one.energy_kwh, amount(one.cost), one.state, one.started_at)
        for one in books.charges().values()
    )
    meant = sorted(
        (one.energy, amount(one.final()), SessionState.COMPLETED, one.start)
        for one in charges
        if one.exists()
    )
    assert found == meant
    assert books.bills.unjoined == 0
    assert books.bills.oldest_held is None
    assert books.poll() == ()
