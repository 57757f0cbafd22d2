"""Countries as people write them: every one of ISO 3166, by code or by name, from the time zone data (S1)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def countries() -> Mapping[str, str]:
    """Give every country: its ISO 3166 code of two letters, and its name in English."""
    text = files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text(encoding="utf-8")
    rows = (line.partition("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {code: name for code, _, name in rows}


@cache
def _by_name() -> Mapping[str, str]:
    return {_folded(name): code for code, name in countries().items()} | {_folded(n): c for n, c in _ALSO.items()}


_ALSO = {
    "uk": "GB",
    "united kingdom": "GB",
    "great britain": "GB",
    "usa": "US",
    "united states of america": "US",
    "timor leste": "TL",
    "ivory coast": "CI",
    "czechia": "CZ",
    "turkiye": "TR",
    "myanmar": "MM",
    "burma": "MM",
    "eswatini": "SZ",
    "cabo verde": "CV",
    "vatican": "VA",
    "drc": "CD",
}
"""Names in common use that the list spells otherwise."""


def read(text: str) -> tuple[str, ...]:
    """Give the codes of the countries that a text names, by code or name, with commas between; each once.

    Raises ValueError with the first part that is no country.
    """
    found = []
    for part in (each.strip() for each in re.split(r"[,;\n]", text)):
        if part:
            found.append(code_of(part))
    return tuple(dict.fromkeys(found))


def code_of(name: str) -> str:
    """Give the code of a country written as code or name. Raises ValueError where there is none such."""
    if name.upper() in countries():
        return name.upper()
    code = _by_name().get(_folded(name))
    if code is None:
        raise ValueError(name)
    return code


def names(codes: tuple[str, ...] | list[str]) -> str:
    """Give countries by name, for people."""
    return ", ".join(countries().get(code, code) for code in codes)


def _folded(name: str) -> str:
    """Give a name without accents and case, its words in one order: the list has "Korea (South)"."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(sign))
    return " ".join(sorted(re.sub(r"[^\w]+", " ", plain).split()))
