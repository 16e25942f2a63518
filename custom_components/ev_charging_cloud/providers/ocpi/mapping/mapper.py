"""From single objects to the model; what is broken costs only itself."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from ...decoding import PLAIN, converted, item, tolerant
from .. import pricing, wire
from . import cdrs, locations, sessions, tariffs, usage
from .shapes import Bill, Own, Place, Reading
from .unknown import Words

type Translate = Callable[[str, Any], Any]

# What huge numbers and odd moments end in.
IMPOSSIBLE = (ArithmeticError, ValueError)


class Mapper:
    """Maps the objects of one account, and collects unknown words.

    A dialect has a ``translate``, which gets the kind of an object and the object as
    decoded, and returns it in the standard's words.
    """

    def __init__(self, realm: str, translate: Translate | None = None) -> None:
        """Take the account's realm, with which the keys of its sessions begin."""
        self._realm, self._translate = realm, translate
        self.unknown = Words()

    def session(self, raw: msgspec.Raw, own: Own, now: datetime) -> Reading | None:
        """Return a session, ``None`` where it is broken."""
        source = self._read(wire.SESSION, "session", raw)
        context = self._realm, own, now, self.unknown
        return _made(sessions.reading, source, *context)

    def location(self, raw: msgspec.Raw) -> Place | None:
        """Return a location, ``None`` where it is broken or nothing valid is in it."""
        source = self._read(wire.LOCATION, "location", raw)
        place = _made(locations.place_of, source, None, self.unknown)
        return place if place is not None and place.point.evses else None

    def tariff(self, raw: msgspec.Raw) -> pricing.Tariff | None:
        """Return a tariff, ``None`` where it is broken."""
        source = self._read(wire.TARIFF, "tariff", raw)
        return _made(tariffs.tariff, source, self.unknown)

    def cdr(self, raw: msgspec.Raw, own: Own, now: datetime) -> Bill | None:
        """Return a CDR, ``None`` where it is broken."""
        source = self._read(wire.CDR, "cdr", raw)
        return _made(cdrs.bill, source, self._realm, own, now, self.unknown)

    def usage(self, raw: msgspec.Raw, now: datetime) -> tuple[pricing.Segment, ...]:
        """Return what a session or CDR used, nothing where that is not sure."""
        source = self._read(wire.USAGE, None, raw)
        return _made(usage.segments, source, now) or ()

    def _read[T](
        self, decoder: msgspec.json.Decoder[T], kind: str | None, raw: msgspec.Raw
    ) -> T | None:
        """Decode an object, in a dialect by way of its translation."""
        if self._translate is None:
            return tolerant(decoder, raw)
        plain = item(PLAIN, raw)
        if not isinstance(plain, dict):
            return None
        kind = kind or ("session" if "status" in plain else "cdr")
        return converted(decoder.type, self._translate(kind, plain))


def _made[T](make: Callable[..., T], source: object, *context: object) -> T | None:
    """Map what was decoded; what no check has foreseen costs the object only."""
    if source is None:
        return None
    try:
        return make(source, *context)
    except IMPOSSIBLE:
        return None
