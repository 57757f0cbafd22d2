"""Every name that travels through Slack and back: command words, callback ids, block ids, action ids."""

from __future__ import annotations

from enum import StrEnum

COMMAND = "/hrdd"


class Word(StrEnum):
    """The first word after the command."""

    CHECK = "check"
    CASE = "case"
    RISKS = "risks"
    CONTEXT = "context"
    HELP = "help"


class Callback(StrEnum):
    """What a view or a shortcut is for."""

    CHECK_FORM = "check.form"
    CHECK_RECEIPT = "check.receipt"
    CHECK_START = "check.start"
    CASE_VIEW = "case.view"
    CASE_HAND_UP = "case.hand_up"
    CASE_HAND_BACK = "case.hand_back"
    CASE_DECIDE = "case.decide"
    CASE_REASSIGN = "case.reassign"
    CASE_SNOOZE = "case.snooze"
    CASE_CONTAIN = "case.contain"
    CASE_CLOSE = "case.close"
    CASE_SEALS = "case.seals"
    RISKS_VIEW = "risks.view"
    RECORD_WRITE = "record.write"
    RECORD_SAVED = "record.saved"
    DEEP_VIEW = "deep.view"
    DEEP_PAGE = "deep.page"
    CONTEXT_FORM = "context.form"
    CONTEXT_PREVIEW = "context.preview"
    MISSING = "missing"
    PROBLEM = "problem"


class Action(StrEnum):
    """What a button or an input is for."""

    ANSWER = "answer"
    CHECK_START = "check.start"
    CHECK_DISAGREE = "check.disagree"
    CHECK_OPEN = "check.open"
    CASE_ACKNOWLEDGE = "case.acknowledge"
    CASE_HAND_UP = "case.hand_up"
    CASE_HAND_BACK = "case.hand_back"
    CASE_DECIDE = "case.decide"
    CASE_REASSIGN = "case.reassign"
    CASE_SNOOZE = "case.snooze"
    CASE_CONTAIN = "case.contain"
    CASE_CLOSE = "case.close"
    CASE_OPEN = "case.open"
    CONTEXT_OPEN = "context.open"
    CASE_PAGE = "case.page"
    CASE_FIRST = "case.first"
    CASE_TODAY = "case.today"
    CASE_TIMELINE = "case.timeline"
    CASE_RECORD = "case.record"
    CASE_AS_OF = "case.as_of"
    CASE_SEALS = "case.seals"
    RISKS_FIRST = "risks.first"
    RISKS_MORE = "risks.more"
    RECORD_WRITE = "record.write"
    DEEP_OPEN = "deep.open"
    DEEP_PAGE = "deep.page"
    DEEP_ASK = "deep.ask"
    RECHECK_SAME = "recheck.same"
    RECHECK_RIGHT = "recheck.right"
    RECHECK_SNOOZE = "recheck.snooze"
    HOME_MORE = "home.more"
    HOME_FIRST = "home.first"


class Block(StrEnum):
    """Blocks that are not questions of the bank. A question's block id is its own id."""

    PRODUCT = "product"
    LAUNCH = "launch"
    DISAGREEMENT = "disagreement"
    REASON = "reason"
    ATTESTATION = "attestation"
    OUTCOME = "outcome"
    CONDITIONS = "conditions"
    CONDITION_TYPE = "condition_type"
    KEEPER = "keeper"
    CHECK_ON = "check_on"
    HOLD_UNTIL = "hold_until"
    PERSON = "person"
    UNTIL = "until"
    SIGNAL = "signal"
    WHERE = "where"
    PRODUCTS = "products"
    CUSTOMERS = "customers"
    DEFEATS = "defeats"
    WHAT = "what"
    SINCE = "since"
    WORDS = "words"


class Event(StrEnum):
    """Events we listen to."""

    HOME_OPENED = "app_home_opened"


NO_GAP = "NONE"
"""The option that stands for no gap; a radio button cannot be taken back otherwise."""
MESSAGE_EVENT = "hrdd_message"
"""The type of the metadata that marks our messages, so that one can be found again by its key."""
