"""Ids that users' history, dashboards and automations hang on.

`tests/ids.txt` lists them all. An id that changes loses the history of its entity, so
a line of that file only ever changes with a migration; new lines are no harm.
"""

from pathlib import Path
import re

import pytest

from custom_components.ev_charging_cloud.const import DOMAIN
from custom_components.ev_charging_cloud.providers.catalogue import BACKENDS
from emulator import scenarios
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr

from .roaming import KEY, RoamingBackend
from .roaming_home import ACCOUNT as ROAMING, RoamingHome, make_entry, roaming_home
from .support import ACCOUNT, Home, operator, place

COMMITTED = Path(__file__).parents[1] / "ids.txt"
NUMBERS = {
    r"_cp_(?:CP|L)\d+": "_cp_CHARGEPOINT",
    r"_evse_(?:\d+|L\d+/E\d+)": "_evse_EVSE",
}

# What this operator has not, but an account with sessions at places of others.
OTHERS = re.compile(r"_(?:charging_profile|roaming_cost|roaming_price|unlock)$")

pytestmark = pytest.mark.usefixtures("everything_enabled")


def committed() -> list[str]:
    """Return the ids in the list, without its comments."""
    lines = COMMITTED.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def pattern(identity: str) -> str:
    """Return an id with words in place of what differs between accounts."""
    found = identity.replace(ACCOUNT, "ACCOUNT").replace(ROAMING, "ACCOUNT")
    for number, name in NUMBERS.items():
        found = re.sub(number, name, found)
    return found


def ids(home: Home | RoamingHome) -> set[str]:
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
    left = {one for one in set(committed()) - found if not OTHERS.search(one)}
    assert left == {"device ACCOUNT_evse_EVSE"}


@place(scenarios.fleet, charge_points=2, evses_each=2)
async def test_the_ids_of_sockets_are_those_committed(home: Home) -> None:
    """The same for each socket, and a device for each."""
    await home.set_up()
    found = ids(home)
    assert found - set(committed()) == set()
    assert "device ACCOUNT_evse_EVSE" in found


async def test_the_ids_of_a_roaming_account_are_those_committed(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cost and price have ids of their own, and so has what only such accounts do."""
    backend = RoamingBackend()
    monkeypatch.setitem(BACKENDS, KEY, backend)
    entry = make_entry(included=["L1"])
    async with roaming_home(hass, backend.place, entry) as home:
        await home.set_up()
        found = {one for one in ids(home) if OTHERS.search(one)}
    assert found == {one for one in committed() if OTHERS.search(one)}


def test_the_list_is_sorted_and_without_repetition() -> None:
    """So that a difference is easy to see."""
    assert committed() == sorted(set(committed()))
