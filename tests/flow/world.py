"""A running bot in an invented company: people who act, a clock that moves, and a look into the records."""

from __future__ import annotations

import copy
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import yaml
from sqlalchemy import text
from sqlmodel import select

from bot.playground import Hand, Message, Reply
from bot.playground.company import PEOPLE
from bot.playground.deliver import Ack
from bot.playground.run import Running, Transport, example_policy, playground
from storage import cases, events, outbox, timers
from storage.audit import verify
from storage.models import Case, Check, Draft, Event, Outbox, Timer
from tests.records import NOOR, RISK, Company
from workflows import clock

T = TypeVar("T")
Answers = Mapping[str, object]
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""Ten in the morning in Berlin, a working day, far from the end of a quarter."""

FACES: Answers = {
    "M1": ["CHG-SENSITIVE", "CHG-DATA"],
    "M2": ["GRP-NONUSERS", "GRP-CHILD"],
    "M3": ["CTX-NOCHOICE"],
    "M4": "3",
    "M5": "3",
    "M6": "4",
    "M7": "2",
}
"""Face tagging: grave and possible, so L3."""
SERIOUS: Answers = {
    "M1": ["CHG-FEATURE"],
    "M2": ["GRP-USERS"],
    "M3": ["CTX-NONE"],
    "M4": "3",
    "M5": "2",
    "M6": "2",
    "M7": "2",
}
"""Serious and possible, and no fact alone asks for it: L2 that a lead may lower."""
FLOORED: Answers = {**SERIOUS, "M1": ["CHG-SENSITIVE"], "M3": ["CTX-NOCHOICE"]}
"""L2 because of facts: nobody may go below."""
LIMITED: Answers = {**SERIOUS, "M4": "2"}
"""A right limited for a while, possible: L1."""
MILD: Answers = {**SERIOUS, "M4": "1"}
"""A nuisance: the team decides, L0."""
WORDING: Answers = {"M1": ["CHG-UI"]}
"""Only looks and wording: done after one question."""

ON_THE_WAY = text(
    "SELECT EXISTS (SELECT 1 FROM hr_timer WHERE state = 'handed')"
    " OR EXISTS (SELECT 1 FROM hr_outbox WHERE state IN ('handed', 'sending'))"
)
BARE = re.compile(r"@(?:here|channel|everyone)\b|https?://\w|mailto:\w|`")
MENTION = re.compile(r"<[@#!][^>]*>|<(?:https?|mailto|tel):[^>]*>", re.IGNORECASE)


class Clock:
    """The business clock of the whole app."""

    def __init__(self, running: Running) -> None:
        self._running = running

    def moves(self, **span: float) -> None:
        """Let time pass: `moves(days=3)`."""
        self._running.standin.workspace.clock.advance(timedelta(**span))

    def now(self) -> datetime:
        """The time that the app sees."""
        return clock.utcnow()


class Filling(Company):
    """Fills records without windows. The first risk keeps its ratings, so that no case changes its level by it."""

    def describes(self, case_id: int, who: str = NOOR) -> None:
        """Put the first risk in words."""
        rated = self.living(case_id).record.entry("risk", 1)
        assert rated is not None
        self.writes(case_id, "risk", who, 1, **{**rated.fields, "what": RISK["what"]})


class World:
    """One company with the bot in it."""

    def __init__(self, running: Running, transport: Transport) -> None:
        self.running = running
        self.transport = transport
        self.standin = running.standin
        self.desk = running.process.desk
        self.db = self.desk.db
        self.clock = Clock(running)
        self.amina, self.diego, self.noor, self.ruth, self.sam = (
            self.standin.as_person(f"U0{name}") for name in ("AMINA", "DIEGO", "NOOR", "RUTH", "SAM")
        )

    # -- doing -------------------------------------------------------------------------------------------------

    def opens(self, who: Hand, launch: str = "", channel: str = "C0PHOTOS") -> dict[str, Any]:
        """Type `/hrdd check [launch]` and wait for the form."""
        before = {view["id"] for view in who.stack()}
        who.types(f"/hrdd check {launch}".rstrip(), channel)
        who.waits(lambda: (who.modal() or {}).get("id", "") not in {"", *before})
        return who.modal() or {}

    def fills(self, who: Hand, answers: Answers) -> None:
        """Answer questions in the open form, each once it is shown."""
        for question, value in answers.items():
            self.shows(who, question)
            who.sets(question, value)
            if value == ["CHG-UI"]:
                self.shows(who, "attestation")

    def sends(
        self, who: Hand, launch: str, answers: Answers, *, product: str | None = None, channel: str = "C0PHOTOS"
    ) -> Reply:
        """Open, fill and submit a check; return what is shown then."""
        self.opens(who, launch, channel)
        if product:
            who.sets("product", product)
        self.fills(who, answers)
        return who.submits()

    def raises(self, launch: str, answers: Answers, who: Hand | None = None, **more: str) -> Case:
        """Let somebody (Amina) send a check, wait until all messages are out, and return the case."""
        reply = self.sends(who or self.amina, launch, answers, **more)
        assert not reply.errors, reply.errors
        self.settles()
        return max(self.rows(Case), key=lambda case: case.updated_at)

    def fills_record(self, number: int, who: Hand | None = None) -> None:
        """Write everything that a case's record lacks before it can be approved, as Noor or as somebody else."""
        Filling(self.desk, self.clock.now()).fills(number, (who or self.noor).id)
        self.settles()

    def shows(self, who: Hand, *blocks: str) -> None:
        """Wait until the open window shows these blocks."""
        who.waits(lambda: set(blocks) <= set(block_ids(who.modal())))

    def submission(self, who: Hand) -> dict[str, Any]:
        """Return what Slack would send if this person submitted the window on top now."""
        view = self.standin.workspace.modals.top(who.id)
        assert view is not None
        body: dict[str, Any] = copy.deepcopy(self.standin.payloads.view_submission(view))
        return body

    def delivers(self, body: dict[str, Any]) -> Ack:
        """Let a payload reach the bot, whoever made it up; Slack's signature is on it."""
        return self.standin.delivery.send("interactive", body)

    def settles(self, timeout: float = 15.0) -> None:
        """Wait until nothing that is due is left: no message, and no clock."""
        self.running.process.wake()
        self.until(lambda: not self._due(), timeout)

    def _due(self) -> bool:
        """Whether anything could leave now or is on its way, all of it seen at one moment."""
        now = self.clock.now()
        with self.db.read() as session:
            # PostgreSQL would else look anew with each question: between two of them a clock may promise a message.
            session.connection(execution_options={} if self.db.is_sqlite else {"isolation_level": "REPEATABLE READ"})
            if session.connection().execute(ON_THE_WAY).scalar_one():
                return True
            moments = (outbox.next_look(session), timers.next_look(session))
        return any(moment is not None and moment <= now for moment in moments)

    def waits_for(self, kind: str = "answer", number: int = 1) -> Timer:
        """Let time pass until a clock of a case is due, and wait until everything that follows has happened.

        Nothing is skipped on the way: each clock that is due earlier has its moment first.
        """
        while True:
            clocks = {row.key: row for row in self.rows(Timer)}
            this = clocks[f"case:{number}:{kind}"]
            first = min(clocks.values(), key=lambda row: row.due_at)
            self.passes(first.due_at)
            if this.due_at <= first.due_at:
                return this

    def passes(self, moment: datetime) -> None:
        """Let time pass until a moment, and wait until what is due then has happened."""
        ahead = (moment - self.clock.now()).total_seconds()
        self.clock.moves(seconds=max(ahead, 0) + 1)
        self.settles()

    def until(self, look: Callable[[], T], timeout: float = 5.0) -> T:
        """Look until it is true, for what nobody can see in Slack."""
        end = time.monotonic() + timeout
        while not (seen := look()):
            assert time.monotonic() < end, "waited in vain"
            threading.Event().wait(0.005)
        return seen

    # -- looking -----------------------------------------------------------------------------------------------

    def rows(self, model: type[T]) -> Sequence[T]:
        """Return all rows of a table."""
        with self.db.read() as session:
            return session.exec(select(model)).all()  # type: ignore[call-overload,no-any-return]

    def case(self, number: int) -> Case:
        """Return a case as it is stored."""
        with self.db.read() as session:
            found = cases.get(session, number)
        assert found is not None, f"there is no case {number}"
        return found

    def kinds(self, number: int = 1) -> list[str]:
        """Return what happened to a case, in order; what people wrote in its record is in `wrote`."""
        return [event.kind for event in self.happened(number) if event.kind.startswith("case.")]

    def wrote(self, number: int = 1) -> list[str]:
        """Return which parts of a case's record were written, in order."""
        kinds = [event.kind for event in self.happened(number)]
        return [kind.removeprefix("record.") for kind in kinds if kind.startswith("record.")]

    def happened(self, number: int = 1) -> Sequence[Event]:
        """Return the events of a case, in order."""
        with self.db.read() as session:
            return events.of(session, f"case:{number}")

    def counts(self) -> dict[str, int]:
        """Count what is stored, to see that nothing is lost and nothing doubled."""
        tables = {"checks": Check, "cases": Case, "events": Event, "messages": Outbox, "drafts": Draft}
        return {name: len(self.rows(model)) for name, model in tables.items()}

    def posts(self, channel: str) -> list[Message]:
        """Return what the bot said in a conversation for everybody there, oldest first."""
        return [each for each in self.standin.workspace.history(channel) if each.by_bot]

    def everything(self) -> list[object]:
        """Return all messages, windows and homes that anybody in the company has before them."""
        workspace = self.standin.workspace
        rooms = [*workspace.channels, *(workspace.dm_of(person.id) for person in PEOPLE)]
        views: list[object] = [view.spec for view in workspace.modals.every()]
        return [*views, *(message for room in rooms for message in workspace.history(room))]

    def told(self, who: Hand) -> list[str]:
        """Return what the bot told one person directly."""
        return [each.text for each in self.posts(self.standin.workspace.dm_of(who.id))]

    def whole(self) -> bool:
        """Say whether the record of what happened still holds."""
        with self.db.read() as session:
            return verify(session).whole


def block_ids(view: Mapping[str, Any] | None) -> list[str]:
    """Return the ids of the blocks of a view, in order."""
    return [block.get("block_id", "") for block in (view or {}).get("blocks", [])]


def texts(shown: object) -> list[str]:
    """Return every text in blocks, views or messages, as Slack got it."""
    if isinstance(shown, Message):
        return [shown.text, *texts(shown.blocks)]
    if isinstance(shown, dict):
        own = [shown["text"]] if isinstance(shown.get("text"), str) else []
        return own + [text for value in shown.values() for text in texts(value)]
    if isinstance(shown, list | tuple):
        return [text for value in shown for text in texts(value)]
    return []


def said(shown: object) -> str:
    """Return all words of blocks, views or messages in one text."""
    return "\n".join(texts(shown))


def buttons(shown: Message | Mapping[str, Any]) -> list[str]:
    """Return the action ids of all buttons."""
    blocks = shown.blocks if isinstance(shown, Message) else shown["blocks"]
    return re.findall(r'"action_id": "([^"]+)"', json.dumps([block for block in blocks if block["type"] == "actions"]))


def chosen(view: Mapping[str, Any], block: str) -> object:
    """Return what one input of a view holds: text, an id, or a list of ids."""
    value = view["state"]["values"][block]["answer"]
    if "value" in value:
        return value["value"]
    if "selected_option" in value:
        return value["selected_option"] and value["selected_option"]["value"]
    return [option["value"] for option in value["selected_options"]]


def at(message: Message) -> tuple[str, str]:
    """Return where a message stands, for clicking in it."""
    return message.channel, message.ts


def marked(shown: object) -> list[str]:
    """Return every text in which Slack looks for mentions and links: mrkdwn, and the text of a message."""
    if isinstance(shown, Message):
        return [shown.text, *marked(shown.blocks)]
    if isinstance(shown, dict):
        own = [shown["text"]] if shown.get("type") == "mrkdwn" else []
        return own + [text for value in shown.values() for text in marked(value)]
    if isinstance(shown, list | tuple):
        return [text for value in shown for text in marked(value)]
    return []


def foreign_mentions(shown: object) -> list[str]:
    """Return what Slack would read as a mention, a channel or a link, except dates and the people who are there."""
    ours = {f"<@{person.id}>" for person in PEOPLE}
    words = [text.replace("`/hrdd check`", "") for text in marked(shown)]
    live = [hit for text in words for hit in (*MENTION.findall(text), *BARE.findall(text))]
    return [each for each in live if not each.startswith("<!date^") and each not in ours]


def policy_with(folder: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """Write the example policy with something changed, and return where."""
    raw = yaml.safe_load(example_policy().read_text(encoding="utf-8"))
    change(raw)
    path = folder / "policy.yaml"
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    return path


@contextmanager
def company(
    transport: Transport,
    database_url: str,
    policy: Path | None = None,
    opens_at: datetime = MONDAY,
    *,
    demo_keys: bool = False,
) -> Iterator[World]:
    """Run the bot and its company until the block ends, from a Monday morning on; nobody has keys but in a demo."""
    with playground(
        transport=transport, policy=policy, database_url=database_url, opens_at=opens_at, demo_keys=demo_keys
    ) as running:
        yield World(running, transport)
