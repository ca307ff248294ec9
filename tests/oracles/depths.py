"""Clients under more CAs than nginx lets stand between them and its anchor, and just as many, and fewer."""

from __future__ import annotations

from tests.oracles.handshakes import Case, ca, leaf
from tests.support.pki import Made

MOST = 3


def _ladder() -> list[Made]:
    """A root and CAs one under the other."""
    rungs = [ca("rung 0", number=60)]
    for number in range(1, MOST + 1):
        rungs.append(ca(f"rung {number}", rungs[-1], number=60 + number))
    return rungs


RUNGS = _ladder()
LEAVES = [leaf(rung) for rung in RUNGS]


def sent(between: int) -> Case:
    """The client sends all CAs but the root."""
    return Case(LEAVES[between], tuple(RUNGS[between:0:-1]), (RUNGS[0],))


def held(between: int) -> Case:
    """The server has all CAs in its bundle, the client sends none."""
    return Case(LEAVES[between], (), tuple(RUNGS[: between + 1]))


SELF_SIGNED = leaf(None, number=97)
CASES: dict[str, tuple[Case, int]] = {
    **{f"{n} CAs sent, depth {d}": (sent(n), d) for n in range(MOST + 1) for d in range(MOST + 1)},
    **{f"{n} CAs held, depth {d}": (held(n), d) for n in range(1, MOST + 1) for d in range(MOST + 1)},
    **{f"the root is sent too, depth {d}": (Case(LEAVES[1], (RUNGS[1], RUNGS[0]), (RUNGS[0],)), d) for d in (0, 1)},
    **{f"a self-signed client is the anchor, depth {d}": (Case(SELF_SIGNED, (), (SELF_SIGNED,)), d) for d in (0, 1)},
    **{f"a client under another root, depth {d}": (Case(LEAVES[2], (RUNGS[2],), (ca("strange"),)), d) for d in (0, 1)},
}
"""Case and depth by name."""
