"""Sessions that come late, and what is remembered of them."""

from datetime import timedelta
import json

import pytest

from custom_components.ev_charging_cloud.providers.model import Ownership, SessionState
from custom_components.ev_charging_cloud.providers.ocpi.bills import Bills

from .bills_support import (
    DAY,
    END,
    EVSE,
    MINUTE,
    NOW,
    Books,
    bill,
    key,
    money,
    reading,
    told,
)

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("restart", [True, False])
def test_a_session_long_after_its_cdr(named: bool, restart: bool) -> None:
    """It takes over the charge that its CDR has become, under the key of that one."""
    books = Books()
    name = "s1" if named else None
    books.poll(bills=[bill(session=name, evse_identifier="NL*XYZ*E1")])
    (own,) = books.poll(after=DAY)
    assert own.key == (key("s1") if named else "cpo.example/cdr/nl/xyz/c1")
    assert own.energy_kwh == 10
    assert own.place is None
    if restart:
        books.restart()
    found = reading("s1", state=SessionState.ACTIVE, energy_kwh=4.0)
    (news,) = books.poll([found], after=DAY)
    shown = books.bills.settled(found.session)
    for one in (news, shown, books.only()):
        assert one.key == own.key
        assert one.id == "S1"
        assert one.ownership is Ownership.OWN
        assert one.place == "Example street"
        assert one.cost == money("3", "3.63")
        assert one.energy_kwh == 10
        assert one.state is SessionState.COMPLETED
        assert restart or one.evse_identifier == "NL*XYZ*E1"
    assert books.poll([reading("s1")]) == ()
    assert books.only().key == own.key


def test_a_session_long_after_its_cdr_by_the_reference() -> None:
    """Whatever its energy says."""
    books = Books()
    books.poll(bills=[bill(reference="ref")])
    books.poll(after=DAY)
    books.poll([reading(reference="ref", energy_kwh=7.0)])
    assert books.only().energy_kwh == 10


def test_a_session_that_is_never_told_to_end() -> None:
    """After a day its CDR closes it, though it stopped counting before."""
    books = Books()
    stuck = reading("s1", state=SessionState.ACTIVE, energy_kwh=4.0, ended_at=None)
    books.poll([stuck], [bill()])
    assert books.bills.settled(stuck.session) == stuck.session
    (news,) = books.poll([stuck], after=DAY)
    assert (news.key, news.energy_kwh, news.ended_at) == (key("s1"), 10.0, END)
    assert books.only().state is SessionState.COMPLETED


def test_a_stuck_session_of_more_energy_is_another_one() -> None:
    """A counter does not go back."""
    books = Books()
    stuck = reading("s1", state=SessionState.ACTIVE, energy_kwh=14.0, ended_at=None)
    books.poll([stuck], [bill()])
    assert books.poll(after=DAY) == ()
    assert books.bills.unjoined == 1


def test_other_peoples_sessions_and_cdrs() -> None:
    """They are nobody's business."""
    books = Books()
    books.poll(bills=[bill(foreign=True), bill("c2", session="s9", foreign=True)])
    assert books.poll(after=2 * DAY) == ()
    books.bills.sessions([reading(foreign=True)])
    books.bills.add([bill("c3")], books.now)
    told(books.bills, books.now)
    assert books.bills.settled(reading().session) == reading().session
    assert "tag" not in books.bills.kept


def test_an_earlier_state_of_a_session_is_ignored() -> None:
    """Pages come in any order."""
    books = Books()
    books.poll([reading(energy_kwh=10.0)])
    books.bills.sessions([reading(energy_kwh=3.0, updated_at=NOW - MINUTE)])
    books.bills.sessions([reading(energy_kwh=3.0, state=SessionState.ACTIVE)])
    assert len(books.poll(bills=[bill()])) == 1


def test_what_a_session_said_once_is_known() -> None:
    """A later state without it changes nothing."""
    books = Books()
    books.poll([reading(reference="ref")])
    books.poll([reading(tokens=frozenset(), evse_id=None, updated_at=NOW + MINUTE)])
    (news,) = books.poll(bills=[bill(reference="ref", started_at=END)])
    assert (news.key, news.evse_id) == (key("s1"), EVSE)
    books = Books()
    books.poll([reading("s2")])
    books.poll([reading("s2", tokens=frozenset(), updated_at=NOW + MINUTE)])
    (news,) = books.poll(bills=[bill("c2")])
    assert news.key == key("s2")


def test_when_to_ask_for_cdrs_sooner() -> None:
    """For an hour after a session has ended, until its CDR is there."""
    books = Books()
    assert not books.bills.want(NOW)
    running = reading(state=SessionState.ACTIVE, ended_at=None)
    invalid = reading("s2", state=SessionState.FAILED, evse_id="elsewhere")
    books.poll([running, invalid])
    assert not books.bills.want(NOW)
    books.poll([reading()])
    assert books.bills.want(NOW)
    assert books.bills.want(END + 60 * MINUTE)
    assert not books.bills.want(END + 60 * MINUTE + SECOND)
    books.restart()
    assert books.bills.want(NOW)
    books.poll(bills=[bill()])
    assert not books.bills.want(NOW)


def test_what_is_kept_makes_sense_or_is_not_used() -> None:
    """Nothing in a cursor stops an account."""
    for text in ("", "[]", "{", '{"charges": [[1]]}', '{"charges": 3}'):
        assert told(Bills(text), NOW) == ()
    naive = Bills(None)
    naive.sessions([reading()])
    broken = naive.kept.replace("+00:00", "").replace("Z", "")
    assert told(Bills(broken), NOW) == ()


def test_no_token_and_no_reference_is_kept_in_clear() -> None:
    """Only short hashes, which differ from account to account."""
    books, others = Books(), Books()
    for one in (books, others):
        one.poll(
            [reading(reference="my-reference")],
            [bill("c9", tokens=frozenset({"tag-9"}), reference="their-reference")],
        )
        for word in ("tag", "reference-", "my-", "their-"):
            assert word not in one.bills.kept
        assert EVSE in one.bills.kept
    rows = [json.loads(one.bills.kept)["charges"] for one in (books, others)]
    assert rows[0] != rows[1]
