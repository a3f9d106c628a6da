"""How long the note-quality rules take: `python -m benchmarks.quality` prints medians as a table and as JSON.

The work is the largest that a form allows: 3,000 characters, 5,000 other clients, 100 earlier notes of the same length. The baselines
run in turn with it, over the same text: cutting the text into words, and asking for each of the 5,000 names whether it is in it.
All text is made up here from a fixed seed.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final

from quality.engine import Checker
from quality.names import NameIndex
from quality.note import Contact, Earlier, Name, Note
from quality.reading import Situation
from quality.rules import book
from quality.words import TOKEN

ROUNDS: Final = 41
LENGTH: Final = 3_000
NAMES: Final = 5_000
EARLIER: Final = 100
SEED: Final = 20_261_123
SYLLABLES: Final = (
    "ka",
    "lo",
    "mi",
    "ren",
    "tas",
    "vor",
    "del",
    "sha",
    "ny",
    "bru",
    "fen",
    "gal",
    "hob",
    "wix",
    "per",
    "qua",
)
WORDS: Final = [
    "client",
    "asked",
    "about",
    "the",
    "rent",
    "and",
    "we",
    "called",
    "the",
    "office",
    "together",
    "then",
    "reviewed",
    "the",
    "form",
    "line",
    "by",
    "line",
    "with",
    "her",
    "aunt",
    "who",
    "will",
    "bring",
    "it",
    "on",
    "Monday",
    "so",
    "that",
    "the",
    "county",
    "can",
    "answer",
    "before",
    "the",
    "end",
    "of",
    "June",
    "while",
    "staff",
    "at",
    "the",
    "home",
    "count",
    "each",
    "dose",
    "and",
    "write",
    "it",
    "down",
]

Timed = Callable[[], object]


def sentences(source: random.Random, length: int) -> str:
    """Ordinary prose of this many characters, with what the rules find strewn in as often as people write it."""
    found = [each for rule in book().rule for each in rule.finds if isinstance(each, str) and len(each) < 80]
    made: list[str] = []
    while sum(map(len, made)) < length:
        words = source.choices(WORDS, k=source.randint(6, 18))
        made.append(f"{' '.join(words).capitalize()}. ")
        if source.random() < 0.2:
            made.append(f"{source.choice(found)} ")
    return "".join(made)[:length]


def hostile(length: int) -> dict[str, str]:
    """Texts made to be slow: every trigger at once, one endless sentence, nothing but marks, openings of quotations."""
    triggers = " ".join(phrase.replace("|", " ") for rule in book().rule for phrase in rule.phrases)
    return {
        "every trigger": (triggers * 2)[:length],
        "one trigger, one sentence": ("refused " * length)[:length],
        "capitals": ("AB CD " * length)[:length],
        "names": ("Kalo Mi. " * length)[:length],
        "marks": ("\"'“(" * length)[:length],
        "digits": ("1-2 3" * length)[:length],
        "one word": "a" * length,
    }


def names(source: random.Random, count: int) -> list[Name]:
    """Names that nobody has."""
    return [Name(first=_word(source), last=_word(source)) for _ in range(count)]


def _word(source: random.Random) -> str:
    return "".join(source.choices(SYLLABLES, k=source.randint(2, 4))).capitalize()


def medians(timed: dict[str, Timed], rounds: int) -> dict[str, float]:
    """The median of each, run in turn so that a busy minute touches all alike. Units: milliseconds."""
    taken: dict[str, list[float]] = {name: [] for name in timed}
    for _ in range(rounds):
        for name, work in timed.items():
            begun = time.perf_counter()
            work()
            taken[name].append((time.perf_counter() - begun) * 1_000)
    return {name: statistics.median(each) for name, each in taken.items()}


def cases(source: random.Random) -> dict[str, Timed]:
    """What is measured, baselines first."""
    text, roster, checker = sentences(source, LENGTH), names(source, NAMES), Checker()
    full = [f"{name.first} {name.last}".lower() for name in roster]
    earlier = [
        Earlier(ref=f"N-{at}", same_client=at < 10, days_ago=at % 90, texts={"done": sentences(source, LENGTH)})
        for at in range(EARLIER)
    ]
    index = NameIndex.of(roster, roster[:40])
    around = Situation(others=index, earlier=earlier)

    def check(text: str, situation: Situation) -> Timed:
        note = Note(kind=Contact.COLLATERAL, minutes=30, activities=("monitored",), done=text)
        return lambda: checker.note(note, situation)

    def fresh() -> object:
        return check(text, Situation(others=NameIndex.of(roster, roster[:40]), earlier=earlier))()

    measured: dict[str, Timed] = {
        "baseline: cut into words": lambda: TOKEN.findall(text),
        "baseline: each name, is it in the text": lambda: [name for name in full if name in text.lower()],
        "all rules": check(text, around),
        "words and sentences only": check(text, Situation()),
        "all rules, names indexed anew": fresh,
    }
    return measured | {f"hostile: {name}": check(each, around) for name, each in hostile(LENGTH).items()}


def report(figures: dict[str, float], rounds: int, out: Callable[[str], object]) -> None:
    """The table, then the same as one line of JSON."""
    word, whole = figures["baseline: cut into words"], figures["all rules"]
    out(f"{'':<42}{'median ms':>10}{'× words':>10}{'× all':>8}\n")
    for name, taken in figures.items():
        out(f"{name:<42}{taken:>10.2f}{taken / word:>10.1f}{taken / whole:>8.2f}\n")
    rows = {name: round(taken, 3) for name, taken in figures.items()}
    out(json.dumps({"unit": "ms", "rounds": rounds, "characters": LENGTH, "names": NAMES, "medians": rows}) + "\n")


def main(arguments: Sequence[str] = ()) -> None:
    """Measure and print. A number as the only argument is how many rounds to take."""
    rounds = int(arguments[0]) if arguments else ROUNDS
    report(medians(cases(random.Random(SEED)), rounds), rounds, sys.stdout.write)  # noqa: S311 - a fixed seed is the point


if __name__ == "__main__":
    main(sys.argv[1:])
