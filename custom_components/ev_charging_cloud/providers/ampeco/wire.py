"""What AMPECO's driver API sends (fact sheet ampeco 5 and 6).

Only what is used is named. A value may come as number or text; whatever else is
malformed costs the object that holds it.
"""

from collections.abc import Iterator
from typing import override

import msgspec

from ..decoding import MALFORMED, envelope, item

type Number = int | float | str | None
type Flag = bool | None
type Text = str | int | None

ABSENT = msgspec.Raw(b"null")


class Currency(msgspec.Struct):
    """The currency of a session (5.4)."""

    code: str | None = None


class Period(msgspec.Struct, rename="camel"):
    """A charging period (5.3)."""

    started_at: str | None = None
    stopped_at: str | None = None
    state: str | None = None
    amount: Number = None


class Session(msgspec.Struct, rename="camel"):
    """A session (5.3); energy in Wh, power in W, durations in seconds."""

    id: str | int
    status: str | None = None
    started_at: str | None = None
    stopped_at: str | None = None
    duration: Number = None
    idle_period: Number = None
    energy: Number = None
    power: Number = None
    evse_id: Text = None
    evse_status: str | None = None
    charging_state: str | None = None
    payment_status: str | None = None
    total_amount: Number = None
    stop_reason: str | None = None
    is_remote_stop_enabled: Flag = None
    is_personal: Flag = None
    location_id: Text = None
    currency: msgspec.Raw = ABSENT
    charging_periods: msgspec.Raw = ABSENT


class Connector(msgspec.Struct):
    """A connector (5.2)."""

    name: str | None = None
    format: str | None = None


class Evse(msgspec.Struct, rename="camel"):
    """An EVSE of a charge point (5.2); power in W."""

    id: str | int
    identifier: Text = None
    max_power: Number = None
    current_type: str | None = None
    status: str | None = None
    connectors: list[Connector] | None = None
    session: Session | None = None
    tariff: msgspec.Raw = ABSENT
    car_battery_percent: Number = None


class ChargePoint(msgspec.Struct):
    """A personal charge point (5.1)."""

    id: str | int
    name: str | None = None
    evses: list[Evse] | None = None
    firmware_version: Text = None
    is_rebooting: Flag = None
    last_month_energy_kwh: Number = None
    last_month_electricity_cost: Number = None


class ChargePointName(msgspec.Struct):
    """Just enough of a broken charge point to say which one it is."""

    id: str | int


class Pricing(msgspec.Struct, rename="camel"):
    """The prices of a tariff (5.6), tax included."""

    price_per_kwh: Number = None
    min_price: Number = None
    connection_fee: Number = None
    idle_fee_per_minute: Number = None
    idle_fee_grace_period_minutes: Number = None


class Tariff(msgspec.Struct):
    """The tariff inside a personal EVSE (5.6)."""

    id: str | int
    name: str | None = None
    type: str | None = None
    currency: str | None = None
    pricing: Pricing | None = None


class PriceRow(msgspec.Struct, rename="camel"):
    """One row of a price forecast (10); day and time without a zone."""

    at_day: str
    at_time: str
    price_per_kwh: Number


class PricePeriods(msgspec.Struct):
    """A price forecast (10)."""

    granularity: int
    periods: list[PriceRow]


class Items(msgspec.Struct):
    """A list under ``data``, its items still undecoded."""

    data: list[msgspec.Raw]


class Item(msgspec.Struct):
    """One object under ``data``."""

    data: msgspec.Raw


class SessionEnvelope(msgspec.Struct, rename="camel"):
    """One session under ``session`` (6.4 to 6.8)."""

    session: Session | None = None
    car_battery_percent: Number = None


class HistoryEntry(msgspec.Struct):
    """A past session with its place (11)."""

    session: Session
    address: str | None = None


class HistoryLists(msgspec.Struct):
    """Where an operator may put the past sessions (11)."""

    session_history: list[msgspec.Raw] | msgspec.UnsetType | None = msgspec.UNSET
    data: msgspec.Raw = ABSENT
    meta: msgspec.Raw = ABSENT


class HistoryNames(msgspec.Struct):
    """The list inside ``data`` of a paged history (11)."""

    sessions: list[msgspec.Raw] | None = None
    items: list[msgspec.Raw] | None = None
    history: list[msgspec.Raw] | None = None
    records: list[msgspec.Raw] | None = None


class Meta(msgspec.Struct):
    """Where a page stands among the pages."""

    current_page: int | None = None
    last_page: int | None = None


class TokenAnswer(msgspec.Struct):
    """A token answer (3), in either spelling."""

    access_token: str | None = None
    refresh_token: str | None = None
    expires_in: Number = None
    camel_access_token: str | None = msgspec.field(name="accessToken", default=None)
    camel_refresh_token: str | None = msgspec.field(name="refreshToken", default=None)
    camel_expires_in: Number = msgspec.field(name="expiresIn", default=None)

    @override
    def __repr__(self) -> str:
        """Show nothing of the tokens."""
        return "TokenAnswer()"


class Message(msgspec.Struct):
    """What a refusal says."""

    message: str | None = None


class Profile(msgspec.Struct):
    """The driver's profile (6.9)."""

    id: Text = None
    data: Profile | None = None


ITEMS = msgspec.json.Decoder(Items)
ITEM = msgspec.json.Decoder(Item)
CHARGE_POINT = msgspec.json.Decoder(ChargePoint)
CHARGE_POINT_NAME = msgspec.json.Decoder(ChargePointName)
SESSION = msgspec.json.Decoder(SessionEnvelope)
PERIODS = msgspec.json.Decoder(list[Period])
CURRENCY = msgspec.json.Decoder(Currency)
TARIFF = msgspec.json.Decoder(Tariff)
PRICES = msgspec.json.Decoder(PricePeriods)
PROFILE = msgspec.json.Decoder(Profile)
HISTORY_ENTRY = msgspec.json.Decoder(HistoryEntry)
RAW_LIST = msgspec.json.Decoder(list[msgspec.Raw])
HISTORY_LISTS = msgspec.json.Decoder(HistoryLists)
HISTORY_NAMES = msgspec.json.Decoder(HistoryNames)
META = msgspec.json.Decoder(Meta)
MESSAGE = msgspec.json.Decoder(Message)
TOKEN = msgspec.json.Decoder(TokenAnswer)


def charge_points(body: bytes) -> Iterator[ChargePoint | str | None]:
    """Decode a list of charge points (6.1).

    A broken one yields its id, or ``None`` where not even that can be read.
    """
    for raw in envelope(ITEMS, body).data:
        try:
            yield CHARGE_POINT.decode(raw)
        except MALFORMED:
            name = item(CHARGE_POINT_NAME, raw)
            yield None if name is None else str(name.id)


def is_missing_route(body: bytes) -> bool:
    """Tell whether a 404 means that the operator does not have the call at all.

    The framework behind AMPECO then names the route instead of the thing not found.
    """
    try:
        message = MESSAGE.decode(body).message or ""
    except MALFORMED:
        return True
    return "route" in message.casefold()


def history_page(body: bytes) -> tuple[list[msgspec.Raw], bool | None]:
    """Return the entries of a history page, and whether more pages follow.

    The wrapper is ``session_history``, ``data`` as a list or an object, or none at
    all; without ``meta`` it is unknown whether more follow.
    """
    if body.lstrip()[:1] == b"[":
        return envelope(RAW_LIST, body), None
    lists = envelope(HISTORY_LISTS, body)
    rows: list[msgspec.Raw] | None
    if not isinstance(lists.session_history, msgspec.UnsetType):
        rows = lists.session_history or []
    elif (rows := item(RAW_LIST, lists.data)) is None:
        names = envelope(HISTORY_NAMES, bytes(lists.data))
        rows = names.sessions or names.items or names.history or names.records or []
    meta = item(META, lists.meta)
    if meta is None or meta.current_page is None or meta.last_page is None:
        return rows, None
    return rows, meta.current_page < meta.last_page
