"""A finding as data (stored with each check, printed by `hrdd assess`) and in plain words (why this level)."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

from prompts import Bank, render_text
from workflows.rules.values import Clocks, Finding, Fired, Level, Likelihood, Severity, Span

QUIET = frozenset({"TABLE", "DK-LIKELIHOOD", "EMPTY"})
"""Rules whose sentences add nothing for a reader who already sees the level; they stay in the record."""


def as_data(finding: Finding) -> dict[str, Any]:
    """Give the finding as JSON-ready data, in the shape that `hrdd assess --json` promises, and more."""
    return {
        "level": finding.level.name,
        "level_name": finding.level.role,
        "severity": finding.severity.name,
        "likelihood": finding.likelihood.word,
        "rules": list(finding.rules),
        "rule_version": finding.rule_version,
        "deep_form": finding.deep_form,
        "remedy_plan_required": finding.remedy_plan_required,
        "communication": finding.communication,
        "clocks": _clocks(finding.clocks),
        "launch_waits": finding.launch_waits,
        "floor_level": finding.floor_level.name,
        "scale": finding.scale,
        "scope": finding.scope,
        "irremediability": finding.irremediability,
        "fired": [{"rule": each.rule, "values": dict(each.values)} for each in finding.fired],
    }


def from_data(data: Mapping[str, Any]) -> Finding:
    """Give back the finding that `as_data` wrote; used to show a record as it was, whatever the rule says today."""
    spans = {name: Span(span["amount"], span["unit"]) if span else None for name, span in data["clocks"].items()}
    return Finding(
        level=Level[data["level"]],
        severity=Severity[data["severity"]],
        likelihood=Likelihood[data["likelihood"].upper()],
        floor_level=Level[data["floor_level"]],
        scale=data["scale"],
        scope=data["scope"],
        irremediability=data["irremediability"],
        fired=tuple(Fired(each["rule"], each["values"]) for each in data["fired"]),
        rule_version=data["rule_version"],
        deep_form=data["deep_form"],
        remedy_plan_required=data["remedy_plan_required"],
        communication=data["communication"],
        clocks=Clocks(**spans),
        launch_waits=data["launch_waits"],
    )


def reasons(finding: Finding, bank: Bank, *, everything: bool = False) -> tuple[str, ...]:
    """Say in plain words why this level: one sentence for each rule that fired, in order (promise 12).

    The sentences are mrkdwn. `everything` keeps also those that only matter to somebody who replays the rule.
    """
    return tuple(
        render_text(bank.rules[each.rule], **_in_words(each, bank))
        for each in finding.fired
        if everything or each.rule not in QUIET
    )


def _in_words(fired: Fired, bank: Bank) -> dict[str, object]:
    """Give the values of a rule's sentence, ids of mitigations replaced by their names."""
    values: dict[str, object] = dict(fired.values)
    kind = bank.mitigations.get(str(values.get("mitigation")))
    if kind is not None:
        values["mitigation"] = kind.label
    return values


def _clocks(clocks: Clocks) -> dict[str, dict[str, int | str] | None]:
    spans = {name: getattr(clocks, name) for name in ("acknowledge", "decide", "contain", "backup")}
    return {name: {"amount": span.amount, "unit": span.unit} if span else None for name, span in spans.items()}


def in_sentences(finding: Finding, bank: Bank) -> str:
    """Give the finding for somebody who reads it in a terminal: the level first, then why, then what may go ahead."""
    level = bank.levels[finding.level.name]
    severity, likelihood = bank.severities[finding.severity.name], bank.likelihoods[finding.likelihood.word]
    lines = [f"{finding.level.name}: {level.label}. {level.help}.", f"{severity.label}; {likelihood.label.lower()}."]
    lines += [f"  - {html.unescape(reason)}" for reason in reasons(finding, bank, everything=True)]
    lines.append(f"Rules: {', '.join(finding.rules)} ({finding.rule_version}).")
    return "\n".join(lines)
