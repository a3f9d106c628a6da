"""App Home: what stands open, as counts, kinds and ages. No client is named on it."""

from __future__ import annotations

from privacy.safetext import Ref, SafeText, plural, safe
from services.overview import Overview
from views.ages import age, kind_word
from views.blocks import Block, SafeBlocks, actions, button, safe_context, safe_section
from views.ids import ContactId, DraftId, HomeId

DRAFTS_SHOWN = 5


def home(overview: Overview, *, demo: bool = False) -> SafeBlocks:
    """App Home for one staff member. Empty sections are left out; the demo says that it is one."""
    blocks: list[Block] = [
        actions(
            "log",
            button("Log a call", HomeId.LOG_CALL, primary=True),
            button("Log a visit", HomeId.LOG_VISIT, primary=True),
        ),
        *_owed(overview),
        *_drafts(overview),
    ]
    for block_id, text in _sentences(overview):
        blocks.append(safe_section(block_id, text))
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
    blocks.append(actions("more", button("Help", HomeId.HELP)))
    return SafeBlocks(text=safe("Noted"), blocks=tuple(blocks))


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
        blocks.append(safe_section(f"owed.{line.ref}", text, button("Write", ContactId.WRITE, Ref(line.ref))))
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


def _sentences(overview: Overview) -> list[tuple[str, SafeText]]:
    sentences: list[tuple[str, SafeText]] = []
    due = overview.due
    if due.today or due.overdue or due.this_week:
        text = safe(
            "*Follow-ups*: {today} today, {overdue} overdue, {week} this week",
            today=due.today,
            overdue=due.overdue,
            week=due.this_week,
        )
        sentences.append(("follow_ups", text))
    if overview.clients:
        sentences.append(("clients", safe("*My clients*: {n}", n=overview.clients)))
    if overview.notes_this_month or overview.waiting_for_review:
        notes = plural(overview.notes_this_month, "{n} note", "{n} notes")
        waiting = safe("{n} waiting for review", n=overview.waiting_for_review)
        sentences.append(("month", safe("*This month*: {notes}, {waiting}", notes=notes, waiting=waiting)))
    if overview.nothing_open:
        sentences.append(("done", safe("Everything is noted.")))
    return sentences
