"""Many new rows at once, turned into what the driver takes before any transaction is open.

Here: how thousands of rows reach the database in as short a time as its own driver needs. Not here: which rows (services).
SQLAlchemy's own executemany works on every row inside the transaction, and takes several times as long there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy import Column, String, inspect
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from models.base import Base
from models.chunks import chunks

CHUNK: Final = 5_000

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one table, ready for the driver."""

    statement: str
    rows: Sequence[Row] = field(repr=False)
    by_column: bool = False


def batch(dialect: Dialect, table: type[Base], rows: Sequence[Mapping[str, object]]) -> Batch:
    """These rows, checked by their columns' types. Every row names the same columns; the others get their defaults.

    Errors: TypeError and ValueError as the columns raise them.
    """
    if not rows:
        return Batch("", ())
    defaults = {
        column.key: column.default.arg
        for column in inspect(table).columns
        if column.key not in rows[0] and isinstance(column.default, ScalarElementColumnDefault)
    }
    columns = [inspect(table).columns[name] for name in (*rows[0], *defaults)]
    writers = [column.type.dialect_impl(dialect).bind_processor(dialect) for column in columns]
    names = list(zip((column.key for column in columns), writers, strict=True))
    ready = [
        tuple(write(each[name]) if write else each[name] for name, write in names)
        for each in (({**row, **defaults} for row in rows) if defaults else rows)
    ]
    by_column = dialect.name == "postgresql"
    return Batch(_statement(dialect, table.__tablename__, columns, by_column=by_column), ready, by_column)


def completed(ready: Batch, last: Iterable[Row]) -> Batch:
    """The same rows with their last columns as they are known only now, in the form in which the driver takes them."""
    return replace(ready, rows=[row[: -len(end)] + end for row, end in zip(ready.rows, last, strict=True)])


def store(session: Session, ready: Batch, told: Callable[[int], None] = lambda _: None) -> None:
    """Insert the rows, some thousands in a statement; `told` hears after each how many they were."""
    if ready.rows:
        session.flush()
    for chunk in chunks(ready.rows, CHUNK):
        # PostgreSQL takes a chunk as one statement of one array per column; SQLite's driver takes rows.
        given = tuple(list(values) for values in zip(*chunk, strict=True)) if ready.by_column else list(chunk)
        session.connection().exec_driver_sql(ready.statement, given)
        told(len(chunk))


def insert(session: Session, table: type[Base], rows: Sequence[Mapping[str, object]]) -> None:
    """The same for rows that are known only now."""
    store(session, batch(session.connection().dialect, table, rows))


def _statement(dialect: Dialect, table: str, columns: Sequence[Column[object]], *, by_column: bool) -> str:
    quote = dialect.identifier_preparer.quote
    into = f"INSERT INTO {quote(table)} ({', '.join(quote(column.name) for column in columns)})"
    if by_column:
        arrays = ", ".join(f"%s::{_element(dialect, column)}[]" for column in columns)
        return f"{into} SELECT * FROM unnest({arrays})"  # noqa: S608 - nothing here comes from a value
    return f"{into} VALUES ({', '.join('?' * len(columns))})"


def _element(dialect: Dialect, column: Column[object]) -> str:
    # A cast to VARCHAR(n) would cut a word that is too long; as TEXT the column itself refuses it.
    return "TEXT" if isinstance(column.type, String) else column.type.compile(dialect)
