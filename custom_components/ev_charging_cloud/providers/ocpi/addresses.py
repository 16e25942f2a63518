"""Where an account's token may go (fact sheet ocpi 3.8, 5 and 17)."""

from collections.abc import Iterable
from contextlib import suppress
import re
from typing import NamedTuple

from yarl import URL

from ..addresses import is_loopback
from ..errors import ForeignHostError, ResponseError

PORTS = {"http": 80, "https": 443}
# What a host looks like, ready to be shown to a user and typed in again.
SHOWABLE = re.compile(r"[0-9a-z_][0-9a-z_.-]{0,252}|[0-9a-f:.]{2,45}", re.ASCII)
# A backslash is a slash for some programs and a letter for others.
ODD = re.compile(r"[\x00-\x1f\x7f\\]")


class InsecureAddressError(ForeignHostError):
    """The back end names an address that is not encrypted."""


class Host(NamedTuple):
    """A host as a user named it; without a port it means the usual one."""

    name: str
    port: int | None


class Addresses:
    """Tells what an address that a server names becomes, if it may be used at all.

    A host is allowed only by its name: that of the account, or one that the user typed.
    So no answer of a name server can widen what is allowed, and a name that resolves to
    a private address needs no look-up here: it is used only if the user typed it, and
    then it may be private.
    """

    def __init__(self, base: URL, hosts: Iterable[str] = ()) -> None:
        """Take the account's address, which the user entered, and further hosts."""
        if base.scheme != "https" and not is_loopback(base.raw_host or ""):
            raise ValueError("not secure")
        self.base = base
        self._typed = {host for text in hosts if (host := typed(text)) is not None}

    def resolve(self, named: str, against: URL | None = None) -> URL:
        """Return an address as it may be asked for.

        Raises `ForeignHostError` for a host that is not allowed, and `ResponseError`
        for what is no address of a web server.
        """
        url = _joined(named, against or self.base)
        host, web = url.raw_host or "", url.scheme in PORTS
        foreign = host != self.base.raw_host if not web else not self._known(url, host)
        if host and foreign:
            raise ForeignHostError(shown(url))
        if not host or not web or url.raw_user or url.raw_password or url.raw_fragment:
            raise ResponseError("The back end names an address that cannot be used")
        if self._own(url):
            # Behind a proxy, servers name the wrong scheme; the user's is right.
            return _origin(url, self.base)
        if url.scheme == "http" and not is_loopback(host):
            raise InsecureAddressError(shown(url))
        return url

    def _known(self, url: URL, name: str) -> bool:
        """Tell whether a host is the account's or was typed."""
        hosts = {Host(name, url.port)}
        if url.port == PORTS[url.scheme]:
            hosts.add(Host(name, None))
        return self._own(url) or not hosts.isdisjoint(self._typed)

    def _own(self, url: URL) -> bool:
        """Tell whether an address is on the account's host and port."""
        if url.raw_host != self.base.raw_host:
            return False
        usual = url.port == PORTS[url.scheme]
        return url.port == self.base.port or (usual and self.base.is_default_port())


def typed(text: str) -> Host | None:
    """Return the host that a user typed, alone, with its port or as an address."""
    text = text.strip()
    try:
        url = URL(text if "://" in text else f"https://{text}")
        port = url.explicit_port
    except ValueError:
        return None
    return Host(url.raw_host, port) if url.raw_host else None


def shown(url: URL) -> str:
    """Return the host of an address in a form that is safe to show, and to type."""
    host = url.raw_host or ""
    if SHOWABLE.fullmatch(host) is None:
        return "?"
    if ":" in host:
        host = f"[{host}]"
    port = url.explicit_port
    return host if port in (None, PORTS.get(url.scheme)) else f"{host}:{port}"


def _joined(named: str, against: URL) -> URL:
    """Return an address as it was meant, from where it was named."""
    url = None
    if (named := named.strip()) and not ODD.search(named):
        with suppress(ValueError, UnicodeError):
            url = against.join(URL(named))
            # A port that is no number shows only when it is asked for.
            _ = url.port
    if url is None:
        raise ResponseError("The back end names an address that cannot be used")
    return url


def _origin(url: URL, base: URL) -> URL:
    """Return an address with the scheme and port of another one."""
    return url.with_scheme(base.scheme).with_port(base.explicit_port)
