"""How a rule's own example is put before the rules."""

from __future__ import annotations

from quality.engine import Checker
from quality.findings import Finding
from quality.names import NameIndex
from quality.reading import Situation
from quality.rules import Example


def situation(example: Example) -> Situation:
    """What the example says is known around its note."""
    return Situation(
        client=example.client,
        author=example.author,
        people=example.people,
        others=NameIndex.of(example.others, example.nearby),
        earlier=example.earlier,
        timing=example.timing,
    )


def checked(checker: Checker, example: str | Example) -> tuple[Finding, ...]:
    """What the rules say of the example."""
    whole = Example(text=example) if isinstance(example, str) else example
    return checker.note(whole.whole(), situation(whole))


def ids(findings: tuple[Finding, ...]) -> set[str]:
    """Which rules spoke."""
    return {finding.rule for finding in findings}
