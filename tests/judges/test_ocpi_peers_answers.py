"""What the foreign OCPI servers answer, which is what our client has to live with."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import pytest

from .ocpi_peers import Name, Peer, authorization
from .ocpi_world import TOKEN_C, session_211, session_221

careful = pytest.mark.parametrize("name", ["extrawest"])
sloppy = pytest.mark.parametrize("name", ["py-ocpi"])
both = pytest.mark.parametrize("name", ["extrawest", "py-ocpi"])
KINDS = {
    "encoded": authorization(TOKEN_C),
    "raw": authorization(TOKEN_C, is_encoded=False),
    "wrong": authorization("wrong"),
    "no prefix": {"Authorization": authorization(TOKEN_C)["Authorization"].split()[1]},
    "none": {},
}
NEW, OLD = "/ocpi/cpo/2.2.1", "/ocpi/cpo/2.1.1"
# Before Python 3.11 the names in the next link are those of the standard.
LINK_PATHS = {
    "2.1.1": {f"{OLD}/sessions/", "/ocpi/cpo/VersionNumber.v_2_1_1/ModuleID.sessions/"},
    "2.2.1": {f"{NEW}/sessions/", "/ocpi/cpo/VersionNumber.v_2_2_1/ModuleID.sessions/"},
}
# A status of None stands for a body without an envelope.
ANSWERS: list[tuple[Name, str, str, int, int | None]] = [
    ("extrawest", "/ocpi/versions", "encoded", 200, 1000),
    ("extrawest", "/ocpi/versions", "raw", 200, 3000),
    ("extrawest", "/ocpi/versions", "wrong", 401, None),
    ("extrawest", "/ocpi/versions", "no prefix", 403, None),
    ("extrawest", "/ocpi/versions", "none", 403, None),
    ("extrawest", "/ocpi/2.2.1/details", "encoded", 200, 1000),
    ("extrawest", "/ocpi/2.2.1/details", "raw", 200, 3000),
    ("extrawest", "/ocpi/2.1.1/details", "raw", 200, 1000),
    ("extrawest", "/ocpi/2.1.1/details", "encoded", 401, None),
    ("extrawest", f"{NEW}/sessions/", "encoded", 200, 1000),
    ("extrawest", f"{NEW}/sessions/", "raw", 200, 3000),
    ("extrawest", f"{NEW}/sessions/", "wrong", 403, None),
    ("extrawest", f"{NEW}/sessions/", "none", 403, None),
    ("extrawest", f"{OLD}/sessions/", "raw", 200, 1000),
    ("extrawest", f"{OLD}/sessions/", "encoded", 403, None),
    ("extrawest", f"{NEW}/sessions/?limit=abc", "encoded", 422, None),
    ("extrawest", f"{NEW}/sessions/?date_from=None", "encoded", 422, None),
    ("extrawest", f"{NEW}/locations/LOC-9", "encoded", 404, None),
    ("extrawest", "/ocpi/nowhere", "encoded", 404, None),
    ("py-ocpi", "/ocpi/versions", "encoded", 200, 1000),
    ("py-ocpi", "/ocpi/versions", "raw", 200, 1000),
    ("py-ocpi", "/ocpi/versions", "none", 200, 1000),
    ("py-ocpi", "/ocpi/2.2.1/details", "none", 200, 1000),
    ("py-ocpi", "/ocpi/2.2.1/details", "raw", 500, None),
    ("py-ocpi", "/ocpi/2.1.1/details", "encoded", 404, None),
    ("py-ocpi", f"{NEW}/sessions/", "encoded", 200, 1000),
    ("py-ocpi", f"{NEW}/sessions/", "wrong", 200, 1000),
    ("py-ocpi", f"{NEW}/sessions/", "none", 200, 1000),
    ("py-ocpi", f"{NEW}/sessions/", "raw", 500, None),
    ("py-ocpi", f"{NEW}/sessions/", "no prefix", 500, None),
    ("py-ocpi", f"{NEW}/sessions/?date_from=None", "encoded", 422, None),
    ("py-ocpi", f"{NEW}/locations/LOC-9", "encoded", 500, None),
    ("py-ocpi", f"{NEW}/locations/LOC-1/EVSE-9", "encoded", 200, None),
]
# The query, the sessions that come, how many there are, and the next offset.
PAGES: list[tuple[str, list[int], int, int | None]] = [
    ("", [1, 2], 7, 2),
    ("limit=50", [1, 2], 7, 2),
    ("limit=1&offset=3", [4], 7, 4),
    ("offset=6", [7], 7, None),
    ("offset=99", [], 7, None),
    ("date_from=2026-01-05T10:20:00Z", [5, 6], 3, 2),
    ("date_from=2026-01-05T10:20:00Z&offset=2", [7], 3, None),
    ("date_to=2026-01-02T10:20:00Z", [1], 1, None),
]


@pytest.mark.parametrize(
    ("name", "path", "kind", "status", "code"),
    ANSWERS,
    ids=[f"{name} {path} {kind}" for name, path, kind, _, _ in ANSWERS],
)
async def test_status(
    peer: Peer,
    http: aiohttp.ClientSession,
    path: str,
    kind: str,
    status: int,
    code: int | None,
) -> None:
    """Who is let in, and how a peer says no."""
    async with http.get(f"{peer.url}{path}", headers=KINDS[kind]) as response:
        assert response.status == status
        is_json = response.content_type == "application/json"
        told = await response.json() if is_json else {}
    assert (told or {}).get("status_code") == code
    if code == 3000:
        assert told["data"] == []


@pytest.mark.parametrize(("query", "days", "total", "following"), PAGES)
@pytest.mark.parametrize(
    ("name", "version"),
    [("extrawest", "2.1.1"), ("extrawest", "2.2.1"), ("py-ocpi", "2.2.1")],
)
async def test_pages(
    peer: Peer,
    http: aiohttp.ClientSession,
    name: Name,
    version: str,
    query: str,
    days: list[int],
    total: int,
    following: int | None,
) -> None:
    """Pages are small; the next link is useless in scheme and in what it asks for."""
    response, rows = await _list(http, peer, version, "sessions", query)
    assert [row["id"][-1] for row in rows] == [str(day) for day in days]
    assert response.headers["X-Total-Count"] == str(total)
    assert response.headers["X-Limit"] == ("1" if "limit=1&" in query else "2")
    link = response.headers["Link"]
    if following is None:
        assert link == ""
        return
    address, relation = link.split("; ")
    parts = urlsplit(address.strip("<>"))
    assert relation == 'rel="next"'
    assert (parts.scheme, parts.netloc) == ("https", peer.host)
    assert parts.path in LINK_PATHS[version]
    asked = dict(parse_qsl(parts.query))
    assert asked["offset"] == str(following)
    is_broken = "None" in asked.values()
    assert is_broken == (name == "extrawest" or "date_from" not in query)
    repaired = f"{peer.url}{parts.path}?{parts.query}"
    async with http.get(repaired, headers=_authorization(version)) as followed:
        assert followed.status == (
            404 if "ModuleID" in link else 422 if is_broken else 200
        )


@pytest.mark.parametrize(
    ("name", "scheme", "versions"),
    [("extrawest", "http", ["2.1.1", "2.2.1"]), ("py-ocpi", "https", ["2.2.1"])],
)
async def test_versions(
    peer: Peer,
    http: aiohttp.ClientSession,
    scheme: str,
    versions: list[str],
) -> None:
    """The sloppy peer names addresses at which nobody speaks https."""
    url = f"{scheme}://{peer.host}/ocpi"
    async with http.get(peer.versions, headers=KINDS["encoded"]) as response:
        told = (await response.json())["data"]
    assert told == [{"version": one, "url": f"{url}/{one}/details"} for one in versions]


@pytest.mark.parametrize(
    ("name", "version", "slash", "with_role"),
    [
        ("extrawest", "2.1.1", "/", False),
        ("extrawest", "2.2.1", "/", True),
        ("py-ocpi", "2.2.1", "", True),
    ],
)
async def test_endpoints(
    peer: Peer,
    http: aiohttp.ClientSession,
    version: str,
    slash: str,
    with_role: bool,
) -> None:
    """Commands are served but not listed, and only one peer writes the last slash."""
    url = f"{peer.url}/ocpi/{version}/details"
    async with http.get(url, headers=_authorization(version)) as response:
        endpoints = (await response.json())["data"]["endpoints"]
    found = {row["identifier"]: row for row in endpoints}
    assert found.keys() == {
        "credentials",
        "locations",
        "sessions",
        "tariffs",
        "cdrs",
        "tokens",
    }
    assert found["sessions"].get("role") == ("SENDER" if with_role else None)
    assert found["tokens"].get("role") == ("RECEIVER" if with_role else None)
    assert found["sessions"]["url"].endswith(f"/ocpi/cpo/{version}/sessions{slash}")


@both
async def test_redirect_to_the_slash(peer: Peer, http: aiohttp.ClientSession) -> None:
    """Without the last slash there is only a redirection."""
    url = f"{peer.url}{NEW}/sessions?limit=1"
    async with http.get(
        url, headers=KINDS["encoded"], allow_redirects=False
    ) as response:
        assert response.status == 307
        assert response.headers["Location"] == url.replace("?", "/?")


@careful
async def test_shape_of_a_session(peer: Peer, http: aiohttp.ClientSession) -> None:
    """Identifiers lose their case in 2.2.1, and whatever is absent is null."""
    _, (old, *_) = await _list(http, peer, "2.1.1", "sessions")
    _, (new, *_) = await _list(http, peer, "2.2.1", "sessions")
    assert (old["id"], old["location"]["evses"][0]["uid"]) == ("SES-0001", "EVSE-1")
    assert (new["country_code"], new["party_id"]) == ("nl", "xyz")
    assert new["id"] == "ses-0001"
    assert new["cdr_token"]["contract_id"] == "nl-hax-c000001-5"
    assert (new["meter_id"], old["meter_id"]) == (None, None)
    assert new["last_updated"] == "2026-01-01T10:20:00Z"


@sloppy
async def test_moments_of_the_sloppy_peer(
    peer: Peer, http: aiohttp.ClientSession
) -> None:
    """They look like those of a database; all envelopes carry that of its start."""
    told = set()
    for path in ("/ocpi/versions", f"{NEW}/sessions/"):
        async with http.get(f"{peer.url}{path}") as response:
            answer = await response.json()
            told.add(answer["timestamp"])
    (moment,) = told
    assert moment[10] == " "
    assert answer["data"][0]["last_updated"] == "2026-01-01 10:20:00+00:00"


@careful
async def test_shape_of_a_bill(peer: Peer, http: aiohttp.ClientSession) -> None:
    """The end has the newer version's name in 2.1.1; the EVSE's uid gets lost."""
    _, (old,) = await _list(http, peer, "2.1.1", "cdrs")
    _, (new,) = await _list(http, peer, "2.2.1", "cdrs")
    assert old["end_date_time"] == new["end_date_time"] == "2026-01-01T10:20:00Z"
    assert "stop_date_time" not in old
    assert (old["id"], old["total_cost"]) == ("cdr-0001", 1.48)
    assert "evse_uid" not in new["cdr_location"]
    assert new["cdr_location"]["evse_id"] == "nl*xyz*e0001*1"


@both
@pytest.mark.parametrize("path", ["LOC-1", "LOC-1/evse-1", "LOC-1/evse-1/1"])
async def test_a_single_object_is_a_list(
    peer: Peer, http: aiohttp.ClientSession, path: str
) -> None:
    """Both peers put a list around what the standard wants bare."""
    url = f"{peer.url}{NEW}/locations/{path}"
    async with http.get(url, headers=KINDS["encoded"]) as response:
        told = (await response.json())["data"]
    assert len(told) == 1
    assert path.casefold().endswith(told[0].get("uid", told[0].get("id")))


@sloppy
async def test_what_is_newer_than_the_start_is_hidden(
    peer: Peer, http: aiohttp.ClientSession
) -> None:
    """What changes later is only shown to those who ask up to a later moment."""
    late = {**session_221(7), "last_updated": "2099-01-01T00:00:00+00:00"}
    await peer.put("2.2.1", "sessions", late)
    hidden, _ = await _list(http, peer, "2.2.1", "sessions")
    query = "date_to=2100-01-01T00:00:00Z"
    shown, _ = await _list(http, peer, "2.2.1", "sessions", query)
    assert hidden.headers["X-Total-Count"] == "6"
    assert shown.headers["X-Total-Count"] == "7"


@careful
async def test_one_broken_object_empties_a_page(
    peer: Peer, http: aiohttp.ClientSession
) -> None:
    """The whole page is an error, although the HTTP status says that all is well."""
    broken = session_211(3)
    del broken["auth_id"]
    await peer.put("2.1.1", "sessions", broken)
    _, good = await _list(http, peer, "2.1.1", "sessions")
    bad, rows = await _list(http, peer, "2.1.1", "sessions", "offset=2")
    requests = await peer.requests()
    assert len(good) == 2
    assert (bad.status, rows) == (200, [])
    assert (await bad.json())["status_code"] == 3000
    assert [one["query"] for one in requests] == ["", "offset=2"]
    assert requests[0]["headers"]["authorization"] == f"Token {TOKEN_C}"


@both
@pytest.mark.parametrize(("profile", "status"), [("CHEAP", 200), ("SOLAR", 422)])
async def test_preferences_are_echoed(
    peer: Peer,
    http: aiohttp.ClientSession,
    profile: str,
    status: int,
) -> None:
    """Instead of a word of the standard comes a list with what was sent."""
    url = f"{peer.url}{NEW}/sessions/SES-0007/charging_preferences"
    async with http.put(
        url, headers=KINDS["encoded"], json={"profile_type": profile}
    ) as response:
        assert response.status == status
        told = await response.json()
    if status == 200:
        assert told["data"][0]["profile_type"] == profile


def _authorization(version: str) -> dict[str, str]:
    return authorization(TOKEN_C, is_encoded=version != "2.1.1")


async def _list(
    http: aiohttp.ClientSession,
    peer: Peer,
    version: str,
    module: str,
    query: str = "",
) -> tuple[aiohttp.ClientResponse, list[Any]]:
    """Return an answer and the objects in it."""
    url = f"{peer.url}/ocpi/cpo/{version}/{module}/" + (f"?{query}" if query else "")
    async with http.get(url, headers=_authorization(version)) as response:
        assert response.status == 200
        return response, (await response.json())["data"]
