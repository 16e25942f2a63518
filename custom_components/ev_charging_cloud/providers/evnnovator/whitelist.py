"""Drivers that the gateway knows, because the user asked for it (calls 1 and 2)."""

from collections.abc import Collection, Mapping
from http import HTTPStatus

from ..errors import CommandRefusedError, ResponseError
from ..transport import raise_for_status
from . import mapping
from .client import Client
from .drivers import Driver


def _registered(driver: Driver) -> str:
    """Return the cursor that says for whom the user asked."""
    return f"registered/{driver.part}"


def _token_uid(driver: Driver) -> str:
    """Return the cursor that holds by what a location's operator knows a driver."""
    return f"{_token_uids(driver)}{driver.location_id}"


def _token_uids(driver: Driver) -> str:
    """Return how such cursors begin; another driver in the same part has others."""
    return f"token_uid/{driver.part}/{driver.digest}/"


class Whitelist:
    """Registers drivers on demand, and remembers what the gateway calls them."""

    def __init__(
        self, client: Client, drivers: Collection[Driver], kept: Mapping[str, str]
    ) -> None:
        """Take what was kept of the drivers as they are now."""
        self._client = client
        self._ids = {one.driver_id.casefold() for one in drivers if one.driver_id}
        self.cursors: dict[str, str] = {}
        for driver in drivers:
            if kept.get(_registered(driver)) != driver.digest:
                continue
            prefix = _token_uids(driver)
            self.cursors[_registered(driver)] = driver.digest
            self.cursors |= {
                key: value for key, value in kept.items() if key.startswith(prefix)
            }

    @property
    def own(self) -> frozenset[str]:
        """Return the folded ids by which own sessions are known."""
        uids = {
            value.casefold()
            for key, value in self.cursors.items()
            if key.startswith("token_uid/")
        }
        return frozenset(self._ids | uids)

    async def register(self, driver: Driver) -> None:
        """Make a driver known, then ask what the location's operator calls him."""
        if not driver.driver_id:
            raise CommandRefusedError("unknown_driver")
        answer = await self._client.register(driver.driver_id)
        if answer.status == HTTPStatus.NOT_FOUND:
            raise CommandRefusedError("unknown_driver")
        if answer.status != HTTPStatus.CONFLICT:
            raise_for_status(answer)
            if mapping.is_failure(answer.body):
                raise CommandRefusedError("rejected")
        self.cursors[_registered(driver)] = driver.digest
        if driver.location_id is not None:
            await self._ask(driver, absent="not_found")

    async def token_uid(self, driver: Driver) -> str:
        """Return by what the operator knows a driver, who must be registered.

        The call may register a driver by itself, so it is made only for those for whom
        the user asked.
        """
        if _registered(driver) not in self.cursors:
            raise CommandRefusedError("unknown_driver")
        known = self.cursors.get(_token_uid(driver))
        return known or await self._ask(driver, absent="unknown_driver")

    async def _ask(self, driver: Driver, *, absent: str) -> str:
        """Ask for the token of a driver at the location of the settings."""
        assert driver.location_id is not None
        answer = await self._client.token_uid(driver.driver_id, driver.location_id)
        if answer.status == HTTPStatus.NOT_FOUND:
            raise CommandRefusedError(absent)
        found = mapping.token_uid(answer.body)
        if found is None:
            raise ResponseError("The answer holds no token")
        self.cursors[_token_uid(driver)] = found
        return found
