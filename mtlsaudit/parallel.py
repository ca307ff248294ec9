"""Two processes for work that holds the interpreter: the second half in a forked child, its result through a pipe.

A fork, not a pool: the child has all the texts already, starts in a millisecond, and only results are copied. Where
there is no fork (Windows), one core, or little to do, everything is done here; and so it is when the child fails.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

WORTH_IT = 1 << 20
"""Below this size, in characters, starting a second process costs more than it saves."""

_FIRST_PART = 53
"""Percent of the items that are done here: the child has its result to send as well."""

_SMALLER_FIRST_PART = 50


def in_two_processes(
    items: Sequence[_Item],
    size: int,
    work: Callable[[Sequence[_Item]], _Result],
    meanwhile: Callable[[], object] | None = None,
) -> Iterator[_Result]:
    """The results of `work` on consecutive parts of the items, in order.

    `meanwhile` is done once, here, while the child is already at work, which then gets the larger part.
    """
    if size < WORTH_IT or len(items) < 2 or not hasattr(os, "fork") or (os.cpu_count() or 1) < 2:
        if meanwhile is not None:
            meanwhile()
        yield work(items)
        return
    border = len(items) * (_FIRST_PART if meanwhile is None else _SMALLER_FIRST_PART) // 100
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _in_child(writing, lambda: work(items[border:]))
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        if meanwhile is not None:
            meanwhile()
        yield work(items[:border])
        data = pipe.read()
    _, status = os.waitpid(child, 0)
    if status == 0:
        second: _Result = pickle.loads(data)  # noqa: S301 - from our own child, over a pipe nobody else has
        yield second
    else:
        yield work(items[border:])


def _in_child(writing: int, work: Callable[[], object]) -> None:
    """Never returns: whatever happens, the child must not go on with the parent's code."""
    code = 1
    try:
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump(work(), pipe, protocol=pickle.HIGHEST_PROTOCOL)
        code = 0
    finally:
        sys.stdout = sys.stderr = None
        os._exit(code)
