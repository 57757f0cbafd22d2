#!/usr/bin/env bash
# Make .venv ready: `setup.sh run` to run the app, `setup.sh dev` to test it too.
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:?run or dev}

python=$(command -v python3 || true)
if [ -z "$python" ] || ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "hrdd-bot needs Python 3.11 or newer as python3. Nothing was installed. Install it and run make again." >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    echo "This python3 cannot make virtual environments (on Debian or Ubuntu: apt-get install python3-venv)." >&2
    exit 1
fi

uv=$(scripts/uv.sh)
# uv does not read pip's settings; a machine that only tells pip where its registry is, and whom to trust, must work too.
pip_setting() { "$python" -m pip config get "global.$1" 2>/dev/null || true; }
if [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ]; then
    index=${PIP_INDEX_URL:-$(pip_setting index-url)}
    [ -z "$index" ] || export UV_DEFAULT_INDEX=$index
fi
if [ -z "${SSL_CERT_FILE:-}" ]; then
    cert=${PIP_CERT:-$(pip_setting cert)}
    if [ -n "$cert" ]; then
        export SSL_CERT_FILE=$cert
    elif [ -e /etc/ssl/cert.pem ] || [ -d /etc/ssl/certs ] || [ -d /etc/pki/tls/certs ]; then
        # A company's own certificates are known to the system, not to uv. (The name of this switch depends on its age.)
        export UV_SYSTEM_CERTS=true UV_NATIVE_TLS=true
    fi
fi
export UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=${UV_LINK_MODE:-copy}

[ -x .venv/bin/python ] || "$uv" venv --quiet --python "$python" .venv
export VIRTUAL_ENV=$PWD/.venv
"$uv" pip install --quiet --require-hashes -r "requirements/$what.txt"
"$uv" pip install --quiet --no-deps --no-build-isolation -e .
touch ".venv/ready-$what"
[ "$what" = run ] || touch .venv/ready-run
