"""The gateway's ways to write a moment (fact sheet evnnovator 6, 2, 3, 4, 10, 17)."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo

from ...values import moment, text, word
from .. import wire

# What is later than now by more than this cannot be meant, nor what is so old.
AHEAD = timedelta(hours=1)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
# India has one zone and no summer time.
INDIA = timezone(timedelta(hours=5, minutes=30), "IST")
ZONES: dict[str, tzinfo] = {"ist": INDIA, "asia/kolkata": INDIA, "utc": UTC}


def known(value: wire.Text, now: datetime, zone: tzinfo = UTC) -> datetime | None:
    """Return a moment unless it cannot be meant, such as one of the year 1."""
    found = moment(text(value), zone)
    return found if found and EARLIEST <= found <= now + AHEAD else None


def zone_of(name: wire.Text) -> tzinfo:
    """Return the zone of times without one; ``IST`` is India's, not Israel's."""
    return ZONES.get(word(name), INDIA)
