"""The trace of the note is whole and true: files and tests exist, and what counts as built is shown by a test."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from bot.cli import main
from bot.manifest import PROJECT
from prompts import BankError
from prompts.trace import ITEMS, load_trace
from scripts import trace as script
from tests.unit.prompts.test_bank import ACCUSING
from workflows.trace import State, lines

TRACE = load_trace()
FOUND = script.found()


def test_each_of_the_ninety_five_items_stands_there_once_and_in_order():
    assert [item.id for item in TRACE.items] == [f"S{number}" for number in range(1, 96)] == list(ITEMS)


def test_the_written_list_of_tests_is_the_one_that_is_found():
    """Where this fails: `python -m scripts.trace`, and look at what changed."""
    assert script.TARGET.read_text(encoding="utf-8") == script.written(FOUND)
    assert {name: list(tests) for name, tests in TRACE.tests.items()} == {f"S{n}": t for n, t in FOUND.items()}


def test_no_test_names_an_item_that_the_note_does_not_have():
    assert [number for number in FOUND if f"S{number}" not in ITEMS] == []


def test_every_test_of_the_list_exists():
    known = {
        f"{path.relative_to(PROJECT).as_posix()}::{name}"
        for path in (PROJECT / "tests").rglob("test_*.py")
        for name, _ in script.tests_of(path.read_text(encoding="utf-8"))
    }

    assert [test for tests in TRACE.tests.values() for test in tests if test not in known] == []


def test_every_file_that_keeps_an_item_exists():
    assert [(each.id, path) for each in TRACE.items for path in each.where if not (PROJECT / path).is_file()] == []


def test_nothing_counts_as_built_without_a_test_that_names_it():
    assert [line.item.id for line in lines(TRACE) if line.state is State.BUILT and not line.tests] == []


def test_nothing_that_a_test_shows_is_listed_as_not_built():
    assert [line.item.id for line in lines(TRACE) if line.state is State.NOT_BUILT and line.tests] == []


def test_what_an_item_says_is_short_said_once_and_accuses_nobody():
    said = [item.says for item in TRACE.items]

    assert max(map(len, said)) <= 90
    assert len(set(said)) == len(said)
    assert [text for item in TRACE.items for text in (item.says, item.note) if ACCUSING.search(text)] == []


# The search for tests.


@pytest.mark.parametrize(
    ("name", "docstring", "numbers"),
    [
        ("test_s14_a_gap_stays_open", "", [14]),
        ("test_a_gap_stays_open_s14", "", [14]),
        ("test_s5_s22_nothing_else_counts", "", [5, 22]),
        ("test_a_gap_stays_open", "S14: two states. See also S32.", [14, 32]),
        ("test_s14_a_gap_stays_open", "S14.", [14]),
        ("test_sev3_s3cret_sessions_of_s_and_ms5_s", "SEV3, UNGP 22, AS14, S14a, T10", []),
    ],
)
def test_a_test_names_items_in_its_name_or_as_words_of_its_docstring(name: str, docstring: str, numbers: list[int]):
    assert script.named(name, docstring) == numbers


def test_tests_inside_classes_are_found_and_helpers_are_not():
    source = 'class TestGaps:\n    def test_one(self):\n        """S14."""\n\ndef helper():\n    """S15."""\n'

    assert list(script.tests_of(source)) == [("TestGaps::test_one", "S14.")]


def test_the_search_finds_the_tests_of_a_whole_project(tmp_path: Path):
    place = tmp_path / "tests/unit"
    place.mkdir(parents=True)
    (place / "test_gaps.py").write_text("def test_s14_a():\n    pass\n\ndef test_b():\n    '''S2, S14.'''\n")

    found = script.found(tmp_path)

    assert found == {2: ["tests/unit/test_gaps.py::test_b"], 14: [
        "tests/unit/test_gaps.py::test_s14_a", "tests/unit/test_gaps.py::test_b",
    ]}  # fmt: skip
    assert script.written({}).endswith("tests: {}\n")


# The command.


def test_the_trace_is_printed_as_data(capsys):
    assert main(["policy", "trace", "--json"]) == 0

    printed = json.loads(capsys.readouterr().out)
    assert [each["id"] for each in printed] == list(ITEMS)
    assert all(set(each) == {"id", "says", "state", "where", "tests"} for each in printed)
    assert {each["state"] for each in printed} <= {"built", "partly", "not built yet"}


def test_the_trace_is_printed_for_people_and_counts_what_is_left(capsys):
    assert main(["policy", "trace"]) == 0

    printed = capsys.readouterr().out.splitlines()
    states = [line.state for line in lines(TRACE)]
    counts = [states.count(state) for state in (State.BUILT, State.PARTLY, State.NOT_BUILT)]
    assert printed[-1] == "{} built, {} partly, {} not built yet, of 95.".format(*counts)
    assert all(any(line.startswith(f"{item} ".ljust(5)) for line in printed) for item in ITEMS)


def test_the_trace_needs_nothing_but_the_installed_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [each for each in sys.path if Path(each).resolve() != PROJECT])

    assert main(["policy", "trace"]) == 0
    assert "S95" in capsys.readouterr().out


# A file with a fault is refused with its place.


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("  S14:", "  S96:"), "items: the item S14 is missing"),
        (("  S14:", "  S96:"), "items: the item S96 is unknown"),
        (("  S14:", "  S13:"), "the key S13 is written twice"),
        (("  S4: {says: ", "  S4: {said: "), "items S4: says, where and note should stand here"),
        (('  S4: {says: "', '  S4: {says: "' + "long " * 20), "items S4, says: a sentence of at most 90"),
        (("counts that point at nobody\", where: []", "counts\", where: here"), "items S4, where: a list of files"),
        (("counts that point at nobody\", where: []", "counts\", where: [], note: 4"), "items S4, note: a sentence"),
        (("  left:", "  rest:"), "words: exactly missing, left, totals"),
        (("items:", "entries:"), "items: a set of named entries is missing"),
    ],
)  # fmt: skip
def test_a_trace_with_a_fault_is_refused_with_its_place(tmp_path: Path, change: tuple[str, str], sentence: str):
    copy(tmp_path, "trace.yaml", change)

    with pytest.raises(BankError) as refused:
        load_trace(tmp_path)

    assert f"en/trace.yaml, {sentence}" in str(refused.value) or sentence in str(refused.value)


def test_a_list_of_tests_with_an_unknown_item_is_refused(tmp_path: Path):
    copy(tmp_path, "trace_tests.yaml", ("tests:\n", "tests:\n  S99: [tests/test_a.py::test_b]\n"))

    with pytest.raises(BankError, match="tests S99: a list of the tests of a known item"):
        load_trace(tmp_path)


def test_items_that_changed_places_are_noticed(tmp_path: Path):
    copy(tmp_path, "trace.yaml", ("  S4:", "  S5x:"), ("  S5:", "  S4:"), ("  S5x:", "  S5:"))

    with pytest.raises(BankError, match="not in the order of the note"):
        load_trace(tmp_path)


def copy(root: Path, name: str, *changes: tuple[str, str]) -> None:
    """Put a copy of both files into another folder, with changes to one of them."""
    (root / "en").mkdir()
    for path in ("trace.yaml", "trace_tests.yaml"):
        text = (PROJECT / "prompts/en" / path).read_text(encoding="utf-8")
        for before, after in changes if path == name else ():
            assert before in text
            text = text.replace(before, after, 1)
        (root / "en" / path).write_text(text, encoding="utf-8")
