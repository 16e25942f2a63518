"""From whole answers to the model; what is broken in them costs only itself."""

from collections.abc import Iterator
import logging

import msgspec

from ...decoding import envelope, item
from ...model import ChargePoint, Session
from .. import wire
from .objects import Mapper

_LOGGER = logging.getLogger(__name__)


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page of past sessions: how many rows it had, and whether more follow."""

    sessions: tuple[Session, ...]
    rows: int
    more: bool | None


class Pages(Mapper):
    """Reads the answers of one operator."""

    def charge_points(self, body: bytes) -> Iterator[ChargePoint | str | None]:
        """Return charge points one by one (6.1).

        A broken one is its id, or ``None`` where not even that can be read.
        """
        for source in wire.charge_points(body):
            if not isinstance(source, wire.ChargePoint):
                yield source
                continue
            try:
                yield self.charge_point(source)
            except ArithmeticError, ValueError:
                yield str(source.id)

    def one_session(self, body: bytes, evse_id: str | None = None) -> Session | None:
        """Return the session of an answer about one session (6.4 to 6.8)."""
        source = envelope(wire.SESSION, body).session
        return None if source is None else self.session(source, evse_id=evse_id)

    def public_session(self, body: bytes) -> Session | None:
        """Return the running session unless it is at a personal charge point (6.7)."""
        answer = envelope(wire.SESSION, body)
        if answer.session is None or answer.session.is_personal:
            return None
        return self.session(answer.session, battery=answer.car_battery_percent)

    def history(self, body: bytes) -> Page:
        """Return the readable sessions of a history page (11)."""
        rows, more = wire.history_page(body)
        entries = [item(wire.HISTORY_ENTRY, row) for row in rows]
        if broken := entries.count(None):
            _LOGGER.warning("%s past sessions could not be read", broken)
        return Page(
            sessions=tuple(
                self.session(entry.session, place=entry.address)
                for entry in entries
                if entry is not None
            ),
            rows=len(rows),
            more=more,
        )


def account_id(body: bytes) -> str | None:
    """Return the driver's id from the profile (6.9)."""
    profile = envelope(wire.PROFILE, body)
    inner = profile.data or profile
    return None if inner.id is None else str(inner.id)
