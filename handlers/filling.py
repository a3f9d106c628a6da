"""A form while it is open: saving what is typed, drawing it again, searching in it, and taking what was submitted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from weakref import WeakValueDictionary

from desk.desk import Desk
from desk.reply import Reply
from desk.requests import Action, OpenView, Submission, Suggestion
from desk.routes import Routes
from desk.surface import ViewChangedError
from handlers.home import refresh
from models.forms import Answers
from privacy.grants import Purpose, system_grant
from services import access, forms, sheets
from services.form_rows import CLIENT_FIELD
from services.forms import SaveForm
from services.refusals import FieldRefused, FormGone, Refused
from services.sheets import Sheet
from views import before_signing, screens
from views.answers import merged, read_answers
from views.form import AFTER, Form, FormError, sentence
from views.ids import FormId, NoteId

F = TypeVar("F", bound=Form)
R = TypeVar("R")

_drawing: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


def register(routes: Routes) -> None:
    """Add this module's rows to the table."""
    routes.action(*FormId)(on_answer)
    routes.suggestion(FormId.SEARCH_CLIENT)(search_clients)
    routes.suggestion(FormId.SEARCH_PEOPLE)(search_people)


async def on_answer(desk: Desk, action: Action, reply: Reply) -> None:
    """A choice or a button in the form: everything typed so far is saved, and what has to appear appears."""
    view = action.view
    if view is not None and view.callback_id == NoteId.SIGN_CHECKED:
        return await _save_beside(desk, action, view, reply)
    if view is None or view.callback_id not in screens.SAVED:
        return await reply.done()
    command = SaveForm(
        nonce=view.nonce,
        answers=read_answers(view.state, action.sent_at),
        action_ts=action.action_ts,
        add_follow_up=action.action_id == FormId.ADD_FOLLOW_UP,
        release_client=action.action_id == FormId.CHANGE_CLIENT,
    )
    sheet = await desk.transact(forms.save, desk.actor, command)
    await reply.done()
    if _shape(sheet) != list(view.shape) or _buttons(sheet) != [row for row in view.buttons if row.startswith(AFTER)]:
        desk.later.start(_draw_again(desk, view, sheet))
    if action.action_id == FormId.SAVE:
        desk.later.start(refresh(desk))
    return None


async def search_clients(desk: Desk, suggestion: Suggestion, reply: Reply) -> None:
    """The client search of a form: whom the actor may write about. Whoever is found by an emergency is told to the trail first."""
    query = suggestion.query.reveal(system_grant(Purpose.MATCH))
    found, grant = await desk.read(sheets.find_clients, desk.actor, suggestion.view.nonce, query)
    if found.in_emergency:
        await desk.transact(access.tell_found, desk.actor, found.in_emergency)
    await reply.options(screens.client_options(found, grant))


async def search_people(desk: Desk, suggestion: Suggestion, reply: Reply) -> None:
    """The people search of a form: those known for its client."""
    chosen = read_answers(suggestion.view.state).chosen.get(CLIENT_FIELD)
    client_ref = chosen[0] if chosen else None
    sheet = await desk.read(sheets.for_search, desk.actor, suggestion.view.nonce, client_ref)
    query = suggestion.query.reveal(system_grant(Purpose.MATCH))
    await reply.options(screens.people_options(sheet, query, desk.now(), desk.actor.zone))


async def submitted(
    desk: Desk,
    submission: Submission,
    reply: Reply,
    form_type: type[F],
    commit: Callable[[F, Answers], Awaitable[R]],
) -> R | None:
    """What `commit` made of a submitted form; None when it was answered here, because something has to be mended first.

    Commit first, answer second: if storing fails the modal stays open and nothing typed is lost.
    """
    view = submission.view
    stored, fixed_client = await desk.read(sheets.for_submission, desk.actor, view.nonce)
    answers = merged(stored, read_answers(view.state, submission.sent_at))
    try:
        form = form_type.parse(answers, desk.now(), desk.actor.zone, fixed_client=fixed_client)
        return await commit(form, answers)
    except FormError as error:
        await _show_errors(desk, view, answers, error.by_field, reply)
    except FieldRefused as refusal:
        await _show_errors(desk, view, answers, {refusal.field: sentence(refusal.kind, None)}, reply)
    except FormGone:
        raise
    except Refused:
        await desk.transact(forms.save_submitted, desk.actor, view.nonce, answers)
        raise
    return None


async def _save_beside(desk: Desk, action: Action, view: OpenView, reply: Reply) -> None:
    """A choice on the screen before signing is kept with the form below it, which stays as it was submitted."""
    answers = before_signing.answers_here(read_answers(view.state, action.sent_at))
    nonce = before_signing.Whence.read(view.nonce).nonce
    await desk.transact(forms.save, desk.actor, SaveForm(nonce, answers, action.action_ts, from_check=True))
    await reply.done()


async def _show_errors(desk: Desk, view: OpenView, answers: Answers, by_field: dict[str, str], reply: Reply) -> None:
    """Each sentence under its field, once the words are safe. A field that is not on the screen yet is brought there first."""
    by_block = {view.block_for(name): text for name, text in by_field.items()}
    shown = {block: text for block, text in by_block.items() if block is not None}
    try:
        sheet = await desk.transact(forms.save_submitted, desk.actor, view.nonce, answers)
    except FormGone:
        # Signed before, and its answer was lost: the words that were edited since are mended and signed again.
        if not shown:
            raise
        return await reply.errors(shown)
    if shown:
        return await reply.errors(shown)
    return await reply.update(screens.draw(sheet, desk.now(), desk.actor.zone))


async def _draw_again(desk: Desk, view: OpenView, sheet: Sheet) -> None:
    """Draw the form as it is saved now. When the screen changed meanwhile, the newest saved answers decide."""
    lock = _drawing.setdefault(sheet.nonce, asyncio.Lock())
    async with lock:
        drawn = screens.draw(sheet, desk.now(), desk.actor.zone)
        try:
            await desk.surface.update_modal(view.id, view.hash, drawn)
        except ViewChangedError:
            newest = await desk.read(sheets.for_search, desk.actor, sheet.nonce, None)
            await desk.surface.update_modal(view.id, "", screens.draw(newest, desk.now(), desk.actor.zone))


def _buttons(sheet: Sheet) -> list[str]:
    return screens.FORMS[sheet.kind].rows_of_buttons(sheet.answers, fixed_client=sheet.fixed_client)


def _shape(sheet: Sheet) -> list[tuple[str, bool]]:
    return screens.FORMS[sheet.kind].shape(sheet.answers, fixed_client=sheet.fixed_client)
