"""What the roster's forms about clients have in common: mistakes under their fields, and the client below drawn again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias, TypeVar

from desk.desk import Desk
from desk.reply import Reply
from desk.requests import OpenView, Submission
from models.forms import Answers
from services import client_cards
from services.refusals import FieldRefused, FieldsRefused, NotFound
from views import roster_clients as screen
from views.answers import read_answers
from views.blocks import PrivateView
from views.form import FormError, sentence
from views.roster_clients import About

T = TypeVar("T")
Storing: TypeAlias = Callable[[About, Answers], Awaitable[None]]


async def mended(storing: Awaitable[T], reply: Reply) -> T | None:
    """What was stored; None when it was answered here, because something has to be mended first."""
    try:
        return await storing
    except FormError as error:
        await reply.errors(error.by_field)
    except FieldsRefused as refusal:
        await reply.errors({name: sentence(kind, None) for name, kind in refusal.by_field.items()})
    except FieldRefused as refusal:
        await reply.errors({refusal.field: sentence(refusal.kind, None)})
    return None


async def saved(desk: Desk, submission: Submission, reply: Reply, store: Storing) -> None:
    """A form about a client, stored; the form closes, and the client below it is drawn again."""
    about = About.read(submission.view.nonce)

    async def stored() -> About:
        await store(about, read_answers(submission.view.state))
        return about

    if await mended(stored(), reply) is not None:
        await card_below(desk, submission.view, about.client, reply)


async def card_below(desk: Desk, view: OpenView, ref: str, reply: Reply) -> None:
    """The form closes, and this client stands in the screen below it."""
    await reply.done()
    if view.below_id:
        desk.later.start(draw_card(desk, view.below_id, ref))


async def draw_card(desk: Desk, view_id: str, ref: str) -> None:
    """Draw the screen again with this client in it, or with nobody, where the actor does not reach them any more."""
    await desk.surface.update_modal(view_id, "", await card(desk, ref))


async def card(desk: Desk, ref: str) -> PrivateView:
    """The search, and the client who was found."""
    today = desk.actor.today(desk.now())
    grant = await desk.transact(client_cards.begin, desk.actor)
    if not ref:
        return screen.client_search(None, grant, today)
    try:
        found, grant = await desk.transact(client_cards.look, desk.actor, ref)
    except NotFound:
        return screen.client_search(None, grant, today)
    return screen.client_search(found, grant, today)
