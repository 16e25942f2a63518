"""What objects come in: the envelope, and lists of them (fact sheet ocpi 2.1)."""

import msgspec

from ...decoding import MALFORMED, envelope, item
from ...errors import ResponseError
from ...values import number

ABSENT = msgspec.Raw(b"null")
type Code = int | float | str | None


class Envelope(msgspec.Struct, kw_only=True):
    """What every answer comes in; eMabler writes its names in camelCase."""

    status_code: Code = None
    camel_status_code: Code = msgspec.field(name="statusCode", default=None)
    data: msgspec.Raw = ABSENT

    def __post_init__(self) -> None:
        """Take the status code by whatever name and type it was sent."""
        if type(self.status_code) is not int:
            self.status_code = _whole(self.status_code, self.camel_status_code)


class ListEnvelope(msgspec.Struct, kw_only=True):
    """An envelope of a list, which nearly every page is."""

    status_code: Code = None
    camel_status_code: Code = msgspec.field(name="statusCode", default=None)
    data: list[msgspec.Raw] | None = None


class Identity(msgspec.Struct):
    """Just enough of an object to say which one it is."""

    id: str | int | float | None = None
    country_code: str | int | None = None
    party_id: str | int | None = None


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """The status code and the objects of a page."""

    status_code: int | None
    rows: list[msgspec.Raw]


RAW_LIST = msgspec.json.Decoder(list[msgspec.Raw])
ENVELOPE = msgspec.json.Decoder(Envelope)
LIST_ENVELOPE = msgspec.json.Decoder(ListEnvelope)
IDENTITY = msgspec.json.Decoder(Identity)


def page(body: bytes) -> Page:
    """Return what a page holds, in one pass where it is a list."""
    try:
        listed = LIST_ENVELOPE.decode(body)
    except MALFORMED:
        answer = envelope(ENVELOPE, body)
        return Page(status_code=_whole(answer.status_code), rows=rows(answer.data))
    code = _whole(listed.status_code, listed.camel_status_code)
    return Page(status_code=code, rows=listed.data or [])


def rows(data: msgspec.Raw) -> list[msgspec.Raw]:
    """Return the objects of a list; a single one counts as a list of one (17, 24)."""
    found = item(RAW_LIST, data)
    if found is not None:
        return found
    match _first_byte(data):
        case b"{":
            return [data]
        case b"n":
            return []
    raise ResponseError("The answer holds no list")


def one(data: msgspec.Raw) -> msgspec.Raw | None:
    """Return what an answer about one object holds, alone or in a list (17, 24)."""
    match _first_byte(data):
        case b"n":
            return None
        case b"[":
            found = item(RAW_LIST, data) or []
            return found[0] if len(found) == 1 else None
    return data


def identity(raw: msgspec.Raw) -> str:
    """Return by what an object is known again, nothing where it cannot be read."""
    found = item(IDENTITY, raw)
    if found is None or found.id is None:
        return ""
    return f"{found.country_code}/{found.party_id}/{found.id}".casefold()


def _first_byte(data: msgspec.Raw) -> bytes:
    """Return with what a value begins: only null begins with an n."""
    return bytes(memoryview(data)[:64]).lstrip()[:1]


def _whole(*sent: Code) -> int | None:
    """Return the first number of some that is known."""
    found = (number(one) for one in sent if one is not None)
    return next((int(one) for one in found if one is not None), None)
