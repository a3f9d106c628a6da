"""What the house rules are made of: a source file as a syntax tree, a finding, and how a rule is registered."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

LOGGERS = {"log", "logger", "logging", "_log", "_logger"}
LOG_METHODS = {"debug", "info", "warning", "warn", "error", "exception", "critical", "fatal", "log", "msg", "bind"}


@dataclass(frozen=True, order=True)
class Finding:
    """One place that breaks one rule."""

    path: PurePosixPath
    line: int
    rule: str
    why: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.why}"


@dataclass(frozen=True)
class Source:
    """One Python file of ours, with each node's parents at hand."""

    path: PurePosixPath
    text: str
    tree: ast.Module
    granted: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])

    @classmethod
    def parse(cls, path: str, text: str, granted: Mapping[str, frozenset[str]] | None = None) -> Source:
        """The source of one file; `granted` is what docs/security.md allows."""
        return cls(PurePosixPath(path), text, ast.parse(text), granted or {})

    @property
    def package(self) -> str:
        """The top-level folder."""
        return self.path.parts[0]

    @property
    def is_command_line(self) -> bool:
        """Whether this file talks to an operator at a terminal."""
        return self.package == "bot" and self.path.name.startswith("cli")

    def calls(self) -> Iterator[ast.Call]:
        """Every call in the file."""
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.Call))


Rule = Callable[[Source], Iterable[ast.AST | int]]
RULES: list[Rule] = []


def rule(check: Rule) -> Rule:
    """Register a rule: it yields the nodes, or the lines, that break it."""
    RULES.append(check)
    return check


def last_name(node: ast.AST) -> str:
    """The word that a reader would call this expression by: `x`, `a.x` and `a.x()` are all x."""
    if isinstance(node, ast.Call):
        return last_name(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def first_name(node: ast.AST) -> str:
    """The name at the left end: `log` in `log.bind(x=1).info`."""
    while isinstance(node, (ast.Attribute, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def given(call: ast.Call) -> Iterator[ast.expr]:
    """All values given to a call."""
    yield from call.args
    yield from (keyword.value for keyword in call.keywords)


def makes_text(node: ast.AST) -> bool:
    """Whether this expression turns values into text, or a Phi into its value."""
    if isinstance(node, ast.JoinedStr):
        return True
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Mod) and isinstance(node.left, (ast.Constant, ast.JoinedStr))
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name):
            return node.func.id in {"str", "repr", "format", "ascii"}
        return last_name(node) in {"format", "reveal", "format_map"}
    return False


def is_false(node: ast.AST | None) -> bool:
    """Whether this is the word False."""
    return isinstance(node, ast.Constant) and node.value is False


def is_logging(call: ast.Call) -> bool:
    """Whether this call writes to the log."""
    return isinstance(call.func, ast.Attribute) and call.func.attr in LOG_METHODS and first_name(call.func) in LOGGERS
