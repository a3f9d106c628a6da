"""The web server: which address is answered by what, and how it listens. What Slack's requests mean is not known here."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

DRAIN_SECONDS = 10
BACKLOG = 2048

log: structlog.typing.FilteringBoundLogger = structlog.get_logger()

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


class ListenError(Exception):
    """The address cannot be listened on; the sentence says what to do."""


class Application(Protocol):
    """An ASGI application that is an object: a bare function would be taken for an endpoint that gets a Request."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""


def make_web(
    front: Application, ready: Callable[[], Awaitable[bool]], lifespan: Lifespan, *, more: Sequence[Route] = ()
) -> Starlette:
    """The application that is served.

    Shape: `/healthz` says that the process is up, `/readyz` that its database and keys answer; `more` is what else is there.
    """

    async def healthz(_: Request) -> PlainTextResponse:
        return PlainTextResponse("ok")

    async def readyz(_: Request) -> PlainTextResponse:
        try:
            is_ready = await ready()
        except Exception as error:  # noqa: BLE001 - a check that fails is an answer, and its text may hold a value
            log.error("web.not_ready", kind=type(error).__name__)
            is_ready = False
        return PlainTextResponse("ready" if is_ready else "not ready", 200 if is_ready else 503)

    routes = [
        Route("/slack/events", front, methods=["POST"]),
        Route("/healthz", healthz, methods=["GET"]),
        Route("/readyz", readyz, methods=["GET"]),
        *more,
    ]
    return Starlette(routes=routes, lifespan=lifespan)


def make_server(web: ASGIApp) -> uvicorn.Server:
    """A server for `listen()`'s socket; it names no software, logs no request and leaves logging to bot.logs."""
    config = uvicorn.Config(
        web,
        loop="auto",
        http="auto",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    return uvicorn.Server(config)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 lets the system choose.

    Errors: ListenError. uvicorn would only log why, and our log keeps no text of others.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError:
        raise ListenError(f"{host} is not an address of this machine: check NOTED_BIND.") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise ListenError(f"{host}:{port} is taken or not allowed: stop what uses it, or set NOTED_BIND.") from None
    return listener
