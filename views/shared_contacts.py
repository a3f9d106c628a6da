"""One visit or conference about several clients on the screen: who else was there, and how the minutes are split."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Self
from zoneinfo import ZoneInfo

from models.forms import Answers
from models.note_document import MINUTES_MOST
from privacy.grants import Grant
from privacy.safetext import SafeText, plural
from services.shared_contacts import OTHERS_MOST, Share
from views.blocks import Block, PrivateView, modal, section
from views.form import Form, sentence
from views.ids import SharedId
from views.known import Known, Look
from views.quiet import QuietClients, QuietNumber
from views.widgets import always, never

_WHOSE: Final = re.compile(r"(?P<nonce>Z-[0-9A-Z]{16})(?P<refs>(\.C-[0-9A-Z]{4,22}){2,10})", re.ASCII)


class ChooseClientsForm(Form):
    """Who else was at a visit or a conference."""

    callback_id: ClassVar[str] = SharedId.CHOOSE
    title: ClassVar[str] = "More clients"
    submit: ClassVar[str] = "Split"

    clients: Annotated[
        tuple[str, ...],
        QuietClients(
            label="Who else",
            hint="Each gets a note of their own. Nothing is copied between them.",
            placeholder="Type two letters of a name, or an ID",
            most=OTHERS_MOST,
        ),
    ]
    minutes: Annotated[
        int, QuietNumber(label="Minutes for all of them together", least=1, most=MINUTES_MOST, placeholder="e.g. 60")
    ]


@dataclass(frozen=True, slots=True)
class Whose:
    """Which form the split is of, and the clients in their order: random references, as they stand in the modal's metadata."""

    nonce: str
    refs: tuple[str, ...]

    @property
    def text(self) -> str:
        """What stands in the metadata."""
        return ".".join([self.nonce, *self.refs])

    @classmethod
    def read(cls, text: str) -> Self:
        """The same from a modal's metadata; anything else is of no form."""
        found = _WHOSE.fullmatch(text)
        return cls(found["nonce"], tuple(found["refs"].split(".")[1:])) if found else cls("", ())


def choose(minutes: int | None, grant: Grant, now: dt.datetime, zone: ZoneInfo, nonce: str) -> PrivateView:
    """The choice of who else was there, with the minutes that the form said."""
    answers = Answers(chosen={"minutes": (str(minutes),)} if minutes is not None else {})
    return ChooseClientsForm.draw(answers, Known(grant, now, zone), nonce)


def split(shares: Sequence[Share], grant: Grant, now: dt.datetime, zone: ZoneInfo, nonce: str) -> PrivateView:
    """The minutes of each client, to be changed where it was different."""
    said = "The minutes are split equally. Change them where it was different; empty the box of whoever was not there."
    blocks: list[Block] = [section("split", said)]
    known = Known(grant, now, zone)
    for number, share in enumerate(shares, 1):
        name = _name(number)
        look = Look(Answers(chosen={name: (str(share.minutes),)}))
        blocks.append(_box(share.client.label(grant), number).block(look, name, name, known))
    drawn = modal(SharedId.SPLIT, "Minutes of each", blocks, submit="Keep")
    whose = Whose(nonce, tuple(share.client.ref for share in shares))
    return PrivateView({**drawn.view, "private_metadata": whose.text})


def shares_of(whose: Whose, answers: Answers) -> tuple[tuple[tuple[str, int | None], ...], dict[str, str]]:
    """Each client's minutes as they were written, and a sentence for each box that has to be mended."""
    shares: list[tuple[str, int | None]] = []
    mistakes: dict[str, str] = {}
    for number, ref in enumerate(whose.refs, 1):
        name, box = _name(number), _box("", number)
        raw = box.raw(Look(answers), name)
        kind = box.ask if raw is None and number == 1 else box.problem(raw) if raw is not None else None
        if kind is not None:
            mistakes[name] = sentence(kind, box)
        shares.append((ref, int(str(raw)) if raw is not None and kind is None else None))
    return tuple(shares), mistakes


def kept(others: int) -> SafeText:
    """What follows *Keep*."""
    return plural(
        others,
        "1 other contact waits for its note, under *Contacts to note*. Go on with this one: its minutes are its own now. "
        "After signing, *Write the next* goes on.",
        "{n} other contacts wait for their notes, under *Contacts to note*. Go on with this one: its minutes are its own now. "
        "After signing, *Write the next* goes on.",
    )


def _name(number: int) -> str:
    return f"share_{number}"


def _box(label: str, number: int) -> QuietNumber:
    """The first client is the form's own, who was there."""
    return QuietNumber(label=label, least=1, most=MINUTES_MOST, optional=never if number == 1 else always)
