"""What an address that a server names becomes."""

import pytest
from yarl import URL

from custom_components.ev_charging_cloud.providers.errors import (
    ForeignHostError,
    ResponseError,
)
from custom_components.ev_charging_cloud.providers.ocpi.addresses import (
    Addresses,
    InsecureAddressError,
    shown,
)

BASE = "https://cpo.example.test/ocpi/"
LOCAL = "http://127.0.0.1:8765/ocpi/"
HERE = "https://cpo.example.test/ocpi/2.2.1/sessions?limit=2"


@pytest.mark.parametrize(
    ("base", "named", "found"),
    [
        (
            BASE,
            "https://cpo.example.test/x?a=1%2B1",
            "https://cpo.example.test/x?a=1%2B1",
        ),
        (BASE, " https://CPO.example.test/x/ ", "https://cpo.example.test/x/"),
        (BASE, "http://cpo.example.test/x", "https://cpo.example.test/x"),
        (BASE, "http://cpo.example.test:80/x", "https://cpo.example.test/x"),
        (BASE, "https://cpo.example.test:443/x", "https://cpo.example.test/x"),
        (BASE, "http://cpo.example.test:443/x", "https://cpo.example.test/x"),
        (BASE, "/x", "https://cpo.example.test/x"),
        (BASE, "?offset=2", "https://cpo.example.test/ocpi/2.2.1/sessions?offset=2"),
        (BASE, "locations", "https://cpo.example.test/ocpi/2.2.1/locations"),
        (BASE, "//cpo.example.test/x", "https://cpo.example.test/x"),
        (LOCAL, "https://127.0.0.1:8765/x", "http://127.0.0.1:8765/x"),
        (LOCAL, "http://127.0.0.1:8765/x", "http://127.0.0.1:8765/x"),
        ("https://a.test:8443/", "http://a.test:8443/x", "https://a.test:8443/x"),
        ("http://127.0.0.1/", "https://127.0.0.1/x", "http://127.0.0.1/x"),
        ("https://192.168.1.5/", "https://192.168.1.5/x", "https://192.168.1.5/x"),
        ("http://[::1]:80/", "https://[::1]/x", "http://[::1]/x"),
    ],
)
def test_the_accounts_own_host(base: str, named: str, found: str) -> None:
    """Its scheme is the one that the user entered."""
    against = URL(base).join(URL("2.2.1/sessions?limit=2"))
    assert str(Addresses(URL(base)).resolve(named, against)) == found


@pytest.mark.parametrize(
    ("named", "host"),
    [
        ("https://evil.example.test/x", "evil.example.test"),
        ("//evil.example.test/x", "evil.example.test"),
        ("https://cpo.example.test:8443/x", "cpo.example.test:8443"),
        ("https://cpo.example.test.evil.test/", "cpo.example.test.evil.test"),
        ("https://cpo.example.test@evil.test/", "evil.test"),
        ("https://evilcpo.example.test/", "evilcpo.example.test"),
        ("https://sub.cpo.example.test/", "sub.cpo.example.test"),
        ("http://192.168.1.5/x", "192.168.1.5"),
        ("https://10.0.0.1/x", "10.0.0.1"),
        ("http://169.254.169.254/latest", "169.254.169.254"),
        ("http://127.0.0.1/x", "127.0.0.1"),
        ("http://127.0.0.1:8123/api", "127.0.0.1:8123"),
        ("http://localhost:8123/api", "localhost:8123"),
        ("http://[::1]:8123/", "[::1]:8123"),
        ("https://[fe80::1]/", "[fe80::1]"),
        ("https://2130706433/", "2130706433"),
        ("https://homeassistant.local/", "homeassistant.local"),
        ("ftp://evil.example.test/x", "evil.example.test"),
        ("https://xn--vil-9la.test/", "xn--vil-9la.test"),
        ("https://évil.test/", "xn--vil-9la.test"),
        ("https://" + "a" * 300 + "/", "?"),
    ],
)
def test_other_hosts(named: str, host: str) -> None:
    """They are named in a form that can be typed, and that hides nothing."""
    with pytest.raises(ForeignHostError) as caught:
        Addresses(URL(BASE)).resolve(named, URL(HERE))
    assert caught.value.host == host
    assert host not in str(caught.value)


@pytest.mark.parametrize(
    "named",
    [
        "",
        "   ",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "ftp://cpo.example.test/x",
        "ws://cpo.example.test/x",
        "https://user@cpo.example.test/x",
        "https://user:word@cpo.example.test/x",
        "https://:word@cpo.example.test/x",
        "https://cpo.example.test/x#part",
        "https://cpo.example.test:port/x",
        "https://cpo.example.test:99999/x",
        "https://[::1",
        "https://cpo.example.test\\@evil.example.test/",
        "https://cpo.example.test/x\r\nX-Evil: 1",
        "https:\\\\evil.example.test",
    ],
)
def test_what_is_no_address(named: str) -> None:
    """No host could be allowed that would make it right."""
    with pytest.raises(ResponseError) as caught:
        Addresses(URL(BASE)).resolve(named, URL(HERE))
    assert not isinstance(caught.value, ForeignHostError)


@pytest.mark.parametrize(
    ("hosts", "named", "found"),
    [
        (["other.example.test"], "https://other.example.test/x", True),
        ([" Other.Example.Test "], "https://other.example.test/x", True),
        (["https://other.example.test/path"], "https://other.example.test/x", True),
        (["other.example.test:8443"], "https://other.example.test:8443/x", True),
        (["other.example.test"], "https://other.example.test:8443/x", False),
        (["other.example.test:8443"], "https://other.example.test/x", False),
        (["évil.test"], "https://xn--vil-9la.test/x", True),
        (["10.0.0.1"], "https://10.0.0.1/x", True),
        (["127.0.0.1:8080"], "http://127.0.0.1:8080/x", True),
        (["localhost"], "http://localhost/x", True),
        (["[::1]:8080"], "http://[::1]:8080/x", True),
        (["", "not a host", "https://[::1", "host:port"], "https://evil.test/", False),
        (["other.example.test"], "https://sub.other.example.test/x", False),
        (["*"], "https://other.example.test/x", False),
    ],
)
def test_hosts_that_the_user_typed(hosts: list[str], named: str, found: bool) -> None:
    """Only a name that was typed allows another host, a private one too."""
    addresses = Addresses(URL(BASE), hosts)
    if found:
        assert str(addresses.resolve(named)) == named
    else:
        with pytest.raises(ForeignHostError):
            addresses.resolve(named)


@pytest.mark.parametrize("host", ["other.example.test", "10.0.0.1"])
def test_a_typed_host_is_encrypted(host: str) -> None:
    """Only on this machine it need not be."""
    addresses = Addresses(URL(BASE), [host])
    with pytest.raises(InsecureAddressError) as caught:
        addresses.resolve(f"http://{host}/x")
    assert caught.value.host == host


@pytest.mark.parametrize("base", ["http://cpo.example.test/", "http://10.0.0.1/"])
def test_an_account_is_encrypted(base: str) -> None:
    """What was entered is checked again where the token is."""
    with pytest.raises(ValueError):
        Addresses(URL(base))


def test_a_shown_host_has_its_port_only_where_it_is_unusual() -> None:
    """As a user would type it."""
    assert shown(URL("https://a.test:443/")) == "a.test"
    assert shown(URL("http://a.test:443/")) == "a.test:443"
