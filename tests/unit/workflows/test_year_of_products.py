"""A year of five hundred products, printed as it was lived (S9, S10, S13, S20; promises 4, 6, 11)."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from storage.database import Database
from tests.conftest import quick_folder
from tests.many import PRODUCTS, Life


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_year_of_five_hundred_products_leaves_nobody_unasked(
    sqlite_template: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(tempfile.mkdtemp(prefix="hrdd-year-", dir=quick_folder()))
    shutil.copyfile(sqlite_template, folder / "year.db")
    db = Database.connect(f"sqlite:///{folder / 'year.db'}")
    try:
        year = Life(db, seed=2026).lived()
    finally:
        db.dispose()
        shutil.rmtree(folder, ignore_errors=True)
    with capsys.disabled():
        sys.stdout.write(f"\n{year.summary()}\n")

    assert year.checks == PRODUCTS
    assert year.states["tracked"] > 100
    assert (year.without_owner, year.without_clock, year.below) == (0, 0, 0)
    assert (year.unearned, year.lowered, year.approved_wrongly) == (0, 0, [])
    assert year.whole
    assert year.prompts_in_a_week_below_the_top <= 2
    assert year.events["record.recheck"] > 100
    assert year.events["case.signal"] > 100
