"""Signing in, and what is kept of it."""

from base64 import b64encode
import logging
from typing import Any

import aiohttp
import pytest

from custom_components.ev_charging_cloud.providers.depotfinity import DepotfinityBackend
from custom_components.ev_charging_cloud.providers.depotfinity.backend import (
    _api,
    _token,
)
from custom_components.ev_charging_cloud.providers.depotfinity.connectors import (
    Place,
    keep,
    kept,
    parse,
)
from custom_components.ev_charging_cloud.providers.errors import (
    AuthenticationError,
    ProviderError,
    ResponseError,
)
from custom_components.ev_charging_cloud.providers.oauth import MemoryStore, Tokens
from custom_components.ev_charging_cloud.providers.provider import FieldKind
from emulator import DepotfinityProfile, Emulator, SimulatedClock, scenarios

from ..support import answers, connection, host
from .support import (
    CLIENT_ID,
    CLIENT_SECRET,
    HOUR,
    NOON,
    depot,
    open_provider,
    settings,
)

BACKEND = DepotfinityBackend()
CLIENT = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
SECRETS = (
    CLIENT_SECRET,
    "DEPOT-TAG",
    b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()),
)


def test_what_a_sign_in_asks_for() -> None:
    """One name, two ways, secrets hidden, the rest optional."""
    (brand,) = BACKEND.brands.values()
    assert (brand.key, brand.name) == ("depotfinity", "Siemens DepotFinity")
    assert brand.methods == ("region", "urls")
    region = {one.key: one for one in BACKEND.fields("depotfinity", "region")}
    urls = {one.key: one for one in BACKEND.fields("depotfinity", "urls")}
    common = ["client_id", "client_secret", "id_tag", "chargers"]
    assert list(region) == ["region", *common]
    assert list(urls) == ["api_url", "token_url", *common]
    assert region["region"].default == "eu"
    for found in (region, urls):
        assert found["client_secret"].kind is FieldKind.SECRET
        assert found["id_tag"].kind is FieldKind.SECRET
        assert not found["id_tag"].required
        assert not found["chargers"].required


def test_a_region_leads_to_both_hosts() -> None:
    """As documented for the EU."""
    values = BACKEND.normalize("depotfinity", {"region": " EU ", **CLIENT})
    assert values["region"] == "eu"
    assert str(_api(values)) == "https://api.eu.depot.emobility.io/"
    token = "https://clientapp-auth.eu.depot.emobility.io/oauth2/token"
    assert str(_token(values)) == token


@pytest.mark.parametrize(
    ("values", "at_fault"),
    [
        ({"region": "evil.example/"}, "region"),
        ({"region": "eu.evil"}, "region"),
        ({"region": "eu@evil"}, "region"),
        ({"region": "-"}, "region"),
        ({"api_url": "http://example.test", "token_url": "https://x"}, "api_url"),
        ({"api_url": "https://example.test"}, "token_url"),
        ({"token_url": "https://example.test"}, "api_url"),
        (
            {"api_url": "https://a", "token_url": "https://u:p@example.test/t"},
            "token_url",
        ),
        ({"client_id": " "}, "client_id"),
        ({"client_secret": ""}, "client_secret"),
        ({"chargers": "CH-1:1,,2"}, "chargers"),
        ({"chargers": ":1"}, "chargers"),
    ],
)
def test_what_cannot_be_names_its_field(values: dict[str, str], at_fault: str) -> None:
    """Before anything is sent anywhere."""
    with pytest.raises(ValueError, match=f"^{at_fault}$"):
        BACKEND.normalize("depotfinity", {**CLIENT, **values})


def test_urls_are_kept_without_a_slash_at_the_end() -> None:
    """A token's address has none."""
    values = {"api_url": "example.test/", "token_url": "https://t.test/oauth2/token"}
    found = BACKEND.normalize("depotfinity", {**CLIENT, **values})
    assert found["api_url"] == "https://example.test"
    assert found["token_url"] == "https://t.test/oauth2/token"


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("", []),
        (" ; ", []),
        ("CH-1", ["CH-1/1"]),
        ("CH-1:", ["CH-1/1"]),
        ("CH-1:1,2; CH-2:1", ["CH-1/1", "CH-1/2", "CH-2/1"]),
        (" CH 1 : 2 ,1\nCH-2", ["CH 1/2", "CH 1/1", "CH-2/1"]),
        ("urn:x:3", ["urn:x/3"]),
        ("CH-1:1;CH-1:1", ["CH-1/1"]),
    ],
)
def test_chargers_entered_by_hand(text: str, places: list[str]) -> None:
    """Ids with their connectors, and connector 1 where none is named."""
    assert [one.evse_id for one in parse(text)] == places


def test_chargers_that_were_learnt_survive_as_text() -> None:
    """Whatever their ids are made of."""
    places = (Place("a:;,", "1"), Place("a:;,", "ü"), Place("", '"'))
    assert kept(keep(places)) == places
    for broken in ("", "[]", "{", '{"a":1}', "\ud800"):
        assert kept(broken) == ()


async def sign_in(http: aiohttp.ClientSession, url: str, **changes: str) -> Any:
    """Sign in at a host."""
    values = {"api_url": url, "token_url": f"{url}/oauth2/token", **CLIENT, **changes}
    values = BACKEND.normalize("depotfinity", values)
    return await BACKEND.sign_in(connection(http), "depotfinity", "urls", values)


async def test_the_request_for_a_token(http: aiohttp.ClientSession) -> None:
    """A form and a basic authorization, as documented."""
    token = {"access_token": "abc", "expires_in": 3600, "token_type": "bearer"}
    async with host(answers({"/oauth2/token": token})) as served:
        found = await sign_in(http, served.url)
        (sent,) = served.seen
    assert sent.method == "POST"
    assert sent.body == b"grant_type=client_credentials"
    assert sent.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert sent.headers["Accept"] == "application/json"
    packed = b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    assert sent.headers["Authorization"] == f"Basic {packed}"
    assert found.tokens.access == "abc"
    assert found.tokens.lifetime == 3600
    assert found.tokens.obtained_at is not None


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_a_refused_client(http: aiohttp.ClientSession, status: int) -> None:
    """The documented status is 403."""
    async with host(answers({"/token": {}}, {"/token": status})) as served:
        with pytest.raises(AuthenticationError):
            await sign_in(http, served.url)


@pytest.mark.parametrize("body", [{}, {"access_token": ""}, [], b"<html>", b""])
async def test_an_answer_without_a_token(
    http: aiohttp.ClientSession, body: Any
) -> None:
    """Is one that cannot be understood."""
    async with host(answers({"/token": body})) as served:
        with pytest.raises(ResponseError):
            await sign_in(http, served.url)


async def test_a_sign_in_opens_the_account(http: aiohttp.ClientSession) -> None:
    """From what was entered to the chargers."""
    clock = SimulatedClock(NOON)
    backend = DepotfinityBackend(clock.now)
    async with Emulator(scenarios.depot(clock, 2, 2)) as emulator:
        found = await sign_in(http, emulator.url, id_tag="T", chargers="CH-7")
        provider = backend.open(
            connection(http), found.settings, MemoryStore(found.tokens)
        )
        account = await provider.account()
        points = await provider.charge_points()
    assert [one.id for one in points] == ["CH-1", "CH-2", "CH-7"]
    assert account.title == "Siemens DepotFinity (127.0.0.1)"
    assert account.id.startswith("127.0.0.1_")
    assert CLIENT_ID not in account.id
    with pytest.raises(ProviderError):
        await sign_in(http, emulator.url)


async def test_the_account_keeps_its_name(http: aiohttp.ClientSession) -> None:
    """A realm stays where the host changes; another client is another account."""
    token = {"access_token": "abc"}
    async with host(answers({"/token": token})) as served:
        first = await sign_in(http, served.url)
        other = await sign_in(http, served.url, client_id="another")
        moved = f"eu_{first.settings['realm'].rpartition('_')[2]}"
        same = await sign_in(http, served.url, realm=moved)
        again = await sign_in(
            http, served.url, client_id="another", realm=first.settings["realm"]
        )
    assert first.settings["realm"] != other.settings["realm"]
    assert same.settings["realm"] == moved
    assert again.settings["realm"] == other.settings["realm"]
    assert "id_tag" not in first.settings


async def test_keys_of_sessions_begin_with_the_realm() -> None:
    """And not with anything secret."""
    async with depot(at=NOON) as found:
        await found.polls(2)
        assert found.ledger
        for key, one in found.ledger.items():
            assert key == f"eu/{one.id}"


FAULTS: list[tuple[str, dict[str, Any]]] = [
    *(("status", {"status": code}) for code in (400, 401, 403, 404, 429, 500)),
    *((kind, {}) for kind in ("reset", "truncated", "html", "redirect", "nested")),
]


@pytest.mark.parametrize(
    ("kind", "options"), FAULTS, ids=[kind + str(options) for kind, options in FAULTS]
)
@pytest.mark.parametrize("path", ["", "/oauth2/", "/v1/", "/v2/"])
async def test_no_secret_is_told(
    caplog: pytest.LogCaptureFixture, kind: str, options: dict[str, Any], path: str
) -> None:
    """Logs, errors and what is shown of the account, whatever fails."""
    said: list[str] = []
    with caplog.at_level(logging.DEBUG):
        async with depot(at=NOON + 6 * HOUR) as found:
            found.emulator.faults.add(kind, path=path, **options)
            provider = found.provider
            calls: list[Any] = [
                lambda: provider.snapshot(),
                lambda: provider.charge_points(),
                lambda: provider.start("CH-1", "CH-1/1"),
                lambda: sign_in(found.http, found.emulator.url),
            ]
            tokens = set(found.emulator.depotfinity.tokens._grants)
            for call in calls:
                try:
                    said.append(repr(await call()))
                except ProviderError as error:
                    said += [
                        repr(error),
                        str(error),
                        repr(vars(error)),
                        repr(error.args),
                    ]
            tokens |= set(found.emulator.depotfinity.tokens._grants)
            said += [repr(provider), repr(found.snapshot.cursors)]
    own = [one for one in caplog.messages if "127.0.0.1 [" not in one]
    everything = "\n".join([*said, *own])
    for secret in [*map(str, SECRETS), *tokens, "BUS-1"]:
        assert secret not in everything


async def test_a_vehicle_is_never_told() -> None:
    """Neither its label nor a card leaves the mapping."""
    async with depot(at=NOON + 5 * HOUR, names_vehicles=True) as found:
        await found.polls(6 * 12, 600 * (HOUR / 3600))
        assert any(one.reference for one in found.told)
        shown = repr(found.told) + repr(found.snapshot)
    assert "BUS" not in shown
    assert "DEPOT-TAG" not in shown


async def test_the_profile_of_the_emulator_is_the_documented_one(
    http: aiohttp.ClientSession,
) -> None:
    """A short token is renewed without anybody's help."""
    clock = SimulatedClock(NOON)
    profile = DepotfinityProfile(token_lifetime=600)
    async with Emulator(scenarios.depot(clock, 1, 1), depotfinity=profile) as emulator:
        kept_settings = settings(emulator.url)
        store = Tokens(access="none", obtained_at=0.0, lifetime=600)
        provider = open_provider(http, clock, kept_settings, tokens=store)
        for _ in range(6):
            await provider.snapshot()
            clock.advance(HOUR / 4)
        refused = [one for one in emulator.requests if one.status == 401]
    assert not refused
