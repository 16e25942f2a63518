"""Writing a redacted recording of real exchanges."""

from collections.abc import Awaitable, Iterable
import json
import os
from pathlib import Path
import shutil
import sys
from typing import Any

from .lists import joined, paged
from .options import Options, UsageError
from .parts import kind_of
from .places import again
from .providers import catalogue, errors, model, provider, transport
from .redaction import Redactor
from .verbs import Result, past_sessions
from .vocabulary import EXTRA_READS, PAGED, STAND_INS

DETAILS = 10
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
        plain = [redactor.exchange(exchange) for exchange in self.exchanges]
        ids = PAGED.get(backend)
        found = joined(plain) if ids is None else paged(self.exchanges, plain, ids)
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
    kind = kind_of(catalogue.BACKENDS[options.backend])
    if kind is not None:
        redactor.see_ids(one for part in options.parts for one in kind.ids(part))
    redactor.see_ids(options.given.values())
    exchanges = recorder.redacted(redactor, options.backend)
    recorder.write(options.directory, exchanges)
    print(ADVICE, file=sys.stderr)
    words = again(options.given, redactor)
    if kind is not None:
        words += [one for part in options.parts for one in kind.again(part, redactor)]
    value = {
        "directory": str(options.directory),
        "exchanges": len(exchanges),
        "refused": reading.refused,
        # What a replay is asked with in place of what was given.
        "options": words,
    }
    return Result(value=value)


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
        # Where all is listed, no session is read alone.
        details = 0 if self._options.backend in PAGED else DETAILS
        for session in [*running, *past][:details]:
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
