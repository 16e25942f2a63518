"""What a user sees of each fault, and what happens next: the table of the README.

The texts stand here once. A test compares the README with them, and each row names
the tests that prove it; a row without such a test fails.
"""

from typing import Final, NamedTuple

KEPT: Final = "Values stay for two failed polls, then entities become unavailable."
BY_ITSELF: Final = "Polling goes on and everything comes back by itself."


class Row(NamedTuple):
    """A fault, what is seen of it, what happens next, and the tests that prove it."""

    fault: str
    seen: str
    then: str
    proof: tuple[str, ...]


POLLED: Final = (
    "test_faults.test_values_stay_for_two_failed_polls",
    "test_faults.test_the_account_recovers_by_itself",
)

ROWS: Final = (
    Row(
        "The token has expired, and there is a refresh token",
        "Nothing.",
        "It is renewed, saved, and the request repeated.",
        ("test_fault_tokens.test_an_expired_token_is_renewed_unnoticed",),
    ),
    Row(
        "The token has expired, and it cannot be renewed",
        "Entities become unavailable, and Home Assistant asks you to sign in again.",
        "Everything comes back once you have signed in.",
        (
            "test_fault_tokens.test_a_token_that_cannot_be_renewed_asks_the_user",
            "test_config_changes.test_an_account_that_needs_a_sign_in_recovers",
        ),
    ),
    Row("The operator refuses access (403)", KEPT, BY_ITSELF, POLLED),
    Row("The address is not found (404)", KEPT, BY_ITSELF, POLLED),
    Row(
        "The operator refuses a start (406)",
        "The switch returns to off, with a message.",
        "You can try again.",
        ("test_switch_refusals.test_a_refusal_is_explained",),
    ),
    Row(
        "The operator asks for fewer requests (429)",
        KEPT,
        "Polling waits as long as the operator asks.",
        (*POLLED, "test_faults.test_the_next_poll_waits_as_long_as_asked"),
    ),
    Row(
        "The operator has an error, does not answer in time, or cannot be reached",
        KEPT,
        "Reads are tried three times. Polling goes on after 30 seconds, "
        "then at doubling gaps up to 5 minutes.",
        (*POLLED, "test_faults.test_polling_slows_down_while_it_fails"),
    ),
    Row(
        "The answer is cut off, not what is expected, or too large",
        KEPT,
        "The same.",
        POLLED,
    ),
    Row(
        "One charge point cannot be read",
        "Only its entities become unavailable, after two polls.",
        "They come back with the first poll that can read it.",
        ("test_fault_objects.test_one_broken_charge_point_costs_only_itself",),
    ),
    Row(
        "A charge point is missing from the list, or the list is empty",
        "Values stay for two polls, then its entities become unavailable. "
        "Nothing is deleted.",
        "They come back when it is listed again.",
        (
            "test_fault_objects.test_a_missing_charge_point_becomes_unavailable",
            "test_fault_objects.test_an_empty_list_for_one_poll_changes_nothing",
        ),
    ),
    Row(
        "The operator uses an unknown word",
        "Status is unknown.",
        "The word is in the log once. Please report it.",
        ("test_fault_objects.test_an_unknown_status_word_is_unknown_and_logged_once",),
    ),
    Row(
        "The answer to a start or stop is lost",
        "The requested state.",
        "The charger is read until it shows what happened. A start is not sent twice.",
        ("test_switch.test_a_start_whose_answer_is_lost_is_sent_once",),
    ),
    Row(
        "The operator answers a stop with 404",
        "The session as it is.",
        "It is read again. If it still runs, the other way to stop is tried.",
        ("test_switch.test_a_stop_that_is_not_found_is_no_end",),
    ),
    Row(
        "The charger does not carry out a stop",
        "An error, and a message under repairs.",
        "The message goes away when the session has ended.",
        ("test_switch.test_a_stop_that_is_not_carried_out_opens_a_repair",),
    ),
    Row(
        "Home Assistant is ended while a token is renewed",
        "Nothing.",
        "The renewed token was saved before its first use.",
        ("test_fault_tokens.test_a_renewed_token_is_saved_before_its_first_use",),
    ),
    Row(
        "The clock of Home Assistant is wrong",
        "Nothing.",
        "Only differences of the same clock count.",
        ("test_fault_objects.test_a_wrong_clock_changes_nothing",),
    ),
)
