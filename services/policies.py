"""The agency's policy: which one is in force, and putting a new one in force.

Here: the versions that are stored. Not here: the file's text and its mistakes (policy_file), the shapes (models.policy).
"""

from __future__ import annotations

import uuid
from collections import OrderedDict
from threading import Lock
from typing import Final

from sqlalchemy import Row, select

from models.base import new_id
from models.policy import Policy
from models.policy_versions import PolicyText, PolicyVersion
from services import audit
from services.policy_file import PolicyError, Problem, check, default_text, defaults, to_yaml
from services.work import Work

__all__ = [
    "PolicyError",
    "Problem",
    "apply",
    "check",
    "default_text",
    "defaults",
    "in_force",
    "to_yaml",
    "version_in_force",
]

TABLE: Final = "policy_version"
CACHED_MOST: Final = 64


class Cache:
    """The policies read last, by the id of their row: a row never changes, and a version's number may be rolled back."""

    def __init__(self, most: int = CACHED_MOST) -> None:
        self._most: Final = most
        self._policies: OrderedDict[uuid.UUID, Policy] = OrderedDict()
        self._lock = Lock()

    def get(self, row_id: uuid.UUID) -> Policy | None:
        """The policy of this row, if it was read lately."""
        with self._lock:
            if row_id in self._policies:
                self._policies.move_to_end(row_id)
            return self._policies.get(row_id)

    def put(self, row_id: uuid.UUID, policy: Policy) -> None:
        """Keep it, and let go of the one used longest ago."""
        with self._lock:
            self._policies[row_id] = policy
            while len(self._policies) > self._most:
                self._policies.popitem(last=False)


_cache: Final = Cache()


def version_in_force(work: Work) -> int:
    """The number of the newest version, or 0 while the defaults count."""
    newest = _newest(work)
    return newest.version if newest else 0


def in_force(work: Work) -> Policy:
    """The policy that counts now: the newest version, or the defaults.

    Errors: PolicyError when a stored policy is none for this version of Noted.
    """
    newest = _newest(work)
    if newest is None:
        return defaults()
    known = _cache.get(newest.id)
    if known is None:
        known = check(_text(work, newest.id, newest.version))
        _cache.put(newest.id, known)
    return known


def apply(work: Work, text: str) -> int:
    """Put this policy in force as a new version, and return the version in force; an equal one changes nothing.

    Errors: PolicyError.
    """
    policy = check(text)
    newest = _newest(work)
    version = newest.version if newest else 0
    if policy == _understood(work):
        return version
    row_id = new_id()
    document = work.keys.house_key.seal(PolicyText(text=text), work.cell(TABLE, "document", row_id, version + 1))
    work.session.add(
        PolicyVersion(
            workspace_id=work.workspace_id, version=version + 1, id=row_id, document=document, applied_at=work.now
        )
    )
    work.session.flush()
    audit.record(
        work, audit.Action.POLICY_APPLY, actor=None, subject=(TABLE, row_id), version=version + 1, sealed=document
    )
    return version + 1


def _understood(work: Work) -> Policy | None:
    """The policy in force, or None when this version of Noted cannot read it: that must not forbid a better one."""
    try:
        return in_force(work)
    except PolicyError:
        return None


def _newest(work: Work) -> Row[uuid.UUID, int] | None:
    return work.session.execute(
        select(PolicyVersion.id, PolicyVersion.version)
        .where(PolicyVersion.workspace_id == work.workspace_id)
        .order_by(PolicyVersion.version.desc())
        .limit(1)
    ).one_or_none()


def _text(work: Work, row_id: uuid.UUID, version: int) -> str:
    row = work.session.get_one(PolicyVersion, (work.workspace_id, version))
    return work.keys.house_key.open(PolicyText, row.document, work.cell(TABLE, "document", row_id, version)).text
