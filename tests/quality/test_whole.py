"""Checks of more than words: what is missing, what does not fit, numbers that do not belong, and whose note it is."""

from __future__ import annotations

import pytest

from quality.engine import Checker
from quality.findings import Kind
from quality.note import Client, Contact, Name, Note, Timing
from quality.reading import Situation
from tests.quality.examples import ids


@pytest.mark.parametrize(
    ("minutes", "done", "thin"),
    [
        (15, "Called Ana.", True),
        (15, "Called Ana about the lease.", False),
        (59, "Called Ana about the lease.", False),
        (60, "Called Ana about the lease.", True),
        (60, "Called Ana about the lease. " * 8, False),
        (None, "x" * 40, True),
    ],
)
def test_the_words_carry_the_minutes(checker: Checker, minutes: int | None, done: str, *, thin: bool) -> None:
    assert ("Q52" in ids(checker.note(Note(minutes=minutes, done=done)))) is thin


@pytest.mark.parametrize(
    ("record", "text", "spoken"),
    [
        (("none",), "Ana fell in the kitchen.", True),
        (("significant_event",), "Ana fell in the kitchen.", False),
        (("none",), "Ana fell asleep at the table.", False),
        (("none",), "Ana fell on Monday.", True),
        (("none",), "Her birthday fell on Monday.", False),
        (("none",), "She denied thoughts of suicide.", False),
        (("none",), "She had suicidal thoughts on Monday.", True),
        (("none",), "The form is missing a page.", False),
    ],
)
def test_an_event_in_the_words_is_an_event_in_the_form(
    checker: Checker, record: tuple[str, ...], text: str, *, spoken: bool
) -> None:
    assert ("Q57" in ids(checker.note(Note(done=text, record=record)))) is spoken


def test_a_missing_activity_is_asked_for_only_where_none_says_case_management(checker: Checker) -> None:
    assert "Q51" in ids(checker.note(Note(done="Had lunch with Ana.", activities=("crisis",))))
    assert "Q51" not in ids(checker.note(Note(done="Had lunch with Ana.", activities=("monitored",))))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Her number is 123-45-6789.", ["123-45-6789"]),
        ("Card 4111 1111 1111 1111 was used.", ["4111 1111 1111 1111"]),
        ("Case 4111 1111 1111 1112 was opened.", []),
        ("Call 555-010-0199 on 04-12-2026.", []),
        ('He said, "my number is 123-45-6789".', ["123-45-6789"]),
    ],
)
def test_private_numbers_are_told_by_their_shape(checker: Checker, text: str, found: list[str]) -> None:
    assert [each.found for each in checker.text(text) if each.rule == "Q73"] == found


@pytest.mark.parametrize(
    ("pronouns", "text", "spoken"),
    [
        ("she", "He signed. He left.", True),
        ("she", "He signed, and she left. He called.", False),
        ("she", "Her brother said that he and his wife left.", False),
        ("he", "She signed. She left.", True),
        ("they", "He signed. He left.", False),
        (None, "He signed. He left.", False),
    ],
)
def test_only_the_other_pronoun_is_a_sign_of_the_wrong_client(
    checker: Checker, pronouns: str | None, text: str, *, spoken: bool
) -> None:
    assert ("Q74" in ids(checker.note(Note(done=text), Situation(client=Client(pronouns=pronouns))))) is spoken


def test_another_first_name_is_pointed_at_and_not_repeated(checker: Checker) -> None:
    around = Situation(client=Client(name=Name(first="Ana", last="Rivera", also=("Annie",))))
    [finding] = [
        each for each in checker.note(Note(done="Met with client Marcus today."), around) if each.rule == "Q74"
    ]
    assert (finding.start, finding.end, finding.found) == (16, 22, "")
    assert "Q74" not in ids(checker.note(Note(done="Met with client Annie and client Rivera."), around))


def test_late_and_double_times_stand_in_two_places(checker: Checker) -> None:
    found = checker.note(Note(done="Called Ana."), Situation(timing=Timing(days_late=1, same_start=True)))
    assert {each.kind for each in found if each.rule == "Q75"} == {Kind.LATE, Kind.FIT}
    assert "Q75" not in ids(checker.note(Note(done="Called Ana.")))


def test_a_visit_by_phone_words_is_asked_about(checker: Checker) -> None:
    by_phone = Note(kind=Contact.FACE_TO_FACE, done="Called Ana and asked about the rent.")
    assert "Q59" in ids(checker.note(by_phone))
    assert "Q59" not in ids(checker.note(by_phone.model_copy(update={"kind": Contact.COLLATERAL})))
    assert "Q59" not in ids(
        checker.note(by_phone.model_copy(update={"done": "Met Ana at home, then called the clinic."}))
    )


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Reviewed the log.", True),
        ("Reviewed the log. She nodded.", False),
        ('Reviewed it. "I want my own bed back."', False),
    ],
)
def test_a_visit_tells_how_the_person_responded(checker: Checker, text: str, *, spoken: bool) -> None:
    assert ("Q55" in ids(checker.note(Note(kind=Contact.FACE_TO_FACE, done=text)))) is spoken
