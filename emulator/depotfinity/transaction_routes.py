"""Transactions of all chargers (fact sheet siemens_depot 6)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from ..answers import json_answer
from ..session import Session
from .values import (
    BadQueryError,
    Json,
    choice,
    moment,
    number,
    optional_time,
    whole,
    whole_wh,
    zulu_time,
)

if TYPE_CHECKING:
    from .face import DepotfinityFace

ORDER_BY: Final = ("TransactionID", "StartAt", "EndAt")
FILTER_BY: Final = ("StartAt", "EndAt", "InsertedAt", "Overlapping")
DEFAULT_LIMIT: Final = 100


@dataclass(frozen=True)
class _Row:
    session: Session
    charger: str
    connector: int
    vehicle: str
    ended: datetime | None


class TransactionRoutes:
    """Answer with charges, a running one without its end."""

    def __init__(self, face: DepotfinityFace) -> None:
        """Serve one face."""
        self._face = face

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, named by kind."""
        root = "/v2/transactions"
        return [
            # Documented.
            web.get(root, self._list, name="depotfinity_transactions"),
            # The call is documented, its path is a guess.
            web.get(root + "/{key}", self._one, name="depotfinity_transaction"),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        self._face.enter(request, "transactions")
        query = request.query
        try:
            page = number(query, "page", 1)
            limit = number(query, "limit", DEFAULT_LIMIT)
            is_wanted = self._filter(query)
            rows = [row for row in self._rows() if is_wanted(row)]
            ordered = self._ordered(rows, query)
        except BadQueryError as error:
            raise self._face.refusal(400, str(error)) from error
        shown = ordered[(page - 1) * limit : page * limit]
        return json_answer([self._written(row) for row in shown])

    async def _one(self, request: web.Request) -> web.Response:
        self._face.enter(request, "transactions")
        for row in self._rows():
            if row.session.id == request.match_info["key"]:
                return json_answer(self._written(row))
        raise self._face.refusal(404, "Transaction not found.")

    def _rows(self) -> list[_Row]:
        rows = map(self._row, self._face.sessions())
        shows_all = self._face.profile.lists_running
        return [row for row in rows if shows_all or row.ended is not None]

    def _row(self, session: Session) -> _Row:
        evse = self._face.world.evses[session.evse_id]
        car = self._face.world.cars.get(session.car_id or "")
        return _Row(
            session,
            evse.charge_point.id,
            self._face.number_of(evse),
            car.name if car else "",
            self._face.end_of(session),
        )

    def _filter(self, query: Mapping[str, str]) -> Callable[[_Row], bool]:
        start, end = moment(query, "from"), moment(query, "to")
        default = self._face.profile.default_filter
        by = choice(query, "filterBy", FILTER_BY, default)

        def is_wanted(row: _Row) -> bool:
            return (
                query.get("chargerId", row.charger) == row.charger
                and query.get("connectorId", str(row.connector)) == str(row.connector)
                and query.get("vehicleId", row.vehicle) == row.vehicle
                and self._is_within(row, by, start, end)
            )

        return is_wanted

    def _is_within(
        self, row: _Row, by: str, start: datetime | None, end: datetime | None
    ) -> bool:
        if start is None and end is None:
            return True
        first = last = row.session.started_at
        if by == "Overlapping":
            last = row.ended or self._face.world.time
        elif by != "StartAt":
            at = row.ended if by == "EndAt" else self._inserted_at(row)
            if at is None:
                return False
            first = last = at
        return (start is None or last >= start) and (end is None or first < end)

    def _inserted_at(self, row: _Row) -> datetime:
        known = row.ended or row.session.started_at
        return known + timedelta(seconds=self._face.profile.insert_delay)

    def _ordered(self, rows: list[_Row], query: Mapping[str, str]) -> list[_Row]:
        by = choice(query, "orderBy", ORDER_BY, "TransactionID")
        order = choice(query, "order", ("desc", "asc"), "desc")
        now = self._face.world.time
        keys: dict[str, Callable[[_Row], object]] = {
            "TransactionID": lambda row: (int(row.session.id),),
            "StartAt": lambda row: (row.session.started_at, int(row.session.id)),
            "EndAt": lambda row: (row.ended or now, int(row.session.id)),
        }
        # The keys of one order are alike, which their common type cannot tell.
        key: Any = keys[by]
        return sorted(rows, key=key, reverse=order == "desc")

    def _written(self, row: _Row) -> Json:
        session, evse = row.session, self._face.world.evses[row.session.evse_id]
        heard = self._face.heard_until(evse.charge_point)
        energy = session.reading_at(row.ended or heard).energy_uj
        written: Json = {
            "TransactionID": int(session.id),
            "ChargerID": row.charger,
            "ConnectorID": row.connector,
            "StartAt": zulu_time(session.started_at),
            "EndAt": optional_time(row.ended),
            "InitialSoC": None
            if session.soc_start is None
            else whole(session.soc_start),
            "EndSoC": None
            if row.ended is None or session.soc_end is None
            else whole(session.soc_end),
            "EnergyDelivered": whole_wh(energy),
            "EndResult": None if row.ended is None else _result(session),
        }
        if self._face.profile.names_vehicles:
            written["VehicleID"] = row.vehicle
        return written


def _result(session: Session) -> str:
    """Return how a charge ended; guess, the sample ends before the value."""
    return "Faulted" if session.stop_reason == "faulted" else "Success"
