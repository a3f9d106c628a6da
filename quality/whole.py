"""Checks of a note as a whole: what is missing, what does not fit together, what was copied.

Here: one function for each whole-note `check`, and one for each `when`, that rules.toml names. Checks of a single text are in
checks.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from quality.checks import Check
from quality.copies import near_copies
from quality.findings import Kind
from quality.note import NARRATIVE, Contact
from quality.reading import Reading, Spot
from quality.rules import Rule
from quality.words import Text, fold, is_capitalised, is_word

Condition = Callable[[Reading], bool]
PRONOUNS: Mapping[str, frozenset[str]] = {
    "she": frozenset({"she", "her", "hers", "herself"}),
    "he": frozenset({"he", "him", "his", "himself"}),
}
UNHAPPY = frozenset({"mixed", "dissatisfied", "said_not_satisfied"})


def no_verb(reading: Reading, _rule: Rule) -> Iterator[Spot]:
    """Neither the activities chosen nor the words say which case management it was."""
    if (
        reading.lists["case_management"].isdisjoint(reading.note.activities)
        and not _has(reading, "case_management", ("done",))
        and "done" in reading.texts
    ):
        yield Spot("done")


def thin(reading: Reading, rule: Rule) -> Iterator[Spot]:
    """What was done in fewer words than the least, or than a long contact needs."""
    done, limits = reading.note.done, rule.limits
    long_one = (reading.note.minutes or 0) >= limits["long_minutes"]
    short = len(done.strip()) < limits["characters"] or _count(reading, ("done",)) < limits["words"]
    if short or (long_one and _count(reading, NARRATIVE) < limits["long_words"]):
        yield Spot("done")


def one_sided(reading: Reading, rule: Rule) -> Iterator[Spot]:
    """Only good news or only bad, in a text long enough to hold both."""
    good, bad = (_tally(reading, each) for each in ("good_news", "bad_news"))
    long_enough = _count(reading, NARRATIVE) >= rule.limits["words"]
    if long_enough and min(good, bad) == 0 and max(good, bad) >= rule.limits["signs"]:
        yield Spot("observations")


def no_goal(reading: Reading, _rule: Rule) -> Iterator[Spot]:
    """Neither a goal nor a reason why there is none."""
    if not reading.note.goals and not reading.note.no_goal:
        yield Spot("goals")


def no_response(reading: Reading, _rule: Rule) -> Iterator[Spot]:
    """A visit in which nobody is seen or heard to respond."""
    visit = reading.note.kind is Contact.FACE_TO_FACE
    texts = [reading.texts[name] for name in NARRATIVE if name in reading.texts]
    if visit and not any(reading.quotes.values()) and not any(_responds(text, reading.lists) for text in texts):
        yield Spot("observations")


def no_solution(reading: Reading, _rule: Rule) -> Iterator[Spot]:
    """Dissatisfaction is ticked, and no words say what was discussed about it."""
    unhappy = reading.note.satisfaction in UNHAPPY and not reading.note.satisfaction_words.strip()
    if unhappy and not _has(reading, "solutions", NARRATIVE):
        yield Spot("satisfaction_words")


def not_there(reading: Reading, _rule: Rule) -> Iterator[Spot]:
    """A visit at which the client was not."""
    if reading.note.kind is Contact.FACE_TO_FACE and not reading.note.client_present:
        yield Spot("people")


def no_rationale(reading: Reading, _rule: Rule) -> Iterator[Spot]:
    """Something else was done than the plan says, and no words say why."""
    if reading.note.deviation and not reading.note.rationale.strip():
        yield Spot("rationale")


def near_copy(reading: Reading, rule: Rule) -> Iterator[Spot]:
    """Worded like an earlier note; the likest one is named by its reference."""
    texts = reading.note.texts()
    for ref in near_copies(texts, reading.situation.earlier, reading.template, rule.limits)[:1]:
        yield Spot("done" if "done" in texts else next(iter(texts)), earlier=ref)


def wrong_client(reading: Reading, rule: Rule) -> Iterator[Spot]:
    """Words that fit somebody else: only the other pronoun, or "the client Marcus" where the client is Ana."""
    client = reading.situation.client
    own = PRONOUNS.get(client.pronouns or "")
    other = PRONOUNS["he" if client.pronouns == "she" else "she"]
    if own and not _any_word(reading, own) and _number(reading, other) >= rule.limits["pronouns"]:
        name, at = next(_places(reading, other))
        yield reading.spot(name, at, at + 1)
    if client.name is not None:
        known = {fold(each) for each in (client.name.first, client.name.last, *client.name.also)}
        for name, text in reading.texts.items():
            for at in _named_client(text, reading.lists["client"]):
                if not {text.words[at].removesuffix("'s")} & {word for each in known for word in each.split()}:
                    start, end = text.starts[at], text.ends[at]
                    yield Spot(name, start, end, is_name=True)


def timing(reading: Reading, _rule: Rule) -> Iterator[Spot]:
    """Written late, or begun at the very minute of another note of the author's."""
    if reading.situation.timing.days_late > 0:
        yield Spot("ended_at")
    if reading.situation.timing.same_start:
        yield Spot("ended_at", kind=Kind.FIT)


def _responds(text: Text, lists: Mapping[str, frozenset[str]]) -> bool:
    """Whether somebody who may be the client does something: "she nodded", "Client asked", "Smiled at the dog"."""
    who = lists["client"] | {"he", "she", "they", "who"}
    for at, word in enumerate(text.words):
        if word in lists["responses"] and (
            text.opens(at) or any(each in who for each in text.words[max(0, at - 3) : at])
        ):
            return True
    return False


def _named_client(text: Text, client: frozenset[str]) -> Iterator[int]:
    """Names right after the word "client": a capital, and not what begins a sentence."""
    for at in range(1, len(text.words)):
        follows = text.words[at - 1] in client and text.sentence[at] == text.sentence[at - 1]
        if follows and is_capitalised(text.raw[at]) and not text.opens(at):
            yield at


def _places(reading: Reading, words: frozenset[str]) -> Iterator[tuple[str, int]]:
    for name in NARRATIVE:
        text = reading.texts.get(name)
        if text is not None:
            for at, word in enumerate(text.words):
                if word in words and at not in reading.quotes[name]:
                    yield name, at


def _number(reading: Reading, words: frozenset[str]) -> int:
    return sum(1 for _ in _places(reading, words))


def _any_word(reading: Reading, words: frozenset[str]) -> bool:
    return next(_places(reading, words), None) is not None


def _tally(reading: Reading, name: str) -> int:
    return _number(reading, reading.lists[name])


def _has(reading: Reading, name: str, fields: tuple[str, ...]) -> bool:
    words = reading.lists[name]
    return any(word in words for field in fields if field in reading.texts for word in reading.texts[field].words)


def _count(reading: Reading, fields: tuple[str, ...]) -> int:
    return sum(1 for field in fields if field in reading.texts for word in reading.texts[field].words if is_word(word))


def _no_event(reading: Reading) -> bool:
    return "significant_event" not in reading.note.record


def _no_follow_up(reading: Reading) -> bool:
    return not (reading.note.follow_up or "").strip()


def _visit_without_meeting(reading: Reading) -> bool:
    return reading.note.kind is Contact.FACE_TO_FACE and not _has(reading, "meeting", NARRATIVE)


WHOLE: Mapping[str | None, Check] = {
    "no_verb": no_verb,
    "thin": thin,
    "one_sided": one_sided,
    "no_goal": no_goal,
    "no_response": no_response,
    "no_solution": no_solution,
    "not_there": not_there,
    "no_rationale": no_rationale,
    "near_copy": near_copy,
    "wrong_client": wrong_client,
    "timing": timing,
}
CONDITIONS: Mapping[str, Condition] = {
    "no_event": _no_event,
    "no_follow_up": _no_follow_up,
    "visit_without_meeting": _visit_without_meeting,
}
