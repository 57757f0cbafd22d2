"""What Slack sends is read once, and what no store can keep is left out."""

from __future__ import annotations

import pytest

from bot.payloads import FormMemory, Word, clean, person_in, text_of
from bot.views import parts
from workflows.errors import BadAnswer


def word(text: str) -> tuple[str, str]:
    read = Word.of({"text": text, "user_id": "U0AMINA", "channel_id": "C0PHOTOS", "trigger_id": "1.2"})
    return read.word, read.rest


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("check Face tagging", ("check", "Face tagging")),
        ("check\tFace tagging", ("check", "Face tagging")),
        ("Check      Face tagging", ("check", "Face tagging")),
        ("  check\t \n Face tagging  ", ("check", "Face tagging")),
        ("check", ("check", "")),
        ("   ", ("", "")),
        ("", ("", "")),
    ],
)
def test_a_command_is_its_first_word_and_the_rest(typed: str, read: tuple[str, str]) -> None:
    assert word(typed) == read


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("a\x00b", "ab"),
        ("\ud83d half", "half"),
        ("half \ude42", "half"),
        ("\x00\ud800\udc00\x00", ""),
        ("🙂👩🏽\u200d🚀", "🙂👩🏽\u200d🚀"),
        ("two\nlines", "two\nlines"),
    ],
)
def test_nul_and_halves_of_characters_are_left_out(written: str, kept: str) -> None:
    view = {"state": {"values": {"reason": {"answer": {"value": written}}}}}

    assert clean(written) == kept
    assert text_of(view, "reason") == kept
    assert word(f"check x{written}")[1] == f"x{kept}" or kept != written


@pytest.mark.parametrize(
    "sent", ["U1> <!channel> <https://evil.example|click", "U0SAM\n", "u0sam", "C0PHOTOS", "U", "U0" * 20, "U0SÄM", ""]
)
def test_what_is_no_id_of_a_person_is_nobody_and_is_never_shown(sent: str) -> None:
    view = {"state": {"values": {"person": {"answer": {"selected_user": sent}}}}}

    with pytest.raises(BadAnswer, match="nobody_chosen"):
        person_in(view, "person")
    assert parts.person(sent) == "nobody yet"
    assert parts.person("U0SAM") == "<@U0SAM>"


@pytest.mark.parametrize("memory", ["", "{}", "[]", "nonsense", "[1]", None])
def test_a_window_of_another_version_remembers_nothing_and_breaks_nothing(memory: str | None) -> None:
    assert FormMemory.load(memory) == FormMemory()
