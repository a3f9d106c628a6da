"""Reading what stands in a modal, as Slack sends it with every action, search and submission."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import cast

from models.forms import Answers
from privacy.grants import Purpose, system_grant
from privacy.phi import Phi

RawState = Mapping[str, Mapping[str, Mapping[str, object]]]

_FIELD = re.compile(r"(?P<name>[a-z][a-z0-9_]{0,39})(~(?P<turn>[0-9]{1,6}))?", re.ASCII)
# Every value that a form offers is a word, a reference, a day or a number; Slack allows 75 letters.
_OURS = re.compile(r"[!-~]{1,75}", re.ASCII)


def read_answers(state: Phi[RawState], sent_at: int = 0) -> Answers:
    """Everything in the modal's inputs: words wrapped, choices as text. What is empty is there as empty.

    Shape: `state` is `view.state.values`: block id → action id → value. A block id is a field's name, with `~n` after
    it once the client was changed n times. What has another shape was never drawn by a form, and is left out.
    Source: Slack's view payloads.
    """
    typed: dict[str, Phi[str]] = {}
    chosen: dict[str, tuple[str, ...]] = {}
    turn = 0
    for block_id, elements in state.reveal(system_grant(Purpose.VALIDATE)).items():
        field = _FIELD.fullmatch(block_id)
        if field is None:
            continue
        name = field["name"]
        turn = max(turn, int(field["turn"] or 0))
        for value in elements.values():
            if value.get("type") == "plain_text_input":
                typed[name] = Phi(_text(value.get("value")))
            else:
                chosen[name] = tuple(word for word in _chosen(value) if _OURS.fullmatch(word))
    return Answers(typed=typed, chosen=chosen, client_turn=turn, sent_at=sent_at)


def merged(stored: Answers, brought: Answers) -> Answers:
    """What was stored with what the screen shows now laid over it; minutes that were split since stand as they were split."""
    chosen = dict(brought.chosen)
    if brought.client_turn < stored.client_turn:
        chosen.pop("minutes", None)
    return stored.model_copy(
        update={
            "typed": {**stored.typed, **brought.typed},
            "chosen": {**stored.chosen, **chosen},
            "sent_at": brought.sent_at,
        }
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _chosen(value: Mapping[str, object]) -> Iterator[str]:
    match value:
        case {"type": "number_input", "value": str(number)}:
            yield number
        case {"selected_option": {"value": str(word)}}:
            yield word
        case {"selected_options": list()}:
            for option in cast("list[object]", value["selected_options"]):
                match option:
                    case {"value": str(word)}:
                        yield word
                    case _:
                        pass
        case {"selected_date": str(word)} | {"selected_user": str(word)} | {"selected_conversation": str(word)}:
            yield word
        case {"selected_date_time": int(moment)}:
            yield str(moment)
        case _:
            return
