"""Two people and one case: both are told, both are seen, and acts that cross each other give one outcome."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.playground import Hand, Message
from storage.models import Case, Check
from tests.flow.rounds import notifier_of, resting
from tests.flow.test_disagree import sees_it_differently
from tests.flow.world import LIMITED, SERIOUS, World, at, buttons, policy_with, said
from workflows import case as cases_of_people
from workflows.rules.case import Act

WORDS = "Sam thinks of the people who cannot say no"


def hands(world: World, who: Hand, card: Message, where: str, reason: str = ""):
    """Hand a case over by its card, and return what the person sees then."""
    asks(who, card, where)
    if reason:
        who.sets("reason", reason)
    return who.submits()


def asks(who: Hand, card: Message, where: str) -> None:
    """Open the window that asks for a reason."""
    who.clicks(f"case.hand_{where}", message=at(card))
    who.waits(lambda: (who.modal() or {}).get("callback_id") == f"case.hand_{where}")


def both_check(world: World, answers: dict = SERIOUS) -> None:
    world.raises("Search", answers)
    world.raises("search", answers, who=world.sam)
    assert (len(world.rows(Case)), len(world.rows(Check))) == (1, 2)


@pytest.mark.every_way("store")
def test_both_who_checked_a_launch_find_its_case_on_their_home_and_by_its_name(world: World):
    both_check(world)

    for who in (world.amina, world.sam):
        home = said(who.opens_home())
        assert "HR-1" in home.split("*Cases from your checks*")[1]
        who.types("/hrdd case HR-1")
        who.waits(lambda who=who: (who.modal() or {}).get("callback_id") == "case.view")
        assert "Search" in said(who.modal())


def test_both_who_checked_a_launch_hear_who_acknowledged_it_and_where_it_went(world: World):
    both_check(world)
    (card,) = world.posts("C0RIGHTS")

    world.noor.clicks("case.acknowledge", message=at(card))
    world.settles()
    hands(world, world.noor, card, "up")
    world.settles()

    for who in (world.amina, world.sam):
        told = world.told(who)
        assert sum("<@U0NOOR> has acknowledged *HR-1*" in text for text in told) == 1
        assert sum("<@U0NOOR> handed *HR-1*" in text for text in told) == 1


def test_a_disagreement_is_shown_as_the_words_of_the_one_who_wrote_it(world: World):
    world.raises("Search", SERIOUS)
    world.sends(world.sam, "Search", SERIOUS)
    sees_it_differently(world, world.sam, why=WORDS)
    world.settles()

    (card,) = world.posts("C0RIGHTS")
    assert "checked by <@U0AMINA>" in said(card)
    assert "<@U0SAM> sees it differently; their words are in the case" in said(card)
    world.noor.types("/hrdd case HR-1")
    assert f"<@U0SAM> sees it differently:* {WORDS}" in said(world.noor.sees_modal())


def test_a_note_that_leaves_after_the_case_went_on_names_who_acknowledged(world: World):
    world.raises("Search", SERIOUS)
    (card,) = world.posts("C0RIGHTS")

    with resting(world):
        world.noor.clicks("case.acknowledge", message=at(card))
        hands(world, world.noor, card, "up")
        assert world.case(1).acknowledged_by is None
        assert len(world.told(world.amina)) == 1
    world.settles()

    first, second = world.told(world.amina)[1:]
    assert first.startswith("<@U0NOOR> has acknowledged *HR-1*")
    assert second.startswith("<@U0NOOR> handed *HR-1*")


@pytest.mark.every_way("store")
@pytest.mark.parametrize("level", [1, 2])
def test_owner_and_backup_who_both_hand_up_move_the_case_one_level(world: World, level: int):
    world.raises("Search", {1: LIMITED, 2: SERIOUS}[level])
    (card,) = world.posts({1: "C0LAUNCHES", 2: "C0RIGHTS"}[level])
    owner, backup = {1: (world.diego, world.noor), 2: (world.noor, world.ruth)}[level]
    for who in (owner, backup):
        asks(who, card, "up")

    assert owner.submits().errors == {}
    second = backup.submits()
    world.settles()

    assert "the case moved on since you looked at it" in second.errors["reason"]
    assert world.case(1).level == level + 1
    assert world.kinds(1) == ["case.opened", "case.handed_up"]
    assert len(world.told(world.amina)) == 2


@pytest.mark.every_way("store")
def test_owner_and_backup_who_hand_up_at_once_move_the_case_one_level(world: World):
    world.raises("Search", LIMITED)
    (card,) = world.posts("C0LAUNCHES")
    bodies = []
    for who in (world.diego, world.noor):
        asks(who, card, "up")
        bodies.append(world.submission(who))

    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(world.delivers, bodies))
    world.settles()

    assert sorted((answer.data or {}).get("response_action") for answer in answers) == ["errors", "update"]
    assert world.case(1).level == 2
    assert world.kinds(1) == ["case.opened", "case.handed_up"]


def with_another_lead(policy: dict) -> None:
    """Let Ferry Chat have a human rights lead of its own, so that Noor and Ruth hold none of its cases."""
    policy["products"][1]["roles"] = {"human_rights_lead": {"owner": "U0SAM", "channel": "C0LAUNCHES"}}


def test_a_lead_who_holds_nothing_may_hand_up_and_back_and_never_acknowledges(
    found: Callable[..., World], tmp_path: Path
):
    world = found(policy_with(tmp_path, with_another_lead))
    world.raises("Search", SERIOUS, product="ferry-chat", channel="DM")
    assert (world.case(1).owner_id, world.case(1).backup_id) == ("U0SAM", None)
    (card,) = world.posts("C0LAUNCHES")

    world.noor.clicks("case.acknowledge", message=at(card))
    assert "belongs to the owner or the backup" in said(world.noor.sees_modal())
    assert world.case(1).state == "waiting"

    world.noor.closes()
    assert hands(world, world.noor, card, "back", "It is smaller than it looks").errors == {}
    world.settles()
    assert (world.case(1).level, world.case(1).owner_id) == (1, "U0DIEGO")
    while world.noor.stack():
        world.noor.closes()
    standing = next(each for each in world.posts("C0LAUNCHES") if "case.hand_up" in buttons(each))
    assert hands(world, world.ruth, standing, "up").errors == {}
    assert (world.case(1).level, world.case(1).owner_id) == (2, "U0SAM")
    assert world.kinds(1) == ["case.opened", "case.handed_back", "case.handed_up"]


def while_posting(world: World, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]) -> None:
    """Let something happen once, after a message reached Slack and before the bot has read the answer."""
    voice, waiting = notifier_of(world), [happens]
    real = voice._post

    def post(to: str, *args: object) -> object:
        posted = real(to, *args)  # type: ignore[arg-type]
        if to.startswith("C") and waiting:
            waiting.pop()()
        return posted

    monkeypatch.setattr(voice, "_post", post)


def same_channel(policy: dict) -> None:
    policy["roles"]["executive_board"]["channel"] = "C0RIGHTS"


@pytest.mark.parametrize("together", [False, True], ids=["two channels", "one channel"])
def test_a_case_handed_up_while_its_first_card_is_under_way_leaves_no_buttons_behind(
    found: Callable[..., World], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together: bool
):
    world = found(policy_with(tmp_path, same_channel) if together else None)

    def handed_up() -> None:
        sent = cases_of_people.Sent(1, "U0NOOR", Act.HAND_UP)
        cases_of_people.hand(world.desk, sent, world.clock.now())

    while_posting(world, monkeypatch, handed_up)
    world.raises("Search", SERIOUS)

    first = world.posts("C0RIGHTS")[0]
    here = world.posts("C0RIGHTS" if together else "C0BOARD")
    (new,) = [each for each in here if "case.acknowledge" in buttons(each)]
    assert "This case has moved on: it is at *L3* now, with <@U0RUTH>" in said(first)
    assert buttons(first) == ["case.open"]
    assert "<@U0RUTH>, this needs your answer" in said(new)
    assert at(new) == (world.case(1).card_channel_id, world.case(1).card_ts)


def test_a_new_owner_in_the_same_channel_gets_a_new_message_that_mentions_them(
    found: Callable[..., World], tmp_path: Path
):
    world = found(policy_with(tmp_path, same_channel))
    world.raises("Search", SERIOUS)
    (old,) = world.posts("C0RIGHTS")

    hands(world, world.noor, old, "up")
    world.settles()

    old, new = world.posts("C0RIGHTS")
    assert "This case has moved on" in said(old)
    assert buttons(old) == ["case.open"]
    assert "<@U0RUTH>, this needs your answer" in said(new)
    assert "case.acknowledge" in buttons(new)
    assert float(new.ts) > float(old.ts), "an edit would have pinged nobody"


@pytest.mark.every_way("store")
def test_somebody_elses_submission_of_the_same_window_is_their_own_check(world: World):
    world.opens(world.amina, "Search")
    world.fills(world.amina, SERIOUS)
    body = world.submission(world.amina)
    first = world.delivers(body)

    forged = {**body, "user": {**body["user"], "id": "U0SAM", "name": "sam", "username": "sam"}}
    second = world.delivers(forged)
    world.settles()

    by_person = {check.submitter_id: check for check in world.rows(Check)}
    assert set(by_person) == {"U0AMINA", "U0SAM"}
    button = [block for block in (second.data or {})["view"]["blocks"] if block.get("block_id") == "disagree"]
    assert by_person["U0SAM"].id in str(button)
    assert by_person["U0AMINA"].id not in str(second.data)
    assert by_person["U0AMINA"].id in str(first.data)


@pytest.mark.every_way("store")
def test_everybody_who_sent_a_check_hears_who_answers_now_when_the_owner_is_replaced(world: World):
    with resting(world):
        for who in (world.amina, world.sam):
            assert not world.sends(who, "Voice rooms", LIMITED).errors
        world.standin.workspace.change_person("U0DIEGO", deleted=True)
    world.settles()

    for who in (world.amina, world.sam):
        (told,) = [text for text in world.told(who) if "can no longer answer here" in text]
        assert told.startswith("<@U0DIEGO> can no longer answer here, so <@U0NOOR> has *HR-1*")
    assert world.kinds(1) == ["case.opened", "case.checked_again", "case.owner_replaced"]
