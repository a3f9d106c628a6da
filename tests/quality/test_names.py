"""Other clients' names are found by place alone; the client, relatives and staff may be named."""

from __future__ import annotations

import logging

import pytest

from quality.engine import Checker
from quality.findings import Kind, Severity
from quality.names import NameIndex
from quality.note import Client, Earlier, Name, Note, NoteError
from quality.reading import Reading, Situation
from tests.canary import Canary

ROSTER = [
    Name(first="Marcus", last="Bell", also=("Marc",)),
    Name(first="Ana Lucía", last="Rivera-Soto"),
    Name(first="Will", last="Banks"),
    Name(first="May", last="Winter"),
    Name(first="Odalys", last="Thornquist"),
]


def found(
    text: str, *, nearby: bool = False, people: tuple[str, ...] = (), client: Name | None = None, checker: Checker
) -> list[str]:
    """The words at each place where another client's name was found."""
    index = NameIndex.of(ROSTER, ROSTER if nearby else ())
    around = Situation(client=Client(name=client), people=people, others=index)
    return [text[each.start : each.end] for each in checker.text(text, situation=around) if each.rule == "Q70"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("She had lunch with Marcus Bell.", ["Marcus Bell"]),
        ("Bell, Marcus took her radio.", ["Bell, Marcus"]),
        ("marcus bell was there", ["marcus bell"]),
        ("MARCUS BELL was there", ["MARCUS BELL"]),
        ("Marcus J. Bell was there", ["Marcus J. Bell"]),
        ("Marc Bell's radio", ["Marc Bell's"]),
        ("Ana Lucia Rivera-Soto came", ["Ana Lucia Rivera-Soto"]),
        ("Will Banks came", ["Will Banks"]),
        ("we will banks on it", []),
        ("Marcus came", []),
        ("Marcus. Bell rang", []),
        ("the Marcus Bell Center", []),
        ("Marcus Belling came", []),
    ],
)
def test_a_whole_name_is_found_however_it_is_written(checker: Checker, text: str, names: list[str]) -> None:
    assert found(text, checker=checker) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Marcus came", ["Marcus"]),
        ("Mr. Bell came", ["Bell"]),
        ("Marcus B. came", ["Marcus B"]),
        ("the bell rang for marcus", []),
        ("Marcus Dale, the plumber, came", []),
        ("We met in May.", []),
        ("Will call on Monday. I will go.", []),
        ("She rode with Will to town.", ["Will"]),
        ("The Winter Street bus", []),
    ],
)
def test_a_single_name_counts_for_those_near_at_hand(checker: Checker, text: str, names: list[str]) -> None:
    assert found(text, nearby=True, checker=checker) == names


@pytest.mark.parametrize("nearby", [False, True])
def test_relatives_staff_and_the_client_may_be_named(checker: Checker, *, nearby: bool) -> None:
    text = "Odalys Thornquist called. Odalys asked about Linnea."
    assert found(text, nearby=nearby, checker=checker)
    assert not found(text, nearby=nearby, people=("Odalys Thornquist, aunt",), checker=checker)
    assert not found(text, nearby=nearby, client=ROSTER[4], checker=checker)


def test_a_relative_with_the_same_surname_is_not_the_other_client(checker: Checker) -> None:
    text = "Linnea Thornquist called."
    assert not found(text, nearby=True, people=("Linnea Thornquist",), checker=checker)


def test_another_name_blocks_and_its_words_are_not_repeated(checker: Checker) -> None:
    around = Situation(others=NameIndex.of(ROSTER))
    [finding] = [each for each in checker.text("Marcus Bell came.", situation=around) if each.rule == "Q70"]
    assert (finding.severity, finding.kind, finding.found) == (Severity.BLOCK, Kind.OTHER_NAME, "")


def test_no_name_and_no_word_of_a_note_stands_in_what_is_logged_or_raised(checker: Checker, canary: Canary) -> None:
    first, last, word = canary.text("first name"), canary.text("last name"), canary.text("narrative")
    name = Name(first=first, last=last)
    index = NameIndex.of([name], [name])
    text = f"{first} {last} was rude and claims {word}. {first} fell. The client {first} saw {word}."
    note = Note(done=text, observations=word)
    earlier = Earlier(ref="N-1", same_client=True, texts={"done": text})
    around = Situation(
        client=Client(name=Name(first="Ana", last=last)), people=(word,), others=index, earlier=(earlier,)
    )
    findings = checker.note(note, around)
    assert {"Q01", "Q22", "Q69", "Q70", "Q74"} <= {each.rule for each in findings}
    reading = Reading.of(note, around, frozenset(), (), {})
    for shown in (
        *findings,
        findings,
        note,
        name,
        earlier,
        around,
        around.client,
        index,
        reading,
        reading.texts["done"],
    ):
        logging.getLogger("noted.test").warning("%r %s", shown, shown)
    with pytest.raises(NoteError) as refused:
        Note.model_validate({"done": text, "minutes": word, first: last})
    logging.getLogger("noted.test").warning("refused", exc_info=refused.value)
