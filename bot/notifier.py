"""The workflows' Notifier, spoken in Slack: post, edit, tell, find. Every failure becomes "later" or "never"."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.models.blocks import Block
from slack_sdk.web import SlackResponse

from bot.ids import MESSAGE_EVENT
from bot.outward import SEALED_NAME, Outward
from bot.slack_client import TooLate, begin_before, steady
from bot.views import case as case_views
from bot.views import note as note_views
from bot.views.wire import as_dict
from workflows.ports import CannotSend, CannotTell, Posted, SendLater
from workflows.values import CaseCard, Note

WAIT = 2.0
LOOK_BACK = 100
PAGES = 20
CLOCKS_APART = timedelta(minutes=5)
"""How far Slack's clock and ours may differ when a message is looked for."""
TRANSIENT = frozenset(
    {
        # Slack's own trouble
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
        "server_error",
        # trouble with our token: a person mends it, and then everything goes out
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "missing_scope",
        "no_permission",
        "access_denied",
        "accesslimited",
        "org_login_required",
        "ekm_access_denied",
        "team_access_not_granted",
    }
)
"""Answers after which the same message may get through later. Any other refusal is for good: another way is tried."""
UNREADABLE = frozenset({"missing_scope", "no_permission"})
"""Answers after which a conversation cannot be read until somebody changes the app."""
EDIT_GONE = frozenset({"message_not_found", "cant_update_message", "channel_not_found", "is_archived"})


class SlackNotifier:
    """Sends messages with their key in the metadata, so that one that went out unnoticed can be found.

    Only `_post` and `_edit` let anything leave, and both ask at the door first.
    """

    def __init__(self, client: WebClient, outward: Outward) -> None:
        self._client = client
        self._outward = outward
        self._direct: dict[str, str] = {}

    def show_card(self, to: str, card: CaseCard, key: str, standing: Posted | None) -> Posted:
        """Post the card, or edit it where it stands; a card that somebody deleted is posted anew.

        Where it would carry a sealed name it is shown bare, so that nobody goes without it.
        """
        try:
            return self._show(to, card, (case_views.card(card), case_views.card_summary(card)), key, standing)
        except CannotSend as refusal:
            if refusal.code != SEALED_NAME:
                raise
        return self._show(to, card, case_views.bare(card), key, standing)

    def _show(
        self, to: str, card: CaseCard, made: tuple[list[Block], str], key: str, standing: Posted | None
    ) -> Posted:
        blocks, text = made
        if standing is not None:
            try:
                return self._edit(standing, blocks, text, key)
            except CannotSend as gone:
                if gone.code not in EDIT_GONE or card.moved:
                    raise
        return self._post(to, blocks, text, key)

    def meet(self, to: str) -> None:
        """Open the conversation with a person, so that nothing but the message itself is left to do."""
        self._channel(to)

    def within(self, seconds: float) -> AbstractContextManager[None]:
        """Let calls to Slack begin within so many seconds from now only; what begins later does not begin at all."""
        return begin_before(steady() + seconds)

    def tell(self, to: str, note: Note, key: str) -> Posted:
        """Tell one person, or one channel, in a few lines; bare where they would carry a sealed name."""
        blocks, text = _note(note)
        try:
            return self._post(to, blocks, text, key, ours=note.kind in note_views.OURS)
        except CannotSend as refusal:
            bare = note_views.bare(note) if refusal.code == SEALED_NAME else None
            if bare is None:
                raise
        return self._post(to, *bare, key)

    def find(self, to: str, key: str, since: datetime | None) -> Posted | None:
        """Look for the message with this key among those of the conversation since the first attempt."""
        channel = self._channel(to)
        oldest = f"{(since - CLOCKS_APART).timestamp():.6f}" if since else "0"
        cursor = ""
        for _ in range(PAGES):
            page = self._page(channel, oldest, cursor)
            for message in page["messages"]:
                payload = (message.get("metadata") or {}).get("event_payload") or {}
                if payload.get("key") == key:
                    return Posted(channel, message["ts"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return None
        raise CannotTell("too_many_messages")

    def _page(self, channel: str, oldest: str, cursor: str) -> Any:
        try:
            return _call(partial(self._history, channel, oldest, cursor))
        except SendLater as later:
            if later.code in UNREADABLE:
                raise CannotTell(later.code) from None
            raise

    def _history(self, channel: str, oldest: str, cursor: str) -> SlackResponse:
        return self._client.conversations_history(
            channel=channel, oldest=oldest, cursor=cursor or None, limit=LOOK_BACK, include_all_metadata=True
        )

    def _post(self, to: str, blocks: Sequence[Block], text: str, key: str, *, ours: bool = False) -> Posted:
        wire = _wire(blocks)
        self._outward.check(wire, text, ours=ours)
        channel = self._channel(to)
        answer = _call(
            lambda: self._client.chat_postMessage(
                channel=channel,
                blocks=json.dumps(wire),
                text=text,
                metadata=_metadata(key),
                unfurl_links=False,
                unfurl_media=False,
            )
        )
        return Posted(answer["channel"], answer["ts"])

    def _edit(self, standing: Posted, blocks: Sequence[Block], text: str, key: str) -> Posted:
        wire = _wire(blocks)
        self._outward.check(wire, text)
        _call(
            lambda: self._client.chat_update(
                channel=standing.channel, ts=standing.ts, blocks=json.dumps(wire), text=text, metadata=_metadata(key)
            )
        )
        return standing

    def _channel(self, to: str) -> str:
        """Give the conversation with a person; a channel is its own."""
        if not to.startswith(("U", "W")):
            return to
        if to not in self._direct:
            answer = _call(lambda: self._client.conversations_open(users=to))
            self._direct[to] = answer["channel"]["id"]
        return self._direct[to]


def _note(note: Note) -> tuple[list[Block], str]:
    return note_views.message(note)


def _metadata(key: str) -> dict[str, Any]:
    return {"event_type": MESSAGE_EVENT, "event_payload": {"key": key}}


def _wire(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    return [as_dict(block) for block in blocks]


def _call(request: Callable[[], Any]) -> Any:
    """Ask Slack once, and say of a failure whether trying again can help."""
    try:
        return request()
    except SlackApiError as error:
        raise _reading(error) from None
    except TooLate:
        raise SendLater(0.0, "too_late", left=False) from None
    except (SlackClientError, OSError, TimeoutError) as error:
        raise SendLater(WAIT, type(error).__name__) from None


def _reading(error: SlackApiError) -> SendLater | CannotSend:
    response = error.response
    status = getattr(response, "status_code", 0)
    code = response.get("error") if isinstance(getattr(response, "data", None), dict) else None
    if status == 429 or code == "ratelimited":
        return SendLater(float((response.headers or {}).get("Retry-After", 1)), "ratelimited", left=False)
    if code and status == 200 and code not in TRANSIENT:
        return CannotSend(str(code)[:64])
    return SendLater(WAIT, str(code or f"http_{status}")[:64])
