"""The blind core: takes anonymous reports, and lets whoever has a receipt come back (promise 7; anonymity.md 3).

Nothing that it is given has a field for a person, a moment or a channel, and it reads no clock but one that only counts
seconds. What it takes is sealed before it is kept, waits in the spool among places that look alike, and is released by
`workflows/spooling.py`, which knows the time but not the words.
"""

from __future__ import annotations

import hmac
import os
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Final

from sqlmodel import Session

from prompts.drawn import drawn_label
from storage import anonymous, envelopes, spool
from storage.database import Database
from storage.envelopes import FOR_RECEIPTS, ID_BYTES, KEY_BYTES, WRAPS, CannotOpen, Kdf, Pair
from storage.errors import StorageError
from storage.keystore import Keystore
from storage.models import AnonCase
from workflows import letters, reader_keys
from workflows.blind_values import Issued, Report, Visit, words_of
from workflows.decoy import Opened, make_decoy
from workflows.errors import BadAnswer, Refused
from workflows.held import Head, NewReport, read_report, write_message
from workflows.holding import Holding, below
from workflows.policy_concerns import Concerns
from workflows.returning import Brake, Returned, Returns
from workflows.rules.concerns import level_of
from workflows.rules.holds import GRID, MONDAYS, SLOTS, is_weekly, monday_of
from workflows.rules.receipts import ASKED_BACK, SECRET_BYTES, groups, read_receipt, receipt_of, same_group
from workflows.rules.recipients import may_start, readers
from workflows.sealed_words import Words, for_readers
from workflows.usage import Usage

STRETCHING: Final = 2
"""How many receipts are stretched at once: each takes 64 MiB."""
STRETCH_WAIT: Final = 2.5
ANSWERS_SHOWN: Final = 8
OWN_READ: Final = 3
"""How many of the reporter's own messages are opened beside the first: the last ones, one of which does."""
EVEN: Final = 1 + OWN_READ + ANSWERS_SHOWN
"""How many messages are fetched and opened at every visit, whether there are none or many (anonymity.md, T7)."""
CHECKIN_WEEKS: Final = (5, 13, 26)
CODE: Final = "receipt"


class KdfTooWeak(Exception):
    """The receipts of this installation are stretched less than they must be."""


class KdfUnreadable(Exception):
    """How the receipts of this installation are stretched is no longer to be read, so none would be found."""


class Vault:
    """The blind core of one process. Safe to share between threads."""

    def __init__(
        self,
        db: Database,
        keystore: Keystore,
        concerns: Concerns,
        steady: Callable[[], float],
        *,
        kdf: Kdf = FOR_RECEIPTS,
        floor: Kdf = FOR_RECEIPTS,
        at_once: bool | None = None,
    ) -> None:
        """Take seconds of a clock that nobody sets.

        `kdf` is for an installation that has none yet. `at_once`: keep things in the spool as they come, rather than
        on the grid; so it is on SQLite.
        """
        self.db = db
        self.keystore = keystore
        self.concerns = concerns
        self.week = ""
        self.crowd = 0.0
        self.holding = Holding(db, keystore, at_once=db.is_sqlite if at_once is None else at_once)
        self._kdf, self._floor = kdf, floor
        self._salt = b""
        self._pepper = os.urandom(KEY_BYTES)
        self._stretching = threading.BoundedSemaphore(STRETCHING)
        self._returns, self._nobody = Returns(steady), Returns(steady)
        self._brake = Brake(steady)
        self._a_decoy = make_decoy()
        self.usage = Usage()
        self._its_key = self._a_decoy.key()

    def prepare(self) -> None:
        """Set up what an installation has once, and check it.

        Raises KdfTooWeak, KdfUnreadable, StorageError, KeystoreError.
        """
        with self.db.write() as session:
            anonymous.set_up(session, str(self._kdf), os.urandom(ID_BYTES))
            found = anonymous.setup(session)
            spool.prepare(session, *self.keystore.spool())
            self.holding.check(session)
        if found is None:
            raise StorageError("setup")
        try:
            self._kdf, self._salt = envelopes.parse_kdf(found.kdf), bytes(found.salt)
        except ValueError:
            raise KdfUnreadable from None
        if not self._kdf.at_least(self._floor):
            raise KdfTooWeak(str(self._kdf))

    def give_up_held(self) -> None:
        """Give up what is held: the database is an older copy of itself, whose keys are gone. Raises StorageError."""
        with self.db.write() as session:
            spool.restart(session, *self.keystore.spool())

    def offers(self) -> bool:
        """Whether anonymous reports can be taken: enough staff, and two independent groups that can read them."""
        with self.db.ask() as session:
            keyed = reader_keys.usable(session, self.concerns)
        return not self.concerns.is_small and may_start(self.concerns.everybody, keyed)

    def can_be_read(self, excluded: Collection[str]) -> bool:
        """Whether anybody is left who could read a report that these recipients must not see."""
        with self.db.ask() as session:
            return bool(readers(self.concerns.everybody, excluded, reader_keys.usable(session, self.concerns)))

    # --- reporting

    def submit(self, report: Report) -> Issued:
        """Take a report; give its receipt. The same window delivered twice gives the same receipt, and one report.

        Raises:
            BadAnswer: there are no words, or too many. Refused: nobody is left who could read it, or there is no room
            for a moment. StorageError: it could not be kept.
        """
        text = words_of(report.text)
        receipt = self.receipt_for(report.nonce)
        locator, pair = self._stretched(receipt)
        issued = Issued(receipt, "urgent" if report.urgent else "slots", 0 if self.holding.at_once else _minutes())
        if self._is_known(locator):
            return issued
        case_id, made = self._compose(report, text, pair)
        slots = 0 if report.urgent else SLOTS[below(len(SLOTS))]
        head = Head("new", case_id, 1, slots, urgent=report.urgent, locator=locator)
        self.holding.keep(head, made.encode())
        return issued

    def pretend(self, nonce: str) -> str:
        """Take about as long as taking a report does, and keep nothing; give a receipt that opens nothing."""
        receipt = self.receipt_for(nonce)
        self._is_known(self._stretched(receipt)[0])
        return receipt

    def receipt_for(self, nonce: str) -> str:
        """Give the receipt of a window; this process gives the same one for it every time."""
        secret = hmac.new(self._pepper, nonce.encode(), sha256).digest()[:SECRET_BYTES]
        return receipt_of(secret)

    def is_copied(self, nonce: str, shown: str, typed: tuple[str, str]) -> bool:
        """Whether the two groups that were asked back are right; `shown` counts where this process did not issue it."""
        for receipt in (self.receipt_for(nonce), shown):
            found = groups(receipt)
            if found and all(same_group(each, found[place - 1]) for each, place in zip(typed, ASKED_BACK, strict=True)):
                return True
        return False

    # --- coming back

    def look_up(self, typed: str) -> Visit:
        """Find the report of a receipt, as it is typed.

        Raises:
            BadAnswer: it cannot be a receipt (then nothing was looked for), or there is no report for it (any more).
            Refused: too many wrong receipts were tried; wait a little.
        """
        if read_receipt(typed) is None:
            raise BadAnswer("receipt_typo", field=CODE)
        self._brake.check()
        locator, pair = self._stretched(typed)
        found = self._visit(locator, pair)
        if found is None:
            self._brake.failed()
            raise BadAnswer("receipt_unknown", field=CODE)
        return found

    def add(self, token: str, text: str, *, urgent: bool = False, since: str = "") -> bool:
        """Add words to a report, or an answer to how its reporter has been; say whether it waits for a Monday.

        The same words from the same window are added once.

        Raises:
            BadAnswer: no words, or too many. Refused: the receipt has to be typed again, the report was taken back,
            there were too many messages today, or there is no room for a moment.
        """
        words = words_of(text) if text.strip() or not since else ""
        came = self._returns.of(token)
        case_id, case_pk = self._whose(came)
        if self._is_taken_back(case_id):
            raise Refused("receipt_taken_back")
        weekly = not urgent and is_weekly(self.concerns.staff, self.crowd)
        if self._returns.repeats(token, words + since):
            return weekly
        self._returns.check(came)
        seq, answered = self._next_seq(case_id), came.answered + bool(since)
        blob = envelopes.seal_text(
            Words(words, since=since, answered=answered).encode(), case_pk, envelopes.message_info(case_id, "R", seq)
        )
        choices = MONDAYS if weekly else SLOTS
        slots = 0 if urgent else choices[below(len(choices))]
        self.holding.keep(Head("more", case_id, seq, slots, weekly, urgent), write_message(blob))
        self._returns.added(token, words + since, answered)
        return weekly

    def take_back(self, token: str) -> None:
        """Take a report back: it is closed, and erased a month later. Once is enough. Raises Refused as `add`."""
        came = self._returns.of(token)
        case_id, _ = self._whose(came)
        if not self._is_taken_back(case_id):
            self.holding.keep(Head("back", case_id, slots=1), b"-")

    # --- inside

    @contextmanager
    def _one_of_two(self) -> Iterator[None]:
        if not self._stretching.acquire(timeout=STRETCH_WAIT):
            raise Refused("concern_busy")
        try:
            yield
        finally:
            self._stretching.release()

    def _stretched(self, receipt: str) -> tuple[bytes, Pair]:
        symbols = read_receipt(receipt) or ""
        with self._one_of_two():
            root = self._kdf.stretch(symbols.encode("ascii"), self._salt)
        return envelopes.from_root(root)

    def _is_known(self, locator: bytes) -> bool:
        with self.db.ask() as session:
            if anonymous.by_locator(session, locator) is not None:
                return True
            return self.holding.new_report(session, locator) is not None

    def _compose(self, report: Report, text: str, reporter: Pair) -> tuple[bytes, NewReport]:
        """Seal a report for everybody who may read it, and for nobody else."""
        with self.db.ask() as session:
            keyed = reader_keys.usable(session, self.concerns)
        chosen = readers(self.concerns.everybody, report.excluded, keyed)
        site = self.concerns.site_for(report.site or "")
        if not chosen:
            raise Refused("concern_nobody_left")
        case_id, case, shred_key = os.urandom(ID_BYTES), envelopes.new_pair(), os.urandom(KEY_BYTES)
        publics = [keyed[each.id] for each in chosen]
        first = Words(text, checkin=report.checkin)
        words = for_readers(first, self.concerns.everybody, report.excluded, chosen, keyed).encode()
        return case_id, NewReport(
            case_pk=case.public,
            reporter_pk=reporter.public,
            shred_key=shred_key,
            rwrap=envelopes.wrap(case.private, reporter.public, case_id, shred_key, "rwrap"),
            wraps=self.wraps_for(case.private, publics, case_id, shred_key),
            message=envelopes.seal_text(words, case.public, envelopes.message_info(case_id, "R", 1)),
            label=drawn_label(below),
            topic=report.topic,
            level=int(level_of(report.topic, leader=report.leader)),
            site=site.id if site else None,
        )

    def wraps_for(self, private: bytes, publics: list[bytes], case_id: bytes, shred_key: bytes) -> list[bytes]:
        """Give the eight wraps of a report's key, in an order that says nothing; those nobody needs open for nobody."""
        if self.concerns.recovery:
            publics = [*publics, self.concerns.recovery]
        made = [envelopes.wrap(private, public, case_id, shred_key) for public in publics]
        made += [envelopes.dummy_wrap(case_id, shred_key) for _ in range(WRAPS - len(made))]
        return sorted(made, key=lambda _: os.urandom(8))

    def _visit(self, locator: bytes, pair: Pair) -> Visit | None:
        """Open a report for its reporter. Where there is none the same work is done on one that never was."""
        with self.db.ask() as session:
            case = anonymous.by_locator(session, locator)
            held = self.holding.new_report(session, locator)
            shred_key = self.keystore.keys().get(case.id.hex() if case else "")
            if case is None or shred_key is None:
                self._open(session, self._a_decoy.anew())
                token = self._kept(locator, held, pair)
                weekly = is_weekly(self.concerns.staff, self.crowd)
                return Visit(token, "", "held", (), weekly=weekly) if held is not None else None
            answers, answered, asks = self._open(session, Opened(case, pair, shred_key))
        weekly = is_weekly(self.concerns.staff, self.crowd)
        token = self._returns.keep(Returned(locator, case.id, pair, answered))
        return Visit(token, case.label, case.state, answers, asks, weekly)

    def _kept(self, locator: bytes, held: Head | None, pair: Pair) -> str:
        """Remember who came back to what is held; where nothing is, nobody, which takes as long."""
        if held is None:
            return self._nobody.keep(Returned(locator, b"", pair))
        return self._returns.keep(Returned(locator, held.case_id, pair))

    def _open(self, session: Session, opened: Opened) -> tuple[tuple[str, ...], int, bool]:
        """Open the last answers, see how often the reporter said how they have been, and whether to ask them again.

        A decoy costs what a report costs, and a long dialogue what a short one does.
        """
        case = opened.case
        private = opened.key()
        size = len(self._a_decoy.beside[0].blob)
        fetched = anonymous.some_messages(session, case.id, OWN_READ, ANSWERS_SHOWN, size)
        stored = [*(each for each in fetched if each.dir), *opened.beside]
        self._even_out(EVEN - len(stored))
        read = letters.all_of(stored, private)
        answers = tuple(words.text for each, words in read if each.dir == letters.FROM_READER)
        own = [words for each, words in read if each.dir == letters.FROM_REPORTER]
        answered = max((each.answered for each in own), default=0)
        return answers, answered, self._asks(case, own, answered)

    def _even_out(self, missing: int) -> None:
        """Do for messages that are not there what is done for those that are."""
        for _ in range(missing):
            letters.opened(self._a_decoy.beside[0], self._its_key)

    def _asks(self, case: AnonCase, own: list[Words], answered: int) -> bool:
        """Whether it is time to ask how the reporter has been; they wanted to be asked, and only a week is known."""
        if not self.week or not any(each.checkin for each in own):
            return False
        weeks = (monday_of(self.week) - monday_of(case.release_week)).days // 7
        return sum(weeks >= each for each in CHECKIN_WEEKS) > answered

    def _whose(self, came: Returned) -> tuple[bytes, bytes]:
        """Give the id and the public key of a report that its reporter came back to, held or released."""
        with self.db.ask() as session:
            case = anonymous.get(session, came.case_id)
            if case is not None:
                return case.id, case.case_pk
            found = self.holding.new_report(session, came.locator)
            if found is None:
                raise Refused("receipt_again")
            head, body = found, self.holding.body_of(session, found)
        try:
            return head.case_id, read_report(body or b"").case_pk
        except CannotOpen:
            raise Refused("receipt_again") from None

    def _is_taken_back(self, case_id: bytes) -> bool:
        """Whether a report was taken back, or is held to be."""
        with self.db.ask() as session:
            case = anonymous.get(session, case_id)
            held = self.holding.everything(session)
        is_held = any(each.kind == "back" and each.case_id == case_id for each in held)
        return is_held or (case is not None and case.state == "retracted")

    def _next_seq(self, case_id: bytes) -> int:
        with self.db.ask() as session:
            last = anonymous.last_seq(session, case_id, "R")
            held = self.holding.everything(session)
        return max([last, 1, *(each.seq for each in held if each.case_id == case_id)]) + 1


def _minutes() -> int:
    return int(GRID.total_seconds() // 60)
