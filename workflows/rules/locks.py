"""What a record needs before somebody may approve, close or speak (S8, S9, S14-S17, S21, S23, S26, S27, S34, S48).

Each lock is a `Missing` with the id of its sentence and the part in which it can be mended. Benefit, revenue, deadline
and legality are no input: no lock opens for them (S5, S22, S36, S41).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from workflows.rules.living import RiskNow
from workflows.rules.mitigations import Mitigation, Status
from workflows.rules.parts import ITEMS, OUTWARD, PAGES
from workflows.rules.record import Entry, Record
from workflows.rules.values import Finding, Level, Severity

EXPERTS = frozenset({"CIVIL_SOCIETY", "ACADEMIC", "EXPERT"})
"""Parties whose advice helps and who are not those affected, nor speak for them (S34, S67)."""

DENY = "MIT-DENY"
"""The mitigation by which somebody is refused or cut off."""


class Step(StrEnum):
    """The four steps, never skipped and never in another order (S9, S29)."""

    PICTURE = "picture"
    MITIGATE = "mitigate"
    REMEDY = "remedy"
    COMMUNICATE = "communicate"


class StepState(StrEnum):
    """How far a step is: filled, not needed (with a reason), something is missing, or nothing is there yet."""

    DONE = "done"
    NOT_NEEDED = "not_needed"
    BEGUN = "begun"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that is missing: the id of its sentence, the part to open, and the entry that it is about (0: none).

    `entry` is the number of the entry of `part` to correct, 0 to write a new one; `about` is what a new one points to.
    """

    id: str
    part: str
    entry: int = 0
    about: int = 0
    item: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the locks need to know beside the record.

    `submitters` sent a check of the case. `leads` are the human rights leads, and those who stand in for them in a
    small company (S2), without the submitters. `line` are the people of the product: owner, backup, product lead,
    submitters. `needed` are the items of DA-1 that this case needs.
    """

    level: Level
    severity: Severity
    finding: Finding
    risks: tuple[RiskNow, ...]
    mitigations: tuple[Mitigation, ...]
    submitters: tuple[str, ...] = ()
    leads: Collection[str] = ()
    line: Collection[str] = ()
    needed: tuple[str, ...] = ()
    harm_goes_on: bool = False
    had_harm: bool = False
    exits: bool = False

    @property
    def denies(self) -> bool:
        """Whether somebody is refused or cut off."""
        return self.exits or any(each.type == DENY for each in self.mitigations)


def to_weigh(record: Record, facts: Facts, now: datetime) -> tuple[Missing, ...]:
    """Give what is missing before benefits may be weighed (S8): risks, an answer to each, one planned check."""
    found: list[Missing] = []
    if not record.of("risk"):
        found.append(Missing("risk_missing", "risk"))
    for risk in facts.risks:
        if not risk.entry.text("what"):
            found.append(Missing("risk_not_described", "risk", entry=risk.number))
        if severity_of(risk, facts) >= Severity.SEV2 and not _is_answered(risk, now):
            found.append(Missing("risk_not_answered", "mitigation", about=risk.number))
    if not _is_check_planned(record, facts, now):
        # Where a mitigation is there its check is planned anew, else a mitigation, or a gap with its review, is due.
        found.append(Missing("check_not_planned", "mitigation", about=facts.risks[0].number if facts.risks else 0))
    return tuple(found)


def severity_of(risk: RiskNow, facts: Facts) -> Severity:
    """Give how severe a risk counts: the first is never milder than what the checks of the case found."""
    first = bool(facts.risks) and facts.risks[0].number == risk.number
    return max(risk.finding.severity, facts.severity) if first else risk.finding.severity


def _is_answered(risk: RiskNow, now: datetime, *, but: str = "") -> bool:
    """Whether somebody looks after something that is not known to fail, or it is said openly that nothing holds.

    `but` is a type of mitigation that does not count.
    """
    known = (each for each in risk.mitigations if each.type != but)
    return bool(risk.gaps) or any(each.owner and each.status(now) is not Status.FAILED for each in known)


def to_approve(record: Record, facts: Facts, now: datetime) -> tuple[Missing, ...]:
    """Give what is missing before *go* or *go with conditions* (promise 2; S8, S15, S21, S34, S48)."""
    found = [Missing("contain_first", "")] if facts.harm_goes_on else []
    # What was to be looked at by now, or rests on what has changed, proves nothing; somebody looks first.
    overdue = [Missing("check_overdue", "recheck", about=m.number) for m in facts.mitigations if m.is_overdue(now)]
    overdue += [
        Missing("gap_overdue", "gap", entry=g.number) for g in record.of("gap") if g.check_at and g.check_at <= now
    ]
    planned = to_weigh(record, facts, now)
    found += [each for each in planned if not (overdue and each.id == "check_not_planned")]
    found += overdue
    found += [Missing("in_doubt", "recheck", about=m.number) for m in facts.mitigations if m.is_in_doubt()]
    found += [*_denied_alone(facts, now), *_denials(record, facts)]
    if facts.level >= Level.L2:
        if facts.finding.remedy_plan_required and not record.of("remedy"):
            found.append(Missing("remedy_missing", "remedy"))
        if not any(each.text("party") not in EXPERTS for each in record.of("engagement")):
            found.append(Missing("engagement_missing", "engagement"))
        found += _discussed(record, facts, "BEFORE")
        found += _items(record, facts)
    return tuple(found)


def to_stand(record: Record, facts: Facts, now: datetime) -> tuple[Missing, ...]:
    """Give what an approval that was given does not rest on any more; it is asked about again then (promise 2).

    A check that is due asks by itself, and what somebody else must write first does not undo what was decided.
    """
    return tuple(each for each in to_approve(record, facts, now) if each.id not in _LATER)


_LATER = frozenset(
    {"check_overdue", "gap_overdue", "in_doubt", "discussion_missing", "item_missing", "alternatives_missing"}
)


def to_close(record: Record, facts: Facts, now: datetime, *, goes_on: bool) -> tuple[Missing, ...]:
    """Give what is missing before a record may close (S9, S17, S48): no step is left empty.

    `goes_on` says that people meet the risk: then the steps are those of an approval. Where the launch does not
    happen, risks need no mitigation any more; whoever was harmed or is cut off still counts.
    """
    found: list[Missing] = [Missing("contain_first", "")] if facts.harm_goes_on else []
    found += [*to_weigh(record, facts, now), *_denied_alone(facts, now)] if goes_on else _listed(record, facts)
    found += _denials(record, facts)
    found += remedy_missing(record, facts, goes_on=goes_on)
    found += spoken_missing(record, facts)
    if facts.level >= Level.L2:
        found += _discussed(record, facts, "CLOSING")
    return tuple(found)


def remedy_missing(record: Record, facts: Facts, *, goes_on: bool = True) -> list[Missing]:
    """Give what is missing of the remedy step: a plan where one is required, and its delivery where harm was done."""
    needed = facts.had_harm or (goes_on and facts.finding.remedy_plan_required)
    if _not_needed(record, Step.REMEDY, facts) and not facts.had_harm:
        return []
    plans = record.of("remedy")
    if needed and not plans:
        return [Missing("remedy_missing", "remedy")]
    if not facts.had_harm:
        return []
    delivered = {each.number_of("remedy") for each in record.of("remedy_done")}
    return [
        Missing("remedy_not_delivered", "remedy_done", about=each.number)
        for each in plans
        if each.number not in delivered
    ]


def spoken_missing(record: Record, facts: Facts) -> list[Missing]:
    """Give what is missing of the communication step (S16, S17, S27).

    What a decision leaves behind is a draft of the bot's (S16): it counts once a person has written it.
    """
    found = []
    said = record.one("communication")
    if said is None or said.by is None:
        found.append(Missing("communication_missing", "communication"))
    if facts.severity == Severity.SEV4 and record.one("formal") is None:
        found.append(Missing("formal_missing", "formal"))
    if said is not None and OUTWARD & set(said.ids("codes")):
        found += to_speak(record, facts)
    return found


def to_speak(record: Record, facts: Facts) -> tuple[Missing, ...]:
    """Give what is missing before anything is said outside (S26, S27): a safety review, at SEV4 two.

    At SEV4 one of the two reviewers is from outside the product line. Of each person the last review counts; as long
    as one says "not safe" or "later", it stays in. A review counts for the statement and the world that it reviewed,
    and nobody who sent a check reviews what is said about it.
    """
    said = record.one("communication")
    since = [said.changed_at("statement")] if said is not None else []
    since += [hit.at for hit in record.signals]
    last: dict[str, Entry] = {}
    for review in sorted(record.of("safety_review"), key=lambda each: (each.at, each.number)):
        if all(review.at >= moment for moment in since) and review.by not in facts.submitters:
            last[review.by or ""] = review
    safe = {by for by, each in last.items() if each.text("judgement") == "SAFE"}
    if any(each.text("judgement") != "SAFE" for each in last.values()):
        return (Missing("safety_not_safe", "safety_review"),)
    found = []
    if facts.severity == Severity.SEV4:
        if len(safe) < 2:
            found.append(Missing("safety_second", "safety_review"))
        if not safe - set(facts.line):
            found.append(Missing("safety_outside", "safety_review"))
    elif not safe:
        found.append(Missing("safety_missing", "safety_review"))
    return tuple(found)


def first_communication(severity: Severity, finding: Finding) -> str:
    """Give where the communication decision starts: at SEV4 nothing goes out before a review (S27)."""
    return "COM-HOLD" if severity == Severity.SEV4 else finding.communication


def steps(record: Record, facts: Facts, now: datetime) -> dict[Step, StepState]:
    """Say how far each of the four steps is, in their order (S9)."""
    lacks: dict[Step, list[Missing]] = {
        Step.PICTURE: _listed(record, facts),
        Step.MITIGATE: [
            each
            for each in (*to_weigh(record, facts, now), *_denied_alone(facts, now), *_denials(record, facts))
            if each.part not in ("risk", "")
        ],
        Step.REMEDY: remedy_missing(record, facts),
        Step.COMMUNICATE: spoken_missing(record, facts),
    }
    begun = {
        Step.PICTURE: bool(record.of("risk")),
        Step.MITIGATE: bool(record.of("mitigation") or record.of("gap")),
        Step.REMEDY: bool(record.of("remedy")),
        Step.COMMUNICATE: bool(record.of("communication")),
    }
    return {step: _state(record, facts, step, lacks[step], begun[step]) for step in Step}


def _state(record: Record, facts: Facts, step: Step, lacks: list[Missing], begun: bool) -> StepState:
    if begun:
        return StepState.BEGUN if lacks else StepState.DONE
    if not lacks:
        return StepState.NOT_NEEDED
    return StepState.NOT_NEEDED if _not_needed(record, step, facts) and step is Step.REMEDY else StepState.EMPTY


def _listed(record: Record, facts: Facts) -> list[Missing]:
    if not record.of("risk"):
        return [Missing("risk_missing", "risk")]
    return [
        Missing("risk_not_described", "risk", entry=each.number) for each in facts.risks if not each.entry.text("what")
    ]


def _not_needed(record: Record, step: Step, facts: Facts) -> bool:
    """Whether somebody gave a reason why a step is not needed; from L2 on only a human rights lead's counts (S9)."""
    given = [each for each in record.of("not_needed") if each.text("step") == step]
    return any(facts.level < Level.L2 or (each.by in facts.leads) for each in given)


def _is_check_planned(record: Record, facts: Facts, now: datetime) -> bool:
    planned = any(each.check_at is not None and each.check_at > now for each in facts.mitigations)
    return planned or any(each.check_at is not None and each.check_at > now for each in record.of("gap"))


def _denied_alone(facts: Facts, now: datetime) -> list[Missing]:
    """Cutting people off is never the only answer to a risk (S21): something else holds, or a gap is said openly."""
    return [
        Missing("denial_alone", "mitigation", about=risk.number)
        for risk in facts.risks
        if any(each.type == DENY for each in risk.mitigations) and not _is_answered(risk, now, but=DENY)
    ]


def _denials(record: Record, facts: Facts) -> list[Missing]:
    """Cutting people off is assessed for those who are cut off, and a lead signs it (S21, S23)."""
    found = []
    assessed = record.of("denial")
    signed = {each.number_of("denial"): each for each in record.of("denial_signed")}
    for number in [each.number for each in facts.mitigations if each.type == DENY] + ([0] if facts.exits else []):
        own = [each for each in assessed if each.number_of("mitigation") == number or number == 0]
        if not own:
            found.append(Missing("denial_missing", "denial", about=number))
            continue
        # What was changed after it was signed is signed again.
        if not any(each.number in signed and signed[each.number].at >= each.at for each in own):
            found.append(Missing("denial_unsigned", "denial_signed", about=own[-1].number))
    return found


def _discussed(record: Record, facts: Facts, moment: str) -> list[Missing]:
    """Two people talked about it, one of them a human rights lead (S48), since the case was last asked again."""
    since = record.then.reopened_at
    talks = [
        each for each in record.of("discussion") if each.text("moment") == moment and (not since or each.at >= since)
    ]
    good = any(len(set(each.ids("people"))) >= 2 and set(each.ids("people")) & set(facts.leads) for each in talks)
    name = "discussion_missing" if moment == "BEFORE" else "discussion_closing"
    return [] if good else [Missing(name, "discussion")]


def _items(record: Record, facts: Facts) -> list[Missing]:
    """The items of DA-1 that the level needs; what a list of the record holds is asked for by its own lock."""
    of_their_own = [each for each in ITEMS if each in facts.needed and each not in PAGES]
    found = [Missing("item_missing", each, item=each) for each in of_their_own if record.one(each) is None]
    if "D20" in facts.needed and not record.of("dilemma"):
        found.append(Missing("alternatives_missing", "dilemma", item="D20"))
    return found
