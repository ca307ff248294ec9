"""Frozen values. mypy, and it alone, refuses to assign to a field.

At run time `frozen=True` would cost a call for every field of every object, and code compiled for every class: a twentieth of
a scan. So it is left to the type checker, which every commit has to pass, and only the hash that it implies is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    import dataclasses

    def dataclass(cls=None, /, *, frozen=False, eq=True, **options):
        """`dataclasses.dataclass`, but that a frozen one is no slower than another."""
        return dataclasses.dataclass(cls, eq=eq, unsafe_hash=frozen and eq, **options)


__all__ = ["dataclass"]
