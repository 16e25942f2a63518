"""Which text belongs to which error of a provider."""

from .providers.errors import (
    AuthenticationError,
    ClientRejectedError,
    ForbiddenError,
    ForeignHostError,
    ProviderConnectionError,
    ProviderError,
    ProviderTimeoutError,
    RateLimitError,
    ServerError,
    StorageError,
    UnsupportedError,
)

# The first class that fits counts; the order goes from narrow to wide.
TEXTS: tuple[tuple[type[ProviderError], str], ...] = (
    (ClientRejectedError, "invalid_client"),
    (AuthenticationError, "invalid_auth"),
    (ForbiddenError, "forbidden"),
    (RateLimitError, "rate_limited"),
    (ProviderTimeoutError, "timeout_connect"),
    (ProviderConnectionError, "cannot_connect"),
    (ServerError, "server_error"),
    (StorageError, "not_saved"),
    (ForeignHostError, "foreign_host"),
    (UnsupportedError, "unsupported"),
    (ProviderError, "unexpected_answer"),
)


def text_key(err: ProviderError) -> str:
    """Return the translation key for an error."""
    return next(key for kind, key in TEXTS if isinstance(err, kind))


def placeholders(err: BaseException | None) -> dict[str, str]:
    """Return what the text of an error names."""
    return {"host": err.host} if isinstance(err, ForeignHostError) else {}
