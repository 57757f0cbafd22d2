"""Whatever a file holds, assessing it gives a finding or one line; never a crash."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prompts import load_bank
from workflows.assess import assess_document, read_document
from workflows.errors import BadCheckFile
from workflows.rules.values import Finding

BANK = load_bank()
words = st.sampled_from(
    "M1 M2 M3 M4 M5 M6 M7 M8 bank MA-1 answers signals id date defeats mitigations type evidence gap note product "
    "CHG-DATA CHG-UI GRP-USERS CTX-NONE CTX-DK MIT-DESIGN EV3 DK NOT_YET SIG-LAW 2026-02-30".split()
)
junk = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 9) | st.floats(allow_nan=True) | words | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=6),
    max_leaves=25,
)
answers = st.fixed_dictionaries({}, optional={f"M{number}": junk for number in range(1, 9)})
documents = junk | st.fixed_dictionaries({"answers": answers}, optional={"signals": junk, "bank": junk, "launch": junk})


class Refusal(str):
    """The one line in which a file was refused."""


def outcome_of(act: Callable[[], Any]) -> Any:
    """Return what came of it: a result, or the line that refused it. Any other exception is a crash."""
    try:
        return act()
    except BadCheckFile as refused:
        return Refusal(str(refused))


@settings(max_examples=400, deadline=None)
@given(documents)
def test_any_document_gives_a_finding_or_one_line(document: Any) -> None:
    said = outcome_of(lambda: assess_document(document, BANK))

    assert "\n" not in said if isinstance(said, Refusal) else all(isinstance(finding, Finding) for finding in said)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    said = outcome_of(lambda: read_document(f"{text}\n"))

    assert not isinstance(said, Refusal) or "\n" not in said


@pytest.mark.parametrize("text", ["date: 2026-02-30", "a: " + "9" * 5000, "[" * 3000, "&a [*a]", "{" + '"a":' * 2000])
def test_a_text_that_trips_a_reader_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(BadCheckFile):
        assess_document(read_document(text), BANK)
