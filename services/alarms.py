"""Alarms: somebody broke the glass, and who has to know is told at once. Who and for how long; not about whom, nor why.

Here: what the message tells, and who the privacy officers are. Not here: writing down that they are told (glass), sending it
(deliveries), and the reminder of a review that is owed (open_items).
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import select

from models.glass import BreakGlass
from models.staff import Role, Staff
from services import policies
from services.crew import Member
from services.open_items import Scene, scene_of
from services.work import Work

# The step that is told at once, beside those of the policy.
OPENED: Final = "opened"


@dataclass(frozen=True, slots=True)
class Broken:
    """One broken glass: who, if Slack knows them, and for how long. Units: minutes."""

    slack_user_id: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Alarm:
    """What one message tells one person. `reviews` says that they are among those who review it."""

    opened: tuple[Broken, ...]
    reviews: bool


class Reach(StrEnum):
    """Whether a privacy officer would be told of an emergency now."""

    TOLD = "told"
    NOT_IN_SLACK = "not_in_slack"
    NO_OFFICER = "no_officer"
    NOBODY_WORKS_HERE = "nobody_works_here"


def reach(work: Work) -> Reach:
    """Whether a privacy officer would be told of an emergency now."""
    scene = scene_of(work, policies.in_force(work))
    if not scene.crew:
        return Reach.NOBODY_WORKS_HERE
    found = officers(scene)
    if not found:
        return Reach.NO_OFFICER
    return Reach.TOLD if any(each.slack_user_id for each in found) else Reach.NOT_IN_SLACK


def officers(scene: Scene) -> list[Member]:
    """The privacy officers who work here."""
    return [each for each in scene.crew.values() if Role.PRIVACY_OFFICER in each.roles]


def compose(scene: Scene, member: Member, glass_ids: Collection[uuid.UUID]) -> Alarm:
    """What this person is told of these emergencies, in the order in which they began."""
    rows = scene.work.session.execute(
        select(Staff.slack_user_id, BreakGlass.opened_at, BreakGlass.ends_at)
        .join(Staff, (Staff.workspace_id == BreakGlass.workspace_id) & (Staff.id == BreakGlass.staff_id))
        .where(BreakGlass.workspace_id == scene.work.workspace_id, BreakGlass.id.in_(glass_ids))
        .order_by(BreakGlass.opened_at, BreakGlass.id)
    )
    opened = tuple(
        Broken(slack_user_id or "", int((ends_at - opened_at).total_seconds() // 60))
        for slack_user_id, opened_at, ends_at in rows
    )
    return Alarm(opened, Role.PRIVACY_OFFICER in member.roles)
