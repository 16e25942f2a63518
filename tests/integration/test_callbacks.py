"""Messages of a back end about a command, over HTTP as they come in."""

from collections.abc import AsyncIterator
from datetime import timedelta
from http import HTTPStatus
import logging
import sys
from types import ModuleType
from typing import Any

from aiohttp.test_utils import TestClient
from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from yarl import URL

from custom_components.ev_charging_cloud.callbacks import LIFETIME, MOST_TOKENS
from custom_components.ev_charging_cloud.providers.catalogue import BACKENDS
from custom_components.ev_charging_cloud.providers.errors import RateLimitError
from homeassistant.core import HomeAssistant

from .roaming import KEY, RoamingBackend
from .roaming_home import RoamingHome, make_entry, roaming_home

OUTSIDE = "https://home.example:8443"
CLOUD = "https://abc.ui.nabu.casa"
RESULT = {"result": "ACCEPTED"}
DEBOUNCE = 11

type Client = TestClient[Any, Any]

pytestmark = pytest.mark.usefixtures("flowing")


@pytest.fixture
async def home(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[RoamingHome]:
    """Return an account at a Home Assistant that can be reached from outside."""
    backend = RoamingBackend()
    monkeypatch.setitem(BACKENDS, KEY, backend)
    hass.config.external_url = OUTSIDE
    async with roaming_home(hass, backend.place, make_entry()) as found:
        yield found


@pytest.fixture
async def client(
    home: RoamingHome, hass_client_no_auth: ClientSessionGenerator
) -> Client:
    """Return somebody outside, after the account was set up."""
    await home.set_up()
    home.place.asked.clear()
    found: Client = await hass_client_no_auth()
    return found


def address(home: RoamingHome) -> URL:
    """Return what a provider would hand to its back end."""
    assert home.place.connection is not None
    assert home.place.connection.callback is not None
    return URL(home.place.connection.callback())


def path(url: URL) -> str:
    """Return an address as the server sees it."""
    return str(url.relative())


async def post(client: Client, url: str, **body: object) -> None:
    """Send a message, whose answer is always the same."""
    answer = await client.post(url, **body)  # type: ignore[arg-type]
    assert answer.status == HTTPStatus.OK
    found = await answer.json()
    assert found["status_code"] == 1000
    assert set(found) == {"status_code", "timestamp"}
    assert found["timestamp"].endswith("Z")


async def reads(home: RoamingHome) -> int:
    """Return how often the account was read, now that all is done."""
    await home.settle()
    return home.place.asked.count("snapshot")


async def cool(home: RoamingHome, freezer: FrozenDateTimeFactory, wait: float) -> None:
    """Let time go by, so that another request to read is not put off."""
    freezer.tick(timedelta(seconds=wait))
    async_fire_time_changed(home.hass)
    await home.settle()
    home.place.asked.clear()


async def test_a_result_makes_the_account_be_read(
    home: RoamingHome, client: Client
) -> None:
    """Whatever it says: only what is read afterwards is believed."""
    url = address(home)
    assert url.origin() == URL(OUTSIDE)
    assert set(url.query) == {"t"}
    assert len(url.query["t"]) >= 32
    await post(client, path(url), json=RESULT)
    assert await reads(home) == 1


async def test_each_address_is_its_own(home: RoamingHome, client: Client) -> None:
    """The order in which they are used does not matter."""
    first, second = address(home), address(home)
    assert first.path == second.path
    assert first.query["t"] != second.query["t"]
    await post(client, path(second), json=RESULT)
    assert await reads(home) == 1


async def test_a_replayed_message_does_nothing(
    home: RoamingHome, client: Client, freezer: FrozenDateTimeFactory
) -> None:
    """An address is good once."""
    url = address(home)
    await post(client, path(url), json=RESULT)
    assert await reads(home) == 1
    await cool(home, freezer, DEBOUNCE)
    await post(client, path(url), json=RESULT)
    assert await reads(home) == 0


async def test_a_late_message_does_nothing(
    home: RoamingHome, client: Client, freezer: FrozenDateTimeFactory
) -> None:
    """After ten minutes nobody waits for it."""
    late = address(home)
    await cool(home, freezer, LIFETIME - 60)
    in_time = address(home)
    await cool(home, freezer, 61)
    await post(client, path(late), json=RESULT)
    assert await reads(home) == 0
    await post(client, path(in_time), json=RESULT)
    assert await reads(home) == 1


@pytest.mark.parametrize(
    "query", ["", "?t=", "?t=forged", "?other=1", "?t=a&t=b"], ids=str
)
async def test_a_forged_message_does_nothing(
    home: RoamingHome, client: Client, query: str
) -> None:
    """And uses up nothing."""
    url = address(home)
    await post(client, f"{url.path}{query}", json=RESULT)
    assert await reads(home) == 0
    await post(client, path(url), json=RESULT)
    assert await reads(home) == 1


async def test_a_body_is_never_read(
    home: RoamingHome, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """However large, or however broken, and none of it is in the log."""
    caplog.set_level(logging.DEBUG)
    for body in (b"\xff{marker", b"marker" * 1_000_000, b""):
        await post(client, path(address(home)), data=body)
        await post(client, address(home).path, data=body)
    assert "marker" not in caplog.text
    states = [str(state.as_dict()) for state in home.hass.states.async_all()]
    assert not [one for one in states if "marker" in one]


async def test_tokens_are_in_no_log(
    home: RoamingHome, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither used nor forged ones."""
    caplog.set_level(logging.DEBUG, "homeassistant")
    caplog.set_level(logging.DEBUG, "custom_components")
    url = address(home)
    await post(client, path(url), json=RESULT)
    await reads(home)
    ours = [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith(("homeassistant", "custom_components"))
    ]
    assert ours
    assert not [one for one in ours if url.query["t"] in one]


async def test_other_ways_to_ask_do_nothing(home: RoamingHome, client: Client) -> None:
    """A message is posted."""
    url = path(address(home))
    for method in (client.get, client.put):
        answer = await method(url)
        assert answer.status == HTTPStatus.METHOD_NOT_ALLOWED
    assert await reads(home) == 0
    await post(client, url, json=RESULT)
    assert await reads(home) == 1


async def test_only_so_many_are_awaited(home: RoamingHome, client: Client) -> None:
    """The oldest gives way."""
    urls = [address(home) for _ in range(MOST_TOKENS + 1)]
    await post(client, path(urls[0]), json=RESULT)
    assert await reads(home) == 0
    await post(client, path(urls[1]), json=RESULT)
    assert await reads(home) == 1


async def test_a_flood_of_results_is_read_once(
    home: RoamingHome, client: Client
) -> None:
    """At once, and once more when things have calmed down."""
    for _ in range(10):
        await post(client, path(address(home)), json=RESULT)
    assert await reads(home) == 1


async def test_nothing_is_read_while_the_back_end_wants_a_pause(
    home: RoamingHome, client: Client
) -> None:
    """It knows its own result."""
    home.place.failure = RateLimitError("Slower", retry_after=600)
    await home.poll()
    home.place.asked.clear()
    await post(client, path(address(home)), json=RESULT)
    assert await reads(home) == 0


async def test_an_unloaded_account_is_not_listening(
    home: RoamingHome, client: Client
) -> None:
    """And gets another address when it is loaded again."""
    url = address(home)
    await home.hass.config_entries.async_unload(home.entry.entry_id)
    answer = await client.post(path(url), json=RESULT)
    assert answer.status == HTTPStatus.OK
    assert await answer.read() == b""
    await home.set_up()
    home.place.asked.clear()
    assert address(home).path != url.path
    await client.post(path(url), json=RESULT)
    assert await reads(home) == 0
    assert str(url.path) not in str(home.entry.as_dict())


async def test_where_nobody_can_call_there_is_no_address(home: RoamingHome) -> None:
    """A provider then polls."""
    home.hass.config.external_url = None
    home.hass.config.internal_url = "http://192.168.1.2:8123"
    await home.set_up()
    assert home.place.connection is not None
    assert home.place.connection.callback is None


async def test_a_back_end_that_wants_no_messages_gets_no_address(
    home: RoamingHome,
) -> None:
    """Nothing listens for it."""
    BACKENDS[KEY].callbacks = False
    await home.set_up()
    assert home.place.connection is not None
    assert home.place.connection.callback is None


async def test_the_cloud_of_home_assistant_is_an_outside_address(
    home: RoamingHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing else is configured."""
    home.hass.config.external_url = None
    home.hass.config.components.add("cloud")
    # The real one needs packages that the tests do not have.
    cloud = ModuleType("homeassistant.components.cloud")
    cloud.CloudNotAvailable = LookupError  # type: ignore[attr-defined]
    cloud.async_remote_ui_url = lambda _: CLOUD  # type: ignore[attr-defined]
    cloud.async_remote_ui_urls = lambda _: [CLOUD]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, cloud.__name__, cloud)
    await home.set_up()
    assert address(home).origin() == URL(CLOUD)


async def test_an_address_follows_what_is_configured(home: RoamingHome) -> None:
    """The last one is used on where there is none any more."""
    await home.set_up()
    home.hass.config.external_url = "https://moved.example"
    assert address(home).host == "moved.example"
    home.hass.config.external_url = None
    assert address(home).host == "moved.example"
