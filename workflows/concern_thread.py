"""What the reporter of a concern and those who answer write to each other: read and written in windows only (S44)."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from storage import cases, concerns, events, outbox
from storage.models import Case, Concern
from workflows import concern_clocks, outgoing
from workflows.access import is_reporter, visible
from workflows.blind_values import words_of
from workflows.concern_clocks import ADDED, ANSWERED, acknowledge_by, answer_by, person_of
from workflows.concern_values import Facts, Said, Thread
from workflows.desk import COMPANY, Desk
from workflows.errors import BadAnswer, NotFound, Refused
from workflows.rules.case import State
from workflows.rules.concerns import Mode
from workflows.unsealing import ANSWER, CONCERN, MACHINE, OPENED, THREAD
from workflows.values import case_code

ABOUT = ("ack", "feedback", "message")
OWN = 5


def own(desk: Desk, case_id: int, person: str) -> Thread:
    """Give a concern to who raised it. Raises NotFound for anybody else, SealsUnreadable where a key is missing."""
    with desk.db.read() as session:
        case, concern = cases.get(session, case_id), concerns.of_case(session, case_id)
        if case is None or concern is None or not is_reporter(desk, concern, person):
            raise NotFound
        return Thread(facts(session, case, concern), _texts(session, desk, case_id), held=False)


def heard(desk: Desk, case_id: int, person: str, now: datetime) -> Thread:
    """Give a concern to one of the two who answer it, with who raised it; that they read it stands in the case.

    Raises NotFound, Refused: sealed for them. SealsUnreadable: the key is not here.
    """
    with desk.db.write() as session:
        case, concern = _held(session, desk, case_id, person)
        begun = concern_clocks.began(session, case_id)
        site = next((each for each in _sites(desk) if each[0] == begun.get("site")), ("", ""))
        found = Thread(
            facts(session, case, concern),
            _texts(session, desk, case_id),
            held=True,
            product="" if case.product_id == COMPANY else desk.product_name(case.product_id),
            site=site[1],
            leader=bool(begun.get("leader")),
            reporter=person_of(desk, concern),
        )
        events.append(session, f"case:{case_id}", OPENED, at=now, actor_id=person)
        return found


def answer(desk: Desk, case_id: int, person: str, text: str, about: str, request_key: str, now: datetime) -> Facts:
    """Write to who raised a concern. They are told that there is an answer, and read it in a window.

    `about` says what it is: an acknowledgement, what came of it, or a message. The same sending twice is one answer.

    Raises:
        BadAnswer: no words, too many, or it is not said what it is. NotFound, Refused: as `heard`.
    """
    words = words_of(text)
    if about not in ABOUT:
        raise BadAnswer("option_unknown", field="what")
    with desk.db.write() as session:
        case, concern = _held(session, desk, case_id, person)
        if not _came_before(session, case_id, request_key):
            seq = _write(session, desk, case, ANSWER, words, person, {"about": about, "request": request_key}, now)
            _keep_promises(session, concern, about, now)
            outbox.add_many(session, [outgoing.to_reporter(case, outgoing.CONCERN_ANSWER, f"e{seq}", now)])
        return facts(session, case, concern)


def add(desk: Desk, case_id: int, person: str, text: str, request_key: str, now: datetime) -> Facts:
    """Let who raised a concern add to it; owner and backup are told that there is more, without a word of it.

    Where the case rests, somebody owes them an answer within the time of an acknowledgement, as at first.

    Raises:
        BadAnswer: no words, or too many. NotFound: it is not theirs.
    """
    words = words_of(text)
    with desk.db.write() as session:
        case, concern = cases.get(session, case_id, lock=True), concerns.of_case(session, case_id)
        if case is None or concern is None or not is_reporter(desk, concern, person):
            raise NotFound
        if not _came_before(session, case_id, request_key):
            by = person if concern.kind == Mode.NAMED else None
            seq = _write(session, desk, case, CONCERN, words, by, {"request": request_key}, now)
            concern_clocks.again(session, desk, case, concern, now)
            people = [each for each in (case.owner_id, case.backup_id) if each]
            outbox.add_many(session, outgoing.told(case, outgoing.CONCERN_MORE, seq, people, now))
        return facts(session, case, concern)


def mine(desk: Desk, session: Session, person: str) -> tuple[Facts, ...]:
    """Give what somebody raised by name or in confidence, newest first, for their own home."""
    found = concerns.of_person(session, desk.seals.marks(person), OWN)
    known = cases.get_many(session, [each.case_id for each in found])
    return tuple(facts(session, known[each.case_id], each) for each in found if each.case_id in known)


def facts_of(session: Session, case: Case) -> Facts | None:
    """Give how the concern behind a case stands; None where there is none."""
    concern = concerns.of_case(session, case.id or 0) if case.sealed else None
    return facts(session, case, concern) if concern is not None else None


def facts(session: Session, case: Case, concern: Concern) -> Facts:
    """Give how a concern stands, without a word of it."""
    return Facts(
        case_id=concern.case_id,
        code=case_code(concern.case_id),
        mode=concern.kind,
        topic=concern.topic,
        state=State(case.state),
        role=case.owner_role,
        at=concern.created_at,
        acknowledge_by=acknowledge_by(concern.created_at),
        answer_by=answer_by(concern.created_at),
        acknowledged_at=concern.acknowledged_at,
        answered_at=concern.answered_at,
        more_by=concern_clocks.more_by(session, concern.case_id),
    )


def _held(session: Session, desk: Desk, case_id: int, person: str) -> tuple[Case, Concern]:
    case = visible(session, desk, cases.get(session, case_id, lock=True), person)
    concern = concerns.of_case(session, case_id)
    if concern is None:
        raise NotFound
    if person not in (case.owner_id, case.backup_id):
        raise Refused("not_yours")
    return case, concern


def _texts(session: Session, desk: Desk, case_id: int) -> tuple[Said, ...]:
    """Give the dialogue, the oldest text first."""
    about = {each.data.get("seal"): str(each.data.get("about")) for each in events.of(session, f"case:{case_id}")}
    return tuple(
        Said(seal.part == ANSWER, about.get(seal.id, "") if seal.part == ANSWER else "", seal.created_at, text)
        for seal, text in desk.seals.opened(session, case_id)
        if seal.part in THREAD
    )


def _write(
    session: Session, desk: Desk, case: Case, part: str, text: str, by: str | None, data: dict[str, str], now: datetime
) -> int:
    """Seal a text and note that it came; give the number of the event."""
    number = case.id or 0
    count = sum(1 for each in events.of(session, f"case:{number}") if each.data.get("seal")) + 1
    seal = desk.seals.keep(session, number, part, count, text, by or MACHINE, now)
    kind = ANSWERED if part == ANSWER else ADDED
    case.updated_at = now
    return events.append(session, f"case:{number}", kind, at=now, actor_id=by, data={**data, "seal": seal}).seq


def _keep_promises(session: Session, concern: Concern, about: str, now: datetime) -> None:
    """An acknowledgement, or what came of it, is what a clock waits for; the latter is both.

    Any answer shows that somebody has read what was added.
    """
    concern_clocks.kept(session, concern.case_id, "more")
    if about in ("ack", "feedback") and concern.acknowledged_at is None:
        concern.acknowledged_at = now
        concern_clocks.kept(session, concern.case_id, "ack")
    if about == "feedback" and concern.answered_at is None:
        concern.answered_at = now
        concern_clocks.kept(session, concern.case_id, "feedback")
    session.flush()


def _came_before(session: Session, case_id: int, request_key: str) -> bool:
    return any(each.data.get("request") == request_key for each in events.of(session, f"case:{case_id}"))


def _sites(desk: Desk) -> tuple[tuple[str, str], ...]:
    return tuple((each.id, each.name) for each in desk.policy.concerns.sites) if desk.policy.concerns else ()
