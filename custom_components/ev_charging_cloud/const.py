"""Names shared by the parts of the integration."""

from typing import Final

from homeassistant.const import Platform

DOMAIN: Final = "ev_charging_cloud"
PLATFORMS: Final = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
]

CONF_BACKEND: Final = "backend"
CONF_BRAND: Final = "brand"
CONF_METHOD: Final = "method"
CONF_SETTINGS: Final = "settings"
CONF_CHARGE_POINTS: Final = "charge_points"
CONF_CONTROL_ALL: Final = "control_all"
CONF_EXCLUDED: Final = "excluded"
CONF_INCLUDED: Final = "included"

# Up to this many charge points appear by themselves.
AUTOMATIC_CHARGE_POINTS: Final = 20

# The charge point that stands for sessions at places of others.
ELSEWHERE: Final = "elsewhere"
