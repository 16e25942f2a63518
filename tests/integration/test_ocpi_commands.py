"""Commands of OCPI, and the operator's calls that tell what became of them.

The operator calls Home Assistant's own HTTP server, over a real socket.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from yarl import URL

from emulator import EmablerProfile
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component

from .party_home import (
    APP,
    APP_PART,
    AT_HOME,
    CABLE,
    CARD,
    CARD_PART,
    FREE,
    MINUTE,
    TEXTS,
    PartyHome,
    Setup,
    at,
    cpo,
    kept,
    party_home,
    refused,
)

pytestmark = pytest.mark.usefixtures("flowing")

# How long Home Assistant puts off another reading after a call.
DEBOUNCE = 11


@pytest.fixture
async def home(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> AsyncIterator[PartyHome]:
    """Return a Home Assistant that nobody outside can reach."""
    setup = getattr(request, "param", Setup())
    async with party_home(hass, freezer, monkeypatch, setup) as found:
        yield found


@pytest.fixture
async def open_home(
    home: PartyHome, hass_client_no_auth: ClientSessionGenerator
) -> PartyHome:
    """Return a Home Assistant that the operator can call, with its account."""
    assert await async_setup_component(home.hass, "webhook", {})
    client = await hass_client_no_auth()
    home.hass.config.external_url = str(client.make_url("")).rstrip("/")
    await home.set_up()
    return home


def reads(home: PartyHome) -> list[datetime]:
    """Return when the sessions were read."""
    kind = f"{home.entry.data['backend']}_sessions"
    return [one.moment for one in home.emulator.requests if one.kind == kind]


def callback_url(home: PartyHome, kind: str = "start") -> URL:
    """Return the address that the operator was given last."""
    return URL(home.sent(kind)[-1]["response_url"])


async def begin(home: PartyHome) -> None:
    """Turn the switch on, and let what the operator calls at once come in."""
    action = await home.begin_switch(True, FREE)
    await home.called_back()
    await home.finish(action)


@pytest.mark.parametrize(
    "home",
    [Setup(), Setup(version="v2-1-1"), Setup(emabler=EmablerProfile())],
    indirect=True,
    ids=["2.3.0", "2.1.1", "emabler"],
)
async def test_a_call_makes_the_account_be_read(open_home: PartyHome) -> None:
    """At once, where a look would only come later; what is read counts."""
    home = open_home
    home.emulator.switch(home.party.name, callback_after=2)
    action = await home.begin_switch(True, FREE)
    sent = home.world.clock.now()
    await home.advance(2)
    await home.called_back()
    assert sent + timedelta(seconds=2) in reads(home)
    await home.finish(action)
    assert home.value("charging", FREE) == "on"
    (made,) = home.party.callbacks.made
    assert made.status == 200
    url = callback_url(home)
    assert url.origin() == URL(str(home.hass.config.external_url)).origin()
    assert set(url.query) == {"t"}
    assert home.asked("start") == 1


@at(ocpi=cpo(callback="never"))
async def test_a_call_that_never_comes(open_home: PartyHome) -> None:
    """The looks after the command find what it would have told."""
    await begin(open_home)
    assert open_home.value("charging", FREE) == "on"
    assert open_home.party.callbacks.made == []


@at(ocpi=cpo(callback="late"))
async def test_a_call_that_comes_late(open_home: PartyHome) -> None:
    """The start was confirmed long before; it is read again, and nothing else."""
    home = open_home
    action = await home.begin_switch(True, FREE)
    await home.finish(action)
    assert home.value("charging", FREE) == "on"
    event = home.state("session", FREE).state
    await home.advance(90)
    await home.called_back()
    assert [one.status for one in home.party.callbacks.made] == [200]
    assert home.value("charging", FREE) == "on"
    assert home.state("session", FREE).state == event
    assert home.asked("start") == 1


@at(ocpi=cpo(callback="failed"))
async def test_a_call_that_tells_a_failure(open_home: PartyHome) -> None:
    """No session comes, and that is what counts."""
    assert await refused(open_home, on=True, evse=FREE) == "start_not_confirmed"
    await open_home.called_back()
    assert [one.body for one in open_home.party.callbacks.made] == [
        {"result": "FAILED"}
    ]
    assert open_home.value("charging", FREE) == "off"


@at(ocpi=cpo(starts_nothing=True))
async def test_a_call_that_tells_a_success_is_not_believed(
    open_home: PartyHome,
) -> None:
    """The operator says that the start was accepted; no charger charges."""
    action = await open_home.begin_switch(True, FREE)
    await open_home.called_back()
    with pytest.raises(HomeAssistantError) as caught:
        await open_home.finish(action)
    assert caught.value.translation_key == "start_not_confirmed"
    assert [one.body for one in open_home.party.callbacks.made] == [
        {"result": "ACCEPTED"}
    ]
    assert open_home.value("charging", FREE) == "off"


@pytest.mark.parametrize(
    "home",
    [Setup(ocpi=cpo(callback="twice")), Setup(ocpi=cpo(callback="enveloped"))],
    indirect=True,
    ids=["twice", "enveloped"],
)
async def test_a_call_of_another_kind(open_home: PartyHome) -> None:
    """The second one finds its token spent, and is answered all the same."""
    home = open_home
    await begin(home)
    assert home.value("charging", FREE) == "on"
    assert {one.status for one in home.party.callbacks.made} == {200}
    assert len(await kept(home)) == 4
    await home.advance(DEBOUNCE)
    before = len(reads(home))
    async with home.coordinator.provider.transport.connection.http.post(
        callback_url(home), json={"result": "ACCEPTED"}
    ) as answer:
        assert answer.status == 200
    await home.settle()
    assert len(reads(home)) == before


async def test_without_an_address_of_its_own_it_polls(home: PartyHome) -> None:
    """The operator gets an address at which nobody ever answers."""
    await home.set_up()
    await begin(home)
    assert callback_url(home).host == "home-assistant.invalid"
    assert home.value("charging", FREE) == "on"
    await home.switch(False, FREE)
    assert home.value("charging", FREE) == "off"
    addresses = {str(callback_url(home, kind)) for kind in ("start", "stop")}
    assert len(addresses) == 2


async def test_a_stop_is_called_back_too(open_home: PartyHome) -> None:
    """With an address of its own."""
    home = open_home
    await begin(home)
    session = home.session(FREE)
    await home.advance(MINUTE)
    action = await home.begin_switch(False, FREE)
    await home.called_back()
    await home.finish(action)
    assert session.stopped_at is not None
    assert home.value("charging", FREE) == "off"
    assert len(home.party.callbacks.made) == 2
    assert callback_url(home).path == callback_url(home, "stop").path
    assert callback_url(home).query != callback_url(home, "stop").query


@pytest.mark.usefixtures("everything_enabled")
@at(included=(1, 2), options={"control_all": True})
async def test_a_cable_is_released(home: PartyHome) -> None:
    """Where the charger has a socket; a cable of its own stays."""
    await home.set_up()
    await home.press("unlock")
    assert home.party.unlocked == ["EVSE-1"]
    (body,) = home.sent("unlock")
    assert body["location_id"] == "LOC-1"
    assert body["evse_uid"] == "EVSE-1"
    assert body["connector_id"] == "1"
    if home.has("unlock", CABLE):
        with pytest.raises(HomeAssistantError):
            await home.press("unlock", CABLE)
    assert home.party.unlocked == ["EVSE-1"]


async def choose(home: PartyHome, option: str, evse: str = AT_HOME) -> None:
    """Choose how to be charged."""
    await home.hass.services.async_call(
        "select",
        "select_option",
        {"entity_id": home.entity_id("charging_profile", evse), "option": option},
        blocking=True,
    )
    await home.settle()


async def test_a_charging_preference(home: PartyHome) -> None:
    """Shown once it is accepted, for as long as the session runs."""
    await home.set_up()
    assert home.value("charging_profile") == "unknown"
    await choose(home, "fast")
    assert home.party.preferences == {"5004": {"profile_type": "FAST"}}
    assert home.value("charging_profile") == "fast"
    await home.next_poll()
    assert home.value("charging_profile") == "fast"
    await home.switch(False, AT_HOME)
    assert home.value("charging_profile") == "unavailable"


@pytest.mark.parametrize(
    ("result", "key"),
    [
        ("DEPARTURE_REQUIRED", "refused_departure_required"),
        ("ENERGY_NEED_REQUIRED", "refused_energy_need_required"),
        ("NOT_POSSIBLE", "refused_not_possible"),
        ("PROFILE_TYPE_NOT_SUPPORTED", "refused_not_possible"),
    ],
)
async def test_a_preference_that_is_not_taken(
    home: PartyHome, result: str, key: str
) -> None:
    """It says why, and is not shown."""
    home.emulator.switch("ocpi", preference_result=result)
    await home.set_up()
    with pytest.raises(HomeAssistantError) as caught:
        await choose(home, "cheap")
    assert caught.value.translation_key == key
    assert TEXTS["exceptions"][key]["message"]
    assert home.value("charging_profile") == "unknown"


@pytest.mark.parametrize(
    "home",
    [
        Setup(version="v2-1-1"),
        Setup(ocpi=cpo(no_preferences=frozenset({"EVSE-1", "EVSE-2"}))),
    ],
    indirect=True,
    ids=["2.1.1", "not-capable"],
)
async def test_where_preferences_are_not_taken_there_is_no_choice(
    home: PartyHome,
) -> None:
    """The first version has none, and not every EVSE takes them."""
    await home.set_up()
    assert not home.has("charging_profile")


NEW_CARD = {
    "uid": "04DDEEFF",
    "token_type": "rfid",
    "contract_id": "NL-HAX-C000003-3",
    "issuer": "Home",
    "label": "New card",
}


@at(parts={"app": APP_PART, "card": NEW_CARD})
async def test_a_token_is_registered_by_a_click_only(home: PartyHome) -> None:
    """Nothing is put before it; afterwards the operator knows the token."""
    await home.set_up()
    await home.switch(True, FREE)
    profile = home.party.profile
    known = home.party.tokens
    assert home.asked("put_token") == 0
    assert known.find(profile, ("NL", "HAX"), "04DDEEFF") is None
    await home.press("register", CARD)
    (put,) = [one for one in home.emulator.requests if one.method == "PUT"]
    assert put.path.endswith("/tokens/NL/HAX/04DDEEFF")
    assert put.query == {"type": "RFID"}
    assert put.body["contract_id"] == "NL-HAX-C000003-3"
    assert put.body["valid"] is True
    assert known.find(profile, ("NL", "HAX"), "04DDEEFF") is not None


@at(ocpi=cpo(unlisted=frozenset({"tokens", "commands"})))
async def test_what_the_operator_has_no_module_for_is_not_offered(
    home: PartyHome,
) -> None:
    """Nothing to register, to start or to release."""
    await home.set_up()
    assert not home.has("register", APP)
    assert not home.has("charging")
    assert not home.has("unlock")
    assert home.value("is_charging") == "on"


@pytest.mark.parametrize(
    "home",
    [
        Setup(settings={}, parts={"card": {**CARD_PART, "contract_id": contract}})
        for contract in ("Blue card 1", "DRIVER42", "04AABBCC", "NL-HAX-")
    ],
    indirect=True,
)
async def test_a_token_whose_party_is_not_known(home: PartyHome) -> None:
    """It cannot be put anywhere, and the sentence says so."""
    await home.set_up()
    with pytest.raises(HomeAssistantError) as caught:
        await home.press("register", CARD)
    assert caught.value.translation_key == "refused_no_party"
    assert TEXTS["exceptions"]["refused_no_party"]["message"]
    assert not [one for one in home.emulator.requests if one.method == "PUT"]


@pytest.mark.parametrize(
    "home",
    [
        Setup(settings={}, parts={"card": {**CARD_PART, "contract_id": contract}})
        for contract in (
            "NL-HAX-C000002-4",
            "nl*hax*4",
            "NLHAXC00000002",
            "NLHAXC000000024",
        )
    ],
    indirect=True,
)
async def test_a_contract_names_its_party(home: PartyHome) -> None:
    """Where the user has entered no party."""
    await home.set_up()
    await home.press("register", CARD)
    (put,) = [one for one in home.emulator.requests if one.method == "PUT"]
    assert put.path.endswith("/tokens/NL/HAX/04AABBCC")
