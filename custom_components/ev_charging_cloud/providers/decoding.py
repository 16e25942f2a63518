"""Decoding done once: strict about an envelope, tolerant about what is in it."""

import msgspec

from .errors import ResponseError

MALFORMED = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)


def envelope[T](decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """Decode the outermost object, which must be right."""
    try:
        return decoder.decode(body)
    except MALFORMED:
        raise ResponseError("The answer cannot be understood") from None


def item[T](decoder: msgspec.json.Decoder[T], raw: bytes | msgspec.Raw) -> T | None:
    """Decode one object, ``None`` where it is broken."""
    try:
        return decoder.decode(raw)
    except MALFORMED:
        return None
