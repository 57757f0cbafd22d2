"""What release 0.1 left behind when it was stopped at a bad moment: its tables, and what stood at Slack by then.

`release_0_1.json` was taken from that release itself: cases waiting and acknowledged, one message that arrived and was
never answered, one that was about to leave, and more behind them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import Connection

from storage.upgrade import config
from tests.chaos.people import Sending
from tests.chaos.stage import Stage

PICTURE = Path(__file__).with_name("release_0_1.json")
NUMBERED = ("hr_case", "hr_event", "hr_outbox")


def load(scene: Stage) -> None:
    """Put the old tables into the empty database, and the old messages into the workspace."""
    picture = _moved_in(scene, PICTURE.read_text(encoding="utf-8"))
    scene.people.acknowledged += [Sending(*each) for each in picture["acknowledged"]]
    with scene.db.engine.connect() as connection:
        if scene.store == "sqlite":
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]
        with connection.begin():
            command.upgrade(config(connection), "0001")
            for table, rows in picture["tables"].items():
                for row in rows:
                    _insert(connection, table, row)
            for table in NUMBERED if scene.store == "postgresql" else ():
                connection.exec_driver_sql(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")


def _moved_in(scene: Stage, text: str) -> dict[str, Any]:
    """Post what stood at Slack, and give the picture with the places where it stands now."""
    workspace = scene.slack.workspace
    for lane, channel, ts, key in json.loads(text)["stored"]:
        here = workspace.dm_of(lane) if lane.startswith("U") else channel
        data = {"event_type": "hrdd_message", "event_payload": {"key": key}}
        message = workspace.post(here, workspace.bot_user, key, by_bot=True, metadata=data)
        text = text.replace(channel, here).replace(ts, message.ts)
    picture: dict[str, Any] = json.loads(text)
    for _, channel, ts, key in picture["edited"]:
        message = workspace.message(channel, ts)  # type: ignore[assignment]
        data = {"event_type": "hrdd_message", "event_payload": {"key": key}}
        workspace.edit(message, metadata=data)
    return picture


def _insert(connection: Connection, table: str, row: dict[str, Any]) -> None:
    marks = ", ".join("?" if connection.dialect.name == "sqlite" else "%s" for _ in row)
    connection.exec_driver_sql(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))
