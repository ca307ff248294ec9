"""The second process: all parts are done whatever becomes of it, and what it is asked afterwards is a head start only."""

from __future__ import annotations

import os
from collections.abc import Sequence
from threading import Event

import pytest

from mtlsaudit.parallel import WORTH_IT, Afterwards, in_two_processes

HERE = os.getpid()
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")


def _squares(numbers: Sequence[int]) -> tuple[int, list[int]]:
    return os.getpid(), [n * n for n in numbers]


def _in_the_other(given: Sequence[int]) -> tuple[bool, int]:
    return os.getpid() != HERE, sum(given)


def _flat(results: list[tuple[int, list[int]]]) -> list[int]:
    return [n for _, some in results for n in some]


@needs_fork
def test_the_other_process_is_asked_afterwards() -> None:
    afterwards = Afterwards(_in_the_other)
    results = list(in_two_processes(range(1000), WORTH_IT, _squares, afterwards=afterwards))
    assert _flat(results) == [n * n for n in range(1000)]
    afterwards.ask(range(200_000))  # more than a pipe holds at once, were it not a range
    assert afterwards.answer() == (True, sum(range(200_000)))
    assert afterwards.answer() is None


def test_nobody_answers_where_there_is_no_other_process() -> None:
    afterwards = Afterwards(_in_the_other)
    assert _flat(list(in_two_processes(range(10), 10, _squares, afterwards=afterwards))) == [n * n for n in range(10)]
    afterwards.ask([1])
    assert afterwards.answer() is None


@needs_fork
def test_nobody_answers_when_the_other_process_has_failed() -> None:
    def fail(_: object) -> None:
        os._exit(3)

    afterwards = Afterwards(fail)
    list(in_two_processes(range(1000), WORTH_IT, _squares, afterwards=afterwards))
    afterwards.ask(None)
    assert afterwards.answer() is None


@needs_fork
def test_parts_of_a_process_that_died_are_done_here_and_it_does_not_answer() -> None:
    died = Event()

    def once(numbers: Sequence[int]) -> tuple[int, list[int]]:
        if os.getpid() != HERE:
            os._exit(3)
        if numbers[0] == 0:
            died.wait(1)  # so that the other process gets a part to die of
        return _squares(numbers)

    afterwards = Afterwards(_in_the_other)
    results = list(in_two_processes(range(1000), WORTH_IT, once, afterwards=afterwards))
    assert _flat(results) == [n * n for n in range(1000)]
    afterwards.ask(list(range(200_000)))
    assert afterwards.answer() is None


@needs_fork
def test_who_is_never_asked_ends_with_us() -> None:
    afterwards = Afterwards(_in_the_other)
    list(in_two_processes(range(1000), WORTH_IT, _squares, afterwards=afterwards))
    child = afterwards.child
    assert child is not None
    os.close(child._orders)  # as our end does
    assert child.answer() is None
