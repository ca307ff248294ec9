"""A proxy before a real API server that misbehaves where it is told to: late, broken off, busy, or not at all."""

from __future__ import annotations

import http.client
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import yaml

from tests.support.apiserver import ApiServer

_HOP = frozenset({"connection", "transfer-encoding", "content-length", "host"})


class Fault:
    """One way to answer a request wrongly. `status` 0 passes the real answer on, as far and as fast as is said; else
    `body` is sent."""

    def __init__(
        self,
        status: int = 0,
        *,
        retry_after: str = "",
        stall: float = 0,
        cut: int | None = None,
        drip: float = 0,
        first: Callable[[], object] | None = None,
        body: bytes = b"{}",
    ) -> None:
        self.status, self.retry_after, self.stall = status, retry_after, stall
        self.cut, self.drip, self.first, self.body = cut, drip, first, body


Plan = Callable[[str, int], Fault | None]
"""(path with query, how often it was asked for before) → what goes wrong; None for nothing."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        fault = self.server.fault(self.path) or Fault()
        if fault.first is not None:
            fault.first()
        time.sleep(fault.stall)
        if fault.status:
            self._send(fault.status, {"Retry-After": fault.retry_after} if fault.retry_after else {}, fault.body)
            return
        try:
            status, headers, body = self._real()
        except OSError:
            self.close_connection = True
            return
        self._send(status, headers, body, fault)

    def _real(self) -> tuple[int, dict[str, str], bytes]:
        cluster = self.server.cluster
        context = ssl.create_default_context(cafile=str(cluster.ca_file))
        connection = http.client.HTTPSConnection("127.0.0.1", cluster.port, context=context, timeout=30)
        headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOP | {"accept-encoding"}}
        connection.request("GET", self.path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, {k: v for k, v in answer.getheaders() if k.lower() not in _HOP}, body

    def _send(self, status: int, headers: dict[str, str], body: bytes, fault: Fault | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if fault is None or (fault.cut is None and not fault.drip):
            self.wfile.write(body)
            return
        self.close_connection = True
        for byte in body[: fault.cut] if fault.drip else ():
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            time.sleep(fault.drip)
        if not fault.drip:
            self.wfile.write(body[: fault.cut])


class Proxy(ThreadingHTTPServer):
    """`asked` has every path that was asked for, in order."""

    daemon_threads = True

    def __init__(self, cluster: ApiServer, plan: Plan) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.cluster, self._plan = cluster, plan
        self.asked: list[str] = []
        self._lock = threading.Lock()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cluster.directory / "server.crt", cluster.directory / "server.key")
        self.socket = context.wrap_socket(self.socket, server_side=True)

    def fault(self, path: str) -> Fault | None:
        with self._lock:
            before = self.asked.count(path)
            self.asked.append(path)
        return self._plan(path, before)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that gives up is what these tests are about."""

    def kubeconfig(self, account: Path) -> Path:
        """The account's kubeconfig, led through here."""
        config = yaml.safe_load(account.read_text())
        config["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{self.server_address[1]}"
        path = account.with_suffix(".proxied")
        path.write_text(yaml.safe_dump(config))
        return path


@contextmanager
def misbehaving(cluster: ApiServer, plan: Plan) -> Iterator[Proxy]:
    """The proxy, for as long as it is needed."""
    proxy = Proxy(cluster, plan)
    thread = threading.Thread(target=proxy.serve_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        proxy.server_close()
