"""Document: the base of everything that is stored sealed.

Here: what all documents share, and their way to and from JSON. Not here: the documents themselves, which are models', and
the sealing, which is keys'.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)
from pydantic_core import InitErrorDetails

from privacy.phi import SEALING, PhiLeakError, without_values

D = TypeVar("D", bound="Document")


class Document(BaseModel):
    """A frozen model that names itself, shows nothing, and is written only into a sealed value."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(•••)"

    def __str__(self) -> str:
        return repr(self)

    def __repr_args__(self) -> Iterable[tuple[str | None, object]]:
        return ()

    if not TYPE_CHECKING:  # A declared __setattr__ would make pyright allow every assignment.

        def __setattr__(self, name: str, _value: object) -> NoReturn:
            # pydantic's own refusal quotes the value, hide_input_in_errors or not.
            raise TypeError(f"{type(self).__name__}.{name} is frozen: make a new document.")

    @model_validator(mode="wrap")
    @classmethod
    def _forget_refused_values(cls, data: object, validate: ModelWrapValidatorHandler[Self]) -> Self:
        # hide_input_in_errors covers str(error) only; error.errors() quotes the whole input when a sibling is missing.
        try:
            return validate(data)
        except ValidationError as error:
            lines = [
                InitErrorDetails(type=without_values(details), loc=details["loc"], input="•••")
                for details in error.errors(include_input=False)
            ]
        raise ValidationError.from_exception_data(cls.__name__, lines, hide_input=True)

    @model_serializer(mode="wrap")
    def _write(self, write: SerializerFunctionWrapHandler, info: SerializationInfo) -> object:
        if info.context is not SEALING:
            raise PhiLeakError("A document is written only into a sealed value.")
        return write(self)


def to_json(document: Document) -> bytes:
    """The document with its Phi values in clear, for sealing; only privacy.keys calls this.

    Shape: UTF-8 JSON, fields in the model's order.
    Errors: PhiLeakError when a value has no JSON form, without pydantic's error, which may quote it.
    """
    with suppress(Exception):
        # warnings="error": pydantic's warnings about a wrong type quote the value.
        return document.model_dump_json(context=SEALING, warnings="error").encode()
    raise PhiLeakError("A document could not be written; the error is withheld.")


def from_json(kind: type[D], plain: bytes) -> D:
    """The document again, its Phi fields wrapped.

    Errors: PhiLeakError when the JSON is not such a document, without pydantic's error.
    """
    with suppress(Exception):
        return kind.model_validate_json(plain)
    raise PhiLeakError("A document could not be read; the error is withheld.")
