"""What the message after a call says, in singular and plural."""

from __future__ import annotations

import pytest

from services.after_call import CallLine
from tests.views.call_states import line, standing
from views.calls import after_call_message

MISSED = line(missed=True)


@pytest.mark.parametrize(
    ("calls", "text"),
    [
        ((line(4),), "A call ended: 4 minutes, just now."),
        ((line(1),), "A call ended: 1 minute, just now."),
        ((line(4, ago=9),), "A call ended: 4 minutes, just now."),
        ((line(4, ago=10),), "A call ended: 4 minutes, less than 1 hour ago."),
        ((line(4, ago=130),), "A call ended: 4 minutes, 2 hours ago."),
        ((line(None),), "A call ended, just now."),
        ((line(4), line(11)), "2 calls ended, 4 and 11 minutes."),
        ((line(1), line(1)), "2 calls ended, 1 minute each."),
        ((line(4), line(11), line(1)), "3 calls ended, 4, 11 and 1 minutes."),
        ((line(4), line(None)), "2 calls ended."),
        ((line(4),) * 6, "6 calls ended."),
        ((MISSED,), "A call was not answered, just now."),
        ((line(missed=True, ago=60),), "A call was not answered, 1 hour ago."),
        ((MISSED, MISSED), "2 calls were not answered."),
        ((line(4), MISSED), "A call ended: 4 minutes. A call was not answered."),
        ((line(4), line(11), MISSED, MISSED), "2 calls ended, 4 and 11 minutes. 2 calls were not answered."),
    ],
)
def test_calls_are_told_by_number_length_and_age(calls: tuple[CallLine, ...], text: str) -> None:
    message = after_call_message(standing(*calls))
    assert message.text.plain == text
    assert message.blocks[0].get("text") == {"type": "mrkdwn", "text": text}


def test_the_last_word_says_whether_it_was_noted() -> None:
    assert after_call_message(standing()).text.plain == "All noted. Nothing waits."
    assert after_call_message(standing(dismissed=True)).text.plain == "Put away. Nothing waits."


def test_the_buttons_know_the_newest_call_that_was_seen() -> None:
    _, row = after_call_message(standing(line(4, number=1), line(5, number=2))).blocks
    buttons = row.get("elements", [])
    assert [button.get("value") for button in buttons] == ["K-0000000000000002"] * 2
    assert ["confirm" in button for button in buttons] == [False, True]
    _, row = after_call_message(standing(line(4))).blocks
    assert ["confirm" in button for button in row.get("elements", [])] == [False, False]
