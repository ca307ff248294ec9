"""A real HAProxy: many client CAs on one port of loopback, told apart by server name (crt-list)."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.oracles.handshakes import START, Case
from tests.support.pki import make
from tests.support.processes import Processes, find, free_port

HOW = "apt-get install haproxy; make tools does it as root"
OWN = make("haproxy", dns=("haproxy.test",), start=START, days=90)
LEVEL = 2
"""The security level, written out, because what OpenSSL is built with differs."""


def _line(number: int, case: Case, directory: Path) -> str:
    """The line of a crt-list, and its files. Its CAs take the place of those that a `bind` must have."""
    anchors, lists = directory / f"{number}.ca.pem", directory / f"{number}.crl.pem"
    anchors.write_text("".join(c.pem for c in case.anchors))
    options = f"ca-file {anchors} ciphers DEFAULT:@SECLEVEL={LEVEL}"
    if case.crls:
        lists.write_text(case.crl_pem)
        options += f" crl-file {lists}"
    return f"{directory / 'own.pem'} [{options}] case{number}.test\n"


def _configuration(listening: Mapping[str, int], directory: Path) -> str:
    common = f"ssl crt-list {directory / 'cases'} ca-file {directory / 'own.pem'}"
    binds = "".join(f"  bind 127.0.0.1:{port} {common} {options}\n" for options, port in listening.items())
    return f"""
global
  nbthread 1
  maxconn 100
defaults
  mode http
  timeout client 10s
  timeout server 10s
  timeout connect 10s
frontend cases
{binds}  http-request return status 200 hdr Verified %[ssl_c_verify] hdr Used %[ssl_c_used]
"""


@contextmanager
def verifying(directory: Path, cases: Sequence[Case], options: Sequence[str]) -> Iterator[Mapping[str, int]]:
    """Options of a `bind` → the port of a HAProxy that has all cases with them; each case is called `case<number>.test`."""
    program = find("haproxy", HOW)
    listening = {text: free_port() for text in options}
    (directory / "own.pem").write_text(OWN.pem + OWN.key_pem)
    (directory / "cases").write_text("".join(_line(n, c, directory) for n, c in enumerate(cases)))
    (directory / "haproxy.cfg").write_text(_configuration(listening, directory))
    processes = Processes(directory)
    try:
        processes.spawn("haproxy", program, "-db", "-f", str(directory / "haproxy.cfg"))
        for port in listening.values():
            processes.wait("haproxy", lambda at=port: socket.create_connection(("127.0.0.1", at), timeout=1).close())
        yield listening
    finally:
        processes.stop("haproxy")
