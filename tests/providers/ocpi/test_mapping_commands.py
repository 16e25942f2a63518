"""What an operator says to commands (fact sheet ocpi 8.7 and 12)."""

from typing import Any

import pytest

from custom_components.ev_charging_cloud.providers.ocpi.mapping import (
    command_result,
    preference_result,
)

from .mapping_support import example, raw

ACCEPTED = {"result": "ACCEPTED", "timeout": 30}


@pytest.mark.parametrize(
    ("data", "result"),
    [
        (ACCEPTED, "accepted"),
        ({"result": "Unknown_Session"}, "unknownsession"),
        ({"result": "NOT_SUPPORTED", "timeout": "x", "message": []}, "notsupported"),
        ([ACCEPTED], "accepted"),
        ({"data": ACCEPTED, "status_code": 1000}, "accepted"),
        ({"data": [ACCEPTED], "status_code": 1000}, "accepted"),
        ([], ""),
        (None, ""),
        ({}, ""),
        ("ACCEPTED", ""),
        ({"result": None}, ""),
        ({"data": {"data": {"data": ACCEPTED}}}, ""),
        ([ACCEPTED, ACCEPTED], ""),
    ],
)
def test_the_result_of_a_command(data: Any, result: str) -> None:
    """Also in a list, or in an envelope of its own (17, 24 and 25)."""
    assert command_result(raw(data)) == result


def test_the_example() -> None:
    """As the fact sheet shows it."""
    assert command_result(raw(example("command_response")["data"])) == "accepted"


@pytest.mark.parametrize(
    ("data", "result"),
    [
        ("ACCEPTED", "accepted"),
        ("departure_required", "departurerequired"),
        (["NOT_POSSIBLE"], "notpossible"),
        ({"result": "NOT_POSSIBLE"}, "notpossible"),
        ([{"profile_type": "CHEAP"}], ""),
        (None, ""),
        (7, ""),
    ],
)
def test_the_result_of_a_preference(data: Any, result: str) -> None:
    """A bare word; some servers send the preference back instead (8.7)."""
    assert preference_result(raw(data)) == result
