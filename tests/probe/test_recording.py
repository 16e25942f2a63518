"""Recordings: the same model from the replay, and nobody's data in the files."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
import json
from pathlib import Path
import re
from typing import Any

from aiohttp import web
import pytest

from emulator import Emulator
from emulator.replay import Recording

from .support import CHARGE_POINT, EVSE, IDENTIFIER, Probe

VERBS = (("charge-points",), ("snapshot",), ("sessions", "--days", "2"))
NAMES = {"name", "place", "title", "key"}
IDS = {"id", "reference", "evse_id", "evse_identifier", "identifier", "charge_points"}


@pytest.fixture
async def recording(probe: Probe, emulator: Emulator) -> Path:
    """Return a recording of an account with a past and a running session."""
    for energy in (20, 5):
        emulator.world.start(EVSE, "3001")
        probe.advance(minutes=energy)
        emulator.world.unplug(EVSE)
        emulator.world.plug(EVSE, "car-1")
    emulator.world.start(EVSE, "3001")
    probe.advance(minutes=7)
    done = await probe.json("record", "recording", "--days", "2")
    assert not done["refused"]
    return probe.folder / "recording"


async def test_replay_gives_the_same_model(
    probe: Probe, emulator: Emulator, recording: Path
) -> None:
    """Only ids and names differ, and the same id is the same everywhere."""
    real = {verb: await probe.json(*verb) for verb in VERBS}
    async with replayed(probe, recording):
        identity = (await probe.json("account"))["id"]
        found = {verb: await probe.json(*verb) for verb in VERBS}
    assert re.fullmatch(r"drivee_\d{4}", identity)
    assert identity != "drivee_3001"
    pseudonyms: dict[str, str] = {}
    compare(real, found, "", pseudonyms)
    assert len(set(pseudonyms.values())) == len(pseudonyms)
    assert not pseudonyms.keys() & set(pseudonyms.values())
    assert {CHARGE_POINT, EVSE, IDENTIFIER} < pseudonyms.keys()
    assert re.fullmatch(r"[A-Z]{2}\d{7}", pseudonyms[CHARGE_POINT])


async def test_nothing_personal_is_in_the_files(
    probe: Probe, emulator: Emulator, recording: Path
) -> None:
    """Every secret and every value that is somebody's is gone."""
    files = sorted(recording.iterdir())
    assert [one.name for one in files][:2] == ["0001.json", "0002.json"]
    text = "\n".join(one.read_text(encoding="utf-8") for one in files)
    for secret in secrets(probe, emulator):
        assert secret not in text
    parts = leaves_of(json.loads(one.read_text()) for one in files)
    assert not parts & personal(emulator)
    headers = {name.lower() for one in files for name in _headers(one)}
    assert headers == {"content-type", "cache-control"}


async def test_recordings_do_not_share_pseudonyms(
    probe: Probe, recording: Path
) -> None:
    """Two recordings of one account cannot be joined by its ids."""
    await probe.json("record", "another", "--days", "2")
    one, other = (
        json.loads((probe.folder / name / "0002.json").read_text())["response"]["body"]
        for name in ("recording", "another")
    )
    assert one["data"][0]["id"] != other["data"][0]["id"]


async def test_full_directory_is_left_alone(probe: Probe) -> None:
    """A recording never mixes with what is there already."""
    (probe.folder / "taken").mkdir()
    (probe.folder / "taken" / "0001.json").write_text("{}")
    ran = await probe.run("record", "taken")
    assert ran.code == 2
    assert not probe.emulator.requests


async def test_failed_recording_leaves_nothing(
    probe: Probe, emulator: Emulator
) -> None:
    """There is no half of a recording."""
    await probe.json("account")
    emulator.ampeco.tokens.revoke_all()
    ran = await probe.run("record", "recording")
    assert ran.code == 1
    assert not list(probe.folder.glob("recording*"))


@asynccontextmanager
async def replayed(probe: Probe, recording: Path) -> AsyncIterator[None]:
    """Let the probe talk to the replay, with any word as its token."""
    runner = web.AppRunner(Recording.load(recording).app())
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        probe.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        probe.environment = {"EV_CHARGING_CLOUD_ACCESS_TOKEN": "anything"}
        yield
    finally:
        await runner.cleanup()


def secrets(probe: Probe, emulator: Emulator) -> list[str]:
    """Return what gives access."""
    (kept,) = (probe.folder / "state").rglob("*.json")
    tokens = json.loads(kept.read_text())["tokens"]
    profile, driver = emulator.ampeco.profile, emulator.world.drivers["3001"]
    assert profile.client_secret
    return [
        *(tokens[name] for name in ("access", "refresh")),
        profile.client_secret,
        driver.password,
        driver.email,
    ]


def personal(emulator: Emulator) -> set[str]:
    """Return every id and name of the account."""
    world = emulator.world
    driver = world.drivers["3001"]
    points = list(world.charge_points.values())
    return {
        *(driver.id, driver.email, driver.name, driver.payment_method_id or ""),
        *world.sessions,
        *world.evses,
        *(evse.identifier for evse in world.evses.values()),
        *(value for one in points for value in (one.id, one.name, one.site.name)),
        *(one.site.address for one in points),
    }


def compare(real: Any, found: Any, key: str, pseudonyms: dict[str, str]) -> None:
    """Compare two models leaf by leaf, collecting what stands for what."""
    assert type(real) is type(found)
    if isinstance(real, dict):
        pairs = zip(real.items(), found.items(), strict=True)
        for (name, one), (other_name, other) in pairs:
            if key in IDS:
                pseudonyms.setdefault(name, other_name)
                assert pseudonyms[name] == other_name
            else:
                assert name == other_name
            compare(one, other, str(name), pseudonyms)
    elif isinstance(real, list):
        for one, other in zip(real, found, strict=True):
            compare(one, other, key, pseudonyms)
    elif real is not None and key in IDS:
        assert pseudonyms.setdefault(real, found) == found
    elif key not in NAMES:
        assert real == found


def _headers(file: Path) -> dict[str, str]:
    """Return the headers of a recorded answer; a request has none."""
    exchange = json.loads(file.read_text(encoding="utf-8"))
    assert exchange["request"].keys() == {"method", "path", "query", "body"}
    headers: dict[str, str] = exchange["response"]["headers"]
    return headers


def leaves_of(values: Iterable[Any]) -> set[str]:
    """Return all keys and leaves of values, paths taken apart."""
    leaves = {str(leaf) for value in values for leaf in _leaves(value)}
    return leaves | {part for leaf in leaves for part in re.split(r"[/?&=]", leaf)}


def _leaves(value: Any) -> list[Any]:
    """Return all keys and leaves of a value."""
    if isinstance(value, dict):
        return [*value, *(leaf for one in value.values() for leaf in _leaves(one))]
    if isinstance(value, list):
        return [leaf for one in value for leaf in _leaves(one)]
    return [value]
