"""The rule that no Phi is formatted. pyright does not see it, and Phi itself refuses only when the line runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.house_source import Source, last_name

ROOT = Path(__file__).parent.parent
DECLARING = ("models", "privacy", "services", "views", "desk")
FORMATTERS = {"str", "repr", "format", "ascii", "print"}


def formatted_phi(source: Source) -> Iterator[ast.AST]:
    """A Phi is not text: in an f-string, str() or % it raises when the line runs, on the day that somebody needs it."""
    wrapped = phi_names(source.tree)
    for node in ast.walk(source.tree):
        for value in _formatted(node):
            is_name = isinstance(value, ast.Name) and value.id in wrapped
            is_field = isinstance(value, ast.Attribute) and value.attr in phi_fields()
            if is_name or is_field:
                yield value


def _formatted(node: ast.AST) -> Iterator[ast.expr]:
    """What this node turns into text."""
    match node:
        case ast.FormattedValue():
            yield node.value
        case ast.BinOp(op=ast.Mod(), left=ast.Constant(value=str())):
            yield from node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
        case ast.Call(func=ast.Name(id=name)) if name in FORMATTERS:
            yield from node.args
        case ast.Call(func=ast.Attribute(attr="format" | "join")):
            for value in node.args:
                yield from value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
            yield from (keyword.value for keyword in node.keywords)
        case _:
            return


def phi_names(tree: ast.Module) -> set[str]:
    """The names in a file that are annotated as a Phi, or made one."""
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.arg() if _is_phi(node.annotation):
                names.add(node.arg)
            case ast.AnnAssign(target=ast.Name(id=name)) if _is_phi(node.annotation):
                names.add(name)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call()) if last_name(node.value) == "Phi":
                names.add(name)
            case _:
                continue
    return names


@cache
def phi_fields() -> frozenset[str]:
    """The attributes that are a Phi in every class of ours that declares them."""
    declared: dict[str, set[bool]] = {}
    for package in DECLARING:
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.ClassDef):
                    for name, is_phi in _declared(node):
                        declared.setdefault(name, set()).add(is_phi)
    return frozenset(name for name, kinds in declared.items() if kinds == {True})


def _declared(class_: ast.ClassDef) -> Iterator[tuple[str, bool]]:
    """The attributes of a class, and whether each is a Phi; what is only set on self is taken for none."""
    for node in ast.walk(class_):
        match node:
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name, _is_phi(node.annotation)
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)]):
                yield name, False
            case _:
                continue


def _is_phi(annotation: ast.expr | None) -> bool:
    """Whether an annotation says Phi[…], perhaps as one of several or inside Annotated."""
    match annotation:
        case ast.Subscript(value=ast.Name(id="Phi")):
            return True
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[first, *_])):
            return _is_phi(first)
        case ast.BinOp(op=ast.BitOr()):
            return _is_phi(annotation.left) or _is_phi(annotation.right)
        case _:
            return False
