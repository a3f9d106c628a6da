"""The Web API: which methods there are, what each takes and needs, and the order in which Slack refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox import chat_methods, people_methods, view_methods
from sandbox.faults import Fault
from sandbox.shape import JsonObject
from sandbox.views import ApiError, invalid
from sandbox.workspace import Workspace


@dataclass(frozen=True)
class Method:
    """One method: what runs, the scopes it needs, and its arguments."""

    run: Callable[[Workspace, JsonObject], JsonObject]
    scopes: tuple[str, ...] = ()
    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()


_WRITE = ("chat:write",)
_LAYOUT = frozenset({"blocks", "mrkdwn", "unfurl_links", "unfurl_media", "parse", "link_names", "metadata"})

# Bolt's clients send the workspace's id with every call.
_ALWAYS = frozenset({"team_id"})

METHODS: dict[str, Method] = {
    "auth.test": Method(people_methods.auth_test),
    "views.open": Method(view_methods.views_open, (), frozenset({"trigger_id", "view"})),
    "views.push": Method(view_methods.views_push, (), frozenset({"trigger_id", "view"})),
    "views.update": Method(
        view_methods.views_update, (), frozenset({"view"}), frozenset({"view_id", "external_id", "hash"})
    ),
    "views.publish": Method(view_methods.views_publish, (), frozenset({"user_id", "view"}), frozenset({"hash"})),
    "chat.postMessage": Method(
        chat_methods.chat_post_message, _WRITE, frozenset({"channel"}), _LAYOUT | {"text", "client_msg_id"}
    ),
    "chat.postEphemeral": Method(
        chat_methods.chat_post_ephemeral, _WRITE, frozenset({"channel", "user"}), _LAYOUT | {"text"}
    ),
    "chat.update": Method(chat_methods.chat_update, _WRITE, frozenset({"channel", "ts"}), _LAYOUT | {"text"}),
    "conversations.open": Method(
        people_methods.conversations_open, ("im:write",), frozenset({"users"}), frozenset({"return_im"})
    ),
    "users.info": Method(
        people_methods.users_info, ("users:read",), frozenset({"user"}), frozenset({"include_locale"})
    ),
    "users.list": Method(
        people_methods.users_list,
        ("users:read",),
        frozenset(),
        frozenset({"cursor", "limit", "include_locale"}),
    ),
    "users.lookupByEmail": Method(
        people_methods.users_lookup_by_email, ("users:read", "users:read.email"), frozenset({"email"})
    ),
}


@dataclass(frozen=True)
class Outcome:
    """What one call comes to: the answer, and the trouble that the answer meets on its way."""

    response: JsonObject
    fault: Fault | None = None


def call(workspace: Workspace, name: str, arguments: JsonObject, token: str) -> Outcome:
    """Carry out one call and write it into the journal."""
    fault = workspace.faults.take(name)
    if fault is not None and not fault.happens_after:
        response = fault.response
    else:
        response = _answered(workspace, name, arguments, token)
    workspace.note(name, arguments, response, fault.kind if fault else "")
    return Outcome(response, fault)


def _answered(workspace: Workspace, name: str, arguments: JsonObject, token: str) -> JsonObject:
    try:
        method = _allowed(workspace, name, arguments, token)
        return {"ok": True, **method.run(workspace, arguments)}
    except ApiError as error:
        return {"ok": False, "error": error.error, **error.beside}


def _allowed(workspace: Workspace, name: str, arguments: JsonObject, token: str) -> Method:
    """The method, if this token may call it with these arguments."""
    if not token:
        raise ApiError("not_authed")
    if token != workspace.installation.bot_token:
        raise ApiError("invalid_auth")
    method = METHODS.get(name)
    if method is None:
        raise ApiError("unknown_method", req_method=name)
    provided = workspace.installation.scopes
    for scope in method.scopes:
        if scope not in provided:
            raise ApiError("missing_scope", needed=scope, provided=",".join(provided))
    problems = [f"missing required field: {one}" for one in sorted(method.required - set(arguments))]
    unknown = sorted(set(arguments) - method.required - method.optional - _ALWAYS)
    problems += [f"unknown argument: {one}" for one in unknown]
    if problems:
        raise invalid(*(f"[ERROR] {problem} [json-pointer:/]" for problem in problems))
    return method
