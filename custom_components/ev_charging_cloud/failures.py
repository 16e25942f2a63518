"""Which text belongs to which error of a provider."""

from .providers.errors import (
    AuthenticationError,
    ClientRejectedError,
    ForbiddenError,
    ProviderConnectionError,
    ProviderError,
    ProviderTimeoutError,
    RateLimitError,
    ServerError,
    StorageError,
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
    (ProviderError, "unexpected_answer"),
)


def text_key(err: ProviderError) -> str:
    """Return the translation key for an error."""
    return next(key for kind, key in TEXTS if isinstance(err, kind))
