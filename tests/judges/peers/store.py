"""What a peer holds: objects of each version and module, as a test hands them over."""

import asyncio
from datetime import datetime, timezone
from typing import Any


class Store:
    """The rows of a charge point operator, in the order in which they came."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        self.world: dict[str, Any] = {}
        self.replies: dict[str, str] = {}
        self.requests: list[dict[str, Any]] = []
        self._waiting: list[tuple[str, dict[str, Any]]] = []

    def reset(self, world: dict[str, Any]) -> None:
        """Hold a new world: see the function world of ocpi_world.py."""
        self.world = world
        self.replies = {"response": "ACCEPTED", "result": "ACCEPTED"}
        self.requests.clear()
        self._waiting.clear()

    def page(self, version: str, module: str, filters: dict[str, Any]) -> Any:
        """Return a page, how many rows there are, and whether it is the last one."""
        # The library builds its headers and its link from the same filters.
        filters["limit"] = min(filters["limit"], self.world["page_size"])
        found = [
            row
            for row in self._rows(version, module)
            if _is_between(row["last_updated"], filters)
        ]
        end = filters["offset"] + filters["limit"]
        return found[filters["offset"] : end], len(found), end >= len(found)

    def find(self, version: str, module: str, name: str) -> Any:
        """Return an object, whose identifiers the library may have folded."""
        for row in self._rows(version, module):
            if _name(row).casefold() == name.casefold():
                return row
        return None

    def put(self, version: str, module: str, row: dict[str, Any]) -> None:
        """Replace an object where it stands, or add it at the end."""
        rows = self._rows(version, module)
        old = self.find(version, module, _name(row))
        if old is None:
            rows.append(row)
        else:
            rows[rows.index(old)] = row

    def command(self, version: str, command: str, body: dict[str, Any]) -> Any:
        """Return the answer to a command, whose effect waits for the callback."""
        reply = self.replies["response"]
        if command == "STOP_SESSION" and not self.find(
            version, "sessions", body["session_id"]
        ):
            reply = "UNKNOWN_SESSION"
        if (reply, self.replies["result"]) == ("ACCEPTED", "ACCEPTED"):
            self._effect(version, command, body)
        return {"result": reply, "timeout": 30}

    def settle(self) -> None:
        """Let the accepted commands have their effect."""
        for version, session in self._waiting:
            self.put(version, "sessions", session)
        self._waiting.clear()

    def _effect(self, version: str, command: str, body: dict[str, Any]) -> None:
        if command == "START_SESSION":
            self._waiting.append((version, self._session(version, body)))
        elif command == "STOP_SESSION":
            session = self.find(version, "sessions", body["session_id"])
            self._waiting.append(
                (version, {**session, **self.world["stopped"][version]})
            )

    def _session(self, version: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return the session that a START_SESSION asks for."""
        session, token = dict(self.world["started"][version]), body["token"]
        if version == "2.1.1":
            location = self.find(version, "locations", body["location_id"])
            return {**session, "auth_id": token["auth_id"], "location": location}
        same = ("location_id", "evse_uid", "connector_id", "authorization_reference")
        session.update({name: body[name] for name in same if body.get(name)})
        session["cdr_token"] = {name: token[name] for name in session["cdr_token"]}
        return session

    def _rows(self, version: str, module: str) -> list[dict[str, Any]]:
        return self.world["objects"][version].setdefault(module, [])


class StoreCrud:
    """The store as both libraries want it."""

    def __init__(self, store: Store) -> None:
        """Serve a store."""
        self.store = store

    async def list(
        self, module: Any, role: Any, filters: Any, *args: Any, **known: Any
    ) -> Any:
        """Return a page of objects."""
        return self.store.page(known["version"].value, module.value, filters)

    async def get(
        self, module: Any, role: Any, name: Any, *args: Any, **known: Any
    ) -> Any:
        """Return an object, or what the charge point says to a command."""
        if module.value == "commands":
            # Both libraries call back in the task that asks here, and then end it.
            task = asyncio.current_task()
            assert task is not None
            task.add_done_callback(lambda _: self.store.settle())
            return {"result": self.store.replies["result"]}
        return self._find(module, name, known)

    async def create(
        self, module: Any, role: Any, row: Any, *args: Any, **known: Any
    ) -> Any:
        """Store an object."""
        if module.value != "credentials":
            self.store.put(known["version"].value, module.value, row)
            return row
        return self._find(module, "", known)

    async def update(
        self, module: Any, role: Any, row: Any, name: Any, *args: Any, **known: Any
    ) -> Any:
        """Replace an object; the preferences of a session are only echoed."""
        if module.value == "tokens":
            self.store.put(known["version"].value, module.value, row)
        return row if module.value != "credentials" else self._find(module, "", known)

    async def delete(self, *args: Any, **known: Any) -> None:
        """Keep what there is."""

    async def do(
        self, module: Any, role: Any, action: Any, *args: Any, **known: Any
    ) -> Any:
        """Take a command, or tell the token for calls to the client."""
        if action.value == "GetClientToken":
            return self.store.world["tokens"]["b"]
        return self.store.command(
            known["version"].value, known["command"].value, args[0]
        )

    def _find(self, module: Any, name: str, known: dict[str, Any]) -> Any:
        version = known["version"].value
        if module.value == "credentials":
            return self.store.world["credentials"][version]
        return self.store.find(version, module.value, name)


def _name(row: dict[str, Any]) -> str:
    return str(row["uid"] if "uid" in row else row["id"])


def _is_between(moment: str, filters: dict[str, Any]) -> bool:
    when = datetime.fromisoformat(moment.replace("Z", "+00:00"))
    start, end = _aware(filters["date_from"]), _aware(filters["date_to"])
    return (start is None or start <= when) and (end is None or when < end)


def _aware(moment: datetime | None) -> datetime | None:
    if moment is None or moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=timezone.utc)
