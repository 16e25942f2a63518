"""An operator that leads astray: where the token goes, and what the user hears of it.

A second server takes any token that is sent to it; no test ever sends it one.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from freezegun.api import FrozenDateTimeFactory
import pytest
from yarl import URL

from custom_components.ev_charging_cloud.providers.ocpi import paging
from emulator.ocpi.version_routes import RECEIVERS, SENDERS
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..providers.support import Host, host
from .party_home import (
    APP,
    DAY,
    FREE,
    HOUR,
    MINUTE,
    PartyHome,
    Setup,
    at,
    cpo,
    issues,
    kept,
    party_home,
    refused,
)

pytestmark = pytest.mark.usefixtures("flowing")

PRIVATE = "10.0.0.7"
# In the order of the version's details.
MODULES = ("credentials", *SENDERS, *RECEIVERS)
DETAILS = r"^/ocpi/2\.3\.0/?$"


@dataclass
class Trap:
    """A place that takes any token, and every host that Home Assistant has asked."""

    served: Host
    asked: set[str] = field(default_factory=set)

    @property
    def authority(self) -> str:
        """Return the host with its port."""
        return URL(self.served.url).authority

    def is_empty(self, home: PartyHome) -> bool:
        """Tell whether only the operator was ever asked, and nobody else."""
        return not self.served.seen and self.asked == {URL(home.emulator.url).authority}


@pytest.fixture
async def trap(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Trap]:
    """Serve a place elsewhere, and watch all requests."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.json_response({"status_code": 1000, "data": []})

    request = aiohttp.ClientSession._request

    async def watched(session: Any, method: str, url: Any, **about: Any) -> Any:
        found.asked.add(URL(url).authority)
        return await request(session, method, url, **about)

    async with host(answer) as served:
        found = Trap(served)
        monkeypatch.setattr(aiohttp.ClientSession, "_request", watched)
        yield found


@pytest.fixture
async def home(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> AsyncIterator[PartyHome]:
    """Return a Home Assistant at an operator with small pages."""
    setup = getattr(request, "param", Setup(ocpi=cpo(page_limit=1)))
    async with party_home(hass, freezer, monkeypatch, setup) as found:
        yield found


def told(home: PartyHome, trouble: str, detail: str) -> bool:
    """Tell whether one repair issue is there, and what it names."""
    wanted = {f"trouble_{trouble}": {"account": "Roaming", "detail": detail}}
    return issues(home) == wanted


def named(home: PartyHome, modules: tuple[str, ...], root: str) -> None:
    """Let the version's details name other addresses for modules."""
    operations = [
        {
            "op": "set",
            "path": f"/data/endpoints/{MODULES.index(module)}/url",
            "value": f"{root}/{module}",
        }
        for module in modules
    ]
    home.emulator.faults.add("mutate", path=DETAILS, operations=operations)


async def set_up_fails(home: PartyHome, detail: str) -> None:
    """Set the account up, which must fail and name a host."""
    await home.set_up(ConfigEntryState.SETUP_RETRY)
    assert home.entry.error_reason_translation_key == "foreign_host"
    assert detail in str(home.entry.reason)


@pytest.mark.parametrize("where", ["trap", PRIVATE, "192.168.1.2:8443", "[fd00::7]"])
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_sessions_elsewhere(
    home: PartyHome, trap: Trap, where: str, scheme: str
) -> None:
    """Without sessions there is nothing: the set-up fails, and says which host."""
    where = trap.authority if where == "trap" else where
    named(home, ("sessions",), f"{scheme}://{where}/ocpi")
    await set_up_fails(home, where)
    assert trap.is_empty(home)
    home.emulator.faults.clear()
    await home.hass.config_entries.async_reload(home.entry.entry_id)
    await home.settle()
    assert home.entry.state is ConfigEntryState.LOADED
    assert issues(home) == {}


OTHERS = ("credentials", "locations", "tariffs", "cdrs", "commands", "tokens")


@pytest.mark.parametrize("module", OTHERS)
async def test_another_module_elsewhere(
    home: PartyHome, trap: Trap, module: str
) -> None:
    """It is not asked, and said; the rest goes on, until the operator mends it."""
    named(home, (module,), f"{trap.served.url}/ocpi")
    await home.set_up()
    assert told(home, "foreign_host", trap.authority)
    # Without a list of locations, places are known by what sessions say of them.
    assert home.has("is_charging") is (module != "locations")
    assert home.has("charging", APP) is (module != "commands")
    assert home.value("is_charging", APP) == "on"
    await home.go_on(10 * MINUTE)
    assert told(home, "foreign_host", trap.authority)
    assert home.asked("versions") == 1
    home.emulator.faults.clear()
    await home.advance(DAY)
    await home.next_poll()
    assert issues(home) == {}
    assert trap.is_empty(home)
    assert home.asked("versions") == 2


async def test_a_version_elsewhere(home: PartyHome, trap: Trap) -> None:
    """The details of the best version are on another host."""
    operations = [
        {"op": "set", "path": f"/data/{one}/url", "value": f"{trap.served.url}/{one}"}
        for one in range(3)
    ]
    home.emulator.faults.add("mutate", path=r"/versions/?$", operations=operations)
    await set_up_fails(home, trap.authority)
    assert trap.is_empty(home)


@pytest.mark.parametrize("where", ["trap", PRIVATE])
async def test_a_next_page_elsewhere(home: PartyHome, trap: Trap, where: str) -> None:
    """The pages are read by their number all the same."""
    where = trap.authority if where == "trap" else where
    home.emulator.switch("ocpi", link="wrong_host", link_host=where)
    await home.set_up()
    assert told(home, "foreign_host", where)
    assert len(await kept(home)) == 3
    assert home.value("charging", FREE) == "off"
    await home.go_on(10 * MINUTE)
    assert told(home, "foreign_host", where)
    home.emulator.switch("ocpi", link="ok")
    # Tariffs, the rarest list, are read once a day.
    await home.advance(DAY)
    await home.next_poll()
    assert issues(home) == {}
    assert trap.is_empty(home)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("path", ["sessions", "cdrs"])
async def test_a_redirect_elsewhere(
    home: PartyHome, trap: Trap, status: int, path: str
) -> None:
    """It is not followed: the list is not read, and that is said until it is."""
    await home.set_up()
    assert issues(home) == {}
    fault = home.emulator.faults.add(
        "redirect",
        path=f"{path}/?$",
        status=status,
        location=f"{trap.served.url}/stolen",
    )
    home.world.start("EVSE-2", "party-04AABBCC", by="rfid")
    await home.go_on(HOUR)
    assert told(home, "foreign_host", trap.authority)
    assert (home.value("charging", FREE) == "unavailable") is (path == "sessions")
    home.emulator.faults.clear(fault)
    await home.go_on(HOUR)
    assert issues(home) == {}
    assert home.value("charging", FREE) == "on"
    assert trap.is_empty(home)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_command_that_is_redirected_elsewhere(
    home: PartyHome, trap: Trap, status: int
) -> None:
    """Nothing is started there; where no redirect may be followed, a look tells."""
    await home.set_up()
    home.emulator.faults.add(
        "redirect",
        method="POST",
        path="START_SESSION",
        status=status,
        location=f"{trap.served.url}/stolen",
    )
    key = await refused(home, on=True, evse=FREE)
    assert key == ("foreign_host" if status in (307, 308) else "start_not_confirmed")
    assert home.value("charging", FREE) == "off"
    assert trap.is_empty(home)


@pytest.mark.parametrize("status", [307, 302])
async def test_a_redirect_to_itself(home: PartyHome, trap: Trap, status: int) -> None:
    """It ends after a few steps."""
    await home.set_up()
    home.emulator.faults.add(
        "redirect",
        path="sessions/?$",
        status=status,
        location=f"{home.emulator.url}/ocpi/cpo/2.3.0/sessions",
    )
    before = home.asked("sessions")
    await home.poll()
    assert home.asked("sessions") - before <= 4
    assert trap.is_empty(home)


@pytest.mark.parametrize("total", ["ok", "missing", "page"])
async def test_links_in_a_circle(home: PartyHome, trap: Trap, total: str) -> None:
    """The list is read to its end by numbers, each page once."""
    home.emulator.switch("ocpi", link="loop", total=total)
    await home.set_up()
    assert len(await kept(home)) == 3
    before = len(home.emulator.requests)
    await home.poll()
    assert len(home.emulator.requests) - before <= 4
    assert trap.is_empty(home)


@at(ocpi=cpo(page_limit=2, link="endless", total="missing"))
async def test_pages_without_end(
    home: PartyHome, trap: Trap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The poll ends, what there is was read, and the list is named; soon it costs less."""
    monkeypatch.setattr(paging, "MOST_PAGES", 40)
    monkeypatch.setattr(paging, "PAGES_AGAIN", 3)
    await home.set_up()
    assert home.value("charging") == "on"
    found = issues(home)
    assert set(found) == {"trouble_endless_pages"}
    assert found["trouble_endless_pages"]["detail"] in SENDERS
    assert 40 <= home.asked("tariffs") <= 41
    before = home.asked("sessions")
    await home.next_poll()
    await home.next_poll()
    # What is new, and what is left of the past.
    assert home.asked("sessions") - before <= 2 * (3 + 40)
    before = home.asked("sessions")
    await home.next_poll()
    assert home.asked("sessions") - before <= 3
    home.emulator.switch("ocpi", link="ok")
    await home.advance(DAY)
    await home.go_on(HOUR)
    assert issues(home) == {}
    # The operator has invented others too, which it showed after them.
    assert (await kept(home)).keys() >= {"5001", "5003"}
    assert trap.is_empty(home)


async def test_the_operator_gets_its_token(home: PartyHome, trap: Trap) -> None:
    """What the other tests miss elsewhere does come where it should."""
    seen: list[str] = []

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        seen.append(request.headers.get("Authorization", ""))
        return web.json_response({"status_code": 1000, "data": []})

    async with host(answer) as served:
        settings = {
            **home.entry.data["settings"],
            "sessions_url": f"{served.url}/sessions",
        }
        home.hass.config_entries.async_update_entry(
            home.entry, data={**home.entry.data, "settings": settings}
        )
        await home.set_up()
        await home.advance(MINUTE)
        assert len(seen) >= 1
        assert all(one.startswith("Token ") for one in seen)
        assert not trap.is_empty(home)
        assert issues(home) == {}
        await home.hass.config_entries.async_unload(home.entry.entry_id)


async def test_a_preference_that_is_redirected_elsewhere(
    home: PartyHome, trap: Trap
) -> None:
    """Whatever is written, it goes to the operator or nowhere."""
    await home.set_up()
    home.emulator.faults.add(
        "redirect",
        method="PUT",
        path="charging_preferences",
        status=307,
        location=f"{trap.served.url}/stolen",
    )
    with pytest.raises(HomeAssistantError) as caught:
        await home.hass.services.async_call(
            "select",
            "select_option",
            {"entity_id": home.entity_id("charging_profile"), "option": "fast"},
            blocking=True,
        )
    assert caught.value.translation_key == "foreign_host"
    assert trap.authority in str(caught.value)
    assert trap.is_empty(home)
