"""Notes as hypothesis makes them: any closed word, any number of people and goals, and texts of which each is found once."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Callable

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


@st.composite
def documents(draw: st.DrawFn, most: int = 200) -> NoteDocument:
    """A note. Units: `most` is how many characters each of its texts may have, apart from the word that marks it."""
    numbers = itertools.count()

    def text() -> Phi[str]:
        words = st.text(LETTERS | st.sampled_from(" \n"), max_size=most)
        return Phi(f"text{next(numbers)} {draw(words)} ends")

    def line() -> Phi[str]:
        return Phi(f"line{next(numbers)} {draw(st.text(LETTERS, max_size=min(most // 2, 250)))} ends")

    def maybe(make: Callable[[], Phi[str]]) -> Phi[str] | None:
        return make() if draw(st.booleans()) else None

    def several(most: int) -> range:
        return range(draw(st.integers(0, most)))

    def someone() -> Participant:
        role = line() if draw(st.booleans()) else Phi("")
        return Participant(name=line(), role=role, is_client=draw(st.booleans()), spoke=draw(st.booleans()))

    def goal() -> GoalNote:
        progress = draw(st.sampled_from(GoalProgress))
        return GoalNote(goal_id=uuid.UUID(int=0), code=line(), text=line(), progress=progress)

    def promise() -> Promise:
        owner = draw(st.sampled_from(sorted(OWNERS)))
        return Promise(what=line(), owner_id=owner, due_on=draw(DAYS))

    return NoteDocument.model_validate(
        {
            "kind": draw(st.sampled_from([ContactKind.COLLATERAL, ContactKind.FACE_TO_FACE])),
            "ended_at": draw(MOMENTS),
            "minutes": draw(st.integers(1, 720)),
            "method": draw(st.none() | st.sampled_from(Method)),
            "place": draw(st.none() | st.sampled_from(Place)),
            "place_words": maybe(line),
            "participants": [someone() for _ in several(4)],
            "also_there": maybe(line),
            "activities": _some(draw, Activity, 1),
            "records": _some(draw, Record),
            "done": text(),
            "wellbeing": maybe(text),
            "observations": text(),
            "goals": [goal() for _ in several(4)],
            "no_goal": _some(draw, NoGoal),
            "promises": [promise() for _ in several(3)],
            "matters": _some(draw, Matter, 1),
            "plan_review_on": draw(st.none() | DAYS),
            "event_kind": draw(st.none() | st.sampled_from(EventKind)),
            "matter_words": maybe(text),
            "satisfaction": draw(st.sampled_from(Satisfaction)),
            "satisfaction_words": maybe(text),
            "components": draw(st.lists(st.sampled_from(Component), unique=True)),
            "units": draw(st.none() | _UNITS),
            "signature": Signature(
                name=f"name{next(numbers)}", title="Case manager", credential="QIDP", signed_at=draw(MOMENTS)
            ),
        }
    )
