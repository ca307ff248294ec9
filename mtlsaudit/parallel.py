"""Two processes for work that holds the interpreter: a forked child shares it, its results come through a pipe.

A fork, not a pool: the child has everything already, starts in a millisecond, and only results are copied. The items are
cut into parts; each process takes the next one when it is free, so both end together. Where there is no fork (Windows),
one core, or little to do, everything is done here; and so is what a child that failed has left.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable, Iterator, Sequence
from threading import Event, Thread
from typing import IO, Any, Generic, TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
_Given = TypeVar("_Given")
_Answer = TypeVar("_Answer")

WORTH_IT = 1 << 20
"""Below this size, in characters, starting a second process costs more than it saves."""

PARTS = 64
"""At most 256: the number of a part is one byte of the pipe that they are drawn from."""

_PIPE_BYTES = 1 << 20
_ALL_DRAWN, _ANSWER = -1, -2
"""What a child sends beside the numbers of parts."""


class Afterwards(Generic[_Given, _Answer]):
    """One more piece of work for the second process, begun when all parts are done and awaited when it is needed.

    For what is only a head start: where there is no second process, or it fails, there is no answer.
    """

    def __init__(self, work: Callable[[_Given], _Answer]) -> None:
        self.work = work
        self.child: _Child[Any] | None = None

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
    child = _Child(tickets, lambda number: work(parts[number]), afterwards)
    if meanwhile is not None:
        meanwhile()
    results = {number: work(parts[number]) for number in _drawn(tickets)}
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


def _drawn(tickets: int) -> Iterator[int]:
    while ticket := os.read(tickets, 1):
        yield ticket[0]


class _Child(Generic[_Result]):
    """The other process; a thread takes its results in as they come, so that it never waits for room in the pipe."""

    def __init__(
        self, tickets: int, work: Callable[[int], _Result], afterwards: Afterwards[Any, Any] | None = None
    ) -> None:
        reading, writing = os.pipe()
        orders, self._orders = os.pipe()
        _widen(writing)
        self._results: dict[int, Any] = {}
        self._all_drawn = Event()
        self._kept = afterwards is not None
        self._id = os.fork()
        if self._id == 0:
            os.close(reading)
            os.close(self._orders)
            _in_child(writing, tickets, work, orders, afterwards.work if afterwards else None)
        os.close(writing)
        os.close(orders)
        self._reader = Thread(target=self._read, args=(os.fdopen(reading, "rb"),), daemon=True)
        self._reader.start()
        if afterwards is None:
            os.close(self._orders)
        else:
            afterwards.child = self

    def results(self) -> dict[int, _Result]:
        """Part → result, of all that it has drawn and done."""
        self._all_drawn.wait()
        found, self._results = self._results, {}
        if not self._kept:
            self.answer()
        return found

    def ask(self, given: object) -> None:
        """The one more piece of work."""
        try:
            with os.fdopen(self._orders, "wb") as pipe:
                pickle.dump(given, pipe, protocol=pickle.HIGHEST_PROTOCOL)
        except BrokenPipeError:  # it died; there will be no answer
            return

    def answer(self) -> Any:
        """What that came to, or None, when the child has ended."""
        self._reader.join()
        os.waitpid(self._id, 0)
        return self._results.get(_ANSWER)

    def _read(self, pipe: IO[bytes]) -> None:
        with pipe:
            while True:
                try:
                    number, result = pickle.load(pipe)  # noqa: S301 - from our own child, over a pipe nobody else has
                except (EOFError, pickle.UnpicklingError):  # the end, or the child died within a result
                    break
                if number == _ALL_DRAWN:
                    self._all_drawn.set()
                else:
                    self._results[number] = result
        self._all_drawn.set()


def _widen(pipe: int) -> None:
    """More room in the pipe, where the system gives it (Linux)."""
    import fcntl

    resize = getattr(fcntl, "F_SETPIPE_SZ", None)
    if resize is not None:
        try:
            fcntl.fcntl(pipe, resize, _PIPE_BYTES)
        except OSError:  # over the limit of an unprivileged user: slower, not wrong
            return


def _in_child(
    writing: int,
    tickets: int,
    work: Callable[[int], object],
    orders: int,
    afterwards: Callable[[Any], object] | None,
) -> None:
    """Never returns: whatever happens, the child must not go on with the parent's code."""
    code = 1
    try:
        with os.fdopen(writing, "wb") as pipe:

            def tell(number: int, result: object) -> None:
                pickle.dump((number, result), pipe, protocol=pickle.HIGHEST_PROTOCOL)
                pipe.flush()

            for number in _drawn(tickets):
                tell(number, work(number))
            if afterwards is not None:
                tell(_ALL_DRAWN, None)
                with os.fdopen(orders, "rb") as given:
                    tell(_ANSWER, afterwards(pickle.load(given)))  # noqa: S301 - from our own parent
        code = 0
    finally:
        sys.stdout = sys.stderr = None
        os._exit(code)
