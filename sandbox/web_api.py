"""The Web API over HTTP: reading arguments and tokens as Slack does, and answering, or failing as asked."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from sandbox.chat_methods import respond
from sandbox.faults import Fault
from sandbox.methods import Outcome, call
from sandbox.shape import JsonObject, as_object, as_text, is_object
from sandbox.views import ApiError
from sandbox.workspace import Workspace

HANG_UP = "hang_up"
_JSON_ARGUMENTS = ("view", "blocks", "metadata")


class HangUp(Response):
    """Closes the connection without a word; the server that runs the stand-in lends the means (see serve)."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Close the connection, then wait until it is closed."""
        scope["state"][HANG_UP]()
        while (await receive())["type"] != "http.disconnect":
            pass


async def _arguments(request: Request) -> JsonObject:
    """The arguments of a call, from the query, a form or a JSON body.

    Errors: ApiError invalid_json, json_not_object.
    """
    arguments: JsonObject = dict(request.query_params)
    if request.headers.get("content-type", "").startswith("application/json"):
        arguments.update(await _json_body(request))
    else:
        form = (await request.body()).decode("utf-8", "replace")
        arguments.update(parse_qsl(form, keep_blank_values=True))
        for name in _JSON_ARGUMENTS:
            if isinstance(arguments.get(name), str):
                arguments[name] = _parsed(as_text(arguments[name]))
    return arguments


async def _json_body(request: Request) -> JsonObject:
    body = _parsed((await request.body()).decode("utf-8", "replace") or "{}")
    if not is_object(body):
        raise ApiError("json_not_object")
    return as_object(body)


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        raise ApiError("invalid_json") from None


def _token(request: Request, arguments: JsonObject) -> str:
    in_arguments = as_text(arguments.pop("token", ""))
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else in_arguments


def _response(workspace: Workspace, outcome: Outcome) -> Response:
    fault = outcome.fault
    if fault is None or fault.kind == "refused":
        scopes = ",".join(workspace.installation.scopes)
        return JSONResponse(outcome.response, headers={"x-oauth-scopes": scopes})
    return _troubled(fault)


def _troubled(fault: Fault) -> Response:
    if fault.hangs_up:
        return HangUp()
    if fault.kind == "rate_limited":
        return JSONResponse(fault.response, status_code=429, headers={"retry-after": str(fault.retry_after)})
    media_type = "text/html" if fault.kind == "server_error" else "application/json"
    return Response(fault.body, status_code=fault.status, media_type=media_type)


def routes(workspace: Workspace) -> list[Route]:
    """The routes of the Web API and of the response_urls."""

    async def api(request: Request) -> Response:
        name = request.path_params["method"]
        try:
            arguments = await _arguments(request)
        except ApiError as error:
            response: JsonObject = {"ok": False, "error": error.error}
            workspace.note(name, {}, response)
            return JSONResponse(response)
        token = _token(request, arguments)
        return _response(workspace, call(workspace, name, arguments, token))

    async def response_url(request: Request) -> Response:
        return await _respond(workspace, request)

    posts: list[tuple[str, Callable[[Request], Awaitable[Response]], list[str]]] = [
        ("/api/{method}", api, ["GET", "POST"]),
        ("/response/{secret}", response_url, ["POST"]),
    ]
    return [Route(path, endpoint, methods=methods) for path, endpoint, methods in posts]


async def _respond(workspace: Workspace, request: Request) -> Response:
    fault = workspace.faults.take("response_url")
    arguments: JsonObject = {}
    try:
        arguments = await _json_body(request)
        if fault is None or fault.happens_after:
            respond(workspace, request.path_params["secret"], arguments)
    except ApiError as error:
        workspace.note("response_url", arguments, {"ok": False, "error": error.error, **error.beside})
        return JSONResponse({"ok": False, "error": error.error}, status_code=404)
    done = fault is None or fault.happens_after
    workspace.note("response_url", arguments, {"ok": done}, fault.kind if fault else "")
    return _troubled(fault) if fault and fault.kind != "refused" else PlainTextResponse("ok" if done else "no")
