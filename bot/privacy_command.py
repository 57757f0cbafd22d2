"""`hrdd privacy`: look for people where nobody may be (`scan`), and say how large the crowd is (`meter`)."""

from __future__ import annotations

import argparse
import base64
import binascii
import csv
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from bot.settings import Settings
    from storage.database import Database
    from workflows.privacy import Findings, Known, Meter

FIELDS: Final = ("id", "name", "handle", "e-mail", "display name")
NAMES: Final = ("real_name", "display_name", "real_name_normalized", "display_name_normalized")
"""Where Slack says how somebody is called."""
LEAST_SECRET: Final = 16
"""Shorter bytes that happen to be base64 are no secret."""
LISTED: Final = 50
PAGE: Final = 1000
_ID: Final = re.compile(r"[UW][A-Z0-9]{2,20}")
FOUND: Final = 1
"""The exit code where somebody was found."""
NAMED: Final = 5


class PrivacyError(Exception):
    """What was asked for cannot be done; the message is one plain sentence."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be given."""
    what = parser.add_subparsers(required=True, metavar="WHAT")
    scan = what.add_parser("scan", help="look for everybody of the workspace in all that is kept")
    scan.add_argument(
        "--users", type=Path, metavar="FILE", help="lines of id,name,handle,e-mail,display name (default: Slack)"
    )
    scan.add_argument("--logs", type=Path, nargs="+", default=[], metavar="PATH", help="logs: files or folders")
    scan.add_argument("--backups", type=Path, nargs="+", default=[], metavar="PATH", help="copies: files or folders")
    scan.add_argument("--wal", type=Path, metavar="DIR", help="the files of a PostgreSQL server, or its log alone")
    scan.add_argument("--json", action="store_true", help="print JSON")
    scan.set_defaults(asked=_scan)
    meter = what.add_parser("meter", help="say among how many people a reporter stands")
    meter.add_argument("--json", action="store_true", help="print JSON")
    meter.set_defaults(asked=_meter)
    restored = what.add_parser("restored", help="an older copy of the database was put back: give up what it held")
    restored.set_defaults(asked=_restored)


def act(given: argparse.Namespace) -> int | str:
    """Look; give what to print, or, where somebody was found, print it and give the exit code 1.

    Raises:
        PrivacyError: one sentence that says what cannot be used. SettingsError, PolicyError, StorageError: likewise.
    """
    from bot.services import current_database
    from bot.settings import read_settings

    settings = read_settings()
    database = current_database(settings)
    try:
        text, is_clean = given.asked(given, settings, database)
    finally:
        database.dispose()
    if is_clean:
        return str(text)
    sys.stdout.write(f"{text}\n")
    return FOUND


def _restored(_: argparse.Namespace, settings: Settings, database: Database) -> tuple[str, bool]:
    from bot.services import vault_of
    from workflows.policy import load_policy

    vault = vault_of(settings, database, load_policy(settings.hrdd_policy))
    if vault is None:
        raise PrivacyError("The policy says nothing of concerns, so nothing was held. Nothing was changed.")
    vault.give_up_held()
    return "What was held in that copy is given up; reports that were released then are there as before.", True


def _scan(given: argparse.Namespace, settings: Settings, database: Database) -> tuple[str, bool]:
    from workflows.privacy import NothingToRead, Places, look

    people = _from_file(given.users) if given.users else _from_slack(settings)
    if not people:
        raise PrivacyError("There is nobody to look for: the list of users is empty.")
    places = Places(settings.keystore, given.logs, given.backups, given.wal)
    try:
        findings = look(database, people, places, _secrets(settings))
    except NothingToRead as problem:
        raise PrivacyError(str(problem)) from None
    text = json.dumps(_as_json(findings), indent=2) if given.json else "\n".join(_sentences(findings))
    return text, findings.is_clean


def _from_file(file: Path) -> list[Known]:
    from workflows.privacy import Known

    try:
        lines = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error):
        raise PrivacyError(f"--users: {file} cannot be read as lines of {','.join(FIELDS)}.") from None
    people = []
    for number, line in enumerate(lines, 1):
        fields = [field.strip() for field in line]
        if not any(fields):
            continue
        if not _ID.fullmatch(fields[0]) or len(fields) > len(FIELDS):
            raise PrivacyError(f"--users: line {number} is not {','.join(FIELDS)} with an id such as U0123ABCDEF.")
        one, name, handle, email, *others = fields + [""] * (4 - len(fields))
        people.append(Known(one, name, handle, email, others=tuple(others)))
    return people


def _from_slack(settings: Settings) -> list[Known]:
    """Ask Slack who is there, guests and those who left as well; bots are nobody."""
    from slack_sdk.errors import SlackApiError, SlackClientError

    from bot.services import web_client

    client, people, cursor = web_client(settings), list["Known"](), ""
    while True:
        try:
            answer = client.users_list(limit=PAGE, cursor=cursor)
        except SlackApiError as error:
            raise PrivacyError(
                f"Slack does not say who is in the workspace ({error.response.get('error')}). Give a list with --users."
            ) from None
        except (SlackClientError, OSError) as error:
            raise PrivacyError(f"Slack did not answer ({type(error).__name__}). Give a list with --users.") from None
        people += [_read(each) for each in answer.get("members") or () if not each.get("is_bot")]
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return people


def _read(user: Mapping[str, Any]) -> Known:
    from workflows.privacy import Known

    profile = user.get("profile") or {}
    names = [str(each.get(name) or "") for each in (profile, user) for name in NAMES]
    return Known(
        str(user["id"]),
        profile.get("real_name") or user.get("real_name") or "",
        user.get("name") or "",
        profile.get("email") or "",
        str(user.get("team_id") or ""),
        tuple(each for each in names if each),
    )


def _secrets(settings: Settings) -> list[bytes]:
    """Give every secret that a digest may have been keyed with: those of the environment, and the file of seal keys."""
    from pydantic import SecretStr

    from storage.crypto import KEY_FILE

    values = [value.get_secret_value() for _, value in settings if isinstance(value, SecretStr)]
    file = settings.hrdd_data_dir / KEY_FILE
    if file.is_file():
        values.append(file.read_text(encoding="utf-8", errors="replace"))
    return sorted({secret for value in values for secret in _pieces(value.strip())})


def _pieces(value: str) -> Iterator[bytes]:
    """Give a secret as it is written, the parts of a list, and what they stand for in base64."""
    for piece in {value, *re.split(r"[\s,:;]+", value)} - {""}:
        yield piece.encode()
        try:
            decoded = base64.b64decode(piece, validate=True)
        except (binascii.Error, ValueError):
            continue
        if len(decoded) >= LEAST_SECRET:
            yield decoded


def _as_json(found: Findings) -> dict[str, Any]:
    return {
        "clean": found.is_clean,
        "looked_at": {name: getattr(found, name) for name in ("users", "named", "needles", "rows", "files", "bytes")},
        "not_in_plain_text": found.guarded,
        "found": [
            {"place": place, "what": what, "how": how, "users": sorted(who)}
            for (place, what, how), who in sorted(found.found.items())
        ],
        "schema": found.schema,
        "notes": found.notes,
    }


def _sentences(found: Findings) -> list[str]:
    lines = [
        f"Looked for {found.users} people in {found.needles:,} ways, in {found.rows:,} rows and {found.files} files "
        f"({found.bytes / 1e6:.1f} MB). {found.named} of them stand in the named record, where they may.",
        *found.notes,
        *(f"The tables: {problem}." for problem in found.schema),
    ]
    for (place, what, how), who in sorted(found.found.items())[:LISTED]:
        whose = ", ".join(f"no. {each}" for each in sorted(who)[:NAMED]) + (" and more" if len(who) > NAMED else "")
        lines.append(f"Found in {place}: the {what} ({how}) of {len(who)} of the list: {whose}.")
    if len(found.found) > LISTED:
        lines.append(f"And in {len(found.found) - LISTED} more places or ways; --json has them all.")
    lines.append("Nobody was found where nobody may be." if found.is_clean else "This is not clean: see above.")
    return lines


def _meter(given: argparse.Namespace, settings: Settings, database: Database) -> tuple[str, bool]:
    from workflows.clock import utcnow
    from workflows.policy import load_policy
    from workflows.privacy import meter

    policy = load_policy(settings.hrdd_policy)
    if policy.concerns is None:
        raise PrivacyError("The policy says nothing about concerns yet: see `concerns` in policy.yaml.")
    found = meter(database, policy.concerns, ZoneInfo(policy.timezone), utcnow())
    if not given.json:
        return "\n".join(_said(found)), True
    told = {
        "staff": found.staff,
        "weeks": found.weeks,
        "uses_a_week": round(found.uses, 1),
        "crowd_by_visits": {str(visits): size for visits, size in found.crowds.items()},
        "enough": found.enough,
        "shown_on_mondays": found.mondays,
        "offered": not found.small,
    }
    return json.dumps(told, indent=2), True


def _said(found: Meter) -> list[str]:
    if found.weeks:
        used = f"In an average week of the last {found.weeks} all of them together used the bot {found.uses:.0f} times:"
        used += " forms begun, and taps on the weekly question."
    else:
        used = "How often they use the bot is not known yet: no whole week was counted. So it is taken as never."
    lines = [f"{found.staff} people, as the policy says. {used}"]
    lines += [f"Who writes {_times(visits)} stands among about {size} people." for visits, size in found.crowds.items()]
    lines.append(
        "What is added to a report is shown on Mondays only." if found.mondays else "What is added is shown every day."
    )
    if found.small:
        lines.append("They are so few that nobody would be anonymous; it is not offered.")
    elif not found.enough:
        lines.append("That is few. The more the bot is used for ordinary things, the more it hides.")
    return [*lines, *_UNKNOWN]


_UNKNOWN: Final = (
    "This supposes that whoever looks knows exactly who used the bot when, and picks any of those who could have been"
    " it.",
    "It does not know: what is written, and how; who can know such things; who uses the bot more than others, which a"
    " reporter does, so that who weighs that names them more often; what Slack, a device or a network shows.",
)


def _times(visits: int) -> str:
    return {1: "once", 2: "twice"}.get(visits, f"{visits} times")
