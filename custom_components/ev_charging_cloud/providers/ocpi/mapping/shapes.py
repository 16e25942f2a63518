"""What the other modules get: the model, and what only OCPI knows beside it."""

from datetime import datetime
from typing import override

import msgspec

from ...model import ChargePoint, Session


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """Whose sessions are ours, all of it without case.

    ``tokens`` are the uids and contract ids that the user configured, ``contracts`` the
    latter alone, ``references`` those of our own starts, ``party`` is our country code
    and party id.
    """

    tokens: frozenset[str] = frozenset()
    contracts: frozenset[str] = frozenset()
    references: frozenset[str] = frozenset()
    party: tuple[str, str] | None = None

    @override
    def __repr__(self) -> str:
        """Show no token."""
        return "Own()"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A location: its model, and by the ids of the EVSEs what commands need."""

    key: str
    location_id: str
    owner: tuple[str, str] | None
    point: ChargePoint
    zone: str | None = None
    raw_status: dict[str, str] = {}
    evse_uids: dict[str, str] = {}
    connector_ids: dict[str, tuple[str, ...]] = {}
    connector_required: frozenset[str] = frozenset()
    tariff_ids: dict[str, tuple[str, ...]] = {}
    updated_at: datetime | None = None
    address: str | None = None


class Reading(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A session and what else its object says.

    ``power_kw`` is what the charging periods tell (8.4). ``zero_cost`` tells that the
    total is nothing beside energy, which only a free tariff makes believable (8.5).
    """

    session: Session
    updated_at: datetime | None
    owner: tuple[str, str] | None
    foreign: bool
    location: Place | None
    location_id: str | None
    evse_uid: str | None
    connector_id: str | None
    token: str | None
    tokens: frozenset[str]
    reference: str | None
    power_kw: float | None
    tariff_ids: tuple[str, ...]
    currency: str | None = None
    zero_cost: bool = False

    @override
    def __repr__(self) -> str:
        """Show nobody's token."""
        return f"Reading(state={self.session.state.value!r})"


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """A CDR, as the session that it closes.

    A ``credit`` takes back the CDR ``credited``; its amounts are negative.
    """

    id: str
    session_key: str | None
    session: Session
    reference: str | None
    token: str | None
    tokens: frozenset[str]
    credit: bool
    credited: str | None
    updated_at: datetime | None
    foreign: bool
    zero_cost: bool = False

    @override
    def __repr__(self) -> str:
        """Show nobody's token."""
        return f"Bill(credit={self.credit})"
