"""The reviewed table of who may do what (decisions.csv), read for the tests and written as the tables of docs/access.md.

Every line of the file is a question about one deed and one way to stand to whom it is done to; its cells are the answers for each
role. A cell is the word of the rule that allows it, `no`, or `never:` and the word of the rule that forbids it to everybody.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from models.staff import Role
from services.decisions import Deed, Relation

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[1] / "docs" / "access.md"
NEVER = "never:"
NO_ROLE = "no_role"
BEGINS, ENDS = "<!-- The tables begin. -->", "<!-- The tables end. -->"

HEADINGS = {
    "client": "To a client",
    "note": "To a note",
    "staff member": "To a staff member",
    "emergency": "To an emergency",
    "workspace": "In the workspace",
}
DEEDS = {
    Deed.CLIENT_FIND: "find the client in a search",
    Deed.CLIENT_READ: "read who the client is",
    Deed.NOTE_READ: "read the client's notes",
    Deed.NOTE_COPY: "copy a signed note's text for another system",
    Deed.NOTE_WRITE: "write and sign a note",
    Deed.CONTACT_KEEP: "keep, plan or try a contact",
    Deed.FOLLOW_UP_CHANGE: "read and change follow-ups",
    Deed.GOAL_CHANGE: "change goals",
    Deed.PERSON_CHANGE: "change the people around the client",
    Deed.REQUIREMENT_CHANGE: "change contact requirements, say that the client is away",
    Deed.CLIENT_CHANGE: "change the client's facts",
    Deed.CLIENT_ASSIGN: "assign and reassign the client",
    Deed.CLIENT_EXPORT: "export the client's record",
    Deed.NOTE_AMEND: "correct or add to a note",
    Deed.NOTE_REVIEW: "review the note",
    Deed.STAFF_CHANGE: "change what is known of the person",
    Deed.STAFF_ROLES: "change the person's roles",
    Deed.CASELOAD_HAND_OVER: "hand the caseload over",
    Deed.CASELOAD_COVER: "have the caseload covered",
    Deed.WORK_COUNT: "see how much work is open",
    Deed.GLASS_REVIEW: "review the emergency",
    Deed.HOME_OPEN: "open App Home",
    Deed.OWN_WORK: "see one's own lists and drafts, give or put away what stands there",
    Deed.OWN_SETTINGS: "change one's own settings",
    Deed.GLASS_BREAK: "break the glass for one client",
    Deed.TEAM_CHANGE: "add and change teams",
    Deed.STAFF_ADD: "add a staff member",
    Deed.CLIENT_ADD: "add a client",
    Deed.ROSTER_FIND: "search everybody by name, for the roster",
    Deed.POLICY_APPLY: "change the policy",
    Deed.KEYS_MANAGE: "manage keys",
    Deed.SURFACE_DECIDE: "decide where client data may go",
    Deed.AUDIT_READ: "read the audit trail",
    Deed.AUDIT_VERIFY: "verify the audit trail",
}
RELATIONS = {
    Relation.PRIMARY: "is the primary case manager",
    Relation.BACKUP: "is the backup",
    Relation.COVERING: "covers today",
    Relation.SUPERVISES: "supervises somebody who has the client",
    Relation.WAS_THERE: "had the client at the contact, lost them at most 30 days ago",
    Relation.EMERGENCY: "has an open emergency",
    Relation.SELF: "it is themselves",
    Relation.SUPERVISED: "supervises the person",
    Relation.AUTHOR: "wrote the note",
}
ROLES = {
    None: "on the staff, no role",
    Role.CASE_MANAGER: "case manager",
    Role.SUPERVISOR: "supervisor",
    Role.ADMIN: "admin",
    Role.AUDITOR: "auditor",
    Role.PRIVACY_OFFICER: "privacy officer",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One reviewed question, with the answer for every role; None is whoever has none."""

    subject: str
    deed: Deed
    relations: frozenset[Relation]
    answers: dict[Role | None, str]

    def applies(self, relations: AbstractSet[Relation]) -> bool:
        """Whether somebody who stands in these relations is asked about."""
        return self.relations <= relations

    def words(self, roles: Collection[Role]) -> set[str]:
        """The answers for somebody with these roles, each role asked for itself."""
        return {self.answers[role] for role in (None, *roles)}


def read() -> list[Line]:
    """Every line of the reviewed table."""
    with (HERE / "decisions.csv").open(encoding="utf-8", newline="") as file:
        return [
            Line(
                row["subject"],
                Deed(row["deed"]),
                frozenset(Relation(word) for word in row["relation"].split(" + ") if word != "none"),
                {role: row[NO_ROLE if role is None else role.value] for role in ROLES},
            )
            for row in csv.DictReader(file)
        ]


def expected(lines: Collection[Line], roles: Collection[Role], relations: AbstractSet[Relation]) -> set[str]:
    """The words of the rules that allow it, by the table alone: none of them, if it is refused."""
    answers = {word for line in lines if line.applies(relations) for word in line.words(roles)}
    forbidden = any(word.startswith(NEVER) for word in answers)
    return set() if forbidden else answers - {"no"}


def document() -> str:
    """The tables as docs/access.md shows them."""
    parts: list[str] = []
    for subject, lines in groupby(read(), key=lambda line: line.subject):
        heads = ["what", "who …", *ROLES.values()]
        parts += [f"### {HEADINGS[subject]}", "", _row(heads), _row(["---"] * len(heads)), *_rows(list(lines)), ""]
    return "\n".join(parts)


def _rows(lines: Collection[Line]) -> Iterator[str]:
    """A line of a table for every question; those that everybody is refused, and that say nothing new, are left out."""
    for line in lines:
        plain = {each.deed: each.answers for each in lines if not each.relations}
        adds = line.answers != plain.get(line.deed) and set(line.answers.values()) != {"no"}
        if adds or (not line.relations and set(line.answers.values()) != {"no"}):
            who = " and ".join(RELATIONS[each] for each in Relation if each in line.relations) or "whoever it is"
            yield _row([DEEDS[line.deed], who, *(_cell(line.answers[role]) for role in ROLES)])


def _cell(word: str) -> str:
    if word == "no":
        return "–"
    return f"never (`{word.removeprefix(NEVER)}`)" if word.startswith(NEVER) else f"yes (`{word}`)"


def _row(cells: Collection[str]) -> str:
    return f"| {' | '.join(cells)} |"
