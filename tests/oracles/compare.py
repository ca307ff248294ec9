"""Our verdict beside a real verifier's, and the list of what they are known to disagree on."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from mtlsaudit.model.chain import Chain, Engine
from mtlsaudit.pki.crl import decode_crl
from mtlsaudit.pki.decode import decode
from mtlsaudit.pki.path import Verifier, verify
from tests.oracles.engines import Answer, Question

_FILE = Path(__file__).with_name("disagreements.yaml")


def ours(question: Question, engine: Engine) -> Chain:
    """What this program says. Raises MalformedCertificate."""
    verifier = Verifier(
        engine=engine,
        purpose=question.purpose,
        anchors=tuple(map(decode, question.anchors)),
        at=question.at,
        partial_chain=question.partial_chain,
        max_depth=question.max_depth,
        crls=tuple(map(decode_crl, question.crls)),
        security_level=question.security_level,
    )
    return verify(verifier, decode(question.leaf), list(map(decode, question.sent)))


def explain(chain: Chain, answer: Answer) -> str:
    """For a test that fails."""
    shown = [f"{d.code}@{d.depth}{'!' if d.fatal else ''} {d.words}" for d in chain.defects]
    return f"real: {answer.holds} ({answer.words[-300:]}); ours: {chain.holds} {shown}"


@cache
def _listed() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    loaded: dict[str, dict[str, dict[str, str]]] = yaml.safe_load(_FILE.read_text())
    return loaded


def known_disagreements(oracle: str, engine: Engine) -> dict[str, str]:
    """Case → why, for one collection of cases and one engine."""
    return listed(oracle, engine.value)


def listed(oracle: str, part: str) -> dict[str, str]:
    """The same for any part of a collection."""
    groups = _listed().get(oracle, {}).get(part, {})
    return {case: reason for reason, cases in groups.items() for case in cases}
