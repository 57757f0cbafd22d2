"""Concerns by name and in confidence, as people meet them in Slack: words in windows only, nobody left out learns."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import inspect, text

from bot.playground import Hand
from storage.models import Case, Concern, Outbox, Timer
from tests.flow.test_case_window import shown
from tests.flow.world import World, at, said
from tests.records import A_KEY

WORDS = "Kanari told us not to write down the accident at the press."
ANSWER = "Kanariquo: we stopped the press today."


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replicas share a key for what is sealed; beside a file there is one of its own."""
    monkeypatch.setenv("HRDD_SEAL_KEY", A_KEY)


def about_a_message(world: World, who: Hand) -> None:
    """Use the shortcut on a message that stands in a channel."""
    world.diego.types("The numbers of the press are in.", "C0PHOTOS")
    message = world.diego.messages("C0PHOTOS")[-1]
    who.shortcut("concern.about", at(message))
    who.waits(lambda: (who.modal() or {}).get("callback_id") == "concern.about")


def raises(world: World, who: Hand, **fields: object) -> Any:
    """Raise a named concern about a message."""
    about_a_message(world, who)
    for block, value in {"topic": "TOP-CONDUCT", "concern": WORDS, **fields}.items():
        who.sets(block, value)
    reply = who.submits()
    world.settles()
    return reply


def in_confidence(world: World, who: Hand, **chosen: object) -> None:
    """Walk through the windows that everybody walks through, and raise a concern in confidence."""
    who.types("/hrdd concern")
    for window, fields in (
        ("concern.before", {}),
        ("concern.how", {"mode": "confidential", "topic": "TOP-CONDUCT", **chosen}),
        ("concern.named", {"concern": WORDS}),
    ):
        who.waits(lambda window=window: (who.modal() or {}).get("callback_id") == window)
        for block, value in fields.items():
            who.sets(block, value)
        assert not who.submits().errors
    world.settles()


def opens(world: World, who: Hand) -> str:
    """Open the case, then what was raised; give what the window says."""
    while who.stack():
        who.closes()
    who.types("/hrdd case HR-1")
    who.waits(lambda: "concern.read" in json.dumps(who.modal() or {}))
    who.clicks("concern.read")
    return shown(who, "concern.read")


def answers(world: World, who: Hand, about: str = "ack", words: str = ANSWER) -> None:
    opens(world, who)
    who.sets("what", about)
    who.sets("concern", words)
    assert not who.submits().errors
    world.settles()


@pytest.mark.every_way("store")
def test_somebody_speaks_up_by_name_is_answered_and_adds_to_it(world: World):
    before = sum(len(world.posts(room)) for room in world.standin.workspace.channels)

    reply = raises(world, world.sam)

    assert not reply.errors
    assert "HR-1" in said(world.sam.modal())
    (row,) = world.rows(Concern)
    assert (row.kind, row.topic, row.excluded) == ("named", "TOP-CONDUCT", [])
    assert (world.case(1).owner_id, world.case(1).submitter_id) == ("U0NOOR", "U0SAM")
    assert sum(len(world.posts(room)) for room in world.standin.workspace.channels) == before
    assert "HR-1" in "\n".join(world.told(world.noor))
    assert WORDS in opens(world, world.noor)
    assert "<@U0SAM>" in shown(world.noor, "concern.read")
    assert "|this message>" in shown(world.noor, "concern.read")

    answers(world, world.noor)
    assert world.told(world.sam) == ["There is an answer for you. It stands in a window, not in this message."]
    world.sam.closes()
    world.sam.clicks("concern.read", message=at(world.sam.dm()[-1]))
    assert ANSWER in shown(world.sam, "concern.read")
    world.sam.sets("concern", "Kanari thanks you")
    assert not world.sam.submits().errors
    world.settles()

    assert "Kanari thanks you" in opens(world, world.ruth)
    assert "written more" in "\n".join(world.told(world.noor))
    home = said(world.sam.opens_home())
    assert "My concerns" in home
    assert "somebody has it" in home
    assert world.whole()
    rooms = [
        *world.standin.workspace.channels,
        *(world.standin.workspace.dm_of(f"U0{n}") for n in ("NOOR", "RUTH", "SAM")),
    ]
    assert "Kanari" not in "\n".join(said(each) for room in rooms for each in world.posts(room))


def test_the_window_of_a_message_says_that_it_is_named_and_keeps_only_the_way_to_it(world: World):
    about_a_message(world, world.sam)

    view = world.sam.modal()
    assert "With your name" in said(view)
    assert "The numbers of the press" not in json.dumps(view)
    assert "/archives/C0PHOTOS/p" in json.dumps(view)


def test_bad_input_is_said_beside_its_field_and_the_words_stay(world: World):
    reply = raises(world, world.sam, concern="   ", topic="TOP-DATA")

    assert set(reply.errors) == {"concern"}
    assert world.rows(Case) == []


def test_a_second_delivery_opens_no_second_case(world: World):
    raises(world, world.sam)

    world.sam.resubmits_last()
    world.settles()

    assert (len(world.rows(Case)), len(world.rows(Concern))) == (1, 1)


def everything(world: World) -> dict[str, str]:
    """Give every row of every table as text, those of the job engine too."""
    found = {}
    with world.db.read() as session:
        connection = session.connection()
        for schema in inspect(connection).get_schema_names():
            if schema in ("information_schema", "pg_catalog"):
                continue
            for name in inspect(connection).get_table_names(schema):
                rows = connection.execute(text(f'SELECT * FROM "{schema}"."{name}"')).all()
                found[f"{schema}.{name}"] = "\n".join(repr(tuple(row)) for row in rows)
    return found


@pytest.mark.every_way("store")
def test_in_confidence_no_row_names_who_raised_it_and_they_are_answered_all_the_same(
    world: World, caplog: pytest.LogCaptureFixture
):
    in_confidence(world, world.sam, left_out=["board-ruth"], checkin=["yes"])

    assert "HR-1" in said(world.sam.modal())
    answers(world, world.noor)
    direct = world.standin.workspace.dm_of("U0SAM")
    assert len(world.posts(direct)) == 1
    for table, rows in everything(world).items():
        for trace in ("U0SAM", direct, "Kanari"):
            assert trace not in rows, table
    ours = [each.getMessage() for each in caplog.records if each.name.startswith(("bot", "workflows", "storage"))]
    assert "U0SAM" not in "\n".join(ours)
    assert "U0SAM" not in "\n".join(world.told(world.noor))
    assert "<@U0SAM>" in opens(world, world.noor)
    assert "My concerns" in said(world.sam.opens_home())
    assert "My concerns" not in said(world.amina.opens_home())


def test_somebody_who_was_left_out_sees_and_hears_nothing_however_long_nobody_answers(world: World):
    raises(world, world.sam, left_out=["rights-noor"])
    assert (world.case(1).owner_id, world.case(1).backup_id) == ("U0RUTH", None)

    for _ in range(4):
        world.waits_for("answer", 1)

    assert world.told(world.noor) == []
    hers = {"U0RUTH", world.standin.workspace.dm_of("U0RUTH")}
    assert {row.lane for row in world.rows(Outbox) if row.kind != "inbox"} <= hers
    reply = world.noor.types("/hrdd case HR-1")
    assert "no case that you can see" in str(reply.ephemeral)
    assert "HR-1" not in said(world.noor.opens_home())
    world.noor.types("/hrdd risks")
    assert "HR-1" not in shown(world.noor, "risks.view")


def test_where_everybody_is_left_out_it_says_where_else_to_turn(world: World):
    reply = raises(world, world.sam, left_out=["rights-noor", "board-ruth"])

    assert "ombudsperson" in json.dumps(reply.errors)
    assert world.rows(Case) == []


def test_somebody_punished_by_a_leader_is_heard_at_the_top(world: World):
    raises(world, world.sam, topic="TOP-RETALIATION", leader=["yes"])

    assert (world.case(1).level, world.case(1).owner_id) == (3, "U0RUTH")


def test_one_tap_says_how_somebody_has_been_and_worse_is_heard(world: World):
    raises(world, world.sam, checkin=["yes"])
    answers(world, world.noor, "feedback")
    heard = len(world.told(world.noor))

    world.passes(next(row.due_at for row in world.rows(Timer) if row.key == "raised:1:since30"))
    message = world.sam.dm()[-1]
    assert message.text.startswith("You asked me to look in on you")
    assert "Kanari" not in said(message)
    world.sam.clicks("concern.since", block_id="since:worse", message=at(message))
    world.sam.waits(lambda: "Thank you for telling me" in said(world.sam.modal() or {}))
    world.settles()

    assert "treated worse" in "\n".join(world.told(world.noor)[heard:])
    assert "treated worse" in "\n".join(world.told(world.ruth))
    world.sam.closes()
    world.sam.clicks("concern.since", block_id="since:fine", message=at(message))
    world.sam.waits(lambda: "answered this before" in said(world.sam.modal() or {}))
