"""The window of a case: what is asked, the four steps, what is not covered, what is missing, and how risks stand."""

from __future__ import annotations

from typing import Any

from bot.playground import Hand
from tests.flow.world import FACES, LIMITED, SERIOUS, World, said
from tests.records import Company

NAME = "Ana Kovac"


def desk_of(world: World) -> Company:
    """Give the hands that write in a record directly, at the moment that the company has."""
    return Company(world.desk, world.clock.now())


def opens(world: World, who: Hand, number: int = 1) -> str:
    """Let somebody open a case; give what they see."""
    while who.stack():
        who.closes()
    who.types(f"/hrdd case HR-{number}")
    return shown(who, "case.view")


def shown(who: Hand, callback: str) -> str:
    who.waits(lambda: (who.modal() or {}).get("callback_id") == callback)
    return said(who.modal())


def turns(who: Hand, action: str, *words: str, **more: Any) -> str:
    """Click in the window of a case; give the page that comes."""
    who.clicks(action, **more)
    who.waits(lambda: all(word in said(who.modal()) for word in words))
    return said(who.modal())


def gap(company: Company, kind: str, **more: str) -> None:
    company.writes(
        1, "gap", risk="1", kind=kind, why="The law asks for it.", decided_by="U0NOOR", told="Nobody yet",
        review_on=company.day(20), **more,
    )  # fmt: skip


def test_s9_every_case_shows_its_four_steps_in_words(world: World):
    world.raises("Search", SERIOUS)

    text = opens(world, world.noor)

    steps = [text.index(f"*{name}*:") for name in ("Picture", "Mitigate and track", "Remedy", "Communicate")]
    assert steps == sorted(steps)
    assert "nothing written yet" in text


def test_s14_what_is_not_covered_is_named_first_and_counted_apart(world: World):
    world.raises("Search", SERIOUS)
    company = desk_of(world)
    company.mitigates(1, evidence="EV3")
    for kind in ("NOT_YET", "CANNOT", "NOT_YET"):
        gap(company, kind)

    text = opens(world, world.noor)

    assert "*Not covered:* 1 CANNOT, 2 NOT YET" in text
    assert text.index("*Not covered:*") < text.index("still missing") < text.index("*counts until*")
    assert text.index("*CANNOT* for R1") < text.index("*NOT YET* for R1")


def test_s32_an_honest_cannot_wears_no_red(world: World):
    world.raises("Search", SERIOUS)
    gap(desk_of(world), "CANNOT")

    opens(world, world.noor)

    sections = [said(block) for block in (world.noor.modal() or {})["blocks"]]
    for text in (each for each in sections if "CANNOT" in each):
        assert not {"🟥", "❌", "🔴", "⚠"} & set(text)


def test_s8_each_missing_thing_leads_to_where_it_is_written(world: World):
    world.raises("Search", SERIOUS)
    opens(world, world.noor)

    buttons = [
        block["accessory"]["value"]
        for block in (world.noor.modal() or {})["blocks"]
        if (block.get("accessory") or {}).get("action_id") == "record.write"
        and block["accessory"]["type"] == "button"
        and block["text"]["text"].startswith("•")
    ]

    assert len(buttons) == 5, "the first five, and how many there are besides"
    assert buttons[0] == "1:risk:1:0"
    assert "which are named when these are written" in said(world.noor.modal())


def test_s12_a_new_mitigation_reads_as_unproven_and_a_proven_one_says_until_when_it_counts(world: World):
    world.raises("Search", SERIOUS)
    company = desk_of(world)
    company.mitigates(1)
    company.mitigates(1, evidence="EV3")

    text = opens(world, world.noor)

    assert "*M1* A person can change the outcome: Two people read every refusal" in text
    assert "*unproven*: nobody has shown yet that it works; next look" in text
    assert "*counts until* <!date^" in text


def test_a_mitigation_is_added_from_the_risk_it_lowers(world: World):
    world.raises("Search", SERIOUS)
    opens(world, world.noor)

    (block,) = [
        each["block_id"]
        for each in (world.noor.modal() or {})["blocks"]
        if (each.get("accessory") or {}).get("value") == "1:mitigation:0:1" and "*R1*" in each["text"]["text"]
    ]
    world.noor.clicks("record.write", block_id=block)

    shown(world.noor, "record.write")
    assert len(world.noor.stack()) == 2


def test_what_can_be_added_is_in_one_menu(world: World):
    world.raises("Search", SERIOUS)
    opens(world, world.noor)

    world.noor.chooses("record.write", "1:dissent:0:0", block_id="add:1")

    assert "Whose view is it?" in shown(world.noor, "record.write")


def test_where_the_risks_stand_is_drawn_and_said(world: World):
    world.raises("Face tagging", FACES)

    text = opens(world, world.ruth)

    assert "R1: SEV4, possible, so L3" in text
    assert "🟧1\ufe0f\u20e3🟥🟥  SEV4" in text


def test_the_timeline_shows_months_who_knew_and_what_happened_newest_first(world: World):
    world.raises("Search", SERIOUS)
    desk_of(world).mitigates(1)
    opens(world, world.noor)

    text = turns(world.noor, "case.timeline", "month by month")

    assert "month by month" in text
    assert "<@U0AMINA> acted or asked" in text
    assert text.index("wrote *Mitigation 1*") < text.index("sent the check that opened this case")
    assert "case.acknowledge" not in str(world.noor.modal())
    assert "*Picture*" in turns(world.noor, "case.first", "*Picture*")
    assert len(world.noor.stack()) == 1


def test_a_long_history_turns_its_pages(world: World):
    world.raises("Search", SERIOUS)
    company = desk_of(world)
    for _ in range(15):
        company.describes(1)
    opens(world, world.noor)
    turns(world.noor, "case.timeline", "month by month")

    text = turns(world.noor, "case.page", "sent the check that opened this case", block_id="turn")

    assert "month by month" not in text
    assert "Earlier" not in text


def test_everything_written_can_be_read_and_corrected(world: World):
    world.raises("Search", SERIOUS)
    company = desk_of(world)
    company.mitigates(1)
    gap(company, "NOT_YET")
    company.writes(1, "dissent", who="Two engineers", why="The readers are tired.")
    opens(world, world.noor)

    text = turns(world.noor, "case.record", "Two engineers")

    assert "The readers are tired." in text
    assert "The law asks for it." in text
    (block,) = [each["block_id"] for each in (world.noor.modal() or {})["blocks"] if "Two engineers" in said(each)]
    world.noor.chooses("record.write", "1:dissent:1:0", block_id=block)
    shown(world.noor, "record.write")
    assert "Two engineers" in str(world.noor.modal())


def test_an_empty_record_invites(world: World):
    world.raises("Voice rooms", LIMITED)
    opens(world, world.diego)

    assert "*R1*" in turns(world.diego, "case.record", "*R1*")


def test_s26_sealed_names_are_opened_by_a_lead_in_a_window_of_their_own(world: World):
    world.raises("Search", SERIOUS)
    desk_of(world).writes(1, "sealed", names=NAME)
    assert NAME not in opens(world, world.noor)

    world.noor.clicks("case.seals")

    assert NAME in shown(world.noor, "case.seals")
    assert world.kinds()[-1] == "case.seals_opened"


def test_s26_others_learn_that_something_is_sealed_and_no_more(world: World):
    world.raises("Search", SERIOUS)
    desk_of(world).writes(1, "sealed", names=NAME)

    text = opens(world, world.amina)

    assert "1 entry is sealed" in text
    assert NAME not in text
    assert "case.seals" not in str(world.amina.modal())


def test_the_register_is_searched_and_opens_a_case(world: World):
    world.raises("Search", SERIOUS)
    world.raises("Voice rooms", LIMITED)
    world.noor.types("/hrdd risks")
    text = shown(world.noor, "risks.view")
    assert "Search" in text
    assert "Voice rooms" in text

    world.noor.sets("words", "voice")
    assert not world.noor.submits().errors
    assert "HR-1," not in said(world.noor.modal())
    assert "Voice rooms" in said(world.noor.modal())
    assert (world.noor.modal() or {}).get("private_metadata", "") == ""

    world.noor.clicks("case.open")
    assert "Voice rooms" in shown(world.noor, "case.view")


def test_the_register_of_somebody_without_a_part_is_empty_and_says_so_kindly(world: World):
    world.raises("Search", SERIOUS)

    world.sam.types("/hrdd risks search")

    assert "No case that you can see has these words" in shown(world.sam, "risks.view")


def test_a_long_register_turns_its_pages_and_keeps_the_words(world: World):
    for number in range(12):
        world.raises(f"Launch {number:02}", LIMITED)
    world.noor.types("/hrdd risks launch")
    first = shown(world.noor, "risks.view")
    assert "Launch 09" in first
    assert "Launch 10" not in first

    turns(world.noor, "risks.more", "Launch 11")
    assert "Launch 00" in turns(world.noor, "risks.first", "Launch 00")
