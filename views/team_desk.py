"""A supervisor's desk on the screen: counts of each person, and of one person what is open, with whom it is about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from privacy.grants import Grant
from privacy.safetext import Mention, Ref, SafeText, join, plural, safe
from services.team_desk import NamedLine, PersonWork, TeamLine, WorkCounts, WorkLine
from views.ages import age, kind_word
from views.blocks import Block, PrivateView, actions, button, header, modal, one_line, safe_section, section
from views.ids import ReviewId, TeamId

PEOPLE_SHOWN: Final = 10
PEOPLE_MOST: Final = 90
LINES_MOST: Final = 20
LINE_LONGEST: Final = 300


def home_team(lines: Sequence[TeamLine]) -> list[Block]:
    """The section of App Home: one line per person of whom anything is open. Nobody's client is named."""
    if not lines:
        return []
    shown = [each for each in lines if each.counts.says_something and each.slack_user_id][:PEOPLE_SHOWN]
    blocks = [safe_section("team", safe("*My team*: {n}", n=len(lines)), button("Open", TeamId.OPEN))]
    for line in shown:
        text = safe("{who} · {counts}", who=Mention(line.slack_user_id), counts=_counts(line.counts))
        blocks.append(safe_section(f"team.{line.ref}", text, button("Open", TeamId.PERSON, Ref(line.ref))))
    rest = sum(each.counts.says_something for each in lines) - len(shown)
    if rest:
        blocks.append(safe_section("team_more", plural(rest, "and {n} more", "and {n} more")))
    return blocks


def board(lines: Sequence[NamedLine]) -> PrivateView:
    """Everybody whom a supervisor supervises, with counts."""
    blocks: list[Block] = []
    for line in lines[:PEOPLE_MOST]:
        text = (
            f"{line.name} · {_counts(line.counts).plain}"
            if line.counts.says_something
            else f"{line.name} · nothing open"
        )
        look = button("Open", TeamId.PERSON, Ref(line.ref)) if line.counts.says_something else None
        blocks.append(section(line.ref, one_line(text, LINE_LONGEST), look))
    if not blocks:
        blocks = [section("none", "Nobody on the staff list has you as their supervisor.")]
    elif len(lines) > PEOPLE_MOST:
        blocks.append(section("more", f"And {len(lines) - PEOPLE_MOST} more, with less open."))
    waits = sum(line.counts.for_review for line in lines)
    if waits:
        notes = "1 note waits" if waits == 1 else f"{waits} notes wait"
        blocks.append(section("for_review", f"{notes} for your review.", button("Review", ReviewId.LIST)))
    return modal(TeamId.BOARD, "My team", blocks, close="Done")


def person_work(work: PersonWork, grant: Grant) -> PrivateView:
    """What is open of one person."""
    blocks: list[Block] = [section("who", one_line(work.name, LINE_LONGEST))]
    for name, title, lines, say in (
        ("contacts", "Contacts without a note", work.contacts, _contact),
        ("follow_ups", "Overdue follow-ups", work.follow_ups, _follow_up),
        ("windows", "Visit windows", work.windows, _window),
        ("reviews", "Notes waiting for review", work.reviews, _review),
    ):
        blocks += _part(name, title, lines, say, grant)
    if work.reviews:
        blocks.append(actions("review", button("Review", ReviewId.LIST, primary=True)))
    if len(blocks) == 1:
        blocks.append(section("none", "Nothing is open."))
    return modal(TeamId.WORK, "Open work", blocks, close="Done")


def _part(
    name: str, title: str, lines: Sequence[WorkLine], say: Callable[[WorkLine], str], grant: Grant
) -> list[Block]:
    if not lines:
        return []
    blocks: list[Block] = [header(name, f"{title}: {len(lines)}")]
    for number, line in enumerate(lines[:LINES_MOST]):
        blocks.append(section(f"{name}.{number}", one_line(f"{_who(line, grant)} · {say(line)}", LINE_LONGEST)))
    if len(lines) > LINES_MOST:
        blocks.append(section(f"{name}.more", f"And {len(lines) - LINES_MOST} more."))
    return blocks


def _counts(counts: WorkCounts) -> SafeText:
    kinds = (
        (counts.late, plural(counts.late, "{n} late note", "{n} late notes")),
        (counts.unnoted, plural(counts.unnoted, "{n} contact without a note", "{n} contacts without a note")),
        (counts.overdue, plural(counts.overdue, "{n} overdue follow-up", "{n} overdue follow-ups")),
        (counts.windows, plural(counts.windows, "{n} visit window lapsing", "{n} visit windows lapsing")),
        (counts.for_review, plural(counts.for_review, "{n} note to review", "{n} notes to review")),
    )
    return join(", ", [text for count, text in kinds if count])


def _who(line: WorkLine, grant: Grant) -> str:
    if line.client is not None:
        return line.client.name(grant)
    return "Nobody of your team's clients now" if line.is_named else "No client named yet"


def _contact(line: WorkLine) -> str:
    kind = kind_word(line.kind).value.lower() if line.kind is not None else "contact"
    text = f"{kind} · {age(line.age).plain} ago"
    return f"{text} · note is late" if line.is_late else text


def _follow_up(line: WorkLine) -> str:
    return f"{_days(-line.days)} overdue"


def _window(line: WorkLine) -> str:
    if line.days >= 0:
        return f"closes in {_days(line.days)}" if line.days else "closes today"
    return f"in grace, {_days(line.grace)} left" if line.grace is not None else f"lapsed {_days(-line.days)} ago"


def _review(line: WorkLine) -> str:
    return f"signed {age(line.age).plain} ago"


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
