"""Boxes are kept, counted and erased; what tells of a change changes with each."""

from __future__ import annotations

from datetime import UTC, datetime

from storage import seals
from storage.database import Database
from storage.models import Seal

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def sealed(case_id: int, box: bytes = b"box") -> Seal:
    return Seal(
        case_id=case_id, part="sealed", number=1, key_id="0a1b2c3d", box=box, created_by="U_NOOR", created_at=NOW
    )


def test_boxes_of_a_case_are_given_in_order_and_those_of_others_are_not(db: Database) -> None:
    with db.write() as session:
        numbers = [seals.keep(session, sealed(case, box)) for case, box in ((1, b"a"), (2, b"b"), (1, b"\x00c"))]
    with db.read() as session:
        assert [(seal.id, seal.box) for seal in seals.of_case(session, 1)] == [
            (numbers[0], b"a"),
            (numbers[2], b"\x00c"),
        ]
        assert [seal.id for seal in seals.all_open(session)] == numbers
        assert seals.of_case(session, 3) == []


def test_an_erased_box_is_empty_for_good_and_its_number_stays(db: Database) -> None:
    with db.write() as session:
        one, other = (seals.keep(session, sealed(1)) for _ in range(2))
        assert seals.erase(session, one, NOW)
        assert not seals.erase(session, one, NOW)
        assert not seals.erase(session, 999, NOW)
    with db.read() as session:
        assert [seal.id for seal in seals.all_open(session)] == [other]
        kept = session.get(Seal, one)
        assert kept is not None
        assert (kept.box, kept.erased_at) == (b"", NOW)


def test_all_boxes_of_one_entry_are_erased_together_and_no_others(db: Database) -> None:
    with db.write() as session:
        for _ in range(2):
            seals.keep(session, sealed(1))
        kept = [seals.keep(session, sealed(2)), seals.keep(session, Seal(**{**sealed(1).model_dump(), "number": 2}))]
        prose = seals.keep(session, Seal(**{**sealed(1).model_dump(), "part": "D15"}))
        assert seals.erase_entry(session, 1, "sealed", 1, NOW) == 2
        assert seals.erase_entry(session, 1, "sealed", 1, NOW) == 0
    with db.read() as session:
        assert [seal.id for seal in seals.of_part(session, "sealed")] == kept
        assert [seal.id for seal in seals.of_part(session, "D15")] == [prose]


def test_each_change_shows_in_the_version(db: Database) -> None:
    def look() -> seals.Version:
        with db.ask() as session:
            return seals.version(session)

    seen = [look()]
    with db.write() as session:
        number = seals.keep(session, sealed(1))
    seen.append(look())
    with db.write() as session:
        seals.keep(session, sealed(1))
    seen.append(look())
    with db.write() as session:
        seals.erase(session, number, NOW)
    seen.append(look())
    assert seen == [(0, 0, 0), (1, number, 0), (2, number + 1, 0), (2, number + 1, 1)]


def test_whether_there_is_any_box_is_known(db: Database) -> None:
    with db.write() as session:
        assert not seals.any_open(session)
        number = seals.keep(session, sealed(1))
        assert seals.any_open(session)
        seals.erase(session, number, NOW)
        assert not seals.any_open(session)
