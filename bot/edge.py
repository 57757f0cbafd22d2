"""The edge of anonymity: what blind windows, buttons and words send is rebuilt here by allow-list, before Bolt sees it.

A payload of Slack says who, where and in which team. Of a blind one (`BLIND_*` in bot/ids.py) only this goes on: its
kind, our own ids in it, one-time ids of Slack's for windows, what somebody wrote in the four fields that are meant for
it, and whether their own name stands in those words, yes or no. Everything else, known or not, is left behind, so that
nothing after this line can store, log or pass on an identity (reference 3.10, 3.12; promise 7). All other payloads go
on as they came.

`private_metadata` of a blind window has to be compact: ids in small letters, hex, `true` and `null` in JSON without
spaces. Anything that could be a name or an id of Slack's makes it empty.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import re
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bot.ids import BLIND_ACTIONS, BLIND_CALLBACKS, COMMAND, Action, Block, Word
from bot.limiter import Limiter
from bot.settings import SettingsError
from workflows.rules.revealing import own_name

Payload = Mapping[str, Any]

TEXT_MOST: Final = 3000
"""Slack's own limit for a text field, and for what a window carries along."""
NAME_MOST: Final = 80
"""Letters of a name that are looked for; Slack allows no more."""
MANY: Final = 100
"""Blocks of a window and options of a list: Slack allows no more."""
NOTHING: Final = "nothing"
"""The action of a question for options: what was typed and where is not passed on, since nothing is offered."""

TEXTS: Final = frozenset({Block.CONCERN, Block.RECEIPT, Block.SECOND_GROUP, Block.FOURTH_GROUP})
"""The only fields out of which what somebody wrote goes on."""
_KEY: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,30}")
CHOICES: Final[Mapping[str, re.Pattern[str]]] = {
    Block.MODE: re.compile(r"named|confidential|anonymous|nothing"),
    Block.TOPIC: re.compile(r"TOP-[A-Z]{2,20}"),
    **dict.fromkeys((Block.SITE, Block.LEADER, Block.LEFT_OUT, Block.URGENT, Block.CHECKIN, Block.AS_IT_IS), _KEY),
    **dict.fromkeys((Block.TAKE_BACK, Block.SINCE), _KEY),
}
"""The fields in which something is chosen, and how the ids of what can be chosen look."""
_ONE: Final = frozenset({"static_select", "radio_buttons"})
_SOME: Final = frozenset({"checkboxes"})

_KINDS: Final = {
    "block_actions": "block_actions",
    "view_submission": "view_submission",
    "view_closed": "view_closed",
    "shortcut": "shortcut",
    "message_action": "shortcut",
}
_SUGGESTIONS: Final = frozenset({"block_suggestion", "dialog_suggestion"})
_CALLBACKS: Final = BLIND_CALLBACKS | {Action.CONCERN_OPEN}
_ACTIONS: Final = frozenset(str(each) for each in Action)
_BLIND_WORD: Final = re.compile(r"\W*(?:(concern)s?|repl(?:y|ies))\b[\s.,:;!?]*(\S?)", re.IGNORECASE)
_FIRST_WORD: Final = re.compile(r"\s*(\S{1,40})")
_TRIGGER: Final = re.compile(r"[0-9][0-9A-Za-z._-]{0,254}")
_VIEW_ID: Final = re.compile(r"V[A-Z0-9]{1,40}")
_MEMORY: Final = re.compile(r'[A-Za-z0-9_:,|"\[\]{}-]{0,3000}')
_SLACK_ID: Final = re.compile(r"(?<![A-Za-z0-9_-])[UWTCDGEB][A-Z0-9]{5,20}(?![A-Za-z0-9_-])")

_OPENING_WORDS: Final = frozenset({Word.CHECK, Word.CONTEXT, Word.CONCERN, Word.REPLY})
_OPENING_ACTIONS: Final = frozenset({Action.CHECK_START, Action.CONTEXT_OPEN, Action.CONCERN_OPEN, Action.REPLY_OPEN})

_PR_SET_DUMPABLE: Final = 4
SWAPS: Final = Path("/proc/swaps")
"""Linux lists there where it writes memory to, one on a line below a heading."""
_LOUD: Final[Sequence[tuple[str, int]]] = (
    ("", logging.INFO),
    ("slack_bolt", logging.INFO),
    ("slack_sdk", logging.INFO),
    ("bolt", logging.INFO),
    ("hrdd", logging.INFO),
    ("sqlalchemy.engine", logging.WARNING),
)


class Written(str):
    """What somebody wrote, as it travels inside a payload: Bolt prints payloads into its log, and gets nothing here."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'(written)'"


class Edge:
    """What every payload passes first, over HTTP and over a socket alike: counted, then scrubbed."""

    def __init__(self, limiter: Limiter | None = None, steady: Callable[[], float] = time.monotonic) -> None:
        """Take the limiter; without one nobody is asked to wait. `steady` counts seconds that nobody can set."""
        self.limiter = limiter
        self._steady = steady

    @classmethod
    def for_staff(cls, staff: int | None) -> Edge:
        """Give the edge of a workspace with so many people; None where no concerns are taken."""
        return cls(Limiter(staff, time.monotonic()) if staff else None)

    def takes(self, payload: Any) -> Any:
        """Give what may go on of a payload. Never raises, whatever comes."""
        return scrub(payload, wait=self.counts(payload))

    def counts(self, payload: Any) -> bool:
        """Count a use of the bot; say whether it opens a window and too many were opened today. Never raises.

        A use is what anybody may come for, once for each time they come: a form that is begun, or a tap on the weekly
        question. The pages of a form, what is chosen in them and what readers and owners look through are none: few
        people do much of it, and it would make the crowd look larger than it is.
        """
        person = _person(payload)
        if self.limiter is None or not person:
            return False
        opens = _opens(payload)
        if opens or _taps(payload):
            self.limiter.used()
        return opens and self.limiter.opened(person, self._steady())

    def take_uses(self) -> int:
        """Give how many uses there were since this was asked last; asked on the grid, so that no count gets old."""
        if self.limiter is None:
            return 0
        self.limiter.forget(self._steady())
        return self.limiter.take_uses()


def scrub(payload: Any, *, wait: bool = False) -> Any:
    """Rebuild a blind payload from what is allowed; give any other untouched. Never raises, whatever comes.

    `wait` says that too many windows were opened today by about forty people together.
    """
    if not isinstance(payload, Mapping):
        return payload
    if _text(payload, "type") in _SUGGESTIONS:
        return {"type": "block_suggestion", "action_id": NOTHING, "blind": True, "wait": False}
    if is_blind(payload):
        return _rebuilt(payload, wait)
    # The mark is ours: who could set it from outside could have a listener run with a payload that was not rebuilt.
    return {name: value for name, value in payload.items() if name != "blind"} if "blind" in payload else payload


def is_blind(payload: Payload) -> bool:
    """Whether a payload comes from where nobody may be known. One sign anywhere is enough."""
    if _word(payload) or _text(payload, "callback_id") in _CALLBACKS:
        return True
    if _text(_dict(payload, "view"), "callback_id") in BLIND_CALLBACKS:
        return True
    return any(_text(each, "action_id") in BLIND_ACTIONS for each in _dicts(payload, "actions"))


def _rebuilt(payload: Payload, wait: bool) -> dict[str, Any]:
    kind = _KINDS.get(_text(payload, "type"), "")
    made: dict[str, Any] = {"blind": True, "wait": wait, "trigger_id": _matching(_TRIGGER, payload, "trigger_id")}
    word = _word(payload)
    if word and not kind:
        return made | {"command": COMMAND, "text": word}
    made["type"] = kind or "unknown"
    callback = _text(payload, "callback_id")
    if kind == "shortcut":
        made["callback_id"] = callback if callback in _CALLBACKS else ""
    view = _view(_dict(payload, "view"), closed=kind == "view_closed")
    if view:
        made["view"] = view
    if kind == "view_submission":
        made["own_name"] = _names_sender(_dict(payload, "user"), made.get("view") or {})
    if kind == "block_actions":
        made["actions"] = _actions(payload, in_blind=bool(view))
    return made


def _word(payload: Payload) -> str:
    """Give the blind word of a command, with " +" where more was typed after it; what that was stays here."""
    if not isinstance(payload.get("command"), str):
        return ""
    found = _BLIND_WORD.match(_text(payload, "text"))
    if found is None:
        return ""
    word = Word.CONCERN if found[1] else Word.REPLY
    return f"{word} +" if found[2] else str(word)


def _actions(payload: Payload, *, in_blind: bool) -> list[dict[str, str]]:
    """Give the button that was pressed. What is chosen or written stands in the state of the window."""
    allowed = _ACTIONS if in_blind else BLIND_ACTIONS
    for each in _dicts(payload, "actions"):
        action = _text(each, "action_id")
        if action in allowed:
            value = _matching(_KEY, each, "value") if each.get("type") == "button" else ""
            return [{"action_id": action, "value": value}]
    return [{"action_id": "", "value": ""}]


def _view(view: Payload, *, closed: bool) -> dict[str, Any] | None:
    """Give a blind window with what was filled in; None for any other, such as a home, which shows whose it is."""
    callback = _text(view, "callback_id")
    if callback not in BLIND_CALLBACKS:
        return None
    return {
        # Bolt looks for it in everything that is submitted.
        "type": "modal",
        "id": _matching(_VIEW_ID, view, "id"),
        "callback_id": callback,
        "private_metadata": _memory(view),
        "state": {"values": {} if closed else _values(_dict(_dict(view, "state"), "values"))},
        "blocks": [{"block_id": each, "type": "input"} for each in _inputs(_dicts(view, "blocks"))],
    }


def _names_sender(user: Payload, view: Payload) -> bool:
    """Whether an id or a name of whoever sent a window stands in the words in it. Not which, and not where.

    It is looked for in what Slack has sent anyway: asking for more would leave a trace.
    """
    answer = _dict(_dict(_dict(_dict(view, "state"), "values"), Block.CONCERN), Action.ANSWER)
    known = [_text(user, name)[:NAME_MOST] for name in ("id", "username", "name")]
    return own_name(_text(answer, "value"), known)


def _memory(view: Payload) -> str:
    text = _matching(_MEMORY, view, "private_metadata")
    return "" if _SLACK_ID.search(text) else text


def _inputs(blocks: Iterable[Payload]) -> list[str]:
    shown = [_text(each, "block_id") for each in blocks if _text(each, "type") == "input"]
    return [each for each in dict.fromkeys(shown) if each in TEXTS or each in CHOICES]


def _values(state: Payload) -> dict[str, Any]:
    found = {str(block): _element(block, _dict(_dict(state, block), Action.ANSWER)) for block in (*TEXTS, *CHOICES)}
    return {block: {str(Action.ANSWER): element} for block, element in found.items() if element is not None}


def _element(block: str, answer: Payload) -> dict[str, Any] | None:
    """Give one answer as Slack gives it, without what is shown beside its ids; None where its kind is not known."""
    kind = _text(answer, "type")
    if block in TEXTS:
        text = _text(answer, "value")[:TEXT_MOST]
        return {"type": kind, "value": Written(text) if text else None} if kind == "plain_text_input" else None
    if kind in _ONE:
        chosen = _matching(CHOICES[block], _dict(answer, "selected_option"), "value")
        return {"type": kind, "selected_option": {"value": chosen} if chosen else None}
    if kind in _SOME:
        options = [_matching(CHOICES[block], each, "value") for each in _dicts(answer, "selected_options")]
        return {"type": kind, "selected_options": [{"value": each} for each in options if each]}
    return None


# -- reading what may have any shape ---------------------------------------------------------------------------------


def _text(holder: Payload, name: str) -> str:
    value = holder.get(name)
    return value if isinstance(value, str) else ""


def _dict(holder: Payload, name: str) -> Payload:
    value = holder.get(name)
    return value if isinstance(value, Mapping) else {}


def _dicts(holder: Payload, name: str) -> list[Payload]:
    value = holder.get(name)
    return [each for each in value[:MANY] if isinstance(each, Mapping)] if isinstance(value, list) else []


def _matching(pattern: re.Pattern[str], holder: Payload, name: str) -> str:
    """Give a text that looks as it must, as a whole; else nothing."""
    text = _text(holder, name)
    return text if pattern.fullmatch(text) and not _SLACK_ID.fullmatch(text) else ""


# -- counting --------------------------------------------------------------------------------------------------------


def _person(payload: Any) -> str:
    if not isinstance(payload, Mapping):
        return ""
    return _text(payload, "user_id") or _text(_dict(payload, "user"), "id")


def _opens(payload: Payload) -> bool:
    """Whether somebody begins one of the forms that anybody may use. What leads look through all day is none."""
    if isinstance(payload.get("command"), str):
        first = _FIRST_WORD.match(_text(payload, "text"))
        return bool(_word(payload)) or (first is not None and first[1].lower() in _OPENING_WORDS)
    if _text(payload, "type") in ("shortcut", "message_action"):
        return True
    return any(_text(each, "action_id") in _OPENING_ACTIONS for each in _dicts(payload, "actions"))


def _taps(payload: Payload) -> bool:
    return any(_text(each, "action_id") == Action.PULSE_TAP for each in _dicts(payload, "actions"))


# -- the process around it -------------------------------------------------------------------------------------------


def refuse_loud_logs() -> None:
    """See that no log writes out whole payloads or rows, as these do on levels for debugging (reference 0.8, 3.12).

    Raises:
        SettingsError: one does; it is named.
    """
    for name, least in _LOUD:
        for each in _with_children(name):
            if each.getEffectiveLevel() < least:
                raise SettingsError(
                    f"The log {each.name} is at {logging.getLevelName(each.getEffectiveLevel())}, which would write "
                    f"down what people send. Set it to {logging.getLevelName(least)} or above. Nothing was started."
                )


def _with_children(name: str) -> list[logging.Logger]:
    """Give a log, and those below it that have a level of their own."""
    known = logging.root.manager.loggerDict
    below = [known[each] for each in sorted(known) if name and each.startswith(f"{name}.")]
    own = [each for each in below if isinstance(each, logging.Logger) and each.level != logging.NOTSET]
    return [logging.getLogger(name or None), *own]


def harden() -> None:
    """Keep the memory of this process out of files and away from other programs of the same user, where that is known.

    Memory holds identities and words for moments, and their traces for longer (reference 1.4). No core file is
    written, and on Linux no debugger may attach. Best effort: where a system does not know it, nothing happens.
    """
    if sys.platform == "win32":
        return
    import resource

    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def swap_is_on() -> bool:
    """Whether memory may be written to a disk, as far as this system says."""
    try:
        return len(SWAPS.read_text(encoding="utf-8", errors="replace").split("\n", 1)[1].strip()) > 0
    except (OSError, IndexError):
        return False
