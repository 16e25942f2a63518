"""Show the integration at work: emulator, Home Assistant, account and dashboard."""

import argparse
from contextlib import ExitStack
from pathlib import Path
import signal
import sys
import time

from .account import (
    AMPECO,
    ANSWERS,
    CHOICES,
    EVNNOVATOR,
    PARTS,
    Account,
    add_account,
    add_parts,
    working_accounts,
)
from .charges import FIRST_CHARGE, charge, charge_driver, charge_token
from .config import DASHBOARD, ROOT
from .dashboard import chargers, entities, write_dashboard
from .emulator import Emulator
from .home_assistant import HomeAssistant
from .processes import StartError, alone, free_port

FOLDER = ROOT / ".cache" / "demo"
EMULATOR_PORT = 8765
HOME_ASSISTANT_PORT = 8123
ENTITIES_TIMEOUT = 20.0
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    """Run until interrupted."""
    options = _options()
    # A shell makes what it runs in the background deaf to Ctrl-C.
    for number in ENDINGS:
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
        help="of the emulated world, times real time; only the AMPECO account can "
        "follow another speed than 1",
    )
    parser.add_argument(
        "--no-account",
        action="store_true",
        help="leave the accounts to be added by hand",
    )
    parser.add_argument(
        "--fresh", action="store_true", help="forget what earlier runs have stored"
    )
    return parser.parse_args()


def _run(options: argparse.Namespace, stack: ExitStack) -> None:
    print("Starting the emulator and Home Assistant ...", flush=True)
    # A first charge begins in the past, so that it ends in the present.
    is_first = options.fresh or not (FOLDER / "config" / ".storage" / "auth").exists()
    behind = FIRST_CHARGE if is_first and not options.no_account else 0
    emulator = stack.enter_context(
        Emulator(FOLDER, free_port(EMULATOR_PORT), speed=options.speed, behind=behind)
    )
    home = stack.enter_context(
        HomeAssistant(FOLDER, free_port(options.port), fresh=options.fresh)
    )
    emulator.ready()
    home.ready()
    page = home.url
    accounts: dict[str, Account] = {}
    if options.no_account:
        _tell_accounts(emulator)
    else:
        accounts = working_accounts(home.client)
        if AMPECO not in accounts:
            accounts[AMPECO] = _add(home, emulator, AMPECO)
        _wait_for_entities(home, accounts[AMPECO])
        write_dashboard(home.client, home.config)
        page = f"{home.url}/{DASHBOARD}"
    print(f"\nOpen {page}\n\nThe emulator's world: {emulator.url}/_control/state")
    print(f"Logs: {_shown(home.log)}, {_shown(emulator.log)}. Ctrl-C ends all of it.")
    sys.stdout.flush()
    if not options.no_account:
        charge(home.client, emulator, behind)
        _add_others(home, emulator, accounts)
    while home.running and emulator.running:
        time.sleep(0.5)
    ended = home if not home.running else emulator
    raise StartError(f"{ended.name} ended: see {_shown(ended.log)}.")


def _add_others(
    home: HomeAssistant, emulator: Emulator, accounts: dict[str, Account]
) -> None:
    """Add the accounts that are missing, and let a driver and a token charge."""
    missing = [name for name in CHOICES if name not in accounts]
    for name in missing:
        accounts[name] = _add(home, emulator, name)
        add_parts(home.client, accounts[name])
        _wait_for_entities(home, accounts[name])
    write_dashboard(home.client, home.config)
    if missing:
        print("Reload the page to see them.", flush=True)
    charge_token(home.client)
    drivers = chargers(entities(home.client, accounts[EVNNOVATOR].title))
    charge_driver(home.client, [one.name for one in drivers])


def _add(home: HomeAssistant, emulator: Emulator, name: str) -> Account:
    account = add_account(home.client, name, emulator)
    print(f"Added the account {account.title} through its own dialog.", flush=True)
    return account


def _tell_accounts(emulator: Emulator) -> None:
    print("Add the integration EV Charging Cloud by hand, and tell it for")
    for name, answers in ANSWERS.items():
        print(f"{name}:")
        for field, value in answers(emulator).items():
            print(f"  {field:14} {value}")
        for part in PARTS.get(name, ("", ()))[1]:
            print(f"  add then        {', '.join(part.values())}")


def _wait_for_entities(home: HomeAssistant, account: Account) -> None:
    deadline = time.monotonic() + ENTITIES_TIMEOUT
    while not chargers(entities(home.client, account.title)):
        if time.monotonic() > deadline:
            raise StartError(
                f"{account.title} has no entities: see {_shown(home.log)}."
            )
        time.sleep(0.2)


def _shown(path: Path) -> Path:
    return path.relative_to(ROOT)


def _interrupted(*_: object) -> None:
    # Whatever sends it twice must not interrupt the clearing up.
    for number in ENDINGS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
