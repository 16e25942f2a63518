"""The locations of an operator, with what runs at them."""

from collections.abc import Callable, Iterable

import msgspec

from ..model import ChargePoint, Evse, EvseStatus, Location, Session, Tariff
from .mapping import Place

# A search shows no more.
MOST_FOUND = 50
OUT_OF_USE = frozenset({EvseStatus.FAULTED, EvseStatus.UNAVAILABLE})

type Sessions = Callable[[str], Session | None]
type Tariffs = Callable[[Place, str], Tariff | None]


class Places:
    """Remembers locations by their key."""

    def __init__(self) -> None:
        """Begin without a location."""
        self._places: dict[str, Place] = {}
        self._homes: dict[str, Place] = {}
        self._points: dict[str, tuple[object, ChargePoint]] = {}

    def __len__(self) -> int:
        """Return how many locations are known."""
        return len(self._places)

    def add(self, place: Place) -> None:
        """Take a location; an older state does not replace a newer one."""
        before = self._places.get(place.key)
        if before is not None:
            if before.updated_at and place.updated_at:
                if place.updated_at < before.updated_at:
                    return
            for evse in before.point.evses:
                self._homes.pop(evse.id, None)
        self._places[place.key] = place
        for evse in place.point.evses:
            self._homes[evse.id] = place

    def learn(self, place: Place) -> bool:
        """Take a location that a session names, and tell whether it is news.

        Of one that is known, only EVSEs that are not known yet are.
        """
        before = self._places.get(place.key)
        if before is None:
            self.add(place)
            return True
        fresh = [one for one in place.point.evses if one.id not in self._homes]
        if fresh:
            self.add(_joined(before, place, fresh))
        return bool(fresh)

    def get(self, key: str) -> Place | None:
        """Return a location by its key."""
        return self._places.get(key)

    def home(self, evse_id: str | None) -> Place | None:
        """Return the location of an EVSE."""
        return None if evse_id is None else self._homes.get(evse_id)

    def evse(self, evse_id: str | None) -> Evse | None:
        """Return an EVSE as its location describes it."""
        if (place := self.home(evse_id)) is None:
            return None
        return next(one for one in place.point.evses if one.id == evse_id)

    def search(self, text: str) -> tuple[Location, ...]:
        """Find locations by a part of their name, address or id."""
        wanted = text.casefold()
        found = (
            place
            for place in self._places.values()
            if wanted
            in f"{place.point.name}\n{place.address}\n{place.location_id}".casefold()
        )
        return tuple(
            Location(
                id=place.key,
                name=place.point.name,
                address=place.address,
                evses=place.point.evses,
            )
            for place, _ in zip(found, range(MOST_FOUND), strict=False)
        )

    def points(self, sessions: Sessions, tariffs: Tariffs) -> dict[str, ChargePoint]:
        """Return all locations with their sessions; what did not change stays as is."""
        found = {}
        for key, place in self._places.items():
            known = tuple(sessions(evse.id) for evse in place.point.evses)
            prices = tuple(tariffs(place, evse.id) for evse in place.point.evses)
            seen = (place, known, prices)
            before = self._points.get(key)
            if before is None or before[0] != seen:
                before = self._points[key] = (seen, _point(place, known, prices))
            found[key] = before[1]
        return found


def _joined(before: Place, new: Place, evses: Iterable[Evse]) -> Place:
    """Return a location with EVSEs that another description of it has added."""
    point = msgspec.structs.replace(before.point, evses=(*before.point.evses, *evses))
    return msgspec.structs.replace(
        before,
        point=point,
        raw_status={**new.raw_status, **before.raw_status},
        evse_uids={**new.evse_uids, **before.evse_uids},
        connector_ids={**new.connector_ids, **before.connector_ids},
        connector_required=before.connector_required | new.connector_required,
        tariff_ids={**new.tariff_ids, **before.tariff_ids},
    )


def _point(
    place: Place,
    sessions: Iterable[Session | None],
    tariffs: Iterable[Tariff | None],
) -> ChargePoint:
    """Return a location with its sessions and prices."""
    evses = tuple(
        msgspec.structs.replace(
            evse, session=session, tariff=tariff, status=_status(evse, session)
        )
        for evse, session, tariff in zip(
            place.point.evses, sessions, tariffs, strict=True
        )
    )
    return msgspec.structs.replace(place.point, evses=evses)


def _status(evse: Evse, session: Session | None) -> EvseStatus | None:
    """Return what an EVSE does: a session that lives knows better than a list.

    Locations are read more rarely than sessions.
    """
    if session is None or not session.running or session.stale:
        return evse.status
    if evse.status in OUT_OF_USE:
        return evse.status
    return session.evse_status or evse.status
