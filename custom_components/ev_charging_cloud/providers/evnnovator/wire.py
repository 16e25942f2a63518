"""What EVnnovator's gateway sends (fact sheet evnnovator 5).

Only what is used is named. A value may come as number or text; whatever else is
malformed costs the object that holds it.
"""

from collections.abc import Iterable
from typing import override

import msgspec

from ..decoding import MALFORMED, envelope, item
from ..errors import ResponseError
from ..values import number

type Number = int | float | str | None
type Text = str | int | float | None

ABSENT = msgspec.Raw(b"null")
NOTHING: tuple[object, ...] = (None, {}, [], "")


class BrokenRecordError(ResponseError):
    """The gateway answers, but one object cannot be read or even asked for."""


class Envelope(msgspec.Struct):
    """What most answers come in."""

    status_code: Text = None
    data: msgspec.Raw = ABSENT


class Session(msgspec.Struct, kw_only=True):
    """A session (5.1); kWh, and cost without tax."""

    id: str | int
    session_id: Text = None
    evse_id: Text = msgspec.field(name="evseId", default=None)
    start_datetime: Text = None
    end_datetime: Text = None
    last_modified_date: Text = None
    last_updated: Text = None
    kwh: Number = None
    auth_id: Text = None
    location: msgspec.Raw = ABSENT
    currency: Text = None
    charging_periods: msgspec.Raw = ABSENT
    total_cost: Number = None
    status: Text = None


class Dimension(msgspec.Struct):
    """One amount of a charging period: kWh or hours."""

    type: Text = None
    volume: Number = None


class Period(msgspec.Struct):
    """A charging period; a time without a zone is India's."""

    start_date_time: Text = None
    dimensions: msgspec.Raw = ABSENT


class Connector(msgspec.Struct):
    """A connector (5.2); V and A, 0 where unknown."""

    standard: Text = None
    format: Text = None
    power_type: Text = None
    voltage: Number = None
    amperage: Number = None


class Evse(msgspec.Struct):
    """An EVSE (5.2); only ``uid`` is its own, ``evse_id`` may be shared."""

    uid: str | int
    evse_id: Text = None
    connectors: msgspec.Raw = ABSENT


class Location(msgspec.Struct):
    """A location (5.2)."""

    id: Text = None
    name: Text = None
    address: Text = None
    city: Text = None
    postal_code: Text = None
    time_zone: Text = None
    evses: msgspec.Raw = ABSENT


class PriceComponent(msgspec.Struct):
    """A price of a CDR's tariff; it comes as text."""

    price: Number = None


class Element(msgspec.Struct):
    """An element of a CDR's tariff."""

    price_components: list[PriceComponent] | None = None


class Tariff(msgspec.Struct):
    """A tariff inside a CDR."""

    elements: list[Element] | None = None


class Cdr(msgspec.Struct, kw_only=True):
    """A charge detail record (5.3); its units differ from the session's."""

    cdr_id: Text = None
    start_date_time: Text = None
    stop_date_time: Text = None
    currency: Text = None
    tariffs: msgspec.Raw = ABSENT
    total_cost: Number = None
    total_cost_incl_vat: Number = None
    total_energy: Number = None
    total_time: Number = None


class Content(msgspec.Struct):
    """A page of a search."""

    content: list[msgspec.Raw]


class Result(msgspec.Struct):
    """What a command gets."""

    result: Text = None


class TokenUid(msgspec.Struct):
    """By what an operator knows a driver."""

    uid: str | int

    @override
    def __repr__(self) -> str:
        """Show nothing of it."""
        return "TokenUid()"


class TokenAnswer(msgspec.Struct):
    """The answer of a token endpoint."""

    access_token: str | None = None
    expires_in: Number = None

    @override
    def __repr__(self) -> str:
        """Show nothing of the token."""
        return "TokenAnswer()"


class Refusal(msgspec.Struct):
    """The part of a token endpoint's refusal that names its kind."""

    error: str | None = None


ANY = msgspec.json.Decoder()
ENVELOPE = msgspec.json.Decoder(Envelope)
SESSION = msgspec.json.Decoder(Session)
CDR = msgspec.json.Decoder(Cdr)
RAW_LIST = msgspec.json.Decoder(list[msgspec.Raw])
PERIOD = msgspec.json.Decoder(Period)
DIMENSION = msgspec.json.Decoder(Dimension)
LOCATION = msgspec.json.Decoder(Location)
EVSE = msgspec.json.Decoder(Evse)
CONNECTOR = msgspec.json.Decoder(Connector)
TARIFFS = msgspec.json.Decoder(list[Tariff])
CONTENT = msgspec.json.Decoder(Content)
RESULT = msgspec.json.Decoder(Result)
TOKEN_UID = msgspec.json.Decoder(TokenUid)
TOKEN = msgspec.json.Decoder(TokenAnswer)
REFUSAL = msgspec.json.Decoder(Refusal)


def items[T](decoder: msgspec.json.Decoder[T], raw: msgspec.Raw) -> list[T]:
    """Decode the readable objects of a list, none where there is no list."""
    rows: list[msgspec.Raw] | None = item(RAW_LIST, raw)
    return readable(decoder, rows or ())


def readable[T](
    decoder: msgspec.json.Decoder[T], rows: Iterable[msgspec.Raw]
) -> list[T]:
    """Decode objects; what is broken is left out."""
    return [found for raw in rows if (found := item(decoder, raw)) is not None]


def data[T](decoder: msgspec.json.Decoder[T], body: bytes) -> T | None:
    """Return what an envelope holds, ``None`` where it holds nothing (10).

    Another answer than a success, which is 1000, is never taken for nothing.
    """
    if not body.strip():
        return None
    answer = envelope(ENVELOPE, body)
    code = number(answer.status_code)
    if not 1000 <= (1000 if code is None else code) < 2000:
        raise ResponseError("The gateway answered with a failure")
    try:
        if ANY.decode(answer.data) in NOTHING:
            if code is None:
                raise ResponseError("The answer cannot be understood")
            return None
        return decoder.decode(answer.data)
    except MALFORMED:
        raise BrokenRecordError("The answer holds a broken object") from None
