"""Two processes for work that holds the interpreter: a forked child shares it, its results come through a pipe.

A fork, not a pool: the child has everything already, starts in a millisecond, and only results are copied. The items are
cut into parts; each process takes the next one when it is free, so both end together. Where there is no fork (Windows),
one core, or little to do, everything is done here; and so is what a child that failed has left.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from mtlsaudit.forked import Child, drawn

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
_Given = TypeVar("_Given")
_Answer = TypeVar("_Answer")

WORTH_IT = 1 << 20
"""Below this size, in characters, starting a second process costs more than it saves."""

PARTS = 64
"""At most 256: the number of a part is one byte of the pipe that they are drawn from."""


class Afterwards(Generic[_Given, _Answer]):
    """One more piece of work for the second process, begun when all parts are done and awaited when it is needed.

    For what is only a head start: where there is no second process, or it fails, there is no answer.
    """

    def __init__(self, work: Callable[[_Given], _Answer]) -> None:
        self.work = work
        self.child: Child[Any] | None = None

    def ask(self, given: _Given) -> None:
        """Begin."""
        if self.child is not None:
            self.child.ask(given)

    def answer(self) -> _Answer | None:
        """Wait for the end; once, after that None."""
        child, self.child = self.child, None
        return None if child is None else child.answer()


def in_two_processes(
    items: Sequence[_Item],
    size: int,
    work: Callable[[Sequence[_Item]], _Result],
    meanwhile: Callable[[], object] | None = None,
    afterwards: Afterwards[Any, Any] | None = None,
) -> Iterator[_Result]:
    """The results of `work` on consecutive parts of the items, in order.

    `meanwhile` is done once, here, while the child is already at work. `size` in characters tells whether a child pays.
    """
    step = -(-len(items) // PARTS)
    parts = [items[start : start + step] for start in range(0, len(items), step)] if step else []
    yield from parts_in_two_processes(parts, size, work, meanwhile, afterwards)


def parts_in_two_processes(
    parts: Sequence[_Item],
    size: int,
    work: Callable[[_Item], _Result],
    meanwhile: Callable[[], object] | None = None,
    afterwards: Afterwards[Any, Any] | None = None,
) -> Iterator[_Result]:
    """The same of parts that the caller has cut, at most 256: those that take longest should come first."""
    if size < WORTH_IT or len(parts) < 2 or not hasattr(os, "fork") or (os.cpu_count() or 1) < 2:
        if meanwhile is not None:
            meanwhile()
        for part in parts:
            yield work(part)
        return
    tickets = _tickets(len(parts))
    child = Child(tickets, lambda number: work(parts[number]), afterwards.work if afterwards else None)
    if afterwards is not None:
        afterwards.child = child
    if meanwhile is not None:
        meanwhile()
    results = {number: work(parts[number]) for number in drawn(tickets)}
    os.close(tickets)
    results |= child.results()
    for number, part in enumerate(parts):
        yield results.pop(number) if number in results else work(part)


def _tickets(number: int) -> int:
    """A pipe with a byte for each part: who reads one has it alone. Returns the end to read from."""
    reading, writing = os.pipe()
    os.write(writing, bytes(range(number)))
    os.close(writing)
    return reading
