"""What the conversations about clients in the roster share: finding one, opening a form about them, submitting it."""

from __future__ import annotations

from sqlalchemy import select

from desk import directories
from models.clients import Client
from models.rows import WorkspaceSession
from sandbox.shape import JsonObject, as_text
from tests.flows.stage import CAROL, TEAM, Play, options


def client(stage: Play, agency_id: str) -> Client:
    """The client with this ID."""
    index = stage.tenant.keys.index("client", "agency_id", agency_id)
    with WorkspaceSession(stage.app.engine, stage.tenant.id) as session:
        return session.scalars(select(Client).where(Client.agency_id_index == index)).one()


async def read_names(stage: Play) -> None:
    """The directory holds everybody, as some moments after a start."""
    await directories.read_every(stage.app.office.doors, stage.app.office.tenants, (TEAM,))


def taken(ref: str) -> JsonObject:
    """An option as Slack sends it back, offered or not: whoever forges one does the same."""
    return {"text": {"type": "plain_text", "text": "Somebody"}, "value": ref}


async def screen(stage: Play, user: str = CAROL) -> str:
    """Open the search for clients; its view id."""
    person = stage.person(user)
    await person.command("/note", "roster")
    await person.click(as_text(person.modal["id"]), "roster.clients", "roster.clients")
    return as_text(person.modal["id"])


async def found(stage: Play, view: str, query: str, user: str = CAROL) -> list[str]:
    """The references that the search offers."""
    answer = await stage.person(user).suggest(view, "top", "roster.find_client", query)
    return [as_text(each["value"]) for each in options(answer)]


async def chosen(stage: Play, ref: str, user: str = CAROL) -> str:
    """Open the search with this client in it; its view id."""
    view = await screen(stage, user)
    await stage.person(user).click(view, "top", "roster.find_client", taken(ref), check=False)
    await stage.settle()
    return view


async def form(stage: Play, ref: str, block: str, action: str, user: str = CAROL) -> str:
    """Open a form from a client's screen; its view id."""
    view = await chosen(stage, ref, user)
    await stage.person(user).click(view, block, action)
    return as_text(stage.person(user).modal["id"])


async def submit(stage: Play, view: str, user: str = CAROL, /, **state: object) -> JsonObject:
    """Submit a form; the sentences under its fields."""
    for field in {"primary", "backup", "to", "by"} & {name for name, value in state.items() if value}:
        await stage.person(user).suggest(view, field, "roster.find_staff")
    answer = await stage.person(user).submit(view, state)
    await stage.settle()
    return dict(answer.errors)
