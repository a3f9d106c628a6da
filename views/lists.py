"""The small modals: choosing what to write, drafts, and a plain sentence. Lists of contacts stand in contact_lists."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo

from models.forms import FormKind
from privacy.grants import Grant
from privacy.safetext import Ref, SafeText
from services.drafts import DraftLine
from views.ages import kind_word
from views.blocks import Block, PrivateView, actions, asking, button, modal, one_line, section
from views.form import Form
from views.ids import DraftId, NoteId, NoticeId
from views.known import moment_words
from views.widgets import ClientSearch, Radio, always

SHOWN_MOST = 40
NOBODY = {False: "No client chosen", True: "Not your client now"}

KINDS = {
    FormKind.COLLATERAL: "Call or other collateral contact",
    FormKind.FACE_TO_FACE: "Face-to-face visit",
}


class ChooseForm(Form):
    """What `/note` alone opens: which kind of note, and about whom."""

    callback_id: ClassVar[str] = NoteId.CHOOSE
    title: ClassVar[str] = "New note"
    submit: ClassVar[str] = "Go on"

    kind: Annotated[FormKind, Radio(label="What was it?", words=KINDS)]
    client: Annotated[
        str,
        ClientSearch(label="Client", placeholder="Type two letters of a name, or an ID", optional=always),
    ] = ""


def notice(sentence: SafeText, about: Ref | None = None) -> PrivateView:
    """A modal that says one sentence, and which note it is about, if it is about one."""
    return modal(NoticeId.READ, "Noted", [section("sentence", naming(sentence, about))])


def naming(sentence: SafeText, about: Ref | None) -> str:
    """The sentence, with the reference that it is about; references stand in modals and never in messages."""
    return sentence.plain if about is None else f"{sentence.plain} It is note {about.value}."


def drafts(lines: list[DraftLine], grant: Grant, now: dt.datetime, zone: ZoneInfo) -> PrivateView:
    """The drafts, newest first, each to go on with or to put away."""
    blocks: list[Block] = []
    for line in lines[:SHOWN_MOST]:
        whose = line.client.name(grant) if line.client else NOBODY[line.lost]
        text = f"{whose} · {kind_word(line.kind).value.lower()} · saved {moment_words(line.saved_at, now, zone)}"
        blocks.append(section(line.nonce, one_line(text, 300)))
        blocks.append(
            actions(
                f"{line.nonce}.buttons",
                button("Continue", DraftId.CONTINUE, Ref(line.nonce), primary=True),
                asking(
                    button("Discard", DraftId.DISCARD, Ref(line.nonce)),
                    "Discard this draft?",
                    "What was typed in it cannot be brought back.",
                    yes="Discard",
                    no="Keep it",
                ),
            )
        )
    if not blocks:
        blocks = [section("none", "There are no drafts.")]
    elif len(lines) > SHOWN_MOST:
        blocks.append(section("more", f"And {len(lines) - SHOWN_MOST} more, once these are signed or discarded."))
    return modal(DraftId.OPEN_LIST, "Drafts", blocks, close="Done")
