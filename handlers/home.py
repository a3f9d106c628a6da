"""App Home: shown when it is opened, and again after something changed."""

from __future__ import annotations

from desk.desk import Desk
from desk.reply import Reply
from desk.requests import Action, Closed, Event
from desk.routes import Routes
from handlers.reminders import say_what_is_done
from services.overview import overview
from views import lists
from views.home import home
from views.ids import AddendumId, HomeId, NoteId, ReviewId
from views.messages import HELP


def register(routes: Routes) -> None:
    """Add this module's rows to the table."""
    routes.event("app_home_opened")(on_opened)
    routes.closed(NoteId.SIGN_COLLATERAL, NoteId.SIGN_VISIT, AddendumId.SIGN, ReviewId.DECIDE)(on_closed)
    routes.action(HomeId.HELP)(on_help)


async def on_opened(desk: Desk, event: Event, reply: Reply) -> None:
    """Someone opened the app's tab."""
    await reply.done()
    if event.tab in {"", "home"}:
        desk.later.start(refresh(desk))


async def on_closed(desk: Desk, _: Closed, reply: Reply) -> None:
    """Someone closed a note form: what they had saved shows under Drafts at once."""
    await reply.done()
    desk.later.start(refresh(desk))


async def on_help(desk: Desk, action: Action, reply: Reply) -> None:
    """*Help* in App Home."""
    await desk.surface.open_modal(action.trigger_id, lists.notice(HELP))
    await reply.done()


async def refresh(desk: Desk) -> None:
    """Publish the actor's App Home as it stands now, and let today's reminders say when nothing waits any more."""
    screen = home(await desk.read(overview, desk.actor), demo=desk.tenant.demo)
    await desk.surface.publish_home(desk.actor.slack_user_id, screen)
    await say_what_is_done(desk)
