"""Signing a note: at once where nothing has to be seen before, else from the screen *Before you sign*; and *Check my words*."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from desk.desk import Desk
from desk.reply import Reply
from desk.requests import Action, OpenView, Submission
from desk.routes import Routes
from desk.surface import SlackFailedError
from handlers import contact_lists
from handlers.filling import submitted
from handlers.home import refresh
from handlers.notes import after_signing
from models.forms import Answers, FormKind
from services import checking, dismissals, forms, notes, sheets, signing
from services.checking import Check
from services.forms import SaveForm
from services.note_content import Outcome, Signed, SignNote
from services.refusals import EditNotStored, FieldRefused, NotFound
from services.sheets import Sheet
from services.signing import Held, HoldForm, Looked
from views import before_signing, contacts, lists, screens
from views.answers import merged, read_answers
from views.before_signing import Screen, Whence
from views.blocks import PrivateView
from views.form import FormError
from views.ids import NoteId, WordId
from views.messages import GO_BACK
from views.notes import NOTE_FORMS, NoteForm
from views.remarks import remarks

# Slack lays no more modals on each other than this.
DEEPEST: Final = 3
# Between the commit and the answer there is time for one call, and not for a slow one.
QUICK_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Asked:
    """Something has to be seen or answered first; the form is held as it was submitted."""

    check: Check
    held: Held
    answers: Answers


def register(routes: Routes) -> None:
    """Add this module's rows to the table."""
    routes.submission(NoteId.SIGN_COLLATERAL, NoteId.SIGN_VISIT)(sign)
    routes.submission(NoteId.SIGN_CHECKED)(sign_checked)
    routes.action(NoteId.BACK)(go_back)
    routes.action(WordId.CHECK)(check_words)
    routes.action(WordId.DISMISS)(dismiss)
    routes.action(WordId.RESTORE)(restore)


async def sign(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Sign* under a note: it is signed, or what has to be seen first is laid on top of it."""
    view = submission.view
    kind = FormKind.FACE_TO_FACE if view.callback_id == NoteId.SIGN_VISIT else FormKind.COLLATERAL

    async def commit(form: NoteForm, answers: Answers) -> Signed | Asked:
        content = form.content()
        written = screens.written(kind, answers)
        check = await desk.read(checking.check, desk.actor, view.nonce, content, written)
        if not check.says_something:
            return await desk.transact(notes.sign, desk.actor, SignNote(view.nonce, content, answers))
        command = HoldForm(view.nonce, content, answers, submission.press)
        return Asked(check, await desk.transact(signing.hold, desk.actor, command), answers)

    done = await submitted(desk, submission, reply, NOTE_FORMS[kind], commit)
    if isinstance(done, Asked):
        return await _ask(desk, view, done, reply)
    return await _signed(desk, view, done, reply) if done is not None else None


async def sign_checked(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Sign* under *Before you sign*: what is signed is what stands in the form below, as it was looked over."""
    view, whence = submission.view, Whence.read(submission.view.nonce)
    looked = await desk.read(signing.looked_over, desk.actor, whence.nonce, whence.submission)
    answers = merged(looked.answers, before_signing.answers_here(read_answers(view.state, submission.sent_at)))
    try:
        check = await _look(desk, whence, looked)
    except FormError:
        # What was right when it was submitted is not any more: a day has passed.
        return await reply.update(lists.notice(GO_BACK))
    try:
        checked = before_signing.answered(check, answers) if check.says_something else None
    except FormError as error:
        return await _show_errors(view, Screen(check, whence, answers, desk.now(), desk.actor), error, reply)
    command = SignNote(whence.nonce, check.content, answers, checked, whence.submission)
    try:
        signed = await desk.transact(notes.sign, desk.actor, command)
    except FieldRefused:
        return await reply.update(lists.notice(GO_BACK))
    return await _signed(desk, view, signed, reply)


async def go_back(desk: Desk, action: Action, reply: Reply) -> None:
    """*Back to the form*, where there was no room to lay anything on top of it."""
    view = _view(action)
    sheet = await desk.read(sheets.for_search, desk.actor, Whence.read(view.nonce).nonce, None)
    await reply.done()
    drawn = screens.draw(sheet, desk.now(), desk.actor.zone)
    desk.later.start(desk.surface.update_modal(view.id, view.hash, drawn))


async def check_words(desk: Desk, action: Action, reply: Reply) -> None:
    """*Check my words* in a form: everything is saved, and what the rules say is laid on top. Nothing is changed."""
    view = _view(action)
    whence = Whence(view.nonce, in_place=view.depth >= DEEPEST)
    answers = read_answers(view.state, action.sent_at)
    sheet = await desk.transact(forms.save, desk.actor, SaveForm(view.nonce, answers, action.action_ts))
    drawn = await _remarks(desk, whence, sheet)
    if whence.in_place:
        await desk.surface.update_modal(view.id, view.hash, drawn)
    else:
        await desk.surface.push_modal(action.trigger_id, drawn)
    await reply.done()
    desk.later.start(refresh(desk))


async def dismiss(desk: Desk, action: Action, reply: Reply) -> None:
    """*Do not suggest this again* beside words: kept for this person, and the screen is drawn without it."""
    view, whence = _view(action), Whence.read(_view(action).nonce)
    looked = await desk.read(signing.looked_over, desk.actor, whence.nonce, whence.submission)
    check = await _look(desk, whence, looked)
    key = next((each.key for each in check.words if each.mark == action.value), None)
    if key is None:
        raise NotFound
    await desk.transact(dismissals.add, desk.actor, key)
    await reply.done()
    answers = merged(looked.answers, before_signing.answers_here(read_answers(view.state, action.sent_at)))
    screen = Screen(await _look(desk, whence, looked), whence, answers, desk.now(), desk.actor)
    desk.later.start(desk.surface.update_modal(view.id, view.hash, before_signing.draw(screen)))


async def restore(desk: Desk, action: Action, reply: Reply) -> None:
    """*Suggest everything again* under the remarks."""
    view, whence = _view(action), Whence.read(_view(action).nonce)
    await desk.transact(dismissals.forget, desk.actor)
    sheet = await desk.read(sheets.for_search, desk.actor, whence.nonce, None)
    drawn = await _remarks(desk, whence, sheet)
    await reply.done()
    desk.later.start(desk.surface.update_modal(view.id, view.hash, drawn))


async def _ask(desk: Desk, view: OpenView, asked: Asked, reply: Reply) -> None:
    """Lay the screen on the form, once for each press of its button."""
    if asked.held.is_again:
        sheet = await desk.read(sheets.for_search, desk.actor, view.nonce, None)
        return await reply.update(screens.draw(sheet, desk.now(), desk.actor.zone))
    whence = Whence(view.nonce, asked.held.submission, in_place=view.depth >= DEEPEST)
    drawn = before_signing.draw(Screen(asked.check, whence, asked.answers, desk.now(), desk.actor))
    return await (reply.update(drawn) if whence.in_place else reply.push(drawn))


async def _look(desk: Desk, whence: Whence, looked: Looked) -> Check:
    """The check of what was looked over, done again.

    Errors: FormError when it is not right any more, as after midnight.
    """
    form_type = NOTE_FORMS[looked.kind]
    form = form_type.parse(looked.answers, desk.now(), desk.actor.zone, fixed_client=looked.fixed_client)
    written = screens.written(looked.kind, looked.answers)
    return await desk.read(checking.check, desk.actor, whence.nonce, form.content(), written)


async def _remarks(desk: Desk, whence: Whence, sheet: Sheet) -> PrivateView:
    written = screens.written(sheet.kind, sheet.answers)
    found = await desk.read(checking.remarks, desk.actor, whence.nonce, written)
    return remarks(found, sheet.kind, whence)


async def _show_errors(view: OpenView, screen: Screen, error: FormError, reply: Reply) -> None:
    """Each sentence under its input; what was not asked before is asked now, with the answers so far."""
    if all(view.block_for(name) for name in error.by_field):
        return await reply.errors(error.by_field)
    return await reply.update(before_signing.draw(screen))


async def _signed(desk: Desk, view: OpenView, signed: Signed, reply: Reply) -> None:
    """Close what is open, or offer the next contact of the list; no form is left lying under the screen."""
    lies_on_form = view.callback_id == NoteId.SIGN_CHECKED and not Whence.read(view.nonce).in_place
    if signed.outcome is Outcome.KEPT_AS_DRAFT:
        desk.later.start(refresh(desk))
        told = lists.notice(EditNotStored.sentence)
        if lies_on_form:
            desk.later.start(desk.surface.update_modal(view.below_id, "", told))
        return await reply.update(told)
    if not (lies_on_form and signed.left):
        return await after_signing(desk, view, signed.left, reply, signed.note_ref)
    desk.later.start(refresh(desk))
    if view.root_id != view.below_id:
        desk.later.start(contact_lists.draw_again(desk, view.root_id, ""))
    offer = contacts.signed(signed.left, signed.note_ref)
    try:
        await asyncio.wait_for(desk.surface.update_modal(view.below_id, "", offer), QUICK_SECONDS)
    except (TimeoutError, SlackFailedError):
        return await reply.update(offer)
    return await reply.done()


def _view(action: Action) -> OpenView:
    if action.view is None:
        raise NotFound
    return action.view
