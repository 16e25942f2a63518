"""From the gateway's locations to the model (fact sheet evnnovator 5.2 and 7)."""

from ...decoding import envelope
from ...model import Connector, Evse, Location
from ...values import number, text, word
from .. import wire

PHASES = {"ac3phase": 3}


def matched(location: wire.Location, evse_uid: str | None) -> wire.Evse | None:
    """Return the EVSE of a location that a session names, whatever its case (15)."""
    wanted = evse_uid.casefold() if evse_uid else None
    for evse in wire.items(wire.EVSE, location.evses):
        if (text(evse.uid) or "").casefold() == wanted:
            return evse
    return None


def place_name(location: wire.Location) -> str | None:
    """Return what a location is called."""
    return text(location.name) or text(location.address)


def locations(body: bytes) -> tuple[Location, ...]:
    """Return the readable locations of a search."""
    content = envelope(wire.CONTENT, body).content
    found = [_location(one) for one in wire.readable(wire.LOCATION, content)]
    return tuple(one for one in found if one is not None)


def _location(source: wire.Location) -> Location | None:
    """Map a location; without the gateway's id nothing can be started there."""
    identity = text(source.id)
    if identity is None:
        return None
    lines = (text(source.address), text(source.city), text(source.postal_code))
    return Location(
        id=identity,
        name=place_name(source) or identity,
        address=", ".join(line for line in lines if line) or None,
        evses=tuple(_evse(one) for one in wire.items(wire.EVSE, source.evses)),
    )


def _evse(source: wire.Evse) -> Evse:
    """Map an EVSE by its own id; its status is a snapshot of unknown age (13)."""
    connectors = wire.items(wire.CONNECTOR, source.connectors)
    powers = [power for one in connectors if (power := _power(one)) is not None]
    kinds = {kind for one in connectors if (kind := _current(one)) is not None}
    return Evse(
        id=text(source.uid) or "",
        identifier=text(source.evse_id),
        max_power_kw=max(powers, default=None),
        current_type=kinds.pop() if len(kinds) == 1 else None,
        connectors=tuple(
            Connector(type=text(one.standard), format=text(one.format))
            for one in connectors
        ),
    )


def _power(source: wire.Connector) -> float | None:
    """Return the most that a connector gives; 0 stands for unknown."""
    volts = number(source.voltage, least=0)
    amperes = number(source.amperage, least=0)
    if not volts or not amperes:
        return None
    return number(volts * amperes * PHASES.get(word(source.power_type), 1) / 1000)


def _current(source: wire.Connector) -> str | None:
    """Return whether a connector gives AC or DC."""
    kind = word(source.power_type)[:2]
    return kind if kind in ("ac", "dc") else None
