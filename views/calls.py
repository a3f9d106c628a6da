"""The message after a call: how many calls ended, how long they were, how many nobody answered. No number, no name, no time of day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from privacy.safetext import Ref, SafeText, join, plural, safe
from services.after_call import CallLine, Standing
from views.ages import age
from views.blocks import Element, SafeBlocks, actions, asking, button, safe_section
from views.ids import CallId

# More lengths than these say nothing in a message.
LENGTHS_MOST = 5


def after_call_message(standing: Standing) -> SafeBlocks:
    """What waits of a message's calls, with its buttons; when nothing does, its last word."""
    calls = standing.calls
    if not calls:
        return _last_word(dismissed=standing.dismissed)
    spoken, missed = [each for each in calls if each.answered], [each for each in calls if not each.answered]
    parts = [part for part in (_ended(spoken, alone=not missed), _missed(missed, alone=not spoken)) if part]
    text = join(" ", parts)
    return SafeBlocks(text=text, blocks=(safe_section("calls", text), actions("calls_buttons", *_buttons(calls))))


def _last_word(*, dismissed: bool) -> SafeBlocks:
    text = safe("Put away. Nothing waits.") if dismissed else safe("All noted. Nothing waits.")
    return SafeBlocks(text=text, blocks=(safe_section("calls", text),))


def _ended(calls: Sequence[CallLine], *, alone: bool) -> SafeText | None:
    if not calls:
        return None
    count = plural(len(calls), "A call ended", "{n} calls ended")
    if len(calls) > 1:
        lengths = _lengths(calls)
        return safe("{count}, {lengths}.", count=count, lengths=lengths) if lengths else safe("{count}.", count=count)
    minutes = calls[0].minutes
    if minutes is not None:
        count = safe("{count}: {n}", count=count, n=plural(minutes, "{n} minute", "{n} minutes"))
    return safe("{count}, {ago}.", count=count, ago=_ago(calls[0].age)) if alone else safe("{count}.", count=count)


def _missed(calls: Sequence[CallLine], *, alone: bool) -> SafeText | None:
    if not calls:
        return None
    if len(calls) > 1:
        return safe("{n} calls were not answered.", n=len(calls))
    return (
        safe("A call was not answered, {ago}.", ago=_ago(calls[0].age)) if alone else safe("A call was not answered.")
    )


def _lengths(calls: Sequence[CallLine]) -> SafeText | None:
    """`4 and 11 minutes`, or nothing where one is not known or they are too many."""
    minutes = [each.minutes for each in calls if each.minutes is not None]
    if len(minutes) < len(calls) or len(minutes) > LENGTHS_MOST:
        return None
    if set(minutes) == {1}:
        return safe("1 minute each")
    *first, last = [safe("{n}", n=each) for each in minutes]
    return safe("{first} and {last} minutes", first=join(", ", first), last=last)


def _ago(length: dt.timedelta) -> SafeText:
    if length < dt.timedelta(minutes=10):
        return safe("just now")
    return safe("{age} ago", age=age(length))


def _buttons(calls: Sequence[CallLine]) -> tuple[Element, Element]:
    """The value of *Not a client contact* is the newest call that the person saw: what comes later is not put away with it."""
    newest = Ref(calls[-1].ref)
    if len(calls) == 1:
        return (
            button("Write note", CallId.WRITE, newest, primary=True),
            button("Not a client contact", CallId.DISMISS, newest),
        )
    return (
        button("Write notes", CallId.LIST, newest, primary=True),
        asking(
            button("Not client contacts", CallId.DISMISS, newest),
            "Put all of these away?",
            "None of these calls will ask for a note any more.",
            yes="Put away",
            no="Keep them",
        ),
    )
