"""The demo's agency. Every person, place and event here is invented."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, select

from bot import offline
from bot.demo_words import CALLS, FIRST, GOALS, LAST, PEOPLE, VISITS, Story
from desk.tenants import Tenant
from models.base import new_id, new_reference
from models.clients import Assignment, AssignmentKind, Client
from models.contacts import Contact, ContactKind, ContactState
from models.follow_ups import FollowUp
from models.forms import FormKind
from models.goals import Goal, GoalText
from models.note_document import Activity, GoalProgress, Matter, Method, Participant, Place, Satisfaction
from models.requirements import PauseReason, Requirement
from models.staff import Staff
from privacy.phi import Phi
from services import access, audit, clients, follow_ups, forms, goals, kept, notes, pauses, policies
from services.form_rows import client_ref_of
from services.forms import OpenForm
from services.hours import public_holidays
from services.kept import KeepForm, Plan
from services.note_content import Content, GoalAnswer, NewPromise, SignNote
from services.pauses import PauseClient
from services.sheets import Sheet
from services.staff import Actor, actor_of
from services.work import Work

HISTORY_DAYS = 60
CLIENTS = 40
# Numbers that are kept for inventions: 555-0100 to 555-0199.
NUMBER = "+1 804 555 0{}"
FIRST_NUMBER_OF_STAFF = 100
FIRST_NUMBER_OF_PEOPLE = 140


@dataclass(frozen=True, slots=True)
class Member:
    """A made-up staff member."""

    slack_id: str
    handle: str
    name: str
    title: str
    credential: str
    team: str
    roles: str = "case_manager"

    @property
    def email(self) -> str:
        """Their made-up address."""
        return f"{self.handle}@example.org"


STAFF = (
    Member("U0DEMOA000", "alice.morgan", "Alice Morgan", "Case manager", "BSW", "East"),
    Member("U0DEMOB000", "bob.okafor", "Bob Okafor", "Case manager", "", "East"),
    Member("U0DEMOD000", "dan.whitfield", "Dan Whitfield", "Case manager", "LSW", "West"),
    Member("U0DEMOF000", "fay.lindqvist", "Fay Lindqvist", "Case manager", "", "West"),
    Member("U0DEMOC000", "carol.benitez", "Carol Benitez", "Supervisor", "LCSW", "East", "supervisor"),
    Member("U0DEMOI000", "ines.duarte", "Ines Duarte", "Privacy officer", "", "East", "admin privacy_officer"),
)
WRITERS = STAFF[:4]
SUPERVISOR = STAFF[4]


@dataclass(frozen=True, slots=True)
class PastClock:
    """A clock that stands at an instant of the agency's history."""

    instant: dt.datetime

    def now(self) -> dt.datetime:
        """That instant."""
        return self.instant


def staff_csv(now: dt.datetime, zone: str) -> str:
    """The agency's staff, whose working day began an hour ago so that there is a reminder to see."""
    starts = max(0, now.hour * 60 + now.minute - 60)
    hours = f"{_clock(starts)}-{_clock(min(starts + 9 * 60, 24 * 60 - 1))}"
    lines = [
        "email,slack_user_id,name,title,credential,roles,team,supervisor_email,time_zone,work_days,work_hours,"
        "phone_numbers"
    ]
    for number, each in enumerate(STAFF, start=FIRST_NUMBER_OF_STAFF):
        boss = SUPERVISOR.email if each in WRITERS else ""
        lines.append(
            f"{each.email},{each.slack_id},{each.name},{each.title},{each.credential},{each.roles},{each.team},{boss},"
            f"{zone},1234567,{hours},{NUMBER.format(number)}"
        )
    return "\n".join(lines) + "\n"


def policy_yaml(today: dt.date) -> str:
    """The agency's policy. It works on public holidays, so that there is a reminder to see on one too."""
    agency = policies.defaults().agency
    years = (today.year - 1, today.year)
    days = sorted({day for year in years for day in public_holidays(agency.country, agency.subdivision, year)})
    return f"format: 1\nagency:\n  working_holidays: [{', '.join(day.isoformat() for day in days)}]\n"


def clients_csv(today: dt.date) -> str:
    """Forty clients, ten for each case manager, each with a colleague as backup; their windows close on different days."""
    lines = [
        "client_id,last_name,first_name,program,status,primary_cm_email,backup_cm_email,plan_review_due,"
        "requirements,last_face_to_face"
    ]
    begun = today - dt.timedelta(days=HISTORY_DAYS + 1)
    for number in range(CLIENTS):
        writer, backup = WRITERS[number % 4], WRITERS[(number % 4) ^ 1]
        review = today + dt.timedelta(days=6 + number * 5)
        first, last = FIRST[number % len(FIRST)], LAST[(number * 7) % len(LAST)]
        requirements, seen = _required(number)
        seen_on = (begun - dt.timedelta(days=seen)).isoformat() if seen is not None else ""
        lines.append(
            f"{4400 + number},{last},{first},Community living,active,{writer.email},{backup.email},{review.isoformat()},"
            f'"{requirements}",{seen_on}'
        )
    return "\n".join(lines) + "\n"


def people_csv() -> str:
    """Somebody around each client, with a phone."""
    lines = ["client_id,name,role,phone"]
    for number in range(CLIENTS):
        name, role = PEOPLE[number % len(PEOPLE)]
        lines.append(f"{4400 + number},{name},{role},{NUMBER.format(FIRST_NUMBER_OF_PEOPLE + number)}")
    return "\n".join(lines) + "\n"


def _required(number: int) -> tuple[str, int | None]:
    """How often a client must be seen, and how many days before the history begins they were seen last; None where visits follow."""
    match number // 4, number % 4:
        case 0, _:
            return "visit every 90 days, grace 10", 24
        case 1, _:
            return "visit every 90 days, grace 10, home every 2", 27
        case 2, 0 | 1:
            return "visit every 90 days, grace 10", 33
        case 2, 2:
            return "visit every 90 days, grace 10", 45
        case 3, _:
            return "visit every 90 days, grace 10; contact every month", None
        case _:
            return "visit every 90 days, grace 10", None


def make_history(engine: Engine, tenant: Tenant, now: dt.datetime) -> None:
    """Goals, two months of signed notes, what came of them, and what is open today."""
    luck = random.Random(1917)  # noqa: S311 - invented history, the same every time
    begun = PastClock(now - dt.timedelta(days=HISTORY_DAYS))
    offline.transact(engine, tenant, begun, _add_goals, luck)
    actors = offline.read(engine, tenant, begun, _writers)
    for at, actor, position in sorted(_schedule(luck, actors, now), key=lambda each: each[0]):
        offline.transact(engine, tenant, PastClock(at), _sign_one, actor, position, luck, now)
    offline.transact(engine, tenant, PastClock(now), _leave_open, actors)
    offline.transact(engine, tenant, PastClock(now), _look_ahead, actors)


def _schedule(luck: random.Random, actors: list[Actor], now: dt.datetime) -> Iterator[tuple[dt.datetime, Actor, int]]:
    """A contact of the last weeks with every client, and one before that with many."""
    for actor in actors:
        for position in range(CLIENTS // len(actors)):
            yield _some_time(luck, now, 2, 26), actor, position
            if luck.random() < 0.5:
                yield _some_time(luck, now, 27, HISTORY_DAYS - 2), actor, position


def _some_time(luck: random.Random, now: dt.datetime, least: int, most: int) -> dt.datetime:
    return now - dt.timedelta(days=luck.randint(least, most), minutes=luck.randint(0, 300))


def _writers(work: Work) -> list[Actor]:
    rows = work.session.scalars(select(Staff).where(Staff.workspace_id == work.workspace_id).order_by(Staff.id))
    return [actor for row in rows if (actor := actor_of(work, row)).name in {each.name for each in WRITERS}]


def _own(work: Work, actor: Actor) -> Sequence[Client]:
    """The clients whose primary case manager this is; those who were seen before Noted stand last."""
    primary = select(Assignment.client_id).where(
        Assignment.workspace_id == work.workspace_id,
        Assignment.staff_id == actor.id,
        Assignment.kind == AssignmentKind.PRIMARY,
    )
    rows = work.session.scalars(access.caseload(work, actor).where(Client.id.in_(primary))).all()
    return sorted(rows, key=lambda client: client.before_visit_on or dt.date.min)


def _add_goals(work: Work, luck: random.Random) -> None:
    for client in work.session.scalars(select(Client).where(Client.workspace_id == work.workspace_id)).all():
        key = clients.key_of(work, client.id)
        for number, words in enumerate(luck.sample(GOALS, 2), start=1):
            row_id = new_id()
            sealed = key.seal(GoalText(code=Phi(f"G{number}"), text=Phi(words)), work.cell(goals.GOAL, "text", row_id))
            work.session.add(
                Goal(
                    workspace_id=work.workspace_id,
                    id=row_id,
                    ref=new_reference("G"),
                    client_id=client.id,
                    text=sealed,
                    position=number,
                )
            )
            audit.record(work, audit.Action.GOAL_IMPORT, actor=None, subject=(goals.GOAL, row_id), sealed=sealed)


def _sign_one(work: Work, actor: Actor, position: int, luck: random.Random, now: dt.datetime) -> None:
    """One ordinary note about one of the actor's own clients. Who was seen before Noted has had no visit since."""
    client = _own(work, actor)[position]
    is_visit = luck.random() < 0.4 and client.before_visit_on is None
    kind = ContactKind.FACE_TO_FACE if is_visit else ContactKind.COLLATERAL
    sheet = forms.open_form(work, actor, OpenForm(FormKind(kind.value), client_ref=client.ref))
    work.session.flush()
    story = luck.choice(VISITS if is_visit else CALLS)
    content = _content(work, sheet, kind, story, luck, _due_on(work, now, luck))
    notes.sign(work, actor, SignNote(sheet.nonce, content, sheet.answers))


def _due_on(work: Work, now: dt.datetime, luck: random.Random) -> dt.date:
    """The promises of the last two weeks fall due about now; older ones did a week after their note."""
    signed_on = work.now.date()
    if now - work.now > dt.timedelta(days=14):
        return signed_on + dt.timedelta(days=7)
    return max(signed_on, now.date() + dt.timedelta(days=luck.choice((-1, 0, 0, 2, 5, 9))))


def _content(work: Work, sheet: Sheet, kind: ContactKind, story: Story, luck: random.Random, due: dt.date) -> Content:
    is_visit = kind is ContactKind.FACE_TO_FACE
    name, role = luck.choice(PEOPLE)
    newcomer = Participant(name=Phi(name), role=Phi(role))
    return Content(
        kind=kind,
        client_ref=client_ref_of(sheet.answers.chosen),
        ended_at=work.now - dt.timedelta(minutes=20),
        minutes=luck.randint(30, 75) if is_visit else luck.randint(4, 25),
        method=None if is_visit else Method.PHONE,
        place=Place.CLIENT_HOME if is_visit else None,
        client_there=is_visit,
        people=(),
        roles=(),
        newcomers=() if is_visit else (newcomer,),
        activities=(Activity.MONITORED,) if is_visit else (Activity.COORDINATED,),
        records=(),
        done=Phi(story.done),
        wellbeing=Phi(story.wellbeing) if is_visit else None,
        observations=Phi(story.observations),
        goals=(GoalAnswer(ref=luck.choice(sheet.goals).ref, progress=luck.choice(list(GoalProgress)[1:3])),),
        no_goal=(),
        promises=(NewPromise(what=Phi(story.promise), owner_ref=None, due_on=due),) if story.promise else (),
        matters=(Matter.NONE,),
        event_kind=None,
        matter_words=None,
        satisfaction=Satisfaction.SATISFIED if is_visit else Satisfaction.NOT_DISCUSSED,
        satisfaction_words=None,
    )


def _leave_open(work: Work, actors: list[Actor]) -> None:
    """What happened since yesterday and has no note yet."""
    for actor in actors:
        mine = _own(work, actor)
        for client, hours, minutes, kind in (
            (mine[0], 0.4, 4, ContactKind.COLLATERAL),
            (mine[1], 3.2, 11, ContactKind.COLLATERAL),
            (mine[2], 20.0, 50, ContactKind.FACE_TO_FACE),
        ):
            ended = work.now - dt.timedelta(hours=hours)
            row_id = new_id()
            work.session.add(
                Contact(
                    workspace_id=work.workspace_id,
                    id=row_id,
                    ref=new_reference("K"),
                    client_id=client.id,
                    staff_id=actor.id,
                    kind=kind,
                    state=ContactState.UNNOTED,
                    started_at=ended - dt.timedelta(minutes=minutes),
                    ended_at=ended,
                    minutes=minutes,
                    created_at=ended,
                )
            )
            audit.record(work, audit.Action.CONTACT_OPEN, actor=actor.id, subject=("contact", row_id))


def _look_ahead(work: Work, actors: list[Actor]) -> None:
    """Old promises are kept, two visits are planned, and one client of each case manager is in hospital."""
    for actor in actors:
        today = actor.today(work.now)
        mine = _own(work, actor)
        for row in work.session.scalars(
            select(FollowUp).where(FollowUp.workspace_id == work.workspace_id, FollowUp.owner_id == actor.id)
        ).all():
            if row.due_on < today - dt.timedelta(days=1):
                follow_ups.finish(work, actor, row.ref, Phi("Done, as promised."))
        for client, hours in ((mine[3], 2), (mine[4], 26)):
            sheet = forms.open_form(work, actor, OpenForm(FormKind.PLAN, client_ref=client.ref))
            work.session.flush()
            starts = (work.now + dt.timedelta(hours=hours)).replace(minute=0, second=0, microsecond=0)
            plan = Plan(client_ref=client.ref, starts_at=starts, minutes=45, place=Place.CLIENT_HOME)
            kept.keep(work, actor, KeepForm(sheet.nonce, plan, sheet.answers))
        away = work.session.scalars(
            select(Requirement.ref).where(
                Requirement.workspace_id == work.workspace_id, Requirement.client_id == mine[5].id
            )
        ).first()
        if away is not None:
            stay = PauseClient(away, PauseReason.HOSPITAL, today - dt.timedelta(days=3))
            pauses.pause(work, actor, stay)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
