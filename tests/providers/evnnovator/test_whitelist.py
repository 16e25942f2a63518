"""A driver is registered only because the user asked for it."""

from typing import Any

import pytest

from custom_components.ev_charging_cloud.providers.errors import (
    CommandRefusedError,
    ForbiddenError,
    ProviderError,
    ResponseError,
)

from .support import (
    DRIVER,
    LATEST,
    PLACE,
    TOKEN_UID,
    UID,
    account,
    example,
    known,
    part,
    session_answer,
)

REGISTER = "whitelist/driver"
BODIES = {REGISTER: example("whitelist"), TOKEN_UID: example("token_uid"), LATEST: 404}


async def test_a_driver_is_registered_with_plain_text() -> None:
    """Then the operator's name for him is asked for, and both are kept."""
    async with account(BODIES, part(**PLACE)) as found:
        await found.provider.register("driver_p1")
        sent = found.gateway.seen[0]
        assert sent.body == DRIVER.encode()
        assert sent.headers["Content-Type"].partition(";")[0] == "text/plain"
        assert found.gateway.paths() == [f"POST {REGISTER}", f"GET {TOKEN_UID}"]
        assert (await found.poll()).cursors == {**known(), "bills": "[]"}


async def test_polling_never_registers() -> None:
    """Nor does anything else that the user did not ask for."""
    bodies = {**BODIES, LATEST: session_answer(), "locations/search": {"content": []}}
    async with account(bodies, part(**PLACE)) as found:
        await found.poll()
        await found.provider.charge_points()
        await found.provider.search("x")
        assert not [one for one in found.gateway.paths() if REGISTER in one]


async def test_a_driver_without_a_place_is_registered_alone() -> None:
    """The token is asked for when there is a place."""
    async with account(BODIES) as found:
        await found.provider.register("driver_p1")
        assert found.gateway.paths() == [f"POST {REGISTER}"]
        cursors = (await found.poll()).cursors
    assert cursors.keys() == {"registered/p1", "bills"}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [(404, "unknown_driver"), ({"status_code": 2001, "data": None}, "rejected")],
)
async def test_a_registration_that_is_refused(answer: Any, reason: str) -> None:
    """With a reason, and nothing is kept."""
    async with account({**BODIES, REGISTER: answer}, part(**PLACE)) as found:
        with pytest.raises(CommandRefusedError, match=reason):
            await found.provider.register("driver_p1")
        assert (await found.poll()).cursors == {"bills": "[]"}


@pytest.mark.parametrize("answer", [b"", b"Success", 409, {"data": "Success"}], ids=str)
async def test_a_registration_may_be_answered_in_any_words(answer: Any) -> None:
    """Being known already is no failure."""
    async with account({**BODIES, REGISTER: answer}, part(**PLACE)) as found:
        await found.provider.register("driver_p1")
        assert f"registered/{'p1'}" in (await found.poll()).cursors


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (404, CommandRefusedError),
        (403, ForbiddenError),
        ({"status_code": 1000, "data": None}, ResponseError),
        ({"status_code": 1000, "data": {"uid": None}}, ResponseError),
    ],
    ids=str,
)
async def test_a_token_that_is_not_given(
    answer: Any, error: type[ProviderError]
) -> None:
    """The driver is known all the same."""
    async with account({**BODIES, TOKEN_UID: answer}, part(**PLACE)) as found:
        with pytest.raises(error):
            await found.provider.register("driver_p1")
        assert (await found.poll()).cursors.keys() == {"registered/p1", "bills"}


async def test_a_driver_without_an_id_is_not_registered() -> None:
    """There is nobody to register."""
    async with account(BODIES, part(driver=" ")) as found:
        with pytest.raises(CommandRefusedError, match="unknown_driver"):
            await found.provider.register("driver_p1")
        assert found.gateway.paths() == []


async def test_another_driver_in_the_same_part_is_not_registered() -> None:
    """What was kept is the one's who was there before."""
    other = part(driver="driver-9", **PLACE)
    bodies = {**BODIES, "sessions/driver-9/latest": 404}
    async with account(bodies, other, cursors=known()) as found:
        with pytest.raises(CommandRefusedError, match="unknown_driver"):
            await found.provider.start("driver_p1", "driver_p1")
        cursors = (await found.poll()).cursors
    assert UID not in str(cursors)
