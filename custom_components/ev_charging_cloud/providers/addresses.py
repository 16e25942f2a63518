"""Which addresses a token may be sent to at all."""

from ipaddress import ip_address

from yarl import URL


def checked_base(url: str) -> URL:
    """Return the address of a back end, https unless it is on this machine.

    A bare host name gets https. Raises `ValueError` for anything that a token must
    not be sent to.
    """
    text = url.strip()
    if text.split() != [text]:
        raise ValueError("not an address")
    base = URL(text if "://" in text else f"https://{text}")
    host = base.host
    if not host or base.user or base.password or base.query_string or base.fragment:
        raise ValueError("not an address")
    if base.scheme == "http" and not is_loopback(host):
        raise ValueError("not secure")
    if base.scheme not in ("http", "https"):
        raise ValueError("not secure")
    return base.with_path(base.path.rstrip("/") + "/")


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
