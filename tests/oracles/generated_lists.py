"""Clients under random CAs with random revocation lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from cryptography import x509
from hypothesis import strategies as st

from tests.oracles.handshakes import NOW, SIGNS, Case, ca, leaf
from tests.oracles.revocations import STRANGE, by_key, crl
from tests.support.pki import Made

_TIMES = {
    "now": (-2, 5),
    "older": (-20, 5),
    "over": (-20, -1),
    "older over": (-30, -10),
    "to come": (1, 20),
}
_OTHER = 999
"""A serial that nobody has."""


@dataclass(frozen=True)
class ListPlan:
    """One list of a CA: what it revokes, when it is valid, whose key signs it, which key it names."""

    revokes: tuple[str, ...] = ()
    time: str = "now"
    signer: str = "own"
    names_key: str = ""
    strange: bool = False


@dataclass(frozen=True)
class Plan:
    """CAs from the root down, each with its lists; the leaf stands below the last."""

    lists: tuple[tuple[ListPlan, ...], ...]
    may_sign_lists: tuple[bool, ...]
    anchors: str
    reverse: bool


def _lists() -> st.SearchStrategy[tuple[ListPlan, ...]]:
    odd = st.builds(
        ListPlan,
        revokes=st.sampled_from(((), (), ("child",), ("other",), ("child", "other"), ("self",))),
        time=st.sampled_from(tuple(_TIMES)),
        signer=st.sampled_from(("own", "own", "own", "stranger")),
        names_key=st.sampled_from(("", "", "right", "wrong")),
        strange=st.sampled_from((False, False, False, True)),
    )
    good = st.just((ListPlan(),))
    return st.one_of(good, good, st.lists(odd, max_size=2).map(tuple))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    count = draw(st.integers(1, 3))
    return Plan(
        lists=tuple(draw(_lists()) for _ in range(count)),
        may_sign_lists=tuple(draw(st.sampled_from((True, True, True, True, False))) for _ in range(count)),
        anchors=draw(st.sampled_from(("root", "root", "root", "all", "last"))),
        reverse=draw(st.booleans()),
    )


def case(plan: Plan) -> Case:
    """The certificates and lists of the plan."""
    made: list[Made] = []
    for number, may in enumerate(plan.may_sign_lists):
        usages = SIGNS if may else SIGNS[:1]
        key_id = (x509.SubjectKeyIdentifier(bytes([number + 1] * 20)), False)
        above = made[-1] if made else None
        made.append(ca(f"lists {number}", above, number=400 + number, serial=10 + number, usages=usages, more=[key_id]))
    client = leaf(made[-1], number=410, serial=50)
    below = [*made[1:], client]
    found = [_made(one, own, below[number], number) for number, own in enumerate(made) for one in plan.lists[number]]
    anchors = {"root": made[:1], "all": made, "last": made[-1:]}[plan.anchors]
    sent = [] if plan.anchors != "root" else made[:0:-1]
    return Case(client, tuple(sent), tuple(anchors), tuple(found[::-1] if plan.reverse else found))


def _made(plan: ListPlan, own: Made, child: Made, number: int) -> x509.CertificateRevocationList:
    serials = {"child": child.cert.serial_number, "other": _OTHER, "self": own.cert.serial_number}
    begin, end = (NOW + timedelta(days=d) for d in _TIMES[plan.time])
    named = {"": (), "right": by_key(number + 1), "wrong": by_key(99)}[plan.names_key]
    signer = ca("stranger", number=420) if plan.signer == "stranger" else own
    more = (*named, *(STRANGE if plan.strange else ()))
    return crl(own, *(serials[r] for r in plan.revokes), signer=signer, begin=begin, end=end, more=more)
