"""*Before you sign*: what is shown and asked before a note is signed, and what was answered there.

Here: one check drawn, line by line, and its answers read. Not here: what is found (services.checking).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from models.forms import Answers, FormKind
from models.note_checked import Basis, Checked, KeptFinding, LateEntry, LateReason, OtherName, ReleaseBasis
from models.note_document import Method, Place
from privacy.phi import Phi
from services.checking import Check, Misfit, NamedOther, Worded
from services.elements import Element
from services.staff import Actor
from views.blocks import (
    Block,
    PrivateView,
    actions,
    button,
    context,
    header,
    modal,
    one_line,
    option,
    overflow,
    section,
)
from views.form import FormError, sentence
from views.ids import NoteId, WordId
from views.known import Known, Look, day_words
from views.note_words import METHODS, PLACES
from views.notes import NOTE_FORMS
from views.signing_words import BASES, ELEMENTS, LATE_REASONS, MISFITS, OF_A_COLLEAGUE, OTHER_NAMES
from views.unit_words import units_words
from views.widgets import Choice, Text, Widget, always

WORDS_LONGEST: Final = 200
NAMES_MOST: Final = 6
# With more people than this one answer counts for all of them.
ASKED_SINGLY: Final = 4
DISMISS: Final = "Do not suggest this again"

OTHER_NAME, LATE_REASON, LATE_WORDS, BASIS = "other_name_reason", "late_reason", "late_words", "basis"
# Every input that may stand here; their answers are kept with those of the form that lies under it.
FIELDS: Final = (OTHER_NAME, LATE_REASON, LATE_WORDS, BASIS)
_WIDGETS: Final[dict[str, Widget]] = {
    OTHER_NAME: Choice(label="Keep it because", placeholder="Choose", words=OTHER_NAMES),
    LATE_REASON: Choice(label="Why is it late?", placeholder="Choose", words=LATE_REASONS),
    LATE_WORDS: Text(label="Say more", most=300, optional=always),
    BASIS: Choice(label="Why could you share?", placeholder="Choose", words=BASES),
}


@dataclass(frozen=True, slots=True)
class Whence:
    """Which form a modal is about, and which submission of it. `in_place`: it took the form's place, because Slack lets no more lie there."""

    nonce: str
    submission: int = 0
    in_place: bool = False

    @property
    def text(self) -> str:
        """What stands in the modal's metadata."""
        return f"{self.nonce}.{self.submission}{'.here' if self.in_place else ''}"

    @classmethod
    def read(cls, metadata: str) -> Whence:
        """Whence from a modal's metadata."""
        nonce, _, rest = metadata.partition(".")
        number, _, place = rest.partition(".")
        known = number.isascii() and number.isdigit() and len(number) <= 9
        return cls(nonce, int(number) if known else 0, in_place=place == "here")


@dataclass(frozen=True, slots=True)
class Screen:
    """Everything that one screen is drawn from."""

    check: Check
    whence: Whence
    answers: Answers
    now: dt.datetime
    actor: Actor

    @property
    def kind(self) -> FormKind:
        """Which form it is about."""
        return FormKind(self.check.content.kind.value)


def draw(screen: Screen) -> PrivateView:
    """The screen, in the order in which it is read: who and when, what blocks, what is asked, what is pointed out, who signs."""
    blocks = [
        *_about(screen),
        *_names(screen),
        *_late(screen),
        *_people(screen),
        *_misfits(screen),
        *_words(screen),
        *_ending(screen),
    ]
    close = "Close" if screen.whence.in_place else "Back"
    drawn = modal(NoteId.SIGN_CHECKED, "Before you sign", blocks, submit="Sign", close=close)
    return PrivateView({**drawn.view, "private_metadata": screen.whence.text})


def back_button() -> Block:
    """The way back to the form whose place this modal took."""
    return actions("back", button("Back to the form", NoteId.BACK))


def answered(check: Check, answers: Answers) -> Checked:
    """What was seen and answered, as it is signed with the note.

    Errors: FormError for what is asked and not answered; nothing else keeps the note from being signed.
    """
    look, mistakes = Look(answers), dict[str, str]()
    names, reasons, bases = (set(each) for each in (OtherName, LateReason, Basis))
    if check.names and look.one(OTHER_NAME) not in names:
        mistakes[OTHER_NAME] = sentence("other_name", None)
    if check.late is not None and look.one(LATE_REASON) not in reasons:
        mistakes[LATE_REASON] = sentence("choose", None)
    raw = _WIDGETS[LATE_WORDS].raw(look, LATE_WORDS)
    words = raw if isinstance(raw, Phi) else None
    problem = _WIDGETS[LATE_WORDS].problem(words) if words is not None else None
    if check.late is not None and words is None and look.one(LATE_REASON) == LateReason.OTHER:
        problem = "write"
    if check.late is not None and problem is not None:
        mistakes[LATE_WORDS] = sentence(problem, _WIDGETS[LATE_WORDS])
    for number in range(1, _asked(check) + 1):
        copy = replace(look, copy=number)
        if copy.one(BASIS) not in bases:
            mistakes[copy.name(BASIS)] = sentence("choose", None)
    if mistakes:
        raise FormError(mistakes)
    return Checked(
        other_name=OtherName(look.one(OTHER_NAME)) if check.names else None,
        late=_entry(check.late, look, words) if check.late is not None else None,
        releases=_releases(check, look),
        kept=tuple(_kept(check)),
    )


def answers_here(answers: Answers) -> Answers:
    """Of what a modal sent, the answers to what may be asked here; nothing else is let into the form."""

    def is_ours(name: str) -> bool:
        return name in FIELDS or name.startswith(f"{BASIS}_")

    typed = {name: words for name, words in answers.typed.items() if is_ours(name)}
    chosen = {name: words for name, words in answers.chosen.items() if is_ours(name)}
    return answers.model_copy(update={"typed": typed, "chosen": chosen})


def label_of(kind: FormKind, field: str) -> str:
    """What the form calls a field that the rules speak about."""
    wanted = "follow_up_what" if field == "follow_up" else field
    labels = {slot.field: slot.widget.label for slot in NOTE_FORMS[kind].slots(Answers())}
    return labels.get(wanted, "The note")


def _entry(days: int, look: Look, words: Phi[str] | None) -> LateEntry:
    return LateEntry(
        business_days=days, reason=LateReason(look.one(LATE_REASON)), words=words if words is not None else Phi("")
    )


def _asked(check: Check) -> int:
    """How many inputs ask about people: one for each, or one for all of many."""
    return len(check.people) if len(check.people) <= ASKED_SINGLY else 1


def _releases(check: Check, look: Look) -> tuple[ReleaseBasis, ...]:
    singly = _asked(check) == len(check.people)
    looks = (replace(look, copy=number if singly else 1) for number in range(1, len(check.people) + 1))
    return tuple(
        ReleaseBasis(person=each.person, basis=Basis(copy.one(BASIS)))
        for each, copy in zip(check.people, looks, strict=True)
    )


def _kept(check: Check) -> Iterator[KeptFinding]:
    for each in (*check.misfits, *check.words):
        yield KeptFinding(rule=each.rule, field=each.field, words=each.words)


def _about(screen: Screen) -> Iterator[Block]:
    check = screen.check
    grant, content = check.grant, check.content
    name = f"{check.client.name(grant)} · ID {check.client.profile.agency_id.reveal(grant)}"
    yield header("client", one_line(name, 150))
    yield section("when", _when(screen, content.method, content.place))


def _when(screen: Screen, method: Method | None, place: Place | None) -> str:
    content, zone = screen.check.content, screen.actor.zone
    ended = content.ended_at.astimezone(zone)
    started = ended - dt.timedelta(minutes=content.minutes)
    how = METHODS[method] if method is not None else PLACES[place] if place is not None else ""
    parts = [how, f"{day_words(started.date())}, {started:%H:%M}–{ended:%H:%M}", _minutes(content.minutes)]
    if screen.check.units is not None:
        parts.append(units_words(screen.check.units.counted))
    return " · ".join(part for part in parts if part)


def _names(screen: Screen) -> Iterator[Block]:
    names = screen.check.names
    for number, each in enumerate(names[:NAMES_MOST], start=1):
        yield section(f"name_{number}", _name_line(screen, each))
    if len(names) > NAMES_MOST:
        yield section("names_more", f"And {len(names) - NAMES_MOST} more.")
    if names:
        yield _input(screen, OTHER_NAME)


def _name_line(screen: Screen, each: NamedOther) -> str:
    label = label_of(screen.kind, each.field)
    name = one_line(each.words.reveal(screen.check.grant), WORDS_LONGEST)
    return (
        f"A name in “{label}” belongs to another client: “{name}”. Go back and write who they are to this person, "
        "such as “a housemate”."
    )


def _late(screen: Screen) -> Iterator[Block]:
    days = screen.check.late
    if days is None:
        return
    how_late = "1 business day" if days == 1 else f"{days} business days"
    after = f"This note is {how_late} after the contact." if days else "This note is after the agency's limit."
    yield section("late", f"{after} It will be marked “late entry”.")
    yield _input(screen, LATE_REASON)
    yield _input(screen, LATE_WORDS)


def _people(screen: Screen) -> Iterator[Block]:
    check = screen.check
    people = [one_line(each.person.reveal(check.grant), WORDS_LONGEST) for each in check.people]
    if len(people) > ASKED_SINGLY:
        yield section("person", f"{len(people)} people have no current release on file: {'; '.join(people)}.")
        yield _input(screen, BASIS)
        return
    for number, (name, each) in enumerate(zip(people, check.people, strict=True), start=1):
        says = "is marked “do not disclose”" if each.is_barred else "has no current release on file"
        yield section(f"person_{number}", f"{name} {says}.")
        yield _input(screen, BASIS, number)


def _misfits(screen: Screen) -> Iterator[Block]:
    for number, each in enumerate(screen.check.misfits, start=1):
        yield section(f"fit_{number}", _misfit(screen, each))


def _misfit(screen: Screen, each: Misfit) -> str:
    words = OF_A_COLLEAGUE if each.day is not None and not each.is_own else MISFITS.get(each.rule, "{words}")
    minutes = "1 minute overlaps" if each.minutes == 1 else f"{each.minutes} minutes overlap"
    said = one_line(each.words.reveal(screen.check.grant), WORDS_LONGEST)
    day = day_words(each.day) if each.day is not None else ""
    most = screen.check.units.day_most if screen.check.units is not None else 0
    return words.format(words=said, day=day, overlap=minutes, count=each.minutes, most=most)


def _words(screen: Screen) -> Iterator[Block]:
    for number, each in enumerate(screen.check.words, start=1):
        menu = overflow(WordId.DISMISS, option(DISMISS, each.mark))
        yield section(f"word_{number}", _word_line(screen, each), menu)


def _word_line(screen: Screen, each: Worded) -> str:
    said = one_line(each.words.reveal(screen.check.grant), WORDS_LONGEST)
    return f"“{said}” → {each.suggestion}. {each.why}"


def _ending(screen: Screen) -> Iterator[Block]:
    missing = screen.check.missing
    lines = [f"Record: {len(Element) - len(missing)} of {len(Element)} elements."]
    lines += [f"Missing: {ELEMENTS[each]}." for each in missing]
    yield context("record", "\n".join(lines))
    actor = screen.actor
    who = ", ".join(part for part in (actor.name, actor.title, actor.credential) if part)
    yield context(
        "signature",
        f"Signing as {one_line(who, 300)}. After signing, a change is a new version or an addition. Nothing is deleted.",
    )
    if screen.whence.in_place:
        yield back_button()


def _input(screen: Screen, name: str, copy: int = 1) -> Block:
    look = Look(screen.answers, copy)
    known = Known(screen.check.grant, screen.now, screen.actor.zone)
    return _WIDGETS[name].block(look, name, look.name(name), known)


def _minutes(count: int) -> str:
    return "1 minute" if count == 1 else f"{count} minutes"
