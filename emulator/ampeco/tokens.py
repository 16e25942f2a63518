"""Access and refresh tokens (fact sheet ampeco 3)."""

import base64
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import random

import orjson

from ..world import World
from .profile import Profile
from .values import Json

LIMIT_WINDOW = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class TokenPair:
    """Hold what one sign-in yields."""

    access_token: str
    refresh_token: str | None
    expires_in: int

    def as_json(self) -> Json:
        """Return the answer of the token endpoint."""
        answer: Json = {
            "token_type": "Bearer",
            "expires_in": self.expires_in,
            "access_token": self.access_token,
        }
        if self.refresh_token is not None:
            answer["refresh_token"] = self.refresh_token
        return answer


@dataclass
class _Grant:
    driver_id: str
    expires_at: datetime
    refresh_token: str | None


@dataclass
class TokenStore:
    """Issue, rotate and check tokens on the world's clock."""

    world: World
    _grants: dict[str, _Grant] = field(default_factory=dict)
    _refresh: dict[str, str] = field(default_factory=dict)
    _asked: deque[datetime] = field(default_factory=deque)

    def __post_init__(self) -> None:
        """Draw token texts from a source of their own."""
        self._random = random.Random(f"tokens:{self.world.seed}")

    def issue(self, driver_id: str, profile: Profile) -> TokenPair:
        """Issue a new pair; other pairs of the driver stay valid."""
        now = self.world.clock.now()
        lifetime = timedelta(seconds=profile.access_lifetime)
        access = self._jwt(driver_id, profile.client_id, now, now + lifetime)
        refresh = f"def502{self._hex(300)}" if profile.refresh_tokens else None
        self._grants[access] = _Grant(driver_id, now + lifetime, refresh)
        if refresh is not None:
            self._refresh[refresh] = access
        return TokenPair(
            access_token=access,
            refresh_token=refresh,
            expires_in=profile.access_lifetime,
        )

    def rotate(self, refresh_token: object, profile: Profile) -> TokenPair | None:
        """Exchange a refresh token once; the old pair dies."""
        access = self._refresh.pop(str(refresh_token), None)
        if access is None:
            return None
        grant = self._grants.pop(access)
        return self.issue(grant.driver_id, profile)

    def driver_of(self, access_token: str) -> str | None:
        """Return whose token this is, if it is known and has not expired."""
        grant = self._grants.get(access_token)
        if grant is None or self.world.clock.now() >= grant.expires_at:
            return None
        return grant.driver_id

    def expire_access(self) -> None:
        """Let every access token expire now; refresh tokens stay good."""
        for grant in self._grants.values():
            grant.expires_at = self.world.clock.now()

    def revoke_all(self) -> None:
        """Forget every token, as after a change of the password."""
        self._grants.clear()
        self._refresh.clear()

    def attempts_left(self, limit: int) -> int:
        """Count one token request and return how many are left; -1 is refused."""
        now = self.world.clock.now()
        while self._asked and self._asked[0] <= now - LIMIT_WINDOW:
            self._asked.popleft()
        if len(self._asked) >= limit:
            return -1
        self._asked.append(now)
        return limit - len(self._asked)

    def seconds_to_wait(self) -> int:
        """Return the seconds until another token request is allowed."""
        until = self._asked[0] + LIMIT_WINDOW
        return max(1, -((self.world.clock.now() - until) // timedelta(seconds=1)))

    def _jwt(self, driver_id: str, client_id: str, now: datetime, end: datetime) -> str:
        header = {"typ": "JWT", "alg": "RS256"}
        claims = {
            "aud": client_id,
            "jti": self._hex(80),
            "iat": now.timestamp(),
            "nbf": now.timestamp(),
            "exp": end.timestamp(),
            "sub": driver_id,
            "scopes": [],
        }
        parts = (
            orjson.dumps(header),
            orjson.dumps(claims),
            self._random.randbytes(256),
        )
        return ".".join(
            base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts
        )

    def _hex(self, digits: int) -> str:
        return self._random.randbytes(digits // 2).hex()
