"""HTTP, done once for all back ends."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Container, Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from ipaddress import ip_address
import logging
from random import Random
import time
from typing import Any, NoReturn, Protocol, override

import aiohttp
import msgspec
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
)
from yarl import URL

from .errors import (
    AuthenticationError,
    ForbiddenError,
    FreshTokenError,
    ProviderConnectionError,
    ProviderError,
    ProviderTimeoutError,
    RateLimitError,
    ResponseError,
    ServerError,
)

_LOGGER = logging.getLogger(__name__)

USER_AGENT = "EVChargingCloud"


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of a request: seconds, decompressed bytes, tries of a read."""

    connect: float = 10.0
    total: float = 30.0
    size: int = 16 * 2**20
    attempts: int = 3
    first_wait: float = 0.5
    longest_wait: float = 8.0


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


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """What the program around lends to a provider."""

    http: aiohttp.ClientSession
    limits: Limits = Limits()
    user_agent: str = USER_AGENT
    language: str = "en"
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    monotonic: Callable[[], float] = time.monotonic
    rng: Random = msgspec.field(default_factory=Random)
    record: Callable[[Exchange], None] | None = None


class Authorizer(Protocol):
    """Supplies the access token of an account."""

    async def token(self) -> str:
        """Return a token that is good now, as far as anyone knows."""

    async def renewed(self, rejected: str) -> str:
        """Return another token than the rejected one, or raise."""


def checked_base(url: str) -> URL:
    """Return the address of a back end, https unless it is on this machine.

    A bare host name gets https. Raises `ValueError` for anything that a token must
    not be sent to.
    """
    text = url.strip()
    if text.split() != [text]:
        raise ValueError("not an address")
    base = URL(text if "://" in text else f"https://{text}")
    host = base.host
    if not host or base.user or base.password or base.query_string or base.fragment:
        raise ValueError("not an address")
    if base.scheme == "http" and not is_loopback(host):
        raise ValueError("not secure")
    if base.scheme not in ("http", "https"):
        raise ValueError("not secure")
    return base.with_path(base.path.rstrip("/") + "/")


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


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


class Transport:
    """Requests to one back end, with one account's token or none."""

    def __init__(
        self,
        connection: Connection,
        base: URL,
        *,
        headers: Mapping[str, str] | None = None,
        authorizer: Authorizer | None = None,
        renew_on: Container[int] = (HTTPStatus.UNAUTHORIZED,),
        hidden: Iterable[str] = (),
    ) -> None:
        """Bind a connection to the address of a back end.

        ``renew_on`` holds the statuses that a renewed token may cure, ``hidden`` parts
        of paths that no log line shows.
        """
        self.connection = connection
        self.base = base
        self.total = 0
        self._authorizer = authorizer
        self._renew_on = renew_on
        self._hidden = frozenset(hidden)
        self._headers = {
            "Accept": "application/json",
            "Accept-Language": connection.language,
            "User-Agent": connection.user_agent,
            **(headers or {}),
        }
        self._timeout = aiohttp.ClientTimeout(
            total=connection.limits.total, connect=connection.limits.connect
        )
        self._moments: deque[float] = deque()

    @property
    def last_hour(self) -> int:
        """Return the number of requests during the last hour."""
        horizon = self.connection.monotonic() - 3600
        while self._moments and self._moments[0] < horizon:
            self._moments.popleft()
        return len(self._moments)

    async def read(self, path: str, params: Mapping[str, str] | None = None) -> bytes:
        """Return the body of a GET, tried again where the fault may pass."""
        return (await self.ask(path, params)).body

    async def ask(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        accept: Container[int] = (),
        attempts: int | None = None,
    ) -> Answer:
        """Return the answer to a GET; a status in ``accept`` is no error."""
        limits = self.connection.limits
        retrying = AsyncRetrying(
            retry=retry_if_exception(self._may_pass),
            stop=stop_after_attempt(attempts or limits.attempts),
            wait=self._wait,
            sleep=self.connection.sleep,
            reraise=True,
        )
        async for attempt in retrying:
            with attempt:
                answer = await self._authorized("GET", path, params=params)
                if answer.status not in accept:
                    raise_for_status(answer)
        return answer

    async def write(self, method: str, path: str, body: Any = None) -> Answer:
        """Send a command once and return its answer, whatever the status.

        Never tried again after it may have been carried out. A 401 means that it was
        not, so it is sent once more with a renewed token. A text goes as it is,
        anything else as JSON.
        """
        try:
            answer = await self._authorized(method, path, body=body)
        except ProviderConnectionError as err:
            err.sent = True
            raise
        if self._authorizer is not None and answer.status == HTTPStatus.UNAUTHORIZED:
            raise_for_status(answer)
        return msgspec.structs.replace(answer, command=True)

    def _may_pass(self, error: BaseException) -> bool:
        """Tell whether a read may be tried again within the longest wait."""
        if not isinstance(error, (ProviderConnectionError, ServerError)):
            return False
        return (error.retry_after or 0.0) <= self.connection.limits.longest_wait

    def _wait(self, state: RetryCallState) -> float:
        """Return the seconds before the next try: doubling, with jitter."""
        limits = self.connection.limits
        wait = limits.first_wait * 2.0 ** (state.attempt_number - 1)
        wait *= self.connection.rng.uniform(0.5, 1.5)
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after if isinstance(error, ProviderError) else None
        return max(min(wait, limits.longest_wait), asked or 0.0)

    async def send_form(self, path: str, form: Mapping[str, str]) -> Answer:
        """Post a form once, without a token, and return its answer."""
        return await self._send("POST", path, form=form)

    async def _authorized(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> Answer:
        """Send a request with the token, and once more if that was rejected."""
        if self._authorizer is None:
            return await self._send(method, path, params=params, body=body)
        token = await self._authorizer.token()
        answer = await self._send(method, path, params=params, body=body, token=token)
        if answer.status in self._renew_on:
            try:
                token = await self._authorizer.renewed(token)
            except FreshTokenError:
                if answer.status == HTTPStatus.UNAUTHORIZED:
                    raise
                return answer
            answer = await self._send(
                method, path, params=params, body=body, token=token
            )
        return answer

    async def _send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        form: Mapping[str, str] | None = None,
        token: str | None = None,
    ) -> Answer:
        """Send one request and read its answer within the limits."""
        headers = dict(self._headers)
        if token is not None:
            if not (token.isascii() and token.isprintable()):
                raise AuthenticationError("This cannot be an access token")
            headers["Authorization"] = f"Bearer {token}"
        data: bytes | dict[str, str] | None = None
        if form is not None:
            data = dict(form)
        elif isinstance(body, str):
            headers["Content-Type"] = "text/plain;charset=utf-8"
            data = body.encode()
        elif body is not None:
            headers["Content-Type"] = "application/json;charset=utf-8"
            data = msgspec.json.encode(body)
        elif method != "GET":
            headers["Content-Length"] = "0"
        url = self.base.join(URL(path.lstrip("/")))
        self.total += 1
        self._moments.append(self.connection.monotonic())
        try:
            async with self.connection.http.request(
                method,
                url,
                params=params,
                data=data,
                headers=headers,
                allow_redirects=False,
                timeout=self._timeout,
            ) as response:
                answer = Answer(
                    status=response.status,
                    headers=response.headers,
                    body=await self._body(response),
                )
        except (TimeoutError, aiohttp.ClientError, OSError, EOFError) as err:
            _raise_translated(err)
        _LOGGER.debug("%s %s: HTTP %s", method, self._shown(path), answer.status)
        if self.connection.record is not None:
            self.connection.record(
                Exchange(
                    method=method,
                    url=url.update_query(params or {}),
                    sent=body,
                    status=answer.status,
                    headers=answer.headers,
                    body=answer.body,
                )
            )
        return answer

    def _shown(self, path: str) -> str:
        """Return a path as a log line may show it."""
        parts = path.split("/")
        return "/".join("..." if part in self._hidden else part for part in parts)

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        """Read a body up to the size limit, which counts decompressed bytes."""
        body = bytearray()
        async for chunk in response.content.iter_chunked(2**16):
            body += chunk
            if len(body) > self.connection.limits.size:
                raise ResponseError("The answer is too large")
        return bytes(body)


def _raise_translated(err: Exception) -> NoReturn:
    """Raise our own error for one of the HTTP library's, without its text."""
    if isinstance(err, TimeoutError):
        raise ProviderTimeoutError("The back end did not answer in time") from None
    if isinstance(err, aiohttp.ContentTypeError | aiohttp.InvalidURL):
        raise ResponseError("The answer cannot be understood") from None
    if isinstance(err, aiohttp.ClientPayloadError):
        raise ProviderConnectionError("The answer broke off") from None
    raise ProviderConnectionError("The back end cannot be reached") from None
