"""Be one person of the stand-in workspace: what they can do, and what they see."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from bot.playground.acts import Acts
from bot.playground.values import Json, Message, Reply

T = TypeVar("T")


class Hand:
    """Act as one person; every act raises Refused where Slack would show an error."""

    def __init__(self, acts: Acts, person_id: str) -> None:
        self.acts = acts
        self.workspace = acts.workspace
        self.id = acts.workspace.person(person_id).id

    def types(self, text: str, channel: str = "DM") -> Reply:
        """Type a slash command or a plain message in a channel (id, name, or "DM" with the bot)."""
        return self.acts.types(self.id, text, channel)

    def shortcut(self, callback_id: str, message: tuple[str, str] | None = None) -> Reply:
        """Use a global shortcut, or a message shortcut on `message` (channel, ts)."""
        found = self.acts.place(self.id, message) if message else None
        return self.acts.shortcut(self.id, callback_id, found if isinstance(found, Message) else None)

    def opens_home(self, wait: float = 3.0) -> Json | None:
        """Open the bot's Home; return it once published, or what is there after `wait` seconds."""
        before = self._home_count()
        self.acts.open_home(self.id)
        self.workspace.wait_for(lambda: self._home_count() > before, wait)
        return self.home()

    def home(self) -> Json | None:
        """Return the Home view as it stands."""
        with self.workspace.changes.lock:
            view = self.workspace.modals.homes.get(self.id)
            return self.acts.shown(view) if view else None

    def modal(self) -> Json | None:
        """Return the modal on top of the stack."""
        return self.acts.modal(self.id)

    def stack(self) -> list[Json]:
        """Return all open modals, bottom first."""
        with self.workspace.changes.lock:
            return [self.acts.shown(view) for view in self.workspace.modals.stack(self.id)]

    def sets(self, block_id: str, value: object, action_id: str | None = None) -> Json | None:
        """Fill one field of the modal: text, an option id, or a list of ids; return the modal."""
        self.acts.set(self.id, block_id, action_id, value)
        return self.modal()

    def clicks(
        self,
        action_id: str,
        *,
        block_id: str | None = None,
        message: tuple[str, str] | None = None,
        home: bool = False,
    ) -> Json | None:
        """Click a button in the modal, in a message (channel, ts) or on the Home; return the modal."""
        return self.chooses(action_id, None, block_id=block_id, message=message, home=home)

    def chooses(
        self,
        action_id: str,
        value: object,
        *,
        block_id: str | None = None,
        message: tuple[str, str] | None = None,
        home: bool = False,
    ) -> Json | None:
        """Choose from a menu in the modal, in a message or on the Home; return the modal."""
        place = self.acts.place(self.id, message, home)
        self.acts.act(self.id, place, block_id, action_id, value)
        return self.modal()

    def searches(self, block_id: str, text: str, action_id: str | None = None) -> Json:
        """Type in an external select of the modal; return `options` or `option_groups`."""
        return self.acts.options(self.id, self.acts.place(self.id), block_id, action_id, text)

    def submits(self) -> Reply:
        """Press the modal's submit button."""
        return self.acts.submit(self.id)

    def resubmits_last(self) -> Reply:
        """Let Slack deliver the last submission a second time, byte for byte."""
        return self.acts.resubmit(self.id)

    def closes(self) -> None:
        """Close the modal on top."""
        self.acts.close(self.id)

    def messages(self, channel: str = "DM") -> list[Message]:
        """Return what the person sees in a conversation, oldest first, own ephemerals included."""
        return self.workspace.seen_by(self.id, self.workspace.channel_id(channel, self.id))

    def dm(self) -> list[Message]:
        """Return the direct messages with the bot."""
        return self.messages("DM")

    def notices(self) -> list[str]:
        """Return the lines Slack itself showed this person."""
        return [text for _, text in self.workspace.notices.get(self.id, ())]

    def waits(self, look: Callable[[], T], timeout: float = 5.0) -> T:
        """Wait until `look()` is true and return what it gave; raises TimeoutError.

        It is asked again after each change of the workspace, for what the bot does after its answer.
        """
        seen: list[T] = []

        def once() -> bool:
            seen[:] = [look()]
            return bool(seen[0])

        if not self.workspace.wait_for(once, timeout):
            raise TimeoutError(f"{self.id} waited {timeout} s in vain; last seen: {seen}")
        return seen[0]

    def sees_modal(self, timeout: float = 3.0) -> Json:
        """Wait for a modal to be open and return it; raises TimeoutError."""
        modal = self.waits(self.modal, timeout)
        return modal or {}

    def _home_count(self) -> int:
        view = self.workspace.modals.homes.get(self.id)
        return view.published if view else 0
