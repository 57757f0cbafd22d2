"""The limiter: buckets of people, counts of windows, and nothing in memory that names one person."""

from __future__ import annotations

import gc
import math
import threading
from collections import Counter

import pytest

from bot.limiter import BUCKET, DAY, MOST, Limiter

STAFF = 10_000
PEOPLE = [f"U0PERSON{number:05}" for number in range(STAFF)]


def test_t17_who_dumps_the_memory_and_knows_everybody_finds_ten_people_or_more_in_every_bucket() -> None:
    for _ in range(5):
        limiter = Limiter(STAFF, 0.0)
        for person in PEOPLE[:500]:
            limiter.opened(person, 1.0)

        # The dump has the key, so that everybody can be put into the bucket that they fall into.
        crowds = Counter(limiter._bucket(person) for person in PEOPLE)

        assert min(crowds[bucket] for bucket in limiter._counts) >= 10
        assert len(crowds) == STAFF // BUCKET


@pytest.mark.parametrize("staff", [25, 79, 80, 200, 1000, 10_000])
def test_a_bucket_holds_ten_people_or_more_almost_surely_however_many_there_are(staff: int) -> None:
    buckets = max(1, staff // BUCKET)
    # Binomial: the chance that one bucket has fewer than ten, times the number of buckets.
    few = sum(math.comb(staff, k) * (1 / buckets) ** k * (1 - 1 / buckets) ** (staff - k) for k in range(10))

    assert few * buckets < 1e-4


def test_a_full_bucket_waits_and_the_others_do_not() -> None:
    limiter = Limiter(240, 0.0)
    amina = PEOPLE[0]
    other = next(person for person in PEOPLE if limiter._bucket(person) != limiter._bucket(amina))

    assert [limiter.opened(amina, 1.0) for _ in range(MOST + 2)] == [False] * MOST + [True] * 2
    assert limiter.opened(other, 1.0) is False


def test_after_a_day_the_counts_and_the_key_are_gone() -> None:
    limiter = Limiter(240, 100.0)
    pepper = limiter._pepper
    for _ in range(MOST + 1):
        limiter.opened(PEOPLE[0], 100.0)

    limiter.forget(100.0 + DAY - 1)
    assert limiter._pepper == pepper
    assert limiter.opened(PEOPLE[0], 100.0 + DAY - 1)

    limiter.forget(100.0 + DAY)
    assert limiter._pepper != pepper
    assert limiter._counts == {}
    assert not limiter.opened(PEOPLE[0], 100.0 + DAY)


def test_a_bucket_says_no_more_than_that_it_is_full() -> None:
    limiter = Limiter(40, 0.0)
    for _ in range(1000):
        limiter.opened(PEOPLE[0], 1.0)

    assert limiter._counts == {0: MOST}


def test_no_id_of_anybody_stays_in_the_limiter() -> None:
    limiter = Limiter(STAFF, 0.0)
    for person in PEOPLE[:200]:
        limiter.opened("".join(person), 1.0)
        limiter.used()

    held = [each for each in gc.get_referents(limiter, vars(limiter), limiter._counts) if isinstance(each, str)]

    assert [each for each in held if each.startswith("U0")] == []


@pytest.mark.parametrize("staff", [1000, 10_000])
def test_honest_people_are_hardly_ever_asked_to_wait(staff: int) -> None:
    import random

    chance = random.Random(3)
    refused = opened = 0
    for day in range(1, 31):
        limiter = Limiter(staff, 0.0)
        for person in PEOPLE[:staff]:
            while chance.random() < 0.05:
                opened += 1
                refused += limiter.opened(person, float(day))

    assert opened > 1000
    assert refused / opened < 0.001


def test_many_at_once_are_all_counted() -> None:
    limiter = Limiter(STAFF, 0.0)

    def many() -> None:
        for person in PEOPLE[:500]:
            limiter.opened(person, 1.0)
            limiter.used()

    threads = [threading.Thread(target=many) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    expected = Counter(limiter._bucket(person) for person in PEOPLE[:500])
    assert limiter._counts == {bucket: min(8 * count, limiter._most) for bucket, count in expected.items()}
    assert (limiter.take_uses(), limiter.take_uses()) == (4000, 0)
