"""Build what Slack sends to an app when a person does something, field by field as Slack does."""

from __future__ import annotations

import secrets
import time
from zoneinfo import ZoneInfo

from bot.playground.inputs import Values, as_state
from bot.playground.modals import View, token
from bot.playground.values import Json, Message
from bot.playground.workspace import Workspace

VERIFICATION = "legacy-verification-token"


class Payloads:
    """Describe acts of people in one workspace; `base` is where response_urls lead."""

    def __init__(self, workspace: Workspace, base: str) -> None:
        self.workspace = workspace
        self.base = base

    def command(self, user: str, channel: str, command: str, text: str) -> Json:
        """Return the form fields of a slash command."""
        ws = self.workspace
        return {
            "token": VERIFICATION,
            "team_id": ws.team_id,
            "team_domain": ws.domain,
            "channel_id": channel,
            "channel_name": self._channel_name(channel),
            "user_id": user,
            "user_name": ws.person(user).name,
            "command": command,
            "text": text,
            "api_app_id": ws.app_id,
            "is_enterprise_install": "false",
            "response_url": self._response_url(user, channel, None, "commands"),
            "trigger_id": ws.modals.triggers.issue(user, from_modal=False),
        }

    def shortcut(self, user: str, callback_id: str) -> Json:
        """Return a global shortcut."""
        return self._common("shortcut", user) | {
            "action_ts": _action_ts(),
            "callback_id": callback_id,
            "trigger_id": self._trigger(user),
        }

    def message_action(self, user: str, callback_id: str, message: Message) -> Json:
        """Return a message shortcut."""
        return self._common("message_action", user) | {
            "action_ts": _action_ts(),
            "callback_id": callback_id,
            "trigger_id": self._trigger(user),
            "response_url": self._response_url(user, message.channel, None, "app"),
            "message_ts": message.ts,
            "channel": self._channel(message.channel),
            "message": self.message(message),
        }

    def view_submission(self, view: View) -> Json:
        """Return the submission of a modal as it stands."""
        return self._common("view_submission", view.user) | {
            "trigger_id": self._trigger(view.user, from_modal=True),
            "view": self.workspace.modals.payload(view),
            "response_urls": self._chosen_urls(view),
        }

    def view_closed(self, view: View, is_cleared: bool) -> Json:
        """Return the notice that a person closed a modal."""
        return self._common("view_closed", view.user) | {
            "view": self.workspace.modals.payload(view),
            "is_cleared": is_cleared,
        }

    def view_action(self, view: View, action: Json) -> Json:
        """Return a click or choice inside a modal or on the App Home; it names no channel."""
        return self._common("block_actions", view.user) | {
            "container": {"type": "view", "view_id": view.id},
            "trigger_id": self._trigger(view.user, from_modal=view.is_modal),
            "view": self.workspace.modals.payload(view),
            "actions": [action],
        }

    def message_block_action(self, user: str, message: Message, action: Json, values: Values) -> Json:
        """Return a click or choice in a message; an ephemeral message itself is not repeated."""
        body = self._common("block_actions", user) | {
            "container": {
                "type": "message",
                "message_ts": message.ts,
                "channel_id": message.channel,
                "is_ephemeral": message.ephemeral,
            },
            "trigger_id": self._trigger(user),
            "channel": self._channel(message.channel),
            "state": as_state(values),
            "response_url": self._response_url(user, message.channel, message, "actions"),
            "actions": [action],
        }
        if not message.ephemeral:
            body["message"] = self.message(message)
        return body

    def suggestion(self, user: str, block: Json, element: Json, text: str, view: View | None) -> Json:
        """Return the question for options that an external select asks while a person types."""
        body = self._common("block_suggestion", user) | {
            "action_id": element["action_id"],
            "block_id": block["block_id"],
            "value": text,
        }
        if view is None:
            return body | {"container": {"type": "message"}}
        container = {"type": "view", "view_id": view.id}
        return body | {"container": container, "view": self.workspace.modals.payload(view)}

    def event(self, event: Json) -> Json:
        """Return an Events API envelope."""
        ws = self.workspace
        bot = {"enterprise_id": None, "team_id": ws.team_id, "user_id": ws.bot_user, "is_bot": True}
        return {
            "token": VERIFICATION,
            "team_id": ws.team_id,
            "api_app_id": ws.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev{token(10)}",
            "event_time": int(ws.now().timestamp()),
            "authorizations": [bot | {"is_enterprise_install": False}],
            "is_ext_shared_channel": False,
        }

    def home_opened(self, user: str, tab: str) -> Json:
        """Return the event of a person opening the bot's Home or its messages."""
        ws = self.workspace
        event: Json = {
            "type": "app_home_opened",
            "user": user,
            "channel": ws.dm_of(user),
            "tab": tab,
            "event_ts": _action_ts(),
        }
        home = ws.modals.homes.get(user)
        if tab == "home" and home is not None:
            event["view"] = ws.modals.payload(home)
        return self.event(event)

    def message_event(self, message: Message, kind: str) -> Json:
        """Return the event of a plain message: `message` or `app_mention`."""
        ws = self.workspace
        event: Json = {
            "type": kind,
            "user": message.user,
            "text": message.text,
            "ts": message.ts,
            "team": ws.team_id,
            "channel": message.channel,
            "event_ts": message.ts,
        }
        if kind == "message":
            event["channel_type"] = self._channel_type(message.channel)
        return self.event(event)

    def user_change(self, user: str) -> Json:
        """Return the event of a changed member record."""
        return self.event({"type": "user_change", "user": self.user(user), "event_ts": _action_ts()})

    def user(self, person_id: str) -> Json:
        """Return a member record as `users.info` shows it."""
        ws = self.workspace
        person = ws.person(person_id)
        offset = ws.now().astimezone(ZoneInfo(person.tz)).utcoffset()
        return {
            "id": person.id,
            "team_id": ws.team_id,
            "name": person.name,
            "deleted": person.deleted,
            "real_name": person.real_name,
            "tz": person.tz,
            "tz_label": person.tz,
            "tz_offset": int(offset.total_seconds()) if offset else 0,
            "profile": {
                "title": person.title,
                "real_name": person.real_name,
                "display_name": person.name,
                "status_text": "",
                "status_emoji": person.status_emoji,
                "status_expiration": person.status_expiration,
            },
            "is_admin": False,
            "is_owner": False,
            "is_restricted": person.is_restricted,
            "is_ultra_restricted": False,
            "is_bot": person.is_bot,
            "is_app_user": False,
            "updated": 0,
        }

    def message(self, message: Message, with_metadata: bool = True) -> Json:
        """Return a message as the Web API shows it."""
        ws = self.workspace
        body: Json = {"type": "message", "user": message.user, "text": message.text, "ts": message.ts}
        body["team"] = ws.team_id
        if message.by_bot:
            body |= {"bot_id": ws.bot_id, "app_id": ws.app_id}
        if message.blocks:
            body["blocks"] = message.blocks
        if message.thread_ts:
            body["thread_ts"] = message.thread_ts
        if message.edited:
            body["edited"] = {"user": ws.bot_user, "ts": message.ts}
        if message.metadata and with_metadata:
            body["metadata"] = message.metadata
        return body

    def channel(self, channel_id: str) -> Json:
        """Return a conversation as `conversations.info` shows it."""
        ws = self.workspace
        person = ws.dm_person(channel_id)
        if person is not None:
            return {"id": channel_id, "is_im": True, "user": person, "is_archived": False, "is_org_shared": False}
        channel = ws.channels[channel_id]
        return {
            "id": channel.id,
            "name": channel.name,
            "name_normalized": channel.name,
            "is_channel": not channel.private,
            "is_group": channel.private,
            "is_im": False,
            "is_mpim": False,
            "is_private": channel.private,
            "is_archived": channel.archived,
            "is_member": channel.bot_is_member,
            "is_general": False,
            "context_team_id": ws.team_id,
        }

    def _common(self, kind: str, user: str) -> Json:
        ws = self.workspace
        name = ws.person(user).name
        return {
            "type": kind,
            "user": {"id": user, "username": name, "name": name, "team_id": ws.team_id},
            "team": {"id": ws.team_id, "domain": ws.domain},
            "api_app_id": ws.app_id,
            "token": VERIFICATION,
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _trigger(self, user: str, from_modal: bool = False) -> str:
        return self.workspace.modals.triggers.issue(user, from_modal)

    def _channel_type(self, channel: str) -> str:
        if self.workspace.dm_person(channel):
            return "im"
        return "group" if self.workspace.channels[channel].private else "channel"

    def _channel_name(self, channel: str) -> str:
        found = self.workspace.channels.get(channel)
        if found is None:
            return "directmessage"
        return "privategroup" if found.private else found.name

    def _channel(self, channel: str) -> Json:
        return {"id": channel, "name": self._channel_name(channel)}

    def _response_url(self, user: str, channel: str, source: Message | None, kind: str) -> str:
        return f"{self.base}/respond/{kind}/{self.workspace.issue_response_url(user, channel, source)}"

    def _chosen_urls(self, view: View) -> list[Json]:
        urls = []
        for block in view.blocks:
            element = block.get("element") or {}
            if not element.get("response_url_enabled"):
                continue
            value = view.values[(block["block_id"], element["action_id"])]
            channel = value.get("selected_conversation") or value.get("selected_channel")
            if channel:
                url = self._response_url(view.user, channel, None, "app")
                where = {"block_id": block["block_id"], "action_id": element["action_id"]}
                urls.append(where | {"channel_id": channel, "response_url": url})
        return urls


def action(block: Json, element: Json, state: Json | None) -> Json:
    """Return one entry of `actions`: what was clicked or chosen."""
    body: Json = {
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "type": element["type"],
        "action_ts": _action_ts(),
    }
    if element["type"] == "button":
        kept = ("text", "value", "style", "url")
        return body | {name: element[name] for name in kept if element.get(name) is not None}
    return body | {name: value for name, value in (state or {}).items() if name != "type"}


def _action_ts() -> str:
    return f"{time.time():.6f}"


def random_secret(prefix: str) -> str:
    """Return an invented token that no real workspace knows."""
    return f"{prefix}{secrets.token_hex(16)}"
