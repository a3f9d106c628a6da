"""Ages and kinds as messages say them: whole hours under a day, then days; never a time or a name."""

from __future__ import annotations

import datetime as dt

from models.contacts import ContactKind
from models.forms import FormKind
from privacy.safetext import SafeText, Word, plural, safe


class KindWord(Word):
    """What a contact or draft is called in a message."""

    PHONE = "Phone"
    VISIT = "Visit"
    ATTEMPT = "Attempt"
    ADDENDUM = "Addition"
    REVIEW = "Review"


def kind_word(kind: ContactKind | FormKind) -> KindWord:
    """The word for a kind of contact."""
    match kind.value:
        case FormKind.FACE_TO_FACE.value:
            return KindWord.VISIT
        case FormKind.ATTEMPT.value:
            return KindWord.ATTEMPT
        case FormKind.ADDENDUM.value:
            return KindWord.ADDENDUM
        case FormKind.REVIEW.value:
            return KindWord.REVIEW
        case _:
            return KindWord.PHONE


def age(length: dt.timedelta) -> SafeText:
    """`just now`, `3 hours`, `2 days`."""
    hours = int(length.total_seconds() // 3600)
    if hours < 1:
        return safe("less than 1 hour")
    if hours < 24:
        return plural(hours, "{n} hour", "{n} hours")
    return plural(hours // 24, "{n} day", "{n} days")
