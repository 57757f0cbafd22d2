"""What Amina types reaches Slack as words, and never as a mention, a link or a second line of ours."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest
from jinja2 import TemplateSyntaxError, UndefinedError

from prompts import BankError, Mrkdwn, escape, listed, plain, quote, render, render_text, shorten
from tests.unit.prompts.test_bank import ACCUSING

COMMANDS = [("/hrdd check [name]", "check a launch for risks to people"), ("/hrdd help", "see this again")]
SPECIAL = re.compile(r"<[!@#a-z]|<http")


def test_help_lists_each_command_with_what_it_is_for() -> None:
    said = render("help", commands=COMMANDS)
    assert "• `/hrdd check [name]` check a launch for risks to people" in said
    assert said.count("•") == 2
    assert said == said.strip()


def test_an_unknown_word_is_repeated_harmlessly_and_help_follows() -> None:
    said = render("unknown_word", word="<!channel> `oops`\n> *help*", commands=COMMANDS)
    assert "&lt;!channel&gt; 'oops' &gt; *help*" in said
    assert not SPECIAL.search(said)
    assert len(said.splitlines()) == 3


def test_a_long_unknown_word_is_cut() -> None:
    assert "…" in render("unknown_word", word="x" * 3000, commands=[])
    assert len(render("unknown_word", word="x" * 3000, commands=[])) < 200


@pytest.mark.parametrize("name", ["help", "unknown_word"])
def test_a_missing_value_is_an_error_and_not_a_hole(name: str) -> None:
    with pytest.raises(UndefinedError):
        render(name)
    with pytest.raises(UndefinedError):
        plain(name)


@pytest.mark.parametrize("name", ["nothing_here", "../rules", "help.md.j2", "/etc/passwd", ""])
def test_a_template_that_does_not_exist_is_refused_by_name(name: str) -> None:
    with pytest.raises(BankError, match="there is no template"):
        render(name)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("<!channel>", "&lt;!channel&gt;"),
        ("<@U1>", "&lt;@U1&gt;"),
        ("<https://example.org|safe>", "&lt;https://example.org|safe&gt;"),
        ("R&D", "R&amp;D"),
        ("&lt;", "&amp;lt;"),
        ("\"quoted\" and 'single'", "\"quoted\" and 'single'"),
        ("👩🏽‍🚀 ok 🏳️‍🌈", "👩🏽‍🚀 ok 🏳️‍🌈"),
        ("ሰላም مرحبا 你好", "ሰላም مرحبا 你好"),
        ("{{ 7 * 7 }} {% raw %}", "{{ 7 * 7 }} {% raw %}"),
    ],
)
def test_a_value_is_escaped_once_and_otherwise_left_as_typed(typed: str, shown: str) -> None:
    assert render_text("Said: {{ text }}", text=typed) == f"Said: {shown}"
    assert render_text("Said: {{ text }}", text=escape(typed)) == f"Said: {shown}"


def test_words_of_the_template_itself_are_not_escaped() -> None:
    assert render_text("<@{{ user }}> & <!date^1^x|y>", user="U1") == "<@U1> & <!date^1^x|y>"


def test_marked_text_keeps_its_mention() -> None:
    assert render_text("Owner: {{ owner }}", owner=Mrkdwn("<@U1>")) == "Owner: <@U1>"


@pytest.mark.parametrize("template", ["{{ a ~ '' }}", "{{ a | trim }}", "{{ a | upper }}", "{{ [a] | join }}"])
def test_changing_marked_text_takes_the_mark_away(template: str) -> None:
    assert not SPECIAL.search(render_text(template, a=Mrkdwn("<!here>")))


def test_values_that_are_not_text_are_printed_and_none_is_refused() -> None:
    assert render_text("{{ count }} of {{ whole }}", count=3, whole=4.5) == "3 of 4.5"
    with pytest.raises(TypeError, match="None"):
        render_text("{{ owner }}", owner=None)


def test_plain_places_get_what_was_typed() -> None:
    said = plain("help", commands=[("/hrdd check <name>", "checks & tells")])
    assert "`/hrdd check <name>` checks & tells" in said


def test_a_sentence_that_does_not_parse_is_an_error() -> None:
    with pytest.raises(TemplateSyntaxError):
        render_text("{{ value ")


@pytest.mark.parametrize(
    "typed", ["<!channel>", "<@U1>", "<#C1>", "<https://x.org|y>", "<mailto:a@b.org|c>", "<!here|x>"]
)
def test_a_quote_cannot_form_what_slack_acts_on(typed: str) -> None:
    said = quote(typed, 100)
    assert "<" not in said
    assert ">" not in said


@pytest.mark.parametrize("typed", ["@channel", "@here", "#general", "https://x.example", "x.example", "noor@x.example"])
def test_a_quote_breaks_up_what_slack_would_link_by_itself(typed: str) -> None:
    said = quote(typed, 100)
    assert typed not in said
    assert said.replace("\u2060", "") == typed


@pytest.mark.parametrize(
    "typed", ["one\ntwo", "one\r\ntwo", "one\n\n> two", "one\u2028two", "one\x85two", "a\x00b\x1b[31m"]
)
def test_a_quote_stays_on_its_line(typed: str) -> None:
    assert len(quote(typed, 100).splitlines()) == 1
    assert "\x00" not in quote(typed, 100)
    assert "\x1b" not in quote(typed, 100)


def test_a_quote_cannot_open_a_code_block_or_turn_the_reading_direction() -> None:
    assert quote("```all the rest", 100) == "'''all the rest"
    assert quote("safe \u202etxt.exe", 100).replace("\u2060", "") == "safe txt.exe"


@pytest.mark.parametrize("char", ["x", "&", "<", "😀", "ß", "é"])
@pytest.mark.parametrize("limit", [1, 2, 5, 6, 75, 300, 2999])
def test_three_thousand_characters_are_cut_to_the_limit_with_an_ellipsis(char: str, limit: int) -> None:
    said = quote(char * 3000, limit)
    assert len(said) <= limit
    assert said.endswith("…")
    assert re.fullmatch(r"(?:&(?:amp|lt|gt);|[^&])*", said), "an entity was cut in two"


def test_text_that_just_fits_is_not_cut() -> None:
    assert quote("x" * 300, 300) == "x" * 300
    assert quote("&" * 60, 300) == "&amp;" * 60
    assert quote("", 1) == ""


def test_a_cut_leaves_no_half_of_a_joined_emoji() -> None:
    assert quote("👩‍👩‍👧", 3) == "👩…"


def test_a_limit_without_room_is_an_error() -> None:
    with pytest.raises(ValueError, match="no room"):
        quote("anything", 0)


def test_a_quote_is_not_escaped_again_on_its_way_into_a_template() -> None:
    assert render_text("> {{ note }}", note=quote("R&D", 20)) == "> R&amp;D"
    assert render_text("> {{ note | quote(20) }}", note="R&D") == "> R&amp;D"


def test_a_short_form_for_plain_places_is_one_line_and_not_escaped() -> None:
    assert shorten("R&D\nteam", 20) == "R&D team"
    assert shorten("x" * 3000, 75) == "x" * 74 + "…"


@pytest.mark.parametrize(
    ("items", "said"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "<c>"], "a, b and &lt;c&gt;")],
)
def test_a_list_reads_as_a_person_would_say_it(items: list[str], said: str) -> None:
    assert listed(items) == said
    assert render_text("{{ items | listed }}", items=items) == said


def test_marked_items_of_a_list_keep_their_mentions() -> None:
    assert render_text("{{ owners | listed }}", owners=[Mrkdwn("<@U1>"), "<@U2>"]) == "<@U1> and &lt;@U2&gt;"


def test_no_message_accuses_anybody() -> None:
    """S30."""
    folder = files("prompts").joinpath("en").joinpath("messages")
    texts = {entry.name: entry.read_text(encoding="utf-8") for entry in folder.iterdir()}
    assert texts
    assert {name: hit[0] for name, text in texts.items() if (hit := ACCUSING.search(text))} == {}
