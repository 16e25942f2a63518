"""Reading a page of sessions, against a bare JSON parser on the same bytes."""

from collections.abc import Iterator
from datetime import UTC, datetime

import orjson

from custom_components.ev_charging_cloud.providers.decoding import tolerant
from custom_components.ev_charging_cloud.providers.ocpi import wire
from custom_components.ev_charging_cloud.providers.ocpi.mapping import (
    Mapper,
    Own,
    Reading,
)

from .figures import Figure, least_seconds
from .ocpi_pages import BROKEN, SESSIONS, page

ROUNDS = 60
WIRE_LIMIT, MODEL_LIMIT = 0.7, 1.5
NOW = datetime(2026, 7, 1, tzinfo=UTC)
OWN = Own(tokens=frozenset({"app-1"}), party=("nl", "hax"))


def figures() -> Iterator[Figure]:
    """Measure a clean page and one with broken items."""
    yield from _of_page("", page(), SESSIONS)
    yield from _of_page("_broken", page(BROKEN), SESSIONS - BROKEN)


def _of_page(suffix: str, body: bytes, readable: int) -> Iterator[Figure]:
    """Measure one page."""
    assert sum(one is not None for one in _readings(body)) == readable
    least = least_seconds(
        {
            "orjson": lambda: orjson.loads(body),
            "wire": lambda: _decode(body),
            "model": lambda: _readings(body),
        },
        ROUNDS,
    )
    base = least["orjson"]
    name = "ocpi_page" + suffix
    yield Figure(name=name, value=len(body) / 2**10, unit="KiB")
    yield Figure(name=f"ocpi_orjson{suffix}", value=base * 1000, unit="ms")
    yield Figure(
        name=f"ocpi_wire_decode{suffix}",
        value=least["wire"] / base,
        unit="x_orjson",
        limit=WIRE_LIMIT,
    )
    yield Figure(
        name=f"ocpi_bytes_to_model{suffix}",
        value=least["model"] / base,
        unit="x_orjson",
        limit=MODEL_LIMIT,
    )


def _decode(body: bytes) -> None:
    """Decode all sessions of a page; each is dropped before the next one is read."""
    for raw in wire.page(body).rows:
        tolerant(wire.SESSION, raw)


def _readings(body: bytes) -> list[Reading | None]:
    """Map all sessions of a page."""
    mapper = Mapper("bench")
    return [mapper.session(raw, OWN, NOW) for raw in wire.page(body).rows]
