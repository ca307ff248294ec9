"""A client that goes through a handshake with whatever certificate it is told to send, and asks once."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.oracles.handshakes import Case


@dataclass(frozen=True)
class Said:
    """A server's answer; the status is 0 where it gave none, and `words` say why."""

    status: int
    words: str
    headers: Mapping[str, str] = field(default_factory=dict)


def client_context(case: Case | None, directory: Path) -> ssl.SSLContext:
    """A client that sends what the case says, nothing without one, and takes any server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    if case is not None:
        chain = directory / "client.pem"
        chain.write_text(case.leaf.key_pem + "".join(c.pem for c in (case.leaf, *case.sent)))
        context.load_cert_chain(chain)
    return context


def ask(port: int, host: str, context: ssl.SSLContext | None) -> Said:
    """GET / of a host on loopback, by TLS where there is a context.

    Only an answer says that the server took the certificate: with TLS 1.3 the client's handshake is over before.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        plain = socket.create_connection(("127.0.0.1", port), timeout=10)
        connection.sock = context.wrap_socket(plain, server_hostname=host) if context else plain
        connection.request("GET", "/", headers={"Host": host, "Connection": "close"})
        answer = connection.getresponse()
        return Said(answer.status, answer.read().decode(), dict(answer.getheaders()))
    except (OSError, http.client.HTTPException) as error:
        return Said(0, f"{type(error).__name__}: {error}")
    finally:
        connection.close()
