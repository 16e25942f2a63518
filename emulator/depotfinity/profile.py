"""The switches of a depot's subscription."""

from dataclasses import dataclass
from typing import Final, Literal

PACKAGES: Final = frozenset(
    {
        "sessionReports",
        "transactions",
        "chargerStatus",
        "timeSeries",
        "chargerControl",
    }
)


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Describe one customer; durations are in seconds, energy is in Wh.

    Where fact sheet siemens_depot leaves something open, the default is its guess.
    """

    operator: str = "DEPOT"
    client_id: str = "emulator-depot-client"
    client_secret: str = "emulator-depot-secret"
    token_lifetime: int = 3600
    # So many calls end a token, which falls into the middle of paging.
    token_calls: int | None = None
    expired_status: int = 401
    packages: frozenset[str] = PACKAGES
    error_form: Literal["message", "errors"] = "message"
    # Session reports
    small_limit: Literal["accept", "refuse"] = "accept"
    report_default_limit: int = 3
    report_order: Literal["ascending", "descending", "shuffled"] = "descending"
    report_window: Literal["start", "end"] = "start"
    report_delay: float = 60
    # A report begins this much before its transaction and ends so much after it.
    report_margin: float = 8
    live_reports: bool = False
    other_controllers: Literal["empty", "404"] = "empty"
    missing_blocks: frozenset[str] = frozenset()
    # Counters start anew at this reading, so that some reports end below their start.
    counter_modulus: int | None = None
    stray_events: bool = False
    # Transactions
    lists_running: bool = True
    default_filter: Literal["StartAt", "EndAt", "InsertedAt", "Overlapping"] = "StartAt"
    insert_delay: float = 30
    names_vehicles: bool = False
    # Time series
    series_step: int = 60
    series_lag: float = 0
    connector_import: Literal["delivered", "drawn"] = "delivered"
    # Remote commands
    stop_command: str | None = "stopChargingSession"
    unknown_tag: Literal["charges", "accepted", "rejected"] = "accepted"
    rejects_commands: bool = False
    starts_nothing: bool = False
    stops_nothing: bool = False
