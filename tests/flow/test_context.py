"""The world changed: what somebody reports, which cases it touches, who learns of it, and what is done again (S20)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.models import Case, Draft, Outbox, SignalRow, Words
from tests.flow.world import FACES, LIMITED, SERIOUS, World, said

YOUNG = {**LIMITED, "M2": ["GRP-CHILD"]}
"""Children are among those who use it: war there makes it grave."""
WHAT = "A draft law would let the police read every photo."


def tells(world: World, who, signal: str = "SIG-LAW", case: str = "", **fields: object):
    """Fill the window for a change and ask what it touches."""
    who.types(f"/hrdd context {case}".rstrip())
    who.waits(lambda: (who.modal() or {}).get("callback_id") == "context.form")
    for block, value in {"signal": signal, "what": WHAT, **fields}.items():
        who.sets(block, value)
    return who.submits()


def saves(world: World, who):
    """Save what the preview shows, and wait until it is worked through."""
    assert who.modal()["callback_id"] == "context.preview"
    reply = who.submits()
    world.settles()
    return reply


@pytest.mark.every_way("store")
def test_s20_a_change_is_looked_at_before_it_is_saved_and_reopens_what_it_touches(world: World):
    world.raises("Search", SERIOUS)

    reply = tells(world, world.sam, where="Kenya")

    assert not reply.errors, reply.errors
    shown = said(world.sam.modal())
    assert "1 case" in shown
    assert "Search" not in shown, "Sam has no part in it"
    assert WHAT not in str(world.sam.modal()), "the window carries no words"
    assert world.rows(SignalRow) == []

    saves(world, world.sam)

    (row,) = world.rows(SignalRow)
    assert (row.signal, row.countries, row.state, row.touched, row.by_id) == ("SIG-LAW", ["KE"], "done", 1, "U0SAM")
    assert "case.signal" in world.kinds(1)
    assert [each.text for each in world.rows(Words) if each.stream == f"signal:{row.id}"] == [WHAT]
    assert not [each for each in world.rows(Draft) if each.draft_key.startswith("context:")]
    assert any("1 case was touched" in text for text in world.told(world.sam))
    assert world.whole()


def test_s20_whoever_may_see_a_case_sees_it_in_the_preview(world: World):
    world.raises("Search", SERIOUS)

    tells(world, world.noor, where="KE")

    assert "Search" in said(world.noor.modal())


def test_s20_a_change_elsewhere_touches_nothing(world: World):
    world.raises("Search", SERIOUS)

    tells(world, world.noor, where="Peru")

    assert "no case" in said(world.noor.modal())


def test_a_field_that_cannot_be_used_is_named_beside_it_and_nothing_is_saved(world: World):
    reply = tells(world, world.sam, where="Atlantis", since="2049-01-01")

    assert set(reply.errors) == {"where", "since"}
    assert world.rows(SignalRow) == []


def test_a_second_delivery_of_the_same_window_is_one_change(world: World):
    world.raises("Search", LIMITED)
    tells(world, world.diego)
    saves(world, world.diego)

    world.diego.resubmits_last()
    world.settles()

    assert len(world.rows(SignalRow)) == 1
    assert world.kinds(1).count("case.signal") == 1


def test_what_was_written_is_there_again_when_the_preview_was_closed(world: World):
    tells(world, world.sam, where="Kenya")
    world.sam.closes()

    world.sam.types("/hrdd context")
    world.sam.waits(lambda: (world.sam.modal() or {}).get("callback_id") == "context.form")

    assert world.sam.modal()["state"]["values"]["what"]["answer"]["value"] == WHAT
    world.sam.closes()
    assert world.opens(world.sam, "")["callback_id"] == "check.form", "another window's draft is no check"


def test_s20_a_vote_acts_half_a_year_ahead_of_its_day(world: World):
    world.raises("Search", SERIOUS)
    day = (world.clock.now() + timedelta(days=300)).date()
    tells(world, world.noor, "SIG-ELECTION", since=day.isoformat(), where="KE")
    assert "lies ahead" in said(world.noor.modal())
    saves(world, world.noor)
    assert world.rows(SignalRow)[0].state == "planned"
    assert "case.signal" not in world.kinds(1)

    acts_at = world.rows(SignalRow)[0].acts_at
    assert timedelta(days=181) < world.clock.now() + timedelta(days=300) - acts_at < timedelta(days=184)
    world.clock.moves(seconds=(acts_at - world.clock.now()).total_seconds() + 1)
    world.settles(60)

    assert "case.signal" in world.kinds(1)
    assert world.rows(SignalRow)[0].state == "done"


def test_many_cases_of_one_change_are_told_of_in_one_message_a_person(world: World):
    for name in ("One", "Two", "Three", "Four", "Five"):
        world.raises(name, YOUNG)
    before = {who.id: len(world.told(who)) for who in (world.noor, world.ruth)}
    cards = len(world.posts("C0RIGHTS")) + len(world.posts("C0BOARD"))

    tells(world, world.sam, "SIG-CONFLICT", where="KE")
    saves(world, world.sam)

    assert {case.level for case in world.rows(Case)} == {3}
    assert {who.id: len(world.told(who)) - before[who.id] for who in (world.noor, world.ruth)} == {
        "U0NOOR": 1,
        "U0RUTH": 1,
    }
    assert len(world.posts("C0RIGHTS")) + len(world.posts("C0BOARD")) == cards
    assert "5 went up a level" in world.told(world.ruth)[-1]
    assert WHAT not in said([row.data for row in world.rows(Outbox)])

    world.waits_for("answer", 1)
    world.settles()

    told = [text for text in world.told(world.ruth)[before["U0RUTH"] + 1 :] if "still wait" in text]
    (only,) = told
    assert "5 cases" in only


def test_whoever_acts_on_one_of_many_has_a_case_of_its_own_again(world: World):
    for name in ("One", "Two", "Three", "Four"):
        world.raises(name, YOUNG)
    tells(world, world.sam, "SIG-CONFLICT", where="KE")
    saves(world, world.sam)
    assert {case.signal_id for case in world.rows(Case)} == {1}

    world.ruth.types("/hrdd case HR-1")
    world.ruth.sees_modal()
    world.ruth.clicks("case.acknowledge")
    world.settles()

    assert world.case(1).signal_id is None
    assert [case.signal_id for case in world.rows(Case)].count(1) == 3
    assert world.case(1).card_ts is not None


def test_faces_at_the_top_stay_there(world: World):
    world.raises("Tagging", FACES)

    tells(world, world.noor, "SIG-UNREST", where="KE", case="HR-1")
    saves(world, world.noor)

    assert world.case(1).level == 3
