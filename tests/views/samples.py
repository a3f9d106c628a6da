"""One made-up client with everything that a form may be prefilled from. Fixed ids, so that golden files stay the same."""

from __future__ import annotations

import datetime as dt
import uuid
from zoneinfo import ZoneInfo

from models.clients import ClientProfile
from models.contacts import ContactKind
from models.forms import Answers, FormKind
from models.goals import GoalText
from models.people import PersonProfile
from privacy.grants import Purpose, system_grant
from privacy.phi import Phi
from services.clients import ClientLine
from services.follow_ups import DueCounts, OwnerLine
from services.goals import GoalLine
from services.overview import Covering, DraftCount, FirstLine, Month, Overview, Owed, OwedLine
from services.people import PersonLine
from services.requirements import WindowCounts
from views.known import Known

NOW = dt.datetime(2026, 11, 23, 19, 6, tzinfo=dt.UTC)
ZONE = ZoneInfo("America/New_York")
NONCE = "Z-0000000000000001"
CLIENT = "C-0000000000000001"
GOAL = "G-0000000000000001"
PERSON = "P-0000000000000001"
OWNER = "S-0000000000000001"
GRANT = system_grant(Purpose.VALIDATE)


def client() -> ClientLine:
    """Ana Rivera, 4417."""
    profile = ClientProfile(agency_id=Phi("4417"), last_name=Phi("Rivera"), first_name=Phi("Ana"))
    return ClientLine(uuid.UUID(int=1), CLIENT, profile, dt.date(2026, 12, 1), NOW - dt.timedelta(days=3))


def known(*, with_client: bool = True) -> Known:
    """What the app knows with or without a client."""
    if not with_client:
        return Known(GRANT, NOW, ZONE, next_business_day=dt.date(2026, 11, 24))
    goal = GoalText(code=Phi("G2"), text=Phi("Keep an apartment"))
    person = PersonProfile(name=Phi("Dana Reyes"), role=Phi("Property manager"))
    return Known(
        grant=GRANT,
        now=NOW,
        zone=ZONE,
        client=client(),
        goals=(GoalLine(uuid.UUID(int=2), GOAL, goal),),
        people=(PersonLine(uuid.UUID(int=3), PERSON, person),),
        owners=(OwnerLine(uuid.UUID(int=4), OWNER, "Supervisor: Carol Benitez"),),
        next_business_day=dt.date(2026, 11, 24),
    )


def answers(chosen: dict[str, tuple[str, ...]] | None = None, **typed: str) -> Answers:
    """Answers, as they come out of a modal."""
    return Answers(chosen=chosen or {}, typed={name: Phi(words) for name, words in typed.items()})


def full_collateral() -> Answers:
    """A collateral note with every field that can appear."""
    return answers(
        {
            "client": (CLIENT,),
            "method": ("phone",),
            "people": ("client", PERSON, "new"),
            "ended_at": (str(int(NOW.timestamp()) - 600),),
            "minutes": ("4",),
            "activities": ("coordinated", "reviewed_records"),
            "records": ("finances",),
            "goals": (f"{GOAL}.progress", "benefits_or_eligibility"),
            "follow_up": ("2026-11-24",),
            "follow_up_owner": (OWNER,),
            "follow_up.copies": ("2",),
            "follow_up_2": ("another",),
            "follow_up_owner_2": ("you",),
            "follow_up_on_2": ("2026-12-15",),
            "record": ("significant_event", "service_declined"),
            "event_kind": ("fall_or_injury",),
            "satisfaction": ("mixed",),
        },
        people_new="Jo Marsh, aunt",
        done="Asked the manager for a later move-out day; she agreed.",
        observations="Ana is relieved. Rent is paid until the end of the month, she said.",
        follow_up_what="Call back about the lease",
        follow_up_what_2="Send the budget sheet",
        record_words="She declined the day program for now.",
        satisfaction_words="The bus comes late; we agreed to ask the county.",
    )


def full_visit() -> Answers:
    """A visit with every field that can appear."""
    base = full_collateral()
    return answers(
        {
            **{name: value for name, value in base.chosen.items() if name not in {"method", "follow_up.copies"}},
            "location": ("community",),
            "satisfaction": ("said_not_satisfied",),
        },
        **{name: words.reveal(GRANT) for name, words in base.typed.items()},
        location_words="At the library on Main Street",
        also_there="Two people at the next table",
        wellbeing="Rested, in clean clothes, laughed twice. No injuries seen.",
    )


def overview(*, busy: bool = True, first: tuple[FirstLine, ...] = ()) -> Overview:
    """What App Home shows on a busy day, or on an empty one."""
    local = NOW.astimezone(ZONE)
    if not busy:
        nothing = Owed(0, 0, dt.timedelta(), ())
        return Overview(local, (), nothing, (), DueCounts(0, 0, 0), 0, WindowCounts(), 0, Covering(), Month())
    lines = (
        OwedLine("K-0000000000000001", ContactKind.COLLATERAL, dt.timedelta(minutes=20), 4),
        OwedLine("K-0000000000000002", ContactKind.FACE_TO_FACE, dt.timedelta(hours=3), None),
        OwedLine("K-0000000000000003", ContactKind.COLLATERAL, dt.timedelta(days=2), 11),
    )
    return Overview(
        now=local,
        first=first,
        owed=Owed(2, 1, dt.timedelta(days=2), lines),
        drafts=(DraftCount(NONCE, FormKind.FACE_TO_FACE, dt.timedelta(hours=1)),),
        due=DueCounts(1, 2, 3, 4),
        planned_today=2,
        windows=WindowCounts(
            closing=4,
            closing_at_home=1,
            first_closes_in=2,
            in_grace=1,
            grace_days_left=6,
            lapsed=1,
            silent_this_month=2,
        ),
        clients=40,
        reads=True,
        covering=Covering(3, dt.date(2026, 11, 26)),
        month=Month(notes=12, in_time=10, waiting_for_review=1),
    )
