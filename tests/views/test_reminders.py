"""What reminders say: always something, never more than Slack takes, each count in its singular and its plural."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.deliveries import DAILY, Slot
from models.policy import RuleName
from sandbox.limits import check_message
from services.digests import Digest
from services.snoozes import Later
from services.tidings import Age, Letter, Notes, Past, Unnoted, Windows
from views.blocks import SafeBlocks
from views.reminder_lines import age_words, lines_of
from views.reminders import digest_message, done_message, later_message, letter_message

COUNTS = st.integers(0, 3)
AGES = st.builds(Age, COUNTS, COUNTS)
PASTS = st.builds(
    Past,
    st.sampled_from(["U0ALICE", "U0BOB"]),
    *[COUNTS] * 5,
    AGES,
    *[COUNTS] * 5,
    AGES,
    *[COUNTS] * 3,
)
LETTERS = st.builds(
    Letter,
    slot=st.sampled_from([*DAILY, Slot.URGENT]),
    monday=st.booleans(),
    about=st.frozensets(st.sampled_from(RuleName)),
    unnoted=st.builds(Unnoted, COUNTS, COUNTS, COUNTS, AGES, COUNTS),
    drafts=COUNTS,
    drafts_before_today=COUNTS,
    drafts_ending=COUNTS,
    notes=st.builds(Notes, COUNTS, COUNTS, COUNTS, st.booleans(), COUNTS, COUNTS, COUNTS),
    windows=st.builds(Windows, *[COUNTS] * 8),
    planned=COUNTS,
    follow_ups=COUNTS,
    overdue=COUNTS,
    follow_ups_ahead=COUNTS,
    without_contact_this_month=COUNTS,
    plan_reviews=COUNTS,
    plan_reviews_overdue=COUNTS,
    silent=COUNTS,
    covered=COUNTS,
    problems=COUNTS,
    returned=COUNTS,
    urgent=COUNTS,
    for_review=COUNTS,
    past=st.lists(PASTS, max_size=2).map(tuple),
    may_wait=st.booleans(),
)
PAST_COUNTS = [each.name for each in fields(Past) if isinstance(each.default, int)]
QUIET: dict[Slot, Letter] = {slot: Letter(slot, monday=False, about=frozenset()) for slot in (*DAILY, Slot.URGENT)}


def lines(slot: Slot, *about: RuleName, **counts: Any) -> list[str]:
    """The lines of a letter about these rules, with these counts."""
    return [line.plain for line in lines_of(replace(QUIET[slot], about=frozenset(about), **counts))]


def buttons(message: SafeBlocks) -> list[str]:
    """The buttons and menus under a message."""
    blocks: list[dict[str, Any]] = [dict(block) for block in message.blocks]
    elements = [each for block in blocks if block["type"] == "actions" for each in block["elements"]]
    return [(each.get("text") or each["placeholder"])["text"] for each in elements]


@given(LETTERS)
def test_a_letter_says_something_exactly_when_it_has_a_line(letter: Letter) -> None:
    assert letter.says_something == bool(lines_of(replace(letter, lost=0)))


@given(LETTERS)
def test_a_message_keeps_to_slacks_limits_and_to_three_buttons(letter: Letter) -> None:
    if letter.says_something:
        message = letter_message(letter)
        assert check_message([dict(block) for block in message.blocks]) == []
        assert 1 <= len(buttons(message)) <= 3
        assert message.text.plain


@pytest.mark.parametrize("slot", QUIET)
def test_a_letter_about_nothing_that_is_open_says_nothing(slot: Slot) -> None:
    everything = replace(QUIET[slot], about=frozenset(RuleName), lost=2)
    assert not everything.says_something


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (Age(), "less than 1 hour"),
        (Age(hours=1), "1 hour"),
        (Age(hours=23), "23 hours"),
        (Age(business_days=1), "1 business day"),
        (Age(business_days=2), "2 business days"),
        (Age(hours=24), "24 hours"),
    ],
)
def test_an_age_is_in_hours_and_then_in_business_days(age: Age, words: str) -> None:
    assert age_words(age).plain == words


def test_the_middle_of_the_day_counts_kinds_and_says_how_old_the_oldest_is() -> None:
    assert lines(Slot.MIDDLE, unnoted=Unnoted(2, 1, 0, Age(hours=3))) == [
        "3 contacts have no note yet: 2 phone, 1 visit. The oldest is 3 hours old."
    ]
    assert lines(Slot.MIDDLE, unnoted=Unnoted(0, 0, 1, Age())) == [
        "1 contact has no note yet: 1 attempt. It is less than 1 hour old."
    ]


def test_the_end_of_a_day_counts_what_is_noted_and_says_which_clock_runs_out() -> None:
    notes = Notes(noted_today=7, contacts_today=9, due_next=2)
    about = RuleName.END_OF_DAY
    assert lines(Slot.END, about, notes=notes, unnoted=Unnoted(2), drafts=1) == [
        "7 of 9 contacts today have notes. 2 are due by the end of tomorrow.",
        "1 draft is not signed.",
    ]
    friday = Notes(noted_today=0, contacts_today=1, due_next=1, next_is_tomorrow=False)
    assert lines(Slot.END, about, notes=friday) == [
        "0 of 1 contact today has a note. 1 is due by the end of the next business day."
    ]
    assert lines(Slot.END, notes=Notes(late_tonight=1)) == ["1 note becomes late at the end of today."]
    assert lines(Slot.END, notes=Notes(late=1, late_by=1)) == [
        "1 note is late, by 1 business day. A late note asks for a reason when you sign."
    ]


def test_a_monday_speaks_of_the_week_and_another_day_of_seven_days() -> None:
    windows = Windows(closing=4, at_home=1, first_in=2)
    monday = replace(
        QUIET[Slot.START],
        monday=True,
        windows=windows,
        planned=2,
        follow_ups=3,
        overdue=1,
        unnoted=Unnoted(phone=1, before_today=1),
        drafts=1,
        drafts_before_today=1,
    )
    assert [line.plain for line in lines_of(monday)] == [
        "This week: 4 visit windows close, 1 of them must be at home. The first closes in 2 days.",
        "Today: 2 planned visits, 3 follow-ups, 1 overdue.",
        "From last week: 1 contact without a note, 1 unsigned draft.",
    ]
    assert buttons(letter_message(monday)) == ["Open my day", "Write notes", "Who is due"]
    for overdue, sentence in (
        (1, "Today: 1 planned visit, 1 overdue follow-up."),
        (2, "Today: 1 planned visit, 2 overdue follow-ups."),
    ):
        without = replace(monday, planned=1, follow_ups=0, overdue=overdue)
        assert lines_of(without)[1].plain == sentence
    thursday = replace(monday, monday=False, windows=Windows(closing=1, at_home=1))
    assert lines_of(thursday)[0].plain == (
        "Within 7 days: 1 visit window closes; the visit must be at home. It closes today."
    )


def test_a_step_long_before_its_day_says_within_how_many_days() -> None:
    assert lines(Slot.START, RuleName.VISIT_WINDOW, windows=Windows(ahead=1, ahead_in=30)) == [
        "1 visit window closes within 30 days."
    ]
    assert lines(Slot.START, RuleName.FOLLOW_UP, follow_ups_ahead=2, follow_ups_ahead_in=5) == [
        "2 follow-ups are due within 5 days."
    ]
    assert lines(Slot.START, RuleName.PLAN_REVIEW, plan_reviews=1, plan_review_in=60) == [
        "1 plan review is due within 60 days."
    ]
    assert lines(Slot.START, RuleName.PLAN_REVIEW, plan_reviews=1, plan_reviews_overdue=2) == [
        "1 plan review is due today.",
        "2 plan reviews are overdue.",
    ]


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"contacts": 1, "oldest": Age(business_days=2)}, "1 contact without a note (2 business days)"),
        ({"notes": 2, "contacts": 1, "oldest": Age(hours=1)}, "2 late notes and 1 contact without a note (1 hour)"),
        ({"drafts": 1, "oldest": Age(hours=3)}, "1 unsigned draft (3 hours)"),
        ({"follow_ups": 2, "oldest": Age(hours=3)}, "2 follow-ups (3 hours)"),
        ({"returned": 1, "oldest": Age(hours=3)}, "1 returned note (3 hours)"),
        ({"plan_reviews": 2}, "2 plan reviews"),
        ({"silent": 1}, "1 person without any contact"),
        ({"without_contact_this_month": 3}, "3 people without a contact this month"),
        ({"windows": 1}, "1 visit window not in time"),
    ],
)
def test_a_supervisor_hears_of_each_kind_by_its_owner(counts: dict[str, Any], words: str) -> None:
    assert lines(Slot.START, past=(Past("U0ALICE", **counts),)) == [f"Past the limit: <@U0ALICE> {words}."]


def test_a_supervisor_hears_of_reviews_grace_and_what_could_not_be_delivered() -> None:
    past = (Past("U0ALICE", grace=1, grace_left=6, undelivered=1), Past("U0BOB", grace=2, grace_left=1, undelivered=2))
    assert lines(Slot.START, for_review=6, review_age=Age(business_days=2), past=past) == [
        "Waiting for your review: 6 notes, the oldest 2 business days.",
        "Windows in grace: <@U0ALICE> 1, 6 days left; <@U0BOB> 2, 1 day left.",
        "1 reminder could not be delivered to <@U0ALICE>, 2 reminders could not be delivered to <@U0BOB>.",
    ]


def test_many_people_at_once_still_fit_into_one_message() -> None:
    counts: dict[str, Any] = dict.fromkeys(PAST_COUNTS, 1000)
    past = tuple(Past(f"U{number:010}", oldest=Age(business_days=1000), **counts) for number in range(60))
    for slot in (Slot.START, Slot.URGENT):
        message = letter_message(replace(QUIET[slot], past=past))
        assert check_message([dict(block) for block in message.blocks]) == []
        assert "and 52 more people" in str(message.blocks)


def test_an_urgent_item_cannot_be_put_off() -> None:
    letter = replace(
        QUIET[Slot.URGENT],
        about=frozenset({RuleName.SAFETY_FOLLOW_UP}),
        urgent=1,
        urgent_age=Age(hours=24),
        may_wait=True,
    )
    assert lines_of(letter)[0].plain == "1 item marked urgent has no follow-up contact. It is 24 hours old."
    assert buttons(letter_message(letter)) == ["Open", "I did it: note it"]


@pytest.mark.parametrize("until", Later)
def test_a_message_that_was_put_off_says_until_when_and_cannot_be_put_off_again(until: Later) -> None:
    message = later_message(until)
    assert message.text.plain.startswith("Put off. You will hear of it again at the ")
    assert buttons(message) == ["Write notes", "Open my day"]


def test_a_finished_message_has_no_buttons() -> None:
    assert [buttons(done_message(noted_only=each)) for each in (True, False)] == [[], []]


def test_a_digest_leaves_out_what_is_not_there() -> None:
    message = digest_message(Digest("C0TEAM", 7, 0, 0, None, 0, 1, 0, 0))
    texts: list[dict[str, Any]] = [dict(block) for block in message.blocks]
    assert [block["text"]["text"] for block in texts if block["type"] == "section"] == [
        "*Your team: last week*",
        "Now: 1 overdue follow-up.",
    ]
