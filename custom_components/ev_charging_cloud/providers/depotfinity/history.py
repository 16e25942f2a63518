"""Past charges on request: any span of time, joined week by week."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta

from ..errors import ForbiddenError
from ..model import Session
from .connectors import Place, place_of
from .features import SESSION_REPORTS, TRANSACTIONS
from .gate import Gate
from .joining import join
from .reports import Reports
from .transactions import Transactions

STEP = timedelta(days=7)
# A charge and its report need not begin at the same time.
MARGIN = timedelta(hours=12)


class History:
    """Reads transactions and reports of a span of time, without remembering them."""

    def __init__(
        self, transactions: Transactions, reports: Reports, gate: Gate
    ) -> None:
        """Take what reads either."""
        self._transactions, self._reports = transactions, reports
        self._gate = gate

    async def read(
        self, places: Iterable[Place], since: datetime, until: datetime, now: datetime
    ) -> AsyncIterator[tuple[Session, ...]]:
        """Stream the charges that began in a span of time, oldest first."""
        known = dict.fromkeys(places)
        while since < until:
            end = min(since + STEP, until)
            found = await self._week(known, since, end, now)
            known |= dict.fromkeys(place_of(one) for one in found)
            yield tuple(
                one for one in found if one.started_at and since <= one.started_at < end
            )
            since = end

    async def transaction(
        self, place: Place, session: Session, now: datetime
    ) -> Session | None:
        """Read one transaction again; its connector and start find it."""
        start = session.started_at or now
        async for page in self._transactions.window(
            start - MARGIN,
            start + MARGIN,
            "StartAt",
            chargerId=place.charger,
            connectorId=place.connector,
        ):
            for one in page.sessions:
                if one.key == session.key:
                    return one
        return None

    async def _week(
        self, known: dict[Place, None], since: datetime, until: datetime, now: datetime
    ) -> list[Session]:
        """Return the charges of one step, each once."""
        charges: dict[Place, list[Session]] = defaultdict(list)
        try:
            async for page in self._transactions.window(
                since - MARGIN, until + MARGIN, "StartAt"
            ):
                for one in page.sessions:
                    charges[place_of(one)].append(one)
        except ForbiddenError:
            if not self._gate.open(SESSION_REPORTS):
                raise
        found: list[Session] = []
        for place in known | dict.fromkeys(charges):
            reports: list[Session] = []
            if self._reports.answers(place.charger, now):
                async for page in self._reports.window(
                    place, since - MARGIN, until + MARGIN
                ):
                    reports += page.sessions
            joined = join(charges.get(place, ()), reports)
            found += [*joined.sessions, *joined.alone]
        if {TRANSACTIONS, SESSION_REPORTS} <= self._gate.features.refused:
            raise ForbiddenError("The account has no right to past charges")
        return sorted(found, key=lambda one: (one.started_at is None, one.started_at))
