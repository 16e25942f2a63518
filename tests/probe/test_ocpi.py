"""OCPI from the command line: stations of others, one token, a charge."""

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Literal

import pytest

from emulator import Emulator

from .ocpi_support import (
    CONTRACT,
    RUNNING,
    UID,
    assert_true,
    party_world,
    probe_of,
    sessions_of,
)
from .support import GAPS, Probe

STATION, FREE = "nl*xyz*loc-1", "nl*xyz*loc-1/evse-2"
VARIABLE = "EV_CHARGING_CLOUD_"
MODULES = ("sessions", "locations", "commands")


@pytest.fixture
async def emulator(socket_enabled: None) -> AsyncIterator[Emulator]:
    """Return a party, in a world that stands still."""
    async with Emulator(party_world()) as running:
        yield running


@pytest.fixture
def probe(interpreter: str, emulator: Emulator, tmp_path: Path) -> Probe:
    """Return the probe of one token at the party."""
    return probe_of(interpreter, emulator, tmp_path, emulator.ocpi)


async def test_reads(probe: Probe, emulator: Emulator) -> None:
    """Stations, what runs there and what ran; the world's own figures decide."""
    points = await probe.json("charge-points")
    assert {one["id"] for one in points} == {f"nl*xyz*loc-{key}" for key in (1, 2, 3)}
    shown = await probe.json("snapshot")
    session = sessions_of(shown)[RUNNING]
    assert (session["state"], session["ownership"]) == ("active", "own")
    assert session["power_kw"] > 0
    assert_true(emulator.ocpi, session)
    past = [one for one in await probe.json("sessions") if one["ended_at"]]
    assert len(past) == 2
    for one in past:
        assert_true(emulator.ocpi, one)


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1", "2.3.0"])
async def test_versions(probe: Probe, emulator: Emulator, version: str) -> None:
    """Each version is spoken on demand, and tells the same figures."""
    probe.options = (*probe.options, "--method", "modules", "--version", version)
    assert_true(emulator.ocpi, sessions_of(await probe.json("snapshot"))[RUNNING])
    paths = {one.path for one in emulator.requests}
    assert f"/ocpi/cpo/{version}/sessions" in paths


async def test_whole_charge(probe: Probe, emulator: Emulator) -> None:
    """A start counts once the list shows the session, and a stop once it is over."""
    started = await probe.command_json("start", STATION, FREE)
    assert started["confirmed"] is True
    session = started["session"]
    assert (session["state"], session["ownership"]) == ("active", "own")
    assert emulator.world.evse("EVSE-2").session is not None
    await prefer(probe, session["id"])

    ended = await probe.command_json("stop", session["id"])
    assert ended["confirmed"] is True
    assert ended["session"]["state"] == "completed"
    past = {one["id"]: one for one in await probe.json("sessions")}
    assert_true(emulator.ocpi, past[session["id"]])
    ran = await probe.run("stop", session["id"], GAPS)
    assert ran.code == 0
    assert "already over" in ran.err
    assert probe.asked("ocpi_stop") == 1


async def prefer(probe: Probe, key: str) -> None:
    """Ask for cheap charging, with and without what that needs to know."""
    assert await probe.json("prefer", key, "fast") == {"preference": "fast"}
    ran = await probe.run("prefer", key, "cheap")
    assert (ran.code, ran.out) == (1, "")
    assert "when the car leaves" in ran.err
    needed = ("--departure", "2100-01-01T07:00", "--energy", "20")
    assert await probe.json("prefer", key, "cheap", *needed) == {"preference": "cheap"}
    assert probe.emulator.requests[-1].body["energy_need"] == 20


async def test_other_commands(probe: Probe, emulator: Emulator) -> None:
    """A cable is released, and a token made known, when somebody asks for it."""
    assert await probe.json("unlock", FREE) == {"unlocked": FREE}
    assert emulator.ocpi.unlocked == ["EVSE-2"]
    assert probe.asked("ocpi_put_token") == 0
    assert await probe.json("register") == {"registered": "Token"}
    assert probe.asked("ocpi_put_token") == 1
    found = await probe.json("search", "station 2")
    assert [one["name"] for one in found] == ["Station 2"]


async def test_tariff(probe: Probe, emulator: Emulator) -> None:
    """The tariff of an EVSE is that of the list."""
    found = await probe.json("tariff", "NL*XYZ*E0001*1")
    (tariff,) = (one for one in emulator.ocpi.profile.tariffs if one.id == "T1")
    prices = {
        component.price
        for element in tariff.elements
        for component in element.components
        if component.type == "ENERGY"
    }
    assert Decimal(found["tariff"]["price_per_kwh"]) in prices


async def test_start_needs_a_token(probe: Probe) -> None:
    """Without a token nothing is sent, and the sentence says which option is missing."""
    probe.options = ("--party", "NL/HAX")
    ran = await probe.run("start", STATION, FREE, GAPS)
    assert (ran.code, ran.out) == (1, "")
    assert "--token-uid" in ran.err
    assert probe.asked("ocpi_start") == 0


async def test_token_of_the_environment(probe: Probe) -> None:
    """What others on the machine should not see need not be an argument."""
    probe.options = ("--party", "NL/HAX")
    probe.environment[f"{VARIABLE}TOKEN_UID"] = UID
    probe.environment[f"{VARIABLE}CONTRACT_ID"] = CONTRACT
    shown = await probe.json("snapshot")
    assert [key for key in shown["charge_points"] if key.startswith("token_")]


async def test_modules_without_a_list_of_them(probe: Probe, emulator: Emulator) -> None:
    """Addresses of modules suffice, with the version that they speak."""
    root = f"{emulator.url}/ocpi/cpo/2.2.1"
    addresses = (f"--module={name}={root}/{name}" for name in MODULES)
    command = (*probe.options, "--version", "2.2.1", *addresses)
    probe.bare = True
    probe.options = command
    assert RUNNING in sessions_of(await probe.json("snapshot"))
    assert probe.asked("ocpi_versions") == 0


@pytest.mark.parametrize(("right", "wrong"), [("raw", "base64"), ("base64", "raw")])
async def test_encoding(
    probe: Probe, emulator: Emulator, right: Literal["raw", "base64"], wrong: str
) -> None:
    """The token is written as it is said, and nothing is tried."""
    emulator.ocpi.profile = replace(emulator.ocpi.profile, token_encoding=right)
    ran = await probe.run("account", "--encoding", wrong)
    assert ran.code == 1
    assert len(emulator.requests) == 1
    await probe.json("account", "--encoding", right)
    await probe.json("account", "--encoding", "auto")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--url", "http://charge.example.test"), "--url is wrong"),
        (("--party", "NLHAX"), "as NL/ABC"),
        (("--party", "NLD/HAX"), "--party is wrong"),
        (("--version", "3.0"), "one of auto, 2.3.0"),
        (("--module", "credentials=https://charge.example.test"), "one of sessions"),
        (("--numbering", "2.2"), "unknown: --numbering"),
        (("--token", "hunter2"), "unknown: --token"),
        (("--token=hunter2",), "unknown: --token"),
    ],
)
async def test_options_that_make_no_sense(
    probe: Probe, options: tuple[str, ...], sentence: str
) -> None:
    """Nothing is ignored silently, and no misplaced secret is repeated."""
    ran = await probe.run("account", *options)
    assert ran.code == 2
    assert sentence in ran.err
    assert "hunter2" not in ran.err
    assert not probe.emulator.requests


async def test_without_an_address(probe: Probe) -> None:
    """The sentence names the option that is missing."""
    probe.bare = True
    ran = await probe.run("account")
    assert ran.code == 2
    assert "--url is missing" in ran.err


async def test_wrong_token(probe: Probe) -> None:
    """A token that is not accepted is one sentence without it."""
    probe.environment[f"{VARIABLE}TOKEN"] = "not-the-token"
    ran = await probe.run("account")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.count("\n") == 1
    assert "not-the-token" not in ran.err


async def test_token_is_kept_in_private(probe: Probe) -> None:
    """A later run needs no token, and another token is another account."""
    first = await probe.json("account")
    probe.environment = {}
    assert await probe.json("account") == first
    probe.environment = {f"{VARIABLE}TOKEN": "not-the-token"}
    assert (await probe.run("account")).code == 1
