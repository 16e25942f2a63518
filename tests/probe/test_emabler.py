"""eMabler from the command line: direct addresses, and numbers in place of words."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest

from emulator import EmablerProfile, Emulator

from .ocpi_support import RUNNING, assert_true, party_world, probe_of, sessions_of
from .support import Probe

STATION, FREE = "nl*xyz*loc-1", "nl*xyz*loc-1/evse-2"


@pytest.fixture
async def emulator(socket_enabled: None) -> AsyncIterator[Emulator]:
    """Return a party, in a world that stands still."""
    async with Emulator(party_world()) as running:
        yield running


@pytest.fixture
def probe(interpreter: str, emulator: Emulator, tmp_path: Path) -> Probe:
    """Return the probe of one token at the endpoint."""
    return probe_of(interpreter, emulator, tmp_path, emulator.emabler)


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1"])
async def test_reads(probe: Probe, emulator: Emulator, version: str) -> None:
    """What runs and what ran; the world's own figures decide."""
    probe.options = (*probe.options, "--version", version)
    session = sessions_of(await probe.json("snapshot"))[RUNNING]
    assert (session["state"], session["ownership"]) == ("active", "own")
    assert_true(emulator.emabler, session)
    past = [one for one in await probe.json("sessions") if one["ended_at"]]
    assert len(past) == 2
    for one in past:
        assert_true(emulator.emabler, one)


@pytest.mark.parametrize("numbering", ["2.2.1", "2.2"])
async def test_numbering(
    probe: Probe, emulator: Emulator, numbering: Literal["2.2.1", "2.2"]
) -> None:
    """The order of the numbers is that which is said."""
    emulator.emabler.profile = EmablerProfile(numbering=numbering)
    points = await probe.json("charge-points", "--numbering", numbering)
    found = {evse["current_type"] for point in points for evse in point["evses"]}
    connectors = {
        connector["type"]
        for point in points
        for evse in point["evses"]
        for connector in evse["connectors"]
    }
    assert found == {"ac", "dc"}
    assert connectors == {"IEC_62196_T2", "IEC_62196_T2_COMBO"}


async def test_commands_need_their_address(probe: Probe, emulator: Emulator) -> None:
    """What has no documented address is offered where it is entered."""
    ran = await probe.run("stop", RUNNING)
    assert (ran.code, ran.out) == (1, "")
    assert "offers no way to stop" in ran.err
    address = f"commands={emulator.url}/emabler/ocpi/2.2.1/commands"
    probe.options = (*probe.options, "--module", address)
    started = await probe.command_json("start", STATION, FREE)
    assert started["session"]["state"] == "active"
    ended = await probe.command_json("stop", started["session"]["id"])
    assert ended["session"]["state"] == "completed"


async def test_encoding_is_known(probe: Probe) -> None:
    """Base64 is documented, so there is nothing to say."""
    ran = await probe.run("account", "--encoding", "raw")
    assert ran.code == 2
    assert "unknown: --encoding" in ran.err
