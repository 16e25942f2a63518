"""Pages of 200 charge points, written by the emulator."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from emulator import SimulatedClock, World, scenarios
from emulator.ampeco import AmpecoFace
from emulator.ampeco.chargers import ChargePointWriter

CHARGE_POINTS = 200
CHARGING = CHARGE_POINTS // 2
CHANGED = CHARGE_POINTS // 10
BROKEN = CHARGE_POINTS // 100
POLL = timedelta(seconds=30)
START = datetime(2026, 6, 15, 18, 10, tzinfo=UTC)

type Json = dict[str, Any]


class Fleet:
    """A fleet of which half charges."""

    def __init__(self) -> None:
        """Let the fleet have charged for half an hour."""
        self._clock = SimulatedClock(START)
        self._world: World = scenarios.fleet(
            self._clock, CHARGE_POINTS, 1, charging=CHARGING
        )
        self._face = AmpecoFace(self._world)
        self._clock.advance(timedelta(minutes=30))
        self._points = self._written(*self._world.charge_points)

    def page(self, broken: int = 0) -> bytes:
        """Return the page as it is now, with some items that cannot be read."""
        points = list(self._points.values())
        for position in range(broken):
            index = (2 * position + 1) * len(points) // (2 * broken)
            points[index] = points[index] | {"evses": "nothing"}
        return orjson.dumps({"data": points})

    def next_page(self) -> bytes:
        """Return the page of the next poll, on which a tenth has changed."""
        self._clock.advance(POLL)
        self._points |= self._written(*list(self._points)[:CHANGED])
        return self.page()

    def _written(self, *keys: str) -> dict[str, Json]:
        """Return charge points as the back end writes them."""
        view = self._face.view()
        writer = ChargePointWriter(view, self._face.profile)
        return {
            key: writer.write(view.charge_points[key], self._face.settings(key))
            for key in keys
        }
