"""What an auditor asks of a live installation: is anybody to be found where nobody may be, and how large is the crowd.

Looks at everything that is kept and prints nothing of it: places, ways of writing, and numbers of a list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from storage import anonymous, scan
from storage.database import Database
from storage.needles import START, Hit, Needles, Surface
from workflows.policy_concerns import Concerns
from workflows.rules.crowd import DAILY_DAYS, crowd, uses_a_day
from workflows.rules.holds import SMALL_CROWD, is_weekly, week_of
from workflows.usage import past

VISITS: Final = (1, 2, 4)
_COMMON: Final = 10
"""A name of one word with fewer letters may be any word, and is not looked for in plain text."""


class NothingToRead(Exception):
    """A file or folder that was named cannot be read; the sentence names it."""


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody of the workspace, as far as it is known."""

    id: str
    name: str = ""
    handle: str = ""
    email: str = ""
    team: str = ""
    others: tuple[str, ...] = ()
    """What else they are called: the name that they chose to be shown, and names as Slack writes them elsewhere."""

    def surfaces(self, who: int) -> Iterable[Surface]:
        """Give every way in which they are known."""
        yield Surface(who, "id", self.id)
        if self.team:
            for joint in "/:.-@_":
                yield Surface(who, "id with the workspace", f"{self.team}{joint}{self.id}")
                yield Surface(who, "id with the workspace", f"{self.id}{joint}{self.team}")
        others = dict.fromkeys(each for each in self.others if each not in (self.name, self.handle))
        for what, text in (("name", self.name), ("handle", self.handle), *(("other name", each) for each in others)):
            if text:
                yield Surface(who, what, text, text.isalpha() and len(text) < _COMMON)
        if self.email:
            yield Surface(who, "e-mail", self.email)


@dataclass(frozen=True, slots=True)
class Places:
    """Where to look beside the database: the folder of keys, logs, backups, and a server's own log."""

    keys: Path | None = None
    logs: Sequence[Path] = ()
    backups: Sequence[Path] = ()
    wal: Path | None = None


@dataclass(slots=True)
class Findings:
    """What was looked at and what was found. `found` tells by place and way of writing who (numbers of the list)."""

    users: int = 0
    named: int = 0
    needles: int = 0
    guarded: dict[str, int] = field(default_factory=dict)
    """How many names, handles and so on are not looked for in plain text, by what they are."""
    rows: int = 0
    bytes: int = 0
    files: int = 0
    schema: list[str] = field(default_factory=list)
    found: dict[tuple[str, str, str], set[int]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether there is nothing to look at."""
        return not self.found and not self.schema

    def note(self, place: str, what: str, how: str, who: int) -> None:
        """Keep that somebody was found."""
        self.found.setdefault((place, what, how or "as it is"), set()).add(who)


def look(db: Database, people: Sequence[Known], places: Places, secrets: Collection[bytes]) -> Findings:
    """Look for everybody everywhere.

    Who stands in the named record may be in its columns (`storage.scan.PEOPLE`) and nowhere else; who does not may be
    nowhere at all, the raw bytes of the files and their copies included. Raises NothingToRead, StorageError.
    """
    findings = Findings(users=len(people), schema=scan.lint(db))
    keyed = [each for each in (*secrets, *_salt(db)) if each]
    surfaces = [each for who, known in enumerate(people, 1) for each in known.surfaces(who)]
    needles = Needles(surfaces, keyed)
    findings.needles = needles.count
    findings.guarded = dict(sorted(Counter(each.what for each in surfaces if each.guarded).items()))
    named = _rows(db, needles, findings)
    findings.named = len(named)
    for folder in (*([places.keys] if places.keys and places.keys.exists() else []), *places.logs):
        _files(scan_files(folder), needles, findings)
    others = [each for each in surfaces if each.who not in named]
    unnamed = needles if not named else Needles(others, keyed)
    _files(scan.own_files(db), unnamed, findings)
    for folder in (*places.backups, *([places.wal] if places.wal else [])):
        _files(scan_files(folder), unnamed, findings)
    findings.notes = _notes(db, places, findings)
    return findings


def _salt(db: Database) -> list[bytes]:
    with db.read() as session:
        found = anonymous.setup(session)
    return [] if found is None else [bytes(found.salt)]


def _rows(db: Database, needles: Needles, findings: Findings) -> frozenset[int]:
    """Look through all rows; give who stands in the named record."""
    named = set[int]()
    for piece in scan.rows(db):
        findings.rows += piece.rows
        findings.bytes += len(piece.raw)
        for hit in (*needles.found_in(piece.raw), *_whole(piece, needles)):
            if piece.place in scan.PEOPLE:
                named.add(hit.who)
            else:
                findings.note(piece.place, hit.what, hit.how, hit.who)
    return frozenset(named)


def _whole(piece: scan.Piece, needles: Needles) -> Iterator[Hit]:
    """Give whose short name a value of a column is, and nothing else."""
    for value in piece.whole_values():
        if (hit := needles.whole(value)) is not None:
            yield hit


def _files(files: Iterable[Path], needles: Needles, findings: Findings) -> None:
    for file in files:
        findings.files += 1
        try:
            for place, raw, _ in scan.raw(file):
                findings.bytes += len(raw)
                for hit in needles.found_in(raw):
                    findings.note(place, hit.what, hit.how, hit.who)
        except (OSError, EOFError) as problem:
            raise NothingToRead(
                f"{file} cannot be read ({type(problem).__name__}). The look is not complete."
            ) from None


def scan_files(folder: Path) -> list[Path]:
    """Give the files of a folder that was named. Raises NothingToRead."""
    try:
        return scan.everything_in(folder)
    except OSError:
        raise NothingToRead(f"{folder} cannot be read: there is no such file or folder.") from None


def _notes(db: Database, places: Places, findings: Findings) -> list[str]:
    found = []
    if not db.is_sqlite and places.wal is None:
        found.append("The server's own log (WAL) and its files were not looked at: name their folder with --wal.")
    if not places.logs:
        found.append("No log was looked at: name files or folders with --logs.")
    if not places.backups:
        found.append("No backup was looked at: name files or folders with --backups.")
    if findings.guarded:
        counted = ", ".join(f"{what}: {number}" for what, number in findings.guarded.items())
        found.append(
            f"Not looked for in plain text, where any other word may be the same: what is one word of fewer than "
            f"{_COMMON} letters, or less than {START} bytes ({counted}). It was looked for as a digest, in hex, base64 "
            "and base32, in packed parts, and as the whole of a value."
        )
    return found


@dataclass(frozen=True, slots=True)
class Meter:
    """How large the crowd is: staff, uses in an average week of the last ones, and an estimate by number of visits."""

    staff: int
    weeks: int
    uses: float
    crowds: dict[int, int]
    mondays: bool
    small: bool

    @property
    def enough(self) -> bool:
        """Whether a reporter who came four times stands among enough people."""
        return self.crowds[max(VISITS)] >= SMALL_CROWD


def meter(db: Database, concerns: Concerns, zone: ZoneInfo, now: datetime) -> Meter:
    """Estimate the crowd from how often everybody together used the bot in the last whole weeks, in the company's zone.

    A use is a form that was begun or a tap on the weekly question, whoever it was (`Edge.counts`). Where a reporter's
    words would be shown every day, taps hide nobody (`usage.Past`).
    """
    with db.read() as session:
        found = past(session, week_of(now.astimezone(zone).date()))
    a_day, forms_a_day = (uses_a_day(each, concerns.staff) for each in (found.uses, found.forms))
    return Meter(
        concerns.staff,
        found.weeks,
        found.uses,
        {visits: int(crowd(concerns.staff, a_day, visits)) for visits in VISITS},
        is_weekly(concerns.staff, crowd(concerns.staff, forms_a_day, max(VISITS), DAILY_DAYS)),
        concerns.is_small,
    )
