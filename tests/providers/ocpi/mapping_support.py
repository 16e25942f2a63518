"""Objects of the fact sheet, and what the mapping makes of them."""

from datetime import UTC, datetime
import json
from typing import Any

import msgspec

from custom_components.ev_charging_cloud.providers.ocpi import pricing
from custom_components.ev_charging_cloud.providers.ocpi.mapping import (
    Bill,
    Mapper,
    Own,
    Place,
    Reading,
)

from ..support import FIXTURES

REALM = "ocpi"
# Half a minute after the session of the fact sheet was reported.
NOW = datetime(2026, 1, 5, 10, 20, 30, tzinfo=UTC)
NOBODY = Own()
MISSING = object()
VERSIONS = ("221", "211")


def at(text: str) -> datetime:
    """Return a time of the day of the examples."""
    return datetime.fromisoformat(f"2026-01-05T{text}+00:00")


def example(name: str, /, **changes: Any) -> Any:
    """Return a JSON example of the fact sheet, with changes."""
    found = json.loads((FIXTURES / "ocpi" / f"{name}.json").read_bytes())
    for key, value in changes.items():
        if value is MISSING:
            found.pop(key, None)
        else:
            found[key] = value
    return found


def raw(document: Any) -> msgspec.Raw:
    """Return a document as it is on the wire."""
    return msgspec.Raw(json.dumps(document).encode())


def reading(
    version: str = "221",
    *,
    own: Own = NOBODY,
    now: datetime = NOW,
    mapper: Mapper | None = None,
    **changes: Any,
) -> Reading:
    """Map the session of the fact sheet, which must be readable."""
    found = (mapper or Mapper(REALM)).session(
        raw(example(f"session_{version}", **changes)), own, now
    )
    assert found is not None
    return found


def place(mapper: Mapper | None = None, **changes: Any) -> Place:
    """Map the location of the fact sheet, which must be readable."""
    found = (mapper or Mapper(REALM)).location(raw(example("location_221", **changes)))
    assert found is not None
    return found


def bill(version: str = "221", *, own: Own = NOBODY, **changes: Any) -> Bill:
    """Map the CDR of the fact sheet, which must be readable."""
    document = example(f"cdr_{version}", **changes)
    found = Mapper(REALM).cdr(raw(document), own, at("14:00:00"))
    assert found is not None
    return found


def tariff(mapper: Mapper | None = None, **changes: Any) -> pricing.Tariff:
    """Map the tariff of the fact sheet, which must be readable."""
    found = (mapper or Mapper(REALM)).tariff(raw(example("tariff_221", **changes)))
    assert found is not None
    return found


def element(kind: str = "ENERGY", **values: Any) -> dict[str, Any]:
    """Return an element of a tariff with one price."""
    price = {"type": kind, "price": 0.3, "vat": 21.0, "step_size": 1}
    restrictions = values.pop("restrictions", None)
    found: dict[str, Any] = {"price_components": [price | values]}
    return found | ({} if restrictions is None else {"restrictions": restrictions})


def period(start: str, **volumes: float) -> dict[str, Any]:
    """Return a charging period of the day of the examples."""
    return {
        "start_date_time": f"2026-01-05T{start}Z",
        "dimensions": [
            {"type": kind, "volume": volume} for kind, volume in volumes.items()
        ],
    }
