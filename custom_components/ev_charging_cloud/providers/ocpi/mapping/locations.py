"""From OCPI's locations to the model (fact sheet ocpi 9)."""

from ...model import ChargePoint, Connector, Evse, EvseStatus
from ...values import number, word
from .. import wire
from .moments import known
from .names import Owner, owner, place_key, sent
from .shapes import Place

EVSE_STATUS: dict[str, EvseStatus | None] = {
    "available": EvseStatus.AVAILABLE,
    "blocked": EvseStatus.UNAVAILABLE,
    "charging": EvseStatus.OCCUPIED,
    "inoperative": EvseStatus.UNAVAILABLE,
    "outoforder": EvseStatus.FAULTED,
    "reserved": EvseStatus.RESERVED,
    "unknown": None,
}
# Not there yet, or no longer.
HIDDEN = frozenset({"planned", "removed"})
PHASES = {"ac2phase": 2, "ac2phasesplit": 2, "ac3phase": 3}
# No charger gives more.
MOST_KW = 10_000.0


class Site:
    """Collects the EVSEs of one location."""

    def __init__(self, key: str, unknown: set[str]) -> None:
        """Take the location's key, and where unknown words are noted."""
        self._key, self._unknown = key, unknown
        self._sources: dict[str, wire.Evse] = {}
        self.evses: list[Evse] = []
        self.raw_status: dict[str, str] = {}

    def add(self, source: wire.Evse) -> None:
        """Take an EVSE; of two with the same id the newer one is meant (17, 29)."""
        uid = sent(source.uid)
        if uid is None or word(source.status) in HIDDEN:
            return
        identity = f"{self._key}/{uid.casefold()}"
        if (before := self._sources.get(identity)) is not None:
            old, new = known(before.last_updated), known(source.last_updated)
            if old is not None and (new is None or new < old):
                return
        self._sources[identity] = source

    def finish(self) -> dict[str, wire.Evse]:
        """Map what was taken, and return it by its id."""
        for identity, source in self._sources.items():
            self.evses.append(self._evse(identity, source))
        return self._sources

    def _evse(self, identity: str, source: wire.Evse) -> Evse:
        """Map an EVSE."""
        status = word(source.status)
        if status:
            self.raw_status[identity] = status
        if status and status not in EVSE_STATUS:
            self._unknown.add(f"EVSE status {status[:40]}")
        connectors = source.connectors or ()
        powers = [power for one in connectors if (power := _power(one)) is not None]
        kinds = {kind for one in connectors if (kind := _current(one)) is not None}
        able = capabilities(source)
        return Evse(
            id=identity,
            identifier=sent(source.evse_id) or sent(source.uid),
            status=EVSE_STATUS.get(status),
            max_power_kw=max(powers, default=None),
            current_type=kinds.pop() if len(kinds) == 1 else None,
            connectors=tuple(
                Connector(
                    type=sent(one.standard),
                    format=sent(one.format),
                    power_type=sent(one.power_type),
                )
                for one in connectors
            ),
            status_at=known(source.last_updated),
            unlocks="unlockcapable" in able,
            prefers="chargingpreferencescapable" in able,
        )


def place_of(source: wire.Location, whose: Owner, unknown: set[str]) -> Place | None:
    """Map a location, which inside a session says nothing of its owner."""
    location_id = sent(source.id)
    if location_id is None:
        return None
    whose = owner(source.country_code, source.party_id) or whose
    key = place_key(whose, location_id)
    site = Site(key, unknown)
    for evse in source.evses or ():
        site.add(evse)
    found = site.finish()
    address = whole_address(source)
    return Place(
        key=key,
        location_id=location_id,
        owner=whose,
        point=ChargePoint(
            id=key,
            name=sent(source.name) or address or location_id,
            coordinates=coordinates(source.coordinates),
            evses=tuple(site.evses),
        ),
        zone=sent(source.time_zone),
        raw_status=site.raw_status,
        evse_uids={one: evse.uid.strip() for one, evse in found.items()},
        connector_ids={one: _connector_ids(evse) for one, evse in found.items()},
        connector_required=frozenset(
            one
            for one, evse in found.items()
            if "startsessionconnectorrequired" in capabilities(evse)
        ),
        tariff_ids={one: _tariff_ids(evse) for one, evse in found.items()},
        updated_at=known(source.last_updated),
        address=address,
    )


def coordinates(source: wire.Coordinates | None) -> tuple[float, float] | None:
    """Return a position on earth; 0, 0 is in the sea and stands for unknown.

    Swapped ones can be told only where the latitude is out of range, and even then
    nobody knows which others of that server are swapped.
    """
    if source is None:
        return None
    latitude = number(source.latitude, least=-90)
    longitude = number(source.longitude, least=-180)
    if latitude is None or longitude is None or latitude > 90 or longitude > 180:
        return None
    return None if latitude == longitude == 0 else (latitude, longitude)


def capabilities(source: wire.Evse) -> frozenset[str]:
    """Return what an EVSE can do, in folded words."""
    return frozenset(word(one) for one in source.capabilities or ())


def whole_address(source: wire.Location) -> str | None:
    """Return street and town in one line."""
    town = " ".join(filter(None, (sent(source.postal_code), sent(source.city))))
    return ", ".join(filter(None, (sent(source.address), town))) or None


def _connector_ids(source: wire.Evse) -> tuple[str, ...]:
    """Return the ids of the connectors as received."""
    found = (sent(one.id) for one in source.connectors or ())
    return tuple(one for one in found if one is not None)


def _tariff_ids(source: wire.Evse) -> tuple[str, ...]:
    """Return the ids of all tariffs of an EVSE, as received and once each."""
    found = (
        sent(tariff)
        for one in source.connectors or ()
        for tariff in (*(one.tariff_ids or ()), one.tariff_id)
    )
    return tuple(dict.fromkeys(one for one in found if one is not None))


def _power(source: wire.Connector) -> float | None:
    """Return the most that a connector gives, in kW; 0 stands for unknown."""
    watts = number(source.max_electric_power, least=0)
    if not watts:
        volts = _either(source.max_voltage, source.voltage)
        amperes = _either(source.max_amperage, source.amperage)
        watts = volts * amperes * PHASES.get(word(source.power_type), 1)
    return watts / 1000 if 0 < watts <= MOST_KW * 1000 else None


def _either(newer: float | None, older: float | None) -> float:
    """Return a number under the name of the one or the other version, or 0."""
    return number(newer, least=0) or number(older, least=0) or 0.0


def _current(source: wire.Connector) -> str | None:
    """Return whether a connector gives AC or DC."""
    kind = word(source.power_type)[:2]
    return kind if kind in ("ac", "dc") else None
