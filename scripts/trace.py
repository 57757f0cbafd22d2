"""Find the tests that name an item of the note, and write them down: `python -m scripts.trace`.

An installed bot has no tests beside it, so the list is a file: prompts/en/trace_tests.yaml. A contract test fails when
it is out of date. A test names an item in its name (`test_s14_...`, `..._s14`) or as a word of its docstring (`S14`).
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
TARGET = PROJECT / "prompts" / "en" / "trace_tests.yaml"
HEAD = "# The tests that name each item of the note. Written by `python -m scripts.trace`; do not edit.\n"
_IN_NAME = re.compile(r"(?<=_)s(\d{1,3})(?=_|$)")
_IN_WORDS = re.compile(r"\bS(\d{1,3})\b")


def named(name: str, docstring: str) -> list[int]:
    """Give the numbers of the items that a test names, in order."""
    return sorted({int(number) for number in _IN_NAME.findall(name) + _IN_WORDS.findall(docstring)})


def tests_of(source: str) -> Iterator[tuple[str, str]]:
    """Yield each test of a module as pytest names it (`Class::name` in a class), with its docstring."""
    for node in ast.parse(source).body:
        inner = node.body if isinstance(node, ast.ClassDef) and node.name.startswith("Test") else [node]
        prefix = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
        for each in inner:
            if isinstance(each, ast.FunctionDef) and each.name.startswith("test_"):
                yield prefix + each.name, ast.get_docstring(each) or ""


def found(project: Path = PROJECT) -> dict[int, list[str]]:
    """Give the tests of every item that any test of the project names, by number, in order."""
    items: dict[int, list[str]] = {}
    for path in sorted(project.joinpath("tests").rglob("test_*.py")):
        for name, docstring in tests_of(path.read_text(encoding="utf-8")):
            for number in named(name.rpartition("::")[2], docstring):
                items.setdefault(number, []).append(f"{path.relative_to(project).as_posix()}::{name}")
    return dict(sorted(items.items()))


def written(items: dict[int, list[str]]) -> str:
    """Give the file as text."""
    entries = [f"  S{number}:\n" + "".join(f"    - {test}\n" for test in tests) for number, tests in items.items()]
    return HEAD + ("tests:\n" + "".join(entries) if entries else "tests: {}\n")


if __name__ == "__main__":
    items = found()
    TARGET.write_text(written(items), encoding="utf-8")
    sys.stdout.write(f"{len(items)} items are named by tests.\n")
