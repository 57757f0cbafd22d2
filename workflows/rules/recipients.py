"""Who can open an anonymous report: everybody who is to read it and was not left out by its reporter (S19).

Two groups or more that have nobody in common, so that whoever is named in a report has no say over it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

LEAST_GROUPS: Final = 2
READERS_MOST: Final = 7
"""Of the eight wraps of a report one is for the key that is kept offline."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who can be given a report: `id` is theirs in the policy, `person` their id in the workspace."""

    id: str
    group: str
    name: str
    person: str


def independent(groups: Sequence[Collection[str]]) -> bool:
    """Whether there are two groups or more, none of them empty, without a person in common."""
    people = [person for group in groups for person in group]
    return len(groups) >= LEAST_GROUPS and all(groups) and len(people) == len(set(people))


def readers(recipients: Sequence[Recipient], excluded: Collection[str], keyed: Collection[str]) -> list[Recipient]:
    """Give who can open a report: of every group all who have a key and were not left out; nobody where all were."""
    return [each for each in recipients if each.id not in excluded and each.id in keyed]


def may_start(recipients: Sequence[Recipient], keyed: Collection[str]) -> bool:
    """Whether anonymous reports can be taken: at least two independent groups have somebody with a key."""
    groups = {each.group for each in recipients if each.id in keyed}
    return len(groups) >= LEAST_GROUPS


def sees_at_once(group: str, groups_of_readers: Sequence[str], level: int, silent: int, top: int) -> bool:
    """Whether a group is shown a report from the start: the first that can open it is, all are where a leader is named.

    Where a deadline passed without an answer, every group that can open it is shown it (promise 6).
    """
    first = groups_of_readers[0] if groups_of_readers else group
    return level >= top or silent > 0 or group == first
