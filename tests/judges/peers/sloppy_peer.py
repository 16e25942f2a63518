"""py_ocpi as a careless charge point operator: 2.2.1 only, any token will do."""

from typing import Any

from py_ocpi import get_application
from py_ocpi.core.enums import RoleEnum
from py_ocpi.modules.cdrs.v_2_2_1.schemas import Cdr
from py_ocpi.modules.commands.v_2_2_1.schemas import CommandResponse, CommandResult
from py_ocpi.modules.credentials.v_2_2_1.schemas import Credentials
from py_ocpi.modules.locations.v_2_2_1.schemas import Location
from py_ocpi.modules.sessions.v_2_2_1.schemas import ChargingPreferences, Session
from py_ocpi.modules.tariffs.v_2_2_1.schemas import Tariff
from py_ocpi.modules.tokens.v_2_2_1.schemas import Token
from py_ocpi.modules.versions.enums import VersionNumber
from store import Store, StoreCrud


class Adapter:
    """The library's own shapes; the version is always the same."""

    location_adapter = staticmethod(lambda row, *_: Location(**row))
    session_adapter = staticmethod(lambda row, *_: Session(**row))
    cdr_adapter = staticmethod(lambda row, *_: Cdr(**row))
    tariff_adapter = staticmethod(lambda row, *_: Tariff(**row))
    token_adapter = staticmethod(lambda row, *_: Token(**row))
    credentials_adapter = staticmethod(lambda row, *_: Credentials(**row))
    command_response_adapter = staticmethod(lambda row, *_: CommandResponse(**row))
    command_result_adapter = staticmethod(lambda row, *_: CommandResult(**row))
    charging_preference_adapter = staticmethod(
        lambda row, *_: ChargingPreferences(**row)
    )


def application(store: Store) -> Any:
    """Return the library's application on top of a store."""
    return get_application(
        version_numbers=[VersionNumber.v_2_2_1],
        roles=[RoleEnum.cpo],
        crud=StoreCrud(store),
        adapter=Adapter,
    )
