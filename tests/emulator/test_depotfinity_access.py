"""Tokens, packages and refusals of the depot's back end."""

from typing import Any

import pytest

from emulator.__main__ import _introduction

from .conftest import Serve
from .depotfinity_api import CLIENT, GRANT, TAG, Depot, basic, depot

STATUS = "/v1/chargerStatus/chargers/CH-1"
SERIES = "/v1/timeSeries/chargers/CH-1"
CALLS = {
    "sessionReports": "/v1/sessionReports?chargerId=CH-1&connectorId=1",
    "transactions": "/v2/transactions",
    "chargerStatus": f"{STATUS}/availabilityStatus",
    "timeSeries": f"{SERIES}?measurand=ActivePowerImport",
    "chargerControl": "",
}


@pytest.fixture
async def caller(serve: Serve) -> Depot:
    """Return a customer of the depot."""
    return await depot(serve)


async def test_token(serve: Serve) -> None:
    """Client id and secret in the header, the grant in a form."""
    caller = await depot(serve, token_lifetime=3600)
    status, body = await caller.token()
    assert status == 200
    assert (body["expires_in"], body["token_type"]) == (3600, "Bearer")
    assert len(body["access_token"].split(".")) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"headers": {}},
        {"headers": {"Authorization": "Basic !"}},
        {"headers": {"Authorization": "Bearer x"}},
        {"headers": basic(CLIENT[0], "guess")},
        {"headers": basic("guess", CLIENT[1])},
        {"data": {"grant_type": "password"}},
        {"data": None, "json": GRANT},
    ],
)
async def test_every_bad_token_request_is_a_403(
    caller: Depot, wrong: dict[str, Any]
) -> None:
    """The endpoint knows neither 400 nor 401."""
    assert (await caller.token(**wrong))[0] == 403


async def test_token_expires(serve: Serve) -> None:
    """A short token must be asked for anew; the code is a switch."""
    caller = await depot(serve, token_lifetime=30)
    assert await caller.status("/v2/transactions") == 200
    caller.pass_time(seconds=30)
    assert await caller.status("/v2/transactions") == 401
    caller.switch(expired_status=403)
    assert await caller.status("/v2/transactions") == 403
    await caller.sign_in()
    assert await caller.status("/v2/transactions") == 200


async def test_token_expires_amid_pages(serve: Serve) -> None:
    """A token that is used up between two pages does not lose the second."""
    caller = await depot(serve, token_calls=1)
    first = await caller.transactions(limit="5")
    assert await caller.status("/v2/transactions", page="2", limit="5") == 401
    await caller.sign_in()
    second = await caller.transactions(page="2", limit="5")
    ids = [row["TransactionID"] for row in first + second]
    assert len(set(ids)) == 10


@pytest.mark.parametrize("missing", CALLS)
async def test_missing_package(caller: Depot, missing: str) -> None:
    """A package that was not ordered is forbidden, the others work."""
    packages = caller.emulator.depotfinity.profile.packages
    caller.switch(packages=packages - {missing})
    caller.arrive()
    for package, path in CALLS.items():
        status, _ = await (caller.call("GET", path) if path else caller.command())
        assert status == (403 if package == missing else 200)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/sessionReports?chargerId=CH-99&connectorId=1",
        "/v1/sessionReports?chargerId=CH-1&connectorId=9",
        "/v1/chargerStatus/chargers/CH-99/availabilityStatus",
        f"{STATUS}/connectors/9/availabilityStatus",
        f"{STATUS}/connectors/x/availabilityStatus",
        "/v1/chargerStatus/chargers/CH-99/connectivityStatus",
        "/v1/timeSeries/chargers/CH-99?measurand=ActivePowerImport",
        f"{SERIES}/connectors/9?measurand=ActivePowerImport",
        "/v2/transactions/1",
    ],
)
async def test_unknown_things(caller: Depot, path: str) -> None:
    """What is not there is a 404 with a sentence, in one of two forms."""
    status, body = await caller.call("GET", path)
    assert (status, body.keys()) == (404, {"message"})
    caller.switch(error_form="errors")
    status, body = await caller.call("GET", path)
    assert (status, body["errors"][0]["status"]) == (404, "404")


@pytest.mark.parametrize("path", [path for path in CALLS.values() if path])
@pytest.mark.parametrize("value", ["", "Bearer", "Bearer guess"])
async def test_bearer_is_needed(caller: Depot, path: str, value: str) -> None:
    """Every call needs a good bearer."""
    caller.headers = {"Authorization": value}
    assert (await caller.call("GET", path))[0] == 401


def test_introduction_names_the_account(caller: Depot) -> None:
    """What the command line prints is what signs in and starts a charge."""
    lines = dict(line.split("  ", 1) for line in _introduction(caller.emulator))
    said = {name: value.strip() for name, value in lines.items()}
    assert said["depotfinity api url"] == caller.emulator.url
    assert said["depotfinity token url"] == f"{caller.emulator.url}/oauth2/token"
    client = said["depotfinity client id"], said["depotfinity client secret"]
    assert client == CLIENT
    assert (said["depotfinity id tag"], said["depotfinity charger"]) == (TAG, "CH-1")
    assert not {"e-mail", "evnnovator token"} & said.keys()
