"""Writing a redacted recording of real exchanges."""

from collections.abc import Awaitable, Iterable, Mapping
from http import HTTPStatus
import json
import os
from pathlib import Path
import shutil
import sys
from typing import Any

from .options import Options, UsageError
from .providers import errors, model, provider, transport
from .redaction import Redactor
from .verbs import Result, past_sessions
from .vocabulary import EXTRA_READS, JOINED, ROW_IDS, STAND_INS

DETAILS = 10
DRIVER_IDS = ("driver_id", "location_id", "evse_uid")
ADVICE = (
    "Names, addresses and identifiers are taken out. Please look the files over"
    " before you hand them on."
)


class Recorder:
    """Keeps exchanges in memory until all of them can be redacted."""

    def __init__(self) -> None:
        """Start empty."""
        self.exchanges: list[transport.Exchange] = []

    def note(self, exchange: transport.Exchange) -> None:
        """Keep one exchange."""
        self.exchanges.append(exchange)

    def redacted(self, redactor: Redactor, backend: str) -> list[dict[str, Any]]:
        """Return everything that a replay needs, and nothing that is somebody's."""
        for exchange in self.exchanges:
            redactor.see(exchange)
        found = joined([redactor.exchange(exchange) for exchange in self.exchanges])
        stand_in = STAND_INS.get(backend)
        return found if stand_in is None else [stand_in, *found]

    def write(self, directory: Path, exchanges: list[dict[str, Any]]) -> None:
        """Write the recording so that the directory has all of it or does not exist."""
        directory.parent.mkdir(parents=True, exist_ok=True)
        partial = directory.with_name(f"{directory.name}.{os.getpid()}.partial")
        partial.mkdir()
        try:
            for number, exchange in enumerate(exchanges, 1):
                text = json.dumps(exchange, indent=1)
                (partial / f"{number:04}.json").write_text(
                    f"{text}\n", encoding="utf-8"
                )
            partial.rename(directory)
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def check_directory(directory: Path) -> None:
    """Refuse a directory that already holds something."""
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise UsageError("The directory of the recording already holds something.")


async def record(
    one: provider.Provider, options: Options, recorder: Recorder
) -> Result:
    """Read everything that can be read, and write the recording.

    What one operator does not offer is part of the picture and ends nothing.
    """
    reading = _Reading(one, options)
    await reading.run()
    if not recorder.exchanges:
        raise errors.ProviderConnectionError("Nothing was answered")
    redactor = Redactor()
    drivers = [_ids(driver.values) for driver in options.drivers]
    redactor.see_ids(identity for ids in drivers for identity in ids)
    exchanges = recorder.redacted(redactor, options.backend)
    recorder.write(options.directory, exchanges)
    print(ADVICE, file=sys.stderr)
    value = {
        "directory": str(options.directory),
        "exchanges": len(exchanges),
        "refused": reading.refused,
    }
    if drivers:
        # What a replay is asked with in place of the real ids.
        value["drivers"] = [
            ":".join(redactor.pseudonym(identity) for identity in ids)
            for ids in drivers
        ]
    return Result(value=value)


def joined(exchanges: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return exchanges in which each list by spans of time is one answer.

    It stands where the first of its answers stood; a later state of a row replaces an
    earlier one. A list that was only refused stays as it was answered.
    """
    found: list[dict[str, Any]] = []
    lists: dict[str, dict[str, Any]] = {}
    for one in exchanges:
        request, response = one["request"], one["response"]
        depends = JOINED.get(request["path"])
        if depends is None:
            found.append(one)
            continue
        query = {
            key: value for key, value in request["query"].items() if key in depends
        }
        whole = {
            "request": {**request, "query": query},
            "response": {**response, "body": response["body"]},
        }
        key = json.dumps([request["path"], query], sort_keys=True)
        known = lists.get(key)
        if known is None:
            lists[key] = whole
            found.append(whole)
        elif known["response"]["status"] != HTTPStatus.OK:
            known["response"] = whole["response"]
        elif response["status"] == HTTPStatus.OK:
            _add_rows(_rows(known["response"]["body"]), _rows(response["body"]))
    return found


def _rows(body: Any) -> list[Any]:
    """Return the rows of a list, bare or under ``items``."""
    rows = body.get("items") if isinstance(body, dict) else body
    return rows if isinstance(rows, list) else []


def _add_rows(known: list[Any], rows: list[Any]) -> None:
    """Add rows to those that are known, or put them in their place."""
    places = {_row_id(row): place for place, row in enumerate(known)}
    for row in rows:
        place = places.setdefault(_row_id(row), len(known))
        known[place : place + 1] = [row]


def _row_id(row: Any) -> str:
    """Return what a row is known by; one without an id is like no other."""
    ids = row if isinstance(row, dict) else {}
    named = [ids[key] for key in ROW_IDS if key in ids]
    return json.dumps(named or row)


def _ids(values: Mapping[str, str]) -> list[str]:
    """Return the ids of a driver in the order of the command line."""
    return [values[key] for key in DRIVER_IDS if key in values]


class _Reading:
    """The reads of a recording."""

    def __init__(self, one: provider.Provider, options: Options) -> None:
        """Take the account."""
        self._one = one
        self._options = options
        self.refused: dict[str, str] = {}

    async def run(self) -> None:
        """Read what each verb reads, and the details of the newest sessions."""
        one = self._one
        await self._try("account", one.account())
        for path in EXTRA_READS.get(self._options.backend, ()):
            await self._try("account", one.transport.read(path))
        points: Iterable[model.ChargePoint] = (
            await self._try("charge points", one.charge_points()) or ()
        )
        seen = await self._try("snapshot", one.snapshot())
        points = seen.charge_points.values() if seen else points
        evses = [evse for point in points for evse in point.evses]
        running = [evse.session for evse in evses if evse.session is not None]
        past: tuple[model.Session, ...] = ()
        if provider.Capability.HISTORY in one.capabilities:
            days = past_sessions(one, self._options.days)
            past = await self._try("sessions", days) or ()
        for session in [*running, *past][:DETAILS]:
            await self._try("session", one.session(session))
        if provider.Capability.FORECAST not in one.capabilities:
            return
        for evse in evses[:DETAILS]:
            await self._try("tariff", one.forecast(evse.id))

    async def _try[T](self, what: str, reading: Awaitable[T]) -> T | None:
        """Read, and note a refusal without its text from the back end."""
        try:
            return await reading
        except errors.AuthenticationError:
            raise
        except errors.ProviderError as err:
            self.refused[what] = type(err).__name__
            return None
