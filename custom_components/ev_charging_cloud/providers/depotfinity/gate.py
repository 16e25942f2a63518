"""What one poll may ask for: features, the allowance, and when to give up."""

from collections.abc import Awaitable
import logging

from ..errors import (
    AuthenticationError,
    ForbiddenError,
    ProviderConnectionError,
    ProviderError,
    RateLimitError,
    ServerError,
)
from ..transport import Transport
from .budget import Allowance
from .features import Features

_LOGGER = logging.getLogger(__name__)


class Gate:
    """Lets requests through, and turns the failure of one into a missing answer."""

    def __init__(self, transport: Transport) -> None:
        """Take the transport whose requests are counted."""
        monotonic = transport.connection.monotonic
        self.features = Features(monotonic)
        self.allowance = Allowance(monotonic)
        self._transport = transport
        self._counted = 0
        self._answered = False
        self._lost: ProviderConnectionError | None = None
        self._halted: set[str] = set()
        self._failing: set[str] = set()

    def begin(self, running: int) -> None:
        """Start a poll."""
        self._count()
        self.allowance.refill(running)
        self._answered = False
        self._lost = None
        self._halted.clear()

    def end(self) -> None:
        """Finish a poll, and fail where the back end answered nothing at all."""
        if self._lost is not None and not self._answered:
            raise self._lost

    def left(self) -> float:
        """Return how many more requests this poll may send."""
        self._count()
        return self.allowance.left

    def open(self, feature: str) -> bool:
        """Tell whether a feature can be asked for in this poll."""
        return feature not in self._halted and self.features.usable(feature)

    async def must[T](self, feature: str, request: Awaitable[T]) -> T:
        """Return an answer without which nothing else makes sense."""
        try:
            answer = await request
        except ForbiddenError:
            self.features.refuse(feature)
            raise
        self._answered = True
        self.features.prove(feature)
        return answer

    async def may[T](self, feature: str, what: str, request: Awaitable[T]) -> T | None:
        """Return an answer, or ``None`` where only this one is missing.

        A back end that cannot be reached is an error once two of its features cannot.
        """
        try:
            answer = await self.must(feature, request)
        except ForbiddenError:
            return None
        except AuthenticationError, RateLimitError:
            raise
        except ProviderError as error:
            self._fail(feature, what, error)
            return None
        self._failing.discard(f"{feature} {what}")
        return answer

    def _fail(self, feature: str, what: str, error: ProviderError) -> None:
        """Note a failure, and tell of it once."""
        if isinstance(error, ProviderConnectionError):
            if self._lost is not None and not self._answered:
                raise error
            self._lost = error
            self._halted.add(feature)
        elif isinstance(error, ServerError):
            self._halted.add(feature)
        if (name := f"{feature} {what}") not in self._failing:
            self._failing.add(name)
            _LOGGER.warning("No %s: %s", name, error)

    def _count(self) -> None:
        """Take requests that were sent off the allowance."""
        self.allowance.spend(self._transport.total - self._counted)
        self._counted = self._transport.total
