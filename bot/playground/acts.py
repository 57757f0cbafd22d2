"""Do what a person does in Slack, deliver it to the bot, and show what its answer says."""

from __future__ import annotations

from collections.abc import Callable

from bot.playground.deliver import TIMEOUT, Ack, Delivery
from bot.playground.elements import OPTION_GROUP, PLAIN_OPTION, options_of
from bot.playground.inputs import FIELDS, as_state, choose, find, held_back, starting_values
from bot.playground.modals import View
from bot.playground.payloads import Payloads, action
from bot.playground.values import Json, Message, Refused, Reply, SlackError
from bot.playground.workspace import Workspace

Place = View | Message
TROUBLE = "We had some trouble connecting. Try again?"


class Acts:
    """Turn acts into payloads and answers into what people see."""

    def __init__(self, workspace: Workspace, payloads: Payloads, delivery: Delivery) -> None:
        self.workspace = workspace
        self.payloads = payloads
        self.delivery = delivery
        self._last: dict[str, tuple[View, Json]] = {}
        features = workspace.manifest.get("features", {})
        self.commands: list[Json] = features.get("slash_commands", [])
        self.shortcuts: list[Json] = features.get("shortcuts", [])
        self.app_home: Json = features.get("app_home", {})
        settings = workspace.manifest.get("settings", {})
        self.bot_events: list[str] = settings.get("event_subscriptions", {}).get("bot_events", [])

    # -- typing ----------------------------------------------------------------------------------

    def types(self, user: str, text: str, channel: str) -> Reply:
        """Send what a person typed: a slash command or a plain message."""
        ws = self.workspace
        self._present(user)
        where = ws.channel_id(channel, user)
        if not ws.is_in(user, where):
            raise Refused("not_in_channel", f"{user} is not in {channel}")
        if where in ws.channels and ws.channels[where].archived:
            raise Refused("is_archived", channel)
        if text.startswith("/"):
            return self._command(user, where, text)
        return self._say(user, where, text)

    def _command(self, user: str, channel: str, text: str) -> Reply:
        name, _, rest = text.partition(" ")
        if not any(command["command"] == name for command in self.commands):
            raise Refused("unknown_command", f"{name} is not a valid command.")
        body = self.payloads.command(user, channel, name, rest.strip())
        ack = self.delivery.send("slash_commands", body)
        if ack.failure == TIMEOUT:
            raise self._noticed(user, TIMEOUT, f"{name} failed because the app did not respond")
        if ack.failure:
            raise self._noticed(user, ack.failure, f'{name} failed with the error "{ack.failure}"')
        return self._show_answer(user, channel, ack)

    def _show_answer(self, user: str, channel: str, ack: Ack) -> Reply:
        ws = self.workspace
        said: Json = ack.data if ack.data is not None else {"text": ack.text}
        if said.get("text") or said.get("blocks"):
            try:
                ws.check_message(said)
            except SlackError as refusal:
                raise Refused("invalid_command_response", str(refusal.extra)) from None
            only = None if said.get("response_type") == "in_channel" else user
            text, blocks = said.get("text") or "", said.get("blocks") or []
            ws.post(channel, ws.bot_user, text, blocks, by_bot=True, visible_to=only)
        return Reply(ack.status, ack.text, said.get("text") or None, self.modal(user))

    def _say(self, user: str, channel: str, text: str) -> Reply:
        ws = self.workspace
        in_dm = ws.dm_person(channel) is not None
        closed = not self.app_home.get("messages_tab_enabled") or self.app_home.get("messages_tab_read_only_enabled")
        if in_dm and closed:
            raise Refused("messages_tab_disabled", "Sending messages to this app has been turned off.")
        message = ws.post(channel, user, text)
        for kind in self._events_for(message, in_dm):
            self.delivery.event(self.payloads.message_event(message, kind))
        return Reply(modal=self.modal(user))

    def _events_for(self, message: Message, in_dm: bool) -> list[str]:
        ws = self.workspace
        if in_dm:
            return ["message"] if "message.im" in self.bot_events else []
        channel = ws.channels[message.channel]
        if not channel.bot_is_member:
            return []
        plain = "message.groups" if channel.private else "message.channels"
        kinds = ["message"] if plain in self.bot_events else []
        if f"<@{ws.bot_user}>" in message.text and "app_mention" in self.bot_events:
            kinds.append("app_mention")
        return kinds

    # -- shortcuts and Home ----------------------------------------------------------------------

    def shortcut(self, user: str, callback_id: str, message: Message | None) -> Reply:
        """Use a global shortcut, or a message shortcut on `message`."""
        self._present(user)
        wanted = "message" if message else "global"
        if not any(one["callback_id"] == callback_id and one["type"] == wanted for one in self.shortcuts):
            raise Refused("unknown_shortcut", f"the app has no {wanted} shortcut {callback_id!r}")
        if message:
            body = self.payloads.message_action(user, callback_id, message)
        else:
            body = self.payloads.shortcut(user, callback_id)
        ack = self._interact(user, body)
        return Reply(ack.status, ack.text, modal=self.modal(user))

    def open_home(self, user: str, tab: str = "home") -> None:
        """Open the bot's Home or messages, which the bot hears of as an event."""
        self._present(user)
        if tab == "home" and not self.app_home.get("home_tab_enabled"):
            raise Refused("no_home_tab", "the app has no Home")
        if "app_home_opened" in self.bot_events:
            self.delivery.event(self.payloads.home_opened(user, tab))

    # -- views and messages ----------------------------------------------------------------------

    def modal(self, user: str) -> Json | None:
        """Return the modal on top of a person's screen, with the errors shown in it."""
        with self.workspace.changes.lock:
            view = self.workspace.modals.top(user)
            return self.shown(view) if view else None

    def shown(self, view: View) -> Json:
        """Return a view as the page shows it: Slack's shape and the errors beside the fields."""
        shown = self.workspace.modals.payload(view)
        return shown | {"errors": dict(view.errors)} if view.errors else shown

    def place(self, user: str, message: tuple[str, str] | None = None, home: bool = False) -> Place:
        """Return where a person acts: a message they see, their Home, or the modal on top."""
        ws = self.workspace
        if message is not None:
            channel = ws.channel_id(message[0], user)
            found = next((m for m in ws.seen_by(user, channel) if m.ts == message[1]), None)
            if found is None:
                raise Refused("message_not_found", f"{user} sees no message {message[1]} in {message[0]}")
            return found
        view = ws.modals.homes.get(user) if home else ws.modals.top(user)
        if view is None:
            raise Refused("no_home" if home else "no_modal", f"{user} has none open")
        return view

    def act(self, user: str, place: Place, block_id: str | None, action_id: str | None, value: object) -> None:
        """Click, choose or type in one element and tell the bot."""
        self._present(user)
        with self.workspace.changes.lock:
            block, element = find(place.blocks, block_id=block_id, action_id=action_id)
            body = self._action_payload(user, place, block, element, value)
        self._interact(user, body)

    def set(self, user: str, block_id: str | None, action_id: str | None, value: object) -> None:
        """Fill one field of the modal on top; the bot hears of it only where it asked to."""
        self._present(user)
        place = self.place(user)
        block, element = find(place.blocks, block_id=block_id, action_id=action_id)
        if element["type"].endswith("external_select"):
            self._offer_typed(user, place, block, element, value)
        with self.workspace.changes.lock:
            block, element = find(place.blocks, block_id=block_id, action_id=action_id)
            if block["type"] == "input" and not block.get("dispatch_action"):
                self._remember(place, block, element, value)
                return
            body = self._action_payload(user, place, block, element, value)
        self._interact(user, body)

    def options(self, user: str, place: Place, block_id: str | None, action_id: str | None, text: str) -> Json:
        """Ask the bot for the options of an external select while a person types `text`."""
        block, element = find(place.blocks, block_id=block_id, action_id=action_id)
        view = place if isinstance(place, View) else None
        ack = self._interact(user, self.payloads.suggestion(user, block, element, text, view))
        answer = ack.data or {}
        name, check = ("option_groups", OPTION_GROUP) if "option_groups" in answer else ("options", PLAIN_OPTION)
        offers = answer.get(name)
        found: list[tuple[str, str]] = []
        for index, one in enumerate(offers or []):
            check(one, f"/{name}/{index}", found)
        if not isinstance(offers, list) or len(offers) > 100 or found:
            raise Refused("invalid_options_response", str(found))
        if view is not None:
            key = (block["block_id"], element["action_id"])
            view.offered.setdefault(key, []).extend(options_of(answer))
        return {name: offers}

    def _offer_typed(self, user: str, place: Place, block: Json, element: Json, value: object) -> None:
        known = {one["value"] for one in self._offered(place, block, element)}
        several = isinstance(value, (list, tuple))
        for one in value if several else [value]:  # type: ignore[attr-defined]
            if one and one not in known:
                self.options(user, place, block["block_id"], element["action_id"], str(one))

    def _offered(self, place: Place, block: Json, element: Json) -> list[Json]:
        if not isinstance(place, View):
            return []
        return place.offered.get((block["block_id"], element["action_id"]), [])

    def _remember(self, place: Place, block: Json, element: Json, value: object) -> Json:
        state = choose(element, value, self._offered(place, block, element))
        key = (block["block_id"], element["action_id"])
        if isinstance(place, View):
            place.values[key] = state
            place.errors.pop(block["block_id"], None)
        else:
            kept = self.workspace.message_values.setdefault((place.channel, place.ts), {})
            kept[key] = state
        self.workspace.changes.touch()
        return state

    def _action_payload(self, user: str, place: Place, block: Json, element: Json, value: object) -> Json:
        state = None
        if element["type"] in FIELDS:
            if element["type"] == "overflow":
                state = choose(element, value)
            else:
                state = self._remember(place, block, element, value)
        act = action(block, element, state)
        if isinstance(place, View):
            return self.payloads.view_action(place, act)
        kept = self.workspace.message_values.get((place.channel, place.ts), {})
        values = starting_values(place.blocks) | kept
        return self.payloads.message_block_action(user, place, act, values)

    # -- submitting and closing ------------------------------------------------------------------

    def submit(self, user: str) -> Reply:
        """Press the submit button of the modal on top."""
        self._present(user)
        view = self.place(user)
        if not isinstance(view, View) or not view.spec.get("submit"):
            raise Refused("no_submit", "this modal has no submit button")
        with self.workspace.changes.lock:
            wrong = held_back(view.blocks, view.values)
            view.errors = wrong
            self.workspace.changes.touch()
            if wrong:
                return Reply(errors=wrong, modal=self.modal(user), sent=False)
            body = self.payloads.view_submission(view)
        self._last[user] = (view, body)
        return self._submit(view, body)

    def resubmit(self, user: str) -> Reply:
        """Deliver the person's last submission once more, unchanged."""
        if user not in self._last:
            raise Refused("nothing_submitted", f"{user} has not submitted anything")
        return self._submit(*self._last[user])

    def close(self, user: str) -> None:
        """Close the modal on top, or all of them where the view says so."""
        modals = self.workspace.modals
        with self.workspace.changes.lock:
            top = modals.top(user)
            if top is None:
                raise Refused("no_modal", f"{user} has none open")
            all_of_them = bool(top.spec.get("clear_on_close"))
            closing = list(reversed(modals.stack(user))) if all_of_them else [top]
            told = [view for view in closing if view.spec.get("notify_on_close")]
            bodies = [self.payloads.view_closed(view, all_of_them) for view in told]
            for view in closing:
                modals.drop(view)
        for body in bodies:
            self.delivery.send("interactive", body)

    def _submit(self, view: View, body: Json) -> Reply:
        ack = self._interact(view.user, body)
        answer = ack.data or {}
        kind = answer.get("response_action")
        answers: dict[object, Callable[[View, Json], None]] = {
            None: self._close_submitted,
            "errors": self._show_errors,
            "update": self._update_submitted,
            "push": self._push_on_submitted,
            "clear": lambda view, _: self.workspace.modals.clear(view.user),
        }
        if kind not in answers or (kind is None and ack.text.strip() not in ("", "{}")):
            raise self._noticed(view.user, "invalid_view_response", TROUBLE)
        try:
            answers[kind](view, answer)
        except SlackError as refusal:
            self.workspace.notice(view.user, TROUBLE)
            raise Refused(refusal.error, str(refusal.extra)) from None
        errors = answer["errors"] if kind == "errors" else {}
        return Reply(ack.status, ack.text, modal=self.modal(view.user), errors=errors)

    def _close_submitted(self, view: View, _: Json) -> None:
        self.workspace.modals.drop(view)

    def _show_errors(self, view: View, answer: Json) -> None:
        errors = answer.get("errors")
        asked = {block["block_id"] for block in view.blocks if block["type"] == "input"}
        if not isinstance(errors, dict) or not errors or not set(errors) <= asked:
            raise SlackError("invalid_errors_response", errors=errors, inputs=sorted(asked))
        if not all(isinstance(text, str) and text for text in errors.values()):
            raise SlackError("invalid_errors_response", errors=errors, inputs=sorted(asked))
        with self.workspace.changes.lock:
            view.errors = dict(errors)
            self.workspace.changes.touch()

    def _update_submitted(self, view: View, answer: Json) -> None:
        modals = self.workspace.modals
        spec = modals.checked(answer.get("view"), "modal")
        if view in modals.stack(view.user):
            modals.replace(view, spec)

    def _push_on_submitted(self, view: View, answer: Json) -> None:
        modals = self.workspace.modals
        spec = modals.checked(answer.get("view"), "modal")
        if view in modals.stack(view.user):
            modals.push_for(view.user, spec)

    # -- shared ----------------------------------------------------------------------------------

    def state(self, view: View) -> Json:
        """Return the values of a view by block and action id."""
        values: Json = as_state(view.values)["values"]
        return values

    def _interact(self, user: str, body: Json) -> Ack:
        ack = self.delivery.send("interactive", body)
        if ack.failure:
            raise self._noticed(user, ack.failure, TROUBLE)
        return ack

    def _present(self, user: str) -> None:
        if self.workspace.person(user).deleted:
            raise Refused("account_inactive", f"{user} was deactivated")

    def _noticed(self, user: str, code: str, text: str) -> Refused:
        self.workspace.notice(user, text)
        return Refused(code, text)
