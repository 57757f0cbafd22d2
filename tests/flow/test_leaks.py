"""Nobody learns more than they need to know: every surface, seen by every person, with planted words, names and cases.

Four things are planted: what people wrote in a case, a sealed name in it, a sealed case about our own people, and a
concern in confidence from which one of the leads was left out. The
table `MAY` says who may meet which of them where; whatever is not in it must not be there.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

import pytest

from bot.cli import main
from bot.notifier import _note
from bot.playground import Hand
from prompts import label, problem
from storage.models import Chain, Event, Outbox, Timer
from tests.flow.test_as_of import goes_back
from tests.flow.test_case_window import desk_of, shown, turns
from tests.flow.world import SERIOUS, World, at, said
from workflows import case as acts
from workflows import concern, concern_thread, deciding, digest, dossier, record, register, staff, unsealing
from workflows.concern_values import Given
from workflows.context_values import Change
from workflows.errors import HrddError, NotFound
from workflows.rules.case import Act
from workflows.rules.decision import Decision, Outcome
from workflows.rules.parts import PARTS
from workflows.values import Note

NAME = "Ana Kovac"
THREAT = "Kanariski was followed home in Minsk"
WORDS = ("kanari-risk", "kanari-mitigation", "kanari-gap", "kanari-dissent")
PEOPLE = ("amina", "diego", "noor", "ruth", "sam")
INVOLVED = frozenset({"amina", "diego", "noor", "ruth"})
"""Who sent the check, leads the product, or is a lead: they may see the first case. Sam may not."""
HOLDERS = frozenset({"noor", "ruth"})
"""Who owns and backs up both cases."""
CASE, SEALED_CASE, CONCERN_CASE = 1, 2, 3
LISTENER = frozenset({"ruth"})
"""Who answers the concern: Noor was left out of it, and Sam raised it in confidence."""
HEARD = "Kanarilla was told to sign"

MAY: Mapping[str, Mapping[str, frozenset[str]]] = {
    "home": {"concern": LISTENER | {"sam"}},
    "register": {},
    "channels": {},
    "messages": {},
    "window": {"words": INVOLVED},
    "record": {"words": INVOLVED},
    "timeline": {},
    "as of": {"words": INVOLVED},
    "seals": {"name": HOLDERS},
    "sealed case": {"sealed case": HOLDERS},
    "seals of the sealed case": {"threat": HOLDERS, "sealed case": HOLDERS},
    "concern": {"concern": LISTENER | {"sam"}, "heard": LISTENER | {"sam"}},
}
"""What may be met, by surface and by person. A sealed case is met by its holders wherever it waits for them."""
EVERYWHERE: Mapping[str, frozenset[str]] = {"sealed case": HOLDERS, "concern": LISTENER | {"sam"}}


@pytest.fixture
def planted(world: World, caplog: pytest.LogCaptureFixture) -> World:
    """Give a company in which everything is written down that some must not see."""
    caplog.set_level("DEBUG")
    world.raises("Search", SERIOUS)
    world.noor.clicks("case.acknowledge", message=at(world.posts("C0RIGHTS")[-1]))
    company = desk_of(world)
    company.writes(CASE, "risk", "U0NOOR", 1, **{**_rated(company.living(CASE)), "what": WORDS[0]})
    company.mitigates(CASE, what=WORDS[1], evidence="EV3")
    company.writes(
        CASE, "gap", risk="1", kind="CANNOT", why=WORDS[2], decided_by="U0NOOR", told="Nobody", review_on=company.day(9)
    )
    company.writes(CASE, "dissent", who="Two engineers", why=WORDS[3])
    company.writes(CASE, "sealed", names=NAME)
    company.writes(CASE, "D15", exposed=f"{NAME} in Baku")
    since = world.clock.now().date()
    staff.report(world.desk, Change("SIG-STAFF", (), (), (), (), THREAT, since, "k" * 20, by="U0SAM"), company.now)
    world.settles()
    sealed = world.case(SEALED_CASE)
    assert sealed.sealed
    assert {sealed.owner_id, sealed.backup_id} == {"U0NOOR", "U0RUTH"}, "the table below names them"
    given = Given("confidential", "TOP-CONDUCT", None, None, False, frozenset({"rights-noor"}), HEARD, "a" * 32)
    assert concern.raise_concern(world.desk, given, "U0SAM", company.now).case_id == CONCERN_CASE
    world.settles()
    return world


def _rated(found) -> dict[str, object]:
    entry = found.record.entry("risk", 1)
    return dict(entry.fields)


def kept(text: str) -> set[str]:
    """Say which of the planted things stand in a text."""
    found = {
        "words": any(word in text for word in WORDS),
        "name": "Kovac" in text,
        "threat": "Kanariski" in text or "Minsk" in text,
        "sealed case": f"HR-{SEALED_CASE}" in text or label("staff_launch") in text,
        "heard": "Kanarilla" in text,
        "concern": f"HR-{CONCERN_CASE}" in text or label("concern_launch") in text,
    }
    return {name for name, there in found.items() if there}


# -- what a person can look at -------------------------------------------------------------------------------------


def home(_world: World, who: Hand) -> str:
    return said(who.opens_home())


def register_of(_world: World, who: Hand) -> str:
    seen = []
    for words in ("", " search", f" {label('staff_launch')}", " kanari", " Kovac"):
        who.types(f"/hrdd risks{words}")
        # What somebody looked for stands in its field; that is not an answer.
        seen.append(shown(who, "risks.view").replace(words.strip() or "\0", ""))
        who.closes()
    return "\n".join(seen)


def channels(world: World, who: Hand) -> str:
    workspace = world.standin.workspace
    rooms = [room for room in workspace.channels if workspace.is_in(who.id, room)]
    return "\n".join(said(message) for room in rooms for message in who.messages(room))


def messages(_world: World, who: Hand) -> str:
    return "\n".join(said(message) for message in who.dm())


def window(_world: World, who: Hand, number: int = CASE) -> str:
    while who.stack():
        who.closes()
    reply = who.types(f"/hrdd case HR-{number}")
    return shown(who, "case.view") if reply.ephemeral is None else str(reply.ephemeral)


def in_window(action: str, word: str) -> Callable[[World, Hand], str]:
    def look(world: World, who: Hand) -> str:
        refused = window(world, who)
        return turns(who, action, word) if who.modal() else refused

    return look


def as_of(world: World, who: Hand) -> str:
    refused = window(world, who)
    return goes_back(world, who, world.clock.now().date()) if who.modal() else refused


def sealed_case(world: World, who: Hand) -> str:
    return window(world, who, SEALED_CASE)


def the_concern(world: World, who: Hand) -> str:
    """Read the concern, from its case or from the own home, as somebody can."""
    if "concern.read" in json.dumps(who.opens_home()):
        who.clicks("concern.read", home=True)
        return shown(who, "concern.read")
    text = window(world, who, CONCERN_CASE)
    if "concern.read" not in json.dumps(who.modal() or {}):
        return text
    who.clicks("concern.read")
    return shown(who, "concern.read")


def seals_of(number: int) -> Callable[[World, Hand], str]:
    def look(world: World, who: Hand) -> str:
        text = window(world, who, number)
        if "case.seals" not in str(who.modal()):
            return kept_from_words(text)
        who.clicks("case.seals")
        return shown(who, "case.seals")

    return look


def kept_from_words(text: str) -> str:
    """Leave out the words of the case, which have a surface of their own."""
    for word in WORDS:
        text = text.replace(word, "")
    return text


SURFACES: Mapping[str, Callable[[World, Hand], str]] = {
    "home": home,
    "register": register_of,
    "channels": channels,
    "messages": messages,
    "window": window,
    "record": in_window("case.record", "Two engineers"),
    "timeline": in_window("case.timeline", "Who knew"),
    "as of": as_of,
    "seals": seals_of(CASE),
    "sealed case": sealed_case,
    "seals of the sealed case": seals_of(SEALED_CASE),
    "concern": the_concern,
}


@pytest.mark.parametrize("surface", SURFACES)
def test_s26_nobody_meets_on_a_surface_what_they_may_not_see(planted: World, surface: str):
    for name in PEOPLE:
        who: Hand = getattr(planted, name)
        text = SURFACES[surface](planted, who)
        allowed = {thing for thing, people in {**EVERYWHERE, **MAY[surface]}.items() if name in people}
        assert kept(text) <= allowed, f"{name} at {surface}"
        expected = {thing for thing, people in MAY[surface].items() if name in people}
        assert expected <= kept(text), f"{name} at {surface}: what is planted is there to be found"


def test_s19_a_sealed_case_reaches_two_people_directly_and_no_channel(planted: World):
    for room in planted.standin.workspace.channels:
        assert kept("\n".join(said(message) for message in planted.posts(room))) == set()
    told = {name for name in PEOPLE if f"HR-{SEALED_CASE}" in "\n".join(planted.told(getattr(planted, name)))}
    assert told <= HOLDERS


def test_s26_a_refusal_says_no_more_than_that_there_is_nothing_to_see(planted: World):
    nothing = problem("case_unknown")
    for number, strangers in (
        (CASE, {"sam"}),
        (SEALED_CASE, {"amina", "diego", "sam"}),
        (CONCERN_CASE, {"amina", "diego", "noor", "sam"}),
        (77, set(PEOPLE)),
    ):
        for name in strangers:
            for refused in refusals(planted, number, f"U0{name.upper()}"):
                assert refused == nothing, f"{name}, HR-{number}"


def refusals(world: World, number: int, person: str) -> Iterator[str]:
    """Give every sentence with which somebody without a part in a case is refused."""
    desk, now = world.desk, world.clock.now()
    calls: list[Callable[[], object]] = [
        lambda: dossier.view(desk, number, person, now),
        lambda: dossier.as_of(desk, number, person, now.date(), now),
        lambda: unsealing.unseal(desk, number, person, now),
        lambda: acts.acknowledge(desk, number, person, now),
        lambda: deciding.decide(desk, sent(number, person, Act.DECIDE), Decision(Outcome.STOP, "x"), now),
        lambda: deciding.close(desk, sent(number, person, Act.CLOSE), now),
        lambda: acts.hand(desk, sent(number, person, Act.HAND_UP), now),
        lambda: acts.contain(desk, sent(number, person, Act.CONTAIN), now),
        *(lambda act=act: dossier.prepare(desk, number, person, act, now) for act in Act),
        *(lambda part=part: record.sheet(desk, number, person, part, 0, now) for part in PARTS),
        *(lambda part=part: record.sheet(desk, number, person, part, 1, now) for part in PARTS),
        lambda: concern_thread.heard(desk, number, person, now),
        lambda: concern_thread.answer(desk, number, person, "x", "ack", "k", now),
        lambda: record.put(desk, record.Writing(number, person, "dissent", {"who": "x", "why": "y"}), now),
    ]
    for call in calls:
        with pytest.raises(HrddError) as told:
            call()
        yield problem(told.value.problem, **told.value.values)


def sent(number: int, person: str, act: Act) -> acts.Sent:
    return acts.Sent(number, person, act, "A reason", f"{act}{person}")


def test_s26_those_who_see_a_case_and_may_not_read_its_seals_are_told_nothing_of_them(planted: World):
    for person in ("U0AMINA", "U0DIEGO"):
        with pytest.raises(HrddError) as told:
            unsealing.unseal(planted.desk, CASE, person, planted.clock.now())
        assert not isinstance(told.value, NotFound)
        assert kept(problem(told.value.problem, **told.value.values)) == set()
        with pytest.raises(HrddError) as told:
            record.sheet(planted.desk, CASE, person, "sealed", 1, planted.clock.now())
        assert kept(problem(told.value.problem, **told.value.values)) == set()
        with pytest.raises(HrddError) as told:
            record.sheet(planted.desk, CASE, person, "D15", 1, planted.clock.now())
        assert kept(problem(told.value.problem, **told.value.values)) == set()


def test_s26_the_digest_names_no_sealed_case_and_nothing_that_people_wrote(planted: World):
    now = planted.clock.now() + timedelta(days=30)
    with planted.db.read() as session:
        found = digest.of(planted.desk, session, now)

    blocks, text = _note(Note("digest", digest=found))

    whole = said([block.to_dict() for block in blocks]) + text
    assert "HR-1" in whole
    assert kept(whole) == set()


@pytest.mark.parametrize("form", ["json", "csv"])
def test_s26_the_export_holds_no_sealed_case_and_nothing_that_people_wrote(
    planted: World, db_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], form: str
):
    monkeypatch.setenv("HRDD_DATABASE_URL", db_url)
    monkeypatch.setenv("HRDD_DATA_DIR", str(planted.running.process._services.settings.hrdd_data_dir))

    assert main(["export", "--all", "--format", form]) == 0
    printed = capsys.readouterr()
    assert "HR-1" in printed.out
    assert kept(printed.out + printed.err) == set()

    assert main(["export", "--case", "HR-2", "--format", form]) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", problem("case_unknown") + "\n")


@pytest.mark.parametrize("command", [["jobs"], ["jobs", "--json"], ["audit", "verify"], ["audit", "verify", "--json"]])
def test_s26_no_command_prints_what_people_wrote_or_what_is_sealed(
    planted: World,
    db_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
):
    monkeypatch.setenv("HRDD_DATABASE_URL", db_url)

    main(command)

    printed = capsys.readouterr()
    assert kept(printed.out + printed.err) <= set()


def test_s26_logs_numbers_promises_and_events_hold_none_of_it(planted: World, caplog: pytest.LogCaptureFixture):
    for name in PEOPLE:
        for look in SURFACES.values():
            look(planted, getattr(planted, name))
            while getattr(planted, name).stack():
                getattr(planted, name).closes()
    with urllib.request.urlopen(f"{planted.running.process.url}/metrics") as answer:
        counted = answer.read().decode()
    rows = "\n".join(repr(vars(row)) for model in (Event, Outbox, Timer, Chain) for row in planted.rows(model))
    logs = "\n".join(
        each.getMessage() for each in caplog.records if each.name.startswith(("bot", "workflows", "storage", "hrdd"))
    )

    for text in (counted, rows, logs):
        assert kept(text) - {"sealed case", "concern"} == set()
    assert kept(counted) == kept(logs) == set()


def test_a_register_asked_for_directly_gives_nobody_a_sealed_case(planted: World):
    for name in PEOPLE:
        found = register.find(planted.desk, f"U0{name.upper()}", "", planted.clock.now())
        assert [each.case.id for each in found.lines] == ([CASE] if name in INVOLVED else [])
