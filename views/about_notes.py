"""What stands on top of a form about a signed note: which note, what was asked for, and what happened to it meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from models.forms import Answers, FormKind
from models.notes import Review
from services.about_notes import AboutNote, Asked
from services.note_fields import BEGUN_FROM
from views.ages import kind_word
from views.blocks import Block, PrivateView, context, one_line, plain, section
from views.known import Known
from views.note_reading import Reader, day_and_year, note_blocks, read
from views.signed_checks import record_block

NAME_LONGEST = 300
CLIENT_LINE = "client_line"
APPROVED = (
    "This note was approved meanwhile, so this cannot be signed as a new version. Copy what is to be added, close this, and "
    "use Add to it."
)
DAMAGED = (
    "This note does not stand as it was signed, so nothing of it is shown and this cannot be signed. What you type is kept. "
    "Tell your admin and your privacy officer today: noted audit verify says what was changed."
)


def dressed(drawn: PrivateView, kind: FormKind, answers: Answers, about: AboutNote, known: Known) -> PrivateView:
    """The form with its note on top; the next version of a note says which one it will be where it is signed."""
    view = drawn.view.copy()
    blocks = list(view.get("blocks", []))
    top = [block for block in blocks if block.get("block_id") == CLIENT_LINE]
    rest = [block for block in blocks if block.get("block_id") != CLIENT_LINE]
    view["blocks"] = [*top, *_top(kind, answers, about, known), *_whole(kind, about, known), *rest]
    if kind in {FormKind.COLLATERAL, FormKind.FACE_TO_FACE}:
        view["submit"] = plain(f"Sign version {about.version + 1}")
    return PrivateView(view)


def note_line(about: AboutNote, zone: ZoneInfo) -> str:
    """`Note N-… · Phone · Mon 23 Nov 2026, 14:02 · by Alice Ames · version 2`."""
    ended = about.ended_at.astimezone(zone)
    when = f"{day_and_year(ended.date())}, {ended:%H:%M}"
    parts = [f"Note {about.ref}", kind_word(about.kind).value, when, f"by {about.author}"]
    return one_line(" · ".join([*parts, *([f"version {about.version}"] if about.version > 1 else [])]), NAME_LONGEST)


def quote(asked: Asked, known: Known) -> Block:
    """What the supervisor asks for, in their words."""
    return section("asked", f"{one_line(asked.name)} asks: “{asked.comment.reveal(known.grant)}”")


def _top(kind: FormKind, answers: Answers, about: AboutNote, known: Known) -> Iterator[Block]:
    yield context("note_line", note_line(about, known.zone))
    if about.document is None:
        yield section("damaged", DAMAGED)
    is_version = kind in {FormKind.COLLATERAL, FormKind.FACE_TO_FACE}
    if is_version and about.review is Review.APPROVED:
        yield section("approved", APPROVED)
    behind = answers.chosen.get(BEGUN_FROM, ())
    if is_version and behind and behind[0] != str(about.version):
        yield section(
            "behind",
            f"You began this from version {behind[0]}, and version {about.version} was signed since. Compare before you sign.",
        )
    if about.asked is not None:
        yield quote(about.asked, known)


def _whole(kind: FormKind, about: AboutNote, known: Known) -> list[Block]:
    """The note itself, where it is read before something is decided on it."""
    if kind is not FormKind.REVIEW or about.document is None:
        return []
    signed = note_blocks(read(about.document, Reader(known.grant, known.zone, about.staff), about.template))
    return [*signed, record_block(about.document)]
