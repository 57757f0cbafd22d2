"""Somebody raises a concern and stays unknown: from the first window to the answer, and what never leaves the house."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from bot.playground import Hand
from bot.playground.wire import Exchange
from prompts import problem
from storage.envelopes import Pair
from storage.models import LeadKey, table_of
from tests.blind import answers, cases
from tests.flow.reporter import (
    WORDS,
    chooses,
    copies,
    keyed,
    opens,
    read_by,
    receipt,
    released,
    reports,
    returns,
    shows,
    vault_of,
    writes,
)
from tests.flow.world import World, block_ids, policy_with, said

MORE = "Two of the cleaners were asked to sign that nothing had happened in the hall"
TELLING = "I told my manager that Noor had deleted them"
PERSON = re.compile(r"\b[UW]0[A-Z0-9]{2,}")
GRAM = 12


@pytest.fixture
def keys(world: World) -> Mapping[str, Pair]:
    """Give every recipient a key."""
    return keyed(world)


def from_bot(world: World, since: int = 0) -> list[Exchange]:
    """Return what the bot asked of Slack."""
    return [each for each in world.standin.wire.since(since) if each.direction == "from_bot"]


def grams(*texts: str) -> set[str]:
    """Return every piece of twelve signs of these texts."""
    return {text[start : start + GRAM] for text in texts for start in range(len(text) - GRAM + 1)}


def state(world: World) -> str:
    """Return how the only report stands."""
    (case,) = cases(vault_of(world))
    return case.state


def adds(who: Hand, text: str = "", **fields: object):
    """Fill the window of somebody who came back, and send it."""
    for block, value in {"concern": text, **fields}.items():
        who.sets(block, value)
    return who.submits()


OF_OTHERS = frozenset({"chat.postMessage", "conversations.open", "users.info"})
"""Calls with which the worker tells readers and channels what they are told anyway."""


@pytest.mark.every_way("all")
def test_somebody_raises_a_concern_is_answered_adds_to_it_and_takes_it_back(
    world: World, keys: Mapping[str, Pair], caplog: pytest.LogCaptureFixture
):
    caplog.set_level("DEBUG", "bot")
    sam, vault, start = world.sam, vault_of(world), world.standin.wire.last
    opens(sam)
    chooses(sam, topic="TOP-SAFETY", site="berlin", left_out=["rights-noor"], checkin=["yes"])
    writes(sam)
    code = receipt(sam)
    for _ in range(3):
        sam.resubmits_last()  # T15
    assert receipt(sam) == code
    with vault.db.read() as session:
        assert len(vault.holding.everything(session)) == 1
    assert set(copies(sam, "0" * 5 + code[5:].replace(code[6:11], "0" * 5)).errors) == {"second_group"}
    assert not copies(sam, code).errors
    assert "Nobody will write to you" in said(sam.modal())
    sam.closes()
    returns(sam, code.lower().replace("-", " "))
    assert "It is held" in said(sam.modal())
    sam.closes()
    flow = from_bot(world, start)

    (case,) = released(world)
    assert (case.topic, case.site, case.state) == ("TOP-SAFETY", "berlin", "waiting")
    assert {lead: read_by(world, case, pair) for lead, pair in keys.items()} == {
        "rights-noor": [],
        "board-ruth": [WORDS],
    }
    answers(vault, case, "Thank you. Who signed <it>?")
    start = world.standin.wire.last
    returns(sam, code)
    assert "Who signed <it>?" in said(sam.modal())
    assert "one of the next two Mondays" in said(sam.modal())
    assert WORDS not in str(sam.modal())
    adds(sam, MORE)
    assert "one of the next two Mondays" in said(sam.modal())
    sam.resubmits_last()
    sam.closes()
    flow += from_bot(world, start)
    world.clock.moves(days=15)
    world.until(lambda: len(read_by(world, case, keys["board-ruth"])) == 2)
    assert read_by(world, case, keys["board-ruth"]) == [WORDS, MORE]

    returns(sam, code)
    adds(sam, "not this", take_back=["yes"])
    assert "cannot be undone" in said(sam.modal())
    sam.submits()
    assert "being taken back" in said(sam.modal())
    sam.closes()
    world.clock.moves(days=2)
    world.until(lambda: state(world) == "retracted")
    assert read_by(world, case, keys["board-ruth"]) == [WORDS, MORE]

    # T13: what readers and channels are told at its own hour may leave meanwhile; nothing of it is about Sam.
    assert {each.kind for each in flow} - OF_OTHERS == {"views.open"}
    assert not PERSON.search(json.dumps([each.request for each in flow if each.kind == "views.open"]))
    beside = [each.request for each in from_bot(world) if each.kind in OF_OTHERS]
    assert all(sam.id not in json.dumps(each) for each in beside)
    assert sam.dm() == []
    chats = json.dumps([each.request for each in from_bot(world) if each.kind.startswith("chat.")])
    assert not any(gram in chats for gram in grams(WORDS, MORE))
    assert not any(secret in caplog.text for secret in (WORDS, MORE, code))


def walks(who: Hand, mode: str) -> list[object]:
    """Walk through all windows and return what each was made of."""
    steps: list[object] = []

    def look() -> None:
        view = who.modal() or {}
        steps.append((view["callback_id"], [each for each in block_ids(view) if len(each) > 5]))

    opens(who)
    look()
    chooses(who, mode)
    look()
    writes(who)
    look()
    copies(who, receipt(who))
    look()
    return steps


def test_who_raises_nothing_walks_through_the_same_windows_and_nothing_is_kept(world: World, keys: Mapping[str, Pair]):
    seen = {mode: walks(who, mode) for who, mode in ((world.sam, "anonymous"), (world.amina, "nothing"))}
    vault = vault_of(world)

    assert seen["anonymous"] == seen["nothing"]
    assert "Nothing was kept" in said(world.amina.modal())
    with vault.db.read() as session:
        assert len(vault.holding.everything(session)) == 1, "Sam's"


def test_what_may_tell_who_wrote_it_is_said_once_and_whoever_wrote_it_decides(world: World, keys: Mapping[str, Pair]):
    opens(world.sam)
    chooses(world.sam)

    writes(world.sam, TELLING)

    shown = shows(world.sam, "concern.write")
    assert "who you work with or for" in said(shown)
    assert "Noor Rahman" in said(shown)
    assert shown["state"]["values"]["concern"]["answer"]["value"] == TELLING
    assert "Ruth Okafor" not in said(shown)

    writes(world.sam, "Noor had them deleted", left_out=["rights-noor"])
    receipt(world.sam)
    (case,) = released(world)
    assert {lead: len(read_by(world, case, pair)) for lead, pair in keys.items()} == {"rights-noor": 0, "board-ruth": 1}


def test_words_can_be_sent_as_they_are(world: World, keys: Mapping[str, Pair]):
    opens(world.sam)
    chooses(world.sam)
    writes(world.sam, TELLING)

    writes(world.sam, TELLING, as_it_is=["yes"])

    receipt(world.sam)
    (case,) = released(world)
    assert [read_by(world, case, pair) for pair in keys.values()] == [[TELLING]] * 2


def test_who_leaves_everybody_out_is_told_beside_the_names_and_can_change_it(world: World, keys: Mapping[str, Pair]):
    opens(world.sam)

    reply = chooses(world.sam, left_out=["rights-noor", "board-ruth"])

    assert reply.errors == {"left_out": problem("concern_nobody_left")}
    assert not chooses(world.sam, left_out=["board-ruth"]).errors
    shows(world.sam, "concern.write")


def test_an_urgent_concern_is_less_protected_and_shown_within_ten_minutes(world: World, keys: Mapping[str, Pair]):
    opens(world.sam)
    chooses(world.sam, urgent=["yes"])
    writes(world.sam)

    assert "less protected" in said(world.sam.modal())
    world.clock.moves(minutes=11)
    world.until(lambda: len(cases(vault_of(world))) == 1)


@pytest.mark.parametrize("way", [("http", "postgresql")], indirect=True, ids=["postgresql"])
def test_on_a_server_it_is_said_that_words_wait_for_ten_minutes_and_too_many_are_kept_in_the_window(
    world: World, keys: Mapping[str, Pair]
):
    opens(world.sam)
    chooses(world.sam)
    writes(world.sam)
    assert "within about 10 minutes" in said(world.sam.modal())
    code = receipt(world.sam)
    world.sam.closes()
    vault = vault_of(world)
    while len(vault.holding._queue) < 4:
        token = vault.look_up(code).token
        vault.add(token, MORE)

    opens(world.amina)
    chooses(world.amina)
    reply = writes(world.amina)

    assert reply.errors == {"concern": problem("concern_wait")}
    assert shows(world.amina, "concern.write")["state"]["values"]["concern"]["answer"]["value"] == WORDS


def test_whoever_closes_the_window_with_the_code_loses_nothing(world: World, keys: Mapping[str, Pair]):
    opens(world.sam)
    chooses(world.sam)
    writes(world.sam)
    code = receipt(world.sam)

    for _ in range(2):
        assert set(copies(world.sam, "-".join(["AAAAA"] * 5)).errors) == {"second_group", "fourth_group"}
    world.sam.closes()

    assert world.sam.modal() is None
    assert not returns(world.sam, code).errors
    assert "It is held" in said(world.sam.modal())


def test_a_wrong_code_is_said_beside_the_field(world: World, keys: Mapping[str, Pair]):
    code = reports(world.sam)
    other = code[:-1] + ("0" if code[-1] != "0" else "1")

    assert returns(world.sam, other).errors == {"receipt": problem("receipt_typo")}
    world.sam.sets("receipt", vault_of(world).receipt_for("of another window"))
    assert world.sam.submits().errors == {"receipt": problem("receipt_unknown")}


def test_after_a_while_the_code_is_asked_for_again_and_no_word_is_lost(world: World, keys: Mapping[str, Pair]):
    code, vault = reports(world.sam), vault_of(world)
    returns(world.sam, code)
    vault._returns._came.clear()

    adds(world.sam, MORE, urgent=["yes"])

    shown = shows(world.sam, "reply.read")
    assert shown["state"]["values"]["concern"]["answer"]["value"] == MORE
    assert not adds(world.sam, MORE, receipt=code).errors
    assert "within ten minutes" in said(world.sam.modal())


def test_twenty_times_a_day_are_enough_for_one_report(world: World, keys: Mapping[str, Pair]):
    code, vault = reports(world.sam), vault_of(world)
    returns(world.sam, code)
    token = json.loads(shows(world.sam, "reply.read")["private_metadata"])[0]
    for number in range(20):
        vault.add(token, f"{MORE} {number}")

    reply = adds(world.sam, MORE)

    assert reply.errors == {"concern": problem("receipt_full")}
    assert shows(world.sam, "reply.read")["state"]["values"]["concern"]["answer"]["value"] == MORE


def test_who_asked_for_it_is_asked_later_how_they_have_been(world: World, keys: Mapping[str, Pair]):
    code = reports(world.sam, checkin=["yes"])
    released(world)
    returns(world.sam, code)
    assert "since" not in block_ids(world.sam.modal())
    world.sam.closes()
    world.clock.moves(days=40)
    world.until(lambda: vault_of(world).week > "2026-W14")

    returns(world.sam, code)
    assert "since" in block_ids(world.sam.modal())
    adds(world.sam, since="worse", urgent=["yes"])
    assert "within ten minutes" in said(world.sam.modal())
    world.sam.closes()
    world.clock.moves(minutes=11)
    (case,) = cases(vault_of(world))
    world.until(lambda: len(read_by(world, case, keys["board-ruth"])) == 2)
    returns(world.sam, code)
    assert "since" not in block_ids(world.sam.modal())


def test_what_is_typed_after_the_word_is_not_read_and_said_to_be_dangerous(world: World, keys: Mapping[str, Pair]):
    for word in ("concern", "reply"):
        world.sam.types(f"/hrdd {word} {WORDS}")

        shown = shows(world.sam, "problem")
        assert f"`/hrdd {word}` alone" in said(shown)
        assert "cleaners" not in str(shown)
        world.sam.closes()


def test_the_home_and_the_shortcut_lead_there_too(world: World, keys: Mapping[str, Pair]):
    world.sam.opens_home()
    for action, callback in (("concern.open", "concern.before"), ("reply.open", "reply.code")):
        world.sam.clicks(action, home=True)
        shows(world.sam, callback)
        world.sam.closes()
    world.delivers(world.standin.payloads.shortcut("U0SAM", "concern.open"))
    shows(world.sam, "concern.before")


def test_when_too_many_windows_were_opened_it_says_when_to_come_back(world: World, keys: Mapping[str, Pair]):
    limiter, steady = world.running.process.edge.limiter, world.running.process.edge._steady
    assert limiter is not None
    while not limiter.opened("U0SAM", steady()):
        pass

    for word in ("concern", "reply"):
        world.sam.types(f"/hrdd {word}")
        shown = said(shows(world.sam, "problem"))
        assert "come back tomorrow" in shown
        assert "Staff ombudsperson" in shown
        world.sam.closes()


def forgets(world: World, *leads: str) -> None:
    """Let recipients have no key (any more)."""
    table = table_of(LeadKey)
    with world.db.write() as session:
        session.connection().execute(table.delete().where(table.c.lead.in_(leads)))


def test_without_keys_nobody_is_promised_to_stay_unknown(world: World):
    forgets(world, "rights-noor", "board-ruth")
    world.sam.types("/hrdd concern")

    assert "until two independent readers have keys" in said(shows(world.sam, "concern.before"))
    world.sam.submits()
    assert chooses(world.sam, "confidential").errors == {}
    shows(world.sam, "concern.named")


def test_when_the_keys_are_gone_meanwhile_another_way_is_asked_for(world: World, keys: Mapping[str, Pair]):
    opens(world.sam)
    forgets(world, "board-ruth")

    assert chooses(world.sam).errors == {"mode": problem("concern_not_anonymous")}


@pytest.mark.parametrize("staff", [24, None], ids=["few", "none"])
def test_a_company_of_few_and_one_that_takes_no_concerns_say_so(
    found: Callable[..., World], tmp_path: Path, staff: int | None
):
    def change(raw: dict) -> None:
        if staff is None:
            del raw["concerns"]
        else:
            raw["concerns"]["staff"] = staff

    world = found(policy_with(tmp_path, change))
    if staff is None:
        world.sam.types("/hrdd concern")
        assert "cannot be raised here yet" in said(shows(world.sam, "problem"))
        return
    keyed(world)
    opens(world.sam)
    assert "anonymous" not in json.dumps(world.sam.modal()["blocks"][0])
