"""How to sign in at an OCPI party, and how to open the account."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
import re
from typing import override

from yarl import URL

from ..model import Account
from ..oauth import Tokens, TokenStore
from ..provider import (
    REALM,
    Backend,
    Brand,
    Field,
    FieldKind,
    Kept,
    Part,
    Provider,
    SignIn,
    SignInMethod,
)
from ..transport import Connection, checked_base
from .opening import Opening, open_account
from .provider import Translator
from .tokens import CONTRACT_ID, EVSE, ISSUER, LABEL, LOCATION, TYPE, TYPES, UID, Party

VERSIONS_URL = "versions_url"
TOKEN = "token"
ENCODING = "encoding"
VERSION = "version"
COUNTRY_CODE = "country_code"
PARTY_ID = "party_id"
TO_COUNTRY_CODE = "to_country_code"
TO_PARTY_ID = "to_party_id"
HOSTS = "hosts"
SESSIONS_URL = "sessions_url"
MODULE_URLS = {
    "sessions": SESSIONS_URL,
    "locations": "locations_url",
    "tariffs": "tariffs_url",
    "cdrs": "cdrs_url",
    "commands": "commands_url",
    "tokens": "tokens_url",
}
AUTO = "auto"
VERSIONS = {
    AUTO: None,
    "v2-3-0": "2.3.0",
    "v2-2-1": "2.2.1",
    "v2-2": "2.2",
    "v2-1-1": "2.1.1",
}
COUNTRY = re.compile(r"[A-Z]{2}")
PARTY = re.compile(r"[A-Z0-9]{3}")
HOST = re.compile(r"(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")

TOKEN_FIELD = Field(key=TOKEN, kind=FieldKind.SECRET)
ENCODING_FIELD = Field(
    key=ENCODING,
    kind=FieldKind.CHOICE,
    default=AUTO,
    options=(AUTO, "raw", "base64"),
)
PARTY_FIELDS = (
    Field(key=COUNTRY_CODE, required=False),
    Field(key=PARTY_ID, required=False),
    Field(key=TO_COUNTRY_CODE, required=False),
    Field(key=TO_PARTY_ID, required=False),
    Field(key=HOSTS, required=False),
)
TOKEN_PART = Part(
    key="token",
    identity=UID,
    title=LABEL,
    fields=(
        Field(key=UID),
        Field(key=TYPE, kind=FieldKind.CHOICE, default=TYPES[0], options=TYPES),
        Field(key=CONTRACT_ID, required=False),
        Field(key=ISSUER, required=False),
        Field(key=LABEL, required=False),
        Field(key=LOCATION, kind=FieldKind.LOCATION, required=False),
        Field(key=EVSE, kind=FieldKind.EVSE, required=False),
    ),
)


def utc_now() -> datetime:
    """Return the moment by this machine's clock."""
    return datetime.now(UTC)


class OcpiBackend(Backend):
    """Any operator or hub that speaks OCPI."""

    key = "ocpi"
    name = "OCPI"
    brands = {
        "ocpi": Brand(
            key="ocpi", name="OCPI", general=True, methods=("versions", "modules")
        )
    }
    methods = {
        method.key: method
        for method in (
            SignInMethod(
                key="versions",
                fields=(
                    Field(key=VERSIONS_URL, kind=FieldKind.URL),
                    TOKEN_FIELD,
                    ENCODING_FIELD,
                    *PARTY_FIELDS,
                ),
            ),
            SignInMethod(
                key="modules",
                fields=(
                    Field(key=VERSIONS_URL, kind=FieldKind.URL, required=False),
                    TOKEN_FIELD,
                    ENCODING_FIELD,
                    Field(
                        key=VERSION,
                        kind=FieldKind.CHOICE,
                        default=AUTO,
                        options=tuple(VERSIONS),
                    ),
                    *(
                        Field(key=key, kind=FieldKind.URL, required=False)
                        for key in MODULE_URLS.values()
                    ),
                    *PARTY_FIELDS,
                ),
            ),
        )
    }
    part = TOKEN_PART
    callbacks = True
    tolerates_zero = False

    def __init__(self, now: Callable[[], datetime] = utc_now) -> None:
        """Take the clock that staleness is judged by."""
        self._now = now

    @override
    def normalize(self, brand: str, values: Mapping[str, str]) -> dict[str, str]:
        """Return trimmed values with checked addresses, parties and hosts."""
        found = {key: text for key, value in values.items() if (text := value.strip())}
        found[TOKEN] = bare_token(found.get(TOKEN, ""))
        for key in (VERSIONS_URL, *MODULE_URLS.values()):
            if key in found:
                found[key] = checked_url(found[key], key)
        if VERSIONS_URL not in found and SESSIONS_URL not in found:
            raise ValueError(VERSIONS_URL)
        return {**found, **checked_parties(found)}

    @override
    async def sign_in(
        self,
        connection: Connection,
        brand: str,
        method: str,
        values: Mapping[str, str],
    ) -> SignIn:
        """Take the token that was entered; opening the account proves it."""
        settings = {
            field.key: values[field.key]
            for field in self.fields(brand, method)
            if field.key != TOKEN and values.get(field.key)
        }
        settings[REALM] = values.get(REALM) or realm(self.base(settings), settings)
        return SignIn(settings=settings, tokens=Tokens(access=values[TOKEN]))

    @override
    def open(
        self,
        connection: Connection,
        settings: Mapping[str, str],
        tokens: TokenStore,
        kept: Kept = Kept(),
    ) -> Provider:
        """Open an account."""
        base = self.base(settings)
        account = Account(id=settings[REALM], title=f"{self.name} ({base.host})")
        return open_account(
            connection,
            tokens,
            kept,
            Opening(
                account=account,
                base=base,
                versions_url=settings.get(VERSIONS_URL),
                modules=self.modules(settings),
                version=self.version(settings),
                encoding=self.encoding(settings),
                party=_party(settings, COUNTRY_CODE, PARTY_ID),
                partner=_party(settings, TO_COUNTRY_CODE, TO_PARTY_ID),
                hosts=tuple(settings.get(HOSTS, "").split()),
                translate=self.translate(settings),
                tolerates_zero=self.tolerates_zero,
                now=self._now,
            ),
        )

    def base(self, settings: Mapping[str, str]) -> URL:
        """Return the address whose host the token may go to."""
        return URL(settings.get(VERSIONS_URL) or settings[SESSIONS_URL])

    def modules(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Return the addresses of modules that the user entered."""
        return {
            module: settings[key]
            for module, key in MODULE_URLS.items()
            if settings.get(key)
        }

    def version(self, settings: Mapping[str, str]) -> str | None:
        """Return the version that the user wants."""
        return VERSIONS.get(settings.get(VERSION, AUTO))

    def encoding(self, settings: Mapping[str, str]) -> str:
        """Return how the token is written."""
        return settings.get(ENCODING) or AUTO

    def translate(self, settings: Mapping[str, str]) -> Translator | None:
        """Return what makes plain OCPI of a dialect."""
        return None


def bare_token(text: str) -> str:
    """Return a token without the word that goes before it in a header."""
    kind, _, rest = text.partition(" ")
    token = rest.strip() if kind.casefold() == "token" else text
    if not token or token.split() != [token] or not token.isascii():
        raise ValueError(TOKEN)
    return token


def checked_url(text: str, key: str) -> str:
    """Return an address that a token may be sent to, with the slash it had."""
    try:
        checked_base(text.partition("?")[0])
    except ValueError:
        raise ValueError(key) from None
    return str(URL(text if "://" in text else f"https://{text}"))


def checked_parties(values: Mapping[str, str]) -> dict[str, str]:
    """Return party ids in capitals, and hosts in small letters."""
    found = {}
    for country, party in (
        (COUNTRY_CODE, PARTY_ID),
        (TO_COUNTRY_CODE, TO_PARTY_ID),
    ):
        for key, pattern in ((country, COUNTRY), (party, PARTY)):
            # One without the other says nothing.
            if not (values.get(country) or values.get(party)):
                continue
            found[key] = values.get(key, "").upper()
            if not pattern.fullmatch(found[key]):
                raise ValueError(key)
    hosts = values.get(HOSTS, "").replace(",", " ").replace(";", " ").casefold().split()
    if not all(HOST.fullmatch(one) for one in hosts):
        raise ValueError(HOSTS)
    return {**found, HOSTS: " ".join(hosts)} if hosts else found


def realm(base: URL, settings: Mapping[str, str]) -> str:
    """Return what an account is known by: where it is, and who speaks to whom there.

    The token is no part of it, because it changes.
    """
    parties = (COUNTRY_CODE, PARTY_ID, TO_COUNTRY_CODE, TO_PARTY_ID)
    named = " ".join((base.path, *(settings.get(key, "") for key in parties)))
    return f"{base.host}_{sha256(named.encode()).hexdigest()[:12]}"


def _party(settings: Mapping[str, str], country: str, party: str) -> Party | None:
    """Return a party as it is compared, without case."""
    found = (settings.get(country, "").casefold(), settings.get(party, "").casefold())
    return found if all(found) else None
