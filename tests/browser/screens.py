"""The screens of the living record, each by the way that leads to it, in a company that has some history."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from playwright.sync_api import expect

from bot.playground.run import Running
from tests.browser.seat import Seat
from tests.flow.world import Filling
from tests.records import AMINA, DIEGO, NOOR, RISK
from workflows.clock import utcnow
from workflows.rules.decision import Outcome

LASTING = {
    "M1": ["CHG-SENSITIVE"],
    "M2": ["GRP-NONUSERS", "GRP-CHILD"],
    "M3": ["CTX-NOCHOICE"],
    "M4": 2,
    "M5": 2,
    "M6": 3,
    "M7": 2,
}
"""Hard to make good again, for children too: a human rights lead decides (L2), and a new law would make it L3."""
WHAT = "A child is found by a stranger through a photo that a friend took."
READERS = {
    "type": "MIT-DESIGN",
    "what": "Faces are grouped on the phone only, and never offered to others.",
    "owner": DIEGO,
    "signals": ["SIG-LAW", "SIG-BYPASS"],
}
LAW = "A law would let the police read every photo."
PATIENCE = 20.0


class Rest(Filling):
    """Writes what a go needs beside the risk and its mitigation."""

    def describes(self, case_id: int, who: str = NOOR) -> None:
        """Leave the risk as it was written."""

    def mitigates(self, case_id: int, who: str = NOOR, **changed: object) -> int:
        """Leave the mitigation as it was written."""
        return 1


def new(company: Running) -> Filling:
    """Let Amina send a check; its case is new, and its owner has not answered."""
    people = Filling(company.process.desk, utcnow())
    people.sends("harbor-photos", "Face tagging", LASTING)
    company.process.wake()
    return people


def taken(company: Running) -> Filling:
    """Let the owner take the case, so that it can be decided; its record is all but empty."""
    people = new(company)
    people.acknowledges(1)
    return people


def decided(company: Running) -> Filling:
    """Let the case be written and decided: what keeps people from harm is in place, and is checked again."""
    people = taken(company)
    people.fills(1)
    people.writes(1, "risk", NOOR, 1, **{**RISK, "what": WHAT, "scale": "2", "irremediability": "3"})
    proof = {"evidence": "EV3", "evidence_note": "Nobody outside was found in 400 tries.", "evidence_on": people.day(0)}
    check = {"next_check": people.day(80)}
    people.writes(1, "mitigation", NOOR, 1, risk="1", **READERS, **proof, **check)
    people.decides(1, Outcome.GO)
    company.process.wake()
    return people


def grown(company: Running) -> Filling:
    """Let the record hold some of everything: several risks, proven and unproven, gaps, views, a sealed name."""
    people = decided(company)
    people.writes(1, "risk", AMINA, what="Photos of a march show who was there.", **_rated("3", "3", "4", "2"))
    people.writes(1, "risk", DIEGO, what="People feel watched at a party.", **_rated("1", "2", "1", "3"))
    soft = {"type": "MIT-GUIDANCE", "evidence": "EV1", "next_check": people.day(25), "signals": ["SIG-RESOURCE"]}
    people.writes(1, "mitigation", AMINA, risk="2", what="The guide says when to blur.", owner=AMINA, **soft)
    said = {"decided_by": NOOR, "told": "The youth council", "review_on": people.day(25)}
    people.writes(1, "gap", NOOR, risk="2", kind="CANNOT", why="A photo that was copied cannot be called back.", **said)
    people.writes(1, "gap", NOOR, risk="2", kind="NOT_YET", why="Blurring by itself comes in spring.", **said)
    people.writes(1, "dissent", NOOR, who="Two engineers", why="Grouping could wait for the blurring.")
    people.writes(1, "sealed", NOOR, names="Ana K., who told us", why="She asked for it")
    people.writes(1, "places", DIEGO, countries="DE, KE", customers="Lakeside School")
    company.process.wake()
    return people


def asked(company: Running) -> Filling:
    """Let the day come on which Diego is asked whether his mitigation still works."""
    people = decided(company)
    passes(company, days=79)
    end = time.monotonic() + PATIENCE
    while not _is_asked(company):
        assert time.monotonic() < end, "nobody asked Diego"
        due = company.standin.workspace.clock.next_due()
        if due is not None and due > utcnow():
            passes(company, seconds=(due - utcnow()).total_seconds())
        threading.Event().wait(0.2)
    people.now = utcnow()
    return people


def _is_asked(company: Running) -> bool:
    workspace = company.standin.workspace
    return any("does it still keep" in str(each.blocks) for each in workspace.history(workspace.dm_of(DIEGO)))


def passes(company: Running, **span: float) -> None:
    """Move the clock of the whole app."""
    company.standin.workspace.clock.advance(timedelta(**span))


def _rated(scale: str, scope: str, irremediability: str, likelihood: str) -> Mapping[str, object]:
    return {
        "groups": ["GRP-NONUSERS", "GRP-PROTESTER"],
        "rights": ["RGT-PRIVACY"],
        "scale": scale,
        "scope": scope,
        "irremediability": irremediability,
        "likelihood": likelihood,
        "actual": "POTENTIAL",
        "involvement": "CONTRIBUTE",
    }


# -- ways ----------------------------------------------------------------------------------------------------------


def case(seat: Seat, number: int = 1) -> None:
    """Open a case by its command."""
    seat.sits_as("U0NOOR", "DM")
    seat.says(f"/hrdd case HR-{number}")
    expect(seat.modal).to_contain_text("Face tagging")


def page(action: str, words: str) -> Callable[[Seat], None]:
    """Turn to another page of the case."""

    def opens(seat: Seat) -> None:
        case(seat)
        seat.clicks(seat.button(action, seat.modal))
        expect(seat.modal).to_contain_text(words)

    return opens


def as_of(seat: Seat) -> None:
    """Read a case as it stood on its first day."""
    case(seat)
    seat.modal.locator('input[type="date"]').fill("2026-03-02")
    expect(seat.modal).to_contain_text("As it stood on")


def part(name: str) -> Callable[[Seat], None]:
    """Open the window of a part from the menu of the case."""

    def opens(seat: Seat) -> None:
        case(seat)
        menu = seat.modal.locator('[data-block-id="add:1"]')
        seat.clicks(menu.locator(".picker-trigger"))
        seat.clicks(menu.locator(f'[data-value^="1:{name}:"], [data-value="1:{name}"]').first)
        expect(seat.the("modal-submit")).to_be_visible()
        expect(seat.modal.locator(".block-input").first).to_be_visible()

    return opens


def deep(seat: Seat) -> None:
    """Open the list of the deep form."""
    case(seat)
    seat.clicks(seat.button("deep.open", seat.modal))
    expect(seat.button("deep.page", seat.modal).first).to_be_visible()


def deep_page(seat: Seat) -> None:
    """Open one page of the deep form."""
    deep(seat)
    seat.clicks(seat.button("deep.page", seat.modal).first)
    expect(seat.modal.locator(".block-input").first).to_be_visible()


def context(seat: Seat) -> None:
    """Open the window for a change of context from the case."""
    case(seat)
    seat.clicks(seat.button("context.open", seat.modal))
    expect(seat.field("signal")).to_be_visible()


def preview(seat: Seat) -> None:
    """See what a change touches, before it is saved."""
    context(seat)
    tells(seat)


def tells(seat: Seat, signal: str = "SIG-LAW", where: str = "Kenya") -> None:
    """Fill the window for a change of context, and look at what it touches."""
    seat.chooses("signal", signal)
    seat.writes("what", LAW)
    seat.writes("where", where)
    seat.submits()
    expect(seat.modal).to_contain_text("Nothing is saved yet")


def decide(seat: Seat) -> None:
    """Open the window for a decision."""
    case(seat)
    seat.clicks(seat.button("case.decide", seat.modal))
    expect(seat.field("outcome")).to_be_visible()


def refused(seat: Seat) -> None:
    """Ask for a go while something is missing."""
    decide(seat)
    seat.chooses("outcome", "go")
    seat.writes("reason", "We looked at it with the people it is about.")
    seat.submits()
    expect(seat.modal).to_contain_text("something comes before a go")


def saved(seat: Seat) -> None:
    """Write one part; the window says what was saved and what is open."""
    part("places")(seat)
    seat.writes("countries", "Germany, Kenya")
    seat.submits()
    expect(seat.modal).to_contain_text("Saved for")


def register(seat: Seat) -> None:
    """Open the register of risks."""
    seat.sits_as("U0NOOR", "DM")
    seat.says("/hrdd risks")
    expect(seat.modal).to_contain_text("Face tagging")


def seals(seat: Seat) -> None:
    """Open what is sealed."""
    case(seat)
    seat.clicks(seat.button("case.seals", seat.modal))
    expect(seat.modal).to_contain_text("Ana K.")


def nudge(seat: Seat) -> None:
    """Be asked whether it still works."""
    seat.sits_as("U0DIEGO", "DM")
    expect(seat.messages.last).to_contain_text("does it still keep")


def recheck(seat: Seat) -> None:
    """Answer whether it still works."""
    nudge(seat)
    seat.clicks(seat.button("record.write", seat.messages.last))
    expect(seat.field("effect")).to_be_visible()


def home(person: str, words: str) -> Callable[[Seat], None]:
    """Look at somebody's home."""

    def opens(seat: Seat) -> None:
        seat.sits_as(person, "HOME")
        expect(seat.the("home")).to_contain_text(words)

    return opens


BUILDERS: Mapping[str, Callable[[Running], object]] = {
    "new": new,
    "taken": taken,
    "grown": grown,
    "asked": asked,
}
SCREENS: Mapping[str, tuple[str, Callable[[Seat], None]]] = {
    "case-new": ("new", case),
    "risk-form": ("new", part("risk")),
    "mitigation-form": ("new", part("mitigation")),
    "gap-form": ("new", part("gap")),
    "discussion-form": ("new", part("discussion")),
    "sealed-form": ("new", part("sealed")),
    "remedy-form": ("new", part("remedy")),
    "deep-list": ("new", deep),
    "deep-page": ("new", deep_page),
    "saved": ("new", saved),
    "decide": ("taken", decide),
    "missing": ("taken", refused),
    "case-grown": ("grown", case),
    "case-record": ("grown", page("case.record", "feel watched")),
    "case-timeline": ("grown", page("case.timeline", "month by month")),
    "case-as-of": ("grown", as_of),
    "context-form": ("grown", context),
    "context-preview": ("grown", preview),
    "register": ("grown", register),
    "seals": ("grown", seals),
    "home-lead": ("grown", home("U0NOOR", "Face tagging")),
    "nudge": ("asked", nudge),
    "recheck-form": ("asked", recheck),
    "home-asked": ("asked", home("U0DIEGO", "does it still keep")),
}
"""Each new screen: what happened before, by its name, and the way to it. Together they ask with every kind of input."""


def shows(
    past: str, company: Running, sits: Callable[..., Seat], only: str = "", **context: object
) -> Iterator[tuple[str, Seat]]:
    """Let something have happened, then give each screen that belongs to it; its windows are closed again after it.

    `only` names one of them.
    """
    assert not only or SCREENS[only][0] == past
    BUILDERS[past](company)
    seat = sits("U0NOOR", "DM", **context)
    for name, (before, opens) in SCREENS.items():
        if before != past or only not in ("", name):
            continue
        opens(seat)
        yield name, seat
        for who in ("U0NOOR", "U0DIEGO"):
            hand = company.standin.as_person(who)
            while hand.stack():
                hand.closes()
        expect(seat.modal).to_have_count(0)
