"""What stands in clear in the database is exactly what docs/security.md says, and everything else is sealed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Boolean, Column, Date, Enum, Integer, LargeBinary, String, Uuid

from models.base import SealedColumn, UtcDateTime
from models.schema import metadata

DOCUMENT = Path(__file__).parents[2] / "docs" / "security.md"
# The kinds that a column's type allows: a text is never clear unless it is one of these.
KINDS: dict[type[object], frozenset[str]] = {
    Uuid: frozenset({"id"}),
    Enum: frozenset({"word"}),
    UtcDateTime: frozenset({"instant"}),
    Date: frozenset({"day"}),
    Boolean: frozenset({"flag"}),
    Integer: frozenset({"number"}),
    LargeBinary: frozenset({"keyed hash", "digest", "wrapped key"}),
    String: frozenset({"word", "reference", "Slack id", "address"}),
}
# Long enough for a word or an id, too short for a sentence; the address of a key is the one exception.
LONGEST = 128


def columns() -> Iterator[tuple[str, Column[object]]]:
    for table in metadata.sorted_tables:
        for column in table.columns:
            yield f"{table.name}.{column.name}", column


def clear_columns() -> dict[str, Column[object]]:
    return {name: column for name, column in columns() if not isinstance(column.type, SealedColumn)}


def documented() -> dict[str, tuple[str, str]]:
    section = DOCUMENT.read_text(encoding="utf-8").split("## Clear columns", 1)[1].split("\n## ", 1)[0]
    lines = re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \| ([^|]+) \| ([^|]+) \|$", section, re.MULTILINE)
    return {name: (kind.strip(), why.strip()) for name, kind, why in lines}


def test_every_clear_column_is_documented_and_no_other() -> None:
    assert set(documented()) == set(clear_columns())


@pytest.mark.parametrize("name", sorted(clear_columns()))
def test_a_clear_column_is_of_the_kind_that_the_document_says(name: str) -> None:
    kind, why = documented()[name]
    column = clear_columns()[name]
    allowed = next(kinds for base, kinds in KINDS.items() if isinstance(column.type, base))
    assert kind in allowed
    assert why


def test_no_clear_text_column_is_long_enough_for_a_sentence() -> None:
    for name, column in clear_columns().items():
        if isinstance(column.type, String) and documented()[name][0] != "address":
            assert column.type.length is not None
            assert column.type.length <= LONGEST


def test_what_is_sealed_can_only_be_given_sealed_values() -> None:
    sealed = [column for _, column in columns() if isinstance(column.type, SealedColumn)]
    assert sealed
    for column in sealed:
        assert isinstance(column.type, SealedColumn)
        with pytest.raises(TypeError, match="Seal the value"):
            column.type.process_bind_param("clear", None)  # type: ignore[arg-type] - the dialect is not looked at
