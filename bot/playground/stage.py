"""What the page needs of the stand-in workspace that serves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import threading

    from bot.playground.acts import Acts
    from bot.playground.deliver import Delivery
    from bot.playground.faults import Faults
    from bot.playground.wire import Wire
    from bot.playground.workspace import Workspace


class Stage(Protocol):
    """The parts of a stand-in workspace that its page shows and moves."""

    workspace: Workspace
    faults: Faults
    wire: Wire
    delivery: Delivery
    acts: Acts
    stopping: threading.Event
    transport: Literal["http", "socket"]
    notice: str

    @property
    def port(self) -> int:
        """Where the page itself is served."""
