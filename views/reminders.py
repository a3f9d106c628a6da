"""Reminders and digests: their texts, from counts, kinds and ages alone. Every text has a singular and a plural."""

from __future__ import annotations

from typing import Final

from models.deliveries import Slot
from privacy.safetext import SafeText, Word, join, plural, safe
from services.digests import Digest
from services.snoozes import Later
from services.tidings import Letter
from views.blocks import Block, Element, SafeBlocks, actions, button, menu, option, safe_section
from views.ids import (
    ContactId,
    DayId,
    DraftId,
    GlassId,
    NoteId,
    ReminderId,
    RequirementId,
    ReviewId,
    TeamId,
)
from views.reminder_lines import lines_of

ALL_NOTED: Final = safe("All noted. Nothing waits.")
ALL_DONE: Final = safe("All done. Nothing waits.")


class LaterWord(Word):
    """When a person will hear again of what they put off."""

    HOUR = "at the next of your three times, in an hour at the earliest"
    END_OF_DAY = "at the end of your day"
    TOMORROW = "at the start of your next working day"


LATER_WORDS: Final = {
    Later.HOUR: LaterWord.HOUR,
    Later.END_OF_DAY: LaterWord.END_OF_DAY,
    Later.TOMORROW: LaterWord.TOMORROW,
}
LATER_CHOICES: Final = (("1 hour", Later.HOUR), ("End of my day", Later.END_OF_DAY), ("Tomorrow", Later.TOMORROW))


def letter_message(letter: Letter) -> SafeBlocks:
    """One message to one person, about a letter that says something."""
    lines = lines_of(letter)
    blocks: list[Block] = [safe_section(f"line.{number}", line) for number, line in enumerate(lines)]
    blocks.append(_buttons(letter))
    return SafeBlocks(text=_notification(letter, lines), blocks=tuple(blocks))


def done_message(*, noted_only: bool) -> SafeBlocks:
    """What a message becomes when all that it told of is done."""
    text = ALL_NOTED if noted_only else ALL_DONE
    return SafeBlocks(text=text, blocks=(safe_section("done", text),))


def later_message(until: Later) -> SafeBlocks:
    """What a message becomes when it was put off."""
    text = safe("Put off. You will hear of it again {when}.", when=LATER_WORDS[until])
    buttons = actions("reminder", button("Write notes", ContactId.LIST), button("Open my day", DayId.OPEN))
    return SafeBlocks(text=text, blocks=(safe_section("later", text), buttons))


def digest_message(digest: Digest) -> SafeBlocks:
    """The team's digest for its channel: totals, and no names."""
    title = _digest_title(digest.days)
    lines: list[SafeText] = []
    if digest.contacts:
        past = plural(
            digest.contacts, "{n} contact, {noted} noted.", "{n} contacts, {noted} noted.", noted=digest.noted
        )
        if digest.in_time is not None:
            past = safe("{past} {percent} % signed in time.", past=past, percent=digest.in_time)
        lines.append(past)
    now = [
        plural(digest.without_note, "{n} contact without a note", "{n} contacts without a note"),
        plural(digest.overdue, "{n} overdue follow-up", "{n} overdue follow-ups"),
        plural(digest.windows, "{n} visit window closing this week", "{n} visit windows closing this week"),
        plural(digest.for_review, "{n} note waiting for review", "{n} notes waiting for review"),
    ]
    counts = (digest.without_note, digest.overdue, digest.windows, digest.for_review)
    open_now = [text for text, count in zip(now, counts, strict=True) if count]
    lines.append(safe("Now: {all}.", all=join(", ", open_now)) if open_now else safe("Now: nothing is open."))
    blocks = [safe_section("title", title), *(safe_section(f"line.{n}", line) for n, line in enumerate(lines))]
    blocks.append(actions("digest", button("Open my day", DayId.OPEN)))
    return SafeBlocks(text=title, blocks=tuple(blocks))


def _digest_title(days: int) -> SafeText:
    match days:
        case 1:
            return safe("*Your team: yesterday*")
        case 7:
            return safe("*Your team: last week*")
        case _:
            return safe("*Your team: the last {n} days*", n=days)


def _notification(letter: Letter, lines: list[SafeText]) -> SafeText:
    if letter.slot is Slot.MIDDLE and letter.unnoted.count:
        return plural(letter.unnoted.count, "{n} contact has no note yet.", "{n} contacts have no note yet.")
    return lines[0]


def _buttons(letter: Letter) -> Block:
    if letter.slot is Slot.URGENT:
        if letter.says_urgent:
            return actions(
                "reminder", button("Open", DayId.OPEN, primary=True), button("I did it: note it", DayId.NOTE_URGENT)
            )
        what = NoteId.LIST_RETURNED if letter.says_returned else DayId.OPEN
        return actions("reminder", button("Open", what, primary=True))
    buttons = _of_start(letter) if letter.slot is Slot.START else _of_day(letter)
    if letter.may_wait:
        later = menu("Later", ReminderId.LATER, [option(text, later.value) for text, later in LATER_CHOICES])
        # Three are enough; whoever is due stands in one's day too.
        buttons = [*buttons[:2], later]
    return actions("reminder", *buttons)


def _of_start(letter: Letter) -> list[Element]:
    """The buttons of the message with which a day begins: one's own day first, at most two more by what is said."""
    notes = button("Write notes", ContactId.LIST, primary=True)
    more = (
        (letter.unnoted.count, notes),
        (letter.says_returned, button("Returned notes", NoteId.LIST_RETURNED)),
        (letter.for_review, button("Review", ReviewId.LIST)),
        (letter.emergencies, button("Review emergencies", GlassId.REVIEWS)),
        (letter.past, button("Open team", TeamId.OPEN)),
        (letter.says_windows or letter.says_month, button("Who is due", RequirementId.LIST)),
    )
    others = [each for is_said, each in more if is_said]
    return [button("Open my day", DayId.OPEN, primary=not letter.unnoted.count), *others[:2]]


def _of_day(letter: Letter) -> list[Element]:
    buttons: list[Element] = []
    if letter.says_returned:
        buttons.append(button("Open" if not letter.unnoted.count else "Returned notes", NoteId.LIST_RETURNED))
    if letter.unnoted.count:
        buttons.append(button("Write notes", ContactId.LIST, primary=True))
    if letter.drafts:
        buttons.append(button("Open draft", DraftId.LIST))
    return buttons or [button("Open my day", DayId.OPEN, primary=True)]
