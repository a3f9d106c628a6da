"""A note as the rules about words read it: from what stands in a form, whether it is finished or not."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from models.forms import Answers, FormKind
from models.note_document import Satisfaction
from privacy.grants import Purpose, system_grant
from quality import note as rules

THE_CLIENT: Final = "client"


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in a form, and the names of the fields that are on its screen: what was typed into others is not part of the note."""

    kind: FormKind
    answers: Answers
    shown: Collection[str] = field(default=())


def read(written: Written) -> rules.Note:
    """The note. It holds words in clear, prints none of them, and lives as long as one check."""
    typed, chosen = _typed(written), _chosen(written)
    promises = [words for name, words in typed.items() if name.startswith("follow_up_what") and words.strip()]
    goals = chosen.get("goals", ())
    minutes = next(iter(chosen.get("minutes", ())), "")
    return rules.Note(
        kind=rules.Contact(written.kind.value),
        method=_one(chosen, "method"),
        location=_one(chosen, "location"),
        minutes=int(minutes) if minutes.isascii() and minutes.isdigit() else None,
        activities=chosen.get("activities", ()),
        records=chosen.get("records", ()),
        done=typed.get("done", ""),
        wellbeing=typed.get("wellbeing", ""),
        observations=typed.get("observations", ""),
        goals=tuple(each for each in goals if "." in each),
        no_goal=tuple(each for each in goals if "." not in each),
        follow_up="\n".join(promises) or None,
        record=chosen.get("record", ()),
        record_words=typed.get("record_words", ""),
        satisfaction=_one(chosen, "satisfaction") or Satisfaction.NOT_DISCUSSED.value,
        satisfaction_words=typed.get("satisfaction_words", ""),
        client_present=THE_CLIENT in chosen.get("people", ()),
    )


def _typed(written: Written) -> dict[str, str]:
    grant = system_grant(Purpose.MATCH)
    typed = written.answers.typed.items()
    return {name: words.reveal(grant) for name, words in typed if name in written.shown}


def _chosen(written: Written) -> dict[str, tuple[str, ...]]:
    return {name: words for name, words in written.answers.chosen.items() if name in written.shown}


def _one(chosen: Mapping[str, tuple[str, ...]], name: str) -> str | None:
    return next(iter(chosen.get(name, ())), None)
