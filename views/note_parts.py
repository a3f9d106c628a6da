"""What the two note forms share: their choices of goals, follow-ups and people, and the rules on single fields."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, LiteralString, TypedDict, cast

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from models.note_document import Activity, GoalProgress, Matter, Method, NoGoal, Participant, Place, Satisfaction
from privacy.grants import Purpose, system_grant
from privacy.phi import Phi
from services.note_fields import (
    ANOTHER_DAY,
    HOME_ROLES,
    NO_FOLLOW_UP,
    OWNER_YOU,
    SOMEONE_NEW,
    THE_CLIENT,
)
from views.blocks import Option, OptionGroup, group, option
from views.form import Part
from views.known import Known, Look, day_words
from views.note_words import NO_GOAL, PROGRESS
from views.widgets import Choice, Day, PeopleSearch, Text, visible_length

NAME_LONGEST = 80
PEOPLE_MOST = 10
GOALS_MOST = 99


def mistake(kind: LiteralString) -> PydanticCustomError:
    """A mistake of a kind that `views.form.SENTENCES` has a sentence for."""
    return PydanticCustomError(kind, "see views.form.SENTENCES")


def client_known(look: Look) -> bool:
    """Whether a client is chosen."""
    return look.one("client") is not None


def at_a_group_home(look: Look) -> bool:
    """Whether other clients may have been visited too."""
    return client_known(look) and look.one("location") == Place.GROUP_HOME


def at_a_conference(look: Look) -> bool:
    """Whether other clients may have been spoken about too."""
    return client_known(look) and look.one("method") == Method.CONFERENCE


def someone_new(look: Look) -> bool:
    """Whether *Someone not listed* is chosen."""
    return SOMEONE_NEW in look.all("people")


def records_reviewed(look: Look) -> bool:
    """Whether the note has to name the records that were read."""
    return Activity.REVIEWED in look.all("activities") or look.one("method") == Method.RECORDS


def nobody_needed(look: Look) -> bool:
    """Whether a contact of this method may be with nobody."""
    return look.one("method") in {Method.RECORDS, Method.REFERRAL}


def significant_event(look: Look) -> bool:
    """Whether a significant event is ticked."""
    return Matter.EVENT in look.all("record")


def something_to_record(look: Look) -> bool:
    """Whether anything but *None of these came up* is ticked."""
    return any(word != Matter.NONE for word in look.all("record"))


def asks_why(look: Look) -> bool:
    """Whether the satisfaction chosen needs words."""
    chosen = look.one("satisfaction")
    return chosen in set(Satisfaction) and Satisfaction(chosen).asks_why


def follow_up_wanted(look: Look) -> bool:
    """Whether this copy promises something."""
    return look.one("follow_up") not in {None, NO_FOLLOW_UP}


def another_day(look: Look) -> bool:
    """Whether the day of this follow-up is picked from the calendar."""
    return look.one("follow_up") == ANOTHER_DAY


def place_needs_words(look: Look) -> bool:
    """Whether the place has to be described."""
    return look.one("location") in {Place.COMMUNITY, Place.OTHER}


def goal_groups(_: Look, known: Known) -> list[OptionGroup]:
    """One group per active goal, each with its four states; last, why the contact was not about a goal."""
    groups = [
        group(
            f"{goal.code(known.grant)} {goal.words(known.grant)}",
            [option(f"{goal.code(known.grant)} · {word}", f"{goal.ref}.{state}") for state, word in PROGRESS.items()],
        )
        for goal in known.goals[:GOALS_MOST]
    ]
    return [*groups, group("Not about a goal", [option(text, word) for word, text in NO_GOAL.items()])]


def follow_up_days(look: Look, known: Known) -> list[Option]:
    """The days a follow-up is mostly for. The value is the day itself, so that what was read is what is stored."""
    today = known.today
    days = {
        today: "Today",
        known.next_business_day: f"Next business day ({day_words(known.next_business_day)})",
        today + dt.timedelta(7): f"In one week ({day_words(today + dt.timedelta(7))})",
        today + dt.timedelta(14): f"In two weeks ({day_words(today + dt.timedelta(14))})",
        today + dt.timedelta(30): f"In 30 days ({day_words(today + dt.timedelta(30))})",
    }
    # A draft from another day brings its day along.
    chosen = look.one("follow_up")
    if chosen not in {None, NO_FOLLOW_UP, ANOTHER_DAY} and Day(label="").problem(chosen or "") is None:
        days.setdefault(day := dt.date.fromisoformat(str(chosen)), f"On {day_words(day)}")
    return [
        option("None needed", NO_FOLLOW_UP),
        *(option(text, day.isoformat()) for day, text in days.items()),
        option("Another day…", ANOTHER_DAY),
    ]


def follow_up_owners(_: Look, known: Known) -> list[Option]:
    """You, the client's backup, your supervisor."""
    return [option("You", OWNER_YOU), *(option(owner.label, owner.ref) for owner in known.owners)]


@dataclass(frozen=True, kw_only=True)
class PeopleOfContact(PeopleSearch):
    """The people search of a note: the client first, someone not listed last, a home's own staff where it fits."""

    def choices(self, look: Look, known: Known) -> list[Option]:
        """Everyone who may be chosen, in the order they are offered."""
        at_a_home = look.one("location") == Place.GROUP_HOME
        chosen_roles = set(look.all("people")) & set(HOME_ROLES)
        roles = [option(text, role) for role, text in HOME_ROLES.items() if at_a_home or role in chosen_roles]
        return [
            option("The client", THE_CLIENT),
            *roles,
            *super().choices(look, known),
            option("Someone not listed…", SOMEONE_NEW),
        ]


class _Context(TypedDict):
    """What `Form.parse` tells the rules on single fields."""

    today: dt.date
    now: dt.datetime
    kept_days: tuple[str, ...]


def _context(info: ValidationInfo) -> _Context:
    return cast("_Context", info.context)


def _day_allowed(value: dt.date, info: ValidationInfo) -> dt.date:
    today = _context(info)["today"]
    # What an earlier version promised stays as it was promised, also when its day has passed.
    if value < today and value.isoformat() not in _context(info)["kept_days"]:
        raise mistake("day_past")
    if value > today + dt.timedelta(days=366):
        raise mistake("day_far")
    return value


def _word_or_day(value: str, info: ValidationInfo) -> str:
    """The first select of a follow-up holds a word or a day."""
    if value not in {NO_FOLLOW_UP, ANOTHER_DAY}:
        if Day(label="").problem(value) is not None:
            raise mistake("choose")
        _day_allowed(dt.date.fromisoformat(value), info)
    return value


def _past_and_recent(value: dt.datetime, info: ValidationInfo) -> dt.datetime:
    now = _context(info)["now"]
    if value > now + dt.timedelta(minutes=1):
        raise mistake("in_future")
    if value < now - dt.timedelta(days=365):
        raise mistake("too_old")
    return value


def _to_come(value: dt.datetime, info: ValidationInfo) -> dt.datetime:
    now = _context(info)["now"]
    if value <= now:
        raise mistake("not_to_come")
    if value > now + dt.timedelta(days=366):
        raise mistake("day_far")
    return value


def _epoch(value: object) -> object:
    return dt.datetime.fromtimestamp(int(value), dt.UTC) if isinstance(value, str) and value.isdigit() else value


def _one_state_each(values: tuple[str, ...]) -> tuple[str, ...]:
    goals = [ref for ref, dot, _ in (value.partition(".") for value in values) if dot]
    if len(goals) != len(set(goals)):
        raise mistake("two_states")
    if any(not _is_goal_choice(value) for value in values):
        raise mistake("choose")
    return values


def _is_goal_choice(value: str) -> bool:
    ref, dot, state = value.partition(".")
    return value in set(NoGoal) or bool(ref and dot and state in set(GoalProgress))


def _none_alone(values: tuple[Matter, ...]) -> tuple[Matter, ...]:
    if Matter.NONE in values and len(values) > 1:
        raise mistake("none_with_others")
    return values


def _named_people(value: Phi[str]) -> Phi[str]:
    lines = new_people(value)
    if not lines:
        raise mistake("nobody_named")
    if len(lines) > PEOPLE_MOST:
        raise mistake("too_many_people")
    grant = system_grant(Purpose.VALIDATE)
    if any(max(len(each.name.reveal(grant)), len(each.role.reveal(grant))) > NAME_LONGEST for each in lines):
        raise mistake("name_too_long")
    return value


def new_people(lines: Phi[str]) -> list[Participant]:
    """The people a person typed, one a line, each `name, title`."""
    people: list[Participant] = []
    for line in lines.reveal(system_grant(Purpose.VALIDATE)).splitlines():
        name, _, role = (part.strip() for part in line.partition(","))
        # A name of invisible letters would be offered for ever after, as an empty line.
        if visible_length(name):
            people.append(Participant(name=Phi(name), role=Phi(role if visible_length(role) else "")))
    return people


Ended = Annotated[AwareDatetime, BeforeValidator(_epoch), AfterValidator(_past_and_recent)]
ToCome = Annotated[AwareDatetime, BeforeValidator(_epoch), AfterValidator(_to_come)]
DueDay = Annotated[dt.date, AfterValidator(_day_allowed)]
GoalChoices = Annotated[tuple[str, ...], AfterValidator(_one_state_each)]
Matters = Annotated[tuple[Matter, ...], AfterValidator(_none_alone)]
When = Annotated[str, AfterValidator(_word_or_day)]
NewPeople = Annotated[Phi[str], AfterValidator(_named_people)]


class FollowUpPart(Part):
    """One promise: when, what, by whom."""

    follow_up: Annotated[When, Choice(label="Follow-up", placeholder="Choose", source=follow_up_days)]
    follow_up_what: Annotated[
        Phi[str] | None,
        Text(
            label="What is to be done",
            placeholder="Call back about the lease",
            least=5,
            most=300,
            shown=follow_up_wanted,
        ),
    ] = None
    follow_up_owner: Annotated[
        str, Choice(label="By whom", source=follow_up_owners, shown=follow_up_wanted, of_client=True, preset=OWNER_YOU)
    ] = OWNER_YOU
    follow_up_on: Annotated[DueDay | None, Day(label="By when", shown=another_day)] = None

    def due_on(self) -> dt.date | None:
        """The day it is due, or None when nothing was promised."""
        if self.follow_up == NO_FOLLOW_UP:
            return None
        return self.follow_up_on if self.follow_up == ANOTHER_DAY else dt.date.fromisoformat(self.follow_up)
