"""A CPO with an OCPI interface over the simulated world."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from aiohttp import web
import orjson

from ..answers import ApiError
from ..charger import ChargePoint
from ..session import Session
from ..world import NotPossibleError, UnknownObjectError, World
from . import records
from .access import (
    BAD_PARAMETERS,
    SERVER_ERROR,
    UNSUPPORTED_VERSION,
    Access,
    Gate,
    version_of,
)
from .billing import Bill, bill
from .callbacks import Callbacks
from .cdrs import Credit
from .command_routes import CommandRoutes
from .list_routes import ListRoutes
from .location_routes import LocationRoutes
from .profile import KnownToken, OcpiProfile
from .reports import Outages, Report, report_of
from .tariffs import OcpiTariff, by_id
from .token_routes import TokenRoutes
from .tokens import TokenBook
from .values import Json
from .version_routes import VersionRoutes

type Handler = Callable[[web.Request], Awaitable[web.Response]]
type Row = tuple[Session, Report]


class OcpiFace:
    """Answer like a CPO; the profile may change at any time."""

    name: ClassVar[str] = "ocpi"
    root: ClassVar[str] = "/ocpi"
    # Below this the modules are, and every path of them names its version.
    modules: ClassVar[str] = "/ocpi/cpo/{version}"
    known_versions: ClassVar[frozenset[str]] = frozenset({"2.1.1", "2.2.1", "2.3.0"})

    # The standard's 2.1.1 does not say which tariff a period has.
    old_periods_name_tariffs: ClassVar[bool] = False

    def __init__(self, world: World, profile: OcpiProfile | None = None) -> None:
        """Show a world with the switches of a profile."""
        self.world = world
        self.profile = profile or OcpiProfile()
        self.registered = True
        self.gate = Gate(self)
        self.tokens = TokenBook(world)
        self.callbacks = Callbacks(self)
        self.outages = Outages()
        world.listen(self.outages.note)
        # What is known of single sessions, by their id in the world.
        self.references: dict[str, str] = {}
        self.credits: dict[str, Credit] = {}
        self.preferences: dict[str, Json] = {}
        self.unlocked: list[str] = []
        self._drivers: dict[str, KnownToken] = {}
        self._over: dict[str, Report] = {}
        self._over_for: tuple[OcpiProfile, int] = (self.profile, 0)
        self._bills: dict[tuple[str, datetime], tuple[OcpiTariff, Bill]] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return all routes of this face, named by kind."""
        parts = (
            VersionRoutes(self),
            ListRoutes(self),
            LocationRoutes(self),
            TokenRoutes(self),
            CommandRoutes(self),
        )
        return [route for part in parts for route in part.routes()]

    async def close(self) -> None:
        """Let no call to a client happen any more."""
        await self.callbacks.close()

    def route(
        self,
        method: str,
        path: str,
        handler: Handler,
        kind: str,
        access: Access = "registered",
    ) -> web.RouteDef:
        """Return a route that looks after access, version and message ids."""
        module = path.removeprefix(self.modules).strip("/").partition("/")[0]
        if not path.startswith(f"{self.modules}/"):
            module = path.rpartition("/")[2].strip("{}")
        guarded = partial(self._guarded, handler, access, module)
        return web.route(
            method, f"{path}{{slash:/?}}", guarded, name=f"{self.name}_{kind}"
        )

    async def _guarded(
        self, handler: Handler, access: Access, module: str, request: web.Request
    ) -> web.Response:
        headers = self.gate.headers(request)
        try:
            self._check_version(request, module)
            self.gate.check(request, access)
            self.world.sync()
            response = await handler(request)
        except ApiError as error:
            known = {**headers, **(error.headers or {})}
            raise ApiError(error.status, error.body, known) from error
        response.headers.update(headers)
        return response

    def _check_version(self, request: web.Request, module: str) -> None:
        version = version_of(request)
        if not self.offers(version, module):
            raise self.gate.refusal(404, SERVER_ERROR, "No such module")
        if version is not None and version not in self.served_versions():
            raise self.gate.refusal(404, UNSUPPORTED_VERSION, "No such version")

    def offers(self, version: str | None, module: str) -> bool:
        """Return whether a version has a module."""
        return True

    def served_versions(self) -> frozenset[str]:
        """Return the versions whose modules answer."""
        return self.known_versions & set(self.profile.versions)

    def encoding(self, version: str | None) -> Literal["both", "raw", "base64"]:
        """Return how the token must be written for a version."""
        if self.profile.token_encoding == "version":
            return "raw" if version == "2.1.1" else "both"
        return self.profile.token_encoding

    def enveloped(self, envelope: Json) -> Json:
        """Return an envelope as this face writes it."""
        return envelope

    def rendered(self, kind: str, data: Any) -> Any:
        """Return an object of a kind as this face writes it."""
        return data

    def understood(self, body: Json) -> Json:
        """Return what a client has sent in the words of the standard."""
        return body

    async def body(self, request: web.Request) -> Json:
        """Return the JSON object of a request."""
        try:
            found = orjson.loads(await request.read())
        except orjson.JSONDecodeError:
            raise self.gate.refusal(400, BAD_PARAMETERS, "Not JSON") from None
        if not isinstance(found, dict):
            raise self.gate.refusal(200, BAD_PARAMETERS, "Not an object")
        return self.understood(found)

    def points(self) -> list[ChargePoint]:
        """Return the charge points of the operator, which are its locations."""
        points = self.world.charge_points.values()
        return [p for p in points if p.site.operator == self.profile.operator]

    def point(self, key: object) -> ChargePoint | None:
        """Return a location by its id."""
        wanted = str(key).lower()
        return next((p for p in self.points() if p.id.lower() == wanted), None)

    def rows(self) -> Iterator[Row]:
        """Yield the sessions that the client may see, as of their last report."""
        profile, world = self.profile, self.world
        self._drivers = self.tokens.by_driver(profile)
        if self._over_for != (profile, self.outages.count):
            self._over_for = (profile, self.outages.count)
            self._over.clear()
        for session in world.sessions.values():
            token = self._drivers.get(session.driver_id or "")
            if token is None or not self._is_shown(token):
                continue
            if (report := self._over.get(session.id)) is not None or (
                report := self.report(session)
            ) is not None:
                yield session, report

    def report(self, session: Session) -> Report | None:
        """Return what is known of a session at the operator's stations."""
        point = self.world.evses[session.evse_id].charge_point
        if point.site.operator != self.profile.operator:
            return None
        found = report_of(session, point, self.world.time, self.profile, self.outages)
        if found is not None and found.is_over:
            self._over[session.id] = found
        return found

    def _is_shown(self, token: KnownToken) -> bool:
        return self.profile.foreign_sessions or token.party == self.profile.our_party

    def session(self, key: object) -> Session | None:
        """Return a shown session by its id, the CPO's or the world's."""
        plain = str(key).upper().removeprefix("SES-")
        for session, _ in self.rows():
            if session.id == plain:
                return session
        return None

    def token_of(self, session: Session) -> KnownToken:
        """Return the token that began a session."""
        if (token := self._drivers.get(session.driver_id or "")) is None:
            self._drivers = self.tokens.by_driver(self.profile)
            token = self._drivers[session.driver_id or ""]
        return token

    def tariff(self, session: Session) -> OcpiTariff:
        """Return the tariff of a session, one without prices if it has none."""
        known = by_id(self.profile.tariffs)
        name = session.tariff.name
        return known.get(name) or OcpiTariff(id=name, elements=())

    def zone_of(self, session: Session) -> ZoneInfo:
        """Return the time zone of a session's location."""
        return ZoneInfo(self.world.evses[session.evse_id].charge_point.site.zone)

    def bill_at(self, session: Session, until: datetime) -> Bill:
        """Return the cost of a session up to a moment."""
        tariff = self.tariff(session)
        found = self._bills.get((session.id, until))
        if found is not None and found[0] == tariff:
            return found[1]
        cost = bill(session, until, tariff, self.zone_of(session).key)
        if until == records.ended(session):
            self._bills[session.id, until] = (tariff, cost)
        return cost

    def bill(self, session_id: str) -> tuple[Decimal, Decimal | None]:
        """Return the true cost of a session so far, without VAT and with it."""
        session = self.world.session(str(session_id).upper().removeprefix("SES-"))
        now = max(self.world.time, records.began(session))
        until = records.ended(session) or now.replace(microsecond=0)
        found = self.bill_at(session, max(until, records.began(session)))
        return found.net, found.gross

    def credit(self, session_id: str, instead: Decimal | None = None) -> None:
        """Take the CDR of a session back, and bill a share of it instead."""
        key = str(session_id).upper().removeprefix("SES-")
        session = self.world.session(key)
        if self.world.evses[session.evse_id].charge_point not in self.points():
            raise UnknownObjectError(f"Session {key} is not one of this operator.")
        if session.is_open:
            raise NotPossibleError(f"Session {key} is not over.")
        moment = self.world.time.replace(microsecond=0)
        self.credits[key] = Credit(moment=moment, instead=instead)

    def know(self, *, uid: str, contract_id: str, kind: str = "RFID") -> None:
        """Learn another token of ours, and whose driver holds it."""
        party = self.profile.our_party
        token = KnownToken(uid=uid, contract_id=contract_id, type=kind, party=party)
        self.tokens.put(token)
        self.tokens.driver_of(token)
