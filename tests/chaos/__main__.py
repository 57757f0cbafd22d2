"""`make chaos`: kill everything a thousand times on each store, break the rest, and print what became of it."""

from __future__ import annotations

import argparse
import json
import sys
import threading
from pathlib import Path
from typing import Any

from tests.chaos import kills, programs, scenarios
from tests.chaos.stage import STORES

KEPT = Path("build/chaos.json")
COLUMNS = ("kills", "expected", "at_slack", "lost", "duplicate", "ghost", "out_of_order", "given_up", "stuck_jobs")


def main() -> int:
    """Run what was asked for; 1 where any promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--kills", type=int, default=1000, help="kills for each store (default 1000)")
    parser.add_argument("--store", choices=STORES, help="only this store")
    parser.add_argument("--short", action="store_true", help="60 kills for each store, short lives")
    parser.add_argument("--life", type=float, default=1.0, help="median seconds from ready to kill (default 1)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-scenarios", action="store_true", help="only kills")
    asked = parser.parse_args()
    programs.prepare()
    stores = [each for each in STORES if asked.store in (None, each)]
    wanted = 60 if asked.short else asked.kills
    found: dict[str, dict[str, Any]] = {}
    clean = True

    def one(store: Any) -> None:
        nonlocal clean
        result = kills.run(
            store, wanted, life=kills.SHORT[store] if asked.short else asked.life, seed=asked.seed, say=_say
        )
        found[store] = result.as_json()
        clean = clean and result.clean

    threads = [threading.Thread(target=one, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    clean = clean and len(found) == len(stores)
    told = [] if asked.no_scenarios else scenarios.run_all(stores, _say)
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps({**found, "scenarios": told}, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(table(found, told) + "\n")
    return 0 if clean and all(each["clean"] for each in told) else 1


def table(found: dict[str, dict[str, Any]], told: list[dict[str, Any]]) -> str:
    """Write it for people."""
    lines = ["", f"{'':<34}" + "".join(f"{each:>13}" for each in COLUMNS)]
    named = [(f"{store}: kill -9", each) for store, each in found.items()]
    named += [(f"{each['store']}: {each['name']}", each) for each in told]
    for name, each in named:
        lines.append(f"{name:<34}" + "".join(f"{each.get(column, ''):>13}" for column in COLUMNS))
    for name, each in named:
        for what, examples in (each.get("examples") or {}).items():
            lines.append(f"  {name}: {what}")
            lines += [f"      {example}" for example in examples]
        lines += [f"  {name}: {sentence}" for sentence in each.get("ended_by_itself", [])[:10]]
        if each.get("trouble"):
            lines.append(f"  {name}: {each['trouble']}")
    for store, each in found.items():
        lines.append(
            f"{store}: {each['kills_per_minute']} kills a minute, {each['submissions']} checks sent, "
            f"{each['steps']} steps of clocks, {each['retried']} messages tried again, drained in "
            f"{each['drain_seconds']} s, audit verify {each['audit_verify']}"
        )
    return "\n".join(lines)


def _say(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
