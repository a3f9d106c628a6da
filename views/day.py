"""My day on the screen: what is urgent, planned and due, with whom it is about. App Home says the same without names."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from privacy.grants import Grant
from privacy.safetext import Ref
from services.day import MyDay
from views.ages import age
from views.blocks import Block, PrivateView, button, header, modal, one_line, section
from views.contact_lists import planned_blocks
from views.follow_ups import rows
from views.ids import ContactId, DayId, DraftId, FollowUpId, RequirementId
from views.requirements import window_words

LINE_LONGEST = 300


def my_day(day: MyDay, grant: Grant, now: dt.datetime, zone: ZoneInfo) -> PrivateView:
    """The modal *My day*. Empty sections are left out."""
    today = now.astimezone(zone).date()
    blocks = [
        *_urgent(day, grant),
        *_planned(day, grant, now, zone),
        *_waiting(day),
        *_follow_ups(day, grant, today),
        *_windows(day, grant, today),
        *_drafts(day),
    ]
    if not blocks:
        blocks = [section("none", "Nothing is open today.")]
    return modal(DayId.READ, "My day", blocks)


def _urgent(day: MyDay, grant: Grant) -> list[Block]:
    if not day.urgent:
        return []
    blocks = [header("urgent", f"Marked urgent: {day.urgent_count}")]
    for line in day.urgent:
        text = f"{line.client.name(grant)} · no contact since · {age(line.age).plain}"
        note_it = button("Note it", DayId.NOTE_URGENT, Ref(line.ref), primary=True)
        blocks.append(section(f"urgent.{line.ref}", one_line(text, LINE_LONGEST), note_it))
    return blocks


def _planned(day: MyDay, grant: Grant, now: dt.datetime, zone: ZoneInfo) -> list[Block]:
    if not day.planned:
        return []
    return [header("planned", f"Visits today: {len(day.planned)}"), *planned_blocks(day.planned, grant, now, zone)]


def _waiting(day: MyDay) -> list[Block]:
    if not day.waiting:
        return []
    text = "1 contact has no note yet." if day.waiting == 1 else f"{day.waiting} contacts have no note yet."
    return [header("notes", "Notes"), section("waiting", text, button("Write notes", ContactId.LIST, primary=True))]


def _follow_ups(day: MyDay, grant: Grant, today: dt.date) -> list[Block]:
    """Those due today and overdue. The whole list is one tap away, also when none is due."""
    if not day.follow_ups:
        return []
    blocks = [header("follow_ups", f"Follow-ups: {day.due}"), *rows(day.follow_ups, grant, today)]
    rest = day.due - len(day.follow_ups)
    more = f"And {rest} more." if rest > 0 else "Those for later days stand in the list."
    return [*blocks, section("follow_ups_more", more, button("All", FollowUpId.LIST))]


def _windows(day: MyDay, grant: Grant, today: dt.date) -> list[Block]:
    if not day.windows:
        return []
    due = button("Who is due", RequirementId.LIST)
    blocks = [header("windows", f"Visit windows: {day.windows_count}")]
    for line in day.windows:
        text = f"{line.client.name(grant)} · {window_words(line, today)}"
        blocks.append(section(f"window.{line.ref}", one_line(text, LINE_LONGEST)))
    rest = day.windows_count - len(day.windows)
    blocks.append(section("windows_more", f"And {rest} more." if rest else "Plan a visit from the list.", due))
    return blocks


def _drafts(day: MyDay) -> list[Block]:
    if not day.drafts:
        return []
    text = "1 draft is not signed." if day.drafts == 1 else f"{day.drafts} drafts are not signed."
    return [header("drafts", "Drafts"), section("drafts_open", text, button("Open", DraftId.LIST))]
