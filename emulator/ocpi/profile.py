"""The switches of an OCPI party that owns charge points."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from .tariffs import TARIFFS, OcpiTariff

VERSIONS: Final = ("2.1.1", "2.2.1", "2.3.0")
OUR_PARTY: Final = ("NL", "HAX")


@dataclass(frozen=True, kw_only=True)
class KnownToken:
    """Know a driver's token; the driver of the world has the uid as auth id."""

    uid: str
    contract_id: str
    type: str = "RFID"
    party: tuple[str, str] = OUR_PARTY
    issuer: str = "Home"
    valid: bool = True
    whitelist: str = "ALWAYS"


TOKENS: Final = (
    KnownToken(
        uid="APP-1",
        contract_id="NL-HAX-C000001-5",
        type="APP_USER",
        whitelist="NEVER",
    ),
    KnownToken(uid="04AABBCC", contract_id="NL-HAX-C000002-4"),
    KnownToken(uid="FOREIGN-1", contract_id="NL-OTH-C000009-1", party=("NL", "OTH")),
)


@dataclass(frozen=True, kw_only=True)
class OcpiProfile:
    """Describe one CPO; durations are in seconds.

    The defaults are those of the standard, numbers name the deviation of fact sheet
    ocpi 17 that a switch stands for.
    """

    # Whose stations of the world are shown, under which party.
    operator: str = "XYZ"
    party: tuple[str, str] = ("NL", "XYZ")
    our_party: tuple[str, str] = OUR_PARTY
    tokens: tuple[KnownToken, ...] = TOKENS
    tariffs: tuple[OcpiTariff, ...] = TARIFFS
    # EVSEs with a cable of their own; direct current always has one.
    cables: frozenset[str] = frozenset({"EVSE-3"})
    # EVSEs that need a connector_id, that take no preferences, of a status of their own.
    connector_required: frozenset[str] = frozenset()
    no_preferences: frozenset[str] = frozenset()
    statuses: Mapping[str, str] = field(default_factory=dict)
    # Sign-in (1, 2, 3); the other token is the one for calls to us.
    token: str = "demo-token-42"
    registration_token: str = "demo-token-a"
    callback_token: str = "emulator-token-b"
    token_encoding: Literal["version", "both", "raw", "base64"] = "version"
    auth_error: Literal["401", "403", "500", "3000"] = "401"
    open_versions: bool = False
    require_message_ids: bool = False
    echo_message_ids: bool = True
    # Discovery (4, 7, 8, 9); hosts are written with their port.
    versions: tuple[str, ...] = VERSIONS
    unlisted: frozenset[str] = frozenset()
    commands_listed: bool = True
    module_host: str | None = None
    module_scheme: str | None = None
    relative_urls: bool = False
    lower_case_roles: bool = False
    slash_redirect: bool = False
    redirect_to: str | None = None
    # Lists (5, 6, 7).
    page_limit: int = 50
    strict_date_from: bool = True
    link: Literal[
        "ok",
        "none",
        "empty",
        "wrong_host",
        "wrong_scheme",
        "loop",
        "endless",
        "shifted",
    ] = "ok"
    link_host: str = "elsewhere.example.test"
    total: Literal["ok", "missing", "page"] = "ok"
    order: Literal["created", "updated", "reversed"] = "created"
    # How things are written (10, 11, 12, 14, 17, 22, 24).
    lower_case_ids: bool = False
    datetimes: Literal["zulu", "offset", "naive", "space", "fraction"] = "zulu"
    null_fields: bool = False
    numbers_as_strings: bool = False
    energy_in_wh: bool = False
    single_as_list: bool = False
    # Sessions (18, 19, 20).
    report_every: float = 60
    session_delay: float = 0
    cost: Literal["ok", "absent_while_running", "always_zero", "no_vat"] = "ok"
    stuck_active: bool = False
    foreign_sessions: bool = False
    whole_location: bool = False
    # CDRs; no delay means never.
    cdr_delay: float | None = 600
    cdr_session_id: bool = True
    cdr_reference: bool = True
    duplicate_cdrs: Literal["no", "same_id", "new_id"] = "no"
    # Commands; the result of the world counts where none is forced.
    command_result: str | None = None
    command_timeout: int = 30
    starts_nothing: bool = False
    stops_only_commanded: bool = False
    callback: Literal["ok", "never", "late", "failed", "enveloped", "twice"] = "ok"
    callback_after: float = 0
    callback_late: float = 90
    preference_result: str | None = None
