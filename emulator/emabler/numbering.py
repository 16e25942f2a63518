"""The numbers that stand for OCPI's words (fact sheet emabler_ocpi 6)."""

from collections.abc import Mapping
from typing import Final, Literal

type Numbering = Literal["2.2.1", "2.2"]
type Words = tuple[str, ...]


def _words(text: str) -> Words:
    return tuple(text.split())


_PLACES: Final = _words(
    """
    ALONG_MOTORWAY PARKING_GARAGE PARKING_LOT ON_DRIVEWAY ON_STREET UNDERGROUND_GARAGE
    OTHER UNKNOWN
    """
)
_EVSE: Final = _words(
    """
    AVAILABLE BLOCKED CHARGING INOPERATIVE OUTOFORDER PLANNED REMOVED RESERVED UNKNOWN
    """
)
_CAPABILITIES: Final = _words(
    """
    CHARGING_PROFILE_CAPABLE CHARGING_PREFERENCES_CAPABLE CHIP_CARD_SUPPORT
    CONTACTLESS_CARD_SUPPORT CREDIT_CARD_PAYABLE DEBIT_CARD_PAYABLE PED_TERMINAL
    REMOTE_START_STOP_CAPABLE RESERVABLE RFID_READER START_SESSION_CONNECTOR_REQUIRED
    TOKEN_GROUP_CAPABLE UNLOCK_CAPABLE
    """
)
_STANDARDS: Final = _words(
    """
    CHADEMO CHAOJI DOMESTIC_A DOMESTIC_B DOMESTIC_C DOMESTIC_D DOMESTIC_E DOMESTIC_F
    DOMESTIC_G DOMESTIC_H DOMESTIC_I DOMESTIC_J DOMESTIC_K DOMESTIC_L DOMESTIC_M
    DOMESTIC_N DOMESTIC_O GBT_AC GBT_DC IEC_60309_2_single_16 IEC_60309_2_three_16
    IEC_60309_2_three_32 IEC_60309_2_three_64 IEC_62196_T1 IEC_62196_T1_COMBO
    IEC_62196_T2 IEC_62196_T2_COMBO IEC_62196_T3A IEC_62196_T3C NEMA_5_20 NEMA_6_30
    NEMA_6_50 NEMA_10_30 NEMA_10_50 NEMA_14_30 NEMA_14_50 PANTOGRAPH_BOTTOM_UP
    PANTOGRAPH_TOP_DOWN TESLA_R TESLA_S
    """
)
_LATER_STANDARDS: Final = frozenset(
    _words(
        """
        CHAOJI DOMESTIC_M DOMESTIC_N DOMESTIC_O GBT_AC GBT_DC NEMA_5_20 NEMA_6_30
        NEMA_6_50 NEMA_10_30 NEMA_10_50 NEMA_14_30 NEMA_14_50
        """
    )
)
_POWERS: Final = _words("AC_1_PHASE AC_2_PHASE AC_2_PHASE_SPLIT AC_3_PHASE DC")
_DIMENSIONS: Final = _words(
    """
    CURRENT ENERGY ENERGY_EXPORT ENERGY_IMPORT MAX_CURRENT MIN_CURRENT MAX_POWER
    MIN_POWER PARKING_TIME POWER RESERVATION_TIME STATE_OF_CHARGE TIME FLAT
    """
)
_METHODS: Final = _words("AUTH_REQUEST COMMAND WHITELIST")
_FORMATS: Final = _words("SOCKET CABLE")
_DAYS: Final = _words("MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY SUNDAY")

# The words of a field, by the kind of object that it stands in.
WORDS: Final[Mapping[tuple[str, str], Words]] = {
    ("session", "status"): _words("ACTIVE COMPLETED INVALID PENDING RESERVATION"),
    ("session", "auth_method"): _METHODS,
    ("cdr", "auth_method"): _METHODS,
    ("location", "type"): _PLACES,
    ("location", "parking_type"): _PLACES[:6],
    ("evse", "status"): _EVSE,
    ("schedule", "status"): _EVSE,
    ("evse", "capabilities"): _CAPABILITIES,
    ("connector", "standard"): _STANDARDS,
    ("connector", "format"): _FORMATS,
    ("connector", "power_type"): _POWERS,
    ("cdr_location", "connector_standard"): _STANDARDS,
    ("cdr_location", "connector_format"): _FORMATS,
    ("cdr_location", "connector_power_type"): _POWERS,
    ("dimension", "type"): _DIMENSIONS,
    ("token", "type"): _words("AD_HOC_USER APP_USER OTHER RFID"),
    ("tariff", "type"): _words(
        "AD_HOC_PAYMENT PROFILE_CHEAP PROFILE_FAST PROFILE_GREEN REGULAR"
    ),
    ("component", "type"): _words("ENERGY FLAT PARKING_TIME TIME"),
    ("restrictions", "day_of_week"): _DAYS,
    ("restrictions", "reservation"): _words("RESERVATION RESERVATION_EXPIRES"),
}


def _appended(words: Words, later: frozenset[str]) -> Words:
    """Return words as if the later ones had been put behind the earlier ones."""
    earlier = tuple(word for word in words if word not in later)
    return earlier + tuple(word for word in words if word in later)


_APPENDED: Final[Mapping[Words, Words]] = {
    _CAPABILITIES: _appended(
        _CAPABILITIES, frozenset({"START_SESSION_CONNECTOR_REQUIRED"})
    ),
    _STANDARDS: _appended(_STANDARDS, _LATER_STANDARDS),
    _POWERS: _appended(_POWERS, frozenset({"AC_2_PHASE", "AC_2_PHASE_SPLIT"})),
}


def words_of(kind: str, key: str, numbering: Numbering) -> Words | None:
    """Return the words of a field in the order of their numbers."""
    words = WORDS.get((kind, key))
    if words is None or numbering == "2.2.1":
        return words
    return _APPENDED.get(words, words)
