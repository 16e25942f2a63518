"""extrawest_ocpi as a charge point operator: 2.1.1 and 2.2.1, tokens checked."""

from typing import Any

from py_ocpi.core.adapter import BaseAdapter
from py_ocpi.core.authentication.authenticator import Authenticator
from py_ocpi.core.enums import ModuleID, RoleEnum
from py_ocpi.main import get_application
from py_ocpi.modules.versions.enums import VersionNumber
from store import Store, StoreCrud

MODULES = [
    ModuleID.credentials_and_registration,
    ModuleID.locations,
    ModuleID.sessions,
    ModuleID.tariffs,
    ModuleID.cdrs,
    ModuleID.tokens,
    ModuleID.commands,
]


def application(store: Store) -> Any:
    """Return the library's application on top of a store."""

    class Tokens(Authenticator):
        @classmethod
        async def get_valid_token_a(cls) -> list[str]:
            return [store.world["tokens"]["a"]]

        @classmethod
        async def get_valid_token_c(cls) -> list[str]:
            return [store.world["tokens"]["c"]]

    return get_application(
        version_numbers=[VersionNumber.v_2_1_1, VersionNumber.v_2_2_1],
        roles=[RoleEnum.cpo],
        crud=StoreCrud(store),
        modules=MODULES,
        authenticator=Tokens,
        adapter=BaseAdapter,
    )
