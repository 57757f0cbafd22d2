"""Writers of one process take turns in the order they came."""

from __future__ import annotations

from threading import Thread

from storage.turns import Turns


def test_a_turn_that_does_not_come_in_time_is_given_up_and_harms_nobody() -> None:
    turns = Turns()
    assert turns.acquire(0)
    assert not turns.acquire(0.01)
    turns.release()
    assert turns.acquire(0)


def test_threads_are_let_in_in_the_order_they_asked() -> None:
    turns, order = Turns(), list[int]()
    turns.acquire(0)

    def go(number: int) -> None:
        assert turns.acquire(10)
        order.append(number)
        turns.release()

    threads = []
    for number in range(6):
        threads.append(Thread(target=go, args=(number,)))
        threads[-1].start()
        while len(turns._waiting) <= number:
            threads[-1].join(0.001)
    turns.release()
    for thread in threads:
        thread.join(10)
    assert order == [0, 1, 2, 3, 4, 5]


def test_no_two_threads_are_in_at_the_same_time() -> None:
    turns, inside, crowd = Turns(), list[int](), list[int]()

    def go() -> None:
        for _ in range(200):
            assert turns.acquire(10)
            inside.append(1)
            crowd.append(len(inside))
            inside.pop()
            turns.release()

    threads = [Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(crowd) == 800
    assert set(crowd) == {1}
