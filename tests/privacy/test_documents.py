"""Documents: they show their name only, refuse without quoting, and are written only to be sealed."""

from __future__ import annotations

import datetime as dt
import pickle
import warnings
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import pytest
from pydantic import StringConstraints, ValidationError
from pydantic_core import PydanticSerializationError

from privacy.documents import Document, from_json, to_json
from privacy.grants import Purpose, system_grant
from privacy.phi import Phi, PhiLeakError

SEAL = system_grant(Purpose.SEAL)


class Person(Document):
    name: Phi[str]


class Note(Document):
    body: Phi[Annotated[str, StringConstraints(min_length=20)]]
    seen_on: Phi[dt.date]
    method: str
    people: tuple[Person, ...] = ()


def _note() -> Note:
    values = {"body": "Amber Quince is well.", "seen_on": "2026-03-08", "method": "phone", "people": [{"name": "Opal"}]}
    return Note.model_validate(values)


def test_a_document_comes_back_as_it_was_with_its_fields_wrapped() -> None:
    again = from_json(Note, to_json(_note()))
    assert repr(again.body) == "Phi(•••)"
    assert again.body.reveal(SEAL) == "Amber Quince is well."
    assert again.seen_on.reveal(SEAL) == dt.date(2026, 3, 8)
    assert again.people[0].name.reveal(SEAL) == "Opal"
    assert to_json(again) == to_json(_note())


def test_a_document_shows_its_name_only() -> None:
    note: Any = _note()
    assert repr(note) == str(note) == f"{note}" == "Note(•••)"
    assert list(note.__rich_repr__()) == []
    assert "phone" not in "".join(str(part) for part in note.__pretty__(repr))


@pytest.mark.parametrize(
    "write",
    [
        Note.model_dump,
        Note.model_dump_json,
        partial(Note.model_dump, mode="json"),
        partial(Note.model_dump, include={"method"}),
        partial(Note.model_dump_json, context={"sealing": True}),
    ],
)
def test_a_document_is_not_written_by_others(write: Callable[[Note], object]) -> None:
    with pytest.raises(PydanticSerializationError) as refusal:
        write(_note())
    assert "PhiLeakError" in str(refusal.value)
    assert "phone" not in str(refusal.value)


def test_a_document_is_neither_pickled_nor_compared_by_value() -> None:
    with pytest.raises(PhiLeakError):
        pickle.dumps(_note())
    with pytest.raises(PhiLeakError):
        assert _note() == _note()
    with pytest.raises(PhiLeakError):
        hash(_note())


@pytest.mark.parametrize(
    ("change", "kind", "place"),
    [
        ({"body": "Amber Quince"}, "string_too_short", ("body",)),
        ({"seen_on": "Amber Quince"}, "date_from_datetime_parsing", ("seen_on",)),
        ({"method": None}, "string_type", ("method",)),
        ({"people": [{"nome": "Amber Quince"}]}, "missing", ("people", 0, "name")),
        ({"diagnosis": "Amber Quince"}, "extra_forbidden", ("diagnosis",)),
    ],
)
def test_a_refusal_names_place_and_type_and_quotes_nothing(
    change: dict[str, object], kind: str, place: tuple[object, ...]
) -> None:
    values: dict[str, object] = {"body": "Amber Quince is well.", "seen_on": "2026-03-08", "method": "Amber"}
    with pytest.raises(ValidationError) as refusal:
        Note.model_validate({**values, **change})
    shown = (str(refusal.value), repr(refusal.value.errors()), refusal.value.json(), repr(refusal.value.args))
    assert "Amber" not in "".join(shown)
    assert (kind, place) in [(error["type"], error["loc"]) for error in refusal.value.errors()]
    assert refusal.value.__context__ is None


def test_a_missing_sibling_does_not_show_the_others() -> None:
    with pytest.raises(ValidationError) as refusal:
        Note.model_validate({"body": "Amber Quince is well."})
    assert "Amber" not in repr(refusal.value.errors())
    assert {error["type"] for error in refusal.value.errors()} == {"missing"}


def test_a_document_is_frozen() -> None:
    note: Any = _note()
    with pytest.raises(TypeError, match=r"Note\.method is frozen") as refusal:
        note.method = "Amber"
    assert "Amber" not in str(refusal.value)
    assert refusal.value.__context__ is None


@pytest.mark.parametrize("change", [{"body": "bare text, never checked"}, {"method": 7}, {"body": Phi("\ud800")}])
def test_a_document_that_was_put_together_wrongly_is_not_written(change: dict[str, object]) -> None:
    with pytest.raises(PhiLeakError) as refusal:
        to_json(_note().model_copy(update=change))
    assert refusal.value.__context__ is None


def test_a_wrong_type_is_refused_and_not_warned_about() -> None:
    # The warning would quote the value; here it is switched off, as it is outside the tests.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(PhiLeakError):
            to_json(_note().model_copy(update={"method": 7}))


@pytest.mark.parametrize("number", [float("inf"), float("nan")])
def test_a_number_that_json_does_not_have_is_refused(number: float) -> None:
    class Measure(Document):
        value: float

    with pytest.raises(ValidationError):
        Measure(value=number)


@pytest.mark.parametrize("plain", [b"", b"\xff", b"{}", b'{"body": "Amber Quince"}', b"null"])
def test_what_is_no_such_document_is_refused_without_quoting(plain: bytes) -> None:
    with pytest.raises(PhiLeakError) as refusal:
        from_json(Note, plain)
    assert "Amber" not in str(refusal.value)
    assert refusal.value.__context__ is None
