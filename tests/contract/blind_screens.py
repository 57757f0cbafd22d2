"""Windows in which somebody raises a concern or comes back with a code, built without a database: one of each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bot.payloads_blind import Came, Chosen, Shown
from bot.views import concern as views
from bot.views import reply
from workflows.blind_values import Visit
from workflows.policy_concerns import Concerns
from workflows.rules.concerns import Mode

CONCERNS = Concerns.model_validate(
    {
        "staff": 240,
        "recipients": [
            {
                "id": "rights",
                "name": "Human rights lead",
                "people": [{"id": "rights-noor", "name": "Noor Rahman, human rights lead", "person": "U0NOOR"}],
            },
            {
                "id": "board",
                "name": "The board",
                "people": [{"id": "board-ruth", "name": "Ruth Okafor, chief executive", "person": "U0RUTH"}],
            },
        ],
        "outside": [
            {"name": "Staff ombudsperson", "how": "+49 30 5550 142, ombud@harborlaw.example"},
            {"name": "Federal reporting office (Germany)", "how": "Adenauerallee 99-103, Bonn"},
        ],
        "sites": [
            {"id": "berlin", "name": "Berlin", "staff": 120},
            {"id": "hanoi", "name": "Hanoi", "staff": 7, "parent": "asia"},
            {"id": "asia", "name": "Asia", "staff": 41},
        ],
    }
)
FEW = CONCERNS.model_copy(update={"staff": 24})
EMPTY = Concerns(staff=240)
CHOSEN = Chosen(
    Mode.ANONYMOUS, "TOP-HARM", "berlin", True, ("board-ruth",), urgent=False, checkin=True, nonce="0f" * 16
)
RECEIPT = "7K3QD-M0XPA-01234-ABCDE-56789"
CAME = Came("1d" * 16)
WORDS = "I told my manager that Noor had deleted the logs"
VISIT = Visit("1d" * 16, "pale acorn", "answered", ("We have it & look into it.", "The logs are <kept> now. " * 200))


def blind_screens() -> Mapping[str, Callable[[], dict[str, Any]]]:
    """Return one of each window, by name."""
    found = views.write(CHOSEN, WORDS, ("manager", "told"), CONCERNS.everybody[:1], ("rights-noor",))
    states = ("held", "waiting", "acknowledged", "closed", "retracted")
    return {
        "concern_before": lambda: views.before(CONCERNS, offers=True),
        "concern_before_few": lambda: views.before(FEW, offers=False),
        "concern_before_no_keys": lambda: views.before(CONCERNS, offers=False),
        "concern_before_empty": lambda: views.before(EMPTY, offers=False),
        "concern_how": lambda: views.how(CONCERNS, offers=True),
        "concern_how_few": lambda: views.how(FEW, offers=False),
        "concern_how_empty": lambda: views.how(EMPTY, offers=False),
        "concern_write": lambda: views.write(CHOSEN),
        "concern_write_found": lambda: found,
        "concern_write_nothing": lambda: views.write(replace(CHOSEN, mode=Mode.NOTHING)),
        "concern_named": lambda: views.named_write(replace(CHOSEN, mode=Mode.NAMED)),
        "concern_confidential": lambda: views.named_write(replace(CHOSEN, mode=Mode.CONFIDENTIAL), WORDS),
        "concern_receipt": lambda: views.receipt(Shown("0f" * 16, "slots"), RECEIPT),
        "concern_receipt_on_the_grid": lambda: views.receipt(Shown("0f" * 16, "slots"), RECEIPT, 10),
        "concern_receipt_urgent": lambda: views.receipt(Shown("0f" * 16, "urgent"), RECEIPT),
        "concern_receipt_nothing": lambda: views.receipt(Shown("0f" * 16), RECEIPT),
        **{
            f"concern_done_{held or 'nothing'}": lambda held=held: views.done(Shown("0f" * 16, held))  # type: ignore[misc]
            for held in ("slots", "urgent", "")
        },
        "concern_wait": lambda: views.wait(CONCERNS),
        "concern_typed": lambda: views.typed("concern"),
        "concern_off": views.off,
        "reply_code": reply.code,
        "reply_answered": lambda: reply.read(VISIT),
        "reply_asks": lambda: reply.read(replace(VISIT, asks=True, weekly=True)),
        **{
            f"reply_{state}": lambda state=state: reply.read(replace(VISIT, state=state, answers=()))  # type: ignore[misc]
            for state in states
        },
        "reply_sure": lambda: reply.sure(CAME, WORDS, "", urgent=True),
        "reply_found": lambda: reply.look_again(
            replace(CAME, asks=True), WORDS, ("own", "manager", "told"), "worse", urgent=True
        ),
        "reply_again_decided": lambda: reply.again(CAME, WORDS, "", urgent=False, back=False, decided=True),
        "reply_again": lambda: reply.again(replace(CAME, asks=True), WORDS, "worse", urgent=False, back=True),
        **{
            f"reply_done_{how}": lambda how=how: reply.done(how, later=True)  # type: ignore[misc]
            for how in ("slots", "weekly", "urgent", "back", "nothing")
        },
    }
