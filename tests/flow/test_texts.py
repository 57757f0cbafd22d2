"""Whatever people write, it is shown as words: it pings nobody, links nowhere, and breaks no screen."""

from __future__ import annotations

import pytest

from storage.models import Check, Outbox
from tests.flow.test_disagree import sees_it_differently
from tests.flow.world import FACES, LIMITED, SERIOUS, World, at, foreign_mentions, marked, said

NASTY = {
    "mentions": "<!channel> <@U1> <@U0SAM|x> <#C0BOARD> <!subteam^S1> @here @channel @everyone",
    "links": "<https://evil.example|click> http://evil.example mailto:a@b.example tel:123 evil.example",
    "code": "`code` ```block``` *bold* _it_ ~no~ > quote & &lt;!channel&gt; &amp;",
    "directions": "safe \u202egnp.exe\u202c \u2066x\u2069 \u200f abc \u0000\u0007",
    "emoji": "🙂👩🏽\u200d🚀🏳\ufe0f\u200d🌈 :smile: " + "é" * 20,
    "templates": "{{ 7 * 7 }} {% raise %} ${x} %s {0} \\ \" '",
    "lines": "one\r\ntwo\u2028three\n\n\n• four",
    "ampersands": "&" * 140,
    "hearts": "❤" * 140,
}

pytestmark = pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in NASTY.items()])


def nothing_is_live(world: World) -> None:
    shown = world.everything()
    assert foreign_mentions(shown) == []
    assert not any(mark in text for text in marked(shown) for mark in "\u202e\u2066\u0000")
    assert [row for row in world.rows(Outbox) if row.state != "sent"] == []


def test_in_a_launch_and_a_note(world: World, text: str):
    world.opens(world.amina)
    world.amina.sets("launch", text)
    world.fills(world.amina, {**FACES, "M8.note": text})
    reply = world.amina.submits()
    world.settles()

    assert reply.errors == {}
    for who in (world.amina, world.noor, world.ruth):
        who.opens_home()
    world.ruth.types("/hrdd case HR-1")
    world.ruth.sees_modal()
    nothing_is_live(world)
    (check,) = world.rows(Check)
    kept = text.replace("\u0000", "").strip()
    assert check.launch == " ".join(kept.split())
    assert check.answers["M8"]["note"] == kept


def test_in_a_disagreement(world: World, text: str):
    world.sends(world.amina, "Search", SERIOUS)

    reply = sees_it_differently(world, world.amina, why=text)
    world.settles()

    assert reply.errors == {}
    assert "sees it differently" in said(world.posts("C0RIGHTS")[0])
    nothing_is_live(world)


def test_in_the_reasons_for_handing_up_and_back(world: World, text: str):
    world.raises("Search", LIMITED)
    card = world.posts("C0LAUNCHES")[0]
    for who, where in ((world.diego, "up"), (world.noor, "back")):
        who.clicks(f"case.hand_{where}", message=at(card))
        who.sees_modal()
        who.sets("reason", text)
        assert who.submits().errors == {}
        world.settles()
        card = world.posts("C0RIGHTS")[0]

    world.diego.types("/hrdd case HR-1")
    world.diego.sees_modal()

    assert world.kinds(1) == ["case.opened", "case.handed_up", "case.handed_back"]
    nothing_is_live(world)


def test_after_the_command(world: World, text: str):
    unknown = world.sam.types(f"/hrdd {text}")
    world.opens(world.amina, text)

    said_back = unknown.ephemeral or ""
    assert foreign_mentions([{"type": "mrkdwn", "text": said_back.replace("`/hrdd", "").replace("`", "", 20)}]) == []
    nothing_is_live(world)
