"""The words of the record and of the deep form: every id once, every word in its place, nobody accused."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path

import pytest
from pydantic import ValidationError

from prompts import BankError, Option, RecordWords, ids, lint, load_bank, record_words
from tests.unit.prompts.test_bank import ACCUSING
from workflows.rules import parts

FILE = "questions/record.yaml"
JARGON = re.compile(
    r"\b(stakeholders?|rights-?holders?|salien\w*|irremedia\w*|proportional\w*|leverage|KPIs?|ERM|UNGPs?|HRDD"
    r"|due diligence|MA-1|DA-1|adverse|impact(?! assessment)\w*|grievance\w*|operationali\w*|scope|likelihood"
    r"|comprehensive|robust|utili[sz]e\w*|facilitat\w*)\b",
    re.IGNORECASE,
)
CONSULTED = re.compile(r"consult", re.IGNORECASE)

# what Ruth's editor finds, what she writes instead, and what lint should say about it
FAULTS: dict[str, tuple[str, str, str]] = {
    "a part that is missing": ("  places:\n", "  place:\n", "parts: the id places is missing"),
    "a part that is unknown": ("  places:\n", "  place:\n", "parts: the id place is unknown"),
    "a field that is missing": ("      path:\n", "      way:\n", "parts D02, fields: the id path is missing"),
    "a field that is unknown": ("      path:\n", "      way:\n", "parts D02, fields: the id way is unknown"),
    "a list that is missing": (
        "  moment:\n    - id: B",
        "  moments:\n    - id: B",
        "options: the id moment is missing",
    ),
    "an option that is missing": ("- id: ORAL", "- id: SPOKEN", "options pattern: the id ORAL is missing"),
    "an option that is unknown": ("- id: ORAL", "- id: SPOKEN", "options pattern: the id SPOKEN is unknown"),
    "an option written twice": ("- id: ORAL", "- id: OPEN", "options pattern: the id OPEN is written twice"),
    "a yes that YAML reads as true": ('- id: "YES"', "- id: YES", "options yes_no: the id YES is missing"),
    "an item that is missing": ("  D26:\n    question", "  D27:\n    question", "items: the id D26 is missing"),
    "an item that is unknown": ("  D26:\n    question", "  D27:\n    question", "items: the id D27 is unknown"),
    "a title that is too long": (
        'title: "A risk to people"',
        f'title: "{"x" * 25}"',
        "parts risk, title: String should have at most 24 characters",
    ),
    "a name that is too long": (
        'name: "Risk to people"',
        f'name: "{"x" * 61}"',
        "parts risk, name: String should have at most 60 characters",
    ),
    "an introduction that is too long": (
        'intro: "Children find',
        f'intro: "{"x" * 250}',
        "parts D10, intro: String should have at most 250 characters",
    ),
    "a question that is too long": (
        'ask: "What could happen, to whom',
        f'ask: "{"x" * 150}',
        "parts risk, fields.what.ask: String should have at most 150 characters",
    ),
    "a question that is empty": (
        'ask: "What is our part in it?"',
        'ask: ""',
        "parts risk, fields.involvement.ask: String should have at least 1 character",
    ),
    "a hint that is too long": (
        'hint: "Picture one real',
        f'hint: "{"x" * 150}',
        "parts risk, fields.what.hint: String should have at most 150 characters",
    ),
    "a label that is too long": (
        'label: "Only numbers"',
        f'label: "{"x" * 76}"',
        "options pattern AGGREGATE, label: String should have at most 75 characters",
    ),
    "an example that is too long": (
        'example: "The labour court in Santiago"',
        f'example: "{"x" * 141}"',
        "example: String should have at most 140 characters",
    ),
    "a step that does not exist": ("    step: picture\n", "    step: pictures\n", "parts risk, step: Input should be"),
    "a rating from elsewhere": ("options_from: M4", "options_from: M1", "no rating is asked in a question M1"),
    "a misspelt key": ('ask: "Which rights', 'aks: "Which rights', "parts risk, fields.rights.aks: Extra inputs"),
    "a key written twice": ("  places:\n", "  risk:\n", "the key risk is written twice"),
    "a block that nothing reads": ("items:\n", "thing: 1\nitems:\n", "thing: nothing reads this key"),
    "a block that is missing": ("items:\n  D01", "itmes:\n  D01", "items: a set of named entries is missing here"),
    "a list that is none": (
        '  rating:\n    - id: "1"',
        '  rating: 5\n  ratings:\n    - id: "1"',
        "options rating: a list of entries is missing here",
    ),
    "an entry that is no entry": ("  D26:\n    question", "  D26: 4\n  D27:\n    question", "items D26: Input"),
    "broken YAML": ("options:\n", "options: [\n", "line"),
}


@pytest.fixture(scope="module")
def words() -> RecordWords:
    """The words as shipped."""
    return record_words()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of our words that may be broken."""
    with as_file(files("prompts").joinpath("en")) as ours:
        shutil.copytree(ours, tmp_path / "en")
    return tmp_path


def _own_options(words: RecordWords) -> Iterator[tuple[str, Option]]:
    for name in ids.RECORD_OPTIONS:
        yield from ((name, option) for option in words.options(name))


def _texts(words: RecordWords) -> Iterator[tuple[str, str]]:
    """Walk through everything that a person reads, with its place."""
    for name, part in words.parts.items():
        yield from ((f"{name} {key}", getattr(part, key)) for key in ("title", "name", "intro"))
        for field, each in part.fields.items():
            yield from ((f"{name}.{field} ask", each.ask), (f"{name}.{field} hint", each.hint))
    for name, option in _own_options(words):
        yield from ((f"{name} {option.id}", text) for text in (option.label, option.help, option.example))
    for name, item in words.items.items():
        yield from ((f"{name} question", item.question), (f"{name} why", item.why))


def test_the_words_know_the_parts_fields_lists_and_items_of_the_rules() -> None:
    assert {name: tuple(field.id for field in part.fields) for name, part in parts.PARTS.items()} == ids.RECORD_PARTS
    assert dict(parts.OPTIONS) == ids.RECORD_OPTIONS
    assert parts.BANK_LISTS == ids.RECORD_LISTS
    assert parts.ITEMS == ids.ITEMS


def test_every_part_and_every_field_has_its_words(words: RecordWords) -> None:
    for name, part in parts.PARTS.items():
        assert set(words.part(name).fields) == {field.id for field in part.fields}


def test_every_list_a_field_offers_has_its_words_in_the_order_of_the_rules(words: RecordWords) -> None:
    for part in parts.PARTS.values():
        for field in part.fields:
            if field.kind not in (parts.Kind.ONE, parts.Kind.MANY):
                continue
            offered = tuple(option.id for option in words.choices(part.id, field.id, field.options))
            assert offered == parts.OPTIONS.get(field.options, offered), (part.id, field.id)
            assert 2 <= len(offered) <= 100


def test_s9_the_parts_of_each_step_are_told_as_parts_of_that_step(words: RecordWords) -> None:
    for step, names in parts.in_steps().items():
        assert {name: words.part(name).step for name in names} == dict.fromkeys(names, step)


def test_the_items_that_no_list_holds_belong_to_the_deep_form(words: RecordWords) -> None:
    own = {item for item in parts.ITEMS if item not in parts.PAGES}

    assert {name for name, part in words.parts.items() if part.step == "deep"} == own
    assert list(words.items) == list(parts.ITEMS)


def test_the_lists_of_the_bank_are_those_of_the_check(words: RecordWords) -> None:
    bank = load_bank()
    for name in parts.BANK_LISTS:
        assert words.options(name) == tuple(getattr(bank, name).values())


def test_s6_every_step_of_a_rating_has_words_and_an_example_of_its_own(words: RecordWords) -> None:
    rated = {
        field: words.choices("risk", field, "rating") for field in ("scale", "scope", "irremediability", "likelihood")
    }

    assert len({options[0].label for options in rated.values()}) == 4
    assert all(option.example for options in rated.values() for option in options)


def test_every_word_fits_its_place(words: RecordWords) -> None:
    for name, part in words.parts.items():
        assert (1 <= len(part.title) <= 24, 1 <= len(part.name) <= 60, 1 <= len(part.intro) <= 250) == (True,) * 3, name
        for field, each in part.fields.items():
            assert 1 <= len(each.ask) <= 150, (name, field)
            assert len(each.hint) <= 150, (name, field)
    for name, option in _own_options(words):
        assert 1 <= len(option.label) <= 75, (name, option.id)
        assert len(option.help) <= 75, (name, option.id)
        assert len(option.example) <= 140, (name, option.id)
    for name, item in words.items.items():
        assert 1 <= len(item.question) <= 150, name
        assert 1 <= len(item.why) <= 150, name


def test_names_and_titles_of_parts_differ_and_so_do_labels_within_a_list(words: RecordWords) -> None:
    assert len({part.name for part in words.parts.values()}) == len(words.parts)
    assert len({part.title for part in words.parts.values()}) == len(words.parts)
    for name in words.lists:
        counted = Counter(option.label for option in words.options(name))
        assert [label for label, count in counted.items() if count > 1] == [], name


def test_no_example_of_the_record_is_told_twice(words: RecordWords) -> None:
    examples = Counter(option.example for _, option in _own_options(words) if option.example)
    ours = {option.example for name in parts.BANK_LISTS for option in words.options(name)}

    assert [text for text, count in examples.items() if count > 1 or text in ours] == []


def test_s30_nothing_in_the_words_accuses_anybody(words: RecordWords) -> None:
    """S30: no accusing words."""
    assert {place: text for place, text in _texts(words) if ACCUSING.search(text)} == {}


def test_the_words_are_those_that_amina_would_use(words: RecordWords) -> None:
    assert {place: text for place, text in _texts(words) if JARGON.search(text)} == {}


def test_every_question_asks_and_every_introduction_is_whole_sentences(words: RecordWords) -> None:
    assert [name for name, item in words.items.items() if not item.question.endswith("?")] == []
    assert [name for name, item in words.items.items() if not item.why.endswith(".")] == []
    assert [name for name, part in words.parts.items() if part.intro[-1] not in ".?"] == []
    assert [place for place, text in _texts(words) if text != text.strip() or "  " in text] == []


def test_s34_nobody_is_asked_with_a_yes_or_no_whether_people_were_heard(words: RecordWords) -> None:
    """S34, S71: what was learned and what changed, never a box to tick."""
    assert [place for place, text in _texts(words) if CONSULTED.search(text)] == []
    assert "yes_no" not in {field.options for field in parts.PARTS["engagement"].fields}
    assert words.part("engagement").fields["changed"].ask.startswith("What changed")


def test_s28_each_way_of_speaking_says_when_to_use_it(words: RecordWords) -> None:
    patterns = words.options("pattern")

    assert len(patterns) >= 6
    assert [option.id for option in patterns if not option.help.startswith("When ")] == []
    assert [option.id for option in patterns if not option.example] == []


def test_s24_every_form_of_remedy_and_all_eight_criteria_have_an_example(words: RecordWords) -> None:
    assert len(words.options("remedy_criteria")) == 8
    for name in ("remedies", "remedy_criteria", "remedy_role", "remedy_channel"):
        assert [option.id for option in words.options(name) if not option.example] == []


def test_s31_diego_is_asked_which_good_a_mitigation_keeps_alive(words: RecordWords) -> None:
    assert "good does it keep alive" in words.part("mitigation").fields["what"].ask
    assert [option.id for option in words.options("mitigations")][:3] == ["MIT-DESIGN", "MIT-TOS", "MIT-LEVERAGE"]


def test_s20_a_mitigation_says_that_it_works_only_while_something_stays_true(words: RecordWords) -> None:
    assert "works only while" in words.part("mitigation").fields["signals"].ask


def test_s41_law_is_a_fact_and_never_a_mitigation(words: RecordWords) -> None:
    assert "fact" in words.part("D13").intro
    assert "standards" in words.part("D13").intro
    assert "human rights lead" in words.part("D13").intro
    assert "not a mitigation" in words.part("mitigation").fields["type"].hint


def test_s26_each_of_the_four_groups_is_asked_what_could_give_it_away(words: RecordWords) -> None:
    review = words.part("safety_review")

    for group in ("affected", "defenders", "staff", "partners"):
        ask = review.fields[group].ask
        assert "give them away" in ask
        assert "hit back" in ask
        assert "agreed" in ask
    for thing in ("date", "place", "wording", "numbers", "silence"):
        assert thing in review.intro


@pytest.mark.parametrize("part", ["D19", "D25"])
def test_s5_s22_benefits_and_pressure_say_that_they_change_no_level(words: RecordWords, part: str) -> None:
    assert "does not change the level" in words.part(part).intro


def test_s11_risks_are_listed_even_where_the_good_is_greater(words: RecordWords) -> None:
    assert "list the risks even where you believe the good is greater" in words.part("D19").intro


@pytest.mark.parametrize("fault", FAULTS)
def test_lint_finds_the_planted_fault_and_the_words_are_not_loaded(root: Path, fault: str) -> None:
    old, new, said = FAULTS[fault]
    path = root / "en" / FILE
    text = path.read_text(encoding="utf-8")
    assert old in text, "the fault cannot be planted, because the words have changed"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")

    problems = lint(root=root)

    assert any(said in each and FILE in each for each in problems), problems
    assert all(each.startswith("en/") and each.endswith(".") for each in problems)
    with pytest.raises(BankError, match="en/"):
        record_words(root=root)


def test_an_untouched_copy_has_no_problem_and_gives_the_same_words(root: Path) -> None:
    assert lint(root=root) == []
    assert record_words(root=root) == record_words()


def test_two_options_that_changed_places_are_noticed(root: Path) -> None:
    path = root / "en" / FILE
    text = path.read_text(encoding="utf-8").replace("id: SAFE", "id: X").replace("id: LATER", "id: SAFE")
    path.write_text(text.replace("id: X", "id: LATER"), encoding="utf-8")

    assert f"en/{FILE}, options safety: the entries are not in their fixed order." in lint(root=root)


def test_a_file_that_is_gone_is_named_without_listing_everything_in_it(root: Path) -> None:
    (root / "en" / FILE).unlink()

    assert [each for each in lint(root=root) if FILE in each] == [f"en/{FILE}: the file cannot be read."]


@pytest.mark.parametrize(
    "content",
    ["", "42", "parts:\n", "parts: [1]\n", "parts: {1: 2}\n", "options: {1: [2]}\n", "items: {D01: {a: 1}}\n"],
)
def test_odd_content_is_a_problem_and_never_a_crash(root: Path, content: str) -> None:
    (root / "en" / FILE).write_text(content, encoding="utf-8")

    assert any(FILE in each for each in lint(root=root))


def test_the_check_can_be_sent_while_the_words_of_the_record_are_broken(root: Path) -> None:
    (root / "en" / FILE).write_text("parts: [\n", encoding="utf-8")

    assert load_bank(root=root) == load_bank()


def test_the_words_are_read_once_and_nobody_can_change_them(words: RecordWords) -> None:
    assert record_words() is words
    with pytest.raises(TypeError):
        words.parts["risk"] = words.parts["gap"]  # type: ignore[index]
    with pytest.raises(ValidationError):
        words.part("risk").title = "x"  # type: ignore[misc]


def test_importing_the_words_does_not_read_those_of_the_record() -> None:
    code = (
        "import prompts, prompts.record as r; prompts.load_bank(); "
        "assert r._ours.cache_info().currsize == 0; assert r.record_words().part('risk')"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_part_or_a_list_that_does_not_exist_is_named_in_the_error(words: RecordWords) -> None:
    with pytest.raises(BankError, match="thing"):
        words.part("thing")
    with pytest.raises(BankError, match="thing"):
        words.options("thing")


def test_a_locale_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(BankError, match=r"xx/questions/record\.yaml"):
        record_words("xx")
