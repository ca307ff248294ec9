"""A key identifier that no trusted CA has: OpenSSL passes over the CA of that name, Go takes it, and so do we."""

from __future__ import annotations

from datetime import timedelta

from cryptography import x509

from mtlsaudit.model.chain import Engine, Purpose
from tests.oracles.compare import explain, ours
from tests.oracles.engines import Question, go, openssl
from tests.support.pki import START, make

CA = make("root", ca=True, usages=["key_cert_sign"], more=[(x509.SubjectKeyIdentifier(b"\x0a\x0b"), False)])


def _question(identifier: bytes) -> Question:
    named = x509.AuthorityKeyIdentifier(identifier, None, None)
    leaf = make("leaf", by=CA, more=[(named, False)])
    return Question(leaf.der, (), (CA.der,), START + timedelta(days=1), Purpose.CLIENT)


def test_openssl_does_not_find_the_issuer_and_we_say_which_keys_differ() -> None:
    for identifier, holds in ((b"\x0a\x0b", True), (b"\x0c", False)):
        found, answer = ours(_question(identifier), Engine.OPENSSL), openssl(_question(identifier))
        assert (found.holds, answer.holds) == (holds, holds), explain(found, answer)
    words = [(d.code, d.words) for d in found.defects]
    assert words == [
        ("issuer-not-found", "CN=root is trusted with the key identifier 0a0b, and 0c is asked for"),
    ]


def test_go_takes_it_and_we_mention_it() -> None:
    question = _question(b"\x0c")
    with go() as program:
        answer = program.ask(question)
    found = ours(question, Engine.GO)
    assert (found.holds, answer.holds) == (True, True), explain(found, answer)
    assert [(d.code, d.fatal) for d in found.defects] == [("key-identifiers-differ", False)]
