"""From OCPI's tariffs to what prices sessions (fact sheet ocpi 10 and 16).

A part that is not understood makes the whole tariff one that prices nothing: without
it a session might seem cheaper than it is.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from ...decoding import converted
from ...values import moment, money, number, text, word
from .. import pricing, wire
from ..pricing import Component, Element, Kind, Limit
from .amounts import sums
from .moments import UTC, known
from .names import currency_of, folded, owner, sent
from .restrictions import restrictions
from .unknown import NOTHING, UnknownPartError, fields, looked_up

KINDS = {
    "energy": Kind.ENERGY,
    "flat": Kind.FLAT,
    "time": Kind.TIME,
    "parkingtime": Kind.PARKING_TIME,
}
TAXES = {"yes": True, "true": True, "no": False, "n/a": False, "false": False}


def tariffs(sources: Any) -> list[pricing.Tariff | None]:
    """Map the tariffs inside a CDR, ``None`` for those that cannot be read."""
    rows = sources if isinstance(sources, list) else []
    found = (converted(wire.Tariff, one) for one in rows)
    return [None if one is None else tariff(one, set()) for one in found]


def tariff(source: wire.Tariff, unknown: set[str]) -> pricing.Tariff | None:
    """Map a tariff, ``None`` where it has no id or no currency."""
    identity, currency = folded(source.id), currency_of(source.currency)
    if identity is None or currency is None:
        return None
    made = pricing.Tariff(
        id=identity,
        currency=currency,
        elements=(),
        owner=owner(source.country_code, source.party_id),
        name=_name(source.tariff_alt_text),
        use=word(source.type) or None,
        priced=False,
    )
    try:
        taxed = source.tax_included
        return msgspec.structs.replace(
            made,
            elements=tuple(_elements(source.elements)),
            minimum=_limit(source.min_price),
            maximum=_limit(source.max_price),
            starts_at=_moment(source.start_date_time),
            ends_at=_moment(source.end_date_time),
            tax_included=taxed is not None and looked_up(TAXES, taxed, "tax word"),
            priced=True,
        )
    except UnknownPartError as err:
        unknown.add(f"tariff {err}")
        return made


def _name(texts: list[wire.DisplayText] | None) -> str | None:
    """Return what a tariff is called, in English where it is."""
    found = {
        folded(one.language): name
        for one in reversed(texts or [])
        if (name := sent(one.text)) is not None
    }
    return found.get("en") or next(reversed(found.values()), None)


def _elements(source: Any) -> Iterator[Element]:
    """Map the elements, of which there is at least one."""
    if not isinstance(source, list) or not source:
        raise UnknownPartError("without elements")
    for one in source:
        sent_parts = fields(one, "element")
        components = sent_parts.get("price_components")
        if not isinstance(components, list) or not components:
            raise UnknownPartError("element without prices")
        yield Element(
            components=tuple(_component(each) for each in components),
            restrictions=restrictions(sent_parts.get("restrictions")),
        )


def _component(source: Any) -> Component:
    """Map a price; without VAT it says that VAT does not apply, which is not 0."""
    sent_parts = fields(source, "component")
    step = sent_parts.get("step_size")
    return Component(
        kind=looked_up(KINDS, sent_parts.get("type"), "component"),
        price=_money(sent_parts.get("price"), "price"),
        vat=_vat(sent_parts.get("vat")),
        step=1 if step is None else _whole(step),
    )


def _money(source: Any, what: str) -> Decimal:
    """Return an amount that must be there."""
    found = money(source) if isinstance(source, int | float | str) else None
    if found is None:
        raise UnknownPartError(what)
    return found


def _vat(source: Any) -> Decimal | None:
    """Return a share in percent."""
    if source is None:
        return None
    found = _money(source, "VAT")
    if found < 0:
        raise UnknownPartError("VAT")
    return found


def _whole(source: Any) -> int:
    """Return a step; below 1 nothing is stepped."""
    found = number(source)
    if found is None or not found.is_integer():
        raise UnknownPartError("step")
    return int(found)


def _limit(source: Any) -> Limit | None:
    """Return the least or most that a session costs."""
    if source in NOTHING:
        return None
    if isinstance(source, dict):
        net, gross = sums(converted(wire.Price, source))
    else:
        net, gross = _money(source, "limit"), None
    if net is None and gross is None:
        raise UnknownPartError("limit")
    return Limit(net=net, gross=gross)


def _moment(source: Any) -> datetime | None:
    """Return since or until when a tariff holds; the years 1 and 1970 say nothing."""
    if source in NOTHING:
        return None
    if (found := moment(text(source), UTC)) is None:
        raise UnknownPartError("moment")
    return known(found)
