"""Mitigations that must prove themselves: status, credit and the next check (S12, S13, S18-S20; promise 4; UNGP 20).

A new mitigation is *unproven*. Evidence of grade EV3 and above earns credit, until the check date, and until a change
of context hits what it depends on. Nothing here lowers a level: it says what the rule may count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from workflows.rules.record import Entry, Hit, Record
from workflows.rules.tables import CADENCE, DEFEATING_SIGNALS, EVIDENCE_LASTS, PROVEN, SOFT_MITIGATIONS
from workflows.rules.values import MitigationAnswer, Severity


class Status(StrEnum):
    """What is known about a mitigation."""

    UNPROVEN = "unproven"
    WORKING = "working"
    WEAKENING = "weakening"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Mitigation:
    """One mitigation as it stands. `check_at` (aware UTC) is when its credit ends unless it is shown to work again.

    `hits` are the changes of context since its last proof that touch what it depends on. `proved_at` is when evidence
    was last given, `answered_at` when somebody last answered a re-check, whatever they said. `unsure`: they could not
    tell whether the context of use had changed.
    """

    number: int
    risk: int
    type: str
    owner: str
    what: str
    evidence: str
    effect: str
    check_at: datetime | None
    proved_at: datetime
    answered_at: datetime | None
    hits: tuple[Hit, ...] = ()
    unsure: bool = False

    def status(self, now: datetime) -> Status:
        """Say what is known of it at `now`: one bad sign outweighs every good one."""
        if self.effect == "NOT" or any(_breaks(hit, self.type) for hit in self.hits):
            return Status.FAILED
        if self.effect == "PARTLY" or self.hits:
            return Status.WEAKENING
        proven = self.effect == "EFFECTIVE" and self.evidence in PROVEN
        return Status.WORKING if proven and not self.is_overdue(now) else Status.UNPROVEN

    def is_overdue(self, now: datetime) -> bool:
        """Whether its check date has come: from then on it proves nothing. Without a date it proves nothing at all."""
        return self.check_at is None or self.check_at <= now

    def is_credited(self, now: datetime) -> bool:
        """Whether the rule may count it at `now` (S18): proven, not soft, in date, not hit, and nobody doubts it."""
        doubted = self.effect in ("NOT", "PARTLY", "DK") or self.unsure
        return (
            self.evidence in PROVEN
            and self.type not in SOFT_MITIGATIONS
            and not doubted
            and not self.hits
            and not self.is_overdue(now)
            and now - self.proved_at <= EVIDENCE_LASTS
        )

    def is_in_doubt(self) -> bool:
        """Whether something it depends on has changed and nobody has looked since."""
        return any(self.answered_at is None or hit.at > self.answered_at for hit in self.hits)

    def may_repeat(self, now: datetime) -> bool:
        """Whether "same as last time" is an answer: there was one, nothing hit it, and its evidence is not too old."""
        if self.answered_at is None or self.hits:
            return False
        claims = self.effect in ("EFFECTIVE", "PARTLY")
        return not claims or now - self.proved_at <= EVIDENCE_LASTS

    def answer(self, now: datetime) -> MitigationAnswer:
        """Give it as the rule reads it: without credit its evidence counts as EV2 at most."""
        if self.is_credited(now):
            return MitigationAnswer(self.type, self.evidence)
        return MitigationAnswer(self.type, "EV2" if self.evidence in PROVEN else self.evidence)


def of(record: Record) -> tuple[Mitigation, ...]:
    """Give the mitigations of a record, in the order of their numbers."""
    return tuple(_read(record, entry) for entry in record.of("mitigation"))


def _read(record: Record, entry: Entry) -> Mitigation:
    # A correction is no proof: what was answered, and what has changed since, stays as it was.
    answers = record.about("recheck", "mitigation", entry.number)
    last = max(answers, key=lambda each: (each.at, each.seq), default=None)
    proofs = [each for each in answers if each.text("shown_by")]
    proof = max(proofs, key=lambda each: (each.at, each.seq), default=None)
    since = last.at if last and last.text("effect") == "EFFECTIVE" else entry.first_at
    return Mitigation(
        number=entry.number,
        risk=entry.number_of("risk"),
        type=entry.text("type"),
        owner=entry.text("owner"),
        what=entry.text("what"),
        evidence=(last.text("evidence") if last else "") or entry.text("evidence") or "EV0",
        effect=last.text("effect") if last else "",
        # A correction may bring a check nearer, and never puts it off: only an answer does.
        check_at=last.check_at if last and last.check_at else entry.soonest_check_at,
        proved_at=proof.at if proof else _shown_on(entry),
        answered_at=last.at if last else None,
        unsure=last is not None and last.text("context_changed") == "DK",
        hits=tuple(hit for hit in record.signals if hit.at >= since and touches(hit, entry)),
    )


def _shown_on(entry: Entry) -> datetime:
    """Give when evidence was given: the day it is of, where one is named."""
    day = entry.text("evidence_on")
    if not day:
        return entry.changed_at("evidence")
    return datetime.combine(date.fromisoformat(day), time(0), tzinfo=UTC)


def touches(hit: Hit, entry: Entry) -> bool:
    """Whether a change of context touches what a mitigation depends on (its *valid while*; S20).

    A signal that says that mitigations are bypassed or under-resourced touches those it names, and all where it names
    none. Any other touches a mitigation that says it depends on it, in a country and for a customer that both name;
    a place that is not named may be any.
    """
    kind = entry.text("type")
    if kind in hit.defeats:
        return True
    if hit.id in DEFEATING_SIGNALS:
        return not hit.defeats
    if hit.id not in entry.ids("signals"):
        return False
    return _meet(hit.countries, countries_of(entry)) and _meet(
        _folded(hit.customers), _folded((entry.text("customers"),))
    )


def countries_of(entry: Entry) -> tuple[str, ...]:
    """Give the countries that an entry names, as ISO codes."""
    return tuple(each for each in entry.text("countries").upper().replace(",", " ").split() if each)


def customers_of(text: str) -> tuple[str, ...]:
    """Give the customers that a line names, folded for comparison."""
    return tuple(" ".join(each.split()).casefold() for each in text.split(",") if each.strip())


def _folded(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each for name in names for each in customers_of(name))


def _meet(some: tuple[str, ...], others: tuple[str, ...]) -> bool:
    return not some or not others or bool(set(some) & set(others))


def _breaks(hit: Hit, kind: str) -> bool:
    """Whether a hit says that the mitigation does not hold at all, rather than that it may not."""
    return hit.id == "SIG-BYPASS" or (kind in hit.defeats and hit.id not in DEFEATING_SIGNALS)


def latest_check(severity: Severity, now: datetime, cadence: Mapping[Severity, timedelta] = CADENCE) -> datetime:
    """Give the latest moment at which a mitigation of a risk of this severity is checked again (S10)."""
    return now + cadence[severity]
