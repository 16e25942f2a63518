"""Writing a redacted recording of real exchanges."""

from collections.abc import Awaitable
import json
import os
from pathlib import Path
import shutil
import sys

from .options import Options, UsageError
from .providers import errors, provider, transport
from .redaction import Redactor
from .verbs import Result, past_sessions
from .vocabulary import EXTRA_READS

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

    def write(self, directory: Path) -> None:
        """Write the recording so that the directory has all of it or does not exist."""
        redactor = Redactor()
        for exchange in self.exchanges:
            redactor.see(exchange)
        directory.parent.mkdir(parents=True, exist_ok=True)
        partial = directory.with_name(f"{directory.name}.{os.getpid()}.partial")
        partial.mkdir()
        try:
            for number, exchange in enumerate(self.exchanges, 1):
                text = json.dumps(redactor.exchange(exchange), indent=1)
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
    recorder.write(options.directory)
    print(ADVICE, file=sys.stderr)
    return Result(
        value={
            "directory": str(options.directory),
            "exchanges": len(recorder.exchanges),
            "refused": reading.refused,
        }
    )


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
        points = await self._try("charge points", one.charge_points()) or ()
        await self._try("snapshot", one.snapshot())
        evses = [evse for point in points for evse in point.evses]
        running = [evse.session for evse in evses if evse.session is not None]
        past = await self._try("sessions", past_sessions(one, self._options.days)) or ()
        for session in [*running, *past][:DETAILS]:
            await self._try("session", one.session(session))
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
