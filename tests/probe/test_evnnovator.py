"""EVnnovator from the command line: drivers, a charge, and a recording."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
import json
from pathlib import Path
from typing import Any

import pytest

from emulator import Emulator, SimulatedClock, scenarios
from emulator.evnnovator.locations import evse_uid, location_id
from emulator.evnnovator.profile import SAMPLE_BASE, TOKEN_PATH

from .support import GAPS, Probe
from .test_recording import compare, leaves_of, replayed

DRIVER = "driver-1"
CAR = "scooter-1"
EVSE = "800001"


@pytest.fixture
async def emulator(socket_enabled: None) -> AsyncIterator[Emulator]:
    """Return the gateway, in a world that stands still."""
    clock = SimulatedClock(datetime.now(UTC))
    async with Emulator(scenarios.evnnovator(clock)) as running:
        yield running


@pytest.fixture
def place(emulator: Emulator) -> tuple[str, str]:
    """Return where the driver charges, as the gateway names it."""
    evse = emulator.world.evse(EVSE)
    site = evse.charge_point.site
    flavour = emulator.evnnovator.flavour(site)
    return location_id(site), evse_uid(evse, flavour)


@pytest.fixture
def probe(
    interpreter: str, emulator: Emulator, tmp_path: Path, place: tuple[str, str]
) -> Probe:
    """Return the probe of the gateway's customer, with one driver."""
    probe = Probe(interpreter, emulator, tmp_path, backend="evnnovator")
    probe.url = f"{emulator.url}{SAMPLE_BASE}"
    token = emulator.evnnovator.profile.static_token
    probe.environment = {"EV_CHARGING_CLOUD_ACCESS_TOKEN": str(token)}
    probe.options = ("--driver", ":".join((DRIVER, *place)))
    return probe


async def test_whole_charge(probe: Probe, emulator: Emulator) -> None:
    """Register, start, charge and stop; the world's own figures decide."""
    (point,) = await probe.json("charge-points")
    assert (point["name"], point["kind"]) == (DRIVER, "driver")
    emulator.world.set_car(CAR, soc_percent=20)
    ran = await probe.run("start", DRIVER, GAPS)
    assert (ran.code, ran.out) == (1, "")
    assert "is not registered: the verb register" in ran.err
    assert probe.asked("evnnovator_start") == 0

    assert await probe.json("register", DRIVER) == {"registered": DRIVER}
    started = await probe.command_json("start", DRIVER)
    assert started["confirmed"] is True
    session = started["session"]
    assert (session["state"], session["ownership"]) == ("active", "own")

    probe.advance(seconds=45)
    shown = await probe.json("snapshot")
    (found,) = shown["charge_points"].values()
    assert found["evses"][0]["session"]["id"] == session["id"]
    assert found["evses"][0]["session"]["energy_kwh"] > 0

    ended = await probe.command_json("stop", session["id"])
    assert ended["confirmed"] is True
    assert ended["session"]["state"] == "completed"


async def test_search(probe: Probe, place: tuple[str, str]) -> None:
    """The site of a driver is found by its name."""
    found = await probe.json("search", "lab")
    assert place[0] in {one["id"] for one in found}
    assert place[1] in {evse["id"] for one in found for evse in one["evses"]}


async def test_client_credentials(probe: Probe, emulator: Emulator) -> None:
    """A token address leads to the other way to sign in."""
    profile = emulator.evnnovator.profile
    probe.environment = {
        "EV_CHARGING_CLOUD_CLIENT_ID": str(profile.client_id),
        "EV_CHARGING_CLOUD_CLIENT_SECRET": profile.client_secret,
    }
    await probe.json("account", "--token-url", f"{emulator.url}{TOKEN_PATH}")
    probe.environment = {}
    await probe.json("snapshot", "--token-url", f"{emulator.url}{TOKEN_PATH}")


@pytest.mark.parametrize(
    ("verb", "sentence"),
    [
        (("sessions",), "lists no past sessions"),
        (("tariff", DRIVER), "tells no tariffs"),
    ],
)
async def test_what_cannot_be_asked(
    probe: Probe, verb: tuple[str, ...], sentence: str
) -> None:
    """What the gateway does not have is one sentence."""
    ran = await probe.run(*verb)
    assert (ran.code, ran.out) == (1, "")
    assert sentence in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("text", ["driver-1:place", ":place:evse", "driver-1::evse"])
async def test_half_a_place_is_a_mistake(probe: Probe, text: str) -> None:
    """A place is a location and an EVSE."""
    probe.options = ("--driver", text)
    ran = await probe.run("charge-points")
    assert ran.code == 2
    assert not probe.emulator.requests


async def test_recording(
    probe: Probe, emulator: Emulator, place: tuple[str, str]
) -> None:
    """The replay gives the same model, and the files hold nobody's data."""
    emulator.world.start(EVSE, DRIVER)
    probe.advance(seconds=45)
    done = await probe.json("record", "recording")
    assert not done["refused"]
    option, driver = done["options"][-2:]
    assert option == "--driver"
    verbs = ("charge-points", "snapshot")
    real = [await probe.json(verb) for verb in verbs]

    recording = probe.folder / "recording"
    async with replayed(probe, recording):
        probe.url += SAMPLE_BASE
        probe.options = ("--driver", driver)
        found = [await probe.json(verb) for verb in verbs]
    pseudonyms: dict[str, str] = {}
    for one, other in zip(real, found, strict=True):
        # What a driver is called here is derived from the id.
        for point in points_of(one) + points_of(other):
            del point["part"]
        compare(one, other, "", pseudonyms)
    assert driver.split(":")[0] != DRIVER
    (point,) = found[1]["charge_points"].values()
    session = point["evses"][0]["session"]
    assert session["ownership"] == "own"
    assert session["evse_identifier"]

    texts = [one.read_text() for one in recording.iterdir()]
    text = "\n".join(texts).casefold()
    token = str(emulator.evnnovator.profile.static_token)
    (known,) = points_of(real[1])
    own = known["evses"][0]["session"]
    secrets = (token, DRIVER, *place, own["id"], own["reference"])
    assert not [secret for secret in secrets if secret.casefold() in text]
    site = emulator.world.evse(EVSE).charge_point.site
    names = {site.name, site.address, site.city, site.latitude, site.longitude}
    leaves = leaves_of(json.loads(one) for one in texts)
    assert not leaves & {str(name) for name in names}
    assert not {name for name in leaves if str(site.name) in name}


def points_of(model: Any) -> list[dict[str, Any]]:
    """Return the charge points of a model."""
    return model if isinstance(model, list) else list(model["charge_points"].values())
