"""Alarms: somebody broke the glass, and who has to know is told at once. Who and for how long; not about whom, nor why.

Here: what the message tells, and who the privacy officers are. Not here: writing down that they are told (glass), sending it
(deliveries), and the reminder of a review that is owed (open_items).
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from models.glass import BreakGlass
from models.staff import Role, Staff
from services.crew import Member
from services.open_items import Scene

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
