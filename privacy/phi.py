"""Phi: the wrapper around whatever says who a client is or what happened to them.

Here: the type, its one exit, and how pydantic validates and writes what is inside. Not here: who may use the exit
(grants) and where the value may be written (documents).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final, Generic, LiteralString, NoReturn, TypeVar, cast, final, get_args

from pydantic import GetCoreSchemaHandler, SerializationInfo, SerializerFunctionWrapHandler, ValidationError
from pydantic_core import CoreSchema, ErrorDetails, PydanticCustomError, core_schema

from privacy.grants import Grant

T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")

# The serialisation context under which a Phi writes its value. documents.to_json is the only one to pass it.
SEALING: Final = object()

# Limits come from the schema, so an error may say them; everything else in pydantic's context may hold the value.
_LIMITS: Final = frozenset({"min_length", "max_length", "ge", "gt", "le", "lt"})


class PhiLeakError(TypeError):
    """A way out of the boundary was refused. The text names the way, never the value."""


def without_values(details: ErrorDetails) -> PydanticCustomError:
    """One of pydantic's errors again, with its type and numeric limits, without message, input or other context."""
    context = cast("dict[str, object]", details.get("ctx") or {})
    limits = {name: limit for name, limit in context.items() if name in _LIMITS and type(limit) in (int, float)}
    return PydanticCustomError(cast(LiteralString, details["type"]), "this value was refused", limits)


@final
class Phi(Generic[T_co]):
    """A value that leaves by reveal(grant) and by nothing else.

    As a field of a pydantic model it takes the bare value or a Phi, and validates what is inside. A default value needs
    default_factory, because pydantic copies defaults and a Phi refuses to be copied.
    """

    __slots__ = ("_read",)

    def __init__(self, value: T_co) -> None:
        # A closure, because attributes are what debuggers, serialisers and vars() print.
        self._read: Callable[[], T_co] = lambda: value

    def __repr__(self) -> str:
        return "Phi(•••)"

    def reveal(self, grant: Grant) -> T_co:
        """The value.

        Errors: PhiLeakError unless the grant is active, that is, its audit event is committed.
        """
        # The type says so already; the check is for callers that pyright does not see.
        if type(grant) is not Grant or not grant.active:
            raise PhiLeakError("This grant is not active: commit the audit event first.")
        return self._read()

    def map(self, f: Callable[[T_co], U]) -> Phi[U]:
        """The result of f, still wrapped.

        Errors: PhiLeakError when f fails, without f's error, whose text may hold the value.
        """
        with suppress(Exception):
            return Phi(f(self._read()))
        # Raised after the handler, not inside it: `from None` would keep the first error reachable as __context__.
        raise PhiLeakError("A function failed inside Phi.map; its error is withheld.")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        arguments = get_args(source)
        if len(arguments) != 1:
            raise TypeError("Say what a Phi field holds: Phi[str], not Phi.")
        inner = handler.generate_schema(arguments[0])
        # Two steps: the second one's input is a Phi, so pydantic's errors quote the wrapper and not the bare value.
        return core_schema.chain_schema(
            [
                core_schema.no_info_plain_validator_function(_wrap),
                core_schema.no_info_wrap_validator_function(cls._validate, inner),
            ],
            serialization=core_schema.wrap_serializer_function_ser_schema(cls._write, schema=inner, info_arg=True),
        )

    def _validate(self, inner: core_schema.ValidatorFunctionWrapHandler) -> Phi[object]:
        refused: Exception = PhiLeakError("A validator failed inside a Phi; its error is withheld.")
        with suppress(Exception):
            try:
                return Phi(inner(self._read()))
            except ValidationError as error:
                refused = without_values(error.errors(include_input=False)[0])
        raise refused

    def _write(self, write: SerializerFunctionWrapHandler, info: SerializationInfo) -> object:
        if info.context is not SEALING:
            raise PhiLeakError("A Phi is written only into a sealed value.")
        return write(self._read())


def _wrap(value: object) -> Phi[object]:
    return cast("Phi[object]", value) if isinstance(value, Phi) else Phi(value)


def _refusal(way: str) -> Callable[..., NoReturn]:
    def refuse(*_operands: object) -> NoReturn:
        raise PhiLeakError(f"A Phi has no {way}; use reveal(grant) or map(f).")

    return refuse


_REFUSED: Final = {
    "text": ("__str__", "__format__", "__bytes__", "__fspath__"),
    "comparison": ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__hash__", "__bool__"),
    "content": ("__iter__", "__reversed__", "__len__", "__length_hint__", "__contains__", "__getitem__", "__call__"),
    "number": ("__index__", "__int__", "__float__", "__complex__", "__round__", "__trunc__", "__floor__", "__ceil__"),
    "arithmetic": ("__add__", "__radd__", "__mul__", "__rmul__", "__mod__", "__rmod__", "__or__", "__ror__"),
    "copy": ("__copy__", "__deepcopy__", "__reduce__", "__reduce_ex__", "__getstate__", "__setstate__"),
}

# Set here and not written in the class: what the class does not declare, pyright refuses before it runs.
for _way, _names in _REFUSED.items():
    for _name in _names:
        setattr(Phi, _name, _refusal(_way))
