"""All that the stand-in knows, in one place: the world, the views, the messages, the journal, and who is watching."""

from __future__ import annotations

import asyncio
import copy
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

from sandbox.conversations import Conversations, Message
from sandbox.faults import Faults
from sandbox.journal import Call, Journal
from sandbox.mrkdwn import tokens_of
from sandbox.shape import JsonObject, as_list, as_object, as_text
from sandbox.views import ApiError, Triggers, Views
from sandbox.world import Channel, Installation, Person

RESPONSE_URL_USES = 5
RESPONSE_URL_SECONDS = 30 * 60


@dataclass
class ResponseUrl:
    """An address that the app may answer to a few times."""

    user_id: str
    channel: str
    made_at: float
    message: Message | None = None
    uses: int = 0


class Watch:
    """Who has to look again. Each person has a number that rises with every change."""

    def __init__(self) -> None:
        self.revisions: dict[str, int] = {}
        self.ended = False
        self._changed: set[asyncio.Event] = set()

    def touch(self, *user_ids: str) -> None:
        """Something changed for these people."""
        for user_id in user_ids:
            self.revisions[user_id] = self.revisions.get(user_id, 0) + 1
        self._wake()

    def end(self) -> None:
        """Let every watcher go, for the server to stop."""
        self.ended = True
        self._wake()

    async def follow(self, user_id: str) -> AsyncIterator[int]:
        """A person's number at once and after each change, until the end."""
        changed = asyncio.Event()
        self._changed.add(changed)
        seen = -1
        try:
            while not self.ended:
                now = self.revisions.get(user_id, 0)
                if now != seen:
                    seen = now
                    yield now
                    continue
                changed.clear()
                await changed.wait()
        finally:
            self._changed.discard(changed)

    def _wake(self) -> None:
        for changed in self._changed:
            changed.set()


class Workspace:
    """The state of the stand-in; everything else reads and writes here.

    Units: clock gives seconds since 1970 and decides the age of triggers, response_urls and messages.
    """

    def __init__(self, installation: Installation, clock: Callable[[], float]) -> None:
        self.installation = installation
        self.clock = clock
        self.base_url = ""
        self.journal = Journal()
        self.faults = Faults()
        self.views = Views(installation, clock)
        self.triggers = Triggers(clock)
        self.conversations = Conversations(installation, clock)
        self.watch = Watch()
        self.response_urls: dict[str, ResponseUrl] = {}

    def person(self, user_id: str) -> Person:
        """Someone by id.

        Errors: KeyError for nobody.
        """
        found = self.find_person(user_id)
        if found is None:
            raise KeyError(f"nobody has the id {user_id}")
        return found

    def find_person(self, user_id: str) -> Person | None:
        """Someone by id, or None."""
        return next((p for p in self.installation.people if p.id == user_id), None)

    def channel(self, channel_id: str) -> Channel | None:
        """A channel by id, or None."""
        return next((c for c in self.installation.channels if c.id == channel_id), None)

    def touch_readers(self, channel_id: str) -> None:
        """Something changed in a channel or a direct message."""
        reader = self.conversations.person_of(channel_id)
        self.watch.touch(*([reader] if reader else [person.id for person in self.installation.people]))

    def note(
        self, method: str, arguments: Mapping[str, object], response: Mapping[str, object], fault: str = ""
    ) -> None:
        """Write one call into the journal, as it was at this moment."""
        kept = copy.deepcopy(dict(arguments))
        blocks = as_list(kept.get("blocks")) or as_list(as_object(kept.get("view")).get("blocks"))
        found = tokens_of(as_text(kept.get("text")), blocks)
        self.journal.append(Call(method, kept, copy.deepcopy(dict(response)), self.clock(), found, fault))

    def new_response_url(self, user_id: str, channel: str, message: Message | None = None) -> str:
        """An address for the app to answer to: five times, for thirty minutes."""
        if not self.base_url:
            raise RuntimeError("The stand-in does not know its own address: use Sandbox.serving, or set base_url.")
        secret = secrets.token_urlsafe(18)
        self.response_urls[secret] = ResponseUrl(user_id, channel, self.clock(), message)
        return f"{self.base_url}/response/{secret}"

    def use_response_url(self, secret: str) -> ResponseUrl:
        """Take one of the uses of an address.

        Errors: ApiError no_such_url, expired_url, used_url.
        """
        url = self.response_urls.get(secret)
        if url is None:
            raise ApiError("no_such_url")
        if self.clock() - url.made_at > RESPONSE_URL_SECONDS:
            raise ApiError("expired_url")
        if url.uses >= RESPONSE_URL_USES:
            raise ApiError("used_url")
        url.uses += 1
        return url

    def modal_payloads(self, user_id: str) -> list[JsonObject]:
        """A person's modals as payloads, the lowest first."""
        return [self.views.payload(view) for view in self.views.stack(user_id)]
