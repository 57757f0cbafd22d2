"""What the rule says about a whole record now: every check, every risk, what is proven, and what changed (2.9, S20)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from workflows.rules import mitigations
from workflows.rules.deep import legal_conflict
from workflows.rules.mitigations import Mitigation
from workflows.rules.record import Entry, Hit, Record
from workflows.rules.severity import assess
from workflows.rules.tables import CONTAIN, DK
from workflows.rules.values import (
    Answers,
    Finding,
    Fired,
    Level,
    MitigationAnswer,
    Rating,
    Signal,
)

HANDLED = frozenset({"-"})
"""What a signal defeats is worked out for each mitigation (`mitigations.touches`), so the rule is told of none."""

STAFF = Answers(
    frozenset({"CHG-WORK"}),
    frozenset({"GRP-STAFF"}),
    frozenset({"CTX-DK"}),
    scale="DK",
    scope=1,
    irremediability="DK",
    likelihood=4,
)
"""A threat to our own people, where no check was filled: what is not known is read as unknown (S19)."""


@dataclass(frozen=True, slots=True)
class RiskNow:
    """One risk with what the rule finds for it alone, and its mitigations and gaps."""

    entry: Entry
    finding: Finding
    mitigations: tuple[Mitigation, ...]
    gaps: tuple[Entry, ...]

    @property
    def number(self) -> int:
        """The number of the risk in its record."""
        return self.entry.number

    @property
    def is_answered(self) -> bool:
        """Whether somebody owns a mitigation of it, or it says openly CANNOT or NOT YET."""
        return bool(self.gaps) or any(each.owner for each in self.mitigations)


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rule says about a record at a moment: the gravest finding, each risk with its own, all mitigations.

    What any finding asks for, the gravest asks for too: harm to be stopped, a remedy plan, the longer form.
    """

    finding: Finding
    risks: tuple[RiskNow, ...]
    mitigations: tuple[Mitigation, ...]


def judged(checks: Sequence[Answers], record: Record, now: datetime) -> Judged:
    """Ask the rule about every check and every risk of a record, at `now`.

    `checks` are the answers of the checks of the case; none where the case began with a threat to staff.
    """
    known = mitigations.of(record)
    signals = signals_of(record.open_signals)
    asked = [assess(each, signals) for each in _with_proof(checks or (STAFF,), record, known, now)]
    risks = _risks(checks, record, known, signals, now)
    findings = [*asked, *(each.finding for each in risks)]
    worst = max(findings, key=lambda each: (each.level, each.severity, each.likelihood))
    floor = max(each.floor_level for each in findings)
    worst = replace(worst, floor_level=max(worst.floor_level, min(floor, worst.level)))
    return Judged(_of_the_law(_with_the_others(worst, findings), record), risks, known)


def _with_the_others(worst: Finding, findings: Sequence[Finding]) -> Finding:
    """Give the gravest finding with what any other asks for: a milder risk needs its remedy plan all the same.

    Harm that is happening is stopped first, however much graver something else is that may come (T7, promise 1).
    """
    gravest = max(findings, key=lambda each: each.severity)
    if gravest.severity > worst.severity:
        # Something else is nearer, but the worst that may come asks for its own care: held back, reviewed, reported.
        worst = replace(worst, severity=gravest.severity, communication=gravest.communication)
    worst = replace(
        worst,
        deep_form=any(each.deep_form for each in findings),
        remedy_plan_required=any(each.remedy_plan_required for each in findings),
    )
    if worst.harms or not any(each.harms for each in findings):
        return worst
    # To warn people is urgent now; what is grave is held back until it was reviewed, as before.
    communication = "COM-AFF" if worst.communication == "COM-INT" else worst.communication
    return replace(
        worst,
        fired=(*worst.fired, Fired("T7")),
        clocks=replace(worst.clocks, contain=CONTAIN),
        communication=communication,
    )


def found(checks: Sequence[Answers], record: Record, now: datetime) -> Finding:
    """Give the gravest of what the rule finds for every check and every risk of a record, at `now`."""
    return judged(checks, record, now).finding


def risks_of(checks: Sequence[Answers], record: Record, now: datetime) -> tuple[RiskNow, ...]:
    """Give the risks of a record, each with its own finding: its own ratings and people, its own mitigations."""
    return judged(checks, record, now).risks


def _risks(
    checks: Sequence[Answers],
    record: Record,
    known: Sequence[Mitigation],
    signals: Sequence[Signal],
    now: datetime,
) -> tuple[RiskNow, ...]:
    base = checks[-1] if checks else STAFF
    found_risks = []
    for entry in record.of("risk"):
        own = tuple(each for each in known if each.risk == entry.number)
        gaps = record.about("gap", "risk", entry.number)
        finding = assess(_as_answers(base, entry, own, gaps, now), signals)
        found_risks.append(RiskNow(entry, finding, own, gaps))
    return tuple(found_risks)


def signals_of(hits: Sequence[Hit]) -> tuple[Signal, ...]:
    """Give changes of context as the rule reads them."""
    return tuple(Signal(each, HANDLED) for each in sorted({hit.id for hit in hits}))


def _with_proof(checks: Sequence[Answers], record: Record, known: Sequence[Mitigation], now: datetime) -> list[Answers]:
    """Give each check with the mitigations of the record in place of those it named when it was filled.

    Those have no check date, and what has none proves nothing; opening a case writes them into its record.
    """
    gaps = record.of("gap")
    first = [each for each in known if each.risk == 1]
    # What no risk of its own has is answered by what the first risk has, which the check describes.
    proof = _answers(known, first, now)
    read = (replace(each, mitigations=proof, gap=_gap(gaps, each.gap)) for each in checks)
    # A launch is often checked again with the same answers, of which the rule says the same.
    return list(dict.fromkeys(read))


def _answers(known: Sequence[Mitigation], first: Sequence[Mitigation], now: datetime) -> tuple[MitigationAnswer, ...]:
    """Mitigations of the first risk with their proof; of all others only that somebody is cut off (T2)."""
    denied = [MitigationAnswer(each.type, "EV0") for each in known if each.type == "MIT-DENY" and each not in first]
    return (*(each.answer(now) for each in first), *denied)


def _gap(gaps: Sequence[Entry], before: str | None) -> str | None:
    kinds = {each.text("kind") for each in gaps}
    return next((each for each in ("CANNOT", "NOT_YET") if each in kinds), before)


def _as_answers(
    base: Answers, entry: Entry, own: Sequence[Mitigation], gaps: Sequence[Entry], now: datetime
) -> Answers:
    return replace(
        base,
        changes=base.changes - {"CHG-UI"} or frozenset({DK}),
        groups=frozenset(entry.ids("groups")) or base.groups or frozenset({DK}),
        scale=_rating(entry, "scale"),
        scope=_rating(entry, "scope"),
        irremediability=_rating(entry, "irremediability"),
        likelihood=_rating(entry, "likelihood"),
        mitigations=tuple(each.answer(now) for each in own),
        gap=_gap(gaps, None),
    )


def _rating(entry: Entry, name: str) -> Rating:
    given = entry.text(name)
    return cast(Rating, int(given) if given in ("1", "2", "3", "4") else DK)


def _of_the_law(finding: Finding, record: Record) -> Finding:
    """Where law and human rights standards differ, a human rights lead looks at it (T5, S41). Legality never lowers."""
    item = record.one("D13")
    if item is None or not legal_conflict(item.fields) or finding.level >= Level.L2:
        return finding
    fired = (*finding.fired, Fired("T5", {"level": int(Level.L2)}))
    return replace(finding, level=Level.L2, floor_level=Level.L2, fired=fired, launch_waits=True, deep_form=True)
