"""Come back with the code of a concern: how it stands, what was answered, something to add, or take it back.

Everything here is behind the edge: nobody, no moment and no channel is known (bot/edge.py).
"""

from __future__ import annotations

from dataclasses import replace

from bot.blind import BlindAct
from bot.ids import Block, Word
from bot.payloads_blind import Came
from bot.views import reply
from bot.views.concern_parts import YES
from workflows.errors import Refused
from workflows.rules import revealing

AGAIN = "receipt_again"
"""The refusal of a token that stands for nobody (any more): the code has to be typed once more."""


def begin(act: BlindAct) -> None:
    """Ask for the code."""
    act.comes_in(Word.REPLY, lambda _: reply.code())


def look_up(act: BlindAct) -> None:
    """Show how a concern stands."""
    act.ack(response_action="update", view=reply.read(act.vault.look_up(act.text(Block.RECEIPT))))


def send(act: BlindAct) -> None:
    """Add to a concern, or take it back, once the words were looked at for what may tell who wrote them.

    Where the code has to be typed once more, nothing that was written is lost.
    """
    came, vault = Came.load(act.memory), act.vault
    back = YES in act.chosen(Block.TAKE_BACK)
    if back and not came.sure:
        asked = reply.sure(replace(came, sure=True), act.text(Block.CONCERN), _since(act), urgent=_urgent(act))
        act.ack(response_action="update", view=asked)
        return
    typed = act.text(Block.RECEIPT)
    if typed:
        came = replace(came, token=vault.look_up(typed).token)
    decided = bool(act.chosen(Block.AS_IT_IS))
    if not (back or decided) and _asks_again(act, came):
        return
    try:
        how = _do(act, came.token, back=back)
    except Refused as refusal:
        if refusal.problem != AGAIN:
            raise
        text = act.text(Block.CONCERN)
        asked = reply.again(came, text, _since(act), urgent=_urgent(act), back=back, decided=decided)
        act.ack(response_action="update", view=asked)
        return
    act.ack(response_action="update", view=reply.done(how, later=not vault.holding.at_once))


def _asks_again(act: BlindAct, came: Came) -> bool:
    """Show the same window again where the words may tell who wrote them; say whether it did. They decide."""
    text = act.text(Block.CONCERN)
    kinds = revealing.found(text, own=act.own_name)
    if kinds:
        asked = reply.look_again(came, text, kinds, _since(act), urgent=_urgent(act))
        act.ack(response_action="update", view=asked)
    return bool(kinds)


def _do(act: BlindAct, token: str, *, back: bool) -> str:
    """Do what was asked for; give how it waits."""
    vault, text, since = act.vault, act.text(Block.CONCERN), _since(act)
    if not (back or text or since):
        return "nothing"
    if back:
        vault.take_back(token)
        return "back"
    weekly = vault.add(token, text, urgent=_urgent(act), since=since)
    if _urgent(act):
        return "urgent"
    return "weekly" if weekly else "slots"


def _urgent(act: BlindAct) -> bool:
    return YES in act.chosen(Block.URGENT)


def _since(act: BlindAct) -> str:
    """Give how somebody has been since, in an id of ours; nothing where they did not say."""
    answer = next(iter(act.chosen(Block.SINCE)), "")
    return answer if answer in reply.SINCE else ""
