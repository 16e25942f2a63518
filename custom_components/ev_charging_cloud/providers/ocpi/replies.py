"""What an answer says: its objects, or why there are none (fact sheet ocpi 2)."""

from http import HTTPStatus
import logging

import msgspec

from ..answers import Answer, raise_for_status
from ..decoding import envelope, item
from ..errors import (
    AuthenticationError,
    CommandRefusedError,
    ForbiddenError,
    ProviderError,
    ResponseError,
    ServerError,
)
from . import wire

_LOGGER = logging.getLogger(__name__)

UNKNOWN_LOCATION = 2003
UNKNOWN_TOKEN = 2004
REASONS: dict[object, str] = {
    UNKNOWN_LOCATION: "not_found",
    UNKNOWN_TOKEN: "unknown_driver",
}
# Of these the HTTP status says more: some limit requests with OCPI 2004 beside a 429.
PLAIN_REFUSALS = {401, 403, 429}
# What servers answer, instead of 401, to a token that they cannot read.
DOUBTFUL = {2000, 2001, 2002, 3000}


class RefusedError(ResponseError):
    """The back end refuses a request with a status code of OCPI."""

    def __init__(self, code: int) -> None:
        """Keep the status code."""
        super().__init__(f"The back end refuses the request with OCPI {code}")
        self.code = code


class FailedError(ServerError):
    """The back end, or a hub on the way, failed with a status code of OCPI."""

    def __init__(self, code: int) -> None:
        """Keep the status code."""
        super().__init__(f"The back end failed with OCPI {code}")
        self.code = code


def doubtful(error: ProviderError) -> bool:
    """Tell whether an error may only mean that the token was written wrongly."""
    if isinstance(error, AuthenticationError | ForbiddenError):
        return True
    if isinstance(error, RefusedError | FailedError):
        return error.code in DOUBTFUL
    return (
        isinstance(error, ServerError)
        and error.status == HTTPStatus.INTERNAL_SERVER_ERROR
    )


class Replies:
    """Reads answers of one back end."""

    def __init__(self, *, tolerate_zero: bool = False) -> None:
        """Say whether status code 0 is a success beside a list, as a dialect has it."""
        self._tolerate_zero = tolerate_zero
        self._told = False

    def rows(self, answer: Answer) -> list[msgspec.Raw]:
        """Return the objects of a list.

        They are views of the body, which is decoded in one pass: a page of 2.2 MB takes
        milliseconds.
        """
        raise_for_status(answer)
        try:
            page = wire.page(answer.body)
        except ResponseError:
            # A failure may come with anything in place of the list.
            self._check(answer)
            raise
        if page.status_code is None or not _good(page.status_code):
            self._check(answer)
        return page.rows

    def data(self, answer: Answer) -> msgspec.Raw:
        """Return what an answer holds, whatever it is."""
        raise_for_status(answer)
        return self._check(answer)

    def commanded(self, answer: Answer) -> msgspec.Raw:
        """Return what the answer to a command holds.

        Raises `CommandRefusedError` where a status code says that it was not carried
        out. Any other failure may have come after that.
        """
        if 400 <= answer.status < 500 and answer.status not in PLAIN_REFUSALS:
            found = item(wire.ENVELOPE, answer.body)
            reason = None if found is None else REASONS.get(found.status_code)
            if reason is not None:
                raise CommandRefusedError(reason)
        raise_for_status(answer)
        try:
            return self._check(answer)
        except RefusedError as err:
            reason = REASONS.get(err.code, "rejected")
            raise CommandRefusedError(reason) from None
        except ResponseError as err:
            err.sent = True
            raise

    def written(self, answer: Answer) -> msgspec.Raw:
        """Return what the answer to a write holds; there may be nothing at all."""
        if answer.body.strip():
            return self.commanded(answer)
        raise_for_status(answer)
        return msgspec.Raw(b"null")

    def _check(self, answer: Answer) -> msgspec.Raw:
        """Return the data of a success, or raise what the status code stands for."""
        found = envelope(wire.ENVELOPE, answer.body)
        code = found.status_code
        if not isinstance(code, int):
            raise ResponseError("The answer has no status code")
        if _good(code) or (code == 0 and self._tolerated(found.data)):
            return found.data
        if code >= 3000:
            raise FailedError(code)
        raise RefusedError(code)

    def _tolerated(self, data: msgspec.Raw) -> bool:
        """Tell whether status code 0 is meant as a success, and log it once."""
        if not self._tolerate_zero or not _is_list(data):
            return False
        if not self._told:
            self._told = True
            _LOGGER.warning("The back end answers with status code 0; taken as success")
        return True


def _good(code: int) -> bool:
    """Tell whether a status code is a success."""
    return 1000 <= code < 2000


def _is_list(data: msgspec.Raw) -> bool:
    """Tell whether a value is a list, without decoding it."""
    return bytes(memoryview(data)[:64]).lstrip().startswith(b"[")
