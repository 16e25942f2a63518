"""Access tokens: kept, renewed in time, and saved before their first use."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
import time
from typing import Protocol, override

import msgspec

from .errors import AuthenticationError, FreshTokenError, ProviderError

MARGIN_SHARE = 0.1
LONGEST_MARGIN = 24 * 3600.0
SHORTEST_GAP = 60.0


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """An access token with what renews it.

    ``obtained_at`` is this machine's clock (epoch seconds) and ``lifetime`` the
    seconds that the back end promised, so that only their difference to the same
    clock counts.
    """

    access: str
    refresh: str | None = None
    obtained_at: float | None = None
    lifetime: float | None = None

    @override
    def __repr__(self) -> str:
        """Show nothing of the tokens."""
        return f"Tokens(renewable={self.refresh is not None})"

    def due(self, now: float) -> bool:
        """Tell whether the access token should be renewed before its next use."""
        if self.obtained_at is None or self.lifetime is None:
            return False
        margin = min(self.lifetime * MARGIN_SHARE, LONGEST_MARGIN)
        return now >= self.obtained_at + self.lifetime - margin


class TokenStore(Protocol):
    """Keeps the tokens of one account over restarts."""

    async def load(self) -> Tokens | None:
        """Return the tokens saved last."""

    async def save(self, tokens: Tokens) -> None:
        """Save tokens, and return only when a crash cannot lose them."""


class MemoryStore:
    """Keeps tokens while there is no account yet to keep them for."""

    def __init__(self, tokens: Tokens) -> None:
        """Start with the tokens that a sign-in gave."""
        self.tokens = tokens

    async def load(self) -> Tokens:
        """Return the tokens."""
        return self.tokens

    async def save(self, tokens: Tokens) -> None:
        """Keep the tokens."""
        self.tokens = tokens


class TokenKeeper:
    """The authorizer of an account whose tokens can be renewed."""

    def __init__(
        self,
        store: TokenStore,
        renew: Callable[[Tokens], Awaitable[Tokens]] | None,
        *,
        needs_refresh_token: bool = True,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the store, and the call that turns old tokens into new ones.

        Client credentials renew a token without a refresh token.
        """
        self._needs_refresh_token = needs_refresh_token
        self._store = store
        self._renew = renew
        self._now = now
        self._monotonic = monotonic
        self._tokens: Tokens | None = None
        self._unsaved: Tokens | None = None
        self._lock = asyncio.Lock()
        self._renewed_at: float | None = None
        self._failure: ProviderError | None = None
        self._task: asyncio.Task[Tokens] | None = None

    async def token(self) -> str:
        """Return the access token, renewed first where it is about to expire.

        A renewal that fails here leaves the old token in use: it may still be good,
        and if it is not, the back end says so.
        """
        tokens = await self._current()
        due = self._renewable(tokens) and tokens.due(self._now()) and self._rested()
        if due or self._unsaved is not None:
            with suppress(ProviderError):
                tokens = await self._replace(tokens.access)
        return tokens.access

    async def renewed(self, rejected: str) -> str:
        """Return a token that replaces a rejected one."""
        return (await self._replace(rejected)).access

    async def close(self) -> None:
        """Wait for a renewal under way, because its result must be saved."""
        if self._task is not None and not self._task.done():
            await asyncio.wait([self._task])

    def _renewable(self, tokens: Tokens) -> bool:
        """Tell whether the tokens can be renewed without the user."""
        if self._renew is None:
            return False
        if self._needs_refresh_token and tokens.refresh is None:
            return False
        return not isinstance(self._failure, AuthenticationError)

    def _rested(self) -> bool:
        """Tell whether the last renewal is long enough ago to risk another."""
        last = self._renewed_at
        return last is None or self._monotonic() - last >= SHORTEST_GAP

    async def _current(self) -> Tokens:
        """Return the tokens, read from the store once."""
        if self._tokens is None:
            self._tokens = await self._store.load()
        if self._tokens is None:
            raise AuthenticationError("There is no token")
        return self._tokens

    async def _replace(self, rejected: str) -> Tokens:
        """Renew the tokens once, however many callers ask for it.

        A renewal goes on when its caller is cancelled: the back end has then already
        rotated the token, and only saving the answer keeps the account usable.
        """
        async with self._lock:
            tokens = await self._current()
            if tokens.access != rejected:
                return tokens
            if self._task is None or self._task.done():
                self._check_renewal(tokens)
                self._task = asyncio.create_task(self._renew_and_save(tokens))
            return await asyncio.shield(self._task)

    def _check_renewal(self, tokens: Tokens) -> None:
        """Raise where a renewal would be hopeless or too soon."""
        if self._unsaved is not None:
            return
        if not self._renewable(tokens):
            raise AuthenticationError("The back end no longer accepts the token")
        if not self._rested():
            raise self._failure or FreshTokenError(
                "The back end does not accept the renewed token"
            )

    async def _renew_and_save(self, tokens: Tokens) -> Tokens:
        """Exchange the tokens and save the new ones before anybody uses them.

        Tokens that could not be saved are kept for the next try: the back end has
        already rotated them, so the old ones are dead.
        """
        assert self._renew is not None
        if self._unsaved is None:
            self._renewed_at = self._monotonic()
            try:
                self._unsaved = await self._renew(tokens)
            except ProviderError as err:
                self._failure = err
                raise
        fresh = self._unsaved
        await self._store.save(fresh)
        self._tokens, self._unsaved = fresh, None
        self._failure = None
        return fresh
