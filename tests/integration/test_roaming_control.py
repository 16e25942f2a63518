"""Release a cable, choose how to be charged, and hear what went wrong."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
import json
from typing import Any

import pytest
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.ev_charging_cloud.const import DOMAIN
from custom_components.ev_charging_cloud.providers.catalogue import BACKENDS
from custom_components.ev_charging_cloud.providers.errors import (
    CommandRefusedError,
    ForeignHostError,
    RateLimitError,
    UnsupportedError,
)
from custom_components.ev_charging_cloud.providers.model import Ownership
from custom_components.ev_charging_cloud.providers.provider import (
    Capability,
    Preference,
    Profile,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.translation import async_get_translations
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from .roaming import KEY, RoamingBackend, ended, location, session
from .roaming_home import RoamingHome, make_entry, roaming_home

FIRST = "L1/E1"
FAST = Preference(profile=Profile.FAST)
CARD: Mapping[str, str] = {
    "uid": "CARD-UID-1",
    "token_type": "rfid",
    "contract_id": "NL-ABC-C12345678-X",
    "issuer": "Home",
}


@pytest.fixture
async def home(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[RoamingHome]:
    """Return an account with a token, at which the first session runs."""
    backend = RoamingBackend()
    monkeypatch.setitem(BACKENDS, KEY, backend)
    backend.place.sessions[1] = session(1, FIRST)
    async with roaming_home(hass, backend.place, make_entry(CARD)) as found:
        yield found


def allow_all(home: RoamingHome) -> None:
    """Let sessions of others be controlled, as an administrator can."""
    options = {**home.entry.options, "control_all": True}
    home.hass.config_entries.async_update_entry(home.entry, options=options)


async def unlock(home: RoamingHome) -> None:
    """Press the button."""
    await home.act("button", "press", home.entity_id("unlock", FIRST))


async def choose(home: RoamingHome, profile: str = "green") -> None:
    """Choose how to be charged."""
    select = home.entity_id("charging_profile", FIRST)
    await home.act("select", "select_option", select, option=profile)


async def test_a_cable_can_only_be_released_by_who_enables_it(
    home: RoamingHome,
) -> None:
    """The button is there, and disabled."""
    await home.set_up()
    assert home.hass.states.get(home.entity_id("unlock", FIRST)) is None


@pytest.mark.usefixtures("everything_enabled")
async def test_the_cable_of_an_own_session_is_released(home: RoamingHome) -> None:
    """Also after the session: that is when it is stuck."""
    await home.set_up()
    await unlock(home)
    just_now = dt_util.utcnow() - timedelta(minutes=1)
    home.place.sessions[1] = ended(home.place.sessions[1], ended_at=just_now)
    await home.poll()
    await unlock(home)
    assert home.place.commands == [("unlock", "L1", FIRST)] * 2


@pytest.mark.usefixtures("everything_enabled")
async def test_the_cable_is_not_released_long_after_a_session(
    home: RoamingHome,
) -> None:
    """Somebody of another party may charge there by then."""
    long_ago = dt_util.utcnow() - timedelta(minutes=16)
    home.place.sessions[1] = ended(home.place.sessions[1], ended_at=long_ago)
    await home.set_up()
    with pytest.raises(ServiceValidationError) as caught:
        await unlock(home)
    assert caught.value.translation_key == "no_own_session"
    assert home.place.commands == []


@pytest.mark.usefixtures("everything_enabled")
@pytest.mark.parametrize(
    ("whose", "key"),
    [
        (Ownership.FOREIGN, "not_own"),
        (Ownership.UNKNOWN, "not_own"),
        (None, "no_own_session"),
    ],
)
async def test_the_cable_of_somebody_else_is_not_released(
    home: RoamingHome, whose: Ownership | None, key: str
) -> None:
    """Unless an administrator has allowed it."""
    home.place.sessions = (
        {} if whose is None else {1: session(1, FIRST, ownership=whose)}
    )
    await home.set_up()
    with pytest.raises(ServiceValidationError) as caught:
        await unlock(home)
    assert caught.value.translation_key == key
    assert home.place.commands == []
    allow_all(home)
    await unlock(home)
    assert home.place.commands == [("unlock", "L1", FIRST)]


@pytest.mark.usefixtures("everything_enabled")
async def test_where_nothing_can_be_released_there_is_no_button(
    home: RoamingHome,
) -> None:
    """The EVSE says so, or the back end."""
    home.place.capabilities -= {Capability.UNLOCK, Capability.PREFERENCES}
    await home.set_up()
    assert not home.has("unlock", FIRST)
    assert not home.has("charging_profile", FIRST)


@pytest.mark.usefixtures("everything_enabled")
async def test_an_evse_says_what_it_takes(
    home: RoamingHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And may take it later."""
    points = type(home.place).points
    plain = location(1, unlocks=False, prefers=False)
    monkeypatch.setattr(type(home.place), "points", lambda _: {"L1": plain})
    await home.set_up()
    assert not home.has("unlock", FIRST)
    assert not home.has("charging_profile", FIRST)
    monkeypatch.setattr(type(home.place), "points", points)
    await home.poll()
    assert home.has("unlock", FIRST)
    assert home.has("charging_profile", FIRST)


async def test_a_profile_is_chosen_and_shown_once_accepted(home: RoamingHome) -> None:
    """Until the session ends."""
    await home.set_up()
    state = home.state("charging_profile", FIRST)
    assert state.state == "unknown"
    assert state.attributes["options"] == ["regular", "cheap", "fast", "green"]
    await choose(home)
    green = Preference(profile=Profile.GREEN)
    assert home.place.commands == [("prefer", "1", green)]
    assert home.value("charging_profile", FIRST) == "green"
    home.place.sessions[1] = ended(home.place.sessions[1])
    await home.poll()
    assert home.value("charging_profile", FIRST) == "unavailable"


@pytest.mark.parametrize("whose", [Ownership.FOREIGN, Ownership.UNKNOWN])
async def test_the_profile_of_somebody_else_cannot_be_chosen(
    home: RoamingHome, whose: Ownership
) -> None:
    """Unless an administrator has allowed it."""
    home.place.sessions = {1: session(1, FIRST, ownership=whose)}
    await home.set_up()
    assert home.value("charging_profile", FIRST) == "unavailable"
    commands = home.entry.runtime_data.commands
    with pytest.raises(ServiceValidationError) as caught:
        await commands.prefer("L1", FIRST, FAST)
    assert caught.value.translation_key == "not_own"
    assert home.place.commands == []
    allow_all(home)
    await home.poll()
    await commands.prefer("L1", FIRST, FAST)
    assert home.value("charging_profile", FIRST) == "fast"


async def test_without_a_session_no_profile_is_sent(home: RoamingHome) -> None:
    """Whoever asks."""
    home.place.sessions = {}
    await home.set_up()
    allow_all(home)
    with pytest.raises(ServiceValidationError) as caught:
        await home.entry.runtime_data.commands.prefer("L1", FIRST, FAST)
    assert caught.value.translation_key == "no_own_session"
    assert home.place.commands == []


async def test_nothing_is_sent_while_the_back_end_wants_a_pause(
    home: RoamingHome,
) -> None:
    """Neither of the two."""
    await home.set_up()
    home.place.failure = RateLimitError("Slower", retry_after=600)
    await home.poll()
    commands = home.entry.runtime_data.commands
    for command in (
        commands.prefer("L1", FIRST, FAST),
        commands.unlock("L1", FIRST),
    ):
        with pytest.raises(HomeAssistantError) as caught:
            await command
        assert caught.value.translation_key == "rate_limited"
    assert home.place.commands == []


@pytest.mark.parametrize(
    "reason", ["departure_required", "energy_need_required", "not_possible", "rejected"]
)
async def test_a_refusal_says_why(home: RoamingHome, reason: str) -> None:
    """And the profile stays what it was."""
    await home.set_up()
    home.place.refusal = CommandRefusedError(reason)
    with pytest.raises(HomeAssistantError) as caught:
        await choose(home)
    assert caught.value.translation_key == f"refused_{reason}"
    texts = await async_get_translations(home.hass, "en", "exceptions", {DOMAIN})
    assert f"component.{DOMAIN}.exceptions.refused_{reason}.message" in texts
    assert home.value("charging_profile", FIRST) == "unknown"


async def test_a_host_is_named_where_a_command_fails_for_it(home: RoamingHome) -> None:
    """So that the user can allow it."""
    await home.set_up()
    home.place.refusal = ForeignHostError("api.other.example")
    with pytest.raises(HomeAssistantError) as caught:
        await choose(home)
    assert "api.other.example" in str(caught.value)


@pytest.mark.parametrize(
    ("failure", "key", "named"),
    [
        (ForeignHostError("api.other.example"), "foreign_host", "api.other.example"),
        (UnsupportedError("Nothing"), "unsupported", "sessions module"),
    ],
    ids=["foreign", "unsupported"],
)
async def test_a_set_up_that_fails_says_why(
    home: RoamingHome, failure: Any, key: str, named: str
) -> None:
    """In the words of the dialog."""
    home.place.failure = failure
    await home.hass.config_entries.async_setup(home.entry.entry_id)
    assert home.entry.error_reason_translation_key == key
    assert named in str(home.entry.reason)


TROUBLES = {
    "foreign_host": "api.other.example",
    "insecure_address": "10.0.0.1",
    "endless_pages": "sessions",
    "foreign_sessions": "3",
    "unjoined_cdrs": "2",
    "unknown_numbering": "status",
}


def issues(home: RoamingHome) -> dict[str, ir.IssueEntry]:
    """Return the issues of the integration by translation key."""
    return {
        str(one.translation_key): one
        for (domain, _), one in ir.async_get(home.hass).issues.items()
        if domain == DOMAIN
    }


@pytest.mark.parametrize("key", TROUBLES)
async def test_a_trouble_is_told_while_it_is_there(home: RoamingHome, key: str) -> None:
    """With what it is about, in words that say what to do."""
    home.place.troubles = {key: TROUBLES[key]}
    await home.set_up()
    found = issues(home)
    assert set(found) == {f"trouble_{key}"}
    issue = found[f"trouble_{key}"]
    assert issue.translation_placeholders == {
        "account": "Roaming",
        "detail": TROUBLES[key],
    }
    assert issue.severity is ir.IssueSeverity.WARNING
    texts = await async_get_translations(home.hass, "en", "issues", {DOMAIN})
    start = f"component.{DOMAIN}.issues.trouble_{key}"
    assert TROUBLES[key] in texts[f"{start}.description"].format(
        **issue.translation_placeholders
    )
    assert "Roaming" in texts[f"{start}.title"].format(**issue.translation_placeholders)
    home.place.troubles = {}
    await home.poll()
    assert issues(home) == {}


async def test_a_trouble_that_changes_is_told_anew(home: RoamingHome) -> None:
    """One message each, and none of another account's."""
    home.place.troubles = {"foreign_sessions": "3", "endless_pages": "cdrs"}
    await home.set_up()
    home.place.troubles = {"foreign_sessions": "4"}
    await home.poll()
    found = issues(home)
    assert set(found) == {"trouble_foreign_sessions"}
    named = found["trouble_foreign_sessions"].translation_placeholders
    assert named == {"account": "Roaming", "detail": "4"}
    await home.hass.config_entries.async_unload(home.entry.entry_id)
    assert issues(home) == {}


async def test_a_refused_list_of_a_standard_has_its_text(home: RoamingHome) -> None:
    """Locations, tariffs and records can be withheld one by one."""
    texts = await async_get_translations(home.hass, "en", "issues", {DOMAIN})
    for feature in ("locations", "tariffs", "cdrs"):
        assert f"component.{DOMAIN}.issues.refused_{feature}.title" in texts


@pytest.mark.usefixtures("flowing")
async def test_diagnostics_name_nobody(
    home: RoamingHome, hass_client: ClientSessionGenerator
) -> None:
    """No token, no contract, no way to find the place; hosts are no secret."""
    home.place.troubles = {"foreign_host": "api.other.example"}
    home.place.sessions[1] = session(
        1, FIRST, reference="REF-1", place="Main Street 1", preference="green"
    )
    await home.set_up()
    assert await async_setup_component(home.hass, "diagnostics", {})
    found = await get_diagnostics_for_config_entry(home.hass, hass_client, home.entry)
    text = json.dumps(found)
    known = [
        *(value for key, value in CARD.items() if key not in ("token_type", "issuer")),
        "part0",
        "52.37",
        "4.895",
        "NL*XYZ",
        "L1/E1",
        "Location 1",
        "REF-1",
        "Main Street",
        "cpo.example/versions",
        "roaming/1",
    ]
    assert [one for one in known if one in text] == []
    assert isinstance(found, dict)
    assert found["troubles"] == {"foreign_host": "api.other.example"}
    assert "unlock" in found["capabilities"]
