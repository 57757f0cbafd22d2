"""A re-check in the life of a case: the credit ends, people are asked, silence moves up (S10, S13, S20), by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from storage import nudges, timers
from storage.database import Database
from storage.models import Nudge, Outbox, Prompt, Timer
from tests.records import DIEGO, HIRING, NOOR, RUTH, SAM, Company, desk_of
from tests.year import Everybody, Paper, without_engine
from workflows import home, notes, questions, rechecking, rechecks
from workflows.errors import Refused
from workflows.nudge_values import Question
from workflows.ports import Known
from workflows.rules.decision import Outcome
from workflows.rules.mitigations import Status
from workflows.rules.values import Level

PROVEN = {"type": "MIT-HUMANREVIEW", "evidence": "EV3", "owner": DIEGO, "signals": ["SIG-RESOURCE"]}
WORKS = {
    "effect": "EFFECTIVE",
    "evidence": "EV3",
    "shown_by": "Six of ninety refusals taken back.",
    "context_changed": "NO",
}


class Some(Everybody):
    """A directory in which somebody left."""

    def __init__(self) -> None:
        self.gone: set[str] = set()

    def known(self, person_id: str) -> Known:
        return Known(active=person_id not in self.gone)

    refresh = known_now = lambda self, person_id, now=None: self.known(person_id)


@dataclass
class Life(Company):
    """A company in which time passes, from one clock to the next."""

    def __post_init__(self) -> None:
        self.paper = Paper()
        self.does = without_engine(self.desk, self.paper)

    def until(self, moment: datetime) -> None:
        """Let everything happen that is due until then."""
        while True:
            self.does(self.now)
            with self.desk.db.ask() as session:
                moments = [
                    row.due_at for row in session.exec(select(Outbox).where(Outbox.state == "pending")).all()
                ] + [row.due_at for row in session.exec(select(Timer)).all()]
            later = [each for each in moments if self.now < each <= moment]
            if not later:
                break
            self.now = min(later)
        self.now = moment
        self.does(self.now)

    def lives(self, **span: float) -> None:
        """Let time pass."""
        self.until(self.now + timedelta(**span))

    def told(self, kind: str = "nudge") -> list[str]:
        """Give who got this kind of message, in order."""
        return [to for to, what in self.paper.told if what == kind]

    def kinds(self, case_id: int) -> list[str]:
        return [each.kind for each in self.happened(case_id)]

    def asked(self, person: str) -> Sequence[Question]:
        """Give what stands on a person's home."""
        return home.overview(self.desk, person, self.now).asked.shown

    def rows(self, model: type) -> list:
        with self.desk.db.ask() as session:
            return list(session.exec(select(model)).all())


@pytest.fixture
def life(db: Database) -> Life:
    """A company whose day begins."""
    people = Some()
    return Life(replace(desk_of(db), directory=people))


def tracked(life: Life, launch: str = "Ranking", **changed: object) -> int:
    """Give a decided case with one mitigation by Diego, checked in 29 days."""
    case_id = life.opens(launch)
    life.fills(case_id)
    if changed:
        life.writes(case_id, "mitigation", NOOR, 1, **mitigation(life, **changed))
    life.acknowledges(case_id)
    life.decides(case_id, Outcome.GO)
    life.does(life.now)
    return case_id


def mitigation(life: Life, days: int = 29, **changed: object) -> dict[str, object]:
    return {
        "risk": "1",
        "what": "Two people read every refusal.",
        "evidence_note": "Measured by group.",
        "evidence_on": life.day(0),
        "next_check": life.day(days),
        **PROVEN,
        **changed,
    }


def test_s13_on_its_date_a_mitigation_that_nobody_looked_at_is_unproven_and_its_owner_is_asked(life: Life):
    case_id = tracked(life, days=29)
    (own,) = life.living(case_id).facts.mitigations
    assert own.is_credited(life.now)

    life.lives(days=29)

    (own,) = life.living(case_id).facts.mitigations
    assert (own.status(life.now), own.is_credited(life.now)) == (Status.UNPROVEN, False)
    assert "case.recheck_due" in life.kinds(case_id)
    assert life.told() == [DIEGO]
    (question,) = life.asked(DIEGO)
    assert (question.number, question.type, question.may_repeat, question.again) == (1, "MIT-HUMANREVIEW", False, False)


def test_s20_the_level_rises_on_the_day_on_which_the_credit_ends_whether_or_not_anybody_answers(life: Life):
    case_id = life.opens(answers={**HIRING, "M8": {"mitigations": [{"type": "MIT-DESIGN", "evidence": "EV3"}]}})
    assert life.case(case_id).level == Level.L1
    (own,) = life.living(case_id).facts.mitigations
    assert own.check_at is not None
    with life.desk.db.write() as session:
        timers.drop(session, case_id, ["answer"])

    life.until(own.check_at - timedelta(seconds=1))
    assert life.case(case_id).level == Level.L1

    life.until(own.check_at + timedelta(seconds=1))
    assert life.case(case_id).level == Level.L2
    (raised,) = [each for each in life.happened(case_id) if each.kind == "case.level_raised"]
    assert raised.data["why"] == "recheck_due"
    assert life.kinds(case_id)[-2:] == ["case.recheck_due", "case.level_raised"]


def test_s10_nobody_answers_so_a_reminder_then_the_case_s_owner_then_one_level_up_within_a_week(life: Life):
    case_id = tracked(life, days=29)
    assert life.case(case_id).level == Level.L2
    life.lives(days=29)
    asked_at = next(row.asked_at for row in life.rows(Nudge))

    life.until(asked_at + timedelta(days=3, hours=1))
    assert life.kinds(case_id)[-1] == "case.recheck_reminded"
    assert life.told() == [DIEGO, DIEGO]
    assert life.asked(DIEGO)[0].again

    life.until(asked_at + timedelta(days=6, hours=23))
    assert "case.recheck_backup_asked" in life.kinds(case_id)
    assert sorted(life.told()[2:]) == [NOOR, RUTH]
    assert life.case(case_id).state == "tracked"

    life.until(asked_at + timedelta(days=7, hours=1))
    case = life.case(case_id)
    assert (case.level, case.state, case.owner_id) == (Level.L3, "waiting", RUTH)
    assert "case.recheck_unanswered" in life.kinds(case_id)
    assert life.asked(DIEGO), "silence ends no question"
    assert rechecks.key_of(case_id, 1) not in {row.key for row in life.rows(Timer)}


def test_an_answer_ends_the_question_and_the_clock_waits_for_the_next_date(life: Life):
    case_id = tracked(life, days=29)
    life.lives(days=29)

    life.writes(case_id, "recheck", DIEGO, mitigation="1", **WORKS)

    assert life.asked(DIEGO) == ()
    (clock,) = [row for row in life.rows(Timer) if row.key == rechecks.key_of(case_id, 1)]
    assert (clock.step, clock.due_at > life.now + timedelta(days=80)) == ("due", True)
    life.lives(days=10)
    assert "case.recheck_reminded" not in life.kinds(case_id)


def test_same_as_last_time_is_one_click_and_restores_the_credit_once(life: Life):
    """S13."""
    case_id = tracked(life, days=29)
    life.lives(days=29)
    life.writes(case_id, "recheck", DIEGO, mitigation="1", **WORKS)
    life.lives(days=91)
    assert not life.living(case_id).facts.mitigations[0].is_credited(life.now)
    (question,) = [each for each in life.asked(DIEGO) if each.number == 1]
    assert question.may_repeat

    first = rechecking.same(life.desk, case_id, 1, DIEGO, life.now)
    second = rechecking.same(life.desk, case_id, 1, DIEGO, life.now)

    assert first == second
    assert life.kinds(case_id).count("record.recheck") == 2
    own = life.living(case_id).facts.mitigations[0]
    assert (own.status(life.now), own.is_credited(life.now)) == (Status.WORKING, True)
    assert own.proved_at < life.now - timedelta(days=80), "its evidence did not get younger"
    assert [each for each in life.asked(DIEGO) if each.number == 1] == []


def test_same_as_last_time_is_refused_once_the_world_around_it_changed(life: Life):
    """S20."""
    case_id = tracked(life, days=29)
    life.lives(days=29)
    life.writes(case_id, "recheck", DIEGO, mitigation="1", **WORKS)
    life.lives(days=30)
    with life.desk.db.write() as session:
        from storage import events

        data = {"signal": "SIG-RESOURCE", "countries": [], "customers": [], "defeats": []}
        events.append(session, f"case:{case_id}", "case.signal", at=life.now, data=data)
    life.lives(days=61)

    with pytest.raises(Refused, match="recheck_not_same"):
        rechecking.same(life.desk, case_id, 1, DIEGO, life.now)
    assert not life.asked(DIEGO)[0].may_repeat
    assert life.asked(DIEGO)[0].changes == ("SIG-RESOURCE",)


def test_same_as_last_time_needs_a_question_and_somebody_whose_question_it_is(life: Life):
    case_id = tracked(life, days=29)
    life.lives(days=29)
    life.writes(case_id, "recheck", DIEGO, mitigation="1", **WORKS)

    with pytest.raises(Refused, match="recheck_not_open"):
        rechecking.same(life.desk, case_id, 1, DIEGO, life.now)
    life.lives(days=91)
    with pytest.raises(Refused, match="not_your_mitigation"):
        rechecking.same(life.desk, case_id, 1, "U0AMINA", life.now)


def test_twelve_mitigations_that_fall_due_together_come_in_one_message_and_the_rest_on_the_home(life: Life):
    """S10."""
    case_id = tracked(life, days=29)
    for _ in range(11):
        life.mitigates(case_id)

    life.lives(days=29)

    assert life.told() == [DIEGO]
    (row,) = [each for each in life.rows(Outbox) if each.kind == "nudge"]
    asked = notes.of(life.desk, row, life.now).questions
    assert asked is not None
    assert (len(asked.shown), asked.more) == (10, 2)
    on_home = home.overview(life.desk, DIEGO, life.now).asked
    assert len(on_home.shown) + on_home.more == 12
    assert set(row.data) == {"batch"}


def test_a_case_goes_up_once_for_everything_in_it_that_nobody_answered(life: Life):
    case_id = life.opens(answers={**HIRING, "M4": 2})
    life.describes(case_id)
    for _ in range(4):
        life.mitigates(case_id)
    level = life.case(case_id).level
    life.acknowledges(case_id)
    with life.desk.db.write() as session:
        timers.drop(session, case_id, ["answer"])

    life.lives(days=28, hours=23)
    with life.desk.db.write() as session:
        timers.drop(session, case_id, ["answer"])
    life.lives(days=8)

    assert life.kinds(case_id).count("case.recheck_unanswered") == 4
    ups = [each for each in life.happened(case_id) if each.data.get("why") == "recheck"]
    assert len(ups) == 1
    assert life.case(case_id).level == level + 1


def test_nobody_is_prompted_more_than_twice_a_week_and_everything_is_asked_in_the_end(life: Life):
    cases = [tracked(life, f"Rank {day}", days=28 + day, evidence="EV2") for day in range(5)]
    for case_id in cases:
        assert life.case(case_id).level == Level.L2

    life.until(life.now + timedelta(days=50))

    weeks = Counter((row.person_id, row.at.isocalendar()[:2]) for row in life.rows(Prompt))
    assert max(weeks.values()) <= 2
    # What already stands at the top is the exception.
    assert all(row.asked_at for row in life.rows(Nudge) if row.state != "ended")
    for case_id in cases:
        assert "case.recheck_due" in life.kinds(case_id)


def test_where_the_owner_of_a_mitigation_left_the_owner_of_the_case_is_asked(life: Life):
    case_id = tracked(life, days=29)
    life.desk.directory.gone.add(DIEGO)  # type: ignore[attr-defined]

    life.lives(days=29)

    assert life.told() == [NOOR]
    (due,) = [each for each in life.happened(case_id) if each.kind == "case.recheck_due"]
    assert due.data["to"] == [NOOR]


def test_somebody_who_leaves_before_the_message_goes_out_is_replaced_in_it(life: Life):
    case_id = tracked(life, days=29)
    due = life.living(case_id).facts.mitigations[0].check_at
    assert due is not None
    life.until(due + timedelta(minutes=10))
    life.desk.directory.gone.add(DIEGO)  # type: ignore[attr-defined]

    life.lives(hours=3)

    assert life.told() == [NOOR]
    assert "case.recheck_passed" in life.kinds(case_id)
    assert [row.person_id for row in life.rows(Nudge) if row.state != "ended"] == [NOOR]


def test_a_question_is_put_off_once_for_a_week_and_earns_nothing_meanwhile(life: Life):
    """S13."""
    case_id = tracked(life, days=29)
    life.lives(days=29)

    answered = rechecking.snooze(life.desk, case_id, 1, DIEGO, life.now)
    again = rechecking.snooze(life.desk, case_id, 1, DIEGO, life.now)

    assert answered.next_at == again.next_at == life.now + timedelta(days=7)
    assert life.kinds(case_id).count("case.recheck_snoozed") == 1
    assert not life.living(case_id).facts.mitigations[0].is_credited(life.now)
    assert life.asked(DIEGO) == ()
    life.lives(days=6)
    assert (life.told(), life.kinds(case_id)[-1]) == ([DIEGO], "case.recheck_snoozed")
    life.lives(days=2)
    assert life.told() == [DIEGO, DIEGO]
    assert not life.asked(DIEGO)[0].may_snooze
    with pytest.raises(Refused, match="recheck_put_off_before"):
        rechecking.snooze(life.desk, case_id, 1, DIEGO, life.now)
    life.lives(days=8)
    assert "case.recheck_unanswered" in life.kinds(case_id)


def test_s10_the_picture_as_a_whole_is_asked_about_and_is_still_right_in_one_click(life: Life):
    case_id = tracked(life, days=29)
    planned = life.case(case_id).look_again_at
    assert planned is not None
    life.lives(days=29)
    life.writes(case_id, "recheck", DIEGO, mitigation="1", **WORKS)

    life.until(planned + timedelta(days=1, hours=1))

    (question,) = [each for each in life.asked(NOOR) if each.number == 0]
    assert question.subject == "picture"
    rechecking.still_right(life.desk, case_id, NOOR, life.now)
    rechecking.still_right(life.desk, case_id, NOOR, life.now)
    assert life.kinds(case_id).count("case.picture_confirmed") == 1
    assert life.case(case_id).look_again_at == life.now + timedelta(days=90)
    assert [each for each in life.asked(NOOR) if each.number == 0] == []
    with pytest.raises(Refused, match="not_yours"):
        rechecking.still_right(life.desk, case_id, "U0AMINA", life.now)


def test_a_gap_is_asked_about_when_its_review_comes_and_writing_it_anew_is_the_answer(life: Life):
    """S10, S14."""
    case_id = tracked(life, days=80)
    gap = {"risk": "1", "kind": "NOT_YET", "why": "No test yet.", "decided_by": NOOR, "told": "Nobody yet"}
    life.writes(case_id, "gap", NOOR, review_on=life.day(20), **gap)

    life.lives(days=20)
    assert [each.subject for each in life.asked(NOOR)] == ["gap"]

    life.writes(case_id, "gap", NOOR, 1, review_on=life.day(30), **gap)
    assert life.asked(NOOR) == ()


def test_an_answered_question_is_not_sent_any_more(life: Life):
    case_id = tracked(life, days=29)
    due = life.living(case_id).facts.mitigations[0].check_at
    assert due is not None
    life.until(due + timedelta(minutes=10))

    life.writes(case_id, "recheck", DIEGO, mitigation="1", **WORKS)
    life.lives(days=1)

    assert life.told() == []
    assert [row.key for row in life.rows(Timer) if row.kind == "prompts"] == []


def test_a_change_around_it_asks_before_the_date_and_the_date_stays(life: Life):
    """S20."""
    case_id = tracked(life, days=60)
    planned = {row.key: row.due_at for row in life.rows(Timer)}
    with life.desk.db.write() as session:
        assert rechecks.look_now(session, life.living(case_id), life.now) == 2
    life.lives(hours=2)

    assert {each.number for each in (*life.asked(DIEGO), *life.asked(NOOR))} == {0, 1}
    assert all(each.early for each in life.asked(DIEGO))
    running = {row.key: row.due_at for row in life.rows(Timer)}
    assert {key: running[key] for key in planned} == planned
    life.lives(days=4)
    assert life.asked(DIEGO)[0].again
    life.writes(case_id, "recheck", DIEGO, mitigation="1", **WORKS)
    assert rechecks.key_of(case_id, 1, early=True) not in {row.key for row in life.rows(Timer)}


def test_words_that_hold_a_sealed_name_are_left_out_and_the_question_is_asked_all_the_same(life: Life):
    case_id = tracked(life, days=29, what="Maryna Kolesava reads every refusal.")
    life.writes(case_id, "sealed", NOOR, names="Maryna Kolesava")
    life.lives(days=29)

    (question,) = life.asked(DIEGO)

    assert question.what == ""


def test_two_questions_at_most_are_open_for_the_same_entry_and_person(life: Life):
    case_id = tracked(life, days=29)
    life.lives(days=29)

    with life.desk.db.write() as session:
        assert not nudges.due(session, case_id, 1, DIEGO, life.now, life.now)
    assert questions.KEPT >= len(home.overview(life.desk, DIEGO, life.now).kept) == 1
    assert home.overview(life.desk, SAM, life.now).kept == ()


def test_a_clock_that_somebody_set_before_its_day_asks_now_and_the_day_stays(life: Life):
    """S20."""
    case_id = tracked(life, days=60)
    key = rechecks.key_of(case_id, 1)
    planned = {row.key: row.due_at for row in life.rows(Timer)}[key]
    with life.desk.db.write() as session:
        timers.put(session, [timers.NewTimer(key, "recheck", "due", life.now, case_id)], life.now)

    life.lives(hours=2)

    assert [each.number for each in life.asked(DIEGO)] == [1]
    assert {row.key: row.due_at for row in life.rows(Timer)}[key] == planned


def test_the_day_to_look_again_of_a_case_that_an_earlier_release_closed_is_kept(life: Life):
    case_id = life.opens()
    day = life.now + timedelta(days=3)
    with life.desk.db.write() as session:
        from storage import cases

        case = cases.get(session, case_id, lock=True)
        assert case is not None
        case.state, case.decision, case.decided_by, case.look_again_at = "closed", "go", NOOR, day
        timers.drop(session, case_id)
        timers.put(session, [timers.NewTimer(f"case:{case_id}:look_again", "look_again", "look", day, case_id)], day)

    life.lives(days=4)

    assert life.kinds(case_id)[-1] == "case.look_again"
    assert life.told("look_again") == [NOOR]
    assert [row.key for row in life.rows(Timer) if row.case_id == case_id] == []
