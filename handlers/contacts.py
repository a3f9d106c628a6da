"""Contacts before their notes: keeping one for later, signing an attempt, planning a visit."""

from __future__ import annotations

from typing import Final

from desk.desk import Desk
from desk.reply import Reply
from desk.requests import Submission
from desk.routes import Routes
from handlers.filling import submitted
from handlers.home import on_closed, refresh
from handlers.notes import after_signing
from handlers.opening import Opening, open_form
from models.forms import Answers, FormKind
from services import attempts, contact_lists, forms, kept
from services.attempts import SignAttempt, SignedAttempt
from services.forms import OpenForm
from services.kept import KeepForm
from services.refusals import EditNotStored
from views import contact_lists as list_views
from views import contacts, lists, screens
from views.blocks import PrivateView
from views.contacts import AttemptForm, LaterForm, PlanForm
from views.ids import ContactId, HomeId, ShortcutId

LATER: Final = OpenForm(FormKind.LATER)
ATTEMPT: Final = OpenForm(FormKind.ATTEMPT)
PLAN: Final = OpenForm(FormKind.PLAN)


def register(routes: Routes) -> None:
    """Add this module's rows to the table."""
    routes.shortcut(ShortcutId.LATER)(open_later)
    routes.action(HomeId.LATER)(open_later)
    routes.action(HomeId.ATTEMPT)(open_attempt)
    routes.action(HomeId.PLAN)(open_plan)
    routes.submission(ContactId.KEEP)(keep)
    routes.submission(ContactId.KEPT)(keep_another)
    routes.submission(ContactId.SIGN_ATTEMPT)(sign_attempt)
    routes.submission(ContactId.PLAN)(plan)
    routes.submission(ContactId.PLANNED)(plan_another)
    routes.closed(ContactId.KEEP, ContactId.SIGN_ATTEMPT, ContactId.PLAN)(on_closed)


async def open_later(desk: Desk, request: Opening, reply: Reply) -> None:
    """*Note it later*."""
    await open_form(desk, request, LATER, reply)


async def open_attempt(desk: Desk, request: Opening, reply: Reply) -> None:
    """An attempt."""
    await open_form(desk, request, ATTEMPT, reply)


async def open_plan(desk: Desk, request: Opening, reply: Reply) -> None:
    """*Plan a visit*."""
    await open_form(desk, request, PLAN, reply)


async def keep(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Keep*: the contact waits for its note."""

    async def commit(form: LaterForm, answers: Answers) -> int:
        return await desk.transact(kept.keep, desk.actor, KeepForm(submission.view.nonce, form.content(), answers))

    waiting = await submitted(desk, submission, reply, LaterForm, commit)
    if waiting is None:
        return
    desk.later.start(refresh(desk))
    await reply.update(contacts.kept(waiting))


async def keep_another(desk: Desk, _: Submission, reply: Reply) -> None:
    """*One more* after *Keep*."""
    await reply.update(await _fresh(desk, LATER))


async def sign_attempt(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Sign* under an attempt."""
    view = submission.view

    async def commit(form: AttemptForm, answers: Answers) -> SignedAttempt:
        return await desk.transact(attempts.sign, desk.actor, SignAttempt(view.nonce, form.content(), answers))

    signed = await submitted(desk, submission, reply, AttemptForm, commit)
    if signed is None:
        return None
    if signed.kept_as_draft:
        desk.later.start(refresh(desk))
        return await reply.update(lists.notice(EditNotStored.sentence))
    return await after_signing(desk, view, signed.left, reply)


async def plan(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Plan*: the visit stands among those that are planned."""

    async def commit(form: PlanForm, answers: Answers) -> int:
        return await desk.transact(kept.keep, desk.actor, KeepForm(submission.view.nonce, form.content(), answers))

    if await submitted(desk, submission, reply, PlanForm, commit) is None:
        return
    visits, grant = await desk.transact(contact_lists.all_planned, desk.actor)
    desk.later.start(refresh(desk))
    await reply.update(list_views.planned(visits, grant, desk.now(), desk.actor.zone, again=True))


async def plan_another(desk: Desk, _: Submission, reply: Reply) -> None:
    """*Plan another* after *Plan*."""
    await reply.update(await _fresh(desk, PLAN))


async def _fresh(desk: Desk, command: OpenForm) -> PrivateView:
    sheet = await desk.transact(forms.open_form, desk.actor, command)
    return screens.draw(sheet, desk.now(), desk.actor.zone)
