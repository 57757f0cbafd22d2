"""A concern that somebody raises by name or in confidence: a sealed case, and a dialogue with who answers (S19, S44).

What is written stands in seals of the case and nowhere else. Of one in confidence no row says who raised it: the id is
in a box of its own, and a keyed digest finds it for that person alone.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Session

from prompts import label, shorten
from storage import cases, concerns, events, outbox
from storage.errors import Duplicate
from storage.events import NewEvent
from storage.models import Concern
from workflows import concern_clocks, outgoing, watching
from workflows.access import is_reporter
from workflows.blind_values import words_of
from workflows.concern_clocks import answer_by
from workflows.concern_values import Given, Raised
from workflows.desk import COMPANY, Desk
from workflows.errors import BadAnswer, NotFound, Refused
from workflows.opening import ask
from workflows.owners import listener_for
from workflows.rules import raised
from workflows.rules.concerns import Mode, Topic
from workflows.sealing import opened, sealed_case
from workflows.unsealing import CONCERN, MACHINE
from workflows.values import case_code

MODES = frozenset({Mode.NAMED, Mode.CONFIDENTIAL})
OUTSIDE_MOST = 130


def raise_concern(desk: Desk, given: Given, person: str, now: datetime) -> Raised:
    """Save a concern once, give it to whoever may answer it, and promise that they are told; in one transaction.

    Raises:
        BadAnswer: there are no words, too many, or a choice is unknown; nothing was saved. Refused: nobody is left who
        may learn of it, or there is no key to seal it with. StorageError: nothing was saved.
    """
    text = _checked(desk, given)
    left_out = _people(desk, given)
    try:
        with desk.db.write() as session:
            before = concerns.by_request_key(session, given.request_key)
            if before is None:
                return _save(session, desk, given, text, left_out, person, now)
    except Duplicate:
        pass
    return _first(desk, given.request_key, person)


def _checked(desk: Desk, given: Given) -> str:
    """Give the words as they will be sealed."""
    choices = (("mode", given.mode, MODES), ("topic", given.topic, frozenset(Topic)))
    for field, value, known in choices:
        if value not in known:
            raise BadAnswer("option_unknown", field=field)
    if given.product_id is not None and desk.policy.product(given.product_id) is None:
        raise BadAnswer("product_unknown", field="product")
    return "\n".join(filter(None, [given.link, words_of(given.text)]))


def _people(desk: Desk, given: Given) -> frozenset[str]:
    """Give who must not see it, by their ids in the workspace. Nobody is forgotten because a policy changed."""
    readers = desk.policy.concerns.everybody if desk.policy.concerns else ()
    found = {each.id: each.person for each in readers}
    if not given.excluded <= found.keys():
        raise BadAnswer("option_unknown", field="left_out")
    return frozenset(found[each] for each in given.excluded)


def _save(
    session: Session, desk: Desk, given: Given, text: str, left_out: frozenset[str], person: str, now: datetime
) -> Raised:
    about = raised.about_of(given.topic, given.product_id)
    finding = raised.found(given.topic, about, leader=given.leader)
    product_id = given.product_id or COMPANY
    owner = listener_for(desk, product_id, finding.level, lambda each: each not in {person, *left_out}, now)
    if owner.person is None:
        raise Refused("concern_nobody", outside=_outside(desk))
    # In confidence, nothing that says who it was stands outside of its box.
    by = person if given.mode == Mode.NAMED else None
    level, floor = finding.level, finding.floor_level
    case = sealed_case(product_id, label("concern_launch"), finding, level, floor, by or "", now)
    case.owner_role = owner.role
    ask(desk, case, owner.person, owner.backup, now, keep_decision=False)
    number = cases.add(session, case)
    seal = desk.seals.keep(session, number, CONCERN, 1, text, by or MACHINE, now)
    concerns.add(session, _row(session, desk, given, number, left_out, person, now))
    data = {**opened(case, finding, owner), **_said(desk, given, about), "seal": seal}
    events.append_many(session, [NewEvent(f"case:{number}", raised.OPENED, now, by, data)])
    watching.start(session, desk, case, now)
    concern_clocks.start(session, number, now, checkin=given.checkin)
    outbox.add_many(session, [outgoing.card(case, now)])
    return _receipt(number, given.mode, owner.role, now, checkin=given.checkin)


def _said(desk: Desk, given: Given, about: str) -> dict[str, Any]:
    """Give what the first event says of a concern: ids only, and a place only where enough people work."""
    site = desk.policy.concerns.site_for(given.site) if desk.policy.concerns and given.site else None
    said = {"concern": given.topic, "about": about, "leader": given.leader, "mode": given.mode}
    return {**said, "site": site.id if site else None, "checkin": given.checkin}


def _row(
    session: Session, desk: Desk, given: Given, number: int, left_out: frozenset[str], person: str, now: datetime
) -> Concern:
    """Give the row; the words were sealed before, so there is a key."""
    named = given.mode == Mode.NAMED
    return Concern(
        case_id=number,
        kind=given.mode,
        person_key=desk.seals.marks(person)[0],
        person_box=person.encode() if named else desk.seals.box(session, number, concern_clocks.REPORTER, person),
        excluded=sorted(left_out),
        topic=given.topic,
        request_key=given.request_key,
        created_at=now,
    )


def _first(desk: Desk, request_key: str, person: str) -> Raised:
    """Give the receipt of the first sending again, to whoever sent it."""
    with desk.db.read() as session:
        concern = concerns.by_request_key(session, request_key)
        if concern is None or not is_reporter(desk, concern, person):
            raise NotFound
        case = cases.get(session, concern.case_id)
        begun = concern_clocks.began(session, concern.case_id)
    if case is None:
        raise NotFound
    begun_at, checkin = concern.created_at, bool(begun.get("checkin"))
    return _receipt(concern.case_id, concern.kind, case.owner_role, begun_at, checkin=checkin)


def _receipt(number: int, mode: str, role: str, at: datetime, *, checkin: bool) -> Raised:
    return Raised(number, case_code(number), mode, role, concern_clocks.acknowledge_by(at), answer_by(at), checkin)


def _outside(desk: Desk) -> str:
    """Name who can be turned to outside the company."""
    found = desk.policy.concerns.outside if desk.policy.concerns else ()
    return shorten("; ".join(f"{each.name}, {each.how}" for each in found) or label("outside_nobody"), OUTSIDE_MOST)


def since(desk: Desk, case_id: int, days: int, how: str, person: str, now: datetime) -> bool:
    """Note how somebody has been since they raised a concern; one answer each time. Say whether it is the first.

    "worse" raises the case: a human rights lead at least, the top where a leader is named; owner and backup are told,
    without a word of it.

    Raises NotFound: no such question to this person.
    """
    if how not in concern_clocks.SINCE or days not in concern_clocks.CHECKINS:
        raise NotFound
    with desk.db.write() as session:
        case, concern = cases.get(session, case_id, lock=True), concerns.of_case(session, case_id)
        if case is None or concern is None or not is_reporter(desk, concern, person):
            raise NotFound
        if concern_clocks.answered(session, case_id, days):
            return False
        data = {"days": days, "how": how}
        by = person if concern.kind == Mode.NAMED else None
        events.append(session, f"case:{case_id}", raised.SINCE, at=now, actor_id=by, data=data)
        if how == "worse":
            concern_clocks.worse(session, desk, case, days, now)
    return True
