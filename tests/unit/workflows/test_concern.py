"""Concerns by name and in confidence: sealed cases that never reach whom their reporter left out (S19, S44)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy import text
from sqlmodel import select

from prompts import problem
from storage import cases, concerns
from storage.crypto import Keys
from storage.database import Database
from storage.models import Case, Concern, Event, Outbox, Seal, Timer
from tests.conftest import STORES
from tests.records import AMINA, DIEGO, MONDAY, NOOR, RUTH, SAM, Company, desk_of
from workflows import (
    access,
    addresses,
    concern,
    concern_clocks,
    concern_thread,
    deciding,
    dossier,
    escalation,
    outgoing,
    register,
    unsealing,
)
from workflows import case as acts
from workflows.concern_values import Given
from workflows.errors import BadAnswer, BadAnswers, HrddError, NotFound, Refused
from workflows.home import overview
from workflows.rules.case import Act
from workflows.rules.decision import Decision, Outcome
from workflows.rules.values import Level
from workflows.seals import Seals

T = TypeVar("T")
WORDS = "The night shift in Hanoi sleeps beside the machines, Kanari said."
NONCE = "0123456789abcdef0123456789abcdef"
GIVEN = Given("named", "TOP-CONDUCT", None, None, False, frozenset(), WORDS, NONCE)


BOTH = pytest.mark.parametrize("store", STORES)
"""What depends on the database is asked of each; the rest of one."""


@pytest.fixture
def store() -> str:
    return "sqlite"


@pytest.fixture
def company(db: Database) -> Company:
    return Company(desk_of(db))


def raises(company: Company, who: str = SAM, **changed: object) -> int:
    return concern.raise_concern(company.desk, replace(GIVEN, **changed), who, company.now).case_id  # type: ignore[arg-type]


def rows(company: Company, model: type[T]) -> list[T]:

    with company.desk.db.read() as session:
        return list(session.exec(select(model)).all())  # type: ignore[call-overload]


def everything(company: Company) -> dict[str, str]:
    """Give every row of every table of ours as text, by its table."""
    found = {}
    with company.desk.db.read() as session:
        connection = session.connection()
        for name in Case.metadata.tables:
            kept = connection.execute(text(f'SELECT * FROM "{name}"')).all()
            found[name] = "\n".join(
                repr(tuple(bytes(v) if isinstance(v, memoryview) else v for v in row)) for row in kept
            )
    return found


def sweeps(company: Company, until: timedelta) -> None:
    """Let every clock of a concern have its moment, one after the other."""
    end = company.now + until
    while True:
        due = sorted((each for each in rows(company, Timer) if each.kind == "raised"), key=lambda each: each.due_at)
        if not due or due[0].due_at > end:
            company.now = end
            return
        company.now = max(due[0].due_at, company.now)
        with company.desk.db.write() as session:
            session.connection().execute(text(f"UPDATE hr_timer SET state = 'handed' WHERE id = {due[0].id}"))
        assert escalation.step(company.desk, due[0].id or 0, due[0].generation, company.now)


def told(company: Company, kind: str) -> list[Outbox]:
    return [each for each in rows(company, Outbox) if each.kind == kind]


# -- what it becomes -----------------------------------------------------------------------------------------------


@BOTH
def test_a_named_concern_is_a_sealed_case_of_a_human_rights_lead(company: Company):
    raised = concern.raise_concern(company.desk, GIVEN, SAM, company.now)

    case = company.case(raised.case_id)
    assert (case.sealed, case.level, case.state, case.submitter_id) == (True, 2, "waiting", SAM)
    assert (case.owner_id, case.backup_id, case.channel_id) == (NOOR, RUTH, None)
    assert (raised.code, raised.role) == ("HR-1", "human_rights_lead")
    assert (raised.acknowledge_by, raised.answer_by) == (MONDAY + timedelta(days=7), MONDAY + timedelta(days=90))
    assert company.living(1).finding.level == Level.L2
    (event,) = [each for each in rows(company, Event) if each.kind == "case.opened"]
    assert event.actor_id == SAM
    assert "CONCERN" in event.data["rules"]


@pytest.mark.parametrize(
    ("topic", "product", "leader", "level"),
    [
        ("TOP-CONDUCT", None, False, 2),
        ("TOP-CONDUCT", None, True, 2),
        ("TOP-RETALIATION", None, False, 2),
        ("TOP-RETALIATION", None, True, 3),
        ("TOP-HARM", None, False, 3),
        ("TOP-DATA", "ferry-chat", False, 3),
    ],
)
def test_what_is_not_known_is_never_read_as_mild(
    company: Company, topic: str, product: str | None, leader: bool, level: int
):
    """Of a product nothing is known, so the rule reads the gravest; who was punished by a leader is heard at once."""
    number = raises(company, topic=topic, product_id=product, leader=leader)

    assert company.case(number).level == level
    found = company.living(number).finding
    assert (found.level, found.floor_level >= 2) == (level, True)


def test_writing_in_its_record_moves_a_concern_neither_up_nor_down(company: Company):
    number = raises(company)

    company.writes(number, "dissent", NOOR, who="Noor", why="I see it differently.")

    case = company.case(number)
    assert (case.level, case.floor_level) == (2, 2)
    with pytest.raises(HrddError):
        acts.hand(company.desk, acts.Sent(number, NOOR, Act.HAND_BACK, "It is small"), company.now)


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"text": "  "}, "concern", "concern_empty"),
        ({"text": "x" * 3001}, "concern", "too_long"),
        ({"mode": "anonymous"}, "mode", "option_unknown"),
        ({"topic": "TOP-NOISE"}, "topic", "option_unknown"),
        ({"product_id": "no-such"}, "product", "product_unknown"),
        ({"excluded": frozenset({"nobody-known"})}, "left_out", "option_unknown"),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field_and_nothing_is_saved(
    company: Company, changed: dict[str, object], field: str, sentence: str
):
    with pytest.raises(BadAnswer) as refused:
        raises(company, **changed)

    assert (refused.value.field, refused.value.problem) == (field, sentence)
    assert rows(company, Case) == rows(company, Concern) == rows(company, Seal) == []


@BOTH
def test_a_second_delivery_gets_the_first_receipt(company: Company):
    first = concern.raise_concern(company.desk, replace(GIVEN, checkin=True), SAM, company.now)
    company.passes(hours=5)

    again = concern.raise_concern(company.desk, replace(GIVEN, checkin=True), SAM, company.now)

    assert again == first
    assert len(rows(company, Case)) == len(rows(company, Concern)) == len(rows(company, Seal)) == 1
    with pytest.raises(NotFound):
        concern.raise_concern(company.desk, GIVEN, AMINA, company.now)


def test_without_a_key_to_seal_it_with_nothing_is_saved(db: Database):
    company = Company(desk_of(db))
    bare = replace(company.desk, seals=Seals(db, Keys("", None), lambda: 0.0))

    with pytest.raises(Refused):
        concern.raise_concern(bare, GIVEN, SAM, company.now)

    assert rows(company, Case) == []


# -- who must not see it -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left_out", "who", "owner", "backup"),
    [
        (frozenset(), SAM, NOOR, RUTH),
        (frozenset({"rights-noor"}), SAM, RUTH, None),
        (frozenset({"board-ruth"}), SAM, NOOR, None),
        (frozenset(), NOOR, RUTH, None),
    ],
)
def test_it_is_given_neither_to_who_was_left_out_nor_to_its_reporter(
    company: Company, left_out: frozenset[str], who: str, owner: str, backup: str | None
):
    for mode in ("named", "confidential"):
        number = raises(company, who, mode=mode, excluded=left_out, request_key=f"{mode:0>32}")

        case = company.case(number)
        assert (case.owner_id, case.backup_id) == (owner, backup)


def test_where_nobody_is_left_it_says_where_to_turn_and_nothing_is_saved(company: Company):
    with pytest.raises(Refused) as refused:
        raises(company, excluded=frozenset({"rights-noor", "board-ruth"}))

    assert "ombudsperson" in problem(refused.value.problem, **refused.value.values)
    assert rows(company, Case) == []


@BOTH
def test_who_was_left_out_meets_it_nowhere(company: Company):
    """S44: no window, list, search, seal, act or dialogue; refused in the same words as a case that is not there."""
    number = raises(company, excluded=frozenset({"rights-noor"}))
    desk, now = company.desk, company.now
    sent = {act: acts.Sent(number, NOOR, act, "A reason", "k") for act in Act}
    calls: list[Callable[[], object]] = [
        lambda: dossier.view(desk, number, NOOR, now),
        lambda: dossier.as_of(desk, number, NOOR, now.date(), now),
        lambda: unsealing.unseal(desk, number, NOOR, now),
        lambda: acts.acknowledge(desk, number, NOOR, now, "C0RIGHTS"),
        lambda: acts.hand(desk, sent[Act.HAND_UP], now),
        lambda: acts.reassign(desk, sent[Act.REASSIGN], NOOR, now),
        lambda: deciding.decide(desk, sent[Act.DECIDE], Decision(Outcome.STOP, "x"), now),
        lambda: concern_thread.heard(desk, number, NOOR, now),
        lambda: concern_thread.answer(desk, number, NOOR, "x", "ack", "k", now),
        lambda: concern_thread.own(desk, number, NOOR),
        lambda: concern_thread.add(desk, number, NOOR, "x", "k", now),
        lambda: concern.since(desk, number, 30, "worse", NOOR, now),
    ]
    for call in calls:
        with pytest.raises(NotFound):
            call()
    assert register.find(desk, NOOR, "", now).lines == ()
    page = overview(desk, NOOR, now)
    assert (page.owed, page.cases, page.caseload, page.concerns) == ((), (), (), ())
    assert {each.lane for each in rows(company, Outbox)} == {RUTH}


def test_nobody_can_hand_or_open_it_to_who_was_left_out_or_to_its_reporter(company: Company):
    number = raises(company, excluded=frozenset({"board-ruth"}))

    for to, why in ((RUTH, "concern_left_out"), (SAM, "own_check")):
        with pytest.raises(BadAnswer) as refused:
            acts.reassign(company.desk, acts.Sent(number, NOOR, Act.REASSIGN, "Please", f"r{to}"), to, company.now)
        assert refused.value.problem == why
    with pytest.raises(BadAnswers) as refused_too:
        company.writes(number, "invited", NOOR, person=RUTH, why="To help")
    assert refused_too.value.problem == "concern_left_out"
    with company.desk.db.read() as session:
        assert not access.may_see(session, company.desk, company.case(number), RUTH)


def test_one_handed_up_or_left_by_its_owner_still_passes_by_who_was_left_out(company: Company):
    number = raises(company, excluded=frozenset({"board-ruth"}))

    acts.hand(company.desk, acts.Sent(number, NOOR, Act.HAND_UP, "", "up", 2), company.now)

    case = company.case(number)
    assert (case.level, case.owner_id, case.backup_id) == (3, NOOR, None)
    assert RUTH not in {each.lane for each in rows(company, Outbox)}


def test_one_who_was_invited_reads_the_record_and_neither_words_nor_who_raised_it(company: Company):
    number = raises(company)
    company.writes(number, "invited", NOOR, person=DIEGO, why="Knows the site")

    shown = dossier.view(company.desk, number, DIEGO, company.now)

    assert shown.concern is None
    assert shown.card.case.submitter_id == ""
    assert SAM not in repr(shown)
    with pytest.raises(Refused):
        concern_thread.heard(company.desk, number, DIEGO, company.now)


# -- in confidence -------------------------------------------------------------------------------------------------


@BOTH
def test_in_confidence_no_row_says_who_raised_it_and_none_holds_the_words(company: Company):
    number = raises(company, mode="confidential", checkin=True)
    company.passes(hours=1)
    concern_thread.answer(company.desk, number, NOOR, "Kanari: we look into it", "ack", "a1", company.now)
    concern_thread.add(company.desk, number, SAM, "Kanari again", "m1", company.now)
    sweeps(company, timedelta(days=31))
    concern.since(company.desk, number, 30, "worse", SAM, company.now)

    for table, kept in everything(company).items():
        assert SAM not in kept, table
        assert "Kanari" not in kept, table
    (row,) = rows(company, Concern)
    assert row.person_key in company.desk.seals.marks(SAM)
    assert row.person_key not in company.desk.seals.marks(AMINA)


def test_the_two_who_answer_see_who_it_was_in_the_window_and_its_reading_is_noted(company: Company):
    number = raises(company, mode="confidential", leader=True, site="berlin")

    found = concern_thread.heard(company.desk, number, RUTH, company.now)

    assert (found.reporter, found.leader, found.site) == (SAM, True, "Berlin")
    assert [each.text for each in found.said] == [WORDS]
    assert "case.seals_opened" in [each.kind for each in rows(company, Event)]
    assert unsealing.unseal(company.desk, number, NOOR, company.now)[1] == ()


def test_a_message_to_its_reporter_finds_them_when_it_leaves(company: Company):
    number = raises(company, mode="confidential")
    concern_thread.answer(company.desk, number, NOOR, "We have it", "ack", "a1", company.now)

    (row,) = told(company, outgoing.CONCERN_ANSWER)

    assert (row.lane, row.channel_id) == (f"concern:{number}", None)
    assert addresses.of(company.desk, row) == SAM
    assert WORDS not in repr(row.data)


# -- the dialogue --------------------------------------------------------------------------------------------------


@BOTH
def test_answers_and_additions_are_read_by_both_in_their_order(company: Company):
    number = raises(company)
    for by, text_, about in ((NOOR, "We have it", "ack"), (RUTH, "It is mended", "feedback")):
        company.passes(days=1)
        concern_thread.answer(company.desk, number, by, text_, about, f"a{about}", company.now)
        concern_thread.answer(company.desk, number, by, text_, about, f"a{about}", company.now)
    concern_thread.add(company.desk, number, SAM, "Thank you", "m1", company.now)

    found = concern_thread.own(company.desk, number, SAM)

    assert [(each.ours, each.about, each.text) for each in found.said] == [
        (False, "", WORDS),
        (True, "ack", "We have it"),
        (True, "feedback", "It is mended"),
        (False, "", "Thank you"),
    ]
    assert found.reporter is None
    assert found.facts.acknowledged_at == MONDAY + timedelta(days=1)
    assert found.facts.answered_at == MONDAY + timedelta(days=2)
    assert len(told(company, outgoing.CONCERN_ANSWER)) == 2
    assert {each.lane for each in told(company, outgoing.CONCERN_MORE)} == {NOOR, RUTH}
    assert [each.code for each in overview(company.desk, SAM, company.now).concerns] == ["HR-1"]
    assert overview(company.desk, AMINA, company.now).concerns == ()
    assert not [each for each in rows(company, Timer) if each.kind == "raised"]


@pytest.mark.parametrize(
    ("text_", "about", "sentence"), [("", "ack", "concern_empty"), ("x", "later", "option_unknown")]
)
def test_an_answer_that_cannot_be_used_is_not_saved(company: Company, text_: str, about: str, sentence: str):
    number = raises(company)

    with pytest.raises(BadAnswer) as refused:
        concern_thread.answer(company.desk, number, NOOR, text_, about, "a1", company.now)

    assert refused.value.problem == sentence
    assert told(company, outgoing.CONCERN_ANSWER) == []


# -- clocks --------------------------------------------------------------------------------------------------------


@BOTH
def test_silence_towards_a_reporter_reminds_asks_the_backup_and_moves_up(company: Company):
    number = raises(company)
    acts.acknowledge(company.desk, number, NOOR, company.now)

    sweeps(company, timedelta(days=6, hours=1))
    assert [each.lane for each in told(company, outgoing.REMINDER)] == [NOOR]
    assert [each.lane for each in told(company, outgoing.BACKUP_ASKED)] == [RUTH]
    assert company.case(number).level == 2

    sweeps(company, timedelta(days=1))
    case = company.case(number)
    assert (case.level, case.owner_id) == (3, RUTH)
    sweeps(company, timedelta(days=2))
    assert {each.lane for each in told(company, outgoing.ASKED_AGAIN)} == {NOOR, RUTH}

    concern_thread.answer(company.desk, number, RUTH, "I am sorry", "ack", "a1", company.now)
    assert [each.key for each in rows(company, Timer) if each.kind == "raised"] == [f"raised:{number}:feedback"]


def test_what_came_of_it_is_asked_for_even_where_the_case_was_closed(company: Company):
    number = raises(company)
    concern_thread.answer(company.desk, number, NOOR, "We have it", "ack", "a1", company.now)
    with company.desk.db.write() as session:
        case = cases.get(session, number, lock=True)
        assert case is not None
        case.state, case.closed_at = "closed", company.now

    sweeps(company, timedelta(days=92))

    assert company.case(number).state == "closed"
    assert [each.lane for each in told(company, outgoing.REMINDER)] == [NOOR]
    assert {each.lane for each in told(company, outgoing.ASKED_AGAIN)} == {NOOR, RUTH}


def test_who_wanted_it_is_asked_three_times_how_they_have_been(company: Company):
    number = raises(company, checkin=True)
    concern_thread.answer(company.desk, number, NOOR, "Done", "feedback", "a1", company.now)

    for days in concern_clocks.CHECKINS:
        sweeps(company, MONDAY + timedelta(days=days, hours=1) - company.now)
        assert concern.since(company.desk, number, days, "fine", SAM, company.now)
        assert not concern.since(company.desk, number, days, "worse", SAM, company.now)

    assert [each.data["why"] for each in told(company, outgoing.CONCERN_SINCE)] == ["30", "90", "180"]
    assert company.case(number).level == 2
    assert told(company, outgoing.CONCERN_WORSE) == []
    assert not [each for each in rows(company, Timer) if each.kind == "raised"]


@pytest.mark.parametrize(("leader", "level"), [(False, 2), (True, 3)])
def test_who_is_treated_worse_is_heard_at_the_top_where_a_leader_is_named(company: Company, leader: bool, level: int):
    number = raises(company, checkin=True, leader=leader)

    concern.since(company.desk, number, 30, "worse", SAM, company.now)

    case = company.case(number)
    assert case.level == level
    assert {each.lane for each in told(company, outgoing.CONCERN_WORSE)} == {NOOR, RUTH}
    company.writes(number, "dissent", str(case.owner_id), who="x", why="y")
    assert company.case(number).level == level
    assert company.living(number).finding.floor_level == level


@BOTH
def test_worse_opens_a_concern_again_that_was_closed(company: Company):
    number = raises(company, checkin=True)
    with company.desk.db.write() as session:
        case = cases.get(session, number, lock=True)
        assert case is not None
        case.state, case.closed_at = "closed", company.now

    concern.since(company.desk, number, 90, "worse", SAM, company.now)

    opened = company.case(number)
    assert (opened.state, opened.closed_at, opened.level) == ("waiting", None, 2)
    assert [each.key for each in rows(company, Timer) if each.kind == "answer"]


@pytest.mark.parametrize(("case_id", "days", "how"), [(77, 30, "fine"), (1, 31, "fine"), (1, 30, "great")])
def test_a_tap_that_we_did_not_ask_for_is_refused(company: Company, case_id: int, days: int, how: str):
    raises(company, checkin=True)

    with pytest.raises(NotFound):
        concern.since(company.desk, case_id, days, how, SAM, company.now)


@BOTH
def test_its_own_table_gives_who_was_left_out(company: Company):
    number = raises(company, excluded=frozenset({"board-ruth"}))

    with company.desk.db.read() as session:
        assert concerns.left_out(session, number) == {RUTH}
        assert concerns.left_out(session, 77) == frozenset()
        assert concerns.of_person(session, (), 5) == ()
