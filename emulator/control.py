"""The control API: move the world, inject faults and read the truth.

GET    /_control/state             the whole truth
GET    /_control/meter/EVSE        true energy in Wh, in total and per session,
                                   delivered and drawn from the grid
GET    /_control/bill/SESSION      true amount
GET    /_control/invoice/SESSION   the same with its tax shown
POST   /_control/plug              {"evse", "car"}
POST   /_control/unplug            {"evse"}
POST   /_control/advance           {"seconds"}
POST   /_control/rfid-start        {"evse"}, optional "driver" (null for a guest), "by"
POST   /_control/local-stop        {"evse"}, optional "reason"
POST   /_control/set               {"car", "soc_percent", "target_percent",
                                    "wants_energy", "max_power_w"}
                                   {"evse", "held", "max_power_w", "state",
                                    "efficiency_permille"}
                                   {"charge_point", "name", "max_current_a",
                                    "plug_and_charge", "smart_enabled",
                                    "smart_start", "smart_end", "connected"}
POST   /_control/device-error      {"evse", "device", "code"}
POST   /_control/profile           {"face": "ampeco", "evnnovator", "depotfinity",
                                   "ocpi" or "emabler"}
                                   and switches of its profile; with "operator" the
                                   switches of an operator behind evnnovator
GET    /_control/cost/SESSION      what an OCPI party bills: {"net", "gross"}
POST   /_control/credit            {"session"}, optional "face" and "instead", the
                                   share of the cost that a new CDR bills
POST   /_control/token             {"uid", "contract_id"}, optional "type" and "face":
                                   an OCPI party knows another token of ours
GET    /_control/faults            faults that can still strike
POST   /_control/faults            {"kind"}, optional "method", "path" (a regular
                                   expression), "count" and what the kind reads
DELETE /_control/faults[/ID]       remove one fault or all
GET    /_control/requests          what was asked, without credentials
DELETE /_control/requests          forget it

An EVSE is named by its id or by its printed identifier. A mistake is answered with
{"error": sentence}.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from .answers import ApiError, json_answer, json_object
from .faults import Fault
from .truth import invoice_json, session_json, world_json
from .world import NotPossibleError, UnknownObjectError

if TYPE_CHECKING:
    from .server import Emulator

CONTROL_ROOT: Final = "/_control"
PLAIN: Final = (str, int, float, list, dict)

type Answer = Callable[[web.Request], Awaitable[web.Response]]


class Control:
    """Answer what tests, the demo and a person at a terminal ask for."""

    def __init__(self, emulator: Emulator) -> None:
        """Steer one emulator."""
        self._emulator = emulator
        self._world = emulator.world

    def routes(self) -> list[web.RouteDef]:
        """Return the control routes; a POST takes a JSON object."""
        reads = {
            "state": self._state,
            "meter/{evse}": self._meter,
            "bill/{session}": self._bill,
            "invoice/{session}": self._invoice,
            "cost/{session}": self._cost,
            "faults": self._faults,
            "requests": self._requests,
        }
        writes = {
            "plug": self._plug,
            "unplug": self._unplug,
            "advance": self._advance,
            "rfid-start": self._rfid_start,
            "local-stop": self._local_stop,
            "set": self._set,
            "device-error": self._device_error,
            "profile": self._profile,
            "credit": self._credit,
            "token": self._token,
            "faults": self._add_fault,
        }
        removals = {
            "faults": self._clear_faults,
            "faults/{id}": self._clear_faults,
            "requests": self._clear_requests,
        }
        tables = ((web.get, reads), (web.post, writes), (web.delete, removals))
        return [
            method(f"{CONTROL_ROOT}/{path}", _explained(answer))
            for method, table in tables
            for path, answer in table.items()
        ]

    async def _state(self, request: web.Request) -> web.Response:
        return json_answer(world_json(self._world))

    async def _meter(self, request: web.Request) -> web.Response:
        meter = self._world.meter(request.match_info["evse"])
        return json_answer(
            {
                "total_wh": float(meter.total_wh),
                "sessions": _floats(meter.sessions),
                "drawn_wh": float(meter.drawn_wh),
                "drawn_sessions": _floats(meter.drawn_sessions),
            }
        )

    async def _bill(self, request: web.Request) -> web.Response:
        session_id = request.match_info["session"]
        amount = self._world.bill(session_id)
        currency = self._world.session(session_id).tariff.currency
        return json_answer({"amount": str(amount), "currency": currency})

    async def _invoice(self, request: web.Request) -> web.Response:
        invoice = self._world.invoice(request.match_info["session"])
        return json_answer(invoice_json(invoice))

    async def _cost(self, request: web.Request) -> web.Response:
        return self._cost_of(request.match_info["session"])

    def _cost_of(self, session_id: str) -> web.Response:
        net, gross = self._emulator.ocpi.bill(session_id)
        shown = None if gross is None else str(gross)
        return json_answer({"net": str(net), "gross": shown})

    async def _credit(self, request: web.Request) -> web.Response:
        body = await json_object(request)
        party = self._emulator.party(str(body.get("face", "ocpi")))
        instead = body.get("instead")
        share = None if instead is None else Decimal(str(instead))
        party.credit(_text(body, "session"), share)
        return self._cost_of(_text(body, "session"))

    async def _token(self, request: web.Request) -> web.Response:
        body = await json_object(request)
        party = self._emulator.party(str(body.get("face", "ocpi")))
        party.know(
            uid=_text(body, "uid"),
            contract_id=_text(body, "contract_id"),
            kind=str(body.get("type", "RFID")),
        )
        return json_answer({"uid": body["uid"]})

    async def _plug(self, request: web.Request) -> web.Response:
        body = await json_object(request)
        self._world.plug(_text(body, "evse"), _text(body, "car"))
        return await self._state(request)

    async def _unplug(self, request: web.Request) -> web.Response:
        self._world.unplug(_text(await json_object(request), "evse"))
        return await self._state(request)

    async def _advance(self, request: web.Request) -> web.Response:
        seconds = (await json_object(request)).get("seconds")
        if not isinstance(seconds, int | float):
            raise _refused(422, "Give 'seconds' as a number.")
        self._world.clock.advance(timedelta(seconds=seconds))
        self._world.sync()
        return json_answer({"now": self._world.time.isoformat()})

    async def _rfid_start(self, request: web.Request) -> web.Response:
        body = await json_object(request)
        evse = self._world.evse(_text(body, "evse"))
        driver = body.get("driver", evse.charge_point.owner_id)
        session = self._world.start(evse.id, driver, by=str(body.get("by", "rfid")))
        return json_answer(session_json(self._world, session))

    async def _local_stop(self, request: web.Request) -> web.Response:
        body = await json_object(request)
        session = self._world.evse(_text(body, "evse")).session
        if session is None:
            raise _refused(409, f"No session is open at EVSE {body['evse']}.")
        self._world.stop(session.id, str(body.get("reason", "local")))
        return json_answer(session_json(self._world, session))

    async def _set(self, request: web.Request) -> web.Response:
        body = await json_object(request)
        commands: dict[str, Callable[..., None]] = {
            "car": self._world.set_car,
            "evse": self._world.set_evse,
            "charge_point": self._world.configure,
        }
        named = commands.keys() & body.keys()
        if len(named) != 1:
            raise _refused(422, "Name one of 'car', 'evse' and 'charge_point'.")
        what = named.pop()
        try:
            commands[what](str(body.pop(what)), **body)
        except TypeError as error:
            raise _refused(422, f"A {what} cannot be set so: {error}.") from error
        return await self._state(request)

    async def _device_error(self, request: web.Request) -> web.Response:
        body = await json_object(request)
        names = ("evse", "device", "code")
        self._world.report_error(*(_text(body, name) for name in names))
        return await self._state(request)

    async def _profile(self, request: web.Request) -> web.Response:
        body = await json_object(request)
        try:
            self._emulator.switch(**{"face": "", **body})
        except TypeError as error:
            raise _refused(422, f"A profile cannot be set so: {error}.") from error
        return json_answer(body)

    async def _faults(self, request: web.Request) -> web.Response:
        return json_answer([_fault_json(fault) for fault in self._emulator.faults])

    async def _add_fault(self, request: web.Request) -> web.Response:
        body = await json_object(request)
        try:
            fault = self._emulator.faults.add(**{"kind": "", **body})
        except (TypeError, ValueError) as error:
            raise _refused(422, str(error)) from error
        return json_answer(_fault_json(fault), status=201)

    async def _clear_faults(self, request: web.Request) -> web.Response:
        wanted = request.match_info.get("id")
        for fault in list(self._emulator.faults):
            if wanted in (None, str(fault.id)):
                self._emulator.faults.clear(fault)
        return await self._faults(request)

    async def _requests(self, request: web.Request) -> web.Response:
        return json_answer([record.as_json() for record in self._emulator.requests])

    async def _clear_requests(self, request: web.Request) -> web.Response:
        self._emulator.requests.clear()
        return json_answer([])


def _explained(answer: Answer) -> Answer:
    """Return an answer that tells in a sentence why something is refused."""

    async def explained(request: web.Request) -> web.Response:
        try:
            return await answer(request)
        except UnknownObjectError as error:
            raise _refused(404, str(error)) from error
        except NotPossibleError as error:
            raise _refused(409, str(error)) from error
        except ValueError as error:
            raise _refused(422, str(error)) from error

    return explained


def _refused(status: int, sentence: str) -> ApiError:
    return ApiError(status, {"error": sentence})


def _floats(values: dict[str, Decimal]) -> dict[str, float]:
    return {key: float(value) for key, value in values.items()}


def _text(body: dict[str, Any], name: str) -> str:
    if body.get(name) is None:
        raise _refused(422, f"Give {name!r} in a JSON object.")
    return str(body[name])


def _fault_json(fault: Fault) -> dict[str, Any]:
    public = vars(fault).items()
    return {name: value for name, value in public if isinstance(value, PLAIN)}
