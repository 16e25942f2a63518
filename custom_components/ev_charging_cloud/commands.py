"""Start and stop charging, and wait until the charger has done it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import NoReturn

from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_call_later

from .const import DOMAIN
from .coordinator import ChargingCoordinator
from .failures import text_key
from .notices import still_charging_issue
from .providers.errors import (
    AuthenticationError,
    CommandRefusedError,
    ProviderConnectionError,
    ProviderError,
    ServerError,
)
from .providers.model import EvseStatus, Ownership, Session, SessionState
from .view import EvseView

DRAWING = frozenset(
    {
        EvseStatus.CHARGING,
        EvseStatus.SUSPENDED,
        EvseStatus.SUSPENDED_EV,
        EvseStatus.SUSPENDED_EVSE,
    }
)


def started(view: EvseView | None) -> bool:
    """Tell whether the charger has carried out a start."""
    if view is None or (session := view.running) is None or session.stale:
        return False
    if session.state is SessionState.STOPPING:
        return False
    return session.state is SessionState.ACTIVE or view.status in DRAWING


def stopped(view: EvseView | None, session: Session) -> bool:
    """Tell whether the charger has carried out the stop of a session."""
    if view is None or view.session is None:
        return False
    return view.session.key != session.key or not view.session.running


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
        turn = self._take_turn(evse_id, True)
        try:
            await self._let_end(charge_point_id, evse_id, turn)
            if self._turn.get(evse_id) is not turn:
                return
            await self._send_start(charge_point_id, evse_id)
            if not await self._confirmed(
                evse_id,
                turn,
                lambda: started(self._coordinator.view(charge_point_id, evse_id)),
            ):
                self._fail("start_not_confirmed")
        finally:
            self._end_turn(evse_id, turn)

    async def stop(self, charge_point_id: str, evse_id: str) -> None:
        """Stop charging; return when the charger has stopped, or raise."""
        turn = self._take_turn(evse_id, False)
        try:
            session = await self._running(charge_point_id, evse_id)
            if session is None:
                return
            if session.ownership is not Ownership.OWN and (
                not self._coordinator.controls_all
            ):
                self._fail("not_own", user=True)
            await self._send_stop(session)
            if not await self._confirmed(
                evse_id,
                turn,
                lambda: stopped(
                    self._coordinator.view(charge_point_id, evse_id), session
                ),
            ):
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

    async def _simple(self, command: Awaitable[None]) -> None:
        """Carry out a command that no charger has to confirm."""
        try:
            await command
        except ProviderError as err:
            self._raise(err)
        await self._coordinator.async_request_refresh()

    async def _running(self, charge_point_id: str, evse_id: str) -> Session | None:
        """Return the session to stop; that there is none takes a fresh look."""
        view = self._coordinator.view(charge_point_id, evse_id)
        if view is None or view.running is None:
            await self._coordinator.async_refresh()
            view = self._coordinator.view(charge_point_id, evse_id)
        return None if view is None else view.running

    async def _let_end(self, charge_point_id: str, evse_id: str, turn: object) -> None:
        """Wait for the end of a session that is being stopped.

        Until then the back end takes it for the one that a start asks for.
        """
        view = self._coordinator.view(charge_point_id, evse_id)
        session = None if view is None else view.running
        if session is None or session.state is not SessionState.STOPPING:
            return
        await self._confirmed(
            evse_id,
            turn,
            lambda: stopped(self._coordinator.view(charge_point_id, evse_id), session),
        )

    async def _send_start(self, charge_point_id: str, evse_id: str) -> None:
        """Send a start; where its answer is lost, only a look can tell."""
        try:
            await self._coordinator.provider.start(charge_point_id, evse_id)
        except ProviderConnectionError, ServerError:
            return
        except ProviderError as err:
            self._raise(err)

    async def _send_stop(self, session: Session) -> None:
        """Send a stop; where its answer is lost, only a look can tell."""
        try:
            await self._coordinator.provider.stop(session)
        except ProviderConnectionError, ServerError:
            return
        except ProviderError as err:
            self._raise(err)

    async def _confirmed(
        self, evse_id: str, turn: object, done: Callable[[], bool]
    ) -> bool:
        """Read the account at growing gaps until the charger has done it.

        A command that another one took over from counts as done.
        """
        await self._coordinator.async_refresh()
        for gap in self._coordinator.provider.policy.after_command:
            if done() or self._turn.get(evse_id) is not turn:
                return True
            await self._wait(gap)
            if self._turn.get(evse_id) is turn:
                await self._coordinator.async_refresh()
        return done() or self._turn.get(evse_id) is not turn

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
        raise error(translation_domain=DOMAIN, translation_key=key) from cause
