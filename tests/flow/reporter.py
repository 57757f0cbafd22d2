"""What somebody does who raises an anonymous concern, step by step, and what is read by those who may open it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.playground import Hand, Reply
from storage import anonymous, envelopes
from storage.envelopes import Pair
from storage.models import AnonCase
from tests.blind import cases, opened_by
from tests.blind import keyed as give_keys
from tests.flow.world import World
from workflows.sealed_words import read_words
from workflows.vault import Vault

WORDS = "The logs of the cameras in the hall were deleted after the complaint of the cleaners"
"""Words in which nothing tells who wrote them."""


def vault_of(world: World) -> Vault:
    """Return the blind core of the running bot."""
    vault = world.running.process._services.vault
    assert vault is not None
    return vault


def keyed(world: World) -> Mapping[str, Pair]:
    """Give every recipient of the policy a key, so that anonymous reports can be taken."""
    return give_keys(vault_of(world), world.clock.now())


def shows(who: Hand, callback: str) -> dict[str, Any]:
    """Wait until a window is on top and return it."""
    who.waits(lambda: (who.modal() or {}).get("callback_id") == callback)
    return who.modal() or {}


def opens(who: Hand) -> None:
    """Begin, and go on to the window that asks how."""
    who.types("/hrdd concern")
    shows(who, "concern.before")
    assert not who.submits().errors
    shows(who, "concern.how")


def chooses(who: Hand, mode: str = "anonymous", **fields: object) -> Reply:
    """Fill the window that asks how, and go on."""
    for block, value in {"mode": mode, **fields}.items():
        who.sets(block, value)
    return who.submits()


def writes(who: Hand, text: str = WORDS, **fields: object) -> Reply:
    """Write the words and send them."""
    for block, value in {"concern": text, **fields}.items():
        who.sets(block, value)
    return who.submits()


def receipt(who: Hand) -> str:
    """Return the code that is shown."""
    return str(shows(who, "concern.receipt")["state"]["values"]["receipt"]["answer"]["value"])


def copies(who: Hand, code: str) -> Reply:
    """Type two groups of a code back."""
    parts = code.split("-")
    who.sets("second_group", parts[1])
    who.sets("fourth_group", parts[3].lower())
    return who.submits()


def reports(who: Hand, text: str = WORDS, **fields: object) -> str:
    """Walk through all windows and return the code."""
    opens(who)
    assert not chooses(who, **fields).errors
    assert not writes(who, text).errors
    code = receipt(who)
    assert not copies(who, code).errors
    who.closes()
    return code


def returns(who: Hand, code: str) -> Reply:
    """Come back with a code."""
    who.types("/hrdd reply")
    shows(who, "reply.code")
    who.sets("receipt", code)
    return who.submits()


def released(world: World, number: int = 1) -> list[AnonCase]:
    """Let four days go by and return the reports that are released then."""
    vault = vault_of(world)
    world.clock.moves(minutes=11)
    world.until(lambda: not vault.holding._queue)
    world.clock.moves(days=4)
    world.until(lambda: len(cases(vault)) >= number)
    return cases(vault)


def read_by(world: World, case: AnonCase, pair: Pair) -> list[str]:
    """Return what somebody with a key reads of a report, the first message first; nothing where it is not for them."""
    vault = vault_of(world)
    private = opened_by(vault, case, pair)
    if private is None:
        return []
    with vault.db.read() as session:
        found = [each for each in anonymous.messages(session, case.id) if each.dir == "R"]
    infos = [envelopes.message_info(each.case_id, each.dir, each.seq) for each in found]
    opened = [envelopes.unseal_text(each.blob, private, info) for each, info in zip(found, infos, strict=True)]
    return [read_words(each).text for each in opened]


def days(number: float) -> timedelta:
    """Return a span of days."""
    return timedelta(days=number)
