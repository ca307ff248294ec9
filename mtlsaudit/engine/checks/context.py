"""What a check may know beside its subject."""

from __future__ import annotations

from datetime import datetime

from mtlsaudit.model.rule import Policy
from mtlsaudit.model.values import dataclass


@dataclass(frozen=True, slots=True)
class Context:
    """`now` is the time that the whole scan is judged at."""

    now: datetime
    policy: Policy
