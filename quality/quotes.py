"""Which words of a text are somebody else's: quoted sentences, and what the client said.

Here: finding quotations, in one pass. Not here: what follows from it, which is the engine's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from quality.words import Text, is_word

CURLY = {"“": "”", "‘": "’", "«": "»"}
STRAIGHT = frozenset("\"'")
FULL = 4
LOOK_BACK = 8
LOOK_ON = 4
BESIDE = 2
SAID = frozenset(
    [
        "said",
        "says",
        "saying",
        "stated",
        "states",
        "stating",
        "told",
        "tells",
        "asked",
        "asks",
        "answered",
        "replied",
        "added",
        "shared",
        "explained",
        "exclaimed",
        "repeated",
        "yelled",
        "shouted",
        "whispered",
        "wrote",
        "texted",
        "texts",
        "responded",
        "described",
        "describes",
        "reported",
        "reports",
        "expressed",
        "signed",
    ]
)
# Who may be the client. A name may be anyone's, and a word that staff put in quotation marks is a label.
CLIENT = frozenset(["client", "individual", "member", "consumer", "participant", "resident", "he", "she", "they"])


def quoted(text: Text) -> frozenset[int]:
    """The tokens that the rules leave alone: a quotation of four words or more, or fewer where the client is said to say them.

    One to three words in quotation marks without a speaker are the author's own, and often a way to doubt someone.
    """
    skipped: set[int] = set()
    for first, after in _quotations(text):
        count = sum(1 for at in range(first, after) if is_word(text.words[at]))
        if count >= FULL or _is_clients(text, first, after):
            skipped.update(range(first, after))
    return frozenset(skipped)


def _quotations(text: Text) -> Iterator[tuple[int, int]]:
    """The tokens inside each pair of quotation marks. A pair does not reach over a line; the outer of two wins."""
    closing, first = "", 0
    for at, mark in enumerate(text.raw):
        if mark == "\n":
            closing = ""
        elif closing:
            if mark == closing and (mark not in STRAIGHT or _touches_before(text, at)):
                yield first, at
                closing = ""
        elif mark in CURLY or (mark in STRAIGHT and _begins(text, at)):
            closing, first = CURLY.get(mark, mark), at + 1


def _begins(text: Text, at: int) -> bool:
    start, end = text.starts[at], text.ends[at]
    free_before = start == 0 or text.given[start - 1].isspace() or text.given[start - 1] in "([:—–-,"
    return free_before and end < len(text.given) and not text.given[end].isspace()


def _touches_before(text: Text, at: int) -> bool:
    return at > 0 and text.ends[at - 1] == text.starts[at]


def _is_clients(text: Text, first: int, after: int) -> bool:
    """Whether the words around say that the client says it: he said, "…"; "…" said the client."""
    sentence = text.sentence[first] if first < len(text.sentence) else -1
    before = [at for at in range(max(0, first - LOOK_BACK), first) if text.sentence[at] == sentence]
    behind = range(after + 1, min(len(text.words), after + 1 + LOOK_ON))
    told = any(text.words[at] in SAID and _client_in(text, before, at - BESIDE, at) for at in before)
    return told or any(
        text.words[at] in SAID and _client_in(text, behind, at - BESIDE, at + BESIDE + 1) for at in behind
    )


def _client_in(text: Text, places: Sequence[int], first: int, after: int) -> bool:
    return any(text.words[at] in CLIENT for at in places if first <= at < after)
