"""How to sign in at eMabler, whose OCPI is a dialect with direct addresses."""

from collections.abc import Mapping
from typing import override

from yarl import URL

from ..ocpi.backend import (
    AUTO,
    PARTY_FIELDS,
    TOKEN,
    TOKEN_FIELD,
    VERSION,
    VERSIONS,
    OcpiBackend,
    bare_token,
    checked_parties,
    checked_url,
)
from ..ocpi.provider import Translator
from ..provider import Brand, Field, FieldKind, SignInMethod
from .dialect import Dialect

BASE_URL = "base_url"
NUMBERING = "numbering"
COMMANDS_URL = "commands_url"
TOKENS_URL = "tokens_url"
TARIFFS_URL = "tariffs_url"
OPTIONAL = {"commands": COMMANDS_URL, "tokens": TOKENS_URL, "tariffs": TARIFFS_URL}
NUMBERINGS = {AUTO: AUTO, "v2-2-1": "2.2.1", "v2-2": "2.2"}
# Those with a documented page (fact sheet emabler_ocpi 1).
LISTS = {"2.2.1": ("sessions", "cdrs", "locations"), "2.1.1": ("sessions", "cdrs")}
OFFERED = {key: name for key, name in VERSIONS.items() if name in LISTS}


class EmablerBackend(OcpiBackend):
    """eMabler for its roaming partners."""

    key = "emabler"
    name = "eMabler"
    brands = {
        "emabler": Brand(
            key="emabler", name="eMabler", country="FI", methods=("direct",)
        )
    }
    methods = {
        "direct": SignInMethod(
            key="direct",
            fields=(
                Field(key=BASE_URL, kind=FieldKind.URL),
                TOKEN_FIELD,
                Field(
                    key=VERSION,
                    kind=FieldKind.CHOICE,
                    default=next(iter(OFFERED)),
                    options=tuple(OFFERED),
                ),
                Field(
                    key=NUMBERING,
                    kind=FieldKind.CHOICE,
                    default=AUTO,
                    options=tuple(NUMBERINGS),
                ),
                *(
                    Field(key=key, kind=FieldKind.URL, required=False)
                    for key in OPTIONAL.values()
                ),
                *PARTY_FIELDS,
            ),
        )
    }
    tolerates_zero = True

    @override
    def normalize(self, brand: str, values: Mapping[str, str]) -> dict[str, str]:
        """Return trimmed values with checked addresses, parties and hosts."""
        found = {key: text for key, value in values.items() if (text := value.strip())}
        found[TOKEN] = bare_token(found.get(TOKEN, ""))
        for key in (BASE_URL, *OPTIONAL.values()):
            if key == BASE_URL or key in found:
                found[key] = checked_url(found.get(key, ""), key)
        return {**found, **checked_parties(found)}

    @override
    def base(self, settings: Mapping[str, str]) -> URL:
        """Return the address that modules hang below."""
        return URL(settings[BASE_URL].rstrip("/") + "/")

    @override
    def modules(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Return the documented addresses, and those that the user entered."""
        version = self.version(settings)
        base = self.base(settings)
        # The address may already end with the version.
        below = base if base.path.endswith(f"/{version}/") else base / f"{version}/"
        return {
            **{module: str(below / module) for module in LISTS[version]},
            **{
                module: settings[key]
                for module, key in OPTIONAL.items()
                if settings.get(key)
            },
        }

    @override
    def version(self, settings: Mapping[str, str]) -> str:
        """Return the version that the user wants."""
        return OFFERED.get(settings.get(VERSION, "")) or next(iter(LISTS))

    @override
    def encoding(self, settings: Mapping[str, str]) -> str:
        """Return Base64, which is documented for all versions (2)."""
        return "base64"

    @override
    def translate(self, settings: Mapping[str, str]) -> Translator:
        """Return what makes plain OCPI of what eMabler documents."""
        return Dialect(NUMBERINGS.get(settings.get(NUMBERING, ""), AUTO))
