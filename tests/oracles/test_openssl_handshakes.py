"""OpenSSL as a server, by way of Python's ssl: whom it lets in, we accept too, and nobody else.

`openssl verify` (test_limbo, test_generated) builds paths; here the handshake has its say too: its security level for
certificates that are sent, and what it asks of the key that signs. The depth that nginx sets is not tried: Python's ssl cannot set it.
"""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from mtlsaudit.model.chain import Engine
from tests.oracles.clients import client_context
from tests.oracles.compare import explain, ours
from tests.oracles.engines import Answer
from tests.oracles.handshakes import CASES as PATHS
from tests.oracles.handshakes import START, Case
from tests.oracles.revocations import CASES as REVOCATION
from tests.oracles.revocations import agrees
from tests.support.pki import make

CASES = {**PATHS, **REVOCATION}
OWN = make("server", dns=("server.test",), start=START, days=90)


def _server(case: Case, directory: Path) -> ssl.SSLContext:
    own, trusted = directory / "own.pem", directory / "trusted.pem"
    own.write_text(OWN.key_pem + OWN.pem)
    trusted.write_text("".join(c.pem for c in case.anchors) + case.crl_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(own)
    context.load_verify_locations(trusted)
    if case.crls:
        context.verify_flags |= ssl.VerifyFlags.VERIFY_CRL_CHECK_CHAIN
    return context


def _shake(server_context: ssl.SSLContext, case: Case, directory: Path) -> Answer:
    """Both sides in one thread, each fed with what the other wrote."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = server_context.wrap_bio(up, down, server_side=True)
    client = client_context(case, directory).wrap_bio(down, up)
    left = [client, server]
    for _ in range(20):
        for side in tuple(left):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLError as error:
                return Answer(False, str(error))
            left.remove(side)
        if server not in left:
            return Answer(True, "handshake done")
    return Answer(False, "the handshake does not end")


@pytest.mark.parametrize("name", CASES)
def test_openssl_agrees(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    server = _server(case, tmp_path)
    answer = _shake(server, case, tmp_path)
    chain = ours(case.question(server.security_level), Engine.OPENSSL)
    assert agrees(name, chain, answer), explain(chain, answer)
