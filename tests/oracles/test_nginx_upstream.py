"""A real nginx calls services by TLS (proxy_ssl_verify on): whom it passes requests to, we accept too, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mtlsaudit.model.chain import Engine
from mtlsaudit.pki.decode import decode
from mtlsaudit.pki.hosts import proves_host
from tests.oracles.clients import ask
from tests.oracles.compare import explain, ours
from tests.oracles.engines import Answer
from tests.oracles.nginx import running, server, service
from tests.oracles.servers import NAMES, PATHS, Serving
from tests.support.processes import free_port

CASES = {**PATHS, **NAMES}


def blocks(number: int, serving: Serving, port: int, directory: Path) -> str:
    """The service, and the server that passes requests to it."""
    case, at = serving.case, directory / str(number)
    trusted = at.with_suffix(".ca.pem")
    trusted.write_text("".join(c.pem for c in case.anchors))
    lines = [
        f"proxy_pass https://unix:{at}.sock:;",
        "proxy_ssl_verify on;",
        f"proxy_ssl_trusted_certificate {trusted};",
        f"proxy_ssl_verify_depth {serving.depth};",
        f"proxy_ssl_name {serving.name};",
        "proxy_ssl_protocols TLSv1.3;",
        f"proxy_ssl_ciphers DEFAULT:@SECLEVEL={serving.level};",
    ]
    if case.crls:
        at.with_suffix(".crl.pem").write_text(case.crl_pem)
        lines.append(f"proxy_ssl_crl {at}.crl.pem;")
    return service(number, case, directory) + server(
        f"listen 127.0.0.1:{port};", f"server_name case{number}.test;", f"location / {{ {' '.join(lines)} }}"
    )


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of an nginx that calls the services of all cases."""
    directory, port = tmp_path_factory.mktemp("nginx"), free_port()
    text = "".join(blocks(n, s, port, directory) for n, s in enumerate(CASES.values()))
    with running(directory, text, port):
        yield port


def _called(port: int, name: str) -> Answer:
    said = ask(port, f"case{list(CASES).index(name)}.test", None)
    assert said.status in (200, 502), said
    return Answer(said.status == 200, said.words)


@pytest.mark.parametrize("name", PATHS)
def test_nginx_agrees_on_the_chain(nginx: int, name: str) -> None:
    answer, chain = _called(nginx, name), ours(PATHS[name].question, Engine.OPENSSL)
    assert chain.holds is answer.holds, explain(chain, answer)


@pytest.mark.parametrize("name", NAMES)
def test_nginx_agrees_on_the_name(nginx: int, name: str) -> None:
    serving = NAMES[name]
    assert ours(serving.question, Engine.OPENSSL).holds is True
    assert proves_host(decode(serving.case.leaf.der), serving.name) is _called(nginx, name).holds
