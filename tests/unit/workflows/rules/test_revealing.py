"""What may tell who wrote a text is seen in many countries' ways of writing it, and plain accounts are left alone."""

from __future__ import annotations

import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts import label
from workflows.rules.recipients import Recipient
from workflows.rules.revealing import KINDS, OWN, found, names, own_name

MOST = 3000

FLAGGED = [
    ("You can reach me at amina.haddad+work@example.org if you need more.", "email"),
    ("Write to diego [at] example.org, please.", "email"),
    ("Mail: ruth at example dot com", "email"),
    ("Ask @sam.tran, who saw it as well.", "handle"),
    ("It was <@U0DIEGO> who asked for the list.", "handle"),
    ("Call +254 712 345 678 in the evening.", "phone"),
    ("Meine Nummer: 030 901820 44", "phone"),
    ("Call me at (415) 555-0134 after work.", "phone"),
    ("You find me under 98765 43210 in Pune.", "phone"),
    ("My badge number is K-20417, look it up.", "ids"),
    ("Payroll has me under 123-45-6789.", "ids"),
    ("Meu CPF é 123.456.789-09.", "ids"),
    ("My number at the tax office: QQ 12 34 56 C.", "ids"),
    ("Aadhaar 1234 5678 9012 was on the form.", "ids"),
    ("The bonus went to DE44 5001 0517 5407 3249 31.", "ids"),
    ("Look at https://wiki.example.org/page first.", "link"),
    ("It is all at drive.example.com/d/1x2y.", "link"),
    ("As the only woman on the night shift, I see what happens.", "only"),
    ("Nobody else knows about this list.", "only"),
    ("Als einzige Person mit Zugang sehe ich die Daten.", "only"),
    ("Soy el único que tiene acceso.", "only"),
    ("My direct manager asked for faces of the crowd.", "manager"),
    ("Mi jefa pidió los nombres de los manifestantes.", "manager"),
    ("Mon responsable a demandé les noms.", "manager"),
    ("Meine Vorgesetzte wollte die Liste haben.", "manager"),
    ("O meu chefe pediu os nomes.", "manager"),
    ("I told the board twice that this hurts people.", "told"),
    ("In my last review it was called disloyal.", "told"),
    ("Ich habe das der Leitung schon gemeldet.", "told"),
    ("J’ai déjà prévenu la direction.", "told"),
    ("Eu já avisei a direção.", "told"),
    ("The list went out on 12.03.2026.", "moment"),
    ("It was switched on 3 March, before the vote.", "moment"),
    ("The call was on March 3rd.", "moment"),
    ("Le 14 juillet, la liste est partie.", "moment"),
    ("名单在3月12日发出。", "moment"),
    ("It began at 14:35 and nobody stopped it.", "moment"),
    ("They met last Tuesday about it.", "moment"),
    ("I have worked in the photo group for six years.", "tenure"),
    ("Since I joined, three people were let go.", "tenure"),
    ("Je travaille ici depuis longtemps.", "tenure"),
    ("Trabajo en la empresa hace ocho años.", "tenure"),
    ("It harms people.\n\nBest regards,\nAmina", "signature"),
    ("Me llamo Diego y vi la lista.", "signature"),
    ("It harms people.\n— Sam T.", "signature"),
    ("Es schadet Menschen.\nMit freundlichen Grüßen\nR. O.", "signature"),
    ("I am Amina Haddad and this has to stop.", "signature"),
    ("As a junior data engineer I see every request.", "role"),
    ("I work on the matching of faces.", "role"),
    ("They laughed about my hijab.", "personal"),
    ("I am pregnant and was moved to nights.", "personal"),
    ("It was said in meeting room 4.12.", "place"),
    ("The list lies on my desk.", "place"),
]

NEUTRAL = [
    "People are put in danger when faces in photos are matched with lists of the police.",
    "The product tells a government which users are refugees.",
    "The only way to stop the harm is to switch the matching off.",
    "For two years the model has refused loans to people of one district.",
    "About 20,000,000 people use it, and 0.5 percent of them are minors.",
    "In 2025 the law changed, and in 2026 the data went to the ministry.",
    "Version 4.12.1 sends the location even when it is switched off.",
    "Workers at the supplier are not paid, and their passports are kept.",
    "Moderators see killings all day and get no help.",
    "Somebody in leadership asked for names of those who talk to the union.",
    "The tool ranks people by how likely they are to strike.",
    "Children can be found by strangers through the map.",
    "The warning was taken out of the report before it went to the board.",
    "La aplicación muestra dónde duermen las personas que buscan asilo.",
    "Les visages sont comparés avec une liste de la police.",
    "Das Programm stuft Menschen aus armen Vierteln als gefährlich ein.",
    "O aplicativo mostra onde dormem pessoas refugiadas.",
    "该产品会泄露难民的位置。",
    "Programu inaonyesha mahali ambapo wakimbizi wanalala.",
    "A contract with the border police lets them read messages @here and anywhere.",
    "Please look at the covid-19 list and the utf-16 export.",
]

PROBES = [
    *("a 1 . - @ ( + \n".split(" ")),
    "1 ", "a.", "@a", "a@", "a@a.", "a at ", "+1", "1-", "0 ", "aa00 ", "aa00aaaa", "www.", "a-", "'", "１", "ﷺ", "İ",
    "i told ", "i have been ", "i have also ", "i work ", "my ", "my direct line ", "i am a ", "as the ", "as a a-a ",
    "in my a ", "employee ", "employee number ", "personalnummer ", "ich habe a", "j'ai a ", "regards ", "\nregards, ",
    "\n - a", "\n— a b", "je suis a ", "trabajo a ", "after a ", "march ", "1 march", "am ", "room 1", "I am A", "Aa ",
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind"), FLAGGED)
def test_what_may_tell_who_wrote_it_is_seen(text: str, kind: str) -> None:
    assert kind in found(text)


@pytest.mark.parametrize("text", NEUTRAL)
def test_an_account_that_tells_nothing_of_its_writer_is_left_alone(text: str) -> None:
    assert found(text) == ()


def test_every_kind_has_an_example_and_words() -> None:
    assert {kind for _, kind in FLAGGED} | {OWN} == set(KINDS)
    for kind in KINDS:
        assert label(f"reveals_{kind}")


def test_letters_of_other_widths_and_unseen_ones_between_do_not_hide_anything() -> None:
    assert "email" in found("ａｍｉｎａ@ｅｘａｍｐｌｅ.ｏｒｇ")
    assert "manager" in found("MY MAN\u200bAGER")
    assert "told" in found("I’VE   TOLD them")


def test_the_longest_texts_made_to_be_slow_take_a_moment_only(capsys: pytest.CaptureFixture[str]) -> None:
    worst = 0.0
    for probe in PROBES:
        text = (probe * MOST)[:MOST]
        before = time.process_time()
        found(text)
        worst = max(worst, time.process_time() - before)
    with capsys.disabled():
        sys.stdout.write(f" [{len(PROBES)} probes: the slowest took {worst * 1000:.0f} ms] ")
    assert worst < 0.25


def cost(probe: str, size: int) -> float:
    text = (probe * size)[:size]
    before = time.process_time()
    found(text)
    return time.process_time() - before


@pytest.mark.parametrize("probe", PROBES)
def test_four_times_the_text_takes_about_four_times_the_time(probe: str) -> None:
    # With squares it would be sixteen times. A first measure may be off; a rule that is slow is slow again.
    assert any(cost(probe, 2 * MOST) < max(9 * cost(probe, MOST // 2), 0.01) for _ in range(3))


@given(st.text(max_size=300))
def test_any_text_at_all_is_answered(text: str) -> None:
    assert set(found(text)) <= set(KINDS)


def test_ones_own_name_is_told_first_where_the_edge_saw_it() -> None:
    assert found("Amina saw the list.", own=True) == (OWN,)
    assert found("My manager saw Amina.", own=True) == (OWN, "manager")
    assert found("Amina saw the list.") == ()


AMINA = ("U0AMINA77", "amina.haddad2", "amina.haddad2")


@pytest.mark.parametrize(
    "text",
    [
        "Ask <@U0AMINA77> for it",
        "u0amina77 has it",
        "amina.haddad2 was in the channel",
        "Amina Haddad was there",
        "AMÍNA was there",
        "It is not far from where haddad sits",
        "(amina)",
    ],
)
def test_an_own_name_is_seen_whole_and_in_parts(text: str) -> None:
    assert own_name(text, AMINA)


@pytest.mark.parametrize("text", ["", "The list was sent to the police", "Aminas and haddads", "U0AMINA78 has it", "2"])
def test_a_text_without_an_own_name_is_left_alone(text: str) -> None:
    assert not own_name(text, AMINA)


@pytest.mark.parametrize(
    ("known", "text", "is_seen"),
    [
        ("li.bo", "Li Bo saw it", True),
        ("li.bo", "Li saw the bo tree", False),
        ("al", "Et al. are named", False),
        ("human.rights", "Human rights are at stake", False),
        ("rights-noor", "Human rights are at stake", False),
        ("rights-noor", "Noor knows", True),
        ("王小明", "是王小明说的", True),
        ("", "Anything", False),
        ("...", "Anything ...", False),
    ],
)
def test_names_that_are_short_or_common_words_are_not_seen_everywhere(known: str, text: str, is_seen: bool) -> None:
    assert own_name(text, [known]) is is_seen


@given(st.text(max_size=200), st.lists(st.text(max_size=40), max_size=3))
def test_any_name_in_any_text_is_answered(text: str, known: list[str]) -> None:
    assert own_name(text, known) in (True, False)


NOOR = Recipient("noor", "leads", "Noor Rahman", "U0NOOR")
RUTH = Recipient("ruth", "board", "Dr. Ruth Okafor, chair of the audit committee", "U0RUTH")
ZOE = Recipient("zoe", "board", "Zoë Łukasik", "U0ZOE")
WANG = Recipient("wang", "council", "王小明", "U0WANG")
EVERYBODY = (NOOR, RUTH, ZOE, WANG)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Noor asked for the list.", ("noor",)),
        ("it was RAHMAN's idea", ("noor",)),
        ("@noor.r knows", ("noor",)),
        ("write to noor.rahman@example.org", ("noor",)),
        ("<@U0NOOR> knows", ("noor",)),
        ("Zoe said so", ("zoe",)),
        ("Ruth and Noor agreed", ("noor", "ruth")),
        ("这是王小明的主意", ()),
        ("the chair of the committee of the human rights office", ()),
        ("north of the river, in truth", ()),
        ("", ()),
    ],
)
def test_a_recipient_who_seems_to_be_named_is_told_of(text: str, asked: tuple[str, ...]) -> None:
    found_names = names(text, EVERYBODY)
    assert found_names == (("wang",) if "王" in text else asked)
