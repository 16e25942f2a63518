"""Recordings of OCPI and of eMabler: the same model again, and nobody's data."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
import json
from pathlib import Path
import re
from typing import Any, override

import aiohttp
import pytest

from emulator import Emulator
from emulator.ocpi.face import OcpiFace

from .ocpi_support import (
    assert_true,
    files_of,
    identities,
    party_world,
    probe_of,
    sessions_of,
)
from .support import Probe
from .test_recording import leaves_of, replayed

VERBS = (("charge-points",), ("snapshot",), ("sessions",))
# More than a page, all of it within the days of a recording.
PAST, PAGE = 60, 50
# What is taken out or replaced. Where a station is called by nothing but its address,
# that is its name.
GONE = {"coordinates", "name", "place", "key", "part"}
IDS = {"id", "evse_id", "evse_identifier", "identifier", "reference"}


@dataclass(frozen=True)
class Case:
    """What is recorded: a face of the emulator, a version of it."""

    face: str
    version: str

    @override
    def __str__(self) -> str:
        """Return the name of the test."""
        return f"{self.face}-{self.version}"


CASES = (
    Case("ocpi", "2.1.1"),
    Case("ocpi", "2.2.1"),
    Case("ocpi", "2.3.0"),
    Case("emabler", "2.1.1"),
    Case("emabler", "2.2.1"),
)
ONE_OF_EACH = (CASES[1], CASES[4])


@pytest.fixture
async def emulator(socket_enabled: None) -> AsyncIterator[Emulator]:
    """Return a party with a long past, in a world that stands still."""
    async with Emulator(party_world(PAST)) as running:
        yield running


@pytest.fixture(params=CASES, ids=str)
def case(request: pytest.FixtureRequest) -> Case:
    """Return what is recorded."""
    found: Case = request.param
    return found


@pytest.fixture
def face(emulator: Emulator, case: Case) -> OcpiFace:
    """Return the face of the emulator that is recorded."""
    return emulator.ocpi if case.face == "ocpi" else emulator.emabler


@pytest.fixture
def probe(
    interpreter: str, emulator: Emulator, tmp_path: Path, face: OcpiFace, case: Case
) -> Probe:
    """Return the probe that speaks the version."""
    probe = probe_of(interpreter, emulator, tmp_path, face)
    probe.options = (*probe.options, "--version", case.version)
    return probe


async def test_replay_gives_the_same_model(probe: Probe, face: OcpiFace) -> None:
    """Only ids, names and places differ; the world's figures are in both."""
    done = await probe.json("record", "recording")
    assert done["refused"] == {}
    real = {verb: await probe.json(*verb) for verb in VERBS}
    assert_true(face, sessions_of(real["snapshot",])[key_of(face)])

    found, asked = await again(probe, done["options"])
    assert_alike(real, found)
    assert asked == {"APP-1", "NL-HAX-C000001-5"}
    states = {one["state"] for one in found["sessions",]}
    assert states == {"active", "completed"}
    assert len(found["sessions",]) > PAGE


async def test_nobody_is_in_the_files(
    probe: Probe, emulator: Emulator, face: OcpiFace, case: Case
) -> None:
    """No id, name, place, token or address of anybody is left, in any spelling."""
    await probe.json("record", "recording")
    files = list(files_of(probe.folder / "recording"))
    known = {one.casefold() for one in identities(emulator, face)}
    leaves = {one.casefold() for one in leaves_of(files)}
    assert not leaves & known
    text = json.dumps(files).casefold()
    long = {one for one in known if len(one) > 3 and not one.isdecimal()}
    assert not [one for one in long if one in text]
    assert not re.search(r"127\.0\.0\.1|authorization\"|x-request-id|token [a-z]", text)
    assert {file["request"]["method"] for file in files} == {"GET"}
    assert all(file["request"]["body"] is None for file in files)


@pytest.mark.parametrize("case", ONE_OF_EACH, ids=str)
async def test_lists_keep_their_pages(probe: Probe, face: OcpiFace) -> None:
    """A list is one list over all spans of time, in the pages that it was sent in."""
    await probe.json("record", "recording")
    pages = [
        file
        for file in files_of(probe.folder / "recording")
        if file["request"]["path"].endswith("/sessions")
    ]
    assert [page["request"]["query"] for page in pages] == [{}, {"offset": str(PAGE)}]
    rows = [row for page in pages for row in page["response"]["body"]["data"]]
    assert len(pages[0]["response"]["body"]["data"]) == PAGE
    assert len({row["id"] for row in rows}) == len(rows) == len(list(face.rows()))
    link = pages[0]["response"]["headers"]["Link"]
    assert link.startswith("</") and f"offset={PAGE}" in link
    assert "Link" not in pages[1]["response"]["headers"]
    async with (
        replayed(probe, probe.folder / "recording"),
        aiohttp.ClientSession(probe.url) as http,
        http.get(link.split("<")[1].split(">")[0]) as answer,
    ):
        assert await answer.json() == pages[1]["response"]["body"]


@pytest.mark.parametrize("case", ONE_OF_EACH, ids=str)
async def test_quirks_are_recorded_away(probe: Probe, face: OcpiFace) -> None:
    """Redirects and pages without a link end in a recording that can be replayed."""
    face.profile = replace(face.profile, slash_redirect=True, link="none")
    done = await probe.json("record", "recording")
    assert done["refused"] == {}
    real = {verb: await probe.json(*verb) for verb in VERBS}
    found, _ = await again(probe, done["options"])
    assert_alike(real, found)
    files = list(files_of(probe.folder / "recording"))
    assert {file["response"]["status"] for file in files} == {200}


async def again(
    probe: Probe, options: list[str]
) -> tuple[dict[tuple[str, ...], Any], set[str]]:
    """Return what the replay says, and which real ids its options stand for."""
    given = dict(zip(probe.options[::2], probe.options[1::2], strict=True))
    new = dict(zip(options[::2], options[1::2], strict=True))
    assert new["--party"] != given["--party"]
    replaced = {
        given[one] for one in ("--token-uid", "--contract-id") if new[one] != given[one]
    }
    path = new["--url"].removeprefix("http://127.0.0.1:8765")
    async with replayed(probe, probe.folder / "recording"):
        probe.url += path
        probe.environment = {"EV_CHARGING_CLOUD_TOKEN": "anything"}
        probe.options = tuple(options)
        return {verb: await probe.json(*verb) for verb in VERBS}, replaced


def key_of(face: OcpiFace) -> str:
    """Return the id of the session that runs at the first EVSE."""
    session = face.world.evse("EVSE-1").session
    assert session is not None
    return f"SES-{session.id}"


def assert_alike(real: Any, found: Any) -> None:
    """Check that two models say the same of other ids."""
    stands: dict[str, str] = {}
    assert bare(real, stands, {}) == bare(found, {}, {})
    assert stands


def size(point: dict[str, Any]) -> tuple[str, int, float]:
    """Return what tells places apart: they come in the order in which they were seen."""
    powers = [one["max_power_kw"] or 0.0 for one in point["evses"]]
    return point["kind"], len(powers), max(powers)


def bare(value: Any, seen: dict[str, str], numbers: dict[str, int]) -> Any:
    """Return a model without names, whose ids are numbered as they come.

    Which numbers of eMabler's dialect mean power and parking is known once a CDR was
    read, and a replay reads in another order.
    """

    def numbered(text: str) -> int:
        seen[text] = text
        return numbers.setdefault(text.casefold(), len(numbers))

    def walk(one: Any, key: str) -> Any:
        if isinstance(one, dict):
            if key == "charge_points":
                return [walk(inner, "") for inner in sorted(one.values(), key=size)]
            return {
                name: walk(inner, name)
                for name, inner in one.items()
                if name not in GONE
            }
        if isinstance(one, list):
            return [walk(inner, key) for inner in one]
        if key == "power_kw" and one is not None:
            return round(one)
        if key == "kind" and one == "idle":
            return None
        return numbered(one) if key in IDS and isinstance(one, str) else one

    # A recording has a list in the order in which its rows were seen first.
    past = sorted(value["sessions",], key=lambda one: str(one["started_at"]))
    return [walk(inner, "") for inner in ({**value, ("sessions",): past}).values()]
