"""A real nginx of one process: many servers on one port of loopback, told apart by server name, as ingress-nginx has them."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.oracles.handshakes import START, Case
from tests.support.pki import Made, make
from tests.support.processes import Processes, find, free_port

HOW = "apt-get install nginx; make tools does it as root"
OWN = make("nginx", dns=("nginx.test",), start=START, days=90)
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass(frozen=True)
class Verifying:
    """A server that asks for client certificates. The defaults are those that ingress-nginx writes.

    `trusted` are anchors by ssl_trusted_certificate, beside those of ssl_client_certificate. The security level is
    written, because what OpenSSL is built with differs.
    """

    case: Case
    verify: str = "on"
    depth: int = 1
    level: int = 2
    trusted: tuple[Made, ...] = ()

    @property
    def asked(self) -> Case:
        """The case with all anchors that nginx loads, of whichever file."""
        return replace(self.case, anchors=(*self.case.anchors, *self.trusted))

    def block(self, number: int, port: int, directory: Path) -> str:
        """The server, and its files."""
        lines = [
            f"listen 127.0.0.1:{port} ssl;",
            f"server_name case{number}.test;",
            f"ssl_client_certificate {_file(directory / f'{number}.ca.pem', self.case.anchors)};",
            f"ssl_verify_client {self.verify};",
            f"ssl_verify_depth {self.depth};",
            f"ssl_ciphers DEFAULT:@SECLEVEL={self.level};",
            "add_header Verified $ssl_client_verify always;",
            "location / { return 200 served; }",
        ]
        if self.trusted:
            lines.append(f"ssl_trusted_certificate {_file(directory / f'{number}.trusted.pem', self.trusted)};")
        if self.case.crls:
            (directory / f"{number}.crl.pem").write_text(self.case.crl_pem)
            lines.append(f"ssl_crl {directory / f'{number}.crl.pem'};")
        return server(*lines)


def server(*lines: str) -> str:
    return "server {\n  " + "\n  ".join(lines) + "\n}\n"


def service(number: int, case: Case, directory: Path) -> str:
    """A service with the certificate of the case, on the socket `<number>.sock`. Its TLS takes any key that OpenSSL has."""
    own = directory / f"{number}.own.pem"
    own.write_text(case.leaf.key_pem + "".join(c.pem for c in (case.leaf, *case.sent)))
    return server(
        f"listen unix:{directory / f'{number}.sock'} ssl;",
        f"ssl_certificate {own};",
        f"ssl_certificate_key {own};",
        "ssl_ciphers DEFAULT:@SECLEVEL=0;",
        "ssl_protocols TLSv1.3;",
        "return 200 served;",
    )


def _file(path: Path, certificates: Sequence[Made]) -> Path:
    path.write_text("".join(c.pem for c in certificates))
    return path


def prepare(directory: Path) -> None:
    """Files that every server names: own.pem, own.key."""
    (directory / "own.pem").write_text(OWN.pem)
    (directory / "own.key").write_text(OWN.key_pem)


@contextmanager
def running(directory: Path, servers: str, port: int) -> Iterator[Processes]:
    """An nginx with these servers, until the end of the block."""
    program = find("nginx", HOW)
    prepare(directory)
    temporary = "\n".join(f"  {name}_temp_path {directory / name};" for name in _TEMPORARY)
    (directory / "nginx.conf").write_text(f"""
daemon off; master_process off; pid {directory / "pid"}; error_log stderr info;
events {{ worker_connections 8192; }}
http {{
  access_log off; server_names_hash_max_size 4096; server_tokens off; client_max_body_size 1m;
{temporary}
  ssl_certificate {directory / "own.pem"}; ssl_certificate_key {directory / "own.key"};
{servers}}}
""")
    processes = Processes(directory)
    try:
        processes.spawn("nginx", program, "-p", str(directory), "-e", "stderr", "-c", str(directory / "nginx.conf"))
        processes.wait("nginx", lambda: socket.create_connection(("127.0.0.1", port), timeout=1).close())
        yield processes
    finally:
        processes.stop("nginx")


@contextmanager
def verifying(directory: Path, servers: Sequence[Verifying]) -> Iterator[int]:
    """The port of an nginx that has these; the server of each is called `case<its number>.test`."""
    port = free_port()
    with running(directory, "".join(s.block(n, port, directory) for n, s in enumerate(servers)), port):
        yield port
