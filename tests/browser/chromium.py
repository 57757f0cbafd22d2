"""Find a Chromium on this machine and start it the same way everywhere."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright
from playwright.sync_api import Error as BrowserError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class NoBrowser(Exception):
    """There is no browser here, or it does not start; the text says which."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a headless browser, on a profile that is new and goes away again, until the block ends.

    Raises:
        NoBrowser: none was found, or the one that was found does not start.
    """
    with sync_playwright() as driver:
        path = find_browser(driver)
        try:
            browser = driver.chromium.launch(executable_path=path, args=[*FLAGS])
        except BrowserError as error:
            raise NoBrowser(f"{path} does not start: {error.message.splitlines()[0]}") from None
        try:
            yield browser
        finally:
            browser.close()


def find_browser(driver: Playwright) -> str:
    """Return the path of the browser: HRDD_BROWSER, else one on PATH, else the one Playwright keeps."""
    chosen = os.environ.get("HRDD_BROWSER")
    if chosen:
        found = shutil.which(chosen)
        if found is None:
            raise NoBrowser(f"HRDD_BROWSER names {chosen}, which cannot be run")
        return found
    own = driver.chromium.executable_path
    paths = [shutil.which(name) for name in NAMES] + [own if Path(own).is_file() else None]
    path = next((each for each in paths if each), None)
    if path is None:
        raise NoBrowser(f"none of {', '.join(NAMES)} is on PATH; install one, or name yours in HRDD_BROWSER")
    return path
