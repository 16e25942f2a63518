"""The probe at an OCPI party, and what its recordings are compared by."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
import json
from pathlib import Path
from typing import Any

from emulator import Emulator, SimulatedClock, scenarios
from emulator.emabler.face import EmablerFace
from emulator.ocpi.face import OcpiFace
from emulator.world import World

from .support import Probe

UID, CONTRACT = "APP-1", "NL-HAX-C000001-5"
TOKEN_OPTIONS = ("--party", "NL/HAX", "--token-uid", UID, "--contract-id", CONTRACT)
RUNNING = "SES-5004"
# The world stays a little behind, so that what begins in it lies in the past, and not
# so long that its last report of a power is no news any more.
BEHIND = timedelta(seconds=20)


def party_world(past_sessions: int = 0) -> World:
    """Return a party in a world that stands still."""
    clock = SimulatedClock(datetime.now(UTC) - BEHIND)
    return scenarios.party(clock, past_sessions=past_sessions, past_days=20)


def probe_of(
    interpreter: str, emulator: Emulator, folder: Path, face: OcpiFace
) -> Probe:
    """Return the probe of one driver's token at a face of the emulator."""
    probe = Probe(interpreter, emulator, folder, backend=face.name)
    is_direct = isinstance(face, EmablerFace)
    probe.url = f"{emulator.url}{face.root}{'' if is_direct else '/versions'}"
    probe.environment = {"EV_CHARGING_CLOUD_TOKEN": face.profile.token}
    probe.options = TOKEN_OPTIONS
    return probe


def sessions_of(snapshot: Any) -> dict[str, Any]:
    """Return the sessions that a snapshot shows at EVSEs, by their id."""
    return {
        evse["session"]["id"]: evse["session"]
        for point in snapshot["charge_points"].values()
        for evse in point["evses"]
        if evse["session"] is not None
    }


def assert_true(face: OcpiFace, session: Any) -> None:
    """Check a session's energy, power and cost against the world's meter and bill."""
    found = face.session(session["id"])
    assert found is not None
    report = face.report(found)
    assert report is not None
    is_running = session["state"] == "active"
    joule = found.reading_at(report.at) if is_running else None
    energy_uj = found.energy_uj if joule is None else joule.energy_uj
    assert abs(session["energy_kwh"] - energy_uj / 3.6e12) <= 0.00005
    assert session["energy_kwh"] > 0
    if is_running and session["power_kw"] is not None:
        power_w = face.world.evse(found.evse_id).power_w
        assert abs(session["power_kw"] - power_w / 1000) < 0.005 * power_w / 1000
    bill = face.bill_at(found, report.at)
    assert Decimal(session["cost"]["net"]) == bill.net > 0
    if session["cost"]["gross"] is not None:
        assert Decimal(session["cost"]["gross"]) == bill.gross


def files_of(recording: Path) -> Iterator[dict[str, Any]]:
    """Yield the exchanges of a recording."""
    for file in sorted(recording.iterdir()):
        yield json.loads(file.read_text(encoding="utf-8"))


def identities(emulator: Emulator, face: OcpiFace) -> set[str]:
    """Return every id, name and address of the party, its drivers and its stations."""
    world, profile = emulator.world, face.profile
    sites = [point.site for point in world.charge_points.values()]
    return {
        *profile.our_party,
        *profile.party,
        profile.token,
        *(token.uid for token in profile.tokens),
        *(token.contract_id for token in profile.tokens),
        *(token.issuer for token in profile.tokens),
        *world.sessions,
        *(f"SES-{key}" for key in world.sessions),
        *world.charge_points,
        *world.evses,
        *(evse.identifier for evse in world.evses.values()),
        *(tariff.id for tariff in profile.tariffs),
        *(str(one) for site in sites for one in (site.name, site.address, site.city)),
        *(str(one) for site in sites for one in (site.latitude, site.longitude)),
        *(car.name for car in world.cars.values()),
    }
