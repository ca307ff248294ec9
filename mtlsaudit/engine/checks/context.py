"""What a check may know beside its subject."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mtlsaudit.model.rule import Policy


@dataclass(frozen=True, slots=True)
class Context:
    """`now` is the time that the whole scan is judged at."""

    now: datetime
    policy: Policy
