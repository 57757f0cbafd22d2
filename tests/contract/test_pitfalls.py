"""The pitfalls of durable jobs: each has a test that guards it, or a comment that says why none can."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.engine import Engine, workflow_id
from bot.manifest import PROJECT
from storage.database import Database
from tests.unit.storage.engine_rows import values
from workflows.ports import Job

PAGE = PROJECT / "docs" / "pitfalls.md"
ROOMS = ("bot", "workflows", "storage", "prompts")
COMMENT = "comment:"
GUARDS: dict[int, tuple[str, ...]] = {
    0: (
        "tests/unit/bot/test_engine.py::test_an_exception_in_a_job_ends_only_this_turn_and_its_words_are_kept_nowhere",
        "tests/unit/bot/test_engine.py::test_jobs_that_the_engine_gave_up_are_told_until_they_are_forgotten",
        "tests/unit/bot/test_worker.py::test_what_the_engine_gave_up_is_told_counted_and_then_forgotten",
    ),
    1: (
        "tests/contract/test_pitfalls.py::test_jobs_are_stored_as_portable_json_and_not_as_pickles",
        "tests/contract/test_pitfalls.py::test_the_format_of_jobs_is_named_by_the_enum",
        "tests/flow/test_engine.py::test_jobs_are_stored_as_they_always_were",
    ),
    2: (
        "tests/flow/test_engine.py::test_work_outlives_the_replica_that_had_it_in_hand",
        "tests/chaos/test_chaos.py::test_two_dozen_kills_lose_nothing_double_nothing_and_keep_the_order",
    ),
    3: (
        "tests/contract/test_pitfalls.py::test_jobs_are_stored_without_a_version_and_without_an_executor",
        "tests/contract/test_pitfalls.py::test_no_workflow_is_started_but_through_the_client_and_our_transaction",
        "tests/flow/test_engine.py::test_a_job_that_an_earlier_release_wrote_runs",
    ),
    4: (
        "tests/flow/test_pace.py::"
        "test_a_message_a_second_to_each_channel_is_never_too_fast_and_one_that_must_wait_delays_no_other",
        "tests/contract/test_pitfalls.py::test_the_engine_is_given_no_limits_partitions_attributes_or_deduplication",
    ),
    5: ("tests/unit/storage/test_schema.py::test_sqlite_is_set_to_survive_power_loss_and_to_erase_what_is_deleted",),
    6: (
        "tests/unit/storage/test_rows.py::test_a_change_based_on_an_old_reading_does_not_overwrite_a_newer_one",
        "tests/unit/storage/test_rows.py::test_two_submissions_of_one_launch_at_once_make_one_open_case",
        "tests/unit/storage/test_lanes.py::test_sweeps_that_run_at_once_never_hand_out_two_messages_of_one_lane",
    ),
    7: ("tests/contract/test_pitfalls.py::test_nothing_waits_inside_the_engine",),
    8: (
        "tests/unit/storage/test_timers.py::test_a_timer_set_anew_turns_the_job_on_its_way_into_one_that_does_nothing",
        "tests/unit/storage/test_timers.py::test_a_timer_that_ended_turns_the_job_on_its_way_into_one_that_does_nothing",
        "tests/unit/storage/test_outbox.py::test_a_job_that_was_overtaken_changes_nothing",
        "tests/contract/test_pitfalls.py::test_nothing_waits_inside_the_engine",
    ),
    9: (
        "tests/unit/bot/test_engine.py::test_no_more_jobs_run_at_once_than_it_takes_on",
        "tests/unit/bot/test_engine.py::test_a_job_promised_here_is_taken_up_at_once_and_not_at_the_next_look",
    ),
    10: (
        "comment: CPU is a figure of a quiet machine; `make bench` measures and judges it, and a test would flicker.",
        "tests/unit/bot/test_worker.py::test_it_rests_until_something_is_due_and_at_most_a_second",
        "tests/contract/test_pitfalls.py::test_an_idle_engine_looks_for_jobs_once_a_second",
    ),
    11: ("tests/contract/test_pitfalls.py::test_the_engine_is_given_no_limits_partitions_attributes_or_deduplication",),
    12: (
        "tests/contract/test_pitfalls.py::test_the_engine_is_given_no_limits_partitions_attributes_or_deduplication",
        "tests/unit/bot/test_engine.py::test_the_same_turn_of_a_row_runs_once_and_a_new_turn_runs_again",
    ),
    13: ("tests/contract/test_pitfalls.py::test_nothing_of_ours_is_asynchronous",),
    14: (
        "tests/contract/test_pitfalls.py::test_two_processes_that_upgrade_an_empty_database_at_once_both_succeed",
        "tests/unit/storage/test_schema.py::test_three_processes_that_upgrade_at_once_all_succeed",
        "tests/unit/bot/test_engine.py::test_several_processes_may_make_the_tables_at_once",
    ),
    15: (
        "tests/unit/workflows/test_virtual_year.py::"
        "test_twelve_months_of_a_case_happen_in_order_and_end_with_a_decision",
        "tests/contract/test_pitfalls.py::test_no_test_freezes_time_while_the_engine_runs",
    ),
}
"""The guards of each pitfall of docs/pitfalls.md: `file::test`, or `comment:` and why there is none."""


# The list itself.


def named_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_the_page_and_the_table_have_the_same_pitfalls():
    on_the_page = [int(number) for number in re.findall(r"(?m)^\| (\d+) \|", PAGE.read_text(encoding="utf-8"))]

    assert on_the_page == sorted(GUARDS) == list(range(16))


@pytest.mark.parametrize("number", GUARDS)
def test_each_pitfall_has_a_guard_that_exists(number: int):
    assert GUARDS[number]
    for guard in GUARDS[number]:
        if guard.startswith(COMMENT):
            assert len(guard.split()) > 8, "a comment says why"
            continue
        file, _, name = guard.partition("::")
        assert name in named_in(PROJECT / file), guard


def test_every_file_that_the_page_names_is_there():
    named = re.findall(r"`([\w/]+\.py)`", PAGE.read_text(encoding="utf-8"))

    assert named
    assert [name for name in named if not (PROJECT / name).is_file()] == []


# How jobs are stored: pitfalls 1 and 3.


@pytest.fixture
def jobs(db: Database, db_url: str) -> dict[str, list[object]]:
    """Promise two jobs as the sweep does, and give what is then in the engine's tables, by column."""
    Engine.migrate(db_url)
    engine = Engine(db_url)
    # Only the client: whether the job is taken up makes no difference to how it is stored.
    engine._client = engine._connect()
    try:
        with db.write() as session:
            for job in (Job("send", 12, 1), Job("step", 5, 2)):
                engine.enqueue(session, job)
    finally:
        engine._client.destroy()
    stored: dict[str, list[object]] = {}
    for place, value in values(db, ours=False):
        stored.setdefault(place.removeprefix("dbos."), []).append(value)
    return stored


def test_jobs_are_stored_as_portable_json_and_not_as_pickles(jobs: dict[str, list[object]]):
    assert set(jobs["workflow_status.serialization"]) == {"portable_json"}
    arguments = [json.loads(str(each)) for each in jobs["workflow_input.inputs"]]
    assert sorted(each["positionalArgs"] for each in arguments) == [[5, 2], [12, 1]]
    assert [each["namedArgs"] for each in arguments] == [{}, {}]
    assert {each for name in ("inputs", "output", "error") for each in jobs[f"workflow_status.{name}"]} == {None}


def test_jobs_are_stored_without_a_version_and_without_an_executor(jobs: dict[str, list[object]]):
    assert set(jobs["workflow_status.workflow_uuid"]) == {
        workflow_id(Job("send", 12, 1)),
        workflow_id(Job("step", 5, 2)),
    }
    for column in ("application_version", "executor_id", "owner_xid", "deduplication_id", "queue_partition_key"):
        assert set(jobs[f"workflow_status.{column}"]) == {None}, column
    for column in ("attributes", "authenticated_user", "delay_until_epoch_ms"):
        assert {str(each) for each in jobs[f"workflow_status.{column}"]} <= {"None", "null"}, column
    assert set(jobs["workflow_status.status"]) == {"ENQUEUED"}


# What the program does not do: pitfalls 1, 3, 7, 8, 11, 12, 13, 15. Read from the source, so that it is never reached.


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for room in ROOMS:
        for path in sorted((PROJECT / room).rglob("*.py")):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def names(tree: ast.AST) -> set[str]:
    """Give every name, attribute, keyword and key that stands in some source; not what stands in longer texts."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name) | ast.Name(id=name) | ast.keyword(arg=str(name)) | ast.alias(name=name):
                found.add(name)
            case ast.Constant(value=str(name)) if name.isidentifier():
                found.add(name)
    return found


def uses_the_engine(tree: ast.Module) -> bool:
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return any(name.split(".")[0] == "dbos" for name in imported)


def engine_names() -> set[str]:
    """Give the names in every module that imports DBOS; there is one."""
    modules = [(path, tree) for path, tree in sources() if uses_the_engine(tree)]
    assert [path.relative_to(PROJECT).as_posix() for path, _ in modules] == ["bot/engine.py"]
    return names(modules[0][1])


def test_the_search_for_names_finds_calls_keywords_and_keys():
    found = names(ast.parse("DBOS.sleep(1)\nx(limiter=2)\n{'attributes': 3}\nfrom dbos import SetWorkflowID"))

    assert {"sleep", "limiter", "attributes", "SetWorkflowID"} <= found
    assert {"DBOSClient", "enqueue_in_transaction", "worker_concurrency", "workflow_name"} <= engine_names()


def test_nothing_waits_inside_the_engine():
    waits = {"sleep", "sleep_async", "recv", "recv_async", "send_async", "get_event", "set_event", "get_result"}
    held = {"delay_seconds", "debounce_key", "Debouncer", "DebouncerClient", "set_workflow_delay", "resume_workflow"}
    timed = {"scheduled", "create_schedule", "apply_schedules", "workflow_timeout", "SetWorkflowTimeout"}
    steps = {"step", "run_step", "transaction", "read_stream", "write_stream"}
    # "step" is also a kind of job of ours, and nothing of the engine's.
    assert engine_names() & (waits | held | timed | steps - {"step"}) == set()
    decorated = [
        ast.unparse(decorator)
        for _, tree in sources()
        if uses_the_engine(tree)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
        if "DBOS" in ast.unparse(decorator)
    ]
    assert sorted(decorated) == ["DBOS.workflow(name='send')", "DBOS.workflow(name='step')"]


def test_no_workflow_is_started_but_through_the_client_and_our_transaction():
    used = engine_names()

    assert "enqueue_in_transaction" in used
    ways = {"start_workflow", "start_workflow_async", "enqueue_workflow", "enqueue_workflow_async", "enqueue_async"}
    pins = {"SetWorkflowID", "SetEnqueueOptions", "app_version", "fork_workflow", "_recover_pending_workflows"}
    assert used & (ways | pins) == set()


def test_the_engine_is_given_no_limits_partitions_attributes_or_deduplication():
    used = engine_names()

    assert [each for each in used if "partition" in each or "limiter" in each or "rate_limit" in each] == []
    assert used & {"concurrency", "priority", "priority_enabled"} == set()
    assert used & {"attributes", "deduplication_id", "queue_partition_key", "SetWorkflowAttributes"} == set()


def test_the_format_of_jobs_is_named_by_the_enum():
    tree = ast.parse((PROJECT / "bot" / "engine.py").read_text(encoding="utf-8"))
    given = [
        ast.unparse(value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and key.value == "serialization_type"
    ]
    assert given == ["WorkflowSerializationFormat.PORTABLE"]


def test_nothing_of_ours_is_asynchronous():
    asynchronous = (ast.AsyncFunctionDef, ast.Await, ast.AsyncWith, ast.AsyncFor)
    found = {
        path.relative_to(PROJECT).as_posix()
        for path, tree in sources()
        if any(isinstance(node, asynchronous) for node in ast.walk(tree))
        or {"asyncio", "async_sessionmaker", "AsyncSession"} & names(tree)
    }
    assert found == set()


def test_an_idle_engine_looks_for_jobs_once_a_second():
    from bot.engine import IDLE_SECONDS

    assert IDLE_SECONDS >= 1.0


def test_no_test_freezes_time_while_the_engine_runs():
    """Freezing scans every module at each start; with the engine the clock is moved instead."""
    with_engine = PROJECT / "tests" / "flow"
    freezing = [path.name for path in with_engine.rglob("*.py") if "freezegun" in path.read_text(encoding="utf-8")]
    assert freezing == []


# Replicas that make tables at once: pitfall 14.


@pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)
def test_two_processes_that_upgrade_an_empty_database_at_once_both_succeed(empty_url: str, tmp_path: Path):
    environment = {**os.environ, "HRDD_DATABASE_URL": empty_url, "HRDD_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "bot", "db", "upgrade"]
    runs = [
        subprocess.Popen(
            command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    said = [run.communicate(timeout=90) for run in runs]

    assert [run.returncode for run in runs] == [0, 0], said
    assert all("up to date" in out for out, _ in said)
    database = Database.connect(empty_url)
    try:
        assert not database.pending_migrations()
        with database.read() as session:
            schema = "" if database.is_sqlite else "dbos."
            versions = session.connection().execute(text(f"SELECT version FROM {schema}dbos_migrations")).all()
        assert len(versions) == 1
    finally:
        database.dispose()
