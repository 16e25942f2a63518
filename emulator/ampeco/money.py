"""Currencies and tariffs as the back end writes them (fact sheet ampeco 5.4, 5.6)."""

from datetime import datetime, timedelta
from typing import Final

from ..session import Period
from ..tariff import TIME_OF_USE, Tariff
from .values import Json, number, php_float

CURRENCIES: Final = {
    "DKK": (2, "DKK (Danish Krone)", "kr"),
    "EUR": (1, "EUR (Euro)", "€"),
    "NOK": (3, "NOK (Norwegian Krone)", "kr"),
    "SEK": (4, "SEK (Swedish Krona)", "kr"),
    "AUD": (5, "AUD (Australian Dollar)", "$"),
}
PUBLISHED_FROM_HOUR: Final = 13


def currency_id(code: str) -> int:
    """Return the back end's number of a currency."""
    return CURRENCIES[code][0]


def currency_json(code: str) -> Json:
    """Return a currency object."""
    key, name, symbol = CURRENCIES[code]
    return {
        "id": key,
        "name": name,
        "symbol": symbol,
        "sign": code,
        "code": code,
        "formatter": f"%0.02f{code}",
        "unitPriceFormatter": f"%0.03f{code}",
        "updatedAt": "2021-06-30T12:45:44Z",
        "minorUnitDecimal": 2,
        "hasPrefix": False,
        "hasSuffix": True,
        "prefix": None,
        "suffix": code,
    }


def period_state(period: Period, tariff: Tariff) -> str:
    """Return the state text of a billing period with its price parts."""
    if tariff.kind != TIME_OF_USE:
        return period.kind.value
    price = php_float(period.price.electricity)
    return f"{period.kind}@price|{price}&markup|{php_float(period.price.markup)}"


def tariff_json(tariff: Tariff, now: datetime) -> Json:
    """Return the tariff embedded in a personal EVSE."""
    return {
        "id": tariff.id,
        "name": tariff.name,
        "type": tariff.kind,
        "description": {"en": None},
        "additionalInformation": {"en": None},
        "learnMoreUrl": {"en": None},
        "dayTariffStart": {},
        "nightTariffStart": {},
        "pricing": _pricing_json(tariff, now),
        "stopSession": {"timeLimitMinutes": None, "stopWhenEnergyExceedsKwh": None},
        "restrictions": {},
        "partner": {"id": None},
        "display": {},
        "currency": tariff.currency,
        "lastUpdatedAt": "2025-05-04T18:14:27+00:00",
    }


def _pricing_json(tariff: Tariff, now: datetime) -> Json:
    flexible = tariff.kind == TIME_OF_USE
    grace = tariff.idle_grace // timedelta(minutes=1)
    has_fee = tariff.idle_fee_per_minute is not None
    return {
        "pricePerKwh": number(tariff.price_at(now).all_in),
        "minPrice": number(tariff.min_price),
        "connectionFee": None,
        "idleFeePerMinute": number(tariff.idle_fee_per_minute),
        "idleFeeGracePeriodMinutes": grace if has_fee else None,
        "idleFeePeriodStart": None,
        "idleFeePeriodEnd": None,
        "markupPercentagePerKwh": None,
        "markupFixedFeePerKwh": None,
        "flexibleMarkUpAsFixedPerKwh": _markups(tariff) if flexible else None,
        "preAuthorizeAmount": None,
        "taxID": 1,
        "chargePointElectricityRate": False,
        "fallbackElectricityRateId": None,
        "lockPriceOnSessionStart": False,
        "subsidyIntegrationId": None,
        "stateOfChargeIdleThreshold": None,
        "averagePowerIdleThreshold": None,
    }


def _markups(tariff: Tariff) -> Json:
    rows = [
        {
            "startsAt": f"{hour:02}:00",
            "endsAt": f"{(hour + 1) % 24:02}:00",
            "price": number(markup),
        }
        for hour, markup in enumerate(tariff.markups)
    ]
    return {"intervalPricing": rows}


def price_periods_json(tariff: Tariff, now: datetime, winter_shift: int) -> Json:
    """Return the forecast: today and, from 13 o'clock local time, tomorrow.

    The times are naive and local; in winter they run a number of hours ahead if the
    operator has that fault (fact sheet ampeco 10, DST report).
    """
    local = now.astimezone(tariff.tzinfo)
    days = [local.date()]
    if local.hour >= PUBLISHED_FROM_HOUR:
        days.append(local.date() + timedelta(days=1))
    slots = [slot for day in days for slot in tariff.slots_of(day)]
    return {
        "granularity": tariff.slot // timedelta(minutes=1),
        "periods": [_forecast_row(tariff, slot, winter_shift) for slot in slots],
    }


def _forecast_row(tariff: Tariff, slot: datetime, winter_shift: int) -> Json:
    local = slot.astimezone(tariff.tzinfo)
    shift = 0 if local.dst() else winter_shift
    shown = local.replace(tzinfo=None) + timedelta(hours=shift)
    return {
        "atDay": f"{shown:%Y-%m-%d}",
        "atTime": f"{shown:%H:%M:%S}",
        "pricePerKwh": number(tariff.price_at(slot).all_in),
    }


def public_tariff_json(tariff: Tariff, now: datetime) -> Json:
    """Return a tariff in the form of public locations."""
    grace = tariff.idle_grace // timedelta(minutes=1)
    has_fee = tariff.idle_fee_per_minute is not None
    return {
        "id": str(tariff.id),
        "currencyCode": tariff.currency,
        "priceForEnergy": number(tariff.price_at(now).all_in),
        "priceForDuration": None,
        "priceForIdle": number(tariff.idle_fee_per_minute),
        "pricingPeriodInMinutes": 1,
        "idleFeeGracePeriodMinutes": grace if has_fee else None,
        "connectionFee": None,
        "minPrice": number(tariff.min_price),
        "priceType": "duration+energy",
        "pricePeriods": None,
    }
