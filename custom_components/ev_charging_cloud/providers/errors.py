"""Everything that can go wrong with a provider.

Messages name what happened in words of our own. They never quote an answer, because
answers hold tokens and other people's data.
"""


class ProviderError(Exception):
    """Base of all errors that a provider raises.

    ``sent`` tells that a command was under way, so that it may have been carried out.
    """

    sent = False

    def __init__(self, message: str = "", *, retry_after: float | None = None) -> None:
        """Keep the message and how many seconds the back end asks to wait."""
        super().__init__(message)
        self.retry_after = retry_after


class ProviderConnectionError(ProviderError):
    """The back end could not be reached, or broke off."""


class ProviderTimeoutError(ProviderConnectionError):
    """The back end did not answer in time."""


class AuthenticationError(ProviderError):
    """The credentials are not, or no longer, accepted."""


class FreshTokenError(AuthenticationError):
    """A token is not accepted although it was renewed just before."""


class ClientRejectedError(AuthenticationError):
    """The app's client id or client secret is not accepted."""


class ForbiddenError(ProviderError):
    """The back end knows the account and refuses access."""


class RateLimitError(ProviderError):
    """The back end asks for fewer requests."""


class ResponseError(ProviderError):
    """The back end answered with something that cannot be understood."""

    def __init__(
        self,
        message: str = "",
        *,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        """Keep the HTTP status, where the answer was refused for it."""
        super().__init__(message, retry_after=retry_after)
        self.status = status


class ForeignHostError(ResponseError):
    """The back end names an address that the account's token must not go to."""

    def __init__(self, host: str) -> None:
        """Keep the host, so that a user can allow it by name."""
        super().__init__("The back end names an address on another host")
        self.host = host


class UnsupportedError(ResponseError):
    """The back end offers nothing that can be used: no known version, no sessions."""


class ServerError(ResponseError):
    """The back end failed on its side."""


class StorageError(ProviderError):
    """Something that must survive a crash could not be saved."""


class CommandRefusedError(ProviderError):
    """A command was not carried out, for a reason a user can understand.

    ``reason`` is one of ``departure_required``, ``energy_need_required``, ``no_car``,
    ``no_party``, ``no_place``, ``no_token``, ``not_found``, ``not_possible``, ``not_startable``,
    ``not_stoppable``, ``rejected``, ``unavailable``, ``unknown_driver`` and
    ``wrong_evse``.
    """

    def __init__(self, reason: str) -> None:
        """Keep the reason as a word that can be translated."""
        super().__init__(f"The command was refused: {reason}")
        self.reason = reason
