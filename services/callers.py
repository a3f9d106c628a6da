"""Whose call it was: the staff member by the number they are called at, and the clients whose number was on the other side.

Here: comparing numbers, in memory. Nobody reads a number here, none is kept, and none is stored anywhere but sealed.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import select

from models.staff import Staff, StaffState
from privacy.grants import Purpose, system_grant
from services import clients, people, staff
from services.phone_numbers import Line, line_of, lines_in
from services.phone_systems import Call
from services.work import Work


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose call it was, as far as the numbers say. `client_ids` are in the order of the caseload's names."""

    staff_id: uuid.UUID | None = None
    client_ids: tuple[uuid.UUID, ...] = ()


def whose(work: Work, call: Call) -> Whose:
    """The one staff member with the call's number, and everyone in their caseload with the number on the other side."""
    grant = system_grant(Purpose.MATCH)
    own, other = line_of(call.staff_number.reveal(grant)), line_of(call.other_number.reveal(grant))
    member = _member(work, own) if own is not None else None
    if member is None:
        return Whose()
    # A colleague's extension is no client's, whoever else has those digits behind a switchboard's number.
    if other is None or not other.digits:
        return Whose(member.id)
    return Whose(member.id, _clients(work, member, other))


def _member(work: Work, line: Line) -> Staff | None:
    """The staff member who is reached at this line; of several, nobody: a call is not guessed at."""
    grant = system_grant(Purpose.MATCH)
    exact: list[Staff] = []
    reached: list[Staff] = []
    for row in work.session.scalars(
        select(Staff).where(Staff.workspace_id == work.workspace_id, Staff.state == StaffState.ACTIVE)
    ):
        lines = lines_in(staff.profile_of(work, row).phone_numbers.reveal(grant))
        if line in lines:
            exact.append(row)
        elif any(each.reaches(line) for each in lines):
            reached.append(row)
    found = exact or reached
    return found[0] if len(found) == 1 else None


def _clients(work: Work, member: Staff, line: Line) -> tuple[uuid.UUID, ...]:
    grant = system_grant(Purpose.MATCH)
    caseload = clients.caseload(work, staff.actor_of(work, member))
    numbers = {each.id: [each.profile.phone.reveal(grant)] for each in caseload}
    for client_id, person in people.around(work, tuple(numbers)):
        numbers[client_id].append(person.profile.phone.reveal(grant))
    return tuple(
        client_id for client_id, texts in numbers.items() if any(each.reaches(line) for each in lines_in(texts))
    )
