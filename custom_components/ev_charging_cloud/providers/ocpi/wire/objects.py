"""What OCPI 2.1.1, 2.2.1 and 2.3.0 send (fact sheet ocpi 2.1, 3, 4 and 7 to 13).

One set of objects for all versions, because servers mix them. Only what is used is
named, and nearly everything may be missing: what is required here is what an object
cannot be without.
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self, override

import msgspec

from ...values import word


class Wire(msgspec.Struct, gc=False):
    """Base of all that is sent; nothing in it refers back to it."""


class Secretive(Wire):
    """Base of what names a driver or holds a token."""

    @override
    def __repr__(self) -> str:
        """Show nothing of it."""
        return f"{type(self).__name__}()"


class Price(Wire):
    """An amount: 2.2.1 or, with taxes apart, 2.3.0 (7)."""

    excl_vat: Decimal | None = None
    incl_vat: Decimal | None = None
    before_taxes: Decimal | None = None
    after_taxes: Decimal | None = None
    taxes: list[TaxAmount] | None = None


class TaxAmount(Wire):
    """One tax of a 2.3.0 price."""

    amount: Decimal | None = None


class DimensionType(StrEnum):
    """What a dimension of a charging period counts (8.4)."""

    ENERGY = "ENERGY"
    ENERGY_IMPORT = "ENERGY_IMPORT"
    POWER = "POWER"
    TIME = "TIME"
    PARKING_TIME = "PARKING_TIME"
    RESERVATION_TIME = "RESERVATION_TIME"
    CURRENT = "CURRENT"
    MAX_CURRENT = "MAX_CURRENT"
    STATE_OF_CHARGE = "STATE_OF_CHARGE"
    OTHER = "OTHER"

    @override
    @classmethod
    def _missing_(cls, value: object) -> Self:
        """Return a type in other case, or that it is none that is used."""
        return cls(FOLDED_DIMENSIONS.get(word(value), "OTHER"))


FOLDED_DIMENSIONS = {word(one.value): one.value for one in DimensionType}


class Dimension(Wire):
    """One amount of a charging period: kWh, kW, h, A or percent."""

    type: DimensionType
    volume: float


class Period(Wire):
    """A charging period; it ends where the next one begins (8.4)."""

    start_date_time: datetime
    dimensions: list[Dimension] = []
    tariff_id: str | None = None


class Party(Secretive):
    """By what a CDR or session names the driver (8.1)."""

    country_code: str | None = None
    party_id: str | None = None
    uid: str | None = None
    contract_id: str | None = None


class Coordinates(Wire):
    """A position; text, or a number where a server knows no better (17, 22)."""

    latitude: str | float | None = None
    longitude: str | float | None = None


class Connector(Wire):
    """A connector (9); V, A and W, under the names of 2.1.1 or later."""

    id: str | None = None
    standard: str | None = None
    format: str | None = None
    power_type: str | None = None
    voltage: float | None = None
    amperage: float | None = None
    max_voltage: float | None = None
    max_amperage: float | None = None
    max_electric_power: float | None = None
    tariff_id: str | None = None
    tariff_ids: list[str] | None = None


class Evse(Wire):
    """An EVSE (9)."""

    uid: str
    evse_id: str | None = None
    status: str | None = None
    capabilities: list[str] | None = None
    connectors: list[Connector] | None = None
    last_updated: datetime | None = None


class Location(Wire):
    """A location (9), in 2.1.1 also the one inside a session or CDR."""

    id: str
    country_code: str | None = None
    party_id: str | None = None
    name: str | None = None
    address: str | None = None
    city: str | None = None
    postal_code: str | None = None
    coordinates: Coordinates | None = None
    evses: list[Evse] | None = None
    time_zone: str | None = None
    last_updated: datetime | None = None


class Session(Secretive, kw_only=True):
    """A session (8.1, 8.2)."""

    country_code: str | None = None
    party_id: str | None = None
    id: str
    start_date_time: datetime | None = None
    end_date_time: datetime | None = None
    kwh: float | None = None
    cdr_token: Party | None = None
    authorization_reference: str | None = None
    location_id: str | None = None
    evse_uid: str | None = None
    connector_id: str | None = None
    currency: str | None = None
    charging_periods: list[Period] | None = None
    total_cost: Price | Decimal | None = None
    status: str
    last_updated: datetime | None = None
    start_datetime: datetime | None = None
    end_datetime: datetime | None = None
    auth_id: str | None = None
    location: Location | None = None


class CdrLocation(Wire):
    """Where a CDR of 2.2.1 was charged (11)."""

    id: str | None = None
    name: str | None = None
    address: str | None = None
    evse_uid: str | None = None
    evse_id: str | None = None
    connector_id: str | None = None


class Cdr(Secretive, kw_only=True):
    """A charge detail record (11); kWh and hours, or so it should be."""

    country_code: str | None = None
    party_id: str | None = None
    id: str
    start_date_time: datetime | None = None
    end_date_time: datetime | None = None
    stop_date_time: datetime | None = None
    session_id: str | None = None
    cdr_token: Party | None = None
    auth_id: str | None = None
    authorization_reference: str | None = None
    cdr_location: CdrLocation | None = None
    location: Location | None = None
    currency: str | None = None
    tariffs: Any = None
    charging_periods: list[Period] | None = None
    total_cost: Price | Decimal | None = None
    total_energy: float | None = None
    total_time: float | None = None
    total_parking_time: float | None = None
    credit: bool | None = None
    credit_reference_id: str | None = None
    last_updated: datetime | None = None


class Usage(Wire):
    """What a session or a CDR says of the time and energy it took."""

    start_date_time: datetime | None = None
    start_datetime: datetime | None = None
    end_date_time: datetime | None = None
    end_datetime: datetime | None = None
    stop_date_time: datetime | None = None
    kwh: float | None = None
    total_energy: float | None = None
    charging_periods: list[Period] | None = None
    status: str | None = None
    last_updated: datetime | None = None


class DisplayText(Wire):
    """A text and its language."""

    language: str | None = None
    text: str | None = None


class Tariff(Wire):
    """A tariff (10); its elements as sent, since a lost part would make it cheaper."""

    id: str
    country_code: str | None = None
    party_id: str | None = None
    currency: str | None = None
    type: str | None = None
    tariff_alt_text: list[DisplayText] | None = None
    min_price: Any = None
    max_price: Any = None
    elements: Any = None
    start_date_time: Any = None
    end_date_time: Any = None
    tax_included: str | bool | None = None
    last_updated: datetime | None = None


class Token(Secretive):
    """A token of ours, as a CPO keeps it (13)."""

    uid: str
    type: str | None = None
    contract_id: str | None = None
    auth_id: str | None = None
    valid: bool | None = None
    whitelist: str | None = None
    last_updated: datetime | None = None


class CommandResponse(Wire):
    """What a command gets at once, or later at its callback (12); seconds."""

    result: str
    timeout: float | None = None


class Version(Wire):
    """A version that is offered, and where its modules are listed (3)."""

    version: str
    url: str


class Endpoint(Wire):
    """Where a module is; 2.1.1 knows no roles."""

    identifier: str
    url: str
    role: str | None = None


class VersionDetails(Wire):
    """The modules of a version."""

    version: str | None = None
    endpoints: list[Endpoint] | None = None


class Role(Wire):
    """A party of a connection."""

    role: str | None = None
    party_id: str | None = None
    country_code: str | None = None


class Credentials(Secretive):
    """The other side's credentials (4); 2.1.1 has one party at the top."""

    url: str | None = None
    roles: list[Role] | None = None
    hub_party_id: str | None = None
    party_id: str | None = None
    country_code: str | None = None


SESSION = msgspec.json.Decoder(Session)
LOCATION = msgspec.json.Decoder(Location)
TARIFF = msgspec.json.Decoder(Tariff)
CDR = msgspec.json.Decoder(Cdr)
USAGE = msgspec.json.Decoder(Usage)
TOKEN = msgspec.json.Decoder(Token)
COMMAND_RESPONSE = msgspec.json.Decoder(CommandResponse)
VERSION = msgspec.json.Decoder(Version)
VERSION_DETAILS = msgspec.json.Decoder(VersionDetails)
CREDENTIALS = msgspec.json.Decoder(Credentials)
