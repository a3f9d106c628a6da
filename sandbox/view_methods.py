"""The Web API methods of views: open, push, update, publish."""

from __future__ import annotations

from sandbox.limits import check_view, too_large
from sandbox.shape import JsonObject, as_text, is_object
from sandbox.views import ApiError, Trigger, View, invalid
from sandbox.workspace import Workspace


def checked_view(value: object, kind: str) -> JsonObject:
    """A view that keeps all limits.

    Errors: ApiError view_too_large, invalid_arguments.
    """
    if not is_object(value):
        raise invalid("[ERROR] must be an object [json-pointer:/view]")
    if too_large(value):
        raise ApiError("view_too_large")
    problems = check_view(value)
    if not problems and value.get("type") != kind:
        problems.append(f"[ERROR] must be a {kind} [json-pointer:/view/type]")
    if problems:
        raise invalid(*problems)
    return dict(value)


def _shown(workspace: Workspace, view: View) -> JsonObject:
    workspace.watch.touch(view.user_id)
    return {"view": workspace.views.payload(view)}


def views_open(workspace: Workspace, arguments: JsonObject) -> JsonObject:
    """Open a modal.

    Source: Slack's maintainers on bolt-js#1827: views.open from within a modal works by chance; so here it does not.
    """
    content = checked_view(arguments["view"], "modal")
    trigger = _trigger(workspace, arguments)
    if trigger.in_modal:
        raise invalid(
            "[ERROR] this trigger comes from a modal: use views.push or views.update [json-pointer:/trigger_id]"
        )
    return _exchange(workspace, trigger, workspace.views.open(trigger.user_id, content))


def views_push(workspace: Workspace, arguments: JsonObject) -> JsonObject:
    """Put a modal on top of the one that the person is in."""
    content = checked_view(arguments["view"], "modal")
    trigger = _trigger(workspace, arguments)
    if not trigger.in_modal:
        raise invalid("[ERROR] this trigger comes from no modal: use views.open [json-pointer:/trigger_id]")
    return _exchange(workspace, trigger, workspace.views.push(trigger.user_id, content))


def _trigger(workspace: Workspace, arguments: JsonObject) -> Trigger:
    return workspace.triggers.look(as_text(arguments["trigger_id"]))


def _exchange(workspace: Workspace, trigger: Trigger, view: View) -> JsonObject:
    trigger.used = True
    return _shown(workspace, view)


def views_update(workspace: Workspace, arguments: JsonObject) -> JsonObject:
    """Redraw a modal that is open, or a home."""
    view_id, external_id = as_text(arguments.get("view_id")), as_text(arguments.get("external_id"))
    if bool(view_id) == bool(external_id):
        raise invalid("[ERROR] must have either view_id or external_id [json-pointer:/]")
    view = workspace.views.find(view_id) if view_id else workspace.views.by_external_id(external_id)
    content = checked_view(arguments["view"], view.type if view else "modal")
    if view is None:
        raise ApiError("not_found")
    return _shown(workspace, workspace.views.update(view, content, as_text(arguments.get("hash"))))


def views_publish(workspace: Workspace, arguments: JsonObject) -> JsonObject:
    """Make or redraw a person's home."""
    content = checked_view(arguments["view"], "home")
    person = workspace.find_person(as_text(arguments["user_id"]))
    if person is None or person.team_id != workspace.installation.team_id:
        raise invalid("[ERROR] no such user [json-pointer:/user_id]")
    if not workspace.installation.home_tab:
        raise ApiError("not_enabled")
    view = workspace.views.publish(person.id, content, as_text(arguments.get("hash")))
    return _shown(workspace, view)
