"""Drafts: whichever answer is handled last, the one that was given last stays."""

from __future__ import annotations

from storage import drafts
from storage.database import Database
from tests.unit.storage.people import AMINA, MINUTE, SAM, T0

OLDER, NEWER = {"M1": ["CHG-DATA"]}, {"M1": ["CHG-DATA", "CHG-UI"]}


def kept(db: Database) -> object:
    with db.read() as session:
        draft = drafts.get(session, AMINA, "check")
    assert draft is not None
    return draft.answers, draft.updated_at


def test_an_older_answer_that_is_handled_later_does_not_replace_the_newer(db: Database) -> None:
    for answers, at in ((NEWER, T0 + MINUTE), (OLDER, T0)):
        with db.write() as session:
            drafts.save(session, AMINA, "check", answers, at=at)

    assert kept(db) == (NEWER, T0 + MINUTE)


def test_a_newer_answer_replaces_the_older_and_one_of_the_same_moment_too(db: Database) -> None:
    for answers, at in ((OLDER, T0), (NEWER, T0 + MINUTE), (OLDER, T0 + MINUTE)):
        with db.write() as session:
            drafts.save(session, AMINA, "check", answers, at=at)

    assert kept(db) == (OLDER, T0 + MINUTE)


def test_the_draft_of_somebody_else_and_of_another_launch_are_left_alone(db: Database) -> None:
    with db.write() as session:
        drafts.save(session, AMINA, "check", NEWER, at=T0)
        drafts.save(session, SAM, "check", OLDER, at=T0 + MINUTE)
        drafts.save(session, AMINA, "another", OLDER, at=T0 + MINUTE)

    assert kept(db) == (NEWER, T0)
