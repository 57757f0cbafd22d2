"""Nobody learns from the time an answer takes whether a receipt was right (anonymity.md, T7).

What is compared is everything but the stretching of a receipt, which would only hide a difference. Work is measured in
time of the processor, since this machine does other things too; how well the two could be told apart, by the clock on
the wall, as somebody outside would try. `HRDD_LONG=1` takes thirty times as many.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from storage import anonymous, envelopes
from storage.database import Database
from storage.models import AnonCase, AnonMsg
from tests.blind import answers, cases, keyed, released, report, vault_on
from workflows import letters
from workflows.errors import BadAnswer
from workflows.sealed_words import Words
from workflows.vault import EVEN, Vault

LOOKS = 10_000 if os.environ.get("HRDD_LONG") else 360
GAP_MOST, AUC_MOST = 50.0, 0.55
LONG = 20
"""How many messages there are on each side of a long dialogue."""
DIALOGUES = (0, 2, LONG, 0, 1, LONG)
"""How many on each side of each report, beside the first."""
ROUNDS = 5
"""Where the marks are missed more are looked up, and all of them judged: a difference only shows more clearly."""
Taken = tuple[float, float]


def test_t7_a_receipt_that_is_right_takes_as_long_as_one_that_is_not_however_long_its_dialogue_is(
    db: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    seconds = count(step=100)
    vault = vault_on(db, tmp_path / "keys", steady=lambda: float(next(seconds)))
    right, wrong = _receipts(vault)
    hits, misses = list[Taken](), list[Taken]()
    for _ in range(ROUNDS):
        _look_up_in_turns(vault, (hits, right), (misses, wrong))
        gap = 1e6 * median(hit[0] - miss[0] for hit, miss in zip(hits, misses, strict=True))
        apart = _auc([wall for _, wall in hits], [wall for _, wall in misses])
        work = 1e6 * median(work for work, _ in misses)
        if abs(gap) <= GAP_MOST and abs(apart - 0.5) <= AUC_MOST - 0.5:
            break
    with capsys.disabled():
        told = f"median gap {gap:+.0f} of {work:.0f} µs of work, AUC {apart:.3f}"
        sys.stdout.write(f" [{len(hits)} hits and misses: {told}] ")
    assert abs(gap) <= GAP_MOST
    assert abs(apart - 0.5) <= AUC_MOST - 0.5


def test_t7_the_same_is_fetched_and_opened_for_every_receipt(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    seconds, opened, fetched = count(step=100), list[int](), list[int]()
    vault = vault_on(db, tmp_path / "keys", steady=lambda: float(next(seconds)))
    right, wrong = _receipts(vault)
    open_one, fetch = envelopes.unseal, anonymous.some_messages

    def opening(blob: bytes, private: bytes, info: bytes) -> bytes:
        opened.append(len(blob))
        return open_one(blob, private, info)

    def fetching(*asked: Any) -> list[AnonMsg]:
        rows = fetch(*asked)
        fetched.extend(len(each.blob) for each in rows)
        return rows

    monkeypatch.setattr(envelopes, "unseal", opening)
    monkeypatch.setattr(anonymous, "some_messages", fetching)

    done = set[tuple[tuple[int, ...], tuple[int, ...]]]()
    for receipt in (*right, *wrong):
        _look(vault, receipt)
        done.add((tuple(opened), tuple(fetched)))
        opened.clear()
        fetched.clear()

    assert len(done) == 1
    ((openings, rows),) = done
    assert (len(openings), len(rows), len(set(rows))) == (1 + EVEN, EVEN, 1)


def _look_up_in_turns(vault: Vault, *kinds: tuple[list[Taken], Sequence[str]]) -> None:
    for turn in range(LOOKS):
        for taken, receipts in kinds if turn % 2 else kinds[::-1]:
            taken.append(_look(vault, receipts[turn // 2 % len(receipts)]))


def _receipts(vault: Vault) -> tuple[Sequence[str], Sequence[str]]:
    """Give receipts of reports with short and long dialogues, and receipts that no report has."""
    keyed(vault)
    right = []
    for _ in DIALOGUES:
        right.append(vault.submit(report()).receipt)
        if not vault.holding.at_once:
            vault.holding.write_down()
    released(vault)
    for case, messages in zip(cases(vault), DIALOGUES, strict=True):
        for number in range(messages):
            answers(vault, case, "Thank you. We look into it.")
            _adds(vault, case, number + 2)
    return right, [vault.receipt_for(f"nobody {number}") for number in range(len(right))]


def _adds(vault: Vault, case: AnonCase, seq: int) -> None:
    """Let the reporter write once more, as if it had been released already."""
    words = letters.seal(Words("It goes on."), case.case_pk, case.id, letters.FROM_REPORTER, seq)
    with vault.db.write() as session:
        anonymous.add_message(session, case.id, letters.FROM_REPORTER, seq, words)


def _look(vault: Vault, receipt: str) -> Taken:
    worked, began = time.thread_time(), time.perf_counter()
    with contextlib.suppress(BadAnswer):
        vault.look_up(receipt)
    return time.thread_time() - worked, time.perf_counter() - began


def _auc(some: Sequence[float], others: Sequence[float]) -> float:
    """Give how often one of `some` took longer than one of `others`; a half says nothing."""
    ordered = sorted(others)
    ranks = sum((bisect_left(ordered, each) + bisect_right(ordered, each)) / 2 for each in some)
    return ranks / (len(some) * len(others))
