"""Serving an ASGI app on loopback inside the running event loop, for the demo and the tests."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Callable, Generator

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sandbox.web_api import HANG_UP

GRACE_SECONDS = 3.0


class _Protocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, with the means to close a connection without an answer."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self.app_state = {**self.app_state, HANG_UP: transport.abort}
            super().connection_made(transport)


class _Server(uvicorn.Server):
    """A server that leaves the signals to whoever owns the event loop, and starts and stops without pauses."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stop = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.stop.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for listener in sockets or ():
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._last_answers(), GRACE_SECONDS)
        for task in self.server_state.tasks:
            task.cancel()
        await self.lifespan.shutdown()

    async def _last_answers(self) -> None:
        while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110 - uvicorn has no event for its last one
            await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def serve(
    asgi: ASGIApp, host: str = "127.0.0.1", port: int = 0, *, stopping: Callable[[], None] | None = None
) -> AsyncGenerator[str]:
    """A running server; yields its base URL without a slash at the end.

    Shape: port 0 takes any free port. stopping is called before the server waits for its last answers, so that
    endless ones can end.
    Errors: OSError when the port is taken.
    """
    listener = _listener(host, port)
    config = uvicorn.Config(asgi, log_config=None, access_log=False, http=_Protocol, ws="none")
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await _until_started(server, running)
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        if stopping is not None:
            stopping()
        server.stop.set()
        await running


def _listener(host: str, port: int) -> socket.socket:
    # With the protocol left at 0, asyncio does not switch Nagle's algorithm off, and every answer waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


async def _until_started(server: uvicorn.Server, running: asyncio.Task[None]) -> None:
    # uvicorn has no event for "started"; it sets a flag, at most a few turns of the loop from now.
    while not server.started:
        if running.done():
            await running
            raise RuntimeError("The server did not start; its lifespan failed.")
        await asyncio.sleep(0.005)
