"""One person at a Slack client: what they can do, and what they see. Tests use it, and the page through page_api."""

from __future__ import annotations

import copy
from collections.abc import Mapping

from sandbox import answers, payloads
from sandbox.answers import Submission
from sandbox.conversations import Message, Notice
from sandbox.delivery import Courier
from sandbox.elements import EXTERNAL, choices
from sandbox.journal import Delivery
from sandbox.shape import JsonObject, as_object, as_text, is_object
from sandbox.state import Field, RefusedError, Values, fields, merged, plain, unfinished
from sandbox.views import View
from sandbox.workspace import Workspace

_CLOSED = "This view is not open."
_NOT_ON_TOP = "This view is not the one on top."


class Driver:
    """A person of the stand-in.

    Shape: `state` is {block_id: Slack's own state, or a plain value} (see state.merged); what is left out stays as it
    stands in the view. `check=False` sends what Slack's client never would, to see what the app makes of a forgery.
    Errors: RefusedError for what Slack's client does not do; nothing is sent then.
    """

    def __init__(self, workspace: Workspace, courier: Courier, user_id: str) -> None:
        self._workspace = workspace
        self._courier = courier
        self.person = workspace.person(user_id)
        self.user_id = user_id

    @property
    def home(self) -> JsonObject | None:
        """The person's App Home as it was last published."""
        view = self._workspace.views.home(self.user_id)
        return copy.deepcopy(self._workspace.views.payload(view)) if view else None

    @property
    def modals(self) -> list[JsonObject]:
        """The open modals, the lowest first."""
        return copy.deepcopy(self._workspace.modal_payloads(self.user_id))

    @property
    def modal(self) -> JsonObject:
        """The modal on top.

        Errors: RefusedError when none is open.
        """
        if not self.modals:
            raise RefusedError("No modal is open.")
        return self.modals[-1]

    @property
    def dms(self) -> list[Message]:
        """The messages that the app wrote to this person, oldest first."""
        return self._workspace.conversations.in_channel(self._workspace.conversations.dm_id(self.user_id))

    @property
    def ephemerals(self) -> list[Message]:
        """The messages that only this person sees, oldest first."""
        return self._workspace.conversations.ephemerals(self.user_id)

    @property
    def notices(self) -> list[Notice]:
        """The lines outside any view: ephemeral messages and Slack's own errors."""
        return self._workspace.conversations.notices(self.user_id)

    def typed(self, view_id: str) -> Values:
        """What stands in a view's fields, as far as the server knows."""
        view = self._workspace.views.find(view_id)
        return copy.deepcopy(view.values) if view else {}

    async def command(self, name: str, text: str = "", *, channel: str | None = None, check: bool = True) -> Delivery:
        """Type a slash command, by default in the direct message with the app."""
        if check:
            self._own_member()
            if name not in [command.get("command") for command in self._workspace.installation.commands]:
                raise RefusedError(f"{name} is not a valid command.")
        place = channel or self._workspace.conversations.dm_id(self.user_id)
        delivery = await self._courier.command(payloads.command(self._workspace, self.user_id, name, text, place))
        answers.settle_command(self._workspace, delivery, self.user_id, place, name)
        return delivery

    async def shortcut(self, callback_id: str, *, check: bool = True) -> Delivery:
        """Choose a global shortcut."""
        if check:
            self._own_member()
            self._interactive()
            if callback_id not in [one.get("callback_id") for one in self._workspace.installation.shortcuts]:
                raise RefusedError(f"There is no shortcut {callback_id}.")
        return await self._quiet(payloads.shortcut(self._workspace, self.user_id, callback_id))

    async def open_home(self, tab: str = "home") -> Delivery | None:
        """Open the app's home, or its messages; None when the app is not told of it."""
        self._own_member()
        if "app_home_opened" not in self._workspace.installation.events:
            return None
        channel = self._workspace.conversations.dm_id(self.user_id)
        content: JsonObject = {"type": "app_home_opened", "user": self.user_id, "channel": channel, "tab": tab}
        if tab == "home" and self.home is not None:
            content["view"] = self.home
        delivery = await self._courier.event(payloads.event(self._workspace, content))
        answers.settle_quiet(self._workspace, delivery)
        return delivery

    async def click(
        self,
        where: str | Message,
        block_id: str,
        action_id: str,
        value: object = None,
        state: Mapping[str, object] | None = None,
        *,
        check: bool = True,
    ) -> Delivery:
        """Press or change an element in a view (by its id) or in a message.

        Shape: value is None for a button, else what is chosen: plain, or with the fields of Slack's action.
        """
        if isinstance(where, Message):
            body = self._message_click(where, block_id, action_id, value, check=check)
        else:
            body = self._view_click(self._view(where, check=check), block_id, action_id, value, state, check=check)
        return await self._quiet(body)

    async def suggest(
        self,
        view_id: str,
        block_id: str,
        action_id: str,
        query: str = "",
        state: Mapping[str, object] | None = None,
        *,
        check: bool = True,
    ) -> JsonObject:
        """Type into the search of an external select.

        Shape: {"options": […]} or {"option_groups": […]}; empty when the app did not answer well.
        """
        view = self._view(view_id, check=check)
        _, element = self._element(view.content, block_id, action_id)
        if check:
            self._searchable(element, query)
        view.values = self._merged(view, state, check=check)
        body = payloads.suggestion(self._workspace, view, block_id, action_id, query)
        delivery = await self._courier.interaction(body)
        found, _ = answers.settle_suggestion(self._workspace, delivery)
        view.offer({(block_id, action_id): choices(found)})
        return found

    async def submit(
        self, view_id: str, state: Mapping[str, object] | None = None, *, check: bool = True
    ) -> Submission:
        """Press the modal's submit button."""
        view = self._view(view_id, check=check)
        values = self._merged(view, state, check=check)
        if check:
            if "submit" not in view.content:
                raise RefusedError("This view has no submit button.")
            errors = unfinished(view.content, values)
            if errors:
                raise RefusedError("; ".join(f"{block}: {why}" for block, why in errors.items()), errors)
        view.values = values
        delivery = await self._courier.interaction(payloads.submission(self._workspace, view))
        return answers.settle_submission(self._workspace, delivery, view)

    async def close(self, view_id: str, *, clear: bool = False) -> Delivery | None:
        """Press Close, or with clear the cross that closes the whole stack; None when the app is not told of it."""
        view = self._view(view_id, check=True)
        if view.type != "modal":
            raise RefusedError("A home cannot be closed.")
        cleared = clear or view.content.get("clear_on_close") is True
        told = self._workspace.views.stack(self.user_id)[0] if cleared else view
        body = payloads.closed(self._workspace, told, cleared=cleared)
        if cleared:
            self._workspace.views.close_all(self.user_id)
        else:
            self._workspace.views.close(view)
        self._workspace.watch.touch(self.user_id)
        return await self._quiet(body) if told.content.get("notify_on_close") is True else None

    async def _quiet(self, body: JsonObject) -> Delivery:
        delivery = await self._courier.interaction(body)
        answers.settle_quiet(self._workspace, delivery)
        self._workspace.watch.touch(self.user_id)
        return delivery

    def _view_click(
        self,
        view: View,
        block_id: str,
        action_id: str,
        value: object,
        state: Mapping[str, object] | None,
        *,
        check: bool,
    ) -> JsonObject:
        block, element = self._element(view.content, block_id, action_id)
        if check and block.get("type") == "input" and block.get("dispatch_action") is not True:
            raise RefusedError(f"The input {block_id} does not tell the app of changes.")
        held = self._chosen(block, element, value, view)
        own = (
            {block_id: {action_id: {"type": element.get("type"), **held}}}
            if _holds_value(view, block_id, action_id)
            else {}
        )
        view.values = self._merged(view, {**(state or {})}, check=check)
        if own:
            view.values = self._merged(view, own, check=check)
        return payloads.view_actions(self._workspace, view, block_id, element, held)

    def _message_click(
        self, message: Message, block_id: str, action_id: str, value: object, *, check: bool
    ) -> JsonObject:
        if check:
            self._interactive()
            reader = message.only_for or self._workspace.conversations.person_of(message.channel)
            if self.person.deleted or reader not in ("", self.user_id):
                raise RefusedError("This person does not see the message.")
        block, element = self._element({"blocks": message.blocks}, block_id, action_id)
        held = self._chosen(block, element, value, None)
        return payloads.message_actions(self._workspace, self.user_id, message, block_id, element, held)

    def _chosen(self, block: JsonObject, element: JsonObject, value: object, view: View | None) -> JsonObject:
        """The fields of the action that say what was chosen."""
        kind = element.get("type")
        if kind == "button":
            return {}
        if kind == "overflow":
            option = as_object(value).get("selected_option", value) if is_object(value) else value
            for offered in choices(element):
                if option in (offered, offered.get("value")):
                    return {"selected_option": offered}
            raise RefusedError("This line is not in the menu.")
        field = Field(block, element)
        if is_object(value) and field.holds in value:
            return {field.holds: value[field.holds]}
        return {field.holds: plain(field, value, view.offered if view else {})[field.holds]}

    def _merged(self, view: View, state: Mapping[str, object] | None, *, check: bool) -> Values:
        given = state or {}
        if check:
            return merged(view.content, view.values, given, view.offered)
        forged = {block_id: as_object(entry) for block_id, entry in given.items()}
        return {**view.values, **forged}

    def _view(self, view_id: str, *, check: bool) -> View:
        view = self._workspace.views.find(view_id)
        if view is None or view.user_id != self.user_id or (check and not view.is_open):
            raise RefusedError(_CLOSED)
        if check:
            self._interactive()
            if view.type == "modal" and self._workspace.views.stack(self.user_id)[-1] is not view:
                raise RefusedError(_NOT_ON_TOP)
        return view

    def _element(self, content: Mapping[str, object], block_id: str, action_id: str) -> tuple[JsonObject, JsonObject]:
        found = payloads.find_element(content.get("blocks"), block_id, action_id)
        if found is None:
            raise RefusedError(f"There is no element {action_id!r} in a block {block_id!r}.")
        return found

    def _searchable(self, element: JsonObject, query: str) -> None:
        if element.get("type") not in EXTERNAL:
            raise RefusedError(f"{as_text(element.get('type'))} has no search.")
        least = element.get("min_query_length", 3)
        if isinstance(least, int) and len(query) < least:
            raise RefusedError(f"The search begins at {least} characters.")
        if not self._workspace.installation.answers_searches:
            raise RefusedError(
                "The manifest has no settings.interactivity.message_menu_options_url: Slack asks nobody."
            )

    def _own_member(self) -> None:
        foreign = self.person.team_id != self._workspace.installation.team_id
        if self.person.deleted or self.person.is_stranger or foreign:
            raise RefusedError("This person is no active member of the workspace.")

    def _interactive(self) -> None:
        if not self._workspace.installation.is_interactive:
            raise RefusedError("The manifest does not switch settings.interactivity on.")


def _holds_value(view: View, block_id: str, action_id: str) -> bool:
    """Whether the element is a field; a button beside a select is none."""
    return any((field.block_id, field.action_id) == (block_id, action_id) for field in fields(view.content))
