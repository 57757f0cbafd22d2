"""When a message cannot reach who it is for: another owner, another way, and a trace of both."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session

from storage import cases, checks, concerns, events, outbox, timers
from storage.models import Case, Outbox
from workflows import concern_clocks, outgoing, watching
from workflows.desk import Desk
from workflows.opening import assign, cards, standing_card
from workflows.owners import keepers_and_backups, owner_for
from workflows.ports import CannotSend
from workflows.rules.case import State
from workflows.rules.escalation import Step, Watch
from workflows.rules.values import Level

BESIDE = {outgoing.SEVERE: Level.L2, outgoing.SEVERAL: Level.L3}
"""Messages for a role that does not own the case, and the level of that role."""
FOR_THE_OWNER = frozenset({outgoing.CARD, outgoing.REMINDER, outgoing.ASKED_AGAIN, outgoing.CONTAIN_LATE})
"""Messages that make sense only while the owner of the case can answer."""
ASSIGNING = frozenset(
    {
        "case.opened",
        "case.level_raised",
        "case.handed_up",
        "case.handed_back",
        "case.moved_up",
        "case.reassigned",
        "case.owner_replaced",
        "case.taken",
    }
)
"""Events after which a case has a new owner."""
SEALED_NAME = "sealed_name"
"""Why a message that carries a sealed name does not leave, whichever way it is to go."""
OF_ITS_ANSWER = frozenset({"acknowledge", "decide"})
"""Why somebody is asked where the case itself waits for an answer."""
BY_HAND = frozenset({"case.reassigned", "case.taken"})
"""Events by which a person chose the owner, whom a change of policy leaves in place."""


def somebody_else(desk: Desk, row: Outbox, case: Case, now: datetime) -> bool:
    """Look once more at who is to be asked before the question goes out; say whether the case goes elsewhere now.

    Somebody who left, is a bot or a guest, or is away, is passed over (owner, backup, next level, human rights lead,
    fallback channel).
    """
    if row.kind == outgoing.STAFF:
        return _staff_elsewhere(desk, row, now)
    rests = case.state in concern_clocks.RESTING and row.data.get("why") in concern_clocks.NAME_OF
    if row.kind not in FOR_THE_OWNER | {outgoing.BACKUP_ASKED} or (case.state == State.CLOSED and not rests):
        return False
    asked = case.backup_id if row.kind == outgoing.BACKUP_ASKED else case.owner_id
    if asked is None or (row.kind == outgoing.CARD and case.state != State.WAITING):
        return False
    known = desk.directory.refresh(asked, now)
    if desk.can_answer(asked, now):
        return False
    why = "away" if known.active else "left"
    with desk.db.write() as session:
        held = cases.get(session, case.id or 0, lock=True)
        # While Slack was asked somebody may have answered; then there is nothing to pass on.
        if held is None or _standing(held) != _standing(case):
            return False
        if row.kind == outgoing.BACKUP_ASKED:
            return _without_backup(session, held, row, asked, now)
        if held.owner_id != asked:
            return False
        found = (
            _listener_again(session, desk, held, row, why, now) if rests else owner_again(session, desk, held, why, now)
        )
        if not found:
            return False
        # Nothing went out and nothing is missing: the new owner's card takes this one's place.
        outbox.mark_sent(session, row.id or 0, at=now, attempt=row.attempts)
    return True


def _standing(case: Case) -> tuple[int, str, str | None, str | None]:
    return case.level, case.state, case.owner_id, case.backup_id


def _without_backup(session: Session, case: Case, row: Outbox, asked: str, now: datetime) -> bool:
    """The backup cannot answer either, so the next step comes at once."""
    if case.backup_id == asked:
        case.backup_id = None
        session.flush()
        # What is owed to a reporter has a clock of its own, with its next step: the case is not late for it.
        if row.data.get("why") not in OF_ITS_ANSWER:
            return outbox.mark_sent(session, row.id or 0, at=now, attempt=row.attempts)
        up = Step.UP if case.level < Level.L3 else Step.REPEAT
        timers.put(session, [watching.clock(case, watching.ANSWER, Watch(up, now))], now)
    return outbox.mark_sent(session, row.id or 0, at=now, attempt=row.attempts)


def _listener_again(session: Session, desk: Desk, case: Case, row: Outbox, why: str, now: datetime) -> bool:
    """Ask somebody else what is owed to a reporter, where the case itself rests: what was decided stays decided."""
    concern = concerns.of_case(session, case.id or 0)
    seq = concern_clocks.another_listener(session, desk, case, concern, why, now) if concern is not None else None
    if seq is None:
        return False
    people = [case.owner_id, case.backup_id if row.kind == outgoing.ASKED_AGAIN else None]
    question = {name: row.data[name] for name in ("why", "due_at", "count")}
    outbox.add_many(session, outgoing.asked(case, row.kind, seq, people, now, question))
    return True


def owner_again(session: Session, desk: Desk, case: Case, why: str, now: datetime) -> bool:
    """Find the owner anew, in one transaction with what tells of it; say whether anything changed.

    The caller holds the case locked. `why` is left, away or policy.
    """
    was, gone, level = (case.channel_id, case.owner_id), case.owner_id, Level(case.level)
    submitters = checks.submitters_of(session, case.id or 0)
    fresh = owner_for(session, desk, case, level, submitters, now)
    if (fresh.channel, fresh.person) == was:
        # Nobody was asked anew, so no date moves.
        return False
    before = standing_card(case)
    owner = assign(session, desk, case, level, submitters, now)
    session.flush()
    data = {"gone": gone, "owner": owner.person, "role": owner.role, "why": why}
    event = events.append(session, f"case:{case.id}", "case.owner_replaced", at=now, data=data)
    watching.restart(session, desk, case, now)
    messages = cards(case, before, now)
    if gone is not None:
        messages += outgoing.told(case, outgoing.REPLACED, event.seq, submitters, now, {"gone": gone, "why": why})
    outbox.add_many(session, messages)
    return True


def after_policy_change(desk: Desk, now: datetime) -> int:
    """Give open cases to who the policy names now; give how many moved. What a person chose by hand stays."""

    def outdated(session: Session, case: Case) -> bool:
        routes = desk.policy.routes(case.product_id)
        seats = [routes.seat(level) for level in Level if level >= case.level] + [routes.seat(Level.L2)]
        named = {person for seat in seats if seat for person in (seat.owner, seat.backup)}
        if desk.policy.concerns and case.sealed and concerns.of_case(session, case.id or 0) is not None:
            named |= desk.policy.concerns.people
        submitters = checks.submitters_of(session, case.id or 0)
        fresh = owner_for(session, desk, case, Level(case.level), submitters, now)
        moved = case.owner_id == fresh.person and case.channel_id != fresh.channel and not _tried(session, case)
        return (case.owner_id not in named or moved) and _last_assigned(session, case) not in BY_HAND

    return _each_open(desk, outdated, "policy", now)


def after_absences(desk: Desk, now: datetime) -> int:
    """Look at every owner of an open case, and give the cases of those who can no longer answer to somebody who can.

    Away is no reason here: somebody on leave is passed over when something is asked of them.
    """
    with desk.db.read() as session:
        owners = cases.owners_of_open(session)
    gone = {owner for owner in owners if not desk.directory.refresh(owner, now).active}
    if not gone:
        return 0
    return _each_open(desk, lambda _session, case: case.owner_id in gone, "left", now)


def _each_open(desk: Desk, concerns: Callable[[Session, Case], bool], why: str, now: datetime) -> int:
    """Find the owner anew for every open case that is concerned; one short transaction each."""
    moved, last = 0, 0
    while True:
        with desk.db.read() as session:
            batch = cases.open_after(session, last, 200)
            found = [case.id or 0 for case in batch if concerns(session, case)]
        if not batch:
            return moved
        last = batch[-1].id or 0
        for case_id in found:
            with desk.db.write() as session:
                case = cases.get(session, case_id, lock=True)
                if case is not None and case.state != State.CLOSED and concerns(session, case):
                    moved += owner_again(session, desk, case, why, now)


def reroute(desk: Desk, row: Outbox, refusal: CannotSend, now: datetime) -> None:
    """A message that can never arrive there goes another way where there is one; what is left is parked."""
    with desk.db.write() as session:
        if row.kind == outgoing.CARD_MOVED:
            # Somebody deleted the old card, or its channel is closed: nobody can answer there any more, which was all.
            outbox.mark_sent(session, row.id or 0, at=now, attempt=row.attempts)
            return
        if refusal.code == SEALED_NAME:
            # It would be refused everywhere; a person looks at it.
            outbox.park(session, row.id or 0, error=refusal.code, attempt=row.attempts)
            return
        if row.kind == outgoing.CARD and row.case_id is not None:
            _reroute_card(session, desk, row, refusal, now)
        elif row.kind in BESIDE:
            _reroute_beside(session, desk, row, now)
        elif row.kind == outgoing.STAFF:
            _reroute_staff(session, desk, row, now)
        outbox.park(session, row.id or 0, error=refusal.code, attempt=row.attempts)


def _reroute_card(session: Session, desk: Desk, row: Outbox, refusal: CannotSend, now: datetime) -> None:
    """The card goes to the owner directly, then to the fallback channel; nowhere twice."""
    case = cases.get(session, row.case_id or 0, lock=True)
    if case is None:
        return
    tried = {row.lane, *_tried(session, case)}
    # What is sealed goes to no channel, whatever happens.
    ways = (case.owner_id, case.backup_id if case.sealed else desk.policy.fallback_channel)
    to = next((way for way in ways if way is not None and way not in tried), None)
    if to is None:
        return
    case.channel_id = None if to == case.owner_id else to
    case.card_channel_id = case.card_ts = None
    session.flush()
    data = {"code": refusal.code, "from": row.lane, "to": to}
    events.append(session, f"case:{case.id}", "case.card_rerouted", at=now, data=data)
    outbox.add_many(session, [outgoing.card(case, now)])


def _tried(session: Session, case: Case) -> set[str]:
    """Where the card of the present owner was sent in vain before."""
    tried: set[str] = set()
    for event in reversed(events.of(session, f"case:{case.id}")):
        if event.kind in ASSIGNING:
            break
        if event.kind == "case.card_rerouted":
            tried |= {str(event.data["from"]), str(event.data["to"])}
    return tried


def _last_assigned(session: Session, case: Case) -> str:
    """The kind of event by which the present owner came to the case."""
    kinds = (event.kind for event in reversed(events.of(session, f"case:{case.id}")))
    return next((kind for kind in kinds if kind in ASSIGNING), "")


def _reroute_beside(session: Session, desk: Desk, row: Outbox, now: datetime) -> None:
    """What a role should know goes to its owner directly where the role's channel is closed."""
    case = cases.get(session, row.case_id or 0)
    seat = desk.policy.routes(case.product_id).seat(BESIDE[row.kind]) if case else None
    if seat is not None and row.lane != seat.owner:
        outbox.add(
            session,
            f"{row.key}:direct",
            row.kind,
            seat.owner,
            due_at=now,
            case_id=row.case_id,
            data=row.data,
        )


def _staff_elsewhere(desk: Desk, row: Outbox, now: datetime) -> bool:
    """Whether one who was to be told of a threat has left; being away is no reason not to tell somebody of it."""
    if desk.directory.refresh(row.lane, now).active:
        return False
    with desk.db.write() as session:
        _reroute_staff(session, desk, row, now)
        return outbox.mark_sent(session, row.id or 0, at=now, attempt=row.attempts)


def _reroute_staff(session: Session, desk: Desk, row: Outbox, now: datetime) -> None:
    """One of the two who must know of a threat cannot be reached: the next who holds one of the two roles learns."""
    case = cases.get(session, row.case_id or 0, lock=True)
    if case is None:
        return
    told = {row.lane, case.owner_id, case.backup_id, *(row.data.get("tried") or ())}
    to = next((each for each in keepers_and_backups(desk, case.product_id) if each not in told), None)
    if to is None:
        return
    if case.owner_id == row.lane:
        case.owner_id = to
    else:
        case.backup_id = to
    session.flush()
    data = {"gone": row.lane, "owner": case.owner_id, "role": case.owner_role, "why": "left"}
    event = events.append(session, f"case:{case.id}", "case.owner_replaced", at=now, data=data)
    watching.restart(session, desk, case, now)
    tried = sorted(each for each in told if each)
    outbox.add_many(session, outgoing.told(case, outgoing.STAFF, event.seq, [to], now, {"tried": tried}))
