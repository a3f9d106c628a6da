"""The stand-in as a whole: one Sandbox is one Slack workspace with one app in it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncGenerator, Callable

from starlette.applications import Starlette

from sandbox import answers, payloads, web_api
from sandbox.delivery import ACK_SECONDS, Courier
from sandbox.driver import Driver
from sandbox.faults import Faults
from sandbox.journal import Delivery, Journal
from sandbox.page_api import PageApi
from sandbox.people_methods import user_object
from sandbox.serve import serve
from sandbox.shape import JsonObject
from sandbox.workspace import Workspace
from sandbox.world import Installation, Person


class Sandbox:
    """A stand-in for Slack.

    Units: clock is in seconds since 1970 and rules triggers, response_urls, messages and, unless signing_clock is
    given, signatures. ack_seconds is always real time.
    """

    def __init__(
        self,
        installation: Installation,
        clock: Callable[[], float] = time.time,
        *,
        ack_seconds: float = ACK_SECONDS,
        signing_clock: Callable[[], float] | None = None,
    ) -> None:
        self.workspace = Workspace(installation, clock)
        self.courier = Courier(self.workspace, ack_seconds, signing_clock or clock)
        page = PageApi(self.workspace, self.person)
        self.asgi = Starlette(routes=[*web_api.routes(self.workspace), *page.routes()], lifespan=self._lifespan)

    @property
    def installation(self) -> Installation:
        """The workspace and the app in it."""
        return self.workspace.installation

    @property
    def journal(self) -> Journal:
        """Everything that the app sent; its deliveries are what was sent to the app."""
        return self.workspace.journal

    @property
    def faults(self) -> Faults:
        """Trouble for the next calls."""
        return self.workspace.faults

    @property
    def base_url(self) -> str:
        """Where the stand-in is served, without a slash at the end."""
        return self.workspace.base_url

    @base_url.setter
    def base_url(self, url: str) -> None:
        self.workspace.base_url = url.rstrip("/")

    def person(self, user_id: str) -> Driver:
        """Be someone.

        Errors: KeyError for nobody.
        """
        return Driver(self.workspace, self.courier, user_id)

    @contextlib.asynccontextmanager
    async def serving(self, host: str = "127.0.0.1", port: int = 0) -> AsyncGenerator[str]:
        """Serve the stand-in in the running event loop; yields its base URL, whose Web API is at /api/."""
        async with serve(self.asgi, host, port, stopping=self.workspace.watch.end) as url:
            self.base_url = url
            self.workspace.watch.ended = False
            yield url

    async def change(self, user_id: str, **changes: object) -> Delivery | None:
        """Change a person, such as deleted=True, and tell the app by user_change; None when it does not listen.

        Errors: AttributeError for what a person does not have.
        """
        person = self.workspace.person(user_id)
        for name, value in changes.items():
            getattr(person, name)
            setattr(person, name, value)
        return await self.event({"type": "user_change", "user": user_object(self.workspace, person)})

    async def join(self, person: Person) -> Delivery | None:
        """Take a new person in and tell the app by team_join; None when it does not listen."""
        person.team_id = person.team_id or self.installation.team_id
        self.installation.people = [*self.installation.people, person]
        return await self.event({"type": "team_join", "user": user_object(self.workspace, person)})

    async def event(self, content: JsonObject) -> Delivery | None:
        """Send an event that the manifest subscribes to; None when it does not."""
        if content.get("type") not in self.installation.events:
            return None
        delivery = await self.courier.event(payloads.event(self.workspace, content))
        answers.settle_quiet(self.workspace, delivery)
        return delivery

    async def close(self) -> None:
        """Let watchers go and close the connections to the app."""
        self.workspace.watch.end()
        await self.courier.close()

    @contextlib.asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncGenerator[None]:
        yield
        await self.close()
