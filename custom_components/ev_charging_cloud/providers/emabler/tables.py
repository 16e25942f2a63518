"""Which numbers eMabler's documents give to OCPI's enumerations, and where they stand.

The numbers are those of the fact sheet emabler_ocpi, section 6. Nothing here is certain
enough to be guessed: what is of medium certainty is marked with ``doubtful``, and is
only read once something else shows which of two orders holds.
"""

import msgspec


class Enumeration(msgspec.Struct, frozen=True, kw_only=True):
    """The members of an enumeration, in the order of their numbers.

    From the number ``doubtful`` on, what a number means depends on what else is sent;
    ``other`` is the order that may hold instead. ``unnumbered`` members are only known
    by their names.
    """

    members: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    doubtful: int | None = None
    unnumbered: tuple[str, ...] = ()


def _in_order(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_IEC_60309 = """
    IEC_60309_2_single_16 IEC_60309_2_three_16
    IEC_60309_2_three_32 IEC_60309_2_three_64
"""
_IEC_62196 = """
    IEC_62196_T1 IEC_62196_T1_COMBO IEC_62196_T2 IEC_62196_T2_COMBO
    IEC_62196_T3A IEC_62196_T3C
"""
_LAST_STANDARDS = "PANTOGRAPH_BOTTOM_UP PANTOGRAPH_TOP_DOWN TESLA_R TESLA_S"

SESSION_STATUS = Enumeration(
    members=_in_order("ACTIVE COMPLETED INVALID PENDING RESERVATION")
)
AUTH_METHOD = Enumeration(members=_in_order("AUTH_REQUEST COMMAND WHITELIST"))
# The first six are also OCPI 2.2.1's ParkingType, in its order.
LOCATION_TYPE = Enumeration(
    members=_in_order(
        """
        ALONG_MOTORWAY PARKING_GARAGE PARKING_LOT ON_DRIVEWAY ON_STREET
        UNDERGROUND_GARAGE OTHER UNKNOWN
        """
    )
)
EVSE_STATUS = Enumeration(
    members=_in_order(
        """
        AVAILABLE BLOCKED CHARGING INOPERATIVE OUTOFORDER PLANNED REMOVED RESERVED
        UNKNOWN
        """
    )
)
_CAPABILITIES = """
    CHARGING_PROFILE_CAPABLE CHARGING_PREFERENCES_CAPABLE CHIP_CARD_SUPPORT
    CONTACTLESS_CARD_SUPPORT CREDIT_CARD_PAYABLE DEBIT_CARD_PAYABLE PED_TERMINAL
    REMOTE_START_STOP_CAPABLE RESERVABLE RFID_READER
"""
CAPABILITY = Enumeration(
    members=_in_order(
        f"{_CAPABILITIES} START_SESSION_CONNECTOR_REQUIRED TOKEN_GROUP_CAPABLE"
        " UNLOCK_CAPABLE"
    ),
    other=_in_order(
        f"{_CAPABILITIES} TOKEN_GROUP_CAPABLE UNLOCK_CAPABLE"
        " START_SESSION_CONNECTOR_REQUIRED"
    ),
    doubtful=10,
)
# In the other order the 13 that came later follow, in an order that nobody knows.
STANDARD = Enumeration(
    members=_in_order(
        f"""
        CHADEMO CHAOJI DOMESTIC_A DOMESTIC_B DOMESTIC_C DOMESTIC_D DOMESTIC_E
        DOMESTIC_F DOMESTIC_G DOMESTIC_H DOMESTIC_I DOMESTIC_J DOMESTIC_K DOMESTIC_L
        DOMESTIC_M DOMESTIC_N DOMESTIC_O GBT_AC GBT_DC {_IEC_60309} {_IEC_62196}
        NEMA_5_20 NEMA_6_30 NEMA_6_50 NEMA_10_30 NEMA_10_50 NEMA_14_30 NEMA_14_50
        {_LAST_STANDARDS}
        """
    ),
    other=_in_order(
        f"""
        CHADEMO DOMESTIC_A DOMESTIC_B DOMESTIC_C DOMESTIC_D DOMESTIC_E DOMESTIC_F
        DOMESTIC_G DOMESTIC_H DOMESTIC_I DOMESTIC_J DOMESTIC_K DOMESTIC_L
        {_IEC_60309} {_IEC_62196} {_LAST_STANDARDS}
        """
    ),
    # The number of a standard that was never set is 0, so even 0 is weighed.
    doubtful=0,
    unnumbered=("MCS", "SAE_J3400"),
)
CONNECTOR_FORMAT = Enumeration(members=("SOCKET", "CABLE"))
POWER_TYPE = Enumeration(
    members=_in_order("AC_1_PHASE AC_2_PHASE AC_2_PHASE_SPLIT AC_3_PHASE DC"),
    other=_in_order("AC_1_PHASE AC_3_PHASE DC AC_2_PHASE AC_2_PHASE_SPLIT"),
    doubtful=0,
)
PARKING_RESTRICTION = Enumeration(
    members=_in_order("EV_ONLY PLUGGED DISABLED CUSTOMERS MOTORCYCLES"),
    unnumbered=("EMPLOYEES", "TAXIS", "TENANTS"),
)
IMAGE_CATEGORY = Enumeration(
    members=_in_order("CHARGER ENTRANCE LOCATION NETWORK OPERATOR OTHER OWNER")
)
FACILITY = Enumeration(
    members=_in_order(
        """
        HOTEL RESTAURANT CAFE MALL SUPERMARKET SPORT RECREATION_AREA NATURE MUSEUM
        BIKE_SHARING BUS_STOP TAXI_STAND TRAM_STOP METRO_STATION TRAIN_STATION AIRPORT
        PARKING_LOT CARPOOL_PARKING FUEL_STATION WIFI
        """
    )
)
ENERGY_SOURCE = Enumeration(
    members=_in_order("NUCLEAR GENERAL_FOSSIL COAL GAS GENERAL_GREEN SOLAR WIND WATER")
)
ENVIRONMENTAL_IMPACT = Enumeration(members=_in_order("NUCLEAR_WASTE CARBON_DIOXIDE"))
_LATER_DIMENSIONS = """
    MAX_CURRENT MIN_CURRENT MAX_POWER MIN_POWER PARKING_TIME POWER RESERVATION_TIME
    STATE_OF_CHARGE TIME
"""
_FIRST_DIMENSIONS = "CURRENT ENERGY ENERGY_EXPORT ENERGY_IMPORT"
DIMENSION = Enumeration(
    members=_in_order(f"{_FIRST_DIMENSIONS} {_LATER_DIMENSIONS} FLAT"),
    other=_in_order(f"{_FIRST_DIMENSIONS} FLAT {_LATER_DIMENSIONS}"),
    # Any of them is only believed where the amounts do not contradict it.
    doubtful=0,
)
TOKEN_TYPE = Enumeration(
    members=_in_order("AD_HOC_USER APP_USER OTHER RFID"), unnumbered=("EMAID",)
)
TARIFF_TYPE = Enumeration(
    members=_in_order("AD_HOC_PAYMENT PROFILE_CHEAP PROFILE_FAST PROFILE_GREEN REGULAR")
)
PRICE_COMPONENT = Enumeration(members=_in_order("ENERGY FLAT PARKING_TIME TIME"))
# A week may begin on Sunday as well. A day that stays a number is a restriction that
# nobody knows, which leaves the tariff without a price.
DAY_OF_WEEK = Enumeration(
    unnumbered=_in_order("MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY SUNDAY")
)
RESERVATION = Enumeration(members=_in_order("RESERVATION RESERVATION_EXPIRES"))
# The documents show no numbers of these.
WHITELIST = Enumeration(unnumbered=_in_order("ALWAYS ALLOWED ALLOWED_OFFLINE NEVER"))
PROFILE_TYPE = Enumeration(unnumbered=_in_order("CHEAP FAST GREEN REGULAR"))
RESULT = Enumeration(
    unnumbered=_in_order(
        """
        ACCEPTED CANCELED_RESERVATION EVSE_OCCUPIED EVSE_INOPERATIVE FAILED
        NOT_SUPPORTED REJECTED TIMEOUT UNKNOWN_RESERVATION UNKNOWN_SESSION
        """
    )
)

# What stands in the fields of an object: an enumeration, or an object by its name here.
# Lists are read item by item. Fields that are not named hold neither.
OBJECTS: dict[str, dict[str, Enumeration | str]] = {
    "session": {
        "auth_method": AUTH_METHOD,
        "cdr_token": "token",
        "charging_periods": "period",
        "location": "location",
        "status": SESSION_STATUS,
    },
    "cdr": {
        "auth_method": AUTH_METHOD,
        "cdr_location": "cdr_location",
        "cdr_token": "token",
        "charging_periods": "period",
        "location": "location",
        "tariffs": "tariff",
    },
    "location": {
        "energy_mix": "energy_mix",
        "evses": "evse",
        "facilities": FACILITY,
        "images": "image",
        "operator": "business",
        "owner": "business",
        "parking_type": LOCATION_TYPE,
        "publish_allowed_to": "token",
        "suboperator": "business",
        "type": LOCATION_TYPE,
    },
    "evse": {
        "capabilities": CAPABILITY,
        "connectors": "connector",
        "images": "image",
        "parking_restrictions": PARKING_RESTRICTION,
        "status": EVSE_STATUS,
        "status_schedule": "schedule",
    },
    "tariff": {
        "elements": "element",
        "energy_mix": "energy_mix",
        "type": TARIFF_TYPE,
    },
    "token": {
        "default_profile_type": PROFILE_TYPE,
        "type": TOKEN_TYPE,
        "whitelist": WHITELIST,
    },
    "command": {"result": RESULT},
    "connector": {
        "format": CONNECTOR_FORMAT,
        "power_type": POWER_TYPE,
        "standard": STANDARD,
    },
    "cdr_location": {
        "connector_format": CONNECTOR_FORMAT,
        "connector_power_type": POWER_TYPE,
        "connector_standard": STANDARD,
    },
    "period": {"dimensions": "dimension"},
    "dimension": {"type": DIMENSION},
    "schedule": {"status": EVSE_STATUS},
    "business": {"logo": "image"},
    "image": {"category": IMAGE_CATEGORY},
    "energy_mix": {"energy_sources": "source", "environ_impact": "impact"},
    "source": {"source": ENERGY_SOURCE},
    "impact": {"category": ENVIRONMENTAL_IMPACT, "source": ENVIRONMENTAL_IMPACT},
    "element": {"price_components": "component", "restrictions": "restrictions"},
    "component": {"type": PRICE_COMPONENT},
    "restrictions": {"day_of_week": DAY_OF_WEEK, "reservation": RESERVATION},
}

_AC_1, _AC_3 = frozenset({"AC_1_PHASE"}), frozenset({"AC_3_PHASE"})
_DC = frozenset({"DC"})
# Between two conductors, whatever they are called.
_TWO_WIRES = frozenset({"AC_1_PHASE", "AC_2_PHASE", "AC_2_PHASE_SPLIT"})

# What a connector carries by its construction. Type 2 is not here: it carries all.
CARRIES: dict[str, frozenset[str]] = {
    **dict.fromkeys((f"DOMESTIC_{letter}" for letter in "ABCDEFGHIJKLMNO"), _AC_1),
    **dict.fromkeys(
        (
            "CHADEMO",
            "CHAOJI",
            "GBT_DC",
            "IEC_62196_T1_COMBO",
            "IEC_62196_T2_COMBO",
            "PANTOGRAPH_BOTTOM_UP",
            "PANTOGRAPH_TOP_DOWN",
        ),
        _DC,
    ),
    **dict.fromkeys((name for name in STANDARD.members if "NEMA" in name), _TWO_WIRES),
    "GBT_AC": _AC_1 | _AC_3,
    "IEC_60309_2_single_16": _AC_1,
    "IEC_60309_2_three_16": _AC_3,
    "IEC_60309_2_three_32": _AC_3,
    "IEC_60309_2_three_64": _AC_3,
    "IEC_62196_T1": _TWO_WIRES,
    "IEC_62196_T3A": _AC_1,
    "IEC_62196_T3C": _TWO_WIRES | _AC_3,
    # The Roadster's connector has two power pins.
    "TESLA_R": frozenset({"AC_1_PHASE", "AC_2_PHASE_SPLIT"}),
    "TESLA_S": frozenset({"AC_1_PHASE", "AC_2_PHASE_SPLIT", "DC"}),
}

# The most that a connector carries, in A.
MOST_AMPERES = {
    "IEC_60309_2_single_16": 16,
    "IEC_60309_2_three_16": 16,
    "IEC_60309_2_three_32": 32,
    "IEC_60309_2_three_64": 64,
    "IEC_62196_T3A": 16,
}

# From and to how many V a power type is met, between conductors or to neutral.
VOLTS = {
    "AC_1_PHASE": (0, 300),
    "AC_2_PHASE": (0, 500),
    "AC_2_PHASE_SPLIT": (0, 300),
    "AC_3_PHASE": (0, 500),
    "DC": (150, 2000),
}
