"""App Home: what stands open, as counts, kinds and ages. No client is named on it."""

from __future__ import annotations

import datetime as dt

from privacy.safetext import Ref, SafeText, Word, join, plural, safe
from services.overview import FirstLine, Overview, Weight
from views.ages import age, kind_word
from views.blocks import Block, SafeBlocks, actions, button, safe_context, safe_section
from views.glass import home_emergencies
from views.glass_reviews import home_reviews
from views.ids import (
    ContactId,
    DayId,
    DraftId,
    FollowUpId,
    GlassId,
    HomeId,
    NoteId,
    RequirementId,
    ReviewId,
    SurfaceId,
    TimelineId,
)
from views.team_desk import home_team

FIRST_SHOWN = 5
DRAFTS_SHOWN = 5


class SurfaceWord(Word):
    """Where client data may go."""

    MODAL = "modal"
    WEB = "own page"
    NONE = "nowhere yet"
    UNDECIDED = "not decided"


class WeekdayWord(Word):
    """A day of the week in a message; nearer than a week it is no date of anything."""

    MONDAY = "Monday"
    TUESDAY = "Tuesday"
    WEDNESDAY = "Wednesday"
    THURSDAY = "Thursday"
    FRIDAY = "Friday"
    SATURDAY = "Saturday"
    SUNDAY = "Sunday"


def home(overview: Overview, *, demo: bool = False) -> SafeBlocks:
    """App Home for one staff member. Empty sections are left out; the demo says that it is one."""
    blocks: list[Block] = [
        actions(
            "log",
            button("Log a call", HomeId.LOG_CALL, primary=True),
            button("Log a visit", HomeId.LOG_VISIT, primary=True),
            button("Attempt", HomeId.ATTEMPT),
            button("Note it later", HomeId.LATER),
        ),
        *home_emergencies(overview.emergencies),
        *_first(overview),
        *_owed(overview),
        *_drafts(overview),
        *_follow_ups(overview),
        *_visits(overview),
        *_clients(overview),
        *_month(overview),
        *_for_review(overview),
        *home_team(overview.team),
        *home_reviews(overview.reviews),
        *_decision(overview),
    ]
    if overview.nothing_open:
        blocks.append(safe_section("done", safe("Everything is noted.")))
    blocks.append(
        safe_context(
            "footer",
            safe(
                "No client is named on this page. Updated {hour:02d}:{minute:02d}.",
                hour=overview.now.hour,
                minute=overview.now.minute,
            ),
        )
    )
    if demo:
        blocks.append(safe_context("demo", safe("Demo: made-up people. Decided in advance for this demo only.")))
    blocks.append(_more(overview))
    return SafeBlocks(text=safe("Noted"), blocks=tuple(blocks))


def _more(overview: Overview) -> Block:
    emergency = [button("Emergency access", GlassId.OPEN)] if overview.may_break else []
    own = (button("My day", DayId.OPEN), button("Settings", HomeId.SETTINGS), button("Help", HomeId.HELP))
    return actions("more", *own, *emergency)


def _first(overview: Overview) -> list[Block]:
    """What cannot wait, at most five lines of it."""
    first = overview.first
    if not first:
        return []
    blocks = [safe_section("first", safe("*First*"))]
    for line in first[:FIRST_SHOWN]:
        if line.weight is Weight.URGENT:
            what = button("Note it", DayId.NOTE_URGENT, Ref(line.ref))
        elif line.weight is Weight.RETURNED:
            what = button("Open", NoteId.CHANGE, Ref(line.ref))
        else:
            what = button("Write", ContactId.WRITE, Ref(line.ref))
        blocks.append(safe_section(f"first.{line.ref}", _first_line(line), what))
    if len(first) > FIRST_SHOWN:
        more = safe("and {n} more", n=len(first) - FIRST_SHOWN)
        blocks.append(safe_section("first_more", more, button("Show", DayId.OPEN)))
    return blocks


def _first_line(line: FirstLine) -> SafeText:
    match line.weight:
        case Weight.URGENT:
            return safe("Marked urgent, no contact since · {age}", age=age(line.age))
        case Weight.RETURNED:
            return safe("Returned note · {age}", age=age(line.age))
        case Weight.LATE:
            return safe("Late: {kind} · {age}", kind=kind_word(line.kind), age=age(line.age))
        case Weight.DUE_TODAY:
            return safe("Due today: {kind} · {age}", kind=kind_word(line.kind), age=age(line.age))


def _owed(overview: Overview) -> list[Block]:
    owed = overview.owed
    if not owed.count:
        return []
    every = button("All", ContactId.LIST)
    blocks = [safe_section("owed", safe("*Contacts without a note: {n}*", n=owed.count), every)]
    for line in owed.newest:
        text = safe("{kind} · {age}", kind=kind_word(line.kind), age=age(line.age))
        if line.minutes is not None:
            text = safe("{line} · {n} min", line=text, n=line.minutes)
        write = button("Write", ContactId.WRITE, Ref(line.ref))
        what = button("Open", ContactId.LIST) if line.inherited else write
        blocks.append(safe_section(f"owed.{line.ref}", text, what))
    return blocks


def _drafts(overview: Overview) -> list[Block]:
    drafts = overview.drafts
    if not drafts:
        return []
    blocks = [safe_section("drafts", safe("*Drafts: {n}*", n=len(drafts)), button("All", DraftId.LIST))]
    for draft in drafts[:DRAFTS_SHOWN]:
        text = safe("{kind} · saved {age} ago", kind=kind_word(draft.kind), age=age(draft.age))
        blocks.append(
            safe_section(f"draft.{draft.nonce}", text, button("Continue", DraftId.CONTINUE, Ref(draft.nonce)))
        )
    return blocks


def _follow_ups(overview: Overview) -> list[Block]:
    due = overview.due
    if not (due.today or due.overdue or due.this_week or due.later):
        return []
    counts = [
        safe("{n} today", n=due.today),
        safe("{n} overdue", n=due.overdue),
        safe("{n} this week", n=due.this_week),
    ]
    if due.later:
        counts.append(safe("{n} later", n=due.later))
    text = safe("*Follow-ups*: {counts}", counts=join(", ", counts))
    return [safe_section("follow_ups", text, button("Open", FollowUpId.LIST))]


def _visits(overview: Overview) -> list[Block]:
    """The visits that are planned and the windows that close. Whoever has clients may plan one and see who is due."""
    if not overview.clients:
        return []
    windows = overview.windows
    counts: list[SafeText] = []
    if overview.planned_today:
        counts.append(safe("{n} planned today", n=overview.planned_today))
    if windows.closing:
        counts.append(plural(windows.closing, "{n} window closes within 7 days", "{n} windows close within 7 days"))
    if windows.in_grace:
        counts.append(safe("{n} in grace", n=windows.in_grace))
    if windows.lapsed:
        counts.append(safe("{n} lapsed", n=windows.lapsed))
    if windows.silent_this_month:
        counts.append(safe("{n} without a contact this month", n=windows.silent_this_month))
    text = safe("*Visits*: {counts}", counts=join(", ", counts)) if counts else safe("*Visits*")
    buttons = actions("visit_buttons", button("Who is due", RequirementId.LIST), button("Plan a visit", HomeId.PLAN))
    return [safe_section("visits", text), buttons]


def _clients(overview: Overview) -> list[Block]:
    if not overview.reads:
        return []
    find = button("Find a client", TimelineId.FIND)
    if not overview.clients:
        return [safe_section("clients", safe("*Clients*"), find)]
    text = safe("*My clients*: {n}", n=overview.clients)
    covering = overview.covering
    if covering.clients:
        text = safe("{mine} · covering for a colleague: {n}", mine=text, n=covering.clients)
    # A weekday says which day it is for less than a week only.
    if covering.until_on is not None and covering.until_on < overview.now.date() + dt.timedelta(7):
        day = list(WeekdayWord)[covering.until_on.weekday()]
        text = safe("{covering} until {day}", covering=text, day=day)
    return [safe_section("clients", text, find)]


def _month(overview: Overview) -> list[Block]:
    month = overview.month
    if not (month.notes or month.waiting_for_review):
        return []
    parts = [plural(month.notes, "{n} note", "{n} notes")]
    if month.notes:
        parts.append(safe("{p} % in time", p=100 * month.in_time // month.notes))
    parts.append(safe("{n} waiting for review", n=month.waiting_for_review))
    return [safe_section("month", safe("*This month*: {parts}", parts=join(", ", parts)))]


def _for_review(overview: Overview) -> list[Block]:
    """The notes that wait for a supervisor, as a count and an age."""
    waiting = overview.for_review
    if waiting is None or not waiting.count:
        return []
    text = safe("*Review*: {n}, oldest {age}", n=waiting.count, age=age(waiting.oldest))
    return [safe_section("for_review", text, button("Review", ReviewId.LIST))]


def _decision(overview: Overview) -> list[Block]:
    """Where client data may go, for whoever decides it."""
    decision = overview.decision
    if decision is None:
        return []
    where = SurfaceWord[decision.surface.name] if decision.surface is not None else SurfaceWord.UNDECIDED
    text = safe("*Client data in Slack*: {where}", where=where)
    if decision.overdue:
        since = plural(decision.overdue, "since {n} day", "since {n} days")
        text = safe("{decision} · to be looked at again, {since}", decision=text, since=since)
    return [safe_section("decision", text, button("Open", SurfaceId.OPEN))]
