"""What is known about an open form: everything it is drawn from and may offer in its searches."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from models.forms import Answers, FormKind, FormRow, FormStage
from privacy.grants import Grant
from services import access, audit, clients, days, follow_ups, goals, people, workspaces
from services.form_rows import CLIENT_FIELD, WRITABLE, answers_of, client_ref_of, find
from services.refusals import FormGone
from services.staff import Actor
from services.work import Work


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything a form needs to be drawn. `grant` is good once the transaction behind it is committed."""

    nonce: str
    kind: FormKind
    answers: Answers
    fixed_client: bool
    grant: Grant
    next_business_day: dt.date
    client: clients.ClientLine | None = None
    goals: tuple[goals.GoalLine, ...] = ()
    people: tuple[people.PersonLine, ...] = ()
    owners: tuple[follow_ups.OwnerLine, ...] = ()


def for_search(work: Work, actor: Actor, nonce: str, client_ref: str | None) -> Sheet:
    """What an open form may offer in its people search, and what it is drawn from again.

    Errors: SurfaceClosed, FormGone.
    """
    row, grant = _open_row(work, actor, nonce)
    answers = answers_of(work, row)
    if client_ref is not None:
        answers = answers.model_copy(update={"chosen": {**answers.chosen, CLIENT_FIELD: (client_ref,)}})
    return sheet_of(work, actor, row, answers, grant)


def find_clients(work: Work, actor: Actor, nonce: str, query: str) -> tuple[clients.Found, Grant]:
    """Whom an open form may offer in its client search.

    Errors: SurfaceClosed, FormGone.
    """
    _, grant = _open_row(work, actor, nonce)
    return clients.search(work, actor, query), grant


def for_submission(work: Work, actor: Actor, nonce: str) -> tuple[Answers, bool]:
    """What stands in a form that was submitted, and whether its client is fixed; also when it was signed before and its answer was lost.

    Errors: FormGone.
    """
    row, _ = _opened(work, actor, nonce)
    if row.stage is FormStage.DISCARDED:
        raise FormGone
    answers = answers_of(work, row)
    return answers, row.contact_id is not None and access.client_by_ref(
        work, actor, client_ref_of(answers.chosen)
    ) is not None


def _open_row(work: Work, actor: Actor, nonce: str) -> tuple[FormRow, Grant]:
    """A form that may still be written in, and the grant of the event that opened it, which covers its searches.

    Errors: SurfaceClosed, FormGone.
    """
    workspaces.require_modal_surface(work)
    row, grant = _opened(work, actor, nonce)
    if row.stage not in WRITABLE:
        raise FormGone
    return row, grant


def _opened(work: Work, actor: Actor, nonce: str) -> tuple[FormRow, Grant]:
    row = find(work, actor, nonce)
    grant = audit.standing_grant(work, row.id, actor.id) if row is not None else None
    if row is None or grant is None:
        raise FormGone
    return row, grant


def sheet_of(work: Work, actor: Actor, row: FormRow, answers: Answers, grant: Grant) -> Sheet:
    """The sheet of a form with these answers."""
    ref = client_ref_of(answers.chosen)
    client = access.client_by_ref(work, actor, ref) if ref else None
    sheet = Sheet(
        nonce=row.nonce,
        kind=row.kind,
        answers=answers,
        fixed_client=row.contact_id is not None and client is not None,
        grant=grant,
        next_business_day=days.calendar(work, actor.zone).next_business_day(actor.today(work.now)),
    )
    if client is None:
        return sheet
    key = clients.key_of(work, client.id)
    return replace(
        sheet,
        client=clients.line_of(work, client),
        goals=goals.active(work, client.id, key),
        people=people.known(work, client.id, key),
        owners=follow_ups.owners(work, actor, client.id),
    )
