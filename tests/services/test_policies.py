"""Which policy is in force, and putting one in force."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, event

from models.base import new_id
from models.policy_versions import PolicyText, PolicyVersion
from models.rows import WorkspaceSession
from privacy.kek import FileKek
from services import audit_trail, policies
from services.audit import Action
from services.policies import PolicyError, defaults
from services.work import Work
from tests.canary import Canary
from tests.conftest import Agency, StandingClock, make_agency
from tests.services.roster_store import Store

ONCE = "format: 1\nsnooze: {most: 1}\n"
NEVER = "format: 1\nsnooze: {most: 0}\n"


@pytest.fixture
def store(engine: Engine, agency: Agency, clock: StandingClock) -> Store:
    """The agency's database."""
    return Store(engine, agency, clock)


def applied(text: str) -> Callable[[Work], int]:
    """Applying this text, for `Store.run`."""
    return lambda work: policies.apply(work, text)


def test_without_a_version_the_defaults_are_in_force(store: Store) -> None:
    assert store.run(policies.version_in_force) == 0
    assert store.run(policies.in_force) == defaults()


def test_the_newest_version_is_in_force(store: Store) -> None:
    assert store.run(applied(ONCE)) == 1
    assert store.run(policies.in_force).snooze.most == 1
    assert store.run(applied(NEVER)) == 2
    assert store.run(policies.in_force).snooze.most == 0
    assert store.run(policies.version_in_force) == 2


def test_putting_a_policy_in_force_is_in_the_trail_and_the_trail_stands(store: Store) -> None:
    store.run(applied(ONCE))
    (entry,) = store.recorded
    assert (entry.action, entry.object_type, entry.object_version) == (Action.POLICY_APPLY, "policy_version", 1)
    assert store.run(audit_trail.verify).findings == ()


def test_a_policy_that_says_the_same_is_no_new_version(store: Store) -> None:
    store.run(applied(ONCE))
    assert store.run(applied("# The same in other words.\nformat: 1\nsnooze:\n  most: 1\n")) == 1
    assert store.recorded == []
    assert store.run(policies.version_in_force) == 1


def test_a_policy_that_is_none_changes_nothing(store: Store) -> None:
    store.run(applied(ONCE))
    with pytest.raises(PolicyError):
        store.run(applied("format: 1\nsnooze: {most: -1}\n"))
    assert store.run(policies.version_in_force) == 1


def test_a_policy_is_stored_sealed(store: Store, canary: Canary) -> None:
    secret = canary.text("source")
    store.run(applied(f'format: 1\nrules: {{follow_up: {{source: "{secret}"}}}}\n'))
    row = store.run(lambda work: work.session.get_one(PolicyVersion, (store.agency.id, 1)))
    assert secret.encode() not in row.document.blob


def test_one_agencys_policy_is_not_anothers(store: Store, clock: StandingClock, kek: FileKek) -> None:
    store.run(applied(ONCE))
    other = Store(store.engine, make_agency(store.engine, clock, kek, "T0OTHER"), clock)
    assert other.run(policies.in_force) == defaults()
    other.run(applied(NEVER))
    assert store.run(policies.in_force).snooze.most == 1


def test_a_version_that_was_rolled_back_is_forgotten(store: Store) -> None:
    with WorkspaceSession(store.engine, store.agency.id) as session:
        work = Work(session, store.agency.id, store.agency.keys, store.clock.now())
        policies.apply(work, ONCE)
        assert policies.in_force(work).snooze.most == 1
        session.rollback()
    store.run(applied(NEVER))
    assert store.run(policies.in_force).snooze.most == 0


def test_a_policy_that_was_read_before_costs_one_query(store: Store) -> None:
    store.run(applied(ONCE))
    store.run(policies.in_force)
    statements: list[str] = []

    def count(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    event.listen(store.engine, "before_cursor_execute", count)
    store.run(policies.in_force)
    event.remove(store.engine, "before_cursor_execute", count)
    (question,) = [statement for statement in statements if statement.startswith("SELECT policy")]
    assert "document" not in question


def test_a_stored_policy_that_this_version_cannot_read_is_said_and_can_be_replaced(store: Store) -> None:
    def put(work: Work) -> None:
        row_id = new_id()
        cell = work.cell(policies.TABLE, "document", row_id, 1)
        document = work.keys.house_key.seal(PolicyText(text="format: 0"), cell)
        work.session.add(
            PolicyVersion(workspace_id=work.workspace_id, version=1, id=row_id, document=document, applied_at=work.now)
        )

    store.run(put)
    with pytest.raises(PolicyError):
        store.run(policies.in_force)
    assert store.run(applied(ONCE)) == 2
    assert store.run(policies.in_force).snooze.most == 1


def test_the_cache_holds_no_more_than_its_most() -> None:
    cache = policies.Cache(most=2)
    rows = [new_id() for _ in range(3)]
    for row_id in rows[:2]:
        cache.put(row_id, defaults())
    assert cache.get(rows[0]) is not None
    cache.put(rows[2], defaults())
    assert [cache.get(row_id) is not None for row_id in rows] == [True, False, True]
