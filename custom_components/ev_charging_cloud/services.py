"""The actions of the integration."""

from datetime import datetime
from typing import Any, Final

import voluptuous as vol

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv, service
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .providers.provider import Profile

SET_CHARGING_PREFERENCES: Final = "set_charging_preferences"

ATTR_PROFILE: Final = "profile"
ATTR_DEPARTURE_TIME: Final = "departure_time"
ATTR_ENERGY_NEED: Final = "energy_need"
ATTR_DISCHARGE_ALLOWED: Final = "discharge_allowed"

# More than any vehicle's battery holds, in kWh.
MOST_ENERGY: Final = 2000


def moment(value: Any) -> datetime:
    """Return a moment in UTC; without a time zone it is one of Home Assistant's."""
    try:
        return dt_util.as_utc(cv.datetime(value))
    except OverflowError as err:
        raise vol.Invalid("This is too early or too late to be meant") from err


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    service.async_register_platform_entity_service(
        hass,
        DOMAIN,
        SET_CHARGING_PREFERENCES,
        entity_domain=Platform.SELECT,
        schema={
            vol.Required(ATTR_PROFILE): vol.In([one.value for one in Profile]),
            vol.Optional(ATTR_DEPARTURE_TIME): moment,
            vol.Optional(ATTR_ENERGY_NEED): vol.All(
                vol.Coerce(float),
                vol.Range(min=0, max=MOST_ENERGY, min_included=False),
            ),
            vol.Optional(ATTR_DISCHARGE_ALLOWED): cv.boolean,
        },
        func="async_set_charging_preferences",
    )
