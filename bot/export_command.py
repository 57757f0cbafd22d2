"""`hrdd export`: the record as a file for the company. Nothing is printed where something sealed would leave."""

from __future__ import annotations

from datetime import date, datetime

from bot.services import seals_of
from bot.settings import Settings
from prompts import problem
from storage.database import Database
from workflows import export
from workflows.errors import HrddError
from workflows.policy import load_policy
from workflows.values import parse_case_code

FORMATS = {"json": export.as_json, "csv": export.as_csv}


class ExportError(Exception):
    """What was asked for cannot be given; the message is one plain sentence."""


def run(settings: Settings, database: Database, case: str | None, day: str | None, form: str, now: datetime) -> str:
    """Give one case, or all (None), as text in a format, as of the end of a day or of now (aware UTC).

    Raises:
        ExportError: no such case or day, or something sealed would leave. SettingsError, PolicyError: as they say.
    """
    policy = load_policy(settings.hrdd_policy)
    at = now if day is None else min(export.end_of_day(policy, _day(day)), now)
    case_id = None if case is None else parse_case_code(case)
    if case is not None and case_id is None:
        raise ExportError("--case: please name a case as in HR-12.")
    try:
        made = export.read(database, seals_of(settings, database, policy), case_id, at)
    except HrddError as error:
        raise ExportError(problem(error.problem, **error.values)) from None
    return FORMATS[form](made)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ExportError("--as-of: please write a day as in 2026-03-12.") from None
