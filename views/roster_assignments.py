"""Who works with whom, on the screen: with one client, handing a caseload over, and covering it from a day to a day."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Self
from zoneinfo import ZoneInfo

from models.forms import Answers
from privacy.grants import Grant
from privacy.safetext import SafeText, plural, safe
from services.assigning import AssignSheet
from services.caseloads import CaseloadSheet, Cover, CoverCaseload
from views.blocks import Block, PrivateView, asking, button, context, one_line, section
from views.form import Form
from views.ids import RosterId
from views.known import day_words
from views.quiet import QuietDay
from views.roster_clients import About, about
from views.roster_inputs import Lookup, Lookups, RosterKnown
from views.widgets import always

LINE_LONGEST: Final = 300
COVERS_MOST: Final = 20
_WHENCE: Final = re.compile(r"(?P<ref>S-[0-9A-Z]{16})\.(?P<page>[0-9]{1,4})", re.ASCII)
_COVER: Final = re.compile(r"[0-9a-f]{16}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose caseload a form is about, and which page of the list of staff lies below it."""

    ref: str = ""
    page: int = 0

    @property
    def text(self) -> str:
        """What stands in the modal's metadata."""
        return f"{self.ref}.{self.page}"

    @classmethod
    def read(cls, text: str) -> Self:
        """The same from a modal's metadata; anything else is nobody's."""
        found = _WHENCE.fullmatch(text)
        return cls(found["ref"], int(found["page"])) if found else cls()


class AssignForm(Form):
    """Who works with a client."""

    callback_id: ClassVar[str] = RosterId.ASSIGN
    title: ClassVar[str] = "Who works with them"
    submit: ClassVar[str] = "Save"

    primary: Annotated[
        str,
        Lookup(
            label="Primary case manager",
            hint="Whoever loses the client loses it at once; what was promised goes on with the client.",
            placeholder="Choose",
            search=RosterId.FIND_STAFF,
        ),
    ]
    backup: Annotated[
        str | None, Lookup(label="Backup", placeholder="Choose", search=RosterId.FIND_STAFF, optional=always)
    ] = None


class HandOverForm(Form):
    """A caseload goes to a colleague."""

    callback_id: ClassVar[str] = RosterId.HAND_OVER
    title: ClassVar[str] = "Hand over"
    submit: ClassVar[str] = "Hand over"

    to: Annotated[str, Lookup(label="To whom", placeholder="Choose", search=RosterId.FIND_STAFF)]
    clients: Annotated[
        tuple[str, ...],
        Lookups(
            label="Only these clients",
            hint="Leave it empty for the whole caseload.",
            placeholder="Choose",
            search=RosterId.FIND_OF_CASELOAD,
            optional=always,
        ),
    ] = ()


class CoverForm(Form):
    """A colleague covers a caseload."""

    callback_id: ClassVar[str] = RosterId.COVER
    title: ClassVar[str] = "Cover"
    submit: ClassVar[str] = "Save"

    by: Annotated[str, Lookup(label="Who covers", placeholder="Choose", search=RosterId.FIND_STAFF)]
    from_on: Annotated[dt.date, QuietDay(label="From")]
    until_on: Annotated[dt.date, QuietDay(label="Until", hint="This day included.")]

    def command(self, whose: Whose) -> CoverCaseload:
        """The form as the service takes it."""
        return CoverCaseload(whose.ref, self.by, self.from_on, self.until_on)


def assign(sheet: AssignSheet, grant: Grant, now: dt.datetime, zone: ZoneInfo) -> PrivateView:
    """The form of who works with a client."""
    chosen = {"primary": sheet.primary, "backup": sheet.backup}
    refs = {name: (each[0],) for name, each in chosen.items() if each is not None}
    labels = {each[0]: each[1] for each in chosen.values() if each is not None}
    known = RosterKnown(grant, now, zone, client=sheet.client, labels=labels)
    return about(AssignForm.draw(Answers(chosen=refs), known, ""), About(sheet.client.ref, mark=sheet.mark))


def hand_over(sheet: CaseloadSheet, grant: Grant, now: dt.datetime, zone: ZoneInfo, page: int) -> PrivateView:
    """The form that hands a caseload over."""
    drawn = HandOverForm.draw(Answers(), RosterKnown(grant, now, zone), "").view
    blocks = [context("whose", _whose(sheet)), *drawn.get("blocks", [])]
    return PrivateView({**drawn, "blocks": blocks, "private_metadata": Whose(sheet.ref, page).text})


def cover(sheet: CaseloadSheet, grant: Grant, now: dt.datetime, zone: ZoneInfo, page: int) -> PrivateView:
    """The form that lets a colleague cover, below those who do already."""
    known = RosterKnown(grant, now, zone)
    drawn = CoverForm.draw(Answers(chosen={"from_on": (known.today.isoformat(),)}), known, "").view
    standing = [_cover(each) for each in sheet.covers[:COVERS_MOST]]
    blocks = [context("whose", _whose(sheet)), *standing, *drawn.get("blocks", [])]
    return PrivateView({**drawn, "blocks": blocks, "private_metadata": Whose(sheet.ref, page).text})


def cover_of(block_id: str) -> str:
    """Which cover a button stands beside, from its block; nothing where it stands beside none."""
    found = block_id.removeprefix("cover.")
    return found if _COVER.fullmatch(found) else ""


def handed_over(count: int) -> SafeText:
    """What became of a caseload."""
    if not count:
        return safe("Nobody was handed over: they had these clients already, or there are none.")
    return plural(count, "1 client was handed over.", "{n} clients were handed over.")


def covered(count: int) -> SafeText:
    """What is covered now."""
    if not count:
        return safe("Nothing changed: they have these clients on all of these days already, or there are none.")
    return plural(count, "1 client is covered.", "{n} clients are covered.")


def _whose(sheet: CaseloadSheet) -> str:
    """`Alice Ames · 12 clients: 10 as primary, 2 as backup`."""
    total = sheet.primary + sheet.backup
    parts = (
        (sheet.primary, "as primary"),
        (sheet.backup, "as backup"),
        (sheet.covering, "covered for others"),
    )
    kinds = ", ".join(f"{count} {words}" for count, words in parts if count)
    clients = "1 client" if total == 1 else f"{total} clients"
    return one_line(f"{sheet.name} · {clients}{f': {kinds}' if kinds else ''}", LINE_LONGEST)


def _cover(each: Cover) -> Block:
    until = day_words(each.until_on) if each.until_on is not None else "further notice"
    clients = "1 client" if each.clients == 1 else f"{each.clients} clients"
    end = asking(
        button("End", RosterId.COVER_END),
        "End this cover?",
        "They lose these clients at once. What they promised goes on with the clients.",
        yes="End",
        no="No",
    )
    line = f"{each.name} covers {clients} from {day_words(each.from_on)} until {until}"
    return section(f"cover.{each.ref}", one_line(line, LINE_LONGEST), end)
