"""What an account is read with besides its sign-in: drivers, or a token."""

from abc import ABC, abstractmethod
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Mapping
from hashlib import sha256
import os
from typing import Any, override

from .providers import provider
from .redaction import Redactor

type Parts = tuple[provider.PartData, ...]


class Kind(ABC):
    """A kind of part on the command line.

    What is known of a ``lasting`` one has to be kept from run to run.
    """

    lasting: bool
    metavar: str

    @abstractmethod
    def add(self, parser: ArgumentParser, part: provider.Part) -> None:
        """Add the options of this kind."""

    @abstractmethod
    def take(self, found: dict[str, Any]) -> Parts:
        """Take the parts out of what was found on the command line."""

    @abstractmethod
    def ids(self, part: provider.PartData) -> list[str]:
        """Return everything of a part that is somebody's."""

    @abstractmethod
    def again(self, part: provider.PartData, redactor: Redactor) -> list[str]:
        """Return the options that a replay is asked with in place of a part."""


class Drivers(Kind):
    """Drivers, each alone or with the place where its charges begin."""

    lasting = True
    metavar = "DRIVER"
    ids_of = ("driver_id", "location_id", "evse_uid")

    @override
    def add(self, parser: ArgumentParser, part: provider.Part) -> None:
        """Add the option for a driver."""
        parser.add_argument(
            "--driver",
            type=self._driver,
            action="append",
            dest="drivers",
            metavar="ID[:LOCATION:EVSE]",
            help="a driver, and where a start begins; can be repeated",
        )

    @override
    def take(self, found: dict[str, Any]) -> Parts:
        """Take the drivers, each once."""
        drivers = {one.id: one for one in found.pop("drivers", ())}
        return tuple(drivers.values())

    @override
    def ids(self, part: provider.PartData) -> list[str]:
        """Return the ids in the order of the command line."""
        return [part.values[key] for key in self.ids_of if key in part.values]

    @override
    def again(self, part: provider.PartData, redactor: Redactor) -> list[str]:
        """Return the option with other ids."""
        return ["--driver", ":".join(map(redactor.pseudonym, self.ids(part)))]

    def _driver(self, text: str) -> provider.PartData:
        """Read a driver."""
        identity, *place = text.split(":", 2)
        if not identity or len(place) == 1 or not all(place):
            raise ArgumentTypeError("it must be ID or ID:LOCATION:EVSE")
        values = {"driver_id": identity, "label": identity}
        values |= zip(self.ids_of[1:], place, strict=bool(place))
        return provider.PartData(id=_short(identity), values=values)


class OneToken(Kind):
    """A token, of which the environment may hold what others should not see."""

    lasting = False
    metavar = "TOKEN"
    variables: Mapping[str, str] = {
        "uid": "EV_CHARGING_CLOUD_TOKEN_UID",
        "contract_id": "EV_CHARGING_CLOUD_CONTRACT_ID",
    }

    @override
    def add(self, parser: ArgumentParser, part: provider.Part) -> None:
        """Add the options for a token."""
        types = next(one.options for one in part.fields if one.key == "token_type")
        parser.add_argument(
            "--token-uid",
            dest="uid",
            metavar="UID",
            help=f"your token, whose sessions are yours; or {self.variables['uid']}",
        )
        parser.add_argument(
            "--contract-id",
            metavar="ID",
            help=f"the contract of the token; or {self.variables['contract_id']}",
        )
        parser.add_argument(
            "--token-type", choices=types, help=f"without it, {types[0]}"
        )

    @override
    def take(self, found: dict[str, Any]) -> Parts:
        """Take the token, if there is one."""
        values = {
            key: text
            for key, variable in self.variables.items()
            if (text := found.pop(key, None) or os.environ.get(variable))
        }
        kind = found.pop("token_type", None)
        if "uid" not in values:
            return ()
        values |= {"token_type": kind} if kind else {}
        return (provider.PartData(id=_short(values["uid"]), values=values),)

    @override
    def ids(self, part: provider.PartData) -> list[str]:
        """Return what names the token."""
        return [part.values[key] for key in self.variables if key in part.values]

    @override
    def again(self, part: provider.PartData, redactor: Redactor) -> list[str]:
        """Return the options with another token of the same type."""
        options = {"uid": "--token-uid", "contract_id": "--contract-id"}
        found = {
            option: redactor.pseudonym(part.values[key])
            for key, option in options.items()
            if key in part.values
        }
        if kind := part.values.get("token_type"):
            found["--token-type"] = kind
        return [word for pair in found.items() for word in pair]


def _short(identity: str) -> str:
    """Return what a part is known by, whatever the order of the options."""
    return sha256(identity.encode()).hexdigest()[:8]


KINDS: dict[str, Kind] = {"driver": Drivers(), "token": OneToken()}


def kind_of(backend: provider.Backend) -> Kind | None:
    """Return the kind of the parts that a back end's accounts have, if any."""
    return None if backend.part is None else KINDS[backend.part.key]
