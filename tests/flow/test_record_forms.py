"""The record is written in windows: every part opens, is sent and read back; drafts stay; what is sealed stays so."""

from __future__ import annotations

import json
import logging

import pytest

from storage.models import Draft, Event, Outbox
from tests.flow.record_hands import clicks, entry, kept, opened, record, values, writes
from tests.flow.record_samples import SAMPLES, happens
from tests.flow.world import LIMITED, SERIOUS, World, block_ids, said
from tests.records import A_KEY
from workflows.rules.parts import PARTS


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give a key to seal names with; beside a file of its own an installation makes one itself."""
    monkeypatch.setenv("HRDD_SEAL_KEY", A_KEY)


@pytest.mark.every_way("store")
def test_every_part_of_a_record_is_written_in_its_window_and_read_back(world: World):
    opened(world)
    number = happens(world)
    samples = {**SAMPLES, "settled": {**SAMPLES["settled"], "signal": str(number)}}
    assert set(samples) == set(PARTS)

    for part, fields in samples.items():
        correct = 1 if part == "risk" else 0
        reply = writes(world, world.noor, f"1:{part}:{correct}:0", fields)

        assert not reply.errors, (part, reply.errors)
        assert (world.noor.modal() or {})["callback_id"] == "record.saved", part
        if part in ("ended", "settled"):
            continue
        written = entry(world, part)
        assert {name: each for name, each in written.fields.items() if name in kept(fields, part)} == kept(fields, part)
        assert written.written_by[0] == "U0NOOR", part

    assert record(world).record.open_signals == ()
    assert record(world).record.entry("dissent", 1) is None
    world.settles()
    assert world.whole()


def test_a_window_shows_what_is_written_and_a_correction_takes_its_place(world: World):
    opened(world)
    writes(world, world.noor, "1:engagement:0:0", SAMPLES["engagement"])
    view = clicks(world, world.amina, "record.write", "1:engagement:1:0")

    assert values(world.amina)["learned"] == "They move often"
    assert "<@U0NOOR>" in said(view)
    world.amina.sets("learned", "They move every month")
    assert not world.amina.submits().errors

    assert entry(world, "engagement").fields["learned"] == "They move every month"
    assert entry(world, "engagement").written_by == ("U0AMINA", "U0NOOR")
    assert len(record(world).record.of("engagement")) == 1


def test_a_new_entry_points_to_what_it_is_about(world: World):
    opened(world)

    clicks(world, world.noor, "record.write", "1:mitigation:0:1")

    assert values(world.noor)["risk"] == "1"


def test_what_is_missing_is_said_beside_its_field_and_nothing_is_lost(world: World):
    """S13, S71."""
    opened(world)
    claims = {**SAMPLES["mitigation"], "evidence": "EV3"}

    reply = writes(world, world.noor, "1:mitigation:0:1", claims)

    assert set(reply.errors) == {"evidence_note", "evidence_on"}
    assert values(world.noor)["what"] == claims["what"]
    world.noor.sets("evidence_note", "No traced rider since spring")
    world.noor.sets("evidence_on", "2026-02-20")
    assert not world.noor.submits().errors
    assert entry(world, "mitigation").fields["evidence"] == "EV3"


def test_where_there_is_nothing_to_point_to_the_window_says_what_comes_first(world: World):
    opened(world)

    view = clicks(world, world.noor, "record.write", "1:recheck:0:0")

    assert view.get("submit") is None
    assert "*Mitigation*" in said(view)
    clicks(world, world.noor, "record.write", "1:mitigation:0:0", fresh=False)
    assert {"type", "owner"} <= set(block_ids(world.noor.modal()))


def test_what_may_stay_open_can_be_opened_again(world: World):
    opened(world)
    writes(world, world.noor, "1:D06:0:0", {**SAMPLES["D06"], "monitored": "YES"})
    assert entry(world, "D06").fields["monitored"] == "YES"

    writes(world, world.noor, "1:D06:0:0", {"monitored": "NONE"})

    assert "monitored" not in entry(world, "D06").fields


def test_a_saved_window_leads_on_to_what_is_missing_and_each_writing_counts(world: World):
    """Windows that follow each other in the same place keep their id; no writing is taken for the one before."""
    opened(world)
    writes(world, world.noor, "1:dissent:0:0", SAMPLES["dissent"])
    depth = len(world.noor.stack())

    reply = writes(world, world.noor, "1:dissent:0:0", {"who": "A tester", "why": "Too early"}, fresh=False)

    assert not reply.errors
    assert [each.text("who") for each in record(world).record.of("dissent")] == ["Two engineers", "A tester"]
    assert len(world.noor.stack()) == depth
    view = world.noor.modal() or {}
    assert "record.write" in json.dumps(view["blocks"])


def test_the_same_sending_twice_is_written_once(world: World):
    opened(world)
    clicks(world, world.noor, "record.write", "1:dissent:0:0")
    for block, value in SAMPLES["dissent"].items():
        world.noor.sets(block, value)
    body = world.submission(world.noor)

    first, second = world.delivers(body), world.delivers(body)

    assert (first.data or {})["response_action"] == (second.data or {})["response_action"] == "update"
    assert world.wrote().count("dissent") == 1


def test_more_windows_than_three_are_never_needed(world: World):
    opened(world)
    clicks(world, world.noor, "deep.open", "1")
    clicks(world, world.noor, "record.write", "1:invited:0:0", fresh=False)
    assert len(world.noor.stack()) == 3
    world.noor.closes()
    clicks(world, world.noor, "record.write", "1:recheck:0:0", fresh=False)
    assert len(world.noor.stack()) == 3

    clicks(world, world.noor, "record.write", "1:mitigation:0:0", fresh=False)

    assert len(world.noor.stack()) == 3
    assert (world.noor.modal() or {})["title"]["text"] == "A mitigation"


def test_the_case_below_shows_at_once_what_was_written(world: World):
    opened(world)
    before = world.standin.workspace.modals
    writes(world, world.noor, "1:dissent:0:0", SAMPLES["dissent"])

    lower = before.stack("U0NOOR")[0]
    world.noor.waits(lambda: "another view" in said(lower.spec).lower() or "dissent" in said(lower.spec).lower())


def test_whoever_says_that_the_world_changed_is_one_click_from_telling_what(world: World):
    """S20."""
    opened(world)
    writes(world, world.noor, "1:mitigation:0:1", SAMPLES["mitigation"])

    writes(world, world.noor, "1:recheck:0:1", {**SAMPLES["recheck"], "context_changed": "YES"})

    assert "context.open" in json.dumps((world.noor.modal() or {})["blocks"])


# -- drafts ------------------------------------------------------------------------------------------------------------


def test_a_closed_window_keeps_what_was_written_for_the_same_person_alone(world: World):
    opened(world)
    clicks(world, world.amina, "record.write", "1:engagement:0:0")
    world.amina.sets("learned", "They move often")
    world.amina.sets("party", "AFFECTED")
    world.amina.closes()
    world.until(lambda: any(row.draft_key == "record:1:engagement:0" for row in world.rows(Draft)))

    view = clicks(world, world.amina, "record.write", "1:engagement:0:0")
    assert values(world.amina)["learned"] == "They move often"
    assert values(world.amina)["party"] == "AFFECTED"
    assert "nothing is sent yet" in said(view)
    clicks(world, world.noor, "record.write", "1:engagement:0:0")
    assert values(world.noor)["learned"] is None

    for block, value in SAMPLES["engagement"].items():
        world.amina.sets(block, value)
    assert not world.amina.submits().errors
    world.until(lambda: not world.rows(Draft))


def test_closing_a_window_in_which_nothing_was_changed_keeps_no_draft(world: World):
    opened(world)
    writes(world, world.noor, "1:D06:0:0", SAMPLES["D06"])
    for value in ("1:D06:0:0", "1:mitigation:0:1", "1:risk:1:0"):
        clicks(world, world.noor, "record.write", value)
        world.noor.closes()
    world.settles()

    assert world.rows(Draft) == []


def test_what_is_to_be_sealed_is_in_no_draft_and_no_memory_and_no_log(world: World, caplog: pytest.LogCaptureFixture):
    """S26, S19."""
    caplog.set_level(logging.DEBUG)
    opened(world)
    name = "Orsolya Vantongeren"
    clicks(world, world.noor, "record.write", "1:sealed:0:0")
    world.noor.sets("names", name)
    world.noor.sets("why", "A former partner")
    world.noor.closes()
    world.until(lambda: bool(world.rows(Draft)))
    assert [row.answers for row in world.rows(Draft)] == [{"fields": {"why": "A former partner"}, "over": 0}]

    clicks(world, world.noor, "record.write", "1:sealed:0:0")
    assert values(world.noor)["names"] is None
    world.noor.sets("names", name)
    assert not world.noor.submits().errors
    world.settles()

    rows = "\n".join(repr(vars(row)) for model in (Event, Outbox, Draft) for row in world.rows(model))
    asked = [one.request for one in world.standin.wire.since() if one.direction == "from_bot"]
    answered = [one.response for one in world.standin.wire.since() if one.direction == "to_bot"]
    assert name not in rows
    assert name not in json.dumps([asked, answered], default=str), "the bot says it to nobody"
    assert all(name not in line.getMessage() for line in caplog.records)
    clicks(world, world.amina, "record.write", "1:sealed:1:0")
    assert name not in json.dumps(world.amina.stack())


def test_what_is_sealed_is_not_shown_again_by_the_window_in_which_it_was_written(world: World):
    opened(world)
    writes(world, world.noor, "1:D15:0:0", SAMPLES["D15"])

    # Reading it is an act of its own, which is written down.
    view = clicks(world, world.noor, "record.write", "1:D15:0:0")
    assert values(world.noor)["exposed"] is None
    assert "sealed here already" in said(view)
    # Who may not open the seal may not write over what is in it either.
    view = clicks(world, world.amina, "record.write", "1:D15:0:0")
    assert view["callback_id"] == "problem"
    assert SAMPLES["D15"]["exposed"] not in said(view)


# -- who may, and what cannot be used ----------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["denial_signed", "formal", "settled"])
def test_what_a_lead_writes_is_refused_to_others_before_the_page_opens(world: World, part: str):
    opened(world)

    view = clicks(world, world.amina, "record.write", f"1:{part}:0:0")

    assert view["callback_id"] == "problem"


def test_whoever_may_not_see_a_case_is_told_of_no_case(world: World):
    opened(world)
    body = world.standin.payloads.shortcut("U0SAM", "check.start")
    click = {"type": "button", "block_id": "b", "action_id": "record.write", "value": "1:D02:0:0"}
    made = {**body, "type": "block_actions", "actions": [click], "container": {"type": "message"}}

    world.delivers(made)

    shown = world.sam.sees_modal()
    assert shown["callback_id"] == "problem"
    assert "no case that you can see" in said(shown)


@pytest.mark.parametrize(
    "value", ["", "1", "1:of_a_later_version", "x:risk", "1:risk:zwei", "1:risk:99:0", "99:risk", "1:risk:²:0"]
)
def test_a_button_that_leads_nowhere_is_answered_in_one_sentence(world: World, value: str):
    opened(world)
    world.noor.types("/hrdd case HR-1")
    world.noor.sees_modal()

    view = clicks(world, world.noor, "record.write", value, fresh=False)

    assert view["callback_id"] == "problem"
    assert record(world).record.next_number("risk") == 2


def test_an_answer_that_is_not_offered_is_refused_and_nothing_is_written(world: World):
    opened(world)
    clicks(world, world.noor, "record.write", "1:D05:0:0")
    for block, value in SAMPLES["D05"].items():
        world.noor.sets(block, value)
    body = world.submission(world.noor)
    body["view"]["state"]["values"]["offer"]["answer"]["selected_option"]["value"] = "PERHAPS"

    answer = world.delivers(body)

    assert set((answer.data or {})["errors"]) == {"offer"}
    assert "D05" not in world.wrote()


def test_law_at_odds_with_human_rights_raises_the_level_and_says_so(world: World):
    """S41."""
    world.raises("Search", LIMITED)

    writes(world, world.diego, "1:D13:0:0", {"required": "YES", "differs": "DK"})

    assert "*L2*" in said(world.diego.modal())
    world.settles()
    assert (world.case(1).level, world.case(1).owner_id) == (2, "U0NOOR")


def test_a_day_that_lies_too_far_is_refused_beside_its_field(world: World):
    """S10."""
    opened(world, SERIOUS)

    reply = writes(world, world.noor, "1:mitigation:0:1", {**SAMPLES["mitigation"], "next_check": "2026-12-01"})

    assert set(reply.errors) == {"next_check"}
