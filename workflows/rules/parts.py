"""What a record is written in: parts with fields (DA-1 of hrdd-domain 2.4; 2.8-2.12). Ids only; words are elsewhere.

A *part* is what one window asks. Some parts are written once and then corrected (the items D01-D26); others are lists,
such as risks and mitigations, whose entries are numbered. Everything written is an event, so that any past day can be
read again (`rules.record`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a field is answered.

    TEXT: some lines. LINE: one line. ONE, MANY: ids of a list. PERSON, PEOPLE: ids of people. DATE: an ISO day.
    COUNTRIES: ISO 3166 codes, "DE, KE". ENTRY: the number of another entry of the record (its `options` names the
    part). SECRET: text that is kept sealed; the event holds the number of the seal.
    """

    TEXT = "text"
    LINE = "line"
    ONE = "one"
    MANY = "many"
    PERSON = "person"
    PEOPLE = "people"
    DATE = "date"
    COUNTRIES = "countries"
    ENTRY = "entry"
    SECRET = "secret"  # noqa: S105  a kind of field


class Who(StrEnum):
    """Who may write a part: anybody who may see the case, who answers for it (or a lead), or a lead only."""

    ANYBODY = "anybody"
    HOLDER = "holder"
    LEAD = "lead"


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a part. `options` is the name of a list of ids (see `OPTIONS`) or, for ENTRY, of a part."""

    id: str
    kind: Kind
    required: bool = False
    options: str = ""
    most: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """One window of the record. `many`: its entries are numbered; else a later writing takes the place of the first."""

    id: str
    fields: tuple[Field, ...]
    many: bool = False
    who: Who = Who.ANYBODY

    def field(self, name: str) -> Field | None:
        """Give a field by its id."""
        return next((each for each in self.fields if each.id == name), None)


TEXT_MOST = 1000
LINE_MOST = 150
PEOPLE_MOST = 20

RATINGS = ("1", "2", "3", "4", "DK")
OPTIONS: Mapping[str, tuple[str, ...]] = {
    "rating": RATINGS,
    "yes_no": ("YES", "NO", "DK"),
    "actual": ("ACTUAL", "POTENTIAL", "DK"),
    "involvement": ("CAUSE", "CONTRIBUTE", "LINKED", "DK"),
    "misusers": ("INSIDER", "PARTNER", "STATE", "CRIMINAL", "USER", "DK"),
    "gap": ("NOT_YET", "CANNOT"),
    "effect": ("EFFECTIVE", "PARTLY", "NOT", "DK"),
    "remedy_role": ("PROVIDE", "COOPERATE", "LEVERAGE", "POINT"),
    "remedy_channel": ("OWN", "JOINT", "STATE", "INDEPENDENT"),
    "remedy_criteria": tuple(
        "LEGITIMATE ACCESSIBLE PREDICTABLE EQUITABLE TRANSPARENT COMPATIBLE LEARNING DIALOGUE".split()
    ),
    "remedy_confirmed": ("AFFECTED", "REPRESENTATIVE", "IMPOSSIBLE"),
    "party": tuple("AFFECTED REPRESENTATIVE EMERGING WORKERS CIVIL_SOCIETY ACADEMIC EXPERT NOBODY_YET".split()),
    "moment": ("BEFORE", "CLOSING"),
    "pattern": ("AGGREGATE", "DELAYED", "PARTNER", "REGULATOR", "ORAL", "RELOCATION", "OPEN"),
    "safety": ("SAFE", "LATER", "NOT_SAFE"),
    "step": ("picture", "mitigate", "remedy", "communicate"),
}
"""Lists that belong to the record alone. `rights`, `groups`, `signals`, `mitigations`, `evidence`, `remedies` and
`communications` are those of the bank."""
BANK_LISTS = ("rights", "groups", "signals", "mitigations", "evidence", "remedies", "communications")


def _text(name: str, required: bool = False) -> Field:
    return Field(name, Kind.TEXT, required, most=TEXT_MOST)


def _line(name: str, required: bool = False) -> Field:
    return Field(name, Kind.LINE, required, most=LINE_MOST)


def _one(name: str, options: str, required: bool = False) -> Field:
    return Field(name, Kind.ONE, required, options)


def _many(name: str, options: str, required: bool = False) -> Field:
    return Field(name, Kind.MANY, required, options)


_RISK = Field("risk", Kind.ENTRY, True, "risk")
_MITIGATION = Field("mitigation", Kind.ENTRY, True, "mitigation")

PARTS: Mapping[str, Part] = {
    part.id: part
    for part in (
        # Step 1: the picture.
        Part(
            "risk",
            (
                _text("what", True),
                _many("rights", "rights"),
                _many("groups", "groups", True),
                _one("scale", "rating", True),
                _one("scope", "rating", True),
                _one("irremediability", "rating", True),
                _one("likelihood", "rating", True),
                _one("actual", "actual"),
                _one("involvement", "involvement"),
            ),
            many=True,
        ),
        Part("places", (Field("countries", Kind.COUNTRIES, most=LINE_MOST), _line("customers"))),
        # Step 2: mitigate and track.
        Part(
            "mitigation",
            (
                _RISK,
                _one("type", "mitigations", True),
                _text("what", True),
                Field("owner", Kind.PERSON, True),
                _one("evidence", "evidence", True),
                _text("evidence_note"),
                Field("evidence_on", Kind.DATE),
                _line("indicator"),
                _line("baseline"),
                _line("target"),
                _many("signals", "signals", True),
                Field("countries", Kind.COUNTRIES, most=LINE_MOST),
                _line("customers"),
                Field("next_check", Kind.DATE, True),
            ),
            many=True,
        ),
        Part(
            "gap",
            (
                _RISK,
                _one("kind", "gap", True),
                _text("why", True),
                Field("decided_by", Kind.PERSON, True),
                _line("told", True),
                Field("review_on", Kind.DATE, True),
            ),
            many=True,
        ),
        Part(
            "recheck",
            (
                _MITIGATION,
                _one("effect", "effect", True),
                _one("evidence", "evidence"),
                _text("shown_by"),
                _one("context_changed", "yes_no", True),
                Field("next_check", Kind.DATE),
            ),
            many=True,
        ),
        Part(
            "denial",
            (
                Field("mitigation", Kind.ENTRY, False, "mitigation"),
                _text("who", True),
                _text("lose", True),
                _line("notice", True),
                _text("appeal", True),
                _text("export"),
                _text("emergency"),
                _one("irreversible", "yes_no", True),
            ),
            many=True,
        ),
        Part(
            "denial_signed",
            (Field("denial", Kind.ENTRY, True, "denial"), _text("why", True)),
            many=True,
            who=Who.LEAD,
        ),
        # Step 3: remedy.
        Part(
            "remedy",
            (
                _text("harm", True),
                _text("who", True),
                _many("forms", "remedies", True),
                _text("wanted"),
                _one("role", "remedy_role", True),
                _one("channel", "remedy_channel", True),
                _text("reachable", True),
                _line("provider", True),
                _line("budget"),
                _line("trigger", True),
                _line("time", True),
                _line("evidence_kept"),
                _one("waiver", "yes_no", True),
                _many("criteria", "remedy_criteria"),
                _text("lesson"),
            ),
            many=True,
        ),
        Part(
            "remedy_done",
            (
                Field("remedy", Kind.ENTRY, True, "remedy"),
                _one("confirmed_by", "remedy_confirmed", True),
                _text("how", True),
            ),
            many=True,
            who=Who.HOLDER,
        ),
        # Step 4: communicate.
        Part(
            "communication",
            (
                _many("codes", "communications", True),
                _one("pattern", "pattern"),
                _text("why", True),
                _text("statement"),
            ),
            who=Who.HOLDER,
        ),
        Part(
            "safety_review",
            (
                _text("affected", True),
                _text("defenders", True),
                _text("staff", True),
                _text("partners", True),
                _one("judgement", "safety", True),
            ),
            many=True,
        ),
        Part("formal", (_one("report", "yes_no", True), _line("where"), _text("why", True)), who=Who.LEAD),
        # Around the four steps.
        Part(
            "discussion",
            (
                _one("moment", "moment", True),
                Field("people", Kind.PEOPLE, True),
                _text("said", True),
                _text("dissent", True),
                _text("result", True),
            ),
            many=True,
            who=Who.HOLDER,
        ),
        Part(
            "engagement",
            (
                _one("party", "party", True),
                _line("who"),
                _text("learned"),
                _text("changed"),
                _text("why_not"),
                _line("stand_in"),
                _text("limits"),
            ),
            many=True,
        ),
        Part("dissent", (_line("who", True), _text("why", True), _text("answer")), many=True),
        Part(
            "dilemma",
            (
                _line("question", True),
                _text("options", True),
                _text("hurt", True),
                _text("reversible", True),
                Field("decides", Kind.PERSON, True),
                Field("by", Kind.DATE, True),
            ),
            many=True,
        ),
        Part(
            "not_needed",
            (_one("step", "step", True), _text("why", True)),
            many=True,
            who=Who.HOLDER,
        ),
        Part("sealed", (Field("names", Kind.SECRET, True, most=TEXT_MOST), _line("why")), many=True, who=Who.HOLDER),
        Part("settled", (Field("signal", Kind.ENTRY, True, "signal"), _text("why", True)), many=True, who=Who.LEAD),
        Part(
            "ended",
            (_line("part", True), _line("entry", True), _text("why", True)),
            many=True,
            who=Who.HOLDER,
        ),
        Part("invited", (Field("person", Kind.PERSON, True), _line("why")), many=True, who=Who.HOLDER),
        # The deep form DA-1: the items that no list above holds.
        Part("D02", (_text("path", True),)),
        Part("D05", (_text("use", True), _one("offer", "yes_no", True))),
        Part(
            "D06",
            (_line("customer", True), _text("record"), _text("law"), _line("reseller"), _one("monitored", "yes_no")),
        ),
        Part("D07", (_text("uses", True), _text("blocked", True))),
        Part("D08", (_many("by", "misusers", True), _text("how", True))),
        Part("D09", (_text("first", True), _text("no_choice"), _text("language"))),
        Part("D10", (_one("likely", "yes_no", True), _text("contact"), _text("default"))),
        Part("D11", (_one("can_change", "yes_no", True), _text("how", True), _line("overturned"))),
        Part("D12", (_text("notice", True), _text("appeal", True), _line("language"))),
        Part(
            "D13",
            (
                _one("required", "yes_no", True),
                _one("differs", "yes_no", True),
                _text("standard"),
                _line("who_asked"),
                _text("challenge"),
            ),
        ),
        Part(
            "D14",
            (_text("scope", True), _text("necessity", True), _text("alternative", True), _text("transparency")),
        ),
        Part("D15", (Field("exposed", Kind.SECRET, True, most=TEXT_MOST),), who=Who.HOLDER),
        Part("D19", (_text("benefits", True), _text("evidence"), _one("kept", "yes_no"))),
        Part("D24", (_many("signals", "signals", True), _line("source", True), Field("review_on", Kind.DATE, True))),
        Part("D25", (_one("present", "yes_no", True), _text("what"))),
        Part("D26", (_text("conflicts", True),)),
    )
}

OUTWARD = frozenset({"COM-AFF", "COM-PUB", "COM-FORMAL"})
"""Decisions after which something is said outside the company."""

ENDABLE = frozenset(
    {"risk", "mitigation", "gap", "denial", "remedy", "engagement", "dissent", "dilemma", "sealed", "invited"}
)
"""Lists of which an entry can be taken out. A review, a signature or a discussion stands, whoever wishes it away."""
OWN = frozenset({"safety_review", "denial_signed"})
"""Parts of which everybody corrects only what they wrote themselves."""

PAGES: Mapping[str, str] = {
    "D01": "risk",
    "D03": "risk",
    "D04": "risk",
    "D16": "mitigation",
    "D17": "gap",
    "D18": "denial",
    "D20": "dilemma",
    "D21": "engagement",
    "D22": "remedy",
    "D23": "communication",
}
"""Items of DA-1 that a list of the record holds. The others are parts of their own."""
ITEMS = tuple(f"D{number:02}" for number in range(1, 27))
"""The twenty-six items of DA-1, in order."""


def in_steps() -> Mapping[str, Sequence[str]]:
    """Give the parts of each of the four steps (S9), in the order in which they are shown."""
    return {
        "picture": ("risk", "places", "engagement"),
        "mitigate": ("mitigation", "gap", "denial"),
        "remedy": ("remedy",),
        "communicate": ("communication", "safety_review", "formal"),
    }


def lines(text: str) -> tuple[str, ...]:
    """Give the lines of a text that hold something."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())
