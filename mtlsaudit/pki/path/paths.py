"""What a search comes to: paths from a leaf upwards, with an end or without."""

from __future__ import annotations

from typing import NamedTuple

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.values import dataclass


class Path(NamedTuple):
    """Leaf first. The certificates from `trusted` on are anchors; `end` is the code of what is missing, empty if nothing."""

    certificates: tuple[Certificate, ...]
    trusted: int
    end: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """At least one path. `any_of`: the verifier takes one of them and which is not known."""

    paths: tuple[Path, ...]
    any_of: bool = False
    cut_off: bool = False
