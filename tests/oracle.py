"""What must never be, judged from the events of a case, without any function of the rules.

Everything here is said a second time on purpose, in tables of its own and more plainly than the rules say it. Where the
rules know more than the events tell (what a check alone answers, the items of DA-1), less is asked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from workflows.rules.record import Happened

MEASURED = ("EV3", "EV4")
ONLY_WORDS = ("MIT-POLICY", "MIT-GUIDANCE", "MIT-TOS", "MIT-CONSENT")
AGAINST_ALL = ("SIG-BYPASS", "SIG-RESOURCE")
NOT_THOSE_AFFECTED = ("CIVIL_SOCIETY", "ACADEMIC", "EXPERT")
APPROVED = ("go", "conditions")
FACTORS = ("scale", "scope", "irremediability")
LEVELS = ("L0", "L1", "L2", "L3")
YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Line:
    """One entry of the record: everything that was written under its number, oldest first."""

    number: int
    written: tuple[Happened, ...]

    @property
    def at(self) -> datetime:
        """When it was written last."""
        return self.written[-1].at

    @property
    def check_ats(self) -> list[datetime]:
        """All days on which it was to be looked at, as each writing said."""
        return [datetime.fromisoformat(each.data["check_at"]) for each in self.written if each.data.get("check_at")]

    def get(self, name: str) -> Any:
        """Give a field as it stands."""
        return self.written[-1].data["fields"].get(name)

    def since(self, name: str) -> datetime:
        """Give since when a field has the value that it has."""
        found = self.at
        for each in reversed(self.written):
            if each.data["fields"].get(name) != self.get(name):
                break
            found = each.at
        return found

    def severity(self) -> int:
        """How severe a risk is by its own ratings (hrdd-domain 2.9, step 1); 0 where it is not known how grave."""
        scale, scope, beyond_repair = (int(self.get(each)) if str(self.get(each)) in "1234" else 0 for each in FACTORS)
        if scale == 3:
            return 4 if beyond_repair >= 3 or scope == 4 else 3
        return max(beyond_repair, 2) if scale == 2 else scale


class Told:
    """What events tell of one case at a moment; `leads` (of human rights, or of the company) may talk and sign."""

    def __init__(self, events: Sequence[Happened], leads: Collection[str], now: datetime) -> None:
        self.events = [each for each in events if each.at <= now]
        self.leads, self.now = leads, now

    def lines(self, part: str) -> Mapping[int, Line]:
        """Give the entries of a part that nobody took out."""
        written: dict[int, list[Happened]] = {}
        for each in self.events:
            if each.kind == f"record.{part}":
                written.setdefault(int(each.data["number"]), []).append(each)
            elif each.kind == "record.ended" and each.data["fields"]["part"] == part:
                written.pop(int(each.data["fields"]["entry"]), None)
        return {number: Line(number, tuple(found)) for number, found in written.items()}

    def answers(self, number: int) -> list[Happened]:
        """Give what was answered to the re-checks of a mitigation."""
        rechecks = [each for each in self.events if each.kind == "record.recheck"]
        return [each for each in rechecks if str(each.data["fields"].get("mitigation")) == str(number)]

    def touched_since(self, line: Line, seq: int) -> list[str]:
        """Give the changes of context after an event that touch what a mitigation depends on."""
        later = [each for each in self.events if each.kind == "case.signal" and each.seq > seq]
        return [str(each.data["signal"]) for each in later if _touches(each.data, line)]

    def against_credit(self, line: Line) -> list[str]:
        """Give all reasons why a mitigation may not be counted."""
        answers, found = self.answers(line.number), list[str]()
        last = answers[-1] if answers else None
        said = last.data["fields"] if last else {}
        if (said.get("evidence") or line.get("evidence")) not in MEASURED:
            found.append("it was not measured")
        if line.get("type") in ONLY_WORDS:
            found.append("it is only words")
        if last and (said.get("effect") != "EFFECTIVE" or said.get("context_changed") == "DK"):
            found.append("whoever looked last doubts it")
        if self.is_past(line):
            found.append("its day has come")
        found += [f"{each} hit it" for each in self.touched_since(line, (last or line.written[0]).seq)]
        if self.now - self._shown_on(line, answers) > YEAR:
            found.append("its evidence is more than a year old")
        return found

    def is_past(self, line: Line) -> bool:
        """Whether the soonest day on which a mitigation was to be looked at has come, or there is none."""
        answers = self.answers(line.number)
        again = answers[-1].data.get("check_at") if answers else None
        days = [datetime.fromisoformat(again)] if again else line.check_ats
        return not days or min(days) <= self.now

    def _shown_on(self, line: Line, answers: Sequence[Happened]) -> datetime:
        shown = [each.at for each in answers if each.data["fields"].get("shown_by")]
        day = line.get("evidence_on")
        written = datetime.fromisoformat(day).replace(tzinfo=UTC) if day else line.since("evidence")
        return shown[-1] if shown else written

    def fails(self, line: Line) -> bool:
        """Whether a mitigation is known to fail."""
        answers = self.answers(line.number)
        hits = self.touched_since(line, [line.written[0], *answers][-1].seq)
        return bool(answers and answers[-1].data["fields"].get("effect") == "NOT") or "SIG-BYPASS" in hits

    # -- an approval -------------------------------------------------------------------------------------------

    def against_standing(self) -> list[str]:
        """Give all reasons why an approval does not rest on its record."""
        risks, own, gaps = self.lines("risk"), self.lines("mitigation"), self.lines("gap")
        found = [] if risks else ["there is no risk"]
        for number, risk in risks.items():
            mine = [each for each in own.values() if str(each.get("risk")) == str(number)]
            said = [each for each in gaps.values() if str(each.get("risk")) == str(number)]
            if not risk.get("what"):
                found.append(f"risk {number} is not described")
            held = any(each.get("owner") and not self.fails(each) for each in mine)
            if risk.severity() >= 2 and not said and not held:
                found.append(f"risk {number} is not answered")
            counted = [each for each in mine if not self.against_credit(each)]
            if self._harms(risk) and not counted and not self._contained_since(risk.since("likelihood")):
                found.append(f"risk {number} harms somebody now, and nobody said that it was stopped")
            if self._high() and (said or (risk.severity() >= 3 and not counted)) and not self.lines("remedy"):
                found.append(f"risk {number} needs a remedy plan")
        if self._high() and all(each.get("party") in NOT_THOSE_AFFECTED for each in self.lines("engagement").values()):
            found.append("nobody was heard")
        return [*found, *self._cut_off(own)]

    def against_approving(self) -> list[str]:
        """Give all reasons why nobody may approve now: also what is due, in doubt, and not talked about."""
        own = self.lines("mitigation")
        found = [*self.against_standing(), *(f"{each} is due" for each in self.due())]
        for number, line in own.items():
            if self.touched_since(line, [line.written[0], *self.answers(number)][-1].seq):
                found.append(f"mitigation {number} is in doubt")
        if self._high() and not self._talked():
            found.append("nobody talked about it since it was asked")
        return found

    def due(self) -> list[str]:
        """Give the mitigations and gaps whose day has come."""
        past = [f"mitigation {number}" for number, line in self.lines("mitigation").items() if self.is_past(line)]
        gaps = [(number, line.check_ats) for number, line in self.lines("gap").items()]
        return past + [f"gap {number}" for number, days in gaps if days and days[-1] <= self.now]

    def _harms(self, risk: Line) -> bool:
        return str(risk.get("likelihood")) == "4" and risk.severity() >= 2

    def _contained_since(self, moment: datetime) -> bool:
        return any(each.kind == "case.contained" and each.at >= moment for each in self.events)

    def _high(self) -> bool:
        level = next((each.data["level"] for each in reversed(self.events) if each.data.get("level") in LEVELS), "L0")
        return str(level) >= "L2"

    def _talked(self) -> bool:
        asked = max((each.at for each in self.events if each.kind == "case.reopened"), default=None)
        talks = [each for each in self.lines("discussion").values() if each.get("moment") == "BEFORE"]
        people = [set(each.get("people")) for each in talks if asked is None or each.at >= asked]
        return any(len(each) >= 2 and each & set(self.leads) for each in people)

    def _cut_off(self, own: Mapping[int, Line]) -> list[str]:
        assessed, signed = self.lines("denial").values(), self.lines("denial_signed").values()
        found = []
        for number in [number for number, line in own.items() if line.get("type") == "MIT-DENY"]:
            theirs = {each.number: each.at for each in assessed if str(each.get("mitigation")) == str(number)}
            named = [each for each in signed if str(each.get("denial") or 0) in map(str, theirs)]
            good = [each for each in named if each.at >= theirs[int(each.get("denial"))]]
            if not any(each.written[-1].by in self.leads for each in good):
                found.append(f"mitigation {number} cuts people off unassessed")
        return found

    # -- a level -----------------------------------------------------------------------------------------------

    def lowered_wrongly(self, leads: Collection[str]) -> list[str]:
        """Give every event that took the level down and was no act of one of these human rights leads."""
        found, before = [], "L0"
        for each in self.events:
            level = each.data.get("level")
            if level not in LEVELS:
                continue
            if level < before and (each.kind != "case.handed_back" or each.by not in leads):
                found.append(f"{each.kind} took it from {before} to {level}")
            before = str(level)
        return found


def wrongly_approved(events: Sequence[Happened], leads: Collection[str]) -> list[str]:
    """Judge every approval that was ever given at its own moment; its conditions were written with it."""
    found = []
    for given in events:
        if given.kind == "case.decided" and given.data.get("outcome") in APPROVED:
            with_it = [each for each in events if each.seq <= given.seq or each.kind == "record.mitigation"]
            found += [f"{given.at}: {why}" for why in Told(with_it, leads, given.at).against_approving()]
    return found


def _touches(change: Mapping[str, Any], line: Line) -> bool:
    defeats = change.get("defeats") or ()
    if line.get("type") in defeats:
        return True
    if change["signal"] in AGAINST_ALL:
        return not defeats
    if change["signal"] not in (line.get("signals") or ()):
        return False
    here = str(line.get("countries") or "").replace(",", " ").upper().split()
    whose = [" ".join(each.split()).lower() for each in str(line.get("customers") or "").split(",") if each.strip()]
    there = [" ".join(each.split()).lower() for each in change.get("customers") or ()]
    return _may_meet(here, change.get("countries") or ()) and _may_meet(whose, there)


def _may_meet(some: Sequence[str], others: Sequence[str]) -> bool:
    """Whether two lists have something in common; one that names nothing may be anything."""
    return not some or not others or any(each in others for each in some)
