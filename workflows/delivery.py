"""Send one promised message: in order, once, at a good hour, to somebody who can answer (decision 0004).

A job brings the number of a row and of the attempt. The row says whether that still holds. Just before the message
leaves, the row becomes `sending`; after that nobody knows whether it is out until Slack has answered. An attempt that
ended in this state is looked up by its key before anything is sent again, and where it cannot be looked up a person is
asked (`maybe_sent`): a message is never lost silently and never sent twice on a guess.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session

from storage import cases, outbox
from storage.errors import StorageError
from storage.models import Case, Outbox
from workflows import addresses, concern_clocks, notes, nudging, outgoing, rerouting, world
from workflows.desk import Desk
from workflows.dossier import card_of
from workflows.ports import CannotSend, CannotTell, Notifier, Posted, SendLater
from workflows.rules.case import State
from workflows.rules.deadlines import is_working_time, next_moment_of_work
from workflows.rules.values import Level
from workflows.sweep import LEASE

log = logging.getLogger(__name__)
LONGEST_WAIT = 600.0
OWN_FAULTS = 12
"""Attempts at a message that fails on our side, not on Slack's, before it is given up."""
LEAVES_WITHIN = 0.6
"""Which part of its lease a message may use before it begins to leave: a process that slept may wake when somebody
else has taken its work over."""
LOOKED_UP = timedelta(hours=6)
"""How long a message that may be out is looked for while Slack gives no answer, before a person is asked."""
LOOKED_UP_SLOWLY = timedelta(days=1)
"""How long where Slack lets us read only now and then."""
STORAGE_WAIT = 5.0
RATE_LIMITED = "ratelimited"
"""Too many messages to this recipient: the next one waits as long as Slack says."""
AT_ANY_HOUR = frozenset({outgoing.RESULT, outgoing.CARD_MOVED, outgoing.ALARM})
"""The answer to what somebody just did, edits that call nobody, and what the people who run the bot must know."""
_OF_MANY = {outgoing.NUDGE: nudging.is_answered, outgoing.TOGETHER: world.is_answered}

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Terms:
    """How long an attempt has, and how far apart messages to one recipient are (Slack: about one a second)."""

    lease: timedelta = LEASE
    pace: timedelta = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt. `waited` is how many seconds after it was promised the message began to leave.

    It is None for a later attempt, and for a message that was held for working hours. `trouble` is a short code where
    it did not leave, or "" where it did or did not have to.
    """

    sent: bool = False
    waited: float | None = None
    trouble: str = ""


NOTHING = Outcome()


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One try at one message, with what it needs; `to` is who gets it, known once its row was read."""

    desk: Desk
    notifier: Notifier
    row: Outbox
    case: Case | None
    clock: Clock
    wait: Callable[[float], object]
    terms: Terms
    to: str = ""

    @property
    def id(self) -> int:
        return self.row.id or 0

    @property
    def number(self) -> int:
        return self.row.attempts


def send(
    desk: Desk,
    notifier: Notifier,
    outbox_id: int,
    attempt: int,
    clock: Clock,
    wait: Callable[[float], object] = lambda _seconds: None,
    terms: Terms = Terms(),
) -> Outcome:
    """Make one attempt at a message. Never raises for what goes wrong on the way; the row says what is next.

    `clock` gives the time (aware UTC), `wait` waits for so many seconds, a fraction of one, until the recipient may
    get the next message.
    """
    with desk.db.read() as session:
        taken = outbox.take(session, outbox_id, attempt)
        if taken is None:
            return NOTHING
        case = cases.get(session, taken.row.case_id) if taken.row.case_id else None
    this = _Attempt(desk, notifier, taken.row, case, clock, wait, terms)
    try:
        this = replace(this, to=addresses.of(desk, taken.row))
        if _needless(this) or _goes_elsewhere(this) or _held(this):
            return NOTHING
        posted = _look_up(this) if taken.row.maybe_out else None
        if posted is not None:
            _sent(this, posted, new=False)
            return NOTHING
        leaves = _prepared(this)
        if taken.row.kind != outgoing.CARD_MOVED:
            notifier.meet(this.to)
    except SendLater as later:
        return _put_back(this, later, maybe_out=taken.row.maybe_out)
    except CannotTell as unknown:
        return _ask_a_person(this, unknown.code)
    except CannotSend as refusal:
        return _refused(this, refusal)
    except Exception as error:
        return _own_fault(this, error)
    return _leave(this, leaves, taken.ready_at)


def _leave(this: _Attempt, leaves: Callable[[], Posted], ready_at: datetime | None) -> Outcome:
    """Wait for the recipient's turn, say that it is on its way, and let it go."""
    if ready_at is not None and (rest := (ready_at - this.clock()).total_seconds()) > 0:
        this.wait(min(rest, 1.0))
    began = this.clock()
    in_time = this.notifier.within(this.terms.lease.total_seconds() * LEAVES_WITHIN)
    try:
        with this.desk.db.write() as session:
            mine = outbox.start_sending(session, this.id, this.number, began, began + this.terms.lease)
    except StorageError as error:
        return _put_back(this, SendLater(STORAGE_WAIT, type(error).__name__), maybe_out=False)
    if not mine:
        return NOTHING
    try:
        with in_time:
            posted = leaves()
    except SendLater as later:
        return _put_back(this, later, maybe_out=later.left)
    except CannotSend as refusal:
        return _refused(this, refusal)
    except Exception as error:
        # It may be out: the answer could not be read. It is looked up before anything else.
        return _own_fault(this, error, maybe_out=True)
    _sent(this, posted, new=True)
    first = this.number == 1
    return Outcome(True, max((began - this.row.created_at).total_seconds(), 0.0) if first else None)


def _needless(this: _Attempt) -> bool:
    """Whether nobody needs this message any more: the case moved on, or the question was answered."""
    of_many = _OF_MANY.get(this.row.kind)
    if not (of_many(this.desk, this.row) if of_many else this.case and _overtaken(this.desk, this.row, this.case)):
        return False
    with this.desk.db.write() as session:
        return outbox.mark_sent(session, this.id, at=this.clock(), attempt=this.number)


def _overtaken(desk: Desk, row: Outbox, case: Case) -> bool:
    if row.kind == outgoing.CARD:
        return not _is_for(row, case)
    if row.kind in outgoing.ASKING and row.data["why"] in concern_clocks.NAME_OF:
        return concern_clocks.is_overtaken(desk, row, case)
    if row.kind in outgoing.ASKING:
        if (row.data["level"], row.data["owner"]) != (case.level, case.owner_id):
            return True
        # Harm that goes on is asked about whoever has acknowledged the case.
        if row.data["why"] == "contain":
            return case.contained_at is not None or case.state == State.CLOSED
        return bool(row.data["state"] != case.state)
    if row.kind == outgoing.NOBODY:
        return case.owner_id is not None or case.state == State.CLOSED
    return False


def _is_for(row: Outbox, case: Case) -> bool:
    """Whether a card is still for the owner of the case, where that owner is told."""
    here = row.lane in (case.channel_id, case.owner_id, "nobody")
    return here and row.data.get("owner") == case.owner_id


def _goes_elsewhere(this: _Attempt) -> bool:
    """Whether somebody else has to be told, because the one who was to be asked cannot answer."""
    if this.row.kind == outgoing.NUDGE:
        return nudging.pass_on(this.desk, this.row, this.clock())
    return this.case is not None and rerouting.somebody_else(this.desk, this.row, this.case, this.clock())


def _held(this: _Attempt) -> bool:
    """Whether it waits for the recipient's working hours: everything does but L3 and answers (promise 11)."""
    reader = _reader(this)
    if reader is not None:
        # Asked at most every ten minutes, and before anything is locked: their zone is known from then on.
        this.desk.directory.refresh(reader, this.clock())
    if _quiet_until(this, this.case) is None:
        return False
    with this.desk.db.write() as session:
        # Asked again under the lock: a case that reached L3 meanwhile takes its messages along at once.
        case = cases.get(session, this.row.case_id, lock=True) if this.row.case_id else None
        until = _quiet_until(this, case)
        return until is not None and outbox.hold(session, this.id, until, this.number)


def _quiet_until(this: _Attempt, case: Case | None) -> datetime | None:
    row, now = this.row, this.clock()
    if row.kind in AT_ANY_HOUR or row.maybe_out or row.data.get("top"):
        return None
    # Whoever raised a concern is told by day, however grave it is.
    by_day = row.kind in addresses.TO_A_REPORTER
    if (
        case is not None
        and not by_day
        and (case.level == Level.L3 or (row.kind == outgoing.CARD and _edits(row, case)))
    ):
        return None
    calendar = this.desk.calendar_of(_reader(this))
    return None if is_working_time(now, calendar) else next_moment_of_work(now, calendar)


def _reader(this: _Attempt) -> str | None:
    """The person for whom a message is: who gets it, or who is named in it where it goes to a channel."""
    row, case = this.row, this.case
    if row.kind in addresses.TO_A_REPORTER and (case is None or case.submitter_id != this.to):
        # In confidence: a message at their own hours would say where they are.
        return None
    return this.to if this.to[:1] in ("U", "W") else row.data.get("to") or row.data.get("owner")


def _edits(row: Outbox, case: Case) -> bool:
    """Whether a card stands already where this one belongs."""
    return case.card_ts is not None and (case.card_channel_id == row.lane or case.channel_id is None)


def _look_up(this: _Attempt) -> Posted | None:
    """Find what an earlier attempt may have sent; keep the row in hand meanwhile.

    Raises CannotTell where it cannot be read, or could not be read for too long.
    """
    row, now = this.row, this.clock()
    with this.desk.db.write() as session:
        if not outbox.renew(session, this.id, this.number, now + this.terms.lease):
            raise SendLater(0.0, "taken_over")
    try:
        return this.notifier.find(this.to, row.key, row.claimed_at)
    except CannotSend as refusal:
        raise CannotTell(refusal.code) from None
    except SendLater as later:
        patience = LOOKED_UP if later.code != RATE_LIMITED else LOOKED_UP_SLOWLY
        if row.claimed_at is not None and now - row.claimed_at > patience:
            raise CannotTell(later.code) from None
        raise


def _prepared(this: _Attempt) -> Callable[[], Posted]:
    """Make the message from what is stored now, so that only the sending itself is left to do."""
    row, desk, now = this.row, this.desk, this.clock()
    if row.kind == outgoing.CARD_MOVED:
        return _moved_card(this, now)
    if row.kind == outgoing.CARD:
        return _card(this, now)
    note = notes.of(desk, row, now)
    return lambda: this.notifier.tell(this.to, note, row.key)


def _card(this: _Attempt, now: datetime) -> Callable[[], Posted]:
    row = this.row
    with this.desk.db.read() as session:
        case = notes.case_of(session, row)
        card = card_of(session, this.desk, case, now)
    stands = Posted(case.card_channel_id, case.card_ts) if case.card_channel_id and case.card_ts else None
    here = stands if stands and _edits(row, case) else None
    return lambda: this.notifier.show_card(row.lane, card, row.key, here)


def _moved_card(this: _Attempt, now: datetime) -> Callable[[], Posted]:
    row = this.row
    with this.desk.db.read() as session:
        card = replace(card_of(session, this.desk, notes.case_of(session, row), now), acts=frozenset(), moved=True)
    stands = Posted(row.data["channel"], row.data["ts"])
    return lambda: this.notifier.show_card(row.lane, card, row.key, stands)


def _sent(this: _Attempt, posted: Posted, *, new: bool) -> None:
    """Record that it is out and where it stands. Where that fails, the next attempt finds it."""
    row, now = this.row, this.clock()
    try:
        with this.desk.db.write() as session:
            # Where it stands would tell whose conversation that is.
            kept = this.to == row.lane
            place = {"channel_id": posted.channel, "ts": posted.ts} if kept else {}
            ready_at = now + this.terms.pace if new and not _was_edit(session, row, posted) else None
            if outbox.mark_sent(session, this.id, at=now, attempt=this.number, ready_at=ready_at, **place):
                _card_stands(this, session, posted, now)
                if row.kind == outgoing.NUDGE:
                    nudging.sent(session, this.desk, row, now)
    except StorageError as error:
        log.warning("A message is out but could not be noted: %s", error.code or type(error).__name__)


def _was_edit(session: Session, row: Outbox, posted: Posted) -> bool:
    """Whether the message stood there before; edits do not count against the pace of new messages."""
    if row.kind == outgoing.CARD_MOVED:
        return True
    if row.kind != outgoing.CARD or row.case_id is None:
        return False
    case = cases.get(session, row.case_id)
    return case is not None and (case.card_channel_id, case.card_ts) == (posted.channel, posted.ts)


def _card_stands(this: _Attempt, session: Session, posted: Posted, now: datetime) -> None:
    row = this.row
    if row.kind != outgoing.CARD or row.case_id is None:
        return
    case = cases.get(session, row.case_id, lock=True)
    if case is None:
        return
    if _is_for(row, case):
        case.card_channel_id, case.card_ts = posted.channel, posted.ts
    else:
        # The case was handed on while this card was under way: nobody should answer here any more.
        outbox.add_many(session, [outgoing.card_moved(case, posted.channel, posted.ts, now)])


def _put_back(this: _Attempt, later: SendLater, *, maybe_out: bool) -> Outcome:
    """Try again later: as long as Slack asked for, and longer each time where it said nothing, up to ten minutes."""
    row, now = this.row, this.clock()
    until = now + timedelta(seconds=_patience(row, later, now))
    ready_at = until if later.code == RATE_LIMITED else None
    try:
        with this.desk.db.write() as session:
            outbox.retry_at(
                session,
                this.id,
                until,
                attempt=this.number,
                error=later.code[:64],
                maybe_out=maybe_out,
                ready_at=ready_at,
            )
    except StorageError as error:
        # The row stays as it is; when its lease is over it is taken up again.
        log.warning("A message could not be put back: %s", error.code or type(error).__name__)
    return Outcome(trouble=later.code)


def _patience(row: Outbox, later: SendLater, now: datetime) -> float:
    """Give for how many seconds to wait: as long again as it was tried so far, which doubles and counts no restarts."""
    if later.code == RATE_LIMITED:
        return later.seconds
    tried = (now - row.claimed_at).total_seconds() if row.claimed_at else 2.0 ** min(row.attempts - 1, 16)
    return max(later.seconds, min(tried, LONGEST_WAIT))


def _own_fault(this: _Attempt, error: Exception, *, maybe_out: bool = False) -> Outcome:
    """One bad message must not hold up the others; its text may quote what somebody wrote, so it is not logged."""
    code, unsure = f"own:{type(error).__name__}"[:64], maybe_out or this.row.maybe_out
    if isinstance(error, StorageError):
        return _put_back(this, SendLater(STORAGE_WAIT, type(error).__name__), maybe_out=unsure)
    log.error("A %s message could not be made: %s", this.row.kind, type(error).__name__)
    if this.number < OWN_FAULTS:
        return _put_back(this, SendLater(60.0, code), maybe_out=unsure)
    with this.desk.db.write() as session:
        outbox.park(session, this.id, error=code, attempt=this.number)
    return Outcome(trouble=code)


def _ask_a_person(this: _Attempt, code: str) -> Outcome:
    """Nobody can tell whether it is out, so a person has to look: `hrdd jobs` shows it, an alarm tells of it."""
    log.error("A %s message may be out, and it cannot be looked up: %s", this.row.kind, code)
    with this.desk.db.write() as session:
        outbox.maybe_sent(session, this.id, error=code[:64], attempt=this.number)
    return Outcome(trouble="maybe_sent")


def _refused(this: _Attempt, refusal: CannotSend) -> Outcome:
    log.error("A %s message cannot be delivered: %s", this.row.kind, refusal.code)
    rerouting.reroute(this.desk, this.row, refusal, this.clock())
    return Outcome(trouble=refusal.code)
