"""The server that carries faces, faults and the control API."""

from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
import random
from types import TracebackType
from typing import Any, Final, Protocol, Self

from aiohttp import web
from aiohttp.typedefs import Handler

from .ampeco import AmpecoFace, Profile
from .answers import ApiError, json_answer, refusal_answer
from .clock import Clock
from .control import CONTROL_ROOT, Control
from .depotfinity import DepotfinityFace, Profile as DepotfinityProfile
from .emabler import EmablerFace, EmablerProfile
from .evnnovator import EvnnovatorFace, Profile as EvnnovatorProfile
from .fault_answers import spoil
from .faults import Faults
from .ocpi import OcpiFace, OcpiProfile
from .request_log import RequestRecord, record_of
from .world import World

SHUTDOWN_SECONDS: Final = 0.1
# Switches whose order matters; any other list is a set.
LISTS: Final[dict[str, type[tuple[Any, ...]]]] = dict.fromkeys(
    ("party", "our_party", "versions"), tuple
)
FACES: Final = ("ampeco", "evnnovator", "depotfinity", "ocpi", "emabler")


class Face(Protocol):
    """Show the world the way one back end does."""

    def routes(self) -> list[web.RouteDef]:
        """Return all routes of this face, named by kind."""


class Emulator:
    """Serve a world on loopback while its context is open."""

    def __init__(
        self,
        world: World,
        *,
        ampeco: Profile | None = None,
        evnnovator: EvnnovatorProfile | None = None,
        depotfinity: DepotfinityProfile | None = None,
        ocpi: OcpiProfile | None = None,
        emabler: EmablerProfile | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        """Prepare the faces; port 0 takes a free one."""
        self.world = world
        self.ampeco = AmpecoFace(world, ampeco)
        self.evnnovator = EvnnovatorFace(world, evnnovator)
        self.depotfinity = DepotfinityFace(world, depotfinity)
        self.ocpi = OcpiFace(world, ocpi)
        self.emabler = EmablerFace(world, emabler)
        self.faults = Faults()
        self.requests: list[RequestRecord] = []
        self._faces: list[Face] = [getattr(self, name) for name in FACES]
        self._host, self._port = host, port
        self._runner: web.AppRunner | None = None
        self._traces = random.Random(world.seed)

    @property
    def clock(self) -> Clock:
        """Return the clock that drives the world."""
        return self.world.clock

    @property
    def url(self) -> str:
        """Return the address without a slash at the end."""
        return f"http://{self._host}:{self._port}"

    def party(self, face: str) -> OcpiFace:
        """Return a face that speaks OCPI by its name."""
        for found in (self.ocpi, self.emabler):
            if found.name == face:
                return found
        raise ValueError(f"The face {face!r} does not speak OCPI.")

    def switch(self, face: str, operator: str | None = None, **switches: Any) -> None:
        """Change a face's profile, or that of an operator behind it; lists are sets."""
        values: dict[str, Any] = {
            name: LISTS.get(name, frozenset)(value)
            if isinstance(value, list)
            else value
            for name, value in switches.items()
        }
        if face not in FACES:
            raise ValueError(f"There is no face {face!r}; use {', '.join(FACES)}.")
        shown = getattr(self, face)
        if operator is None:
            shown.profile = replace(shown.profile, **values)
            return
        flavours = dict(self.evnnovator.profile.flavours)
        if face != "evnnovator" or operator not in flavours:
            raise ValueError(f"The face {face!r} has no operator {operator!r}.")
        flavours[operator] = replace(flavours[operator], **values)
        shown.profile = replace(shown.profile, flavours=flavours)

    async def start(self) -> None:
        """Listen."""
        middlewares = [self._log, self._spoil, self._refuse]
        app = web.Application(middlewares=middlewares, client_max_size=2**22)
        for face in self._faces:
            app.add_routes(face.routes())
        app.add_routes(Control(self).routes())
        app.on_response_prepare.append(self._add_headers)
        self._runner = web.AppRunner(
            app,
            access_log=None,
            handler_cancellation=True,
            shutdown_timeout=SHUTDOWN_SECONDS,
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Let hanging requests go and stop listening; the port is kept."""
        self.faults.clear()
        for parties in (self.ocpi, self.emabler):
            await parties.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        """Listen."""
        await self.start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop listening."""
        await self.stop()

    @web.middleware
    async def _log(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(CONTROL_ROOT):
            return await handler(request)
        record = await record_of(request, self.clock.now())
        self.requests.append(record)
        request["record"] = record
        response = await handler(request)
        record.status = response.status
        return response

    @web.middleware
    async def _spoil(
        self, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        if (record := request.get("record")) is None:
            return await handler(request)
        for fault in self.faults.strike(request):
            record.fault = fault.kind
            if fault.kind == "date_skew":
                request["skew"] = timedelta(seconds=fault.seconds)
            else:
                return await spoil(request, fault, lambda: handler(request))
        return await handler(request)

    @web.middleware
    async def _refuse(
        self, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        try:
            return await handler(request)
        except ApiError as error:
            return refusal_answer(error)
        except web.HTTPException as error:
            return json_answer({"message": error.reason}, error.status)

    async def _add_headers(
        self, request: web.Request, response: web.StreamResponse
    ) -> None:
        # Headers of a recorded answer: fact sheet ampeco 1. The first two replace
        # what the web framework has already put there.
        now = self.clock.now()
        trace = f"{int(now.timestamp()):08x}-{self._traces.randbytes(12).hex()}"
        shown = now + request.get("skew", timedelta(0))
        response.headers["Date"] = format_datetime(shown, usegmt=True)
        response.headers["Server"] = "nginx"
        headers = {
            "Cache-Control": "no-cache, private",
            "x-req-trace-id": f"Root=1-{trace}",
            "Access-Control-Allow-Origin": "*",
        }
        for name, value in headers.items():
            response.headers.setdefault(name, value)
