"""The roster's menu: what somebody may look after, each with a button."""

from __future__ import annotations

from typing import Final

from services import access
from services.decisions import Deed, decide
from services.staff import Actor
from views.blocks import Block, PrivateView, button, modal, section
from views.ids import RosterId

# Each with the deed that it is for, and in words.
ENTRIES: Final = (
    (Deed.STAFF_ADD, RosterId.STAFF, "Staff", "Who works here, what they may do, and when they work."),
    (
        Deed.CLIENT_ADD,
        RosterId.CLIENTS,
        "Clients",
        "Who is served and by whom, their goals, and the people around them.",
    ),
    (Deed.TEAM_CHANGE, RosterId.TEAMS, "Teams", "Their names, their channels, and who supervises whoever joins."),
)


def menu(actor: Actor) -> PrivateView | None:
    """What this actor may look after; None when it is nothing."""
    asker = access.asker(actor)
    blocks: list[Block] = [
        section(action_id.value, f"{name}\n{says}", button("Open", action_id))
        for deed, action_id, name, says in ENTRIES
        if decide(asker, deed).allowed
    ]
    return modal(RosterId.MENU, "Roster", blocks, close="Done") if blocks else None
