"""Contact requirements as a file says them."""

from __future__ import annotations

import datetime as dt

import pytest

from models.policy import Policy
from models.requirements import RequiredContact
from services import policies
from services.csv_cells import UnreadableError
from services.requirement_words import of_program, read_requirements
from services.requirements import NewRequirement

TODAY = dt.date(2026, 3, 2)
VISIT, ANY = RequiredContact.FACE_TO_FACE, RequiredContact.ANY
OWN_PACKS = """
format: 1
packs:
  old: {source: ours, until: 2026-03-01, requirements: [{kind: any, per: month}]}
  new: {source: ours, from: 2026-06-01, until: 2027-05-31, requirements: [{kind: any, per: month}]}
programs: {ID waiver: va-id, Old one: old, New one: new}
"""


def policy() -> Policy:
    return policies.check(OWN_PACKS)


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("visit every 90 days", [NewRequirement(VISIT, 90)]),
        ("Visit  each 1 day", [NewRequirement(VISIT, 1)]),
        ("visit every 30 days, grace 10, home every 2", [NewRequirement(VISIT, 30, 10, 2)]),
        ("visit every 30 days, home every 2, grace 10 days;", [NewRequirement(VISIT, 30, 10, 2)]),
        ("contact every month ; visit every month", [NewRequirement(ANY), NewRequirement(VISIT)]),
        ("VA-ID", [NewRequirement(VISIT, 90, 10, pack="va-id")]),
        ("va-mh; contact every month", [NewRequirement(VISIT, 90, pack="va-mh"), NewRequirement(ANY)]),
        ("new", [NewRequirement(ANY, pack="new", until_on=dt.date(2027, 5, 31))]),
        ("none", []),
    ],
)
def test_packs_and_words_say_how_often_a_client_is_seen(cell: str, wanted: list[NewRequirement]) -> None:
    assert list(read_requirements(cell, policy(), TODAY)) == wanted


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("quarterly", "This is no contact requirement"),
        ("none; va-id", "This is no contact requirement"),
        ("visit every 0 days", "every 1 to 366 days"),
        ("visit every 367 days", "every 1 to 366 days"),
        ("visit every 30 days, grace 30", "fewer than the days between"),
        ("visit every 90 days, grace 61", "at most 60"),
        ("visit every 90 days, grace 5, grace 6", "each once"),
        ("visit every 90 days, at home", "After the first comma"),
        ("contact every month, home every 2", "Only a visit"),
        ("visit every month, home every 13", "at least every twelfth"),
        ("va-id; va-id", "twice"),
        ("old", "has ended"),
        ("; ".join(f"contact every {days} days" for days in range(1, 8)), "more than six"),
    ],
)
def test_other_words_are_refused_with_what_to_write(cell: str, sentence: str) -> None:
    with pytest.raises(UnreadableError) as refused:
        read_requirements(cell, policy(), TODAY)
    assert sentence in refused.value.sentence


def test_a_program_has_the_pack_that_the_policy_gives_it() -> None:
    assert of_program(policy(), "ID waiver", TODAY) == (NewRequirement(VISIT, 90, 10, pack="va-id"),)
    assert [each.from_on for each in of_program(policy(), "New one", TODAY)] == [dt.date(2026, 6, 1)]
    assert of_program(policy(), "Old one", TODAY) == ()
    assert of_program(policy(), "Another", TODAY) == ()
