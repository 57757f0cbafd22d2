"""Raise a concern: what is said before, how and about what, the words, and the code that leads back to them.

Everything here is behind the edge: nobody, no moment and no channel is known (bot/edge.py). A named or confidential
concern leaves it with its words (bot/listeners/named.py).
"""

from __future__ import annotations

import secrets

from bot.blind import BlindAct
from bot.ids import Block, Word
from bot.payloads_blind import Chosen, Shown
from bot.views import concern as views
from bot.views.concern_parts import YES
from workflows.errors import BadAnswer, BadAnswers
from workflows.rules import revealing
from workflows.rules.concerns import Mode, Topic
from workflows.rules.receipts import ASKED_BACK, groups, same_group

NONCE_BYTES = 16
COPIED = (Block.SECOND_GROUP, Block.FOURTH_GROUP)


def begin(act: BlindAct) -> None:
    """Say what is and is not hidden, before anything can be written."""
    act.comes_in(Word.CONCERN, lambda concerns: views.before(concerns, offers=act.vault.offers()))


def go_on(act: BlindAct) -> None:
    """Ask how somebody wants to raise it."""
    act.ack(response_action="update", view=views.how(act.concerns, offers=act.vault.offers()))


def choose(act: BlindAct) -> None:
    """Show the window for the words; it is the same for every way of raising a concern, and for raising none."""
    chosen = _chosen(act)
    if chosen.mode is Mode.ANONYMOUS:
        if not act.vault.offers():
            raise BadAnswer("concern_not_anonymous", field=Block.MODE)
        if not act.vault.can_be_read(chosen.excluded):
            raise BadAnswer("concern_nobody_left", field=_left_out_or_mode(act))
    known = chosen.mode in (Mode.NAMED, Mode.CONFIDENTIAL)
    act.ack(response_action="update", view=views.named_write(chosen) if known else views.write(chosen))


def send(act: BlindAct) -> None:
    """Take the words of an anonymous concern, once they were looked at for what may tell who wrote them."""
    chosen, vault = Chosen.load(act.memory), act.vault
    if chosen.mode is Mode.NOTHING:
        shown = Shown(chosen.nonce)
        act.ack(response_action="update", view=views.receipt(shown, vault.pretend(chosen.nonce)))
        return
    text, left_out = act.text(Block.CONCERN), _left_out(act)
    if not act.chosen(Block.AS_IT_IS) and _asks_again(act, chosen, text, left_out):
        return
    issued = vault.submit(chosen.report(text, frozenset(chosen.excluded) | frozenset(left_out)))
    shown = Shown(chosen.nonce, issued.held)
    act.ack(response_action="update", view=views.receipt(shown, issued.receipt, issued.minutes))


def finish(act: BlindAct) -> None:
    """See whether the code was copied, and say thank you. Whoever closes the window instead loses nothing."""
    shown = Shown.load(act.memory)
    if shown.held:
        _see_copied(act, shown)
    act.ack(response_action="update", view=views.done(shown))


def _chosen(act: BlindAct) -> Chosen:
    """Read what was chosen. Raises BadAnswer for what is missing or not offered."""
    concerns = act.concerns
    mode = _one(act, Block.MODE)
    if mode not in frozenset(Mode):
        raise BadAnswer("missing_answer", field=Block.MODE)
    # Never a place with so few people that it would say who they are.
    site = concerns.site_for(_one(act, Block.SITE))
    topic = _one(act, Block.TOPIC)
    return Chosen(
        mode=Mode(mode),
        topic=topic if topic in frozenset(Topic) else Topic.OTHER,
        site=site.id if site else None,
        leader=YES in act.chosen(Block.LEADER),
        excluded=_left_out(act),
        urgent=YES in act.chosen(Block.URGENT),
        checkin=YES in act.chosen(Block.CHECKIN),
        nonce=secrets.token_hex(NONCE_BYTES),
    )


def _one(act: BlindAct, block: Block) -> str:
    return next(iter(act.chosen(block)), "")


def _left_out(act: BlindAct) -> tuple[str, ...]:
    """Give who must not see it. Nobody is forgotten because the policy was changed meanwhile: that is an error."""
    known = {each.id for each in act.concerns.everybody}
    ticked = act.chosen(Block.LEFT_OUT)
    if not known.issuperset(ticked):
        raise BadAnswer("option_unknown", field=Block.LEFT_OUT)
    return ticked


def _left_out_or_mode(act: BlindAct) -> str:
    """Where to say that nobody is left; where nobody was left out, nobody has a key."""
    return Block.LEFT_OUT if act.chosen(Block.LEFT_OUT) else Block.MODE


def _asks_again(act: BlindAct, chosen: Chosen, text: str, left_out: tuple[str, ...]) -> bool:
    """Show the same window again where the words may tell who wrote them or name a reader; say whether it did.

    Looked at here and nowhere else; whoever wrote them decides.
    """
    others = [each for each in act.concerns.everybody if each.id not in chosen.excluded]
    kinds, named = revealing.found(text, own=act.own_name), revealing.names(text, others)
    if not kinds and set(left_out) >= set(named):
        return False
    offered = [each for each in others if each.id in named or each.id in left_out]
    act.ack(response_action="update", view=views.write(chosen, text, kinds, offered, left_out))
    return True


def _see_copied(act: BlindAct, shown: Shown) -> None:
    """Raise BadAnswers beside each group that is not that of the code."""
    code, typed = act.text(Block.RECEIPT), [act.text(block) for block in COPIED]
    if act.vault.is_copied(shown.nonce, code, (typed[0], typed[1])):
        return
    right = groups(code)
    wrong = [
        (str(block), "receipt_not_copied")
        for block, group, place in zip(COPIED, typed, ASKED_BACK, strict=True)
        if not right or not same_group(group, right[place - 1])
    ]
    raise BadAnswers(wrong)
