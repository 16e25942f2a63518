"""What keeps a command from being carried out, and what the user is told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .support import EVSE, Home
from .test_switch import DRIVER, END, LISTING, START, charging, failure

pytestmark = pytest.mark.usefixtures("impatient")


@dataclass
class Refusal:
    """A reason not to start, the text for it, and how often a start is sent."""

    key: str
    sent: int = 0
    prepare: Callable[[Home], object] = lambda home: None
    fault: dict[str, Any] = field(default_factory=dict)
    id: str = ""


def start_status(code: int) -> dict[str, Any]:
    """Return the fault of a refused start."""
    return {"kind": "status", "status": code, "path": START}


REFUSALS = [
    Refusal("refused_no_car", prepare=lambda home: home.world.unplug(EVSE)),
    Refusal(
        "refused_unavailable",
        prepare=lambda home: home.world.set_evse(EVSE, state="unavailable"),
        id="out-of-service",
    ),
    Refusal(
        "refused_unavailable",
        prepare=lambda home: home.world.set_evse(EVSE, state="faulted"),
        id="faulted",
    ),
    Refusal(
        "refused_not_startable",
        1,
        prepare=lambda home: home.world.set_car("car-1", soc_percent=100),
        id="full-car",
    ),
    Refusal("refused_not_startable", 1, fault=start_status(406), id="406"),
    Refusal("refused_not_found", 1, fault=start_status(404), id="404"),
    Refusal("refused_not_found", 1, fault=start_status(422), id="422"),
    Refusal(
        "refused_not_found",
        fault={"kind": "replace", "body": {"data": []}, "path": LISTING},
        id="charger-gone",
    ),
    Refusal(
        "refused_wrong_evse",
        1,
        fault={
            "kind": "mutate",
            "path": START,
            "operations": [{"op": "set", "path": "/session/evseId", "value": "1"}],
        },
    ),
    Refusal("rate_limited", 1, fault=start_status(429)),
    Refusal("forbidden", 1, fault=start_status(403)),
    Refusal("unexpected_answer", 1, fault=start_status(302)),
]


@pytest.mark.parametrize("case", REFUSALS, ids=lambda one: one.id or one.key)
async def test_a_refusal_is_explained(home: Home, case: Refusal) -> None:
    """The text names the reason, and the switch shows what the charger does."""
    await home.set_up()
    case.prepare(home)
    if case.fault:
        home.emulator.faults.add(**case.fault)
    assert await failure(home, True) == case.key
    charges = home.world.evse(EVSE).session is not None
    assert home.value("charging") == ("on" if charges else "off")
    assert home.asked("session_start") == case.sent


async def test_without_a_car_the_user_is_told_without_a_trace_in_the_log(
    home: Home,
) -> None:
    """It is the user's to mend, not a fault."""
    await home.set_up()
    home.world.unplug(EVSE)
    with pytest.raises(ServiceValidationError):
        await home.switch(True)


async def test_a_406_while_the_own_session_runs_is_a_success(home: Home) -> None:
    """The list was behind; what runs is what was asked for."""
    await home.set_up()
    home.world.start(EVSE, DRIVER, by="rfid")
    home.emulator.faults.add(
        "mutate",
        path=LISTING,
        count=1,
        operations=[
            {"op": "set", "path": "/data/0/evses/0/session", "value": None},
            {"op": "set", "path": "/data/0/evses/0/status", "value": "preparing"},
        ],
    )
    await home.switch(True)
    assert home.asked("session_start") == 1
    assert home.value("charging") == "on"


@pytest.mark.parametrize(
    ("status", "key"),
    [
        (406, "refused_not_stoppable"),
        (429, "rate_limited"),
        (403, "forbidden"),
    ],
)
async def test_a_refused_stop_is_explained(home: Home, status: int, key: str) -> None:
    """The switch is on again, as the car charges on."""
    await charging(home)
    home.emulator.faults.add("status", status=status, path=END)
    assert await failure(home, False) == key
    assert home.value("charging") == "on"


@pytest.mark.parametrize("on", [True, False], ids=["start", "stop"])
async def test_a_command_with_a_dead_token_asks_the_user(home: Home, on: bool) -> None:
    """The command fails, and a dialog waits."""
    await (home.set_up() if on else charging(home))
    home.emulator.ampeco.tokens.revoke_all()
    assert await failure(home, on) == "invalid_auth"
    assert [one["context"]["source"] for one in home.flows()] == ["reauth"]


async def test_a_refusal_leaves_the_next_command_alone(home: Home) -> None:
    """The user plugs in and tries again."""
    await home.set_up()
    car = home.world.evse(EVSE).car
    assert car is not None
    home.world.unplug(EVSE)
    with pytest.raises(HomeAssistantError):
        await home.switch(True)
    home.world.plug(EVSE, car.id)
    await home.switch(True)
    assert home.value("charging") == "on"
