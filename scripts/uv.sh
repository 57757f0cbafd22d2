#!/usr/bin/env bash
# Print the path of a working uv: the installed one, or one fetched into .tools/ (never elsewhere).
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -z "${HRDD_OWN_UV:-}" ] && command -v uv >/dev/null 2>&1; then
    command -v uv
    exit 0
fi
own=$PWD/.tools/uv/bin/uv
if [ ! -x "$own" ]; then
    python3 -m venv .tools/uv >&2
    .tools/uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt >&2
fi
echo "$own"
