"""What the conversations about the roster and about the surface share: roles by hand, and looking people up."""

from __future__ import annotations

from sqlalchemy import select, update

from bot import offline
from models.audit import AuditEvent
from models.rows import WorkspaceSession
from models.staff import Role, Staff, Team
from sandbox.shape import as_text
from services import roster_rows
from services.work import Work
from tests.flows.stage import CAROL, Play, options


def gives(stage: Play, user_id: str, *roles: Role) -> None:
    """Somebody has exactly these roles from now on."""
    with WorkspaceSession(stage.app.engine, stage.tenant.id) as session, session.begin():
        session.execute(
            update(Staff).where(Staff.slack_user_id == user_id).values(roles=" ".join(role.value for role in roles))
        )


def staff(stage: Play, user_id: str) -> Staff:
    """The staff member with this Slack id, as stored now."""
    with WorkspaceSession(stage.app.engine, stage.tenant.id) as session:
        return session.scalars(select(Staff).where(Staff.slack_user_id == user_id)).one()


def last_event(stage: Play) -> AuditEvent:
    """The newest event of the trail."""
    with WorkspaceSession(stage.app.engine, stage.tenant.id) as session:
        return session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(1)).one()


async def menu(stage: Play, user: str = CAROL) -> str:
    """Open the roster's menu; its view id."""
    person = stage.person(user)
    await person.command("/note", "roster")
    return as_text(person.modal["id"])


async def staff_list(stage: Play, user: str = CAROL) -> str:
    """Open the list of staff; its view id."""
    await stage.person(user).click(await menu(stage, user), "roster.staff", "roster.staff")
    return as_text(stage.person(user).modal["id"])


async def edit(stage: Play, whom: str, user: str = CAROL) -> str:
    """Open the form about somebody; its view id."""
    person = stage.person(user)
    await person.click(await staff_list(stage, user), staff(stage, whom).ref, "roster.staff_edit")
    return as_text(person.modal["id"])


def teams(stage: Play) -> dict[str, Team]:
    """Every team by name."""

    def named(work: Work) -> dict[str, Team]:
        return {roster_rows.team_name(work, each): each for each in work.session.scalars(select(Team))}

    return offline.read(stage.app.engine, stage.tenant, stage.clock, named)


async def chosen(stage: Play, view: str, field: str, search: str, query: str, user: str = CAROL) -> object:
    """Search in a field; the first option's value, to be submitted."""
    found = options(await stage.person(user).suggest(view, field, search, query))
    assert found, query
    return found[0]["value"]
