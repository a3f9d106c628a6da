"""The decision on where client data may go: its screen, and recording it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from desk.desk import Desk
from desk.reply import Reply
from desk.requests import Action, Command, OpenView, Submission
from desk.routes import Routes
from desk.surface import ViewChangedError
from handlers.home import refresh
from handlers.opening import Opening, show
from models.forms import Answers
from services import surfaces
from services.refusals import FieldsRefused, NotFound
from views import surface as screen
from views.answers import read_answers
from views.blocks import PrivateView
from views.form import FormError, sentence
from views.ids import SurfaceId
from views.surface import SurfaceForm


@dataclass(slots=True, weakref_slot=True)
class Turn:
    """Whose turn it is to draw one open screen."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    newest: str = ""


_turns: WeakValueDictionary[str, Turn] = WeakValueDictionary()


def register(routes: Routes) -> None:
    """Add this module's rows to the table."""
    routes.action(SurfaceId.OPEN)(open_decision)
    routes.action(SurfaceId.CHOOSE)(draw_again)
    routes.submission(SurfaceId.RECORD)(record)


async def open_decision(desk: Desk, request: Opening, reply: Reply) -> None:
    """*Open* beside *Client data in Slack*."""
    standing, grant = await desk.transact(surfaces.look, desk.actor)
    await show(desk, request, screen.surface(standing, grant, desk.now(), desk.actor.zone))
    await reply.done()


async def offered(desk: Desk, command: Command, reply: Reply) -> bool:
    """Whether `/note` was answered with this screen, because nobody has decided yet and the actor may."""
    if not await desk.read(surfaces.is_undecided_for, desk.actor):
        return False
    await open_decision(desk, command, reply)
    return True


async def draw_again(desk: Desk, action: Action, reply: Reply) -> None:
    """A choice on which other questions depend. What is typed stays where it stands: those inputs stay the same."""
    view = action.view
    if view is None or view.callback_id != SurfaceId.RECORD:
        raise NotFound
    answers = _chosen(view)
    drawn = None if screen.is_drawn(answers, view.shape) else await _drawn(desk, view)
    await reply.done()
    if drawn is not None:
        desk.later.start(_draw(desk, view, drawn, action.action_ts))


async def record(desk: Desk, submission: Submission, reply: Reply) -> None:
    """*Record decision*: it counts at once."""
    view = submission.view
    try:
        form = SurfaceForm.parse(read_answers(view.state), desk.now(), desk.actor.zone)
        version = screen.version_of(view.nonce)
        await desk.transact(surfaces.decide_on_screen, desk.actor, form.command(), version)
    except FormError as error:
        return await _mend(desk, view, error.by_field, reply)
    except FieldsRefused as refusal:
        return await reply.errors({name: sentence(kind, None) for name, kind in refusal.by_field.items()})
    await reply.done()
    desk.later.start(refresh(desk))
    return None


async def _mend(desk: Desk, view: OpenView, by_field: Mapping[str, str], reply: Reply) -> None:
    """Each sentence under its field; a question that is not on the screen yet is brought there first."""
    if all(view.block_for(name) for name in by_field):
        return await reply.errors(by_field)
    return await reply.update(await _drawn(desk, view))


async def _drawn(desk: Desk, view: OpenView) -> PrivateView:
    """The screen as the choices on it ask for, for whoever may still decide."""
    _, grant = await desk.transact(surfaces.look, desk.actor)
    return screen.drawn(_chosen(view), grant, desk.now(), desk.actor.zone, screen.version_of(view.nonce))


async def _draw(desk: Desk, view: OpenView, drawn: PrivateView, action_ts: str) -> None:
    """Draw it, unless a newer choice drew it already."""
    turn = _turns.setdefault(view.id, Turn())
    async with turn.lock:
        if action_ts < turn.newest:
            return
        turn.newest = action_ts
        try:
            await desk.surface.update_modal(view.id, view.hash, drawn)
        except ViewChangedError:
            await desk.surface.update_modal(view.id, "", drawn)


def _chosen(view: OpenView) -> Answers:
    return Answers(chosen=read_answers(view.state).chosen)
