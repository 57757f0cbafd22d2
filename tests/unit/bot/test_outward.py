"""The door: nothing with a sealed name in it leaves, whatever block it stands in, and nothing leaves unseen."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.models.blocks import Block, ButtonElement, ContextBlock, MarkdownTextObject, SectionBlock
from slack_sdk.models.blocks.blocks import ActionsBlock

from bot.notifier import SlackNotifier
from bot.outward import Outward, texts_in
from bot.settings import Settings, SettingsError, read_settings
from bot.slack_client import steady
from storage.crypto import Keys, new_key
from storage.database import Database
from workflows.ports import CannotSend, Posted, SendLater
from workflows.rules.sealed import Terms
from workflows.seals import Seals

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
SEALED = "Ana Kovač"


@pytest.fixture
def seals(db: Database) -> Seals:
    made = Seals(db, Keys(new_key(), None), steady)
    with db.write() as session:
        made.keep(session, 12, "sealed", 1, SEALED, "U_NOOR", NOW)
    return made


@pytest.fixture
def notifier(seals: Seals) -> SlackNotifier:
    """Speak to a Slack that is not there: what passes the door fails after it."""
    return SlackNotifier(WebClient(token="xoxb-1", base_url="http://127.0.0.1:9/api/", timeout=1), Outward(seals))


def nested(name: str) -> list[Any]:
    return [
        name,
        {"type": "section", "text": {"type": "mrkdwn", "text": f"told {name}"}},
        [{"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": f"x {name}"}}]}],
        {"type": "image", "alt_text": f"see {name}"},
        {"deep": {"deeper": [[{"text": name}]]}},
        {"type": "input", "label": {"text": name}},
        {"type": "input", "hint": {"text": name}, "element": {"type": "plain_text_input"}},
        {"type": "plain_text_input", "placeholder": {"text": name}},
        {"type": "button", "confirm": {"title": {"text": "Sure?"}, "text": {"text": name}}},
        {"type": "rich_text_section", "elements": [{"type": "date", "fallback": name}]},
        {"type": "plain_text", "text": f"<!date^1^{{date}}|{name}>"},
        {"type": "mrkdwn", "text": f"&lt;!date^1^{{date}}|{name}&gt;"},
        ("a", (name,)),
        {
            "type": "rich_text_section",
            "elements": [
                {"type": "text", "text": "told A"},
                {"type": "text", "text": "na Kovac", "style": {"bold": True}},
            ],
        },
    ]


@pytest.mark.parametrize("payload", nested(SEALED))
def test_s26_a_sealed_name_is_seen_wherever_it_stands(seals: Seals, payload: Any) -> None:
    with pytest.raises(CannotSend) as refused:
        Outward(seals).check(payload)
    assert refused.value.code == "sealed_name"
    assert "Ana" not in str(refused.value)


@pytest.mark.parametrize("payload", [*nested("Sam")[:-1], {}, [], "", None, 3, {"value": None, "n": 1}])
def test_what_holds_no_sealed_name_leaves(seals: Seals, payload: Any) -> None:
    Outward(seals).check(payload)


def test_every_text_that_is_seen_is_looked_at() -> None:
    found = list(texts_in({"type": "section", "text": {"text": "a"}, "fields": [{"text": "b"}], "n": 3}))
    assert found == ["a", "b"]


@pytest.mark.parametrize("word", ["primary", "plain text", "U0NOOR", "UTC", "block id", "case acknowledge", "verbatim"])
def test_s26_what_only_slack_reads_stops_no_message(db: Database, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Seals(db, Keys("", None), steady)
    monkeypatch.setattr(made, "terms", lambda: Terms([word]))
    button = {"type": "button", "style": "primary", "value": word, "action_id": "case.acknowledge", "block_id": word}
    text = {"type": "mrkdwn", "text": "<@U0NOOR>, by <!date^17^{date}|9 Feb, 09:00 UTC> in <#C0NOOR>", "verbatim": True}
    Outward(made).check([text, button], "<@U0NOOR>, please look")
    with pytest.raises(CannotSend):
        Outward(made).check([text, {"type": "mrkdwn", "text": word}])


BLOCKS: list[Block] = [
    SectionBlock(text=MarkdownTextObject(text=f"told {SEALED}")),
    SectionBlock(fields=[MarkdownTextObject(text="x"), MarkdownTextObject(text=f"_{SEALED}_")]),
    ContextBlock(elements=[MarkdownTextObject(text=SEALED.upper())]),
    ActionsBlock(elements=[ButtonElement(text=f"See {SEALED}", action_id="a", value="1")]),
]


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("to", ["C_LAUNCH", "U_AMINA"])
def test_s26_no_post_and_no_edit_carries_a_sealed_name(notifier: SlackNotifier, block: Block, to: str) -> None:
    with pytest.raises(CannotSend, match="sealed_name"):
        notifier._post(to, [block], "harmless", "key:1")
    with pytest.raises(CannotSend, match="sealed_name"):
        notifier._edit(Posted("C_LAUNCH", "1.2"), [block], "harmless", "key:1")


def test_s26_the_text_for_notifications_is_looked_at_too(notifier: SlackNotifier) -> None:
    with pytest.raises(CannotSend, match="sealed_name"):
        notifier._post("C_LAUNCH", [], f"told {SEALED}", "key:1")


def test_s19_what_holds_our_own_words_alone_leaves_whatever_is_sealed_and_with_no_key(
    db: Database, seals: Seals
) -> None:
    Outward(seals).check(SEALED, ours=True)
    Outward(Seals(db, Keys("", None), steady)).check("harmless", ours=True)


def test_what_is_clean_passes_the_door(notifier: SlackNotifier) -> None:
    with pytest.raises(SendLater) as later:
        notifier._post("C_LAUNCH", [SectionBlock(text="told somebody")], "told somebody", "key:1")
    assert later.value.code != "seal_key"


def test_s26_where_seals_cannot_be_opened_everything_waits_and_the_log_names_the_variable(
    db: Database, seals: Seals, caplog: pytest.LogCaptureFixture
) -> None:
    door = Outward(Seals(db, Keys("", None), steady))
    with pytest.raises(SendLater) as later:
        door.check("harmless")
    assert (later.value.code, later.value.left) == ("seal_key", False)
    assert "HRDD_SEAL_KEY" in caplog.text
    assert "Ana" not in caplog.text


def test_where_nothing_is_sealed_no_key_is_needed(db: Database) -> None:
    Outward(Seals(db, Keys("", None), steady)).check(SEALED)


def test_where_seals_cannot_be_read_nothing_leaves(db: Database) -> None:
    with db.write() as session:
        session.connection().exec_driver_sql("DROP TABLE hr_seal")
    with pytest.raises(SendLater) as later:
        Outward(Seals(db, Keys("", None), steady)).check("harmless")
    assert (later.value.code, later.value.left) == ("storage", False)


def test_a_key_that_is_none_stops_the_start_and_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HRDD_SEAL_KEY", "not-a-key")
    with pytest.raises(SettingsError, match="HRDD_SEAL_KEY must be 32 random bytes") as told:
        read_settings()
    assert "not-a-key" not in str(told.value)


def test_replicas_share_no_key_file(tmp_path: Any) -> None:
    shared = Settings(hrdd_data_dir=tmp_path, hrdd_database_url="postgresql://user@host/hrdd")
    assert not shared.seal_keys().ring_to_seal()
    assert list(tmp_path.iterdir()) == []
    alone = Settings(hrdd_data_dir=tmp_path)
    assert alone.seal_keys().ring_to_seal()
    assert [each.name for each in tmp_path.iterdir()] == ["seal.key"]
