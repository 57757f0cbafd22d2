"""Reports as their readers see them. No word of these ever leaves a window."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One report in the list. `id` is its random id in hex, `week` an ISO week.

    `answer_by` (aware) is when the next answer is due, None where none is, or no day of it is kept; `late` that one was
    due. `erased_on` is there once the end is near. `new`: its reporter wrote again after the last answer; `worse`: they
    said that they are treated worse.
    """

    id: str
    label: str
    topic: str
    site: str
    level: int
    week: str
    state: str
    answer_by: datetime | None
    late: bool
    erased_on: date | None
    new: bool = False
    worse: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """One message of a report. `ours` comes from a reader; `about` says what such a one is for.

    `since` is how a reporter answered when they were asked how they have been ("" for no answer).
    """

    ours: bool
    about: str
    since: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """One report, open: `seq` is the number of the readers' last message, by which an answer knows what it answers.

    `seen` is that of the reporter's last one.

    `letters` are all that can be opened, the first one first. `newcomers` are readers who came later, and of whom its
    reporter could not know.
    """

    line: Line
    seq: int
    letters: tuple[Letter, ...] = field(repr=False)
    newcomers: tuple[str, ...] = ()
    checkin: bool = False
    seen: int = 0


@dataclass(frozen=True, slots=True)
class NewKey:
    """A pair that a reader made. It `waits` where another reader has to say first that it is theirs."""

    fingerprint: str
    waits: bool


@dataclass(frozen=True, slots=True)
class Opening:
    """What came of a passphrase that was right: the inbox is open, unless there is a `code`.

    `asked` (aware UTC) is when somebody asked for a new key in this reader's name that is not needed, and gone. `code`
    is the fingerprint of their new key: it was its passphrase, and that key is not used yet.
    """

    asked: datetime | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class WaitingKey:
    """Another reader's new key, which is not used before somebody compared its fingerprint with them."""

    lead: str
    name: str
    fingerprint: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Listing:
    """The reports that a reader is shown, in the order in which they are best read; and other readers' new keys."""

    lines: tuple[Line, ...]
    waiting: tuple[WaitingKey, ...] = ()


def is_new(ours: Sequence[bool]) -> bool:
    """Whether a reporter wrote after the readers' last message, or where there is none, after the report itself.

    `ours` says of each message, in their order, whether a reader wrote it.
    """
    last = max((place for place, each in enumerate(ours) if each), default=0)
    return len(ours) > last + 1


def is_worse(since: Iterable[str]) -> bool:
    """Whether the last that a reporter said of how they have been is that they are treated worse."""
    said = [each for each in since if each]
    return bool(said) and said[-1] == "worse"
