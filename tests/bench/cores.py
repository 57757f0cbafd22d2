"""Which core does what: the server under test has one for itself; all the rest shares the other."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

_ALLOWED = sorted(os.sched_getaffinity(0))
SERVER = {_ALLOWED[0]}
REST = {_ALLOWED[-1]}


def pin(cores: set[int], pid: int = 0) -> None:
    """Keep a process (this one by default), and what it starts from now on, on these cores."""
    os.sched_setaffinity(pid, cores)


@contextlib.contextmanager
def like_a_server() -> Iterator[None]:
    """Keep this thread, and those that it starts, on the core of the server under test until the block ends."""
    before = os.sched_getaffinity(0)
    pin(SERVER)
    try:
        yield
    finally:
        pin(before)
