"""Take the pictures of the README and the guides from the running playground: `make screenshots`.

With names behind it (`python -m scripts.screenshots living-case`), only those.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, expect

from bot.playground.run import Running, playground
from tests.browser import screens
from tests.browser.chromium import NoBrowser, chromium
from tests.browser.conftest import MONDAY
from tests.browser.seat import DESKTOP, FACES, PHONE, Seat

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
LARGEST = 200_000
"""Bytes; a README should open at once."""


def check(seat: Seat) -> None:
    """The answer that an engineer gets."""
    seat.sends_check("Face tagging")


def card(seat: Seat) -> None:
    """The card that the human rights lead answers."""
    seat.sends_check("Face tagging")
    seat.closes()
    seat.clicks(seat.the("person-U0NOOR"))
    seat.goes("channel-human-rights", "human-rights")
    expect(seat.button("case.acknowledge")).to_be_visible()
    expect(seat.page.locator("[data-testid=person-U0AMINA] .ping")).to_be_visible()


def phone(seat: Seat) -> None:
    """The form, half filled, in one hand."""
    seat.starts_check("Face tagging")
    seat.answers({name: FACES[name] for name in ("M1", "M2", "M3", "M4")})
    seat.field("M3").locator(".field-label").evaluate("label => label.scrollIntoView({block: 'start'})")


def nothing(_company: Running) -> None:
    """Begin on the first morning."""


Scene = tuple[Mapping[str, Any], Callable[[Running], object], Callable[[Seat], None]]
PICTURES: Mapping[str, Scene] = {
    "playground-check": (DESKTOP, nothing, check),
    "playground-card": (DESKTOP, nothing, card),
    "playground-phone": (PHONE, nothing, phone),
    "living-case": (DESKTOP, screens.grown, screens.case),
    "living-missing": (DESKTOP, screens.taken, screens.refused),
    "living-form": (PHONE, screens.new, screens.part("mitigation")),
    "living-nudge": (DESKTOP, screens.asked, screens.nudge),
    "living-context": (PHONE, screens.grown, screens.preview),
}
"""Each picture: the screen, what happened before, and the way to it."""


def take(browser: Browser, name: str) -> Path:
    """Play one scene in a company of its own and keep its last view."""
    screen, before, scene = PICTURES[name]
    with playground(opens_at=MONDAY) as running:
        before(running)
        window = browser.new_context(**screen)
        seat = Seat(window.new_page(), running.url)
        seat.sits_as("U0AMINA", "C0PHOTOS")
        scene(seat)
        path = IMAGES / f"{name}.png"
        seat.page.mouse.move(0, 0)
        seat.page.screenshot(path=path, animations="disabled", caret="hide")
        window.close()
    return path


def main() -> int:
    """Take all pictures, or those that are named; 1 when there is no browser or a picture grew too large."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    try:
        with chromium() as browser:
            taken = [take(browser, name) for name in sys.argv[1:] or PICTURES]
    except NoBrowser as reason:
        sys.stderr.write(f"No pictures were taken: {reason}\n")
        return 1
    for path in taken:
        sys.stdout.write(f"{path.relative_to(IMAGES.parent.parent)}  {path.stat().st_size // 1000} kB\n")
    return int(any(path.stat().st_size > LARGEST for path in taken))


if __name__ == "__main__":
    sys.exit(main())
