"""The inputs a form is made of. Each draws itself as a Block Kit element and judges its own raw answer.

What a form does with them together stands in `views.form`; which fields a note has stands in `views.notes`.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias

from privacy.grants import Purpose, system_grant
from privacy.phi import Phi
from views.blocks import Block, Element, Option, OptionGroup, option, plain
from views.ids import FormId
from views.known import Known, Look

Raw: TypeAlias = Phi[str] | str | tuple[str, ...]
Condition: TypeAlias = Callable[[Look], bool]
OptionSource: TypeAlias = Callable[[Look, Known], list[Option]]
GroupSource: TypeAlias = Callable[[Look, Known], list[OptionGroup]]

# Controls, formats such as zero-width blanks, halves of surrogate pairs, and marks that stand on another letter.
INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Mn", "Me"})


def always(_: Look) -> bool:
    """The condition of a field that is always there."""
    return True


def never(_: Look) -> bool:
    """The condition that nothing meets."""
    return False


@dataclass(frozen=True, kw_only=True)
class Widget:
    """One input: its words, when it is there, and when it may stay empty.

    `of_client` marks an input whose choices belong to the client: it is replaced when the client changes.
    """

    label: str
    hint: str = ""
    placeholder: str = ""
    shown: Condition = always
    optional: Condition = never
    of_client: bool = False
    saves: ClassVar[bool] = True
    ask: ClassVar[str] = "choose"

    def element(self, look: Look, name: str, known: Known) -> Element:
        """The Block Kit element, filled with what is answered so far."""
        raise NotImplementedError

    def block(self, look: Look, name: str, block_id: str, known: Known) -> Block:
        """The whole input block."""
        element = self.element(look, name, known)
        if self.placeholder:
            element["placeholder"] = plain(self.placeholder)
        block: Block = {
            "type": "input",
            "block_id": block_id,
            "label": plain(self.label if look.copy == 1 else f"{self.label} ({look.copy})"),
            "element": element,
            "optional": self.optional(look),
        }
        if self.hint:
            block["hint"] = plain(self.hint)
        if self.saves:
            block["dispatch_action"] = True
        return block

    def raw(self, look: Look, name: str) -> Raw | None:
        """The answer as it came, or None when there is none."""
        return look.one(name)

    def problem(self, raw: Raw) -> str | None:
        """The kind of mistake in an answer that is there, or None. The kinds are the keys of `views.form.SENTENCES`."""
        return None


@dataclass(frozen=True, kw_only=True)
class Text(Widget):
    """Words a person types. Units: `least` and `most` count characters; spaces and invisible marks do not count as least."""

    least: int = 1
    most: int = 3000
    lines: bool = False
    saves: ClassVar[bool] = False
    ask: ClassVar[str] = "write"

    def element(self, look: Look, name: str, known: Known) -> Element:
        """A text box; what was typed before comes back in it."""
        element: Element = {
            "type": "plain_text_input",
            "action_id": FormId.ANSWER,
            "multiline": self.lines,
            "max_length": self.most,
        }
        typed = look.answers.typed.get(look.name(name))
        if typed is not None:
            words = typed.reveal(known.grant)[: self.most]
            if words:
                element["initial_value"] = words
        return element

    def raw(self, look: Look, name: str) -> Raw | None:
        """What was typed, or None when nothing visible was."""
        typed = look.answers.typed.get(look.name(name))
        if typed is None or not visible_length(typed.reveal(system_grant(Purpose.VALIDATE))):
            return None
        return typed

    def problem(self, raw: Raw) -> str | None:
        """Too short, too long, or holding what no database can keep."""
        words = raw.reveal(system_grant(Purpose.VALIDATE)) if isinstance(raw, Phi) else ""
        if not storable(words):
            return "unstorable"
        if len(words) > self.most:
            return "too_long"
        return "too_short" if visible_length(words) < self.least else None


@dataclass(frozen=True, kw_only=True)
class Number(Widget):
    """A whole number."""

    least: int
    most: int
    ask: ClassVar[str] = "number"

    def element(self, look: Look, name: str, known: Known) -> Element:
        """A number box."""
        element: Element = {
            "type": "number_input",
            "action_id": FormId.ANSWER,
            "is_decimal_allowed": False,
            "min_value": str(self.least),
            "max_value": str(self.most),
        }
        value = look.one(name)
        if value and value.isascii() and value.isdigit() and self.least <= int(value) <= self.most:
            element["initial_value"] = value
        return element

    def problem(self, raw: Raw) -> str | None:
        """Not a whole number, or out of range."""
        fits = isinstance(raw, str) and raw.isascii() and raw.isdigit() and len(raw) <= 6
        return None if fits and self.least <= int(str(raw)) <= self.most else "number"


@dataclass(frozen=True, kw_only=True)
class Moment(Widget):
    """A day and a time. Units: epoch seconds in Slack and in the answers."""

    ask: ClassVar[str] = "moment"

    def element(self, look: Look, name: str, known: Known) -> Element:
        """A day-and-time picker, which Slack shows in the person's own zone."""
        element: Element = {"type": "datetimepicker", "action_id": FormId.ANSWER}
        value = look.one(name)
        if value and value.isdigit():
            element["initial_date_time"] = int(value)
        return element

    def problem(self, raw: Raw) -> str | None:
        """Not ten digits of epoch seconds."""
        return None if isinstance(raw, str) and raw.isascii() and raw.isdigit() and len(raw) == 10 else "moment"


@dataclass(frozen=True, kw_only=True)
class Day(Widget):
    """A day, as YYYY-MM-DD."""

    ask: ClassVar[str] = "day"

    def element(self, look: Look, name: str, known: Known) -> Element:
        """A day picker."""
        element: Element = {"type": "datepicker", "action_id": FormId.ANSWER}
        value = look.one(name)
        if value and self.problem(value) is None:
            element["initial_date"] = value
        return element

    def problem(self, raw: Raw) -> str | None:
        """Not a day of the calendar."""
        try:
            dt.date.fromisoformat(str(raw))
        except ValueError:
            return "day"
        return None


@dataclass(frozen=True, kw_only=True)
class Choice(Widget):
    """One of several: from a closed set of words, or from a source that depends on what is known."""

    words: Mapping[Any, str] = field(default_factory=dict[Any, str])
    source: OptionSource | None = None
    preset: str | None = None

    def options(self, look: Look, known: Known) -> list[Option]:
        """What may be chosen now."""
        return self.source(look, known) if self.source else [option(text, word) for word, text in self.words.items()]

    def element(self, look: Look, name: str, known: Known) -> Element:
        """A select with the chosen option in it."""
        options = self.options(look, known)
        element: Element = {"type": "static_select", "action_id": FormId.ANSWER, "options": options}
        chosen = [each for each in options if each["value"] == self.raw(look, name)]
        if chosen:
            element["initial_option"] = chosen[0]
        return element

    def raw(self, look: Look, name: str) -> Raw | None:
        """What is chosen, else what stood there before anything was."""
        return look.one(name) or self.preset


@dataclass(frozen=True, kw_only=True)
class Choices(Widget):
    """Several of several, perhaps in groups."""

    words: Mapping[Any, str] = field(default_factory=dict[Any, str])
    groups: GroupSource | None = None
    most: int = 100

    def element(self, look: Look, name: str, known: Known) -> Element:
        """A multi select with what is chosen in it."""
        element: Element = {"type": "multi_static_select", "action_id": FormId.ANSWER, "max_selected_items": self.most}
        if self.groups:
            element["option_groups"] = self.groups(look, known)
            options = [each for group in element["option_groups"] for each in group["options"]]
        else:
            element["options"] = options = [option(text, word) for word, text in self.words.items()]
        chosen = [each for each in options if each["value"] in look.all(name)]
        if chosen:
            element["initial_options"] = chosen
        return element

    def raw(self, look: Look, name: str) -> Raw | None:
        """All that is chosen, or None."""
        return look.all(name) or None

    def problem(self, raw: Raw) -> str | None:
        """More than may be chosen."""
        return too_many(raw, self.most)


@dataclass(frozen=True, kw_only=True)
class Ticks(Choices):
    """Boxes to tick."""

    def element(self, look: Look, name: str, known: Known) -> Element:
        """A group of checkboxes."""
        options = [option(text, word) for word, text in self.words.items()]
        element: Element = {"type": "checkboxes", "action_id": FormId.ANSWER, "options": options}
        chosen = [each for each in options if each["value"] in look.all(name)]
        if chosen:
            element["initial_options"] = chosen
        return element


@dataclass(frozen=True, kw_only=True)
class Radio(Choice):
    """One of a few, all in sight."""

    def element(self, look: Look, name: str, known: Known) -> Element:
        """A group of radio buttons."""
        element = super().element(look, name, known)
        element["type"] = "radio_buttons"
        return element


@dataclass(frozen=True, kw_only=True)
class ClientSearch(Widget):
    """A search in the author's caseload."""

    def element(self, look: Look, name: str, known: Known) -> Element:
        """A search box that offers whom the author is most likely to mean before a letter is typed."""
        element: Element = {"type": "external_select", "action_id": FormId.SEARCH_CLIENT, "min_query_length": 0}
        if known.client is not None and known.client.ref == look.one(name):
            element["initial_option"] = option(known.client.label(known.grant), known.client.ref)
        return element


@dataclass(frozen=True, kw_only=True)
class ClientsSearch(Widget):
    """A search for several clients in the author's caseload."""

    most: int

    def element(self, look: Look, name: str, known: Known) -> Element:
        """A search box that begins empty."""
        return {
            "type": "multi_external_select",
            "action_id": FormId.SEARCH_CLIENT,
            "min_query_length": 0,
            "max_selected_items": self.most,
        }

    def raw(self, look: Look, name: str) -> Raw | None:
        """All that are chosen, or None."""
        return look.all(name) or None

    def problem(self, raw: Raw) -> str | None:
        """More clients than may be chosen."""
        return too_many(raw, self.most)


@dataclass(frozen=True, kw_only=True)
class PeopleSearch(Widget):
    """A search among the people known for a client."""

    most: int = 10

    def element(self, look: Look, name: str, known: Known) -> Element:
        """A search box for several people."""
        element: Element = {
            "type": "multi_external_select",
            "action_id": FormId.SEARCH_PEOPLE,
            "min_query_length": 0,
            "max_selected_items": self.most,
        }
        chosen = [each for each in self.choices(look, known) if each["value"] in look.all(name)]
        if chosen:
            element["initial_options"] = chosen
            element["max_selected_items"] = max(self.most, len(chosen))
        return element

    def choices(self, look: Look, known: Known) -> list[Option]:
        """Everyone who may be chosen; the notes' own subclass says who stands first."""
        return [option(person.label(known.grant), person.ref) for person in known.people]

    def raw(self, look: Look, name: str) -> Raw | None:
        """All that are chosen, or None."""
        return look.all(name) or None

    def problem(self, raw: Raw) -> str | None:
        """More people than may be chosen. A new version brings those too who were typed one by one in the earlier one."""
        return too_many(raw, 2 * self.most)


def too_many(raw: Raw, most: int) -> str | None:
    """The kind of mistake in several choices, or None."""
    if not isinstance(raw, tuple):
        return "choose"
    return "too_many" if len(raw) > most else None


def storable(words: str) -> bool:
    """Whether every database and every reader can keep the text: no NUL, no half of a surrogate pair."""
    return not any(letter == "\x00" or "\ud800" <= letter <= "\udfff" for letter in words)


def visible_length(words: str) -> int:
    """How many characters a reader sees, each blank between words as one; marks and invisible characters do not count."""
    seen = (letter for letter in words if letter.isspace() or unicodedata.category(letter) not in INVISIBLE)
    return len(" ".join("".join(seen).split()))
