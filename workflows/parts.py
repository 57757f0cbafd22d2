"""What each part of a record means beyond being written: how it is read, what it must fit, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlmodel import Session

from storage import nudges, outbox, people, places, seals
from workflows import outgoing, rechecks
from workflows import places as countries
from workflows.access import may_see, problem_with
from workflows.desk import Desk
from workflows.errors import BadAnswer, BadAnswers
from workflows.living import Living
from workflows.rules.locks import to_speak
from workflows.rules.mitigations import of as mitigations_of
from workflows.rules.parts import BANK_LISTS, ENDABLE, OPTIONS, OUTWARD, Field, Kind, Part, lines
from workflows.rules.rechecks import PICTURE
from workflows.rules.record import Record
from workflows.rules.sealed import usable
from workflows.rules.values import Level, Severity
from workflows.values import is_person

Unfit = list[tuple[str, str]]
ROLES = {"mitigation": "owner", "invited": "person"}
"""Parts that give somebody a part in the case, with the field that names them; the role is called like the part."""
CHECKED = {"mitigation": "next_check", "recheck": "next_check", "gap": "review_on", "D24": "review_on"}
"""The day of a part on which somebody looks again."""
GIVEN_BY_DEFAULT = frozenset({"recheck"})
"""Parts whose next check is planned by the rhythm of the rule where nobody chose a day."""


def read(desk: Desk, part: Part, given: Mapping[str, Any]) -> dict[str, Any]:
    """Check what came for each field of a part, and give it in the form in which it is kept.

    Raises BadAnswers for unknown ids, days that are none, countries that are none, and texts that are too long.
    """
    found: dict[str, Any] = {}
    wrong: list[tuple[str, str]] = []
    for each in part.fields:
        value = given.get(each.id)
        if value in (None, "", [], ()):
            continue
        try:
            found[each.id] = _READ[each.kind](desk, each, value)
        except BadAnswer as error:
            wrong.append((each.id, error.problem))
    if wrong:
        raise BadAnswers(wrong)
    return found


def options(desk: Desk, name: str) -> Collection[str]:
    """Give the ids of a list of the record or of the bank."""
    if name in BANK_LISTS:
        return (*getattr(desk.bank, name), *(("DK",) if name == "groups" else ()))
    return OPTIONS[name]


def _text(_desk: Desk, field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise BadAnswer("wrong_type", expected="text")
    if len(value) > field.most:
        raise BadAnswer("text_too_long")
    return value.strip()


def _line(desk: Desk, field: Field, value: Any) -> str:
    return " ".join(_text(desk, field, value).split())


def _one(desk: Desk, field: Field, value: Any) -> str:
    if value not in options(desk, field.options):
        raise BadAnswer("option_unknown")
    return str(value)


def _many(desk: Desk, field: Field, value: Any) -> list[str]:
    known = options(desk, field.options)
    if not isinstance(value, list | tuple) or not all(each in known for each in value):
        raise BadAnswer("option_unknown")
    return [str(each) for each in dict.fromkeys(value)]


def _person(_desk: Desk, _field: Field, value: Any) -> str:
    if not isinstance(value, str) or not is_person(value):
        raise BadAnswer("nobody_chosen")
    return value


def _people(desk: Desk, field: Field, value: Any) -> list[str]:
    if not isinstance(value, list | tuple):
        raise BadAnswer("nobody_chosen")
    return [_person(desk, field, each) for each in dict.fromkeys(value)]


def _date(_desk: Desk, _field: Field, value: Any) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise BadAnswer("bad_date") from None


def _countries(desk: Desk, field: Field, value: Any) -> str:
    try:
        return ", ".join(countries.read(_text(desk, field, value)))
    except ValueError:
        raise BadAnswer("country_unknown") from None


def _entry(_desk: Desk, _field: Field, value: Any) -> str:
    if not str(value).isdigit():
        raise BadAnswer("entry_unknown")
    return str(int(value))


_READ: Mapping[Kind, Callable[[Desk, Field, Any], Any]] = {
    Kind.TEXT: _text,
    Kind.LINE: _line,
    Kind.SECRET: _text,
    Kind.ONE: _one,
    Kind.MANY: _many,
    Kind.PERSON: _person,
    Kind.PEOPLE: _people,
    Kind.DATE: _date,
    Kind.COUNTRIES: _countries,
    Kind.ENTRY: _entry,
}


def pointing_to(desk: Desk, record: Record, part: Part) -> dict[str, tuple[tuple[int, str], ...]]:
    """Give what each field of a part can point to: the numbers of entries, with a few words of each."""
    del desk
    found = {}
    for each in part.fields:
        if each.kind is Kind.ENTRY and each.options == "signal":
            found[each.id] = tuple((hit.number, hit.id) for hit in record.open_signals)
        elif each.kind is Kind.ENTRY:
            entries = record.of(each.options)
            found[each.id] = tuple((entry.number, _few_words(entry.fields)) for entry in entries)
    return found


def _few_words(fields: Mapping[str, Any]) -> str:
    named = (str(fields[name]) for name in ("what", "harm", "who", "question", "type") if fields.get(name))
    return next(named, "")


def unfit(
    desk: Desk, before: Living, part: Part, number: int, fields: Mapping[str, Any], by: str, now: datetime
) -> Unfit:
    """Give what does not fit the record: fields with the ids of their sentences."""
    found = _points_nowhere(before.record, part, fields)
    most = desk.policy.cadence[_severity_of(before, part, fields)]
    found += _wrong_day(desk, part, fields, by, now, most)
    found += [
        (name, "cannot_answer") for name in _asked_of(part, fields) if not desk.can_answer(str(fields[name]), now)
    ]
    check = _UNFIT.get(part.id)
    return [*found, *(check(desk, before, number, fields, by) if check else ())]


def check_at(
    desk: Desk, before: Living, part: Part, fields: Mapping[str, Any], by: str, now: datetime
) -> datetime | None:
    """Give when this entry is looked at again: the morning of the chosen day where its owner works, as aware UTC."""
    name = CHECKED.get(part.id)
    if name is None:
        return None
    if fields.get(name):
        return morning(desk, str(fields.get("owner") or by), date.fromisoformat(str(fields[name])))
    return now + desk.policy.cadence[_severity_of(before, part, fields)] if part.id in GIVEN_BY_DEFAULT else None


def morning(desk: Desk, person_id: str, day: date) -> datetime:
    """Give the hour at which a person's working day begins on that day, as aware UTC."""
    calendar = desk.calendar_of(person_id)
    midnight = datetime.combine(day, time(0), tzinfo=calendar.zone)
    return (midnight + timedelta(hours=calendar.start.hour, minutes=calendar.start.minute)).astimezone(UTC)


def _points_nowhere(record: Record, part: Part, fields: Mapping[str, Any]) -> Unfit:
    wrong = []
    for each in part.fields:
        if each.kind is not Kind.ENTRY or not fields.get(each.id):
            continue
        number = int(fields[each.id])
        known = {hit.number for hit in record.signals} if each.options == "signal" else None
        there = number in known if known is not None else record.entry(each.options, number) is not None
        if not there:
            wrong.append((each.id, "entry_unknown"))
    return wrong


def _severity_of(before: Living, part: Part, fields: Mapping[str, Any]) -> Severity:
    """Give the severity that sets the rhythm: that of the risk, else that of the whole case."""
    number = str(fields.get("risk") or "")
    if part.id == "recheck":
        own = next((m for m in before.facts.mitigations if str(m.number) == str(fields.get("mitigation"))), None)
        number = str(own.risk) if own else ""
    risk = next((each for each in before.facts.risks if str(each.number) == number), None)
    # The first risk is that of the check, which floors may have raised; so it is never slower than the case itself.
    return risk.finding.severity if risk and risk.number != 1 else before.facts.severity


def _wrong_day(desk: Desk, part: Part, fields: Mapping[str, Any], by: str, now: datetime, most: timedelta) -> Unfit:
    """A check lies after today and within the rhythm of its severity (S10); evidence lies in the past."""
    wrong: Unfit = []
    name = CHECKED.get(part.id)
    # The day begins where whoever looks then is at work.
    looks = str(fields.get("owner") or by)
    today = now.astimezone(desk.calendar_of(looks).zone).date()
    if name and fields.get(name) and not today < date.fromisoformat(str(fields[name])) <= today + most:
        wrong.append((name, f"check_within_{most.days}" if most.days in (30, 90, 180) else "check_sooner"))
    if fields.get("evidence_on") and date.fromisoformat(str(fields["evidence_on"])) > today:
        wrong.append(("evidence_on", "evidence_in_future"))
    return wrong


def _asked_of(part: Part, fields: Mapping[str, Any]) -> list[str]:
    """Fields that name somebody of whom something will be asked."""
    name = ROLES.get(part.id, "")
    return [name] if fields.get(name) else []


def _recheck_unfit(_desk: Desk, before: Living, _number: int, fields: Mapping[str, Any], by: str) -> Unfit:
    """Who looks after a mitigation says whether it works; so may the owner of the case and the leads."""
    own = next((m for m in mitigations_of(before.record) if str(m.number) == str(fields.get("mitigation"))), None)
    case = before.case
    allowed = {own.owner if own else "", case.owner_id, case.backup_id, *before.facts.leads}
    return [] if by in allowed else [("effect", "not_your_mitigation")]


def _discussion_unfit(_desk: Desk, before: Living, _number: int, fields: Mapping[str, Any], _by: str) -> Unfit:
    """From L2 on a human rights lead is among those who talk (S48)."""
    there = set(fields.get("people") or ())
    return (
        [("people", "no_lead_there")] if before.facts.level >= Level.L2 and not there & set(before.facts.leads) else []
    )


def _communication_unfit(desk: Desk, before: Living, _number: int, fields: Mapping[str, Any], _by: str) -> Unfit:
    """Nothing goes out before the review for safety (S26, S27), and never a sealed name.

    A review is of the statement that stands: one that this very writing changes was reviewed by nobody.
    """
    wrong: Unfit = []
    if OUTWARD & set(fields.get("codes") or ()):
        lacks = [each.id for each in to_speak(before.record, before.facts)]
        said = before.record.one("communication")
        if not lacks and str(fields.get("statement") or "") != (said.text("statement") if said else ""):
            lacks = ["safety_missing"]
        wrong += [("codes", each) for each in lacks]
    if fields.get("statement") and desk.seals.refuses([str(fields["statement"])]):
        wrong.append(("statement", "sealed_name"))
    return wrong


def _sealed_unfit(_desk: Desk, _before: Living, _number: int, fields: Mapping[str, Any], _by: str) -> Unfit:
    """A name that is too short would be found in half of all words."""
    names = lines(str(fields.get("names") or ""))
    return [("names", "name_too_short")] if any(not usable(each) for each in names) else []


def _ended_unfit(_desk: Desk, before: Living, _number: int, fields: Mapping[str, Any], by: str) -> Unfit:
    number = str(fields.get("entry") or "")
    there = number.isdigit() and before.record.entry(str(fields.get("part")), int(number)) is not None
    if str(fields.get("part")) not in ENDABLE:
        return [("entry", "entry_stands")]
    if fields.get("part") == "sealed" and by not in before.facts.leads:
        return [("entry", "lead_only")]
    return [] if there else [("entry", "entry_unknown")]


_UNFIT: Mapping[str, Callable[[Desk, Living, int, Mapping[str, Any], str], Unfit]] = {
    "recheck": _recheck_unfit,
    "discussion": _discussion_unfit,
    "communication": _communication_unfit,
    "sealed": _sealed_unfit,
    "ended": _ended_unfit,
}


def follows(
    session: Session,
    desk: Desk,
    before: Living,
    after: Living,
    part: Part,
    number: int,
    by: str,
    seq: int,
    now: datetime,
) -> None:
    """Do what follows from a writing beside the level and the clocks: who has a part in the case, and who is told."""
    _may_name(session, desk, before, after, part, number, by)
    _give_parts(session, before, after)
    _tell(session, before, after, part, number, by, seq, now)
    act = _FOLLOWS.get(part.id)
    if act is not None:
        act(session, before, after, number, by, seq, now)


def _may_name(session: Session, desk: Desk, before: Living, after: Living, part: Part, number: int, by: str) -> None:
    """Raise BadAnswers where somebody would let a person into a case whom it is not theirs to let in.

    Owner and backup name whom they need, and so does a human rights lead where the record is not sealed. Others name
    as an owner only who may see the case already. Nobody names somebody whom the reporter of a concern left out.
    """
    case, name = before.case, ROLES.get(part.id, "")
    entry, was = after.record.entry(part.id, number), before.record.entry(part.id, number)
    named = entry.text(name) if entry and name else ""
    barred = problem_with(session, desk, case, named) if named else None
    if barred is not None:
        raise BadAnswers([(name, barred)])
    holds = by in (case.owner_id, case.backup_id)
    if not named or holds or (was is not None and was.text(name) == named):
        return
    if case.sealed:
        raise BadAnswers([(name, "sealed_names_nobody")])
    if by not in before.facts.leads and not may_see(session, desk, case, named):
        raise BadAnswers([(name, "owner_not_in_case")])


def _give_parts(session: Session, before: Living, after: Living) -> None:
    """Let those have a part in the case who are named in it now, and nobody who was: access ends with its reason."""
    for part, name in ROLES.items():
        if after.record.of(part) != before.record.of(part):
            named = {each.text(name) for each in after.record.of(part)} - {""}
            people.set_role(session, after.case.id or 0, part, named)


def _tell(
    session: Session, before: Living, after: Living, part: Part, number: int, by: str, seq: int, now: datetime
) -> None:
    """Tell somebody once what they look after, or that they are invited."""
    name = ROLES.get(part.id, "")
    entry, was = after.record.entry(part.id, number), before.record.entry(part.id, number)
    person = entry.text(name) if entry else ""
    if person not in ("", by) and (was is None or was.text(name) != person):
        kind = outgoing.ENTRUSTED if part.id == "mitigation" else outgoing.INVITED
        outbox.add_many(session, outgoing.told(after.case, kind, seq, [person], now, {"by": by}))


def _recheck(session: Session, _before: Living, after: Living, number: int, _by: str, _seq: int, now: datetime) -> None:
    """The question is answered; whoever was asked is asked no more. Where the context changed, the picture is next."""
    entry = after.record.entry("recheck", number)
    if entry is None:
        return
    nudges.end(session, after.case.id or 0, entry.number_of("mitigation"))
    if entry.text("context_changed") in ("YES", "DK"):
        rechecks.look_now(session, after, now, only=[PICTURE])


def _gap(session: Session, _before: Living, after: Living, number: int, _by: str, _seq: int, _now: datetime) -> None:
    nudges.end(session, after.case.id or 0, -number)


def _places(
    session: Session, _before: Living, after: Living, _number: int, _by: str, _seq: int, _now: datetime
) -> None:
    entry = after.record.one("places")
    named = entry.text("countries") if entry else ""
    places.set_countries(session, after.case.id or 0, countries.read(named))


def _ended(session: Session, _before: Living, after: Living, number: int, _by: str, _seq: int, now: datetime) -> None:
    """Names that need not be sealed any more are erased, and may be said again: those of every writing of the entry."""
    entry = after.record.entry("ended", number)
    if entry is None or entry.text("part") != "sealed":
        return
    seals.erase_entry(session, after.case.id or 0, "sealed", entry.number_of("entry"), now)


_FOLLOWS: Mapping[str, Callable[[Session, Living, Living, int, str, int, datetime], None]] = {
    "recheck": _recheck,
    "gap": _gap,
    "places": _places,
    "ended": _ended,
}
