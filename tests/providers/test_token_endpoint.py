"""The token endpoint over a socket: how often it is called, and what it says."""

import asyncio
import time
from typing import Any

import aiohttp
import msgspec
import pytest

from custom_components.ev_charging_cloud.providers.ampeco import AmpecoBackend
from custom_components.ev_charging_cloud.providers.errors import (
    AuthenticationError,
    ClientRejectedError,
    ForbiddenError,
    ProviderConnectionError,
    ProviderError,
    ProviderTimeoutError,
    RateLimitError,
    ResponseError,
    ServerError,
)
from custom_components.ev_charging_cloud.providers.oauth import MemoryStore, Tokens
from emulator import Profile

from .support import (
    CHARGE_POINTS,
    CLIENT_SECRET,
    HASTY,
    PATIENT,
    TOKEN_PATH,
    Account,
    Proven,
    answers,
    connection,
    host,
    prove,
    settings,
    signed_in,
)

CREDENTIALS = {
    "username": "driver@example.test",
    "password": "charge-me-up",
    "client_id": "1",
    "client_secret": CLIENT_SECRET,
}
KEPT = ["brand", "client_id", "client_secret", "host", "realm"]
FAILURES: list[tuple[str, dict[str, Any], type[ProviderError]]] = [
    ("status", {"status": 429}, RateLimitError),
    ("status", {"status": 500}, ServerError),
    ("status", {"status": 404}, ResponseError),
    ("html", {}, ResponseError),
    ("redirect", {}, ResponseError),
    ("truncated", {}, ResponseError),
    ("replace", {"body": {"token_type": "Bearer"}}, ResponseError),
    ("replace", {"body": {"access_token": None}}, ResponseError),
    ("reset", {}, ProviderConnectionError),
    ("hang", {}, ProviderTimeoutError),
]
EACH_FAILURE = pytest.mark.parametrize(
    ("kind", "options", "error"),
    [pytest.param(*one, id=f"{one[0]}-{one[1]}") for one in FAILURES],
)


def about_to_expire(tokens: Tokens) -> Tokens:
    """Return tokens whose last tenth of life has begun."""
    return msgspec.structs.replace(tokens, obtained_at=time.time(), lifetime=0.0)


async def sign_in(
    http: aiohttp.ClientSession, account: Account, method: str, **values: str
) -> Proven:
    """Sign in at the emulator through the dialog's calls."""
    backend = AmpecoBackend()
    entered = {**CREDENTIALS, "host": account.emulator.url, **values}
    normal = backend.normalize("ampeco", entered)
    return await prove(http, method, normal)


async def test_a_401_renews_once_and_goes_on(account: Account) -> None:
    """The tokens are in the store before the read is repeated."""
    old = account.store.tokens
    account.emulator.ampeco.tokens.expire_access()
    assert (await account.provider.snapshot()).charge_points
    assert [one.kind for one in account.emulator.requests][:3] == [
        "charge_points",
        "token",
        "charge_points",
    ]
    assert account.store.tokens != old
    assert len([one for one in account.store.diary if one.startswith("save")]) == 1


async def test_ten_reads_that_get_a_401_share_one_renewal(account: Account) -> None:
    """The emulator would refuse a second use of the refresh token."""
    account.emulator.ampeco.tokens.expire_access()
    await asyncio.gather(*(account.provider.charge_points() for _ in range(10)))
    assert account.asked("token") == 1


async def test_a_token_about_to_expire_is_renewed_before_the_read() -> None:
    """No 401 has to happen first."""
    async with signed_in(tokens=about_to_expire) as account:
        await account.provider.charge_points()
        kinds = [one.kind for one in account.emulator.requests]
    assert kinds == ["token", "charge_points"]


@pytest.mark.parametrize("years", [-30, 30], ids=["behind", "ahead"])
async def test_a_wrong_local_clock_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, years: int
) -> None:
    """Only the distance to the same clock counts."""
    shifted = time.time() + years * 366 * 86_400
    monkeypatch.setattr(time, "time", lambda: shifted)
    async with signed_in() as account:
        account.emulator.ampeco.tokens.expire_access()
        for _ in range(3):
            assert (await account.provider.snapshot()).charge_points
        assert account.asked("token") == 1


async def test_the_new_tokens_work_after_a_restart(account: Account) -> None:
    """A second provider over the same store needs no renewal."""
    account.emulator.ampeco.tokens.expire_access()
    await account.provider.charge_points()
    async with aiohttp.ClientSession() as http:
        kept = settings(account.emulator.url)
        again = AmpecoBackend().open(connection(http), kept, account.store)
        assert await again.charge_points()
    assert account.asked("token") == 1


@EACH_FAILURE
async def test_a_failing_endpoint_is_no_reason_to_sign_in_again(
    kind: str, options: dict[str, Any], error: type[ProviderError]
) -> None:
    """Five polls make one call, and none of them ends in an authentication error."""
    limits = HASTY if kind == "hang" else PATIENT
    async with signed_in(limits=limits) as account:
        account.emulator.ampeco.tokens.expire_access()
        account.emulator.faults.add(kind, path="/oauth/token$", **options)
        for _ in range(5):
            with pytest.raises(ProviderError) as caught:
                await account.provider.charge_points()
            assert type(caught.value) is error
        assert account.asked("token") == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
async def test_a_failing_endpoint_does_not_stop_a_good_token(status: int) -> None:
    """Before expiry a failed renewal is not even noticed."""
    async with signed_in(tokens=about_to_expire) as account:
        account.emulator.faults.add("status", path="/oauth/token$", status=status)
        for _ in range(5):
            assert await account.provider.charge_points()
        assert account.asked("token") == 1


async def test_a_dead_refresh_token_is_tried_once(account: Account) -> None:
    """After that the endpoint is left alone, and the user is needed."""
    account.emulator.ampeco.tokens.revoke_all()
    for _ in range(3):
        with pytest.raises(AuthenticationError):
            await account.provider.charge_points()
    assert account.asked("token") == 1


async def test_without_a_refresh_token_the_endpoint_is_never_called() -> None:
    """A 401 leads to a new sign-in at once."""
    async with signed_in(profile=Profile(refresh_tokens=False)) as account:
        account.emulator.ampeco.tokens.expire_access()
        with pytest.raises(AuthenticationError):
            await account.provider.charge_points()
        assert account.asked("token") == 0
        assert account.asked("charge_points") == 1


async def test_a_new_token_that_is_rejected_too_ends_it(account: Account) -> None:
    """One renewal, two reads, and the user is needed."""
    account.emulator.faults.add("status", path="/charge-points$", status=401)
    for _ in range(2):
        with pytest.raises(AuthenticationError):
            await account.provider.charge_points()
    assert account.asked("token") == 1


async def test_an_answer_without_a_refresh_token_keeps_the_old_one(
    account: Account,
) -> None:
    """Some operators rotate the access token only."""
    assert account.store.tokens is not None
    old = account.store.tokens.refresh
    account.emulator.ampeco.tokens.expire_access()
    gone = [{"op": "delete", "path": "/refresh_token"}]
    account.emulator.faults.add("mutate", path="/oauth/token$", operations=gone)
    await account.provider.charge_points()
    assert account.store.tokens.refresh == old


async def test_the_endpoints_call_is_that_of_the_app(account: Account) -> None:
    """Grant, client and country go where the app puts them."""
    assert account.store.tokens is not None
    old = account.store.tokens.refresh
    account.emulator.ampeco.tokens.expire_access()
    await account.provider.charge_points()
    call = next(one for one in account.emulator.requests if one.kind == "token")
    assert (call.method, call.path, call.query) == (
        "POST",
        TOKEN_PATH,
        {"operatorCountry": "DK"},
    )
    assert call.body == {
        "grant_type": "refresh_token",
        "refresh_token": old,
        "client_id": "1",
        "client_secret": "removed",
    }


async def test_a_sign_in_by_password_keeps_no_password(
    http: aiohttp.ClientSession, account: Account
) -> None:
    """Tokens and app client are what is kept."""
    found = await sign_in(http, account, "password")
    assert found.account.id == "127.0.0.1_3001"
    assert found.tokens.refresh
    assert found.tokens.lifetime == 30 * 86_400
    assert sorted(found.settings) == KEPT
    assert "charge-me-up" not in str(found.settings.values())


async def test_a_sign_in_by_refresh_token_rotates_it(
    http: aiohttp.ClientSession, account: Account
) -> None:
    """The pasted token is used up, its successor is kept."""
    assert account.store.tokens is not None
    pasted = account.store.tokens.refresh
    assert pasted is not None
    found = await sign_in(http, account, "refresh_token", refresh_token=pasted)
    assert found.tokens.refresh != pasted
    assert account.emulator.ampeco.tokens.driver_of(found.tokens.access) == "3001"


async def test_a_sign_in_by_access_token_asks_for_nothing_else(
    http: aiohttp.ClientSession, account: Account
) -> None:
    """A pasted token is proven by a read."""
    assert account.store.tokens is not None
    access = account.store.tokens.access
    found = await sign_in(
        http, account, "access_token", access_token=f"Bearer {access}"
    )
    assert found.account.id == "127.0.0.1_3001"
    assert found.tokens == Tokens(access=access)
    assert account.asked("token") == 0


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"password": "wrong"}, AuthenticationError),
        ({"username": "nobody@example.test"}, AuthenticationError),
        ({"client_secret": "wrong"}, ClientRejectedError),
        ({"client_id": "2"}, ClientRejectedError),
    ],
    ids=["password", "username", "client-secret", "client-id"],
)
async def test_a_wrong_credential_is_told_from_a_wrong_client(
    http: aiohttp.ClientSession,
    account: Account,
    values: dict[str, str],
    error: type[ProviderError],
) -> None:
    """The user learns what to correct, after one call."""
    with pytest.raises(ProviderError) as caught:
        await sign_in(http, account, "password", **values)
    assert type(caught.value) is error
    assert account.asked("token") == 1


@pytest.mark.parametrize("status", [400, 401, 403, 422])
async def test_a_wrong_password_may_come_with_any_status(
    http: aiohttp.ClientSession, status: int
) -> None:
    """Operators differ (fact sheet ampeco 3)."""
    async with signed_in(profile=Profile(bad_login_status=status)) as account:
        with pytest.raises(ProviderError) as caught:
            await sign_in(http, account, "password", password="wrong")
        assert type(caught.value) is AuthenticationError


async def test_an_empty_answer_is_no_token(
    http: aiohttp.ClientSession, account: Account
) -> None:
    """Success without a body is a fault of the operator."""
    account.emulator.faults.add("status", path="/oauth/token$", status=204)
    with pytest.raises(ServerError):
        await sign_in(http, account, "password")


async def test_a_refusal_that_is_no_json_is_one_of_the_credentials(
    http: aiohttp.ClientSession, account: Account
) -> None:
    """A login page with 401 says the same as a sentence."""
    account.emulator.faults.add("html", path="/oauth/token$", status=401)
    with pytest.raises(ProviderError) as caught:
        await sign_in(http, account, "password")
    assert type(caught.value) is AuthenticationError


async def test_an_access_token_that_is_no_token_is_refused(
    http: aiohttp.ClientSession, account: Account
) -> None:
    """Whatever was pasted, the read says no."""
    for pasted in ("x", "a.b.c", "tøken", "a\nb", "a\r\nHost: evil", "\x00"):
        with pytest.raises(ProviderError) as caught:
            await sign_in(http, account, "access_token", access_token=pasted)
        assert type(caught.value) is AuthenticationError


async def test_a_token_that_does_not_name_its_user_is_looked_up(
    http: aiohttp.ClientSession,
) -> None:
    """An opaque token needs the profile."""
    for profile, expected in (({"id": 3001}, "3001"), ({"data": {"id": "7"}}, "7")):
        bodies: dict[str, Any] = {"/profile": profile, "/charge-points": {"data": []}}
        async with host(answers(bodies)) as served:
            values = {"host": served.url, "access_token": "opaque"}
            found = await prove(http, "access_token", values)
        assert found.account.id == f"127.0.0.1_{expected}"


async def test_an_account_without_a_name_is_an_error(
    http: aiohttp.ClientSession,
) -> None:
    """An account that cannot be told apart is not added."""
    async with host(answers({"/profile": {}})) as served:
        values = {"host": served.url, "access_token": "opaque"}
        with pytest.raises(ResponseError):
            await prove(http, "access_token", values)


async def test_a_token_without_access_is_refused(
    http: aiohttp.ClientSession, account: Account
) -> None:
    """A sign-in proves that the account can be read."""
    account.emulator.faults.add("status", path=f"{CHARGE_POINTS}$", status=403)
    with pytest.raises(ForbiddenError):
        await sign_in(http, account, "password")


@pytest.mark.parametrize("form", ["snake", "camel", "text"])
async def test_tokens_come_in_either_spelling(
    http: aiohttp.ClientSession, form: str
) -> None:
    """Other builds of the back end write camelCase (fact sheet ampeco 3)."""
    forms: dict[str, dict[str, Any]] = {
        "snake": {"access_token": "a", "refresh_token": "r", "expires_in": 60},
        "camel": {"accessToken": "a", "refreshToken": "r", "expiresIn": 60},
        "text": {"access_token": "a", "refresh_token": "r", "expires_in": "60"},
    }
    bodies: dict[str, Any] = {
        "/token": forms[form],
        "/profile": {"id": 1},
        "/charge-points": {"data": []},
    }
    async with host(answers(bodies)) as served:
        values = {**CREDENTIALS, "host": served.url}
        found = await prove(http, "password", values)
    assert (found.tokens.access, found.tokens.refresh) == ("a", "r")
    assert found.tokens.lifetime == 60


async def test_the_store_of_a_sign_in_keeps_what_was_saved() -> None:
    """A renewal during the sign-in is not lost."""
    store = MemoryStore(Tokens(access="old"))
    await store.save(Tokens(access="new"))
    assert (await store.load()).access == "new"
