"""What came back over HTTP, and what its status stands for."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, override

import msgspec
from yarl import URL

from .errors import (
    AuthenticationError,
    ForbiddenError,
    RateLimitError,
    ResponseError,
    ServerError,
)


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """One request and its answer, as seen by a recorder."""

    method: str
    url: URL
    sent: Any
    status: int
    headers: Mapping[str, str]
    body: bytes

    @override
    def __repr__(self) -> str:
        """Show nothing of the contents."""
        return f"Exchange(method={self.method!r}, status={self.status!r})"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Status, headers and decompressed body of an answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    command: bool = False

    @override
    def __repr__(self) -> str:
        """Show nothing of the contents."""
        return f"Answer(status={self.status!r}, size={len(self.body)})"


def seconds_to_wait(headers: Mapping[str, str]) -> float | None:
    """Return what ``Retry-After`` asks for, given in seconds or as an HTTP date.

    A date is measured against the answer's own ``Date``, so that a wrong local clock
    does not matter.
    """
    value = headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return min(float(value), 86_400.0)
    if (until := _http_date(value)) is None:
        return None
    now = _http_date(headers.get("Date", "")) or datetime.now(UTC)
    return min(max((until - now).total_seconds(), 0.0), 86_400.0)


def _http_date(value: str) -> datetime | None:
    """Parse an HTTP date."""
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def raise_for_status(answer: Answer) -> None:
    """Raise the error that a status stands for."""
    status = answer.status
    if 200 <= status < 300:
        return
    wait = seconds_to_wait(answer.headers)
    if status == HTTPStatus.UNAUTHORIZED:
        raise AuthenticationError("The back end no longer accepts the token")
    if status == HTTPStatus.FORBIDDEN:
        raise ForbiddenError("The back end refuses access")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise RateLimitError("The back end asks for fewer requests", retry_after=wait)
    if status >= 500:
        error = ServerError(
            f"The back end failed with HTTP {status}", status=status, retry_after=wait
        )
        error.sent = answer.command
        raise error
    if 300 <= status < 400:
        raise ResponseError("The back end sent us to another page", status=status)
    raise ResponseError(f"The back end answered HTTP {status}", status=status)
