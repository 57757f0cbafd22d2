"""Kill the programs at random moments, again and again, while people work and Slack fails; then count.

SQLite: one process with everything in it. PostgreSQL: one process that answers people and three workers; half way one
of the workers is killed for good. Every start has a fresh identity, as a new container would.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.judge import Verdict
from tests.chaos.programs import Program
from tests.chaos.stage import LEASE, Stage, Store, stage

AT_START = 0.1
"""The share of kills that come before the program said that it is ready."""
DRAIN = 60.0
SLOWEST = 6.0
"""Seconds after which nothing that was under way at Slack can still take effect, so that waits may be cut short."""
SHORT: dict[Store, float] = {"sqlite": 0.4, "postgresql": 0.8}
"""Median lives for a short run: on PostgreSQL three others go on while one starts."""


@dataclass
class Killed:
    """What a run of kills came to."""

    store: Store
    kills: int = 0
    during_start: int = 0
    seconds: float = 0.0
    drained: float | None = None
    submissions: int = 0
    people: dict[str, int] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    longest_wait: float = 0.0
    audit: int | None = None
    verdict: Verdict = field(default_factory=Verdict)

    @property
    def clean(self) -> bool:
        """Whether nothing was lost, doubled, invented or out of order, and everything ended well."""
        return self.verdict.clean and not self.ended and self.audit == 0 and self.drained is not None

    def as_json(self) -> dict[str, Any]:
        """Give it for build/chaos.json."""
        found = self.verdict.as_json()
        return {
            "kills": self.kills,
            **found,
            "kills_during_start": self.during_start,
            "kills_per_minute": round(self.kills / max(self.seconds, 1.0) * 60, 1),
            "seconds": round(self.seconds, 1),
            "drain_seconds": self.drained,
            "waiting_at_the_end": self.waiting,
            "longest_wait_seconds": self.longest_wait,
            "submissions": self.submissions,
            "people": self.people,
            "ended_by_itself": self.ended,
            "audit_verify": self.audit,
        }


class _Hunt:
    """Keeps programs running and kills them, one thread for each place where one runs."""

    def __init__(self, scene: Stage, kills: int, life: float, seed: int, say: Callable[[str], None]) -> None:
        self._scene, self._wanted, self._life, self._seed, self._say = scene, kills, life, seed, say
        self._lock = threading.Lock()
        self.kills = self.during_start = 0
        self.left: list[Program] = []

    def run(self) -> None:
        """Return when enough were killed; the programs that run then go on."""
        places = [self._scene.app]
        if self._scene.store == "postgresql":
            places += [lambda each=each: self._scene.worker(each) for each in range(3)]
        threads = [
            threading.Thread(target=self._place, args=(number, start), daemon=True)
            for number, start in enumerate(places)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _place(self, number: int, start: Callable[[], Program]) -> None:
        dice = random.Random(self._seed * 10 + number)
        while True:
            program = start()
            early = dice.random() < AT_START
            if early:
                time.sleep(dice.uniform(0.0, 0.4))
            else:
                program.wait_ready()
                time.sleep(min(dice.expovariate(0.69 / self._life), 6 * self._life))
            if not self._one_more(early):
                self.left.append(program)
                return
            self._scene.ended_by_itself(program)
            if program.alive:
                program.kill()
            self._scene.running.remove(program)
            if number == 3 and self.kills >= self._wanted / 2:
                return  # this replica never comes back

    def _one_more(self, early: bool) -> bool:
        with self._lock:
            if self.kills >= self._wanted:
                return False
            self.kills += 1
            self.during_start += early
            if self.kills % 50 == 0:
                self._say(f"{self._scene.store}: {self.kills} of {self._wanted} kills")
            return True


def _time_passes(scene: Stage, seed: int, over: threading.Event) -> None:
    dice = random.Random(seed)
    while not over.wait(dice.uniform(0.1, 0.5)):
        if not scene.is_busy():
            scene.time_passes(dice)


def run(store: Store, kills: int, *, life: float = 1.0, seed: int = 1, say: Callable[[str], None] = print) -> Killed:
    """Kill so many times, let everything settle, and judge."""
    found = Killed(store)
    with stage(store, seed=seed) as scene:
        scene.slack.storm(seed)
        hunt = _Hunt(scene, kills, life, seed, say)
        over = threading.Event()
        clocks = threading.Thread(target=_time_passes, args=(scene, seed, over), daemon=True)
        began = time.monotonic()
        scene.people.start()
        clocks.start()
        hunt.run()
        found.seconds = time.monotonic() - began
        over.set()
        clocks.join()
        scene.people.go_home()
        scene.slack.calm()
        scene.people.all_home(20.0)
        found.waiting, found.longest_wait = scene.waiting(), scene.longest_wait()
        began = time.monotonic()
        settled = scene.settles(SLOWEST)
        if not settled:
            scene.waits_are_over()
            settled = scene.settles(DRAIN + LEASE)
        found.drained = round(time.monotonic() - began, 1) if settled else None
        for program in hunt.left:
            scene.ended_by_itself(program)
        found.kills, found.during_start, found.ended = hunt.kills, hunt.during_start, list(scene.ended)
        found.submissions = len(scene.people.acknowledged)
        found.people = dict(scene.people.seen)
        found.audit = scene.run("audit", "verify")
        found.verdict = scene.verdict()
        if not found.clean:
            found.verdict.examples["kept in"] = [str(_keep(scene))]
    return found


def _keep(scene: Stage) -> object:
    """Keep the logs and, where it is a file, the database of a run that failed."""
    import shutil
    from pathlib import Path

    kept = Path("build") / f"chaos-{scene.store}-{time.strftime('%H%M%S')}"
    kept.mkdir(parents=True, exist_ok=True)
    for each in (*scene.folder.glob("*.log"), *scene.folder.glob("hrdd.db*")):
        shutil.copy(each, kept)
    if scene.store == "postgresql":
        rows = scene.ask("SELECT * FROM hr_outbox ORDER BY id")
        (kept / "outbox.txt").write_text("\n".join(map(str, rows)))
    return kept
