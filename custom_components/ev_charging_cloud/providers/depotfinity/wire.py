"""What the DepotFinity APIs send (fact sheet siemens_depot 3 to 8).

Only what is used is named, and each API spells names in its own way. A value may come
as number or text; whatever else is malformed costs the object that holds it. The
vehicle and the card of a charge are not even read.
"""

from typing import override

import msgspec

from ..decoding import envelope, item
from ..errors import ResponseError

type Number = int | float | str | None
type Text = int | str | None

ABSENT = msgspec.Raw(b"null")


class Transaction(msgspec.Struct, rename="pascal"):
    """A transaction (6); energy in Wh, states of charge in percent."""

    transaction_id: int | str = msgspec.field(name="TransactionID")
    charger_id: int | str = msgspec.field(name="ChargerID")
    connector_id: int | str = msgspec.field(name="ConnectorID")
    start_at: str | None = None
    end_at: str | None = None
    initial_soc: Number = msgspec.field(name="InitialSoC", default=None)
    end_soc: Number = msgspec.field(name="EndSoC", default=None)
    energy_delivered: Number = None
    end_result: Text = None


class ErrorCode(msgspec.Struct, rename="camel"):
    """An error of a device (4.1)."""

    error_code: Text = None


class Device(msgspec.Struct, rename="camel"):
    """What a device of a charger reported (4.1)."""

    error_codes: list[ErrorCode] | None = None


class SessionReport(msgspec.Struct, rename="camel"):
    """A session report (4.1); energies are counter readings in Wh."""

    session_id: int | str
    session_time_start: str | None = None
    session_time_end: str | None = None
    energy_charge_start: Number = None
    energy_charge_end: Number = None
    energy_primary_start: Number = None
    energy_primary_end: Number = None
    energy_soc_start: Number = None
    energy_soc_end: Number = None
    device_status: msgspec.Raw = ABSENT


class Items(msgspec.Struct):
    """A list under ``items``, its items still undecoded."""

    items: list[msgspec.Raw] | None = None


class Availability(msgspec.Struct, rename="camel"):
    """What a connector said about itself (5)."""

    time_stamp: str | None = None
    status: str | None = None
    error_code: Text = None
    vendor_error_code: Text = None


class Sample(msgspec.Struct, rename="camel"):
    """One value of a time series (7), sent as text."""

    time_stamp: str | None = None
    value: Number = None


class CommandResult(msgspec.Struct):
    """What the charger said to a command (8)."""

    status: str | None = None


class CommandAnswer(msgspec.Struct):
    """The answer to a command; an invalid one has no response inside (8)."""

    response: CommandResult | None = None


class TokenAnswer(msgspec.Struct):
    """A token answer (3)."""

    access_token: str | None = None
    expires_in: Number = None

    @override
    def __repr__(self) -> str:
        """Show nothing of the token."""
        return "TokenAnswer()"


ROWS = msgspec.json.Decoder(list[msgspec.Raw])
ITEMS = msgspec.json.Decoder(Items)
TRANSACTION = msgspec.json.Decoder(Transaction)
REPORT = msgspec.json.Decoder(SessionReport)
DEVICE = msgspec.json.Decoder(Device)
AVAILABILITY = msgspec.json.Decoder(Availability)
SAMPLE = msgspec.json.Decoder(Sample)
COMMAND = msgspec.json.Decoder(CommandAnswer)
TOKEN = msgspec.json.Decoder(TokenAnswer)


def rows(body: bytes) -> list[msgspec.Raw]:
    """Return the undecoded entries of a bare list, or of one under ``items``."""
    if body.lstrip()[:1] == b"[":
        return envelope(ROWS, body)
    found = envelope(ITEMS, body).items
    if found is None:
        raise ResponseError("The answer holds no list")
    return found


def all_of[T](decoder: msgspec.json.Decoder[T], body: bytes) -> list[T | None]:
    """Decode each entry of a list; a broken one is ``None``."""
    return [item(decoder, raw) for raw in rows(body)]
