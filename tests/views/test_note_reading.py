"""A note reads under every template without losing a word, and in the sizes that Slack takes."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.contacts import ContactKind
from models.note_checked import Basis, Checked, LateEntry, LateReason, ReleaseBasis
from models.note_document import (
    Activity,
    EventKind,
    GoalNote,
    GoalProgress,
    Matter,
    Method,
    NoGoal,
    NoteDocument,
    Participant,
    Place,
    Promise,
    Record,
    Satisfaction,
    Signature,
)
from models.note_templates import TEMPLATES, Heading, NotePart, Template, copied, sections
from models.units import Component, FrozenUnits
from privacy.documents import Document
from privacy.phi import Phi
from sandbox.limits import check_view
from tests.views import samples
from tests.views.documents import OWNERS, documents
from views import note_words
from views.blocks import Block, modal
from views.known import day_words
from views.note_reading import (
    BLOCKS_MOST,
    TEXT_LONGEST,
    Reader,
    ReadSection,
    contact_time,
    note_blocks,
    pieces,
    read,
)
from views.unit_words import COMPONENTS, NOT_BILLED, RULES

READER = Reader(samples.GRANT, samples.ZONE, OWNERS)

# Which part says each field. A field that is added to the document has to be added here, and read.
SAID_BY: dict[str, tuple[NotePart, ...]] = {
    "kind": (NotePart.CONTACT,),
    "ended_at": (NotePart.CONTACT,),
    "minutes": (NotePart.CONTACT,),
    "method": (NotePart.CONTACT,),
    "place": (NotePart.CONTACT,),
    "place_words": (NotePart.CONTACT,),
    "participants": (NotePart.PEOPLE,),
    "also_there": (NotePart.PEOPLE,),
    "activities": (NotePart.ACTIVITIES,),
    "records": (NotePart.RECORDS,),
    "done": (NotePart.DONE,),
    "wellbeing": (NotePart.WELLBEING,),
    "observations": (NotePart.OBSERVATIONS,),
    "goals": (NotePart.NEEDS, NotePart.GOALS),
    "no_goal": (NotePart.NEEDS, NotePart.GOALS),
    "promises": (NotePart.FOLLOW_UPS,),
    "matters": (NotePart.MATTERS,),
    "event_kind": (NotePart.MATTERS,),
    "matter_words": (NotePart.MATTERS,),
    "satisfaction": (NotePart.SATISFACTION,),
    "satisfaction_words": (NotePart.SATISFACTION,),
    "components": (NotePart.ACTIVITIES,),
    "units": (NotePart.CONTACT,),
    "signature": (NotePart.SIGNATURE,),
    "checked": (NotePart.SIGNATURE,),
    "plan_review_on": (NotePart.SIGNATURE,),
    # Yes or no; what it asked for is said beside the note, with what became of it.
    "review_asked": (NotePart.SIGNATURE,),
}
WORDS: dict[type, dict[object, str]] = {
    Method: cast("dict[object, str]", note_words.METHODS),
    Place: cast("dict[object, str]", note_words.PLACES),
    Activity: cast("dict[object, str]", note_words.ACTIVITIES),
    Record: cast("dict[object, str]", note_words.RECORDS),
    GoalProgress: cast("dict[object, str]", note_words.PROGRESS),
    NoGoal: cast("dict[object, str]", note_words.NO_GOAL),
    Matter: cast("dict[object, str]", note_words.MATTERS),
    EventKind: cast("dict[object, str]", note_words.EVENTS),
    Satisfaction: cast("dict[object, str]", note_words.SATISFACTION_AT_VISIT),
    Component: cast("dict[object, str]", COMPONENTS),
    ContactKind: {ContactKind.FACE_TO_FACE: "Face-to-face visit", ContactKind.COLLATERAL: ""},
}


def said(value: object) -> Iterator[str]:
    """Everything that a value of the document says, as a reader has to find it."""
    match value:
        case FrozenUnits():
            yield f"{value.units} unit"
            yield NOT_BILLED[value.not_billed] if value.not_billed is not None else RULES[value.rule]
        case Document():
            for name in set(type(value).model_fields) - {"goal_id"}:
                yield from said(getattr(value, name))
        case tuple():
            for each in cast("tuple[object, ...]", value):
                yield from said(each)
        case bool() | None:
            return
        case dt.datetime():
            local = value.astimezone(samples.ZONE)
            yield from (f"{local:%H:%M}", day_words(local.date()))
        case _:
            yield _said_as(value)


def _said_as(value: object) -> str:
    match value:
        case Phi():
            return " ".join(cast("Phi[str]", value).reveal(samples.GRANT).split())
        case int():
            return f"{value} minute"
        case dt.date():
            return f"{day_words(value)} {value.year}"
        case uuid.UUID():
            return OWNERS[value]
        case str():
            return WORDS[type(value)][value] if type(value) in WORDS else value
        case _:
            raise AssertionError("A value that nobody looks for.")


def assert_fits(blocks: list[Block]) -> None:
    """Slack takes the blocks as a modal."""
    assert check_view({**modal("note.read", "Note", blocks).view}) == []


def found_in(read_sections: tuple[ReadSection, ...], words: str) -> set[Heading]:
    """The headings under which these words stand."""
    return {each.heading for each in read_sections if words in " ".join(each.text.split())}


@pytest.mark.parametrize("template", Template)
@given(document=documents())
@settings(max_examples=12, deadline=None)
def test_every_word_stands_under_exactly_the_headings_that_the_template_gives_it(
    template: Template, document: NoteDocument
) -> None:
    read_sections = read(document, READER, template)
    assert set(SAID_BY) == set(NoteDocument.model_fields)
    for name, parts in SAID_BY.items():
        headings = {heading for heading, has in sections(template).items() if set(parts) & set(has)}
        assert headings, "The template leaves a part out."
        for words in said(getattr(document, name)):
            where = found_in(read_sections, words)
            assert where & headings, "A word is lost."
            marked = words.startswith(("text", "line", "name"))
            assert where <= headings or not marked, "A word stands under a heading where it does not belong."
            assert where == headings or not marked or len(parts) > 1, "A word is not under every heading of its part."


@given(document=documents())
@settings(max_examples=30, deadline=None)
def test_the_blocks_hold_every_word_of_the_sections(document: NoteDocument) -> None:
    read_sections = read(document, READER, Template.SOAP)
    drawn = "\n".join(block["text"]["text"] for block in note_blocks(read_sections) if "text" in block)
    for read_section in read_sections:
        for passage in read_section.passages:
            assert passage.words in drawn


@given(document=documents(most=3000))
@settings(max_examples=10, deadline=None)
def test_a_long_note_fits_into_a_modal(document: NoteDocument) -> None:
    for template in Template:
        blocks = note_blocks(read(document, READER, template))
        assert len(blocks) <= BLOCKS_MOST
        assert_fits(blocks)


def test_a_note_of_as_many_and_as_long_parts_as_there_can_be_fits_into_a_modal() -> None:
    long = Phi("word " * 599 + "ends")
    goals = [
        GoalNote(
            goal_id=uuid.UUID(int=number),
            code=Phi(f"G{number}"),
            text=Phi("Keep " * 59 + "on"),
            progress=GoalProgress.PROGRESS,
        )
        for number in range(99)
    ]
    document = sample(
        done=long, wellbeing=long, observations=long, matter_words=long, satisfaction_words=long, goals=tuple(goals)
    )
    for template in Template:
        blocks = note_blocks(read(document, READER, template))
        assert_fits(blocks)
        assert str(blocks).count("ends") == 5
        assert str(blocks).count("Keep") >= 99 * 59


@given(text=st.text(max_size=400), longest=st.integers(1, 50))
@settings(max_examples=200, deadline=None)
def test_pieces_lose_nothing_but_blanks_between_them(text: str, longest: int) -> None:
    cut = list(pieces(text, longest))
    assert all(0 < len(piece) <= longest for piece in cut)
    assert "".join("".join(cut).split()) == "".join(text.split())


def test_words_are_not_cut_where_there_is_a_blank() -> None:
    assert list(pieces("one two three", 8)) == ["one two", "three"]
    assert list(pieces("one two\nthree four", 12)) == ["one two", "three four"]
    assert list(pieces("onetwothree", 4)) == ["onet", "woth", "ree"]
    assert max(len(piece) for piece in pieces("a" * 9000)) == TEXT_LONGEST


def test_every_template_has_every_part_and_every_heading_and_word_has_a_name() -> None:
    always = {NotePart.CONTACT, NotePart.PEOPLE, NotePart.SIGNATURE}
    for template, headings in TEMPLATES.items():
        has = always.union(*headings.values())
        assert has | {NotePart.NEEDS} == set(NotePart), template
    assert set(note_words.HEADINGS) == set(Heading)
    assert set(note_words.TEMPLATE_NAMES) == set(Template) == set(TEMPLATES)


def test_what_the_other_system_asks_for_first_stands_first_and_nothing_is_left_out() -> None:
    order = copied(Template.SARP, (Heading.PLAN, Heading.NEEDED))
    assert order[:2] == (Heading.PLAN, Heading.NEEDED)
    assert sorted(order) == sorted(sections(Template.SARP))


def test_a_contact_over_midnight_or_over_a_change_of_the_clocks_says_both_times() -> None:
    night = sample(ended_at=dt.datetime(2026, 11, 24, 5, 10, tzinfo=dt.UTC), minutes=20)
    assert contact_time(night, samples.ZONE) == "Mon 23 Nov 2026, 23:50–Tue 24 Nov 00:10 EST"
    assert contact_time(night, ZoneInfo("America/Sao_Paulo")).endswith(" UTC-03")
    clocks = sample(ended_at=dt.datetime(2026, 11, 1, 6, 10, tzinfo=dt.UTC), minutes=30)
    assert contact_time(clocks, samples.ZONE) == "Sun 1 Nov 2026, 01:40–01:10 EST"


def test_the_same_note_reads_under_soap() -> None:
    texts = {each.title: each.text for each in read(sample(), READER, Template.SOAP)}
    assert list(texts) == ["Contact", "Subjective", "Objective", "Assessment", "Plan", "Signed"]
    assert texts["Contact"] == (
        "How and when:\nPhone\nMon 23 Nov 2026, 14:02–14:06 EST · 4 minutes\n\n"
        "People:\nAna Rivera (the client)\nDana Reyes, Property manager"
    )
    assert texts["Subjective"] == (
        "Goals:\nG2 Keep an apartment\nNot about a goal: Benefits or eligibility\n\n"
        "Also recorded:\nA significant event: Fall or injury\nA service was declined\n"
        "She declined the day program for now."
    )
    assert texts["Plan"] == "Call back about the lease · Owner-1 · by Tue 24 Nov 2026"
    assert texts["Signed"] == "Nadia Benali, Case manager, QIDP\nMon 23 Nov 2026, 14:20 EST"


def test_a_late_note_says_so_and_why_where_it_is_signed() -> None:
    late = LateEntry(business_days=3, reason=LateReason.OTHER, words=Phi("The county called back on Monday."))
    release = ReleaseBasis(person=Phi("Dana Reyes"), basis=Basis.FAMILY)
    signed = read(sample(checked=Checked(late=late, releases=(release,))), READER, Template.DAP)[-1]
    assert "Late entry, 3 business days" in signed.text
    assert "The county called back on Monday." in signed.text
    assert "No current release of Dana Reyes" in signed.text


def test_a_note_without_a_follow_up_says_so() -> None:
    plan = read(sample(promises=()), READER, Template.BIRP)[4]
    assert (plan.title, plan.text) == ("Plan", "None needed")


def sample(**changed: object) -> NoteDocument:
    """A note of a phone call, with these fields changed."""
    fields: dict[str, object] = {
        "kind": ContactKind.COLLATERAL,
        "ended_at": samples.NOW,
        "minutes": 4,
        "method": Method.PHONE,
        "participants": (
            Participant(name=Phi("Ana Rivera"), is_client=True),
            Participant(name=Phi("Dana Reyes"), role=Phi("Property manager")),
        ),
        "activities": (Activity.COORDINATED, Activity.REVIEWED),
        "records": (Record.FINANCES,),
        "done": Phi("Asked the manager for a later move-out day; she agreed."),
        "observations": Phi("Ana is relieved. Rent is paid until the end of the month, she said."),
        "goals": (
            GoalNote(
                goal_id=uuid.UUID(int=2),
                code=Phi("G2"),
                text=Phi("Keep an apartment"),
                progress=GoalProgress.PROGRESS,
            ),
        ),
        "no_goal": (NoGoal.BENEFITS,),
        "promises": (
            Promise(what=Phi("Call back about the lease"), owner_id=uuid.UUID(int=1), due_on=dt.date(2026, 11, 24)),
        ),
        "matters": (Matter.EVENT, Matter.DECLINED),
        "event_kind": EventKind.FALL,
        "matter_words": Phi("She declined the day program for now."),
        "signature": Signature(
            name="Nadia Benali",
            title="Case manager",
            credential="QIDP",
            signed_at=samples.NOW + dt.timedelta(minutes=14),
        ),
    }
    return NoteDocument.model_validate({**fields, **changed})
