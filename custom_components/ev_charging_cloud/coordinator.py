"""Poll an account and tell entities what changed."""

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
import logging
from typing import TYPE_CHECKING, override

import msgspec

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.update_coordinator import UpdateFailed
from homeassistant.util import dt as dt_util

from .const import CONF_CONTROL_ALL, CONF_EXCLUDED, CONF_INCLUDED, DOMAIN, ELSEWHERE
from .elsewhere import Gathered, gather, with_elsewhere
from .failures import placeholders, text_key
from .happenings import Happening, Kind, happenings
from .ledger import AccountLedger, LedgerError
from .providers.errors import (
    AuthenticationError,
    ForeignHostError,
    ProviderError,
    StorageError,
)
from .providers.model import ChargePoint, Evse, PlaceKind, Session, Snapshot
from .providers.policy import next_poll
from .providers.provider import Capability, Provider
from .publishing import KEPT_POLLS, AccountData, PublishingCoordinator
from .tracking import Track, ended, follow, settle, vanished
from .view import EvseView

if TYPE_CHECKING:
    from .commands import Commands

_LOGGER = logging.getLogger(__name__)


type EvChargingConfigEntry = ConfigEntry[Runtime]


@dataclass(kw_only=True, slots=True)
class Runtime:
    """What belongs to a loaded account."""

    coordinator: ChargingCoordinator
    commands: Commands
    account_device: str


def _followed(data: AccountData) -> Iterator[Track | None]:
    """Yield the tracks at what there still is; others are only remembered."""
    for point in data.charge_points.values():
        if data.misses.get(point.id, 0) <= KEPT_POLLS:
            yield from (data.tracks.get(evse.id) for evse in point.evses)


def _is_live(track: Track | None) -> bool:
    """Tell whether a session runs of which something was heard lately."""
    return track is not None and track.session.running and not track.session.stale


class ChargingCoordinator(PublishingCoordinator):
    """Polls in the back end's own rhythm."""

    config_entry: EvChargingConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        entry: EvChargingConfigEntry,
        provider: Provider,
        ledger: AccountLedger,
    ) -> None:
        """Take the account to poll, and where its sessions are kept."""
        super().__init__(hass, entry, provider.policy.idle)
        self.provider = provider
        self.remembered: dict[str, Track | None] = {}
        self._ledger = ledger
        self._failures = 0
        self._paused_until = 0.0
        self._first = True
        self._cursors: dict[str, str] = {}
        self._unkept: tuple[Session, ...] = ()
        self._unread: frozenset[str] = frozenset()
        # An earlier run may have died before it took what it had recorded.
        self._untaken = True

    @override
    async def _async_setup(self) -> None:
        """Read which sessions were followed before the restart."""
        self.data.tracks = self.remembered = await self._ledger.tracks()

    @override
    async def _async_update_data(self) -> AccountData:
        """Read the account, or keep what is known where that fails for a while."""
        try:
            snapshot = await self.provider.snapshot()
            data = await self._next(snapshot)
        except AuthenticationError as err:
            raise ConfigEntryAuthFailed(
                translation_domain=DOMAIN, translation_key="invalid_auth"
            ) from err
        except LedgerError as err:
            return self._keep(StorageError(str(err)))
        except ProviderError as err:
            return self._keep(err)
        self._failures = 0
        self._first = False
        self._plan(data)
        return data

    @property
    def fresh(self) -> bool:
        """Tell whether the last read has worked."""
        return not self._failures and self.last_update_success

    @property
    def paused(self) -> bool:
        """Tell whether the back end has asked for a pause that is not over."""
        return self.hass.loop.time() < self._paused_until

    def pause(self, seconds: float) -> None:
        """Ask nothing for a while, because the back end wants fewer requests."""
        self._paused_until = max(self._paused_until, self.hass.loop.time() + seconds)

    @callback
    def async_read_again(self) -> None:
        """Read the account soon, because the back end has news."""
        if not self.paused:
            self.config_entry.async_create_task(self.hass, self.async_request_refresh())

    @property
    def controls_all(self) -> bool:
        """Tell whether an administrator lets sessions of others be stopped."""
        return bool(self.config_entry.options.get(CONF_CONTROL_ALL, False))

    def view(self, charge_point_id: str, evse_id: str) -> EvseView | None:
        """Return an EVSE as it is now."""
        if (point := self.data.charge_points.get(charge_point_id)) is None:
            return None
        for evse in point.evses:
            if evse.id == evse_id:
                track = self.data.tracks.get(evse_id)
                return EvseView(charge_point=point, evse=evse, track=track)
        return None

    def shown(self, among: Container[str] | None = None) -> list[EvseView]:
        """Return the EVSEs that the user wants to see, all or among some places."""
        wanted = self._wanted()
        return [
            EvseView(charge_point=point, evse=evse, track=self.data.tracks.get(evse.id))
            for point in self.data.charge_points.values()
            if (among is None or point.id in among) and wanted(point)
            for evse in point.evses
        ]

    def pickable(self) -> tuple[ChargePoint, ...]:
        """Return the charge points that a user can pick from."""
        return tuple(
            point
            for point in self.data.charge_points.values()
            if point.kind is PlaceKind.CHARGE_POINT
        )

    def _wanted(self) -> Callable[[ChargePoint], bool]:
        """Return what tells whether the user wants to see a charge point.

        What only stands for one cannot be picked, and is always shown.
        """
        options = self.config_entry.options
        excluded = set(options.get(CONF_EXCLUDED, ()))
        included = options.get(CONF_INCLUDED)
        picked = None if included is None else set(included)

        def wanted(point: ChargePoint) -> bool:
            if point.kind is not PlaceKind.CHARGE_POINT:
                return True
            return point.id not in excluded if picked is None else point.id in picked

        return wanted

    async def _next(self, snapshot: Snapshot) -> AccountData:
        """Return the account after a reading."""
        old = self.data
        gathered = self._gather(snapshot)
        if gathered.sessions is not None:
            snapshot = msgspec.structs.replace(snapshot, elsewhere=gathered.sessions)
        if Capability.ELSEWHERE in self.provider.capabilities:
            snapshot = with_elsewhere(snapshot, old.charge_points.get(ELSEWHERE))
        points = snapshot.charge_points
        misses = {
            key: old.misses.get(key, 0) + 1
            for key in old.charge_points
            if key not in points
        }
        self._log_misses(old.misses, misses, snapshot)
        tracks = await self._tracks(snapshot, misses, gathered)
        self.notices.tell_refused(snapshot.refused)
        self.notices.tell_troubles(snapshot.troubles)
        kept = {key: old.charge_points[key] for key in misses}
        return AccountData(
            charge_points={**kept, **points},
            tracks=tracks,
            misses=misses,
            contact=dt_util.utcnow(),
        )

    def _gather(self, snapshot: Snapshot) -> Gathered:
        """Return what of a roaming account belongs at its place elsewhere.

        What a user of a small account took out of it stays out.
        """
        if not {Capability.ROAMING, Capability.ELSEWHERE} <= self.provider.capabilities:
            return Gathered()
        picks = self.config_entry.options.get(CONF_INCLUDED) is not None
        track = self.data.tracks.get(ELSEWHERE)
        return gather(
            snapshot,
            None if track is None else track.session,
            self._wanted() if picks else lambda _: True,
        )

    async def _tracks(
        self, snapshot: Snapshot, misses: dict[str, int], gathered: Gathered
    ) -> dict[str, Track | None]:
        """Follow the session of each EVSE, and tell what happened."""
        old = self.data.tracks
        if gathered.forget:
            old = {**old, ELSEWHERE: None}
        tracks = dict(old)
        known = gathered.at_hand
        roams = Capability.ROAMING in self.provider.capabilities
        for point in snapshot.charge_points.values():
            several = roams and point.kind is PlaceKind.DRIVER
            for evse in point.evses:
                track = old.get(evse.id)
                tracks[evse.id] = await self._follow(track, evse, known, several)
        for evse_id in self._lost(snapshot, misses):
            if (track := old[evse_id]) is not None and track.session.running:
                tracks[evse_id] = settle(track, await self._final(track.session))
        told = [
            (evse_id, one)
            for evse_id in old
            for one in happenings(old[evse_id], tracks[evse_id])
        ]
        await self._record(tracks, told, snapshot)
        return tracks

    def _lost(self, snapshot: Snapshot, misses: dict[str, int]) -> set[str]:
        """Return the followed EVSEs that are no longer shown, nor just missing."""
        points = self.data.charge_points
        waited_for = (points[key] for key in misses if misses[key] <= KEPT_POLLS)
        there = (*snapshot.charge_points.values(), *waited_for)
        return self.data.tracks.keys() - {
            evse.id for point in there for evse in point.evses
        }

    async def _record(
        self,
        tracks: dict[str, Track | None],
        told: list[tuple[str, Happening]],
        snapshot: Snapshot,
    ) -> None:
        """Keep what changed in one step, then take what is to be told out of it.

        An event is taken out of the ledger before it is reported: a crash between the
        two loses it, and none is ever reported twice.
        """
        if self._shutdown_requested:
            return
        old = self.data.tracks
        changed = {
            key: track
            for key, track in tracks.items()
            if key not in old or old[key] != track
        }
        if self._first:
            told = [(key, one) for key, one in told if self._was_open(old[key], one)]
        cursors = {
            key: value
            for key, value in snapshot.cursors.items()
            if self._cursors.get(key) != value
        }
        replaced = [
            track.predecessor
            for track in changed.values()
            if track is not None and track.predecessor is not None
        ]
        # The provider hands each of them out once, so they wait for a ledger that works.
        self._unkept += snapshot.past
        past = (*self._unkept, *replaced)
        if changed or told or cursors or past:
            await self._ledger.record(changed, past, told, cursors, dt_util.utcnow())
            self._unkept = ()
            self._cursors |= cursors
        self._untaken = self._untaken or bool(told)
        if self._untaken:
            await self._take()

    async def _take(self) -> None:
        """Take what is to be told out of the ledger; what fails is done next time.

        The poll itself has worked: read again, it would be recorded again.
        """
        try:
            found = await self._ledger.take()
        except LedgerError as err:
            _LOGGER.warning("Events of %s have to wait: %s", self.name, err)
            return
        self._untaken = False
        for evse_id, one in found:
            self.notices.tell(evse_id, one)

    async def _follow(
        self,
        track: Track | None,
        evse: Evse,
        known: Mapping[str, Session],
        several: bool,
    ) -> Track | None:
        """Follow the session of one EVSE; the end of a vanished one is read.

        One that is known to run on only has to make room. Where there may be
        ``several`` at once, as with a token, the first is followed to its end.
        """
        seen = evse.session
        if track is not None and vanished(track, seen):
            at_hand = known.get(track.session.key)
            final = at_hand or await self._final(track.session)
            track = settle(track, final)
            goes_on = final is not None and final.is_heard(dt_util.utcnow())
            if seen is None or (several and goes_on):
                return track
            if at_hand is None:
                track = msgspec.structs.replace(track, session=ended(track.session))
        return follow(track, seen, dt_util.utcnow())

    async def _final(self, session: Session) -> Session | None:
        """Read a vanished session again, ``None`` where that fails."""
        try:
            return await self.provider.session(session)
        except AuthenticationError:
            raise
        except ProviderError as err:
            _LOGGER.debug("The end of a session could not be read: %s", err)
            return None

    @staticmethod
    def _was_open(track: Track | None, one: Happening) -> bool:
        """Tell whether the end of a session that ran before the restart is told."""
        if track is None or one.kind is Kind.STARTED:
            return False
        return track.session.running and track.session.key == one.session.key

    def _keep(self, err: ProviderError) -> AccountData:
        """Keep what is known for a while; otherwise say that polling failed."""
        self._failures += 1
        if isinstance(err, ForeignHostError) and not self._first:
            told = {**self.notices.troubles, "foreign_host": err.host}
            self.notices.tell_troubles(told)
        if err.retry_after:
            self.pause(err.retry_after)
        self._plan(self.data, err)
        if self._first or self._failures > KEPT_POLLS:
            raise UpdateFailed(
                translation_domain=DOMAIN,
                translation_key=text_key(err),
                translation_placeholders=placeholders(err),
                retry_after=err.retry_after if self._first else None,
            ) from err
        return self.data

    def _plan(self, data: AccountData, err: ProviderError | None = None) -> None:
        """Set the wait until the next poll."""
        self.update_interval = next_poll(
            self.provider.policy,
            now=dt_util.utcnow(),
            active=any(map(_is_live, _followed(data))),
            failures=self._failures,
            retry_after=err.retry_after if err else None,
            used=self.provider.transport.last_hour,
            rng=self.provider.transport.connection.rng,
        )

    def _log_misses(
        self, before: dict[str, int], now: dict[str, int], snapshot: Snapshot
    ) -> None:
        """Log once when a charge point is missing or broken, and once when it is back."""
        for key in now.keys() - before.keys():
            reason = "cannot be read" if key in snapshot.broken else "is missing"
            _LOGGER.warning("A charge point of %s %s", self.name, reason)
        # Nobody sees anything of one that never could be read.
        unread = snapshot.broken - self.data.charge_points.keys()
        for _ in unread - self._unread:
            _LOGGER.warning("A charge point of %s cannot be read", self.name)
        self._unread = unread
        for _ in before.keys() - now.keys():
            _LOGGER.info("A charge point of %s is back", self.name)
