"""Tokens: renewed in time, saved before their first use, never in a loop."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from custom_components.ev_charging_cloud.providers.errors import (
    AuthenticationError,
    ProviderConnectionError,
    ProviderError,
    RateLimitError,
    ServerError,
)
from custom_components.ev_charging_cloud.providers.oauth import TokenKeeper, Tokens

from .support import Store

LIFE = 1000.0


@dataclass
class Desk:
    """A token endpoint with a clock, and what it was asked."""

    failure: ProviderError | None = None
    hold: asyncio.Event | None = None
    now: float = 0.0
    asked: list[str | None] = field(default_factory=list)
    diary: list[str] = field(default_factory=list)

    async def __call__(self, tokens: Tokens) -> Tokens:
        """Rotate tokens: old-1 becomes new-1, new-1 becomes new-2."""
        self.asked.append(tokens.refresh)
        self.diary.append("renew")
        if self.hold is not None:
            await self.hold.wait()
        if self.failure is not None:
            raise self.failure
        count = len(self.asked)
        return Tokens(
            access=f"access-{count}",
            refresh=f"refresh-{count}",
            obtained_at=self.now,
            lifetime=LIFE,
        )

    def clock(self) -> float:
        """Return the time, for both clocks."""
        return self.now


@dataclass
class Scene:
    """A keeper with its store and its endpoint, which share one diary."""

    keeper: TokenKeeper
    store: Store
    desk: Desk


def scene(
    refresh: str | None = "refresh-0",
    renew: Callable[[Tokens], Awaitable[Tokens]] | None = None,
    **desk: object,
) -> Scene:
    """Return a keeper whose token is access-0."""
    counter = Desk(**desk)  # type: ignore[arg-type]
    tokens = Tokens(access="access-0", refresh=refresh, obtained_at=0.0, lifetime=LIFE)
    store = Store(tokens, diary=counter.diary)
    keeper = TokenKeeper(
        store, renew or counter, now=counter.clock, monotonic=counter.clock
    )
    return Scene(keeper, store, counter)


async def test_a_fresh_token_is_used_as_it_is() -> None:
    """No call to the endpoint while the token is good."""
    one = scene()
    assert await one.keeper.token() == "access-0"
    assert one.desk.asked == []


@pytest.mark.parametrize(
    ("now", "token"), [(899.0, "access-0"), (900.0, "access-1")], ids=["before", "at"]
)
async def test_a_token_is_renewed_before_it_expires(now: float, token: str) -> None:
    """The last tenth of its life is the time for it."""
    one = scene(now=now)
    assert await one.keeper.token() == token


def test_a_long_life_is_renewed_a_day_before_its_end() -> None:
    """A tenth of a year would be too early."""
    year = 365 * 86_400.0
    tokens = Tokens(access="a", obtained_at=0.0, lifetime=year)
    assert not tokens.due(year - 86_401)
    assert tokens.due(year - 86_400)


@pytest.mark.parametrize("field_name", ["obtained_at", "lifetime"])
def test_a_token_without_a_known_end_is_never_due(field_name: str) -> None:
    """Then a 401 says when it is over."""
    known = {"obtained_at": 0.0, "lifetime": 1.0}
    del known[field_name]
    assert not Tokens(access="a", refresh="r", **known).due(1e12)


async def test_new_tokens_are_saved_before_they_are_used() -> None:
    """A crash right after the first use loses nothing."""
    one = scene()
    one.desk.diary.append("used " + await one.keeper.renewed("access-0"))
    assert one.desk.diary == ["load", "renew", "save access-1", "used access-1"]


async def test_new_tokens_are_not_used_where_they_cannot_be_saved() -> None:
    """A full disk ends in an error, not in tokens that only memory knows."""
    one = scene()
    one.store.failure = OSError("disk full")
    with pytest.raises(OSError, match="disk full"):
        await one.keeper.renewed("access-0")
    assert one.store.tokens is not None
    assert one.store.tokens.access == "access-0"


async def test_tokens_that_could_not_be_saved_are_not_lost() -> None:
    """The old ones are dead by then: only saving the new ones keeps the account."""
    one = scene()
    one.store.failure = OSError("disk full")
    for _ in range(2):
        with pytest.raises(OSError, match="disk full"):
            await one.keeper.renewed("access-0")
    one.store.failure = None
    assert await one.keeper.renewed("access-0") == "access-1"
    assert one.desk.asked == ["refresh-0"]
    assert one.desk.diary[-1] == "save access-1"


async def test_tokens_that_could_not_be_saved_are_not_passed_over() -> None:
    """The old token is still in its last tenth, but the back end has dropped it."""
    one = scene(now=950.0)
    one.store.failure = OSError("disk full")
    with pytest.raises(OSError, match="disk full"):
        await one.keeper.token()
    one.desk.now = 951.0
    one.store.failure = None
    assert await one.keeper.token() == "access-1"
    assert one.desk.asked == ["refresh-0"]


async def test_a_crash_while_saving_does_not_use_the_new_tokens() -> None:
    """Whatever ends the save, nobody has seen the tokens."""
    one = scene()
    one.store.failure = RuntimeError("killed")
    with pytest.raises(RuntimeError):
        await one.keeper.renewed("access-0")
    assert "save access-1" not in one.desk.diary


async def test_ten_callers_share_one_renewal() -> None:
    """All of them get the new token, and the endpoint is called once."""
    one = scene()
    found = await asyncio.gather(*(one.keeper.renewed("access-0") for _ in range(10)))
    assert found == ["access-1"] * 10
    assert one.desk.asked == ["refresh-0"]


async def test_ten_callers_share_one_renewal_before_expiry() -> None:
    """The same where nobody was rejected yet."""
    one = scene(now=950.0)
    found = await asyncio.gather(*(one.keeper.token() for _ in range(10)))
    assert found == ["access-1"] * 10
    assert one.desk.asked == ["refresh-0"]


async def test_who_comes_late_gets_the_token_that_is_there() -> None:
    """A 401 of the old token is no reason to renew the new one."""
    one = scene()
    await one.keeper.renewed("access-0")
    assert await one.keeper.renewed("access-0") == "access-1"
    assert one.desk.asked == ["refresh-0"]


async def test_a_dead_refresh_token_needs_the_user() -> None:
    """The endpoint is asked once, however often the token is."""
    one = scene(failure=AuthenticationError("refused"))
    for _ in range(3):
        one.desk.now += 3600
        with pytest.raises(AuthenticationError):
            await one.keeper.renewed("access-0")
    assert one.desk.asked == ["refresh-0"]


async def test_without_a_refresh_token_the_user_is_needed_at_once() -> None:
    """Nothing is asked of the endpoint."""
    one = scene(refresh=None, now=999.0)
    assert await one.keeper.token() == "access-0"
    with pytest.raises(AuthenticationError):
        await one.keeper.renewed("access-0")
    assert one.desk.asked == []


async def test_without_an_app_client_the_user_is_needed_at_once() -> None:
    """A refresh token alone cannot be exchanged."""
    store = Store(Tokens(access="access-0", refresh="r", obtained_at=0.0, lifetime=1.0))
    keeper = TokenKeeper(store, None)
    assert await keeper.token() == "access-0"
    with pytest.raises(AuthenticationError):
        await keeper.renewed("access-0")


async def test_without_any_token_the_user_is_needed() -> None:
    """An empty store is a lost sign-in."""
    with pytest.raises(AuthenticationError):
        await TokenKeeper(Store(None), None).token()


@pytest.mark.parametrize(
    "failure",
    [
        RateLimitError("busy", retry_after=30),
        ServerError("down", status=500),
        ProviderConnectionError("gone"),
    ],
    ids=lambda failure: type(failure).__name__,
)
async def test_a_failing_endpoint_is_left_alone_for_a_minute(
    failure: ProviderError,
) -> None:
    """Its error is repeated and never becomes one of the credentials."""
    one = scene(failure=failure)
    for now in (0.0, 1.0, 30.0, 59.0):
        one.desk.now = now
        with pytest.raises(ProviderError) as caught:
            await one.keeper.renewed("access-0")
        assert type(caught.value) is type(failure)
    assert len(one.desk.asked) == 1
    one.desk.now = 60.0
    one.desk.failure = None
    assert await one.keeper.renewed("access-0") == "access-2"


async def test_a_renewal_before_expiry_that_fails_leaves_the_token_in_use() -> None:
    """The old token is good until the back end says otherwise."""
    one = scene(now=950.0, failure=ServerError("down", status=500))
    for now in (950.0, 951.0, 960.0):
        one.desk.now = now
        assert await one.keeper.token() == "access-0"
    assert len(one.desk.asked) == 1


async def test_a_renewed_token_that_is_rejected_needs_the_user() -> None:
    """A second 401 is no reason for a second renewal."""
    one = scene()
    fresh = await one.keeper.renewed("access-0")
    with pytest.raises(AuthenticationError):
        await one.keeper.renewed(fresh)
    assert one.desk.asked == ["refresh-0"]


async def test_a_renewed_token_that_is_rejected_later_is_renewed() -> None:
    """A day later a 401 is an ordinary end of a token."""
    one = scene()
    fresh = await one.keeper.renewed("access-0")
    one.desk.now = 86_400.0
    assert await one.keeper.renewed(fresh) == "access-2"
    assert one.desk.asked == ["refresh-0", "refresh-1"]


async def test_a_cancelled_caller_does_not_lose_the_new_tokens() -> None:
    """The back end has rotated them; only the saved answer opens the account."""
    hold = asyncio.Event()
    one = scene(hold=hold)
    caller = asyncio.create_task(one.keeper.renewed("access-0"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    hold.set()
    await one.keeper.close()
    assert one.store.tokens is not None
    assert one.store.tokens.access == "access-1"
    assert await one.keeper.token() == "access-1"


async def test_who_comes_while_a_cancelled_callers_renewal_runs_waits_for_it() -> None:
    """It is no second rejection, so it must not end in a new sign-in."""
    hold = asyncio.Event()
    one = scene(hold=hold)
    caller = asyncio.create_task(one.keeper.renewed("access-0"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    caller.cancel()
    second = asyncio.create_task(one.keeper.renewed("access-0"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    hold.set()
    assert await second == "access-1"
    assert one.desk.asked == ["refresh-0"]


async def test_closing_waits_for_a_renewal_under_way() -> None:
    """Unloading must not lose what the back end has already rotated."""
    hold = asyncio.Event()
    one = scene(hold=hold)
    caller = asyncio.create_task(one.keeper.renewed("access-0"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    closing = asyncio.create_task(one.keeper.close())
    await asyncio.sleep(0)
    assert not closing.done()
    hold.set()
    await closing
    assert one.desk.diary[-1] == "save access-1"
    await caller
