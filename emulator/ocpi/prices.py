"""Tariffs on the wire (fact sheet ocpi 10)."""

from .locations import BUILT
from .profile import OcpiProfile
from .tariffs import Component, Element, Limit, OcpiTariff, Restrictions
from .values import Json, filled, number, written_time

SINCE_2_2 = ("min_current", "max_current", "reservation")


def tariff_json(tariff: OcpiTariff, version: str, profile: OcpiProfile) -> Json:
    """Return a tariff in one version."""
    old = version == "2.1.1"
    elements = [e for e in tariff.elements if not (old and _is_too_new(e))]
    text = tariff.text
    common: Json = {
        "id": tariff.id,
        "currency": tariff.currency,
        "tariff_alt_text": [{"language": "en", "text": text}] if text else None,
        "elements": [_element(element, profile, old=old) for element in elements],
        "last_updated": written_time(BUILT, profile),
    }
    optional = ("tariff_alt_text[]", "tariff_alt_url", "energy_mix")
    if old:
        return filled(common, profile, *optional)
    country, party = profile.party
    common |= {"country_code": country, "party_id": party, "type": tariff.type}
    for name in ("min_price", "max_price"):
        if (limit := getattr(tariff, name)) is not None:
            common[name] = _limit(limit, version)
    if version == "2.3.0":
        common["tax_included"] = "NO"
    dates = ("start_date_time", "end_date_time")
    return filled(common, profile, *optional, *dates, "type", "min_price", "max_price")


def _is_too_new(element: Element) -> bool:
    held = element.restrictions
    return held is not None and any(getattr(held, name) for name in SINCE_2_2)


def _element(element: Element, profile: OcpiProfile, *, old: bool) -> Json:
    held = element.restrictions
    written: Json = {
        "price_components": [
            _component(c, profile, old=old) for c in element.components
        ],
        "restrictions": None if held is None else _restrictions(held),
    }
    return filled(written, profile, "restrictions")


def _component(component: Component, profile: OcpiProfile, *, old: bool) -> Json:
    written: Json = {
        "type": component.type,
        "price": number(component.price),
        "step_size": component.step_size,
    }
    if old:
        return written
    vat = None if component.vat is None else number(component.vat)
    return filled(written | {"vat": vat}, profile, "vat")


def _restrictions(held: Restrictions) -> Json:
    written: Json = {}
    for name, value in vars(held).items():
        if name == "day_of_week":
            if value:
                written[name] = list(value)
        elif value is not None:
            is_plain = isinstance(value, str | int)
            written[name] = value if is_plain else number(value)
    return written


def _limit(limit: Limit, version: str) -> Json:
    names = ("excl_vat", "incl_vat")
    if version == "2.3.0":
        names = ("before_taxes", "after_taxes")
    values = (limit.excl_vat, limit.incl_vat)
    pairs = zip(names, values, strict=True)
    return {name: number(value) for name, value in pairs if value is not None}
