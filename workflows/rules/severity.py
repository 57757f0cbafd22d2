"""The escalation rule: answers and signals in, one explained finding out (hrdd-domain 2.9, architecture).

Order: wording-only exit, "I do not know", class, floors, remote rule, credit, signals, table, tie-breakers.
Nothing here takes a benefit, a revenue, a deadline, a law or an author (S5, S22, S36, S41).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from workflows.rules.floors import FLOORS, Facts
from workflows.rules.tables import (
    AT_RISK_GROUPS,
    CLOCKS,
    CLOSED_CHANGES,
    CONTAIN,
    DEEP_FORM_CHANGES,
    DEEP_FORM_CONTEXTS,
    DEFEATING_SIGNALS,
    DK,
    HAPPENING_SIGNALS,
    LEVELS,
    LIKELY_SIGNALS,
    PROVEN,
    RULE_VERSION,
    SIGNAL_SEVERITY,
    SOFT_MITIGATIONS,
)
from workflows.rules.values import (
    Answers,
    Clocks,
    Finding,
    Fired,
    Level,
    Likelihood,
    Rating,
    Severity,
    Signal,
)


def assess(answers: Answers, signals: Sequence[Signal] = ()) -> Finding:
    """Say how severe the risk to people is, who decides, and every rule that led there.

    Same input, same finding: a stored check can be replayed (S66, promise 12).
    """
    if is_wording_only(answers, signals):
        return _wording_only()
    facts, read = _facts_and_rules(answers, signals)
    base, floor, raised = _class_and_floors(facts)
    severity = max(base, floor)
    likelihood, remote = _likelihood(answers, facts, severity)
    credit = _credit(answers, signals, severity, likelihood)
    world = _signals(signals, facts, credit.severity, credit.likelihood)
    level, level_rules = _level(answers, signals, raised, world.severity, world.likelihood, facts)
    floor_level = _floor_level(answers, signals, raised, facts, floor, world.likelihood)
    fired = (
        *read,
        Fired("CLASS", _factors(facts) | {"severity": int(base)}),
        *raised,
        *remote,
        *credit.fired,
        *world.fired,
        *level_rules,
    )
    return _finding(answers, signals, facts, world, level, floor_level, fired)


def is_wording_only(answers: Answers, signals: Sequence[Signal] = ()) -> bool:
    """Whether only look and wording change, in no named context, with no signal: the 20-second path."""
    return answers.changes == {"CHG-UI"} and answers.contexts <= {"CTX-NONE"} and not signals


def at_risk(groups: Iterable[str]) -> bool:
    """Whether anybody of the at-risk set is affected; not knowing who counts as yes (promise 3)."""
    return any(group in AT_RISK_GROUPS or group == DK for group in groups)


def earns_credit(answers: Answers, signals: Sequence[Signal] = ()) -> frozenset[str]:
    """The mitigations that are proven, not soft, and not defeated by a signal (S18, S20)."""
    return frozenset(
        each.type
        for each in answers.mitigations
        if each.evidence in PROVEN
        and each.type not in SOFT_MITIGATIONS
        and each.type.startswith("MIT-")
        and not any(_defeats(signal, each.type) for signal in signals)
    )


@dataclass(frozen=True, slots=True)
class _Step:
    """Severity and likelihood after one step, with the rules that step fired."""

    severity: Severity
    likelihood: Likelihood
    fired: tuple[Fired, ...] = ()


def _wording_only() -> Finding:
    return Finding(
        level=Level.L0,
        severity=Severity.SEV1,
        likelihood=Likelihood.REMOTE,
        floor_level=Level.L0,
        scale=1,
        scope=1,
        irremediability=1,
        fired=(Fired("EXIT"),),
        rule_version=RULE_VERSION,
        deep_form=False,
        remedy_plan_required=False,
        communication="COM-INT",
        clocks=Clocks(),
        launch_waits=False,
    )


def _facts_and_rules(answers: Answers, signals: Sequence[Signal]) -> tuple[Facts, tuple[Fired, ...]]:
    """Read the answers; a skipped one counts as 1, or as DK once something raised the class above SEV1."""
    facts, fired = _read(answers)
    if _skipped(answers):
        _, floor, _ = _class_and_floors(facts)
        world = _signals(signals, facts, Severity.SEV1, Likelihood.REMOTE)
        if max(floor, world.severity) > Severity.SEV1:
            facts, fired = _read(_skips_as_unknown(answers))
            return facts, (*fired, Fired("EMPTY"))
    return facts, fired


def _skipped(answers: Answers) -> bool:
    return None in (answers.scope, answers.irremediability, answers.likelihood)


def _skips_as_unknown(answers: Answers) -> Answers:
    return replace(
        answers,
        scope=answers.scope or "DK",
        irremediability=answers.irremediability or "DK",
        likelihood=answers.likelihood or "DK",
    )


def _read(answers: Answers) -> tuple[Facts, tuple[Fired, ...]]:
    fired: list[Fired] = []
    changes = answers.changes
    if DK in changes:
        changes = changes | CLOSED_CHANGES
        fired.append(Fired("DK-CHANGE"))
    if DK in answers.groups:
        fired.append(Fired("DK-GROUP"))
    vulnerable = at_risk(answers.groups)
    flagged = bool(answers.contexts - {"CTX-NONE"})
    # A skipped scale cannot come from the form; it is read as unknown rather than mild.
    unknown_scale = 4 if vulnerable and flagged else 3
    scale = _value(answers.scale or "DK", unknown_scale, "DK-SCALE", fired)
    scope = _value(_or_one(answers.scope, scale), 3, "DK-SCOPE", fired)
    unknown_cure = 4 if scale >= 3 else 3
    cure = _value(_or_one(answers.irremediability, scale), unknown_cure, "DK-IRREMEDIABILITY", fired)
    facts = Facts(changes, answers.groups, answers.contexts, vulnerable, flagged, scale, scope, cure)
    return facts, tuple(fired)


def _or_one(rating: Rating, scale: int) -> Rating:
    """Only the mildest scale lets people skip the rest; anything skipped above it is unknown, not mild."""
    if rating is not None:
        return rating
    return 1 if scale == 1 else "DK"


def _value(rating: Rating, unknown: int, rule: str, fired: list[Fired]) -> int:
    if rating is None or rating == DK:
        fired.append(Fired(rule, {"value": unknown}))
        return unknown
    return int(rating)


def _class_and_floors(facts: Facts) -> tuple[Severity, Severity, tuple[Fired, ...]]:
    """Give the class from the worst factor, the highest floor (SEV1 where none), and the floors that fired."""
    raised = [(rule, minimum) for rule, holds in FLOORS if (minimum := holds(facts)) is not None]
    floor = max((minimum for _, minimum in raised), default=Severity.SEV1)
    fired = tuple(Fired(rule, {"severity": int(minimum)}) for rule, minimum in raised)
    return _class(facts), floor, fired


def _class(facts: Facts) -> Severity:
    """Step 1: the worst characteristic, never an average (UNGP 14)."""
    if facts.scale == 1:
        return Severity.SEV1
    if facts.scale == 4:
        return Severity.SEV4
    if facts.scale == 3:
        return Severity.SEV4 if facts.irremediability >= 3 or facts.scope == 4 else Severity.SEV3
    if facts.irremediability == 4:
        return Severity.SEV4
    many_at_risk = facts.scope >= 3 and facts.at_risk and facts.flagged
    return Severity.SEV3 if facts.irremediability == 3 or many_at_risk else Severity.SEV2


@dataclass(frozen=True, slots=True)
class _Chance:
    """A likelihood, and whether anybody knows it."""

    value: Likelihood
    known: bool


def _likelihood(answers: Answers, facts: Facts, severity: Severity) -> tuple[_Chance, tuple[Fired, ...]]:
    rating = answers.likelihood
    if rating is None and facts.scale == 1 and severity == Severity.SEV1:
        rating = 1
    if rating is None or rating == DK:
        value = Likelihood.LIKELY if severity >= Severity.SEV3 else Likelihood.POSSIBLE
        return _Chance(value, known=False), (Fired("DK-LIKELIHOOD", {"value": int(value)}),)
    value = Likelihood(int(rating))
    if value == Likelihood.REMOTE and (facts.flagged or "CHG-SENSITIVE" in facts.changes):
        return _Chance(Likelihood.POSSIBLE, known=True), (Fired("REMOTE"),)
    return _Chance(value, known=True), ()


def _credit(answers: Answers, signals: Sequence[Signal], severity: Severity, chance: _Chance) -> _Step:
    """Step 3: one credit in all, for evidence of grade EV3 or EV4 that nothing has defeated."""
    lost = tuple(Fired("CREDIT-LOST", {"mitigation": each}) for each in sorted(_lost(answers, signals)))
    proven = earns_credit(answers, signals)
    if "MIT-REMOVE" in proven and severity in (Severity.SEV2, Severity.SEV3):
        lowered = Severity(severity - 1)
        fired = Fired("CREDIT-CLASS", {"mitigation": "MIT-REMOVE", "severity": int(lowered)})
        return _Step(lowered, chance.value, (*lost, fired))
    likelihood = _lower(chance.value)
    if not chance.known:
        # An unknown likelihood never ends below what "likely" would have given (promise 3).
        likelihood = max(likelihood, _lower(Likelihood.LIKELY))
    if not proven or likelihood == chance.value:
        return _Step(severity, chance.value, lost)
    fired = Fired("CREDIT-LIKELIHOOD", {"mitigation": min(proven), "likelihood": likelihood.word})
    return _Step(severity, likelihood, (*lost, fired))


def _lower(likelihood: Likelihood) -> Likelihood:
    lowers = likelihood in (Likelihood.POSSIBLE, Likelihood.LIKELY)
    return Likelihood(likelihood - 1) if lowers else likelihood


def _lost(answers: Answers, signals: Sequence[Signal]) -> frozenset[str]:
    return earns_credit(answers) - earns_credit(answers, signals)


def _defeats(signal: Signal, mitigation: str) -> bool:
    if signal.defeats:
        return mitigation in signal.defeats
    return signal.id in DEFEATING_SIGNALS


def _signals(signals: Sequence[Signal], facts: Facts, severity: Severity, likelihood: Likelihood) -> _Step:
    """Let the changed world raise severity and likelihood; credit never lowers what a signal says."""
    fired: list[Fired] = []
    for name in sorted({signal.id for signal in signals}):
        minimum = _signal_severity(name, facts)
        chance = _signal_likelihood(name)
        if minimum > Severity.SEV1 or chance > Likelihood.REMOTE:
            fired.append(Fired(name, {"severity": int(minimum), "likelihood": chance.word}))
        severity, likelihood = max(severity, minimum), max(likelihood, chance)
    return _Step(severity, likelihood, tuple(fired))


def _signal_severity(name: str, facts: Facts) -> Severity:
    if name == "SIG-LAW" and facts.at_risk:
        lasting = facts.irremediability >= 3 or facts.scope == 4
        return Severity.SEV4 if facts.scale >= 2 and lasting else Severity.SEV3
    if name == "SIG-CONFLICT":
        return Severity.SEV4 if facts.at_risk else Severity.SEV3
    return SIGNAL_SEVERITY.get(name, Severity.SEV1)


def _signal_likelihood(name: str) -> Likelihood:
    if name in HAPPENING_SIGNALS:
        return Likelihood.HAPPENING
    return Likelihood.LIKELY if name in LIKELY_SIGNALS else Likelihood.REMOTE


def _level_minimums(answers: Answers, signals: Sequence[Signal], raised: tuple[Fired, ...]) -> list[tuple[str, Level]]:
    """Level minimums that do not come from the table: F4, SIG-AUTHORITY, T2, T3."""
    names = {signal.id for signal in signals}
    minimums = [
        ("F4-LEVEL", Level.L2, any(each.rule == "F4" for each in raised)),
        ("SIG-AUTHORITY-LEVEL", Level.L2, "SIG-AUTHORITY" in names),
        ("T2", Level.L2, any(each.type == "MIT-DENY" for each in answers.mitigations)),
        ("T3", Level.L3, "SIG-STAFF" in names),
    ]
    return [(rule, level) for rule, level, holds in minimums if holds]


def _level(
    answers: Answers,
    signals: Sequence[Signal],
    raised: tuple[Fired, ...],
    severity: Severity,
    likelihood: Likelihood,
    facts: Facts,
) -> tuple[Level, tuple[Fired, ...]]:
    """Step 4 and the tie-breakers: the table, then every minimum, then what must be said at once."""
    level = LEVELS[severity][likelihood]
    values: dict[str, str | int] = {"severity": int(severity), "likelihood": likelihood.word, "level": int(level)}
    fired = [Fired("TABLE", values)]
    minimums = _level_minimums(answers, signals, raised)
    if severity == Severity.SEV4 and facts.irremediability == 4:
        # The table already says so; T1 keeps it true should somebody change the table.
        minimums.append(("T1", Level.L3 if likelihood >= Likelihood.POSSIBLE else Level.L2))
    for rule, minimum in minimums:
        level = max(level, minimum)
        fired.append(Fired(rule, {"level": int(minimum)}))
    if likelihood == Likelihood.HAPPENING and severity > Severity.SEV1:
        fired.append(Fired("T7"))
    return level, tuple(fired)


def _floor_level(
    answers: Answers,
    signals: Sequence[Signal],
    raised: tuple[Fired, ...],
    facts: Facts,
    floor: Severity,
    likelihood: Likelihood,
) -> Level:
    """The level that floors and signals ask for, at the likelihood that was found: nobody may go below it (T8)."""
    severity = max([floor, *(_signal_severity(signal.id, facts) for signal in signals)])
    minimums = [level for _, level in _level_minimums(answers, signals, raised)]
    return max([LEVELS[severity][likelihood], *minimums])


def _finding(
    answers: Answers,
    signals: Sequence[Signal],
    facts: Facts,
    world: _Step,
    level: Level,
    floor_level: Level,
    fired: tuple[Fired, ...],
) -> Finding:
    happening = any(each.rule == "T7" for each in fired)
    return Finding(
        level=level,
        severity=world.severity,
        likelihood=world.likelihood,
        floor_level=min(floor_level, level),
        scale=facts.scale,
        scope=facts.scope,
        irremediability=facts.irremediability,
        fired=fired,
        rule_version=RULE_VERSION,
        deep_form=_deep_form(answers, signals, facts, level),
        remedy_plan_required=_remedy_plan(answers, signals, world.severity),
        communication=_communication(world),
        clocks=replace(CLOCKS[level], contain=CONTAIN if happening else None),
        launch_waits=level >= Level.L2,
    )


def _deep_form(answers: Answers, signals: Sequence[Signal], facts: Facts, level: Level) -> bool:
    """Whether the longer form opens (2.4)."""
    unknown = DK in (answers.scale, answers.irremediability) and facts.at_risk
    triggered = facts.contexts & DEEP_FORM_CONTEXTS or facts.changes & DEEP_FORM_CHANGES
    return bool(level >= Level.L2 or unknown or triggered or signals)


def _remedy_plan(answers: Answers, signals: Sequence[Signal], severity: Severity) -> bool:
    """Whether remedy must be thought through before harm: wherever we are not confident (S15, UNGP 22)."""
    unproven = severity >= Severity.SEV3 and not earns_credit(answers, signals)
    return answers.gap in ("NOT_YET", "CANNOT", DK) or unproven


def _communication(world: _Step) -> str:
    """Where the communication decision starts (2.12): hold at SEV4, warn people where harm is happening."""
    if world.severity == Severity.SEV4:
        return "COM-HOLD"
    happening = world.likelihood == Likelihood.HAPPENING and world.severity > Severity.SEV1
    return "COM-AFF" if happening else "COM-INT"


def _factors(facts: Facts) -> dict[str, str | int]:
    return {"scale": facts.scale, "scope": facts.scope, "irremediability": facts.irremediability}
