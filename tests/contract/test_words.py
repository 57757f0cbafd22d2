"""The words and the code name the same things: ids, rules, refusals, labels, templates."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import get_args

import pytest

import bot
import prompts
import workflows
from prompts import ids, load_bank, problem
from prompts.labels import _labels
from workflows.concern_clocks import SINCE
from workflows.concern_thread import ABOUT
from workflows.rules import floors, tables
from workflows.rules.case import Act
from workflows.rules.concerns import Topic
from workflows.rules.decision import Outcome
from workflows.rules.values import Level, Likelihood, Severity
from workflows.values import NoteKind

BANK = load_bank()
CODE = [
    path
    for room in (bot, workflows)
    for path in Path(str(room.__file__)).parent.rglob("*.py")
    if "playground" not in path.parts
]
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in CODE}
TEMPLATES = {
    path.name.removesuffix(".md.j2") for path in (Path(str(prompts.__file__)).parent / "en/messages").glob("*")
}


def calls(*names: str) -> list[ast.Call]:
    """Return every call of a function or method with one of these names."""
    found = []
    for tree in TREES.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in names:
                    found.append(node)
    return found


def first_words(*names: str) -> set[str]:
    """Return the texts that these calls may get as their first argument, both sides of a choice included."""
    return {
        each.value
        for call in calls(*names)
        for argument in call.args[:1]
        for each in ast.walk(argument)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    }


def texts_in(part: str) -> set[str]:
    """Return every text constant of the modules whose path contains `part`."""
    return {
        node.value
        for path, tree in TREES.items()
        if part in path.as_posix()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_the_rule_and_the_bank_know_the_same_people_at_risk():
    assert set(tables.AT_RISK_GROUPS) == set(ids.AT_RISK_GROUPS)
    assert {group.id for group in BANK.groups.values() if group.at_risk} == set(tables.AT_RISK_GROUPS)


def test_the_rule_and_the_bank_know_the_same_soft_mitigations():
    assert set(tables.SOFT_MITIGATIONS) == set(ids.SOFT_MITIGATIONS)
    assert {each.id for each in BANK.mitigations.values() if each.soft} == set(tables.SOFT_MITIGATIONS)


@pytest.mark.parametrize(
    ("used", "known"),
    [
        (tables.HAPPENING_SIGNALS | tables.LIKELY_SIGNALS | tables.DEFEATING_SIGNALS, ids.SIGNALS),
        (set(tables.SIGNAL_SEVERITY), ids.SIGNALS),
        (tables.PROVEN, ids.EVIDENCE),
        (tables.CLOSED_CHANGES | tables.DEEP_FORM_CHANGES, ids.CHANGES),
        (tables.DEEP_FORM_CONTEXTS, ids.CONTEXTS),
        (set(tables.SOFT_MITIGATIONS), ids.MITIGATIONS),
    ],
)
def test_the_rules_tables_name_only_ids_that_people_can_choose(used: set[str], known: tuple[str, ...]):
    assert set(used) <= set(known)


def test_every_id_in_the_rules_code_exists():
    known = {
        *ids.CHANGES,
        *ids.CONTEXTS,
        *ids.GROUPS,
        *ids.SIGNALS,
        *ids.MITIGATIONS,
        *ids.EVIDENCE,
        *ids.COMMUNICATIONS,
    }
    prefixes = ("CHG-", "CTX-", "GRP-", "SIG-", "MIT-", "COM-")
    named = {each for each in texts_in("workflows/") if each.startswith(prefixes) and " " not in each}

    assert {each for each in named if each not in known} <= {*prefixes, "SIG-AUTHORITY-LEVEL"}


def test_levels_severities_and_likelihoods_are_the_same():
    assert tuple(level.name for level in Level) == ids.LEVELS
    assert tuple(severity.name for severity in Severity) == ids.SEVERITIES
    assert tuple(likelihood.word for likelihood in Likelihood) == ids.LIKELIHOODS
    assert {name: level.name for name, level in BANK.levels.items()} == {level.name: level.role for level in Level}


def test_every_rule_that_can_fire_has_a_sentence():
    fired = first_words("Fired") - {"rule"} | {rule for rule, _ in floors.FLOORS} | set(ids.SIGNALS)
    fired |= {
        each for each in texts_in("rules/severity") if each in {"F4-LEVEL", "SIG-AUTHORITY-LEVEL", "T1", "T2", "T3"}
    }

    fired |= {each for each in texts_in("rules/severity") if each.startswith("DK-")}
    assert {"EXIT", "CLASS", "TABLE", "T7", "F9", "DK-SCOPE"} <= fired
    assert fired <= set(BANK.rules)


def test_every_refusal_has_its_sentence():
    used = first_words("BadAnswer", "Refused", "HrddError", "problem") | {
        "case_unknown",
        "storage_busy",
        "storage_full",
    }
    returned = {
        node.value
        for path, tree in TREES.items()
        if path.name == "case.py" and path.parent.name == "rules"
        for statement in ast.walk(tree)
        if isinstance(statement, ast.Return) and statement.value is not None
        for node in _answers(statement.value)
    } | {text for text in texts_in("rules/decision") if text.endswith("_missing")}
    assert {"reason_missing", "below_floor", "needs_lead", "own_check", "condition_type_missing"} <= returned

    assert used | returned <= set(BANK.problems)


def test_everything_that_a_record_can_lack_has_its_sentence():
    """S8: a refusal names what is missing."""
    named = first_words("Missing") | {"discussion_missing", "discussion_closing"}

    assert named == set(BANK.missing)
    assert {name for name in named if name.startswith("safety_")} <= set(BANK.problems), "also said beside a field"


def _answers(given: ast.expr) -> list[ast.Constant]:
    """Return the texts that an expression may come to, both sides of a choice included."""
    if isinstance(given, ast.IfExp):
        return [*_answers(given.body), *_answers(given.orelse)]
    return [given] if isinstance(given, ast.Constant) and isinstance(given.value, str) else []


def test_everything_that_can_happen_to_a_case_has_a_line_in_its_history():
    happens = {text for text in texts_in("workflows/") if re.fullmatch(r"case\.[a-z_]+", text)}
    told = (Path(str(prompts.__file__)).parent / "en/messages/case_event.md.j2").read_text(encoding="utf-8")

    assert {"case.opened", "case.moved_up", "case.decided"} <= happens
    assert {kind for kind in happens if f'kind == "{kind}"' not in told} == set()


def test_every_sentence_for_a_refusal_is_used():
    mentioned = {text for part in ("bot/", "workflows/") for text in texts_in(part)}
    mentioned |= {f"check_within_{each.days}" for each in tables.CADENCE.values()}

    assert {name for name in BANK.problems if name not in mentioned} <= NOT_YET_USED


NOT_YET_USED: set[str] = set()
"""Sentences for what later floors of the house say; each that comes into use leaves this list."""


@pytest.mark.parametrize("name", sorted(ids.PROBLEMS))
def test_every_refusal_can_be_said_with_the_values_it_promises(name: str):
    sentence = problem(name, **{value: ids.SAMPLES.get(value, "x") for value in ids.PROBLEMS[name]})

    assert sentence[0].isupper()
    assert sentence.endswith(".")


def test_every_label_in_the_code_exists_and_none_is_left_over():
    used = first_words("label", "button", "section") & set(_labels()) | texts_in("bot/") & set(_labels())
    asked = first_words("label")
    made = {
        name
        for name in _labels()
        if name.startswith(("does_", "way_", "outcome_", "means_", "reveals_", "mode_", "topic_", "since_", "about_"))
    }

    assert {each for each in asked if not each.endswith("_")} <= set(_labels())
    assert {f"way_{act}" for act in (Act.HAND_UP, Act.HAND_BACK)} <= made
    assert {f"{word}_{outcome}" for word in ("outcome", "means") for outcome in Outcome} <= made
    assert {f"topic_{topic}" for topic in Topic} <= made
    assert {f"since_{how}" for how in SINCE} | {f"about_{what}" for what in ABOUT} <= made
    assert set(_labels()) - used - made <= LABELS_FOR_LATER


LABELS_FOR_LATER = {"title_help", "title_again"}


def test_every_template_is_used_and_every_one_that_is_used_exists():
    named = first_words("render", "plain") | texts_in("bot/views/")
    prefixes = ("note_", "notice_")
    kinds = {f"note_{kind}" for kind in get_args(NoteKind) if kind != "result"} | {"notice_more", "notice_prefilled"}

    assert first_words("render", "plain") - set(prefixes) <= TEMPLATES
    assert {name for name in TEMPLATES if name.startswith(prefixes)} == kinds
    assert {name for name in TEMPLATES - kinds if name not in named} <= TEMPLATES_FOR_LATER


TEMPLATES_FOR_LATER = {"check_opening"}
