"""Which step of which rule is due to whom: each rule by its own words, at the minute before and at the minute itself."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from models.base import new_id
from models.policy import Policy, RuleName
from models.staff import Role
from privacy.kek import FileKek
from privacy.keys import Keyring
from services import firings, policies
from services.crew import Member
from services.firings import Covers, Firing
from services.open_items import OpenItem, Scene
from services.work import Work
from tests.conftest import Agency
from tests.reminders.town import eastern
from tests.services.test_crew import ALICE

POLICY = policies.defaults()
CLIENT, THING = uuid.UUID(int=7), uuid.UUID(int=8)
DAN = replace(ALICE, id=uuid.UUID(int=4), slack_user_id="U0DAN", roles=frozenset({Role.ADMIN}))
CAROL = replace(
    ALICE, id=uuid.UUID(int=3), slack_user_id="U0CAROL", roles=frozenset({Role.SUPERVISOR}), supervisor_id=DAN.id
)
BOB = replace(ALICE, id=uuid.UUID(int=2), slack_user_id="U0BOB", supervisor_id=CAROL.id)
OWNER = replace(ALICE, supervisor_id=CAROL.id)
NAMES = {OWNER.id: "alice", BOB.id: "bob", CAROL.id: "carol", DAN.id: "dan"}
AWAY = replace(OWNER, away_from=dt.date(2026, 1, 1), away_until=dt.date(2026, 12, 31))


@pytest.fixture(scope="module")
def agency(kek: FileKek) -> Agency:
    """An agency that is stored nowhere: nothing here asks a database."""
    workspace_id = new_id()
    return Agency(workspace_id, *Keyring.create(kek, str(workspace_id)))


def scene(agency: Agency, now: str, *crew: Member, policy: Policy = POLICY) -> Scene:
    """Everyone, at a wall time in New York."""
    work = Work(Session(), agency.id, agency.keys, eastern(now))
    everyone = {each.id: each for each in (OWNER, BOB, CAROL, DAN, *crew)}
    return Scene(work, policy, everyone)


def item(rule: RuleName, anchor: dt.datetime | dt.date, until: dt.date | None = None) -> OpenItem:
    """One open thing of alice's."""
    return OpenItem(rule, THING, OWNER.id, anchor, anchor, client_id=CLIENT, until=until)


def due(scene: Scene, *items: OpenItem, covers: Covers | None = None) -> set[str]:
    """Who is owed which step."""
    found = firings.due(scene, items, covers or {})
    return {f"{NAMES[each.receiver_id]} {each.step}" for each in found}


def day(text: str) -> dt.date:
    """A day."""
    return dt.date.fromisoformat(text)


INSTANTS = [
    (RuleName.UNNOTED_CONTACT, "2026-03-02T10:00", "2026-03-02T10:15", "alice 15 minutes"),
    (RuleName.UNNOTED_CONTACT, "2026-03-02T10:00", "2026-03-02T14:00", "alice 4 business hours"),
    (RuleName.UNNOTED_CONTACT, "2026-03-06T16:00", "2026-03-09T10:00", "alice 4 business hours"),
    (RuleName.UNNOTED_CONTACT, "2026-03-06T16:00", "2026-03-09T16:00", "alice 1 business day"),
    (RuleName.UNNOTED_CONTACT, "2026-11-25T16:00", "2026-11-27T16:00", "alice 1 business day"),
    (RuleName.UNNOTED_CONTACT, "2026-03-06T16:00", "2026-03-11T09:00", "carol supervisor: 2 business days"),
    (RuleName.UNSIGNED_DRAFT, "2026-03-02T10:00", "2026-03-02T12:00", "alice 2 hours"),
    (RuleName.UNSIGNED_DRAFT, "2026-03-06T10:00", "2026-03-09T10:00", "alice 1 business day"),
    (RuleName.UNSIGNED_DRAFT, "2026-03-02T10:00", "2026-03-05T09:00", "carol supervisor: 2 business days"),
    (RuleName.SAFETY_FOLLOW_UP, "2026-03-02T10:00", "2026-03-03T10:00", "alice 24 hours"),
    (RuleName.SAFETY_FOLLOW_UP, "2026-03-02T10:00", "2026-03-04T10:00", "carol supervisor: 48 hours"),
    (RuleName.RETURNED_NOTE, "2026-03-02T10:00", "2026-03-02T10:00", "alice 0 minutes"),
    (RuleName.RETURNED_NOTE, "2026-03-02T10:00", "2026-03-03T10:00", "alice 1 business day"),
    (RuleName.RETURNED_NOTE, "2026-03-02T10:00", "2026-03-05T10:00", "alice 3 business days"),
    (RuleName.REVIEW_QUEUE, "2026-03-02T10:00", "2026-03-03T09:00", "carol supervisor: 0 minutes"),
    (RuleName.EMERGENCY_REVIEW, "2026-03-02T10:00", "2026-03-05T10:00", "alice 72 hours"),
    (RuleName.NO_CONTACT, "2026-01-31T00:00", "2026-03-02T00:00", "alice 30 days"),
    (RuleName.NO_CONTACT, "2026-01-31T00:00", "2026-03-17T09:00", "carol supervisor: 45 days"),
]
DAYS = [
    (RuleName.DRAFT_EXPIRY, "2026-03-05", "2026-03-02T00:00", "alice -3 business days"),
    (RuleName.DRAFT_EXPIRY, "2026-03-05", "2026-03-05T00:00", "alice 0 days"),
    (RuleName.NOTE_DEADLINE, "2026-03-09", "2026-03-06T00:00", "alice -1 business day"),
    (RuleName.NOTE_DEADLINE, "2026-03-09", "2026-03-09T00:00", "alice 0 days"),
    (RuleName.NOTE_DEADLINE, "2026-03-06", "2026-03-09T00:00", "alice 1 business day"),
    (RuleName.NOTE_DEADLINE, "2026-03-06", "2026-03-09T09:00", "carol supervisor: 1 business day"),
    (RuleName.FOLLOW_UP, "2026-03-10", "2026-03-05T00:00", "alice -3 business days"),
    (RuleName.FOLLOW_UP, "2026-03-10", "2026-03-10T00:00", "alice 0 days"),
    (RuleName.FOLLOW_UP, "2026-03-10", "2026-03-11T00:00", "alice 1 day"),
    (RuleName.FOLLOW_UP, "2026-03-10", "2026-03-13T09:00", "carol supervisor: 3 days"),
    (RuleName.FOLLOW_UP, "2026-03-10", "2026-03-17T00:00", "alice 7 days"),
    (RuleName.FOLLOW_UP, "2026-03-10", "2026-03-24T00:00", "alice 7 days"),
    (RuleName.VISIT_WINDOW, "2026-04-01", "2026-03-02T00:00", "alice -30 days"),
    (RuleName.VISIT_WINDOW, "2026-03-17", "2026-03-02T00:00", "alice -15 days"),
    (RuleName.VISIT_WINDOW, "2026-03-09", "2026-03-02T00:00", "alice -7 days"),
    (RuleName.VISIT_WINDOW, "2026-03-04", "2026-03-02T00:00", "alice -2 days"),
    (RuleName.VISIT_WINDOW, "2026-03-02", "2026-03-02T00:00", "alice 0 days"),
    (RuleName.VISIT_WINDOW, "2026-03-02", "2026-03-03T09:00", "carol supervisor: 1 day"),
    (RuleName.MONTHLY_VISIT, "2026-03-12", "2026-03-02T00:00", "alice -10 days"),
    (RuleName.MONTHLY_VISIT, "2026-03-07", "2026-03-02T00:00", "alice -5 days"),
    (RuleName.MONTHLY_VISIT, "2026-03-04", "2026-03-02T00:00", "alice -2 days"),
    (RuleName.MONTHLY_VISIT, "2026-03-02", "2026-03-02T00:00", "alice 0 days"),
    (RuleName.MONTHLY_CONTACT, "2026-03-31", "2026-03-16T00:00", "alice -15 days"),
    (RuleName.MONTHLY_CONTACT, "2026-03-31", "2026-03-23T00:00", "alice -8 days"),
    (RuleName.MONTHLY_CONTACT, "2026-03-31", "2026-03-26T00:00", "alice -3 business days"),
    (RuleName.MONTHLY_CONTACT, "2026-03-31", "2026-03-27T00:00", "alice -2 business days"),
    (RuleName.MONTHLY_CONTACT, "2026-03-31", "2026-03-30T00:00", "alice -1 business day"),
    (RuleName.PLAN_REVIEW, "2026-05-01", "2026-03-02T00:00", "alice -60 days"),
    (RuleName.PLAN_REVIEW, "2026-04-01", "2026-03-02T00:00", "alice -30 days"),
    (RuleName.PLAN_REVIEW, "2026-03-16", "2026-03-02T00:00", "alice -14 days"),
    (RuleName.PLAN_REVIEW, "2026-03-09", "2026-03-02T00:00", "alice -7 days"),
    (RuleName.PLAN_REVIEW, "2026-03-02", "2026-03-02T00:00", "alice 0 days"),
    (RuleName.PLAN_REVIEW, "2026-03-02", "2026-03-09T00:00", "alice 7 days"),
]


@pytest.mark.parametrize(("rule", "anchor", "at", "step"), INSTANTS)
def test_a_step_counts_from_an_instant(agency: Agency, rule: RuleName, anchor: str, at: str, step: str) -> None:
    thing = item(rule, eastern(anchor))
    now = scene(agency, at)
    assert step in due(now, thing)
    assert step not in due(replace(now, work=replace(now.work, now=now.now - dt.timedelta(minutes=1))), thing)


@pytest.mark.parametrize(("rule", "anchor", "at", "step"), DAYS)
def test_a_step_counts_from_a_day(agency: Agency, rule: RuleName, anchor: str, at: str, step: str) -> None:
    thing = item(rule, day(anchor))
    now = scene(agency, at)
    minute_before = replace(now, work=replace(now.work, now=now.now - dt.timedelta(minutes=1)))
    assert step in due(now, thing)
    if step != "alice 7 days" or at != "2026-03-24T00:00":
        assert step not in due(minute_before, thing)


def test_every_rule_with_steps_is_tried_here() -> None:
    """A step that repeats every day while in grace is tried below."""
    tried = {(rule, step.partition(" ")[2]) for rule, _, _, step in [*INSTANTS, *DAYS]}
    written = {
        (name, f"{'' if step.to == 'owner' else f'{step.to}: '}{step.at}")
        for name, rule in POLICY.rules.items()
        for step in rule.steps
    }
    assert written - tried == {
        (RuleName.VISIT_WINDOW, "1 day"),
        (RuleName.MONTHLY_VISIT, "1 day"),
        (RuleName.MONTHLY_VISIT, "supervisor: 1 day"),
    }


def days_of(agency: Agency, step: str, thing: OpenItem, first: str, count: int) -> list[dt.date]:
    """The local days for which a step is owed, seen from so many noons."""
    found: dict[dt.date, Firing] = {}
    for number in range(count):
        noon = f"{day(first) + dt.timedelta(number)}T12:00"
        for each in firings.due(scene(agency, noon), [thing], {}):
            if f"{NAMES[each.receiver_id]} {each.step}" == step:
                found[each.local_on] = each
    return sorted(found)


@pytest.mark.parametrize("rule", [RuleName.VISIT_WINDOW, RuleName.MONTHLY_VISIT])
def test_days_of_grace_are_told_one_by_one_and_stop_with_the_last(agency: Agency, rule: RuleName) -> None:
    thing = item(rule, day("2026-03-05"), until=day("2026-03-10"))
    assert days_of(agency, "alice 1 day", thing, "2026-03-02", 14) == [
        dt.date(2026, 3, number) for number in range(6, 11)
    ]


def test_a_window_without_grace_is_not_told_after_its_last_day(agency: Agency) -> None:
    thing = item(RuleName.VISIT_WINDOW, day("2026-03-05"), until=day("2026-03-05"))
    assert days_of(agency, "alice 1 day", thing, "2026-03-02", 14) == []


def test_a_supervisor_hears_of_a_window_each_week_also_after_grace(agency: Agency) -> None:
    thing = item(RuleName.MONTHLY_VISIT, day("2026-03-05"), until=day("2026-03-10"))
    found = days_of(agency, "carol supervisor: 1 day", thing, "2026-03-02", 21)
    assert found == [day("2026-03-06"), day("2026-03-13"), day("2026-03-20")]


def test_a_step_of_long_ago_is_not_said_any_more(agency: Agency) -> None:
    thing = item(RuleName.UNNOTED_CONTACT, eastern("2026-02-13T10:00"))
    assert due(scene(agency, "2026-03-02T12:00"), thing) == set()


def test_a_rule_that_is_off_says_nothing(agency: Agency) -> None:
    off = {
        **POLICY.rules,
        RuleName.UNNOTED_CONTACT: POLICY.rule(RuleName.UNNOTED_CONTACT).model_copy(update={"on": False}),
    }
    thing = item(RuleName.UNNOTED_CONTACT, eastern("2026-03-02T10:00"))
    now = scene(agency, "2026-03-02T12:00", policy=POLICY.model_copy(update={"rules": off}))
    assert due(now, thing) == set()


COVERED = [RuleName.FOLLOW_UP, RuleName.VISIT_WINDOW, RuleName.MONTHLY_VISIT, RuleName.SAFETY_FOLLOW_UP]


def anchored(rule: RuleName) -> OpenItem:
    """A thing of which some step of the owner's is due on 3 March at noon, whatever the rule."""
    before: dict[RuleName, dt.datetime | dt.date] = {
        RuleName.UNNOTED_CONTACT: eastern("2026-03-03T09:00"),
        RuleName.UNSIGNED_DRAFT: eastern("2026-03-03T09:00"),
        RuleName.SAFETY_FOLLOW_UP: eastern("2026-03-02T10:00"),
        RuleName.RETURNED_NOTE: eastern("2026-03-03T09:00"),
        RuleName.NO_CONTACT: eastern("2026-02-01T00:00"),
        RuleName.MONTHLY_CONTACT: day("2026-03-04"),
    }
    return item(rule, before.get(rule, day("2026-03-03")))


OWNED = [
    *COVERED,
    RuleName.UNNOTED_CONTACT,
    RuleName.UNSIGNED_DRAFT,
    RuleName.DRAFT_EXPIRY,
    RuleName.NOTE_DEADLINE,
    RuleName.RETURNED_NOTE,
    RuleName.MONTHLY_CONTACT,
    RuleName.PLAN_REVIEW,
    RuleName.NO_CONTACT,
]


@pytest.mark.parametrize("rule", OWNED)
def test_while_the_owner_is_away_what_is_the_clients_goes_to_the_backup_and_the_rest_waits(
    agency: Agency, rule: RuleName
) -> None:
    thing = anchored(rule)
    there, away = scene(agency, "2026-03-03T12:00"), scene(agency, "2026-03-03T12:00", AWAY)
    covers = {CLIENT: BOB.id}
    assert {each.split()[0] for each in due(there, thing, covers=covers)} == {"alice"}
    assert {each.split()[0] for each in due(away, thing, covers=covers)} == ({"bob"} if rule in COVERED else set())


def test_without_a_backup_the_supervisor_covers(agency: Agency) -> None:
    away = scene(agency, "2026-03-03T12:00", AWAY)
    assert due(away, anchored(RuleName.FOLLOW_UP)) == {"carol 0 days", "carol -3 business days"}


def test_without_coverage_everything_waits(agency: Agency) -> None:
    rules = {**POLICY.rules, RuleName.COVERAGE: POLICY.rule(RuleName.COVERAGE).model_copy(update={"on": False})}
    away = scene(agency, "2026-03-03T12:00", AWAY, policy=POLICY.model_copy(update={"rules": rules}))
    assert due(away, anchored(RuleName.FOLLOW_UP), covers={CLIENT: BOB.id}) == set()


def test_whoever_is_away_is_not_told_as_a_supervisor_and_their_own_supervisor_is(agency: Agency) -> None:
    thing = item(RuleName.SAFETY_FOLLOW_UP, eastern("2026-03-02T10:00"))
    gone = replace(CAROL, away_from=day("2026-03-01"), away_until=day("2026-03-31"))
    found = due(scene(agency, "2026-03-04T10:00", gone), thing)
    assert "dan supervisor: 48 hours" in found
    assert "carol supervisor: 48 hours" not in found


def test_two_who_supervise_each_other_and_are_both_away_stop_nothing(agency: Agency) -> None:
    gone = {"away_from": day("2026-03-01"), "away_until": day("2026-03-31")}
    carol, dan = replace(CAROL, **gone), replace(DAN, supervisor_id=CAROL.id, **gone)
    thing = item(RuleName.SAFETY_FOLLOW_UP, eastern("2026-03-02T10:00"))
    assert "alice 24 hours" in due(scene(agency, "2026-03-04T10:00", carol, dan), thing)


def test_a_policy_may_tell_a_backup_and_the_admins(agency: Agency) -> None:
    steps = [
        {"at": "1 day", "to": "backup"},
        {"at": "2 days", "to": "admin"},
    ]
    policy = policies.check(
        "format: 1\nrules:\n  follow_up:\n    source: Ours.\n    steps:\n"
        + "".join(f"      - {{at: {each['at']}, to: {each['to']}}}\n" for each in steps)
    )
    thing = item(RuleName.FOLLOW_UP, day("2026-03-02"))
    found = due(scene(agency, "2026-03-04T12:00", policy=policy), thing, covers={CLIENT: BOB.id})
    assert found == {"bob backup: 1 day", "dan admin: 2 days"}
    assert due(scene(agency, "2026-03-04T12:00", policy=policy), thing) == {"dan admin: 2 days"}


def test_a_contact_of_friday_afternoon_is_not_late_on_monday_morning(agency: Agency) -> None:
    thing = item(RuleName.UNNOTED_CONTACT, eastern("2026-03-06T16:00"))
    assert due(scene(agency, "2026-03-09T09:00"), thing) == {"alice 15 minutes"}


def test_somebody_without_slack_is_told_nothing(agency: Agency) -> None:
    unknown = replace(OWNER, slack_user_id="")
    thing = item(RuleName.UNNOTED_CONTACT, eastern("2026-03-02T10:00"))
    assert due(scene(agency, "2026-03-02T12:00", unknown), thing) == set()
