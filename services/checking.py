"""The check before signing: what has to be seen or answered before a note is signed, and everything the rules say of its words.

Here: putting together what is known around a note, and the lines that follow. Not here: the rules (quality), how the lines are shown
(views), holding a form while they are (signing). Nothing is changed here, so it runs behind the reading door.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from models.contacts import Contact
from models.forms import FormRow, FormStage
from models.note_document import Participant
from models.notes import Note as NoteRow
from privacy.grants import Grant
from privacy.phi import Phi
from quality.findings import ABOUT_WORDS, Finding, Kind, before_signing
from quality.note import Note
from quality.reading import Situation
from services import (
    audit,
    checkers,
    clients,
    dismissals,
    earlier_notes,
    elements,
    form_clients,
    form_contacts,
    form_rows,
    lateness,
    naming,
    note_words,
    overlaps,
    people,
    policies,
    releases,
    unit_days,
)
from services.access import Reached
from services.decisions import Obligation
from services.earlier_notes import Compared
from services.elements import Element, Facts
from services.note_content import Content
from services.note_words import Written
from services.refusals import ClientOutOfScope, FormGone
from services.releases import Unreleased
from services.staff import Actor
from services.unit_days import Spent, UnitsAhead
from services.work import Work

# Rules of this module, beside those of the quality rules.
OVERLAP: Final = "overlap"
OVERLAP_CALL: Final = "overlap_call"
DAY_UNITS: Final = "day_units"
SUGGESTION: Final = "suggestion"


@dataclass(frozen=True, slots=True)
class NamedOther:
    """Another client's name, and the field it stands in."""

    field: str
    words: Phi[str]


@dataclass(frozen=True, slots=True)
class Misfit:
    """Something that does not fit together: the rule that says so, one of the quality rules or of this module.

    Which of the others is there depends on the rule."""

    rule: str
    field: str
    words: Phi[str]
    minutes: int = 0
    day: dt.date | None = None
    is_own: bool = True


@dataclass(frozen=True, slots=True)
class Worded:
    """Words that a rule would rather see otherwise. `mark` stands for the finding's key where it leaves the program."""

    rule: str
    field: str
    words: Phi[str]
    suggestion: str
    why: str
    key: str
    mark: str


@dataclass(frozen=True, slots=True)
class Check:
    """What was found. `grant` is that of the event which opened the form; it covers what the form shows until it closes.

    Units: `late` is in business days, None for a note in time.
    """

    grant: Grant
    client: clients.ClientLine
    content: Content
    names: tuple[NamedOther, ...] = ()
    late: int | None = None
    people: tuple[Unreleased, ...] = ()
    misfits: tuple[Misfit, ...] = ()
    words: tuple[Worded, ...] = ()
    missing: tuple[Element, ...] = ()
    units: UnitsAhead | None = None

    @property
    def says_something(self) -> bool:
        """Whether anything has to be seen before signing."""
        return bool(self.names or self.late is not None or self.people or self.misfits or self.words)


@dataclass(frozen=True, slots=True)
class Remark:
    """One finding as *Check my words* shows it."""

    field: str
    words: Phi[str]
    suggestion: str
    why: str


@dataclass(frozen=True, slots=True)
class Remarks:
    """Everything the rules say of what is written so far. `silenced` counts what this person does not want suggested."""

    grant: Grant
    found: tuple[Remark, ...]
    silenced: int


def check(work: Work, actor: Actor, nonce: str, content: Content, written: Written) -> Check:
    """What has to be seen or answered before this form is signed as it stands.

    Errors: FormGone, ClientOutOfScope, Part2Closed, ContactSettled, ContactElsewhere.
    """
    row, grant = _opened(work, actor, nonce)
    reached = form_clients.signed_for(work, actor, row, content.client_ref, content.ended_at)
    if reached is None:
        raise ClientOutOfScope
    form_clients.require_open(work, reached.client)
    if row.note_id is None:
        form_contacts.require_waiting(work, actor, row)
    line = clients.line_of(work, reached.client)
    if row.signed_hash == work.keys.house_key.fingerprint(content):
        # Signed already, and its answer was lost: there is nothing left to ask.
        return Check(grant, line, content)
    known = people.known(work, line.id, clients.key_of(work, line.id))
    earlier = _earlier(work, actor, row, reached, content)
    around = _situation(work, actor, line, known, content.newcomers)
    situation = replace(around, earlier=[each.earlier for each in earlier.values()])
    note = note_words.read(written)
    shown = before_signing(_findings(work, note, situation))
    spent = _spent(work, row, line.id, content)
    ahead = unit_days.ahead(work, actor, line.profile, spent)
    return Check(
        grant=grant,
        client=line,
        content=content,
        names=_names(shown, note),
        late=lateness.business_days_late(work, actor, content.ended_at) if row.note_id is None else None,
        people=releases.missing(content, known, actor.today(content.ended_at)),
        misfits=(*_misfits(shown, note, actor, earlier), *_overlap(work, actor, spent), *_too_many(ahead)),
        words=_worded(work, shown, note),
        missing=elements.missing(_facts(actor, content, reached)),
        units=ahead,
    )


def remarks(work: Work, actor: Actor, nonce: str, written: Written) -> Remarks:
    """Everything the rules say of a form as far as it is written, also before its client is chosen.

    Errors: FormGone.
    """
    row, grant = _opened(work, actor, nonce)
    ref = form_rows.client_ref_of(written.answers.chosen)
    reached = form_clients.standing_in(work, actor, row, ref, written.answers) if ref else None
    situation = Situation(author=naming.author_of(actor, dismissals.keys(work, actor)))
    if reached is not None:
        line = clients.line_of(work, reached.client)
        situation = _situation(work, actor, line, people.known(work, line.id, clients.key_of(work, line.id)))
    note = note_words.read(written)
    found = (
        Remark(each.field, _words(each, note), each.suggestion, each.why) for each in _findings(work, note, situation)
    )
    return Remarks(grant, tuple(found), len(situation.author.dismissed))


def _opened(work: Work, actor: Actor, nonce: str) -> tuple[FormRow, Grant]:
    row = form_rows.find(work, actor, nonce)
    grant = audit.standing_grant(work, row.id, actor.id) if row is not None else None
    if row is None or grant is None or row.stage is FormStage.DISCARDED:
        raise FormGone
    return row, grant


def _situation(
    work: Work,
    actor: Actor,
    line: clients.ClientLine,
    known: Sequence[people.PersonLine],
    newcomers: Sequence[Participant] = (),
) -> Situation:
    return Situation(
        client=naming.client_of(line, actor.today(work.now)),
        author=naming.author_of(actor, dismissals.keys(work, actor)),
        people=[*naming.of_people(known), *naming.of_participants(newcomers)],
        others=naming.others(work, actor, line),
    )


def _earlier(work: Work, actor: Actor, row: FormRow, reached: Reached, content: Content) -> Mapping[str, Compared]:
    # Whoever was only there sees that contact and no other, so the client's other notes are not told of either.
    reads_client = Obligation.THIS_CONTACT_ONLY not in reached.decision.obligations
    client_id, note_id = reached.client.id, row.note_id
    return earlier_notes.around(work, actor, client_id, content.ended_at, reads_client=reads_client, but=note_id)


def _findings(work: Work, note: Note, situation: Situation) -> tuple[Finding, ...]:
    """What the agency's rules say. A colleague may be named, and is looked for only where a name was found."""
    checker = checkers.of(policies.in_force(work).quality)
    found = checker.note(note, situation)
    if any(each.kind is Kind.OTHER_NAME for each in found):
        found = checker.note(note, replace(situation, people=[*situation.people, *naming.of_staff(work)]))
    return found


def _names(shown: Iterable[Finding], note: Note) -> tuple[NamedOther, ...]:
    """Each name once in each field."""
    found = {
        (each.field, note.texts()[each.field][each.start : each.end]): each
        for each in shown
        if each.kind is Kind.OTHER_NAME
    }
    return tuple(NamedOther(name, Phi(words)) for name, words in found)


def _misfits(shown: Iterable[Finding], note: Note, actor: Actor, earlier: Mapping[str, Compared]) -> Iterator[Misfit]:
    """One for each rule: the first place it speaks of stands for the others."""
    told: set[str] = set()
    for each in shown:
        if each.kind is Kind.FIT and each.rule not in told:
            told.add(each.rule)
            like = earlier.get(each.earlier)
            day = actor.today(like.ended_at) if like is not None else None
            is_own = like is None or like.is_own
            yield Misfit(each.rule, each.field, _words(each, note), day=day, is_own=is_own)


def _spent(work: Work, row: FormRow, client_id: uuid.UUID, content: Content) -> Spent:
    """The note's time, and the contact it is about, as far as there is one already."""
    contact_id = row.contact_id
    if row.note_id is not None:
        contact_id = work.session.get_one(NoteRow, (work.workspace_id, row.note_id)).contact_id
    contact = work.session.get(Contact, (work.workspace_id, contact_id)) if contact_id is not None else None
    return Spent(
        client_id=client_id,
        ended_at=content.ended_at,
        minutes=content.minutes,
        method=content.method,
        activities=content.activities,
        contact_id=contact_id,
        group_id=contact.group_id if contact is not None else None,
    )


def _overlap(work: Work, actor: Actor, spent: Spent) -> Iterator[Misfit]:
    shared = overlaps.shared(work, actor, spent.stretch(billed=True), spent.contact_id)
    if shared.minutes:
        yield Misfit(OVERLAP if shared.is_noted else OVERLAP_CALL, "ended_at", Phi(""), minutes=shared.minutes)


def _too_many(ahead: UnitsAhead) -> Iterator[Misfit]:
    """More units in the author's day than the agency lets pass without a word."""
    if ahead.too_many and ahead.day_units is not None:
        yield Misfit(DAY_UNITS, "minutes", Phi(""), minutes=ahead.day_units)


def _worded(work: Work, shown: Iterable[Finding], note: Note) -> tuple[Worded, ...]:
    return tuple(
        Worded(each.rule, each.field, _words(each, note), each.suggestion, each.why, each.key, _mark(work, each.key))
        for each in shown
        if each.kind in ABOUT_WORDS
    )


def _words(finding: Finding, note: Note) -> Phi[str]:
    """What the finding is about, as it stands in the note; nothing where it is about the whole of a field."""
    return Phi(note.texts().get(finding.field, "")[finding.start : finding.end])


def _mark(work: Work, key: str) -> str:
    return work.keys.index(SUGGESTION, "key", key).hex()[:16]


def _facts(actor: Actor, content: Content, reached: Reached) -> Facts:
    """What the note would hold if it were signed now."""
    people_there = (*content.people, *content.roles, *content.newcomers)
    return Facts(
        title=actor.title,
        goals=len(content.goals),
        no_goal=content.no_goal,
        activities=content.activities,
        matters=content.matters,
        promises=len(content.promises),
        plan_review_on=reached.client.plan_review_on,
        method=content.method,
        place=content.place,
        people=len(people_there) + content.client_there,
    )
