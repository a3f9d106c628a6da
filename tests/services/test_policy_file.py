"""The policy's file: what is read from it, and how each mistake is told with its line and its key."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.policy import Every, Pack, PackRequirement, Period, Policy, Rule, RuleName, Step
from models.policy_part import Part
from models.policy_words import Offset, Unit
from models.requirements import RequiredContact
from models.units import UnitRule
from services.policy_file import BYTES_MOST, PolicyError, check, default_text, defaults, to_yaml

OWN = """\
# An agency in Virginia.
format: 1
agency: {country: US, subdivision: VA, zone: America/Chicago, extra_holidays: [2026-12-24]}
business_hours: {from: 07:30}
digest: {every: day, on: mon}
rules:
  follow_up: {steps: [{at: 0 days}, {at: 2 business days, to: supervisor}]}
  no_contact: {on: no}
packs:
  ours: {source: "Handbook 4.2", from: 2026-01-01, until: null, requirements: [{kind: any, per: month}]}
programs: {ID waiver: va-id, "12": ours}
"""


def problems(text: str) -> list[str]:
    """The mistakes of a text as an operator reads them; a policy has none."""
    try:
        check(text)
    except PolicyError as error:
        return [str(problem) for problem in error.problems]
    return []


def test_what_a_file_leaves_out_is_noteds_default() -> None:
    assert check("format: 1") == defaults()
    assert check(default_text()) == defaults()


def test_what_a_file_says_counts_key_by_key_and_rule_by_rule() -> None:
    policy = check(OWN)
    assert (policy.agency.subdivision, policy.agency.zone) == ("VA", "America/Chicago")
    assert [day.isoformat() for day in policy.agency.extra_holidays] == ["2026-12-24"]
    assert (policy.business_hours.from_, policy.business_hours.until) == (450, 1080)
    assert (policy.digest.every, policy.digest.least_caseload) == (Every.DAY, 5)
    assert [step.at for step in policy.rule(RuleName.FOLLOW_UP).steps] == [
        Offset(0, Unit.DAYS),
        Offset(2, Unit.BUSINESS_DAYS),
    ]
    assert not policy.rule(RuleName.NO_CONTACT).on
    assert policy.rule(RuleName.NO_CONTACT).steps == defaults().rule(RuleName.NO_CONTACT).steps
    assert policy.rule(RuleName.PLAN_REVIEW) == defaults().rule(RuleName.PLAN_REVIEW)
    ours = policy.pack_of("12")
    assert ours is not None
    assert [(each.kind, each.per) for each in ours.requirements] == [(RequiredContact.ANY, Period.MONTH)]
    assert policy.pack_of("ID waiver") == defaults().packs["va-id"]


def test_steps_of_ones_own_do_not_cite_noteds_source() -> None:
    assert check(OWN).rule(RuleName.FOLLOW_UP).source == "Set by the agency."
    assert check(OWN).rule(RuleName.NO_CONTACT).source == defaults().rule(RuleName.NO_CONTACT).source


def test_a_rule_for_units_of_ones_own_does_not_cite_noteds_source() -> None:
    assert check("format: 1\nunits: {rule: five_min}\n").units.source == "Set by the agency."
    assert check('format: 1\nunits: {rule: five_min, source: "Our payer"}\n').units.source == "Our payer"
    assert check("format: 1\nunits: {day_most: 20}\n").units.source == defaults().units.source


def test_every_default_cites_its_source() -> None:
    assert all(rule.source for rule in defaults().rules.values())
    assert all(pack.source for pack in defaults().packs.values())


@pytest.mark.parametrize("text", [default_text(), OWN])
def test_a_policy_is_written_as_it_is_read(text: str) -> None:
    policy = check(text)
    assert check(to_yaml(policy)) == policy


def test_words_that_yaml_elsewhere_takes_for_something_else_are_words_here() -> None:
    text = "format: 1\nagency: {country: NO, zone: Europe/Oslo}\nbusiness_hours: {from: 08:00, until: 16:30}"
    policy = check(text)
    assert (policy.agency.country, policy.business_hours.from_, policy.business_hours.until) == ("NO", 480, 990)
    assert "country: NO\n" in to_yaml(policy)
    assert "    on: true\n" in to_yaml(policy)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("format: 1\nrulez: {}", "line 2, column 1, rulez: There is no such key here."),
        ("snooze: {most: 1}", "line 1, column 1, format: This key is missing."),
        ("format: 2", "line 1, column 1, format: Write 1."),
        ("format: 1\nsnooze:\n  most: lots", "line 3, column 3, snooze.most: Write a whole number."),
        ("format: 1\nsnooze:\n  most: 9", "line 3, column 3, snooze.most: This is too large; the most is 5."),
        ("format: 1\nsnooze:", "line 2, column 1, snooze: Write keys and values here."),
        (
            "format: 1\nnotes: {template: soup}",
            "line 2, column 9, notes.template: Write one of these: 'activities', 's",
        ),
        ("format: 1\nnotes: {copy_order: [plan]}", "line 2, column 9, notes.copy_order: One of these is no heading of"),
        (
            "format: 1\nnotes: {copy_template: dap, copy_order: [plan, plan]}",
            "line 2, column 29, notes.copy_order: A heading stands here twice.",
        ),
        ("format: 1\nagency: {zone: Mars/Olympus}", "line 2, column 10, agency.zone: There is no such time zone."),
        ("format: 1\nagency: {subdivision: ZZ}", "line 2, column 10, agency.subdivision: The country has no such"),
        (
            "format: 1\nagency: {extra_holidays: [2026-02-30]}",
            "column 27, agency.extra_holidays[1]: Write a day that exi",
        ),
        (
            "format: 1\ndaily_times:\n  first: 17:00",
            "line 2, column 1, daily_times.second: The daily times are in the w",
        ),
        (
            "format: 1\ndaily_times:\n  third: 09:00",
            "line 3, column 3, daily_times.third: The daily times are in the wr",
        ),
        (
            "format: 1\nrules:\n  folow_up: {}",
            "line 3, column 3, rules.folow_up: Write one of these: 'unnoted_contact'",
        ),
        (
            "format: 1\nrules:\n  returned_note:\n    steps:\n    - {at: -1 day}",
            "line 5, column 8, rules.returned_note.s",
        ),
        (
            "format: 1\nrules:\n  follow_up:\n    steps: [{at: 3 weeks}]",
            "rules.follow_up.steps[1].at: Write a number and",
        ),
        (
            "format: 1\nrules: {follow_up: {steps: [{at: 1 day, to: all}]}}",
            "steps[1].to: Write one of these: 'owner', ",
        ),
        ("format: 1\nrules: {follow_up: {on: maybe}}", "line 2, column 21, rules.follow_up.on: Write true or false."),
        ("format: 1\nrules: {follow_up: {steps: 1 day}}", "rules.follow_up.steps: Write a list: [one, another]."),
        ("format: 1\npacks: {A B: {}}", "line 2, column 9, packs.A B: Write small letters, digits and single hyphens."),
        ("format: 1\npacks: {a: {source: s, requirements: []}}", "packs.a.requirements: Write at least one."),
        (
            "format: 1\nprograms: {ID waiver: nowhere}",
            "line 2, column 12, programs.ID waiver: There is no pack of this",
        ),
        ("format: 1\nformat: 1", "line 2, column 1, format: This key stands here twice; first in line 1."),
        ("format: 1\nagency:\n\tcountry: US", "line 3, column 1: There is a tab here. Indent with spaces."),
        ("format: 1\na: &x 1\nb: *x", "line 2, column 4, a: An anchor (&) is not allowed."),
        ("format: 1\nb: *x", "line 2, column 4, b: An alias (*) is not allowed."),
        ("format: 1\nb: !!python/object:os.system x", "line 2, column 4, b: A tag (!) is not allowed."),
        ("format: 1\n? [a]\n: 1", "line 2, column 3: A key is plain text."),
        ("format: 1\n---\nformat: 1", "line 2, column 1: The file holds a second document. Keep one."),
        ("format: 1\na: b: c", "line 2, column 5: This is not YAML. Check the colons, the quotes and the indentation."),
        ("format: 1\na: [", "This is not YAML."),
        ("format: 1\na: \x00", "line 2, column 4: This character cannot stand in the file."),
        ("format: 1\na: \ud800", "line 2, column 4: This character cannot stand in the file."),
        ("%YAML 3.0\n---\nformat: 1", "line 1, column 1: This is not YAML."),
        ("", 'line 1, column 1: The file is empty. It needs at least "format: 1".'),
        ("# Nothing yet.\n", "line 1, column 1: The file is empty."),
        ("---\n", "line 1, column 1: The file is empty."),
        ("- format: 1", 'line 1, column 1: The file holds no keys. It begins with "format: 1".'),
        ("[" * 100_000, "This is too deep or too much for a policy."),
        ("format: 1\na: [" + "1," * 30_000 + "]", "This is too deep or too much for a policy."),
        ("#" * (BYTES_MOST + 1), "line 1, column 1: The file is larger than 256 KB."),
    ],
)
def test_each_mistake_is_told_with_its_line_and_its_key(text: str, told: str) -> None:
    (found,) = problems(text)
    assert told in found


def test_all_mistakes_are_told_at_once_in_the_order_of_their_lines() -> None:
    found = problems("snooze: {most: x}\nformat: 1\nagency: {zone: X/Y, country: ZZ}\nextra: 1")
    assert [line.split(":")[0] for line in found] == [
        "line 1, column 10, snooze.most",
        "line 3, column 10, agency.zone",
        "line 4, column 1, extra",
    ]


def test_a_flood_of_mistakes_is_cut() -> None:
    assert len(problems("format: 1\n" + "".join(f"k{number}: 1\n" for number in range(500)))) == 50


@given(st.text(max_size=200))
@settings(max_examples=60)
def test_no_text_does_more_than_be_refused(text: str) -> None:
    problems(text)


@given(st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_a_damaged_policy_is_read_or_refused(dice: random.Random) -> None:
    text = to_yaml(check(OWN))
    for _ in range(3):
        place = dice.randrange(len(text))
        text = (
            text[:place] + dice.choice(["", ":", "\n", "{", "- ", "'", "9", "\t"]) + text[place + dice.randrange(3) :]
        )
    problems(text)


def test_the_page_about_the_policy_names_every_key_and_every_rule() -> None:
    page = (Path(__file__).parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")
    sections = [field.annotation for field in Policy.model_fields.values()]
    parts = [part for part in sections if isinstance(part, type) and issubclass(part, Part)]
    keys = {
        field.alias or name
        for part in (Policy, *parts, Rule, Step, Pack, PackRequirement)
        for name, field in part.model_fields.items()
    }
    missing = [
        word for word in (*sorted(keys), *RuleName, *UnitRule) if f"`{word}" not in page and f".{word}`" not in page
    ]
    assert missing == []
