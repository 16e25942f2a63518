"""The connectors of a depot: entered by hand, or learnt from its transactions."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from ..model import Session


class Place(NamedTuple):
    """A connector of a charger, each with its id."""

    charger: str
    connector: str

    @property
    def evse_id(self) -> str:
        """Return the id of the EVSE that the connector is."""
        return f"{self.charger}/{self.connector}"


def parse(text: str) -> tuple[Place, ...]:
    """Read connectors from text such as ``CH-1:1,2; CH-2:1``.

    A charger without connectors has one, numbered 1. Raises `ValueError` for what is
    written otherwise.
    """
    found: dict[Place, None] = {}
    for part in text.replace("\n", ";").split(";"):
        if not (part := part.strip()):
            continue
        charger, _, connectors = part.rpartition(":") if ":" in part else (part, "", "")
        charger = charger.strip()
        for connector in (connectors or "1").split(","):
            if not charger or not connector.strip():
                raise ValueError("not a list of chargers")
            found[Place(charger, connector.strip())] = None
    return tuple(found)


PLACES = msgspec.json.Decoder(dict[str, list[str]])


def kept(text: str) -> tuple[Place, ...]:
    """Read connectors that were kept; what cannot be read is learnt anew."""
    try:
        chargers = PLACES.decode(text or "{}")
    except msgspec.MsgspecError, UnicodeError:
        return ()
    return tuple(
        Place(charger, connector)
        for charger, connectors in chargers.items()
        for connector in connectors
    )


def keep(places: Iterable[Place]) -> str:
    """Return connectors as text that `kept` reads."""
    chargers: dict[str, list[str]] = {}
    for place in places:
        chargers.setdefault(place.charger, []).append(place.connector)
    return msgspec.json.encode(chargers).decode()


def place_of(session: Session) -> Place:
    """Return the connector of a session."""
    return Place(session.place or "", session.evse_identifier or "")
