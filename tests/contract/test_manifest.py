"""The manifest asks for what the code uses, and for nothing else; Slack takes it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from slack_sdk import WebClient

import bot
from bot.ids import COMMAND, Action, Word
from bot.listeners import BLIND_ACTIONS, EVENTS, SHORTCUTS
from bot.manifest import ManifestError, as_yaml, for_http, manifest_path, read_manifest

MANIFEST = read_manifest()
SOURCES = [path for path in Path(bot.__file__).parent.rglob("*.py") if "playground" not in path.parts]
BOT_SCOPES = MANIFEST["oauth_config"]["scopes"]["bot"]

# What Slack's reference says each method needs; an empty set needs none. The history of a conversation needs the
# scope of its kind: lead channels are public or private, people are told in direct messages.
SCOPES_OF = {
    "auth.test": set(),
    "apps.connections.open": set(),
    "chat.postMessage": {"chat:write"},
    "chat.update": {"chat:write"},
    "chat.postEphemeral": {"chat:write"},
    "conversations.open": {"im:write"},
    "conversations.history": {"channels:history", "groups:history", "im:history"},
    "users.info": {"users:read"},
    "users.list": {"users:read"},
    "views.open": set(),
    "views.push": set(),
    "views.update": set(),
    "views.publish": set(),
}
METHODS = {
    name.replace("_", ".", 1): name
    for name in dir(WebClient)
    if re.fullmatch(r"[a-z]+_[A-Za-z]+(_[A-Za-z]+)*", name) and callable(getattr(WebClient, name))
}


def attributes(tree: ast.AST) -> Iterator[str]:
    """Yield every name that is reached for on something."""
    return (node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute))


def used_methods() -> set[str]:
    """Return the Web API methods that the bot calls, found in its code."""
    names = {name for path in SOURCES for name in attributes(ast.parse(path.read_text(encoding="utf-8")))}
    return {method for method, name in METHODS.items() if name in names}


def test_the_search_for_methods_finds_some():
    assert {"chat.postMessage", "views.open", "users.info"} <= used_methods()


def test_each_method_that_is_called_has_its_scopes_and_no_scope_is_left_over():
    used = used_methods()
    assert used <= set(SCOPES_OF), f"say which scopes these need: {used - set(SCOPES_OF)}"

    needed = set().union(*(SCOPES_OF[method] for method in used)) | {"commands"}

    assert set(BOT_SCOPES) == needed


def test_each_scope_says_why_it_is_asked_for():
    lines = manifest_path().read_text(encoding="utf-8").splitlines()

    for scope in BOT_SCOPES:
        (line,) = [each for each in lines if each.strip().startswith(f"- {scope} ") or each.strip() == f"- {scope}"]
        assert len(line.partition("#")[2].split()) >= 3, line


def test_the_command_is_the_one_that_is_listened_to():
    assert [command["command"] for command in MANIFEST["features"]["slash_commands"]] == [COMMAND]


def test_the_hint_of_the_command_names_words_that_are_known():
    hint = MANIFEST["features"]["slash_commands"][0]["usage_hint"]

    assert {usage.split()[0] for usage in hint.split(" | ")} == {str(word) for word in Word}


def test_every_shortcut_is_declared_and_listened_to():
    assert {shortcut["callback_id"] for shortcut in MANIFEST["features"]["shortcuts"]} == {
        *SHORTCUTS,
        Action.CONCERN_OPEN,
    }
    assert Action.CONCERN_OPEN in BLIND_ACTIONS, "what it brings is rebuilt by the edge"


def test_every_event_is_declared_and_listened_to():
    assert set(MANIFEST["settings"]["event_subscriptions"]["bot_events"]) == set(EVENTS)


def check_shape(manifest: dict[str, Any]) -> list[str]:
    """Return what Slack would refuse, by the limits of its manifest reference."""
    shown, features = manifest["display_information"], manifest["features"]
    found = []
    limits = {"name": 35, "description": 140, "long_description": 4000}
    found += [name for name, most in limits.items() if not 0 < len(shown.get(name, "x")) <= most]
    found += ["long_description"] if len(shown.get("long_description", "x" * 200)) < 174 else []
    found += ["color"] if not re.fullmatch(r"#[0-9a-f]{6}", shown["background_color"]) else []
    found += ["bot name"] if not re.fullmatch(r"[a-z0-9._-]{1,80}", features["bot_user"]["display_name"]) else []
    for command in features["slash_commands"]:
        found += [
            key
            for key, most in (("command", 32), ("description", 2000), ("usage_hint", 1000))
            if len(command[key]) > most
        ]
        found += ["command"] if not command["command"].startswith("/") else []
    found += ["too many commands"] if len(features["slash_commands"]) > 50 else []
    for shortcut in features["shortcuts"]:
        found += [
            key for key, most in (("name", 24), ("description", 150), ("callback_id", 255)) if len(shortcut[key]) > most
        ]
        found += ["type"] if shortcut["type"] not in ("global", "message") else []
    found += ["too many shortcuts"] if len(features["shortcuts"]) > 10 else []
    scopes = manifest["oauth_config"]["scopes"]["bot"]
    found += ["scopes"] if len(set(scopes)) < len(scopes) or len(scopes) > 255 else []
    home = features["app_home"]
    found += ["home"] if home["messages_tab_read_only_enabled"] and not home["messages_tab_enabled"] else []
    return found


def test_slack_takes_the_manifest():
    assert check_shape(MANIFEST) == []
    assert set(MANIFEST) == {"_metadata", "display_information", "features", "oauth_config", "settings"}


@pytest.mark.parametrize(
    "given", ["https://hrdd.example.org", "https://hrdd.example.org/", "https://hrdd.example.org/slack/events"]
)
def test_the_manifest_for_http_sends_everything_to_one_address(given: str):
    made = for_http(MANIFEST, given)
    address = "https://hrdd.example.org/slack/events"

    assert made["settings"]["socket_mode_enabled"] is False
    assert made["settings"]["event_subscriptions"]["request_url"] == address
    assert made["settings"]["interactivity"]["request_url"] == address
    assert [command["url"] for command in made["features"]["slash_commands"]] == [address]
    assert check_shape(made) == []
    assert yaml.safe_load(as_yaml(made)) == made
    assert read_manifest() == MANIFEST, "the manifest itself stays as it is"


def test_nothing_but_the_way_in_differs_between_the_two_manifests():
    made = for_http(MANIFEST, "https://hrdd.example.org")
    made["settings"]["socket_mode_enabled"] = True
    del made["settings"]["event_subscriptions"]["request_url"], made["settings"]["interactivity"]["request_url"]
    for command in made["features"]["slash_commands"]:
        del command["url"]

    assert made == MANIFEST


@pytest.mark.parametrize("given", ["http://hrdd.example.org", "hrdd.example.org", "https://", "", "https://a.b?c=1"])
def test_an_address_that_slack_would_refuse_is_refused(given: str):
    with pytest.raises(ManifestError, match="https"):
        for_http(MANIFEST, given)
