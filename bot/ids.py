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
    CONCERN = "concern"
    REPLY = "reply"
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
    CONCERN_BEFORE = "concern.before"
    CONCERN_HOW = "concern.how"
    CONCERN_WRITE = "concern.write"
    CONCERN_RECEIPT = "concern.receipt"
    CONCERN_NAMED = "concern.named"
    CONCERN_SENT = "concern.sent"
    CONCERN_READ = "concern.read"
    CONCERN_ABOUT = "concern.about"
    REPLY_CODE = "reply.code"
    REPLY_READ = "reply.read"
    INBOX_UNLOCK = "inbox.unlock"
    INBOX_KEY = "inbox.key"
    INBOX_CONFIRM = "inbox.confirm"
    INBOX_LIST = "inbox.list"
    INBOX_READ = "inbox.read"
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
    CONCERN_OPEN = "concern.open"
    CONCERN_READ = "concern.read"
    CONCERN_SINCE = "concern.since"
    REPLY_OPEN = "reply.open"
    PULSE_TAP = "pulse.tap"
    INBOX_OPEN = "inbox.open"
    INBOX_READ = "inbox.read"
    INBOX_ACT = "inbox.act"


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
    MODE = "mode"
    TOPIC = "topic"
    SITE = "site"
    LEADER = "leader"
    LEFT_OUT = "left_out"
    URGENT = "urgent"
    CHECKIN = "checkin"
    CONCERN = "concern"
    AS_IT_IS = "as_it_is"
    RECEIPT = "receipt"
    SECOND_GROUP = "second_group"
    FOURTH_GROUP = "fourth_group"
    TAKE_BACK = "take_back"
    PASSPHRASE = "passphrase"  # noqa: S105  the id of a field


class Event(StrEnum):
    """Events we listen to."""

    HOME_OPENED = "app_home_opened"


BLIND_WORDS = frozenset({Word.CONCERN, Word.REPLY})
BLIND_CALLBACKS = frozenset(
    {
        Callback.CONCERN_BEFORE,
        Callback.CONCERN_HOW,
        Callback.CONCERN_WRITE,
        Callback.CONCERN_RECEIPT,
        Callback.REPLY_CODE,
        Callback.REPLY_READ,
    }
)
BLIND_ACTIONS = frozenset({Action.CONCERN_OPEN, Action.REPLY_OPEN, Action.PULSE_TAP})
"""Words, windows and buttons behind which nobody is known: `bot/edge.py` rebuilds what they send before anything else
sees it. The shortcut that raises a concern has the id of the button."""
NO_GAP = "NONE"
"""The option that stands for no gap; a radio button cannot be taken back otherwise."""
MESSAGE_EVENT = "hrdd_message"
"""The type of the metadata that marks our messages, so that one can be found again by its key."""
