"""The question bank as people meet it: every id once, every word in its place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from pydantic import BaseModel, ValidationError

from prompts import Bank, BankError, Option, lint, load_bank, plain_text, problem, render_text

CHANGES = [
    "CHG-UI",
    "CHG-FEATURE",
    "CHG-DATA",
    "CHG-SENSITIVE",
    "CHG-REUSE",
    "CHG-DECIDE",
    "CHG-CONTENT",
    "CHG-ACCESS",
    "CHG-CUSTOMER",
    "CHG-MARKET",
    "CHG-AUTHORITY",
    "CHG-WORK",
]
CONTEXTS = [
    "CTX-CONFLICT",
    "CTX-REPRESS",
    "CTX-ELECTION",
    "CTX-SECURITY",
    "CTX-COMPEL",
    "CTX-NOCHOICE",
    "CTX-CHILD",
    "CTX-MISUSE",
    "CTX-NONE",
    "CTX-DK",
]
GENERAL = ["GRP-USERS", "GRP-NONUSERS", "GRP-DEV", "GRP-WORKER", "GRP-VOTER"]
AT_RISK = [
    *("GRP-CHILD", "GRP-YOUTH", "GRP-WOMEN", "GRP-LGBTQI", "GRP-ETHNIC", "GRP-RELIGION", "GRP-INDIGENOUS"),
    *("GRP-DISABILITY", "GRP-OLDER", "GRP-MIGRANT", "GRP-REFUGEE", "GRP-HRD", "GRP-JOURNALIST"),
    *("GRP-OPPOSITION", "GRP-PROTESTER", "GRP-LAWYER", "GRP-WHISTLEBLOWER", "GRP-STAFF", "GRP-GIG"),
    *("GRP-MODERATOR", "GRP-UNION", "GRP-APPLICANT", "GRP-STUDENT", "GRP-POVERTY", "GRP-CONFLICT"),
    *("GRP-AID", "GRP-DETAINED", "GRP-DVSURVIVOR", "GRP-SEXWORK", "GRP-HEALTH", "GRP-LOWLIT"),
]
RIGHTS = [
    *("RGT-LIFE", "RGT-LIBERTY", "RGT-TORTURE", "RGT-SLAVERY", "RGT-MOVE", "RGT-ASYLUM", "RGT-FAIRTRIAL"),
    *("RGT-PERSON", "RGT-PRIVACY", "RGT-THOUGHT", "RGT-OPINION", "RGT-EXPRESSION", "RGT-HATE"),
    *("RGT-ASSEMBLY", "RGT-ASSOC", "RGT-VOTE", "RGT-EQUALITY", "RGT-MINORITY", "RGT-WOMEN", "RGT-CHILD"),
    *("RGT-DISABILITY", "RGT-FAMILY", "RGT-WORK", "RGT-JUSTWORK", "RGT-CHILDLABOUR", "RGT-SOCSEC"),
    *("RGT-LIVING", "RGT-HEALTH", "RGT-EDU", "RGT-CULTURE", "RGT-PROPERTY", "RGT-REMEDY", "RGT-SELFDET"),
]
SIGNALS = [
    *("SIG-MARKET", "SIG-CUSTOMER", "SIG-LAW", "SIG-FINDING", "SIG-CONFLICT", "SIG-UNREST", "SIG-ELECTION"),
    *("SIG-AUTHORITY", "SIG-STAFF", "SIG-REPURPOSE", "SIG-MISUSE", "SIG-BYPASS", "SIG-DRIFT"),
    *("SIG-EVIDENCE", "SIG-COMPLAINT", "SIG-PARTNER", "SIG-COMPETITOR", "SIG-RESOURCE", "SIG-CAPACITY"),
    *("SIG-TIME", "SIG-EXIT"),
]
MITIGATIONS = [
    *("MIT-DESIGN", "MIT-TOS", "MIT-LEVERAGE", "MIT-REMOVE", "MIT-SECURITY", "MIT-RETENTION", "MIT-ACCESS"),
    *("MIT-CONSENT", "MIT-OPTOUT", "MIT-TEST", "MIT-HUMANREVIEW", "MIT-APPEAL", "MIT-REPORTING"),
    *("MIT-MODERATION", "MIT-POLICY", "MIT-GUIDANCE", "MIT-CUSTOMERDD", "MIT-SUPPLIER"),
    *("MIT-TRANSPARENCY", "MIT-DENY", "MIT-KILL", "MIT-ENGAGE", "MIT-COLLECTIVE"),
]
EVIDENCE = ["EV0", "EV1", "EV2", "EV3", "EV4"]
SCALE = ["1", "2", "3", "4", "DK"]
REMEDIES = [
    *("REM-APOLOGY", "REM-RESTITUTION", "REM-REHAB", "REM-COMP-FIN", "REM-COMP-NONFIN", "REM-SANCTION"),
    *("REM-INJUNCT", "REM-NONREP", "REM-CORRECT", "REM-DELETE", "REM-NOTIFY"),
]
QUESTIONS = [
    *("M1", "M2", "M3", "M4", "M5", "M6", "M7", "M8"),
    *("M8.mitigations", "M8.evidence", "M8.gap", "M8.note", "launch", "product"),
]
LISTS = {
    "groups": GENERAL + AT_RISK,
    "rights": RIGHTS,
    "signals": SIGNALS,
    "mitigations": MITIGATIONS,
    "evidence": EVIDENCE,
    "levels": ["L0", "L1", "L2", "L3"],
    "severities": ["SEV1", "SEV2", "SEV3", "SEV4"],
    "likelihoods": ["remote", "possible", "likely", "happening"],
    "communications": ["COM-INT", "COM-AFF", "COM-PUB", "COM-FORMAL", "COM-HOLD"],
    "remedies": REMEDIES,
}
OPTIONS = {
    "M1": [*CHANGES, "DK"],
    "M2": [*GENERAL, *AT_RISK, "DK"],
    "M3": CONTEXTS,
    "M4": SCALE,
    "M5": SCALE,
    "M6": SCALE,
    "M7": SCALE,
    "M8.mitigations": [*MITIGATIONS, "DK"],
    "M8.evidence": [*EVIDENCE, "DK"],
    "M8.gap": ["NOT_YET", "CANNOT", "DK"],
}
# The values that each rule records when it fires, as the rules of workflows/rules do.
RULES: dict[str, dict[str, object]] = {
    "EXIT": {},
    "CLASS": {"severity": 3, "scale": 3, "scope": 2, "irremediability": 2},
    "DK-CHANGE": {},
    "DK-GROUP": {},
    "DK-SCALE": {"value": 4},
    "DK-SCOPE": {"value": 3},
    "DK-IRREMEDIABILITY": {"value": 3},
    "DK-LIKELIHOOD": {"value": 2},
    "EMPTY": {},
    **{f"F{number}": {"severity": 3} for number in range(1, 10)},
    "REMOTE": {},
    "CREDIT-CLASS": {"mitigation": "Do not build it, or take it out", "severity": 2},
    "CREDIT-LIKELIHOOD": {"mitigation": "Safer by design", "likelihood": "possible"},
    "CREDIT-LOST": {"mitigation": "Safer by design"},
    **{name: {"severity": 3, "likelihood": "likely"} for name in SIGNALS},
    "TABLE": {"severity": 3, "likelihood": "likely", "level": 2},
    **{name: {"level": 2} for name in ("T1", "T2", "T3", "T5", "CONCERN", "F4-LEVEL", "SIG-AUTHORITY-LEVEL")},
    **{name: {} for name in ("T4", "T6", "T7")},
}
PROBLEMS = [
    *("storage_busy", "storage_full", "storage_down", "case_usage", "moved_meanwhile"),
    *("contradiction_none", "missing_answer", "unknown_option", "too_long", "launch_missing"),
    *("product_unknown", "already_acknowledged", "not_yours", "reason_missing", "below_floor", "needs_lead"),
    *("at_top", "case_unknown", "already_disagreed", "not_your_check", "expired_trigger", "unexpected"),
    *("draft_kept", "wrong_type", "wrong_rating"),
    *("already_closed", "not_acknowledged_yet", "already_snoozed", "no_harm_to_contain", "own_check"),
    *("outcome_missing", "hold_date_missing", "condition_type_missing", "condition_denies"),
    *("keeper_missing", "check_on_missing"),
    *("conditions_missing", "bad_date", "too_far", "cannot_answer", "same_person", "nobody_chosen"),
    *("sealed_name", "name_too_short", "name_in_use", "seal_key_missing", "seal_key_wrong"),
    *("part_unknown", "entry_unknown", "record_closed", "lead_only", "holder_only", "field_missing"),
    *("evidence_unexplained", "two_options", "two_people", "hold_alone", "text_too_long", "option_unknown"),
    *("country_unknown", "check_within_30", "check_within_90", "check_within_180", "check_sooner"),
    *(
        "evidence_in_future",
        "not_your_mitigation",
        "no_lead_there",
        "weigh_locked",
        "context_cancelled",
        "context_key_taken",
        "entry_changed",
        "owner_not_in_case",
        "sealed_names_nobody",
        "entry_stands",
        "entry_of_another",
        "not_at_this_level",
    ),
    *("approval_locked", "closing_locked", "already_decided", "not_decided_yet", "no_such_day"),
    *("safety_missing", "safety_second", "safety_outside", "safety_not_safe"),
    *("signal_missing", "what_missing", "day_unclear", "day_far", "key_missing", "context_gone"),
    *("recheck_not_open", "recheck_not_same", "recheck_put_off_before"),
    *("concern_nobody", "concern_left_out"),
    *("concern_empty", "concern_wait", "concern_busy", "concern_nobody_left"),
    *("receipt_typo", "receipt_unknown", "receipt_again", "receipt_full", "receipt_slow"),
    "receipt_taken_back",
    *("receipt_not_copied", "concern_not_anonymous", "report_gone", "report_over", "report_changed"),
    *("inbox_not_yours", "inbox_no_key", "inbox_own_key", "inbox_pinned", "inbox_locked", "inbox_slow", "inbox_busy"),
    *(
        "inbox_typo",
        "inbox_wrong",
        "inbox_wrong_waits",
        "inbox_no_waiting",
        "inbox_asked_often",
        "inbox_own_word",
        "inbox_shown",
        "inbox_word",
    ),
]
ACCUSING = re.compile(
    r"\b(blam\w*|guilt\w*|violat\w*|faults?|faulty|negligen\w*|fail(s|ed|ing|ure)? to|you must)\b", re.IGNORECASE
)


@pytest.fixture(scope="module")
def bank() -> Bank:
    """The bank as shipped."""
    return load_bank()


def _strings(value: object) -> Iterator[str]:
    """Walk through everything in a bank that a person could read."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, BaseModel):
        yield from _strings(dict(value))
    elif isinstance(value, dict) or hasattr(value, "values"):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, tuple):
        for each in value:
            yield from _strings(each)


def _all_options(bank: Bank) -> Iterator[tuple[str, Option]]:
    for question in bank.questions.values():
        yield from ((question.id, option) for option in question.options)
    for name in LISTS:
        yield from ((name, item) for item in getattr(bank, name).values())


def test_the_shipped_words_have_no_problem() -> None:
    assert lint() == []


def test_the_bank_is_ma_1_version_1(bank: Bank) -> None:
    assert (bank.id, bank.version) == ("MA-1", 1)


@pytest.mark.parametrize("name", LISTS)
def test_each_list_holds_every_id_once_and_in_order(bank: Bank, name: str) -> None:
    """S24, S42: no form of remedy and no right is left out."""
    assert list(getattr(bank, name)) == LISTS[name]
    assert [item.id for item in getattr(bank, name).values()] == LISTS[name]


def test_the_questions_are_the_blocks_of_the_check_form(bank: Bank) -> None:
    assert list(bank.questions) == QUESTIONS


@pytest.mark.parametrize("question", OPTIONS)
def test_each_question_offers_every_value_once_and_in_order(bank: Bank, question: str) -> None:
    assert [option.id for option in bank.questions[question].options] == OPTIONS[question]


def test_m1_offers_twelve_kinds_of_change_beside_not_knowing(bank: Bank) -> None:
    assert len([option for option in bank.questions["M1"].options if option.id.startswith("CHG-")]) == 12


@pytest.mark.parametrize("question", ["M1", "M2", "M4", "M5", "M6", "M7", "M8.mitigations", "M8.evidence"])
def test_noor_can_say_that_she_does_not_know_anywhere(bank: Bank, question: str) -> None:
    assert bank.option(question, "DK").label == "I do not know"


def test_not_knowing_the_context_has_its_own_id(bank: Bank) -> None:
    assert bank.option("M3", "CTX-DK").label == "I do not know"


def test_the_first_mitigations_offered_are_design_terms_and_leverage(bank: Bank) -> None:
    """S31."""
    offered = [option.id for option in bank.questions["M8.mitigations"].options]
    assert offered[:3] == ["MIT-DESIGN", "MIT-TOS", "MIT-LEVERAGE"]


def test_only_words_on_paper_are_soft_mitigations(bank: Bank) -> None:
    soft = {kind.id for kind in bank.mitigations.values() if kind.soft}
    assert soft == {"MIT-POLICY", "MIT-GUIDANCE", "MIT-TOS", "MIT-CONSENT"}


def test_the_at_risk_groups_are_the_ones_that_the_rules_know(bank: Bank) -> None:
    assert [group.id for group in bank.groups.values() if group.at_risk] == AT_RISK


def test_each_level_carries_the_name_that_machines_read(bank: Bank) -> None:
    names = [level.name for level in bank.levels.values()]
    assert names == ["team", "product_lead", "human_rights_lead", "executive_board"]


def test_every_option_fits_slack_and_has_an_example(bank: Bank) -> None:
    """S6."""
    for place, option in _all_options(bank):
        assert 1 <= len(option.label) <= 75, (place, option.id)
        assert len(option.help) <= 75, (place, option.id)
        assert 1 <= len(option.example) <= 140, (place, option.id)


def test_every_question_fits_its_place_and_says_why_it_is_asked(bank: Bank) -> None:
    for question in bank.questions.values():
        assert 1 <= len(question.ask) <= 150, question.id
        assert 1 <= len(question.hint) <= 150, question.id
        assert question.why, question.id


def test_option_counts_fit_their_slack_elements(bank: Bank) -> None:
    for question in bank.questions.values():
        most = {"radio": 10, "multi_select": 100}.get(question.type, 0)
        assert len(question.options) <= most, question.id


def test_no_example_is_told_twice(bank: Bank) -> None:
    owners: dict[str, set[str]] = {}
    for _, option in _all_options(bank):
        owners.setdefault(option.example, set()).add(option.id)
    assert {text: ids for text, ids in owners.items() if len(ids) > 1} == {}


def test_labels_within_one_question_differ(bank: Bank) -> None:
    for question in bank.questions.values():
        counted = Counter(option.label for option in question.options)
        assert [label for label, count in counted.items() if count > 1] == [], question.id


def test_the_note_takes_300_characters(bank: Bank) -> None:
    assert (bank.questions["M8.note"].type, bank.questions["M8.note"].max_length) == ("text", 300)


def test_the_title_of_the_check_fits_a_slack_modal(bank: Bank) -> None:
    assert len(bank.words["check_title"]) <= 24
    assert bank.words["attestation"]


def test_every_right_names_its_instruments(bank: Bank) -> None:
    for right in bank.rights.values():
        assert right.source, right.id
        assert all(re.match(r"(UDHR|IC|CAT|ILO|C|UNDRIP|Refugee)", source) for source in right.source), right.id


def test_every_rule_has_a_sentence_and_no_sentence_lacks_a_rule(bank: Bank) -> None:
    """S66."""
    assert set(bank.rules) == set(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_explains_itself_with_the_values_it_records(bank: Bank, rule: str) -> None:
    said = render_text(bank.rules[rule], **RULES[rule])
    assert 20 <= len(said) <= 160
    assert said.endswith(".")
    assert "{" not in said


@pytest.mark.parametrize("rule", ["F1", "F8", "SIG-LAW", "SIG-CONFLICT"])
def test_a_rule_that_can_raise_to_the_top_class_says_grave_only_then(bank: Bank, rule: str) -> None:
    assert "grave" not in render_text(bank.rules[rule], severity=3, likelihood="likely")
    assert "grave" in render_text(bank.rules[rule], severity=4, likelihood="likely")


def test_a_law_that_touches_nobody_at_risk_is_not_called_serious(bank: Bank) -> None:
    assert "serious" not in render_text(bank.rules["SIG-LAW"], severity=1, likelihood="likely")


def test_an_unknown_likelihood_is_told_as_a_word_and_not_as_a_number(bank: Bank) -> None:
    assert "took it as likely" in render_text(bank.rules["DK-LIKELIHOOD"], value=3)


def test_every_problem_has_one_sentence(bank: Bank) -> None:
    assert set(bank.problems) == set(PROBLEMS)


@pytest.mark.parametrize("name", PROBLEMS)
def test_each_problem_says_what_became_of_the_words_and_what_to_do(bank: Bank, name: str) -> None:
    said = problem(name, limit=300, reference="a1b2c3", value="X", expected="text", outside="an authority")
    assert said.endswith(".")
    assert len(re.findall(r"[.!?](?:\s|$)", said)) == 1
    # Where somebody only looks for something or unlocks it, there is nothing that could be saved.
    only_looks = name.startswith(("receipt_", "inbox_")) and said.startswith("Nothing was ")
    assert re.search(r"sav|sent|chang|added|kept", said) or only_looks, said
    assert re.search(r"please|nothing for you to do", said), said


def test_an_unexpected_problem_gives_amina_the_reference() -> None:
    assert "a1b2c3" in problem("unexpected", reference="a1b2c3")


def test_a_value_that_is_not_known_is_named_where_it_is_given() -> None:
    assert "CHG-NEW" in problem("unknown_option", value="CHG-NEW")
    assert "one of the answers" in problem("unknown_option")


def test_an_unknown_problem_is_an_error_in_our_code() -> None:
    with pytest.raises(BankError, match="no_such_thing"):
        problem("no_such_thing")


def test_nothing_in_the_words_accuses_anybody(bank: Bank) -> None:
    """S30."""
    assert [text for text in _strings(bank) if ACCUSING.search(text)] == []


@pytest.mark.parametrize(
    "text", ["Who is to blame?", "You failed to ask", "a violation", "You must stop", "your fault"]
)
def test_the_search_for_accusing_words_would_find_one(text: str) -> None:
    assert ACCUSING.search(text)


@pytest.mark.parametrize("text", ["the default setting", "gender-based violence", "it fails in the rain"])
def test_the_search_for_accusing_words_leaves_harmless_ones_alone(text: str) -> None:
    assert not ACCUSING.search(text)


def test_an_option_is_found_by_question_and_value(bank: Bank) -> None:
    assert bank.option("M8.evidence", "EV3").label.startswith("EV3")


@pytest.mark.parametrize(("question", "value"), [("M9", "1"), ("M4", "5"), ("M4", "EV3")])
def test_an_option_that_does_not_exist_is_named_in_the_error(bank: Bank, question: str, value: str) -> None:
    with pytest.raises(BankError, match=re.escape(question)):
        bank.option(question, value)


def test_the_bank_is_loaded_once() -> None:
    assert load_bank() is load_bank()


def test_a_locale_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(BankError, match=r"xx/questions/ma1\.yaml"):
        load_bank("xx")


def test_nobody_can_change_the_bank_after_it_is_loaded(bank: Bank) -> None:
    with pytest.raises(ValidationError):
        bank.version = 2  # type: ignore[misc]
    with pytest.raises(TypeError):
        bank.groups["GRP-NEW"] = bank.groups["GRP-CHILD"]  # type: ignore[index]


def test_the_bank_can_be_written_out_as_data(bank: Bank) -> None:
    assert bank.model_dump()["groups"]["GRP-CHILD"]["at_risk"] is True


def test_sentences_for_plain_places_are_not_escaped() -> None:
    assert plain_text("{{ who }} & co", who="<Diego>") == "<Diego> & co"
