"""eMabler's OCPI endpoint over the simulated world."""

from typing import Any, ClassVar, Final, override

from ..ocpi.face import OcpiFace
from ..ocpi.profile import OcpiProfile
from ..ocpi.values import Json
from ..world import World
from . import dialect
from .profile import EmablerProfile

MODULES: Final = {
    "2.1.1": frozenset({"sessions", "cdrs", "locations"}),
    "2.2.1": frozenset(
        {"sessions", "cdrs", "locations", "tariffs", "tokens", "commands"}
    ),
}
DISCOVERY: Final = frozenset({"versions", "version", "credentials"})


class EmablerFace(OcpiFace):
    """Answer like the endpoint; the profile may change at any time."""

    name: ClassVar[str] = "emabler"
    root: ClassVar[str] = "/emabler/ocpi"
    modules: ClassVar[str] = "/emabler/ocpi/{version}"
    known_versions: ClassVar[frozenset[str]] = frozenset(MODULES)
    # Documented for 2.1.1 too: fact sheet emabler_ocpi 5.
    old_periods_name_tariffs: ClassVar[bool] = True

    def __init__(self, world: World, profile: EmablerProfile | None = None) -> None:
        """Show a world with the switches of a profile."""
        super().__init__(world, profile or EmablerProfile())

    @property
    def spelling(self) -> EmablerProfile:
        """Return the profile, which says how things are spelled."""
        profile: OcpiProfile = self.profile
        assert isinstance(profile, EmablerProfile)
        return profile

    @override
    def offers(self, version: str | None, module: str) -> bool:
        if module in DISCOVERY:
            return self.spelling.offers_versions
        return module in MODULES.get(version or "", ())

    @override
    def enveloped(self, envelope: Json) -> Json:
        return dialect.enveloped(envelope, self.spelling)

    @override
    def rendered(self, kind: str, data: Any) -> Any:
        # Commands have no page of their own: plain OCPI, as sheet section 1 has it.
        if kind not in dialect.TRANSLATED:
            return data
        return dialect.written(data, kind, self.spelling)

    @override
    def understood(self, body: Json) -> Json:
        found: Json = dialect.understood(body, self.spelling.numbering)
        return found
