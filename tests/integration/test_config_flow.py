"""The dialog that adds an account."""

from dataclasses import dataclass, field
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from custom_components.ev_charging_cloud.providers.ampeco import AmpecoBackend
from custom_components.ev_charging_cloud.providers.ampeco.operators import OPERATORS
from emulator import Emulator, World, scenarios
from emulator.clock import Clock
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant

from .dialog import CREDENTIALS, PASSWORD, Dialog
from .support import ACCOUNT, CLIENT_SECRET, closed_port, place

pytestmark = pytest.mark.usefixtures("impatient")

TOKEN = r"/oauth/token$"
LISTING = r"/personal/charge-points$"


def without_chargers(clock: Clock) -> World:
    """Return the world of a driver who owns no charger."""
    world = scenarios.single(clock)
    world.charge_points.clear()
    world.evses.clear()
    return world


@pytest.fixture
def dialog(hass: HomeAssistant) -> Dialog:
    """Return the dialog."""
    return Dialog(hass)


@pytest.mark.parametrize(
    ("provider", "methods"),
    [
        pytest.param(
            "drivee", ["password", "refresh_token", "access_token"], id="known"
        ),
        pytest.param("elaway", ["refresh_token", "access_token"], id="tokens-only"),
        pytest.param("megatel", ["refresh_token", "access_token"], id="without-host"),
        pytest.param(
            "ampeco", ["password", "refresh_token", "access_token"], id="another"
        ),
    ],
)
async def test_a_provider_offers_the_ways_that_are_known_to_work(
    dialog: Dialog, provider: str, methods: list[str]
) -> None:
    """Nothing is offered that nobody has been seen to use."""
    await dialog.begin(provider)
    assert dialog.step == "method"
    assert dialog.offered() == methods


async def test_a_single_way_to_sign_in_is_not_asked_for(
    dialog: Dialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A form with one answer is left out."""
    only = msgspec.structs.replace(
        AmpecoBackend.brands["elaway"], methods=("access_token",)
    )
    monkeypatch.setitem(AmpecoBackend.brands, "elaway", only)
    await dialog.begin("elaway")
    assert dialog.step == "credentials"
    assert dialog.fields == ["host", "access_token"]


async def test_providers_are_listed_by_name_and_the_other_one_last(
    dialog: Dialog,
) -> None:
    """A driver looks for a name; who does not find it reads on to the end."""
    await dialog.begin()
    dialog.shown = await dialog.hass.config_entries.flow.async_init(
        "ev_charging_cloud", context={"source": "user"}
    )
    assert dialog.offered()[-2:] == ["ampeco", "ocpi"]
    assert dialog.offered()[0] == "drivee"
    assert set(OPERATORS) < set(dialog.offered())


@pytest.mark.parametrize(
    ("provider", "host"),
    [
        pytest.param("drivee", "drivee.eu.charge.ampeco.tech", id="known"),
        pytest.param("megatel", None, id="without-host"),
        pytest.param("ampeco", None, id="another"),
    ],
)
async def test_a_known_host_is_suggested(
    dialog: Dialog, provider: str, host: str | None
) -> None:
    """It can be changed, because operators move."""
    await dialog.begin(provider, "access_token")
    assert dialog.suggested()["host"] == host


@dataclass
class Way:
    """A way to sign in, and how often it asks the token endpoint."""

    method: str
    token_requests: int


WAYS = [Way("password", 1), Way("refresh_token", 1), Way("access_token", 0)]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.method)
async def test_each_way_to_sign_in_ends_in_an_account(
    dialog: Dialog, emulator: Emulator, way: Way
) -> None:
    """The account is loaded, with its unique id, title and data."""
    pair = emulator.ampeco.issue_tokens()
    client = {"client_id": "1", "client_secret": CLIENT_SECRET}
    ways: dict[str, dict[str, Any]] = {
        "password": CREDENTIALS,
        "refresh_token": {"refresh_token": pair.refresh_token, **client},
        "access_token": {"access_token": f"Bearer {pair.access_token} "},
    }
    await dialog.begin("ampeco", way.method)
    await dialog.enter(host=emulator.url, **ways[way.method])
    entry = await dialog.finish()
    assert entry.state is ConfigEntryState.LOADED
    assert entry.unique_id == ACCOUNT
    assert entry.title == "AMPECO (127.0.0.1)"
    assert entry.data["method"] == way.method
    assert entry.data["settings"]["host"] == f"{emulator.url}/"
    asked = sum(one.kind == "token" for one in emulator.requests)
    assert asked == way.token_requests


@dataclass
class Mistake:
    """What goes wrong while signing in, and what the form says then."""

    error: str
    values: dict[str, str] = field(default_factory=dict)
    fault: dict[str, Any] | None = None
    field: str = "base"
    id: str = ""


MISTAKES = [
    Mistake("invalid_host", {"host": "not a host"}, field="host"),
    Mistake("invalid_host", {"host": "http://example.test"}, field="host", id="http"),
    Mistake("cannot_connect", {"host": "closed"}),
    Mistake("timeout_connect", fault={"kind": "hang", "path": TOKEN}),
    Mistake("invalid_auth", {"password": "wrong"}),
    Mistake(
        "invalid_auth",
        fault={"kind": "status", "status": 401, "path": LISTING},
        id="401",
    ),
    Mistake("invalid_client", {"client_secret": "wrong"}),
    Mistake("forbidden", fault={"kind": "status", "status": 403, "path": LISTING}),
    Mistake("rate_limited", fault={"kind": "status", "status": 429, "path": TOKEN}),
    Mistake("server_error", fault={"kind": "status", "status": 500, "path": TOKEN}),
    Mistake("unexpected_answer", fault={"kind": "html", "path": TOKEN}),
    Mistake(
        "unexpected_answer",
        fault={"kind": "status", "status": 404, "path": LISTING},
        id="404",
    ),
]


@pytest.mark.parametrize("case", MISTAKES, ids=lambda one: one.id or one.error)
async def test_a_mistake_is_explained_and_can_be_put_right(
    dialog: Dialog,
    emulator: Emulator,
    case: Mistake,
) -> None:
    """Each error recovers in the same dialog."""
    right = {"host": emulator.url, **CREDENTIALS}
    wrong = dict(case.values)
    if wrong.get("host") == "closed":
        wrong["host"] = f"http://127.0.0.1:{closed_port()}"
    if case.fault is not None:
        emulator.faults.add(**case.fault)
    await dialog.begin("ampeco", "password")
    await dialog.enter(**{**right, **wrong})
    assert dialog.step == "credentials"
    assert dialog.errors == {case.field: case.error}

    emulator.faults.clear()
    await dialog.enter(**right)
    entry = await dialog.finish()
    assert entry.unique_id == ACCOUNT


async def test_a_mistake_of_our_own_is_logged_and_can_be_tried_again(
    dialog: Dialog,
    emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whatever goes wrong, the dialog goes on."""

    async def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    await dialog.begin("ampeco", "password")
    with monkeypatch.context() as patch:
        patch.setattr(AmpecoBackend, "sign_in", fail)
        await dialog.enter(host=emulator.url, **CREDENTIALS)
    assert dialog.errors == {"base": "unknown"}
    assert "Unexpected error while signing in" in caplog.text
    await dialog.enter(host=emulator.url, **CREDENTIALS)
    await dialog.finish()


async def test_a_refresh_token_is_spent_once_though_the_proof_failed(
    dialog: Dialog, emulator: Emulator
) -> None:
    """It works once, so a second try goes on with what it gave."""
    pair = emulator.ampeco.issue_tokens()
    values = {
        "host": emulator.url,
        "client_id": "1",
        "client_secret": CLIENT_SECRET,
        "refresh_token": pair.refresh_token,
    }
    emulator.faults.add("status", status=500, path=LISTING)
    await dialog.begin("ampeco", "refresh_token")
    await dialog.enter(**values)
    assert dialog.errors == {"base": "server_error"}
    emulator.faults.clear()
    await dialog.enter(**values)
    await dialog.finish()
    assert sum(one.kind == "token" for one in emulator.requests) == 1


async def test_secrets_are_not_suggested_after_a_mistake(
    dialog: Dialog, emulator: Emulator
) -> None:
    """The form comes back with what may be seen, and without the rest."""
    await dialog.begin("ampeco", "password")
    await dialog.enter(host=emulator.url, **{**CREDENTIALS, "password": "wrong"})
    assert dialog.suggested() == {
        "host": emulator.url,
        "username": CREDENTIALS["username"],
        "password": None,
        "client_id": "1",
        "client_secret": None,
    }


async def test_the_same_account_cannot_be_added_twice(
    dialog: Dialog, emulator: Emulator
) -> None:
    """The second dialog ends."""
    await dialog.begin("ampeco", "password")
    await dialog.enter(host=emulator.url, **CREDENTIALS)
    await dialog.finish()
    await dialog.begin("ampeco", "password")
    await dialog.enter(host=emulator.url, **CREDENTIALS)
    assert dialog.reason == "already_configured"


async def test_a_known_operator_is_recognised_under_another_name(
    dialog: Dialog, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its host as "another operator" is the same account."""
    here = msgspec.structs.replace(OPERATORS["drivee"], host="127.0.0.1")
    monkeypatch.setitem(OPERATORS, "drivee", here)
    await dialog.begin("drivee", "password")
    await dialog.enter(host=emulator.url, **CREDENTIALS)
    entry = await dialog.finish()
    assert entry.unique_id == "ampeco_drivee_3001"
    await dialog.begin("ampeco", "password")
    await dialog.enter(host=emulator.url, **CREDENTIALS)
    assert dialog.reason == "already_configured"


async def test_an_operator_entered_as_another_one_gets_its_name(
    dialog: Dialog, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is particular to it then holds."""
    here = msgspec.structs.replace(OPERATORS["drivee"], host="127.0.0.1")
    monkeypatch.setitem(OPERATORS, "drivee", here)
    await dialog.begin("ampeco", "password")
    await dialog.enter(host=emulator.url, **CREDENTIALS)
    entry = await dialog.finish()
    assert entry.title == "Drivee"
    assert entry.data["brand"] == "drivee"


async def test_the_password_is_kept_nowhere(
    dialog: Dialog,
    emulator: Emulator,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither in the account nor in a file nor in the log."""
    caplog.set_level("DEBUG")
    await dialog.begin("ampeco", "password")
    await dialog.enter(host=emulator.url, **CREDENTIALS)
    entry = await dialog.finish()
    stored = json.dumps({key: one["data"] for key, one in hass_storage.items()})
    assert "ev_charging_cloud.tokens" in " ".join(hass_storage)
    for text in (json.dumps(entry.as_dict(), default=str), stored, caplog.text):
        assert PASSWORD not in text
    assert not [path for path in _files(dialog.hass) if PASSWORD in path.read_text()]


async def test_the_tokens_are_not_in_the_entry(
    dialog: Dialog, emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    """They live in a file of their own, and in no log line."""
    caplog.set_level("DEBUG", "custom_components.ev_charging_cloud")
    pair = emulator.ampeco.issue_tokens()
    await dialog.begin("ampeco", "access_token")
    await dialog.enter(host=emulator.url, access_token=pair.access_token)
    entry = await dialog.finish()
    assert pair.access_token not in json.dumps(entry.as_dict(), default=str)
    ours = [one for one in caplog.records if "ev_charging_cloud" in one.name]
    assert ours
    assert not [one for one in ours if pair.access_token in one.getMessage()]


@place(scenarios.fleet, charge_points=21, evses_each=1)
async def test_in_a_large_account_nothing_is_picked_beforehand(
    dialog: Dialog, emulator: Emulator
) -> None:
    """What the user picks is kept, and nothing else appears later."""
    await dialog.begin("ampeco", "password")
    await dialog.enter(host=emulator.url, **CREDENTIALS)
    assert dialog.preselected() == []
    assert len(dialog.offered()) == 21
    await dialog.enter(charge_points=["CP0000007", "CP0000002"])
    entry = await dialog.finish()
    assert entry.options == {"included": ["CP0000002", "CP0000007"]}


@place(scenarios.fleet, charge_points=20, evses_each=1)
async def test_in_a_small_account_the_exclusions_are_kept(
    dialog: Dialog, emulator: Emulator
) -> None:
    """All are picked, and what the user takes out stays out."""
    await dialog.begin("ampeco", "password")
    await dialog.enter(host=emulator.url, **CREDENTIALS)
    everything = dialog.preselected()
    assert len(everything) == 20
    await dialog.enter(charge_points=everything[1:])
    entry = await dialog.finish()
    assert entry.options == {"excluded": ["CP0000001"]}


@place(without_chargers)
async def test_an_account_without_charge_points_is_added_at_once(
    dialog: Dialog, emulator: Emulator
) -> None:
    """There is nothing to pick; what comes later appears."""
    await dialog.begin("ampeco", "password")
    await dialog.enter(host=emulator.url, **CREDENTIALS)
    entry = await dialog.finish()
    assert entry.options == {"excluded": []}
    assert entry.state is ConfigEntryState.LOADED


@place(scenarios.fleet, charge_points=3, evses_each=1)
async def test_charge_points_of_one_name_are_told_apart(
    dialog: Dialog, emulator: Emulator, world: World
) -> None:
    """Their ids are shown where names repeat."""
    world.configure("CP0000001", name="Twin")
    world.configure("CP0000002", name="Twin")
    await dialog.begin("ampeco", "password")
    await dialog.enter(host=emulator.url, **CREDENTIALS)
    options = next(iter(dialog.schema.values())).config["options"]
    assert [one["label"] for one in options] == [
        "Twin (CP0000001)",
        "Twin (CP0000002)",
        "Charger 3",
    ]


def _files(hass: HomeAssistant) -> list[Path]:
    """Return the text files that Home Assistant wrote."""
    folder = Path(hass.config.path(".storage"))
    return list(folder.glob("*")) if folder.exists() else []
