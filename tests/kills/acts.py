"""What a person does while the app is killed: each act can be prepared, done, done again, and looked for in the database."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from itertools import count
from typing import Final, Protocol

from sqlalchemy import update

from bot import offline
from models.addenda import Addendum
from models.forms import Answers, FormRow, FormStage
from models.notes import Note, NoteVersion, Review
from models.reviews import NoteReview
from models.staff import Staff
from sandbox.shape import JsonObject, as_text
from services import audit
from services.form_rows import answers_of
from services.work import Work
from tests.flows.attack import Answer, action, filled, send, submission
from tests.flows.stage import ALICE, BOB, CAROL
from tests.flows.test_timelines import forged
from tests.kills.stage import Killable

# No two acts say the same words.
_numbers: Final = count(1)


class Act(Protocol):
    """Something that a person does, in one request or several at once."""

    async def prepare(self, stage: Killable) -> None:
        """Everything before it."""
        ...

    async def do(self, stage: Killable) -> bool:
        """Do it; whether Slack heard that it was done."""
        ...

    def stored(self, stage: Killable) -> int:
        """How often it stands in the database."""
        ...


def answers(stage: Killable, stage_of: FormStage = FormStage.OPEN) -> list[Answers]:
    """What stands in every saved form that is this far, opened, the oldest first."""

    def opened(work: Work) -> list[Answers]:
        rows = work.session.query(FormRow).order_by(FormRow.id)
        return [answers_of(work, row) for row in rows if row.stage is stage_of and row.saved_at is not None]

    return offline.read(stage.app.engine, stage.tenant, stage.clock, opened)


def unlike() -> str:
    """Words that no other note holds."""
    return " ".join(secrets.token_hex(4) for _ in range(12))


def done_words(stage: Killable) -> list[str]:
    """What was done, by every draft."""
    return [each.typed["done"].reveal(stage.grant) for each in answers(stage) if "done" in each.typed]


@dataclass
class Open:
    """`/note call`. What it leaves behind unsaved shows nowhere, so what counts is the modal."""

    before: int = 0

    async def prepare(self, stage: Killable) -> None:
        """No modal is open."""
        alice = stage.person(ALICE)
        for modal in reversed(alice.modals):
            await alice.close(as_text(modal["id"]))
        await stage.settle()
        self.before = len(answers(stage))

    async def do(self, stage: Killable) -> bool:
        """Type the command."""
        return (await stage.person(ALICE).command("/note", "call")).ok

    def stored(self, stage: Killable) -> int:
        """How many modals are open; drafts come of none of them."""
        assert len(answers(stage)) == self.before
        return len(stage.person(ALICE).modals)


@dataclass
class Save:
    """A tap in a form that holds newer words than those saved before."""

    number: int = 0
    view: str = ""

    @property
    def words(self) -> str:
        """What is typed this time."""
        return f"Asked the manager {self.number} times, and she agreed."

    async def prepare(self, stage: Killable) -> None:
        """A form that was saved, with words to come."""
        self.number = next(_numbers)
        self.view = await filled(stage, done=f"These words were saved before, {self.number}.")

    async def do(self, stage: Killable) -> bool:
        """Tap *Save draft*."""
        return (await send(stage, action(stage, self.view, done=self.words))).status == 200

    def stored(self, stage: Killable) -> int:
        """How often the newer words stand in a draft; the older ones stand where they do not."""
        said = done_words(stage)
        older = said.count(f"These words were saved before, {self.number}.")
        assert older + said.count(self.words) == 1
        return said.count(self.words)


@dataclass
class Sign:
    """*Sign* in a form with everything in it."""

    before: int = 0
    view: str = ""
    payload: JsonObject = field(default_factory=dict[str, object])

    async def prepare(self, stage: Killable) -> None:
        """A form that may be signed."""
        self.before = stage.count(Note)
        # Neither the words nor the minutes are those of another note, which would be asked about first.
        stage.clock.advance(minutes=20)
        self.view = await filled(stage, done=unlike(), observations=unlike())
        self.payload = submission(stage, self.view)

    async def do(self, stage: Killable) -> bool:
        """Press *Sign*."""
        return (await send(stage, self.payload)).clears

    def stored(self, stage: Killable) -> int:
        """How many notes came of it."""
        return stage.count(Note) - self.before


@dataclass
class Version(Sign):
    """*Sign* again in a form that was signed, with other words: a new version."""

    versions: int = 0
    number: int = 0

    async def prepare(self, stage: Killable) -> None:
        """A note that was signed."""
        await super().prepare(stage)
        assert await super().do(stage)
        await stage.settle()
        self.number += 1
        self.versions = stage.count(NoteVersion)
        self.payload = submission(stage, self.view, done=unlike())

    async def do(self, stage: Killable) -> bool:
        """Press *Sign*, a second later than the last time."""
        return (await send(stage, self.payload, later=1)).clears

    def stored(self, stage: Killable) -> int:
        """How many versions came of it."""
        assert stage.count(Note) == self.before + 1
        return stage.count(NoteVersion) - self.versions


async def opened_about(stage: Killable, note: Note, action_id: str) -> str:
    """A form about a signed note, opened by its button; the view's id."""
    alice = stage.person(ALICE)
    for modal in reversed(alice.modals):
        await alice.close(as_text(modal["id"]))
    await alice.command("/note", "find")
    answer = await send(stage, forged(stage, as_text(alice.modal["id"]), action_id, note.ref))
    assert answer.status == 200
    await stage.settle()
    return as_text(alice.modal["id"])


def newest(stage: Killable) -> Note:
    """The note that was signed last."""
    note = stage.rows(Note)[-1]
    assert isinstance(note, Note)
    return note


@dataclass
class NextVersion(Version):
    """*Sign* in the form that *Change it* opens beside a signed note."""

    async def prepare(self, stage: Killable) -> None:
        """The note as it stands, with one sentence changed."""
        await super().prepare(stage)
        self.view = await opened_about(stage, newest(stage), "note.change")
        self.payload = submission(stage, self.view, done=unlike())


@dataclass
class Add:
    """*Sign* under something that is added to a signed note."""

    before: int = 0
    payload: JsonObject = field(default_factory=dict[str, object])

    async def prepare(self, stage: Killable) -> None:
        """A signed note, and what is added, saved once."""
        sign = Sign()
        await sign.prepare(stage)
        assert await sign.do(stage)
        await stage.settle()
        view = await opened_about(stage, newest(stage), "addendum.open")
        said = {"words": "The manager called back later and said the same.", "kind": "addition"}
        await stage.person(ALICE).click(view, "after_words", "form.save", state=said)
        await stage.settle()
        self.before = stage.count(Addendum)
        self.payload = submission(stage, view)

    async def do(self, stage: Killable) -> bool:
        """Press *Sign*."""
        answer = await send(stage, self.payload)
        return answer.status == 200 and not answer.errors and answer.body.get("response_action") is None

    def stored(self, stage: Killable) -> int:
        """How many addenda came of it."""
        return stage.count(Addendum) - self.before


@dataclass
class Decide:
    """*Decide* under a note that waits for its supervisor."""

    before: int = 0
    payload: JsonObject = field(default_factory=dict[str, object])

    async def prepare(self, stage: Killable) -> None:
        """A note that waits, read by carol, who has chosen to approve it."""
        offline.transact(stage.app.engine, stage.tenant, stage.clock, _ask_for_review)
        sign, carol = Sign(), stage.person(CAROL)
        await sign.prepare(stage)
        assert await sign.do(stage)
        await stage.settle()
        for modal in reversed(carol.modals):
            await carol.close(as_text(modal["id"]))
        await carol.command("/note", "review")
        await stage.settle()
        await carol.click(as_text(carol.modal["id"]), newest(stage).ref, "review.read")
        await stage.settle()
        view = as_text(carol.modal["id"])
        await carol.click(view, "decision", "form.answer", "approved")
        await stage.settle()
        self.before = stage.count(NoteReview)
        self.payload = submission(stage, view)

    async def do(self, stage: Killable) -> bool:
        """Press *Decide*."""
        answer = await send(stage, self.payload)
        return answer.status == 200 and not answer.errors

    def stored(self, stage: Killable) -> int:
        """How many decisions came of it; the note itself says the same."""
        made = stage.count(NoteReview) - self.before
        assert newest(stage).review is (Review.APPROVED if made else Review.PENDING)
        return made


def _ask_for_review(work: Work) -> None:
    work.session.execute(update(Staff).values(cosign_required=True))
    audit.record(work, audit.Action.STAFF_IMPORT, actor=None)


@dataclass
class Together:
    """Several people sign and save at once, in one group."""

    before: int = 0
    save: Save = field(default_factory=Save)
    payloads: list[JsonObject] = field(default_factory=list[JsonObject])

    async def prepare(self, stage: Killable) -> None:
        """Two notes and a draft."""
        self.before = stage.count(Note)
        stage.clock.advance(minutes=20)
        said = {"done": unlike(), "observations": unlike()}
        self.payloads = [submission(stage, await filled(stage, user, **said)) for user in (ALICE, BOB)]
        await self.save.prepare(stage)

    async def do(self, stage: Killable) -> bool:
        """All of them at once."""
        told = await asyncio.gather(*(send(stage, each) for each in self.payloads), self.save.do(stage))
        heard = [each.clears if isinstance(each, Answer) else each for each in told]
        assert len(set(heard)) == 1
        return heard[0]

    def stored(self, stage: Killable) -> int:
        """How much of it is there: all or nothing."""
        notes = stage.count(Note) - self.before
        assert notes == 2 * self.save.stored(stage)
        return self.save.stored(stage)
