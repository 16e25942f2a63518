"""The switches of the gateway and of the operators behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

SAMPLE_BASE: Final = "/api/ocpi/api/v1"
OTHER_BASE: Final = "/api/v1"
TOKEN_PATH: Final = "/evnnovator/oauth/token"

type Missing = Literal["404", "null", "absent"]


@dataclass(frozen=True, kw_only=True)
class Flavour:
    """Describe how one operator's data looks; durations are in seconds.

    The numbers are those of the quirks in fact sheet evnnovator 6. What is not a switch
    there belongs to every answer: the period list beside `kwh` (7, 9), names in two
    spellings (19) and the method of authorization (20).
    """

    # 1: the last report and the end share a field; some never tell that it is over.
    reaches_completed: bool = True
    report_every: float = 30
    reports_idle: bool = True
    gateway_delay: float = 3.5
    # 2
    knows_last_update: bool = True
    # 3, 10
    local_periods: bool = False
    # 4
    nonsense_periods_in_cdr: bool = False
    # 5, 7, 8, 9
    periods: Literal["series", "single", "none"] = "series"
    # The sample's first and last volumes only fit the time before the stamp.
    volume_of: Literal["time_before", "time_after"] = "time_before"
    parking_period: bool = True
    # 6
    volumes_as_text: bool = True
    kwh_places: int = 5
    # 11
    cost_from_rounded_kwh: bool = True
    # 12
    cdr_units: Literal["wh_and_minutes", "kwh_and_hours"] = "wh_and_minutes"
    cdr_delay: float | None = 60
    # 13
    stale_status: bool = True
    # 14, 15
    evse_ids: Literal["own", "shared"] = "own"
    uids: Literal["printed", "uuid"] = "printed"
    lower_case_in_session: bool = False
    hashes_card_holders: bool = True
    # 16
    text_coordinates: bool = True
    lists_connectors: bool = True
    # 17, 18
    zone_name: str | None = None
    country: str | None = None
    kind: str = "UNKNOWN"
    postal_code: str = "560099"
    blank_after_address: bool = True
    tells_operator: bool = True
    published: bool = False


FLAVOUR_A: Final = Flavour()
FLAVOUR_B: Final = Flavour(
    reaches_completed=False,
    reports_idle=False,
    gateway_delay=13.265,
    knows_last_update=False,
    local_periods=True,
    nonsense_periods_in_cdr=True,
    periods="single",
    kwh_places=3,
    cdr_delay=1200,
    evse_ids="shared",
    uids="uuid",
    lower_case_in_session=True,
    hashes_card_holders=False,
    text_coordinates=False,
    lists_connectors=False,
    zone_name="IST",  # codespell:ignore ist
    country="IND",
    kind="PARKING_TOP",
    postal_code="",
    blank_after_address=False,
    tells_operator=False,
    published=True,
)


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Describe the gateway; durations are in seconds.

    Where fact sheet evnnovator leaves something open, the default is its guess.
    """

    flavours: Mapping[str, Flavour] = field(
        default_factory=lambda: {"AAA": FLAVOUR_A, "BBB": FLAVOUR_B}
    )
    customer: str = "emulator"
    base_paths: frozenset[str] = frozenset({SAMPLE_BASE})
    # None turns a way to sign in off.
    static_token: str | None = "emulator-evnnovator-token"
    client_id: str | None = "emulator-evnnovator-client"
    client_secret: str = "emulator-evnnovator-secret"
    token_lifetime: int = 3600
    token_calls: int | None = None
    bad_client_status: int = 401
    error_body: Literal["empty", "spring"] = "empty"
    # Kinds of calls that are answered with 403, such as "cdrs" and "commands".
    forbidden: frozenset[str] = frozenset()
    unknown_driver: Missing = "404"
    no_session: Missing = "404"
    foreign_drivers: Literal["shown", "404", "403"] = "shown"
    latest_lag: float = 0
    rejects_commands: bool = False
    starts_nothing: bool = False
    stops_nothing: bool = False
    autostop: Literal["optional", "required"] = "optional"
    page_members: bool = False
