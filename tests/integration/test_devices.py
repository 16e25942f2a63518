"""Devices: which there are, when they appear, and who may delete them."""

import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from emulator import scenarios
from emulator.charger import ChargePoint, Evse, Site
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType
from homeassistant.setup import async_setup_component

from .support import ACCOUNT, EVSE, Home, place

LISTING = r"/personal/charge-points$"


def devices(home: Home) -> dict[str, dr.AnyDeviceEntry]:
    """Return the devices of the account by the end of their identifier."""
    registry = dr.async_get(home.hass)
    found: dict[str, dr.AnyDeviceEntry] = {}
    known = {entity.device_id for entity in home.entities()}
    for one in known:
        assert one is not None
        device = registry.async_get(one)
        assert device is not None
        ((_, identifier),) = device.identifiers
        found[identifier.removeprefix(f"{ACCOUNT}_")] = device
    return found


def build(home: Home, key: str, evse_id: str) -> None:
    """Let the driver buy another charger."""
    tariff = home.world.evse(EVSE).tariff
    site = Site(id=9, name="Summer house")
    point = ChargePoint(id=key, name="Summer house", site=site, owner_id="3001")
    point.evses.append(
        Evse(id=evse_id, identifier="99", charge_point=point, tariff=tariff)
    )
    home.world.add_charge_point(point)


async def test_an_account_and_its_charger_are_devices(home: Home) -> None:
    """The account is a service, and the charger belongs to it."""
    await home.set_up()
    found = devices(home)
    assert set(found) == {"account", "cp_CP0012345", "cp_elsewhere"}
    account, garage = found["account"], found["cp_CP0012345"]
    assert isinstance(account, dr.DeviceEntry)
    assert isinstance(garage, dr.DeviceEntry)
    assert account.entry_type is DeviceEntryType.SERVICE
    assert account.name == "Test operator"
    assert garage.name == "Garage"
    assert garage.manufacturer == "Test operator"
    assert garage.sw_version == "6.3.0"
    assert garage.via_device_id == account.id


async def test_the_place_elsewhere_is_a_service(home: Home) -> None:
    """With a translated name, below the account."""
    await home.set_up()
    found = devices(home)
    place_elsewhere = found["cp_elsewhere"]
    assert isinstance(place_elsewhere, dr.DeviceEntry)
    assert place_elsewhere.entry_type is DeviceEntryType.SERVICE
    assert place_elsewhere.name == "Charging elsewhere"
    assert place_elsewhere.via_device_id == found["account"].id


@place(scenarios.fleet, charge_points=1, evses_each=2)
async def test_sockets_are_devices_where_there_are_several(home: Home) -> None:
    """Each is a part of the charge point, named by what is printed on it."""
    await home.set_up()
    found = devices(home)
    registry = dr.async_get(home.hass)
    parent = registry.async_get_device_by_identifier(
        ("ev_charging_cloud", f"{ACCOUNT}_cp_CP0000001"), home.entry.entry_id
    )
    assert parent is not None
    sockets = [found["evse_700001"], found["evse_700002"]]
    assert [one.name for one in sockets] == ["Socket 4001", "Socket 4002"]
    for one in sockets:
        assert isinstance(one, dr.ChildDeviceEntry)
        assert one.parent_device_id == parent.id


async def test_a_new_charger_appears_without_a_reload(home: Home) -> None:
    """With the first poll that lists it, and its charge is no news yet."""
    await home.set_up()
    runtime = home.entry.runtime_data
    build(home, "CP9", "999")
    await home.poll()
    assert home.value("status", "999") == "available"
    assert home.value("charging", "999") == "off"
    assert "cp_CP9" in devices(home)
    assert home.entry.runtime_data is runtime


async def test_a_new_charger_does_not_appear_where_charge_points_are_picked(
    home: Home,
) -> None:
    """In a large account the user picks."""
    home.hass.config_entries.async_update_entry(
        home.entry, options={"included": ["CP0012345"]}
    )
    await home.set_up()
    build(home, "CP9", "999")
    await home.poll()
    assert "cp_CP9" not in devices(home)
    assert home.value("status") == "preparing"
    assert "cp_elsewhere" in devices(home)


async def test_an_excluded_charger_does_not_appear(home: Home) -> None:
    """The user does not want to see it."""
    home.hass.config_entries.async_update_entry(
        home.entry, options={"excluded": ["CP0012345"]}
    )
    await home.set_up()
    assert set(devices(home)) == {"account", "cp_elsewhere"}


async def delete(
    home: Home, hass_ws_client: WebSocketGenerator, device: dr.AnyDeviceEntry
) -> bool:
    """Let the user delete a device, and tell whether that was allowed."""
    assert await async_setup_component(home.hass, "config", {})
    client = await hass_ws_client(home.hass)
    answer = await client.remove_device(device.id)
    done: bool = answer["success"]
    return done


@pytest.mark.parametrize("key", ["account", "cp_CP0012345", "cp_elsewhere"])
async def test_a_device_in_use_cannot_be_deleted(
    home: Home, hass_ws_client: WebSocketGenerator, key: str
) -> None:
    """It would come back with the next poll."""
    await home.set_up()
    assert not await delete(home, hass_ws_client, devices(home)[key])
    assert key in devices(home)


async def test_a_charger_that_is_gone_can_be_deleted(
    home: Home, hass_ws_client: WebSocketGenerator
) -> None:
    """By the user; nothing is deleted for them."""
    await home.set_up()
    home.emulator.faults.add("replace", path=LISTING, body={"data": []})
    for _ in range(3):
        await home.poll()
    garage = devices(home)["cp_CP0012345"]
    assert await delete(home, hass_ws_client, garage)
    assert "cp_CP0012345" not in devices(home)


async def test_a_hidden_charger_leaves_no_device(home: Home) -> None:
    """Nobody has to delete it by hand."""
    await home.set_up()
    assert "cp_CP0012345" in devices(home)
    home.hass.config_entries.async_update_entry(
        home.entry, options={"excluded": ["CP0012345"]}
    )
    await home.reload()
    assert "cp_CP0012345" not in devices(home)


@pytest.mark.usefixtures("everything_enabled")
async def test_a_charger_can_be_restarted(home: Home) -> None:
    """The button sends it, and the account is read again."""
    await home.set_up()
    await home.call("button", "press", home.entity_id("restart"))
    assert home.asked("reboot") == 1
    assert home.world.charge_point("CP0012345").rebooting_until is not None


@pytest.mark.usefixtures("everything_enabled")
@pytest.mark.parametrize(
    ("status", "key"),
    [(404, "refused_not_found"), (403, "forbidden"), (500, "server_error")],
)
async def test_a_restart_that_fails_is_explained(
    home: Home, status: int, key: str
) -> None:
    """It is sent once."""
    await home.set_up()
    home.emulator.faults.add("status", status=status, path=r"/reboot$")
    with pytest.raises(HomeAssistantError) as caught:
        await home.call("button", "press", home.entity_id("restart"))
    assert caught.value.translation_key == key
    assert home.asked("reboot") == 1


@pytest.mark.usefixtures("everything_enabled")
@place(scenarios.fleet, charge_points=1, evses_each=3)
async def test_a_charge_point_has_one_restart_button(home: Home) -> None:
    """However many sockets it has."""
    await home.set_up()
    buttons = [one for one in home.entities() if one.unique_id.endswith("_restart")]
    assert len(buttons) == 1
