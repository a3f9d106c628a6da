"""The states of a person's own day: follow-ups, My day, settings. App Home's stand with the messages."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from models.contacts import ContactKind
from models.note_document import Place
from models.requirements import RequiredContact
from models.staff import Role
from privacy.phi import Phi
from services.contact_lists import PlannedVisit
from services.day import MyDay, UrgentLine
from services.follow_up_lists import FollowUpLine, FollowUpPage, FollowUpSheet
from services.follow_ups import OwnerLine
from services.overview import FirstLine, Weight
from services.requirements import DueLine
from services.settings import MySettings
from services.staff import Actor
from services.windows import Window, WindowState
from tests.views import samples
from views import day, follow_ups, settings
from views.blocks import PrivateView
from views.follow_ups import AgainForm, DropForm, FinishForm, GiveForm, MoveForm, ReferralForm, Whence
from views.form import Form

TODAY: Final = samples.NOW.astimezone(samples.ZONE).date()
HERE: Final = Whence("F-0000000000000001")


def line(number: int) -> FollowUpLine:
    """A follow-up; the first two are late, the third is due today."""
    due_on = TODAY + dt.timedelta(number - 3)
    return FollowUpLine(f"F-{number:016d}", samples.client(), Phi("Call back about the lease"), due_on)


def page(count: int, number: int = 0) -> FollowUpPage:
    """A page out of so many."""
    return FollowUpPage(
        tuple(line(each + 1) for each in range(number * 10, min(count, number * 10 + 10))), number, count
    )


def outside(number: int) -> FollowUpLine:
    """A follow-up about somebody who is not the owner's client any more."""
    return replace(line(number), client=None, what=Phi(""))


def listed(shown: FollowUpPage) -> PrivateView:
    """The list of follow-ups."""
    return follow_ups.follow_ups(shown, samples.GRANT, TODAY)


def small(form: type[Form], about: FollowUpLine | None = None) -> PrivateView:
    """One of the small modals."""
    owners = (OwnerLine(uuid.UUID(int=4), samples.OWNER, "Supervisor: Carol Benitez"),)
    sheet = FollowUpSheet(about or line(1), owners, dt.date(2026, 11, 24), samples.GRANT)
    return follow_ups.small(form, sheet, HERE, samples.NOW, samples.ZONE)


def due_line(number: int, state: WindowState, days: int, kind: RequiredContact, *, home_due: bool = False) -> DueLine:
    """A window that closes so many days from today, with ten days of grace."""
    closes = TODAY + dt.timedelta(days)
    window = Window(closes, closes + dt.timedelta(10), state)
    return DueLine(f"Q-{number:016d}", samples.client(), kind, home_due, window)


def full_day(*, many: bool = False) -> MyDay:
    """A day with everything in it; on one of many, more than the modal shows."""
    starts = samples.NOW + dt.timedelta(hours=1)
    visit = PlannedVisit("K-0000000000000007", samples.client(), starts, 45, Place.CLIENT_HOME, has_begun=False)
    begun = PlannedVisit("K-0000000000000008", samples.client(), samples.NOW, 30, None, has_begun=True)
    windows = (
        due_line(1, WindowState.GRACE, -9, RequiredContact.FACE_TO_FACE),
        due_line(2, WindowState.OPEN, 0, RequiredContact.ANY),
        due_line(3, WindowState.OPEN, 3, RequiredContact.FACE_TO_FACE, home_due=True),
    )
    return MyDay(
        urgent=(UrgentLine("N-0000000000000001", samples.client(), dt.timedelta(hours=24)),),
        urgent_count=1,
        planned=(begun, visit),
        waiting=12 if many else 1,
        follow_ups=tuple(line(number + 1) for number in range(10 if many else 3)),
        due=14 if many else 3,
        windows=windows,
        windows_count=15 if many else 3,
        drafts=2 if many else 1,
    )


def my_day(shown: MyDay) -> PrivateView:
    """My day."""
    return day.my_day(shown, samples.GRANT, samples.NOW, samples.ZONE)


def actor() -> Actor:
    """alice, as her notes print her."""
    return Actor(
        id=uuid.UUID(int=9),
        slack_user_id="U0ALICE",
        name="Alice Ames",
        title="Case manager",
        credential="QMHP",
        roles=frozenset({Role.CASE_MANAGER}),
        zone=samples.ZONE,
        work_days="12345",
        work_starts_minute=510,
        work_ends_minute=1020,
        supervisor_id=None,
        cosign_required=False,
    )


def settings_of(mine: MySettings) -> PrivateView:
    """The settings."""
    return settings.settings(mine, actor(), samples.GRANT, samples.NOW)


def first_lines() -> tuple[FirstLine, ...]:
    """More that cannot wait than App Home shows."""
    late = tuple(
        FirstLine(Weight.LATE, f"K-{number:016d}", ContactKind.COLLATERAL, dt.timedelta(days=number))
        for number in (6, 5, 4)
    )
    return (
        FirstLine(Weight.URGENT, "N-0000000000000001", ContactKind.COLLATERAL, dt.timedelta(hours=23)),
        *late,
        FirstLine(Weight.DUE_TODAY, "K-0000000000000003", ContactKind.FACE_TO_FACE, dt.timedelta(days=2)),
        FirstLine(Weight.DUE_TODAY, "K-0000000000000002", ContactKind.FACE_TO_FACE, dt.timedelta(days=1)),
    )


NOTHING: Final = MyDay((), 0, (), 0, (), 0, (), 0, 0)
TIMES: Final = (dt.time(9, 0), dt.time(12, 45), dt.time(16, 30))
VIEWS: Final[Mapping[str, Callable[[], PrivateView]]] = {
    "follow_ups": lambda: listed(page(5)),
    "follow_ups_none": lambda: listed(page(0)),
    "follow_ups_first_page": lambda: listed(page(12)),
    "follow_ups_last_page": lambda: listed(page(12, 1)),
    "follow_up_finish": lambda: small(FinishForm),
    "follow_up_referral": lambda: small(ReferralForm, replace(line(1), referral=True)),
    "follow_up_again": lambda: small(AgainForm, replace(line(1), referral=True)),
    "follow_up_done_declined": lambda: follow_ups.done(HERE, declined=True),
    "follow_ups_referral": lambda: listed(FollowUpPage((replace(line(1), referral=True),), 0, 1)),
    "follow_up_move": lambda: small(MoveForm),
    "follow_up_give": lambda: small(GiveForm),
    "follow_up_drop": lambda: small(DropForm),
    "follow_ups_outside": lambda: listed(FollowUpPage((outside(1), line(2)), 0, 2)),
    "follow_up_give_outside": lambda: small(GiveForm, outside(1)),
    "follow_up_done": lambda: follow_ups.done(HERE),
    "day": lambda: my_day(full_day()),
    "day_many": lambda: my_day(full_day(many=True)),
    "day_none": lambda: my_day(NOTHING),
    "settings": lambda: settings_of(MySettings(after_call=True, away_from=None, away_until=None, times=TIMES)),
    "settings_away": lambda: settings_of(
        MySettings(after_call=False, away_from=TODAY, away_until=dt.date(2026, 12, 1), times=())
    ),
}
