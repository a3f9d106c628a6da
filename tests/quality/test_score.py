"""The labelled set is measured, the goals are met on the half that nobody looks at, and only numbers leave."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from quality.score import HALVES, Half, score

AGENCY = {
    "glossary": ["DSP"],
    "other_clients": ["Marcus Bell"],
    "known_people": [],
    "unlabelled": {"sentences": ["Q52"], "notes": ["Q54"]},
}
SENTENCES = [
    {
        "id": "s1",
        "kind": "collateral",
        "field": "done",
        "text": "Ana claims it.",
        "findings": [{"rule": "Q01", "found": "claims"}],
    },
    {
        "id": "s2",
        "kind": "collateral",
        "field": "done",
        "text": "He was rude.",
        "findings": [{"rule": "Q21", "found": "rude"}],
    },
    {
        "id": "s3",
        "kind": "collateral",
        "field": "done",
        "text": "Marcus Bell came by.",
        "findings": [{"rule": "Q70", "found": "Marcus Bell"}],
    },
]
NOTES = [
    {
        "id": "n1",
        "kind": "collateral",
        "activities": ["advocated"],
        "done": "Called the housing office about the ramp and the lease.",
        "observations": "He is lazy.",
        "findings": [
            {"rule": "Q20", "field": "observations", "found": "lazy"},
            {"rule": "Q55", "field": "done", "found": ""},
        ],
    }
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A set of four, with one label that is wrong and one that is missed."""
    (tmp_path / "agency.json").write_text(json.dumps(AGENCY))
    for half in HALVES:
        (tmp_path / f"sentences_{half}.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in SENTENCES))
        (tmp_path / f"notes_{half}.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in NOTES))
    return tmp_path


def test_a_score_counts_what_is_right_wrong_and_missed_and_what_was_taken_for_what(folder: Path) -> None:
    made = score("tuning", folder)
    rows = {rule: (each.right, each.wrong, each.missed) for rule, each in made.by_rule.items()}
    assert rows == {
        "Q01": (1, 0, 0),
        "Q21": (0, 0, 1),
        "Q22": (0, 1, 0),
        "Q70": (1, 0, 0),
        "Q20": (1, 0, 0),
        "Q55": (0, 0, 1),
    }
    assert made.confused == {("Q21", "Q22"): 1}
    assert (made.warnings.precision, made.warnings.recall) == (3 / 4, 3 / 5)
    assert (made.notes, made.screens) == (1, 1)
    assert not made.meets_goals


def test_an_empty_half_has_nothing_wrong(folder: Path) -> None:
    (folder / "sentences_tuning.jsonl").write_text("")
    (folder / "notes_tuning.jsonl").write_text("")
    made = score("tuning", folder)
    assert (made.warnings.precision, made.warnings.recall, made.screen_share) == (1.0, 1.0, 0.0)


@pytest.mark.parametrize("half", HALVES)
def test_the_goals_are_met(half: Half) -> None:
    made = score(half)
    assert made.warnings.precision >= 0.90
    assert made.warnings.recall >= 0.80
    assert made.screen_share <= 0.25
    assert made.meets_goals
