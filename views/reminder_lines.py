"""The lines of a reminder: each says one thing of a letter, or nothing. Every text has a singular and a plural."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from models.deliveries import Slot
from privacy.safetext import Mention, SafeText, join, plural, safe
from services.tidings import Age, Letter, Past

# A paragraph takes 3,000 characters.
PEOPLE_MOST: Final = 8


def age_words(age: Age) -> SafeText:
    """`less than 1 hour`, `3 hours`, `2 business days`."""
    if age.business_days:
        return plural(age.business_days, "{n} business day", "{n} business days")
    return plural(age.hours, "{n} hour", "{n} hours") if age.hours else safe("less than 1 hour")


def _urgent(letter: Letter) -> list[SafeText]:
    lines: list[SafeText] = []
    if letter.says_urgent:
        marked = plural(
            letter.urgent,
            "{n} item marked urgent has no follow-up contact.",
            "{n} items marked urgent have no follow-up contact.",
        )
        lines.append(safe("{marked} {oldest}", marked=marked, oldest=_oldest(letter.urgent, letter.urgent_age)))
    if letter.says_returned:
        back = plural(letter.returned, "{n} note was returned for a change.", "{n} notes were returned for a change.")
        lines.append(safe("{back} {oldest}", back=back, oldest=_oldest(letter.returned, letter.returned_age)))
    return lines


def _oldest(count: int, age: Age) -> SafeText:
    if count == 1:
        return safe("It is {age} old.", age=age_words(age))
    return safe("The oldest is {age} old.", age=age_words(age))


def _morning(letter: Letter) -> list[SafeText]:
    """The plan of the day: the week's windows, today, and what is left from before."""
    lines = _windows(letter)
    today = [
        (letter.planned, plural(letter.planned, "{n} planned visit", "{n} planned visits")),
        (letter.follow_ups, plural(letter.follow_ups, "{n} follow-up", "{n} follow-ups")),
        (letter.overdue, _overdue(letter)),
    ]
    parts = [text for count, text in today if count]
    if parts:
        lines.append(safe("Today: {parts}.", parts=join(", ", parts)))
    before = [
        (
            letter.unnoted.before_today,
            plural(letter.unnoted.before_today, "{n} contact without a note", "{n} contacts without a note"),
        ),
        (
            letter.drafts_before_today,
            plural(letter.drafts_before_today, "{n} unsigned draft", "{n} unsigned drafts"),
        ),
    ]
    left = [text for count, text in before if count]
    if left:
        since = safe("From last week") if letter.monday else safe("From before today")
        lines.append(safe("{since}: {left}.", since=since, left=join(", ", left)))
    return [*lines, *_unnoted(letter), *_deadlines(letter), *_drafts(letter)]


def _windows(letter: Letter) -> list[SafeText]:
    windows = letter.windows
    lines: list[SafeText] = []
    if not letter.says_windows:
        return lines
    if windows.closing:
        span = safe("This week") if letter.monday else safe("Within 7 days")
        text = plural(windows.closing, "{span}: {n} visit window closes", "{span}: {n} visit windows close", span=span)
        if windows.at_home and windows.closing == 1:
            text = safe("{text}; the visit must be at home", text=text)
        elif windows.at_home:
            text = plural(
                windows.at_home, "{text}, {n} of them must be at home", "{text}, {n} of them must be at home", text=text
            )
        lines.append(safe("{text}. {first}", text=text, first=_first(windows.closing, windows.first_in)))
    if windows.grace:
        lines.append(
            safe(
                "{grace}, {left} left.",
                grace=plural(windows.grace, "{n} visit window is in grace", "{n} visit windows are in grace"),
                left=plural(windows.grace_left, "{n} day", "{n} days"),
            )
        )
    if windows.ahead:
        days = plural(windows.ahead_in, "{n} day", "{n} days")
        lines.append(
            plural(
                windows.ahead,
                "{n} visit window closes within {days}.",
                "{n} visit windows close within {days}.",
                days=days,
            )
        )
    if windows.lapsed:
        lines.append(plural(windows.lapsed, "{n} visit window has lapsed.", "{n} visit windows have lapsed."))
    return lines


def _first(count: int, days: int) -> SafeText:
    when = safe("today") if days == 0 else plural(days, "in {n} day", "in {n} days")
    return safe("It closes {when}.", when=when) if count == 1 else safe("The first closes {when}.", when=when)


def _unnoted(letter: Letter) -> list[SafeText]:
    unnoted = letter.unnoted
    if not letter.says_unnoted:
        return []
    kinds = [
        (unnoted.phone, safe("{n} phone", n=unnoted.phone)),
        (unnoted.visits, plural(unnoted.visits, "{n} visit", "{n} visits")),
        (unnoted.attempts, plural(unnoted.attempts, "{n} attempt", "{n} attempts")),
    ]
    count = plural(unnoted.count, "{n} contact has no note yet", "{n} contacts have no note yet")
    parts = join(", ", [text for each, text in kinds if each])
    oldest = _oldest(unnoted.count, unnoted.oldest)
    return [safe("{count}: {parts}. {oldest}", count=count, parts=parts, oldest=oldest)]


def _end_of_day(letter: Letter) -> list[SafeText]:
    """How many of the day's contacts have notes, and how many clocks run out next."""
    notes = letter.notes
    if not letter.says_today:
        return _unnoted(letter)
    text = plural(
        notes.contacts_today,
        "{noted} of {n} contact today has a note.",
        "{noted} of {n} contacts today have notes.",
        noted=notes.noted_today,
    )
    if notes.due_next:
        due = plural(
            notes.due_next,
            "{n} is due by the end of {day}.",
            "{n} are due by the end of {day}.",
            day=_next_day(letter),
        )
        text = safe("{text} {due}", text=text, due=due)
    return [text]


def _next_day(letter: Letter) -> SafeText:
    return safe("tomorrow") if letter.notes.next_is_tomorrow else safe("the next business day")


def _deadlines(letter: Letter) -> list[SafeText]:
    notes = letter.notes
    lines: list[SafeText] = []
    if letter.says_due_next:
        lines.append(
            plural(
                notes.due_next,
                "{n} note is due by the end of {day}.",
                "{n} notes are due by the end of {day}.",
                day=_next_day(letter),
            )
        )
    if notes.late_tonight:
        lines.append(
            plural(
                notes.late_tonight,
                "{n} note becomes late at the end of today.",
                "{n} notes become late at the end of today.",
            )
        )
    if notes.late:
        by = plural(notes.late_by, "{n} business day", "{n} business days")
        late = plural(notes.late, "{n} note is late, by {by}.", "{n} notes are late, one of them by {by}.", by=by)
        lines.append(safe("{late} A late note asks for a reason when you sign.", late=late))
    return lines


def _drafts(letter: Letter) -> list[SafeText]:
    lines: list[SafeText] = []
    if letter.says_drafts:
        lines.append(plural(letter.drafts, "{n} draft is not signed.", "{n} drafts are not signed."))
    if letter.drafts_ending:
        lines.append(
            plural(
                letter.drafts_ending,
                "{n} draft will be put away {when}, and its words with it. Open it to keep it.",
                "{n} drafts will be put away, the first {when}, and their words with them. Open them to keep them.",
                when=plural(letter.drafts_end_in, "in {n} day", "in {n} days"),
            )
        )
    return lines


def _steps(letter: Letter) -> list[SafeText]:
    """What is said only when one of its steps has come, or near the end of a month."""
    lines = [*_follow_ups(letter)]
    if letter.says_month:
        lines.append(
            plural(
                letter.without_contact_this_month,
                "{n} person on your list has no qualifying contact this month.",
                "{n} people on your list have no qualifying contact this month.",
            )
        )
    if letter.plan_reviews:
        days = plural(letter.plan_review_in, "{n} day", "{n} days") if letter.plan_review_in else safe("today")
        when = safe("within {days}", days=days) if letter.plan_review_in else days
        lines.append(
            plural(letter.plan_reviews, "{n} plan review is due {when}.", "{n} plan reviews are due {when}.", when=when)
        )
    if letter.plan_reviews_overdue:
        lines.append(
            plural(letter.plan_reviews_overdue, "{n} plan review is overdue.", "{n} plan reviews are overdue.")
        )
    if letter.says_silent:
        lines.append(_silent(letter))
    return lines


def _follow_ups(letter: Letter) -> list[SafeText]:
    """Those of today stand in the plan of the morning; a step before the day has a sentence of its own."""
    lines: list[SafeText] = []
    if letter.says_follow_ups:
        parts = [
            (letter.follow_ups, plural(letter.follow_ups, "{n} follow-up due today", "{n} follow-ups due today")),
            (letter.overdue, _overdue(letter)),
        ]
        lines.append(safe("{parts}.", parts=join(", ", [text for count, text in parts if count])))
    if letter.follow_ups_ahead:
        lines.append(
            plural(
                letter.follow_ups_ahead,
                "{n} follow-up is due within {days}.",
                "{n} follow-ups are due within {days}.",
                days=plural(letter.follow_ups_ahead_in, "{n} day", "{n} days"),
            )
        )
    return lines


def _overdue(letter: Letter) -> SafeText:
    """Beside those of today `1 overdue` says of what; after anything else it has to name them."""
    if letter.follow_ups:
        return safe("{n} overdue", n=letter.overdue)
    return plural(letter.overdue, "{n} overdue follow-up", "{n} overdue follow-ups")


def _silent(letter: Letter) -> SafeText:
    return plural(
        letter.silent,
        "{n} person on your list had no contact for {days}.",
        "{n} people on your list had no contact for {days}.",
        days=plural(letter.silent_for, "{n} day", "{n} days"),
    )


def _supervisor(letter: Letter) -> list[SafeText]:
    lines: list[SafeText] = []
    if letter.for_review:
        notes = plural(letter.for_review, "{n} note", "{n} notes")
        lines.append(
            safe("Waiting for your review: {notes}, the oldest {age}.", notes=notes, age=age_words(letter.review_age))
        )
    lines += _urgent_of_staff(letter)
    past = [text for text in map(_past, letter.past) if text is not None]
    if past:
        lines.append(safe("Past the limit: {past}.", past=join(", ", _few(past))))
    grace = [_grace(each) for each in letter.past if each.grace]
    if grace:
        lines.append(safe("Windows in grace: {grace}.", grace=join("; ", _few(grace))))
    undelivered = [_undelivered(each) for each in letter.past if each.undelivered]
    if undelivered:
        lines.append(safe("{all}.", all=join(", ", _few(undelivered))))
    return lines


def _few(people: Sequence[SafeText]) -> list[SafeText]:
    """As many people as Slack takes in one paragraph, and how many more there are."""
    more = len(people) - PEOPLE_MOST
    if more <= 0:
        return list(people)
    return [*people[:PEOPLE_MOST], plural(more, "and {n} more person", "and {n} more people")]


def _grace(past: Past) -> SafeText:
    left = plural(past.grace_left, "{n} day", "{n} days")
    return safe("{who} {n}, {left} left", who=Mention(past.slack_user_id), n=past.grace, left=left)


def _undelivered(past: Past) -> SafeText:
    return plural(
        past.undelivered,
        "{n} reminder could not be delivered to {who}",
        "{n} reminders could not be delivered to {who}",
        who=Mention(past.slack_user_id),
    )


def _urgent_of_staff(letter: Letter) -> list[SafeText]:
    lines: list[SafeText] = []
    for each in letter.past:
        if each.urgent:
            items = plural(
                each.urgent,
                "{n} urgent item of {who} has no follow-up contact.",
                "{n} urgent items of {who} have no follow-up contact.",
                who=Mention(each.slack_user_id),
            )
            lines.append(safe("{items} {oldest}", items=items, oldest=_oldest(each.urgent, each.urgent_age)))
    return _few(lines)


def _past(past: Past) -> SafeText | None:
    month = past.without_contact_this_month
    kinds = [
        (past.notes, plural(past.notes, "{n} late note", "{n} late notes")),
        (past.contacts, plural(past.contacts, "{n} contact without a note", "{n} contacts without a note")),
        (past.drafts, plural(past.drafts, "{n} unsigned draft", "{n} unsigned drafts")),
        (past.follow_ups, plural(past.follow_ups, "{n} follow-up", "{n} follow-ups")),
        (past.returned, plural(past.returned, "{n} returned note", "{n} returned notes")),
        (past.windows, plural(past.windows, "{n} visit window not in time", "{n} visit windows not in time")),
        (past.plan_reviews, plural(past.plan_reviews, "{n} plan review", "{n} plan reviews")),
        (month, plural(month, "{n} person without a contact this month", "{n} people without a contact this month")),
        (past.silent, plural(past.silent, "{n} person without any contact", "{n} people without any contact")),
    ]
    parts = [text for count, text in kinds if count]
    if not parts:
        return None
    text = safe("{who} {parts}", who=Mention(past.slack_user_id), parts=join(" and ", parts))
    return safe("{text} ({age})", text=text, age=age_words(past.oldest)) if past.has_late else text


def _small(letter: Letter) -> list[SafeText]:
    lines: list[SafeText] = []
    if letter.covered:
        lines.append(
            plural(letter.covered, "{n} item is covered for a colleague.", "{n} items are covered for a colleague.")
        )
    if letter.problems:
        lines.append(
            plural(
                letter.problems,
                "{n} data problem to fix: run noted doctor, or import the roster again.",
                "{n} data problems to fix: run noted doctor, or import the roster again.",
            )
        )
    if letter.emergencies:
        lines.append(
            plural(
                letter.emergencies,
                "{n} emergency still waits for its review.",
                "{n} emergencies still wait for their review.",
            )
        )
    if letter.lost:
        lines.append(
            plural(
                letter.lost,
                "{n} earlier reminder may not have reached you.",
                "{n} earlier reminders may not have reached you.",
            )
        )
    return lines


# Urgent things first, then the order in which a day goes; a message of the daily times ends with what is rare.
_LINES: Final[Mapping[Slot, tuple[Callable[[Letter], list[SafeText]], ...]]] = {
    Slot.URGENT: (_urgent, _urgent_of_staff),
    Slot.START: (_urgent, _morning, _steps, _supervisor, _small),
    Slot.MIDDLE: (_urgent, _unnoted, _deadlines, _drafts, _windows, _steps, _small),
    Slot.END: (_urgent, _end_of_day, _deadlines, _drafts, _windows, _steps, _small),
}


def lines_of(letter: Letter) -> list[SafeText]:
    """Everything that a letter says at its time of the day."""
    return [line for lines in _LINES[letter.slot] for line in lines(letter)]
