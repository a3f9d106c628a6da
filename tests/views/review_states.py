"""Every state of review and of forms about signed notes on the screen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from models.addenda import AddendumKind
from models.contacts import ContactKind
from models.forms import Answers, FormKind
from models.note_checked import Basis, Checked, KeptFinding, LateEntry, LateReason, OtherName, ReleaseBasis
from models.note_templates import Template
from models.notes import Review
from privacy.phi import Phi
from services.about_notes import AboutNote, Asked
from services.returned_notes import ReturnedLine
from services.reviews import Queue, QueueLine
from services.sheets import Sheet
from tests.views import samples
from tests.views.test_note_reading import OWNERS, sample
from views import reviews, screens
from views.blocks import PrivateView

NOTE: Final = "N-0000000000000001"


def about(**changed: object) -> AboutNote:
    """A note of Nadia's that stands as it was signed."""
    found = AboutNote(
        ref=NOTE,
        kind=ContactKind.COLLATERAL,
        author="Nadia Benali",
        seen=1,
        version=1,
        review=Review.PENDING,
        ended_at=samples.NOW - dt.timedelta(days=1),
        document=sample(),
        template=Template.ACTIVITIES,
        staff=OWNERS,
    )
    return replace(found, **changed)  # type: ignore[arg-type] - the fields of a note


def form(kind: FormKind, note: AboutNote, answers: Answers | None = None) -> PrivateView:
    """A form about this note."""
    known = samples.known()
    sheet = Sheet(
        nonce=samples.NONCE,
        kind=kind,
        answers=answers or samples.answers({"client": (samples.CLIENT,)}),
        fixed_client=True,
        grant=samples.GRANT,
        next_business_day=known.next_business_day,
        client=known.client,
        goals=known.goals,
        people=known.people,
        owners=known.owners,
        about=note,
    )
    return screens.draw(sheet, samples.NOW, samples.ZONE)


def asked() -> Asked:
    """What a supervisor wants changed."""
    return Asked("Carol Benitez", Phi("Say who asked for the later day, and when it is."))


def queue(*lines: QueueLine, **changed: object) -> PrivateView:
    """The queue with these notes."""
    page = replace(Queue(lines, 0, len(lines), {}), **changed)  # type: ignore[arg-type] - the fields of a queue
    return reviews.queue(page, samples.GRANT, samples.NOW, samples.ZONE)


def waits(number: int, **changed: object) -> QueueLine:
    """A note that waits."""
    found = QueueLine(
        ref=f"N-000000000000000{number}",
        author="Nadia Benali",
        client=samples.client(),
        kind=ContactKind.COLLATERAL,
        ended_at=samples.NOW - dt.timedelta(days=number),
        version=1,
        waits_since=samples.NOW - dt.timedelta(days=number, hours=-1),
        read=False,
    )
    return replace(found, **changed)  # type: ignore[arg-type] - the fields of a line


def returned() -> PrivateView:
    """Two notes that came back, one of them about somebody else's client by now."""
    line = ReturnedLine(
        NOTE, ContactKind.COLLATERAL, samples.NOW - dt.timedelta(days=3), samples.NOW - dt.timedelta(days=1),
        "Carol Benitez", samples.client(),
    )  # fmt: skip
    lines = (line, replace(line, ref="N-0000000000000002", kind=ContactKind.FACE_TO_FACE, client=None))
    return reviews.returned(lines, samples.GRANT, samples.NOW, samples.ZONE)


def behind() -> Answers:
    """A draft that was begun from the first version, when the second is there."""
    full = samples.full_collateral()
    return full.model_copy(update={"chosen": {**full.chosen, "note.begun_from": ("1",)}})


def full_queue() -> PrivateView:
    """A page of a longer queue, with notes that were read."""
    read = {"S-0000000000000004": ("Nadia Benali", 2), "S-0000000000000005": ("Bob Bell", 1)}
    second = waits(2, read=True, version=2, kind=ContactKind.FACE_TO_FACE)
    return queue(waits(1), second, number=1, count=40, read=read)


def late() -> AboutNote:
    """A late note in which everything that may be asked was answered."""
    checked = Checked(
        other_name=OtherName.RELATIVE,
        late=LateEntry(business_days=3, reason=LateReason.OTHER, words=Phi("The phone was lost.")),
        releases=(ReleaseBasis(person=Phi("Dana Reyes"), basis=Basis.TREATMENT),),
        kept=(KeptFinding(rule="Q1", field="done", words=Phi("non-compliant")), KeptFinding(rule="Q59", field="done")),
    )
    return about(document=sample(checked=checked))


RETURN: Final = samples.answers({"client": (samples.CLIENT,), "decision": ("returned",)}, comment="Say who asked.")
VIEWS: Final[Mapping[str, Callable[[], PrivateView]]] = {
    "review_queue": full_queue,
    "review_queue_none": queue,
    "review_form": lambda: form(FormKind.REVIEW, about()),
    "review_form_return": lambda: form(FormKind.REVIEW, about(version=2, seen=2, asked=asked()), RETURN),
    "review_form_late": lambda: form(FormKind.REVIEW, late()),
    "review_form_damaged": lambda: form(FormKind.REVIEW, about(document=None)),
    "returned_notes": returned,
    "returned_notes_none": lambda: reviews.returned((), samples.GRANT, samples.NOW, samples.ZONE),
    "version_returned": lambda: form(
        FormKind.COLLATERAL, about(review=Review.RETURNED, asked=asked()), samples.full_collateral()
    ),
    "version_approved": lambda: form(FormKind.COLLATERAL, about(review=Review.APPROVED), samples.full_collateral()),
    "version_behind": lambda: form(FormKind.COLLATERAL, about(version=2, seen=2), behind()),
    "addendum_author": lambda: form(FormKind.ADDENDUM, about(addable=tuple(AddendumKind))),
    "addendum_other": lambda: form(FormKind.ADDENDUM, about(addable=(AddendumKind.DISAGREEMENT,))),
}
