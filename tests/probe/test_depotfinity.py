"""DepotFinity from the command line: a depot, a start, and a recording."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
from typing import Any

import pytest

from emulator import Emulator, SimulatedClock, scenarios
from emulator.depot_scenario import TAG

from .support import GAPS, Probe
from .test_recording import IDS, NAMES, leaves_of, replayed

# The world stays a little behind, so that what begins in it lies in the past.
CHARGING, BEHIND = timedelta(minutes=15), timedelta(minutes=2)
NOT_COMPARED = (IDS | NAMES | {"status_at"}) - {"charge_points"}
VERBS = (("charge-points",), ("snapshot",), ("sessions", "--days", "3"))


@pytest.fixture
async def emulator(socket_enabled: None) -> AsyncIterator[Emulator]:
    """Return a small depot, in a world that stands still."""
    clock = SimulatedClock(datetime.now(UTC) - CHARGING - BEHIND)
    world = scenarios.depot(clock, 2, 2, charging=1)
    clock.advance(CHARGING)
    world.sync()
    async with Emulator(world) as running:
        yield running


@pytest.fixture
def probe(interpreter: str, emulator: Emulator, tmp_path: Path) -> Probe:
    """Return the probe of the depot's client."""
    probe = Probe(interpreter, emulator, tmp_path, backend="depotfinity")
    profile = emulator.depotfinity.profile
    probe.environment = {
        "EV_CHARGING_CLOUD_CLIENT_ID": profile.client_id,
        "EV_CHARGING_CLOUD_CLIENT_SECRET": profile.client_secret,
        "EV_CHARGING_CLOUD_ID_TAG": TAG,
    }
    probe.options = ("--token-url", f"{emulator.url}/oauth2/token")
    return probe


async def test_reads(probe: Probe, emulator: Emulator) -> None:
    """The depot's chargers, what they do, and what they did."""
    points = await probe.json("charge-points")
    known = {point.id for point in emulator.depotfinity.chargers()}
    assert {one["id"] for one in points} <= known
    shown = await probe.json("snapshot")
    evses = [evse for one in shown["charge_points"].values() for evse in one["evses"]]
    assert any(
        evse["session"] and evse["session"]["state"] == "active" for evse in evses
    )
    past = await probe.json("sessions", "--days", "3")
    ended = [one for one in past if one["ended_at"]]
    assert len({one["key"] for one in past}) == len(past)
    assert ended
    assert all(one["energy_kwh"] > 0 for one in ended)


async def test_start(probe: Probe, emulator: Emulator) -> None:
    """A start counts once the depot shows the charge."""
    evse = next(
        evse
        for point in emulator.depotfinity.chargers()
        for evse in point.evses
        if evse.session is None
    )
    bus = evse.car or next(reversed(emulator.world.cars.values()))
    if evse.car is not None:
        emulator.world.unplug(evse.id)
    emulator.world.set_car(bus.id, soc_percent=40)
    emulator.world.plug(evse.id, bus.id)
    charger = evse.charge_point.id
    number = emulator.depotfinity.number_of(evse)
    probe.options = (*probe.options, "--chargers", f"{charger}:{number}")
    started = await probe.command_json("start", charger, f"{charger}/{number}")
    assert started["confirmed"] is True
    assert started["session"]["state"] == "active"


async def test_start_needs_a_card(probe: Probe) -> None:
    """Without a card nothing is sent, and the sentence says which variable is missing."""
    del probe.environment["EV_CHARGING_CLOUD_ID_TAG"]
    (point, *_) = await probe.json("charge-points")
    ran = await probe.run("start", point["id"], point["evses"][0]["id"], GAPS)
    assert (ran.code, ran.out) == (1, "")
    assert "EV_CHARGING_CLOUD_ID_TAG" in ran.err
    assert probe.asked("depotfinity_command") == 0


@pytest.mark.parametrize(
    ("verb", "sentence"),
    [
        (("stop", "41001"), "offers no way to stop"),
        (("tariff", "CH-1/1"), "tells no tariffs"),
    ],
)
async def test_what_cannot_be_asked(
    probe: Probe, verb: tuple[str, ...], sentence: str
) -> None:
    """What is not offered is one sentence."""
    ran = await probe.run(*verb)
    assert (ran.code, ran.out) == (1, "")
    assert sentence in ran.err
    assert ran.err.count("\n") == 1


async def test_missing_package(probe: Probe, emulator: Emulator) -> None:
    """What was not ordered is left out of a recording, and ends nothing."""
    profile = emulator.depotfinity.profile
    packages = profile.packages - {"sessionReports", "timeSeries"}
    emulator.depotfinity.profile = replace(profile, packages=packages)
    shown = await probe.json("snapshot")
    assert shown["charge_points"]
    assert "session_reports" in shown["refused"]
    await probe.json("record", "recording", "--days", "3")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--region", "eu"), "--region does not go with the rest"),
        (("--token-url", "http://example.test/token"), "--token-url is wrong"),
    ],
)
async def test_options_that_make_no_sense(
    probe: Probe, options: tuple[str, ...], sentence: str
) -> None:
    """Nothing is ignored silently, and no secret goes out in the clear."""
    ran = await probe.run("account", *options)
    assert ran.code == 2
    assert sentence in ran.err
    assert not probe.emulator.requests


async def test_address_without_that_of_tokens(probe: Probe) -> None:
    """The sentence names the option that is missing."""
    probe.options = ()
    ran = await probe.run("account")
    assert ran.code == 2
    assert "--token-url or EV_CHARGING_CLOUD_TOKEN_URL is not set" in ran.err


async def test_wrong_secret(probe: Probe) -> None:
    """The back end answers with 403; the user reads a sentence."""
    probe.environment["EV_CHARGING_CLOUD_CLIENT_SECRET"] = "not-the-secret"
    ran = await probe.run("account")
    assert ran.code == 1
    assert "rejects" in ran.err
    assert "not-the-secret" not in ran.err


async def test_changed_settings_sign_in_anew(probe: Probe) -> None:
    """A card that is given later is used, although a token is kept."""
    tag = probe.environment.pop("EV_CHARGING_CLOUD_ID_TAG")
    await probe.json("account")
    await probe.json("account")
    assert probe.asked("depotfinity_token") == 1
    probe.environment["EV_CHARGING_CLOUD_ID_TAG"] = tag
    await probe.json("account")
    assert probe.asked("depotfinity_token") == 2


async def test_recording(probe: Probe, emulator: Emulator) -> None:
    """The replay gives the same model, and the files hold nobody's data."""
    done = await probe.json("record", "recording", "--days", "3")
    assert not done["refused"]
    real = {verb: await probe.json(*verb) for verb in VERBS}
    recording = probe.folder / "recording"
    async with replayed(probe, recording):
        probe.options = ("--token-url", f"{probe.url}/oauth2/token")
        probe.environment = {
            "EV_CHARGING_CLOUD_CLIENT_ID": "anything",
            "EV_CHARGING_CLOUD_CLIENT_SECRET": "anything",
        }
        found = {verb: await probe.json(*verb) for verb in VERBS}
    for verb in VERBS:
        assert bare(real[verb]) == bare(found[verb])

    files = [json.loads(one.read_text()) for one in recording.iterdir()]
    leaves = leaves_of(files)
    profile = emulator.depotfinity.profile
    assert not leaves & {profile.client_id, profile.client_secret, TAG}
    assert not leaves & {point.id for point in emulator.depotfinity.chargers()}
    assert not leaves & set(emulator.world.sessions)
    assert not leaves & {car.name for car in emulator.world.cars.values()}


def bare(value: Any, key: str = "") -> Any:
    """Return a model without ids and names, in an order that does not depend on them."""
    if isinstance(value, dict):
        kept = {
            name: bare(inner, name)
            for name, inner in value.items()
            if name not in NOT_COMPARED
        }
        return bare(list(value.values())) if key == "charge_points" else kept
    if isinstance(value, list) and key == "errors":
        return len(value)
    if isinstance(value, list):
        return sorted((bare(one) for one in value), key=json.dumps)
    return value
