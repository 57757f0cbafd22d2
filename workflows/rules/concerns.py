"""What concerns can be about, and the lowest level at which they are answered (S19; hrdd-domain 2.3)."""

from __future__ import annotations

from enum import StrEnum

from workflows.rules.values import Level


class Mode(StrEnum):
    """How somebody raises a concern."""

    NAMED = "named"
    CONFIDENTIAL = "confidential"
    ANONYMOUS = "anonymous"
    NOTHING = "nothing"


class Topic(StrEnum):
    """What a concern is about."""

    HARM = "TOP-HARM"
    RIGHTS = "TOP-RIGHTS"
    SAFETY = "TOP-SAFETY"
    DISCRIMINATION = "TOP-DISCRIMINATION"
    DATA = "TOP-DATA"
    RETALIATION = "TOP-RETALIATION"
    CONDUCT = "TOP-CONDUCT"
    OTHER = "TOP-OTHER"


def level_of(topic: str, *, leader: bool) -> Level:
    """Give the lowest level of a concern: a human rights lead reads every one.

    Who was punished for speaking up, where a leader is named, is heard at the top.
    """
    return Level.L3 if leader and topic == Topic.RETALIATION else Level.L2
