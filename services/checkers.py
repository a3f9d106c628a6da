"""The rules about words as one agency has them: compiled once for a policy, and what its policy may not say of them.

Here: from the policy in force to a checker. Not here: what is checked (checking), and the rules (quality).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from models.policy import Place, Quality
from quality.engine import Checker
from quality.findings import Severity
from quality.phrases import PhraseError, parse
from quality.rules import Policy, book


def of(quality: Quality) -> Checker:
    """The checker of an agency that has decided so; making one takes about a tenth of a second, so it is kept."""
    return _made(quality.model_dump_json())


def mistakes(quality: Quality) -> Iterator[tuple[Place, str]]:
    """Where the policy names rules or phrases that there are not, and what to write instead."""
    if quality.silenced:
        severities = {rule.id: rule.severity for rule in book().rule}
        for number, each in enumerate(quality.silenced):
            if each not in severities:
                yield ("silenced", number), "There is no such rule. docs/quality.md names them: Q40."
            elif severities[each] is Severity.BLOCK:
                yield ("silenced", number), "This rule can keep a note from being signed, so it cannot be silenced."
    for number, each in enumerate(quality.allowed):
        try:
            parse(each, book().words())
        except PhraseError:
            yield ("allowed", number), "This is no phrase of the rules. Write the words alone: clean slate program."


@lru_cache(maxsize=32)
def _made(quality: str) -> Checker:
    settled = Quality.model_validate_json(quality)
    return Checker(
        Policy(
            glossary=frozenset(settled.glossary) if settled.glossary is not None else None,
            allowed=settled.allowed,
            silenced=frozenset(settled.silenced),
            template=settled.template,
        )
    )
