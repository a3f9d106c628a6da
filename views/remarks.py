"""*Check my words*: everything the rules say of a note as far as it is written, field by field. Nothing is changed by it."""

from __future__ import annotations

from typing import Final

from models.forms import FormKind
from privacy.grants import Grant
from services.checking import Remark, Remarks
from views.before_signing import Whence, back_button, label_of
from views.blocks import Block, PrivateView, actions, button, context, header, modal, one_line, section
from views.ids import WordId

WORDS_LONGEST: Final = 200
SHOWN_MOST: Final = 40


def remarks(found: Remarks, kind: FormKind, whence: Whence) -> PrivateView:
    """The remarks, each field's under its name."""
    blocks: list[Block] = []
    shown = found.found[:SHOWN_MOST]
    numbered = list(enumerate(shown, start=1))
    for field in dict.fromkeys(each.field for each in shown):
        blocks.append(header(f"field_{field}", label_of(kind, field)))
        lines = ((number, each) for number, each in numbered if each.field == field)
        blocks += [section(f"remark_{number}", _line(each, found.grant)) for number, each in lines]
    if not blocks:
        blocks.append(section("none", "Nothing to say about these words."))
    elif len(found.found) > len(shown):
        blocks.append(section("more", f"And {len(found.found) - len(shown)} more, once some of these are settled."))
    blocks.append(context("kept", "Nothing was changed. The rules read words, not what they mean."))
    if found.silenced:
        blocks += [_silenced(found.silenced), actions("again", button("Suggest everything again", WordId.RESTORE))]
    if whence.in_place:
        blocks.append(back_button())
    drawn = modal(WordId.READ, "Check my words", blocks, close="Close" if whence.in_place else "Back")
    return PrivateView({**drawn.view, "private_metadata": whence.text})


def _line(remark: Remark, grant: Grant) -> str:
    said = one_line(remark.words.reveal(grant), WORDS_LONGEST)
    return f"“{said}” → {remark.suggestion}. {remark.why}" if said else f"{remark.suggestion}. {remark.why}"


def _silenced(count: int) -> Block:
    what = "1 suggestion is" if count == 1 else f"{count} suggestions are"
    return context("silenced", f"{what} not made to you any more.")
