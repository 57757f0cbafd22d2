"""What stands inside a sealed message: the words, and what its reporter asked for or answered. Versioned JSON.

The first message of a report also says who may open it, so that nobody but its readers learns whom its reporter left
out, or which groups can read it at all.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Final

from storage.envelopes import CannotOpen
from workflows.rules.recipients import Recipient

_MARKED: Final = "="
"""Stands between an id, which cannot have it, and the mark of a person."""


@dataclass(frozen=True, slots=True)
class Words:
    """One message. `checkin`: ask me how I have been. `since`: an answer to that (an id of ours), "" for none.

    `about` is what a reader's message is for (`inbox_acts.ABOUT`), "" in a reporter's; `after` how many of the
    reporter's messages it was written after (0: not said), since nothing else tells in which order they belong.
    `answered` is how many answers to being asked their reporter had given, this one included: so that whoever wants to
    know need not open them all.

    In the first message of a report: `readers` are the ids of the groups that can open it, in the policy's order;
    `allowed` and `excluded` the recipients whom its reporter could leave out, by whether they did (`reference`: an id
    alone would let in whoever is given that id later; in older reports there are ids alone, and they count). `marks`
    are those of the keys it was wrapped for; `former` are keys that the report had before, in hex, since what was held
    then is still sealed for them.
    """

    text: str = field(repr=False)
    checkin: bool = False
    since: str = ""
    about: str = ""
    after: int = 0
    readers: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    former: tuple[str, ...] = field(default=(), repr=False)
    answered: int = 0

    def encode(self) -> str:
        """Write it. Each letter takes four bytes at most, so that 3,000 of them fit into an envelope in any script."""
        text = "".join(char for char in self.text if char >= " " or char in "\n\t")
        content: dict[str, Any] = {"v": 1, "t": text, "c": self.checkin, "s": self.since, "a": self.about}
        content |= {"o": self.after} if self.after else {}
        content |= {"d": self.answered} if self.answered else {}
        lists = {"r": self.readers, "y": self.allowed, "n": self.excluded, "k": self.marks, "f": self.former}
        content |= {name: list(ids) for name, ids in lists.items() if ids}
        return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def read_words(raw: str) -> Words:
    """Read a message. Raises CannotOpen for what is none."""
    try:
        found = json.loads(raw)
        readers, allowed, excluded, marks = (tuple(map(str, found.get(name) or ())) for name in "rynk")
        return Words(
            str(found["t"]),
            bool(found.get("c")),
            str(found.get("s") or ""),
            str(found.get("a") or ""),
            int(found.get("o") or 0),
            readers,
            allowed,
            excluded,
            marks,
            tuple(bytes.fromhex(each).hex() for each in found.get("f") or ()),
            int(found.get("d") or 0),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        raise CannotOpen from None


def for_readers(
    words: Words,
    everybody: Sequence[Recipient],
    excluded: Collection[str],
    chosen: Sequence[Recipient],
    keyed: Mapping[str, bytes],
) -> Words:
    """Give the first message of a new report with who may open it: `chosen` are those it is wrapped for."""
    allowed = tuple(reference(each) for each in everybody if each.id not in excluded)
    out = tuple(reference(each) for each in everybody if each.id in excluded)
    return wrapped_for(replace(words, allowed=allowed, excluded=out), chosen, keyed)


def wrapped_for(words: Words, chosen: Sequence[Recipient], keyed: Mapping[str, bytes]) -> Words:
    """Give a first message with the groups that can open its report, and the marks of their keys."""
    groups = tuple(dict.fromkeys(each.group for each in chosen))
    return replace(words, readers=groups, marks=tuple(sorted(mark_of(keyed[each.id]) for each in chosen)))


def reference(recipient: Recipient) -> str:
    """Give what a first message says of a recipient: their id, and a short mark of the person who had it then."""
    return f"{recipient.id}{_MARKED}{_person_mark(recipient)}"


def is_left_in(first: Words, recipient: Recipient) -> bool:
    """Whether a report may be opened by this very person in this place, and its reporter did not leave them out."""
    known = recipient.id in first.allowed or reference(recipient) in first.allowed
    return known and not is_left_out(first, recipient)


def is_left_out(first: Words, recipient: Recipient) -> bool:
    """Whether a reporter left out this person, under whatever id, or whoever had this id."""
    out = [each.partition(_MARKED) for each in first.excluded]
    return any(lead == recipient.id or mark == _person_mark(recipient) for lead, _, mark in out)


def _person_mark(recipient: Recipient) -> str:
    return sha256(recipient.person.encode()).hexdigest()[:16]


def mark_of(public: bytes) -> str:
    """Give a short mark of a public key, by which a new one is told from the one before."""
    return sha256(public).hexdigest()[:16]
