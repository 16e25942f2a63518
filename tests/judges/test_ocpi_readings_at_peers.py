"""What our mapping makes of objects that foreign servers have written."""

from datetime import UTC, datetime
from decimal import Decimal

import aiohttp
import msgspec
import pytest
from yarl import URL

from custom_components.ev_charging_cloud.providers.model import (
    CostState,
    EvseStatus,
    SessionState,
)
from custom_components.ev_charging_cloud.providers.ocpi import pricing
from custom_components.ev_charging_cloud.providers.ocpi.client import (
    Access,
    Client,
    Module,
)
from custom_components.ev_charging_cloud.providers.ocpi.mapping import Mapper, Own
from custom_components.ev_charging_cloud.providers.transport import Connection

from .ocpi_peers import Peer
from .ocpi_world import CONTRACT, SESSIONS, TOKEN_C

SPEAKERS = [("extrawest", "2.1.1"), ("extrawest", "2.2.1"), ("py-ocpi", "2.2.1")]
speakers = pytest.mark.parametrize(("name", "version"), SPEAKERS)
NOW = datetime(2026, 1, 7, 10, 30, tzinfo=UTC)
OWN = Own(tokens=frozenset({"app-1", CONTRACT.casefold()}), party=("nl", "hax"))
# 2.1.1 does not say who owns an object.
KEYS = {"2.1.1": ("realm/", ""), "2.2.1": ("realm/nl/xyz/", "nl*xyz*")}


@speakers
async def test_sessions(peer: Peer, http: aiohttp.ClientSession, version: str) -> None:
    """The same charge means the same, whoever tells it in whichever version."""
    mapper = Mapper("realm")
    readings = [
        mapper.session(raw, OWN, NOW)
        for raw in await _rows(http, peer, version, Module.SESSIONS)
    ]
    session_key, place_key = KEYS[version]
    for day, reading in enumerate(readings, 1):
        assert reading is not None
        session = reading.session
        assert session.key == f"{session_key}ses-{day:04}"
        assert session.started_at == datetime(2026, 1, day, 10, tzinfo=UTC)
        assert session.energy_kwh == 3.25
        assert session.evse_id == f"{place_key}loc-1/evse-1"
        assert session.cost is not None
        assert (session.cost.net, session.cost.currency) == (Decimal("1.48"), "EUR")
        assert reading.tokens & OWN.tokens
        assert reading.updated_at == datetime(2026, 1, day, 10, 20, tzinfo=UTC)
        is_running = day == SESSIONS
        end = None if is_running else reading.updated_at
        assert session.ended_at == end
        state = SessionState.ACTIVE if is_running else SessionState.COMPLETED
        assert session.state is state
    assert len(readings) == SESSIONS
    assert mapper.unknown == set()


@speakers
async def test_place(peer: Peer, http: aiohttp.ClientSession, version: str) -> None:
    """A location comes with what a start needs."""
    (raw,) = await _rows(http, peer, version, Module.LOCATIONS)
    place = Mapper("realm").location(raw)
    assert place is not None
    (evse,) = place.point.evses
    assert evse.id == f"{KEYS[version][1]}loc-1/evse-1"
    assert evse.status is EvseStatus.OCCUPIED
    assert evse.max_power_kw == pytest.approx(11, abs=0.1)
    assert place.zone == "Europe/Amsterdam"
    assert place.evse_uids[evse.id].casefold() == "evse-1"
    assert place.connector_ids[evse.id] == ("1",)


@speakers
async def test_price(peer: Peer, http: aiohttp.ClientSession, version: str) -> None:
    """Our bill for a charge is that of the server, by its own tariff and periods."""
    mapper = Mapper("realm")
    (raw,) = await _rows(http, peer, version, Module.TARIFFS)
    tariff = mapper.tariff(raw)
    assert tariff is not None
    session, *_ = await _rows(http, peer, version, Module.SESSIONS)
    amount = pricing.bill(tariff, mapper.usage(session, NOW), UTC)
    assert amount is not None
    # 0.50 and 3.25 kWh at 0.30.
    assert amount.net == Decimal("1.475")
    gross = None if version == "2.1.1" else Decimal("1.78475")
    assert amount.gross == gross


@speakers
async def test_bill(peer: Peer, http: aiohttp.ClientSession, version: str) -> None:
    """A bill names its session only where the version knows it."""
    (raw,) = await _rows(http, peer, version, Module.CDRS)
    bill = Mapper("realm").cdr(raw, OWN, NOW)
    assert bill is not None
    key = None if version == "2.1.1" else f"{KEYS[version][0]}ses-0001"
    assert bill.session_key == key
    assert bill.session.energy_kwh == 3.25
    assert bill.session.started_at == datetime(2026, 1, 1, 10, tzinfo=UTC)
    assert bill.session.ended_at == datetime(2026, 1, 1, 10, 20, tzinfo=UTC)
    assert bill.session.cost is not None
    assert bill.session.cost.net == Decimal("1.48")
    assert bill.session.cost.state is CostState.FINAL


async def _rows(
    http: aiohttp.ClientSession, peer: Peer, version: str, module: Module
) -> list[msgspec.Raw]:
    """Return the objects of a list as they came."""
    access = Access(
        base=URL(peer.versions), versions=peer.versions, token=TOKEN_C, version=version
    )
    client = Client(Connection(http=http), access)
    return [
        msgspec.Raw(bytes(raw)) async for page in client.pages(module) for raw in page
    ]
