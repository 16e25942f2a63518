"""What the probe can be asked to do."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import sys
from typing import Any

import msgspec

from .options import Options, UsageError
from .parts import kind_of
from .providers import catalogue, errors, model, provider

# The command may have been carried out all the same: only a look can tell.
LOST_ANSWERS = (errors.ProviderConnectionError, errors.ServerError)


@dataclass(frozen=True, kw_only=True)
class Result:
    """What to print, and whether a command has had its effect."""

    value: Any
    confirmed: bool = True
    cursors: dict[str, str] | None = None


class UnsupportedError(Exception):
    """Something that the back end cannot do."""


async def account(one: provider.Provider, options: Options) -> Result:
    """Tell who is signed in."""
    return Result(value=await one.account())


async def charge_points(one: provider.Provider, options: Options) -> Result:
    """List the charge points."""
    return Result(value=await one.charge_points())


async def snapshot(one: provider.Provider, options: Options) -> Result:
    """Tell what every EVSE does now; how far lists were read is nothing to look at."""
    return Result(value=msgspec.structs.replace(await one.snapshot(), cursors={}))


async def sessions(one: provider.Provider, options: Options) -> Result:
    """List past sessions."""
    await _need(
        one, provider.Capability.HISTORY, "This back end lists no past sessions."
    )
    return Result(value=await past_sessions(one, options.days))


async def tariff(one: provider.Provider, options: Options) -> Result:
    """Tell what charging costs at an EVSE now and later."""
    await _need(one, provider.Capability.TARIFF, "This back end tells no tariffs.")
    evse = find_evse(await one.charge_points(), options.evse)
    if evse.tariff is None:
        # Some back ends list tariffs apart, and read them with the rest.
        evse = find_evse((await one.snapshot()).charge_points.values(), evse.id)
    forecast = await one.forecast(evse.id)
    return Result(value={"tariff": evse.tariff, "forecast": forecast})


async def start(one: provider.Provider, options: Options) -> Result:
    """Start charging and tell whether a session really runs."""
    point = await _charge_point(one, options.charge_point)
    alone = point.evses[0].id if len(point.evses) == 1 else ""
    evse = find_evse([point], options.evse or alone)
    session: model.Session | None = None
    with suppress(*LOST_ANSWERS):
        session = await one.start(point.id, evse.id)

    async def look() -> bool:
        nonlocal evse, session
        evse = find_evse((await one.snapshot()).charge_points.values(), evse.id)
        session = evse.session or session
        # The session before the one that was started may still be shown; it is stale.
        return evse.session is not None and (
            evse.session.state is model.SessionState.ACTIVE and not evse.session.stale
        )

    confirmed = await _watched(look, _gaps(one, options))
    return Result(
        value={"confirmed": confirmed, "evse_status": evse.status, "session": session},
        confirmed=confirmed,
    )


async def stop(one: provider.Provider, options: Options) -> Result:
    """End a session and tell whether it is really over."""
    await _need(one, provider.Capability.STOP, "This back end offers no way to stop.")
    session = await _session(one, options.session)
    if session.running:
        with suppress(*LOST_ANSWERS):
            await one.stop(session)
    else:
        print("The session was already over.", file=sys.stderr)

    async def look() -> bool:
        nonlocal session
        session = await one.session(session)
        if session.running:
            # Where sessions are only listed, a snapshot reads the list.
            past = {found.key: found for found in (await one.snapshot()).past}
            session = past.get(session.key, session)
        return not session.running

    gaps = _gaps(one, options) if session.running else (0.0,)
    confirmed = await _watched(look, gaps)
    return Result(
        value={"confirmed": confirmed, "session": session}, confirmed=confirmed
    )


async def unlock(one: provider.Provider, options: Options) -> Result:
    """Release the cable of an EVSE."""
    await _need(one, provider.Capability.UNLOCK, "This back end unlocks no cables.")
    points = await one.charge_points()
    evse = find_evse(points, options.evse)
    (point,) = (one for one in points if evse in one.evses)
    await one.unlock(point.id, evse.id)
    return Result(value={"unlocked": evse.id})


async def prefer(one: provider.Provider, options: Options) -> Result:
    """Say how a session is to be charged."""
    await _need(
        one, provider.Capability.PREFERENCES, "This back end takes no preferences."
    )
    session = await _session(one, options.session)
    preference = provider.Preference(
        profile=provider.Profile(options.profile),
        departure=options.departure,
        energy_kwh=options.energy,
    )
    await one.prefer(session, preference)
    return Result(value={"preference": options.profile})


async def register(one: provider.Provider, options: Options) -> Result:
    """Make a driver or a token known to the back end."""
    if not options.parts:
        raise UsageError("Nobody is named: --help tells how.")
    listed = await one.charge_points()
    if all(point.part is None for point in listed):
        listed = tuple((await one.snapshot()).charge_points.values())
    points = [
        point
        for point in listed
        if point.part is not None and options.charge_point in ("", point.id, point.name)
    ]
    if len(points) != 1:
        raise UsageError("There is none of that name, or more than one.")
    await one.register(points[0].id)
    kind = kind_of(catalogue.BACKENDS[options.backend])
    lasting = kind is not None and kind.lasting
    return Result(
        value={"registered": points[0].name},
        cursors=(await one.snapshot()).cursors if lasting else None,
    )


async def search(one: provider.Provider, options: Options) -> Result:
    """Find sites by name or address."""
    return Result(value=await one.search(options.text))


async def _need(
    one: provider.Provider, able: provider.Capability, otherwise: str
) -> None:
    """Refuse what the back end cannot do, which some know once they were asked."""
    if able not in one.capabilities:
        await one.account()
    if able not in one.capabilities:
        raise UnsupportedError(otherwise)


async def _charge_point(one: provider.Provider, wanted: str) -> model.ChargePoint:
    """Return a charge point by its id, or a driver by the driver's."""
    for point in await one.charge_points():
        is_driver = point.kind is model.PlaceKind.DRIVER
        if point.id == wanted or (is_driver and point.name == wanted):
            return point
    raise UsageError("There is no such charge point: charge-points lists them.")


async def past_sessions(one: provider.Provider, days: int) -> tuple[model.Session, ...]:
    """Return the sessions of the last days; a day ahead forgives a slow clock."""
    now = datetime.now(UTC)
    since, until = now - timedelta(days=days), now + timedelta(days=1)
    found: list[model.Session] = []
    async for page in one.sessions(since, until):
        found.extend(page)
    return tuple(found)


def find_evse(points: Iterable[model.ChargePoint], wanted: str) -> model.Evse:
    """Return an EVSE by its id, or by the number printed on it."""
    evses = [evse for point in points for evse in point.evses]
    for evse in evses:
        if evse.id == wanted:
            return evse
    for evse in evses:
        if evse.identifier == wanted:
            return evse
    raise UsageError("There is no such EVSE: charge-points lists those of the account.")


async def _session(one: provider.Provider, wanted: str) -> model.Session:
    """Return a session by its id, with the EVSE where that is known."""
    seen = await one.snapshot()
    places = [evse for p in seen.charge_points.values() for evse in p.evses]
    running = [evse.session for evse in places if evse.session is not None]
    for session in (*running, *(seen.elsewhere or ()), *seen.past):
        if session.id == wanted:
            return session
    unseen = model.Session(key=wanted, id=wanted, state=model.SessionState.PENDING)
    try:
        return await one.session(unseen)
    except errors.ResponseError as err:
        if err.status == 404:
            raise errors.CommandRefusedError("not_found") from None
        raise


def _gaps(one: provider.Provider, options: Options) -> tuple[float, ...]:
    """Return the seconds between the looks after a command."""
    own = (gap.total_seconds() for gap in one.policy.after_command)
    return tuple(own) if options.gaps is None else options.gaps


async def _watched(look: Callable[[], Awaitable[bool]], gaps: Iterable[float]) -> bool:
    """Look again after each gap until there is something to see.

    The command has been carried out, so a look that fails only waits for the next.
    """
    for gap in gaps:
        await asyncio.sleep(gap)
        with suppress(errors.ProviderError):
            if await look():
                return True
    return False


VERBS: dict[str, Callable[[provider.Provider, Options], Awaitable[Result]]] = {
    "account": account,
    "charge-points": charge_points,
    "snapshot": snapshot,
    "sessions": sessions,
    "tariff": tariff,
    "start": start,
    "stop": stop,
    "unlock": unlock,
    "prefer": prefer,
    "register": register,
    "search": search,
}
