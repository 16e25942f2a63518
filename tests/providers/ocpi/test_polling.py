"""What is asked for and when, and that nothing is lost over a restart."""

from dataclasses import replace
from datetime import timedelta

import aiohttp
import msgspec
import pytest

from custom_components.ev_charging_cloud.providers.errors import ResponseError
from custom_components.ev_charging_cloud.providers.model import (
    CostState,
    EvseStatus,
    Session,
    Snapshot,
)
from emulator import OcpiProfile, SimulatedClock, scenarios
from emulator.ocpi.tariffs import DAY_TARIFF

from .support import (
    APP,
    CARD,
    MINUTE,
    NOW,
    PARTY,
    Account,
    Party,
    evse_of,
    opened,
    party,
    running,
    sessions,
)

EVSE = "nl*xyz*loc-1/evse-1"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def lists(account: Party) -> dict[str, int]:
    """Return how often each list was read since the last time."""
    names = ("sessions", "locations", "tariffs", "cdrs")
    found = {name: account.asked(f"/{name}") for name in names}
    account.emulator.requests.clear()
    return found


async def test_what_is_not_due_is_not_read() -> None:
    """Sessions at each poll, the others at their own gaps."""
    async with party(APP) as account:
        await account.poll()
        assert lists(account)["locations"] == 1
        await account.poll(6 * MINUTE)
        assert lists(account) == {
            "sessions": 1,
            "locations": 0,
            "tariffs": 0,
            "cdrs": 0,
        }
        await account.poll(10 * MINUTE)
        assert lists(account) == {
            "sessions": 1,
            "locations": 1,
            "tariffs": 0,
            "cdrs": 0,
        }
        await account.poll(20 * MINUTE)
        assert lists(account) == {
            "sessions": 1,
            "locations": 1,
            "tariffs": 0,
            "cdrs": 1,
        }
        await account.poll(DAY)
        assert lists(account)["tariffs"] == 1


def restarted(account: Party, http: aiohttp.ClientSession) -> Account:
    """Return the account as it is opened after a restart."""
    return opened(
        http,
        account.clock,
        {"versions_url": f"{account.emulator.url}/ocpi/versions", **PARTY},
        APP,
        CARD,
        cursors=account.cursors,
    )


async def test_a_restart_reads_what_is_new_and_what_was_open() -> None:
    """A session of which nothing was heard since is still there."""
    ocpi = OcpiProfile(report_every=7200)
    async with party(APP, CARD, ocpi=ocpi) as account, aiohttp.ClientSession() as http:
        before = await account.evse(EVSE)
        assert before.session is not None
        assert before.session.running
        account.clock.advance(HOUR)
        account.emulator.requests.clear()
        again = restarted(account, http)
        found = await again.poll()
        session = evse_of(found, EVSE).session
        assert session is not None
        assert session.running
        assert session.key == before.session.key
        assert lists(account)["sessions"] <= 2


async def test_a_cold_start_reads_thirty_days() -> None:
    """Every session of that time comes once."""
    clock = SimulatedClock(NOW)
    world = scenarios.party(clock, past_sessions=120, past_days=29)
    async with party(APP, CARD, world=world) as account:
        found = await account.poll()
        keys = [one.key for one in found.past]
        assert len(keys) == len(set(keys))
        assert len(keys) >= 120
        again = await account.poll(6 * MINUTE)
        assert again.past == ()


async def test_a_session_that_is_missing_from_a_list_is_not_ended() -> None:
    """A delta holds only what has changed."""
    ocpi = OcpiProfile(report_every=36_000)
    async with party(APP, ocpi=ocpi) as account:
        first = (await account.evse(EVSE)).session
        assert first is not None
        found = (await account.evse(EVSE, after=HOUR)).session
        assert found is not None
        assert found.running
        assert found.power_kw is None


async def test_a_power_is_never_older_than_two_polls() -> None:
    """A report that is not followed by another loses its power, not its energy."""
    ocpi = OcpiProfile(report_every=36_000)
    async with party(APP, ocpi=ocpi) as account:
        account.clock.advance(10 * HOUR)
        seen = [(await account.evse(EVSE, after=MINUTE)).session for _ in range(5)]
        powers = [one.power_kw if one else None for one in seen]
        assert powers[-1] is None
        evse = await account.evse(EVSE)
        assert evse.status is EvseStatus.OCCUPIED


async def test_a_silent_session_becomes_stale_and_its_cdr_ends_it() -> None:
    """It is never taken for over without one."""
    ocpi = OcpiProfile(stuck_active=True, report_every=60)
    async with party(APP, ocpi=ocpi) as account:
        await account.poll()
        account.world.stop(running(account).id)
        session = (await account.evse(EVSE, after=5 * MINUTE)).session
        assert session is not None
        assert session.running
        session = (await account.evse(EVSE, after=HOUR)).session
        assert session is not None
        assert not session.running
        assert session.cost is not None
        assert session.cost.state is CostState.FINAL


async def test_without_cdrs_a_silent_session_stays_and_is_stale() -> None:
    """Half a day without a word."""
    ocpi = OcpiProfile(stuck_active=True, cdr_delay=None)
    async with party(APP, ocpi=ocpi) as account:
        await account.poll()
        account.world.stop(running(account).id)
        await account.poll(5 * MINUTE)
        session = (await account.evse(EVSE, after=13 * HOUR)).session
        assert session is not None
        assert session.running
        assert session.stale
        assert session.power_kw is None


@pytest.mark.parametrize("cost", ["absent_while_running", "always_zero"])
async def test_a_cost_that_is_not_told_is_estimated(cost: str) -> None:
    """By the tariff, and marked so; the world's bill is what it is measured by."""
    simple = replace(DAY_TARIFF, elements=DAY_TARIFF.elements[:1])
    ocpi = OcpiProfile(cost=cost, tariffs=(simple,))  # type: ignore[arg-type]
    async with party(APP, ocpi=ocpi) as account:
        session = (await account.evse(EVSE, after=10 * MINUTE)).session
        assert session is not None
        assert session.cost is not None
        assert session.cost.state is CostState.ESTIMATED
        world = running(account)
        net, _ = account.emulator.ocpi.bill(world.id)
        assert session.cost.net is not None
        assert float(session.cost.net) == pytest.approx(float(net), abs=0.08)


async def test_no_cost_is_estimated_where_parking_might_cost() -> None:
    """The periods do not tell how long the car only stood there."""
    ocpi = OcpiProfile(cost="absent_while_running")
    async with party(APP, ocpi=ocpi) as account:
        session = (await account.evse(EVSE, after=10 * MINUTE)).session
        assert session is not None
        assert session.cost is None


async def test_history_comes_page_by_page() -> None:
    """Each session once, oldest page first, whatever the page size."""
    clock = SimulatedClock(NOW)
    world = scenarios.party(clock, past_sessions=130, past_days=20)
    async with party(
        APP, CARD, world=world, ocpi=OcpiProfile(page_limit=20)
    ) as account:
        found: list[Session] = []
        pages = 0
        async for page in account.provider.sessions(NOW - 30 * DAY, NOW + DAY):
            found += page
            pages += 1
        assert pages >= 7
        assert len({one.key for one in found}) == len(found) >= 130


def folded(found: Snapshot) -> dict[str, Session]:
    """Return the sessions of a snapshot, with ids as they are compared."""
    return {
        key: msgspec.structs.replace(
            one,
            id=one.id.casefold(),
            evse_identifier=(one.evse_identifier or "").casefold(),
        )
        for key, one in sessions(found).items()
    }


@pytest.mark.parametrize(
    "ocpi",
    [
        OcpiProfile(link="none"),
        OcpiProfile(link="empty"),
        OcpiProfile(link="wrong_host"),
        OcpiProfile(link="wrong_scheme"),
        OcpiProfile(link="shifted"),
        OcpiProfile(link="none", total="page"),
        OcpiProfile(link="none", total="missing"),
        OcpiProfile(order="reversed"),
        OcpiProfile(order="updated"),
        OcpiProfile(slash_redirect=True),
        OcpiProfile(lower_case_ids=True),
        OcpiProfile(lower_case_roles=True),
        OcpiProfile(relative_urls=True),
        OcpiProfile(datetimes="offset"),
        OcpiProfile(datetimes="space"),
        OcpiProfile(datetimes="naive"),
        OcpiProfile(datetimes="fraction"),
        OcpiProfile(null_fields=True),
        OcpiProfile(numbers_as_strings=True),
        OcpiProfile(energy_in_wh=True),
        OcpiProfile(single_as_list=True),
        OcpiProfile(whole_location=True),
        OcpiProfile(token_encoding="raw"),
        OcpiProfile(token_encoding="base64"),
        OcpiProfile(auth_error="403"),
        OcpiProfile(auth_error="500"),
        OcpiProfile(auth_error="3000"),
        OcpiProfile(require_message_ids=True, echo_message_ids=False),
    ],
    ids=repr,
)
async def test_a_quirk_changes_nothing(ocpi: OcpiProfile) -> None:
    """The same sessions and places come out as of a server without it."""
    small = {"page_limit": 2}
    async with party(APP, CARD) as clean:
        wanted = await clean.poll()
    quirk = type(ocpi)(**{**vars(ocpi), **small})
    async with party(APP, CARD, ocpi=quirk) as account:
        found = await account.poll()
    assert folded(found) == folded(wanted)
    assert found.charge_points.keys() == wanted.charge_points.keys()
    assert {one.key for one in found.past} == {one.key for one in wanted.past}


async def test_a_session_is_read_again_with_its_list() -> None:
    """A running one as it is now; right after a poll nothing is asked."""
    async with party(APP) as account:
        session = (await account.evse(EVSE)).session
        assert session is not None
        account.emulator.requests.clear()
        assert await account.provider.session(session) == session
        assert not account.emulator.requests
        account.clock.advance(5 * MINUTE)
        later = await account.provider.session(session)
        assert account.asked("/sessions") == 1
        assert (later.energy_kwh or 0) > (session.energy_kwh or 0)


async def test_a_forgotten_session_is_found_in_the_list() -> None:
    """It ended, and another one is shown in its place."""
    clock = SimulatedClock(NOW)
    world = scenarios.party(clock, past_sessions=20, past_days=10)
    async with party(APP, CARD, world=world) as account:
        past = (await account.poll()).past
        shown = sessions(await account.poll(MINUTE))
        forgotten = next(one for one in past if one.key not in shown)
        found = await account.provider.session(forgotten)
        assert found.energy_kwh == forgotten.energy_kwh
        with pytest.raises(ResponseError):
            await account.provider.session(
                msgspec.structs.replace(forgotten, key="realm/nobody")
            )


async def test_the_daily_look_back_takes_its_time() -> None:
    """Two pages an hour, so that it adds little to an idle hour."""
    clock = SimulatedClock(NOW)
    world = scenarios.party(clock, past_sessions=40, past_days=6)
    ocpi = OcpiProfile(page_limit=10)
    async with party(APP, CARD, world=world, ocpi=ocpi) as account:
        await account.poll()
        for _ in range(240):
            await account.poll(6 * MINUTE)
        counts = []
        for _ in range(4):
            account.emulator.requests.clear()
            for _ in range(10):
                await account.poll(6 * MINUTE)
            counts.append(account.asked("/sessions"))
        assert max(counts) <= 12
        assert sum(counts) > 41
