"""Messages: direct messages and the fixed answers of commands. Made of SafeText alone."""

from __future__ import annotations

from privacy.safetext import SafeText, join, plural, safe
from services.overview import Owed
from views.ages import age
from views.blocks import SafeBlocks, actions, button, safe_section
from views.ids import ContactId

HELP = safe(
    "*/note call* opens a note about a call or another collateral contact.\n"
    "*/note visit* opens a note about a face-to-face visit.\n"
    "*/note drafts* brings back what you began.\n"
    "*/note* alone lets you choose. */noted* is the same command.\n"
    "Never type anything about a client after the command: it passes through Slack."
)
UNKNOWN_WORD = safe(
    "Noted did not keep what you typed. After */note* use only *call*, *visit*, *drafts* or *help*. "
    "Never type anything about a client there."
)
FAILED = safe("Something went wrong on our side, and nothing was changed. Please try again in a minute.")
NOT_SAVED = safe("Nothing was saved. Your words are still here; try again in a minute.")
MAYBE_SAVED = safe("We could not confirm that this was saved. Sign again: it is stored once.")
DATABASE_DOWN = safe("Noted cannot reach its records now. Please try again in a minute.")


def owed_message(owed: Owed) -> SafeBlocks:
    """The reminder of contacts without a note: how many of each kind, and the age of the oldest."""
    count = plural(owed.count, "{n} contact has no note yet", "{n} contacts have no note yet")
    kinds: list[SafeText] = []
    if owed.phone:
        kinds.append(safe("{n} phone", n=owed.phone))
    if owed.visits:
        kinds.append(plural(owed.visits, "{n} visit", "{n} visits"))
    oldest = (
        safe("It is {age} old.", age=age(owed.oldest))
        if owed.count == 1
        else safe("The oldest is {age} old.", age=age(owed.oldest))
    )
    text = safe("{count}: {kinds}. {oldest}", count=count, kinds=join(", ", kinds), oldest=oldest)
    return SafeBlocks(
        text=safe("{count}.", count=count),
        blocks=(
            safe_section("owed", text),
            actions("owed_buttons", button("Write notes", ContactId.LIST, primary=True)),
        ),
    )


def all_noted_message() -> SafeBlocks:
    """What the reminder becomes when everything is noted."""
    text = safe("All noted. Nothing waits.")
    return SafeBlocks(text=text, blocks=(safe_section("owed", text),))
