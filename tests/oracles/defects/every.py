"""All pairs."""

from __future__ import annotations

from tests.oracles.defects import authorities, ends, names, revocation, signatures

PAIRS = (*ends.PAIRS, *signatures.PAIRS, *authorities.PAIRS, *names.PAIRS, *revocation.PAIRS)
