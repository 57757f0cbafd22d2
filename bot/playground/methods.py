"""Answer each Slack Web API method from the state of the workspace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.playground.modals import View, in_words
from bot.playground.payloads import Payloads
from bot.playground.values import Json, Message, SlackError
from bot.playground.workspace import Workspace


@dataclass(frozen=True)
class Call:
    """Give a method what it may look at: the workspace, how it is shown, what the token allows."""

    workspace: Workspace
    payloads: Payloads
    scopes: frozenset[str]
    url: str
    socket_url: Callable[[], str]

    def need(self, *scopes: str) -> None:
        """Raise `missing_scope` unless the token has one of these scopes."""
        if not self.scopes & set(scopes):
            raise missing_scope(scopes[0], self.scopes)


Method = Callable[[Call, Json], Json]


def missing_scope(needed: str, provided: frozenset[str]) -> SlackError:
    """Return the refusal for a token without the scope that a method needs."""
    return SlackError("missing_scope", needed=needed, provided=",".join(sorted(provided)))


def _argument(body: Json, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        words = in_words([(f"/{name}", f"missing required field: {name}")])
        raise SlackError("invalid_arguments", response_metadata={"messages": words})
    return value


def _is_true(body: Json, name: str) -> bool:
    return str(body.get(name, "")).lower() in ("true", "1")


def _whole(body: Json, name: str, default: int, most: int) -> int:
    try:
        return max(1, min(most, int(body.get(name) or default)))
    except ValueError:
        raise SlackError("invalid_arguments") from None


def _conversation(call: Call, body: Json, name: str = "channel") -> str:
    """Return the id of a conversation that the bot may know of."""
    ws, given = call.workspace, str(body.get(name) or "")
    if ws.dm_person(given):
        return given
    channel = ws.channels.get(given)
    if channel is None or (channel.private and not channel.bot_is_member):
        raise SlackError("channel_not_found")
    return given


def _place_to_post(call: Call, body: Json) -> str:
    ws, given = call.workspace, str(body.get("channel") or "")
    person = ws.people.get(given)
    if person is not None:
        if person.deleted or person.is_bot:
            raise SlackError("channel_not_found")
        given = ws.dm_of(given)
    by_name = next((c.id for c in ws.channels.values() if given in (c.name, f"#{c.name}")), given)
    target = _conversation(call, {"channel": by_name})
    owner = ws.dm_person(target)
    if owner is not None:
        if ws.person(owner).deleted:
            raise SlackError("is_inactive")
        return target
    if ws.channels[target].archived:
        raise SlackError("is_archived")
    if not ws.channels[target].bot_is_member and "chat:write.public" not in call.scopes:
        raise SlackError("not_in_channel")
    return target


def auth_test(call: Call, _: Json) -> Json:
    """Say who the token belongs to."""
    ws = call.workspace
    return {
        "url": f"{call.url}/",
        "team": ws.company,
        "user": ws.bot_name,
        "team_id": ws.team_id,
        "user_id": ws.bot_user,
        "bot_id": ws.bot_id,
        "is_enterprise_install": False,
    }


def api_test(_: Call, body: Json) -> Json:
    """Echo the arguments."""
    if body.get("error"):
        raise SlackError(str(body["error"]))
    return {"args": body}


def connections_open(call: Call, _: Json) -> Json:
    """Return a fresh address for Socket Mode."""
    return {"url": call.socket_url()}


def bots_info(call: Call, _: Json) -> Json:
    """Describe the bot user."""
    ws = call.workspace
    bot = {"id": ws.bot_id, "app_id": ws.app_id, "name": ws.bot_name, "user_id": ws.bot_user, "deleted": False}
    return {"bot": bot}


def team_info(call: Call, _: Json) -> Json:
    """Describe the company."""
    ws = call.workspace
    return {"team": {"id": ws.team_id, "name": ws.company, "domain": ws.domain}}


def chat_post(call: Call, body: Json) -> Json:
    """Post a message as the bot."""
    target = _place_to_post(call, body)
    ws = call.workspace
    ws.check_message(body)
    message = ws.post(
        target,
        ws.bot_user,
        body.get("text") or "",
        body.get("blocks") or [],
        by_bot=True,
        thread_ts=body.get("thread_ts"),
        metadata=body.get("metadata"),
    )
    return {"channel": target, "ts": message.ts, "message": call.payloads.message(message)}


def chat_post_ephemeral(call: Call, body: Json) -> Json:
    """Post a message that one person sees until they reload."""
    target = _place_to_post(call, body)
    ws, user = call.workspace, _argument(body, "user")
    if user not in ws.people or not ws.is_in(user, target):
        raise SlackError("user_not_in_channel")
    ws.check_message(body)
    text, blocks = body.get("text") or "", body.get("blocks") or []
    return {"message_ts": ws.post(target, ws.bot_user, text, blocks, by_bot=True, visible_to=user).ts}


def _own_message(call: Call, body: Json, refusal: str) -> Message:
    message = call.workspace.message(_conversation(call, body), _argument(body, "ts"))
    if message is None or message.ephemeral:
        raise SlackError("message_not_found")
    if not message.by_bot:
        raise SlackError(refusal)
    return message


def chat_update(call: Call, body: Json) -> Json:
    """Change one of the bot's messages; what is not given stays, except that new text drops old blocks."""
    message = _own_message(call, body, "cant_update_message")
    call.workspace.check_message(body)
    changes: Json = {"text": body.get("text") or message.text, "blocks": body.get("blocks") or []}
    if body.get("metadata") is not None:
        changes["metadata"] = body["metadata"]
    changed = call.workspace.edit(message, **changes)
    shown = call.payloads.message(changed)
    return {"channel": changed.channel, "ts": changed.ts, "text": changed.text, "message": shown}


def chat_delete(call: Call, body: Json) -> Json:
    """Delete one of the bot's messages."""
    message = _own_message(call, body, "cant_delete_message")
    call.workspace.remove(message)
    return {"channel": message.channel, "ts": message.ts}


def chat_permalink(call: Call, body: Json) -> Json:
    """Return a link to a message."""
    channel, ts = _conversation(call, body), body.get("message_ts")
    if call.workspace.message(channel, ts) is None:
        raise SlackError("message_not_found")
    return {"channel": channel, "permalink": f"{call.url}/archives/{channel}/p{str(ts).replace('.', '')}"}


def conversations_open(call: Call, body: Json) -> Json:
    """Open direct messages with one person."""
    given = body.get("users") or ""
    users = given if isinstance(given, list) else [one for one in str(given).split(",") if one]
    if len(users) != 1:
        raise SlackError("not_enough_users" if not users else "method_not_supported_for_channel_type")
    person = call.workspace.people.get(users[0])
    if person is None or person.is_bot:
        raise SlackError("user_not_found")
    if person.deleted:
        raise SlackError("user_disabled")
    return {"channel": {"id": call.workspace.dm_of(person.id)}}


def _need_read(call: Call, channel: str, verb: str) -> None:
    ws = call.workspace
    if ws.dm_person(channel):
        call.need(f"im:{verb}")
    else:
        call.need(f"groups:{verb}" if ws.channels[channel].private else f"channels:{verb}")


def conversations_info(call: Call, body: Json) -> Json:
    """Describe one conversation."""
    channel = _conversation(call, body)
    _need_read(call, channel, "read")
    return {"channel": call.payloads.channel(channel)}


def conversations_list(call: Call, body: Json) -> Json:
    """List the channels the bot may see."""
    wanted = str(body.get("types") or "public_channel").split(",")
    shown = []
    for channel in call.workspace.channels.values():
        kind = "private_channel" if channel.private else "public_channel"
        if kind in wanted and not (channel.archived and _is_true(body, "exclude_archived")):
            _need_read(call, channel.id, "read")
            if channel.bot_is_member or not channel.private:
                shown.append(call.payloads.channel(channel.id))
    return {"channels": shown, "response_metadata": {"next_cursor": ""}}


def conversations_members(call: Call, body: Json) -> Json:
    """List who is in a conversation."""
    channel = _conversation(call, body)
    _need_read(call, channel, "read")
    members, cursor = _page(call.workspace.members(channel), body)
    return {"members": members, "response_metadata": {"next_cursor": cursor}}


def _page(everything: list[str], body: Json) -> tuple[list[str], str]:
    start, size = int(str(body.get("cursor") or "0")), _whole(body, "limit", 100, 1000)
    rest = start + size
    return everything[start:rest], str(rest) if rest < len(everything) else ""


def _readable(call: Call, body: Json) -> list[Message]:
    channel = _conversation(call, body)
    _need_read(call, channel, "history")
    ws = call.workspace
    if not ws.dm_person(channel) and not ws.channels[channel].bot_is_member:
        raise SlackError("not_in_channel")
    return ws.history(channel)


def conversations_history(call: Call, body: Json) -> Json:
    """Return messages, newest first, without replies in threads."""
    kept = [m for m in _readable(call, body) if m.thread_ts in (None, m.ts)]
    return _history_page(call, body, list(reversed(kept)))


def conversations_replies(call: Call, body: Json) -> Json:
    """Return a message and its thread, oldest first."""
    root = _argument(body, "ts")
    kept = [m for m in _readable(call, body) if root in (m.ts, m.thread_ts)]
    if not kept:
        raise SlackError("thread_not_found")
    return _history_page(call, body, kept)


def _history_page(call: Call, body: Json, found: list[Message]) -> Json:
    oldest, latest = str(body.get("oldest") or "0"), str(body.get("latest") or "9" * 17)
    inclusive = _is_true(body, "inclusive")
    low, high = float(oldest), float(latest)
    inside = [m for m in found if low < float(m.ts) < high or (inclusive and (m.ts in (oldest, latest)))]
    start, size = int(str(body.get("cursor") or "0")), _whole(body, "limit", 100, 999)
    rest = start + size
    with_metadata = _is_true(body, "include_all_metadata")
    more = rest < len(inside)
    page = [call.payloads.message(m, with_metadata) for m in inside[start:rest]]
    answer: Json = {"messages": page, "has_more": more}
    return answer | ({"response_metadata": {"next_cursor": str(rest)}} if more else {})


def users_info(call: Call, body: Json) -> Json:
    """Describe one person."""
    user = str(body.get("user") or "")
    if user not in call.workspace.people:
        raise SlackError("user_not_found")
    return {"user": call.payloads.user(user)}


def users_list(call: Call, body: Json) -> Json:
    """List everyone."""
    ids, cursor = _page(list(call.workspace.people), body)
    shown = [call.payloads.user(one) for one in ids]
    return {"members": shown, "cache_ts": 0, "response_metadata": {"next_cursor": cursor}}


def _shown(call: Call, view: View) -> Json:
    return {"view": call.workspace.modals.payload(view)}


def views_open(call: Call, body: Json) -> Json:
    """Open a modal."""
    return _shown(call, call.workspace.modals.open(body.get("trigger_id"), body.get("view")))


def views_push(call: Call, body: Json) -> Json:
    """Put a modal on top of another."""
    return _shown(call, call.workspace.modals.push(body.get("trigger_id"), body.get("view")))


def views_update(call: Call, body: Json) -> Json:
    """Change a view that is open."""
    found = (body.get("view_id"), body.get("external_id"))
    return _shown(call, call.workspace.modals.update(*found, body.get("view"), body.get("hash")))


def views_publish(call: Call, body: Json) -> Json:
    """Show a Home view to one person."""
    ws, user = call.workspace, _argument(body, "user_id")
    if user not in ws.people or ws.person(user).deleted:
        raise SlackError("user_not_found")
    if not ws.manifest.get("features", {}).get("app_home", {}).get("home_tab_enabled"):
        raise SlackError("not_enabled")
    return _shown(call, ws.modals.publish(user, body.get("view"), body.get("hash")))


def reactions_add(call: Call, body: Json) -> Json:
    """Accept a reaction; the stand-in does not show it."""
    if call.workspace.message(_conversation(call, body), body.get("timestamp")) is None:
        raise SlackError("message_not_found")
    return {}


METHODS: Final[dict[str, tuple[Method, str | None]]] = {
    "api.test": (api_test, None),
    "auth.test": (auth_test, None),
    "bots.info": (bots_info, "users:read"),
    "team.info": (team_info, "team:read"),
    "chat.postMessage": (chat_post, "chat:write"),
    "chat.postEphemeral": (chat_post_ephemeral, "chat:write"),
    "chat.update": (chat_update, "chat:write"),
    "chat.delete": (chat_delete, "chat:write"),
    "chat.getPermalink": (chat_permalink, None),
    "conversations.open": (conversations_open, "im:write"),
    "conversations.info": (conversations_info, None),
    "conversations.list": (conversations_list, None),
    "conversations.members": (conversations_members, None),
    "conversations.history": (conversations_history, None),
    "conversations.replies": (conversations_replies, None),
    "users.info": (users_info, "users:read"),
    "users.list": (users_list, "users:read"),
    "views.open": (views_open, None),
    "views.push": (views_push, None),
    "views.update": (views_update, None),
    "views.publish": (views_publish, None),
    "reactions.add": (reactions_add, "reactions:write"),
}
"""Every method of the stand-in, with the scope it needs whatever it is asked."""

APP_TOKEN_METHODS: Final[dict[str, Method]] = {"apps.connections.open": connections_open}
