"""The bench judges, keeps and draws what it measured as it says; what it sends is what Slack would send."""

from __future__ import annotations

import contextlib
import json
import time
import xml.etree.ElementTree as Xml
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs

import pytest
from slack_sdk.signature import SignatureVerifier

from bot import payloads
from prompts import load_bank
from tests.bench import __main__ as bench
from tests.bench import people
from tests.bench.docs import write
from tests.bench.figures import figure, keep, table
from tests.bench.load import CannotMeasure, percentile
from tests.bench.picture import draw
from workflows import answers
from workflows.policy import parse_policy
from workflows.rules.severity import assess

GROWTH = {"sqlite": {"check": {1_000: 2.0, 1_000_000: 2.1}, "home": {1_000: 5.0, 1_000_000: 6.5}}}


@pytest.mark.parametrize(
    ("value", "limit", "ok"),
    [(50.0, "<= 50", True), (50.1, "<= 50", False), (0.7, ">= 0.7", True), (0.69, ">= 0.7", False), (3.0, None, None)],
)
def test_a_figure_is_judged_by_its_limit(value: float, limit: str | None, ok: bool | None) -> None:
    assert figure("what", value, "ms", limit).ok is ok


def test_figures_are_kept_as_a_list_and_a_miss_is_told(tmp_path: Path) -> None:
    figures = [figure("ack", 0.1, "x", "<= 0.25"), figure("submit", 80.0, "ms", "<= 50")]

    keep(figures, tmp_path / "build" / "bench.json")

    kept = json.loads((tmp_path / "build" / "bench.json").read_text())
    assert kept[1] == {"name": "submit", "value": 80.0, "unit": "ms", "limit": "<= 50", "ok": False}
    assert "MISSED" in table(figures).splitlines()[-1]


@pytest.mark.parametrize(
    ("value", "given", "code"),
    [(80.0, [], 1), (80.0, ["--allow-missed"], 0), (40.0, [], 0), (40.0, ["--allow-missed"], 0)],
)
def test_a_missed_limit_ends_the_bench_with_one_unless_it_is_allowed(
    value: float,
    given: list[str],
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    @contextlib.contextmanager
    def ready(_: object) -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(figures=[figure("submit", value, "ms", "<= 50"), figure("memory", 9.0, "MB")], growth={})

    monkeypatch.setattr(bench, "BUILD", tmp_path)
    monkeypatch.setattr(bench, "_bench", ready)
    monkeypatch.setattr(bench, "_measure", lambda *_: None)
    monkeypatch.setattr(bench.cores, "pin", lambda _: None)
    monkeypatch.setattr("sys.argv", ["bench", *given])

    assert bench.main() == code
    said = capsys.readouterr().out
    assert ("1 of 2 figures missed their limit: submit" in said) is (value > 50)
    assert (tmp_path / "bench.json").exists()


def test_the_page_names_what_was_missed_and_shows_how_cost_grows(tmp_path: Path) -> None:
    write([figure("submit", 80.0, "ms", "<= 50")], GROWTH, tmp_path, 0.1)

    assert "**submit**: 80 ms, limit <= 50" in (tmp_path / "speed.md").read_text()
    assert "1,000,000" in (tmp_path / "speed.svg").read_text()


def test_the_picture_is_well_formed_and_has_a_point_for_each_measurement() -> None:
    picture = Xml.fromstring(draw(GROWTH))

    assert len(picture.findall("{http://www.w3.org/2000/svg}circle")) == 4


def test_a_percentile_of_nothing_is_not_a_figure() -> None:
    assert percentile([3_000_000, 1_000_000, 2_000_000], 50) == 2.0
    with pytest.raises(CannotMeasure):
        percentile([], 50)


def test_every_submission_is_signed_complete_and_a_launch_of_its_own() -> None:
    make = people.submission()
    sent = []
    for _ in range(2):
        head, _, body = make().data.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        assert SignatureVerifier(people.SECRET).is_valid_request(body, headers)
        assert int(headers["Content-Length"]) == len(body)
        sent.append(json.loads(parse_qs(body.decode())["payload"][0]))
    first, second = (payloads.submission(each["view"], "U1234") for each in sent)

    read = answers.read(first.filled, load_bank())
    answers.require_complete(read)
    assert assess(read).level.name == "L2"
    assert first.filled == people.ANSWERS
    assert (first.request_key, first.launch) != (second.request_key, second.launch)
    assert {first.product_id, second.product_id} <= {each.id for each in parse_policy(people.POLICY, "bench").products}


def test_the_load_is_stamped_with_the_present_time() -> None:
    stamp = people.command()().data.partition(b"Timestamp: ")[2].split(b"\r\n")[0]

    assert abs(int(stamp) - time.time()) < 5
