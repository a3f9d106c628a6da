"""Grants: the permission to reveal a Phi.

Here: the token and its two makers. Not here: the decision who may read what, and the audit event; services.audit calls
issue() after both, and nobody else does.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NoReturn, SupportsIndex, final

_MAKER: Final = object()


class Purpose(StrEnum):
    """What the program itself may reveal values for; every use is listed in docs/security.md."""

    SEAL = "seal"
    VALIDATE = "validate"
    MATCH = "match"
    IMPORT = "import"


@final
class Grant:
    """Permission to reveal, worthless until the audit event behind it is committed."""

    __slots__ = ("_active", "_label")

    def __init__(self, maker: object, label: str, *, active: bool) -> None:
        if maker is not _MAKER:
            raise TypeError("A Grant is made by issue() or system_grant() only.")
        self._label = label
        self._active = active

    @property
    def active(self) -> bool:
        """Whether this grant reveals anything yet."""
        return self._active

    def activate(self) -> None:
        """Make the grant count. The door calls this once the transaction is committed."""
        self._active = True

    def __repr__(self) -> str:
        return f"Grant({self._label}, {'active' if self._active else 'pending'})"

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> NoReturn:
        raise TypeError("A Grant is neither copied nor stored.")


def issue() -> Grant:
    """A pending grant: it reveals nothing until the audit event is committed and the door activates it."""
    return Grant(_MAKER, "audited", active=False)


def system_grant(purpose: Purpose) -> Grant:
    """An active grant for work in which no person reads the value.

    Errors: TypeError for anything that is not a Purpose.
    """
    if type(purpose) is not Purpose:
        raise TypeError("A system grant needs a Purpose.")
    return Grant(_MAKER, purpose.value, active=True)
