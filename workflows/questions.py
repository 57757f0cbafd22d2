"""The questions that are open for a person, put together from the records that they are about. Nothing changes here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from storage import cases, checks, events, mitigations, nudges, timers, words
from storage.errors import StorageError
from storage.models import Case, Nudge
from workflows import living, rechecks
from workflows.access import may_see
from workflows.desk import Desk
from workflows.living import Living
from workflows.nudge_values import Kept, Question, Questions, Subject
from workflows.rules.case import State
from workflows.rules.mitigations import Status
from workflows.rules.rechecks import PICTURE, REMINDED, SNOOZED, round_of
from workflows.rules.values import Level
from workflows.seals import SealsUnreadable
from workflows.values import case_code

IN_A_MESSAGE = 10
"""How many questions one message holds; it has fifty blocks."""
ON_THE_HOME = 7
KEPT = 10


def of_batch(desk: Desk, session: Session, person_id: str, batch: str, now: datetime) -> Questions:
    """Give what a message asks: of the questions that it was promised for, those that are still open."""
    return _some(desk, session, person_id, open_in(session, person_id, batch), now, IN_A_MESSAGE)


def for_home(desk: Desk, session: Session, person_id: str, now: datetime) -> Questions:
    """Give what a person was asked, or is to be asked by now, and has not answered."""
    found = [each for each in nudges.open_of(session, person_id) if each.due_at <= now]
    return _some(desk, session, person_id, found, now, ON_THE_HOME)


def kept_by(desk: Desk, session: Session, person_id: str) -> tuple[Kept, ...]:
    """Give the mitigations that a person looks after, the one to look at first in front; at most `KEPT`."""
    rows = mitigations.of_owner(session, person_id, KEPT)
    known = cases.get_many(session, {row.case_id for row in rows})
    visible = {each for each, case in known.items() if may_see(session, desk, case, person_id)}
    found = []
    for row in rows:
        if row.case_id in visible:
            case = known[row.case_id]
            code = case_code(row.case_id)
            found.append(Kept(row.case_id, code, case.launch, row.type, Status(row.status), row.next_check_at))
    return tuple(found)


def open_in(session: Session, person_id: str, batch: str) -> list[Nudge]:
    """Give the questions of a message that nobody has answered yet."""
    return [each for each in nudges.open_of(session, person_id) if each.batch == batch]


def may_answer(found: Living, number: int, person_id: str) -> bool:
    """Whether it is for this person to say how it stands: theirs to look after, their case, or they lead."""
    case = found.case
    own = {each.owner for each in found.facts.mitigations if each.number == number}
    return bool(person_id) and person_id in {*own, case.owner_id, case.backup_id, *found.facts.leads}


def who(desk: Desk, session: Session, found: Living, number: int, now: datetime) -> list[str]:
    """Give the one who is asked: who looks after it, else owner, backup, or whoever leads; nobody where none can.

    The next one is asked where somebody left or is away, may not see the case, or is not the one to answer.
    """
    case, record = found.case, found.record
    first = next((each.owner for each in found.facts.mitigations if each.number == number), "")
    gap = record.entry("gap", -number) if number < PICTURE else None
    routes = desk.policy.routes(case.product_id)
    seats = [seat for seat in map(routes.seat, (Level.L1, Level.L2, Level.L3)) if seat]
    in_turn = [first, gap.text("decided_by") if gap else "", case.owner_id, case.backup_id]
    in_turn += [person for seat in seats for person in (seat.owner, seat.backup)]
    can = (each for each in in_turn if each and able(desk, session, found, number, each, now))
    return [each for each in [next(can, None)] if each]


def able(desk: Desk, session: Session, found: Living, number: int, person_id: str, now: datetime) -> bool:
    """Whether a person can be asked about an entry: is here, may see the case, and may answer."""
    here = desk.can_answer(person_id, now) and may_see(session, desk, found.case, person_id)
    decided = found.record.entry("gap", -number) if number < PICTURE else None
    return here and (may_answer(found, number, person_id) or bool(decided and decided.text("decided_by") == person_id))


def _some(desk: Desk, session: Session, person_id: str, asked: Sequence[Nudge], now: datetime, most: int) -> Questions:
    """Give the most urgent of some questions: at the highest level first, then the longest due."""
    known = cases.get_many(session, {each.case_id for each in asked})
    here = {each for each, case in known.items() if _visible(desk, session, case, person_id)}
    ready = [(known[nudge.case_id], nudge) for nudge in asked if nudge.case_id in here]
    ready.sort(key=lambda pair: (-pair[0].level, pair[1].due_at, pair[1].case_id, pair[1].number))
    found: list[Question] = []
    place = 0
    # Mostly one turn is enough; another follows where what some of the questions are about is gone.
    while place < len(ready) and len(found) < most:
        turn = ready[place : place + most - len(found)]
        found += _in_turn(desk, session, turn, now)
        place += len(turn)
    return Questions(tuple(_clean(desk, found)), len(ready) - place)


def _in_turn(desk: Desk, session: Session, turn: Sequence[tuple[Case, Nudge]], now: datetime) -> list[Question]:
    """Give those questions that still stand, read together: a home is opened often, and each case asked for costs."""
    read = _read(session, desk, {nudge.case_id: case for case, nudge in turn}, now)
    keys = [rechecks.key_of(nudge.case_id, nudge.number, early=True) for _, nudge in turn]
    early = timers.running(session, keys)
    made = [
        _question(desk, read[nudge.case_id], nudge.number, early=key in early)
        for (_, nudge), key in zip(turn, keys, strict=True)
    ]
    return [each for each in made if each is not None]


def _read(session: Session, desk: Desk, known: Mapping[int, Case], now: datetime) -> dict[int, Living]:
    """Read some cases with their records in three questions to the database, however many they are."""
    streams = {number: f"case:{number}" for number in known}
    happened = events.of_many(session, list(streams.values()))
    written = words.of_many(session, list(streams.values()))
    sent = checks.for_cases(session, list(known))
    return {
        number: living.of(desk, known[number], happened[stream], written[stream], sent[number], now)
        for number, stream in streams.items()
    }


def _visible(desk: Desk, session: Session, case: Case, person_id: str) -> bool:
    return case.state != State.CLOSED and may_see(session, desk, case, person_id)


def _question(desk: Desk, found: Living, number: int, *, early: bool) -> Question | None:
    """Give one question, or None where what it is about is gone."""
    case, this_round = found.case, round_of(found.happened, number)
    kinds = {each.kind for each in this_round}
    subject: Subject = "picture" if number == PICTURE else "mitigation" if number > PICTURE else "gap"
    told = _told_of(found, number)
    if told is None:
        return None
    kind, what, changes, may_repeat = told
    return Question(
        case_id=case.id or 0,
        code=case_code(case.id or 0),
        product=desk.product_name(case.product_id),
        launch=case.launch,
        level=Level(case.level),
        number=number,
        subject=subject,
        due_at=rechecks.due_at(found, number),
        type=kind,
        what="" if case.sealed else what,
        changes=changes,
        early=early,
        again=REMINDED in kinds,
        may_repeat=may_repeat,
        may_snooze=bool(this_round) and not kinds & {SNOOZED},
    )


def _told_of(found: Living, number: int) -> tuple[str, str, tuple[str, ...], bool] | None:
    """Give the type of an entry, its words, what changed around it, and whether "same as last time" is an answer."""
    if number == PICTURE:
        return "", "", tuple(dict.fromkeys(each.id for each in found.record.open_signals)), False
    if number < PICTURE:
        gap = found.record.entry("gap", -number)
        return (gap.text("kind"), gap.text("why"), (), False) if gap else None
    own = next((each for each in found.facts.mitigations if each.number == number), None)
    if own is None:
        return None
    return own.type, own.what, tuple(dict.fromkeys(hit.id for hit in own.hits)), own.may_repeat(found.at)


def _clean(desk: Desk, found: Collection[Question]) -> list[Question]:
    """Leave out words that hold a sealed name; else all that is asked with them would be held back (promise 8)."""
    return [each if not each.what or _is_clean(desk, each.what) else _without_words(each) for each in found]


def _is_clean(desk: Desk, text: str) -> bool:
    try:
        return not desk.seals.refuses([text])
    except (SealsUnreadable, StorageError):
        return False


def _without_words(question: Question) -> Question:
    return replace(question, what="")


def case_at_top(case: Case | None) -> bool:
    """Whether a case stands at the highest level, whose questions the week's limit does not hold back."""
    return case is not None and case.level == Level.L3
