"""The inbox of those who read anonymous reports: what they are shown, and what they do (anonymity.md 3.6, 3.9).

A report shows itself only to who can open it: nothing here knows who was left out. All eight wraps of each report are
tried, by everybody, so that a list takes as long for those who can open one as for those who cannot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from storage import anonymous, envelopes, lead_keys
from storage.envelopes import FOR_PASSPHRASES, CannotOpen, Kdf, Pair
from storage.models import AnonCase, AnonMsg
from workflows import concern, inbox_acts, letters, reader_keys, rewrapping
from workflows.blind_values import words_of
from workflows.concern_values import Given, Raised
from workflows.desk import Desk
from workflows.errors import BadAnswer, NotFound, Refused
from workflows.inbox_keys import LeadKeys
from workflows.inbox_values import Letter, Line, Listing, Reading, WaitingKey, is_new, is_worse
from workflows.letters import FROM_READER, FROM_REPORTER
from workflows.rules.concerns import Mode
from workflows.rules.fingerprints import fingerprint
from workflows.rules.recipients import Recipient, sees_at_once
from workflows.rules.retention import WARNED, ends_on
from workflows.rules.values import Level
from workflows.sealed_words import Words, is_left_out, reference
from workflows.vault import Vault


@dataclass(frozen=True, slots=True)
class Opened:
    """A report that a reader can open, with its key, its first message and the key that erases it."""

    case: AnonCase
    private: bytes = field(repr=False)
    first: Words = field(repr=False)
    shred_key: bytes = field(repr=False)


class Inbox:
    """The inbox, as one process sees it. Safe to share between threads."""

    def __init__(
        self,
        desk: Desk,
        vault: Vault,
        steady: Callable[[], float],
        *,
        kdf: Kdf = FOR_PASSPHRASES,
        floor: Kdf = FOR_PASSPHRASES,
        demo: str = "",
    ) -> None:
        """Take how passphrases are stretched; `demo` is one that all may know, where this is only tried out.

        Raises KdfTooWeak where they are stretched less than the floor asks for.
        """
        self.demo = demo
        self.keys = LeadKeys(desk, vault.concerns, steady, kdf=kdf, floor=floor)
        self._desk = desk
        self._db = desk.db
        self._vault = vault
        self._concerns = vault.concerns
        self._zone = ZoneInfo(desk.policy.timezone)

    # --- looking

    def listing(self, person: str, now: datetime) -> Listing:
        """Give the reports that a reader is shown: what is late first, then where its reporter wrote again.

        After these comes the highest level, then the oldest.

        Raises Refused where they are no recipient, or their key is locked; StorageError, KeystoreError.
        """
        reader, pair = self.keys.of(person)
        with self._db.ask() as session:
            shown = [each for each in self._all(session, pair) if self._is_shown(each, reader)]
            lines = [self._line(session, each.case, self._letters(session, each), now) for each in shown]
            waiting = reader_keys.waiting(session, self._concerns)
        lines.sort(key=lambda line: (not line.late, not line.new, -line.level, line.week, line.id))
        others = [(each, row) for each, row in waiting if each.id != reader.id]
        shown_keys = tuple(WaitingKey(each.id, each.name, fingerprint(row.pk), row.made_at) for each, row in others)
        return Listing(tuple(lines), shown_keys)

    def read(self, person: str, report: str, now: datetime) -> Reading:
        """Open a report; that this reader read it is noted. Raises NotFound, and as `listing`."""
        with self._db.write() as session:
            reader, opened = self._mine(session, person, report)
            lead_keys.note(session, reader.id, "read", opened.case.id, now)
            return self._reading(session, opened, now)

    # --- acting

    def acknowledge(self, person: str, report: str, now: datetime, *, seen: int = 0) -> Reading:
        """Say that a person has read a report. Raises Refused where it is over, and as `read`.

        `seen` is the reporter's last message that was on their screen: what came later they have not read (0: unknown).
        """
        with self._db.write() as session:
            reader, opened = self._mine(session, person, report)
            self._check_seen(session, opened, seen)
            inbox_acts.acknowledge(session, opened.case, reader.id, now)
            return self._reading(session, self._anew(session, opened), now)

    def write(
        self, person: str, report: str, seq: int, about: str, text: str, now: datetime, *, seen: int = 0
    ) -> Reading:
        """Write to the reporter: a message, feedback on what was done, or the last word with which it is closed.

        `seq` is the number of the last message of a reader that this one saw, `seen` that of the reporter's (0: not
        said). Sent twice, it is there once.

        Raises:
            BadAnswer: no words, or too many; an unknown kind. Refused: the report is over, or something was written
            meanwhile; the window keeps the words. NotFound, and as `listing`.
        """
        words = words_of(text)
        if about not in inbox_acts.ABOUT:
            raise BadAnswer("option_unknown", field="what")
        with self._db.write() as session:
            reader, opened = self._mine(session, person, report)
            case = opened.case
            if not self._is_there(session, opened, seq, about, words):
                self._check_seen(session, opened, seen)
                after = anonymous.last_seq(session, case.id, FROM_REPORTER)
                said = Words(words, about=about, after=after)
                blob = letters.seal(said, case.case_pk, case.id, FROM_READER, seq + 1)
                inbox_acts.write(session, case, seq + 1, blob, about, reader.id, self._zone, now)
            return self._reading(session, self._anew(session, opened), now)

    def raise_case(self, person: str, report: str, text: str, request_key: str, now: datetime) -> Raised:
        """Open a sealed case from a report, in the reader's own words; whom its reporter left out learns of neither.

        Raises BadAnswer, Refused as `workflows.concern.raise_concern`; NotFound, and as `listing`.
        """
        with self._db.write() as session:
            reader, opened = self._mine(session, person, report)
            lead_keys.note(session, reader.id, "case", opened.case.id, now)
        given = Given(
            mode=Mode.NAMED,
            topic=opened.case.topic,
            product_id=None,
            site=opened.case.site,
            leader=opened.case.level >= Level.L3,
            # Of those who were left out, whoever is no recipient any more could not be shown it anyway.
            excluded=frozenset(each.id for each in self._concerns.everybody if is_left_out(opened.first, each)),
            text=words_of(text),
            request_key=request_key,
        )
        return concern.raise_concern(self._desk, given, person, now)

    def let_in(self, person: str, report: str, now: datetime) -> Reading:
        """Let those read a report who became readers after it was written; one who reads it decides that.

        Raises NotFound, and as `listing`.
        """
        with self._db.write() as session:
            reader, opened = self._mine(session, person, report)
            more = tuple(reference(each) for each in rewrapping.newcomers(opened.first, self._concerns.everybody))
            first = replace(opened.first, allowed=(*opened.first.allowed, *more))
            if more:
                self._close_anew(session, replace(opened, first=first))
                lead_keys.note(session, reader.id, "let_in", opened.case.id, now)
            return self._reading(session, self._again(session, person, report), now)

    def renew(self, person: str, now: datetime) -> int:
        """Close reports anew whose readers changed, each in a transaction of its own; give how many there were.

        Called after every unlocking. Raises as `listing`.
        """
        reader, pair = self.keys.of(person)
        with self._db.ask() as session:
            keyed = reader_keys.usable(session, self._concerns)
            stale = [each.case.id for each in self._all(session, pair) if self._is_stale(each, keyed)]
        return sum(self._renewed(case_id, reader, pair, now) for case_id in stale)

    # --- inside

    def _renewed(self, case_id: bytes, reader: Recipient, pair: Pair, now: datetime) -> bool:
        with self._db.write() as session:
            case = anonymous.get(session, case_id, lock=True)
            opened = self._open(session, case, pair, self._vault.keystore.keys()) if case else None
            if opened is None or not self._is_stale(opened, reader_keys.usable(session, self._concerns)):
                return False
            self._close_anew(session, opened)
            lead_keys.note(session, reader.id, "rewrap", case_id, now)
            return True

    def _close_anew(self, session: Session, opened: Opened) -> None:
        rewrapping.close_anew(
            session,
            opened.case,
            opened.private,
            opened.first,
            self._concerns.everybody,
            reader_keys.usable(session, self._concerns),
            opened.shred_key,
            self._vault.wraps_for,
        )

    def _is_stale(self, opened: Opened, keyed: Mapping[str, bytes]) -> bool:
        return rewrapping.is_stale(opened.first, self._concerns.everybody, keyed)

    def _all(self, session: Session, pair: Pair) -> list[Opened]:
        """Give every report that a key opens."""
        keys = self._vault.keystore.keys()
        found = [self._open(session, case, pair, keys) for case in anonymous.everything(session)]
        return [each for each in found if each is not None]

    def _open(self, session: Session, case: AnonCase, pair: Pair, keys: Mapping[str, bytes]) -> Opened | None:
        shred_key = keys.get(case.id.hex())
        if shred_key is None:
            return None
        private = _tried(anonymous.wraps(session, case.id), case, pair, shred_key)
        if private is None:
            return None
        try:
            first = letters.first_of(anonymous.messages(session, case.id, FROM_REPORTER)[:1], private)
        except CannotOpen:
            return None
        return Opened(case, private, first, shred_key)

    def _mine(self, session: Session, person: str, report: str) -> tuple[Recipient, Opened]:
        """Give a report, locked, to a reader who is shown it. Raises NotFound, whether or not there is one."""
        reader, pair = self.keys.of(person)
        try:
            case = anonymous.get(session, bytes.fromhex(report), lock=True)
        except ValueError:
            case = None
        opened = self._open(session, case, pair, self._vault.keystore.keys()) if case else None
        if opened is None or not self._is_shown(opened, reader):
            raise NotFound("report_gone")
        return reader, opened

    def _again(self, session: Session, person: str, report: str) -> Opened:
        session.expire_all()
        return self._mine(session, person, report)[1]

    def _anew(self, session: Session, opened: Opened) -> Opened:
        """Read a report again after it was changed; its key is the same."""
        session.expire_all()
        return replace(opened, case=inbox_acts.of(session, opened.case.id))

    def _is_shown(self, opened: Opened, reader: Recipient) -> bool:
        present = {each.group for each in self._concerns.everybody}
        groups = [each for each in opened.first.readers if each in present]
        return sees_at_once(reader.group, groups, opened.case.level, opened.case.silent, int(Level.L3))

    def _check_seen(self, session: Session, opened: Opened, seen: int) -> None:
        """Raise Refused where the reporter wrote what this reader has not seen: it would count as read."""
        if seen and anonymous.last_seq(session, opened.case.id, FROM_REPORTER) > seen:
            raise Refused("report_changed")

    def _is_there(self, session: Session, opened: Opened, seq: int, about: str, text: str) -> bool:
        """Whether this very message arrived before. Raises Refused where another one did meanwhile."""
        theirs = anonymous.messages(session, opened.case.id, FROM_READER)
        if not theirs or theirs[-1].seq <= seq:
            return False
        try:
            last = letters.opened(theirs[-1], opened.private, opened.first.former)
        except CannotOpen:
            raise Refused("report_changed") from None
        if theirs[-1].seq == seq + 1 and (last.text, last.about) == (text, about):
            return True
        raise Refused("report_changed")

    def _reading(self, session: Session, opened: Opened, now: datetime) -> Reading:
        stored = anonymous.messages(session, opened.case.id)
        found = letters.all_of(stored, opened.private)
        shown = _in_order(found)
        later = rewrapping.newcomers(opened.first, self._concerns.everybody)
        return Reading(
            line=self._line(session, opened.case, shown, now),
            seq=max((each.seq for each in stored if each.dir == FROM_READER), default=0),
            seen=max((each.seq for each in stored if each.dir == FROM_REPORTER), default=0),
            letters=shown,
            newcomers=tuple(each.name for each in later),
            checkin=any(words.checkin for _, words in found),
        )

    def _letters(self, session: Session, opened: Opened) -> tuple[Letter, ...]:
        """Open what was written in a report; nothing where it was erased at this moment."""
        try:
            return _in_order(letters.all_of(anonymous.messages(session, opened.case.id), opened.private))
        except CannotOpen:
            return ()

    def _line(self, session: Session, case: AnonCase, written: Sequence[Letter], now: datetime) -> Line:
        owed, goes_on = inbox_acts.owed(session, case, self._zone, now), case.state not in inbox_acts.OVER
        ends = ends_on(case, int(self._concerns.keep.split()[0]))
        site = self._concerns.site_for(case.site or "")
        return Line(
            id=case.id.hex(),
            label=case.label,
            topic=case.topic,
            site=site.name if site else "",
            level=case.level,
            week=case.release_week,
            state=case.state,
            answer_by=owed.by,
            late=owed.late,
            erased_on=ends if ends - now.astimezone(self._zone).date() <= WARNED else None,
            new=goes_on and is_new([each.ours for each in written]),
            worse=goes_on and is_worse(each.since for each in written),
        )


def _tried(wraps: Sequence[bytes], case: AnonCase, pair: Pair, shred_key: bytes) -> bytes | None:
    """Try every wrap, also after one that opened; what opens must be the key of this report."""
    found = None
    for blob in wraps:
        try:
            private = envelopes.unwrap(blob, pair.private, case.id, shred_key)
        except CannotOpen:
            continue
        if envelopes.pair_of(private).public == case.case_pk:
            found = private
    return found


def _in_order(found: Sequence[tuple[AnonMsg, Words]]) -> tuple[Letter, ...]:
    """Put both sides in one order: a reader's message follows as many of the reporter's as it says."""
    reporters = [words for message, words in found if message.dir == FROM_REPORTER]
    placed = [((place + 1, 0, place), words) for place, words in enumerate(reporters)]
    after = 0
    for place, words in enumerate(words for message, words in found if message.dir == FROM_READER):
        after = max(after, words.after or len(reporters))
        placed.append(((after, 1, place), words))
    ordered = sorted(placed, key=lambda each: each[0])
    return tuple(Letter(at[1] == 1, words.about, words.since, words.text) for at, words in ordered)
