"""From what a service knows about an open form to the form on the screen and its search results."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from models.forms import Answers, FormKind
from privacy.grants import Grant
from services.clients import ClientLine, Found
from services.note_words import Written
from services.refusals import Part2Closed
from services.sheets import Sheet
from views import about_notes, lists
from views.addenda import AddendumForm
from views.blocks import Option, OptionGroup, PrivateOptions, PrivateView, group, one_line, option
from views.contacts import AttemptForm, LaterForm, PlanForm
from views.form import Form
from views.known import Known, Look
from views.lists import ChooseForm
from views.notes import NOTE_FORMS
from views.reviews import ReviewForm
from views.widgets import PeopleSearch, visible_length

OPTIONS_MOST = 100
OPTION_LONGEST = 75
# Stands behind the name of a client about whom nothing can be written yet.
PART2 = " · 42 CFR Part 2"
# Every form whose answers are kept while it is open.
FORMS: Mapping[FormKind, type[Form]] = {
    **NOTE_FORMS,
    FormKind.ATTEMPT: AttemptForm,
    FormKind.LATER: LaterForm,
    FormKind.PLAN: PlanForm,
    FormKind.ADDENDUM: AddendumForm,
    FormKind.REVIEW: ReviewForm,
}
SAVED = frozenset(form.callback_id for form in FORMS.values())


def draw(sheet: Sheet, now: dt.datetime, zone: ZoneInfo) -> PrivateView:
    """The form with everything in it that was answered so far; about a client of whom nothing can be signed, only that."""
    if _nothing_to_show(sheet):
        return lists.notice(Part2Closed.sentence)
    form, what = FORMS[sheet.kind], known(sheet, now, zone)
    drawn = form.draw(sheet.answers, what, sheet.nonce, fixed_client=sheet.fixed_client)
    return drawn if sheet.about is None else about_notes.dressed(drawn, sheet.kind, sheet.answers, sheet.about, what)


def written(kind: FormKind, answers: Answers) -> Written:
    """What stands on the screen of a form with these answers, as the rules about words read it."""
    there = (slot.name for slot in FORMS[kind].slots(answers) if slot.is_there)
    return Written(kind, answers, frozenset(there))


def draw_choice(sheet: Sheet, now: dt.datetime, zone: ZoneInfo) -> PrivateView:
    """The small form that asks which kind of note."""
    if _nothing_to_show(sheet):
        return lists.notice(Part2Closed.sentence)
    return ChooseForm.draw(sheet.answers, known(sheet, now, zone), sheet.nonce)


def _nothing_to_show(sheet: Sheet) -> bool:
    """Whether the form is closed and holds no words that somebody would miss."""
    return sheet.closed and not any(visible_length(words.reveal(sheet.grant)) for words in sheet.answers.typed.values())


def known(sheet: Sheet, now: dt.datetime, zone: ZoneInfo) -> Known:
    """What a form is prefilled from."""
    return Known(
        grant=sheet.grant,
        now=now,
        zone=zone,
        client=sheet.client,
        goals=sheet.goals,
        people=sheet.people,
        owners=sheet.owners,
        next_business_day=sheet.next_business_day,
        jot=sheet.jot,
        closed=sheet.closed,
        client_lost=sheet.client_lost,
        about=sheet.about,
    )


def client_options(found: Found, grant: Grant) -> PrivateOptions:
    """Whom a client search offers. Groups stand only where nothing was typed yet."""

    def options(lines: tuple[ClientLine, ...]) -> list[Option]:
        return [option(_offered_as(line, grant), line.ref) for line in lines]

    if not (found.candidates or found.owed or found.recent):
        return PrivateOptions(options=options(found.others))
    named = (
        ("This number", found.candidates),
        ("Due or unnoted", found.owed),
        ("Recent", found.recent),
        ("My clients", found.others),
    )
    groups: list[OptionGroup] = [group(label, options(lines)) for label, lines in named if lines]
    return PrivateOptions(groups=groups)


def _offered_as(line: ClientLine, grant: Grant) -> str:
    """How a client stands in a search: one of whom Noted holds nothing yet says so, however long the name is."""
    label = line.label(grant)
    return f"{one_line(label, OPTION_LONGEST - len(PART2))}{PART2}" if line.profile.part2 else label


def people_options(sheet: Sheet, query: str, now: dt.datetime, zone: ZoneInfo) -> PrivateOptions:
    """Whom the people search of a form offers; what is no name, such as *The client*, is always there."""
    look = Look(sheet.answers)
    search = next(each for each in FORMS[sheet.kind].model_fields["people"].metadata if isinstance(each, PeopleSearch))
    wanted = query.casefold().split()
    offered = [
        each
        for each in search.choices(look, known(sheet, now, zone))
        if not each["value"].startswith("P-") or all(part in each["text"]["text"].casefold() for part in wanted)
    ]
    return PrivateOptions(options=offered[:OPTIONS_MOST])
