"""The one rule of who may do what: a pure function of who asks, what is to be done, and how they stand to it.

Here: every deed, every relation, and the rules as data. Not here: finding out how somebody stands to a client (access, which compiles
these same rules to SQL), and refusing (refusals). The table that a privacy officer reads is docs/access.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from models.staff import Role


class Deed(StrEnum):
    """Everything that can be done. On a client, on a note, on a staff member, or in the workspace."""

    CLIENT_FIND = "client:find"
    CLIENT_READ = "client:read"
    CLIENT_EXPORT = "client:export"
    CLIENT_CHANGE = "client:change"
    CLIENT_ASSIGN = "client:assign"
    CONTACT_KEEP = "contact:keep"
    FOLLOW_UP_CHANGE = "follow_up:change"
    GOAL_CHANGE = "goal:change"
    NOTE_AMEND = "note:amend"
    # Taking one signed note's text to another system; a whole record is CLIENT_EXPORT.
    NOTE_COPY = "note:copy"
    NOTE_READ = "note:read"
    NOTE_WRITE = "note:write"
    PERSON_CHANGE = "person:change"
    REQUIREMENT_CHANGE = "requirement:change"

    NOTE_REVIEW = "note:review"

    CASELOAD_COVER = "caseload:cover"
    CASELOAD_HAND_OVER = "caseload:hand_over"
    STAFF_CHANGE = "staff:change"
    # Which roles somebody has. Changing anything else of them is STAFF_CHANGE; adding somebody with other roles than case manager is both.
    STAFF_ROLES = "staff:roles"
    WORK_COUNT = "work:count"

    AUDIT_READ = "audit:read"
    AUDIT_VERIFY = "audit:verify"
    CLIENT_ADD = "client:add"
    GLASS_BREAK = "glass:break"
    GLASS_REVIEW = "glass:review"
    HOME_OPEN = "home:open"
    KEYS_MANAGE = "keys:manage"
    OWN_SETTINGS = "settings:own"
    # One's own lists, drafts and reminders, and giving back or putting away what stands there; each client in them asks for CLIENT_READ.
    OWN_WORK = "work:own"
    POLICY_APPLY = "policy:apply"
    ROSTER_FIND = "roster:find"
    STAFF_ADD = "staff:add"
    SURFACE_DECIDE = "surface:decide"
    TEAM_CHANGE = "team:change"


class Relation(StrEnum):
    """How the asker stands to what the deed is done to. Somebody may stand in several relations at once.

    To a client: PRIMARY, BACKUP, COVERING today; SUPERVISES somebody who has the client so today; WAS_THERE, who had the client on
    the contact's day and lost them at most 30 days ago; EMERGENCY, an open break-glass. To a staff member, or to the one who wrote a
    note or broke the glass: SELF, SUPERVISED. To a note: AUTHOR.
    """

    PRIMARY = "primary"
    BACKUP = "backup"
    COVERING = "covering"
    SUPERVISES = "supervises"
    WAS_THERE = "was_there"
    EMERGENCY = "emergency"
    SELF = "self"
    SUPERVISED = "supervised"
    AUTHOR = "author"


class Standing(StrEnum):
    """What somebody is to the agency and to Slack. Only the active are staff."""

    ACTIVE = "active"
    LEFT = "left"
    DEACTIVATED = "deactivated"
    GUEST = "guest"
    STRANGER = "stranger"
    OTHER_WORKSPACE = "other_workspace"
    BOT = "bot"


class Obligation(StrEnum):
    """What is owed for being allowed: an event of the trail, marked as an emergency's, and nothing shown beyond the one contact."""

    AUDIT = "audit"
    TAG_EMERGENCY = "tag_emergency"
    THIS_CONTACT_ONLY = "this_contact_only"


class Purpose(StrEnum):
    """What a note is read for. It follows from the rule that allows the reading."""

    CARE = "care"
    REVIEW = "review"
    AUDIT = "audit"
    EMERGENCY = "emergency"


# Whoever's rule is not named here reads for the care of the client.
_PURPOSES: Final[Mapping[str, Purpose]] = {
    "supervised": Purpose.REVIEW,
    "supervised_staff": Purpose.REVIEW,
    "auditing": Purpose.AUDIT,
    "emergency": Purpose.EMERGENCY,
}


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: their roles, which add up, and what they are to the agency."""

    roles: frozenset[Role]
    standing: Standing = Standing.ACTIVE


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer, the word of the rule that gave it, and what is owed for it."""

    allowed: bool
    rule: str
    obligations: frozenset[Obligation] = frozenset()

    @property
    def reading(self) -> str:
        """The word of a reading's event: what it was for and the rule, `care:own_caseload`, or `emergency` alone."""
        purpose = _PURPOSES.get(self.rule, Purpose.CARE)
        return self.rule if purpose == self.rule else f"{purpose.value}:{self.rule}"


@dataclass(frozen=True, slots=True)
class Rule:
    """Whoever has one of these roles, or anybody on the staff, and stands in this relation, or in none, may do these deeds."""

    word: str
    roles: frozenset[Role] | None
    relation: Relation | None
    deeds: frozenset[Deed]
    obligations: frozenset[Obligation] = frozenset({Obligation.AUDIT})

    def holds(self, asker: Asker, deed: Deed, relations: AbstractSet[Relation]) -> bool:
        """Whether this rule allows it."""
        if deed not in self.deeds or not (self.relation is None or self.relation in relations):
            return False
        return self.roles is None or bool(self.roles & asker.roles)


# To have, to have had, or to be near a client are relations to one; of these, a list of clients is made of those that hold today.
ASSIGNED: Final = (Relation.PRIMARY, Relation.BACKUP, Relation.COVERING)
TODAY: Final = (*ASSIGNED, Relation.SUPERVISES, Relation.EMERGENCY)

_WRITERS: Final = frozenset({Role.CASE_MANAGER, Role.SUPERVISOR})
_SUPERVISOR: Final = frozenset({Role.SUPERVISOR})
_ADMIN: Final = frozenset({Role.ADMIN})
_AUDITOR: Final = frozenset({Role.AUDITOR})
_OFFICER: Final = frozenset({Role.PRIVACY_OFFICER})

_ONE_CONTACT: Final = frozenset({Deed.CONTACT_KEEP, Deed.NOTE_AMEND, Deed.NOTE_READ, Deed.NOTE_WRITE})
_CARE: Final = _ONE_CONTACT | {
    Deed.CLIENT_FIND,
    Deed.CLIENT_READ,
    Deed.FOLLOW_UP_CHANGE,
    Deed.GOAL_CHANGE,
    Deed.NOTE_COPY,
    Deed.PERSON_CHANGE,
    Deed.REQUIREMENT_CHANGE,
}
_CLIENT_FACTS: Final = frozenset(
    {Deed.CLIENT_ASSIGN, Deed.CLIENT_CHANGE, Deed.GOAL_CHANGE, Deed.PERSON_CHANGE, Deed.REQUIREMENT_CHANGE}
)
_CASELOADS: Final = frozenset({Deed.CASELOAD_COVER, Deed.CASELOAD_HAND_OVER})

# The first rule that holds gives the word, so what asks for least stands first, and an emergency last.
RULES: Final = (
    Rule("staff", None, None, frozenset({Deed.HOME_OPEN}), frozenset()),
    Rule("staff", None, None, frozenset({Deed.OWN_SETTINGS, Deed.OWN_WORK})),
    Rule("own_caseload", _WRITERS, Relation.PRIMARY, _CARE),
    Rule("backup", _WRITERS, Relation.BACKUP, _CARE),
    Rule("covering", _WRITERS, Relation.COVERING, _CARE),
    Rule("supervised", _SUPERVISOR, Relation.SUPERVISES, _CARE | _CLIENT_FACTS),
    Rule(
        "supervised_staff",
        _SUPERVISOR,
        Relation.SUPERVISED,
        _CASELOADS | {Deed.NOTE_REVIEW, Deed.STAFF_CHANGE, Deed.WORK_COUNT},
    ),
    Rule("own_caseload", _SUPERVISOR, Relation.PRIMARY, _CLIENT_FACTS),
    Rule("own_caseload", _SUPERVISOR, Relation.SELF, _CASELOADS | {Deed.WORK_COUNT}),
    Rule("roster", _SUPERVISOR, None, frozenset({Deed.CLIENT_ADD, Deed.STAFF_ADD, Deed.TEAM_CHANGE})),
    Rule(
        "roster",
        _ADMIN,
        None,
        _CLIENT_FACTS
        | _CASELOADS
        | {
            Deed.CLIENT_ADD,
            Deed.CLIENT_FIND,
            Deed.ROSTER_FIND,
            Deed.STAFF_ADD,
            Deed.STAFF_CHANGE,
            Deed.STAFF_ROLES,
            Deed.TEAM_CHANGE,
        },
    ),
    Rule("running", _ADMIN, None, frozenset({Deed.KEYS_MANAGE, Deed.POLICY_APPLY})),
    Rule("surface", _ADMIN | _OFFICER, None, frozenset({Deed.SURFACE_DECIDE})),
    Rule(
        "auditing",
        _AUDITOR,
        None,
        frozenset({Deed.CLIENT_EXPORT, Deed.CLIENT_FIND, Deed.CLIENT_READ, Deed.NOTE_COPY, Deed.NOTE_READ}),
    ),
    Rule("auditing", _AUDITOR | _OFFICER, None, frozenset({Deed.AUDIT_READ, Deed.AUDIT_VERIFY})),
    Rule("glass_review", _OFFICER, None, frozenset({Deed.GLASS_REVIEW})),
    Rule("glass_break", _WRITERS, None, frozenset({Deed.GLASS_BREAK})),
    Rule(
        "was_there",
        _WRITERS,
        Relation.WAS_THERE,
        _ONE_CONTACT | {Deed.NOTE_COPY},
        frozenset({Obligation.AUDIT, Obligation.THIS_CONTACT_ONLY}),
    ),
    Rule(
        "emergency",
        _WRITERS,
        Relation.EMERGENCY,
        _ONE_CONTACT | {Deed.CLIENT_FIND, Deed.CLIENT_READ},
        frozenset({Obligation.AUDIT, Obligation.TAG_EMERGENCY}),
    ),
)


# For so long may somebody who lost a client still write about a contact at which they were.
DAYS_AFTER_LOSS: Final = 30
_A_DAY: Final = dt.timedelta(1)


@dataclass(frozen=True, slots=True)
class Spell:
    """The days from which and until which somebody had a client, the last one included; without a last one it goes on."""

    from_on: dt.date
    until_on: dt.date | None

    def ended_before(self, day: dt.date) -> bool:
        """Whether the client was lost before this day.

        Whoever loses a client in the course of a day is stored with the day before as the last one: that day counts too.
        """
        return self.until_on is not None and self.until_on + _A_DAY < day


def was_there(spells: Collection[Spell], day: dt.date, today: dt.date) -> bool:
    """Whether somebody had the client on the day of a contact, and lost them at most thirty days ago, if at all."""
    oldest_loss = today - dt.timedelta(DAYS_AFTER_LOSS)
    there = any(each.from_on <= day and not each.ended_before(day) for each in spells)
    lately = any(each.from_on <= today and not each.ended_before(oldest_loss) for each in spells)
    return day <= today and there and lately


def decide(asker: Asker, deed: Deed, relations: AbstractSet[Relation] = frozenset()) -> Decision:
    """Whether this may be done. What no rule allows is refused.

    Roles add up; some things nobody does, whatever their roles: see `_never`.
    """
    if asker.standing is not Standing.ACTIVE:
        return Decision(allowed=False, rule=f"standing_{asker.standing.value}")
    never = _never(deed, relations)
    if never:
        return Decision(allowed=False, rule=never)
    for rule in RULES:
        if rule.holds(asker, deed, relations):
            return Decision(allowed=True, rule=rule.word, obligations=rule.obligations)
    return Decision(allowed=False, rule="no_rule")


def _never(deed: Deed, relations: AbstractSet[Relation]) -> str:
    """What nobody does: review their own note or their own emergency, change their own roles, amend somebody else's note."""
    if deed is Deed.NOTE_REVIEW and relations & {Relation.AUTHOR, Relation.SELF}:
        return "own_note"
    if deed is Deed.GLASS_REVIEW and Relation.SELF in relations:
        return "own_emergency"
    if deed is Deed.STAFF_ROLES and Relation.SELF in relations:
        return "own_roles"
    if deed is Deed.NOTE_AMEND and Relation.AUTHOR not in relations:
        return "not_author"
    return ""
