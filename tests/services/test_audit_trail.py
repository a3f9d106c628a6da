"""The check of the trail: whatever somebody does to events or rows behind the app's back is found and named."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, delete, insert, select, text, update

from models.audit import AuditEvent
from models.base import SealedColumn, new_id
from models.clients import Client
from models.engine import make_engine
from models.goals import Goal
from models.notes import Note, NoteVersion
from models.rows import WorkspaceSession
from models.schema import metadata
from models.staff import Staff
from privacy.kek import FileKek
from privacy.sealed import Sealed
from services import audit, audit_rows
from services.audit import Action
from services.audit_findings import Finding, Kind, Report
from services.audit_trail import verify
from services.work import Work
from tests.conftest import NOON, Agency, StandingClock, make_agency
from tests.services.trails import LAST, NOTE_ONE, NOTE_ONE_AGAIN, NOTE_TWO, Trail

VERSION = "note_version"


@pytest.fixture
def trail(engine: Engine, agency: Agency) -> Trail:
    return Trail(engine, agency).build()


def test_a_whole_trail_has_no_findings(trail: Trail) -> None:
    assert trail.verify() == Report(LAST, ())
    assert trail.verify().exit_code == 0


@pytest.mark.parametrize(
    "change",
    [
        "rule = 'other'",
        "outcome = 'denied'",
        "action = 'note:read'",
        "actor_id = NULL",
        "object_id = NULL",
        "object_type = 'goal'",
        "object_version = 9",
        "digest = NULL",
        "request_id = key_id",
        "key_id = request_id",
    ],
)
def test_an_edited_event_is_found_by_its_number(trail: Trail, change: str) -> None:
    trail.tamper(f"UPDATE audit_event SET {change} WHERE seq = {NOTE_ONE}")
    assert trail.found() == [(Kind.EDITED, NOTE_ONE)]
    assert trail.verify().exit_code == 10


def test_an_event_moved_in_time_is_found(trail: Trail) -> None:
    trail.tamper(update(AuditEvent).where(AuditEvent.seq == LAST).values(at=NOON.replace(microsecond=1)))
    assert trail.found() == [(Kind.EDITED, LAST)]


def test_an_event_with_another_mac_is_found_and_its_words_cleared(trail: Trail) -> None:
    trail.tamper(update(AuditEvent).where(AuditEvent.seq == 5).values(mac=b"m" * 32))
    assert trail.found() == [(Kind.WRONG_MAC, 5)]


def test_a_mac_of_the_wrong_length_is_found(trail: Trail) -> None:
    trail.tamper(update(AuditEvent).where(AuditEvent.seq == 5).values(mac=b"short"))
    assert trail.found() == [(Kind.EDITED, 5)]


@pytest.mark.parametrize("seq", [1, NOTE_ONE, LAST - 1])
def test_a_removed_event_is_found_by_its_number(trail: Trail, seq: int) -> None:
    trail.tamper(f"DELETE FROM audit_event WHERE seq = {seq}")
    assert trail.found() == [(Kind.REMOVED, seq)]
    assert trail.verify().exit_code == 10


def renumber(first: int, shift: int) -> tuple[str, str]:
    # Twice, because the numbers are unique at every step.
    return (
        f"UPDATE audit_event SET seq = -seq WHERE seq >= {first}",
        f"UPDATE audit_event SET seq = -seq + {shift} WHERE seq < 0",
    )


@pytest.mark.parametrize("seq", [1, NOTE_ONE, LAST - 2])
def test_a_removed_event_is_found_although_the_rest_was_renumbered(trail: Trail, seq: int) -> None:
    trail.tamper(
        f"DELETE FROM audit_event WHERE seq = {seq}",
        *renumber(seq, -1),
        f"UPDATE audit_head SET seq = {LAST - 1}",
    )
    assert trail.found() == [(Kind.RENUMBERED, seq)]


def test_two_events_that_changed_places_are_found(trail: Trail) -> None:
    for first, second in ((4, 9), (9, 10), (12, 13)):
        swap = (
            f"UPDATE audit_event SET seq = -1 WHERE seq = {first}",
            f"UPDATE audit_event SET seq = {first} WHERE seq = {second}",
            f"UPDATE audit_event SET seq = {second} WHERE seq = -1",
        )
        trail.tamper(*swap)
        assert trail.found() == [(Kind.REORDERED, first), (Kind.REORDERED, second)]
        trail.tamper(*swap)
    assert trail.found() == []


def test_events_whose_words_changed_places_are_found(trail: Trail) -> None:
    names = ("action", "object_id", "object_type", "digest", "actor_id")
    words = [getattr(AuditEvent, name) for name in names]
    with WorkspaceSession(trail.engine, trail.agency.id) as session:
        chosen = select(AuditEvent.seq, *words).where(AuditEvent.seq.in_((2, 4)))
        rows = {seq: dict(zip(names, row, strict=True)) for seq, *row in session.execute(chosen)}
    trail.tamper(
        update(AuditEvent).where(AuditEvent.seq == 2).values(**rows[4]),
        update(AuditEvent).where(AuditEvent.seq == 4).values(**rows[2]),
    )
    assert trail.found() == [(Kind.REORDERED, 2), (Kind.REORDERED, 4)]


EVERYTHING_ELSE = (
    "workspace_id, at, actor_id, action, outcome, object_type, object_id, object_version, digest, rule, "
    "request_id, key_id"
)


def forge(seq: int, mac: str) -> str:
    return (
        f"INSERT INTO audit_event (seq, mac, {EVERYTHING_ELSE}) "
        f"SELECT {seq}, {mac}, {EVERYTHING_ELSE} FROM audit_event WHERE seq = {seq - 1}"
    )


def test_a_forged_event_at_the_end_is_found(trail: Trail) -> None:
    trail.tamper(forge(LAST + 1, "mac"), f"UPDATE audit_head SET seq = {LAST + 1}")
    assert trail.found() == [(Kind.EDITED, LAST + 1)]


def test_a_forged_event_in_the_middle_is_found(trail: Trail) -> None:
    other = "(SELECT mac FROM audit_event WHERE seq = 3)"
    trail.tamper(*renumber(10, 1), forge(10, other), f"UPDATE audit_head SET seq = {LAST + 1}")
    assert trail.found() == [(Kind.EDITED, 10), (Kind.RENUMBERED, 11)]


def test_a_doubled_event_in_the_middle_is_found(trail: Trail) -> None:
    trail.tamper(*renumber(10, 1), forge(10, "mac"), f"UPDATE audit_head SET seq = {LAST + 1}")
    assert trail.found() == [(Kind.RENUMBERED, 10)]


def test_a_trail_that_was_cut_off_is_found(trail: Trail) -> None:
    trail.tamper(f"DELETE FROM audit_event WHERE seq > {LAST - 3}")
    assert trail.found() == [(Kind.TRUNCATED, LAST - 2)]
    assert trail.verify().exit_code == 11


def test_a_trail_that_was_emptied_is_found(trail: Trail) -> None:
    trail.tamper("DELETE FROM audit_event")
    report = trail.verify()
    assert report.events == 0
    assert (Kind.TRUNCATED, 1) in trail.found()


def test_a_missing_head_is_found(trail: Trail) -> None:
    trail.tamper("DELETE FROM audit_head")
    assert trail.found() == [(Kind.TRUNCATED, LAST + 1)]
    assert trail.verify().exit_code == 11


def test_a_head_that_was_set_back_is_found(trail: Trail) -> None:
    trail.tamper("UPDATE audit_head SET seq = 5")
    assert trail.found() == [(Kind.FORKED, 6)]
    assert trail.verify().exit_code == 11


def test_a_head_with_another_mac_is_found(trail: Trail) -> None:
    trail.tamper("UPDATE audit_head SET mac = (SELECT mac FROM audit_event WHERE seq = 5)")
    assert trail.found() == [(Kind.FORKED, LAST)]


def test_rows_of_events_that_were_cut_off_stand_there_unrecorded(trail: Trail) -> None:
    """The chain alone does not find a cut with a matching head; the signed versions do."""
    trail.tamper(
        f"DELETE FROM audit_event WHERE seq >= {NOTE_TWO}",
        f"UPDATE audit_head SET seq = {NOTE_TWO - 1}, mac = (SELECT mac FROM audit_event WHERE seq = {NOTE_TWO - 1})",
    )
    assert trail.found() == []
    assert trail.found_rows() == [(Kind.UNRECORDED, VERSION, trail.notes[1])]


def test_several_edits_are_all_found(trail: Trail) -> None:
    trail.tamper("UPDATE audit_event SET rule = 'x' WHERE seq IN (3, 4, 9, 14)")
    assert trail.found() == [(Kind.EDITED, seq) for seq in (3, 4, 9, 14)]


def test_the_keys_of_another_workspace_verify_nothing(trail: Trail, clock: StandingClock, kek: FileKek) -> None:
    other = make_agency(trail.engine, clock, kek, "T0BETA")
    with WorkspaceSession(trail.engine, trail.agency.id) as session:
        report = verify(Work(session, trail.agency.id, other.keys, NOON))
    assert [finding.kind for finding in report.findings] == [Kind.KEYS]
    assert report.exit_code == 13


def test_another_workspaces_trail_is_not_looked_at(trail: Trail, clock: StandingClock, kek: FileKek) -> None:
    make_agency(trail.engine, clock, kek, "T0BETA")
    assert trail.verify() == Report(LAST, ())


def test_a_trail_that_goes_on_after_an_edit_is_one_finding(trail: Trail) -> None:
    trail.tamper("UPDATE audit_event SET rule = 'x' WHERE seq = 3")
    with WorkspaceSession(trail.engine, trail.agency.id) as session, session.begin():
        work = Work(session, trail.agency.id, trail.agency.keys, NOON)
        audit.record(work, Action.FORM_LIST, actor=None)
        audit.append_all(work)
    assert trail.found() == [(Kind.EDITED, 3)]


def test_an_event_with_unreadable_columns_is_found_and_hides_no_other(
    sqlite_url: str, clock: StandingClock, kek: FileKek
) -> None:

    engine = make_engine(sqlite_url)
    trail = Trail(engine, make_agency(engine, clock, kek)).build()
    trail.tamper(
        "UPDATE audit_event SET object_id = 'nonsense' WHERE seq = 4",
        "UPDATE audit_event SET at = 'yesterday' WHERE seq = 9",
        "UPDATE audit_event SET rule = 'x' WHERE seq = 12",
    )
    assert trail.found() == [(Kind.EDITED, 4), (Kind.EDITED, 9), (Kind.EDITED, 12)]
    engine.dispose()


def version_of(trail: Trail, note: int, version: int) -> bytes:
    with WorkspaceSession(trail.engine, trail.agency.id) as session:
        row = session.get_one(NoteVersion, (trail.agency.id, trail.notes[note], version))
        return row.document.blob


def set_document(trail: Trail, note: int, version: int, blob: bytes) -> None:

    trail.tamper(
        update(NoteVersion)
        .where(NoteVersion.note_id == trail.notes[note], NoteVersion.version == version)
        .values(document=Sealed(blob))
    )


def test_a_replaced_note_is_found(trail: Trail) -> None:
    set_document(trail, 0, 1, trail.seal(new_id()).blob)
    assert trail.findings() == (Finding(Kind.CHANGED, NOTE_ONE, VERSION, trail.notes[0]),)
    assert trail.verify().exit_code == 10


def test_two_notes_that_changed_places_are_found(trail: Trail) -> None:
    first, second = version_of(trail, 0, 1), version_of(trail, 1, 1)
    set_document(trail, 0, 1, second)
    set_document(trail, 1, 1, first)
    assert set(trail.findings()) == {
        Finding(Kind.SWAPPED, NOTE_ONE, VERSION, trail.notes[0]),
        Finding(Kind.SWAPPED, NOTE_TWO, VERSION, trail.notes[1]),
    }


def test_a_version_replaced_by_its_own_older_one_is_found(trail: Trail) -> None:
    set_document(trail, 0, 2, version_of(trail, 0, 1))
    assert trail.findings() == (Finding(Kind.ROLLED_BACK, NOTE_ONE_AGAIN, VERSION, trail.notes[0]),)


def test_a_note_that_points_at_an_older_version_is_found(trail: Trail) -> None:
    trail.tamper(update(Note).where(Note.id == trail.notes[0]).values(latest_version=1))
    assert trail.findings() == (Finding(Kind.ROLLED_BACK, NOTE_ONE_AGAIN, "note", trail.notes[0]),)


def test_a_removed_version_is_found(trail: Trail) -> None:
    trail.tamper(delete(NoteVersion).where(NoteVersion.note_id == trail.notes[1]))
    assert trail.findings() == (Finding(Kind.MISSING, NOTE_TWO, VERSION, trail.notes[1]),)


def test_a_renumbered_version_is_found(trail: Trail) -> None:
    trail.tamper(update(NoteVersion).where(NoteVersion.note_id == trail.notes[1]).values(version=2))
    kinds = {kind for kind, _, _ in trail.found_rows()}
    assert kinds == {Kind.MISSING, Kind.UNRECORDED}


def test_a_version_that_was_put_in_is_found(trail: Trail) -> None:
    values = {"version": 9, "document": trail.seal(new_id()), "content_hash": b"h" * 32, "signed_at": NOON}
    trail.tamper(insert(NoteVersion).values(workspace_id=trail.agency.id, note_id=trail.notes[1], **values))
    assert (Kind.UNRECORDED, VERSION, trail.notes[1]) in trail.found_rows()


@pytest.mark.parametrize(("table", "seq"), [(Staff, 2), (Client, 3)])
def test_a_replaced_profile_is_found(trail: Trail, table: type[Staff | Client], seq: int) -> None:
    trail.tamper(update(table).values(profile=trail.seal(new_id())))
    row = trail.staff if table is Staff else trail.client
    assert trail.findings() == (Finding(Kind.CHANGED, seq, table.__tablename__, row),)


def test_an_older_goal_brought_back_is_found(trail: Trail) -> None:
    with WorkspaceSession(trail.engine, trail.agency.id) as session, session.begin():
        work = Work(session, trail.agency.id, trail.agency.keys, NOON)
        goal = session.get_one(Goal, (trail.agency.id, trail.goals[0]))
        older, goal.text = goal.text, trail.seal(goal.id)
        audit.record(work, Action.GOAL_IMPORT, actor=None, subject=("goal", goal.id), sealed=goal.text)
        audit.append_all(work)
    assert trail.findings() == ()
    trail.tamper(update(Goal).where(Goal.id == trail.goals[0]).values(text=older))
    assert trail.findings() == (Finding(Kind.ROLLED_BACK, LAST + 1, "goal", trail.goals[0]),)


def test_a_removed_goal_is_found(trail: Trail) -> None:
    trail.tamper(delete(Goal).where(Goal.id == trail.goals[1]))
    assert trail.findings() == (Finding(Kind.MISSING, 5, "goal", trail.goals[1]),)


def test_bytes_of_no_sealed_shape_are_found(trail: Trail) -> None:
    trail.tamper(text("UPDATE client SET profile = :junk"), junk=b"junk")
    assert trail.findings() == (Finding(Kind.CHANGED, 3, "client", trail.client),)


def test_a_finding_says_what_is_wrong_and_where(trail: Trail) -> None:
    assert str(Finding(Kind.REMOVED, 7)) == "Event 7 is missing."
    row = new_id()
    assert (
        str(Finding(Kind.SWAPPED, 7, "goal", row))
        == f"goal {row} holds what belongs to another row (recorded by event 7)."
    )
    assert str(Finding(Kind.UNRECORDED, None, VERSION, row)) == f"note_version {row} was never recorded."


def test_everything_that_an_event_can_seal_is_compared() -> None:
    """Each sealed column is either compared, or is one that changes without an event, or cannot be swapped unseen."""

    sealed = {
        (table.name, column.name)
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, SealedColumn)
    }
    # A form is saved without an event; a client's key holds its own id inside; what somebody is not shown again is no record.
    excused = {("form", "answers"), ("client_key", "sealed"), ("dismissal", "document")}
    compared = {(table.__tablename__, column.key) for table, column in audit_rows.TABLES.values()}
    parts = {(part.__tablename__, column.key) for part, _, column in audit_rows.PARTS.values()}
    assert sealed - excused == compared | parts
