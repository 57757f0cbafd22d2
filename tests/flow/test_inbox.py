"""Somebody who reads anonymous reports: key, passphrase, list, answer; and what everybody gets by the calendar."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.playground import Hand
from bot.playground.demo import PASSPHRASE
from prompts import problem
from storage.models import Concern, LeadAudit, Outbox, Timer
from tests.blind import cases, report
from tests.flow.conftest import Way
from tests.flow.reporter import shows, vault_of
from tests.flow.world import World, at, block_ids, buttons, company, said
from workflows.usage import tapped

WORDS = "The logs of the cameras in the hall were deleted"


@pytest.fixture
def world(way: Way, db_url: str) -> Iterator[World]:
    """Give a company whose readers have keys, under the passphrase of a demonstration."""
    with company(way.transport, db_url, demo_keys=True) as found:
        yield found


def reported(world: World, text: str = WORDS, **more: object) -> str:
    """Let somebody report, wait until readers have it, and return the code."""
    vault = vault_of(world)
    before = len(cases(vault))
    code = vault.submit(report(text, urgent=True, **more)).receipt
    world.clock.moves(minutes=11)
    world.until(lambda: len(cases(vault)) > before)
    return code


def unlocks(who: Hand, passphrase: str = PASSPHRASE) -> None:
    """Open the inbox from the home."""
    who.opens_home()
    who.clicks("inbox.open", home=True)
    shows(who, "inbox.unlock")
    who.sets("passphrase", passphrase)
    assert not who.submits().errors
    shows(who, "inbox.list")


def answers(who: Hand, what: str, words: str) -> None:
    """Write in the open report, and see that it was sent."""
    who.sets("what", what)
    who.sets("concern", words)
    assert not who.submits().errors
    shows(who, "inbox.read")


def writes_again(who: Hand) -> None:
    """Ask for the field once more, and wait until it is there."""
    assert "concern" not in block_ids(who.modal()), "Slack would leave the words there, to be sent again"
    who.clicks("inbox.read", block_id="again")
    who.waits(lambda: "concern" in block_ids(who.modal()))


@pytest.mark.every_way("all")
def test_a_report_is_read_acknowledged_answered_and_closed_in_windows_only(world: World):
    code = reported(world)
    noor, posts = world.noor, [len(world.told(who)) for who in (world.noor, world.ruth)]
    unlocks(noor)
    assert WORDS not in said(noor.modal())

    noor.clicks("inbox.read")
    assert WORDS in said(shows(noor, "inbox.read"))
    noor.clicks("inbox.act")
    noor.waits(lambda: "Saved." in said(noor.modal()))
    answers(noor, "message", "Which camera was it?")
    writes_again(noor)
    answers(noor, "feedback", "The camera is off now.")
    writes_again(noor)
    answers(noor, "closing", "Thank you for telling us.")

    assert "It is closed" in said(noor.modal())
    assert not (noor.modal() or {}).get("submit")
    assert "concern" not in block_ids(noor.modal())
    visit = vault_of(world).look_up(code)
    assert visit.answers == ("Which camera was it?", "The camera is off now.", "Thank you for telling us.")
    noor.closes()
    noor.clicks("inbox.open", block_id="lock")
    noor.waits(lambda: "The inbox is closed" in said(noor.modal()))
    acts = [row.action for row in world.rows(LeadAudit) if row.lead == "rights-noor"]
    assert acts == ["new_key", "unlock", "read", "acknowledge", "answer", "read", "feedback", "read", "close", "lock"]
    assert [len(world.told(who)) for who in (world.noor, world.ruth)] == posts, "nobody is told of a single report"
    assert WORDS not in said([each for each in world.everything() if not isinstance(each, dict)])


def new_passphrase(who: Hand) -> str:
    """Ask for a new key, copy its passphrase, and return that."""
    who.opens_home()
    who.clicks("inbox.open", home=True)
    shows(who, "inbox.unlock")
    who.clicks("inbox.open", block_id="forgot")
    view = shows(who, "inbox.key")
    passphrase = str(view["state"]["values"]["passphrase"]["answer"]["value"])
    words = passphrase.split(" ")
    assert len(words) == 6
    assert not [word for word in words if word in str(view.get("private_metadata"))]
    who.sets("second_group", words[1])
    who.sets("fourth_group", words[1])
    assert who.submits().errors == {"fourth_group": problem("inbox_word")}
    who.sets("fourth_group", words[4])
    assert not who.submits().errors
    return passphrase


CODE = re.compile(r"`((?:[0-9A-F]{4}-){7}[0-9A-F]{4})`")


@pytest.mark.every_way("store")
def test_a_forgotten_passphrase_is_replaced_once_another_reader_has_compared_a_code(world: World):
    reported(world, leader=True, topic="TOP-RETALIATION")
    noor, ruth = world.noor, world.ruth
    passphrase = new_passphrase(noor)
    (code,) = CODE.findall(said(noor.modal()))
    noor.closes()
    noor.closes()
    world.settles()
    asked = world.posts(world.standin.workspace.dm_of(ruth.id))[-1]
    assert "<@U0NOOR> asked for a key" in said(asked)
    assert code not in said(asked), "where somebody else may read it"

    noor.opens_home()
    noor.clicks("inbox.open", home=True)
    assert code not in said(shows(noor, "inbox.unlock")), "whoever has the account alone sees none"
    noor.sets("passphrase", passphrase)
    assert not noor.submits().errors
    assert code in said(noor.modal())
    noor.closes()
    unlocks(ruth)
    assert "A new key waits" in said(ruth.modal())
    ruth.clicks("inbox.act", block_id="confirm:rights-noor")
    shows(ruth, "inbox.confirm")
    assert CODE.findall(said(ruth.modal())) == [code]
    ruth.sets("passphrase", passphrase)
    assert ruth.submits().errors == {"passphrase": problem("inbox_wrong")}
    ruth.sets("passphrase", PASSPHRASE)
    assert not ruth.submits().errors
    assert "The new key is used" in said(shows(ruth, "inbox.list"))
    assert "A new key waits" not in said(ruth.modal())
    world.settles()
    assert "is used from now on" in world.told(noor)[-1]

    unlocks(noor, passphrase)
    noor.clicks("inbox.read")
    assert WORDS in said(shows(noor, "inbox.read"))


def test_whoever_knows_their_passphrase_learns_that_a_new_key_was_asked_for_and_it_is_gone(world: World):
    new_passphrase(world.noor)
    world.noor.closes()
    world.noor.closes()

    unlocks(world.noor)

    assert "somebody asked for a new key in your name" in said(world.noor.modal())
    unlocks(world.ruth)
    assert "A new key waits" not in said(world.ruth.modal())


def test_a_wrong_passphrase_is_said_beside_its_field(world: World):
    noor = world.noor
    noor.opens_home()
    noor.clicks("inbox.open", home=True)
    shows(noor, "inbox.unlock")

    noor.sets("passphrase", "my own cat")
    assert noor.submits().errors == {"passphrase": problem("inbox_typo")}
    noor.sets("passphrase", "babab babab babab babab babab babab")
    assert noor.submits().errors == {"passphrase": problem("inbox_wrong")}


def test_whoever_does_not_read_reports_has_no_way_in(world: World):
    assert "inbox.open" not in str(world.sam.opens_home())
    note = note_of(world, world.noor)

    body = {
        "type": "block_actions",
        "user": {"id": world.sam.id, "name": "sam"},
        "team": {"id": "T1", "domain": "x"},
        "api_app_id": "A1",
        "trigger_id": "1.2.3",
        "container": {"type": "message"},
        "actions": [{"type": "button", "action_id": "inbox.open", "block_id": "inbox"}],
    }
    world.delivers(body)
    assert world.sam.modal() is None
    assert buttons(note) == ["inbox.open"]


def note_of(world: World, who: Hand):
    """Let the note of the next working day come, and return it."""
    clock = next(row for row in world.rows(Timer) if row.key == "inbox")
    world.passes(clock.due_at)
    return world.posts(world.standin.workspace.dm_of(who.id))[-1]


def test_everybody_who_reads_gets_the_same_note_and_it_opens_the_inbox(world: World):
    reported(world, excluded=frozenset({"board-ruth"}))

    notes = [note_of(world, world.noor), world.posts(world.standin.workspace.dm_of(world.ruth.id))[-1]]

    assert (notes[0].text, notes[0].blocks) == (notes[1].text, notes[1].blocks)
    world.ruth.clicks("inbox.open", message=at(notes[1]))
    shows(world.ruth, "inbox.unlock")
    world.ruth.sets("passphrase", PASSPHRASE)
    world.ruth.submits()
    assert "nothing for you to read" in said(shows(world.ruth, "inbox.list"))


def test_a_case_is_opened_from_a_report_in_the_readers_own_words(world: World):
    reported(world)
    unlocks(world.noor)
    world.noor.clicks("inbox.read")
    shows(world.noor, "inbox.read")

    answers(world.noor, "case", "A camera has no logs.")
    world.settles()

    assert "HR-1 is open" in said(world.noor.modal())
    assert [(row.kind, row.case_id) for row in world.rows(Concern)] == [("named", 1)]
    assert (world.case(1).sealed, world.case(1).owner_id) == (True, "U0RUTH")
    assert "camera" not in said([each for each in world.everything() if not isinstance(each, dict)])


def test_once_a_week_everybody_is_asked_and_a_tap_is_counted_without_a_name(world: World):
    clock = next(row for row in world.rows(Timer) if row.key == "pulse")
    world.passes(clock.due_at)
    (question,) = [each for each in world.posts("C0LAUNCHES") if "One tap" in each.text]

    for _ in range(2):
        world.sam.clicks("pulse.tap", block_id="pulse:mixed", message=at(question))
        world.sam.waits(lambda: "Counted" in said(world.sam.modal()))
        world.sam.closes()

    taken = vault_of(world).usage.take(clock.due_at + timedelta(days=30)) or {}
    assert taken[tapped("mixed")] == 2
    assert not [row for row in world.rows(Outbox) if "U0SAM" in str(row.data)]
    assert block_ids({"blocks": question.blocks})[1:4] == ["pulse:good", "pulse:mixed", "pulse:bad"]
