"""The account's one place for sessions at the places of others."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import msgspec

from .const import ELSEWHERE
from .providers.model import ChargePoint, Evse, Ownership, PlaceKind, Session, Snapshot

NO_START = datetime.min.replace(tzinfo=UTC)


def elsewhere(session: Session | None) -> ChargePoint:
    """Return the charge point that stands for places of others."""
    return ChargePoint(
        id=ELSEWHERE,
        name=ELSEWHERE,
        kind=PlaceKind.ELSEWHERE,
        evses=(Evse(id=ELSEWHERE, session=session),),
    )


def with_elsewhere(snapshot: Snapshot, previous: ChargePoint | None) -> Snapshot:
    """Return a snapshot with the place elsewhere among its charge points.

    Where nobody asked this time, the place stays as it was.
    """
    if snapshot.elsewhere is None:
        place = previous or elsewhere(None)
    else:
        place = elsewhere(snapshot.elsewhere[0] if snapshot.elsewhere else None)
    return msgspec.structs.replace(
        snapshot, charge_points={**snapshot.charge_points, ELSEWHERE: place}
    )


class Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """What belongs at the place elsewhere after a reading.

    ``forget`` tells that what was shown there is now shown at a place of its own, and
    ``at_hand`` holds readings of sessions by key, which nobody has to ask for.
    """

    sessions: tuple[Session, ...] | None = None
    forget: bool = False
    at_hand: dict[str, Session] = {}


def gather(
    snapshot: Snapshot, shown: Session | None, picked: Callable[[ChargePoint], bool]
) -> Gathered:
    """Return the running sessions that no place shows which the user has picked.

    What is shown stays until it ends, because its counts must not begin twice; then
    comes the one that started last. One that was not heard of lately makes room, and
    is not brought in. Where none runs, what was shown still gets its bill.
    """
    visible = {one.key for one in _sessions(snapshot, picked)}
    hidden = {
        one.key: one
        for one in _sessions(snapshot, lambda point: not picked(point))
        if one.ownership is not Ownership.FOREIGN
    }
    at_hand = {one.key: one for one in snapshot.past if not one.running} | hidden
    found = {one.key: one for one in _told(snapshot, shown, at_hand)} | hidden
    key = shown.key if shown else ""
    running = [
        one
        for one in found.values()
        if one.running and one.key not in visible and (not one.stale or one.key == key)
    ]
    running.sort(key=lambda one: (one.started_at or NO_START, one.key), reverse=True)
    running.sort(key=lambda one: (one.stale, one.key != key))
    if not running and key in at_hand.keys() - visible:
        running = [at_hand[key]]
    return Gathered(sessions=tuple(running), forget=key in visible, at_hand=at_hand)


def _sessions(
    snapshot: Snapshot, wanted: Callable[[ChargePoint], bool]
) -> Iterator[Session]:
    """Yield the sessions at some of the places."""
    for point in snapshot.charge_points.values():
        if wanted(point):
            yield from (evse.session for evse in point.evses if evse.session)


def _told(
    snapshot: Snapshot, shown: Session | None, at_hand: dict[str, Session]
) -> tuple[Session, ...]:
    """Return the sessions at places unknown; where nobody asked, what was shown."""
    if snapshot.elsewhere is not None:
        return snapshot.elsewhere
    return () if shown is None or shown.key in at_hand else (shown,)
