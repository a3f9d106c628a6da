"""The labelled set keeps its own promises: whole, in two halves that share nothing, each label at an exact place."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from models.contacts import ContactKind
from models.note_document import Activity, GoalProgress, Matter, Method, NoGoal, Place, Record, Satisfaction

SET = Path(__file__).parents[2] / "quality" / "set"
RULE = re.compile(r"Q(0[1-9]|[1-6]\d|7[0-5])")
ABSENCE = {"Q51", "Q55", "Q56"}
OF_THE_WHOLE_NOTE = {*(f"Q{number}" for number in range(51, 60)), "Q61", "Q62", "Q67", "Q69", "Q74", "Q75"}
TIPS = {"Q19", "Q31", "Q60", "Q63", "Q65"}
HALVES = ("tuning", "held_out")


class Row(BaseModel):
    """What both files hold; nothing beside it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    kind: ContactKind

    @property
    def number(self) -> int:
        return int(self.id[1:])


class Label(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: str
    found: str


class FieldLabel(Label):
    field: str


class Sentence(Row):
    field: str
    text: str
    findings: tuple[Label, ...]


class Note(Row):
    method: Method | None = None
    location: Place | None = None
    minutes: int
    activities: tuple[Activity, ...]
    records: tuple[Record, ...] = ()
    done: str
    wellbeing: str | None = None
    observations: str
    goals: tuple[str, ...]
    follow_up: str | None
    record: tuple[Matter, ...]
    satisfaction: Satisfaction
    findings: tuple[FieldLabel, ...]

    @property
    def texts(self) -> dict[str, str]:
        fields = {"done": self.done, "wellbeing": self.wellbeing, "observations": self.observations}
        return {name: text for name, text in {**fields, "follow_up": self.follow_up}.items() if text is not None}


class Unlabelled(BaseModel):
    sentences: frozenset[str]
    notes: frozenset[str]


class AgencyFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    glossary: tuple[str, ...]
    other_clients: tuple[str, ...]
    known_people: tuple[str, ...]
    unlabelled: Unlabelled


def lines(name: str) -> list[str]:
    return (SET / name).read_text(encoding="utf-8").splitlines()


def sentences(half: str) -> list[Sentence]:
    return [Sentence.model_validate_json(line) for line in lines(f"sentences_{half}.jsonl")]


def notes(half: str) -> list[Note]:
    return [Note.model_validate_json(line) for line in lines(f"notes_{half}.jsonl")]


def agency() -> AgencyFile:
    return AgencyFile.model_validate_json((SET / "agency.json").read_bytes())


def test_each_half_holds_150_sentences_and_30_notes() -> None:
    assert [(len(sentences(half)), len(notes(half))) for half in HALVES] == [(150, 30), (150, 30)]


def test_odd_ids_are_for_tuning_and_even_ids_are_held_out() -> None:
    for half, remainder in zip(HALVES, (1, 0), strict=True):
        assert {row.number % 2 for row in (*sentences(half), *notes(half))} == {remainder}


def test_no_id_is_used_twice() -> None:
    ids = [row.id for half in HALVES for row in (*sentences(half), *notes(half))]
    assert len(ids) == len(set(ids)) == 360


def test_the_halves_share_no_text() -> None:
    texts = [
        {row.text for row in sentences(half)} | {text for row in notes(half) for text in row.texts.values()}
        for half in HALVES
    ]
    assert not texts[0] & texts[1]


@pytest.mark.parametrize("half", HALVES)
def test_each_label_of_a_sentence_is_at_one_place_in_it(half: str) -> None:
    wrong = [(row.id, label) for row in sentences(half) for label in row.findings if row.text.count(label.found) != 1]
    assert not wrong


@pytest.mark.parametrize("half", HALVES)
def test_each_label_of_a_note_is_at_one_place_in_its_field_or_about_what_is_absent(half: str) -> None:
    for row in notes(half):
        for label in row.findings:
            if label.rule in ABSENCE:
                assert (label.found, label.field in Note.model_fields) == ("", True), row.id
            else:
                assert label.found, row.id
                assert row.texts[label.field].count(label.found) == 1, row.id


def test_labels_name_rules_that_the_set_labels() -> None:
    left_out = agency().unlabelled
    for half in HALVES:
        of_sentences = {label.rule for row in sentences(half) for label in row.findings}
        of_notes = {label.rule for row in notes(half) for label in row.findings}
        assert all(RULE.fullmatch(rule) for rule in of_sentences | of_notes | left_out.sentences | left_out.notes)
        assert not of_sentences & left_out.sentences
        assert not of_notes & left_out.notes


@pytest.mark.parametrize("half", HALVES)
def test_every_rule_that_one_sentence_can_show_is_shown(half: str) -> None:
    shown = Counter(rule for row in sentences(half) for rule in {label.rule for label in row.findings})
    expected = {f"Q{number:02}" for number in range(1, 76)} - OF_THE_WHOLE_NOTE
    assert not {rule for rule in expected if shown[rule] < (1 if rule in TIPS else 2)}


@pytest.mark.parametrize("half", HALVES)
def test_two_of_five_sentences_or_more_stay_silent(half: str) -> None:
    assert sum(not row.findings for row in sentences(half)) >= 60


@pytest.mark.parametrize("half", HALVES)
def test_a_note_has_the_fields_of_its_form(half: str) -> None:
    states = {state.value for state in GoalProgress}
    for row in notes(half):
        visit = row.kind is ContactKind.FACE_TO_FACE
        assert (row.location is not None, row.wellbeing is not None, row.method is None) == (visit, visit, visit), (
            row.id
        )
        reviewed = Activity.REVIEWED in row.activities or row.method is Method.RECORDS
        assert reviewed or not row.records, row.id
        for goal in row.goals:
            name, _, state = goal.partition(":")
            assert state in states if state else NoGoal(name), row.id


def test_capitals_that_stand_for_something_are_in_the_glossary_or_labelled() -> None:
    known = set(agency().glossary)
    for half in HALVES:
        for row in notes(half):
            for field, text in row.texts.items():
                labelled = {label.found for label in row.findings if (label.rule, label.field) == ("Q64", field)}
                assert set(re.findall(r"\b[A-Z]{2,6}\b", text)) - known == labelled, row.id


def test_other_clients_stand_only_where_they_are_labelled() -> None:
    names = agency().other_clients
    for half in HALVES:
        for row in sentences(half):
            there = {name for name in names if name in row.text}
            assert there == {label.found for label in row.findings if label.rule == "Q70"}, row.id
