"""Names of buttons, windows and inputs: the words that are too short for a template."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from prompts.loader import read_yaml
from prompts.models import BankError
from prompts.render import LOCALE


def label(name: str) -> str:
    """Give a label by its name, as plain text. Raises BankError where there is none of this name."""
    found = _labels().get(name)
    if found is None:
        raise BankError(f"{LOCALE}/labels.yaml, labels: there is no {name!r}")
    return found


@cache
def _labels() -> Mapping[str, str]:
    raw = read_yaml(files("prompts").joinpath(LOCALE, "labels.yaml").read_text(encoding="utf-8"))
    return {str(name): str(text) for name, text in raw["labels"].items()}
