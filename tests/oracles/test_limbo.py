"""x509-limbo's cases, given to OpenSSL, to Go, and to us: the verdicts agree, but for those that are listed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mtlsaudit.model.chain import Engine, Purpose
from mtlsaudit.pki.decode import MalformedCertificate
from mtlsaudit.pki.pem import blocks
from tests.oracles.compare import explain, known_disagreements, ours
from tests.oracles.engines import Answer, Question, go, openssl

_DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "x509-limbo.json"
pytestmark = pytest.mark.skipif(not _DATA.exists(), reason="x509-limbo is not beside this checkout")


def _ders(*pems: str) -> tuple[bytes, ...]:
    return tuple(b.der for pem in pems for b in blocks(pem) if b.der is not None)


def _question(case: dict[str, Any]) -> Question:
    at = (
        datetime.fromisoformat(case["validation_time"]) if case["validation_time"] else datetime(2025, 1, 1, tzinfo=UTC)
    )
    purpose = Purpose.SERVER if case["validation_kind"] == "SERVER" else Purpose.CLIENT
    return Question(
        leaf=_ders(case["peer_certificate"])[0],
        sent=_ders(*case["untrusted_intermediates"]),
        anchors=_ders(*case["trusted_certs"]),
        at=at.replace(microsecond=0),
        purpose=purpose if purpose is Purpose.SERVER or case["extended_key_usage"] else Purpose.NONE,
        crls=_ders(*case["crls"]),
    )


def _questions() -> dict[str, Question]:
    return {case["id"]: _question(case) for case in json.loads(_DATA.read_text())["testcases"]}


def test_openssl_agrees() -> None:
    questions = _questions()
    assert len(questions) == 193
    _all_agree(Engine.OPENSSL, {name: openssl(question) for name, question in questions.items()}, questions)


def test_go_agrees() -> None:
    questions = _questions()
    with go() as program:
        answers = {name: program.ask(question) for name, question in questions.items()}
    _all_agree(Engine.GO, answers, questions)


def _all_agree(engine: Engine, answers: dict[str, Answer], questions: dict[str, Question]) -> None:
    assert any(a.holds for a in answers.values())
    known = known_disagreements("x509-limbo", engine)
    found = {}
    for name, answer in answers.items():
        try:
            chain = ours(questions[name], engine)
        except MalformedCertificate as error:
            found[name] = f"malformed: {error}"
            continue
        if chain.holds is not answer.holds:
            # A wrong "holds" is never on the list: that we know of no path is all that we may say.
            assert chain.holds is None, (name, explain(chain, answer))
            found[name] = explain(chain, answer)
    assert {n: w for n, w in found.items() if n not in known} == {}
    assert sorted(known) == sorted(found), "a case that agrees now is taken off the list"
