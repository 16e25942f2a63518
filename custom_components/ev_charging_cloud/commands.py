"""Start and stop charging, and wait until the charger has done it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import NoReturn

from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .coordinator import ChargingCoordinator
from .failures import placeholders, text_key
from .notices import still_charging_issue
from .providers.errors import (
    AuthenticationError,
    CommandRefusedError,
    ProviderError,
    RateLimitError,
)
from .providers.model import EvseStatus, Ownership, Session, SessionState
from .providers.provider import Preference
from .view import EvseView

# How long nothing is sent after too many requests, in seconds, where the back end does
# not say it.
PAUSE = 60.0
DRAWING = frozenset(
    {
        EvseStatus.CHARGING,
        EvseStatus.SUSPENDED,
        EvseStatus.SUSPENDED_EV,
        EvseStatus.SUSPENDED_EVSE,
    }
)

# So long after its end the cable of a session may still be in.
RECENT = timedelta(minutes=15)


def started(view: EvseView | None, *, besides: str | None = None) -> bool:
    """Tell whether the charger has carried out a start.

    A session that is being stopped, ``besides`` by its key, is not what was started.
    """
    if view is None or (session := view.running) is None or session.stale:
        return False
    if session.key == besides or session.state is SessionState.STOPPING:
        return False
    if session.ownership is Ownership.FOREIGN:
        return False
    return session.state is SessionState.ACTIVE or view.status in DRAWING


def _is_recent(session: Session) -> bool:
    """Tell whether a session runs, or has just ended."""
    if session.running:
        return not session.stale
    ended = session.ended_at
    return ended is not None and dt_util.utcnow() - ended <= RECENT


@dataclass(frozen=True, kw_only=True, slots=True)
class Begun:
    """A start that was sent and that the back end may still have to show."""

    session: Session | None
    until: datetime


class Commands:
    """Commands to the EVSEs of one account.

    A later command to an EVSE takes over from an earlier one, which then ends without
    an error.
    """

    def __init__(self, coordinator: ChargingCoordinator) -> None:
        """Take the coordinator that shows what the charger does."""
        self._coordinator = coordinator
        self._hass: HomeAssistant = coordinator.hass
        self._turn: dict[str, object] = {}
        self._begun: dict[str, Begun] = {}
        self._ended: dict[str, str] = {}
        self._waiting: set[asyncio.Future[None]] = set()

    @callback
    def close(self, _: Event | None = None) -> None:
        """Let every command end without an error, because the account is unloaded."""
        self._turn.clear()
        for done in self._waiting:
            done.set_result(None)
        self._waiting.clear()

    async def start(self, charge_point_id: str, evse_id: str) -> None:
        """Start charging; return when the charger does, or raise."""
        self._check_pause()
        turn = self._take_turn(evse_id, True)
        try:
            await self._let_end(charge_point_id, evse_id, turn)
            if self._turn.get(evse_id) is not turn:
                return
            await self._send_start(charge_point_id, evse_id)

            async def begun() -> bool:
                view = self._coordinator.view(charge_point_id, evse_id)
                return started(view, besides=self._ended.get(evse_id))

            if not await self._confirmed(evse_id, turn, begun):
                self._fail("start_not_confirmed")
            if self._turn.get(evse_id) is turn:
                self._begun.pop(evse_id, None)
        finally:
            self._end_turn(evse_id, turn)

    async def stop(self, charge_point_id: str, evse_id: str) -> None:
        """Stop charging; return when the charger has stopped, or raise."""
        self._check_pause()
        turn = self._take_turn(evse_id, False)
        try:
            session = await self._to_stop(charge_point_id, evse_id, turn)
            if session is None:
                return
            self._check_own(session)
            await self._send_stop(session)
            self._ended[evse_id] = session.key
            over = partial(self._is_over, charge_point_id, evse_id, session)
            if not await self._confirmed(evse_id, turn, over):
                self._ended.pop(evse_id, None)
                if not self._coordinator.fresh:
                    self._fail("stop_not_checked")
                self._still_charging(charge_point_id, evse_id)
                self._fail("stop_not_confirmed")
        finally:
            self._end_turn(evse_id, turn)

    async def restart(self, charge_point_id: str) -> None:
        """Restart a charge point."""
        await self._simple(self._coordinator.provider.restart(charge_point_id))

    async def register(self, charge_point_id: str) -> None:
        """Make a driver known to the back end."""
        await self._simple(self._coordinator.provider.register(charge_point_id))

    async def unlock(self, charge_point_id: str, evse_id: str) -> None:
        """Release the cable of an EVSE at which the user charges, or just did.

        Later somebody may charge there whose session nobody shows us.
        """
        self._check_pause()
        view = self._coordinator.view(charge_point_id, evse_id)
        session = None if view is None else view.session
        if session is None or not _is_recent(session):
            if not self._coordinator.controls_all:
                self._fail("no_own_session", user=True)
        else:
            self._check_own(session)
        await self._simple(self._coordinator.provider.unlock(charge_point_id, evse_id))

    async def prefer(
        self, charge_point_id: str, evse_id: str, preference: Preference
    ) -> None:
        """Say how the session that runs is to be charged."""
        departure = preference.departure
        if departure is not None and departure <= dt_util.utcnow():
            self._fail("departure_past", user=True)
        self._check_pause()
        if (session := self._running(charge_point_id, evse_id)) is None:
            self._fail("no_own_session", user=True)
        self._check_own(session)
        try:
            await self._coordinator.provider.prefer(session, preference)
        except ProviderError as err:
            self._raise(err)
        await self._look()

    def _check_own(self, session: Session) -> None:
        """Refuse what is about a session of others, unless all may be controlled."""
        if session.ownership is Ownership.OWN or self._coordinator.controls_all:
            return
        self._fail("not_own", user=True)

    async def _simple(self, command: Awaitable[None]) -> None:
        """Carry out a command that no charger has to confirm."""
        try:
            await command
        except ProviderError as err:
            self._raise(err)
        await self._coordinator.async_request_refresh()

    def _running(self, charge_point_id: str, evse_id: str) -> Session | None:
        """Return the session that runs, as far as is known."""
        view = self._coordinator.view(charge_point_id, evse_id)
        return None if view is None else view.running

    async def _to_stop(
        self, charge_point_id: str, evse_id: str, turn: object
    ) -> Session | None:
        """Return the session to stop; that there is none takes a fresh look.

        A back end may show a start some time after it has accepted it, so then its
        session is the one of the start's answer, or is waited for.
        """
        if (session := self._running(charge_point_id, evse_id)) is not None:
            return session
        await self._look()
        session = self._running(charge_point_id, evse_id)
        begun = self._begun.get(evse_id)
        if session is not None or begun is None or begun.until < dt_util.utcnow():
            return session
        if begun.session is not None:
            return begun.session

        async def shown() -> bool:
            return self._running(charge_point_id, evse_id) is not None

        if not await self._confirmed(evse_id, turn, shown):
            self._fail("stop_not_checked")
        return self._running(charge_point_id, evse_id)

    async def _let_end(self, charge_point_id: str, evse_id: str, turn: object) -> None:
        """Wait for the end of a session that is being stopped.

        Until then the back end takes it for the one that a start asks for.
        """
        session = self._running(charge_point_id, evse_id)
        if session is None or (
            session.state is not SessionState.STOPPING
            and session.key != self._ended.get(evse_id)
        ):
            return
        over = partial(self._is_over, charge_point_id, evse_id, session)
        if not await self._confirmed(evse_id, turn, over):
            self._ended.pop(evse_id, None)
            self._fail("start_not_confirmed")

    async def _is_over(
        self, charge_point_id: str, evse_id: str, session: Session
    ) -> bool:
        """Tell whether a session has ended; one that is not shown is read itself."""
        view = self._coordinator.view(charge_point_id, evse_id)
        shown = None if view is None else view.session
        if shown is not None and shown.key == session.key:
            return not shown.running
        try:
            return not (await self._coordinator.provider.session(session)).running
        except ProviderError:
            return False

    async def _send_start(self, charge_point_id: str, evse_id: str) -> None:
        """Send a start; where its answer is lost, only a look can tell."""
        limit = self._coordinator.provider.policy.command_limit
        until = dt_util.utcnow() + limit
        # A stop may come before the answer does.
        self._begun[evse_id] = Begun(session=None, until=until)
        try:
            session = await self._coordinator.provider.start(charge_point_id, evse_id)
        except CommandRefusedError as err:
            self._begun.pop(evse_id, None)
            await self._look()
            self._raise(err)
        except ProviderError as err:
            if err.sent:
                return
            self._begun.pop(evse_id, None)
            self._raise(err)
        self._begun[evse_id] = Begun(session=session, until=until)

    async def _send_stop(self, session: Session) -> None:
        """Send a stop; where its answer is lost, only a look can tell."""
        try:
            await self._coordinator.provider.stop(session)
        except ProviderError as err:
            if not err.sent:
                self._raise(err)

    async def _confirmed(
        self, evse_id: str, turn: object, done: Callable[[], Awaitable[bool]]
    ) -> bool:
        """Read the account at growing gaps until the charger has done it.

        A command that another one took over from counts as done. Where the back end
        asks for a pause, nothing is read before it is over.
        """
        await self._look()
        for gap in self._coordinator.provider.policy.after_command:
            if self._turn.get(evse_id) is not turn or await done():
                return True
            await self._wait(gap)
            if self._turn.get(evse_id) is turn:
                await self._look()
        return self._turn.get(evse_id) is not turn or await done()

    async def _look(self) -> None:
        """Read the account, unless the back end asks for a pause."""
        if not self._coordinator.paused:
            await self._coordinator.async_refresh()

    def _check_pause(self) -> None:
        """Send nothing while the back end asks for a pause."""
        if self._coordinator.paused:
            self._fail("rate_limited")

    async def _wait(self, gap: timedelta) -> None:
        """Wait by Home Assistant's clock, or until the account is unloaded."""
        done: asyncio.Future[None] = self._hass.loop.create_future()

        @callback
        def wake(_: datetime) -> None:
            self._waiting.discard(done)
            done.set_result(None)

        self._waiting.add(done)
        cancel = async_call_later(self._hass, gap, wake)
        try:
            await done
        finally:
            self._waiting.discard(done)
            cancel()

    def _take_turn(self, evse_id: str, on: bool) -> object:
        """Begin a command and show the state that it asks for."""
        turn = self._turn[evse_id] = object()
        self._coordinator.async_request_state(evse_id, on)
        return turn

    def _end_turn(self, evse_id: str, turn: object) -> None:
        """Show what the charger does again, unless another command took over."""
        if self._turn.get(evse_id) is turn:
            del self._turn[evse_id]
            self._coordinator.async_request_state(evse_id, None)

    def _still_charging(self, charge_point_id: str, evse_id: str) -> None:
        """Tell the user that energy may keep flowing."""
        view = self._coordinator.view(charge_point_id, evse_id)
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            still_charging_issue(self._coordinator.config_entry, evse_id),
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key="still_charging",
            translation_placeholders={
                "charge_point": view.charge_point.name if view else charge_point_id
            },
        )

    def _raise(self, err: ProviderError) -> NoReturn:
        """Raise the translated error for a provider's."""
        if isinstance(err, CommandRefusedError):
            self._fail(f"refused_{err.reason}", user=err.reason == "no_car", cause=err)
        if isinstance(err, RateLimitError):
            self._coordinator.pause(err.retry_after or PAUSE)
        if isinstance(err, AuthenticationError):
            self._coordinator.config_entry.async_start_reauth(self._hass)
        self._fail(text_key(err), cause=err)

    def _fail(
        self,
        key: str,
        *,
        user: bool = False,
        cause: Exception | None = None,
    ) -> NoReturn:
        """Raise a translated error."""
        error = ServiceValidationError if user else HomeAssistantError
        raise error(
            translation_domain=DOMAIN,
            translation_key=key,
            translation_placeholders=placeholders(cause),
        ) from cause
