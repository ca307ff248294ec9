"""The second process of `parallel`: it draws parts, sends what they came to, and may be asked for one more piece of work."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable, Iterator
from threading import Event, Thread
from typing import IO, Any, Generic, TypeVar

_Result = TypeVar("_Result")

_PIPE_BYTES = 1 << 20
_ALL_DRAWN, _ANSWER = -1, -2
"""What a child sends beside the numbers of parts."""


class Child(Generic[_Result]):
    """The other process; a thread takes its results in as they come, so that it never waits for room in the pipe."""

    def __init__(
        self, tickets: int, work: Callable[[int], _Result], afterwards: Callable[[Any], object] | None = None
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
            _in_child(writing, tickets, work, orders, afterwards)
        os.close(writing)
        os.close(orders)
        self._reader = Thread(target=self._read, args=(os.fdopen(reading, "rb"),), daemon=True)
        self._reader.start()
        if afterwards is None:
            os.close(self._orders)

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

            for number in drawn(tickets):
                tell(number, work(number))
            if afterwards is not None:
                tell(_ALL_DRAWN, None)
                with os.fdopen(orders, "rb") as given:
                    tell(_ANSWER, afterwards(pickle.load(given)))  # noqa: S301 - from our own parent
        code = 0
    finally:
        sys.stdout = sys.stderr = None
        os._exit(code)


def drawn(tickets: int) -> Iterator[int]:
    """The numbers of parts that nobody else has drawn."""
    while ticket := os.read(tickets, 1):
        yield ticket[0]
