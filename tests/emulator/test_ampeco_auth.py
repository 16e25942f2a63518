"""Sign-in, rotation and limits of the AMPECO face."""

import base64
import json

import pytest

from emulator import World

from .api import LOGIN, ROOT, Api
from .conftest import Serve


async def test_password_login(api: Api) -> None:
    """A login yields a bearer token of the form of the fact sheet, not to be stored."""
    status, body, headers = await api.token()
    assert status == 200
    assert body["expires_in"] == 2_592_000
    assert headers["X-RateLimit-Limit"] == "5"
    assert headers["X-RateLimit-Remaining"] == "4"
    assert headers["Cache-Control"] == "no-store, private"
    head, claims, signature = map(_unpadded, body["access_token"].split("."))
    decoded = json.loads(claims)
    assert json.loads(head)["alg"] == "RS256"
    assert len(signature) == 256
    assert decoded["exp"] - decoded["iat"] == body["expires_in"]
    assert (decoded["aud"], decoded["sub"], decoded["scopes"]) == ("1", "3001", [])


async def test_year_long_token_without_refresh(serve: Serve, world: World) -> None:
    """An operator without refresh tokens issues only an access token."""
    api = await serve(world, refresh_tokens=False, access_lifetime=31_536_000)
    _, body, _ = await api.token()
    assert body.keys() == {"token_type", "expires_in", "access_token"}


@pytest.mark.parametrize(
    ("wrong", "status", "text"),
    [
        ({"client_secret": "guess"}, 401, "Client authentication failed"),
        ({"client_id": "2"}, 401, "Client authentication failed"),
        ({"password": "guess"}, 400, "These credentials do not match our records."),
        ({"username": "x@y.test"}, 400, "These credentials do not match our records."),
        ({"grant_type": "magic"}, 400, "Grant type not supported."),
    ],
)
async def test_login_is_refused(
    api: Api, wrong: dict[str, str], status: int, text: str
) -> None:
    """Client and user errors differ in their text."""
    answered, body, _ = await api.token(**wrong)
    assert (answered, body["message"]) == (status, text)


async def test_form_body_is_no_login(api: Api) -> None:
    """The token endpoint reads JSON only."""
    status, _, _ = await api.call("POST", f"{ROOT}/oauth/token", data=LOGIN)
    assert status == 400


async def test_any_secret_where_none_is_set(serve: Serve, world: World) -> None:
    """A foreign client may bring its own secret."""
    api = await serve(world, client_secret=None)
    assert (await api.token(client_secret="another"))[0] == 200


async def test_refresh_token_works_once(api: Api) -> None:
    """Rotation kills the old pair and yields a working one."""
    _, old, _ = await api.token()
    status, new, _ = await api.refresh(old["refresh_token"])
    assert status == 200
    assert new["refresh_token"] != old["refresh_token"]
    status, body, _ = await api.refresh(old["refresh_token"])
    assert (status, body["error"]) == (401, "invalid_request")
    assert await _profile_status(api, old["access_token"]) == 401
    assert await _profile_status(api, new["access_token"]) == 200


async def test_several_logins_coexist(api: Api) -> None:
    """A second login leaves the first alone."""
    tokens = [(await api.token())[1]["access_token"] for _ in range(2)]
    assert [await _profile_status(api, token) for token in tokens] == [200, 200]


async def test_sixth_token_request_in_a_minute_is_refused(api: Api) -> None:
    """The limit counts failures too and says how long to wait."""
    for left in (4, 3, 2, 1, 0):
        _, _, headers = await api.token()
        assert headers["X-RateLimit-Remaining"] == str(left)
    api.pass_time(seconds=20)
    status, _, headers = await api.token()
    assert (status, headers["Retry-After"]) == (429, "40")
    api.pass_time(seconds=40)
    assert (await api.token())[0] == 200


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer garbage", "Basic abc"])
async def test_bearer_is_needed(api: Api, value: str) -> None:
    """Without a good bearer every personal call is refused in JSON."""
    api.headers = {"Authorization": value}
    status, body, _ = await api.call("GET", f"{ROOT}/personal/charge-points")
    assert (status, body) == (401, {"message": "Unauthenticated."})


async def test_access_token_expires(api: Api) -> None:
    """A token lives as long as it says, by the world's clock."""
    assert await api.status("GET", "/profile") == 200
    api.pass_time(days=30)
    assert await api.status("GET", "/profile") == 401


async def test_access_can_be_expired_and_revoked(api: Api) -> None:
    """Tests can end access tokens alone, or all tokens."""
    _, pair, _ = await api.token()
    api.emulator.ampeco.tokens.expire_access()
    assert await _profile_status(api, pair["access_token"]) == 401
    _, pair, _ = await api.refresh(pair["refresh_token"])
    api.emulator.ampeco.tokens.revoke_all()
    assert (await api.refresh(pair["refresh_token"]))[0] == 401


async def _profile_status(api: Api, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return await api.status("GET", "/profile", headers=headers)


def _unpadded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
