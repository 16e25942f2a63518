"""Which report belongs to which transaction: each charge is counted once.

A connector charges one vehicle at a time, so what overlaps there is the same charge.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import timedelta

import msgspec

from ..model import Session

SHARE = 0.8
# How far the two may differ about the energy before only one of them is believed.
AGREEMENT = 0.05
MOMENT = timedelta(seconds=1)


class Joined(msgspec.Struct, frozen=True, kw_only=True):
    """The charges of one connector, and reports that no transaction explains."""

    sessions: tuple[Session, ...]
    alone: tuple[Session, ...]


def join(transactions: Iterable[Session], reports: Iterable[Session]) -> Joined:
    """Enrich the transactions of one connector with its reports.

    The longest common time wins. A report inside a charge that another report belongs
    to already is neither used nor alone.
    """
    known = {one.key: one for one in transactions}
    said = {one.key: one for one in reports}
    pairs = sorted(
        _pairs(known.values(), said.values()),
        key=lambda pair: (-pair[0], *pair[1:]),
    )
    partner: dict[str, str] = {}
    used: set[str] = set()
    for _, key, report_key in pairs:
        if key not in partner and report_key not in used:
            partner[key] = report_key
            used.add(report_key)
    explained = {report_key for _, _, report_key in pairs}
    return Joined(
        sessions=tuple(
            enriched(one, said[partner[key]]) if key in partner else one
            for key, one in known.items()
        ),
        alone=tuple(one for key, one in said.items() if key not in explained),
    )


def _pairs(
    transactions: Iterable[Session], reports: Iterable[Session]
) -> Iterator[tuple[timedelta, str, str]]:
    """Yield what is the same charge, and the time in common.

    Only reports that begin late enough to reach into a transaction are looked at.
    """
    ordered = sorted(
        ((one.started_at, one.key, one) for one in reports if one.started_at),
        key=lambda entry: entry[:2],
    )
    longest = max((one.duration or timedelta() for *_, one in ordered), default=MOMENT)
    for one in transactions:
        if one.started_at is None or one.ended_at is None:
            continue
        low = bisect_left(ordered, one.started_at - longest, key=lambda row: row[0])
        for start, key, report in ordered[low:]:
            if start > one.ended_at:
                break
            if same_charge(one, report):
                yield common(one, report), one.key, key


def common(one: Session, other: Session) -> timedelta:
    """Return the time that two sessions have in common."""
    if not (one.started_at and other.started_at and one.ended_at and other.ended_at):
        return timedelta()
    latest = max(one.started_at, other.started_at)
    return max(timedelta(), min(one.ended_at, other.ended_at) - latest)


def same_charge(one: Session, other: Session) -> bool:
    """Tell whether most of the shorter session lies inside the other one."""
    if one.duration is None or other.duration is None:
        return False
    shorter = max(min(one.duration, other.duration), MOMENT)
    return common(one, other) >= SHARE * shorter


def disagree(one: Session, report: Session) -> bool:
    """Tell whether two sources contradict each other about the delivered energy."""
    if one.energy_kwh is None or report.energy_kwh is None:
        return False
    largest = max(one.energy_kwh, report.energy_kwh)
    return abs(one.energy_kwh - report.energy_kwh) > AGREEMENT * largest + 0.05


def enriched(one: Session, report: Session) -> Session:
    """Return a transaction with what only its report knows.

    Where they agree, the report's counters are the finer ones. Where they do not, they
    did not measure the same, and the transaction stands.
    """
    measured: dict[str, object] = {}
    if not disagree(one, report):
        measured["drawn_kwh"] = report.drawn_kwh
        if report.energy_kwh is not None:
            measured["energy_kwh"] = report.energy_kwh
    for name in ("battery_start_percent", "battery_end_percent"):
        if getattr(one, name) is None:
            measured[name] = getattr(report, name)
    return msgspec.structs.replace(
        one, reference=report.id, errors=report.errors, **measured
    )
