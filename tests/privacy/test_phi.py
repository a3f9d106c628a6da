"""Phi: one exit, which needs a committed grant; everything else about it is safe to do."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, StringConstraints, TypeAdapter, ValidationError, field_validator

from privacy.grants import Grant, Purpose, issue, system_grant
from privacy.phi import Phi, PhiLeakError

MATCH = system_grant(Purpose.MATCH)
Narrative = Annotated[str, StringConstraints(min_length=20, max_length=30)]


class Model(BaseModel):
    text: Phi[Narrative]
    seen_on: Phi[dt.date] | None = None
    minutes: Phi[Annotated[int, Field(ge=1, le=600)]] | None = None
    names: Phi[Annotated[list[str], Field(max_length=1)]] | None = None
    due_on: Phi[Annotated[dt.date, Field(ge=dt.date(2026, 1, 1))]] | None = None


def _one_error(**values: object) -> Any:
    with pytest.raises(ValidationError) as refusal:
        Model.model_validate({"text": Phi("twenty characters ok"), **values})
    (error,) = refusal.value.errors()
    return error


def test_a_grant_reveals_once_its_event_is_committed() -> None:
    phi = Phi("Amber Quince")
    grant = issue()
    with pytest.raises(PhiLeakError, match="commit"):
        phi.reveal(grant)
    grant.activate()
    assert phi.reveal(grant) == "Amber Quince"


@pytest.mark.parametrize("forged", [None, True, "grant", object(), Purpose.SEAL, Grant])
def test_nothing_but_a_grant_reveals(forged: Any) -> None:
    with pytest.raises(PhiLeakError):
        Phi("Amber Quince").reveal(forged)


def test_something_that_claims_to_be_an_active_grant_does_not_reveal() -> None:
    class Active:
        active = True

    forged: Any = Active()
    with pytest.raises(PhiLeakError):
        Phi("Amber Quince").reveal(forged)


def test_map_stays_wrapped() -> None:
    length = Phi("Amber Quince").map(len)
    assert repr(length) == "Phi(•••)"
    assert length.reveal(MATCH) == 12


def test_an_error_inside_map_is_not_passed_on() -> None:
    with pytest.raises(PhiLeakError) as refusal:
        Phi("Amber Quince").map(dt.date.fromisoformat)
    assert refusal.value.__context__ is None
    assert refusal.value.__cause__ is None
    assert "Amber" not in str(refusal.value)


def test_a_program_that_is_being_stopped_stops_inside_map() -> None:
    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Phi("Amber Quince").map(interrupted)


def test_a_field_takes_a_bare_value_or_a_phi() -> None:
    for text in ("twenty characters ok", Phi("twenty characters ok")):
        model = Model.model_validate({"text": text, "seen_on": "2026-03-08", "minutes": Phi(15)})
        assert model.text.reveal(MATCH) == "twenty characters ok"
        assert model.seen_on is not None
        assert model.seen_on.reveal(MATCH) == dt.date(2026, 3, 8)


@pytest.mark.parametrize(
    ("field", "value", "kind", "limits"),
    [
        ("text", "too short", "string_too_short", {"min_length": 20}),
        ("text", "x" * 31, "string_too_long", {"max_length": 30}),
        ("text", 7, "string_type", {}),
        ("text", None, "string_type", {}),
        ("text", "lone surrogate \ud800 here", "string_unicode", {}),
        ("seen_on", "Amber", "date_from_datetime_parsing", {}),
        ("minutes", 0, "greater_than_equal", {"ge": 1}),
        ("minutes", 601, "less_than_equal", {"le": 600}),
        ("minutes", "Amber", "int_parsing", {}),
        ("names", ["Amber", "Opal"], "too_long", {"max_length": 1}),
        ("due_on", dt.date(2025, 12, 31), "greater_than_equal", {}),
    ],
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_refused_value_is_named_by_type_and_limits_only(
    wrapped: bool, field: str, value: object, kind: str, limits: dict[str, int]
) -> None:
    error = _one_error(**{field: Phi(value) if wrapped else value})
    assert (error["type"], error["loc"], error.get("ctx", {})) == (kind, (field,), limits)
    assert error["msg"] == "this value was refused"
    assert repr(error["input"]) == "Phi(•••)"


def test_a_missing_field_is_missing() -> None:
    with pytest.raises(ValidationError) as refusal:
        Model.model_validate({})
    assert [error["type"] for error in refusal.value.errors()] == ["missing"]


def test_an_optional_phi_may_be_none() -> None:
    assert Model.model_validate({"text": "twenty characters ok", "seen_on": None}).seen_on is None


def test_a_validator_that_breaks_does_not_show_the_value() -> None:
    class Broken(BaseModel):
        name: str

        @field_validator("name")
        @classmethod
        def look_up(cls, name: str) -> str:
            return {"a": "b"}[name]

    with pytest.raises(PhiLeakError) as refusal:
        TypeAdapter(Phi[Broken]).validate_python({"name": "Amber Quince"})
    assert "Amber" not in str(refusal.value)
    assert refusal.value.__context__ is None


def test_a_field_must_say_what_it_holds() -> None:
    bare: Any = Phi
    with pytest.raises(TypeError, match=r"Phi\[str\]"):
        TypeAdapter(bare)


def test_a_default_comes_from_a_factory() -> None:
    class WithDefault(BaseModel):
        text: Phi[str] = Field(default_factory=lambda: Phi(""))

    assert WithDefault().text.reveal(MATCH) == ""
