"""One tap a week: counted, and nobody is known."""

from __future__ import annotations

from bot.blind import BlindAct
from bot.views import pulse as views
from workflows.usage import TAPS, tapped


def tap(act: BlindAct) -> None:
    """Count a tap in memory, and thank whoever tapped."""
    act.ack()
    if act.desk.vault is not None and act.value in TAPS:
        act.desk.vault.usage.add(tapped(act.value))
    act.opens(views.done())
