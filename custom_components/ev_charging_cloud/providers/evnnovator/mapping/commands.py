"""What the gateway says to commands and to the whitelist."""

import msgspec

from ...decoding import envelope, item
from ...values import number, text, word
from .. import wire


def command_result(body: bytes) -> str:
    """Return the folded word that a command got (5.4)."""
    return word(envelope(wire.RESULT, body).result)


def token_uid(body: bytes) -> str | None:
    """Return by what an operator knows a driver (call 2)."""
    found = wire.data(wire.TOKEN_UID, body)
    return None if found is None else text(found.uid)


def is_failure(body: bytes) -> bool:
    """Tell whether a whitelisting was answered with a failure (call 1)."""
    envelope = item(wire.ENVELOPE, msgspec.Raw(body))
    code = None if envelope is None else number(envelope.status_code)
    return code is not None and not 1000 <= code < 2000
