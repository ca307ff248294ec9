"""OpenSSL 4 as a server, by way of pyOpenSSL, which runs on the OpenSSL that the cryptography library brings along.

The verdicts are those of OpenSSL 3. Where OpenSSL 4 differs, disagreements.yaml names the case.
"""

from __future__ import annotations

import ssl
from contextlib import suppress
from pathlib import Path

import pytest
from OpenSSL import SSL, crypto

from mtlsaudit.model.chain import Engine
from tests.oracles.clients import client_context
from tests.oracles.compare import explain, known_disagreements, ours
from tests.oracles.drawn import undecided
from tests.oracles.engines import Answer
from tests.oracles.nginx import OWN, Verifying
from tests.oracles.revocations import agrees
from tests.oracles.test_generated_handshakes import clients, depth_of
from tests.oracles.test_nginx import CASES

_LISTS = crypto.X509StoreFlags.CRL_CHECK | crypto.X509StoreFlags.CRL_CHECK_ALL
_MOST = 1 << 16


def _server(setting: Verifying) -> SSL.Connection:
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_cipher_list(f"DEFAULT:@SECLEVEL={setting.level}".encode())
    context.use_certificate(OWN.cert)
    context.use_privatekey(OWN.key)
    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT)
    context.set_verify_depth(setting.depth)
    store = context.get_cert_store()
    assert store is not None
    for anchor in setting.asked.anchors:
        store.add_cert(crypto.X509.from_cryptography(anchor.cert))
    for one in setting.case.crls:
        store.add_crl(one)
    if setting.case.crls:
        store.set_flags(_LISTS)
    connection = SSL.Connection(context, None)
    connection.set_accept_state()
    return connection


def _shake(setting: Verifying, directory: Path) -> Answer:
    """Both sides in one thread, each fed with what the other wrote."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    server, client = _server(setting), client_context(setting.case, directory).wrap_bio(down, up)
    for _ in range(20):
        with suppress(ssl.SSLWantReadError):
            client.do_handshake()
        if up.pending:
            server.bio_write(up.read())
        try:
            server.do_handshake()
        except SSL.WantReadError:
            down.write(server.bio_read(_MOST))
            continue
        except SSL.Error as error:
            return Answer(False, str(error))
        return Answer(True, "handshake done")
    return Answer(False, "the handshake does not end")


def test_it_is_openssl_4() -> None:
    assert SSL.OPENSSL_VERSION_NUMBER >> 28 == 4


@pytest.mark.parametrize("name", CASES)
def test_openssl_4_agrees(name: str, tmp_path: Path) -> None:
    setting = CASES[name]
    answer = _shake(setting, tmp_path)
    chain = ours(setting.asked.question(setting.level, setting.depth), Engine.OPENSSL)
    known = name in known_disagreements("openssl-4", Engine.OPENSSL)
    assert agrees(name, chain, answer) is not known, explain(chain, answer)


def test_openssl_4_agrees_on_random_clients(tmp_path: Path) -> None:
    wrong = []
    for plan, case in clients():
        setting = Verifying(case, depth=depth_of(plan), level=plan.security_level)
        answer = _shake(setting, tmp_path)
        chain = ours(case.question(setting.level, setting.depth), Engine.OPENSSL)
        if not undecided(chain) and chain.holds is not answer.holds:
            wrong.append(f"{plan}: {explain(chain, answer)}")
    assert not wrong, "\n".join(wrong)
