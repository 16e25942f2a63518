"""Run the emulator from a terminal."""

import argparse
import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from aiohttp import web

from . import control, scenarios
from .clock import Clock, RunningClock
from .evnnovator.profile import SAMPLE_BASE, TOKEN_PATH
from .replay import Recording
from .server import Emulator
from .world import World

ROUTINE_DAYS: Final = 60
SCENARIOS: Final[dict[str, Callable[[Clock, int], World]]] = {
    "demo": lambda clock, seed: scenarios.showcase(clock, seed=seed),
    "single": lambda clock, seed: scenarios.single(clock, seed=seed),
    "fleet": lambda clock, seed: scenarios.fleet(clock, seed=seed),
    "public": lambda clock, seed: scenarios.public(clock, seed=seed),
    "evnnovator": lambda clock, seed: scenarios.evnnovator(
        clock, seed=seed, routine_days=ROUTINE_DAYS
    ),
    "depot": lambda clock, seed: scenarios.depot(clock, seed=seed),
    "party": lambda clock, seed: scenarios.party(
        clock, seed=seed, past_sessions=scenarios.PARTY_SESSIONS
    ),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve a simulated world or a recording until interrupted."""
    options = _parser().parse_args(arguments)
    run = _replay if options.command == "replay" else _serve
    try:
        asyncio.run(run(options))
    except KeyboardInterrupt:
        return
    except (OSError, ValueError) as error:
        raise SystemExit(f"{error}") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m emulator", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser(
        "serve",
        help="serve a simulated world",
        epilog=control.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    serve.add_argument("--seed", type=int, default=0, help="another world per number")
    serve.add_argument("--speed", type=float, default=1.0, help="times real time")
    serve.add_argument(
        "--behind", type=float, default=0.0, help="begin so many seconds ago"
    )
    serve.add_argument("--scenario", choices=SCENARIOS, default="demo")
    replay = commands.add_parser("replay", help="serve a recording")
    replay.add_argument("directory", type=Path, help="one JSON file per exchange")
    for command in (serve, replay):
        command.add_argument("--host", default="127.0.0.1")
        command.add_argument(
            "--port", type=int, default=8765, help="0 takes a free one"
        )
    return parser


async def _serve(options: argparse.Namespace) -> None:
    start = datetime.now(UTC) - timedelta(seconds=options.behind)
    clock = RunningClock(start, speed=options.speed)
    world = SCENARIOS[options.scenario](clock, options.seed)
    emulator = Emulator(world, host=options.host, port=options.port)
    async with emulator:
        for line in _introduction(emulator):
            print(line, flush=True)
        await asyncio.Event().wait()


def _introduction(emulator: Emulator) -> list[str]:
    """Return the address and what signs in at each face that has something to show."""
    return [
        f"address        {emulator.url}",
        *_ampeco_lines(emulator),
        *_evnnovator_lines(emulator),
        *_depotfinity_lines(emulator),
        *_party_lines(emulator),
        f"control        {emulator.url}/_control/state",
    ]


def _ampeco_lines(emulator: Emulator) -> list[str]:
    profile, drivers = emulator.ampeco.profile, emulator.world.drivers.values()
    if (driver := next((d for d in drivers if d.email), None)) is None:
        return []
    tokens = emulator.ampeco.issue_tokens(driver.id)
    return [
        f"e-mail         {driver.email}",
        f"password       {driver.password}",
        f"client id      {profile.client_id}",
        f"client secret  {profile.client_secret}",
        f"access token   {tokens.access_token}",
    ]


def _evnnovator_lines(emulator: Emulator) -> list[str]:
    profile, drivers = emulator.evnnovator.profile, emulator.evnnovator.own_drivers()
    if not drivers:
        return []
    return [
        f"evnnovator base url       {emulator.url}{SAMPLE_BASE}",
        f"evnnovator token          {profile.static_token}",
        f"evnnovator token url      {emulator.url}{TOKEN_PATH}",
        f"evnnovator client id      {profile.client_id}",
        f"evnnovator client secret  {profile.client_secret}",
        f"evnnovator drivers        {','.join(d.auth_id or '' for d in drivers)}",
    ]


def _depotfinity_lines(emulator: Emulator) -> list[str]:
    profile, chargers = emulator.depotfinity.profile, emulator.depotfinity.chargers()
    if not chargers:
        return []
    return [
        f"depotfinity api url        {emulator.url}",
        f"depotfinity token url      {emulator.url}/oauth2/token",
        f"depotfinity client id      {profile.client_id}",
        f"depotfinity client secret  {profile.client_secret}",
        f"depotfinity id tag         {emulator.depotfinity.known_tag()}",
        f"depotfinity charger        {chargers[0].id}",
    ]


def _party_lines(emulator: Emulator) -> list[str]:
    face, endpoint = emulator.ocpi, emulator.emabler
    if not face.points():
        return []
    ours = [t for t in face.profile.tokens if t.party == face.profile.our_party]
    return [
        f"ocpi versions url          {emulator.url}{face.root}/versions",
        f"ocpi token                 {face.profile.token}",
        f"ocpi our party             {'*'.join(face.profile.our_party)}",
        f"ocpi driver tokens         {','.join(token.uid for token in ours)}",
        f"emabler base url           {emulator.url}{endpoint.root}",
        f"emabler token              {endpoint.profile.token}",
    ]


async def _replay(options: argparse.Namespace) -> None:
    recording = Recording.load(options.directory)
    runner = web.AppRunner(recording.app(), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, options.host, options.port).start()
        print(
            f"address        http://{options.host}:{runner.addresses[0][1]}", flush=True
        )
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


if __name__ == "__main__":
    main()
