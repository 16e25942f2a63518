"""Show the world as it was some seconds ago."""

from collections import deque
from datetime import timedelta

from .clock import SimulatedClock
from .world import Command, World


class DelayedView:
    """Replay the commands of a world later, on a copy of it.

    The view never runs backwards: with a longer lag it stands still until the lag is
    reached.
    """

    def __init__(self, world: World) -> None:
        """Copy a world and follow its commands from now on."""
        world.sync()
        self._world = world
        self._clock = SimulatedClock(world.time)
        self._replica = world.replica(self._clock)
        self._commands: deque[Command] = deque()
        world.listen(self._commands.append)

    def at_lag(self, lag: timedelta) -> World:
        """Return the world as it was a lag ago."""
        self._world.sync()
        moment = self._world.time - lag
        while self._commands and self._commands[0].moment <= moment:
            done = self._commands.popleft()
            self._clock.advance(max(timedelta(0), done.moment - self._clock.now()))
            getattr(self._replica, done.name)(*done.args, **done.kwargs)
        self._clock.advance(max(timedelta(0), moment - self._clock.now()))
        self._replica.sync()
        return self._replica
