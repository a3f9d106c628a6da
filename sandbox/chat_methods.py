"""The Web API methods of messages, and posts to a response_url."""

from __future__ import annotations

from sandbox.conversations import Message
from sandbox.limits import TEXT_OF_A_MESSAGE, check_message, with_block_ids
from sandbox.shape import JsonObject, as_objects, as_text, is_list, length
from sandbox.views import ApiError, invalid
from sandbox.workspace import Workspace


def checked_text(arguments: JsonObject) -> str:
    """The text of a message. Stricter than Slack: blocks alone are not enough, as notifications show the text.

    Errors: ApiError no_text, msg_too_long.
    """
    text = as_text(arguments.get("text"))
    if not text.strip():
        raise ApiError("no_text")
    if length(text) > TEXT_OF_A_MESSAGE:
        raise ApiError("msg_too_long")
    return text


def checked_blocks(arguments: JsonObject) -> list[JsonObject]:
    """The blocks of a message, none when there are none.

    Errors: ApiError invalid_blocks, with what is wrong.
    """
    blocks = arguments.get("blocks")
    if blocks is None:
        return []
    problems = check_message(blocks) if is_list(blocks) else ["[ERROR] must be an array [json-pointer:/blocks]"]
    if problems:
        raise ApiError("invalid_blocks", errors=problems, response_metadata={"messages": problems})
    return with_block_ids(as_objects(blocks))


def place(workspace: Workspace, channel: str) -> str:
    """The id of the conversation that a `channel` argument means; a person's id means the direct message.

    Errors: ApiError channel_not_found, not_in_channel, is_archived, messages_tab_disabled.
    """
    if channel.startswith(("U", "W")):
        return _direct(workspace, channel, "channel_not_found")
    reader = workspace.conversations.person_of(channel)
    if reader:
        return _direct(workspace, reader, "is_archived")
    known = workspace.channel(channel)
    if known is None:
        raise ApiError("channel_not_found")
    if not known.bot_is_member:
        raise ApiError("not_in_channel")
    return channel


def _direct(workspace: Workspace, user_id: str, when_deactivated: str) -> str:
    person = workspace.find_person(user_id)
    if person is None or person.is_bot:
        raise ApiError("channel_not_found")
    if person.deleted:
        raise ApiError(when_deactivated)
    if not workspace.installation.messages_tab:
        raise ApiError("messages_tab_disabled")
    return workspace.conversations.dm_id(user_id)


def _answer(message: Message) -> JsonObject:
    return {"channel": message.channel, "ts": message.ts, "message": message.shown()}


def chat_post_message(workspace: Workspace, arguments: JsonObject) -> JsonObject:
    """Write a message."""
    text, blocks = checked_text(arguments), checked_blocks(arguments)
    channel = place(workspace, as_text(arguments["channel"]))
    message = workspace.conversations.post(channel, text, blocks)
    workspace.touch_readers(channel)
    return _answer(message)


def chat_post_ephemeral(workspace: Workspace, arguments: JsonObject) -> JsonObject:
    """Write a message that one person sees."""
    text, blocks = checked_text(arguments), checked_blocks(arguments)
    channel = place(workspace, as_text(arguments["channel"]))
    user = workspace.find_person(as_text(arguments["user"]))
    reader = workspace.conversations.person_of(channel)
    if user is None or user.deleted or reader not in ("", user.id):
        raise ApiError("user_not_in_channel")
    message = workspace.conversations.post(channel, text, blocks, only_for=user.id)
    workspace.watch.touch(user.id)
    return {"message_ts": message.ts}


def chat_update(workspace: Workspace, arguments: JsonObject) -> JsonObject:
    """Write a message again in its place. Text without blocks takes the old blocks away."""
    text, blocks = checked_text(arguments), checked_blocks(arguments)
    channel = as_text(arguments["channel"])
    if not workspace.conversations.person_of(channel) and workspace.channel(channel) is None:
        raise ApiError("channel_not_found")
    place(workspace, channel)
    message = workspace.conversations.find(channel, as_text(arguments["ts"]))
    if message is None or message.only_for:
        raise ApiError("message_not_found")
    message.text, message.blocks, message.edited = text, blocks, True
    workspace.touch_readers(channel)
    return {**_answer(message), "text": text}


RESPONSE_FIELDS = frozenset({"text", "blocks", "response_type", "replace_original", "delete_original"})


def respond(workspace: Workspace, secret: str, arguments: JsonObject) -> JsonObject:
    """Take a post to a response_url.

    Errors: ApiError no_such_url, expired_url, used_url, and those of a message.
    """
    url = workspace.use_response_url(secret)
    unknown = sorted(set(arguments) - RESPONSE_FIELDS)
    if unknown:
        raise invalid(*(f"[ERROR] unknown field: {name} [json-pointer:/{name}]" for name in unknown))
    if arguments.get("delete_original") is True and url.message:
        workspace.conversations.remove(url.message)
    elif arguments.get("replace_original") is True and url.message:
        url.message.text, url.message.blocks = checked_text(arguments), checked_blocks(arguments)
        url.message.edited = True
    else:
        say(workspace, url.user_id, url.channel, arguments)
    workspace.touch_readers(url.channel)
    return {}


def say(workspace: Workspace, user_id: str, channel: str, arguments: JsonObject) -> None:
    """Show what the app answers to a command: to the person alone, unless it says `in_channel`."""
    text, blocks = checked_text(arguments), checked_blocks(arguments)
    only_for = "" if arguments.get("response_type") == "in_channel" else user_id
    workspace.conversations.post(channel, text, blocks, only_for=only_for)
    workspace.touch_readers(channel)
    workspace.watch.touch(user_id)
