"""What a check is given: the note, and what is known around it.

Here: plain data, read-only. Whoever fills it has revealed a note under a grant and stays inside the boundary; nothing here shows a
value when it is printed, and a refused value is not repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ModelWrapValidatorHandler, ValidationError, model_validator

TEXTS: Final = ("done", "wellbeing", "observations", "follow_up", "record_words", "satisfaction_words", "rationale")
NARRATIVE: Final = ("done", "wellbeing", "observations")


class NoteError(Exception):
    """What was given is not a note, or not what stands around one. It says which model refused it, and repeats no value."""


class Quiet(BaseModel):
    """A frozen model that shows its name only."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    def __repr_args__(self) -> Iterable[tuple[str | None, object]]:
        return ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(•••)"

    __str__ = __repr__

    @model_validator(mode="wrap")
    @classmethod
    def _forget_refused_values(cls, data: object, validate: ModelWrapValidatorHandler[Self]) -> Self:
        # hide_input_in_errors covers str(error) only; error.errors() would quote the note.
        try:
            return validate(data)
        except ValidationError:
            pass
        raise NoteError(f"This is not a {cls.__name__}: its fields or their words are others.")


class Contact(StrEnum):
    """The two kinds of a contact note."""

    COLLATERAL = "collateral"
    FACE_TO_FACE = "face_to_face"


class Note(Quiet):
    """One note as it is about to be signed; field and choice names are those of the form.

    `follow_up` is what is to be done, and None where none is needed. `rationale` is asked for only where `deviation` is set.
    """

    kind: Contact = Contact.COLLATERAL
    method: str | None = None
    location: str | None = None
    minutes: int | None = None
    activities: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    done: str = ""
    wellbeing: str = ""
    observations: str = ""
    goals: tuple[str, ...] = ()
    no_goal: tuple[str, ...] = ()
    follow_up: str | None = None
    record: tuple[str, ...] = ()
    record_words: str = ""
    satisfaction: str | None = None
    satisfaction_words: str = ""
    deviation: bool = False
    rationale: str = ""
    client_present: bool = True

    def texts(self) -> Mapping[str, str]:
        """The fields that hold somebody's own words, in the form's order; empty ones are left out."""
        given = {name: getattr(self, name) for name in TEXTS}
        return {name: text for name, text in given.items() if isinstance(text, str) and text.strip()}


class Name(Quiet):
    """A person's name as the roster has it; `also` holds other first names that they go by."""

    first: str
    last: str = ""
    also: tuple[str, ...] = ()


class Client(Quiet):
    """What is known of the client that changes what a rule says.

    An unknown age counts as an adult's. `pronouns` are "she", "he" or "they"; None where nobody wrote them down.
    """

    name: Name | None = None
    age: int | None = None
    pronouns: str | None = None
    identity_first: bool = False


class Author(Quiet):
    """Who signs. `licensed` may name clinical states; `dismissed` holds rule ids or the keys of findings."""

    licensed: bool = False
    dismissed: frozenset[str] = frozenset()


class Earlier(Quiet):
    """A note that was signed before, newest first where there are several.

    `ref` is a random reference by which the caller finds it again. Units: `days_ago` counts from the new note's contact.
    """

    ref: str
    same_client: bool
    days_ago: Annotated[int, Field(ge=0)] = 0
    texts: Mapping[str, str]


class Timing(Quiet):
    """What the data say about the contact's time. The caller counts by its policy.

    Units: `days_late` counts business days beyond what the policy allows.
    """

    days_late: int = 0
    same_start: bool = False
