"""`hrdd inbox`: read anonymous reports on one's own machine; readers' own keys, and the key that is kept offline."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot import inbox_server
from bot.inbox_keys import InboxError

if TYPE_CHECKING:
    from bot.inbox_client import Report, Server
    from bot.inbox_keys import ReaderKey

KEY_FILE: Final = Path("hrdd-inbox-key.json")
SERVER: Final = "HRDD_INBOX_SERVER"
TEXT_MOST: Final = 3000
STATES: Final = {"retracted": "taken back"}
SAID: Final = {
    "": "A reader",
    "ack": "A reader",
    "feedback": "A reader, on what was done",
    "closing": "A reader, at the end",
}
Commands = "argparse._SubParsersAction[argparse.ArgumentParser]"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be given."""
    what = parser.add_subparsers(required=True, metavar="WHAT")
    key = what.add_parser("key", help="make your own key; the private half stays in a file here")
    key.add_argument("--out", type=Path, default=KEY_FILE, help=f"the file (default {KEY_FILE})")
    key.add_argument("--lead", default="", help="your id in the policy, to keep it with the key")
    _passphrase(key)
    key.set_defaults(inbox=_key)
    _for_readers(what)
    inbox_server.arguments(what)


def _for_readers(what: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add what readers do on their own machine."""
    pull = what.add_parser("pull", help="fetch all reports, sealed; with --out keep them so")
    pull.add_argument("--out", type=Path, help="a new file for what is sealed")
    pull.set_defaults(inbox=_pull)
    listed = what.add_parser("list", help="the reports that you can open")
    listed.set_defaults(inbox=_list)
    read = what.add_parser("read", help="read one")
    read.set_defaults(inbox=_read)
    answer = what.add_parser("answer", help="write to its reporter; the words are read from standard input")
    answer.add_argument("--feedback", action="store_true", help="this says what was done about it")
    answer.set_defaults(inbox=_answer)
    acknowledge = what.add_parser("acknowledge", help="say that a person has read it")
    acknowledge.set_defaults(inbox=_acknowledge)
    close = what.add_parser("close", help="close it, with a last word to its reporter from standard input")
    close.set_defaults(inbox=_close)
    for each in (read, answer, acknowledge, close):
        each.add_argument("label", nargs="+", help="its two words, or the beginning of its id")
    for each in (listed, read):
        each.add_argument("--from", dest="kept", type=Path, help="a file of `pull`, rather than the server")
    for each in (pull, listed, read, answer, acknowledge, close):
        each.add_argument(
            "--server", default=os.environ.get(SERVER, ""), help=f"its address, https (default: {SERVER})"
        )
        each.add_argument("--key", type=Path, default=KEY_FILE, help=f"your key file (default {KEY_FILE})")
        each.add_argument("--lead", default="", help="your id in the policy (default: the one in the key file)")
        each.add_argument("--insecure", action="store_true", help="allow http to another machine; others can listen")
        _passphrase(each)


def _passphrase(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--passphrase-fd", type=int, metavar="N", help="read the passphrase from this file descriptor")


def act(given: argparse.Namespace) -> str:
    """Do one of it; give what to print.

    Raises:
        InboxError: one sentence. SettingsError, PolicyError, StorageError: as elsewhere.
    """
    from storage.keystore import KeystoreError
    from workflows.rules.shares import BadShare

    try:
        return str(given.inbox(given))
    except (BadShare, KeystoreError) as refusal:
        raise InboxError(str(refusal)) from None


# Keys


def _key(given: argparse.Namespace) -> str:
    from bot.inbox_keys import ask_passphrase, make_key
    from workflows.rules.fingerprints import fingerprint

    if given.out.exists():
        raise InboxError(f"There is a file at {given.out} already, and it stays as it is: please name another.")
    public = make_key(given.out, ask_passphrase(given.passphrase_fd, twice=True), given.lead)
    return (
        f"Public key:  {inbox_server.coded(public)}\nFingerprint: {fingerprint(public)}\n"
        f"The private half is in {given.out}; without this file and its passphrase nobody can open anything with it. "
        "Give the public key to the people who run the bot, and compare the fingerprint in person or by phone."
    )


# Reading


def _pull(given: argparse.Namespace) -> str:
    from bot import inbox_client

    key = _opened_key(given)
    fetched = _server(given).fetch(key, _lead(given, key))
    mine = inbox_client.opened(fetched, key)
    said = f"{len(mine)} {'report is' if len(mine) == 1 else 'reports are'} for you."
    if given.out is None:
        return said
    inbox_client.keep(fetched, given.out)
    return (
        f"{said} All that was fetched is in {given.out}, sealed. What is erased on the server can still be opened from "
        "this file: please remove it when you are done."
    )


def _list(given: argparse.Namespace) -> str:
    key = _opened_key(given)
    found = _reports(given, key)[1]
    return "\n".join(_line(each) for each in found) or "No report is for you."


def _read(given: argparse.Namespace) -> str:
    from bot import inbox_client

    report = _one(given, _reports(given, _opened_key(given))[1])
    contents, said = report.parcel.contents, list[str]()
    for is_ours, words in inbox_client.in_order(report):
        since = f"How they have been: {inbox_client.harmless(words.since)}\n" if words.since else ""
        said.append(f"{SAID.get(words.about, SAID['']) if is_ours else 'The reporter'}:\n{since}{words.text}")
    head = f"{_line(report)}\nIt is erased on {contents.erased}, or later where something is written before."
    return inbox_client.harmless("\n\n".join([head, *said]))


def _acknowledge(given: argparse.Namespace) -> str:
    return _send(given, "ack", "")


def _answer(given: argparse.Namespace) -> str:
    return _send(given, "feedback" if given.feedback else "", None)


def _close(given: argparse.Namespace) -> str:
    return _send(given, "closing", None)


def _send(given: argparse.Namespace, about: str, text: str | None) -> str:
    """Do something with a report. None for the text: it is read from standard input, once the report was found."""
    server, report = _report(given)
    words = _typed() if text is None else text
    state = server.send(report, about, words)
    return f"Saved. {report.parcel.contents.label} is {STATES.get(state, state)} now."


def _report(given: argparse.Namespace) -> tuple[Server, Report]:
    given.kept = None
    server, found = _reports(given, _opened_key(given))
    if server is None:
        raise InboxError("--server: please give the address of the server.")
    return server, _one(given, found)


def _reports(given: argparse.Namespace, key: ReaderKey) -> tuple[Server | None, list[Report]]:
    from bot import inbox_client

    if given.kept is not None:
        return None, inbox_client.opened(inbox_client.kept(given.kept), key)
    server = _server(given)
    return server, inbox_client.opened(server.fetch(key, _lead(given, key)), key)


def _one(given: argparse.Namespace, found: list[Report]) -> Report:
    from bot import inbox_client

    return inbox_client.named(found, " ".join(given.label))


def _typed() -> str:
    """Read words from standard input: nothing is written to a disk, and no list of processes shows them."""
    if sys.stdin.isatty():
        sys.stderr.write("Please write your words; end with Ctrl-D on a line of its own.\n")
    text = sys.stdin.read().strip()
    if not text:
        raise InboxError("Nothing was sent, because there are no words.")
    if len(text) > TEXT_MOST:
        raise InboxError(f"Nothing was sent, because there are more than {TEXT_MOST} characters: please shorten it.")
    return text


def _line(report: Report) -> str:
    from bot.inbox_client import harmless

    contents = report.parcel.contents
    due = "late" if contents.is_late else f"by {contents.due}" if contents.due else ""
    where = f"  {contents.site}" if contents.site else ""
    state, short = STATES.get(contents.state, contents.state), report.parcel.id.hex()[:8]
    known = f"{contents.label:<24} L{contents.level}  {contents.week}  {state:<13} {due:<14} {_topic(contents.topic)}"
    return harmless(f"{known}{where}  ({short}){_marks(report)}")


def _marks(report: Report) -> str:
    """Say what its reporter added that nobody has answered, and whether they are treated worse."""
    from bot.inbox_client import in_order
    from workflows.inbox_acts import OVER
    from workflows.inbox_values import is_new, is_worse

    if report.parcel.contents.state in OVER:
        return ""
    written = list(in_order(report))
    new = "  NEW: written after the last answer" if is_new([ours for ours, _ in written]) else ""
    worse = "  WORSE: they are treated worse" if is_worse(words.since for _, words in written) else ""
    return new + worse


def _topic(topic: str) -> str:
    from prompts import label

    try:
        return label(f"topic_{topic}")
    except KeyError:
        return topic


def _server(given: argparse.Namespace) -> Server:
    from bot.inbox_client import Server

    return Server(given.server, insecure=given.insecure)


def _opened_key(given: argparse.Namespace) -> ReaderKey:
    from bot.inbox_keys import ask_passphrase, open_key

    return open_key(given.key, ask_passphrase(given.passphrase_fd))


def _lead(given: argparse.Namespace, key: ReaderKey) -> str:
    lead = given.lead or key.lead
    if not lead:
        raise InboxError("--lead: please give your id in the policy; the people who run the bot know it.")
    return lead
