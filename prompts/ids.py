"""The fixed ids. Wording may change from version to version; these may not, because records keep them."""

from __future__ import annotations


def _with(prefix: str, names: str) -> tuple[str, ...]:
    """Put the prefix before each of the names in a space-separated string."""
    return tuple(f"{prefix}-{name}" for name in names.split())


CHANGES = _with(
    "CHG",
    "UI FEATURE DATA SENSITIVE REUSE DECIDE CONTENT ACCESS CUSTOMER MARKET AUTHORITY WORK",
)
CONTEXTS = _with("CTX", "CONFLICT REPRESS ELECTION SECURITY COMPEL NOCHOICE CHILD MISUSE NONE DK")
GENERAL_GROUPS = _with("GRP", "USERS NONUSERS DEV WORKER VOTER")
AT_RISK_GROUPS = _with(
    "GRP",
    "CHILD YOUTH WOMEN LGBTQI ETHNIC RELIGION INDIGENOUS DISABILITY OLDER MIGRANT REFUGEE HRD JOURNALIST "
    "OPPOSITION PROTESTER LAWYER WHISTLEBLOWER STAFF GIG MODERATOR UNION APPLICANT STUDENT POVERTY CONFLICT "
    "AID DETAINED DVSURVIVOR SEXWORK HEALTH LOWLIT",
)
GROUPS = GENERAL_GROUPS + AT_RISK_GROUPS
RIGHTS = _with(
    "RGT",
    "LIFE LIBERTY TORTURE SLAVERY MOVE ASYLUM FAIRTRIAL PERSON PRIVACY THOUGHT OPINION EXPRESSION HATE "
    "ASSEMBLY ASSOC VOTE EQUALITY MINORITY WOMEN CHILD DISABILITY FAMILY WORK JUSTWORK CHILDLABOUR SOCSEC "
    "LIVING HEALTH EDU CULTURE PROPERTY REMEDY SELFDET",
)
SIGNALS = _with(
    "SIG",
    "MARKET CUSTOMER LAW FINDING CONFLICT UNREST ELECTION AUTHORITY STAFF REPURPOSE MISUSE BYPASS DRIFT "
    "EVIDENCE COMPLAINT PARTNER COMPETITOR RESOURCE CAPACITY TIME EXIT",
)
# Picker order: product design, terms of service and leverage come first (item S31 of the note).
MITIGATIONS = _with(
    "MIT",
    "DESIGN TOS LEVERAGE REMOVE SECURITY RETENTION ACCESS CONSENT OPTOUT TEST HUMANREVIEW APPEAL REPORTING "
    "MODERATION POLICY GUIDANCE CUSTOMERDD SUPPLIER TRANSPARENCY DENY KILL ENGAGE COLLECTIVE",
)
SOFT_MITIGATIONS = _with("MIT", "POLICY GUIDANCE TOS CONSENT")
EVIDENCE = ("EV0", "EV1", "EV2", "EV3", "EV4")
LEVELS = ("L0", "L1", "L2", "L3")
SEVERITIES = ("SEV1", "SEV2", "SEV3", "SEV4")
LIKELIHOODS = ("remote", "possible", "likely", "happening")
COMMUNICATIONS = _with("COM", "INT AFF PUB FORMAL HOLD")
REMEDIES = _with(
    "REM",
    "APOLOGY RESTITUTION REHAB COMP-FIN COMP-NONFIN SANCTION INJUNCT NONREP CORRECT DELETE NOTIFY",
)
SCALE = ("1", "2", "3", "4", "DK")
GAPS = ("NOT_YET", "CANNOT")

# Every question, which is every block of the check form plus the heading M8, with the values it offers.
QUESTIONS: dict[str, tuple[str, ...]] = {
    "M1": (*CHANGES, "DK"),
    "M2": (*GROUPS, "DK"),
    "M3": CONTEXTS,
    "M4": SCALE,
    "M5": SCALE,
    "M6": SCALE,
    "M7": SCALE,
    "M8": (),
    "M8.mitigations": (*MITIGATIONS, "DK"),
    "M8.evidence": (*EVIDENCE, "DK"),
    "M8.gap": (*GAPS, "DK"),
    "M8.note": (),
    "launch": (),
    "product": (),
}

# Every rule that can fire, with the values that its sentence may use: the ones that the rule records.
# Severity, level and the factors are numbers; likelihood is its word; mitigation is its label.
_RAISED = ("severity",)
_SIGNAL = ("severity", "likelihood")
_LEVEL = ("level",)
RULES: dict[str, tuple[str, ...]] = {
    "EXIT": (),
    "CLASS": ("severity", "scale", "scope", "irremediability"),
    "DK-CHANGE": (),
    "DK-GROUP": (),
    "DK-SCALE": ("value",),
    "DK-SCOPE": ("value",),
    "DK-IRREMEDIABILITY": ("value",),
    "DK-LIKELIHOOD": ("value",),
    "EMPTY": (),
    **{f"F{number}": _RAISED for number in range(1, 10)},
    "F4-LEVEL": _LEVEL,
    "REMOTE": (),
    "CREDIT-CLASS": ("mitigation", "severity"),
    "CREDIT-LIKELIHOOD": ("mitigation", "likelihood"),
    "CREDIT-LOST": ("mitigation",),
    **dict.fromkeys(SIGNALS, _SIGNAL),
    "SIG-AUTHORITY-LEVEL": _LEVEL,
    "TABLE": ("severity", "likelihood", "level"),
    "T1": _LEVEL,
    "T2": _LEVEL,
    "T3": _LEVEL,
    "T4": (),
    "T5": _LEVEL,
    "T6": (),
    "T7": (),
    "CONCERN": _LEVEL,
}
# Sample values, the longest that occur, to measure a rendered sentence with.
SAMPLES: dict[str, str | int] = {
    "severity": 4,
    "scale": 4,
    "scope": 4,
    "irremediability": 4,
    "likelihood": "happening",
    "level": 3,
    "value": 4,
    "mitigation": "Refuse, suspend, cut off, do not sell, leave",
    "limit": 3000,
    "expected": "entries with a type and an evidence grade",
    "reference": "0123456789abcdef",
    "number": 9999,
    "item": "D26",
    "question": "?" * 150,
    "outside": "o" * 130,
}

# Every refusal, with the values its sentence may use.
PROBLEMS: dict[str, tuple[str, ...]] = {
    "storage_busy": (),
    "storage_full": (),
    "storage_down": (),
    "contradiction_none": (),
    "missing_answer": (),
    "unknown_option": ("value",),
    "wrong_type": ("expected",),
    "wrong_rating": ("value",),
    "launch_missing": (),
    "product_unknown": (),
    "already_acknowledged": (),
    "not_yours": (),
    "reason_missing": (),
    "below_floor": (),
    "needs_lead": (),
    "at_top": (),
    "case_unknown": (),
    "already_disagreed": (),
    "not_your_check": (),
    "expired_trigger": (),
    "draft_kept": (),
    "case_usage": (),
    "moved_meanwhile": (),
    "too_long": ("limit",),
    "unexpected": ("reference",),
    "already_closed": (),
    "not_acknowledged_yet": (),
    "already_snoozed": (),
    "no_harm_to_contain": (),
    "own_check": (),
    "outcome_missing": (),
    "hold_date_missing": (),
    "conditions_missing": (),
    "bad_date": (),
    "too_far": ("limit",),
    "cannot_answer": (),
    "same_person": (),
    "nobody_chosen": (),
    "sealed_name": (),
    "name_too_short": (),
    "name_in_use": (),
    "seal_key_missing": (),
    "seal_key_wrong": (),
    "part_unknown": (),
    "entry_unknown": (),
    "record_closed": (),
    "lead_only": (),
    "holder_only": (),
    "field_missing": (),
    "evidence_unexplained": (),
    "two_options": (),
    "two_people": (),
    "hold_alone": (),
    "text_too_long": (),
    "option_unknown": (),
    "country_unknown": (),
    "check_within_30": (),
    "check_within_90": (),
    "check_within_180": (),
    "check_sooner": (),
    "evidence_in_future": (),
    "not_your_mitigation": (),
    "no_lead_there": (),
    "context_cancelled": (),
    "context_key_taken": (),
    "entry_changed": (),
    "owner_not_in_case": (),
    "sealed_names_nobody": (),
    "entry_stands": (),
    "entry_of_another": (),
    "not_at_this_level": (),
    "weigh_locked": (),
    "approval_locked": (),
    "closing_locked": (),
    "already_decided": (),
    "not_decided_yet": (),
    "no_such_day": (),
    "condition_type_missing": (),
    "condition_denies": (),
    "keeper_missing": (),
    "check_on_missing": (),
    "safety_missing": (),
    "safety_second": (),
    "safety_outside": (),
    "safety_not_safe": (),
    "recheck_not_open": (),
    "recheck_not_same": (),
    "recheck_put_off_before": (),
    "signal_missing": (),
    "what_missing": (),
    "day_unclear": (),
    "day_far": (),
    "key_missing": (),
    "context_gone": (),
    "concern_empty": (),
    "concern_wait": (),
    "concern_busy": (),
    "concern_nobody_left": (),
    "concern_nobody": ("outside",),
    "concern_left_out": (),
    "receipt_typo": (),
    "receipt_unknown": (),
    "receipt_again": (),
    "receipt_full": (),
    "receipt_slow": (),
    "report_gone": (),
    "report_over": (),
    "report_changed": (),
    "receipt_not_copied": (),
    "concern_not_anonymous": (),
    "inbox_not_yours": (),
    "inbox_no_key": (),
    "inbox_own_key": (),
    "inbox_pinned": (),
    "inbox_locked": (),
    "inbox_slow": (),
    "inbox_busy": (),
    "inbox_typo": (),
    "inbox_wrong": (),
    "inbox_wrong_waits": (),
    "inbox_no_waiting": (),
    "inbox_asked_often": (),
    "inbox_own_word": (),
    "inbox_shown": (),
    "inbox_word": (),
    "receipt_taken_back": (),
}

# What can be missing before an approval, at the end, or before something is said outside (workflows/rules/locks.py).
_NUMBER = ("number",)
MISSING: dict[str, tuple[str, ...]] = {
    "contain_first": (),
    "risk_missing": (),
    "risk_not_described": _NUMBER,
    "risk_not_answered": _NUMBER,
    "check_not_planned": (),
    "check_overdue": _NUMBER,
    "gap_overdue": _NUMBER,
    "in_doubt": _NUMBER,
    "denial_alone": _NUMBER,
    "denial_missing": _NUMBER,
    "denial_unsigned": _NUMBER,
    "remedy_missing": (),
    "remedy_not_delivered": _NUMBER,
    "engagement_missing": (),
    "discussion_missing": (),
    "discussion_closing": (),
    "item_missing": ("item", "question"),
    "alternatives_missing": (),
    "communication_missing": (),
    "formal_missing": (),
    "safety_missing": (),
    "safety_second": (),
    "safety_outside": (),
    "safety_not_safe": (),
}

# Small words of the check form, with the most characters that their place in Slack takes.
WORDS: dict[str, int] = {
    "check_title": 24,
    "check_submit": 24,
    "check_close": 24,
    "check_intro": 300,
    "attestation": 300,
    "attestation_label": 75,
    "groups_general": 75,
    "groups_at_risk": 75,
    "groups_unsure": 75,
    "gap_none": 75,
}

# The record: the fields of each window, in the order of the form, as in workflows/rules/parts.py (a test compares).
RECORD_PARTS: dict[str, tuple[str, ...]] = {
    "risk": tuple("what rights groups scale scope irremediability likelihood actual involvement".split()),
    "places": ("countries", "customers"),
    "mitigation": tuple(
        (
            "risk type what owner evidence evidence_note evidence_on indicator baseline target signals countries "
            "customers next_check"
        ).split()
    ),
    "gap": ("risk", "kind", "why", "decided_by", "told", "review_on"),
    "recheck": ("mitigation", "effect", "evidence", "shown_by", "context_changed", "next_check"),
    "denial": ("mitigation", "who", "lose", "notice", "appeal", "export", "emergency", "irreversible"),
    "denial_signed": ("denial", "why"),
    "remedy": tuple(
        (
            "harm who forms wanted role channel reachable provider budget trigger time evidence_kept waiver criteria "
            "lesson"
        ).split()
    ),
    "remedy_done": ("remedy", "confirmed_by", "how"),
    "communication": ("codes", "pattern", "why", "statement"),
    "safety_review": ("affected", "defenders", "staff", "partners", "judgement"),
    "formal": ("report", "where", "why"),
    "discussion": ("moment", "people", "said", "dissent", "result"),
    "engagement": ("party", "who", "learned", "changed", "why_not", "stand_in", "limits"),
    "dissent": ("who", "why", "answer"),
    "dilemma": ("question", "options", "hurt", "reversible", "decides", "by"),
    "not_needed": ("step", "why"),
    "sealed": ("names", "why"),
    "settled": ("signal", "why"),
    "ended": ("part", "entry", "why"),
    "invited": ("person", "why"),
    "D02": ("path",),
    "D05": ("use", "offer"),
    "D06": ("customer", "record", "law", "reseller", "monitored"),
    "D07": ("uses", "blocked"),
    "D08": ("by", "how"),
    "D09": ("first", "no_choice", "language"),
    "D10": ("likely", "contact", "default"),
    "D11": ("can_change", "how", "overturned"),
    "D12": ("notice", "appeal", "language"),
    "D13": ("required", "differs", "standard", "who_asked", "challenge"),
    "D14": ("scope", "necessity", "alternative", "transparency"),
    "D15": ("exposed",),
    "D19": ("benefits", "evidence", "kept"),
    "D24": ("signals", "source", "review_on"),
    "D25": ("present", "what"),
    "D26": ("conflicts",),
}
RECORD_OPTIONS: dict[str, tuple[str, ...]] = {
    "rating": SCALE,
    "yes_no": ("YES", "NO", "DK"),
    "actual": ("ACTUAL", "POTENTIAL", "DK"),
    "involvement": ("CAUSE", "CONTRIBUTE", "LINKED", "DK"),
    "misusers": ("INSIDER", "PARTNER", "STATE", "CRIMINAL", "USER", "DK"),
    "gap": GAPS,
    "effect": ("EFFECTIVE", "PARTLY", "NOT", "DK"),
    "remedy_role": ("PROVIDE", "COOPERATE", "LEVERAGE", "POINT"),
    "remedy_channel": ("OWN", "JOINT", "STATE", "INDEPENDENT"),
    "remedy_criteria": tuple(
        "LEGITIMATE ACCESSIBLE PREDICTABLE EQUITABLE TRANSPARENT COMPATIBLE LEARNING DIALOGUE".split()
    ),
    "remedy_confirmed": ("AFFECTED", "REPRESENTATIVE", "IMPOSSIBLE"),
    "party": tuple("AFFECTED REPRESENTATIVE EMERGING WORKERS CIVIL_SOCIETY ACADEMIC EXPERT NOBODY_YET".split()),
    "moment": ("BEFORE", "CLOSING"),
    "pattern": tuple("AGGREGATE DELAYED PARTNER REGULATOR ORAL RELOCATION OPEN".split()),
    "safety": ("SAFE", "LATER", "NOT_SAFE"),
    "step": ("picture", "mitigate", "remedy", "communicate"),
}
# Questions of the check whose answers a field of the record may take over.
RATED = ("M4", "M5", "M6", "M7")
# Lists that the record shares with the check.
RECORD_LISTS = ("rights", "groups", "signals", "mitigations", "evidence", "remedies", "communications")
# The items of the deep form DA-1.
ITEMS = tuple(f"D{number:02}" for number in range(1, 27))
