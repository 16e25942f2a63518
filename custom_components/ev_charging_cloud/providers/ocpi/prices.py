"""Tariffs of an account, and what a session costs by them."""

from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..model import Cost, CostState, Session, Tariff
from . import pricing
from .book import Known
from .mapping import Mapper, Place

# How long after its end a session that has no cost is priced by us.
ESTIMATED_FOR = timedelta(days=1)

type Owner = tuple[str, str] | None


@lru_cache(maxsize=256)
def zone_of(name: str | None) -> tzinfo | None:
    """Return a time zone by its name."""
    try:
        return None if not name else ZoneInfo(name)
    except OSError, ValueError, ZoneInfoNotFoundError:
        return None


class Prices:
    """Knows tariffs by their id."""

    def __init__(self) -> None:
        """Begin without a tariff."""
        self._tariffs: dict[tuple[Owner, str], pricing.Tariff] = {}
        self._shown: dict[tuple[Owner, str, str | None], Tariff | None] = {}
        self._shown_at: datetime | None = None
        self.missing = False

    def add(self, tariff: pricing.Tariff) -> None:
        """Take a tariff."""
        self._tariffs[tariff.owner, tariff.id] = tariff
        self._shown_at = None

    def find(self, owner: Owner, name: str) -> pricing.Tariff | None:
        """Return the tariff that a session names."""
        name = name.casefold()
        found = self._tariffs.get((owner, name)) or self._tariffs.get((None, name))
        self.missing = self.missing or found is None
        return found

    def choose(
        self, owner: Owner, ids: Iterable[str], profile: str | None = None
    ) -> pricing.Tariff | None:
        """Return the one tariff of a place that holds for drivers with a contract.

        One for a charging preference holds where that ``profile`` was accepted. Of
        several nobody knows which applies.
        """
        names = {one.casefold() for one in ids}
        found = [self.find(owner, name) for name in names]
        uses = {f"profile{profile}"}, {None, "regular"}
        for wanted in uses:
            fit = [one for one in found if one is None or one.use in wanted]
            if fit:
                return fit[0] if len(fit) == 1 else None
        return None

    def shown(
        self, owner: Owner, ids: tuple[str, ...], zone: str | None, now: datetime
    ) -> Tariff | None:
        """Return what charging costs now, worked out once for all EVSEs of a tariff."""
        if self._shown_at != now:
            self._shown.clear()
            self._shown_at = now
        if (tariff := self.choose(owner, ids)) is None:
            return None
        key = (tariff.owner, tariff.id, zone)
        if key not in self._shown:
            self._shown[key] = _model(tariff, zone, now)
        return self._shown[key]


def _model(tariff: pricing.Tariff, zone: str | None, now: datetime) -> Tariff | None:
    """Return a tariff as entities show it, without tax."""
    rate = pricing.rate(tariff, zone_of(zone), now)
    if rate is None or rate.energy is None:
        return None
    return Tariff(
        id=tariff.id,
        currency=tariff.currency,
        name=tariff.name,
        price_per_kwh=rate.energy.net,
    )


def costed(
    prices: Prices,
    mapper: Mapper,
    known: Known,
    session: Session,
    place: Place | None,
    now: datetime,
) -> Cost | None:
    """Return a cost that the operator does not name: nothing, or an estimate.

    A total of nothing beside energy is believed only where the tariff is free (8.5).
    """
    reading = known.reading
    tariff = _tariff(prices, known, session, place)
    if tariff is None or reading.currency not in (None, tariff.currency):
        return None
    if reading.zero_cost and pricing.is_free(tariff):
        state = CostState.RUNNING if session.running else CostState.PROVISIONAL
        return Cost(currency=tariff.currency, net=Decimal(0), state=state)
    over = session.ended_at
    if known.raw is None or (over is not None and now - over > ESTIMATED_FOR):
        return None
    zone = None if place is None else place.zone
    seen = (reading, tariff, zone)
    if known.priced is None or known.priced[0] != seen:
        usage = mapper.usage(known.raw, now)
        known.priced = (seen, _estimate(tariff, usage, zone_of(zone)))
    return known.priced[1]


def _tariff(
    prices: Prices, known: Known, session: Session, place: Place | None
) -> pricing.Tariff | None:
    """Return the tariff that a session names, else that of its EVSE."""
    reading = known.reading
    if reading.tariff_ids:
        return prices.find(reading.owner, reading.tariff_ids[-1])
    if place is None:
        return None
    ids = place.tariff_ids.get(session.evse_id or "", ())
    return prices.choose(reading.owner, ids, known.preference)


def _estimate(
    tariff: pricing.Tariff, usage: tuple[pricing.Segment, ...], zone: tzinfo | None
) -> Cost | None:
    """Return what a session costs by a tariff so far."""
    amount = pricing.bill(tariff, usage, zone) if usage else None
    if amount is None:
        return None
    net, gross = amount.net, amount.gross
    vat = None if net is None or gross is None else gross - net
    return Cost(
        currency=tariff.currency,
        state=CostState.ESTIMATED,
        net=net,
        vat=vat,
        gross=gross,
    )
