"""What the rules say, to whom they say it, and what an agency, a client and an author change about that."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.engine import Checker
from quality.findings import BEFORE_SIGNING, Kind, Severity, before_signing
from quality.note import Author, Client, Contact, Note, NoteError, Timing
from quality.reading import Situation
from quality.rules import Policy, book
from tests.quality.examples import ids
from tests.quality.test_rules import OWN


@pytest.mark.parametrize(
    "text",
    [
        "He was admitted to the hospital on Friday.",
        "The Medicaid claims for May came back.",
        "Mr. May called.",
        "She was referred to the drug abuse clinic.",
        "Rich High and Buddy Clean met at the Crazy Horse.",
        "She said, “I have always been lazy, and I refused.”",
        'He said, "no way, crazy."',
    ],
)
def test_what_only_looks_like_a_judgement_is_left_alone(checker: Checker, text: str) -> None:
    judged = {Kind.RESPECT, Kind.JUDGEMENT}
    assert not [finding for finding in checker.text(text) if finding.kind in judged]


def test_a_finding_says_where_and_what_instead(checker: Checker) -> None:
    [finding] = [each for each in checker.text("Ana claims that she paid.") if each.rule == "Q01"]
    assert (finding.field, finding.start, finding.end, finding.found) == ("done", 4, 10, "claims")
    assert (finding.severity, finding.kind) == (Severity.WARN, Kind.JUDGEMENT)
    assert finding.suggestion
    assert finding.why


def test_a_rule_finds_the_longest_words_once(checker: Checker) -> None:
    found = [each.found for each in checker.text("The file says mentally retarded.") if each.rule == "Q12"]
    assert found == ["mentally retarded"]


def test_a_text_is_not_asked_for_a_goal_but_a_note_is(checker: Checker) -> None:
    assert "Q54" not in ids(checker.text("Reviewed the plan with Ana."))
    assert "Q54" in ids(checker.note(Note(done="Reviewed the plan with Ana.")))


def test_an_agency_explains_its_abbreviations_instead_of_ours(checker: Checker) -> None:
    text = "The QXT met with the DSP."
    assert [each.found for each in checker.text(text) if each.rule == "Q64"] == ["QXT"]
    own = Checker(Policy(glossary=frozenset({"QXT"})))
    assert [each.found for each in own.text(text) if each.rule == "Q64"] == ["DSP"]


def test_an_agency_silences_a_rule_and_allows_a_phrase_but_never_what_blocks(checker: Checker) -> None:
    text = "He is lazy. The crazy corner is open."
    assert {"Q20", "Q35"} <= ids(checker.text(text))
    own = Checker(Policy(silenced=frozenset({"Q20"}), allowed=("the crazy corner",)))
    assert not {"Q20", "Q35"} & ids(own.text(text))
    with pytest.raises(ValueError, match="cannot be silenced"):
        Policy(silenced=frozenset({"Q70"}))
    with pytest.raises(ValueError, match="unknown rules"):
        Policy(silenced=frozenset({"Q99"}))
    with pytest.raises(ValueError, match="no list"):
        Policy(allowed=("@nobody",))


def test_an_agency_adds_a_rule() -> None:
    own = Checker(Policy.model_validate({"rules": [OWN]}))
    assert "A01" in ids(own.text("It is in the blue folder."))


def test_a_client_who_prefers_identity_first_is_named_as_they_like(checker: Checker) -> None:
    text = "Ana is a diabetic. She is wheelchair-bound and handicapped. She claims so."
    assert {"Q11", "Q13", "Q14"} <= ids(checker.text(text))
    around = Situation(client=Client(identity_first=True))
    assert not {f"Q{number}" for number in range(10, 20)} & ids(checker.text(text, situation=around))
    assert "Q01" in ids(checker.text(text, situation=around))


def test_the_rules_that_identity_first_silences_are_q10_to_q19() -> None:
    assert [rule.id for rule in book().rule if rule.person_first] == [f"Q{number}" for number in range(10, 20)]


@pytest.mark.parametrize(("age", "spoken"), [(9, False), (17, False), (18, True), (None, True)])
def test_a_child_may_be_called_a_boy(checker: Checker, age: int | None, *, spoken: bool) -> None:
    around = Situation(client=Client(age=age))
    assert ("Q18" in ids(checker.text("He is such a good boy.", situation=around))) is spoken


def test_an_author_hears_what_they_dismissed_no_more(checker: Checker) -> None:
    text = "He is lazy. He was rude. She was mean to him."
    lazy = next(each for each in checker.text(text) if each.rule == "Q20")
    around = Situation(author=Author(dismissed=frozenset({lazy.key, "Q22"})))
    assert not {"Q20", "Q22"} & ids(checker.text(text, situation=around))


def test_what_was_dismissed_is_one_wording_not_the_whole_rule(checker: Checker) -> None:
    text = "He was drunk. He was stoned. She is drug-seeking."
    first = next(each for each in checker.text(text) if each.found == "drunk")
    around = Situation(author=Author(dismissed=frozenset({first.key})))
    assert [each.found for each in checker.text(text, situation=around) if each.rule == "Q39"] == [
        "stoned",
        "drug-seeking",
    ]


def test_a_key_holds_a_wording_of_the_rule_and_no_name_that_stood_between(checker: Checker) -> None:
    keys = {
        each.key for each in checker.text("He failed Haldol. He failed Zyxomab. I told him off.") if each.rule == "Q27"
    }
    assert keys == {"Q27:failed|fails &|@medicine"}


def test_what_blocks_cannot_be_dismissed(checker: Checker) -> None:
    around = Situation(author=Author(dismissed=frozenset({"Q54"})))
    assert "Q54" in ids(checker.note(Note(done="Reviewed the plan with Ana."), around))


def test_a_field_that_is_none_is_refused_without_its_words(checker: Checker) -> None:
    with pytest.raises(NoteError) as refused:
        checker.text("Ana claims it.", "nowhere")
    assert "Ana" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_before_signing_shows_each_kind_in_its_order_and_three_words_at_most(checker: Checker) -> None:
    note = Note(
        done="He is lazy, rude and needy. He claims he is a junkie. He is crazy. He fell on Monday.",
        goals=("G1",),
    )
    shown = before_signing(checker.note(note, Situation(timing=Timing(days_late=3))))
    kinds = [each.kind for each in shown]
    assert kinds == [Kind.LATE, Kind.FIT, Kind.RESPECT, Kind.RESPECT, Kind.JUDGEMENT]
    assert kinds == sorted(kinds, key=BEFORE_SIGNING.index)


def test_a_plain_note_needs_no_second_screen(checker: Checker) -> None:
    note = Note(
        done="Called the housing office about the ramp with Ana on the line.",
        observations="Ana said that she wants the ramp by May. It is ordered. Several forms are open, and she is doing well.",
        goals=("G1",),
    )
    assert checker.note(note)
    assert not before_signing(checker.note(note))


def test_findings_come_in_the_order_of_the_form(checker: Checker) -> None:
    note = Note(
        kind=Contact.FACE_TO_FACE, done="He is rude and lazy.", wellbeing="He is needy.", observations="He is lazy."
    )
    words = [(each.field, each.start) for each in checker.note(note) if each.kind is Kind.JUDGEMENT]
    assert [name for name, _ in words] == ["done", "done", "wellbeing", "observations"]
    assert words[0][1] < words[1][1]


@given(st.text(max_size=400), st.sampled_from(["done", "observations", "follow_up"]))
def test_every_finding_is_a_place_in_its_field(text: str, name: str) -> None:
    for finding in CHECKER.text(text, name):
        assert finding.field == name
        assert 0 <= finding.start <= finding.end <= len(text)
        assert finding.found == text[finding.start : finding.end]


CHECKER = Checker()
