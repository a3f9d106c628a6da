"""What the app's acknowledgements do: the text of a command, the response_action of a submit, the options of a search."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from sandbox.chat_methods import say
from sandbox.elements import check_suggestions
from sandbox.journal import Delivery
from sandbox.shape import JsonObject, as_object, as_objects, as_text, is_object
from sandbox.view_methods import checked_view
from sandbox.views import ApiError, View, invalid
from sandbox.workspace import Workspace

TROUBLE = "We had some trouble connecting. Try again?"
NO_OPTIONS = "The results could not be loaded."


@dataclass(frozen=True)
class Submission:
    """How a submit ended.

    Shape: errors is {block_id: sentence} by the app; sentence is Slack's own, when the app did not answer well. ok is
    true when there is neither.
    """

    closed: bool = False
    errors: dict[str, str] = field(default_factory=dict[str, str])
    sentence: str = ""

    @property
    def ok(self) -> bool:
        """Whether the app took what was submitted."""
        return not self.errors and not self.sentence


def body_of(delivery: Delivery) -> JsonObject:
    """The JSON object of an acknowledgement, empty when there is none.

    Errors: ApiError invalid_json for a body that is no JSON object.
    """
    if not delivery.answer.strip():
        return {}
    try:
        body: object = json.loads(delivery.answer)
    except ValueError:
        raise ApiError("invalid_json") from None
    if not is_object(body):
        raise ApiError("json_not_object")
    return dict(body)


def _journaled(workspace: Workspace, delivery: Delivery, error: ApiError | None = None) -> None:
    """Keep what the app answered, and whether Slack took it."""
    try:
        arguments = body_of(delivery)
    except ApiError:
        arguments = {"text": delivery.answer.decode("utf-8", "replace")}
    if error is not None:
        workspace.note(f"answer.{delivery.kind}", arguments, {"ok": False, "error": error.error, **error.beside})
    elif arguments:
        workspace.note(f"answer.{delivery.kind}", arguments, {"ok": True})


def failure(delivery: Delivery) -> ApiError | None:
    """The error name for an acknowledgement that did not come, came late or was not 200."""
    names = {"timeout": "operation_timeout", "unreachable": "dispatch_failed", "status": "http_service_error"}
    return ApiError(names[delivery.problem], status=delivery.status) if delivery.problem else None


def settle_command(workspace: Workspace, delivery: Delivery, user_id: str, channel: str, command: str) -> str:
    """Show what the app answered to a command; the sentence of Slack's when it did not answer well."""
    error = failure(delivery)
    if error is None and delivery.answer.strip():
        try:
            say(workspace, user_id, channel, _command_body(delivery))
        except ApiError as refused:
            error = refused
    _journaled(workspace, delivery, error)
    if error is None:
        return ""
    sentence = f"{command} failed with the error “{error.error}”"
    workspace.conversations.notice(user_id, sentence, "error")
    workspace.watch.touch(user_id)
    return sentence


def _command_body(delivery: Delivery) -> JsonObject:
    try:
        return body_of(delivery)
    except ApiError:
        return {"text": delivery.answer.decode("utf-8", "replace")}


def settle_quiet(workspace: Workspace, delivery: Delivery) -> str:
    """Take an acknowledgement that may say nothing: of a click, a shortcut, a closed view, an event."""
    error = failure(delivery)
    if error is None and delivery.answer.strip():
        # Slack ignores it; an app that counts on it is wrong.
        error = ApiError("unexpected_body")
    _journaled(workspace, delivery, error)
    return TROUBLE if delivery.problem else ""


def settle_suggestion(workspace: Workspace, delivery: Delivery) -> tuple[JsonObject, str]:
    """The options that the app offers, or Slack's sentence when it did not answer well."""
    error, answer = failure(delivery), {}
    if error is None:
        try:
            answer = body_of(delivery)
            problems = check_suggestions(answer)
            error = invalid(*problems) if problems else None
        except ApiError as refused:
            error = refused
    _journaled(workspace, delivery, error)
    return ({}, NO_OPTIONS) if error else (answer, "")


def settle_submission(workspace: Workspace, delivery: Delivery, view: View) -> Submission:
    """Do what the app answered to a submit; an empty answer closes this view only."""
    error = failure(delivery)
    outcome = Submission(sentence=TROUBLE)
    if error is None:
        try:
            outcome = _act(workspace, view, body_of(delivery))
        except ApiError as refused:
            error = refused
    _journaled(workspace, delivery, error)
    workspace.watch.touch(view.user_id)
    return outcome


def _act(workspace: Workspace, view: View, answer: JsonObject) -> Submission:
    if not answer:
        workspace.views.close(view)
        return Submission(closed=True)
    action = as_text(answer.get("response_action"))
    if action not in _FIELDS or set(answer) != _FIELDS[action]:
        raise invalid("[ERROR] not a response_action of Slack's, or not its fields [json-pointer:/response_action]")
    if action == "errors":
        return Submission(errors=_errors(view, answer))
    if action == "clear":
        workspace.views.close_all(view.user_id)
        return Submission(closed=True)
    content = checked_view(answer.get("view"), "modal")
    if action == "push":
        workspace.views.push(view.user_id, content)
    else:
        workspace.views.update(view, content)
    return Submission()


_FIELDS = {
    "errors": {"response_action", "errors"},
    "clear": {"response_action"},
    "push": {"response_action", "view"},
    "update": {"response_action", "view"},
}


def _errors(view: View, answer: JsonObject) -> dict[str, str]:
    errors = as_object(answer["errors"])
    inputs = [b.get("block_id") for b in as_objects(view.content.get("blocks")) if b.get("type") == "input"]
    wrong = sorted(block_id for block_id in errors if block_id not in inputs)
    if wrong:
        raise invalid(*(f"[ERROR] no input block has this id [json-pointer:/errors/{one}]" for one in wrong))
    if not errors or any(not as_text(sentence).strip() for sentence in errors.values()):
        raise invalid("[ERROR] errors need a sentence each [json-pointer:/errors]")
    return {block_id: as_text(sentence) for block_id, sentence in errors.items()}
