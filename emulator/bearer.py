"""Bearer tokens that last for a while or for a number of calls."""

import base64
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import random
from typing import Any

from aiohttp import web
import orjson

from .world import World


@dataclass
class _Grant:
    expires_at: datetime
    calls_left: int | None


@dataclass
class BearerStore:
    """Issue and check the tokens of one face on the world's clock."""

    world: World
    name: str
    _grants: dict[str, _Grant] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Draw token texts from a source of their own."""
        self._random = random.Random(f"{self.name}:{self.world.seed}")

    def issue(self, lifetime: float, calls: int | None = None) -> str:
        """Return a new token; the seconds and calls it is good for are limited."""
        now = self.world.clock.now()
        end = now + timedelta(seconds=lifetime)
        header = orjson.dumps({"alg": "RS256", "typ": "JWT"})
        claims = orjson.dumps({"iat": now.timestamp(), "exp": end.timestamp()})
        parts = (header, claims, self._random.randbytes(64))
        token = ".".join(map(_unpadded, parts))
        self._grants[token] = _Grant(end, calls)
        return token

    def accepts(self, token: str) -> bool:
        """Return whether a token is good, and count the call."""
        grant = self._grants.get(token)
        if grant is None or self.world.clock.now() >= grant.expires_at:
            return False
        if grant.calls_left is not None:
            grant.calls_left -= 1
        return grant.calls_left is None or grant.calls_left >= 0

    def expire(self) -> None:
        """Let every token end now."""
        self._grants.clear()


def bearer_of(request: web.Request) -> str:
    """Return the bearer token of a request, or an empty text."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def basic_of(request: web.Request) -> tuple[str, str]:
    """Return name and secret of a basic authorization, or two empty texts."""
    scheme, _, packed = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        plain = base64.b64decode(packed, validate=True).decode()
    except ValueError:
        return "", ""
    name, _, secret = plain.partition(":")
    return name, secret


async def form_of(request: web.Request) -> dict[str, Any]:
    """Return the fields of a form, or none if the body is another thing."""
    if request.content_type != "application/x-www-form-urlencoded":
        return {}
    return dict(await request.post())


def _unpadded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()
