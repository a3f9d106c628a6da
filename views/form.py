"""A form is one pydantic model: it draws itself for a renderer and reads itself back. Slack's modal is the first renderer.

A field's name is its `block_id`; after a client is chosen anew, fields that belong to the client are drawn as `name~n`,
so that Slack drops what it shows. Which fields a note has stands in `views.notes`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo

from models.forms import Answers
from services.note_fields import KEPT_DAYS
from services.refusals import Part2Closed
from views.blocks import Block, Element, PrivateView, actions, button, context, modal, one_line, section
from views.ids import FormId
from views.known import Known, Look
from views.widgets import Condition, Widget

# One sentence per kind of mistake. The kinds are pydantic's error types and our own; pydantic's words are never read.
SENTENCES = {
    "write": "Write something here.",
    "choose": "Choose from the list.",
    "minute_each": "Each client needs a minute at least. Write more minutes, or choose fewer clients.",
    "number": "Write whole minutes, from 1 to 720.",
    "moment": "Choose the day and the time.",
    "day": "Choose a day.",
    "too_short": "Add a little more: {least} characters are the least.",
    "too_long": "Shorten this: {most} characters are the most.",
    "too_many": "Choose fewer: {most} are the most.",
    "unstorable": "A character here cannot be stored. Delete it, or type the sentence again.",
    "in_future": "This is in the future. Choose the time the contact ended.",
    "too_old": "This is more than a year ago. Check the date.",
    "two_states": "Choose one state for each goal.",
    "none_with_others": "Choose None, or the others.",
    "no_client_there": (
        "A visit note needs the client there. Choose them. If they were not there, close this and use Collateral contact: "
        "your words are kept under Drafts."
    ),
    "nobody_named": "Write at least one name, one person per line.",
    "name_too_long": "A name or title here is too long: 80 characters are the most for each.",
    "too_many_people": "Write at most 10 people here.",
    "day_past": "This day has passed. Choose today or later.",
    "day_far": "Choose a day within one year.",
    "not_to_come": "This has passed. Choose a time to come; for a visit that has taken place, use Log a visit.",
    "both_days": "Choose both days, or neither.",
    "days_in_order": "The last day comes before the first.",
    "other_name": "Go back and change the name, or say why it may stay.",
    "no_agreement": (
        "Slack forms stay closed until an agreement with Slack is signed. Choose Noted's own page, or Nowhere yet."
    ),
    "other_plan": (
        "Others report that Slack supports client data on the Enterprise plan only. Choose Noted's own page, or ask Slack."
    ),
    "vendor_without": "Sign an agreement with the vendor first.",
    "line": "Write this on one line, without invisible characters: 80 characters are the most.",
    "not_email": "This is not one e-mail address, such as jordan@agency.org.",
    "not_phones": "These are not phone numbers. Write at most 10, as +1 804 555 0100; +1 804 555 0101.",
    "not_hours": "These are not working hours. Write them as 08:30-17:00.",
    "taken_email": "Another staff member has this e-mail.",
    "taken_slack": "Another staff member has this Slack account.",
    "not_a_member": "Choose a full member of this workspace: no guest, no app, nobody who is deactivated or from elsewhere.",
    "own_supervisor": "Nobody supervises themselves. Choose somebody else, or nobody.",
    "roles_not_yours": "Only an admin gives other roles than case manager.",
    "id_or_name": "Type the agency ID, or the full name below.",
    "names_unread": "The names are still being read. Type the agency ID, or try again in a minute.",
    "no_such_client": (
        "No one client fits this exactly. Check it letter by letter; if it is a name, type the date of birth too, or the agency ID."
    ),
    "reached_already": "You reach this client already: write as usual, without an emergency.",
    "not_a_birthday": "This is not a day. Write it as 1961-04-30 or 4/30/1961.",
    "taken_client": "Another client has this ID.",
    "destroyed": "The record with this ID was destroyed. Nothing can be kept under it.",
    "twin": (
        "This may be a client who has a record already: the name and day of birth, or the Medicaid number, are the same. Find them "
        "first. If they are two people, tick this and send it again."
    ),
    "still_reading": "The names of all clients are still being read. Send this again in a minute.",
    "not_born": "This day of birth lies in the future or before 1900.",
    "not_a_review": "Choose a day between 2000 and 2099.",
    "not_requirements": (
        "Write words such as: visit every 90 days, grace 10, home every 2; contact every month. Or the name of a pack of the policy, or none."
    ),
    "same_as_primary": "This is the primary case manager. Choose somebody else, or nobody.",
    "same_person": "Choose somebody else: it is their own caseload.",
    "taken_goal": "This client has a goal with this code.",
    "taken_person": "This client has somebody of this name and role already.",
    "taken_team": "Another team has this name.",
    "not_your_staff": "Only an admin gives people another supervisor. You may choose yourself for a team of your own.",
}
UNREADABLE = "choose"
# Stands before the name of the field that a row of buttons follows.
AFTER = "after_"
JOT_LONGEST = 300


class FormError(Exception):
    """A form that cannot be signed yet. `by_field` holds one sentence per field; none repeats what was typed."""

    def __init__(self, by_field: Mapping[str, str]) -> None:
        super().__init__("The form has fields to mend.")
        self.by_field = dict(by_field)


@dataclass(frozen=True, slots=True)
class FormButton:
    """A button that stands after a field."""

    text: str
    action_id: str
    shown: Condition


CLIENT_LOST: Final = "You cannot write about this client now. Your words are below, to be read and copied."


@dataclass(frozen=True, slots=True)
class Repeat:
    """Marks a field that holds several copies of a part, drawn one after the other."""

    part: type[Part]
    most: int
    count_key: str

    def copies(self, answers: Answers) -> int:
        """How many copies are there now."""
        count = Look(answers).one(self.count_key) or "1"
        return max(1, min(self.most, int(count) if count.isdigit() else 1))


@dataclass(frozen=True, slots=True)
class Slot:
    """One input in its place: whose it is and which copy."""

    owner: str
    field: str
    widget: Widget
    look: Look

    @property
    def name(self) -> str:
        """The name of its block."""
        return self.look.name(self.field)

    @property
    def is_there(self) -> bool:
        """Whether it is drawn now."""
        return self.widget.shown(self.look)


class Part(BaseModel):
    """A group of fields that may stand in a form several times."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(•••)"


class Form(Part):
    """The base of every form."""

    callback_id: ClassVar[str]
    title: ClassVar[str]
    submit: ClassVar[str] = "Sign"
    order: ClassVar[tuple[str, ...]] = ()
    buttons: ClassVar[Mapping[str, tuple[FormButton, ...]]] = {}

    @classmethod
    def slots(cls, answers: Answers, *, fixed_client: bool = False) -> Iterator[Slot]:
        """Every input in its order, also those that are hidden now."""
        for field in cls.order or tuple(cls.model_fields):
            info = cls.model_fields[field]
            repeat = _marker(info, Repeat)
            copies = repeat.copies(answers) if repeat else 1
            for copy in range(1, copies + 1):
                look = Look(answers, copy)
                fields = repeat.part.model_fields if repeat else {field: info}
                for name, each in fields.items():
                    widget = _marker(each, Widget)
                    if widget is not None and not (name == "client" and fixed_client):
                        yield Slot(field, name, widget, look)

    @classmethod
    def shape(cls, answers: Answers, *, fixed_client: bool) -> list[tuple[str, bool]]:
        """What stands on the screen: the inputs' block ids in order, and whether each may stay empty.

        A form is drawn again only when this changes.
        """
        return [
            (block_id(slot, answers), slot.widget.optional(slot.look))
            for slot in cls.slots(answers, fixed_client=fixed_client)
            if slot.is_there
        ]

    @classmethod
    def rows_of_buttons(cls, answers: Answers, *, fixed_client: bool) -> list[str]:
        """The rows of buttons on the screen, each with what it holds. A form is drawn again when these change, too."""
        owners = dict.fromkeys(slot.owner for slot in cls.slots(answers, fixed_client=fixed_client))
        rows = [row for owner in owners for row in cls._buttons_after(owner, answers)]
        return [row_of_buttons(row) for row in rows]

    @classmethod
    def draw(cls, answers: Answers, known: Known, nonce: str, *, fixed_client: bool = False) -> PrivateView:
        """The form as a modal, with everything answered so far in it."""
        blocks = _client_blocks(known, fixed=fixed_client)
        previous: Slot | None = None
        for slot in cls.slots(answers, fixed_client=fixed_client):
            if previous is not None and previous.owner != slot.owner:
                blocks.extend(cls._buttons_after(previous.owner, answers))
            if slot.is_there:
                blocks.append(slot.widget.block(slot.look, slot.field, block_id(slot, answers), known))
            previous = slot
        if previous is not None:
            blocks.extend(cls._buttons_after(previous.owner, answers))
        return modal(cls.callback_id, cls.title, blocks, submit=cls.submit, nonce=nonce)

    @classmethod
    def _buttons_after(cls, owner: str, answers: Answers) -> list[Block]:
        shown = [each for each in cls.buttons.get(owner, ()) if each.shown(Look(answers))]
        return [actions(f"{AFTER}{owner}", *(button(each.text, each.action_id) for each in shown))] if shown else []

    @classmethod
    def parse(cls, answers: Answers, now: dt.datetime, zone: dt.tzinfo, *, fixed_client: bool = False) -> Self:
        """The form as typed values.

        Units: `now` is UTC and aware; `zone` is the author's, for days.
        Errors: FormError with one sentence per field.
        """
        mistakes: dict[str, str] = {}
        values: dict[str, Any] = {}
        for slot in cls.slots(answers, fixed_client=fixed_client):
            if not slot.is_there:
                continue
            raw = slot.widget.raw(slot.look, slot.field)
            kind = _judge(slot, raw)
            if kind is not None:
                mistakes[slot.name] = sentence(kind, slot.widget)
            elif raw is not None:
                _put(values, slot, raw, repeated=_marker(cls.model_fields[slot.owner], Repeat) is not None)
        if fixed_client:
            values["client"] = Look(answers).one("client")
        try:
            context = {"today": now.astimezone(zone).date(), "now": now, "kept_days": answers.chosen.get(KEPT_DAYS, ())}
            form = cls.model_validate(values, context=context)
        except ValidationError as error:
            for name, kind in _kinds(error):
                mistakes.setdefault(name, sentence(kind, cls._widget(name)))
            raise FormError(mistakes) from None
        if mistakes:
            raise FormError(mistakes)
        return form

    @classmethod
    def _widget(cls, name: str) -> Widget | None:
        info = cls.model_fields.get(name)
        return _marker(info, Widget) if info else None


def row_of_buttons(row: Mapping[str, Any]) -> str:
    """The name of a row of buttons, and of each button in it."""
    return " ".join([row["block_id"], *(each["action_id"] for each in row["elements"])])


def block_id(slot: Slot, answers: Answers) -> str:
    """The input's block id now: its name, and `~n` once the client was changed n times."""
    turn = answers.client_turn if slot.widget.of_client else 0
    return f"{slot.name}~{turn}" if turn else slot.name


def sentence(kind: str, widget: Widget | None) -> str:
    """The sentence for a kind of mistake, with the widget's own numbers in it."""
    words = SENTENCES.get(kind, SENTENCES[UNREADABLE])
    return words.format(least=getattr(widget, "least", 0), most=getattr(widget, "most", 0))


def _judge(slot: Slot, raw: Any) -> str | None:
    if raw is None:
        return None if slot.widget.optional(slot.look) else slot.widget.ask
    return slot.widget.problem(raw)


def _put(values: dict[str, Any], slot: Slot, raw: Any, *, repeated: bool) -> None:
    if not repeated:
        values[slot.field] = raw
        return
    copies: list[dict[str, Any]] = values.setdefault(slot.owner, [])
    while len(copies) < slot.look.copy:
        copies.append({})
    copies[slot.look.copy - 1][slot.field] = raw


def _kinds(error: ValidationError) -> Iterator[tuple[str, str]]:
    """The block name and the kind of each mistake that pydantic found. Its texts and inputs are never read."""
    for each in error.errors(include_input=False, include_context=False, include_url=False):
        match each["loc"]:
            case (str(), int(copy), str(field), *_) if copy > 0:
                yield f"{field}_{copy + 1}", each["type"]
            case (str(), int(), str(field), *_) | (str(field), *_):
                yield field, each["type"]
            case _:
                yield "client", each["type"]


def _client_blocks(known: Known, *, fixed: bool) -> list[Block]:
    """The line that says whom the note is about: the guard against writing about the wrong person. Below it, what was kept for later."""
    blocks: list[Block] = []
    if known.closed:
        blocks.append(section("part2", Part2Closed.sentence.plain))
    elif known.client is not None:
        blocks.append(context("client_line", known.client.line(known.grant, known.today)))
    if known.client is not None and fixed and known.about is None:
        change: Element = button("Change", FormId.CHANGE_CLIENT)
        blocks.append(section("client_fixed", f"Client: {known.client.label(known.grant)}", change))
    if known.client_lost:
        blocks.append(section("client_lost", CLIENT_LOST))
    jot = one_line(known.jot.reveal(known.grant), JOT_LONGEST) if known.jot is not None else ""
    if jot:
        blocks.append(context("jot", f"You kept: {jot}"))
    return blocks


def _marker(info: FieldInfo, kind: type[Any]) -> Any:
    return next((each for each in info.metadata if isinstance(each, kind)), None)
