"""How often a back end is asked."""

from datetime import datetime, timedelta
from random import Random

import msgspec

HOUR = timedelta(hours=1)


class PollPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """The cadence that suits one back end.

    ``after_command`` holds the gaps between the reads that follow a command, each
    longer than the one before. ``elsewhere`` is how often sessions at other places are
    looked for while none is known. ``budget`` is the number of requests an hour that
    polling may use.
    """

    active: timedelta
    idle: timedelta
    after_command: tuple[timedelta, ...]
    elsewhere: timedelta
    budget: int
    jitter: float = 0.1
    hour_margin: timedelta = timedelta(seconds=15)

    @property
    def command_limit(self) -> timedelta:
        """Return how long a command may take to be confirmed."""
        return sum(self.after_command, timedelta())


def next_poll(
    policy: PollPolicy,
    *,
    now: datetime,
    active: bool,
    failures: int = 0,
    retry_after: float | None = None,
    used: int = 0,
    rng: Random,
) -> timedelta:
    """Return the wait until the next poll.

    Failures double the wait up to the idle cadence, a spent budget falls back to it,
    and no poll starts around the full hour, when everybody else's do.
    """
    wait = policy.active if active and used < policy.budget else policy.idle
    if failures:
        wait = min(policy.idle, policy.active * 2 ** min(failures - 1, 16))
    wait *= 1 + rng.uniform(-policy.jitter, policy.jitter)
    if retry_after is not None:
        wait = max(wait, timedelta(seconds=retry_after))
    return wait + _past_the_hour(now + wait, policy.hour_margin)


def _past_the_hour(moment: datetime, margin: timedelta) -> timedelta:
    """Return what to add to a moment so that it stays clear of the full hour."""
    since = timedelta(
        minutes=moment.minute, seconds=moment.second, microseconds=moment.microsecond
    )
    distance = (since + margin) % HOUR
    return 2 * margin - distance if distance < 2 * margin else timedelta()
