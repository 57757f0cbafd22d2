"""A check: start it (from a draft or the last one), keep it while it is written, save it once, disagree once."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlmodel import Session

from storage import cases, checks, drafts, events, outbox
from storage.errors import Conflict, Duplicate
from storage.events import NewEvent
from storage.models import Case, Check
from workflows import answers as answer_reader
from workflows import catching_up, living, opening, outgoing, picture, reopening
from workflows.desk import Desk
from workflows.errors import BadAnswer, NotFound, Refused
from workflows.findings import as_data, from_data, reasons
from workflows.rules.severity import assess
from workflows.rules.tables import BANK, RULE_VERSION
from workflows.rules.values import Finding
from workflows.values import CheckForm, Receipt, Submission, case_code

LAUNCH_MAX = 150
DISAGREEMENT_MAX = 1000
DRAFT_DAYS = 30
DRAFTS = "check:"
"""How the keys of drafts of checks begin; other windows keep drafts too."""
ASKED = frozenset({*answer_reader.LISTS, *answer_reader.RATINGS})


def start(desk: Desk, person_id: str, launch: str, channel_id: str | None) -> CheckForm:
    """Open a check: with the person's own draft where there is one, else as the product's last check left it.

    `launch` is what was typed after the command, and may be empty.
    """
    launch = " ".join(launch.split())[:LAUNCH_MAX]
    key = draft_key(launch)
    product_id = _likely_product(desk, channel_id)
    with desk.db.ask() as session:
        draft = drafts.get(session, person_id, key) if launch else drafts.latest(session, person_id, DRAFTS)
        if draft is not None:
            return _from_draft(draft.answers, channel_id, draft.draft_key)
        last = checks.last_for_product(session, product_id) if product_id else None
    filled, notice = _prefilled(last, launch_key(launch))
    return CheckForm(product_id, launch, filled, channel_id, notice, draft_key=key)


def hidden_answers(desk: Desk, person_id: str, form: CheckForm) -> tuple[Mapping[str, Any], str | None]:
    """Give answers for questions that the form does not show: the person's own so far, else the product's last.

    With them comes the id of the notice to show, or None where they are the person's own.
    """
    with desk.db.ask() as session:
        draft = drafts.get(session, person_id, form.draft_key)
        own = (draft.answers.get("filled") or {}) if draft is not None else {}
        if any(question in own for question in ("M2", "M3", "M4")):
            return own, None
        last = checks.last_for_product(session, form.product_id) if form.product_id else None
    return _prefilled(last, launch_key(form.launch))


def keep_draft(desk: Desk, person_id: str, form: CheckForm, now: datetime) -> None:
    """Keep what somebody wrote so far, so that a closed window loses nothing. Drafts go after thirty days.

    A form that was sent meanwhile needs no draft: the last answer and the sending may arrive at the same moment.
    """
    content = {
        "product": form.product_id,
        "launch": form.launch[:LAUNCH_MAX],
        "filled": dict(form.filled),
        "reopens": form.reopens,
        "disagreement": form.disagreement[:DISAGREEMENT_MAX],
    }
    with desk.db.write() as session:
        if form.request_key and _was_sent(session, person_id, form.request_key):
            return
        drafts.save(session, person_id, form.draft_key, content, at=now)


def _was_sent(session: Session, person_id: str, window: str) -> bool:
    """Whether this window was sent a moment ago: it is among the person's last few checks then."""
    return any(key.startswith(f"{window}:") for key in checks.recent_keys(session, person_id, 3))


def forget_old_drafts(desk: Desk, now: datetime) -> int:
    """Delete drafts that nobody touched for thirty days; give how many."""
    with desk.db.write() as session:
        return drafts.delete_older(session, now - timedelta(days=DRAFT_DAYS))


def submit(desk: Desk, submission: Submission, now: datetime) -> Receipt:
    """Save a check once, open or update its case, and promise the messages, all in one transaction.

    Raises:
        BadAnswer: an answer is missing, unknown, too long or contradicts another; nothing was saved.
        Refused: the check that this one replaces was already replaced, or is somebody else's.
        StorageError: nothing was saved.
    """
    finding = _assess(desk, submission)
    submission = replace(submission, request_key=_request_key(submission))
    try:
        try:
            check, case = _save_once(desk, submission, finding, now)
        except Conflict:
            # Two checks of a new launch at the same moment: the other one opened the case, this one joins it.
            check, case = _save_once(desk, submission, finding, now)
    except Duplicate:
        return _first_receipt(desk, submission.request_key, now)
    return _receipt(desk, check, case, finding, now)


def reopen(desk: Desk, person_id: str, check_id: str) -> CheckForm:
    """Open a check again because its submitter sees it differently: once, without penalty (T9).

    What they wrote the last time they opened it is still there.

    Raises:
        NotFound: there is no such check. Refused: it is somebody else's, or was reopened before.
    """
    key = f"again:{check_id}"
    with desk.db.read() as session:
        check = _reopenable(checks.get(session, check_id), person_id)
        draft = drafts.get(session, person_id, key)
    if draft is not None:
        return _from_draft(draft.answers, check.channel_id, key)
    return CheckForm(
        product_id=check.product_id,
        launch=check.launch,
        filled=check.answers,
        channel_id=check.channel_id,
        reopens=check.id,
        draft_key=key,
    )


def receipt_of(desk: Desk, check_id: str, now: datetime) -> Receipt:
    """Give the receipt of a saved check again, with its case as it stands now. Raises NotFound."""
    with desk.db.read() as session:
        check = checks.get(session, check_id)
        if check is None:
            raise NotFound
        case = cases.get(session, check.case_id) if check.case_id else None
    return _receipt(desk, check, case, from_data(check.finding), now)


def own_receipt(desk: Desk, person_id: str, check_id: str, now: datetime) -> Receipt:
    """Give the receipt to the person who sent the check. Raises NotFound for anybody else."""
    with desk.db.read() as session:
        check = checks.get(session, check_id)
    if check is None or check.submitter_id != person_id:
        raise NotFound
    return receipt_of(desk, check_id, now)


def draft_key(launch: str) -> str:
    """Give the key of a draft, one per person and launch; it travels through Slack, so it does not hold the name."""
    return f"{DRAFTS}{sha256(launch_key(launch).encode()).hexdigest()[:24]}"


def launch_key(launch: str) -> str:
    """Give the form of a launch's name under which the same launch is found again: case and spacing do not count."""
    return " ".join(launch.casefold().split())[:160]


def _likely_product(desk: Desk, channel_id: str | None) -> str | None:
    """The product whose channel this is, or the only one there is."""
    products = desk.policy.products
    named = [product.id for product in products if channel_id and channel_id in product.channels]
    if len(named) == 1:
        return named[0]
    return products[0].id if len(products) == 1 else None


def _from_draft(content: Mapping[str, Any], channel_id: str | None, key: str) -> CheckForm:
    return CheckForm(
        product_id=content.get("product"),
        launch=content.get("launch") or "",
        filled=content.get("filled") or {},
        channel_id=channel_id,
        notice="draft_kept",
        reopens=content.get("reopens"),
        disagreement=content.get("disagreement") or "",
        draft_key=key,
    )


def _prefilled(last: Check | None, key: str) -> tuple[Mapping[str, Any], str | None]:
    """The last check's answers, unless it only changed the looks: that says nothing about the next launch.

    Words of the person who sent it (the note, a disagreement) stay with that check, and so does proof: evidence for
    one launch says nothing about another (promise 4).
    """
    if last is None or last.answers.get("M1") == ["CHG-UI"]:
        return {}, None
    filled = {question: answer for question, answer in last.answers.items() if question in ASKED}
    group = last.answers.get("M8") or {}
    kept: dict[str, Any] = {"gap": group["gap"]} if group.get("gap") else {}
    if group.get("mitigations"):
        same_launch = last.launch_key == key
        kept["mitigations"] = [
            {"type": each["type"], "evidence": each["evidence"] if same_launch else "DK"}
            for each in group["mitigations"]
        ]
    return {**filled, **({"M8": kept} if kept else {})}, "prefilled"


def _assess(desk: Desk, submission: Submission) -> Finding:
    if not submission.product_id:
        raise BadAnswer("missing_answer", field="product")
    if desk.policy.product(submission.product_id) is None:
        raise BadAnswer("product_unknown", field="product")
    if not submission.launch.strip():
        raise BadAnswer("launch_missing", field="launch")
    if len(submission.launch) > LAUNCH_MAX:
        raise BadAnswer("too_long", field="launch", limit=LAUNCH_MAX)
    if submission.reopens and not submission.disagreement.strip():
        raise BadAnswer("reason_missing", field="disagreement")
    if len(submission.disagreement) > DISAGREEMENT_MAX:
        raise BadAnswer("too_long", field="disagreement", limit=DISAGREEMENT_MAX)
    answers = answer_reader.read(submission.filled, desk.bank)
    answer_reader.require_complete(answers)
    return assess(answers)


def _request_key(submission: Submission) -> str:
    """Tell a second delivery from a second thought: the same window, person and content are the same sending.

    Somebody who was told of a fault, changed an answer and sent the same window again means the new answers.
    """
    content = [
        submission.person_id,
        submission.product_id,
        submission.launch,
        submission.filled,
        submission.disagreement,
    ]
    digest = sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return f"{submission.request_key}:{digest[:20]}"


def _save_once(desk: Desk, submission: Submission, finding: Finding, now: datetime) -> tuple[Check, Case | None]:
    with desk.db.write() as session:
        return _save(session, desk, submission, finding, now)


def _save(
    session: Session, desk: Desk, submission: Submission, finding: Finding, now: datetime
) -> tuple[Check, Case | None]:
    check = _new_check(submission, finding, now)
    if submission.reopens:
        # The check's own row decides whether it may be reopened: two clicks at once give one reopening.
        if checks.by_request_key(session, submission.request_key) is not None:
            raise Duplicate
        replaced = _reopenable(checks.get(session, submission.reopens), submission.person_id)
        replaced.disagreed_at = now
        session.flush()
    found = opening.open_or_update(session, desk, check, finding, bool(submission.reopens), now)
    check.case_id = found.case.id if found else None
    checks.add(session, check)
    events.append_many(session, [_submitted(check, finding, submission), *(found.events if found else ())])
    messages = [*(found.messages if found else ())]
    if found:
        _into_the_record(session, desk, found, check, now)
    if found:
        messages.append(outgoing.result(check, now))
    outbox.add_many(session, messages)
    if submission.draft_key:
        drafts.delete(session, submission.person_id, submission.draft_key)
    return check, found.case if found else None


def _into_the_record(session: Session, desk: Desk, found: opening.Opened, check: Check, now: datetime) -> None:
    """Let the record of a case take over what a check says stops the risk, and let it say what follows (S56)."""
    if found.is_new:
        if picture.has_mitigations(check):
            picture.begin(session, desk, found.case, now)
        catching_up.begin(session, desk, found.case, now)
        return
    picture.add(session, desk, found.case, check, now)
    reopening.follow(session, desk, living.load(session, desk, found.case, now), now, "check")


def _new_check(submission: Submission, finding: Finding, now: datetime) -> Check:
    launch = " ".join(submission.launch.split())
    return Check(
        id=uuid.uuid4().hex,
        request_key=submission.request_key,
        product_id=submission.product_id or "",
        launch=launch,
        launch_key=launch_key(launch),
        submitter_id=submission.person_id,
        channel_id=submission.channel_id,
        bank=BANK,
        rule_version=RULE_VERSION,
        answers=dict(submission.filled),
        finding=as_data(finding),
        level=int(finding.level),
        severity=int(finding.severity),
        likelihood=int(finding.likelihood),
        reopens_id=submission.reopens,
        disagreement=submission.disagreement.strip() or None,
        created_at=now,
    )


def _submitted(check: Check, finding: Finding, submission: Submission) -> NewEvent:
    """The event holds what is needed to replay the rule, and no free text that might name somebody."""
    answers = {name: value for name, value in submission.filled.items() if name != "M8"}
    rest = {name: value for name, value in (submission.filled.get("M8") or {}).items() if name != "note"}
    return NewEvent(
        stream=f"check:{check.id}",
        kind="check.submitted",
        at=check.created_at,
        actor_id=check.submitter_id,
        data={
            "answers": {**answers, **({"M8": rest} if rest else {})},
            "level": finding.level.name,
            "rules": list(finding.rules),
            "rule_version": finding.rule_version,
            "case": case_code(check.case_id) if check.case_id else None,
            "reopens": check.reopens_id,
        },
    )


def _reopenable(check: Check | None, person_id: str) -> Check:
    if check is None:
        raise NotFound
    if check.submitter_id != person_id:
        raise Refused("not_your_check")
    if check.disagreed_at is not None or check.reopens_id is not None:
        raise Refused("already_disagreed")
    return check


def _first_receipt(desk: Desk, request_key: str, now: datetime) -> Receipt:
    with desk.db.read() as session:
        first = checks.by_request_key(session, request_key)
    if first is None:
        raise NotFound
    return receipt_of(desk, first.id, now)


def _receipt(desk: Desk, check: Check, case: Case | None, finding: Finding, now: datetime) -> Receipt:
    return Receipt(
        check_id=check.id,
        product=desk.product_name(check.product_id),
        launch=check.launch,
        finding=finding,
        reasons=reasons(finding, desk.bank),
        case=desk.facts(case, now) if case else None,
        may_disagree=check.disagreed_at is None and check.reopens_id is None,
        disagreed=check.reopens_id is not None,
    )
