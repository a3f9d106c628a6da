"""The words that stand for something in the answers of a note's form: whom it was with, when and by whom something follows."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

THE_CLIENT: Final = "client"
SOMEONE_NEW: Final = "new"
NO_FOLLOW_UP: Final = "none"
ANOTHER_DAY: Final = "another"
OWNER_YOU: Final = "you"
FOLLOW_UP_COPIES: Final = "follow_up.copies"
FOLLOW_UPS_MOST: Final = 5
# Somebody of an earlier version whom the client's people do not know by that name and title, by their place in it.
KEPT_PERSON: Final = "kept."
# The days that an earlier version promised. They may have passed, and stand in no block, so that Slack cannot bring any.
KEPT_DAYS: Final = "follow_up.kept_days"
# The version from which a draft of a next version was begun, where a newer one was signed before it was taken up again.
BEGUN_FROM: Final = "note.begun_from"


class HomeRole(StrEnum):
    """Staff of a group home who need no name to be chosen."""

    DIRECT_SUPPORT = "role.direct_support"
    HOUSE_MANAGER = "role.house_manager"


HOME_ROLES: Final = {
    HomeRole.DIRECT_SUPPORT: "Direct support professional",
    HomeRole.HOUSE_MANAGER: "House manager",
}
