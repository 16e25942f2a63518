"""Results of commands, told to the client some time later (fact sheet ocpi 12)."""

import asyncio
import base64
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import aiohttp

from .access import SUCCESS
from .values import Json, written_time

if TYPE_CHECKING:
    from .face import OcpiFace

# The clock of the world may stand still or run fast, so it is looked at this often.
LOOK_EVERY: Final = 0.02
TIMEOUT: Final = aiohttp.ClientTimeout(total=10)
# What 2.1.1 cannot say is a rejection.
OLD_RESULTS: Final = ("ACCEPTED", "NOT_SUPPORTED", "REJECTED", "TIMEOUT")


@dataclass(kw_only=True)
class Callback:
    """Remember one call to a client: its status, or no status and the error's name."""

    url: str
    body: Json
    status: int | None = None
    error: str | None = None


class Callbacks:
    """Call clients back."""

    def __init__(self, face: OcpiFace) -> None:
        """Serve one face."""
        self._face = face
        self.made: list[Callback] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def plan(self, url: str, version: str, result: str) -> None:
        """Tell a client the result of a command later, as the profile has it."""
        profile = self._face.profile
        if profile.callback == "never":
            return
        is_late = profile.callback == "late"
        wait = profile.callback_late if is_late else profile.callback_after
        due = self._face.world.clock.now() + timedelta(seconds=wait)
        body = self._body(version, result)
        times = 2 if profile.callback == "twice" else 1

        async def tell() -> None:
            while self._face.world.clock.now() < due:
                await asyncio.sleep(LOOK_EVERY)
            for _ in range(times):
                await self._post(url, version, body)

        task = asyncio.create_task(tell())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Wait until every planned call is over."""
        while self._tasks:
            # Unlike gather this lets go of the event loop where all are done already.
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """Drop the calls that are still planned."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _body(self, version: str, result: str) -> Json:
        if version == "2.1.1" and result not in OLD_RESULTS:
            result = "REJECTED"
        body: Json = self._face.rendered("result", {"result": result})
        if self._face.profile.callback != "enveloped":
            return body
        now = written_time(self._face.world.clock.now(), self._face.profile)
        envelope = {"data": body, "status_code": SUCCESS, "timestamp": now}
        return self._face.enveloped(envelope)

    async def _post(self, url: str, version: str, body: Json) -> None:
        token = self._face.profile.callback_token
        if self._face.encoding(version) != "raw":
            token = base64.b64encode(token.encode()).decode()
        made = Callback(url=url, body=body)
        self.made.append(made)
        headers = {"Authorization": f"Token {token}"}
        try:
            async with (
                aiohttp.ClientSession(timeout=TIMEOUT) as session,
                session.post(url, json=body, headers=headers, ssl=False) as response,
            ):
                made.status = response.status
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            made.error = type(error).__name__
