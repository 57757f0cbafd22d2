"""What people do while everything falls over: send checks, answer cases, and let time pass.

Whoever gets no answer does the same again, as people and Slack do; what was acknowledged is written down.
"""

from __future__ import annotations

import copy
import json
import random
import secrets
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.playground import Refused, SlackError
from bot.playground.deliver import Ack
from bot.views.check import CheckForms
from prompts import load_bank
from tests.chaos import company
from tests.chaos.slack import Slack
from workflows import answers as reader
from workflows.rules import form as form_rules
from workflows.rules.severity import assess
from workflows.values import CheckForm

TROUBLE = (Refused, SlackError, TimeoutError, KeyError, StopIteration, LookupError)


@dataclass(frozen=True, slots=True)
class Sending:
    """One check that somebody sent: its window tells the deliveries of it from every other."""

    window: str
    person: str
    level: str


class Forms:
    """The check's own form, filled in for each level as Slack sends it back."""

    def __init__(self) -> None:
        bank = load_bank()
        products = tuple((each["id"], each["name"]) for each in company.policy()["products"])
        views = CheckForms(bank, products)
        self._filled = {}
        for level, answers in company.ANSWERS.items():
            read = reader.read(answers, bank)
            assert assess(read).level.name == level, level
            shown = CheckForm("p0", "@@LAUNCH@@", answers, "C0P0", draft_key="check:launch")
            view = views.view(shown, form_rules.visible_questions(read), form_rules.optional_questions(read))
            values = {each["block_id"]: {"answer": _state(each)} for each in view["blocks"] if each["type"] == "input"}
            self._filled[level] = json.dumps({**view, "state": {"values": values}})

    def body(self, slack: Slack, sending: Sending, product: str, launch: str) -> dict[str, Any]:
        """Build the submission of one window."""
        view = json.loads(self._filled[sending.level].replace("@@LAUNCH@@", launch))
        chosen = view["state"]["values"]["product"]["answer"]["selected_option"]
        chosen["value"] = product
        whole = slack.standin.payloads._common("view_submission", sending.person)
        shell = {"id": sending.window, "root_view_id": sending.window, "previous_view_id": None, "hash": "1.a"}
        trigger = slack.workspace.modals.triggers.issue(sending.person, True)
        return {**whole, "trigger_id": trigger, "view": {**view, **shell}, "response_urls": []}


def _state(block: dict[str, Any]) -> dict[str, Any]:
    element = block["element"]
    kind = element["type"]
    if kind == "plain_text_input":
        return {"type": kind, "value": element.get("initial_value")}
    if kind.startswith("multi_") or kind == "checkboxes":
        return {"type": kind, "selected_options": element.get("initial_options", [])}
    return {"type": kind, "selected_option": copy.deepcopy(element.get("initial_option"))}


class People:
    """Everybody at work, each on a thread, until told to go home."""

    def __init__(self, slack: Slack, seed: int, busy: Callable[[], bool], senders: int = 4, pause: float = 0.5) -> None:
        self.acknowledged: list[Sending] = []
        self.seen: Counter[str] = Counter()
        self._slack = slack
        self._forms = Forms()
        self._seed, self._pause, self._busy = seed, pause, busy
        self._home = threading.Event()
        self._in_vain = threading.Event()
        self._threads = [threading.Thread(target=self._sends, args=(each,), daemon=True) for each in range(senders)]
        self._threads += [threading.Thread(target=self._answers, args=(each,), daemon=True) for each in range(2)]

    def start(self) -> None:
        """Begin to work."""
        for thread in self._threads:
            thread.start()

    def go_home(self) -> None:
        """Begin nothing new."""
        self._home.set()

    def all_home(self, seconds: float) -> bool:
        """Wait until everything begun was acknowledged; after that long they give up."""
        for thread in (each for each in self._threads if each.ident is not None):
            thread.join(seconds)
        self._in_vain.set()
        return not any(thread.is_alive() for thread in self._threads)

    def send(self, level: str, person: str = "U0STAFF0", product: str = "p1", launch: str = "") -> Sending:
        """Send one check and insist until it is acknowledged."""
        sending = Sending(f"V{secrets.token_hex(8)}", person, level)
        launch = launch or f"Launch {secrets.token_hex(4)}"
        while not self._in_vain.is_set():
            ack = self._slack.standin.delivery.send(
                "interactive", self._forms.body(self._slack, sending, product, launch)
            )
            if _accepted(ack):
                self.acknowledged.append(sending)
                return sending
            self.seen["no answer" if ack.failure else "refused: " + _first_error(ack)] += 1
            self._in_vain.wait(0.25)
        raise TimeoutError("nobody ever answered")

    def _begins(self, dice: random.Random) -> bool:
        """Wait for the next thing to do; False where it is time to go home.

        Nobody begins anything while a lot waits: kills should hit messages on their way, not a queue.
        """
        while not self._home.wait(dice.uniform(0, 2 * self._pause)):
            if not self._busy():
                return True
        return False

    def _sends(self, number: int) -> None:
        dice = random.Random(self._seed * 100 + number)
        person = company.STAFF[number % len(company.STAFF)]
        launches: list[tuple[str, str]] = []
        while self._begins(dice):
            level = dice.choices(("L0", "L1", "L2", "L3"), (1, 5, 5, 2))[0]
            place = (dice.choice(company.PRODUCTS), f"Launch {number}-{len(launches)}")
            if launches and dice.random() < 0.25:
                place = dice.choice(launches)
            try:
                self.send(level, person, *place)
            except TimeoutError:
                return
            launches.append(place)

    def _answers(self, number: int) -> None:
        """Acknowledge cards, and hand some up; the two of them act for the owners and for the backups."""
        dice = random.Random(self._seed * 100 + 50 + number)
        while self._begins(dice):
            cards = [each for each in self._slack.stored() if (each.key or "").startswith("card:")][-60:]
            if not cards:
                continue
            card = dice.choice(cards)
            seat = _seat_of(self._slack, card.channel)
            person = seat[number % len(seat)]
            try:
                self._answer(dice, person, (card.channel, card.ts))
            except TROUBLE as trouble:
                self.seen[f"click failed: {type(trouble).__name__}"] += 1

    def _answer(self, dice: random.Random, person: str, card: tuple[str, str]) -> None:
        hand = self._slack.standin.as_person(person)
        while hand.modal():
            hand.closes()
        if dice.random() < 0.7:
            hand.clicks("case.acknowledge", message=card)
            self.seen["acknowledge"] += 1
            return
        hand.clicks("case.hand_up", message=card)
        modal = hand.sees_modal(2.0)
        if modal.get("callback_id") == "case.hand_up":
            hand.sets("reason", "Too large for us alone.")
            hand.submits()
            self.seen["hand up"] += 1


def _seat_of(slack: Slack, channel: str) -> tuple[str, ...]:
    """Owner and backup of the seat that is told in a channel; a direct message has one reader."""
    person = slack.workspace.dm_person(channel)
    if person is not None:
        return (person,)
    policy = company.policy()
    layers = [policy["roles"], *policy["regions"].values(), *(each["roles"] for each in policy["products"])]
    seats = [seat for layer in layers for seat in layer.values()]
    found = next(seat for seat in seats if seat.get("channel") == channel)
    return (found["owner"], found["backup"])


def _accepted(ack: Ack) -> bool:
    return ack.failure is None and (ack.data or {}).get("response_action") != "errors"


def _first_error(ack: Ack) -> str:
    return str(next(iter((ack.data or {}).get("errors", {}).values()), ""))[:60]
