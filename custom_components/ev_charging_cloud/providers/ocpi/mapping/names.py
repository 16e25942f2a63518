"""What OCPI's objects are called, compared without case (fact sheet ocpi 7, 8)."""

from functools import lru_cache

type Owner = tuple[str, str] | None

# Stands where a field is required and has no value (2).
NOT_APPLICABLE = ("#NA", "#na", "#Na")


def sent(value: str | None) -> str | None:
    """Return a text as received, ``None`` where it stands for none."""
    if value is None:
        return None
    value = value.strip()
    return value if value and value not in NOT_APPLICABLE else None


def folded(value: str | None) -> str | None:
    """Return a text for comparison."""
    found = sent(value)
    return None if found is None else found.casefold()


@lru_cache(maxsize=256)
def owner(country: str | None, party: str | None) -> Owner:
    """Return whose object it is, where both parts are known."""
    found = folded(country), folded(party)
    return None if found[0] is None or found[1] is None else (found[0], found[1])


def named(whose: Owner, identity: str, separator: str = "/") -> str:
    """Return an id that tells an object from those of other parties."""
    name = identity.casefold()
    if whose is None:
        return name
    return f"{whose[0]}{separator}{whose[1]}{separator}{name}"


def place_key(whose: Owner, location_id: str) -> str:
    """Return the key of a location."""
    return named(whose, location_id, "*")


@lru_cache(maxsize=64)
def currency_of(value: str | None) -> str | None:
    """Return an ISO 4217 code."""
    code = (sent(value) or "").upper()
    return code if len(code) == 3 and code.isascii() and code.isalpha() else None
