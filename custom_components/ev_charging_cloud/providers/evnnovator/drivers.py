"""The drivers of an account: what the user entered, and what was last seen."""

from datetime import datetime, timedelta
from hashlib import sha256

import msgspec

from ..errors import CommandRefusedError
from ..model import ChargePoint, Evse, Ownership, PlaceKind, Session
from ..provider import PartData
from ..values import number
from .mapping import Reading
from .pulse import Pulse

DRIVER_ID = "driver_id"
LABEL = "label"
LOCATION_ID = "location_id"
EVSE_UID = "evse_uid"
LIMIT_KWH = "limit_kwh"

NAME = "Driver"
# For so long after a start the session before it is not taken for the new one.
TRAP = timedelta(minutes=5)
# How much a clock may be wrong.
SKEW = timedelta(seconds=60)


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """A start that was sent, and the session that was the latest before it."""

    at: datetime
    before: str | None


class Driver:
    """One driver: the settings, and the memory of the latest session."""

    def __init__(self, part: PartData) -> None:
        """Take what the user entered."""
        values = {key: value.strip() for key, value in part.values.items()}
        self.part = part.id
        self.key = f"driver_{part.id}"
        self.driver_id = values.get(DRIVER_ID, "")
        self.name = values.get(LABEL) or NAME
        self.location_id = values.get(LOCATION_ID) or None
        self.evse_uid = values.get(EVSE_UID) or None
        self._limit = values.get(LIMIT_KWH, "").replace(",", ".")
        self._pulse: Pulse | None = None
        self._start: Start | None = None

    @property
    def digest(self) -> str:
        """Return what tells whether the driver was replaced by another one."""
        return sha256(self.driver_id.encode()).hexdigest()[:12]

    @property
    def limit_kwh(self) -> float | None:
        """Return the limit of a charge; a limit that says nothing stops the start."""
        if not self._limit:
            return None
        if (limit := number(self._limit, least=0)) is None:
            raise CommandRefusedError("not_startable")
        return limit or None

    def expect(self, now: datetime, before: str | None) -> None:
        """Expect another session than the one before, because a start was sent."""
        self._start = Start(at=now, before=before)

    def forget_start(self) -> None:
        """Expect nothing, because the start was refused."""
        self._start = None

    def session(self, reading: Reading | None, now: datetime) -> Session | None:
        """Return the latest session with what earlier readings add to it."""
        if reading is None:
            self._pulse = None
            return None
        session = reading.session
        if self._pulse is None or self._pulse.session_id != session.id:
            self._pulse = Pulse(session.id, now)
        if not session.running:
            return session
        felt = self._pulse.felt(session, reading.heard_at, now)
        if not self._is_the_one_before(session, now):
            return felt
        return msgspec.structs.replace(
            felt, stale=True, power_kw=None, evse_status=None
        )

    def point(self, session: Session | None) -> ChargePoint:
        """Return the driver as a place at which the latest session is shown."""
        running = session is not None and session.running
        evse = Evse(
            id=self.key,
            status=session.evse_status if session is not None and running else None,
            session=session,
        )
        return ChargePoint(
            id=self.key,
            name=self.name,
            kind=PlaceKind.DRIVER,
            part=self.part,
            ownership=Ownership.OWN,
            evses=(evse,),
        )

    def _is_the_one_before(self, session: Session, now: datetime) -> bool:
        """Tell whether a session is older than the start that was sent (5.4)."""
        start = self._start
        if start is None:
            return False
        begun = session.started_at
        late = begun is not None and begun >= start.at - SKEW
        if session.id != start.before or late or now - start.at > TRAP:
            self._start = None
            return False
        return True
