"""Something of ours breaks: the person gets one sentence with a reference, and no log ever holds their words."""

from __future__ import annotations

import logging
import re

import pytest

from storage.models import Check
from tests.flow.world import FACES, SERIOUS, World, at, said
from workflows import check, dossier

CANARY = "Kanarienvogel 4711"


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


def broken(*_: object, **__: object) -> None:
    raise RuntimeError(f"refused: {CANARY}")


def test_a_failure_before_the_answer_gives_a_sentence_with_a_reference_that_stands_in_the_log(
    world: World, monkeypatch: pytest.MonkeyPatch, everything_logged: pytest.LogCaptureFixture
):
    monkeypatch.setattr(check, "submit", broken)

    reply = world.sends(world.amina, CANARY, FACES)

    (sentence,) = reply.errors.values()
    reference = re.search(r"reference ([0-9a-f]{8})", sentence)
    assert reference is not None
    assert reference[1] in everything_logged.text
    assert world.rows(Check) == []


def test_a_failure_after_the_answer_does_not_take_it_back(world: World, monkeypatch: pytest.MonkeyPatch):
    world.opens(world.amina, "Face tagging")
    monkeypatch.setattr(check, "keep_draft", broken)

    world.amina.sets("M1", ["CHG-DATA"])

    assert world.amina.notices() == []
    world.amina.waits(lambda: "reference" in said(world.amina.modal()))


def test_a_failure_after_a_saved_check_still_shows_the_receipt(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(world.running.process._worker, "wake", broken)
    world.opens(world.amina, "Face tagging")
    world.fills(world.amina, FACES)

    reply = world.amina.submits()

    assert "HR-1" in said(reply.modal)
    assert len(world.rows(Check)) == 1


def test_a_failure_in_a_command_is_told_where_it_was_typed(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(dossier, "view", broken)

    reply = world.amina.types("/hrdd case HR-1")

    assert "reference" in str(reply.ephemeral)
    assert CANARY not in str(reply.ephemeral)


def test_a_home_that_breaks_leaves_the_old_one(world: World, monkeypatch: pytest.MonkeyPatch):
    assert world.amina.opens_home() is not None
    monkeypatch.setattr("bot.listeners.home.overview", broken)

    world.amina.opens_home(wait=0.2)

    assert world.amina.home() is not None


@pytest.mark.every_way("transport")
def test_no_log_line_at_any_level_holds_what_somebody_wrote(
    world: World, monkeypatch: pytest.MonkeyPatch, everything_logged: pytest.LogCaptureFixture
):
    world.raises(CANARY, {**SERIOUS, "M8.note": CANARY})
    world.noor.clicks("case.hand_up", message=at(world.posts("C0RIGHTS")[0]))
    world.noor.sees_modal()
    world.noor.sets("reason", CANARY)
    world.noor.submits()
    world.settles()
    world.amina.types(f"/hrdd {CANARY}")
    world.amina.types(f"/hrdd case {CANARY}")
    world.amina.opens_home()
    world.standin.faults.fail("chat.postMessage", "server_error", times=1)
    world.standin.faults.fail("views.open", "server_error", times=1)
    world.amina.types(f"/hrdd check {CANARY} again", "C0PHOTOS")
    world.amina.waits(lambda: "views.open" not in [fault.method for fault in world.standin.faults.waiting()])
    for name in ("submit", "keep_draft"):
        monkeypatch.setattr(check, name, broken)
    world.opens(world.sam, CANARY)
    world.fills(world.sam, {})
    world.sam.submits()
    world.settles()

    assert everything_logged.records, "the log was listened to"
    said_in_log = [record.name for record in everything_logged.records if CANARY in logged(record)]
    assert said_in_log == []


def logged(record: logging.LogRecord) -> str:
    return logging.Formatter("%(message)s").format(record) + repr(record.args)
