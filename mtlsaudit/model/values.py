"""Frozen values: dataclasses to mypy, structs of msgspec at run time.

`dataclasses` compiles code for every class (0.4 ms, a tenth of a second for all of ours), and runs it for every object; a
struct is made in C, in a twentieth and half of the time. What a struct cannot do, fields that are not arguments or not
compared, no class here asks for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import asdict, dataclass, field, replace
else:
    from msgspec import Struct, field
    from msgspec.structs import asdict, replace

    _OF_THE_CLASS = {"__dict__", "__weakref__"}

    def dataclass(cls=None, /, *, frozen=False, eq=True, order=False, slots=True, repr=True):  # noqa: A002
        """As `dataclasses.dataclass`; `slots` and `repr` come with every struct."""

        def made(cls):
            namespace = {name: value for name, value in vars(cls).items() if name not in _OF_THE_CLASS}
            return type(Struct)(cls.__name__, (Struct,), namespace, frozen=frozen, eq=eq, order=order)

        return made if cls is None else made(cls)


__all__ = ["asdict", "dataclass", "field", "replace"]
