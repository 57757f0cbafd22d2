"""Only the notifier lets anything leave, and it never does so without asking at the door (S26, promise 8)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from bot.manifest import PROJECT
from bot.views.note import OURS

ROOMS = ("bot", "workflows", "storage", "prompts")
OUT = re.compile(
    r"chat_(?!get)\w+|files_\w+|api_call|pins_add|canvases_\w+|bookmarks_\w+|reminders_add|send_dict|"
    r"conversations_(?:setTopic|setPurpose|create|rename)|calls_\w+|respond|say|WebhookClient|set_status|set_title"
)
"""Ways by which words can reach Slack. Windows and the home are not among them: they answer the one who opened them."""
ANSWERS = {("bot/listeners/acts.py", "WebhookClient")}
"""Tells the one who typed a command, and nobody else, that it did not work."""


def sources() -> Iterator[Path]:
    """Give our modules but those of the stand-in, which is the other side of the wire."""
    for room in ROOMS:
        for path in sorted((PROJECT / room).rglob("*.py")):
            if "playground" not in path.parts:
                yield path


def ways_out(tree: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Give each name by which something could leave, with the function that it stands in."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
                if OUT.fullmatch(name):
                    yield name, function


def test_s26_nothing_but_the_notifier_posts_edits_or_uploads() -> None:
    found = {
        (path.relative_to(PROJECT).as_posix(), name)
        for path in sources()
        for name, _function in ways_out(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found == ANSWERS | {("bot/notifier.py", "chat_postMessage"), ("bot/notifier.py", "chat_update")}


def test_s26_an_answer_to_a_command_is_one_of_our_own_sentences() -> None:
    tree = ast.parse((PROJECT / "bot" / "listeners" / "acts.py").read_text(encoding="utf-8"))
    ((_name, function),) = ways_out(tree)
    written = ast.unparse(function)
    assert "answer.send(text=sentence, response_type='ephemeral')" in written
    assert written.count(".send") == 1


def test_s26_whatever_posts_or_edits_asks_at_the_door_first() -> None:
    tree = ast.parse((PROJECT / "bot" / "notifier.py").read_text(encoding="utf-8"))
    leaving = {function.name: function for _name, function in ways_out(tree)}  # type: ignore[attr-defined]
    assert set(leaving) == {"_post", "_edit"}
    for function in leaving.values():
        written = ast.unparse(function)
        out = min(written.index(name) for name in ("chat_postMessage", "chat_update") if name in written)
        assert "self._outward.check(wire, text" in written[:out]


def test_s26_only_notes_of_our_own_words_leave_unsearched() -> None:
    assert set(FILLED) == OURS
    for kind, filled in FILLED.items():
        source = (PROJECT / f"prompts/en/messages/note_{kind}.md.j2").read_text(encoding="utf-8")
        assert set(re.findall(r"{{ *([\w.]+)", source)) == filled, kind


FILLED = {
    "staff": {"case.code", "owner", "backup"},
    "concern_answer": set(),
    "concern_since": set(),
    "concern_more": {"case.code"},
    "concern_worse": {"case.code"},
    "inbox": set(),
    "key_waits": {"by"},
    "key_used": {"by"},
    "key_dropped": {"by"},
    "pulse": {"count"},
}
"""What stands in notes that leave unsearched beside our own words: nothing that anybody wrote."""


def test_the_search_would_find_another_way_out() -> None:
    tree = ast.parse("def tell(client):\n    client.files_upload_v2(content='x')\n    respond('y')\n")
    assert {name for name, _function in ways_out(tree)} == {"files_upload_v2", "respond"}
