"""Every number of the fact sheet emabler_ocpi, section 6, row by row."""

from typing import Any

import pytest

from custom_components.ev_charging_cloud.providers.emabler.dialect import Dialect

IN_ORDER = {
    "session/status": "ACTIVE COMPLETED INVALID PENDING RESERVATION",
    "session/authMethod": "AUTH_REQUEST COMMAND WHITELIST",
    "cdr/authMethod": "AUTH_REQUEST COMMAND WHITELIST",
    "session/cdrToken/type": "AD_HOC_USER APP_USER OTHER RFID",
    "cdr/cdrToken/type": "AD_HOC_USER APP_USER OTHER RFID",
    "location/publishAllowedTo/[]/type": "AD_HOC_USER APP_USER OTHER RFID",
    "token/type": "AD_HOC_USER APP_USER OTHER RFID",
    "location/type": (
        "ALONG_MOTORWAY PARKING_GARAGE PARKING_LOT ON_DRIVEWAY ON_STREET"
        " UNDERGROUND_GARAGE OTHER UNKNOWN"
    ),
    "location/parkingType": (
        "ALONG_MOTORWAY PARKING_GARAGE PARKING_LOT ON_DRIVEWAY ON_STREET"
        " UNDERGROUND_GARAGE"
    ),
    "location/evses/[]/status": (
        "AVAILABLE BLOCKED CHARGING INOPERATIVE OUTOFORDER PLANNED REMOVED RESERVED"
        " UNKNOWN"
    ),
    "evse/statusSchedule/[]/status": (
        "AVAILABLE BLOCKED CHARGING INOPERATIVE OUTOFORDER PLANNED REMOVED RESERVED"
        " UNKNOWN"
    ),
    # 10 to 12 need the order of the numbers: see test_numbering.
    "session/location/evses/[]/capabilities/[]": (
        "CHARGING_PROFILE_CAPABLE CHARGING_PREFERENCES_CAPABLE CHIP_CARD_SUPPORT"
        " CONTACTLESS_CARD_SUPPORT CREDIT_CARD_PAYABLE DEBIT_CARD_PAYABLE PED_TERMINAL"
        " REMOTE_START_STOP_CAPABLE RESERVABLE RFID_READER"
    ),
    "evse/connectors/[]/format": "SOCKET CABLE",
    "cdr/cdrLocation/connectorFormat": "SOCKET CABLE",
    "evse/parkingRestrictions/[]": "EV_ONLY PLUGGED DISABLED CUSTOMERS MOTORCYCLES",
    "evse/images/[]/category": "CHARGER ENTRANCE LOCATION NETWORK OPERATOR OTHER OWNER",
    "location/images/[]/category": (
        "CHARGER ENTRANCE LOCATION NETWORK OPERATOR OTHER OWNER"
    ),
    "location/owner/logo/category": (
        "CHARGER ENTRANCE LOCATION NETWORK OPERATOR OTHER OWNER"
    ),
    "location/facilities/[]": (
        "HOTEL RESTAURANT CAFE MALL SUPERMARKET SPORT RECREATION_AREA NATURE MUSEUM"
        " BIKE_SHARING BUS_STOP TAXI_STAND TRAM_STOP METRO_STATION TRAIN_STATION AIRPORT"
        " PARKING_LOT CARPOOL_PARKING FUEL_STATION WIFI"
    ),
    "location/energyMix/energySources/[]/source": (
        "NUCLEAR GENERAL_FOSSIL COAL GAS GENERAL_GREEN SOLAR WIND WATER"
    ),
    "location/energyMix/environImpact/[]/source": "NUCLEAR_WASTE CARBON_DIOXIDE",
    "tariff/energyMix/environImpact/[]/category": "NUCLEAR_WASTE CARBON_DIOXIDE",
    # From 4 on the amounts must show the order: see test_amounts.
    "session/chargingPeriods/[]/dimensions/[]/type": (
        "CURRENT ENERGY ENERGY_EXPORT ENERGY_IMPORT"
    ),
    "cdr/tariffs/[]/type": (
        "AD_HOC_PAYMENT PROFILE_CHEAP PROFILE_FAST PROFILE_GREEN REGULAR"
    ),
    "cdr/tariffs/[]/elements/[]/priceComponents/[]/type": (
        "ENERGY FLAT PARKING_TIME TIME"
    ),
    "tariff/elements/[]/priceComponents/[]/type": "ENERGY FLAT PARKING_TIME TIME",
    "tariff/elements/[]/restrictions/reservation": "RESERVATION RESERVATION_EXPIRES",
}
ONLY_NAMES = {
    "tariff/elements/[]/restrictions/dayOfWeek/[]": (
        "MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY SUNDAY"
    ),
    "token/whitelist": "ALWAYS ALLOWED ALLOWED_OFFLINE NEVER",
    "token/defaultProfileType": "CHEAP FAST GREEN REGULAR",
    "command/result": (
        "ACCEPTED CANCELED_RESERVATION EVSE_OCCUPIED EVSE_INOPERATIVE FAILED"
        " NOT_SUPPORTED REJECTED TIMEOUT UNKNOWN_RESERVATION UNKNOWN_SESSION"
    ),
}


def at(path: str, value: Any) -> tuple[str, Any]:
    """Return a kind, and an object of it with a value at a path."""
    kind, *fields = path.split("/")
    for field in reversed(fields):
        value = [value] if field == "[]" else {field: value}
    return kind, value


def found(path: str, value: Any) -> Any:
    """Translate an object with a value at a path, and return what stands there."""
    kind, source = at(path, value)
    result = Dialect()(kind, source)
    while isinstance(result, list | dict):
        (result,) = result if isinstance(result, list) else result.values()
    return result


def spellings(name: str) -> set[str]:
    """Return a name as OCPI writes it, and as other tools do."""
    humps = "".join(part.capitalize() for part in name.split("_"))
    hyphens = name.replace("_", "-").lower()
    return {name, name.lower(), humps, humps[0].lower() + humps[1:], hyphens}


@pytest.mark.parametrize(
    ("path", "number", "name"),
    [
        (path, number, name)
        for path, names in IN_ORDER.items()
        for number, name in enumerate(names.split())
    ],
)
def test_numbers(path: str, number: int, name: str) -> None:
    """As an integer, as text, and as a float that is whole."""
    for value in (number, str(number), float(number)):
        assert found(path, value) == name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (path, name)
        for path, names in (IN_ORDER | ONLY_NAMES).items()
        for name in names.split()
    ],
)
def test_names(path: str, name: str) -> None:
    """In any case, with any separator."""
    for value in spellings(name):
        assert found(path, value) == name


@pytest.mark.parametrize("path", ONLY_NAMES)
def test_numbers_that_nobody_knows(path: str) -> None:
    """They stay unknown words: a day that is not known leaves a tariff unpriced."""
    assert found(path, 0) == "0"
    assert found(path, "6") == "6"


@pytest.mark.parametrize("path", IN_ORDER)
def test_the_first_number_outside(path: str) -> None:
    """The tables are no longer than the fact sheet's."""
    longer = {
        "location/parkingType": 8,
        "session/location/evses/[]/capabilities/[]": 13,
    }
    longer["session/chargingPeriods/[]/dimensions/[]/type"] = 14
    outside = longer.get(path, len(IN_ORDER[path].split()))
    assert found(path, outside) == str(outside)
    assert found(path, outside - 1) != outside - 1


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("evse/connectors/[]/standard", "MCS"),
        ("evse/connectors/[]/standard", "SAE_J3400"),
        ("token/type", "EMAID"),
        ("evse/parkingRestrictions/[]", "TENANTS"),
    ],
)
def test_words_of_newer_versions(path: str, word: str) -> None:
    """They have names only."""
    for value in spellings(word):
        assert found(path, value) == word
