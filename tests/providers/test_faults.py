"""Faults of a back end while reading, each over a real socket."""

from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
import tracemalloc
from typing import Any

import aiohttp
import pytest

from custom_components.ev_charging_cloud.providers.errors import (
    AuthenticationError,
    ForbiddenError,
    ProviderConnectionError,
    ProviderError,
    ProviderTimeoutError,
    RateLimitError,
    ResponseError,
    ServerError,
)
from custom_components.ev_charging_cloud.providers.oauth import Tokens
from custom_components.ev_charging_cloud.providers.transport import Limits
from emulator import Profile

from .support import (
    CHARGE_POINTS,
    HASTY,
    PATIENT,
    START,
    Account,
    closed_port,
    connection,
    open_provider,
    settings,
    signed_in,
)

LISTING = r"/personal/charge-points$"
MEBIBYTE = 2**20


@dataclass
class Case:
    """A fault, the error that it ends in, and how often the read is tried."""

    id: str
    kind: str
    error: type[ProviderError]
    tries: int
    options: dict[str, Any] = field(default_factory=dict)
    limits: Limits = PATIENT


def status(code: int, error: type[ProviderError], tries: int = 1) -> Case:
    """Return the case of one HTTP status."""
    return Case(f"http-{code}", "status", error, tries, {"status": code})


CASES = [
    status(403, ForbiddenError),
    status(404, ResponseError),
    status(406, ResponseError),
    status(429, RateLimitError),
    status(500, ServerError, 3),
    status(503, ServerError, 3),
    Case("time-out", "hang", ProviderTimeoutError, 3, limits=HASTY),
    Case("reset", "reset", ProviderConnectionError, 3),
    Case("reset-mid-body", "reset_mid_body", ProviderConnectionError, 3),
    Case("truncated-json", "truncated", ResponseError, 1),
    Case("html", "html", ResponseError, 1),
    Case("redirect-to-login", "redirect", ResponseError, 1),
    Case("body-of-32-mib", "huge", ResponseError, 1),
    Case("gzip-bomb", "gzip_bomb", ResponseError, 1),
    Case("deep-nesting", "nested", ResponseError, 1),
]
EACH_CASE = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


@EACH_CASE
async def test_a_fault_ends_in_its_own_error(case: Case) -> None:
    """The error class tells what happened, exactly."""
    async with signed_in(limits=case.limits) as account:
        account.emulator.faults.add(case.kind, path=LISTING, **case.options)
        with pytest.raises(ProviderError) as caught:
            await account.provider.snapshot()
    assert type(caught.value) is case.error


@EACH_CASE
async def test_a_read_is_tried_again_only_where_the_fault_may_pass(case: Case) -> None:
    """Requests are counted at the server, waits at the injected sleep."""
    async with signed_in(limits=case.limits) as account:
        account.emulator.faults.add(case.kind, path=LISTING, **case.options)
        with pytest.raises(ProviderError):
            await account.provider.snapshot()
        assert account.provider.transport.total == case.tries
        assert len(account.naps.taken) == case.tries - 1
        # aiohttp repeats a GET once by itself when the connection is reset.
        factor = 2 if case.kind == "reset" else 1
        assert case.tries <= account.asked("charge_points") <= case.tries * factor


@EACH_CASE
async def test_a_fault_leaves_nothing_behind(case: Case) -> None:
    """The first read after the fault shows what is true."""
    async with signed_in(limits=case.limits) as account:
        before = await account.provider.charge_points()
        fault = account.emulator.faults.add(case.kind, path=LISTING, **case.options)
        with pytest.raises(ProviderError):
            await account.provider.charge_points()
        account.emulator.faults.clear(fault)
        assert await account.provider.charge_points() == before


@pytest.mark.parametrize("kind", ["reset", "reset_mid_body", "status"])
async def test_a_fault_that_passes_is_not_noticed(account: Account, kind: str) -> None:
    """Two failures are no failure."""
    account.emulator.faults.add(kind, path=LISTING, count=2)
    assert (await account.provider.snapshot()).charge_points
    assert account.asked("charge_points") == 3


async def test_a_back_end_that_does_not_listen(http: aiohttp.ClientSession) -> None:
    """A refused connection is tried again and reported as such."""
    lent = connection(http)
    kept = settings(f"http://127.0.0.1:{closed_port()}")
    provider = open_provider(lent, kept, Tokens(access="token"))
    with pytest.raises(ProviderError) as caught:
        await provider.snapshot()
    assert type(caught.value) is ProviderConnectionError
    assert provider.transport.total == 3


async def test_waits_double_with_jitter(account: Account) -> None:
    """The second wait is about twice the first."""
    account.emulator.faults.add("status", path=LISTING, status=500)
    with pytest.raises(ServerError):
        await account.provider.snapshot()
    first, second = account.naps.taken
    assert 0.25 <= first <= 0.75
    assert 0.5 <= second <= 1.5
    assert second != 2 * first


async def test_waits_have_an_upper_bound() -> None:
    """However many tries, no wait is longer than the limit."""
    limits = Limits(total=10.0, attempts=8, first_wait=1.0, longest_wait=3.0)
    async with signed_in(limits=limits) as account:
        account.emulator.faults.add("status", path=LISTING, status=500)
        with pytest.raises(ServerError):
            await account.provider.snapshot()
        assert len(account.naps.taken) == 7
        assert max(account.naps.taken) == 3.0


@pytest.mark.parametrize("kind", ["huge", "gzip_bomb"])
async def test_memory_stays_bounded(kind: str) -> None:
    """The limit counts unpacked bytes, and little more is ever held."""
    limits = Limits(total=30.0, size=2 * MEBIBYTE)
    async with signed_in(limits=limits) as account:
        await account.provider.charge_points()
        account.emulator.faults.add(kind, path=LISTING, size=512 * MEBIBYTE)
        tracemalloc.start()
        try:
            with pytest.raises(ResponseError):
                await account.provider.snapshot()
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 16 * MEBIBYTE


async def test_a_body_just_within_the_limit_is_read(
    http: aiohttp.ClientSession,
) -> None:
    """The limit itself is allowed."""
    async with signed_in() as account:
        body = await account.provider.transport.read(CHARGE_POINTS)
        exact = Limits(total=10.0, size=len(body))
        tight = Limits(total=10.0, size=len(body) - 1)
        store, url = account.store, account.emulator.url
        enough = open_provider(connection(http, limits=exact), settings(url), store)
        assert await enough.charge_points()
        little = open_provider(connection(http, limits=tight), settings(url), store)
        with pytest.raises(ResponseError):
            await little.charge_points()


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        pytest.param("120", 120, id="seconds"),
        pytest.param("0", 0, id="no-wait"),
        pytest.param(" 7 ", 7, id="blanks"),
        pytest.param("99999999", 86_400, id="at-most-a-day"),
        pytest.param("9" * 5000, 86_400, id="more-digits-than-python-reads"),
        pytest.param(
            format_datetime(START + timedelta(seconds=90), usegmt=True), 90, id="date"
        ),
        pytest.param(
            format_datetime(START - timedelta(days=9), usegmt=True), 0, id="past-date"
        ),
        pytest.param("soon", None, id="no-number"),
        pytest.param("-5", None, id="negative"),
        pytest.param("1.5", None, id="fraction"),
        pytest.param("Sun, 99 Foo 99999999999 14:33:50 GMT", None, id="no-date"),
    ],
)
async def test_retry_after_is_understood(
    account: Account, value: str, seconds: int | None
) -> None:
    """Both forms count; a date is measured against the answer's own clock.

    The emulator's clock stands in 2025, so the local one is wrong by years.
    """
    account.emulator.faults.add(
        "status", path=LISTING, status=429, headers={"Retry-After": value}
    )
    with pytest.raises(RateLimitError) as caught:
        await account.provider.snapshot()
    assert caught.value.retry_after == seconds


async def test_retry_after_follows_a_server_whose_clock_is_wrong(
    account: Account,
) -> None:
    """Only the distance between the answer's two dates counts."""
    skew = timedelta(hours=5)
    until = format_datetime(START + skew + timedelta(seconds=40), usegmt=True)
    faults = account.emulator.faults
    faults.add("date_skew", seconds=skew.total_seconds())
    faults.add("status", path=LISTING, status=429, headers={"Retry-After": until})
    with pytest.raises(RateLimitError) as caught:
        await account.provider.snapshot()
    assert caught.value.retry_after == 40


async def test_a_short_retry_after_is_waited_for(account: Account) -> None:
    """A busy server that asks for five seconds gets them."""
    account.emulator.faults.add(
        "status", path=LISTING, status=503, count=1, headers={"Retry-After": "5"}
    )
    await account.provider.snapshot()
    assert account.naps.taken == [5.0]


async def test_a_long_retry_after_is_left_to_the_next_poll(account: Account) -> None:
    """Nobody waits for a minute inside one read."""
    account.emulator.faults.add(
        "status", path=LISTING, status=503, headers={"Retry-After": "60"}
    )
    with pytest.raises(ServerError) as caught:
        await account.provider.snapshot()
    assert caught.value.retry_after == 60
    assert account.naps.taken == []
    assert account.asked("charge_points") == 1


async def test_an_empty_list_is_an_empty_list(account: Account) -> None:
    """One empty answer is told as it came, and the next one shows everything."""
    account.emulator.faults.add("replace", path=LISTING, body={"data": []}, count=1)
    assert (await account.provider.snapshot()).charge_points == {}
    assert set((await account.provider.snapshot()).charge_points) == {"CP0012345"}


@pytest.mark.parametrize("body", [None, [], {}, {"data": None}, {"data": {}}], ids=repr)
async def test_an_answer_without_the_list_is_an_error(
    account: Account, body: Any
) -> None:
    """No list is not an empty list: the charge points have not gone."""
    account.emulator.faults.add("replace", path=LISTING, body=body)
    with pytest.raises(ResponseError):
        await account.provider.snapshot()


@pytest.mark.parametrize(
    ("tokens", "accepted"),
    [("good", True), ("dead", False), ("none", False)],
    ids=["good-refresh-token", "dead-refresh-token", "no-refresh-token"],
)
async def test_a_401_by_refresh_token(tokens: str, accepted: bool) -> None:
    """Only a good refresh token saves the account from a new sign-in."""
    async with signed_in(profile=Profile(refresh_tokens=tokens != "none")) as account:
        face = account.emulator.ampeco.tokens
        face.expire_access() if tokens == "good" else face.revoke_all()
        if accepted:
            assert (await account.provider.snapshot()).charge_points
        else:
            with pytest.raises(AuthenticationError):
                await account.provider.snapshot()
        assert account.asked("token") == (0 if tokens == "none" else 1)
