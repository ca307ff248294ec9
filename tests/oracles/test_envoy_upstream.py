"""A real Envoy calls services by TLS: whose chain its BoringSSL accepts, we accept too, and no other's.

Without a limit of depth: `max_verify_depth` was tried, and Envoy 1.40 took three CAs with 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mtlsaudit.model.chain import Engine
from tests.oracles import envoy as real
from tests.oracles import nginx
from tests.oracles.clients import ask
from tests.oracles.compare import explain, ours
from tests.oracles.engines import Answer
from tests.oracles.servers import PATHS, Serving
from tests.support.processes import free_port

_TLS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext"


def _cluster(number: int, serving: Serving, directory: Path) -> dict[str, Any]:
    validation: dict[str, Any] = {"trusted_ca": real.inline(*serving.case.anchors)}
    if serving.case.crls:
        validation["crl"] = {"inline_string": serving.case.crl_pem}
    common = {"validation_context": validation, "tls_params": {"tls_maximum_protocol_version": "TLSv1_3"}}
    endpoint = {"endpoint": {"address": {"pipe": {"path": str(directory / f"{number}.sock")}}}}
    return {
        "name": f"case{number}",
        "load_assignment": {"cluster_name": f"case{number}", "endpoints": [{"lb_endpoints": [endpoint]}]},
        "transport_socket": {"name": "tls", "typed_config": {"@type": _TLS, "common_tls_context": common}},
    }


def _configuration(servings: Sequence[Serving], port: int, directory: Path) -> dict[str, Any]:
    hosts = [
        {
            "name": f"case{n}",
            "domains": [f"case{n}.test"],
            "routes": [{"match": {"prefix": "/"}, "route": {"cluster": f"case{n}"}}],
        }
        for n in range(len(servings))
    ]
    listener = {
        "name": "cases",
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
        "filter_chains": [{"filters": [real.http(hosts)]}],
    }
    clusters = [_cluster(n, serving, directory) for n, serving in enumerate(servings)]
    return {"static_resources": {"listeners": [listener], "clusters": clusters}}


@contextmanager
def calling(directory: Path, servings: Sequence[Serving]) -> Iterator[int]:
    """The port of an Envoy that calls these services, which an nginx has; the host of each is `case<its number>.test`."""
    port, ready = free_port(), free_port()
    services = [nginx.service(n, s.case, directory) for n, s in enumerate(servings)]
    services.append(nginx.server(f"listen 127.0.0.1:{ready};", "return 204;"))
    with (
        nginx.running(directory, "".join(services), ready),
        real.running(directory, _configuration(servings, port, directory), port),
    ):
        yield port


@pytest.fixture(scope="module")
def envoy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of an Envoy that calls the services of all cases."""
    with calling(tmp_path_factory.mktemp("envoy"), list(PATHS.values())) as port:
        yield port


@pytest.mark.parametrize("name", PATHS)
def test_envoy_agrees(envoy: int, name: str) -> None:
    said = ask(envoy, f"case{list(PATHS).index(name)}.test", None)
    assert said.status in (200, 503), said
    answer, chain = (
        Answer(said.status == 200, said.words),
        ours(replace(PATHS[name].question, max_depth=None), Engine.BORINGSSL),
    )
    assert chain.holds is answer.holds, explain(chain, answer)
