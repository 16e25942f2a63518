"""How often a large depot is asked, with Home Assistant and the emulator around it."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from freezegun.api import FrozenDateTimeFactory
import pytest

from emulator import DepotfinityProfile, Emulator, World, scenarios
from homeassistant.core import HomeAssistant

from .depot_home import DepotHome, depot_home
from .support import place

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
CHARGERS, EACH = 150, 2
EVERYTHING = "; ".join(f"CH-{number + 1}:1,2" for number in range(CHARGERS))


@pytest.fixture
async def emulator(world: World) -> AsyncIterator[Emulator]:
    """Serve the depot."""
    async with Emulator(world, depotfinity=DepotfinityProfile()) as found:
        yield found


@pytest.fixture
async def home(
    hass: HomeAssistant, emulator: Emulator, freezer: FrozenDateTimeFactory
) -> AsyncIterator[DepotHome]:
    """Return a Home Assistant with a depot that is not set up yet."""
    async with depot_home(hass, emulator, freezer, chargers=EVERYTHING) as found:
        yield found


async def live(home: DepotHome, duration: timedelta) -> float:
    """Let time go by; return how many minutes charges were running, taken together."""
    end, running = home.world.clock.now() + duration, 0.0
    while (now := home.world.clock.now()) < end:
        many = sum(evse.session is not None for evse in home.world.evses.values())
        await home.next_poll()
        running += many * ((home.world.clock.now() - now) / MINUTE)
    return running


def busiest(moments: list[datetime]) -> int:
    """Return the largest number of requests within any hour."""
    return max(sum(at <= one < at + HOUR for one in moments) for at in moments)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("world", "charging"),
    [
        pytest.param(scene.args[1][0], many, id=f"{many}-charges")
        for many in (0, 1, 10, 20)
        for scene in (
            place(
                scenarios.depot,
                chargers=CHARGERS,
                connectors_each=EACH,
                past_days=1,
                future_days=-1,
                charging=many,
            ),
        )
    ],
    indirect=["world"],
)
async def test_300_connectors_within_their_requests(
    home: DepotHome, charging: int
) -> None:
    """120 an hour, and 2 a minute for each running charge; the start is included."""
    await home.set_up()
    assert len(home.coordinator.shown()) == CHARGERS * EACH
    running = await live(home, 58 * MINUTE)
    requests = home.emulator.requests
    counts = Counter(one.kind.removeprefix("depotfinity_") for one in requests)
    most = 120 + 2 * running
    print(  # noqa: T201
        f"\n{CHARGERS * EACH} connectors, {charging} charges, an hour: "
        f"{len(requests)} requests of {most:.0f} allowed: {dict(counts)}"
    )
    assert busiest([one.moment for one in requests]) <= most
    assert {one.status for one in requests} == {200}
    assert home.coordinator.last_update_success
    if charging:
        assert counts["connector_series"] >= charging
