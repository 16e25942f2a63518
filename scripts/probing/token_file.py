"""A private file that keeps an account between runs."""

import asyncio
from contextlib import suppress
import os
from pathlib import Path
from typing import override

import msgspec

from .providers import oauth


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """What a sign-in left, and a fingerprint of what it was made with."""

    origin: str
    settings: dict[str, str]
    tokens: oauth.Tokens
    cursors: dict[str, str] = {}

    @override
    def __repr__(self) -> str:
        """Show nothing of the contents."""
        return "Saved()"


class TokenFile:
    """The token store of one account."""

    def __init__(self, path: Path) -> None:
        """Take the path, which need not exist."""
        self.path = path
        self.saved = self._read()

    async def load(self) -> oauth.Tokens | None:
        """Return the tokens saved last."""
        return self.saved.tokens if self.saved else None

    async def save(self, tokens: oauth.Tokens) -> None:
        """Save renewed tokens before anybody uses them."""
        assert self.saved is not None
        await self.keep(msgspec.structs.replace(self.saved, tokens=tokens))

    async def remember(self, cursors: dict[str, str]) -> None:
        """Save what the back end was told, for later runs."""
        assert self.saved is not None
        await self.keep(msgspec.structs.replace(self.saved, cursors=cursors))

    async def keep(self, saved: Saved) -> None:
        """Save an account so that a crash leaves the old or the new one."""
        await asyncio.to_thread(write_private, self.path, msgspec.json.encode(saved))
        self.saved = saved

    def _read(self) -> Saved | None:
        """Return what an earlier run left, if it can be read."""
        with suppress(FileNotFoundError, msgspec.MsgspecError):
            return msgspec.json.decode(self.path.read_bytes(), type=Saved)
        return None


def default_path(backend: str, operator: str, place: str) -> Path:
    """Return where the tokens of an operator's account are kept."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    name = "".join(one if one.isalnum() or one in ".-" else "_" for one in place)
    return Path(state, "ev-charging-cloud", f"{backend}-{operator}-{name}.json")


def write_private(path: Path, content: bytes) -> None:
    """Replace a file that only its owner may read."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600, exist_ok=False)
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
