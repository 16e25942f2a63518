"""The tokens of an account: what the user entered, and what goes over the wire (13)."""

from datetime import datetime
import re
from typing import Any, override

from ..model import ChargePoint, Evse, Ownership, PlaceKind, Session
from ..provider import PartData

UID = "uid"
TYPE = "token_type"
CONTRACT_ID = "contract_id"
ISSUER = "issuer"
LABEL = "label"
LOCATION = "location_id"
EVSE = "evse_uid"

TYPES = ("app_user", "rfid", "ad_hoc_user", "other", "emaid")
NAME = "Token"
# The first version knows two types only.
OLD_TYPES = ("RFID", "OTHER")
# Without its separators a contract id is told from any other word by its length and C.
CONTRACT = re.compile(
    r"([a-z]{2})(?:[-*]([a-z0-9]{3})[-*].+|([a-z0-9]{3})c[a-z0-9]{8,9})",
    re.ASCII | re.IGNORECASE,
)

type Party = tuple[str, str]


class Token:
    """One token of the user."""

    def __init__(self, part: PartData, party: Party | None) -> None:
        """Take what the user entered; the party may stand in the contract."""
        values = {key: value.strip() for key, value in part.values.items()}
        self.part = part.id
        self.key = f"token_{part.id}"
        self.uid = values.get(UID, "")
        self.contract_id = values.get(CONTRACT_ID) or self.uid
        self.type = (values.get(TYPE) or TYPES[0]).upper()
        self.issuer = values.get(ISSUER) or "Home Assistant"
        self.name = values.get(LABEL) or NAME
        self.location = values.get(LOCATION) or None
        self.evse = values.get(EVSE) or None
        self.party = party or _party_of(self.contract_id)

    @override
    def __repr__(self) -> str:
        """Show nothing of it."""
        return "Token()"

    @property
    def names(self) -> frozenset[str]:
        """Return by what a session may name the token, without case."""
        return frozenset(
            name.casefold() for name in (self.uid, self.contract_id) if name
        )

    @property
    def contract(self) -> str | None:
        """Return the contract id without case, where it is more than the uid."""
        found = self.contract_id.casefold()
        return None if found == self.uid.casefold() else found

    def body(self, version: str, now: datetime) -> dict[str, Any]:
        """Return the token as the standard wants it.

        It is always valid: nobody can ask here whether it still is.
        """
        common = {
            "uid": self.uid,
            "issuer": self.issuer,
            "valid": True,
            "whitelist": "ALWAYS",
            "last_updated": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        if version == "2.1.1":
            kind = self.type if self.type in OLD_TYPES else "OTHER"
            return {**common, "type": kind, "auth_id": self.contract_id}
        country, party = self.party or ("", "")
        return {
            **common,
            "type": self.type,
            "contract_id": self.contract_id,
            "country_code": country.upper(),
            "party_id": party.upper(),
        }

    def point(self, session: Session | None) -> ChargePoint:
        """Return the token as a place at which its latest session is shown."""
        running = session is not None and session.running
        evse = Evse(
            id=self.key,
            status=session.evse_status if session is not None and running else None,
            session=session,
        )
        return ChargePoint(
            id=self.key,
            name=self.name,
            kind=PlaceKind.DRIVER,
            part=self.part,
            ownership=Ownership.OWN,
            evses=(evse,),
        )


def _party_of(contract_id: str) -> Party | None:
    """Return the party that a contract id begins with."""
    found = CONTRACT.fullmatch(contract_id)
    if found is None:
        return None
    return found[1].casefold(), (found[2] or found[3]).casefold()
