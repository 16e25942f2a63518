"""What a recording may keep. Everything that is not named here is taken out."""

from enum import Enum, auto
import re
from typing import Any


class Kind(Enum):
    """What may stand under a key."""

    NUMBER = auto()
    TIME = auto()
    WORD = auto()
    CURRENCY = auto()
    PRICE_STATE = auto()
    SEGMENT = auto()
    ADDRESS = auto()


SHAPES = {
    Kind.NUMBER: re.compile(r"-?\d{1,12}(\.\d{1,12})?"),
    Kind.TIME: re.compile(
        r"(\d{4}-\d\d-\d\d)?([T ]?\d\d:\d\d(:\d\d(\.\d+)?)?)?(Z|[+-]\d\d:?\d\d)?"
    ),
    Kind.WORD: re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.+/-]{0,39}"),
    Kind.CURRENCY: re.compile(r"[A-Z]{3}"),
    Kind.PRICE_STATE: re.compile(
        r"(charging|idle)(@[a-z]{1,20}(\|[-+.\dE]{1,20}(&[a-z]{1,20}\|[-+.\dE]{1,20})*)?)?"
    ),
}

_KEYS: dict[Kind, str] = {
    Kind.NUMBER: """
        amount amountDue totalAmount electricityCost energy power powerAvg offeredPower
        duration totalDuration idlePeriod durationInSeconds nonBillableEnergy
        freeEnergyWh maxAllowanceWh carBatteryPercent averageKw maxKw value limit
        maxPower max_current_a allowed_min_current_a allowed_max_current_a
        min_charging_current allowed_max_power_kw allowed_solar_min_power_kw
        max_current_from_grid_a solar_stable_time_sec min_kwh light_intensity
        solar_max_power electricity_cost_tax_percent last_month_energy_kwh
        last_month_electricity_cost pricePerKwh minPrice connectionFee idleFeePerMinute
        idleFeeGracePeriodMinutes markupPercentagePerKwh markupFixedFeePerKwh price
        preAuthorizeAmount stateOfChargeIdleThreshold averagePowerIdleThreshold
        timeLimitMinutes stopWhenEnergyExceedsKwh minorUnitDecimal granularity
        priceForEnergy priceForEnergyAtDay priceForEnergyAtNight priceForIdle
        energyPerKwh pricingPeriodInMinutes idleFeeGracePeriodInMinutes
        page perPage per_page current_page last_page total total_cost_incl_vat
        InitialSoC EndSoC EnergyDelivered energyChargeStart energyChargeEnd
        energyPrimaryStart energyPrimaryEnd energyRequestedStart energyRequestedEnd
        energySocStart energySocEnd errorCounter vendorErrorCode minCurrent maxCurrent
        minVoltage maxVoltage current presentVoltage requestedVoltage
    """,
    Kind.TIME: """
        startedAt stoppedAt timestamp graceTimeEnd updatedAt lastUpdatedAt atDay atTime
        startsAt endsAt start_time end_time off_peak_start_time off_peak_end_time
        solar_start_time solar_end_time idleFeePeriodStart idleFeePeriodEnd
        created_date last_modified_date
        StartAt EndAt InsertedAt sessionTimeStart sessionTimeEnd eventTimestamp
        timeStamp
    """,
    Kind.WORD: """
        status evseStatus chargingState paymentStatus paymentMethodType methodType
        stopReason type mode currentType format icon firmware_version
        electricity_cost_tax_name taxName
        result paramType EndResult errorCode
    """,
    Kind.CURRENCY: "currency code",
    Kind.PRICE_STATE: "state",
}

# The names of OCPI, which some write in camel case.
_OCPI: dict[Kind, str] = {
    Kind.NUMBER: """
        status_code kwh volume total_cost excl_vat incl_vat before_taxes after_taxes
        total_fixed_cost total_energy total_energy_cost total_time total_time_cost
        total_parking_time total_parking_cost total_reservation_cost step_size vat
        percentage voltage amperage max_voltage max_amperage max_electric_power
        min_kwh max_kwh min_current max_current min_power max_power min_duration
        max_duration min_price max_price timeout
    """,
    Kind.TIME: """
        start_datetime end_datetime start_date_time end_date_time stop_date_time
        last_updated start_time end_time start_date end_date
    """,
    Kind.WORD: """
        auth_method capabilities standard power_type time_zone version role day_of_week
        reservation tax_included whitelist
    """,
}


def _camel(key: str) -> str:
    """Return a name as it is in camel case."""
    first, *rest = key.split("_")
    return first + "".join(map(str.capitalize, rest))


KINDS = {
    **{key: kind for kind, keys in _KEYS.items() for key in keys.split()},
    **{
        form: kind
        for kind, keys in _OCPI.items()
        for key in keys.split()
        # One that is half in camel case is from eMabler's documents.
        for form in (key, _camel(key), _camel(key).replace("DateTime", "Datetime"))
    },
}
# Some send the number of a word; a larger one would be something else.
MOST_WORDS = 100

# The name of a connector is its type; every other name is somebody's. An operator's
# answers lead from one address to the next.
KINDS_BELOW = {
    ("connectors", "name"): Kind.WORD,
    ("endpoints", "identifier"): Kind.SEGMENT,
    ("endpoints", "url"): Kind.ADDRESS,
    ("data", "url"): Kind.ADDRESS,
}

ID = re.compile(
    r"(^|_)u?ids?$|[a-z](I[dD]s?|Uid)$|^identifier$|^idTag$"
    r"|^authorization_?(?:reference|Reference)$|^country_?[cC]ode$"
)
# What stands where an id has to, but nobody knows it.
NO_ID = "#NA"
# What a device reports is a text that may say anything, but each has to stay another.
IDS_BELOW = frozenset({("errorCodes", "errorCode")})
KEY = re.compile(r"[A-Za-z][A-Za-z_]{0,59}")

# The days asked for are left out, because a replay is asked on another day.
QUERY = frozenset(
    {
        "page",
        "perPage",
        "withPowerHistory",
        "withSmartChargingSchedule",
        "withTaxName",
        "limit",
        "measurand",
    }
)
QUERY_IDS = frozenset({"chargerId", "connectorId"})
HEADERS = frozenset(
    {
        "cache-control",
        "content-type",
        "retry-after",
        "x-limit",
        "x-total-count",
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
    }
)
_PATHS = """
    api v1 v2 app personal charge-points reboot session start end stop active ongoing
    profile session_history tariffs tou price-periods
    ocpi latest locations search cdrs whitelist commands START_SESSION STOP_SESSION
    transactions sessionReports chargerStatus availabilityStatus connectivityStatus
    versions credentials tokens tariffs chargingprofiles hubclientinfo
    cpo emsp hub sender receiver 2.0 2.1 2.1.1 2.2 2.2.1 2.3.0
    timeSeries chargerControl remoteCommands startChargingSession stopChargingSession
"""
# What follows one of these is an id, whatever it looks like.
PATH_BEFORE_ID = frozenset({"sessions", "driver", "location", "chargers", "connectors"})
PATH = frozenset(_PATHS.split()) | PATH_BEFORE_ID

# Reads that a recording needs beside those of the verbs, by back end: the account's id,
# for whoever signs in at the replay.
EXTRA_READS = {"ampeco": ("api/v1/app/profile",)}

# Lists that are asked for by spans of time, with what else an answer depends on. A replay
# asks on another day, so each is replayed as a whole.
JOINED: dict[str, tuple[str, ...]] = {
    "/v2/transactions": (),
    "/v1/sessionReports": ("chargerId", "connectorId"),
}
ROW_IDS = ("TransactionID", "sessionId")

# Back ends all of whose answers are lists by spans of time, or lead to these: pages are
# joined over all spans, and by what a row is known.
PAGED: dict[str, tuple[str, ...]] = dict.fromkeys(
    ("ocpi", "emabler"), ("country_code", "countryCode", "party_id", "partyId", "id")
)

# Sign-ins are not recorded. Where no token can be entered, a made-up one is replayed.
STAND_INS: dict[str, dict[str, Any]] = {
    "depotfinity": {
        "request": {
            "method": "POST",
            "path": "/oauth2/token",
            "query": {},
            "body": None,
        },
        "response": {
            "status": 200,
            "headers": {"content-type": "application/json"},
            "body": {"access_token": "made-up", "expires_in": 3600},
        },
    }
}
