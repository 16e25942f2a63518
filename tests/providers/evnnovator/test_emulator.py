"""The provider at the emulator, compared with the world's meter and bill."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from custom_components.ev_charging_cloud.providers.errors import (
    CommandRefusedError,
    ForbiddenError,
)
from custom_components.ev_charging_cloud.providers.model import (
    EvseStatus,
    Ownership,
    SessionState,
)
from emulator.evnnovator import FLAVOUR_A, FLAVOUR_B

from .roaming import LAB, MINUTE, OFFICE, SECOND, check_truth, roaming


async def test_the_sessions_of_yesterday_are_right_to_meter_and_bill() -> None:
    """One of each operator."""
    async with roaming() as found:
        first, second = list(found.emulator.world.sessions)[:2]
        check_truth(found, await found.latest("driver-1"), first)
        check_truth(found, await found.latest("driver-2"), second)
        assert found.asked("evnnovator_cdr") == 2


async def test_a_charge_that_reports_its_end() -> None:
    """From the start to the CDR, with power and status in between."""
    async with roaming() as found:
        await found.start("driver-1")
        true = found.begun(LAB)
        assert not (await found.latest("driver-1")).running
        session = await found.latest("driver-1", 10 * SECOND)
        assert (session.state, session.stale) == (SessionState.ACTIVE, False)
        assert session.started_at == true.started_at
        for _ in range(5):
            evse = await found.evse("driver-1", MINUTE)
        assert evse.status is EvseStatus.CHARGING
        assert evse.session is not None
        watts = found.emulator.world.evse(LAB).power_w
        assert evse.session.power_kw == pytest.approx(watts / 1000, rel=0.02)
        await found.provider.stop(evse.session)
        ended = await found.latest("driver-1", MINUTE)
        assert ended.state is SessionState.COMPLETED
        assert ended.ended_at == true.stopped_at
        check_truth(found, await found.latest("driver-1", 31 * MINUTE), true.id)


async def test_a_charge_that_never_reports_its_end() -> None:
    """Stale at most, until the CDR closes it."""
    async with roaming() as found:
        await found.start("driver-2")
        true = found.begun(OFFICE)
        session = await found.latest("driver-2", 30 * MINUTE)
        assert session.running
        await found.provider.stop(session)
        silent = await found.latest("driver-2", 10 * MINUTE)
        assert silent.state is SessionState.ACTIVE
        assert silent.ended_at is None
        check_truth(found, await found.latest("driver-2", 60 * MINUTE), true.id)


async def test_a_pause_of_eight_hours_is_no_end() -> None:
    """The operator is silent while the car takes nothing."""
    async with roaming() as found:
        await found.start("driver-2")
        before = await found.latest("driver-2", 20 * MINUTE)
        world, car = found.emulator.world, found.emulator.world.evse(OFFICE).car
        assert car is not None
        world.set_car(car.id, wants_energy=False)
        silent = await found.latest("driver-2", timedelta(hours=8))
        assert (silent.key, silent.stale) == (before.key, True)
        world.set_car(car.id, wants_energy=True)
        resumed = await found.latest("driver-2", 20 * MINUTE)
        assert (resumed.key, resumed.running) == (before.key, True)
        assert not resumed.stale
        assert resumed.power_kw is None
        again = await found.latest("driver-2", 2 * MINUTE)
        watts = world.evse(OFFICE).power_w
        assert again.power_kw == pytest.approx(watts / 1000, rel=0.05)


async def test_a_car_that_is_full_is_suspended_where_reports_go_on() -> None:
    """And the power is a measured zero."""
    async with roaming() as found:
        await found.start("driver-1")
        world, car = found.emulator.world, found.emulator.world.evse(LAB).car
        assert car is not None
        await found.latest("driver-1", 20 * MINUTE)
        world.set_car(car.id, wants_energy=False)
        for _ in range(5):
            evse = await found.evse("driver-1", MINUTE)
        assert evse.status is EvseStatus.SUSPENDED
        assert evse.session is not None
        assert evse.session.power_kw == 0


async def test_latest_lags_behind_a_start() -> None:
    """The session before is never taken for the new one."""
    async with roaming(latest_lag=45) as found:
        before = await found.latest("driver-2")
        await found.start("driver-2")
        trapped = await found.latest("driver-2", 30 * SECOND)
        assert trapped.key == before.key
        assert not (trapped.state is SessionState.ACTIVE and not trapped.stale)
        session = await found.latest("driver-2", 30 * SECOND)
        assert session.key != before.key
        assert (session.state, session.stale) == (SessionState.ACTIVE, False)


async def test_a_start_that_comes_to_nothing_shows_nothing() -> None:
    """Accepted, and then no session."""
    async with roaming(starts_nothing=True) as found:
        await found.start("driver-1")
        for gap in found.provider.policy.after_command:
            session = await found.latest("driver-1", gap)
            assert not session.running


async def test_refusals() -> None:
    """Rejected, unknown driver, no right to command."""
    async with roaming(rejects_commands=True) as found:
        with pytest.raises(CommandRefusedError, match="rejected"):
            await found.start("driver-1")
        found.switch(forbidden=frozenset({"commands"}))
        with pytest.raises(ForbiddenError):
            await found.start("driver-1")
        found.emulator.evnnovator.whitelist.clear()
        found.switch(forbidden=frozenset())
        with pytest.raises(CommandRefusedError, match="rejected"):
            await found.start("driver-1")


@pytest.mark.parametrize("limit", [None, "0.5"])
async def test_a_limit_ends_a_charge(limit: str | None) -> None:
    """Only where the user set one."""
    async with roaming() as found:
        found.provider._drivers["driver_driver-1"]._limit = limit or ""
        await found.start("driver-1")
        true = found.begun(LAB)
        session = await found.latest("driver-1", timedelta(hours=1))
        assert session.running == (limit is None)
        if limit is not None:
            assert float(true.energy_wh) == pytest.approx(500, abs=1)


@pytest.mark.parametrize("form", ["404", "null", "absent"])
async def test_a_driver_nobody_knows_has_no_session(form: str) -> None:
    """However the gateway says it."""
    async with roaming(unknown_driver=form) as found:
        found.emulator.evnnovator.whitelist.clear()
        snapshot = await found.provider.snapshot()
        assert snapshot.broken == frozenset()
        assert all(
            one.evses[0].session is None for one in snapshot.charge_points.values()
        )


@pytest.mark.parametrize("body", ["empty", "spring"])
async def test_a_hashed_driver_and_a_card_are_the_drivers_own(body: str) -> None:
    """The operator of the lab knows only a card where no app was used."""
    async with roaming(error_body=body) as found:
        world = found.emulator.world
        world.start(LAB, "driver-1", "rfid")
        session = await found.latest("driver-1", MINUTE)
        assert session.running
        assert session.ownership is Ownership.OWN


async def test_one_request_per_driver_and_poll() -> None:
    """While both charge."""
    async with roaming() as found:
        await found.start("driver-1")
        await found.start("driver-2")
        await found.latest("driver-1", MINUTE)
        found.asked()
        for _ in range(30):
            await found.latest("driver-1", MINUTE)
        assert len(found.emulator.requests) == 60
        assert found.asked("evnnovator_latest") == 60


async def test_a_token_that_ends_is_renewed_on_the_way() -> None:
    """Nobody notices."""
    async with roaming() as found:
        found.emulator.evnnovator.tokens.expire()
        assert await found.latest("driver-1")
        assert found.asked("evnnovator_token") == 1


@pytest.mark.parametrize(
    "switches",
    [
        {"reports_idle": True, "cdr_units": "kwh_and_hours"},
        {"nonsense_periods_in_cdr": True, "volumes_as_text": False},
        {"knows_last_update": False, "local_periods": True, "kwh_places": 3},
        {"evse_ids": "shared", "uids": "uuid", "lower_case_in_session": True},
        {"zone_name": "IST", "country": None, "kind": "PARKING_TOP"},
        {"periods": "single", "text_coordinates": False, "lists_connectors": False},
        {"periods": "none", "hashes_card_holders": False},
    ],
    ids=lambda one: "-".join(one),
)
@pytest.mark.parametrize("flavour", [FLAVOUR_A, FLAVOUR_B], ids="ab")
async def test_any_habit_of_an_operator(flavour: Any, switches: Any) -> None:
    """Meter and bill are right in the end."""
    habits = replace(flavour, **switches)
    async with roaming(flavours={"AAA": habits, "BBB": habits}) as found:
        await found.start("driver-2")
        true = found.begun(OFFICE)
        for _ in range(10):
            evse = await found.evse("driver-2", MINUTE)
        assert evse.status is EvseStatus.CHARGING
        assert evse.session is not None
        watts = found.emulator.world.evse(OFFICE).power_w
        assert evse.session.power_kw == pytest.approx(watts / 1000, rel=0.05)
        assert evse.session.place == "Example office"
        await found.provider.stop(evse.session)
        await found.latest("driver-2", 2 * MINUTE)
        await found.latest("driver-2", 31 * MINUTE)
        check_truth(found, await found.latest("driver-2", 40 * MINUTE), true.id)
