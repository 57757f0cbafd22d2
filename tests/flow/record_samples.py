"""What people write in each part of a record: the fewest fields that a window takes. One place for every test."""

from __future__ import annotations

from collections.abc import Mapping

from storage import events
from tests.flow.world import World

SOON = "2026-03-30"
"""A day within a month of the Monday on which every company opens."""

SAMPLES: Mapping[str, Mapping[str, object]] = {
    "risk": {
        "what": "A stalker reads the map of a shelter",
        "groups": ["GRP-DVSURVIVOR", "GRP-CHILD"],
        "scale": "3",
        "scope": "2",
        "irremediability": "2",
        "likelihood": "2",
    },
    "places": {"countries": "de, ke", "customers": "schools"},
    "mitigation": {
        "risk": "1",
        "type": "MIT-DESIGN",
        "what": "The map hides places where few people live",
        "owner": "U0DIEGO",
        "evidence": "EV1",
        "signals": ["SIG-LAW", "SIG-MISUSE"],
        "next_check": SOON,
    },
    "gap": {
        "risk": "1",
        "kind": "NOT_YET",
        "why": "Nobody reads reports in Tamil",
        "decided_by": "U0DIEGO",
        "told": "Nobody yet",
        "review_on": SOON,
    },
    "recheck": {"mitigation": "1", "effect": "DK", "context_changed": "NO"},
    "denial": {
        "who": "A clinic on the same network",
        "lose": "Its phone line",
        "notice": "60 days",
        "appeal": "By letter, answered in a week",
        "irreversible": "NO",
    },
    "denial_signed": {"denial": "1", "why": "They were heard and keep what they need"},
    "remedy": {
        "harm": "Somebody was followed",
        "who": "People who were followed",
        "forms": ["REM-NOTIFY", "REM-APOLOGY"],
        "role": "PROVIDE",
        "channel": "OWN",
        "reachable": "By phone, in four languages",
        "provider": "The safety team",
        "trigger": "A report",
        "time": "A day",
        "waiver": "NO",
    },
    "remedy_done": {"remedy": "1", "confirmed_by": "AFFECTED", "how": "They said so on the phone"},
    "communication": {"codes": ["COM-INT"], "why": "Nobody outside is touched yet"},
    "safety_review": {
        "affected": "Nobody can be found by it",
        "defenders": "Nobody is named",
        "staff": "Nobody lives there",
        "partners": "They agreed",
        "judgement": "SAFE",
    },
    "formal": {"report": "NO", "why": "It is small and known"},
    "discussion": {
        "moment": "BEFORE",
        "people": ["U0NOOR", "U0DIEGO"],
        "said": "We looked at shelters first",
        "dissent": "Nobody",
        "result": "Hide the map there",
    },
    "engagement": {
        "party": "REPRESENTATIVE",
        "who": "A network of shelters",
        "learned": "They move often",
        "changed": "The map forgets after a day",
    },
    "dissent": {"who": "Two engineers", "why": "It should be off at first"},
    "dilemma": {
        "question": "Keep the map or not?",
        "options": "Keep it\nTake it out",
        "hurt": "People who hide\nPeople who look for help",
        "reversible": "Both",
        "decides": "U0NOOR",
        "by": SOON,
    },
    "not_needed": {"step": "communicate", "why": "Nothing was changed for anybody"},
    "sealed": {"names": "Orsolya Vantongeren", "why": "A former partner"},
    "settled": {"signal": "0", "why": "The new law does not touch this"},
    "ended": {"part": "dissent", "entry": "1", "why": "They agree now"},
    "invited": {"person": "U0SAM", "why": "Sam knows the shelters"},
    "D02": {"path": "A shared tag shows the school, somebody waits there"},
    "D05": {"use": "To find lost keys", "offer": "DK"},
    "D06": {"customer": "City traffic offices"},
    "D07": {"uses": "Tracking of people", "blocked": "Nothing yet"},
    "D08": {"by": ["USER", "INSIDER"], "how": "By a shared account"},
    "D09": {"first": "People in shelters"},
    "D10": {"likely": "DK"},
    "D11": {"can_change": "YES", "how": "Two readers with ten minutes each"},
    "D12": {"notice": "By letter", "appeal": "By phone, in a day"},
    "D13": {"required": "NO", "differs": "NO"},
    "D14": {"scope": "One account, a month", "necessity": "A missing child", "alternative": "A court order first"},
    "D15": {"exposed": "Benedikta Orumwense, who would leave by ferry"},
    "D19": {"benefits": "People find what they lost"},
    "D24": {"signals": ["SIG-LAW"], "source": "The partner in Tunis", "review_on": SOON},
    "D25": {"present": "NO"},
    "D26": {"conflicts": "A bonus on the launch date"},
}
"""What each window is filled with. The number of a signal is known only once there is one (`settled`)."""
SEALED = {"sealed": "names", "D15": "exposed"}
"""Fields that are sealed, by their part."""


def happens(world: World, signal: str = "SIG-LAW", number: int = 1) -> int:
    """Let the world around a case change, as its events tell it; give the number of the change."""
    with world.db.write() as session:
        event = events.append(session, f"case:{number}", "case.signal", at=world.clock.now(), data={"signal": signal})
        return event.seq
