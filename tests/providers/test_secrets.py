"""No secret in a log line, an exception or a ``repr``, whatever goes wrong."""

from collections.abc import AsyncIterator, Awaitable, Callable
import logging
import traceback
from typing import Any

import aiohttp
import msgspec
import pytest

from custom_components.ev_charging_cloud.providers.ampeco import AmpecoBackend, wire
from custom_components.ev_charging_cloud.providers.errors import ProviderError
from custom_components.ev_charging_cloud.providers.model import Session, SessionState
from custom_components.ev_charging_cloud.providers.oauth import (
    MemoryStore,
    TokenKeeper,
    Tokens,
)
from custom_components.ev_charging_cloud.providers.transport import (
    Answer,
    Connection,
    Exchange,
    Transport,
    checked_base,
)
from emulator import Emulator, Profile, SimulatedClock, scenarios

from .support import (
    CLIENT_SECRET,
    START,
    Account,
    closed_port,
    connection,
    open_provider,
    settings,
    signed_in,
)

PASSWORD = "charge-me-up"
PASTED = "pasted-token-7f3a9c"
EVSE = ("CP0012345", "148964")
SESSION = Session(key="x/1", id="1", state=SessionState.ACTIVE)
FAULTS: list[tuple[str, dict[str, Any]]] = [
    *(("status", {"status": code}) for code in (400, 401, 403, 404, 406, 429, 500)),
    *((kind, {}) for kind in ("reset", "reset_mid_body", "truncated", "html")),
    *((kind, {}) for kind in ("redirect", "nested", "lose_answer")),
    ("replace", {"body": {"access_token": None, "refresh_token": 5}}),
]
IDS = [kind + str(options.get("status", "")) for kind, options in FAULTS]


def secrets_of(account: Account) -> set[str]:
    """Return everything that must not be seen, as of now."""
    tokens = account.emulator.ampeco.tokens
    found = {CLIENT_SECRET, PASSWORD, PASTED, *tokens._grants, *tokens._refresh}
    if account.store.tokens is not None:
        found |= {account.store.tokens.access, account.store.tokens.refresh or PASTED}
    return found


def told(error: BaseException) -> str:
    """Return everything that an exception says when it is logged."""
    lines = [*traceback.format_exception(error), str(error), repr(error)]
    lines += [repr(vars(error)), repr(error.args)]
    return "\n".join(lines)


async def use_everything(account: Account, http: aiohttp.ClientSession) -> list[str]:
    """Make every call there is, and return what the failures say."""
    provider = account.provider
    host = {"host": account.emulator.url, "client_id": "1"}
    client = {**host, "client_secret": CLIENT_SECRET}
    by_password = {"username": "driver@example.test", "password": PASSWORD}
    backend = AmpecoBackend()
    lent = connection(http)
    calls: list[Callable[[], Awaitable[Any]]] = [
        provider.snapshot,
        provider.account,
        lambda: provider.session(SESSION),
        lambda: provider.start(*EVSE),
        lambda: provider.stop(SESSION),
        lambda: provider.restart(EVSE[0]),
        lambda: provider.forecast(EVSE[1]),
        lambda: anext(provider.sessions(START, START)),
        lambda: backend.sign_in(lent, "ampeco", "password", {**client, **by_password}),
        lambda: backend.sign_in(
            lent, "ampeco", "refresh_token", {**client, "refresh_token": PASTED}
        ),
        lambda: backend.sign_in(
            lent, "ampeco", "access_token", {**host, "access_token": PASTED}
        ),
    ]
    said = []
    for call in calls:
        try:
            said.append(repr(await call()))
        except ProviderError as error:
            said.append(told(error))
    await provider.close()
    return said


@pytest.fixture
async def debug(caplog: pytest.LogCaptureFixture) -> AsyncIterator[Any]:
    """Log everything that anybody logs."""
    with caplog.at_level(logging.DEBUG):
        yield caplog


@pytest.mark.parametrize(("kind", "options"), FAULTS, ids=IDS)
@pytest.mark.parametrize("path", ["", "/oauth/token$", "/session/|/charge-points"])
async def test_failing_calls_tell_no_secret(
    http: aiohttp.ClientSession,
    debug: pytest.LogCaptureFixture,
    kind: str,
    options: dict[str, Any],
    path: str,
) -> None:
    """Logs, messages, tracebacks and what an exception carries."""
    async with signed_in() as account:
        secrets = secrets_of(account)
        account.emulator.faults.add(kind, path=path, **options)
        said = "\n".join(await use_everything(account, http))
        secrets |= secrets_of(account)
    assert debug.records
    for secret in secrets:
        assert secret not in said
        assert secret not in debug.text


async def test_working_calls_tell_no_secret(
    http: aiohttp.ClientSession, account: Account, debug: pytest.LogCaptureFixture
) -> None:
    """Success is logged too, with a renewal in between."""
    secrets = secrets_of(account)
    await use_everything(account, http)
    account.emulator.ampeco.tokens.expire_access()
    said = "\n".join(await use_everything(account, http))
    secrets |= secrets_of(account)
    assert account.asked("token") > 2
    for secret in secrets:
        assert secret not in said
        assert secret not in debug.text


async def test_a_back_end_that_is_gone_tells_no_secret(
    http: aiohttp.ClientSession, debug: pytest.LogCaptureFixture
) -> None:
    """Not even the HTTP library's own words get through."""
    url = f"http://127.0.0.1:{closed_port()}"
    provider = open_provider(connection(http), settings(url), Tokens(access=PASTED))
    with pytest.raises(ProviderError) as caught:
        await provider.snapshot()
    assert caught.value.__suppress_context__
    assert caught.value.__cause__ is None
    assert str(caught.value) == "The back end cannot be reached"
    for text in (told(caught.value), debug.text):
        assert PASTED not in text


@pytest.mark.parametrize("pasted", [f"{PASTED}\n", f"a\r\n{PASTED}", f"{PASTED}\x00"])
async def test_a_token_that_cannot_be_sent_is_not_told(
    http: aiohttp.ClientSession, debug: pytest.LogCaptureFixture, pasted: str
) -> None:
    """The HTTP library would quote it."""
    async with Emulator(scenarios.single(SimulatedClock(START))) as emulator:
        provider = open_provider(
            connection(http), settings(emulator.url), Tokens(access=pasted)
        )
        with pytest.raises(ProviderError) as caught:
            await provider.snapshot()
    for text in (told(caught.value), debug.text):
        assert PASTED not in text


async def test_objects_tell_no_secret(http: aiohttp.ClientSession) -> None:
    """Every object that holds one, and those that hold such an object."""
    tokens = Tokens(access=PASTED, refresh=f"{PASTED}-r")
    store = MemoryStore(tokens)
    seen: list[Exchange] = []
    lent = connection(http, record=seen.append)
    async with signed_in(record=seen.append) as account:
        values = {
            "host": account.emulator.url,
            "client_id": "1",
            "client_secret": CLIENT_SECRET,
            "username": "driver@example.test",
            "password": PASSWORD,
        }
        signed = await AmpecoBackend().sign_in(lent, "ampeco", "password", values)
        await account.provider.snapshot()
        answer = Answer(status=200, headers={"x": PASTED}, body=PASTED.encode())
        transport = Transport(lent, checked_base(account.emulator.url))
        raw = msgspec.json.encode({"access_token": PASTED, "refresh_token": PASTED})
        objects: list[Any] = [
            tokens,
            store,
            signed,
            answer,
            *seen,
            TokenKeeper(store, None),
            transport,
            lent,
            account.provider,
            account.provider._keeper,
            AmpecoBackend(),
            AmpecoBackend().methods,
            wire.TOKEN.decode(raw),
        ]
        secrets = secrets_of(account) | {signed.tokens.access}
    assert seen
    for one in objects:
        for text in (repr(one), str(one), f"{one}", repr([one]), repr({"x": one})):
            for secret in secrets:
                assert secret not in text, type(one)


async def test_a_sign_in_is_never_recorded(http: aiohttp.ClientSession) -> None:
    """A recording holds neither credentials nor tokens."""
    seen: list[Exchange] = []
    async with signed_in(profile=Profile(), record=seen.append) as account:
        account.emulator.ampeco.tokens.expire_access()
        await account.provider.snapshot()
        secrets = secrets_of(account)
        assert account.asked("token") == 1
    assert seen
    for exchange in seen:
        assert "token" not in exchange.url.path
        whole = f"{exchange.url} {exchange.sent} {exchange.headers} {exchange.body!r}"
        for secret in secrets:
            assert secret not in whole


def test_the_scan_finds_what_it_looks_for() -> None:
    """A message with a secret in it would be seen."""
    with pytest.raises(ProviderError) as caught:
        raise ProviderError(f"with {PASTED}")
    assert PASTED in told(caught.value)


def test_a_connection_has_bounds() -> None:
    """The defaults are those of production."""
    limits = Connection(http=None).limits  # type: ignore[arg-type]
    assert 0 < limits.connect <= limits.total <= 30
    assert limits.size == 16 * 2**20
