"""Every state of a client's notes on the screen: the list, what is found, a note, its text to be copied, the client on one page."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from models.addenda import AddendumDocument, AddendumKind
from models.contacts import ContactKind
from models.forms import Answers
from models.goals import GoalText
from models.note_document import GoalProgress, NoteDocument, Place, Signature
from models.note_templates import Heading, Template, copied
from models.notes import Review
from models.people import PersonProfile
from models.requirements import RequiredContact
from privacy.phi import Phi
from services.follow_ups import OwnerLine
from services.goals import GoalLine
from services.note_reading import NoteSheet
from services.people import PersonLine
from services.requirements import DueLine
from services.summaries import ContactLine, GoalStand, PromiseLine, Summary
from services.timelines import Choices, NoteLine, NotePage
from services.windows import Window, WindowState
from tests.views import samples
from tests.views.test_note_reading import OWNERS, sample
from views import notes_read, summaries, timelines
from views.blocks import PrivateView
from views.timelines import Whence

NOTE: Final = "N-0000000000000001"
GOAL: Final = GoalLine(uuid.UUID(int=2), samples.GOAL, GoalText(code=Phi("G2"), text=Phi("Keep an apartment")))
CHOICES: Final = Choices((OwnerLine(uuid.UUID(int=4), "S-0000000000000004", "Nadia Benali"),), (GOAL,))


def line(number: int = 1, document: NoteDocument | None = None, **changed: object) -> NoteLine:
    """A note of a call."""
    found = NoteLine(
        ref=f"N-000000000000000{number}",
        kind=ContactKind.COLLATERAL,
        ended_at=samples.NOW - dt.timedelta(days=number - 1),
        minutes=4,
        author="Nadia Benali",
        versions=1,
        review=Review.NOT_NEEDED,
        document=document or sample(),
    )
    return replace(found, **changed)  # type: ignore[arg-type] - the fields of a line


def page(*lines: NoteLine, **changed: object) -> NotePage:
    """These notes, and no others."""
    found = NotePage(samples.client(), lines, 0, len(lines), CHOICES)
    return replace(found, **changed)  # type: ignore[arg-type] - the fields of a page


def notes(found: NotePage, whence: Whence, answers: Answers | None = None) -> PrivateView:
    """The list."""
    return timelines.notes(found, answers or samples.answers(), whence, samples.GRANT, samples.NOW, samples.ZONE)


def visit() -> NoteDocument:
    """A visit at the library."""
    return sample(
        kind=ContactKind.FACE_TO_FACE,
        method=None,
        place=Place.COMMUNITY,
        place_words=Phi("At the library on Main Street"),
        minutes=45,
        wellbeing=Phi("Rested, in clean clothes, laughed twice. No injuries seen."),
    )


def full_list() -> NotePage:
    """Three notes: a call, a visit with two versions that waits for review, and one that does not stand."""
    second = line(2, visit(), kind=ContactKind.FACE_TO_FACE, versions=2, review=Review.PENDING)
    second = replace(second, addenda=(added(AddendumKind.ADDITION, "The landlord called back."),))
    return page(line(), second, replace(line(3), document=None))


def searched() -> PrivateView:
    """The third page of what was found in the newest two thousand notes of a client."""
    answers = samples.answers({"kind": ("collateral",), "goal": (samples.GOAL,)}, words="later move")
    found = page(
        line(), number=2, count=21, looked_at=2000, older="N-0000000000000009", damaged=("N-0000000000000008",)
    )
    return notes(found, Whence(samples.CLIENT, narrow=True, page=2), answers)


def found_in_caseload() -> PrivateView:
    """What was found in a caseload, after a search of what is older."""
    found = page(line(client=samples.client()), client=None, choices=Choices(), looked_at=12)
    return notes(found, Whence("", narrow=True, after="N-0000000000000009"), samples.answers(words="later"))


def added(kind: AddendumKind, words: str) -> AddendumDocument:
    """Something that was added later."""
    return AddendumDocument(kind=kind, words=Phi(words), signature=sample().signature)


def sheet(**changed: object) -> NoteSheet:
    """A note with two versions, the newest of them."""
    signed = sample().signature.signed_at
    found = NoteSheet(
        ref=NOTE,
        client=samples.client(),
        version=2,
        versions=((1, signed), (2, signed + dt.timedelta(hours=2))),
        review=Review.APPROVED,
        document=sample(),
        template=Template.ACTIVITIES,
        staff=OWNERS,
        may_copy=True,
        grant=samples.GRANT,
        addenda=(
            added(AddendumKind.LATE_ENTRY, "The landlord called back."),
            added(AddendumKind.DISAGREEMENT, "I did not."),
        ),
        decided=Signature(name="Carol Benitez", title="Supervisor", credential="", signed_at=signed),
        may_change=True,
        may_add=True,
    )
    return replace(found, **changed)  # type: ignore[arg-type] - the fields of a sheet


def summary(**changed: object) -> Summary:
    """A client with everything that the page can say."""
    reyes = PersonProfile(
        name=Phi("Dana Reyes"),
        role=Phi("Property manager"),
        phone=Phi("+18045550100"),
        release_until=dt.date(2026, 11, 1),
    )
    marsh = PersonProfile(name=Phi("Jo Marsh"), role=Phi("aunt"), do_not_disclose=True)
    window = Window(dt.date(2026, 11, 30), dt.date(2026, 12, 10), WindowState.OPEN)
    found = Summary(
        client=samples.client(),
        goals=(GoalStand(GOAL, GoalProgress.PROGRESS, samples.NOW), GoalStand(replace(GOAL, ref="G-2"))),
        contacts=(
            ContactLine(ContactKind.FACE_TO_FACE, samples.NOW, 45, "Nadia Benali"),
            ContactLine(ContactKind.ATTEMPT, samples.NOW - dt.timedelta(days=1), None, "Nadia Benali"),
        ),
        follow_ups=(PromiseLine(Phi("Call back about the lease"), "Nadia Benali", dt.date(2026, 11, 20)),),
        follow_up_count=23,
        people=tuple(
            PersonLine(uuid.UUID(int=number), samples.PERSON, each) for number, each in enumerate((reyes, marsh), 3)
        ),
        people_count=2,
        windows=(DueLine("Q-1", samples.client(), RequiredContact.FACE_TO_FACE, home_due=True, window=window),),
        damaged=(),
        grant=samples.GRANT,
    )
    return replace(found, **changed)  # type: ignore[arg-type] - the fields of a summary


def summed_up(found: Summary) -> PrivateView:
    """The client on one page."""
    return summaries.summary(found, samples.NOW, samples.ZONE)


def one(found: NoteSheet) -> PrivateView:
    """A note."""
    return notes_read.note(found, samples.NOW, samples.ZONE)


NOTHING: Final = {"decided": None, "review": Review.PENDING, "may_change": False, "may_add": False}
EMPTY: Final = {"goals": (), "contacts": (), "follow_ups": (), "follow_up_count": 0, "people": (), "people_count": 0}
SARP: Final = copied(Template.SARP, (Heading.PLAN,))

VIEWS: Mapping[str, Callable[[], PrivateView]] = {
    "find_client": lambda: timelines.find("0" * 32, samples.GRANT, samples.NOW, samples.ZONE),
    "notes": lambda: notes(full_list(), Whence(samples.CLIENT)),
    "notes_first_page": lambda: notes(page(line(), count=11), Whence(samples.CLIENT)),
    "notes_none": lambda: notes(page(), Whence(samples.CLIENT)),
    "notes_narrowed": lambda: notes(page(line()), Whence(samples.CLIENT, narrow=True)),
    "notes_no_goals": lambda: notes(page(choices=Choices()), Whence(samples.CLIENT, narrow=True)),
    "notes_found": searched,
    "notes_caseload": lambda: timelines.empty_search(samples.GRANT, samples.NOW, samples.ZONE),
    "notes_caseload_found": found_in_caseload,
    "note_newest": lambda: one(sheet()),
    "note_earlier": lambda: one(sheet(version=1, document=visit(), template=Template.SARP)),
    "note_not_copied": lambda: one(
        sheet(versions=((2, samples.NOW),), may_copy=False, addenda=(), template=Template.BIRP, **NOTHING)
    ),
    "note_copy": lambda: notes_read.copy(sheet(template=Template.SARP, order=SARP), samples.ZONE),
    "client_summary": lambda: summed_up(summary()),
    "client_summary_empty": lambda: summed_up(summary(**EMPTY, windows=(), damaged=(NOTE,))),
}
