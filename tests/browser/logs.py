"""What Home Assistant's log says about the integration."""

import re

OURS = "ev_charging_cloud"
# Home Assistant says this of every custom integration.
GENERAL = "We found a custom integration"
RECORD = re.compile(r"^(?=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)", re.MULTILINE)
SERIOUS = re.compile(r"^\S+ \S+ (WARNING|ERROR|CRITICAL) ")


def complaints(log: str) -> list[str]:
    """Return the warnings and errors that concern the integration, with their traces."""
    return [
        record
        for record in RECORD.split(log)
        if SERIOUS.match(record) and OURS in record and GENERAL not in record
    ]
