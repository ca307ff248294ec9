"""NIST's PKITS (Public Key Interoperability Test Suite, 2011): sections 4.1 to 4.3, 4.6, 4.7, 4.13 and 4.16 of its document.

Whether a path is valid is said by the name of its end certificate. Revocation (4.4, 4.5, 4.14, 4.15) and certificate policies
(4.8 to 4.12) are left out: lists come with the verifier here, and no verifier that is modelled asks for policies.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import cryptography_vectors
import pytest

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.chain import Chain, Engine, Purpose
from mtlsaudit.pki.decode import MalformedCertificate, decode
from mtlsaudit.pki.path import Verifier, verify

DATA = Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data" / "certs"
AT = datetime(2015, 6, 1, tzinfo=UTC)
_LEFT_OUT = re.compile(
    r"[cC]?RL|Revoked|Polic|policy|deltaCRL|[dD]istributionPoint|onlyContains|onlySome|indirect|inhibit|requireExplicit"
    r"|SerialNumber|SelfIssuedOld|SelfIssuedNew|UnknownNotCriticalCRL"
)
CASES = sorted(
    p.stem.removesuffix("EE")
    for p in DATA.glob("*EE.crt")
    if p.stem.startswith(("Valid", "Invalid")) and not _LEFT_OUT.search(p.stem)
)

STRICTER = {
    "ValidDSAParameterInheritanceTest5": "a DSA key without parameters is no key to the library that reads it here"
}
"""Valid paths that this program refuses; none that it accepts is invalid."""


LAXER = {(Engine.GO, "InvalidRFC822nameConstraintsTest24"): "Go takes the subdomains of a permitted mail host as well"}
"""Invalid paths that a family of verifiers accepts, as Go's own crypto/x509 does of this one (tests/oracles/go)."""


def _read(name: str) -> Certificate | None:
    try:
        return decode((DATA / f"{name}.crt").read_bytes())
    except MalformedCertificate:
        return None


AUTHORITIES = [c for p in sorted(DATA.glob("*.crt")) if not p.stem.endswith("EE") and (c := _read(p.stem)) is not None]
ROOT = _read("TrustAnchorRootCertificate")


def _chain(case: str, engine: Engine) -> Chain | None:
    leaf = _read(f"{case}EE")
    if leaf is None:
        return None
    assert ROOT is not None
    verifier = Verifier(engine, Purpose.NONE, (ROOT,), AT, security_level=0)
    return verify(verifier, leaf, [c for c in AUTHORITIES if c is not ROOT])


def test_the_cases_are_those_of_the_sections() -> None:
    assert len(CASES) == 85


@pytest.mark.parametrize("case", CASES)
def test_openssl_like_says_what_pkits_says(case: str) -> None:
    chain = _chain(case, Engine.OPENSSL)
    holds = chain is not None and bool(chain.holds)
    assert holds is (case.startswith("Valid") and case not in STRICTER), chain and chain.defects


@pytest.mark.parametrize("engine", [Engine.GO, Engine.BORINGSSL])
@pytest.mark.parametrize("case", [case for case in CASES if case.startswith("Invalid")])
def test_no_engine_accepts_what_is_invalid(case: str, engine: Engine) -> None:
    chain = _chain(case, engine)
    assert (chain is not None and bool(chain.holds)) is ((engine, case) in LAXER)
