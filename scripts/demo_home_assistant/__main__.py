"""Show the integration at work: emulator, Home Assistant, account and dashboard."""

import argparse
from contextlib import ExitStack
from pathlib import Path
import signal
import sys
import time

from .account import add_account, has_account
from .charges import charge
from .config import DASHBOARD, ROOT
from .dashboard import entities, write_dashboard
from .emulator import Emulator
from .home_assistant import HomeAssistant
from .processes import StartError, alone, free_port

FOLDER = ROOT / ".cache" / "demo"
EMULATOR_PORT = 8765
HOME_ASSISTANT_PORT = 8123
ENTITIES_TIMEOUT = 20.0


def main() -> int:
    """Run until interrupted."""
    options = _options()
    # A shell makes what it runs in the background deaf to Ctrl-C.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupted)
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        with alone(FOLDER / "demo.lock"), ExitStack() as stack:
            _run(options, stack)
    except KeyboardInterrupt:
        print("\nThe demo has ended.")
    except StartError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument(
        "--port", type=int, default=HOME_ASSISTANT_PORT, help="of the page"
    )
    parser.add_argument(
        "--speed",
        type=float,
        default=1.0,
        help="of the emulated world, times real time",
    )
    parser.add_argument(
        "--no-account",
        action="store_true",
        help="leave the account to be added by hand",
    )
    parser.add_argument(
        "--fresh", action="store_true", help="forget what earlier runs have stored"
    )
    return parser.parse_args()


def _run(options: argparse.Namespace, stack: ExitStack) -> None:
    print("Starting the emulator and Home Assistant ...", flush=True)
    emulator = stack.enter_context(
        Emulator(FOLDER, free_port(EMULATOR_PORT), speed=options.speed)
    )
    home = stack.enter_context(
        HomeAssistant(FOLDER, free_port(options.port), fresh=options.fresh)
    )
    emulator.ready()
    home.ready()
    page = home.url
    if options.no_account:
        _tell_account(emulator)
    else:
        if not has_account(home.client):
            title = add_account(home.client, emulator.answers())
            print(f"Added the account {title} through its own dialog.", flush=True)
        _wait_for_entities(home)
        write_dashboard(home.client, home.config)
        page = f"{home.url}/{DASHBOARD}"
    print(f"\nOpen {page}\n\nThe emulator's world: {emulator.url}/_control/state")
    print(f"Logs: {_shown(home.log)}, {_shown(emulator.log)}. Ctrl-C ends all of it.")
    sys.stdout.flush()
    if not options.no_account:
        charge(home.client, emulator)
    while home.running and emulator.running:
        time.sleep(0.5)
    ended = home if not home.running else emulator
    raise StartError(f"{ended.name} ended: see {_shown(ended.log)}.")


def _tell_account(emulator: Emulator) -> None:
    print("Add the integration EV Charging Cloud by hand and tell it:")
    for name, value in emulator.answers().items():
        print(f"  {name:14} {value}")


def _wait_for_entities(home: HomeAssistant) -> None:
    deadline = time.monotonic() + ENTITIES_TIMEOUT
    while not entities(home.client):
        if time.monotonic() > deadline:
            raise StartError(f"The account has no entities: see {_shown(home.log)}.")
        time.sleep(0.2)


def _shown(path: Path) -> Path:
    return path.relative_to(ROOT)


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
