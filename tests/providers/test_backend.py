"""The catalogue, who an operator is, and answers that HTTP itself spoils."""

import asyncio

import aiohttp
from aiohttp import web
import pytest

from custom_components.ev_charging_cloud.providers.ampeco import AmpecoBackend
from custom_components.ev_charging_cloud.providers.ampeco.backend import (
    known_operator,
    realm,
)
from custom_components.ev_charging_cloud.providers.ampeco.operators import (
    ACCESS_TOKEN,
    OPERATORS,
    PASSWORD,
    REFRESH_TOKEN,
)
from custom_components.ev_charging_cloud.providers.catalogue import BACKENDS
from custom_components.ev_charging_cloud.providers.errors import (
    ProviderConnectionError,
    ProviderError,
)
from custom_components.ev_charging_cloud.providers.model import Ownership, Snapshot
from custom_components.ev_charging_cloud.providers.oauth import Tokens
from emulator import SimulatedClock, scenarios

from .support import (
    START,
    Account,
    connection,
    host,
    open_provider,
    settings,
    signed_in,
)


def test_the_catalogue_has_ampeco() -> None:
    """Each back end is found by its key."""
    assert set(BACKENDS) >= {"ampeco"}
    assert all(backend.key == key for key, backend in BACKENDS.items())


@pytest.mark.parametrize("brand", OPERATORS)
def test_every_brand_has_ways_to_sign_in(brand: str) -> None:
    """An access token alone suffices everywhere."""
    backend = AmpecoBackend()
    methods = backend.brands[brand].methods
    assert ACCESS_TOKEN in methods
    assert set(methods) <= set(backend.methods)
    for method in methods:
        keys = [field.key for field in backend.fields(brand, method)]
        assert keys[0] == "host"
        assert ("client_secret" in keys) is (method in (PASSWORD, REFRESH_TOKEN))


def test_no_client_secret_is_shipped() -> None:
    """The user supplies it."""
    for brand, operator in OPERATORS.items():
        for method in operator.methods:
            for field in AmpecoBackend().fields(brand, method):
                assert field.key != "client_secret" or field.default is None


@pytest.mark.parametrize(
    ("brand", "address", "key", "kingdom"),
    [
        ("drivee", "drivee.eu.charge.ampeco.tech", "drivee", "drivee"),
        ("ampeco", "https://drivee.eu.charge.ampeco.tech/", "drivee", "drivee"),
        ("drivee", "cp.drivee.dk", "drivee", "drivee"),
        ("ampeco", "cp.example.test", "ampeco", "cp.example.test"),
        ("megatel", "megatel.eu.charge.ampeco.tech", "megatel", None),
    ],
)
def test_an_operator_is_known_by_its_host(
    brand: str, address: str, key: str, kingdom: str | None
) -> None:
    """However it was entered, the same users have the same realm."""
    operator = known_operator(brand, address)
    assert operator.key == key
    assert realm(operator, address) == (kingdom or address)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_an_answer_that_cannot_be_unpacked(
    http: aiohttp.ClientSession, encoding: str
) -> None:
    """It broke on the way, as far as anyone can tell."""

    async def answer(request: web.BaseRequest) -> web.Response:
        return web.Response(body=b"no archive", headers={"Content-Encoding": encoding})

    async with host(answer) as served:
        provider = open_provider(
            connection(http), settings(served.url), Tokens(access="token")
        )
        with pytest.raises(ProviderError) as caught:
            await provider.snapshot()
    assert type(caught.value) is ProviderConnectionError


async def test_an_answer_that_is_no_http(http: aiohttp.ClientSession) -> None:
    """Somebody else listens at that port."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.test ESMTP\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        provider = open_provider(
            connection(http),
            settings(f"http://127.0.0.1:{port}"),
            Tokens(access="token"),
        )
        with pytest.raises(ProviderError) as caught:
            await provider.snapshot()
    assert type(caught.value) is ProviderConnectionError


async def test_a_charge_point_that_cannot_be_mapped_is_named(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A figure that nobody thought of costs its charge point only."""

    def fail(source: object) -> None:
        raise OverflowError

    monkeypatch.setattr(account.provider._pages, "charge_point", fail)
    found = await account.provider.snapshot()
    assert found == Snapshot(
        charge_points={}, elsewhere=(), broken=frozenset({"CP0012345"})
    )


async def test_a_snapshot_shows_what_the_meters_show() -> None:
    """Thirty EVSEs, half of them charging, each compared with the world."""
    world = scenarios.fleet(SimulatedClock(START), 10, 3, charging=15)
    async with signed_in(world) as account:
        account.emulator.clock.advance(START - START.replace(hour=12))
        snapshot = await account.provider.snapshot()
        assert account.asked("charge_points") == 1
    evses = [evse for one in snapshot.charge_points.values() for evse in one.evses]
    assert [evse.id for evse in evses] == list(world.evses)
    for evse in evses:
        true = world.evse(evse.id)
        if true.session is None:
            assert evse.session is None
            continue
        session = evse.session
        assert session is not None
        assert session.ownership is Ownership.OWN
        meter = world.meter(evse.id).sessions[session.id]
        assert session.energy_kwh == pytest.approx(float(meter) / 1000, abs=0.001)
        assert session.power_kw == true.power_w / 1000
        assert session.cost is not None
        assert session.cost.gross == world.bill(session.id)
    assert sum(evse.session is not None for evse in evses) == 15
