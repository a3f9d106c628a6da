"""Notes as hypothesis makes them: any closed word, any number of people and goals, and texts of which each is found once."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Callable
from typing import TypeVar

from hypothesis import strategies as st

from models.contacts import ContactKind
from models.note_document import (
    Activity,
    EventKind,
    GoalNote,
    GoalProgress,
    Matter,
    Method,
    NoGoal,
    NoteDocument,
    Participant,
    Place,
    Promise,
    Record,
    Satisfaction,
    Signature,
)
from models.units import Component, FrozenUnits, NotBilled, UnitRule
from privacy.phi import Phi

T = TypeVar("T")

LETTERS = st.characters(categories=("L", "N", "P", "S"))
MOMENTS = st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2030, 1, 1), timezones=st.just(dt.UTC))
DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1))
OWNERS = {uuid.UUID(int=number): f"Owner-{number}" for number in range(3)}


_UNITS = st.builds(
    FrozenUnits,
    rule=st.sampled_from(UnitRule),
    version=st.just(1),
    minutes=st.just(1),
    units=st.integers(0, 720),
    not_billed=st.none() | st.sampled_from(NotBilled),
)


def _some(draw: st.DrawFn, words: type[Activity | Record | NoGoal | Matter], least: int = 0) -> list[object]:
    return draw(st.lists(st.sampled_from(list(words)), min_size=least, max_size=6, unique=True))


class _Pen:
    """Draws what somebody typed, each text with a word of its own that marks it."""

    def __init__(self, draw: st.DrawFn, most: int) -> None:
        self._draw, self._most = draw, most
        self._numbers = itertools.count()

    def text(self) -> Phi[str]:
        words = st.text(LETTERS | st.sampled_from(" \n"), max_size=self._most)
        return Phi(f"text{next(self._numbers)} {self._draw(words)} ends")

    def line(self) -> Phi[str]:
        words = st.text(LETTERS, max_size=min(self._most // 2, 250))
        return Phi(f"line{next(self._numbers)} {self._draw(words)} ends")

    def maybe(self, make: Callable[[], Phi[str]]) -> Phi[str] | None:
        return make() if self._draw(st.booleans()) else None

    def several(self, make: Callable[[], T], most: int) -> list[T]:
        return [make() for _ in range(self._draw(st.integers(0, most)))]

    def someone(self) -> Participant:
        role = self.line() if self._draw(st.booleans()) else Phi("")
        is_client, spoke = self._draw(st.booleans()), self._draw(st.booleans())
        return Participant(name=self.line(), role=role, is_client=is_client, spoke=spoke)

    def goal(self) -> GoalNote:
        progress = self._draw(st.sampled_from(GoalProgress))
        return GoalNote(goal_id=uuid.UUID(int=0), code=self.line(), text=self.line(), progress=progress)

    def promise(self) -> Promise:
        owner = self._draw(st.sampled_from(sorted(OWNERS)))
        return Promise(what=self.line(), owner_id=owner, due_on=self._draw(DAYS))

    def signature(self) -> Signature:
        name = f"name{next(self._numbers)}"
        return Signature(name=name, title="Case manager", credential="QIDP", signed_at=self._draw(MOMENTS))


@st.composite
def documents(draw: st.DrawFn, most: int = 200) -> NoteDocument:
    """A note. Units: `most` is how many characters each of its texts may have, apart from the word that marks it."""
    pen = _Pen(draw, most)
    return NoteDocument.model_validate(
        {
            "kind": draw(st.sampled_from([ContactKind.COLLATERAL, ContactKind.FACE_TO_FACE])),
            "ended_at": draw(MOMENTS),
            "minutes": draw(st.integers(1, 720)),
            "method": draw(st.none() | st.sampled_from(Method)),
            "place": draw(st.none() | st.sampled_from(Place)),
            "place_words": pen.maybe(pen.line),
            "participants": pen.several(pen.someone, 4),
            "also_there": pen.maybe(pen.line),
            "activities": _some(draw, Activity, 1),
            "records": _some(draw, Record),
            "done": pen.text(),
            "wellbeing": pen.maybe(pen.text),
            "observations": pen.text(),
            "goals": pen.several(pen.goal, 4),
            "no_goal": _some(draw, NoGoal),
            "promises": pen.several(pen.promise, 3),
            "matters": _some(draw, Matter, 1),
            "plan_review_on": draw(st.none() | DAYS),
            "event_kind": draw(st.none() | st.sampled_from(EventKind)),
            "matter_words": pen.maybe(pen.text),
            "satisfaction": draw(st.sampled_from(Satisfaction)),
            "satisfaction_words": pen.maybe(pen.text),
            "components": draw(st.lists(st.sampled_from(Component), unique=True)),
            "units": draw(st.none() | _UNITS),
            "signature": pen.signature(),
        }
    )
