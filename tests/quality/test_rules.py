"""The rules as data: all 75 are there, each keeps its own examples, and data that holds no rule is refused."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from quality.checks import CHECKS
from quality.engine import Checker
from quality.findings import Severity
from quality.note import TEXTS
from quality.rules import Book, Example, Guard, OwnRule, Policy, Rule, book
from quality.whole import CONDITIONS, WHOLE
from tests.quality.examples import checked, ids

FOUND = [
    pytest.param(rule, example, id=f"{rule.id}-{at}") for rule in book().rule for at, example in enumerate(rule.finds)
]
LEFT = [
    pytest.param(rule, example, id=f"{rule.id}-{at}") for rule in book().rule for at, example in enumerate(rule.leaves)
]
OWN = {
    "id": "A01",
    "name": "blue folder",
    "severity": "warn",
    "kind": "plain",
    "phrases": ["blue folder"],
    "suggest": "the intake folder",
    "why": "It was renamed.",
    "source": ["S0"],
    "finds": ["It is in the blue folder."],
    "leaves": ["It is in the intake folder."],
}


def test_there_are_the_75_rules_in_their_order() -> None:
    assert [rule.id for rule in book().rule] == [f"Q{number:02}" for number in range(1, 76)]


def test_only_another_name_and_a_missing_goal_block() -> None:
    assert [rule.id for rule in book().rule if rule.severity is Severity.BLOCK] == ["Q54", "Q70"]


@pytest.mark.parametrize(("rule", "example"), FOUND)
def test_a_rule_finds_what_it_says_it_finds(checker: Checker, rule: Rule, example: str | Example) -> None:
    assert rule.id in ids(checked(checker, example))


@pytest.mark.parametrize(("rule", "example"), LEFT)
def test_a_rule_leaves_alone_what_it_says_it_leaves(checker: Checker, rule: Rule, example: str | Example) -> None:
    assert rule.id not in ids(checked(checker, example))


def test_every_check_and_condition_is_named_by_a_rule_and_every_field_exists() -> None:
    assert {rule.check for rule in book().rule if rule.check} == set(CHECKS) | set(WHOLE)
    assert {rule.when for rule in book().rule if rule.when} == set(CONDITIONS)
    assert {name for rule in book().rule for name in rule.fields} <= set(TEXTS)


def test_every_source_is_used_and_explained() -> None:
    assert {short for rule in book().rule for short in rule.source} == set(book().sources)


@pytest.mark.parametrize(
    "wrong",
    [
        {"phrases": []},
        {"phrases": ["~3 folder"]},
        {"phrases": ["the?"]},
        {"phrases": ["@nobody folder"]},
        {"unless": {"after": ["@nobody"]}},
        {"id": "Q99"},
        {"id": "blue"},
        {"severity": "block"},
        {"check": "shouting"},
        {"when": "no_event"},
        {"finds": []},
        {"leaves": []},
        {"colour": "blue"},
    ],
    ids=lambda wrong: str(wrong)[1:-1],
)
def test_an_agencys_rule_that_is_none_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Policy.model_validate({"rules": [OWN | wrong]})


def test_two_rules_with_one_id_are_refused() -> None:
    with pytest.raises(ValidationError, match="same id"):
        Policy.model_validate({"rules": [OWN, OWN]})
    whole = book().model_dump()
    with pytest.raises(ValidationError, match="same id"):
        Book.model_validate(whole | {"rule": [whole["rule"][0], whole["rule"][0]]})


def test_a_rule_from_nowhere_is_refused() -> None:
    whole = book().model_dump()
    with pytest.raises(ValidationError, match="unknown sources"):
        Book.model_validate(whole | {"rule": [OWN | {"source": ["X9"]}]})


def test_an_agencys_rule_keeps_its_own_examples() -> None:
    rule = OwnRule.model_validate(OWN)
    own = Checker(Policy(rules=(rule,)))
    assert all(rule.id in ids(checked(own, each)) for each in rule.finds)
    assert not any(rule.id in ids(checked(own, each)) for each in rule.leaves)


def test_a_guard_lists_every_phrase() -> None:
    guard = Guard(over=("a",), before=("b",), after=("c",), near=("d",), sentence=("e",))
    assert list(guard.phrases()) == ["a", "b", "c", "d", "e"]
