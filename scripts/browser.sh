#!/usr/bin/env bash
# Say which browser the browser tests will use; install one where this machine lets us. Never fails: the tests
# themselves say loudly when they did not run (and fail where HRDD_REQUIRE_BROWSER is set, as in CI).
set -u
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing Chromium for the browser tests ..." >&2
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium; } \
        >/dev/null 2>&1 || echo "Chromium could not be installed; the browser tests will say so." >&2
fi
exit 0
