"""Help: what can be typed here, and what to do with a word we do not know."""

from __future__ import annotations

from bot.ids import COMMAND, Word
from bot.listeners.acts import Act
from bot.payloads import Word as Typed
from prompts import label, render

USAGES = {
    Word.CHECK: "check [name of the launch]",
    Word.CASE: "case HR-12",
    Word.RISKS: "risks [words]",
    Word.CONTEXT: "context [HR-12]",
    Word.CONCERN: "concern",
    Word.REPLY: "reply",
    Word.HELP: "help",
}


def show(act: Act) -> None:
    """`/hrdd help`, or `/hrdd` alone."""
    act.ack(render("help", commands=_commands()))


def unknown(act: Act) -> None:
    """A word we do not know: say so, and show the ones we do."""
    act.ack(render("unknown_word", word=Typed.of(act.body).word, commands=_commands()))


def _commands() -> list[tuple[str, str]]:
    return [(f"{COMMAND} {usage}", label(f"does_{word}")) for word, usage in USAGES.items()]
