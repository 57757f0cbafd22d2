"""`hrdd signal`: report a change of context from a script, or see first what it would touch."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workflows.desk import Desk


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be given."""
    parser.add_argument("signal", nargs="?", default="", help="what changed, such as SIG-LAW")
    parser.add_argument("--what", default="", help="what happened, in a sentence; `-` reads standard input")
    parser.add_argument("--cancel", metavar="KEY", help="take back one of this key that has not acted yet")
    parser.add_argument("--key", help="a name of its own for this report, so that it never counts twice")
    parser.add_argument("--countries", default="", help="codes or names with commas between (default: everywhere)")
    parser.add_argument("--products", default="", help="ids of the policy with commas between (default: all)")
    parser.add_argument("--customers", default="", help="names with commas between (default: all)")
    parser.add_argument("--defeats", default="", help="types of mitigation that it undoes, such as MIT-POLICY")
    parser.add_argument("--since", default="", help="the day it began or begins, such as 2027-01-01 (default: today)")
    parser.add_argument("--source", default="command line", help="who says so")
    parser.add_argument("--preview", action="store_true", help="only count what it would touch")
    parser.add_argument("--json", action="store_true", help="print JSON")


def act(given: argparse.Namespace) -> str:
    """Save or preview a change; give what to print.

    Raises:
        BadReport: one sentence that names what cannot be used. SettingsError, PolicyError, StorageError: as elsewhere.
    """
    from bot import reports
    from workflows import context
    from workflows.clock import utcnow

    desk, now = _desk(), utcnow()
    try:
        if given.cancel:
            gone = context.cancel(desk, context.key_of_machine(given.cancel), now)
            return "It is taken back and changes nothing." if gone else "Nothing of this key waits to act."
        change = reports.read(desk, _fields(given), now)
        if given.preview:
            found = reports.ahead(context.preview(desk, change, "", now))
            sentence = (
                f"It would touch {found['cases']} cases and {found['mitigations']} mitigations. Nothing is saved."
            )
            return json.dumps(found, indent=2) if given.json else sentence
        saved = reports.save(desk, change, now)
    finally:
        desk.db.dispose()
    if given.json:
        return json.dumps(reports.answer(saved), indent=2)
    if saved.staff:
        return "Saved. Two people are told, and nobody else."
    known = "This was saved before." if saved.again else "Saved."
    return f"{known} It touches {saved.cases} cases and acts at {saved.acts_at:%Y-%m-%d %H:%M} UTC."


def _fields(given: argparse.Namespace) -> dict[str, object]:
    # Without a key of its own nothing tells a second run from a second report; a preview counts nothing.
    key = given.key or ("preview" if given.preview else "")
    what = sys.stdin.read() if given.what == "-" else given.what
    listed = {name: _split(getattr(given, name)) for name in ("countries", "products", "customers", "defeats")}
    return {"key": key, "signal": given.signal, "what": what, "since": given.since, "source": given.source, **listed}


def _split(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _desk() -> Desk:
    from slack_sdk import WebClient

    from bot.directory import SlackDirectory
    from bot.services import open_database, seals_of
    from bot.settings import SettingsError, read_settings
    from prompts import load_bank
    from workflows.desk import Desk
    from workflows.policy import load_policy

    settings = read_settings()
    policy, database = load_policy(settings.hrdd_policy), open_database(settings)
    if database.pending_migrations():
        raise SettingsError("HRDD_DATABASE_URL: the tables are not of this version. Run `hrdd db upgrade` first.")
    # It answers from memory and is never asked to call Slack here; delivery asks before anybody is told.
    directory = SlackDirectory(WebClient(), policy.away_statuses)
    return Desk(database, policy, load_bank(), directory, seals_of(settings, database, policy))
