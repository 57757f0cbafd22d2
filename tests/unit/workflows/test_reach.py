"""What a change of context does to records: reopened, in doubt, raised; in small steps that lose and double nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from storage import outbox, signals, timers
from storage.audit import verify
from storage.database import Database
from storage.models import Case, Outbox, SignalRow, Timer
from storage.timers import Handed
from tests.records import AMINA, ANNOYING, DIEGO, HIRING, NOOR, RUTH, SAM, Company, desk_of
from workflows import context, escalation, outgoing, reach, rechecks, watching
from workflows.context_values import Change, Saved
from workflows.errors import BadAnswers, NotFound
from workflows.rules.case import State
from workflows.rules.decision import Outcome
from workflows.rules.mitigations import Status
from workflows.rules.signals import AHEAD, EFFECTS, acts_at

LEASE = timedelta(seconds=25)


class Killed(BaseException):
    """Nothing in the bot can catch it, as nothing can catch `kill -9`."""


@pytest.fixture
def company(db: Database) -> Company:
    """A company with nothing in it yet."""
    return Company(desk_of(db))


def change(company: Company, signal: str = "SIG-LAW", *, by: str | None = SAM, key: str = "k", **given: Any) -> Change:
    """Read a change as somebody reports it."""
    fields = {"signal": signal, "what": "A law was passed.", **given}
    return context.read(company.desk, fields, company.now, key=key, by=by)


def reports(company: Company, signal: str = "SIG-LAW", *, key: str = "k", **given: Any) -> Saved:
    """Save a change and work through all of it."""
    saved = context.save(company.desk, change(company, signal, key=key, **given), company.now)
    runs(company)
    return saved


def hands(company: Company) -> list[Handed]:
    """Hand out the clocks of changes that are due, as a sweep does."""
    with company.desk.db.write() as session:
        ids = {row.id for row in session.exec(select(Timer).where(Timer.kind == watching.SIGNAL))}
        return [each for each in timers.hand_due(session, company.now, LEASE, 1000) if each.id in ids]


def runs(company: Company, jobs: int = 1000) -> None:
    """Work through what is due, by so many jobs at most."""
    for _ in range(jobs):
        handed = hands(company)
        if not handed:
            return
        for each in handed:
            escalation.step(company.desk, each.id, each.generation, company.now)


def rows(company: Company, model: type) -> list[Any]:
    with company.desk.db.read() as session:
        return list(session.exec(select(model)).all())


def tracked(company: Company, launch: str = "Ranking", answers: Mapping[str, Any] = HIRING, **mitigation: Any) -> int:
    """Bring a case to the end of a decision: it goes on, with a mitigation that was shown to work."""
    case = company.opens(launch, answers)
    company.fills(case)
    proven = {"type": "MIT-DESIGN", "evidence": "EV3", **mitigation}
    company.mitigates(case, **proven)
    company.acknowledges(case)
    company.decides(case, Outcome.GO)
    assert company.case(case).state == State.TRACKED
    return case


def test_s20_a_law_reopens_a_decided_record_and_takes_the_credit_of_what_relied_on_it(company: Company):
    case = tracked(company)
    number = max(each.number for each in company.living(case).facts.mitigations)
    company.passes(days=3)
    then = company.now
    assert company.living(case).facts.mitigations[-1].is_credited(company.now)
    company.passes(days=3)

    reports(company, where="DE")

    now = company.living(case)
    mitigation = next(each for each in now.facts.mitigations if each.number == number)
    assert not mitigation.is_credited(company.now)
    assert mitigation.status(company.now) is Status.WEAKENING
    assert company.case(case).state == State.WAITING
    assert now.record.then.decision is None
    as_it_was = company.living(case, at=then)
    assert as_it_was.facts.mitigations[-1].is_credited(then), "a choice that was reasonable then is not rewritten"
    assert as_it_was.record.then.state == State.TRACKED
    assert as_it_was.record.signals == ()
    (signal,) = rows(company, SignalRow)
    assert (signal.touched, signal.reopened, signal.hit, signal.state) == (1, 1, 2, "done")


def test_s20_a_mitigation_that_was_bypassed_has_failed(company: Company):
    case = tracked(company)

    reports(company, "SIG-BYPASS", defeats=["MIT-DESIGN"])

    found = {each.type: each.status(company.now) for each in company.living(case).facts.mitigations}
    assert found["MIT-DESIGN"] is Status.FAILED
    assert found["MIT-HUMANREVIEW"] is not Status.FAILED


def test_s20_a_change_that_nothing_relies_on_only_asks_to_look(company: Company):
    case = tracked(company)
    company.passes(days=1)

    reports(company, "SIG-COMPETITOR")

    assert company.case(case).state == State.TRACKED
    clocks = [row for row in rows(company, Timer) if row.case_id == case and row.due_at <= company.now]
    assert {row.kind for row in clocks} == {watching.RECHECK, watching.LOOK_AGAIN}
    assert rows(company, SignalRow)[0].reopened == 0


def test_s20_a_change_that_takes_credit_reopens_whatever_its_kind(company: Company):
    case = tracked(company, signals=["SIG-COMPETITOR"])

    reports(company, "SIG-COMPETITOR")

    assert company.case(case).state == State.WAITING


def asked_now(company: Company, case: int) -> set[int]:
    """Give the mitigations of a case that are asked about before their dates."""
    keys = [row.key for row in rows(company, Timer) if row.case_id == case and row.kind == watching.RECHECK]
    return {rechecks.number_of(key) for key in keys if rechecks.is_early(key)}


def test_s20_a_case_that_waits_stays_with_whoever_has_it_unless_its_level_rises(company: Company):
    case = company.opens("Ranking", ANNOYING)
    company.acknowledges(case)

    reports(company, "SIG-MARKET")

    assert company.case(case).state == State.ACKNOWLEDGED
    told = [row for row in rows(company, Outbox) if row.kind == outgoing.WORLD]
    assert {(row.lane, row.data["about"]) for row in told} == {(DIEGO, "one"), (SAM, "reporter")}

    reports(company, "SIG-UNREST", key="second")

    assert (company.case(case).level, company.case(case).state) == (2, State.WAITING)
    assert company.case(case).owner_id == NOOR


@pytest.mark.parametrize(
    ("given", "touched"),
    [
        ({}, 1),
        ({"where": "Germany"}, 1),
        ({"where": "KE, DE"}, 1),
        ({"where": "Peru"}, 1),
        ({"products": ["beacon-hiring"]}, 1),
        ({"products": ["ferry-chat"]}, 0),
        ({"customers": "A hospital"}, 1),
    ],
)
def test_s20_where_nothing_is_known_a_change_anywhere_may_concern_it(
    company: Company, given: dict[str, Any], touched: int
):
    company.opens()

    reports(company, **given)

    assert rows(company, SignalRow)[0].touched == touched


@pytest.mark.parametrize(
    ("given", "touched"),
    [({"where": "KE"}, 1), ({"where": "Peru"}, 0), ({"customers": "a HOSPITAL"}, 1), ({"customers": "A bank"}, 0)],
)
def test_s20_what_the_record_says_of_places_and_customers_counts(company: Company, given: dict[str, Any], touched: int):
    case = company.opens()
    company.writes(case, "places", countries="KE, TZ", customers="A hospital, A school")

    reports(company, **given)

    assert rows(company, SignalRow)[0].touched == touched
    assert [each.kind for each in company.happened(case)].count("case.signal") == touched


def test_the_countries_of_a_product_in_the_policy_are_those_of_its_new_cases(company: Company):
    from workflows import check
    from workflows.values import Submission

    check.submit(company.desk, Submission("w", AMINA, "ferry-chat", "Calls", HIRING), company.now)

    assert context.preview(company.desk, change(company, where="SG"), NOOR, company.now).cases == 1
    assert context.preview(company.desk, change(company, where="KE"), NOOR, company.now).cases == 0


def test_a_preview_counts_what_one_may_not_see_and_shows_the_rest(company: Company):
    for name in ("One", "Two", "Three"):
        company.opens(name)

    nothing = context.preview(company.desk, change(company), SAM, company.now)
    everything = context.preview(company.desk, change(company), NOOR, company.now)

    assert (nothing.cases, nothing.shown, nothing.hidden) == (3, (), 3)
    assert (everything.cases, len(everything.shown), everything.hidden) == (3, 3, 0)
    assert rows(company, SignalRow) == []


def test_a_preview_counts_the_mitigations_that_a_change_puts_in_doubt(company: Company):
    tracked(company)

    def counted(signal: str, **more: Any) -> int:
        return context.preview(company.desk, change(company, signal, **more), NOOR, company.now).mitigations

    assert counted("SIG-LAW") == 2
    assert counted("SIG-CAPACITY") == 0
    assert counted("SIG-BYPASS") == 2
    assert counted("SIG-BYPASS", defeats=["MIT-DESIGN"]) == 1


def test_a_report_that_comes_twice_is_the_first_one(company: Company):
    company.opens()
    first = reports(company, key="feed:1")
    company.opens("Another")
    company.passes(days=2)

    again = reports(company, key="feed:1")

    assert (again.id, again.cases, again.acts_at) == (first.id, first.cases, first.acts_at)
    assert (first.again, again.again) == (False, True)
    assert len(rows(company, SignalRow)) == 1


@pytest.mark.parametrize("stopped_after", [0, 1, 2, 5])
def test_s20_many_cases_are_worked_through_once_whenever_somebody_is_stopped(
    company: Company, monkeypatch: pytest.MonkeyPatch, stopped_after: int
):
    monkeypatch.setattr(reach, "BATCH", 4)
    monkeypatch.setattr(reach, "BATCHES", 3)
    many = [company.opens(f"L{number}", ANNOYING) for number in range(26)]
    context.save(company.desk, change(company, "SIG-UNREST"), company.now)
    steps = reach._step
    left = iter(range(stopped_after))

    def stops(*given: Any) -> bool:
        if next(left, None) is None:
            raise Killed
        return steps(*given)

    monkeypatch.setattr(reach, "_step", stops)
    (job,) = hands(company)
    if stopped_after < 3:
        with pytest.raises(Killed):
            escalation.step(company.desk, job.id, job.generation, company.now)
    else:
        escalation.step(company.desk, job.id, job.generation, company.now)
    monkeypatch.setattr(reach, "_step", steps)
    company.passes(seconds=26)

    runs(company)

    assert {company.case(each).level for each in many} == {2}
    assert {len([1 for event in company.happened(each) if event.kind == "case.signal"]) for each in many} == {1}
    (row,) = rows(company, SignalRow)
    assert (row.state, row.touched, row.raised) == ("done", 26, 26)
    assert not [each for each in rows(company, Timer) if each.kind == watching.SIGNAL]
    with company.desk.db.read() as session:
        assert verify(session).whole


def test_a_job_that_comes_too_late_does_nothing(company: Company):
    company.opens()
    context.save(company.desk, change(company), company.now)
    (late,) = hands(company)
    company.passes(seconds=26)
    (fresh,) = hands(company)

    escalation.step(company.desk, late.id, late.generation, company.now)
    assert rows(company, SignalRow)[0].touched == 0

    escalation.step(company.desk, fresh.id, fresh.generation, company.now)
    escalation.step(company.desk, late.id, late.generation, company.now)
    assert rows(company, SignalRow)[0].touched == 1


def test_three_hundred_cases_bring_one_message_a_person_and_not_three_hundred(company: Company):
    """S20 in a shortened form; the bench does it with ten thousand."""
    with company.desk.db.read() as session:
        assert outbox.depth(session, company.now).pending == 0
    many = [company.opens(f"L{number}", ANNOYING) for number in range(300)]
    before = len(rows(company, Outbox))

    reports(company, "SIG-UNREST")

    told = sorted(rows(company, Outbox), key=lambda row: row.id)[before:]
    assert {(row.kind, row.lane, row.data["about"]) for row in told} == {
        ("world", NOOR, "done"),
        ("world", RUTH, "done"),
        ("world", SAM, "reporter"),
    }
    assert {(company.case(each).level, company.case(each).signal_id) for each in many} == {(2, 1)}
    later = company.now + timedelta(days=1)
    for each in many:
        case = company.case(each)
        assert outgoing.asked(case, outgoing.REMINDER, 1, [NOOR], later, {})[0].key == "together:1:U0NOOR:2026-01-06"


def test_a_sealed_record_is_touched_by_no_change(company: Company):
    case = company.opens()
    with company.desk.db.write() as session:
        session.get(Case, case).sealed = True  # type: ignore[union-attr]

    reports(company)

    assert rows(company, SignalRow)[0].touched == 0


@pytest.mark.parametrize(
    ("given", "field", "problem"),
    [
        ({"signal": "SIG-NONE"}, "signal", "signal_missing"),
        ({"where": "Atlantis"}, "where", "country_unknown"),
        ({"where": ["KE", 7]}, "where", "country_unknown"),
        ({"products": ["nothing"]}, "products", "product_unknown"),
        ({"products": {"a": 1}}, "products", "product_unknown"),
        ({"customers": ["x" * 81]}, "customers", "text_too_long"),
        ({"customers": 5}, "customers", "text_too_long"),
        ({"defeats": ["MIT-NONE"]}, "defeats", "option_unknown"),
        ({"what": "  "}, "what", "what_missing"),
        ({"what": ["a"]}, "what", "what_missing"),
        ({"what": "x" * 1001}, "what", "text_too_long"),
        ({"since": "yesterday"}, "since", "day_unclear"),
        ({"since": "9999-12-31"}, "since", "day_far"),
    ],
)
def test_what_cannot_be_used_is_named_by_its_field(company: Company, given: dict[str, Any], field: str, problem: str):
    with pytest.raises(BadAnswers) as refused:
        change(company, **{"signal": "SIG-LAW", **given})

    assert refused.value.fields == ((field, problem),)


def test_the_window_begins_with_the_product_and_places_of_the_case_for_those_who_may_see_it(company: Company):
    case = company.opens()
    company.writes(case, "places", countries="KE")

    form = context.form(company.desk, NOOR, case, company.now)

    assert (form.chosen, form.where, form.code) == (("beacon-hiring",), "KE", f"HR-{case}")
    with pytest.raises(NotFound):
        context.form(company.desk, SAM, case, company.now)


def test_every_change_acts_at_once_or_ahead_of_its_day(company: Company):
    for signal in EFFECTS:
        soon, far = company.now + timedelta(days=1), company.now + timedelta(days=400)
        assert acts_at(signal, company.now - timedelta(days=30), company.now) == company.now
        assert acts_at(signal, soon, company.now) == company.now
        assert acts_at(signal, far, company.now) == far - AHEAD.get(signal, timedelta(days=14))
    with company.desk.db.read() as session:
        assert signals.planned(session, 10) == []
