"""A real Envoy asks for client certificates: whom its BoringSSL accepts, we accept too, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mtlsaudit.model.chain import Engine
from tests.oracles.clients import ask, client_context
from tests.oracles.compare import explain, ours
from tests.oracles.engines import Answer
from tests.oracles.envoy import verifying
from tests.oracles.handshakes import CASES as PATHS
from tests.oracles.revocations import CASES as REVOCATION
from tests.oracles.revocations import agrees

CASES = {**PATHS, **REVOCATION}


@pytest.fixture(scope="module")
def envoy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of an Envoy that has all cases."""
    with verifying(tmp_path_factory.mktemp("envoy"), list(CASES.values())) as port:
        yield port


@pytest.mark.parametrize("name", CASES)
def test_envoy_agrees(envoy: int, name: str, tmp_path: Path) -> None:
    case = CASES[name]
    said = ask(envoy, f"case{list(CASES).index(name)}.test", client_context(case, tmp_path))
    answer = Answer(said.status == 200, said.words)
    chain = ours(case.question(), Engine.BORINGSSL)
    assert agrees(name, chain, answer), explain(chain, answer)
