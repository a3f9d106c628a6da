"""What an audit event may say: the closed words of the trail, and one event on its way to it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from models.bulk import Batch
from privacy.grants import Grant
from privacy.sealed import Sealed


class Action(StrEnum):
    """What an event is about."""

    ACCESS_DENY = "access:deny"
    ASSIGNMENT_CHANGE = "assignment:change"
    BACKUP_MAKE = "backup:make"
    CALL_RECEIVE = "call:receive"
    CASELOAD_READ = "caseload:read"
    CLIENT_CHANGE = "client:change"
    CLIENT_FIND = "client:find"
    CLIENT_IMPORT = "client:import"
    CLIENT_LIST = "client:list"
    CLIENT_READ = "client:read"
    CLIENT_SUMMARY = "client:summary"
    CONTACT_ATTEMPT = "contact:attempt"
    CONTACT_CANCEL = "contact:cancel"
    CONTACT_GIVE = "contact:give"
    CONTACT_INHERIT = "contact:inherit"
    CONTACT_KEEP = "contact:keep"
    CONTACT_LIST = "contact:list"
    CONTACT_OPEN = "contact:open"
    CONTACT_PASS = "contact:pass"  # noqa: S105 - the time of a planned contact passes
    CONTACT_PLAN = "contact:plan"
    CONTACT_SETTLE = "contact:settle"
    DAY_READ = "day:read"
    FOLLOW_UP_DROP = "follow_up:drop"
    FOLLOW_UP_FINISH = "follow_up:finish"
    FOLLOW_UP_HAND_OVER = "follow_up:hand_over"
    FOLLOW_UP_INHERIT = "follow_up:inherit"
    FOLLOW_UP_LIST = "follow_up:list"
    FOLLOW_UP_MOVE = "follow_up:move"
    FOLLOW_UP_OPEN = "follow_up:open"
    FOLLOW_UP_READ = "follow_up:read"
    FORM_DISCARD = "form:discard"
    FORM_EXPIRE = "form:expire"
    FORM_LIST = "form:list"
    FORM_OPEN = "form:open"
    FORM_RECOVER = "form:recover"
    GLASS_BREAK = "glass:break"
    GLASS_END = "glass:end"
    GLASS_LIST = "glass:list"
    GLASS_READ = "glass:read"
    GLASS_REVIEW = "glass:review"
    GOAL_CHANGE = "goal:change"
    GOAL_IMPORT = "goal:import"
    HOOK_ADD = "hook:add"
    HOOK_REMOVE = "hook:remove"
    NOTE_ADD = "note:add"
    NOTE_APPROVE = "note:approve"
    NOTE_COPY = "note:copy"
    NOTE_LIST = "note:list"
    NOTE_READ = "note:read"
    NOTE_RETURN = "note:return"
    NOTE_SEARCH = "note:search"
    NOTE_SIGN = "note:sign"
    PAUSE_BEGIN = "pause:begin"
    PAUSE_END = "pause:end"
    PERSON_ADD = "person:add"
    PERSON_CHANGE = "person:change"
    PERSON_IMPORT = "person:import"
    POLICY_APPLY = "policy:apply"
    REMINDER_ANSWER = "reminder:answer"
    REMINDER_SEND = "reminder:send"
    REMINDER_SETTLE = "reminder:settle"
    REMINDER_SNOOZE = "reminder:snooze"
    REQUIREMENT_BEGIN = "requirement:begin"
    REQUIREMENT_END = "requirement:end"
    REQUIREMENT_LIST = "requirement:list"
    REVIEW_LIST = "review:list"
    ROSTER_IMPORT = "roster:import"
    STAFF_BIND = "staff:bind"
    STAFF_CHANGE = "staff:change"
    STAFF_IMPORT = "staff:import"
    STAFF_LEAVE = "staff:leave"
    STAFF_LIST = "staff:list"
    STAFF_READ = "staff:read"
    STAFF_RETURN = "staff:return"
    STAFF_SETTINGS = "staff:settings"
    SUGGESTION_DISMISS = "suggestion:dismiss"
    SURFACE_DECIDE = "surface:decide"
    SURFACE_READ = "surface:read"
    TEAM_CHANGE = "team:change"
    TEAM_IMPORT = "team:import"
    TEAM_LIST = "team:list"
    TEAM_READ = "team:read"
    WORK_COUNT = "work:count"
    WORK_READ = "work:read"
    WORKSPACE_INIT = "workspace:init"


class Outcome(StrEnum):
    """How it ended."""

    OK = "ok"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Written:
    """Events as the chain and the driver take them; of each row the number and the MAC are not known yet."""

    canonical: Sequence[bytes] = field(repr=False)
    rows: Batch


@dataclass(frozen=True, slots=True)
class Entry:
    """One event that will be appended. When `sealed` is given, the event commits to exactly those stored bytes."""

    action: Action
    actor_id: uuid.UUID | None
    object_type: str
    object_id: uuid.UUID | None
    grant: Grant
    object_version: int = 0
    sealed: Sealed | None = None
    rule: str = ""
    outcome: Outcome = Outcome.OK
