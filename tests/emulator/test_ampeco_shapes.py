"""The answers of the AMPECO face have the shapes of the fact sheet's examples.

Every key of an example must be there with its type. More keys are allowed only where
section 5 of the sheet lists them.
"""

from datetime import UTC, datetime
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from emulator import SimulatedClock, scenarios

from .api import ROOT, Api
from .conftest import Serve
from .shapes import differences

FIXTURES = Path(__file__).parent.parent / "fixtures"
CHARGE_POINT_KEYS = """
    isElectricityCostTrackingAvailable has_electricity_tax_reimbursement
    has_third_party_electricity_cost_integration_enabled
    latestFirmwareUpdateExecution user_manual_url isTamperDetectionNotifications
"""
TARIFF_KEYS = """
    description additionalInformation learnMoreUrl dayTariffStart nightTariffStart
    stopSession restrictions partner display
    idleFeePerMinute idleFeeGracePeriodMinutes idleFeePeriodStart idleFeePeriodEnd
    markupPercentagePerKwh markupFixedFeePerKwh preAuthorizeAmount taxID
    chargePointElectricityRate fallbackElectricityRateId lockPriceOnSessionStart
    subsidyIntegrationId stateOfChargeIdleThreshold averagePowerIdleThreshold
"""
SESSION_KEYS = """
    reimbursementEligibility canToggleReimbursementEligibility
    hasThirdPartyElectricityCostIntegrationEnabled electricityCostCurrencyId
    isUsingChargingAllowance scaPendingTransaction isBalancePaymentPending
    smartChargingSchedule chargingPeriods symbol updatedAt
    use_solar use_all_generated_solar max_current_from_grid_a solar_stable_time_sec
    dynamic_rates_integration_id
"""
ALLOWED = frozenset((CHARGE_POINT_KEYS + TARIFF_KEYS + SESSION_KEYS).split())
NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
FULL_DETAIL = "?withPowerHistory=1&withSmartChargingSchedule=1&withTaxName=1"


def _fixture(name: str) -> Any:
    return json.loads((FIXTURES / "ampeco" / f"{name}.json").read_bytes())


def _check(name: str, answer: Any) -> None:
    assert list(differences(_fixture(name), answer, extra=ALLOWED)) == []


def _completed(name: str) -> Any:
    """Return an example whose session is shortened, with the whole session."""
    whole = _fixture("session_running")["session"]
    example = _fixture(name)

    def fill(value: Any) -> Any:
        if isinstance(value, list):
            return [fill(item) for item in value]
        if not isinstance(value, dict):
            return value
        filled = {key: fill(item) for key, item in value.items()}
        if isinstance(short := value.get("session"), dict):
            filled["session"] = whole | short
        return filled

    return fill(example)


@pytest.fixture
async def charging(api: Api) -> Api:
    """Return a caller whose car charges for an hour."""
    await api.start()
    api.pass_time(hours=1)
    return api


@pytest.fixture
async def public(serve: Serve) -> Api:
    """Return a caller with a session at a public station."""
    caller: Api = await serve(scenarios.public(SimulatedClock(NOW)))
    caller.pass_time(minutes=5)
    return caller


async def test_start_has_the_shape_of_the_recorded_answer(api: Api) -> None:
    """The keys are exactly those of the recording."""
    recorded = json.loads(
        (FIXTURES / "documents" / "ampeco_session_start_response.json").read_bytes()
    )
    assert list(differences(recorded, {"session": await api.start()})) == []


def test_documents_are_unchanged() -> None:
    """The copies have the checksums of the originals."""
    folder = FIXTURES / "documents"
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        checksum, name = line.split()
        content = (folder / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == checksum, name


async def test_tokens(api: Api, serve: Serve) -> None:
    """Sign-in with and without refresh token, and a wrong client."""
    _check("token_refresh", (await api.token())[1])
    _check("token_invalid_client", (await api.token(client_secret="no"))[1])
    plain = await serve(api.world, refresh_tokens=False)
    _check("token", (await plain.token())[1])


async def test_charge_points(charging: Api) -> None:
    """A charge point with its whole running session."""
    answer = await charging.get("/personal/charge-points")
    wanted = _fixture("charge_points")
    wanted["data"][0]["evses"][0]["session"] = _fixture("session_running")["session"]
    assert list(differences(wanted, answer, extra=ALLOWED)) == []


async def test_running_session(charging: Api) -> None:
    """The detail of a running session."""
    _check("session_running", await charging.get("/session/648418"))


async def test_active_session(charging: Api) -> None:
    """The active session with the battery beside it."""
    answer = await charging.get("/session/active")
    wanted = _completed("session_active")
    assert list(differences(wanted, answer, extra=ALLOWED)) == []


async def test_ongoing_sessions(charging: Api) -> None:
    """The short list of ongoing sessions."""
    _check("session_ongoing", await charging.get("/session/ongoing"))


async def test_finished_session(charging: Api) -> None:
    """The detail of a finished and paid session with all extras."""
    await charging.call("POST", f"{ROOT}/session/648418/end")
    charging.pass_time(minutes=1)
    answer = await charging.get(f"/session/648418{FULL_DETAIL}")
    wanted = _completed("session_finished")
    assert list(differences(wanted, answer, extra=ALLOWED)) == []


async def test_history(charging: Api) -> None:
    """An entry of the history: powerAvg 0, no statistics and no tax name."""
    await charging.call("POST", f"{ROOT}/session/648418/end")
    charging.pass_time(minutes=1)
    answer = await charging.get("/profile/session_history")
    wanted = _completed("session_history")
    assert list(differences(wanted, answer, extra=ALLOWED)) == []
    assert answer["session_history"][0]["session"]["powerAvg"] == 0


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("profile", "/profile"),
        ("settings_global", "/settings/global"),
        ("subscription_plans", "/subscription_plans"),
        ("price_periods", "/tariffs/tou/148964/price-periods"),
    ],
)
async def test_other_reads(api: Api, name: str, path: str) -> None:
    """Account, settings, plans and prices."""
    _check(name, await api.get(path))


async def test_public_data(public: Api) -> None:
    """Pins and locations of public stations."""
    _check("pins", await public.get("/pins"))
    body = {"locations": {"2100": ""}}
    _, answer, _ = await public.call("POST", f"{ROOT}/locations", json=body)
    _check("locations", answer)
    _check("locations", await public.get("/locations/2100"))


async def test_nothing_there(api: Api) -> None:
    """An empty account and a missing bearer answer as the sheet says."""
    api.world.charge_points.clear()
    answer = await api.get("/personal/charge-points")
    assert answer == _fixture("charge_points_empty")
    api.headers = {}
    _, body, _ = await api.call("GET", f"{ROOT}/personal/charge-points")
    assert body == _fixture("unauthenticated")
