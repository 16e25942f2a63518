"""Tokens of drivers (fact sheet ocpi 13)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..world import Driver, World
from .profile import KnownToken, OcpiProfile
from .values import Json, filled, written_time


@dataclass
class TokenBook:
    """Keep the tokens that parties have told the CPO of."""

    world: World
    _told: dict[tuple[str, str, str], tuple[KnownToken, datetime]] = field(
        default_factory=dict
    )

    def all(self, profile: OcpiProfile) -> dict[str, KnownToken]:
        """Return every token by its uid in lower case."""
        known = {token.uid.lower(): token for token in profile.tokens}
        told = {token.uid.lower(): token for token, _ in self._told.values()}
        return known | told

    def by_driver(self, profile: OcpiProfile) -> dict[str, KnownToken]:
        """Return the tokens of the world's drivers by driver id."""
        tokens = self.all(profile)
        return {
            driver.id: tokens[key]
            for driver in self.world.drivers.values()
            if (key := (driver.auth_id or "").lower()) in tokens
        }

    def find(
        self, profile: OcpiProfile, party: tuple[str, str], uid: str
    ) -> tuple[KnownToken, datetime | None] | None:
        """Return a token of a party and when it was told."""
        if (told := self._told.get(_key(party, uid))) is not None:
            return told
        for token in profile.tokens:
            if _key(token.party, token.uid) == _key(party, uid):
                return token, None
        return None

    def put(self, token: KnownToken) -> None:
        """Keep a token."""
        key = _key(token.party, token.uid)
        self._told[key] = (token, self.world.clock.now())

    def driver_of(self, token: KnownToken) -> Driver:
        """Return the driver who holds a token, a new one if necessary."""
        for driver in self.world.drivers.values():
            if (driver.auth_id or "").lower() == token.uid.lower():
                return driver
        return self.world.add_driver(
            Driver(
                id=f"ocpi-{token.uid}",
                email="",
                password="",
                name=token.uid,
                auth_id=token.uid,
            )
        )


def _key(party: tuple[str, str], uid: str) -> tuple[str, str, str]:
    return party[0].lower(), party[1].lower(), uid.lower()


def token_from(body: Json, party: tuple[str, str]) -> KnownToken | None:
    """Return the token that an object describes, in whichever version."""
    uid = body.get("uid")
    contract = body.get("contract_id", body.get("auth_id"))
    if not (isinstance(uid, str) and uid and isinstance(contract, str)):
        return None
    return KnownToken(
        uid=uid,
        contract_id=contract,
        type=str(body.get("type", "RFID")),
        party=(
            str(body.get("country_code", party[0])).upper(),
            str(body.get("party_id", party[1])).upper(),
        ),
        issuer=str(body.get("issuer", "")),
        valid=body.get("valid") is not False,
        whitelist=str(body.get("whitelist", "NEVER")),
    )


def cdr_token(token: KnownToken) -> Json:
    """Return what a session tells of the token that began it."""
    return {
        "country_code": token.party[0],
        "party_id": token.party[1],
        "uid": token.uid,
        "type": token.type,
        "contract_id": token.contract_id,
    }


def token_json(
    token: KnownToken, version: str, updated: datetime, profile: OcpiProfile
) -> Any:
    """Return a whole token."""
    common = {
        "uid": token.uid,
        "type": token.type,
        "issuer": token.issuer,
        "valid": token.valid,
        "whitelist": token.whitelist,
        "last_updated": written_time(updated, profile),
    }
    if version == "2.1.1":
        written = common | {"auth_id": token.contract_id}
        return filled(written, profile, "visual_number", "language")
    return filled(
        common | cdr_token(token),
        profile,
        *("visual_number", "group_id", "language", "default_profile_type"),
        "energy_contract",
    )
