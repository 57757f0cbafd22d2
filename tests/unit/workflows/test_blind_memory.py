"""The memory of the blind core never held who wrote: only what crosses the edge gets there (anonymity.md, T16).

A process of its own takes twenty reports that came through the edge with everything that Slack tells of a person; then
its whole memory is read from outside.
"""

from __future__ import annotations

import os
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.edge import scrub
from bot.payloads_blind import Chosen
from storage.database import Database
from tests.blind import keyed, vault_on
from workflows.blind_values import Report
from workflows.rules.concerns import Mode, Topic

REQUESTS = 20
CANARY = ("U0KANARI7Q9", "zsofia.kanari", "zsofia.kanari@example.org", "T0KANARI5X", "kanari-harbour", "C0KANARI8Z")
WORDS = "The valve of the third tank was painted over"
READABLE = re.compile(r"([0-9a-f]+)-([0-9a-f]+) r")

TAKES = """
import pickle, sys
from pathlib import Path
from storage.database import Database
from tests.blind import vault_on

vault = vault_on(Database.connect(sys.argv[1]), Path(sys.argv[2]))
for each in pickle.load(sys.stdin.buffer):
    vault.look_up(vault.submit(each).receipt)
print([name for name in sys.modules if name.partition(".")[0] in ("bot", "slack_bolt", "slack_sdk")], flush=True)
sys.stdin.buffer.read()
"""


def payload(number: int) -> dict[str, Any]:
    """Give what Slack sends with the words of a report."""
    person, handle, mail, team, domain, channel = CANARY
    memory = Chosen(Mode.ANONYMOUS, Topic.HARM, nonce=f"{number:032x}").dump()
    return {
        "type": "view_submission",
        "user": {"id": person, "username": handle, "name": handle, "team_id": team, "email": mail},
        "team": {"id": team, "domain": domain},
        "channel": {"id": channel, "name": domain},
        "trigger_id": f"1.2.{person.lower()}",
        "response_urls": [{"channel_id": channel, "response_url": f"https://hooks.example/{team}/{person}"}],
        "view": {
            "id": "V0WINDOW1",
            "team_id": team,
            "callback_id": "concern.write",
            "private_metadata": memory,
            "state": {
                "values": {"concern": {"answer": {"type": "plain_text_input", "value": f"{WORDS} ({number})"}}},
            },
            "blocks": [{"type": "input", "block_id": "concern", "label": {"type": "plain_text", "text": handle}}],
        },
    }


def crossed(number: int) -> Report:
    """Give what of it reaches the blind core."""
    view = scrub(payload(number))["view"]
    # Nothing but letters goes over: not the class that hides them from logs either.
    words = "".join(view["state"]["values"]["concern"]["answer"]["value"])
    return Chosen.load(view["private_metadata"]).report(words, frozenset())


def memory_of(process: int) -> Iterator[bytes]:
    """Read what a process has in its memory. Raises OSError where that is not allowed."""
    with open(f"/proc/{process}/mem", "rb", buffering=0) as memory:
        for line in Path(f"/proc/{process}/maps").read_text().splitlines():
            found = READABLE.match(line)
            if found is None or line.endswith(("[vvar]", "[vsyscall]", "[vvar_vclock]")):
                continue
            start, end = (int(each, 16) for each in found.groups())
            memory.seek(start)
            yield memory.read(end - start)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read by way of /proc")
@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_t16_after_twenty_reports_the_memory_of_the_blind_core_holds_the_words_and_nobody(
    db: Database, db_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    keyed(vault_on(db, tmp_path / "keys"))
    program = [sys.executable, "-c", TAKES, db_url, str(tmp_path / "keys")]
    pipe = subprocess.PIPE
    with subprocess.Popen(program, stdin=pipe, stdout=pipe, env={**os.environ}) as core:
        assert core.stdin is not None
        assert core.stdout is not None
        pickle.dump([crossed(number) for number in range(REQUESTS)], core.stdin)
        core.stdin.flush()
        modules = core.stdout.readline().decode().strip()
        whole = list(memory_of(core.pid))
        core.stdin.close()

    hits = {name: sum(each.count(name.encode()) for each in whole) for name in (*CANARY, WORDS)}
    with capsys.disabled():
        size = sum(map(len, whole)) / 1e6
        sys.stdout.write(f" [{size:.0f} MB of memory: {hits[WORDS]} copies of the words, 0 of {len(CANARY)} ids] ")
    assert modules == "[]", "it knows no Slack"
    assert hits[WORDS] > 0, "what is there is found"
    assert {name: hits[name] for name in CANARY} == dict.fromkeys(CANARY, 0)
