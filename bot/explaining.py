"""How a failure becomes one plain sentence, and where it stands. Logs get its kind and place, never its text."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.payloads import block_ids
from bot.views import missing
from prompts import problem
from storage.errors import Conflict, StorageBusy, StorageError, StorageFull
from workflows.errors import BadAnswers, HrddError, Locked

log = logging.getLogger(__name__)
NAMED = 3
"""How many missing things are named where there is no room for a window of their own."""
TRIGGER_TROUBLE = frozenset({"expired_trigger_id", "trigger_expired", "exchanged_trigger_id", "trigger_exchanged"})


def told(error: Exception) -> list[tuple[str | None, str]]:
    """Say everything that is wrong, each with the field it stands beside (None: the whole form)."""
    if isinstance(error, Locked):
        lacks = [missing.sentence(each) for each in error.missing[:NAMED]]
        return [(None, " ".join([problem(error.problem), *lacks]))]
    if isinstance(error, BadAnswers):
        return [(field, problem(name)) for field, name in error.fields]
    return [(getattr(error, "field", None), _sentence(error))]


def inputs(view: Mapping[str, Any]) -> list[str]:
    """Give the ids of the inputs of a view, in order: a sentence can stand beside these."""
    return [str(block["block_id"]) for block in view["blocks"] if block.get("type") == "input"]


def beside(view: Mapping[str, Any], sentences: Sequence[tuple[str | None, str]]) -> dict[str, str]:
    """Place each sentence beside its input, or beside the first input where it concerns the whole form.

    Two that meet beside one input are both said. The view has an input.
    """
    blocks = inputs(view)
    placed: dict[str, str] = {}
    for field, sentence in sentences:
        place = (
            field if field in block_ids(view) else next((each for each in blocks if each.startswith(f"{field}.")), None)
        )
        at = place or blocks[0]
        placed[at] = f"{placed[at]} {sentence}" if at in placed else sentence
    return placed


def code(error: Exception) -> str:
    """Give what an error of Slack's is called, or else its class."""
    if isinstance(error, SlackApiError):
        data = getattr(error.response, "data", None)
        return str(data.get("error")) if isinstance(data, dict) else f"http_{error.response.status_code}"
    return type(error).__name__


def _sentence(error: Exception) -> str:
    if isinstance(error, HrddError):
        return problem(error.problem, **error.values)
    if isinstance(error, StorageError):
        kinds = {StorageFull: "storage_full", StorageBusy: "storage_busy", Conflict: "storage_busy"}
        log.error("Storage refused: %s %s", type(error).__name__, error.code)
        return problem(kinds.get(type(error), "storage_down"))
    if isinstance(error, SlackApiError) and code(error) in TRIGGER_TROUBLE:
        return problem("expired_trigger")
    reference = secrets.token_hex(4)
    # Never the message or the traceback's values: they may hold what somebody wrote.
    log.error("Unexpected %s (reference %s) at %s", type(error).__name__, reference, _place(error))
    return problem("unexpected", reference=reference)


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace is not None else "unknown"
