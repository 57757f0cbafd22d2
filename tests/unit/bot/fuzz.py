"""Payloads as Slack sends them, with a planted person in every place that is not for words, then broken at random."""

from __future__ import annotations

import random
from typing import Any

from bot.edge import CHOICES, TEXTS
from bot.ids import BLIND_ACTIONS, BLIND_CALLBACKS, Action, Block, Callback, Word

CANARY = "canary"
"""Stands in every planted value, whatever its case; nothing else holds it."""
PLANTED = (
    "U0CANARY77",
    "W0CANARY11",
    "T0CANARY99",
    "C0CANARY55",
    "E0CANARY33",
    "Canary Person",
    "canary.person",
    "canary@person.example",
    "https://hooks.example/commands/T0CANARY99/1/2",
)
WRITTEN = "kakapo: the lead of Harbor told us to be quiet"
"""What somebody writes in a field for words."""
KINDS = ("block_actions", "view_submission", "view_closed", "shortcut", "message_action", "command")
STRANGE = ("interactive_message", "dialog_submission", "event_callback", "workflow_step_edit", "", "blind")
ELEMENTS = (
    "plain_text_input",
    "static_select",
    "radio_buttons",
    "checkboxes",
    "users_select",
    "conversations_select",
    "external_select",
    "rich_text_input",
    "file_input",
    "email_text_input",
    "datetimepicker",
    "",
)
BLOCKS = (*TEXTS, *CHOICES, Block.PERSON, Block.WHAT, "canary_block", "notes")


class Fuzz:
    """Makes payloads from one seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def payload(self) -> Any:
        """Give a payload; two of three are broken somewhere."""
        made = self._command() if (kind := self._one(KINDS)) == "command" else self._interactive(kind)
        for _ in range(self._one((0, 1, 3))):
            made = self._broken(made)
        return made

    def _one(self, values: Any) -> Any:
        return self._random.choice(tuple(values))

    def _who(self) -> str:
        return str(self._one(PLANTED))

    def _identity(self) -> dict[str, Any]:
        return {
            "user": {"id": "U0CANARY77", "username": "canary.person", "name": "canary.person", "team_id": "T0CANARY99"},
            "team": {"id": "T0CANARY99", "domain": "canary-tide"},
            "enterprise": self._one((None, {"id": "E0CANARY33", "name": "Canary Group"})),
            "channel": {"id": "C0CANARY55", "name": "canary-room"},
            "container": {"type": "message", "channel_id": "C0CANARY55", "message_ts": "1.2"},
            "message": {"user": "U0CANARY77", "text": "Canary Person said"},
            "response_url": "https://hooks.example/actions/T0CANARY99/1/2",
            "response_urls": [{"channel_id": "C0CANARY55"}],
            "token": "canary-token",
            "api_app_id": "A0CANARY",
            "action_ts": "1763840000.000100",
            self._one(("extra", "canary")): self._who(),
        }

    def _command(self) -> dict[str, Any]:
        word = self._one((*Word, "concern canary.person", "Concern:", "reply  U0CANARY77", "canary"))
        return {
            "command": "/hrdd",
            "text": word,
            "user_id": "U0CANARY77",
            "user_name": "canary.person",
            "team_id": "T0CANARY99",
            "team_domain": "canary-tide",
            "channel_id": "C0CANARY55",
            "channel_name": "canary-room",
            "response_url": "https://hooks.example/commands/T0CANARY99/1/2",
            "trigger_id": self._trigger(),
        }

    def _interactive(self, kind: str) -> dict[str, Any]:
        body = self._identity() | {"type": kind, "trigger_id": self._trigger()}
        if kind in ("shortcut", "message_action"):
            return body | {"callback_id": self._one(("concern.open", "check.start", "concern.about", *BLIND_CALLBACKS))}
        if kind == "block_actions":
            body["actions"] = [self._action() for _ in range(self._one((1, 1, 2)))]
        return body | {"view": self._view()}

    def _trigger(self) -> str:
        return str(self._one(("13345224609.738474920.8088930838d88f008e0", "1.2", self._who())))

    def _action(self) -> dict[str, Any]:
        element = self._element(self._one(ELEMENTS))
        return element | {
            "type": self._one(("button", *ELEMENTS)),
            "action_id": self._one((*BLIND_ACTIONS, *BLIND_ACTIONS, *Action, "canary")),
            "block_id": "canary",
            "value": self._one(("well", self._who())),
            "text": {"type": "plain_text", "text": self._who()},
        }

    def _view(self) -> dict[str, Any]:
        inputs = self._random.sample(BLOCKS, 6)
        return {
            "id": self._one(("V0123ABCD", self._who())),
            "team_id": "T0CANARY99",
            "app_installed_team_id": "T0CANARY99",
            "bot_id": "B0CANARY",
            "hash": "1763.canary",
            "type": self._one(("modal", "home")),
            "callback_id": self._one((*BLIND_CALLBACKS, *BLIND_CALLBACKS, *Callback)),
            "private_metadata": self._one(
                ('{"topic":"TOP-HARM","nonce":"00ff"}', "", f'["{self._who()}"]', self._who())
            ),
            "title": {"type": "plain_text", "text": "Canary Person"},
            "blocks": [self._block(str(each)) for each in inputs],
            "state": {"values": {str(each): self._inputs(str(each)) for each in inputs}},
        }

    def _block(self, block_id: str) -> dict[str, Any]:
        element = {"type": "plain_text_input", "initial_value": self._who()}
        return {"type": self._one(("input", "section")), "block_id": block_id, "element": element, "label": self._who()}

    def _inputs(self, block: str) -> dict[str, Any]:
        usual = ELEMENTS[:1] if block in TEXTS else ELEMENTS[1:4]
        kind = self._one(usual if self._random.random() < 0.7 else ELEMENTS)
        return {self._one(("answer",) * 9 + ("canary",)): self._element(kind)}

    def _element(self, kind: str) -> dict[str, Any]:
        element: dict[str, Any] = {"type": kind, "block_id": self._who()}
        if kind == "plain_text_input":
            return element | {"value": self._one((WRITTEN, WRITTEN * 200, None))}
        if kind == "checkboxes":
            return element | {"selected_options": [self._option() for _ in range(3)]}
        if kind in ("static_select", "radio_buttons", "external_select"):
            return element | {"selected_option": self._one((None, self._option()))}
        return element | {"selected_user": "U0CANARY77", "selected_conversation": "C0CANARY55", "value": self._who()}

    def _option(self) -> dict[str, Any]:
        values = ("anonymous", "TOP-HARM", "berlin", "rights-noor", "yes", self._who())
        return {"value": self._one(values), "text": {"type": "plain_text", "text": self._who()}}

    def _broken(self, made: Any) -> Any:
        """Break one place somewhere inside; now and then the whole."""
        if not isinstance(made, dict | list) or not made or self._random.random() < 0.02:
            return self._junk()
        key = self._one(made) if isinstance(made, dict) else self._random.randrange(len(made))
        if isinstance(made[key], dict | list) and made[key] and self._random.random() < 0.75:
            made[key] = self._broken(made[key])
        elif isinstance(made, dict) and self._random.random() < 0.3:
            del made[key]
        else:
            made[key] = self._junk()
        return made

    def _junk(self) -> Any:
        deep: Any = self._who()
        for _ in range(40):
            deep = [deep]
        odd = (None, True, -1, 1e300, "", "\ud83d", "\x00", self._who(), [], {}, [None], deep, {self._who(): deep})
        return self._one((*odd, *STRANGE, [{"type": "canary", "value": self._who()}]))
