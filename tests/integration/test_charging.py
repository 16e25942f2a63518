"""A charge from the switch to the event."""

import pytest

from .support import EVSE, Home


async def test_a_charge_runs_from_the_switch_to_its_cost(home: Home) -> None:
    """Switch on, charge, switch off, and compare with the world's meter and bill."""
    await home.set_up()
    assert home.value("status") == "preparing"
    assert home.value("charging") == "off"
    assert home.value("power") == "0.0"

    await home.switch(True)
    assert home.value("charging") == "on"
    for _ in range(20):
        await home.advance(40)
    session = home.world.evses[EVSE].session
    assert session is not None
    assert float(home.value("power")) > 1
    assert float(home.value("session_energy")) > 0.5

    await home.switch(False)
    assert home.value("charging") == "off"
    await home.advance(400)
    meter = home.world.meter(EVSE)
    assert float(home.value("session_energy")) * 1000 == pytest.approx(
        float(meter.sessions[session.id]), abs=1
    )
    event = home.state("session")
    assert event.attributes["event_type"] == "finished"
    assert event.attributes["cost"] == float(home.world.bill(session.id))
