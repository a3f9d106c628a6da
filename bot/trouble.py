"""What an operator is told when a command cannot do its job. Nothing about the work stands here."""

from __future__ import annotations


class OperatorError(Exception):
    """Something an operator can mend; `sentence` says how."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
