"""The command line itself."""

import asyncio
from collections.abc import Sequence
import os
import signal
import sys
from typing import Any

import aiohttp
import msgspec

from .options import Options, UsageError, parse
from .providers import errors, transport, version
from .recorder import Recorder, check_directory, record
from .sign_in import opened
from .verbs import VERBS, Result, UnsupportedError

FAILED, USAGE, UNCONFIRMED, INTERRUPTED = 1, 2, 3, 130

REFUSALS = {
    "no_car": "No car is plugged in.",
    "not_startable": "The charger does not start: it is in use, or the car is full.",
    "wrong_evse": "The back end started another EVSE than the one asked for.",
    "not_stoppable": "The session cannot be ended from here.",
    "not_found": "The back end knows no such charge point, EVSE or session.",
    "unavailable": "The charger is out of order.",
    "rejected": "The charger rejects the command.",
    "not_possible": "The charger or the back end cannot do that.",
    "departure_required": "The back end wants to know when the car leaves.",
    "energy_need_required": "The back end wants to know how much energy is needed.",
    "unknown_driver": "The driver is not registered: the verb register does that.",
    "no_place": "Say where the charge begins: --driver ID:LOCATION:EVSE.",
    "no_token": "A card is missing: set EV_CHARGING_CLOUD_ID_TAG, or give --token-uid"
    " and the party that it is of.",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit code."""
    # A shell makes what it runs in the background deaf to Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    options = parse(arguments)
    try:
        result = asyncio.run(_run(options))
    except UsageError as err:
        return _failed(str(err), USAGE)
    except UnsupportedError as err:
        return _failed(str(err), FAILED)
    except errors.ProviderError as err:
        return _failed(_sentence(err), FAILED)
    except OSError as err:
        return _failed(f"{err.strerror}: {err.filename}", FAILED)
    except KeyboardInterrupt:
        return INTERRUPTED
    _show(result.value)
    if not result.confirmed:
        return _failed("The charger has not shown the effect in time.", UNCONFIRMED)
    return 0


async def _run(options: Options) -> Result:
    """Open the account and do what the verb says."""
    if options.verb == "record":
        check_directory(options.directory)
    recorder = Recorder()
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        name = f"{transport.USER_AGENT}/{version()}"
        plain = transport.Connection(http=http, user_agent=name)
        recording = msgspec.structs.replace(plain, record=recorder.note)
        records = options.verb == "record"
        one, file = await opened(options, plain, recording if records else plain)
        try:
            if records:
                return await record(one, options, recorder)
            result = await VERBS[options.verb](one, options)
            if result.cursors is not None:
                await file.remember(result.cursors)
            return result
        finally:
            await one.close()


def _show(value: Any) -> None:
    """Print a model as JSON."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2)
    try:
        print(text.decode(), flush=True)
    except BrokenPipeError:
        # Whoever reads has seen enough; Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _failed(sentence: str, code: int) -> int:
    """Say what is wrong and return the exit code."""
    print(f"error: {sentence}", file=sys.stderr)
    return code


def _sentence(err: errors.ProviderError) -> str:
    """Return one sentence about an error."""
    if isinstance(err, errors.CommandRefusedError):
        return REFUSALS.get(err.reason, f"The charger refused: {err.reason}.")
    wait = f"; try again in {err.retry_after:.0f} s" if err.retry_after else ""
    return f"{str(err) or type(err).__name__}{wait}."


if __name__ == "__main__":
    sys.exit(main())
