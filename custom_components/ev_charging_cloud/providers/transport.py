"""HTTP, done once for all back ends."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Container, Iterable, Mapping
from http import HTTPStatus
import logging
from random import Random
import time
from typing import Any, NoReturn, Protocol

import aiohttp
import msgspec
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
)
from yarl import URL

from .addresses import checked_base, is_loopback
from .answers import Answer, Exchange, raise_for_status, seconds_to_wait
from .errors import (
    AuthenticationError,
    FreshTokenError,
    ProviderConnectionError,
    ProviderError,
    ProviderTimeoutError,
    ResponseError,
    ServerError,
)

__all__ = [
    "USER_AGENT",
    "Answer",
    "Authorizer",
    "Connection",
    "Exchange",
    "Limits",
    "Signer",
    "Transport",
    "checked_base",
    "is_loopback",
    "raise_for_status",
    "seconds_to_wait",
]

_LOGGER = logging.getLogger(__name__)

USER_AGENT = "EVChargingCloud"

# Makes the headers that a request needs of its own, anew for each try of it.
type Signer = Callable[[], Mapping[str, str]]


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of a request: seconds, decompressed bytes, tries of a read."""

    connect: float = 10.0
    total: float = 30.0
    size: int = 16 * 2**20
    attempts: int = 3
    first_wait: float = 0.5
    longest_wait: float = 8.0


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """What the program around lends to a provider.

    ``callback`` returns an address at which one message of a back end is awaited, and
    is ``None`` where nobody outside can reach this program.
    """

    http: aiohttp.ClientSession
    limits: Limits = Limits()
    user_agent: str = USER_AGENT
    language: str = "en"
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    monotonic: Callable[[], float] = time.monotonic
    rng: Random = msgspec.field(default_factory=Random)
    record: Callable[[Exchange], None] | None = None
    callback: Callable[[], str] | None = None


class Authorizer(Protocol):
    """Supplies the access token of an account."""

    async def token(self) -> str:
        """Return a token that is good now, as far as anyone knows."""

    async def renewed(self, rejected: str) -> str:
        """Return another token than the rejected one, or raise."""


class Transport:
    """Requests to one back end, with one account's token or none.

    A path is one below the base. A `URL` is asked for as it is: whoever gives one has
    made sure that the account's token may go there.
    """

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
        path: str | URL,
        params: Mapping[str, str] | None = None,
        *,
        accept: Container[int] = (),
        attempts: int | None = None,
        signer: Signer | None = None,
        shown: str | None = None,
    ) -> Answer:
        """Return the answer to a GET; a status in ``accept`` is no error.

        ``shown`` is what a log line says in place of the path.
        """
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
                answer = await self._authorized(
                    "GET", path, params=params, signer=signer, shown=shown
                )
                if answer.status not in accept:
                    raise_for_status(answer)
        return answer

    async def write(
        self,
        method: str,
        path: str | URL,
        body: Any = None,
        *,
        signer: Signer | None = None,
        shown: str | None = None,
    ) -> Answer:
        """Send a command once and return its answer, whatever the status.

        Never tried again after it may have been carried out. A 401 means that it was
        not, so it is sent once more with a renewed token. A text goes as it is,
        anything else as JSON.
        """
        try:
            answer = await self._authorized(
                method, path, body=body, signer=signer, shown=shown
            )
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

    async def _authorized(self, method: str, path: str | URL, **what: Any) -> Answer:
        """Send a request with the token, and once more if that was rejected."""
        if self._authorizer is None:
            return await self._send(method, path, **what)
        token = await self._authorizer.token()
        answer = await self._send(method, path, **what, token=token)
        if answer.status in self._renew_on:
            try:
                token = await self._authorizer.renewed(token)
            except FreshTokenError:
                if answer.status == HTTPStatus.UNAUTHORIZED:
                    raise
                return answer
            answer = await self._send(method, path, **what, token=token)
        return answer

    async def _send(
        self,
        method: str,
        path: str | URL,
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        form: Mapping[str, str] | None = None,
        token: str | None = None,
        signer: Signer | None = None,
        shown: str | None = None,
    ) -> Answer:
        """Send one request and read its answer within the limits."""
        data, about = _payload(method, body, form)
        headers = {**self._headers, **about, **(signer() if signer else {})}
        if token is not None:
            if not (token.isascii() and token.isprintable()):
                raise AuthenticationError("This cannot be an access token")
            headers["Authorization"] = f"Bearer {token}"
        url = path
        if isinstance(url, str):
            url = self.base.join(URL(url.lstrip("/")))
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
        shown = self._shown(path) if shown is None else shown
        _LOGGER.debug("%s %s: HTTP %s", method, shown, answer.status)
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

    def _shown(self, path: str | URL) -> str:
        """Return a path as a log line may show it, never with its query."""
        parts = (path.raw_path if isinstance(path, URL) else path).split("/")
        return "/".join("..." if part in self._hidden else part for part in parts)

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        """Read a body up to the size limit, which counts decompressed bytes."""
        body = bytearray()
        async for chunk in response.content.iter_chunked(2**16):
            body += chunk
            if len(body) > self.connection.limits.size:
                raise ResponseError("The answer is too large")
        return bytes(body)


def _payload(
    method: str, body: Any, form: Mapping[str, str] | None
) -> tuple[bytes | dict[str, str] | None, dict[str, str]]:
    """Return what a request carries, and the headers that say so."""
    if form is not None:
        return dict(form), {}
    if isinstance(body, str):
        return body.encode(), {"Content-Type": "text/plain;charset=utf-8"}
    if body is not None:
        headers = {"Content-Type": "application/json;charset=utf-8"}
        return msgspec.json.encode(body), headers
    return None, {} if method == "GET" else {"Content-Length": "0"}


def _raise_translated(err: Exception) -> NoReturn:
    """Raise our own error for one of the HTTP library's, without its text."""
    if isinstance(err, TimeoutError):
        raise ProviderTimeoutError("The back end did not answer in time") from None
    if isinstance(err, aiohttp.ContentTypeError | aiohttp.InvalidURL):
        raise ResponseError("The answer cannot be understood") from None
    if isinstance(err, aiohttp.ClientPayloadError):
        raise ProviderConnectionError("The answer broke off") from None
    raise ProviderConnectionError("The back end cannot be reached") from None
