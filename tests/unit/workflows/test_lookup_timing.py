"""Nobody learns from the time an answer takes whether a receipt was right (anonymity.md, T7).

What is compared is everything but the stretching of a receipt, which would only hide a difference. Work is measured in
time of the processor, since this machine does other things too; how well the two could be told apart, by the clock on
the wall, as somebody outside would try. `HRDD_LONG=1` takes ten times as many.
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

import pytest

from storage.database import Database
from tests.blind import answers, cases, keyed, released, report, vault_on
from workflows.errors import BadAnswer
from workflows.vault import Vault

LOOKS = 10_000 if os.environ.get("HRDD_LONG") else 700
GAP_MOST, AUC_MOST = 50.0, 0.55
REPORTS = 12
TRIES = 3
"""What is a difference shows each time; what this machine did meanwhile does not."""
Taken = tuple[float, float]


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_t7_a_receipt_that_is_right_takes_as_long_as_one_that_is_not(
    db: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    seconds = count(step=100)
    vault = vault_on(db, tmp_path / "keys", steady=lambda: float(next(seconds)))
    right, wrong = _receipts(vault)
    for _ in range(TRIES):
        gap, apart = _compared(vault, right, wrong)
        with capsys.disabled():
            sys.stdout.write(f" [{LOOKS} hits and misses: median gap {gap:+.0f} µs of work, AUC {apart:.3f}] ")
        if abs(gap) <= GAP_MOST and abs(apart - 0.5) <= AUC_MOST - 0.5:
            return
    pytest.fail("right and wrong receipts can be told apart")


def _compared(vault: Vault, right: Sequence[str], wrong: Sequence[str]) -> tuple[float, float]:
    """Look up right and wrong ones in turns; give the gap in microseconds, and how well the two can be told apart."""
    hits: list[Taken] = []
    misses: list[Taken] = []
    for turn in range(LOOKS):
        both = ((hits, right), (misses, wrong)) if turn % 2 else ((misses, wrong), (hits, right))
        for taken, receipts in both:
            taken.append(_look(vault, receipts[turn % REPORTS]))
    gap = 1e6 * median(hit[0] - miss[0] for hit, miss in zip(hits, misses, strict=True))
    return gap, _auc([wall for _, wall in hits], [wall for _, wall in misses])


def _receipts(vault: Vault) -> tuple[Sequence[str], Sequence[str]]:
    """Give receipts of reports with up to two answers, and receipts that no report has."""
    keyed(vault)
    right = [vault.submit(report()).receipt for _ in range(REPORTS)]
    released(vault)
    for number, case in enumerate(cases(vault)):
        for _ in range(number % 3):
            answers(vault, case, "Thank you. We look into it.")
    return right, [vault.receipt_for(f"nobody {number}") for number in range(REPORTS)]


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
