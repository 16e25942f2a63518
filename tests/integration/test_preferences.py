"""The action that says how to be charged, at an operator with OCPI."""

from collections.abc import AsyncIterator
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
import voluptuous as vol

from custom_components.ev_charging_cloud.const import DOMAIN
from custom_components.ev_charging_cloud.providers.provider import Profile
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.service import async_get_all_descriptions
from homeassistant.helpers.translation import async_get_translations
from homeassistant.setup import async_setup_component

from .party_home import (
    AT_HOME,
    CARD_PART,
    FREE,
    RUNNING,
    TEXTS,
    PartyHome,
    Setup,
    at,
    cpo,
    party_home,
)

pytestmark = pytest.mark.usefixtures("flowing")

ACTION = "set_charging_preferences"
# Home Assistant's clock stands at 16:40 there, that of UTC at 14:40.
ZONE = "Europe/Copenhagen"
TOMORROW, TOMORROW_UTC = "2025-03-31 07:30:00", "2025-03-31T05:30:00Z"


@pytest.fixture
async def home(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> AsyncIterator[PartyHome]:
    """Return a Home Assistant with an account that is set up."""
    setup = getattr(request, "param", Setup())
    await hass.config.async_set_time_zone(ZONE)
    async with party_home(hass, freezer, monkeypatch, setup) as found:
        await found.set_up()
        yield found


async def say(home: PartyHome, evse: str = AT_HOME, **data: Any) -> None:
    """Run the action as an automation does."""
    target = {"entity_id": home.entity_id("charging_profile", evse)}
    await home.hass.services.async_call(
        DOMAIN, ACTION, data, blocking=True, target=target
    )
    await home.settle()


async def refusal(home: PartyHome, **data: Any) -> str:
    """Run the action, which must fail with a sentence, and return its key."""
    with pytest.raises(HomeAssistantError) as caught:
        await say(home, **data)
    assert caught.value.translation_domain == DOMAIN
    key = caught.value.translation_key
    assert key is not None
    assert TEXTS["exceptions"][key]["message"]
    return key


async def test_what_a_driver_says_reaches_the_operator(home: PartyHome) -> None:
    """A time without a zone is one of Home Assistant's; the profile is then shown."""
    await say(
        home,
        profile="cheap",
        departure_time=TOMORROW,
        energy_need=20,
        discharge_allowed=True,
    )
    assert home.party.preferences == {
        RUNNING: {
            "profile_type": "CHEAP",
            "departure_time": TOMORROW_UTC,
            "energy_need": 20,
            "discharge_allowed": True,
        }
    }
    assert home.value("charging_profile") == "cheap"
    await home.next_poll()
    assert home.value("charging_profile") == "cheap"


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ({}, {}),
        ({"departure_time": TOMORROW}, {"departure_time": TOMORROW_UTC}),
        (
            {"departure_time": "2025-03-31T07:30:00-04:00"},
            {"departure_time": "2025-03-31T11:30:00Z"},
        ),
        ({"energy_need": 12.5}, {"energy_need": 12.5}),
        ({"discharge_allowed": False}, {"discharge_allowed": False}),
        ({"discharge_allowed": "off"}, {"discharge_allowed": False}),
    ],
)
async def test_what_is_not_said_is_not_sent(
    home: PartyHome, said: dict[str, Any], sent: dict[str, Any]
) -> None:
    """Not even as nothing; a no is not nothing."""
    await say(home, profile="fast", **said)
    assert home.sent("preferences") == [{"profile_type": "FAST", **sent}]


async def test_an_operator_is_told_step_by_step(home: PartyHome) -> None:
    """The choice is refused with a sentence that names the action, which can say it."""
    select = {"entity_id": home.entity_id("charging_profile"), "option": "green"}
    with pytest.raises(HomeAssistantError) as caught:
        await home.hass.services.async_call(
            "select", "select_option", select, blocking=True
        )
    assert caught.value.translation_key == "refused_departure_required"
    said: dict[str, Any] = {"profile": "green", "departure_time": TOMORROW}
    assert await refusal(home, **said) == "refused_energy_need_required"
    assert home.value("charging_profile") == "unknown"
    await say(home, **said, energy_need=8)
    assert home.value("charging_profile") == "green"


@pytest.mark.parametrize(
    ("result", "key"),
    [
        ("DEPARTURE_REQUIRED", "refused_departure_required"),
        ("ENERGY_NEED_REQUIRED", "refused_energy_need_required"),
        ("NOT_POSSIBLE", "refused_not_possible"),
        ("PROFILE_TYPE_NOT_SUPPORTED", "refused_not_possible"),
        ("PERHAPS", "unexpected_answer"),
        ("ACCEPTED", None),
    ],
)
async def test_every_answer(home: PartyHome, result: str, key: str | None) -> None:
    """Only what was accepted is shown."""
    home.emulator.switch("ocpi", preference_result=result)
    if key is None:
        await say(home, profile="green")
    else:
        assert await refusal(home, profile="green") == key
    shown = "unknown" if key else "green"
    assert home.value("charging_profile") == shown
    assert home.asked("preferences") == 1


async def test_an_evse_that_takes_no_preferences_any_more(home: PartyHome) -> None:
    """The operator answers that there is nothing at that address (8.7)."""
    home.emulator.switch("ocpi", no_preferences=["EVSE-1"])
    assert await refusal(home, profile="fast") == "refused_not_possible"
    assert home.value("charging_profile") == "unknown"


@pytest.mark.parametrize(
    "departure",
    ["2025-03-30 16:40:07", "2025-03-30 15:00:00", "2025-03-30T14:40:06+00:00"],
    ids=["now", "past-but-not-in-utc", "past"],
)
async def test_a_departure_in_the_past(home: PartyHome, departure: str) -> None:
    """It is the user's mistake, and nothing is sent."""
    with pytest.raises(ServiceValidationError) as caught:
        await say(home, profile="cheap", departure_time=departure, energy_need=20)
    assert caught.value.translation_key == "departure_past"
    assert TEXTS["exceptions"]["departure_past"]["message"]
    assert home.asked("preferences") == 0
    await say(
        home, profile="cheap", departure_time="2025-03-30 16:40:08", energy_need=20
    )
    assert home.asked("preferences") == 1


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"profile": "CHEAP"},
        {"profile": "slow"},
        {"profile": "fast", "energy_need": 0},
        {"profile": "fast", "energy_need": -1},
        {"profile": "fast", "energy_need": "nan"},
        {"profile": "fast", "energy_need": "inf"},
        {"profile": "fast", "energy_need": 2001},
        {"profile": "fast", "departure_time": "soon"},
        {"profile": "fast", "departure_time": "0001-01-01 00:00:00"},
        {"profile": "fast", "discharge_allowed": "perhaps"},
        {"profile": "fast", "speed": 11},
    ],
)
async def test_what_makes_no_sense_is_not_sent(
    home: PartyHome, data: dict[str, Any]
) -> None:
    """Home Assistant refuses it, and says which field it is."""
    with pytest.raises(vol.Invalid):
        await say(home, **data)
    assert home.asked("preferences") == 0


@at(parts={"card": CARD_PART})
async def test_the_session_of_somebody_else(home: PartyHome) -> None:
    """Home Assistant leaves out what is not available, as for every action."""
    assert home.value("charging_profile") == "unavailable"
    await say(home, profile="fast")
    assert home.asked("preferences") == 0
    options = {**home.entry.options, "control_all": True}
    home.hass.config_entries.async_update_entry(home.entry, options=options)
    await home.reload()
    await say(home, profile="fast")
    assert home.party.preferences == {RUNNING: {"profile_type": "FAST"}}
    assert home.value("charging_profile") == "fast"


async def test_where_nothing_charges(home: PartyHome) -> None:
    """There is no session to say it of."""
    assert home.value("charging_profile", FREE) == "unavailable"
    await say(home, FREE, profile="fast")
    assert home.asked("preferences") == 0


async def test_a_device_can_be_named(home: PartyHome) -> None:
    """And only its choice is meant."""
    chosen = er.async_get(home.hass).async_get(home.entity_id("charging_profile"))
    assert chosen is not None
    await home.hass.services.async_call(
        DOMAIN,
        ACTION,
        {"profile": "fast"},
        blocking=True,
        target={"device_id": chosen.device_id},
    )
    await home.settle()
    assert home.party.preferences == {RUNNING: {"profile_type": "FAST"}}


@at(ocpi=cpo(no_preferences=frozenset({"EVSE-1", "EVSE-2"})))
async def test_the_action_is_there_without_anything_to_say_it_to(
    home: PartyHome,
) -> None:
    """Before an account is set up, after it, and without a choice."""
    assert not home.has("charging_profile")
    assert home.hass.services.has_service(DOMAIN, ACTION)
    await home.hass.config_entries.async_unload(home.entry.entry_id)
    assert home.hass.services.has_service(DOMAIN, ACTION)


async def test_the_action_needs_no_account(hass: HomeAssistant) -> None:
    """An automation that uses it can be checked at any time."""
    assert await async_setup_component(hass, DOMAIN, {})
    assert hass.services.has_service(DOMAIN, ACTION)
    described = (await async_get_all_descriptions(hass))[DOMAIN][ACTION]
    fields = described["fields"]
    options = fields["profile"]["selector"]["select"]["options"]
    assert options == [one.value for one in Profile]
    (only,) = described["target"]["entity"]
    assert only["domain"] == ["select"]
    schema = hass.services.async_services_for_domain(DOMAIN)[ACTION].schema
    assert schema is not None
    for key in ("min", "max"):
        edge = fields["energy_need"]["selector"]["number"][key]
        schema({"entity_id": "all", "profile": "fast", "energy_need": edge})


@pytest.mark.parametrize("language", ["en", "da"])
async def test_the_sentences_name_the_action(
    hass: HomeAssistant, language: str
) -> None:
    """As it is called in that language."""
    assert await async_setup_component(hass, DOMAIN, {})
    texts = {
        kind: await async_get_translations(hass, language, kind, {DOMAIN})
        for kind in ("services", "exceptions")
    }
    name = texts["services"][f"component.{DOMAIN}.services.{ACTION}.name"]
    for key in ("refused_departure_required", "refused_energy_need_required"):
        sentence = texts["exceptions"][f"component.{DOMAIN}.exceptions.{key}.message"]
        assert f'"{name}"' in sentence
