"""Lint finds what a person who edits the words can get wrong, and says where."""

from __future__ import annotations

import shutil
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from prompts import BankError, lint, load_bank

MA1 = "questions/ma1.yaml"
GROUPS = "questions/groups.yaml"
MITIGATIONS = "questions/mitigations.yaml"
SCALES = "questions/scales.yaml"
RULES = "rules.yaml"
PROBLEMS = "problems.yaml"

# file, what Ruth's editor finds, what she writes instead, and what lint should say about it
FAULTS: dict[str, tuple[str, str, str, str]] = {
    "an id that is missing": (GROUPS, "id: GRP-CHILD", "id: GRP-CHILDREN", "the id GRP-CHILD is missing"),
    "an id that is unknown": (GROUPS, "id: GRP-CHILD", "id: GRP-CHILDREN", "the id GRP-CHILDREN is unknown"),
    "an id written twice": (GROUPS, "id: GRP-YOUTH", "id: GRP-CHILD", "the id GRP-CHILD is written twice"),
    "an option that is missing": (MA1, "- id: CHG-UI", "- id: CHG-LOOK", "the id CHG-UI is missing"),
    "an option written twice": (MA1, "- id: CHG-UI", "- id: CHG-DATA", "the id CHG-DATA is written twice"),
    "a question that is missing": (MA1, "- id: M7", "- id: M77", "questions: the id M7 is missing"),
    "a label that is too long": (
        MA1,
        'label: "A few, and we know who"',
        f'label: "{"x" * 76}"',
        "option 1, label: String should have at most 75 characters",
    ),
    "a help that is too long": (
        MA1,
        'help: "Such as a handful of testers"',
        f'help: "{"x" * 76}"',
        "help: String should have at most 75 characters",
    ),
    "an example that is too long": (
        MA1,
        'example: "A stock list for our own warehouse in Rotterdam"',
        f'example: "{"x" * 141}"',
        "example: String should have at most 140 characters",
    ),
    "an example that is missing": (
        MA1,
        '        example: "A stock list for our own warehouse in Rotterdam"\n',
        "",
        "questions M3, option CTX-NONE, example: Field required",
    ),
    "an empty example": (
        MA1,
        'example: "A stock list for our own warehouse in Rotterdam"',
        'example: ""',
        "example: String should have at least 1 character",
    ),
    "a list entry without help": (
        GROUPS,
        'help: "Anyone with an account, a device or a visit"',
        'help: ""',
        "groups GRP-USERS, help: String should have at least 1 character",
    ),
    "a misspelt key": (MA1, 'hint: "A rough', 'hnit: "A rough', "questions M5, hnit: Extra inputs are not"),
    "a top-level key that nothing reads": (MA1, "version: 1\n", "version: 1\nverison: 2\n", "nothing reads this key"),
    "a key written twice": (MA1, "bank: MA-1\n", "bank: MA-1\nbank: MA-2\n", "the key bank is written twice"),
    "a number where an id should stand": (MA1, '- id: "1"', "- id: 1", "id: Input should be a valid string"),
    "a list that does not exist": (MA1, "options_from: groups", "options_from: grups", "there is no list grups"),
    "more options than a radio takes": (
        MA1,
        "options_from: evidence",
        "options_from: mitigations",
        "Slack takes at most 10 options in a radio",
    ),
    "an option in a text question": (
        MA1,
        "    max_length: 300\n",
        '    max_length: 300\n    options: [{id: A, label: "A", example: "A"}]\n',
        "Slack takes at most 0 options in a text",
    ),
    "a text question of any length": (MA1, "    max_length: 300\n", "", "a text question needs its max_length"),
    "a group label that is too long": (
        MA1,
        'groups_general: "People in general"',
        f'groups_general: "{"x" * 76}"',
        "words groups_general: 76 characters are more than 75",
    ),
    "a title that is too long": (
        MA1,
        'check_title: "People check (3 min)"',
        'check_title: "A check about people that takes three minutes"',
        "words check_title: 45 characters are more than 24",
    ),
    "a version that is text": (MA1, "version: 1", 'version: "1"', "version: this is missing or not of the right"),
    "a version that is a yes": (MA1, "version: 1", "version: true", "version: this is missing or not of the right"),
    "a group that is no longer at risk": (
        GROUPS,
        'play in a shared room"\n    at_risk: true',
        'play in a shared room"\n    at_risk: false',
        "groups GRP-CHILD, at_risk: the rules say otherwise",
    ),
    "a soft mitigation made hard": (
        MITIGATIONS,
        'so nothing is ever enforced"\n    soft: true',
        'so nothing is ever enforced"\n    soft: false',
        "mitigations MIT-TOS, soft: the rules say otherwise",
    ),
    "a picker in another order": (
        MITIGATIONS,
        "mitigations:\n",
        "mitigations:\n  - {id: MIT-KILL, label: L, help: H, example: E, proof: P, fails: F, soft: false}\n",
        "the id MIT-KILL is written twice",
    ),
    "a level with an unknown name": (SCALES, "name: team", "name: crew", "levels L0, name: Input should be"),
    "a rule without a sentence": (RULES, "  F3:", "  F33:", "rules: the id F3 is missing"),
    "a sentence without a rule": (RULES, "  F3:", "  F33:", "rules: the id F33 is unknown"),
    "an empty sentence": (RULES, '  T7: "', '  T7: "" # "', "rules T7: a sentence should stand here"),
    "a sentence that does not parse": (RULES, "{{ value }} of 4 until", "{{ value of 4 until", "does not work"),
    "a value that the rule does not give": (RULES, "{{ value }} of 4 until", "{{ amount }} of 4", "no value amount"),
    "a sentence that is too long": (RULES, '  T7: "', f'  T7: "{"x" * 160}', "characters are more than 160"),
    "a problem without a sentence": (PROBLEMS, "  at_top:", "  on_top:", "problems: the id at_top is missing"),
    "a problem with a value it is not given": (PROBLEMS, "{{ limit }}", "{{ maximum }}", "no value maximum is given"),
    "broken YAML": (MA1, "questions:\n", "questions: [\n", "en/questions/ma1.yaml, line"),
    "a list instead of names": (RULES, "rules:\n", "- rules\n#", "rules.yaml"),
    "a message that does not parse": (
        "messages/help.md.j2",
        "{% endfor %}",
        "",
        "en/messages/help.md.j2, line",
    ),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of our words that may be broken."""
    with as_file(files("prompts").joinpath("en")) as ours:
        shutil.copytree(ours, tmp_path / "en")
    return tmp_path


def _edit(root: Path, file: str, old: str, new: str) -> None:
    path = root / "en" / file
    text = path.read_text(encoding="utf-8")
    assert old in text, "the fault cannot be planted, because the words have changed"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_an_untouched_copy_has_no_problem_and_gives_the_same_bank(root: Path) -> None:
    assert lint(root=root) == []
    assert load_bank(root=root) == load_bank()


@pytest.mark.parametrize("fault", FAULTS)
def test_lint_finds_the_planted_fault_and_names_its_file(root: Path, fault: str) -> None:
    file, old, new, said = FAULTS[fault]
    _edit(root, file, old, new)
    problems = lint(root=root)
    assert any(said in each and file in each for each in problems), problems
    assert all(each.startswith("en/") and each.endswith(".") for each in problems)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bank_with_that_fault_is_not_loaded(root: Path, fault: str) -> None:
    file, old, new, _ = FAULTS[fault]
    _edit(root, file, old, new)
    with pytest.raises(BankError, match="en/"):
        load_bank(root=root)


def test_two_entries_that_changed_places_are_noticed(root: Path) -> None:
    path = root / "en" / MITIGATIONS
    text = path.read_text(encoding="utf-8")
    swapped = text.replace("id: MIT-DESIGN", "id: MIT-X").replace("id: MIT-KILL", "id: MIT-DESIGN")
    path.write_text(swapped.replace("id: MIT-X", "id: MIT-KILL"), encoding="utf-8")
    assert "en/questions/mitigations.yaml, mitigations: the entries are not in their fixed order." in lint(root=root)


def test_every_fault_is_told_at_once(root: Path) -> None:
    _edit(root, MA1, '- id: "1"', "- id: 1")
    _edit(root, RULES, "  F3:", "  F33:")
    _edit(root, GROUPS, "id: GRP-CHILD", "id: GRP-CHILDREN")
    said = "\n".join(lint(root=root))
    assert all(file in said for file in (MA1, RULES, GROUPS))
    with pytest.raises(BankError) as refused:
        load_bank(root=root)
    assert str(refused.value) == said


@pytest.mark.parametrize("file", [MA1, GROUPS, "questions/evidence.yaml", RULES, PROBLEMS])
def test_a_file_that_is_gone_is_named_without_listing_everything_in_it(root: Path, file: str) -> None:
    (root / "en" / file).unlink()
    problems = lint(root=root)
    assert f"en/{file}: the file cannot be read." in problems
    assert [each for each in problems if file in each] == [f"en/{file}: the file cannot be read."]


def test_a_file_that_is_not_text_is_named(root: Path) -> None:
    (root / "en" / RULES).write_bytes(b"rules: \xff\xfe")
    assert "en/rules.yaml: the file is not UTF-8 text." in lint(root=root)


@pytest.mark.parametrize(
    "content",
    ["", "42", "groups:\n", "groups: [1, two]\n", "groups: {a: b}\n", "? [1, 2]\n: 3\n", "groups: 2026-13-45\n"],
)
def test_odd_content_is_a_problem_and_never_a_crash(root: Path, content: str) -> None:
    (root / "en" / GROUPS).write_text(content, encoding="utf-8")
    assert any(GROUPS in each for each in lint(root=root))


def test_yaml_cannot_run_code(root: Path, tmp_path: Path) -> None:
    victim = tmp_path / "ran"
    (root / "en" / RULES).write_text(f"rules: !!python/object/apply:os.mkdir ['{victim}']\n", encoding="utf-8")
    assert any(RULES in each for each in lint(root=root))
    assert not victim.exists()
