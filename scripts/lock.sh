#!/usr/bin/env bash
# Resolve pyproject.toml anew and write the hash-locked requirement files (docs/decisions/0012).
# The files name versions and hashes only, so they install from whichever registry the machine uses.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=$(scripts/uv.sh)
compile() { "$uv" pip compile "$1" --universal --generate-hashes --no-emit-index-url --no-header -q "${@:3}" -o "$2"; }
compile pyproject.toml requirements/run.txt --group build --extra playground --extra postgresql
compile pyproject.toml requirements/dev.txt --group build --group dev --extra playground --extra postgresql -c requirements/run.txt
compile requirements/uv.in requirements/uv.txt
