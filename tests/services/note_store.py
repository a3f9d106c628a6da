"""Notes as somebody signs them, for the tests of what becomes of a signed note."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from models.contacts import ContactKind
from models.forms import FormKind
from models.note_checked import Checked, LateEntry, LateReason
from models.note_document import Activity, Matter, Method, NoGoal, Satisfaction
from models.notes import Note
from privacy.phi import Phi
from services import forms, lateness, notes
from services.forms import OpenForm
from services.note_content import Content, Signed, SignNote
from services.sheets import Sheet
from services.work import Work
from tests.services.roster_store import Store


def content_of(sheet: Sheet, now: dt.datetime, **changed: object) -> Content:
    """What is said of a call of four minutes about the client of this form."""
    said: dict[str, object] = {
        "kind": ContactKind(sheet.kind.value),
        "client_ref": sheet.client.ref if sheet.client is not None else "",
        "ended_at": now - dt.timedelta(minutes=5),
        "minutes": 4,
        "method": Method.PHONE,
        "client_there": True,
        "people": (),
        "roles": (),
        "newcomers": (),
        "activities": (Activity.COORDINATED,),
        "records": (),
        "done": Phi("Asked the manager for a later day and she agreed."),
        "observations": Phi("Relieved. The rent is paid until the end of the month."),
        "goals": (),
        "no_goal": (NoGoal.BENEFITS,),
        "promises": (),
        "matters": (Matter.NONE,),
        "event_kind": None,
        "matter_words": None,
        "satisfaction": Satisfaction.NOT_DISCUSSED,
        "satisfaction_words": None,
    }
    return Content.model_validate({**said, **changed})


def opened(store: Store, who: str, agency_id: str, kind: FormKind = FormKind.COLLATERAL) -> Sheet:
    """A form of theirs about this client."""
    ref = store.client(agency_id)[0].ref
    return store.run(lambda work: forms.open_form(work, store.actor(who), OpenForm(kind, client_ref=ref)))


def signed(store: Store, who: str, sheet: Sheet, **changed: object) -> Signed:
    """They sign what stands in this form now; for a late note they give a reason."""
    content, actor = content_of(sheet, store.clock.now(), **changed), store.actor(who)

    def sign(work: Work) -> Signed:
        days = lateness.business_days_late(work, actor, content.ended_at)
        late = Checked(late=LateEntry(business_days=days, reason=LateReason.FORGOT)) if days is not None else None
        return notes.sign(work, actor, SignNote(sheet.nonce, content, sheet.answers, late))

    return store.run(sign)


def written(store: Store, who: str, agency_id: str, *more: str, **changed: object) -> Note:
    """A note of theirs about this client, with as many further versions as there are further words; its row."""
    sheet = opened(store, who, agency_id)
    result = signed(store, who, sheet, **changed)
    for words in more:
        store.clock.advance(minutes=1)
        signed(store, who, sheet, **changed, done=Phi(words))
    store.clock.advance(minutes=1)
    return store.run(lambda work: note_of(work, result))


def note_of(work: Work, result: Signed) -> Note:
    """The row of what was signed."""
    return work.session.scalars(select(Note).where(Note.id == result.note_id)).one()
