"""The `hrdd` command line. Every failure is one sentence on standard error; exit code 2 means bad input."""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from bot import inbox_command, inbox_server, privacy_command, signal_command

if TYPE_CHECKING:
    from bot.services import Services
    from storage.database import Database

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
OK, FAILED, BAD_INPUT, MUST_WAIT = 0, 1, 2, 3


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    arguments = _parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    command: Callable[[argparse.Namespace], int | str] = arguments.command
    try:
        found = command(arguments)
        if isinstance(found, str):
            print(found)
        return OK if isinstance(found, str) else found
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return FAILED
    except Exception as error:
        sentence = _sentence(error)
        if sentence is None:
            raise
        print(sentence, file=sys.stderr)
        return BAD_INPUT


def _sentence(error: Exception) -> str | None:
    """Say an error that somebody can do something about; None for one that is ours."""
    from bot.export_command import ExportError
    from bot.inbox_keys import InboxError
    from bot.manifest import ManifestError
    from bot.privacy_command import PrivacyError
    from bot.reports import BadReport
    from bot.settings import SettingsError
    from prompts import BankError
    from storage.errors import StorageError
    from workflows.errors import BadCheckFile, PolicyError

    known = [SettingsError, PolicyError, BankError, BadCheckFile, ManifestError, StorageError]
    known += [ExportError, BadReport, InboxError, PrivacyError]
    # The playground is an extra that need not be installed; where it was not loaded it raised nothing.
    playground = sys.modules.get("bot.playground.values")
    if playground is not None:
        known.append(playground.RealTokens)
    return str(error) if isinstance(error, tuple(known)) else None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hrdd", description="Human rights due diligence in the work teams already do."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _what_runs(commands)
    _what_is_decided_by(commands)
    _what_was_kept(commands)
    return parser


def _what_runs(commands: Commands) -> None:
    """The bot itself, its database, and what it has promised."""
    playground = commands.add_parser("playground", help="try the bot in a stand-in workspace, without an account")
    playground.add_argument("--port", type=_port, default=8700, help="port of the page (default 8700; 0 picks one)")
    playground.add_argument("--transport", choices=("http", "socket"), default="http", help="how events reach the bot")
    playground.add_argument("--policy", type=Path, help="a policy file to try (default: the invented company's)")
    playground.set_defaults(command=_playground)

    run = commands.add_parser("run", help="serve Slack, with a worker inside")
    run.add_argument("--no-worker", action="store_true", help="leave the outbox to `hrdd worker`")
    run.set_defaults(command=_run)

    worker = commands.add_parser("worker", help="only keep what was promised: clocks and messages")
    worker.add_argument("--port", type=_port, help="serve /healthz and /metrics at this port (0 picks one)")
    worker.set_defaults(command=_worker)

    database = commands.add_parser("db", help="the database").add_subparsers(required=True, metavar="WHAT")
    database.add_parser("upgrade", help="bring the tables up to this version").set_defaults(command=_db_upgrade)

    jobs = commands.add_parser("jobs", help="what is promised and on its way, and what somebody has to look at")
    act = jobs.add_mutually_exclusive_group()
    act.add_argument("--again", metavar="KEY", help="send a message that was given up, or that did not arrive")
    act.add_argument("--sent", metavar="KEY", help="say that a message arrived, or is not needed any more")
    jobs.add_argument("--json", action="store_true", help="print JSON")
    jobs.set_defaults(command=_jobs)


def _what_is_decided_by(commands: Commands) -> None:
    """The rule, the policy, and what the bot asks of Slack."""
    assess = commands.add_parser("assess", help="assess checks from a file, for a CI gate")
    assess.add_argument("file", help="YAML or JSON; `-` reads standard input")
    assess.add_argument("--json", action="store_true", help="print JSON rather than sentences")
    assess.set_defaults(command=_assess)

    policy = commands.add_parser("policy", help="the company's policy and the question bank")
    policy_commands = policy.add_subparsers(required=True, metavar="WHAT")
    check = policy_commands.add_parser("check", help="look for mistakes in the policy and the words")
    check.add_argument("file", nargs="?", type=Path, help="the policy file (default: HRDD_POLICY)")
    check.set_defaults(command=_policy_check)
    trace = policy_commands.add_parser("trace", help="item by item, what keeps the note this bot is made from")
    trace.add_argument("--json", action="store_true", help="print JSON")
    trace.set_defaults(command=_policy_trace)

    manifest = commands.add_parser("manifest", help="print the Slack manifest")
    manifest.add_argument("--http", metavar="URL", help="for signed HTTP at this public address")
    manifest.set_defaults(command=_manifest)


def _what_was_kept(commands: Commands) -> None:
    """Records, and the world around them."""
    export = commands.add_parser("export", help="records as a file: ids, levels, dates; never what people wrote")
    which = export.add_mutually_exclusive_group(required=True)
    which.add_argument("--case", metavar="HR-12", help="one case")
    which.add_argument("--all", action="store_true", help="every case that is not sealed")
    export.add_argument("--format", choices=("json", "csv"), default="json", help="json (default) or csv")
    export.add_argument("--as-of", metavar="DAY", help="as it stood at the end of a day, as in 2026-03-12")
    export.set_defaults(command=_export)

    for name, module, what_for in (
        ("signal", signal_command, "report a change of context, or see what it would touch"),
        ("inbox", inbox_command, "read anonymous reports on your own machine; keys of those who read"),
        ("privacy", privacy_command, "look for people where nobody may be; how large the crowd of reporters is"),
    ):
        parser = commands.add_parser(name, help=what_for)
        module.arguments(parser)
        parser.set_defaults(command=module.act)

    audit = commands.add_parser("audit", help="the record of what happened").add_subparsers(
        required=True, metavar="WHAT"
    )
    verify = audit.add_parser("verify", help="walk every chain of events and report what does not fit")
    verify.add_argument("--json", action="store_true", help="print JSON")
    verify.set_defaults(command=_audit_verify)


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text[:20]} is not a port number")
    return int(text)


def _playground(arguments: argparse.Namespace) -> int:
    try:
        from bot.playground.run import playground
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] != "websockets":
            raise
        print("The playground needs one package more: install hrdd-bot[playground].", file=sys.stderr)
        return BAD_INPUT

    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    try:
        with playground(port=arguments.port, transport=arguments.transport, policy=arguments.policy) as running:
            print(f"The playground is at {running.url}  (Ctrl-C ends it; nothing is kept)", flush=True)
            _until_told_to_stop()
    except OSError as error:
        print(f"Port {arguments.port} cannot be used: {error.strerror}. Try --port 0.", file=sys.stderr)
        return BAD_INPUT
    return OK


def _run(arguments: argparse.Namespace) -> int:
    from bot import edge
    from bot.process import Process, check_token
    from bot.services import build
    from bot.settings import read_settings

    edge.harden()
    services = build(read_settings())
    _bring_up_to_date(services, engine=not arguments.no_worker)
    check_token(services)
    process = Process(services, worker=not arguments.no_worker)
    try:
        process.start()
        way = "a socket" if services.settings.socket_mode else f"{process.url}/slack/events"
        print(f"hrdd is ready; Slack reaches it over {way}.", flush=True)
        _until_told_to_stop()
    finally:
        process.stop()
    return OK


def _worker(arguments: argparse.Namespace) -> int:
    from bot import edge
    from bot.process import WorkerProcess
    from bot.services import build
    from bot.settings import read_settings

    edge.harden()
    services = build(read_settings())
    _bring_up_to_date(services, engine=True)
    process = WorkerProcess(services, arguments.port)
    try:
        process.start()
        where = f"; {process.url}/healthz" if process.url else ""
        print(f"hrdd worker is ready{where}.", flush=True)
        _until_told_to_stop()
    finally:
        process.stop()
    return OK


def _bring_up_to_date(services: Services, *, engine: bool) -> None:
    """One file with one process is upgraded at the start; a server shared by replicas is upgraded by hand.

    `engine` says whether this process has an engine; its tables are only made where they are needed.
    """
    from bot.settings import SettingsError

    database = services.desk.db
    if database.is_sqlite:
        database.upgrade()
        if engine:
            _migrate_engine(services.settings.database_url)
    elif database.pending_migrations():
        raise SettingsError("HRDD_DATABASE_URL: the tables are not of this version. Run `hrdd db upgrade` first.")


def _migrate_engine(url: str) -> None:
    from bot.engine import Engine, EngineError
    from bot.settings import SettingsError

    try:
        Engine.migrate(url)
    except EngineError as error:
        raise SettingsError(f"HRDD_DATABASE_URL: {error}") from None


def _db_upgrade(_: argparse.Namespace) -> int:
    from bot.services import open_database
    from bot.settings import read_settings

    settings = read_settings()
    database = open_database(settings)
    pending = database.pending_migrations()
    database.upgrade()
    database.dispose()
    _migrate_engine(settings.database_url)
    print("The tables are up to date now." if pending else "The tables were up to date.")
    return OK


def _assess(arguments: argparse.Namespace) -> int:
    from prompts import load_bank
    from workflows.assess import assess_document, must_wait, read_document, report
    from workflows.errors import BadCheckFile
    from workflows.findings import in_sentences

    bank = load_bank()
    document = read_document(_read_text(arguments.file, BadCheckFile))
    findings = assess_document(document, bank)
    if arguments.json:
        print(json.dumps(report(document, findings), indent=2))
    else:
        print("\n\n".join(in_sentences(finding, bank) for finding in findings))
    return MUST_WAIT if must_wait(findings) else OK


def _read_text(name: str, refusal: type[Exception]) -> str:
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refusal("the file: is not text in UTF-8.") from None
    except OSError as error:
        raise refusal(f"the file: cannot be read ({error.strerror}).") from None


def _policy_check(arguments: argparse.Namespace) -> int:
    from bot.settings import read_settings
    from prompts import lint
    from workflows.policy import advice, load_policy

    path = arguments.file or read_settings().hrdd_policy
    problems = lint()
    for sentence in problems:
        print(sentence, file=sys.stderr)
    policy = load_policy(path)
    for sentence in [*advice(policy), *inbox_server.key_advice(policy)]:
        print(f"Advice: {sentence}")
    if problems:
        return BAD_INPUT
    print(f"{path}: {policy.company}, {len(policy.products)} products, {len(policy.people())} people. All is well.")
    return OK


def _policy_trace(arguments: argparse.Namespace) -> int:
    from prompts.trace import load_trace
    from workflows.trace import report, table

    trace = load_trace()
    print(json.dumps(report(trace), indent=2) if arguments.json else "\n".join(table(trace)))
    return OK


def _manifest(arguments: argparse.Namespace) -> int:
    from bot.manifest import as_yaml, for_http, manifest_path, read_manifest

    if arguments.http:
        print(as_yaml(for_http(read_manifest(), arguments.http)), end="")
    else:
        print(manifest_path().read_text(encoding="utf-8"), end="")
    return OK


def _current_database() -> Database:
    from bot.services import current_database
    from bot.settings import read_settings

    return current_database(read_settings())


def _jobs(arguments: argparse.Namespace) -> int:
    from bot import jobs
    from workflows.clock import utcnow

    database = _current_database()
    try:
        if arguments.again:
            found = jobs.again(database, arguments.again, utcnow())
            print("It goes out with the next round." if found else "No message of this key was given up.")
            return OK if found else BAD_INPUT
        if arguments.sent:
            found = jobs.was_sent(database, arguments.sent, utcnow())
            print("Noted: it arrived." if found else "Of no message of this key it is unknown whether it arrived.")
            return OK if found else BAD_INPUT
        summary = jobs.summary(database, utcnow())
    finally:
        database.dispose()
    print(json.dumps(summary, indent=2) if arguments.json else "\n".join(jobs.sentences(summary)))
    return OK


def _export(arguments: argparse.Namespace) -> int:
    from bot import export_command
    from bot.settings import read_settings
    from workflows.clock import utcnow

    database = _current_database()
    try:
        given = (arguments.case, arguments.as_of, arguments.format)
        text = export_command.run(read_settings(), database, *given, utcnow())
    finally:
        database.dispose()
    print(text.rstrip())
    return OK


def _audit_verify(arguments: argparse.Namespace) -> int:
    from storage import audit

    database = _current_database()
    with database.read() as session:
        verdict = audit.verify(session)
    database.dispose()
    if arguments.json:
        found = {"streams": verdict.streams, "events": verdict.events, "problems": list(verdict.problems)}
        print(json.dumps(found, indent=2))
    else:
        for sentence in verdict.problems:
            print(sentence)
        judgement = "see above" if verdict.problems else "all fit"
        print(f"{verdict.events} events in {verdict.streams} chains: {judgement}.")
    return FAILED if verdict.problems else OK


def _until_told_to_stop() -> None:
    told = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: told.set())
    told.wait()


if __name__ == "__main__":
    sys.exit(main())
