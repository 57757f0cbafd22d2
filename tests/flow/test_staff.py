"""A threat to our own people: two named people know, directly and at any hour, and nobody and nothing else (S19)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from storage.models import Case, Check, Draft, Event, Outbox, Seal, SignalRow, Timer, Words
from tests.flow.test_case_window import desk_of
from tests.flow.world import LIMITED, World, buttons, policy_with, said
from tests.records import A_KEY
from workflows import unsealing

WHAT = "Two men waited for Asel at her door in Bishkek and asked for the keys of the server."


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replicas share a key for what is sealed; beside a file there is one of its own."""
    monkeypatch.setenv("HRDD_SEAL_KEY", A_KEY)


def reports(world: World, who, what: str = WHAT, **fields: object):
    """Report a threat in the window for a change."""
    who.types("/hrdd context")
    who.waits(lambda: (who.modal() or {}).get("callback_id") == "context.form")
    for block, value in {"signal": "SIG-STAFF", "what": what, **fields}.items():
        who.sets(block, value)
    reply = who.submits()
    world.settles()
    return reply


def channels(world: World) -> int:
    """Count what stands in every shared channel."""
    return sum(len(world.standin.workspace.history(each)) for each in world.standin.workspace.channels)


@pytest.mark.every_way("store")
def test_s19_two_people_are_told_at_once_and_no_channel_hears_of_it(world: World, caplog: pytest.LogCaptureFixture):
    world.raises("Search", LIMITED)
    before, kinds = channels(world), world.kinds(1)
    told = {who.id: len(world.told(who)) for who in (world.amina, world.diego, world.noor, world.ruth, world.sam)}

    reply = reports(world, world.sam)

    assert not reply.errors, reply.errors
    assert "Two people were told" in said(world.sam.modal())
    case = world.case(2)
    assert (case.sealed, case.level, case.state) == (True, 3, "waiting")
    assert (case.owner_id, case.backup_id, case.channel_id) == ("U0NOOR", "U0RUTH", None)
    assert channels(world) == before, "zero messages in shared channels"
    people = (world.amina, world.diego, world.noor, world.ruth, world.sam)
    more = {who.id: len(world.told(who)) - told[who.id] for who in people}
    assert {who: count for who, count in more.items() if count} == {"U0NOOR": 1, "U0RUTH": 1}
    assert world.kinds(1) == kinds, "no other record is touched"
    assert {row.kind for row in world.rows(Timer) if row.case_id == 2} == {"answer"}
    assert world.whole()


def test_s19_what_was_written_is_sealed_and_stands_nowhere_else(world: World, caplog: pytest.LogCaptureFixture):
    reports(world, world.sam)

    for model in (Case, Draft, Event, Outbox, SignalRow, Timer, Words):
        for row in world.rows(model):
            text = json.dumps(row.model_dump(mode="json"), default=str)
            assert "Asel" not in text, model
            assert "Bishkek" not in text, model
    (seal,) = world.rows(Seal)
    assert (seal.case_id, seal.part) == (1, "D15")
    assert b"Asel" not in seal.box
    assert "Asel" not in said(world.everything())
    assert "Asel" not in caplog.text
    assert "U0SAM" not in caplog.text
    (row,) = world.rows(SignalRow)
    assert (row.by_id, row.countries, row.products) == (None, [], [])
    with world.db.read() as session:
        assert WHAT in world.desk.seals.reveal(session, 1).values()


def test_s19_only_those_two_can_open_it_and_it_stands_in_no_list(world: World):
    reports(world, world.sam)

    for who in (world.sam, world.amina, world.diego):
        who.types("/hrdd case HR-1")
        assert "Safety of our people" not in said(who.modal() or {})
        assert "HR-1" not in said(who.opens_home())
    world.ruth.types("/hrdd case HR-1")
    assert "HR-1" in said(world.ruth.sees_modal())
    assert "HR-1" not in said([block for block in world.ruth.opens_home()["blocks"] if "caseload" in str(block)])
    assert world.sam.messages("DM") == [] or "HR-1" not in said(world.sam.dm())


def test_s19_its_clock_runs_and_stays_out_of_channels_however_long_nobody_answers(world: World):
    reports(world, world.sam)
    before = channels(world)

    for _ in range(5):
        world.waits_for("answer", 1)

    assert channels(world) == before
    assert (world.case(1).owner_id, world.case(1).level) == ("U0NOOR", 3)
    assert len(world.told(world.noor)) >= 3
    assert len(world.told(world.ruth)) >= 2
    assert len(world.told(world.diego)) == 0
    assert "Asel" not in said(world.everything())


def test_s19_it_can_be_acknowledged_where_it_was_told(world: World):
    reports(world, world.sam)
    note = world.posts(world.standin.workspace.dm_of("U0NOOR"))[-1]

    assert "case.acknowledge" in buttons(note)
    world.noor.clicks("case.acknowledge", message=(note.channel, note.ts))
    world.settles()

    assert (world.case(1).state, world.case(1).channel_id) == ("acknowledged", None)


def test_s19_where_one_of_the_two_has_left_the_next_of_that_role_is_told(found, tmp_path: Path):
    def others(raw: dict) -> None:
        raw["security_contact"] = {"owner": "U0RUTH", "backup": "U0DIEGO"}

    world = found(policy_with(tmp_path, others))
    world.standin.workspace.change_person("U0RUTH", deleted=True)
    before = channels(world)

    reports(world, world.sam)

    assert world.told(world.diego)
    assert world.case(1).backup_id == "U0DIEGO"
    assert channels(world) == before


def test_s19_a_second_delivery_opens_no_second_case(world: World):
    reports(world, world.sam)

    world.sam.resubmits_last()
    world.settles()

    assert (len(world.rows(Case)), len(world.rows(Seal))) == (1, 1)


def test_s19_a_report_is_saved_whatever_launches_there_are_and_no_check_joins_it(world: World):
    """S19: nobody can stand in the way of a report, and nobody gets into its case by the name of a launch."""
    for number in (1, 2, 3):
        world.raises(f"staff:{number}", LIMITED)

    reply = reports(world, world.sam)

    assert not reply.errors
    case = world.case(4)
    assert case.sealed
    before, kinds = channels(world), world.kinds(4)
    for launch in ("staff:4", case.launch, case.launch_key):
        world.sends(world.amina, launch, LIMITED, product=case.product_id)
        world.settles()
    assert channels(world) > before, "each has a case of its own"
    assert world.kinds(4) == kinds
    assert not [row for row in world.rows(Check) if row.case_id == 4]


@pytest.mark.parametrize("what", ["primary", "UTC", "Kyrgyzstan", "Ok", "people are threatened"])
def test_s19_whatever_is_reported_is_taken_and_keeps_no_message_back(world: World, what: str):
    reply = reports(world, world.sam, what=what)
    world.raises("Small thing in Kyrgyzstan", LIMITED)

    assert not reply.errors
    assert world.told(world.ruth)
    assert {row.state for row in world.rows(Outbox)} == {"sent"}


def test_s19_what_was_reported_cannot_be_hidden_by_writing_over_it(world: World):
    reports(world, world.sam)
    company = desk_of(world)
    world.clock.moves(hours=1)
    company.writes(1, "D15", "U0NOOR", exposed="Nothing at all")

    _case, found = unsealing.unseal(world.desk, 1, "U0RUTH", company.now)

    assert [(each.part, each.by, each.text) for each in found] == [
        ("D15", "U0SAM", WHAT),
        ("D15", "U0NOOR", "Nothing at all"),
    ]
    assert found[0].at < found[1].at
