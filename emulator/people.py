"""Who and what the world keeps books about, and how it refuses."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any


class UnknownObjectError(LookupError):
    """Tell that the world has no such object."""


class NotPossibleError(Exception):
    """Tell in one sentence why the world refuses a command."""


@dataclass(kw_only=True)
class Driver:
    """Know one account holder."""

    id: str
    email: str
    password: str
    name: str = "Driver"
    payment_method_id: str | None = "555"
    # What charging networks know the driver by, and whose customer that is.
    auth_id: str | None = None
    customer: str = ""


@dataclass(frozen=True)
class Command:
    """Remember one command so that a delayed view can repeat it."""

    moment: datetime
    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Meter:
    """Read one EVSE's meter, in Wh."""

    total_wh: Decimal
    sessions: dict[str, Decimal]
    drawn_wh: Decimal
    drawn_sessions: dict[str, Decimal]
