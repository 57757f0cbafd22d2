"""The parts of Slack's payloads that we read, as small frozen values. A raw payload goes no further than here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.ids import NO_GAP, Action, Block
from workflows.answers import LISTS, RATINGS
from workflows.errors import BadAnswer, NotFound
from workflows.rules.decision import Decision, Outcome
from workflows.values import CheckForm, Submission, is_person, parse_case_code

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FormMemory:
    """What a check's view carries along: where it was opened, its draft, and the check it replaces."""

    channel: str | None = None
    draft: str = ""
    reopens: str | None = None

    def dump(self) -> str:
        """Write it for `private_metadata`: ids only, never what somebody wrote."""
        return json.dumps([self.channel, self.draft, self.reopens], separators=(",", ":"))

    @classmethod
    def load(cls, text: str | None) -> FormMemory:
        """Read it back. A view of another version gives an empty memory rather than an error."""
        try:
            channel, draft, reopens = json.loads(text or "")
        except (ValueError, TypeError):
            return cls()
        return cls(channel, draft or "", reopens)


@dataclass(frozen=True, slots=True)
class Word:
    """A slash command: its first word, in small letters, and the rest as typed."""

    word: str
    rest: str
    person: str
    channel: str | None
    trigger: str

    @classmethod
    def of(cls, body: Payload) -> Word:
        """Read a slash command's body."""
        first, *rest = str(body.get("text") or "").split(None, 1) or [""]
        return cls(first.lower(), clean(" ".join(rest)), body["user_id"], body.get("channel_id"), body["trigger_id"])


@dataclass(frozen=True, slots=True)
class Click:
    """A button or an input that somebody used, in a message, a window or on the home."""

    action: str
    value: str
    person: str
    trigger: str
    view: Payload | None
    channel: str | None

    @classmethod
    def of(cls, body: Payload) -> Click:
        """Read a block action's body; the first action is the one that happened."""
        action = body["actions"][0]
        return cls(
            action=action["action_id"],
            value=str(action.get("value") or ""),
            person=body["user"]["id"],
            trigger=body.get("trigger_id") or "",
            view=body.get("view"),
            channel=(body.get("channel") or {}).get("id"),
        )


def check_form(view: Payload) -> CheckForm:
    """Read a check as it stands on somebody's screen."""
    values = _values(view)
    memory = FormMemory.load(view.get("private_metadata"))
    return CheckForm(
        product_id=_chosen(values.get(Block.PRODUCT)),
        launch=_text(values.get(Block.LAUNCH)),
        filled=_filled(values),
        channel_id=memory.channel,
        reopens=memory.reopens,
        disagreement=_text(values.get(Block.DISAGREEMENT)),
        draft_key=memory.draft,
        request_key=str(view.get("id") or "")[:40],
    )


def submission(view: Payload, person_id: str) -> Submission:
    """Read a check that somebody sends. The view's id is the same when Slack delivers it twice."""
    form = check_form(view)
    return Submission(
        request_key=form.request_key,
        person_id=person_id,
        product_id=form.product_id,
        launch=form.launch,
        filled=form.filled,
        channel_id=form.channel_id,
        reopens=form.reopens,
        disagreement=form.disagreement,
        draft_key=form.draft_key,
    )


def text_of(view: Payload, block: str) -> str:
    """Give the text somebody wrote in one input of a view."""
    return _text(_values(view).get(block))


def person_in(view: Payload, block: str) -> str:
    """Give the person chosen in one input. Raises BadAnswer where nobody is chosen."""
    person = _person(_values(view).get(block))
    if person is None:
        raise BadAnswer("nobody_chosen", field=block)
    return person


def day_in(view: Payload, block: str) -> date:
    """Give the day chosen in one input. Raises BadAnswer where there is none, or what came is no day."""
    day = _day(_values(view), block)
    if day is None:
        raise BadAnswer("bad_date", field=block)
    return day


def decision(view: Payload) -> Decision:
    """Read a decision as somebody sent it; what it lacks is for the rules to say.

    Raises BadAnswer where no outcome is chosen, or a day is none.
    """
    values = _values(view)
    outcome = _chosen(values.get(Block.OUTCOME))
    if outcome not in {str(each) for each in Outcome}:
        raise BadAnswer("outcome_missing", field=Block.OUTCOME)
    return Decision(
        outcome=Outcome(outcome),
        reason=_text(values.get(Block.REASON)),
        conditions=_text(values.get(Block.CONDITIONS)),
        condition_type=_chosen(values.get(Block.CONDITION_TYPE)) or "",
        keeper=_person(values.get(Block.KEEPER)),
        check_on=_day(values, Block.CHECK_ON),
        hold_until=_day(values, Block.HOLD_UNTIL),
    )


def block_ids(view: Payload) -> frozenset[str]:
    """Give the ids of the blocks a view shows: an error can only stand beside one of these."""
    return frozenset(str(block.get("block_id")) for block in view.get("blocks") or ())


def questions(view: Payload) -> dict[str, bool]:
    """Give what a check's view asks, and whether it may stay empty. Slack names the other blocks as it likes."""
    return {
        str(block["block_id"]): bool(block.get("optional"))
        for block in view.get("blocks") or ()
        if block.get("type") == "input" or block.get("block_id") == Block.ATTESTATION
    }


def _values(view: Payload) -> dict[str, Payload]:
    """Give the one input of each block; our blocks have one each, called `answer`."""
    state = (view.get("state") or {}).get("values") or {}
    return {block: inputs[Action.ANSWER] for block, inputs in state.items() if Action.ANSWER in inputs}


def _filled(values: Mapping[str, Payload]) -> dict[str, Any]:
    filled: dict[str, Any] = {}
    for question in LISTS:
        if chosen := _all_chosen(values.get(question)):
            filled[question] = chosen
    for question in RATINGS:
        if rating := _chosen(values.get(question)):
            filled[question] = int(rating) if rating in ("1", "2", "3", "4") else rating
    if group := _mitigations(values):
        filled["M8"] = group
    return filled


def _mitigations(values: Mapping[str, Payload]) -> dict[str, Any]:
    """Read the four inputs of M8. The grade given is that of every mitigation chosen; none given is unknown."""
    group: dict[str, Any] = {}
    evidence = _chosen(values.get("M8.evidence"))
    if kinds := _all_chosen(values.get("M8.mitigations")):
        group["mitigations"] = [{"type": kind, "evidence": evidence or "DK"} for kind in kinds]
    gap = _chosen(values.get("M8.gap"))
    if gap and gap != NO_GAP:
        group["gap"] = gap
    if note := _text(values.get("M8.note")):
        group["note"] = note
    return group


def _chosen(value: Payload | None) -> str | None:
    option = (value or {}).get("selected_option")
    return str(option["value"]) if option else None


def _all_chosen(value: Payload | None) -> list[str]:
    return [str(option["value"]) for option in (value or {}).get("selected_options") or ()]


def _person(value: Payload | None) -> str | None:
    person = (value or {}).get("selected_user")
    return str(person) if person and is_person(str(person)) else None


def _day(values: Mapping[str, Payload], block: str) -> date | None:
    written = (values.get(block) or {}).get("selected_date")
    try:
        return date.fromisoformat(str(written)) if written else None
    except ValueError:
        raise BadAnswer("bad_date", field=block) from None


def _text(value: Payload | None) -> str:
    return clean(str((value or {}).get("value") or ""))


def clean(text: str) -> str:
    """Take out what no store can keep: NUL, and halves of characters that a broken client may send."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8").strip()


@dataclass(frozen=True, slots=True)
class HandMemory:
    """What a window for an act carries along: the case, and the level the person saw."""

    case_id: int
    level: int

    def dump(self) -> str:
        """Write it for `private_metadata`."""
        return f"{self.case_id}:{self.level}"

    @classmethod
    def load(cls, text: str) -> HandMemory:
        """Read it back. Raises ValueError for what we did not write."""
        case_id, _, level = text.partition(":")
        return cls(int(case_id), int(level))


@dataclass(frozen=True, slots=True)
class CasePlace:
    """Where somebody is in the window of a case: which page, how far down in it, and as of which day (None: today)."""

    case_id: int
    page: str = ""
    start: int = 0
    day: date | None = None

    def dump(self) -> str:
        """Write it for `private_metadata` and for buttons."""
        return f"{self.case_id}:{self.page}:{self.start}:{self.day or ''}"

    @classmethod
    def load(cls, text: str) -> CasePlace:
        """Read it back; the name of a case alone is a place too. Raises NotFound for what names no case."""
        case, page, start, day = (*text.split(":"), "", "", "")[:4]
        case_id = parse_case_code(case)
        if case_id is None:
            raise NotFound
        try:
            return cls(case_id, page, max(int(start or 0), 0), date.fromisoformat(day) if day else None)
        except ValueError:
            return cls(case_id)

    def at(self, page: str = "", start: int = 0) -> CasePlace:
        """Give another page of the same case, as of the same day."""
        return CasePlace(self.case_id, page, start, self.day)


def chosen_day(body: Payload) -> date:
    """Give the day that somebody chose in a calendar. Raises BadAnswer where there is none."""
    try:
        return date.fromisoformat(str(body["actions"][0].get("selected_date")))
    except ValueError:
        raise BadAnswer("no_such_day", field="day") from None
