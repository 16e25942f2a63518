"""From connector status and time series to the model (fact sheet siemens_depot 5, 7)."""

from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from ...model import EvseStatus
from ...values import OCPP_STATUS, moment, number, text, word
from .. import wire

NO_ERROR = ("", "noerror")
NO_VENDOR_ERROR = (None, "0")
OLDEST = datetime.min.replace(tzinfo=UTC)


class Sample(NamedTuple):
    """A value that a connector measured."""

    moment: datetime
    value: float


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a connector said about itself, and when."""

    status: EvseStatus | None = None
    errors: tuple[str, ...] = ()
    moment: datetime | None = None


class Statuses:
    """Reads the status of connectors, and notes words that it does not know."""

    def __init__(self) -> None:
        """Start without an unknown word."""
        self.unknown: set[str] = set()

    def latest(self, body: bytes) -> Reading | None:
        """Return the newest entry of an answer, ``None`` where there is none."""
        entries = [one for one in wire.all_of(wire.AVAILABILITY, body) if one]
        if not entries:
            return None
        newest = max(entries, key=lambda one: moment(one.time_stamp) or OLDEST)
        return Reading(
            status=self._status(newest.status),
            errors=_errors(newest),
            moment=moment(newest.time_stamp),
        )

    def _status(self, value: str | None) -> EvseStatus | None:
        """Return a status, ``None`` for a word that is not known."""
        folded = word(value)
        if folded and folded not in OCPP_STATUS:
            self.unknown.add(f"connector status {folded[:40]}")
        return OCPP_STATUS.get(folded)


def samples(body: bytes) -> list[Sample]:
    """Return the readable values of a time series, oldest first."""
    found: dict[datetime, float] = {}
    for one in wire.all_of(wire.SAMPLE, body):
        when = moment(one.time_stamp) if one else None
        value = number(one.value) if one else None
        if when is not None and value is not None:
            found[when] = value
    return [Sample(when, found[when]) for when in sorted(found)]


def _errors(source: wire.Availability) -> tuple[str, ...]:
    """Return the errors of a status, the charger's own code last."""
    found = []
    if word(source.error_code) not in NO_ERROR:
        found.append(str(source.error_code).strip()[:200])
    vendor = text(source.vendor_error_code)
    if found and vendor not in NO_VENDOR_ERROR:
        found.append(f"vendor error {vendor}"[:200])
    return tuple(found)
