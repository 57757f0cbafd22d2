"""What somebody does who reads anonymous reports: unlock the inbox, read, answer, close."""

from __future__ import annotations

from typing import Any

from bot.playground import Hand, Reply
from bot.playground.demo import PASSPHRASE
from tests.flow.reporter import shows


def unlocks(who: Hand, passphrase: str = PASSPHRASE) -> dict[str, Any]:
    """Open the inbox from the Home, with the passphrase where it is locked; return the list."""
    who.opens_home()
    who.clicks("inbox.open", home=True)
    if who.waits(lambda: (who.modal() or {}).get("callback_id")) == "inbox.unlock":
        who.sets("passphrase", passphrase)
        assert not who.submits().errors
    return shows(who, "inbox.list")


def reads(who: Hand) -> dict[str, Any]:
    """Open the first report of the list and return its window."""
    who.clicks("inbox.read")
    return shows(who, "inbox.read")


def acknowledges(who: Hand) -> None:
    """Say that a person has read the report."""
    who.clicks("inbox.act")
    who.waits(lambda: "inbox.act" not in str((who.modal() or {}).get("blocks")))


def answers(who: Hand, text: str, what: str = "message") -> Reply:
    """Write to the reporter: a message, feedback, or the words with which the report is closed."""
    who.sets("what", what)
    who.sets("concern", text)
    return who.submits()


def leaves(who: Hand) -> None:
    """Close every window."""
    while who.stack():
        who.closes()
