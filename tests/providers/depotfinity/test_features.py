"""APIs that were not ordered, and a back end that fails in parts."""

from datetime import timedelta
import logging

import pytest

from custom_components.ev_charging_cloud.providers.errors import (
    ForbiddenError,
    ProviderConnectionError,
    RateLimitError,
)
from custom_components.ev_charging_cloud.providers.model import EvseStatus
from emulator import SimulatedClock, scenarios
from emulator.depotfinity.profile import PACKAGES

from .support import HOUR, MINUTE, NOON, depot

EVENING = NOON + 5 * HOUR
NAMES = {
    "sessionReports": "session_reports",
    "transactions": "transactions",
    "chargerStatus": "charger_status",
    "timeSeries": "time_series",
}


@pytest.mark.parametrize("package", NAMES)
async def test_a_missing_package_turns_off_its_feature_alone(
    package: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The rest works on, and one line says so."""
    kept = {"chargers": "CH-1:1,2; CH-2:1,2"}
    async with depot(at=EVENING, kept=kept, packages=PACKAGES - {package}) as found:
        await found.polls(6 * 12, 10 * MINUTE)
        assert found.snapshot.refused == {NAMES[package]}
        assert found.ledger
        for one in found.ledger.values():
            identity = int(one.id) - (500_000 if package == "transactions" else 0)
            truth = found.delivered(str(identity))
            assert one.energy_kwh == pytest.approx(truth, abs=0.002)
        if package != "chargerStatus":
            assert found.evse().status is not None
    told = [one for one in caplog.messages if "no right to the feature" in one]
    assert len(told) == 1


@pytest.mark.parametrize("package", NAMES)
async def test_a_missing_package_is_tried_again_rarely(package: str) -> None:
    """Twice for the renewed token, then once a day."""
    kept = {"chargers": "CH-1:1,2; CH-2:1,2"}
    async with depot(at=EVENING, kept=kept, packages=PACKAGES - {package}) as found:
        await found.polls(4 * 23, 15 * MINUTE)
        refused = [one for one in found.emulator.requests if one.status == 403]
        assert len(refused) <= 10
        assert found.asked("token") <= 30


async def test_a_package_that_was_ordered_comes_back() -> None:
    """On the next day, without a restart."""
    packages = PACKAGES - {"sessionReports"}
    async with depot(at=EVENING, packages=packages) as found:
        await found.polls(6 * 12, 10 * MINUTE)
        assert found.snapshot.refused == {"session_reports"}
        found.change(packages=PACKAGES)
        await found.polls(4 * 25, 15 * MINUTE)
        assert found.snapshot.refused == frozenset()
        assert any(one.drawn_kwh for one in found.ledger.values())


async def test_an_account_without_any_package_is_forbidden() -> None:
    """Whether chargers were entered or not."""
    for kept in ({}, {"chargers": "CH-1"}):
        async with depot(kept=kept, packages=frozenset()) as found:
            with pytest.raises(ForbiddenError):
                await found.provider.charge_points()
            with pytest.raises(ForbiddenError):
                await found.poll()
            with pytest.raises(ForbiddenError):
                await found.poll(5 * MINUTE)


async def test_history_without_any_right_to_it_is_forbidden() -> None:
    """There is nothing to stream then."""
    packages = PACKAGES - {"transactions", "sessionReports"}
    async with depot(packages=packages, kept={"chargers": "CH-1:1"}) as found:
        with pytest.raises(ForbiddenError):
            async for _ in found.provider.sessions(NOON - timedelta(days=1), NOON):
                pass


async def test_a_package_that_only_one_api_has_is_enough_to_sign_in() -> None:
    """Status of entered chargers, without anything else."""
    kept = {"chargers": "CH-1:1,2"}
    packages = frozenset({"chargerStatus"})
    async with depot(kept=kept, packages=packages) as found:
        assert len(await found.provider.charge_points()) == 1
        await found.polls(3, 5 * MINUTE)
        assert found.evse().status is EvseStatus.AVAILABLE


async def test_entered_chargers_are_there_before_any_transaction() -> None:
    """Also one that the back end does not know, without a status."""
    async with depot(kept={"chargers": "CH-9:1; CH-1"}) as found:
        await found.polls(2, 5 * MINUTE)
        assert list(found.snapshot.charge_points) == ["CH-1", "CH-2", "CH-9"]
        assert found.evse("CH-9/1").status is None
        assert found.evse("CH-9/1").status_at is None


async def test_an_unknown_charger_is_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Not at every turn."""
    async with depot(kept={"chargers": "CH-9:1"}) as found:
        await found.polls(20, 5 * MINUTE)
    assert sum("CH-9/1" in one for one in caplog.messages) == 1


@pytest.mark.parametrize("path", ["/v1/chargerStatus", "/v1/timeSeries"])
@pytest.mark.parametrize("kind", ["reset", "html", "404", "500"])
async def test_one_api_that_fails_leaves_the_others(path: str, kind: str) -> None:
    """What was known of it stays, and charges are still found."""
    world = scenarios.depot(SimulatedClock(NOON), 2, 2, charging=1)
    async with depot(world) as found:
        await found.polls(6)
        before = found.evse()
        if kind.isdecimal():
            found.emulator.faults.add("status", path=path, status=int(kind))
        else:
            found.emulator.faults.add(kind, path=path)
        await found.polls(5)
        evse = found.evse()
        assert evse.status is EvseStatus.CHARGING
        assert evse.session is not None
        assert evse.session.running
        if "Status" in path:
            assert evse.status_at == before.status_at
        found.emulator.faults.clear()
        await found.polls(3)
        assert found.evse().status_at == found.clock.now()


async def test_a_back_end_that_is_gone_is_an_error() -> None:
    """Also when no list is due and only a status would have been read."""
    world = scenarios.depot(SimulatedClock(NOON), 2, 2, charging=1)
    async with depot(world) as found:
        await found.polls(3)
        found.emulator.faults.add("reset")
        for _ in range(3):
            with pytest.raises(ProviderConnectionError):
                await found.poll(MINUTE)
        found.emulator.faults.clear()
        await found.poll(MINUTE)
        assert found.evse().status_at == found.clock.now()


async def test_a_call_for_fewer_requests_reaches_the_caller() -> None:
    """From whichever of the calls it comes."""
    for path in ("/v2/", "/v1/chargerStatus"):
        async with depot() as found:
            headers = {"Retry-After": "120"}
            found.emulator.faults.add("status", status=429, path=path, headers=headers)
            with pytest.raises(RateLimitError) as caught:
                await found.poll()
            assert caught.value.retry_after == 120


async def test_an_unknown_word_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """And the status is then not known."""
    async with depot() as found:
        body = {
            "items": [{"timeStamp": "2026-01-05T12:00:00Z", "status": "Levitating"}]
        }
        found.emulator.faults.add("replace", path="/v1/chargerStatus", body=body)
        with caplog.at_level(logging.WARNING):
            await found.polls(5, 5 * MINUTE)
        assert found.evse().status is None
        assert found.evse().status_at is not None
    assert sum("levitating" in one for one in caplog.messages) == 1
