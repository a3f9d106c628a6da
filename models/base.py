"""What every table shares: its base, its column types, ids and references. No table stands here."""

from __future__ import annotations

import datetime as dt
import secrets
import time
import uuid
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import DateTime, Enum, LargeBinary, MetaData
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass
from sqlalchemy.types import TypeDecorator

from privacy.phi import Phi
from privacy.sealed import Sealed

E = TypeVar("E", bound=StrEnum)

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
REFERENCE_LENGTH = 16


def new_id() -> uuid.UUID:
    """A new row id: UUIDv7, so that rows stand in the order they were made.

    It holds the time it was made and therefore never leaves the database; `new_reference` is what others see.
    Source: RFC 9562 §5.7.
    """
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62
    return uuid.UUID(int=value | secrets.randbits(62))


def new_reference(prefix: str) -> str:
    """A new random reference such as `N-7F3KQ2…`: 80 bits, meaningless outside, safe to send to Slack."""
    drawn = secrets.randbits(5 * REFERENCE_LENGTH)
    return f"{prefix}-" + "".join(CROCKFORD[drawn >> 5 * place & 31] for place in range(REFERENCE_LENGTH))


def blank() -> Phi[str]:
    """No words. A factory, because pydantic copies defaults and a Phi cannot be copied."""
    return Phi("")


class UtcDateTime(TypeDecorator[dt.datetime]):
    """An aware instant, stored in UTC. A naive one is refused, because its zone would be a guess."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Turn an aware instant into UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("An instant must be aware: give it a time zone before storing it.")
        return value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Give the stored instant its zone back; SQLite keeps none."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class SealedColumn(TypeDecorator[Sealed]):
    """A column that takes sealed values and nothing else, so that clear text cannot be stored by mistake."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        """Give the driver the bytes of a sealed value."""
        if value is None:
            return None
        if not isinstance(value, Sealed):
            raise TypeError("Seal the value before storing it.")
        return value.blob

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Sealed | None:
        """Wrap what the database returned; a malformed value raises FieldAuthError."""
        return None if value is None else Sealed(bytes(value))


def words(kind: type[E]) -> Enum:
    """The column type of a closed set of words, stored as the words themselves."""
    return Enum(kind, native_enum=False, length=32, validate_strings=True, values_callable=_values)


def _values(kind: type[StrEnum]) -> list[str]:
    return [word.value for word in kind]


class Base(MappedAsDataclass, DeclarativeBase, kw_only=True, repr=False, eq=False):
    """The base of every table. Keyword-only constructors, so that pyright sees a value in the wrong column."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {dt.datetime: UtcDateTime, Sealed: SealedColumn}  # noqa: RUF012 - SQLAlchemy reads this name

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"
