"""Decoding done once: strict about an envelope, tolerant about what is in it."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
import types
from typing import Any, Union, cast, get_args, get_origin

import msgspec

from .errors import ResponseError
from .values import moment, money, number, text, word

MALFORMED = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)
# A number too large for a float becomes infinite, which costs its field only.
PLAIN = msgspec.json.Decoder(float_hook=float)

type Mender = Callable[[Any], Any]


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


def tolerant[T](decoder: msgspec.json.Decoder[T], raw: bytes | msgspec.Raw) -> T | None:
    """Decode one object, field by field where it is not as it should be."""
    try:
        return decoder.decode(raw)
    except MALFORMED:
        return mended(decoder.type, item(PLAIN, raw))


def converted[T](kind: type[T], plain: object) -> T | None:
    """Make a type of a decoded JSON value, field by field where it is needed."""
    try:
        return msgspec.convert(plain, kind)
    except MALFORMED:
        return mended(kind, plain)


def mended[T](kind: type[T], plain: object) -> T | None:
    """Make a type of a decoded JSON value, and leave out what does not fit.

    A number may be text and text a number. A broken field gets its default, a broken
    element of a list is left out; without a required field there is no object.
    """
    mend = _mender(cast("Any", kind))
    found: T | None = mend(plain)
    return found


@lru_cache(maxsize=256)
def _mender(hint: Any) -> Mender:
    """Return what makes a type of a plain value, ``None`` where it cannot."""
    if hint in SCALARS:
        return SCALARS[hint]
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _first([_mender(one) for one in inner if one is not type(None)])
    if origin is list:
        return _list(_mender(inner[0]))
    if origin is dict:
        return lambda value: value if isinstance(value, dict) else None
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return _struct(hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return lambda value: hint(value) if isinstance(value, str) else None
    raise TypeError(f"Nothing is known to mend {hint}")


def _first(choices: list[Mender]) -> Mender:
    """Return the first of some types that fits."""

    def mend(value: Any) -> Any:
        made = (choice(value) for choice in choices)
        return next((one for one in made if one is not None), None)

    return choices[0] if len(choices) == 1 else mend


def _list(inner: Mender) -> Mender:
    """Return the elements that fit."""

    def mend(value: Any) -> Any:
        if not isinstance(value, list):
            return None
        made = (inner(one) for one in value if one is not None)
        return [one for one in made if one is not None]

    return mend


def _struct(kind: type[msgspec.Struct]) -> Mender:
    """Return an object of the fields that fit."""
    fields = [
        (field.encode_name, field.name, _mender(field.type), field.required)
        for field in msgspec.structs.fields(kind)
    ]
    # Without one of these there is no object, so nothing else needs to be made.
    fields.sort(key=lambda field: not field[3])

    def mend(value: Any) -> Any:
        if not isinstance(value, dict):
            return None
        made: dict[str, Any] = {}
        for sent, name, inner, required in fields:
            plain = value.get(sent)
            found = None if plain is None else inner(plain)
            if found is not None:
                made[name] = found
            elif required:
                return None
        return kind(**made)

    return mend


def _flag(value: Any) -> bool | None:
    """Return a yes or no, also where it came as word or number."""
    folded = word(text(value))
    return value if isinstance(value, bool) else FLAGS.get(folded)


def _whole(value: Any) -> int | None:
    """Return a whole number, also where it came as text or with a point."""
    found = number(value)
    return int(found) if found is not None and found.is_integer() else None


def _moment(value: Any) -> datetime | None:
    """Return a moment; one without a zone is UTC."""
    return moment(value, UTC) if isinstance(value, str) else None


def _amount(value: Any) -> Decimal | None:
    """Return an exact amount, also where it came as text."""
    return money(value) if isinstance(value, int | float | str) else None


FLAGS: dict[str, bool] = {"true": True, "1": True, "false": False, "0": False}
SCALARS: dict[Any, Mender] = {
    str: text,
    float: number,
    int: _whole,
    bool: _flag,
    datetime: _moment,
    Decimal: _amount,
    Any: lambda value: value,
}
