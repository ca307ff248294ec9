"""Stands between a scan and the real API server, and does wrong what a network or a busy server does wrong."""

from __future__ import annotations

import http.client
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.apiserver import ApiServer


@dataclass(frozen=True)
class Answer:
    """What the scan gets; `cut` is how many bytes come before the connection breaks, `pause` seconds between pieces."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    cut: int | None = None
    pause: float = 0.0


Fault = Callable[[str, int, Callable[[], Answer]], Answer]
"""Given the path with its query, how often the path was asked for before, and a way to ask the real server."""


@dataclass
class Middleman:
    """Plain HTTP on loopback; asks the API server as admin. `asked` are the paths, in order."""

    cluster: ApiServer
    fault: Fault
    asked: list[str] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, path: str) -> int:
        with self.lock:
            before = self.asked.count(path)
            self.asked.append(path)
            return before

    def forward(self, path: str, accept: str) -> Answer:
        context = ssl.create_default_context(cafile=str(self.cluster.ca_file))
        context.load_cert_chain(str(self.cluster.directory / "admin.crt"), str(self.cluster.directory / "admin.key"))
        connection = http.client.HTTPSConnection("127.0.0.1", self.cluster.port, context=context, timeout=30)
        try:
            connection.request("GET", path, headers={"Accept": accept})
            answer = connection.getresponse()
            kept = tuple((k, v) for k, v in answer.getheaders() if k.lower() in ("content-type", "retry-after"))
            return Answer(answer.status, answer.read(), kept)
        finally:
            connection.close()


@contextmanager
def between(cluster: ApiServer, fault: Fault) -> Iterator[Middleman]:
    """A running middleman; its kubeconfig is that of `kubeconfig_of`."""
    man = Middleman(cluster, fault)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            before = man.count(self.path)
            try:
                answer = man.fault(self.path, before, lambda: man.forward(self.path, self.headers["Accept"]))
            except OSError:
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            try:
                self._send(answer)
            except OSError:
                self.close_connection = True

        def _send(self, answer: Answer) -> None:
            if answer.pause:
                for place in range(0, len(answer.body), 64):
                    self.wfile.write(answer.body[place : place + 64])
                    self.wfile.flush()
                    if man.stopping.wait(answer.pause):
                        break
            else:
                self.wfile.write(answer.body if answer.cut is None else answer.body[: answer.cut])
            if answer.cut is not None or answer.pause:
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    cluster.kubeconfig("between", {"token": "unused"}, server=f"http://127.0.0.1:{server.server_address[1]}")
    try:
        yield man
    finally:
        man.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()
