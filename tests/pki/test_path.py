"""One broken rule, one defect; and what each family of verifiers makes of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mtlsaudit.model.chain import Chain, Engine, Purpose
from mtlsaudit.pki.decode import decode
from mtlsaudit.pki.path import RULES, Verifier, verify
from tests.support.pki import START, Made, make

NOW = START + timedelta(days=10)
CA = make("root", ca=True, usages=["key_cert_sign", "crl_sign"], number=1)
SUB = make("sub", by=CA, ca=True, usages=["key_cert_sign"], number=2)
LEAF = make("leaf", by=CA, dns=["a.example.com"])


def chain(engine: Engine, leaf: Made, *sent: Made, anchors: tuple[Made, ...] = (CA,), **options: object) -> Chain:
    options = {"purpose": Purpose.CLIENT, "at": NOW, **options}
    verifier = Verifier(engine=engine, anchors=tuple(decode(a.der) for a in anchors), **options)  # type: ignore[arg-type]
    found = verify(verifier, decode(leaf.der), [decode(s.der) for s in sent])
    assert {d.code for d in found.defects} <= set(RULES)
    return found


def fatal(found: Chain) -> list[tuple[str, int]]:
    return [(d.code, d.depth) for d in found.defects if d.fatal]


@pytest.mark.parametrize("engine", Engine)
def test_a_leaf_under_its_root_holds(engine: Engine) -> None:
    found = chain(engine, LEAF)
    assert (found.holds, fatal(found)) == (True, [])
    assert [c.common_name for c in found.path] == ["leaf", "root"]
    assert (found.engine, found.purpose, found.at) == (engine, Purpose.CLIENT, NOW)


@pytest.mark.parametrize("engine", Engine)
def test_a_leaf_under_an_intermediate_needs_it_sent_along(engine: Engine) -> None:
    leaf = make("leaf", by=SUB)
    assert chain(engine, leaf, SUB).holds is True
    missing = chain(engine, leaf)
    assert (missing.holds, fatal(missing)) == (False, [("issuer-not-found", 0)])


@pytest.mark.parametrize("engine", Engine)
def test_each_end_of_validity_is_a_defect_of_the_certificate_that_it_is_on(engine: Engine) -> None:
    early = chain(engine, LEAF, at=START - timedelta(seconds=1))
    assert fatal(early) == [("not-yet-valid", 0), ("not-yet-valid", 1)]
    late = chain(engine, LEAF, at=START + timedelta(days=91))
    assert (late.holds, fatal(late)) == (False, [("expired", 0), ("expired", 1)])
