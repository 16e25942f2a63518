"""Who charged, as far as it matters whether it was us (design 2)."""

from functools import lru_cache
from typing import override

import msgspec

from ...model import Ownership
from .. import wire
from .names import folded, owner
from .shapes import Own


class Driver(msgspec.Struct, frozen=True):
    """By what a driver is named, the most exact name first, and whose that is."""

    names: tuple[str, ...]
    tokens: frozenset[str]
    ownership: Ownership
    foreign: bool

    @property
    def token(self) -> str | None:
        """Return the most exact name."""
        return self.names[0] if self.names else None

    @override
    def __repr__(self) -> str:
        """Show no name."""
        return "Driver()"


def driver_of(
    source: wire.Session | wire.Cdr, reference: str | None, own: Own
) -> Driver:
    """Return who charged; our own start is ours, whatever token it names."""
    party = source.cdr_token or wire.Party()
    found = _driver(
        party.uid,
        party.contract_id,
        source.auth_id,
        owner(party.country_code, party.party_id),
        own,
    )
    if reference is None or reference not in own.references:
        return found
    return msgspec.structs.replace(found, ownership=Ownership.OWN, foreign=False)


@lru_cache(maxsize=1024)
def _driver(
    uid: str | None,
    contract_id: str | None,
    auth_id: str | None,
    party: tuple[str, str] | None,
    own: Own,
) -> Driver:
    """Return a driver by the names; there are few, and many sessions of each."""
    names = tuple(
        name for one in (uid, contract_id, auth_id) if (name := folded(one)) is not None
    )
    tokens = frozenset(names)
    foreign = None not in (party, own.party) and party != own.party
    # A uid is unique only inside its party, a contract id everywhere.
    ours = own.contracts if foreign else own.tokens
    if not ours.isdisjoint(tokens):
        return Driver(names, tokens, Ownership.OWN, foreign=False)
    other = Ownership.FOREIGN if own.tokens and tokens else Ownership.UNKNOWN
    return Driver(names, tokens, other, foreign)
