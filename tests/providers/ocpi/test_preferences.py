"""Charging preferences as an operator gets them (fact sheet ocpi 8.7)."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from custom_components.ev_charging_cloud.providers.errors import (
    CommandRefusedError,
    ResponseError,
)
from custom_components.ev_charging_cloud.providers.provider import Preference, Profile
from emulator import OcpiProfile

from .support import APP, Party, evse_of, party

AT_HOME = "nl*xyz*loc-1/evse-1"
RUNNING = "5004"
DEPARTURE = datetime(2026, 6, 16, 5, 30, 15, 123456, tzinfo=UTC)
WRITTEN = "2026-06-16T05:30:15Z"


async def prefer(account: Party, **said: Any) -> None:
    """Say how the session that runs is to be charged."""
    session = evse_of(await account.poll(), AT_HOME).session
    assert session is not None
    await account.provider.prefer(session, Preference(**said))


@pytest.mark.parametrize("version", ["v2-2-1", "v2-3-0"])
@pytest.mark.parametrize("profile", Profile)
async def test_everything_is_sent(version: str, profile: Profile) -> None:
    """The moment in UTC and whole seconds, the energy in kWh."""
    async with party(APP, values={"version": version}) as account:
        await prefer(
            account,
            profile=profile,
            departure=DEPARTURE,
            energy_kwh=20.5,
            discharge=True,
        )
        assert account.emulator.ocpi.preferences == {
            RUNNING: {
                "profile_type": profile.value.upper(),
                "departure_time": WRITTEN,
                "energy_need": 20.5,
                "discharge_allowed": True,
            }
        }


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ({}, {}),
        ({"departure": DEPARTURE}, {"departure_time": WRITTEN}),
        (
            {"departure": DEPARTURE.astimezone(timezone(timedelta(hours=5.5)))},
            {"departure_time": WRITTEN},
        ),
        ({"energy_kwh": 0.5}, {"energy_need": 0.5}),
        ({"discharge": False}, {"discharge_allowed": False}),
        ({"discharge": True}, {"discharge_allowed": True}),
    ],
)
async def test_what_is_not_said_is_not_sent(
    said: dict[str, Any], sent: dict[str, Any]
) -> None:
    """The operator has defaults of its own."""
    async with party(APP) as account:
        await prefer(account, profile=Profile.FAST, **said)
        assert account.emulator.ocpi.preferences == {
            RUNNING: {"profile_type": "FAST", **sent}
        }


async def test_the_last_word_counts() -> None:
    """A later preference says everything anew."""
    async with party(APP) as account:
        await prefer(account, profile=Profile.FAST, energy_kwh=10)
        await prefer(account, profile=Profile.REGULAR)
        assert account.emulator.ocpi.preferences == {
            RUNNING: {"profile_type": "REGULAR"}
        }
        session = evse_of(await account.poll(), AT_HOME).session
        assert session is not None
        assert session.preference == "regular"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({}, "departure_required"),
        ({"energy_kwh": 20}, "departure_required"),
        ({"departure": DEPARTURE}, "energy_need_required"),
    ],
)
async def test_an_operator_that_wants_to_know_more(
    said: dict[str, Any], reason: str
) -> None:
    """It takes the profile once it knows everything."""
    async with party(APP) as account:
        with pytest.raises(CommandRefusedError) as refused:
            await prefer(account, profile=Profile.CHEAP, **said)
        assert refused.value.reason == reason
        assert account.emulator.ocpi.preferences == {}
        everything = {"departure": DEPARTURE, "energy_kwh": 20, **said}
        await prefer(account, profile=Profile.CHEAP, **everything)
        assert list(account.emulator.ocpi.preferences) == [RUNNING]


async def test_an_evse_that_takes_no_preferences() -> None:
    """There is nothing at that address, which is no fault of the operator."""
    ocpi = OcpiProfile(no_preferences=frozenset({"EVSE-1"}))
    async with party(APP, ocpi=ocpi) as account:
        with pytest.raises(CommandRefusedError) as refused:
            await prefer(account, profile=Profile.FAST)
        assert refused.value.reason == "not_possible"


async def test_another_failure_is_no_refusal() -> None:
    """Nobody knows then what the operator makes of it."""
    async with party(APP) as account:
        account.emulator.faults.add("status", method="PUT", status=409, body="No")
        with pytest.raises(ResponseError):
            await prefer(account, profile=Profile.FAST)
        session = evse_of(await account.poll(), AT_HOME).session
        assert session is not None
        assert session.preference is None


async def test_a_word_that_nobody_knows_is_no_yes() -> None:
    """What was not accepted is not remembered."""
    async with party(APP, ocpi=OcpiProfile(preference_result="PERHAPS")) as account:
        with pytest.raises(ResponseError):
            await prefer(account, profile=Profile.FAST)
        session = evse_of(await account.poll(), AT_HOME).session
        assert session is not None
        assert session.preference is None
