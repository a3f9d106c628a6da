"""What a policy may say: its values, and what has to fit together."""

from __future__ import annotations

import copy
import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from models.policy import ANCHORS, Anchor, Pack, PackRequirement, Policy, Receiver, RuleName, Step
from models.policy_words import DailyTime, Day, Offset, Seconds, Unit, Weekday, Zone
from services.policies import defaults

PLAIN = defaults().model_dump(mode="json", by_alias=True)


def mistakes(change: dict[str, Any]) -> dict[str, str]:
    """The refusals of the default policy after this change, by place; a change is given section by section."""
    plain = copy.deepcopy(PLAIN)
    for section, values in change.items():
        plain[section].update(values)
    try:
        Policy.model_validate(plain)
    except ValidationError as error:
        return {".".join(map(str, each["loc"])): each["msg"] for each in error.errors()}
    return {}


@given(st.integers(-1000, 1000), st.sampled_from(Unit))
def test_an_offset_is_written_as_it_is_read(amount: int, unit: Unit) -> None:
    offset = Offset(amount, unit)
    assert Offset.parse(str(offset)) == offset


@pytest.mark.parametrize(
    ("words", "offset"),
    [
        ("1 business day", Offset(1, Unit.BUSINESS_DAYS)),
        ("-3 business days", Offset(-3, Unit.BUSINESS_DAYS)),
        ("4 business hours", Offset(4, Unit.BUSINESS_HOURS)),
        ("0 days", Offset(0, Unit.DAYS)),
        ("15 minute", Offset(15, Unit.MINUTES)),
    ],
)
def test_an_offset_may_be_singular_or_plural(words: str, offset: Offset) -> None:
    assert Offset.parse(words) == offset


@pytest.mark.parametrize(
    "words", ["", "4", "4 weeks", "four days", "1.5 days", " 1 day", "+1 day", "1001 days", 4, None]
)
def test_what_is_no_offset_is_refused(words: object) -> None:
    with pytest.raises(PydanticCustomError):
        Offset.parse(words)


@pytest.mark.parametrize(
    ("words", "minute"),
    [("30 minutes after start", 510), ("middle", 780), ("1 minute before end", 1079), ("16:30", 990), ("00:00", 0)],
)
def test_a_daily_time_follows_the_working_day(words: str, minute: int) -> None:
    assert DailyTime.parse(words).minute(480, 1080) == minute
    assert str(DailyTime.parse(words)) == words


@pytest.mark.parametrize("words", ["noon", "24:00", "8:00", "-5 minutes after start", "5 minutes before start", 480])
def test_what_is_no_daily_time_is_refused(words: object) -> None:
    with pytest.raises(PydanticCustomError):
        DailyTime.parse(words)


@pytest.mark.parametrize("zone", ["America/New_York", "UTC", "Australia/Lord_Howe"])
def test_a_time_zone_is_one_that_exists(zone: str) -> None:
    assert TypeAdapter[str](Zone).validate_python(zone) == zone


@pytest.mark.parametrize(
    "zone", ["America/Nowhere", "America", "EST5EDT4", "localtime", "../etc/passwd", "/etc/hosts", ""]
)
def test_an_impossible_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[str](Zone).validate_python(zone)


def test_a_day_is_one_that_exists() -> None:
    day = TypeAdapter[dt.date](Day)
    assert day.validate_python("2028-02-29") == dt.date(2028, 2, 29)
    for words in ("2026-02-29", "2026-2-1", "tomorrow", 20260101, "20260101"):
        with pytest.raises(ValidationError):
            day.validate_python(words)


def test_seconds_may_be_minutes() -> None:
    seconds = TypeAdapter[int](Seconds)
    assert seconds.validate_python("2 minutes") == 120
    assert seconds.dump_python(1) == "1 second"


def test_the_week_begins_on_monday() -> None:
    assert [day.iso for day in Weekday] == [1, 2, 3, 4, 5, 6, 7]


def test_every_rule_has_an_anchor_and_a_default() -> None:
    assert set(ANCHORS) == set(RuleName) == set(defaults().rules)
    assert all(defaults().rule(name).on for name in RuleName)


def test_a_step_goes_to_the_owner_once_unless_it_says_otherwise() -> None:
    step = Step.model_validate({"at": "2 hours"})
    assert (step.to, step.every) == (Receiver.OWNER, None)


@pytest.mark.parametrize("rule", [name for name in RuleName if ANCHORS[name] is Anchor.INSTANT])
def test_a_negative_offset_is_refused_where_something_has_happened(rule: RuleName) -> None:
    found = mistakes({"rules": {rule.value: {"on": True, "source": "s", "steps": [{"at": "-1 day"}]}}})
    assert list(found) == [f"rules.{rule}.steps.0.at"]
    assert "negative" in found[f"rules.{rule}.steps.0.at"]


@pytest.mark.parametrize("rule", [name for name in RuleName if ANCHORS[name] is Anchor.DAY])
def test_a_rule_that_counts_from_a_day_takes_days(rule: RuleName) -> None:
    steps = [{"at": "-1 day"}, {"at": "2 business days"}, {"at": "4 hours"}]
    found = mistakes({"rules": {rule.value: {"on": True, "source": "s", "steps": steps}}})
    assert list(found) == [f"rules.{rule}.steps.2.at"]


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        ({"on": True, "source": "s", "steps": []}, "rules.follow_up"),
        ({"on": True, "source": "s", "steps": [{"at": "1 day"}, {"at": "1 day", "every": "2 days"}]}, "steps.1"),
        ({"on": True, "source": "s", "steps": [{"at": "1 day", "every": "0 days"}]}, "steps.0.every"),
        ({"on": True, "source": "s", "steps": [{"at": "1 day", "every": "4 hours"}]}, "steps.0.every"),
        ({"on": True, "source": "s", "steps": [{"at": "1 day", "to": "everyone"}]}, "steps.0.to"),
        ({"on": True, "source": "", "steps": [{"at": "1 day"}]}, "source"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_at_its_key(rule: dict[str, Any], place: str) -> None:
    assert [each.endswith(place) for each in mistakes({"rules": {"follow_up": rule}})] == [True]


def test_a_rule_that_is_off_needs_no_steps_and_one_without_steps_takes_none() -> None:
    assert not mistakes({"rules": {"follow_up": {"on": False, "source": "s", "steps": []}}})
    found = mistakes({"rules": {"end_of_day": {"on": True, "source": "s", "steps": [{"at": "1 day"}]}}})
    assert list(found) == ["rules.end_of_day.steps"]


def test_every_rule_has_to_be_there() -> None:
    plain = copy.deepcopy(PLAIN)
    del plain["rules"]["follow_up"]
    with pytest.raises(ValidationError) as refused:
        Policy.model_validate(plain)
    assert [each["loc"] for each in refused.value.errors()] == [("rules", "follow_up")]


@pytest.mark.parametrize(
    ("times", "place"),
    [
        ({"first": "middle", "second": "30 minutes after start"}, "daily_times.second"),
        ({"third": "middle"}, "daily_times.third"),
        ({"first": "07:59"}, "daily_times.first"),
        ({"third": "18:00"}, "daily_times.third"),
    ],
)
def test_daily_times_in_the_wrong_order_or_outside_the_business_hours_are_refused(
    times: dict[str, str], place: str
) -> None:
    assert list(mistakes({"daily_times": times})) == [place]


@pytest.mark.parametrize(
    ("section", "values", "place"),
    [
        ("business_hours", {"from": "18:00", "until": "08:00"}, "business_hours.until"),
        ("business_hours", {"days": ["mon", "mon"]}, "business_hours.days"),
        ("business_hours", {"days": []}, "business_hours.days"),
        ("agency", {"country": "XX"}, "agency.country"),
        ("agency", {"subdivision": "XX"}, "agency.subdivision"),
        ("agency", {"zone": "Mars/Olympus"}, "agency.zone"),
        ("deadlines", {"note_late_after": "-2 business days"}, "deadlines.note_late_after"),
        ("deadlines", {"draft_kept": "30 business days"}, "deadlines.draft_kept"),
        ("snooze", {"most": True}, "snooze.most"),
        ("snooze", {"most": 6}, "snooze.most"),
        ("digest", {"least_caseload": 4}, "digest.least_caseload"),
        ("programs", {"ID waiver": "no-such-pack"}, "programs.ID waiver"),
    ],
)
def test_each_mistake_stands_at_its_key(section: str, values: dict[str, Any], place: str) -> None:
    assert list(mistakes({section: values})) == [place]


def test_a_requirement_has_one_rhythm() -> None:
    for wrong in ({}, {"every": "90 days", "per": "month"}, {"per": "month", "home_every": 2}):
        with pytest.raises(ValidationError):
            PackRequirement.model_validate({"kind": "any", **wrong})
    visit = PackRequirement.model_validate({"kind": "face_to_face", "every": "90 days", "grace": "10 days"})
    assert (visit.every_days, visit.grace_days, visit.home_every) == (90, 10, 0)
    assert PackRequirement.model_validate({"kind": "any", "per": "month"}).every_days is None


def test_a_pack_holds_from_a_day_until_a_day() -> None:
    plain = {"source": "s", "requirements": [{"kind": "any", "per": "month"}]}
    pack = Pack.model_validate({**plain, "from": "2026-01-01", "until": "2026-12-31"})
    assert [pack.holds_on(dt.date(2026, 1, 1)), pack.holds_on(dt.date(2026, 12, 31))] == [True, True]
    assert [pack.holds_on(dt.date(2025, 12, 31)), pack.holds_on(dt.date(2027, 1, 1))] == [False, False]
    assert Pack.model_validate(plain).holds_on(dt.date(1999, 1, 1))
    with pytest.raises(ValidationError):
        Pack.model_validate({**plain, "from": "2026-01-02", "until": "2026-01-01"})


def test_a_programme_has_the_pack_that_is_named_for_it() -> None:
    plain = copy.deepcopy(PLAIN)
    plain["programs"] = {"ID waiver": "va-id"}
    policy = Policy.model_validate(plain)
    assert policy.pack_of("ID waiver") == policy.packs["va-id"]
    assert policy.pack_of("Another") is None


def test_a_policy_is_never_changed() -> None:
    with pytest.raises(ValidationError):
        defaults().snooze.most = 5
