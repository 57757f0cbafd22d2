"""Nudges: the questions whether something still holds, and when each person was last prompted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, func, text, update
from sqlalchemy import select as core_select
from sqlmodel import Session, select

from storage.direct import Prepared, inserter
from storage.models import NUDGING, Nudge, Prompt, table_of
from storage.values import in_utc

_T: Final = table_of(Nudge)
_PROMPT: Final = table_of(Prompt)
_ADD: Final = inserter(Nudge, leave="id", known="skip", returning="id")
_PROMPTED: Final = inserter(Prompt, known="skip")
_OF_CASE: Final = update(_T).where(_T.c.case_id == bindparam("case"), text(NUDGING)).values(state="ended")
_END_ALL: Final = Prepared(lambda _: _OF_CASE)
_END: Final = Prepared(lambda _: _OF_CASE.where(_T.c.number == bindparam("entry")))


def due(session: Session, case_id: int, number: int, person_id: str, due_at: datetime, now: datetime) -> bool:
    """Note that a person is to be asked about an entry (see `models.Nudge`); say whether that is new.

    Where the same question is due or asked already, that one stays as it is.
    """
    row = {
        "case_id": case_id,
        "number": number,
        "person_id": person_id,
        "state": "due",
        "due_at": in_utc(due_at),
        "asked_at": None,
        "batch": None,
        "created_at": in_utc(now),
    }
    return _ADD.first(session, row) is not None


def open_of(session: Session, person_id: str) -> Sequence[Nudge]:
    """Return the questions to a person that are due or asked and not ended, the first due in front."""
    found = select(Nudge).where(_T.c.person_id == person_id, text(NUDGING)).order_by(_T.c.due_at, _T.c.id)
    return session.exec(found.execution_options(populate_existing=True)).all()


def mark_asked(session: Session, ids: Sequence[int], batch: str, now: datetime) -> int:
    """Note that these questions were asked, in one message that `batch` names; return how many had not ended."""
    if not ids:
        return 0
    these = update(_T).where(_T.c.id.in_(ids), text(NUDGING))
    return session.connection().execute(these.values(state="asked", asked_at=in_utc(now), batch=batch)).rowcount


def end(session: Session, case_id: int, number: int | None = None) -> int:
    """End the questions about an entry, or (None) about all of a case, whoever they went to.

    Return how many; 0 while writes are gathered.
    """
    if number is None:
        return _END_ALL.each(session, [{"case": case_id}], of=case_id)
    return _END.each(session, [{"case": case_id, "entry": number}], of=case_id)


def tidy(session: Session, before: datetime) -> int:
    """Forget prompts of before then, and questions that had ended by then; return how many rows went."""
    moment, connection = in_utc(before), session.connection()
    gone = connection.execute(delete(_PROMPT).where(_PROMPT.c.at < moment)).rowcount
    ended = delete(_T).where(_T.c.state == "ended", _T.c.created_at < moment)
    return int(gone + connection.execute(ended).rowcount)


def prompted(session: Session, person_id: str, at: datetime, kind: str) -> None:
    """Note that a person was prompted at this moment; a second note of the same moment changes nothing."""
    _PROMPTED.run(session, {"person_id": person_id, "at": in_utc(at), "kind": kind}).close()


def prompts_since(session: Session, person_id: str, since: datetime) -> int:
    """Count how often a person was prompted since then."""
    counted = core_select(func.count()).select_from(_PROMPT)
    found = counted.where(_PROMPT.c.person_id == person_id, _PROMPT.c.at >= in_utc(since))
    return int(session.connection().execute(found).scalar_one())
