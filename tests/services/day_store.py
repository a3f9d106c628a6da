"""An agency with people, clients, promises and contacts, for the tests of what a staff member's day is made of."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import Engine

from models.base import new_id, new_reference
from models.contacts import Contact, ContactKind, ContactState
from models.follow_ups import FollowUp, FollowUpText
from models.notes import Note, Review
from models.workspaces import Surface
from privacy.phi import Phi
from services import audit, clients, surfaces
from services.surfaces import DecideSurface
from services.work import Work
from tests.conftest import Agency, StandingClock
from tests.services.roster_store import Store

ALICE, BOB, CAROL, DAN = (f"{name}@agency.example" for name in ("alice", "bob", "carol", "dan"))
HERS, DANS = "4400", "4401"


def furnished(engine: Engine, agency: Agency, clock: StandingClock) -> Store:
    """alice and bob share a client, carol supervises them, dan has another one; forms are allowed."""
    store = Store(engine, agency, clock)
    store.run(lambda work: surfaces.decide_surface(work, DecideSurface(Surface.MODAL, "Pia Officer", "BAA, safe 3")))
    staff = store.import_staff(
        "email,slack_user_id,name,title,credential,roles,supervisor_email\n"
        f"{ALICE},U0ALICE,Alice Ames,Case manager,QMHP,case_manager,{CAROL}\n"
        f"{BOB},U0BOB,Bob Bell,Case manager,,case_manager,{CAROL}\n"
        f"{CAROL},U0CAROL,Carol Benitez,Supervisor,,supervisor,\n"
        f"{DAN},U0DAN,Dan Doe,Case manager,,case_manager,\n"
    )
    roster = store.import_clients(
        "client_id,last_name,first_name,primary_cm_email,backup_cm_email\n"
        f"{HERS},Rivera,Ana,{ALICE},{BOB}\n{DANS},Okoro,Ben,{DAN},\n"
    )
    assert not staff.problems
    assert not roster.problems
    return store


def promise(store: Store, owner: str, agency_id: str, words: str, due_on: dt.date, *, referral: bool = False) -> str:
    """Something that was promised; its reference."""
    owner_id, client_id = store.actor(owner).id, store.client(agency_id)[0].id

    def open_one(work: Work) -> str:
        row_id, ref = new_id(), new_reference("F")
        text = FollowUpText(what=Phi(words), referral=referral)
        sealed = clients.key_of(work, client_id).seal(text, work.cell("follow_up", "text", row_id))
        work.session.add(
            FollowUp(
                workspace_id=work.workspace_id,
                id=row_id,
                ref=ref,
                client_id=client_id,
                owner_id=owner_id,
                due_on=due_on,
                promised_on=due_on,
                text=sealed,
                created_at=work.now,
            )
        )
        audit.record(work, audit.Action.FOLLOW_UP_OPEN, actor=owner_id, subject=("follow_up", row_id), sealed=sealed)
        return ref

    return store.run(open_one)


def met(
    store: Store,
    staff: str,
    agency_id: str,
    ended_at: dt.datetime,
    state: ContactState = ContactState.UNNOTED,
    kind: ContactKind = ContactKind.COLLATERAL,
    minutes: int = 4,
    billable: bool | None = None,
    group_id: uuid.UUID | None = None,
) -> Contact:
    """A contact of so many minutes, in this state."""
    staff_id, client_id = store.actor(staff).id, store.client(agency_id)[0].id

    def add(work: Work) -> Contact:
        contact = Contact(
            workspace_id=work.workspace_id,
            ref=new_reference("K"),
            client_id=client_id,
            staff_id=staff_id,
            kind=kind,
            state=state,
            started_at=ended_at - dt.timedelta(minutes=minutes),
            ended_at=ended_at,
            minutes=minutes,
            created_at=work.now,
            billable=billable,
            group_id=group_id,
        )
        work.session.add(contact)
        work.session.flush()
        audit.record(work, audit.Action.CONTACT_OPEN, actor=staff_id, subject=("contact", contact.id))
        return contact

    return store.run(add)


def noted(store: Store, staff: str, agency_id: str, ended_at: dt.datetime, *, urgent: bool = False) -> str:
    """A contact of this end, with its note, signed now; the note's reference. Its words stand nowhere."""
    contact = met(store, staff, agency_id, ended_at, ContactState.NOTED)
    client_id = store.client(agency_id)[0].id

    def add(work: Work) -> str:
        note = Note(
            workspace_id=work.workspace_id,
            ref=new_reference("N"),
            client_id=client_id,
            contact_id=contact.id,
            author_id=contact.staff_id,
            kind=contact.kind,
            review=Review.NOT_NEEDED,
            latest_version=1,
            signed_at=work.now,
            urgent=urgent,
        )
        work.session.add(note)
        return note.ref

    return store.run(add)
