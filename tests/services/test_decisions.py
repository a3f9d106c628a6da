"""The one rule, cell by cell against the table that was reviewed, and the table against the document that people read."""

from __future__ import annotations

import datetime as dt
import os
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.staff import Role
from services.decisions import DAYS_AFTER_LOSS, Asker, Deed, Obligation, Relation, Spell, Standing, decide, was_there
from tests.services import decision_table
from tests.services.decision_table import BEGINS, DOCUMENT, ENDS, expected

TODAY = dt.date(2026, 3, 10)
TABLE = decision_table.read()
ROLE_SETS = [frozenset(each) for size in range(3) for each in combinations(Role, size)]
RELATION_SETS = [frozenset(each) for size in range(4) for each in combinations(Relation, size)]
ONLY_THERE = ({"was_there"}, {"was_there", "emergency"})


@pytest.mark.parametrize("deed", list(Deed))
def test_every_cell_is_as_it_was_reviewed(deed: Deed) -> None:
    lines = [line for line in TABLE if line.deed is deed]
    assert lines
    for roles in ROLE_SETS:
        for relations in RELATION_SETS:
            decision = decide(Asker(roles), deed, relations)
            words = expected(lines, roles, relations)
            cell = f"{deed.value} by {sorted(roles)} as {sorted(relations)}"
            assert decision.allowed == bool(words), cell
            if decision.allowed:
                assert decision.rule in words, cell
                assert (Obligation.TAG_EMERGENCY in decision.obligations) == (words == {"emergency"}), cell
                assert (Obligation.THIS_CONTACT_ONLY in decision.obligations) == (words in ONLY_THERE), cell
                assert (Obligation.AUDIT in decision.obligations) == (deed is not Deed.HOME_OPEN), cell


@pytest.mark.parametrize("standing", [each for each in Standing if each is not Standing.ACTIVE])
def test_whoever_is_no_active_staff_member_may_nothing(standing: Standing) -> None:
    for deed in Deed:
        for roles in ROLE_SETS:
            for relations in RELATION_SETS[: 1 + len(Relation)]:
                decision = decide(Asker(roles, standing), deed, relations)
                assert (decision.allowed, decision.rule) == (False, f"standing_{standing.value}")


def test_the_matrix_is_as_large_as_was_asked_for() -> None:
    assert len(ROLE_SETS) == 1 + 5 + 10
    assert len(ROLE_SETS) * len(Deed) * len(RELATION_SETS) >= 1500


def test_roles_add_up() -> None:
    for deed in Deed:
        for relations in RELATION_SETS:
            alone = {role: decide(Asker(frozenset({role})), deed, relations).allowed for role in Role}
            for roles in ROLE_SETS:
                nobody = decide(Asker(frozenset()), deed, relations).allowed
                assert decide(Asker(roles), deed, relations).allowed == (nobody or any(alone[role] for role in roles))


@pytest.mark.parametrize(
    ("deed", "relation"),
    [
        (Deed.NOTE_REVIEW, Relation.AUTHOR),
        (Deed.NOTE_REVIEW, Relation.SELF),
        (Deed.GLASS_REVIEW, Relation.SELF),
        (Deed.STAFF_ROLES, Relation.SELF),
    ],
)
def test_some_things_nobody_does_whatever_their_roles(deed: Deed, relation: Relation) -> None:
    for relations in RELATION_SETS:
        assert not decide(Asker(frozenset(Role)), deed, relations | {relation}).allowed


def test_every_line_of_the_table_is_asked_once() -> None:
    keys = [(line.deed, line.relations) for line in TABLE]
    assert len(keys) == len(set(keys))
    assert {line.deed for line in TABLE} == set(Deed)


def test_an_admin_reads_no_note_and_no_follow_up() -> None:
    admin = Asker(frozenset({Role.ADMIN}))
    for deed in (Deed.CLIENT_READ, Deed.NOTE_READ, Deed.NOTE_WRITE, Deed.NOTE_AMEND, Deed.FOLLOW_UP_CHANGE):
        for relations in RELATION_SETS:
            assert not decide(admin, deed, relations).allowed


def test_the_document_shows_the_table_as_it_was_reviewed() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    before, rest = text.split(BEGINS)
    shown, after = rest.split(ENDS)
    if os.environ.get("NOTED_WRITE_GOLDEN"):
        DOCUMENT.write_text(f"{before}{BEGINS}\n\n{decision_table.document()}\n{ENDS}{after}", encoding="utf-8")
        return
    assert shown.strip() == decision_table.document().strip()


@pytest.mark.parametrize(
    ("lost_days_ago", "contact_days_ago", "there"),
    [
        (0, 0, True),  # In the morning it was still theirs.
        (0, 9, True),
        (1, 0, False),
        (30, 31, True),
        (30, 30, True),
        (30, 29, False),
        (31, 32, False),
        (5, 100, True),
        (5, 101, False),
    ],
)
def test_who_was_there_may_write_about_it_for_thirty_days(
    lost_days_ago: int, contact_days_ago: int, there: bool
) -> None:
    last = TODAY - dt.timedelta(lost_days_ago + 1)
    spells = [Spell(TODAY - dt.timedelta(100), last)]
    assert was_there(spells, TODAY - dt.timedelta(contact_days_ago), TODAY) is there


def test_who_comes_back_for_a_day_was_there_at_the_earlier_contact_too() -> None:
    spells = [
        Spell(TODAY - dt.timedelta(200), TODAY - dt.timedelta(150)),
        Spell(TODAY - dt.timedelta(9), TODAY - dt.timedelta(8)),
    ]
    assert was_there(spells, TODAY - dt.timedelta(160), TODAY)
    assert not was_there(spells, TODAY - dt.timedelta(100), TODAY)


days = st.integers(-120, 60).map(lambda n: TODAY + dt.timedelta(n))
spells = st.lists(st.builds(Spell, days, st.none() | days), max_size=4)


@given(spells, days)
def test_nobody_was_at_a_contact_to_come_or_long_after_every_loss(having: list[Spell], day: dt.date) -> None:
    if was_there(having, day, TODAY):
        assert day <= TODAY
        assert any(each.from_on <= day for each in having)
        assert any(
            each.until_on is None or each.until_on + dt.timedelta(1 + DAYS_AFTER_LOSS) >= TODAY for each in having
        )
