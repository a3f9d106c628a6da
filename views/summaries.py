"""A client on one page: goals and where each stands, last contacts, open follow-ups, people, windows. No narrative of a note."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Final
from zoneinfo import ZoneInfo

from models.contacts import ContactKind
from privacy.grants import Grant
from services.people import PersonLine
from services.summaries import ContactLine, GoalStand, Summary
from views.blocks import Block, PrivateView, context, header, modal, one_line, section
from views.ids import TimelineId
from views.note_reading import day_and_year, minutes_words, pieces
from views.note_words import PROGRESS
from views.requirements import window_words
from views.timelines import DAMAGED

LINE_LONGEST: Final = 400
CONTACT_KINDS: Final = {
    ContactKind.COLLATERAL: "Collateral contact",
    ContactKind.FACE_TO_FACE: "Face-to-face visit",
    ContactKind.ATTEMPT: "Attempt",
}


def summary(sheet: Summary, now: dt.datetime, zone: ZoneInfo) -> PrivateView:
    """The page that somebody who takes over reads first."""
    today = now.astimezone(zone).date()
    grant = sheet.grant
    blocks: list[Block] = [context("client_line", sheet.client.line(grant, today))]
    parts = {
        "Goals": [_goal(each, grant, zone) for each in sheet.goals],
        "Windows": [window_words(each, today) for each in sheet.windows],
        "Last contacts": [_contact(each, zone) for each in sheet.contacts],
        "Open follow-ups": [
            *(f"{each.what.reveal(grant)} · {each.owner} · by {_due(each.due_on, today)}" for each in sheet.follow_ups),
            *_more(len(sheet.follow_ups), sheet.follow_up_count),
        ],
        "People": [
            *(_person(each, grant, today) for each in sheet.people),
            *_more(len(sheet.people), sheet.people_count),
        ],
    }
    for number, (title, lines) in enumerate(parts.items()):
        blocks += [header(f"part.{number}", title), *_lines(number, lines)]
    blocks += [section(f"damaged.{ref}", f"Note {ref} {DAMAGED}") for ref in sheet.damaged[:5]]
    return modal(TimelineId.SUMMARY, "Hand-over summary", blocks)


def _lines(number: int, lines: Iterable[str]) -> Iterator[Block]:
    text = "\n".join(one_line(line, LINE_LONGEST) for line in lines) or "None"
    for place, piece in enumerate(pieces(text)):
        yield section(f"lines.{number}.{place}", piece)


def _goal(stand: GoalStand, grant: Grant, zone: ZoneInfo) -> str:
    goal = f"{stand.goal.code(grant)} {stand.goal.words(grant)}"
    if stand.progress is None or stand.ended_at is None:
        return f"{goal}: not in the last notes"
    return f"{goal}: {PROGRESS[stand.progress]}, {day_and_year(stand.ended_at.astimezone(zone).date())}"


def _contact(line: ContactLine, zone: ZoneInfo) -> str:
    local = line.ended_at.astimezone(zone)
    parts = [CONTACT_KINDS[line.kind], f"{day_and_year(local.date())} {local:%H:%M}"]
    if line.minutes:
        parts.append(minutes_words(line.minutes))
    return " · ".join([*parts, line.staff])


def _due(day: dt.date, today: dt.date) -> str:
    late = " (overdue)" if day < today else ""
    return f"{day_and_year(day)}{late}"


def _person(person: PersonLine, grant: Grant, today: dt.date) -> str:
    profile = person.profile
    parts = [
        person.label(grant),
        *(each.reveal(grant) for each in (profile.organisation, profile.phone, profile.email)),
    ]
    if profile.do_not_disclose:
        parts.append("nothing may be told")
    elif profile.release_until is not None:
        word = "release until" if profile.release_until >= today else "release ended"
        parts.append(f"{word} {day_and_year(profile.release_until)}")
    return " · ".join(filter(None, parts))


def _more(shown: int, count: int) -> list[str]:
    return [f"and {count - shown} more"] if count > shown else []
