"""Checks from a file: the same rule as the modal, and one line that names what is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

from prompts import load_bank
from tests.unit.workflows.rules import strategies as forms
from workflows.assess import assess_document, must_wait, read_document, report
from workflows.errors import BadCheckFile
from workflows.findings import as_data, from_data, in_sentences, reasons
from workflows.rules.severity import assess
from workflows.rules.values import Answers, Signal

BANK = load_bank()


def check(**changes: Any) -> dict[str, Any]:
    answers = {"M1": ["CHG-DATA"], "M2": ["GRP-USERS"], "M3": ["CTX-NONE"], "M4": 2, "M5": 1, "M6": 1, "M7": 2}
    return {"bank": "MA-1", "product": "harbor-photos", "launch": "Export", "answers": {**answers, **changes}}


def test_yaml_and_json_read_the_same() -> None:
    written = check()
    assert read_document(json.dumps(written)) == written
    assert read_document("{bank: MA-1, answers: {M1: [CHG-UI]}}") == {"bank": "MA-1", "answers": {"M1": ["CHG-UI"]}}


def test_the_report_has_every_promised_field() -> None:
    """S66."""
    document = check()
    printed = report(document, assess_document(document, BANK))
    assert printed["level"] == "L1"
    assert printed["level_name"] == "product_lead"
    assert printed["severity"] == "SEV2"
    assert printed["likelihood"] == "possible"
    assert printed["communication"] == "COM-INT"
    assert printed["rules"] == ["CLASS", "TABLE"]
    assert printed["deep_form"] is False
    assert printed["remedy_plan_required"] is False
    assert printed["rule_version"]
    assert printed["clocks"]["decide"] == {"amount": 5, "unit": "working_days"}
    json.dumps(printed)


def test_a_list_gives_a_list_and_one_severe_launch_makes_all_wait() -> None:
    document = [check(), check(M4=4)]
    findings = assess_document(document, BANK)
    assert [each["level"] for each in report(document, findings)] == ["L1", "L3"]
    assert must_wait(findings)
    assert not must_wait(findings[:1])


def test_benefit_and_note_change_nothing() -> None:
    """S5."""
    plain = assess_document(check(), BANK)
    glowing = assess_document({**check(), "benefit": "Saves lives", "note": "It is legal and required"}, BANK)
    assert plain == glowing


def test_signals_count() -> None:
    document = {**check(), "signals": [{"id": "SIG-STAFF", "date": "2026-11-01", "defeats": ["MIT-KILL"]}]}
    assert assess_document(document, BANK)[0].level == 3


def test_wording_only_needs_one_answer() -> None:
    assert assess_document({"answers": {"M1": ["CHG-UI"]}}, BANK)[0].rules == ("EXIT",)


@pytest.mark.parametrize(
    ("document", "names"),
    [
        (None, "the file"),
        ("text", "the file"),
        ([], "checks"),
        ([check(), 7], "checks[1]"),
        ({"product": "x"}, "answers"),
        ({**check(), "bank": "MA-2"}, "bank"),
        ({**check(), "revenue": 3}, "revenue"),
        ({**check(), "launch": 7}, "launch"),
        ({**check(), "note": "x" * 3001}, "note"),
        (check(M1=["CHG-NEW"]), "answers.M1"),
        (check(M1="CHG-DATA"), "answers.M1"),
        (check(M1=[]), "answers.M1"),
        (check(M2=None), "answers.M2"),
        (check(M3=["CTX-NONE", "CTX-CHILD"]), "answers.M3"),
        (check(M4=5), "answers.M4"),
        (check(M4=True), "answers.M4"),
        (check(M4=2.5), "answers.M4"),
        (check(M5=None), "answers.M5"),
        (check(M9=1), "answers.M9"),
        (check(M8=[]), "answers.M8"),
        (check(M8={"gap": "MAYBE"}), "answers.M8.gap"),
        (check(M8={"note": "x" * 301}), "answers.M8.note"),
        (check(M8={"mitigations": [{"type": "MIT-HOPE", "evidence": "EV1"}]}), "answers.M8.mitigations"),
        (check(M8={"mitigations": [{"type": "MIT-KILL", "evidence": "EV9"}]}), "answers.M8.evidence"),
        (check(M8={"mitigations": [{"type": "MIT-KILL"}]}), "answers.M8.evidence"),
        (check(M8={"mitigations": ["MIT-KILL"]}), "answers.M8.mitigations"),
        ({**check(), "signals": {"id": "SIG-LAW"}}, "signals"),
        ({**check(), "signals": [{"id": "SIG-RAIN"}]}, "signals[0].id"),
        ({**check(), "signals": [{"id": "SIG-LAW", "defeats": ["X"]}]}, "signals[0].defeats"),
        ({**check(), "signals": [{"id": "SIG-LAW", "date": "soon"}]}, "signals[0].date"),
    ],
)
def test_bad_input_is_one_line_that_names_the_field(document: object, names: str) -> None:
    with pytest.raises(BadCheckFile) as refused:
        assess_document(document, BANK)
    sentence = str(refused.value)
    assert names in sentence
    assert "\n" not in sentence
    assert len(sentence) < 400


@pytest.mark.parametrize("text", ["a: [", "{", "\t- x: {", "!!python/object:os.system x"])
def test_what_is_neither_yaml_nor_json_is_refused(text: str) -> None:
    with pytest.raises(BadCheckFile, match="neither YAML nor JSON"):
        read_document(text)


@settings(max_examples=200, deadline=None)
@given(forms.answers(), forms.signals)
def test_a_stored_finding_reads_back_the_same_and_every_rule_has_words(
    answers: Answers, signals: tuple[Signal, ...]
) -> None:
    finding = assess(answers, signals)
    assert from_data(json.loads(json.dumps(as_data(finding)))) == finding
    assert len(reasons(finding, BANK, everything=True)) == len(finding.fired)
    assert finding.level.name in in_sentences(finding, BANK)
