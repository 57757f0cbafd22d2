"""Texts as long as a field takes are kept whole, and every screen stays within Slack's limits."""

from __future__ import annotations

from storage.models import Check, Outbox
from tests.flow.test_disagree import sees_it_differently
from tests.flow.world import FACES, SERIOUS, World, at, buttons, foreign_mentions, said

LONG = "<!channel> & 🙂 `x` <@U1> " * 200


def test_the_longest_texts_are_kept_whole_and_shown_cut(world: World):
    everything = {
        **FACES,
        "M1": ["CHG-SENSITIVE", "CHG-DATA", "CHG-DECIDE", "CHG-REUSE", "CHG-AUTHORITY", "CHG-CUSTOMER"],
        "M3": ["CTX-CONFLICT", "CTX-REPRESS", "CTX-SECURITY", "CTX-NOCHOICE", "CTX-MISUSE"],
        "M8.gap": "CANNOT",
        "M8.note": LONG[:300],
    }
    world.opens(world.amina, LONG)
    world.fills(world.amina, everything)
    assert world.amina.submits().errors == {}
    assert sees_it_differently(world, world.amina, why=LONG[:1000]).errors == {}
    world.settles()
    world.raises(f"Search {LONG}", SERIOUS)
    (card,) = [each for each in world.posts("C0RIGHTS") if "case.hand_up" in buttons(each)]
    world.noor.clicks("case.hand_up", message=at(card))
    world.noor.sees_modal()
    world.noor.sets("reason", LONG[:1000])
    assert world.noor.submits().errors == {}
    world.settles()
    for who in (world.amina, world.noor, world.ruth):
        who.opens_home()
        who.types("/hrdd case HR-1")
        who.sees_modal()
    world.ruth.types("/hrdd case HR-2")
    world.ruth.waits(lambda: "HR-2" in said(world.ruth.modal()))

    assert {row.state for row in world.rows(Outbox)} == {"sent"}
    assert foreign_mentions(world.everything()) == []
    first, second, _ = sorted(world.rows(Check), key=lambda check: check.created_at)
    assert first.answers["M8"]["note"] == LONG[:300].strip()
    assert second.disagreement == LONG[:1000].strip()


def test_a_text_longer_than_its_field_comes_back_with_the_limit_and_the_words_stay(world: World):
    world.raises("Search", SERIOUS)
    world.noor.clicks("case.hand_back", message=at(world.posts("C0RIGHTS")[0]))
    world.noor.sees_modal()
    world.noor.sets("reason", "short")
    body = world.submission(world.noor)
    body["view"]["state"]["values"]["reason"]["answer"]["value"] = LONG

    answer = world.delivers(body)

    assert "longer than 1000 characters" in (answer.data or {})["errors"]["reason"]
    assert world.case(1).level == 2
    assert world.noor.modal() is not None
