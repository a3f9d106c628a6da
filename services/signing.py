"""A form while its author looks it over before signing: held as it was submitted, and found again when they sign.

Here: the stage *submitted* of a form's row. Not here: what is shown meanwhile (checking), and the signature itself (notes).
"""

from __future__ import annotations

from dataclasses import dataclass

from models.forms import Answers, FormKind, FormStage
from services import audit, form_rows, sheets
from services.note_content import Content
from services.refusals import FormGone, Overtaken
from services.staff import Actor
from services.work import Work


@dataclass(frozen=True, slots=True)
class HoldForm:
    """Hold a form as it was submitted. `press` is Slack's name for the press of the button."""

    nonce: str
    content: Content
    answers: Answers
    press: str


@dataclass(frozen=True, slots=True)
class Held:
    """The number of this submission. `is_again`: the same press came before, and was answered."""

    submission: int
    is_again: bool = False


@dataclass(frozen=True, slots=True)
class Looked:
    """What was looked over and is to be signed. `is_signed`: it was signed before, and its answer was lost."""

    kind: FormKind
    answers: Answers
    fixed_client: bool
    is_signed: bool


@audit.unaudited("a draft's autosave")
def hold(work: Work, actor: Actor, command: HoldForm) -> Held:
    """Keep what was submitted as the form's draft, to be signed from the next screen; sent again it takes the place of what was there.

    The form of a signed note whose words were changed afterwards is a draft again, until its new version is signed.
    Errors: FormGone, Overtaken.
    """
    row = form_rows.find(work, actor, command.nonce, for_update=True)
    if row is None or row.stage is FormStage.DISCARDED:
        raise FormGone
    stored = form_rows.answers_of(work, row)
    if row.stage is not FormStage.OPEN and command.press and stored.press == command.press:
        return Held(stored.submission, is_again=True)
    if command.answers.overtaken_by(stored):
        raise Overtaken
    if row.stage is FormStage.SIGNED and row.signed_hash == work.keys.house_key.fingerprint(command.content):
        raise FormGone
    number = stored.submission + 1
    held = command.answers.model_copy(update={"submission": number, "press": command.press})
    form_rows.store(work, actor, row, held)
    row.stage = FormStage.SUBMITTED
    return Held(number)


def looked_over(work: Work, actor: Actor, nonce: str, submission: int) -> Looked:
    """What the screen before signing showed.

    Errors: FormGone; Overtaken when the form was changed, or submitted again, after that.
    """
    row = form_rows.find(work, actor, nonce)
    answers, fixed = sheets.for_submission(work, actor, nonce)
    if row is None or row.stage is FormStage.OPEN or answers.submission != submission:
        raise Overtaken
    return Looked(row.kind, answers, fixed, row.stage is FormStage.SIGNED)
