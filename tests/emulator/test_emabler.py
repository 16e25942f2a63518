"""eMabler's endpoint: OCPI's objects in the words of its documentation."""

from typing import Any, override

import pytest

from emulator import EmablerProfile
from emulator.emabler.dialect import camel, snake, written
from emulator.emabler.numbering import WORDS, words_of

from .conftest import Serve
from .ocpi_api import PACKED, TOKEN, Party, listening, network, party_of
from .shapes import differences

# The object of fact sheet emabler_ocpi 7, with the further keys of its section 5.
DOCUMENTED = {
    "id": "S-1001",
    "startDatetime": "2026-01-05T10:00:00Z",
    "endDatetime": None,
    "kwh": 4.2,
    "authId": "FI-HAX-C0001",
    "authMethod": 1,
    "location": {
        "id": "L-1",
        "type": 4,
        "name": "Example",
        "address": "Example road 1",
        "city": "Town",
        "postalCode": "00100",
        "country": "FIN",
        "coordinates": {"latitude": "60.10000", "longitude": "24.90000"},
        "relatedLocations": [],
        "evses": [
            {
                "uid": "E-1",
                "evseId": "FI*XYZ*E1*1",
                "status": 2,
                "statusSchedule": [],
                "capabilities": [7, 9],
                "connectors": [
                    {
                        "id": "1",
                        "standard": 25,
                        "format": 0,
                        "powerType": 3,
                        "voltage": 230,
                        "amperage": 32,
                        "tariffId": "T-1",
                        "termsAndConditions": None,
                        "lastUpdated": "2025-11-01T00:00:00Z",
                    }
                ],
                "floorLevel": None,
                "coordinates": None,
                "physicalReference": None,
                "directions": [],
                "parkingRestrictions": [],
                "images": [],
                "lastUpdated": "2026-01-05T10:00:10Z",
            }
        ],
        "directions": [],
        "operator": {"name": "Example"},
        "suboperator": None,
        "owner": None,
        "facilities": [],
        "timeZone": "Europe/Helsinki",
        "openingTimes": {"twentyfourseven": True},
        "chargingWhenClosed": True,
        "images": [],
        "energyMix": None,
        "lastUpdated": "2026-01-05T10:00:10Z",
    },
    "meterId": None,
    "currency": "EUR",
    "chargingPeriods": [
        {
            "startDateTime": "2026-01-05T10:00:00Z",
            "dimensions": [{"type": 1, "volume": 4.2}],
            "tariffId": "T-1",
        }
    ],
    "totalCost": 1.26,
    "status": 0,
    "lastUpdated": "2026-01-05T10:25:00Z",
}
RENDERINGS = (
    "camel_int",
    "camel_numeric_string",
    "camel_names",
    "snake_names",
    "snake_int",
    "mixed",
)
KEYS_2_2_1 = """
    countryCode partyId id startDateTime endDateTime kwh cdrToken authMethod
    authorizationReference locationId evseUid connectorId meterId currency
    chargingPeriods totalCost status lastUpdated
"""


class Endpoint(Party):
    """Call the endpoint in one version."""

    @override
    def headers(self) -> dict[str, str]:
        """Return the authorization, Base64 in every version."""
        return {"Authorization": f"Token {PACKED}"}

    @override
    async def ask(
        self, path: str, method: str = "GET", **options: Any
    ) -> tuple[int, Any, dict[str, str]]:
        """Return status, body and headers below the endpoint's root."""
        if not path.startswith("/"):
            path = f"/emabler/ocpi/{self.version}/{path}"
        return await super().ask(path, method, **options)


async def _endpoint(serve: Serve, version: str = "2.1.1", **switches: Any) -> Endpoint:
    opened = await party_of(serve, network(), version)
    opened.emulator.emabler.profile = EmablerProfile(**switches)
    endpoint = Endpoint(opened._api, version)
    endpoint.face = opened.emulator.emabler
    return endpoint


async def test_session_of_the_sheet(serve: Serve) -> None:
    """Every documented key, each of the documented type, and no other."""
    caller = await _endpoint(serve)
    status, body, headers = await caller.ask("sessions")
    assert status == 200
    assert body.keys() == {"data", "statusCode", "statusMessage", "timestamp"}
    assert headers["X-Total-Count"] == "3"
    for session in body["data"]:
        assert list(differences(DOCUMENTED, session)) == []
    running = body["data"][-1]
    for key in ("status", "endDatetime", "meterId"):
        assert running[key] == DOCUMENTED[key]
    evse = running["location"]["evses"][0]
    connector = evse["connectors"][0]
    shown = (evse["status"], connector["standard"], connector["powerType"])
    assert shown == (2, 25, 3)
    assert evse["capabilities"] == [7, 9, 12]


@pytest.mark.parametrize("rendering", RENDERINGS)
async def test_renderings_say_the_same(serve: Serve, rendering: str) -> None:
    """Keys and words change, what they mean does not."""
    caller = await _endpoint(serve, rendering="snake_names")
    plain = (await caller.ask("sessions"))[1]["data"][-1]
    caller.emulator.switch("emabler", rendering=rendering)
    _, body, _ = await caller.ask("sessions")
    session = body["data"][-1]
    assert ("statusCode" in body) is not rendering.startswith("snake")
    assert _plain(session, "session") == plain
    if rendering in ("camel_names", "mixed"):
        assert session["startDatetime"] == plain["start_datetime"]


def _plain(value: Any, kind: str) -> Any:
    """Return an object of any rendering in snake_case and names."""
    if isinstance(value, list):
        return [_plain(item, kind) for item in value]
    if not isinstance(value, dict):
        return value
    kinds = {
        "location": "location",
        "evses": "evse",
        "connectors": "connector",
        "charging_periods": "period",
        "dimensions": "dimension",
    }
    found = {}
    for name, item in value.items():
        key = snake(name)
        words = WORDS.get((kind, key))
        if words is None:
            found[key] = _plain(item, kinds.get(key, ""))
        elif isinstance(item, list):
            found[key] = [_named(one, words) for one in item]
        else:
            found[key] = _named(item, words)
    return found


def _named(value: Any, words: tuple[str, ...]) -> str:
    text = str(value)
    return words[int(text)] if text.isdecimal() else text.upper()


@pytest.mark.parametrize(
    ("rendering", "status", "method"),
    [
        ("camel_int", 1, 2),
        ("camel_numeric_string", "1", "2"),
        ("camel_names", "COMPLETED", "WHITELIST"),
        ("mixed", "COMPLETED", "whitelist"),
    ],
)
async def test_forms_of_words(
    serve: Serve, rendering: str, status: Any, method: Any
) -> None:
    """Numbers, numbers as texts, names, or a bit of each."""
    caller = await _endpoint(serve, rendering=rendering)
    ended = (await caller.ask("sessions"))[1]["data"][0]
    assert (ended["status"], ended["authMethod"]) == (status, method)
    if rendering == "mixed":
        period = ended["chargingPeriods"][0]
        assert "start_date_time" in period
        assert period["dimensions"][0]["type"] == 1


async def test_newer_version(serve: Serve) -> None:
    """2.2.1 has the documented keys, and more modules than 2.1.1."""
    caller = await _endpoint(serve, "2.2.1")
    _, body, _ = await caller.ask("sessions")
    session = body["data"][-1]
    assert session.keys() == set(KEYS_2_2_1.split())
    assert session["cdrToken"]["type"] == 1
    assert session["totalCost"].keys() == {"exclVat", "inclVat"}
    (cdr, *_) = (await caller.ask("cdrs"))[1]["data"]
    assert cdr["cdrLocation"]["connectorStandard"] == 25
    assert cdr["tariffs"][0]["elements"][0]["priceComponents"][0]["type"] == 1
    assert cdr["tariffs"][0]["type"] == 4
    (tariff, *_) = (await caller.ask("tariffs"))[1]["data"]
    assert tariff["elements"][1]["restrictions"]["startTime"] == "08:00"
    (location, *_) = (await caller.ask("locations"))[1]["data"]
    assert location["evses"][0]["connectors"][0]["maxElectricPower"] == 11000
    caller.version = "2.1.1"
    for module in ("tariffs", "tokens/NL/HAX/APP-1", "commands/START_SESSION"):
        method = "POST" if module.startswith("commands") else "GET"
        assert (await caller.ask(module, method=method, json={}))[0] == 404


async def test_commands_in_either_spelling(serve: Serve) -> None:
    """A start is understood in snake_case and in camelCase with numbers."""
    caller = await _endpoint(serve, "2.2.1")
    async with listening() as ear:
        plain = caller.start_body(ear.url)
        token = {camel(key): value for key, value in plain["token"].items()}
        shown = {camel(key): value for key, value in plain.items()}
        for body in (plain, shown | {"token": token | {"type": 1}}):
            _, answer, _ = await caller.ask(
                "commands/START_SESSION", method="POST", json=body
            )
            assert answer["data"]["result"] == "ACCEPTED"
            await caller.face.callbacks.settle()
            caller.pass_time(minutes=1)
            latest = (await caller.ask("sessions"))[1]["data"][-1]
            assert latest["authorizationReference"] == "ha-7f3a"
            assert latest["cdrToken"]["type"] == 1
            caller.world.unplug("EVSE-2")
            caller.world.plug("EVSE-2", "party-car-2")
    assert ear.bodies == [{"result": "ACCEPTED"}] * 2


async def test_tokens_are_base64_in_both_versions(serve: Serve) -> None:
    """Documented so for 2.1.1 too; the raw one is refused."""
    caller = await _endpoint(serve)
    raw = {"Authorization": f"Token {TOKEN}"}
    for version in ("2.1.1", "2.2.1"):
        caller.version = version
        assert (await caller.ask("sessions"))[0] == 200
        assert (await caller.ask("sessions", headers=raw))[0] == 401


async def test_discovery_is_off_unless_switched_on(serve: Serve) -> None:
    """No versions, no credentials; on a switch there are both."""
    caller = await _endpoint(serve)
    paths = ("/emabler/ocpi/versions", "/emabler/ocpi/2.2.1")
    for path in paths:
        assert (await caller.ask(path))[0] == 404
    caller.emulator.switch("emabler", offers_versions=True)
    for path in paths:
        assert (await caller.ask(path))[0] == 200
    _, body, _ = await caller.ask(paths[1])
    urls = {one["identifier"]: one["url"] for one in body["data"]["endpoints"]}
    assert urls["sessions"].endswith("/emabler/ocpi/2.2.1/sessions")
    _, body, _ = await caller.ask("/emabler/ocpi/2.1.1")
    names = {one["identifier"] for one in body["data"]["endpoints"]}
    assert names == {"credentials", "sessions", "locations", "cdrs"}


@pytest.mark.parametrize("rendering", RENDERINGS)
async def test_status_code_zero(serve: Serve, rendering: str) -> None:
    """As in the documented sample, in the rendering's spelling."""
    caller = await _endpoint(serve, rendering=rendering, status_code_zero=True)
    _, body, _ = await caller.ask("sessions")
    assert body.get("statusCode", body.get("status_code")) == 0
    assert len(body["data"]) == 3


async def test_older_numbering(serve: Serve) -> None:
    """Type 2 is 19, three phases are 1 and direct current is 2."""
    caller = await _endpoint(serve, numbering="2.2")
    shown = (await caller.ask("locations"))[1]["data"]
    found = [one["evses"][0]["connectors"][0] for one in shown]
    pairs = [(one["standard"], one["powerType"]) for one in found]
    assert pairs == [(19, 1), (19, 1), (20, 2)]
    assert shown[0]["evses"][0]["capabilities"] == [7, 9, 11]


def test_schedules_keep_their_snakes() -> None:
    """Items of a status schedule mix spellings, as documented."""
    item = {"period_begin": "a", "period_end": "b", "status": "CHARGING"}
    evse = {"status_schedule": [item], "last_updated": "c"}
    assert written(evse, "evse", EmablerProfile()) == {
        "statusSchedule": [{"period_begin": "a", "period_end": "b", "status": 2}],
        "lastUpdated": "c",
    }


def test_numbers_of_the_sheet() -> None:
    """Spot checks of section 6, in both numberings."""
    for kind, key, word, new, old in (
        ("session", "status", "RESERVATION", 4, 4),
        ("evse", "status", "UNKNOWN", 8, 8),
        ("evse", "capabilities", "START_SESSION_CONNECTOR_REQUIRED", 10, 12),
        ("evse", "capabilities", "UNLOCK_CAPABLE", 12, 11),
        ("connector", "standard", "CHADEMO", 0, 0),
        ("connector", "standard", "CHAOJI", 1, 27),
        ("connector", "standard", "DOMESTIC_L", 13, 12),
        ("connector", "standard", "IEC_62196_T1", 23, 17),
        ("connector", "standard", "PANTOGRAPH_TOP_DOWN", 37, 24),
        ("connector", "standard", "TESLA_S", 39, 26),
        ("connector", "power_type", "AC_2_PHASE_SPLIT", 2, 4),
        ("dimension", "type", "PARKING_TIME", 8, 8),
        ("dimension", "type", "FLAT", 13, 13),
        ("token", "type", "RFID", 3, 3),
        ("tariff", "type", "REGULAR", 4, 4),
        ("component", "type", "TIME", 3, 3),
    ):
        newer = words_of(kind, key, "2.2.1")
        older = words_of(kind, key, "2.2")
        assert newer is not None
        assert older is not None
        assert (newer.index(word), older.index(word)) == (new, old)
    sizes = {key: len(words) for key, words in WORDS.items()}
    assert sizes["connector", "standard"] == 40
    assert sizes["evse", "capabilities"] == 13
    assert sizes["dimension", "type"] == 14
