"""Whatever can be tapped, searched, submitted, typed or subscribed to has a handler, and every handler can be reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from handlers.table import routes
from sandbox.shape import as_list, as_object, as_text
from tests.views.test_golden import MESSAGES, VIEWS, as_slack
from views.ids import (
    ContactId,
    DayId,
    DraftId,
    FollowUpId,
    GlassId,
    NoteId,
    NoticeId,
    ReadingId,
    RequirementId,
    ReviewId,
    RosterId,
    TeamId,
    TimelineId,
    WordId,
)

SEARCHES = {"external_select", "multi_external_select"}
# These modals have nothing to submit.
READ_ONLY = {
    ContactId.PLANNED,
    ContactId.TO_NOTE,
    DayId.READ,
    DraftId.OPEN_LIST,
    FollowUpId.OPEN_LIST,
    GlassId.STANDING,
    GlassId.REVIEW_LIST,
    GlassId.REVIEWED,
    NoteId.RETURNED,
    NoticeId.READ,
    ReadingId.READ,
    RequirementId.OPEN_LIST,
    ReviewId.QUEUE,
    RosterId.CLIENT_CARD,
    RosterId.MENU,
    RosterId.STAFF_LIST,
    RosterId.TEAM_LIST,
    TeamId.BOARD,
    TeamId.WORK,
    TimelineId.SHOW,
    TimelineId.SUMMARY,
    WordId.READ,
}


def elements(node: object) -> Iterator[Mapping[str, object]]:
    """Every interactive element in a view or message."""
    content = as_object(node)
    if "action_id" in content:
        yield content
    for value in (*content.values(), *as_list(node)):
        yield from elements(value)


def tellers(node: object) -> Iterator[Mapping[str, object]]:
    """Every element whose use Slack tells at once: not those of inputs that are sent with their form only."""
    content = as_object(node)
    if content.get("type") == "input" and content.get("dispatch_action") is not True:
        return
    if "action_id" in content:
        yield content
    for value in (*content.values(), *as_list(node)):
        yield from tellers(value)


def everything() -> list[Mapping[str, object]]:
    """Every element of every golden state."""
    return [each for name in (*VIEWS, *MESSAGES) for each in elements(as_slack(name))]


def test_every_element_has_a_handler_and_every_action_handler_an_element() -> None:
    shown = {as_text(each["action_id"]) for name in (*VIEWS, *MESSAGES) for each in tellers(as_slack(name))}
    assert shown == routes().action.ids


def test_every_search_has_a_handler_and_every_search_handler_a_search() -> None:
    shown = {as_text(each["action_id"]) for each in everything() if each.get("type") in SEARCHES}
    assert shown == routes().suggestion.ids


def test_every_modal_that_can_be_submitted_has_a_handler() -> None:
    drawn = [cast("Mapping[str, object]", as_slack(name)) for name in VIEWS]
    assert {as_text(view["callback_id"]) for view in drawn if "submit" in view} == routes().submission.ids
    assert {as_text(view["callback_id"]) for view in drawn if "submit" not in view} == READ_ONLY
