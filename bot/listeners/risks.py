"""`/hrdd risks`: the register of what somebody may see, with words to find some of it."""

from __future__ import annotations

from typing import Any

from bot import payloads
from bot.ids import Block
from bot.listeners.acts import Act
from bot.views import risks
from workflows import register


def open_register(act: Act) -> None:
    """`/hrdd risks [words]`: the first page."""
    words = payloads.Word.of(act.body).rest[: risks.WORDS_MAX]
    view = risks.window(register.find(act.desk, act.person, words, act.now))
    act.ack()
    act.opens(view)


def search(act: Act) -> None:
    """Somebody looks for words: the first page of what names them."""
    act.ack(response_action="update", view=_page(act, None))


def turn(act: Act) -> None:
    """The next page, or the first one again; the words stand in their field."""
    act.ack()
    order, _, last = payloads.Click.of(act.body).value.partition(":")
    after = (int(order), int(last)) if order.isdigit() and last.isdigit() else None
    act.bot.services.client.views_update(view_id=str(act.body["view"]["id"]), view=_page(act, after))


def _page(act: Act, after: tuple[int, int] | None) -> dict[str, Any]:
    words = payloads.text_of(act.body["view"], Block.WORDS)[: risks.WORDS_MAX]
    return risks.window(register.find(act.desk, act.person, words, act.now, after))
