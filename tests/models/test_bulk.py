"""Many rows at once are the rows that SQLAlchemy would have stored, on both databases."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import Engine, event, insert, select
from sqlalchemy.orm import Session

from models import bulk
from models.audit import AuditEvent
from models.base import new_id, new_reference
from models.clients import Client
from models.engine import StoreError, make_engine, store_errors
from models.people import PersonProfile
from models.rows import WorkspaceSession
from models.staff import Staff
from privacy.kek import FileKek
from privacy.phi import Phi
from services.work import Work
from tests.conftest import NOON, Agency, StandingClock, make_agency


def rows(agency: Agency, count: int) -> list[dict[str, object]]:
    """New clients, every other one with days and a state of their own."""
    made: list[dict[str, object]] = []
    for number in range(count):
        row_id = new_id()
        cell = Work(Session(), agency.id, agency.keys, NOON).cell("client", "profile", row_id)
        made.append(
            {
                "workspace_id": agency.id,
                "id": row_id,
                "ref": new_reference("C"),
                "agency_id_index": number.to_bytes(4, "big"),
                "profile": agency.keys.house_key.seal(PersonProfile(name=Phi("x")), cell),
                "status": "closed" if number % 2 else "active",
                "plan_review_on": dt.date(2026, 4, 1) if number % 2 else None,
            }
        )
    return made


def stored(session: Session) -> list[tuple[object, ...]]:
    found = session.execute(select(Client.__table__).order_by(Client.id))
    return [tuple(row) for row in found]


def test_the_rows_are_those_that_sqlalchemy_stores(engine: Engine, agency: Agency) -> None:
    made = rows(agency, 5)
    with WorkspaceSession(engine, agency.id) as session:
        session.execute(insert(Client), made)
        expected = stored(session)
        session.rollback()
        bulk.insert(session, Client, made)
        assert stored(session) == expected
        session.rollback()


def test_thousands_of_rows_are_some_statements_and_are_told(
    engine: Engine, agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 4)
    ready = bulk.batch(engine.dialect, Client, rows(agency, 10))
    told: list[int] = []
    statements: list[str] = []
    with WorkspaceSession(engine, agency.id) as session:
        event.listen(session.connection(), "before_cursor_execute", lambda *call: statements.append(call[2]))
        bulk.store(session, ready, told.append)
        assert (told, len(statements), len(stored(session))) == ([4, 4, 2], 3, 10)


def test_nothing_is_asked_for_no_rows(engine: Engine) -> None:
    with Session(engine) as session:
        bulk.store(session, bulk.batch(engine.dialect, Client, []))


def test_a_value_of_the_wrong_kind_never_reaches_the_driver(engine: Engine, agency: Agency) -> None:
    (row,) = rows(agency, 1)
    with pytest.raises(TypeError, match="Seal the value"):
        bulk.batch(engine.dialect, Client, [row | {"profile": b"in clear"}])
    with pytest.raises((ValueError, LookupError)):
        bulk.batch(engine.dialect, Client, [row | {"status": "pending"}])


def test_a_word_that_is_too_long_is_refused_and_never_cut(
    postgres_url: str, clock: StandingClock, kek: FileKek
) -> None:
    engine = make_engine(postgres_url)
    agency = make_agency(engine, clock, kek)
    (row,) = rows(agency, 1)
    with WorkspaceSession(engine, agency.id) as session, pytest.raises(StoreError), store_errors():
        bulk.insert(session, Client, [row | {"ref": "C" * 25}])
    engine.dispose()


def test_defaults_are_those_of_the_tables(engine: Engine) -> None:
    batch = bulk.batch(engine.dialect, Staff, [{"id": new_id()}])
    assert "after_call" in batch.statement
    assert len(batch.rows[0]) > 3


def test_events_carry_instants_and_bytes(engine: Engine, agency: Agency) -> None:
    with WorkspaceSession(engine, agency.id) as session:
        found = session.execute(select(AuditEvent.__table__)).mappings().first()
        assert found is not None
        copy = dict(found) | {"seq": 99}
        bulk.insert(session, AuditEvent, [copy])
        again = session.execute(select(AuditEvent.__table__).where(AuditEvent.seq == 99)).mappings().one()
        assert dict(again) == copy
