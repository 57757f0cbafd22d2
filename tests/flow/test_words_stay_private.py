"""What people write is read by those it is for: not by a channel, not by a log of events, and erased when asked."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from bot.cli import main
from storage.models import Chain, Check, Event, Outbox, Words
from tests.flow.rounds import resting
from tests.flow.test_disagree import sees_it_differently
from tests.flow.test_two_people import hands
from tests.flow.world import SERIOUS, World, said

LAUNCH = "canary launch 4711"
NOTE = "canary note 4712"
DISAGREEMENT = "canary disagreement 4713"
UP = "canary reason up 4714"
BACK = "canary reason back 4715"
WRITTEN = (LAUNCH, NOTE, DISAGREEMENT, UP, BACK)


def writes_everywhere(world: World) -> None:
    """Let people write in every free text field, and everything be sent."""
    world.sends(world.amina, LAUNCH, {**SERIOUS, "M8.note": NOTE})
    sees_it_differently(world, world.amina, why=DISAGREEMENT)
    world.settles()
    hands(world, world.noor, world.posts("C0RIGHTS")[0], "up", UP)
    world.settles()
    hands(world, world.ruth, world.posts("C0BOARD")[0], "back", BACK)
    world.settles()
    world.amina.types(f"/hrdd {LAUNCH}")
    world.amina.types(f"/hrdd case {LAUNCH}")
    world.opens(world.amina, LAUNCH)
    world.amina.closes()


def memories(shown: object) -> Iterator[str]:
    """Give everything that Slack was asked to remember beside words: of windows and of messages."""
    if isinstance(shown, dict):
        for name, value in shown.items():
            if name in ("private_metadata", "metadata"):
                yield json.dumps(value)
            else:
                yield from memories(value)
    elif isinstance(shown, list | tuple):
        for value in shown:
            yield from memories(value)
    elif isinstance(shown, str) and shown.startswith("{"):
        yield from memories(json.loads(shown))


def of(world: World, *models: type) -> str:
    return "\n".join(repr(vars(row)) for model in models for row in world.rows(model))


@pytest.mark.every_way("store")
def test_reasons_and_disagreements_are_read_in_the_case_and_by_who_sent_the_check_and_in_no_channel(world: World):
    writes_everywhere(world)

    for channel in ("C0PHOTOS", "C0LAUNCHES", "C0RIGHTS", "C0BOARD"):
        heard = "\n".join(said(message) for message in world.posts(channel))
        assert [each for each in (NOTE, DISAGREEMENT, UP, BACK) if each in heard] == []
    assert "the reason is in the case" in said(world.posts("C0RIGHTS")[-1])
    world.noor.types("/hrdd case HR-1")
    world.noor.waits(lambda: (world.noor.modal() or {}).get("callback_id") == "case.view")
    window = said(world.noor.modal())
    assert [each for each in (DISAGREEMENT, UP, BACK) if each not in window] == []
    told = "\n".join(world.told(world.amina))
    assert UP in told
    assert BACK in told
    assert world.told(world.diego) == []


@pytest.mark.every_way("store")
def test_events_promises_and_what_slack_remembers_hold_nothing_that_anybody_wrote(world: World):
    writes_everywhere(world)

    assert len(world.rows(Event)) >= 5
    rows = of(world, Event, Outbox, Chain)
    remembered = [each for one in world.standin.wire.since() for each in memories([one.request, one.response])]
    assert any("C0PHOTOS" in each for each in remembered), "the form carries something along"
    assert any("card:1:" in each for each in remembered), "so does a message"
    for written in WRITTEN:
        assert written not in rows
        assert [each for each in remembered if written in each] == []
    assert {NOTE, DISAGREEMENT} <= {(each.answers.get("M8") or {}).get("note") for each in world.rows(Check)} | {
        each.disagreement for each in world.rows(Check)
    }
    assert {words.text for words in world.rows(Words)} == {UP, BACK}


@pytest.mark.every_way("store")
def test_words_that_are_erased_leave_the_record_whole(
    world: World, db_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    world.raises("Search", SERIOUS)
    with resting(world):
        hands(world, world.noor, world.posts("C0RIGHTS")[0], "up", UP)
        with world.db.write() as session:
            assert session.connection().execute(text("DELETE FROM hr_words")).rowcount == 1
    world.settles()

    monkeypatch.setenv("HRDD_DATABASE_URL", db_url)
    assert main(["audit", "verify"]) == 0
    assert "all fit" in capsys.readouterr().out
    assert world.told(world.amina)[-1].startswith("<@U0NOOR> handed *HR-1*")
    world.amina.types("/hrdd case HR-1")
    world.amina.waits(lambda: (world.amina.modal() or {}).get("callback_id") == "case.view")
    assert "<@U0NOOR> handed it up to *L3*, <@U0RUTH>" in said(world.amina.modal())
    assert UP not in "\n".join(said(shown) for shown in world.everything())
