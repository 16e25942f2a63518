"""Ids that users' history, dashboards and automations hang on.

`tests/ids.txt` lists them all. An id that changes loses the history of its entity, so
a line of that file only ever changes with a migration; new lines are no harm.
"""

from pathlib import Path
import re

import pytest

from custom_components.ev_charging_cloud.const import DOMAIN
from emulator import scenarios
from homeassistant.helpers import device_registry as dr

from .support import ACCOUNT, Home, operator, place

COMMITTED = Path(__file__).parents[1] / "ids.txt"
NUMBERS = {r"_cp_CP\d+": "_cp_CHARGEPOINT", r"_evse_\d+": "_evse_EVSE"}

pytestmark = pytest.mark.usefixtures("everything_enabled")


def committed() -> list[str]:
    """Return the ids in the list, without its comments."""
    lines = COMMITTED.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def pattern(identity: str) -> str:
    """Return an id with words in place of what differs between accounts."""
    found = identity.replace(ACCOUNT, "ACCOUNT")
    for number, name in NUMBERS.items():
        found = re.sub(number, name, found)
    return found


def ids(home: Home) -> set[str]:
    """Return the patterns of all ids that the account has made."""
    entities = {
        f"{one.domain} {pattern(one.unique_id)}"
        for one in home.entities()
        if one.platform == DOMAIN
    }
    registry = dr.async_get(home.hass)
    identifiers: set[tuple[str, str]] = set()
    for one in home.entities():
        assert one.device_id is not None
        device = registry.async_get(one.device_id)
        assert device is not None
        identifiers |= device.identifiers
        if isinstance(device, dr.ChildDeviceEntry):
            parent = registry.async_get(device.parent_device_id)
            assert parent is not None
            identifiers |= parent.identifiers
    assert {domain for domain, _ in identifiers} == {DOMAIN}
    return entities | {f"device {pattern(name)}" for _, name in identifiers}


@place(scenarios.public)
@operator(car_battery_percent=True)
async def test_the_ids_of_a_driver_with_a_wall_box_are_those_committed(
    home: Home,
) -> None:
    """Every id that there can be, apart from those of single sockets."""
    await home.advance(60)
    await home.set_up()
    found = ids(home)
    assert found - set(committed()) == set()
    assert set(committed()) - found == {"device ACCOUNT_evse_EVSE"}


@place(scenarios.fleet, charge_points=2, evses_each=2)
async def test_the_ids_of_sockets_are_those_committed(home: Home) -> None:
    """The same for each socket, and a device for each."""
    await home.set_up()
    found = ids(home)
    assert found - set(committed()) == set()
    assert "device ACCOUNT_evse_EVSE" in found


def test_the_list_is_sorted_and_without_repetition() -> None:
    """So that a difference is easy to see."""
    assert committed() == sorted(set(committed()))
