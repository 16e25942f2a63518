"""What an operator says to commands (fact sheet ocpi 8.7 and 12)."""

import msgspec

from ...decoding import PLAIN, item, tolerant
from ...values import word
from .. import wire


def command_result(data: msgspec.Raw) -> str:
    """Return the folded word that a command got, empty where there is none.

    Some servers put it into a list, or into an envelope of its own (17, 24 and 25).
    """
    found = wire.one(data)
    for _ in range(2):
        if found is None:
            return ""
        answer = tolerant(wire.COMMAND_RESPONSE, found)
        if answer is not None:
            return word(answer.result)
        inner = item(wire.ENVELOPE, found)
        found = None if inner is None else wire.one(inner.data)
    return ""


def preference_result(data: msgspec.Raw) -> str:
    """Return the folded word that a charging preference got, empty where none is."""
    found = wire.one(data)
    plain = None if found is None else item(PLAIN, found)
    return word(plain) or word(plain.get("result") if isinstance(plain, dict) else "")
