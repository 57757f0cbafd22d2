"""Remember the state of the stand-in workspace and apply Slack's rules to it; speaks no HTTP."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.playground.blockkit import lint_message
from bot.playground.changes import Changes
from bot.playground.inputs import Values
from bot.playground.limits import (
    MESSAGE_TEXT,
    METADATA_BYTES,
    REMEMBERED,
    RESPONSE_URL_MINUTES,
    RESPONSE_URL_USES,
)
from bot.playground.modals import Modals, fill_ids, in_words, token
from bot.playground.values import Channel, Clock, Json, Message, Person, Refused, SlackError


@dataclass
class ResponseUrl:
    """Remember where a response_url leads and how often it was used."""

    user: str
    channel: str
    source: Message | None
    born: datetime
    uses: int = 0


class Workspace:
    """Hold people, channels, messages, modals and read marks of one invented company."""

    def __init__(
        self, people: Iterable[Person], channels: Iterable[Channel], manifest: Json, clock: Clock, company: str
    ) -> None:
        self.changes = Changes()
        self.clock = clock
        self.company = company
        self.manifest = manifest
        self.team_id, self.app_id, self.bot_id = f"T0{token(8)}", f"A0{token(8)}", f"B0{token(8)}"
        self.domain = "".join(letter for letter in company.lower() if letter.isalnum()) or "playground"
        display = manifest.get("features", {}).get("bot_user", {}).get("display_name")
        self.bot_name: str = display or manifest.get("display_information", {}).get("name", "bot")
        bot = Person(f"U0{token(8)}", self.bot_name, self.bot_name, "", is_bot=True)
        self.bot_user = bot.id
        self.people: dict[str, Person] = {person.id: person for person in [*people, bot]}
        self.channels: dict[str, Channel] = {channel.id: channel for channel in channels}
        self.modals = Modals(self.changes, {"team": self.team_id, "app": self.app_id, "bot": self.bot_id})
        self.response_urls: dict[str, ResponseUrl] = {}
        self.message_values: dict[tuple[str, str], Values] = {}
        self.notices: dict[str, deque[tuple[int, str]]] = {}
        self._dms = {f"D0{token(8)}": person.id for person in self.people.values() if not person.is_bot}
        self._dm_of = {person: dm for dm, person in self._dms.items()}
        self._messages: dict[str, dict[str, Message]] = {}
        self._read: dict[tuple[str, str], str] = {}
        self._last_ts = 0
        self._notice_count = 0

    # -- who and where ---------------------------------------------------------------------------

    def person(self, person_id: object) -> Person:
        """Return one person; raises Refused for a stranger."""
        found = self.people.get(person_id) if isinstance(person_id, str) else None
        if found is None:
            raise Refused("user_not_found", f"nobody here has the id {person_id!r}")
        return found

    def channel_id(self, reference: str, me: str | None = None) -> str:
        """Return the id behind an id, a name with or without `#`, or "DM" for `me`'s talk with the bot."""
        if reference == "DM" and me is not None:
            return self.dm_of(me)
        if reference in self.channels or reference in self._dms:
            return reference
        for channel in self.channels.values():
            if channel.name == reference.removeprefix("#"):
                return channel.id
        raise Refused("channel_not_found", f"there is no channel {reference!r}")

    def dm_of(self, person_id: str) -> str:
        """Return the id of a person's direct messages with the bot."""
        self.person(person_id)
        return self._dm_of[person_id]

    def dm_person(self, channel_id: str) -> str | None:
        """Return whose direct messages a channel id stands for, if any."""
        return self._dms.get(channel_id)

    def members(self, channel_id: str) -> list[str]:
        """Return the ids of everyone in a conversation, the bot included."""
        person = self._dms.get(channel_id)
        if person is not None:
            return [person, self.bot_user]
        channel = self.channels[channel_id]
        return [*sorted(channel.members), *([self.bot_user] if channel.bot_is_member else [])]

    def is_in(self, person_id: str, channel_id: str) -> bool:
        """Say whether a person is in a conversation."""
        person = self._dms.get(channel_id)
        return person == person_id if person else person_id in self.channels[channel_id].members

    def change_person(self, person_id: str, **changes: object) -> Person:
        """Change a member's record, for instance `deleted=True`; returns the new record."""
        with self.changes.lock:
            changed: Person = replace(self.person(person_id), **changes)  # type: ignore[arg-type]
            self.people[person_id] = changed
            self.changes.touch()
            return changed

    def change_channel(self, channel_id: str, **changes: object) -> Channel:
        """Change a channel, for instance `archived=True`; returns the new record."""
        with self.changes.lock:
            changed: Channel = replace(self.channels[channel_id], **changes)  # type: ignore[arg-type]
            self.channels[channel_id] = changed
            self.changes.touch()
            return changed

    # -- time and waiting ------------------------------------------------------------------------

    def now(self) -> datetime:
        """Return the workspace's present moment (aware UTC)."""
        return self.clock.now().astimezone(UTC)

    def wait_for(self, predicate: Callable[[], object], timeout: float = 5.0) -> bool:
        """Block until `predicate` holds, looking again after each change; False after `timeout` seconds."""
        return self.changes.wait_for(predicate, timeout)

    # -- messages --------------------------------------------------------------------------------

    def post(self, channel: str, user: str, text: str, blocks: list[Json] | None = None, **more: object) -> Message:
        """Store a message at the present moment; `more` are further fields of Message."""
        with self.changes.lock:
            now = self.now()
            ts = self._stamp(now)
            fill_ids(blocks or [])
            message = Message(channel, ts, now, user, text, blocks or [], **more)  # type: ignore[arg-type]
            self._messages.setdefault(channel, {})[ts] = message
            if user != self.bot_user:
                self._read[user, channel] = ts
            self.changes.touch()
            return message

    def message(self, channel: str, ts: object) -> Message | None:
        """Return one message, ephemeral ones included."""
        return self._messages.get(channel, {}).get(ts) if isinstance(ts, str) else None

    def edit(self, message: Message, **changes: object) -> Message:
        """Put a changed message in the place of the old one."""
        with self.changes.lock:
            changed = replace(message, edited=True, **changes)  # type: ignore[arg-type]
            fill_ids(changed.blocks)
            self._messages[message.channel][message.ts] = changed
            self.changes.touch()
            return changed

    def remove(self, message: Message) -> None:
        """Delete a message."""
        with self.changes.lock:
            self._messages[message.channel].pop(message.ts, None)
            self.changes.touch()

    def history(self, channel: str) -> list[Message]:
        """Return what a conversation holds for everyone, oldest first."""
        with self.changes.lock:
            return [m for m in self._messages.get(channel, {}).values() if not m.ephemeral]

    def seen_by(self, person_id: str, channel: str) -> list[Message]:
        """Return what one person sees in a conversation, their own ephemeral messages included."""
        if not self.is_in(person_id, channel):
            raise Refused("not_in_channel", f"{person_id} is not in {channel}")
        with self.changes.lock:
            return [m for m in self._messages.get(channel, {}).values() if m.visible_to in (None, person_id)]

    def unread(self, person_id: str, channel: str) -> int:
        """Count the messages that came after the person last looked."""
        mark = self._read.get((person_id, channel), "")
        return sum(m.ts > mark and m.user != person_id for m in self.seen_by(person_id, channel))

    def mark_read(self, person_id: str, channel: str) -> None:
        """Note that a person has looked at a conversation."""
        with self.changes.lock:
            seen = self.seen_by(person_id, channel)
            if seen and self._read.get((person_id, channel)) != seen[-1].ts:
                self._read[person_id, channel] = seen[-1].ts
                self.changes.touch()

    def notice(self, person_id: str, text: str) -> None:
        """Show one person a line that Slack itself would show."""
        with self.changes.lock:
            self._notice_count += 1
            self.notices.setdefault(person_id, deque(maxlen=20)).append((self._notice_count, text))
            self.changes.touch()

    def _stamp(self, now: datetime) -> str:
        whole = int((now - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))
        self._last_ts = max(whole, self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    # -- what the bot may say --------------------------------------------------------------------

    def check_message(self, body: Json) -> None:
        """Raise the error Slack answers to a message that it would not take."""
        text, blocks = body.get("text"), body.get("blocks")
        if text is not None and not isinstance(text, str):
            words = in_words([("/text", "must be a string")])
            raise SlackError("invalid_arguments", response_metadata={"messages": words})
        if not text and not blocks and not body.get("attachments"):
            raise SlackError("no_text")
        if text and len(text) > MESSAGE_TEXT:
            raise SlackError("msg_too_long")
        found = lint_message(body)
        if found:
            words = in_words(found)
            raise SlackError("invalid_blocks", errors=words, response_metadata={"messages": words})
        metadata = body.get("metadata")
        if metadata is None:
            return
        sound = isinstance(metadata, dict) and set(metadata) <= {"event_type", "event_payload", "entities"}
        if not sound or not metadata.get("event_type") or not isinstance(metadata.get("event_payload"), dict):
            raise SlackError("invalid_metadata_format")
        if len(str(metadata)) > METADATA_BYTES:
            raise SlackError("metadata_too_large")

    def issue_response_url(self, user: str, channel: str, source: Message | None) -> str:
        """Return a new secret name under which the bot may answer this person."""
        name = f"{self.team_id}/{secrets.randbelow(10**13)}/{secrets.token_urlsafe(18)}"
        with self.changes.lock:
            if len(self.response_urls) >= REMEMBERED:
                del self.response_urls[next(iter(self.response_urls))]
            self.response_urls[name] = ResponseUrl(user, channel, source, self.now())
        return name

    def respond(self, name: str, body: Json) -> None:
        """Do what a POST to a response_url asks; raises SlackError like Slack."""
        with self.changes.lock:
            where = self.response_urls.get(name)
            if where is None:
                raise SlackError("invalid_url")
            if self.now() - where.born > timedelta(minutes=RESPONSE_URL_MINUTES):
                raise SlackError("expired_url")
            if where.uses >= RESPONSE_URL_USES:
                raise SlackError("used_url")
            source = self.message(where.channel, where.source.ts) if where.source else None
            if body.get("delete_original") and source:
                self.remove(source)
            else:
                self.check_message(body)
                self._answer(where, source, body)
            where.uses += 1

    def _answer(self, where: ResponseUrl, source: Message | None, body: Json) -> None:
        text, blocks = body.get("text") or "", body.get("blocks") or []
        if body.get("replace_original") and source:
            self.edit(source, text=text, blocks=blocks)
            return
        only = None if body.get("response_type") == "in_channel" else where.user
        thread = body.get("thread_ts")
        self.post(where.channel, self.bot_user, text, blocks, by_bot=True, visible_to=only, thread_ts=thread)
