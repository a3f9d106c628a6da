"""Frozen values: both implementations open the good ones to the same text and refuse the bad ones."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import NotRequired, TypedDict
from uuid import UUID

import pytest

from privacy import sealed
from privacy.sealed import Cell, FieldAuthError, Sealed
from tests.privacy import independent
from tests.privacy.independent import Place, RefusedError


class Case(TypedDict):
    name: str
    result: str
    secret: str
    key_id: str
    cell: dict[str, str | int]
    blob: str
    text: NotRequired[str]


def _cases(result: str) -> list[Case]:
    every: list[Case] = json.loads((Path(__file__).parent / "known_answers.json").read_text())["cases"]
    return [case for case in every if case["result"] == result]


GOOD = _cases("opens")
BAD = _cases("refused")


def _place(case: Case) -> Place:
    cell = case["cell"]
    return Place(
        str(cell["workspace"]),
        str(cell["table"]),
        str(cell["column"]),
        str(cell["row"]),
        int(cell["version"]),
        str(cell["type"]),
    )


def _cell(case: Case) -> Cell:
    place = _place(case)
    return Cell(place.workspace, place.table, place.column, UUID(place.row), place.version, place.type)


def _ours(case: Case) -> bytes:
    value = Sealed(bytes.fromhex(case["blob"]))
    return sealed.open(bytes.fromhex(case["secret"]), UUID(case["key_id"]), _cell(case), value)


def _independent(case: Case) -> bytes:
    blob = bytes.fromhex(case["blob"])
    return independent.open_blob(bytes.fromhex(case["secret"]), case["key_id"], _place(case), blob)


def test_there_are_enough_cases() -> None:
    assert len(GOOD) >= 12
    assert len(BAD) >= 12


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case["name"])
def test_a_good_value_opens_to_its_text_in_both(case: Case) -> None:
    assert _ours(case) == case.get("text", "").encode()
    assert _independent(case) == case.get("text", "").encode()


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case["name"])
def test_sealing_again_with_the_same_salt_gives_the_same_bytes(case: Case) -> None:
    blob = bytes.fromhex(case["blob"])
    again = sealed.seal(
        bytes.fromhex(case["secret"]),
        UUID(case["key_id"]),
        _cell(case),
        case.get("text", "").encode(),
        salt=blob[20:44],
    )
    assert again.blob == blob


@pytest.mark.parametrize("case", BAD, ids=lambda case: case["name"])
def test_a_bad_value_is_refused_by_both(case: Case) -> None:
    with pytest.raises(FieldAuthError):
        _ours(case)
    with pytest.raises(RefusedError):
        _independent(case)


def test_the_reference_value_has_the_published_hash() -> None:
    cell = Cell("T024BE7LD", "contact_note", "body", UUID("0192f0c0-0000-7000-8000-0000000000aa"), 1, "str")
    value = sealed.seal(
        bytes(range(32)),
        UUID("0192f0c0-0000-7000-8000-000000000001"),
        cell,
        "Café visit — no risk.".encode(),
        salt=bytes(range(24)),
    )
    assert len(value.blob) == 156
    assert hashlib.sha256(value.blob).hexdigest() == "89c6d33888197c55e25f17764872bde93ad4b6f24020b0042720219bce60c78c"
