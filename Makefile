# Two commands do all the set-up: `make playground` and `make test`. The rest is for people who change things.
.DEFAULT_GOAL := help
PY := .venv/bin/python
# Where this is set, each of the many programs that the tests start would compile everything anew: twice the time.
export PYTHONDONTWRITEBYTECODE :=
# What plays a part of its rounds in `make test`, and all of them here.
LONG := tests/unit/bot/test_privacy_scan.py tests/unit/workflows/test_lookup_timing.py tests/unit/storage/test_envelopes.py
# How many files of tests run at a time.
TESTS_AT_A_TIME ?= 3
LOCKS := $(wildcard requirements/*.txt) pyproject.toml scripts/setup.sh

.PHONY: help
help: ## show what make can do here
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

.venv/ready-run: $(LOCKS)
	@scripts/setup.sh run

.venv/ready-dev: $(LOCKS)
	@scripts/setup.sh dev

.PHONY: playground
playground: .venv/ready-run ## try the bot in a stand-in workspace: no account, no tokens
	@.venv/bin/hrdd playground $(PLAYGROUND)

.PHONY: test
test: .venv/ready-dev lint ## lint, types, import contracts and every test
	@scripts/browser.sh
	@$(PY) -m pytest -n $(TESTS_AT_A_TIME) --dist loadfile --no-loadscope-reorder

.PHONY: lint
lint: .venv/ready-dev ## style, types, import contracts, words and policy
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-cache
	@.venv/bin/hrdd policy check policy.yaml

.PHONY: fix
fix: .venv/ready-dev ## format and mend what can be mended
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

.PHONY: bench
bench: .venv/ready-dev ## measure speed as ratios, on both stores; writes build/bench.json; fails where a limit is missed
	@$(PY) -m tests.bench $(BENCH)

.PHONY: chaos
chaos: .venv/ready-dev ## kill everything 1,000 times on both stores; writes build/chaos.json
	@$(PY) -m tests.chaos $(CHAOS)

.PHONY: proof
proof: .venv/ready-dev ## 2,500 random lives of a case (about half an hour); T2, T7, T9 in full (about three minutes)
	@HRDD_LONG=1 $(PY) -m pytest -p no:xdist -o timeout=1200 $(LONG)
	@HRDD_LIVES=2500 $(PY) -m pytest -p no:xdist tests/unit/workflows/test_never.py

.PHONY: screenshots
screenshots: .venv/ready-dev ## take the pictures of the README anew (docs/images)
	@$(PY) -m scripts.screenshots

.PHONY: lock
lock: ## resolve the dependencies anew
	@scripts/lock.sh

.PHONY: clean
clean: ## remove what these commands made
	rm -rf .venv .tools build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
