"""Randomness that comes out the same in every run, so that two runs can be compared byte by byte.

Each place in the code that draws has a stream of its own: threads that draw meanwhile change nothing for the others.
HPKE, whose library draws for itself, is the one of tests/hpke.py here.
"""

from __future__ import annotations

import hashlib
import os
import random
import sys
import threading
from collections import Counter
from functools import cache
from types import FrameType

import pytest

from storage import envelopes
from tests import hpke

DEPTH = 8
OURS = ("/bot/", "/storage/", "/workflows/", "/prompts/", "/tests/")


class Drawn:
    """Draws bytes, the same ones for the same place in the code and the same turn."""

    def __init__(self, seed: str = "drawn") -> None:
        self._seed = seed
        self._turns = Counter[str]()
        self._guard = threading.Lock()

    def __call__(self, size: int) -> bytes:
        place = _place()
        with self._guard:
            self._turns[place] += 1
            turn = self._turns[place]
        return hashlib.shake_256(f"{self._seed}|{place}|{turn}".encode()).digest(size)


def _place() -> str:
    """Name the functions of ours that led here."""
    frame: FrameType | None = sys._getframe(2)
    found = list[str]()
    while frame is not None and len(found) < DEPTH:
        if _is_ours(frame.f_code.co_filename):
            found.append(frame.f_code.co_qualname)
        frame = frame.f_back
    return ">".join(found)


@cache
def _is_ours(file: str) -> bool:
    return any(part in file for part in OURS) and "/site-packages/" not in file


def draws_alike(monkeypatch: pytest.MonkeyPatch, seed: str = "drawn") -> None:
    """Let everything that is drawn from now on come out as in any other run that began so."""
    drawn = Drawn(seed)

    def seal(plain: bytes, public: bytes, info: bytes) -> bytes:
        return envelopes.X25519_SUITE + hpke.seal(plain, public, info, drawn(envelopes.KEY_BYTES))

    monkeypatch.setattr(os, "urandom", drawn)
    monkeypatch.setattr(random, "_urandom", drawn)
    monkeypatch.setattr(envelopes, "seal", seal)
