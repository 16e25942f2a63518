"""An account at the emulator, in each version: what the world's meter and bill say."""

from datetime import timedelta
from decimal import Decimal

import pytest

from custom_components.ev_charging_cloud.providers.errors import (
    AuthenticationError,
    CommandRefusedError,
)
from custom_components.ev_charging_cloud.providers.model import (
    CostState,
    EvseStatus,
    Ownership,
    PlaceKind,
    SessionState,
)
from custom_components.ev_charging_cloud.providers.provider import (
    Capability,
    Preference,
    Profile,
)
from emulator import OcpiProfile

from .support import APP, CARD, MINUTE, Party, evse_of, party, points, running, sessions

VERSIONS = ("2.1.1", "2.2.1", "2.3.0")
RUNNING_ID = "SES-5004"
FAST = Preference(profile=Profile.FAST)
EVERY_WAY = [
    *((version, False) for version in VERSIONS),
    ("2.2.1", True),
    ("2.1.1", True),
]


def at(version: str, evse: str = "evse-1", location: str = "loc-1") -> str:
    """Return the id of an EVSE; the first version does not name the owner."""
    owner = "" if version == "2.1.1" else "nl*xyz*"
    return f"{owner}{location}/{evse}"


def choice(version: str) -> dict[str, str]:
    """Return the setting of a version."""
    return {"version": "v" + version.replace(".", "-")}


@pytest.mark.parametrize(("version", "dialect"), EVERY_WAY)
async def test_a_charge_is_followed_to_its_bill(version: str, dialect: bool) -> None:
    """Energy is the meter's, the cost that of the world's bill, in the end final."""
    async with party(APP, values=choice(version), dialect=dialect) as account:
        evse = await account.evse(at(version))
        assert evse.status is EvseStatus.CHARGING
        assert evse.session is not None
        assert evse.session.ownership is Ownership.OWN
        account.clock.advance(10 * MINUTE)
        evse = await account.evse(at(version))
        world = running(account)
        assert evse.session is not None
        assert evse.session.energy_kwh is not None
        meter = float(world.energy_wh) / 1000
        assert meter - 0.2 <= evse.session.energy_kwh <= meter
        assert evse.session.power_kw == pytest.approx(11.0, rel=0.02)
        account.world.stop(world.id)
        account.clock.advance(timedelta(minutes=2))
        evse = await account.evse(at(version))
        assert evse.session is not None
        assert evse.session.state is SessionState.COMPLETED
        assert evse.session.energy_kwh == pytest.approx(meter, abs=0.25)
        assert evse.session.power_kw == 0.0
        found = await account.poll(timedelta(hours=1))
        final = evse_of(found, at(version)).session
        assert final is not None
        assert final.cost is not None
        net, gross = account.emulator.ocpi.bill(world.id)
        assert final.cost.state is CostState.FINAL
        assert final.cost.net == pytest.approx(net, abs=Decimal("0.0001"))
        if version != "2.1.1":
            assert final.cost.gross == pytest.approx(gross, abs=Decimal("0.0001"))
        assert final.energy_kwh == pytest.approx(
            float(world.energy_wh) / 1000, abs=0.001
        )
        assert [one.key for one in found.past] == [final.key]


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_start_and_a_stop(version: str) -> None:
    """What the charger does is what later reads show."""
    async with party(APP, values=choice(version)) as account:
        await account.poll()
        evse_id = at(version, "evse-2")
        assert await account.provider.start("loc", evse_id) is None
        found = await account.evse(evse_id, after=MINUTE)
        assert found.session is not None
        assert found.session.state is SessionState.ACTIVE
        assert found.session.ownership is Ownership.OWN
        await account.provider.stop(found.session)
        found = await account.evse(evse_id, after=MINUTE)
        assert found.session is not None
        assert found.session.state is SessionState.COMPLETED


async def test_tokens_show_their_latest_session() -> None:
    """Each token is a place of its own, wherever it charges."""
    async with party(APP, CARD) as account:
        found = await account.poll()
        app, card = (found.charge_points[key] for key in ("token_p1", "token_p2"))
        assert app.kind is card.kind is PlaceKind.DRIVER
        assert app.evses[0].session is not None
        assert app.evses[0].session.running
        assert app.evses[0].status is EvseStatus.CHARGING
        assert card.evses[0].session is not None
        assert not card.evses[0].session.running
        assert found.elsewhere == ()


async def test_without_a_token_no_start_is_offered() -> None:
    """Whose sessions there are is not known then."""
    async with party() as account:
        found = await account.poll()
        assert Capability.START not in account.provider.capabilities
        assert {one.ownership for one in sessions(found).values()} == {
            Ownership.UNKNOWN
        }
        with pytest.raises(CommandRefusedError) as refused:
            await account.provider.start("nl*xyz*loc-1", at("2.3.0", "evse-2"))
        assert refused.value.reason == "no_token"


async def test_a_card_of_others_is_foreign() -> None:
    """One token is configured, the operator shows the party's other ones too."""
    async with party(APP) as account:
        found = sessions(await account.poll())
        whose = {key.rpartition("/")[2]: one.ownership for key, one in found.items()}
        assert whose["ses-5001"] is Ownership.FOREIGN
        assert whose["ses-5004"] is Ownership.OWN


async def test_another_partys_sessions_are_left_out_and_told() -> None:
    """They are nobody's here: not shown, not kept, but said."""
    async with party(APP, ocpi=OcpiProfile(foreign_sessions=True)) as account:
        found = await account.poll()
        assert found.troubles["foreign_sessions"]
        shown = {evse.id for p in points(found).values() for evse in p.evses}
        assert at("2.3.0", "evse-3", "loc-2") in shown
        assert evse_of(found, at("2.3.0", "evse-3", "loc-2")).session is None
        keys = {key.rpartition("/")[2] for key in sessions(found)}
        assert keys == {"ses-5001", "ses-5003", "ses-5004"}


async def test_a_token_starts_at_its_own_place() -> None:
    """A device of a token has a place, or refuses."""
    place = {"location_id": "nl*xyz*loc-3", "evse_uid": at("2.3.0", "evse-4", "loc-3")}
    chosen = type(CARD)(id="p2", values={**CARD.values, **place})
    async with party(APP, chosen) as account:
        await account.poll()
        await account.provider.start("token_p2", "token_p2")
        found = await account.poll(MINUTE)
        session = evse_of(found, "token_p2").session
        assert session is not None
        assert session.running
        assert session.evse_id == place["evse_uid"]
        with pytest.raises(CommandRefusedError) as refused:
            await account.provider.start("token_p1", "token_p1")
        assert refused.value.reason == "no_place"


async def test_a_start_at_an_evse_that_charges_is_done() -> None:
    """Nothing is sent where energy flows into a session of ours."""
    async with party(APP) as account:
        await account.poll()
        found = await account.provider.start("nl*xyz*loc-1", at("2.3.0"))
        assert found is not None
        assert found.id == RUNNING_ID
        assert not account.asked("START_SESSION")


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        ("REJECTED", "rejected"),
        ("NOT_SUPPORTED", "not_possible"),
        ("UNKNOWN_SESSION", "not_stoppable"),
    ],
)
async def test_a_refused_command_says_why(result: str, reason: str) -> None:
    """The first answer of the operator may already be no."""
    async with party(APP, ocpi=OcpiProfile(command_result=result)) as account:
        await account.poll()
        with pytest.raises(CommandRefusedError) as refused:
            await account.provider.start("nl*xyz*loc-1", at("2.3.0", "evse-2"))
        assert refused.value.reason == reason


async def test_a_connector_is_named_where_it_must_be() -> None:
    """The EVSE says so, and refuses a start without it."""
    ocpi = OcpiProfile(connector_required=frozenset({"EVSE-2"}))
    async with party(APP, ocpi=ocpi) as account:
        await account.poll()
        await account.provider.start("nl*xyz*loc-1", at("2.3.0", "evse-2"))
        found = await account.evse(at("2.3.0", "evse-2"), after=MINUTE)
        assert found.session is not None
        assert found.session.running


async def test_unlocking_and_preferences() -> None:
    """A preference that was accepted is remembered with its session."""
    async with party(APP) as account:
        evse = await account.evse(at("2.3.0"))
        assert evse.unlocks
        assert evse.prefers
        await account.provider.unlock("nl*xyz*loc-1", at("2.3.0", "evse-2"))
        assert account.asked("UNLOCK_CONNECTOR") == 1
        assert evse.session is not None
        await account.provider.prefer(evse.session, FAST)
        evse = await account.evse(at("2.3.0"), after=MINUTE)
        assert evse.session is not None
        assert evse.session.preference == "fast"


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        ("DEPARTURE_REQUIRED", "departure_required"),
        ("ENERGY_NEED_REQUIRED", "energy_need_required"),
        ("NOT_POSSIBLE", "not_possible"),
        ("PROFILE_TYPE_NOT_SUPPORTED", "not_possible"),
    ],
)
async def test_a_refused_preference_says_why(result: str, reason: str) -> None:
    """Nothing is remembered then."""
    async with party(APP, ocpi=OcpiProfile(preference_result=result)) as account:
        session = (await account.evse(at("2.3.0"))).session
        assert session is not None
        with pytest.raises(CommandRefusedError) as refused:
            await account.provider.prefer(session, FAST)
        assert refused.value.reason == reason
        session = (await account.evse(at("2.3.0"))).session
        assert session is not None
        assert session.preference is None


async def registered(account: Party) -> list[str]:
    """Return the paths of the tokens that were put."""
    return [
        one.path
        for one in account.emulator.requests
        if one.method == "PUT" and "/tokens/" in one.path
    ]


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_token_is_put_only_when_asked_for(version: str) -> None:
    """Polls and starts put nothing."""
    async with party(APP, values=choice(version)) as account:
        await account.poll()
        await account.provider.start("loc", at(version, "evse-2"))
        await account.poll(MINUTE)
        assert await registered(account) == []
        await account.provider.register("token_p1")
        (path,) = await registered(account)
        assert path.endswith("/tokens/NL/HAX/APP-1")


async def test_a_wrong_token_asks_for_another() -> None:
    """Whatever form was tried."""
    async with party(APP, ocpi=OcpiProfile(token="another")) as account:
        with pytest.raises(AuthenticationError):
            await account.provider.account()


async def test_a_search_finds_locations() -> None:
    """By a part of a name, without asking more than the list."""
    async with party(APP) as account:
        found = await account.provider.search("station 1")
        assert [one.id for one in found] == ["nl*xyz*loc-1"]
        assert [one.id for one in found[0].evses] == [
            at("2.3.0"),
            at("2.3.0", "evse-2"),
        ]
        assert await account.provider.search("nowhere at all") == ()
