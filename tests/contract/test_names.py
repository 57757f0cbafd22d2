"""The four generic names mean our rooms wherever the program runs, and what the pages tell people to type exists."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.manifest import PROJECT

ROOMS = ("bot", "workflows", "prompts", "storage")
PAGES = [*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_is_found_inside_the_project_from_another_folder(room: str, tmp_path: Path):
    code = f"import {room}; print({room}.__file__)"

    found = subprocess.run([sys.executable, "-P", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert Path(found.stdout.strip()).is_relative_to(PROJECT)


def test_every_room_describes_itself():
    for room in ROOMS:
        assert (PROJECT / room / "__init__.py").read_text(encoding="utf-8").startswith('"""')


def typed() -> set[str]:
    """Return every `hrdd ...` command that a page tells people to type."""
    found: set[str] = set()
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for line in re.findall(
            r"(?:^|(?<=bin/)|(?<=\$ ))hrdd ([a-z]+(?: [a-z]+)?)(?=[ \n]|$)", code_of(text), re.MULTILINE
        ):
            found.add(line)
    return found


def code_of(text: str) -> str:
    """Return what stands in code marks: lines of blocks, and `inline` pieces."""
    blocks = re.findall(r"```[a-z]*\n(.*?)```", text, re.DOTALL)
    inline = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)
    return "\n".join([*blocks, *inline])


def test_the_search_for_commands_finds_some():
    assert "run" in {line.split()[0] for line in typed()}


@pytest.mark.parametrize("line", sorted(typed()))
def test_every_command_on_a_page_exists(line: str):
    words = line.split()
    known = commands()

    assert words[0] in known, f"hrdd {line}"
    if known[words[0]]:
        assert len(words) > 1, f"hrdd {line}"
        assert words[1] in known[words[0]], f"hrdd {line}"


def commands() -> dict[str, set[str]]:
    """Return the commands of `hrdd`, each with its own words."""
    from bot.cli import _parser

    (top,) = [action for action in _parser()._actions if action.choices and action.dest != "help"]
    found: dict[str, set[str]] = {}
    for name, parser in dict(top.choices or {}).items():
        inner = [action for action in parser._actions if isinstance(action.choices, dict)]
        found[name] = set(inner[0].choices or ()) if inner else set()
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(PROJECT).as_posix())
def test_every_file_that_a_page_points_to_is_there(page: Path):
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    files = [link for link in links if "://" not in link and not link.startswith("mailto:")]

    assert [link for link in files if not (page.parent / link).exists()] == []


def test_every_slash_word_on_a_page_is_known():
    from bot.ids import Word

    words = {word for page in PAGES for word in re.findall(r"(?<!bin)/hrdd ([a-z]+)", page.read_text(encoding="utf-8"))}

    assert words <= {str(word) for word in Word}
