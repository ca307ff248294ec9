"""A real HAProxy asks for client certificates: whom it serves, we accept too, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from mtlsaudit.model.chain import Engine
from tests.oracles.clients import ask, client_context
from tests.oracles.compare import explain, ours
from tests.oracles.depths import RUNGS, sent
from tests.oracles.engines import Answer
from tests.oracles.handshakes import CASES as PATHS
from tests.oracles.handshakes import Case
from tests.oracles.haproxy import LEVEL, verifying
from tests.oracles.revocations import CASES as REVOCATION
from tests.oracles.revocations import agrees

CASES = {**PATHS, **REVOCATION, "as many CAs as there are": sent(len(RUNGS) - 1)}
REQUIRED, OPTIONAL = "verify required", "verify optional"
OLD_LEAF, OLD_CA = "verify required crt-ignore-err 10", "verify required ca-ignore-err 10"
"""10 is X509_V_ERR_CERT_HAS_EXPIRED."""


@pytest.fixture(scope="module")
def haproxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, int]]:
    """The ports of a HAProxy that has all cases, by how it verifies."""
    options = (REQUIRED, OPTIONAL, OLD_LEAF, OLD_CA)
    with verifying(tmp_path_factory.mktemp("haproxy"), list(CASES.values()), options) as ports:
        yield ports


def _shake(port: int, name: str, case: Case | None, directory: Path) -> Answer:
    said = ask(port, f"case{list(CASES).index(name)}.test", client_context(case, directory))
    assert said.status in (0, 200), said
    return Answer(said.status == 200, said.words)


@pytest.mark.parametrize("name", CASES)
def test_haproxy_agrees(haproxy: Mapping[str, int], name: str, tmp_path: Path) -> None:
    chain = ours(CASES[name].question(LEVEL), Engine.OPENSSL)
    for verify in (REQUIRED, OPTIONAL):
        answer = _shake(haproxy[verify], name, CASES[name], tmp_path)
        assert agrees(name, chain, answer), f"{verify}: {explain(chain, answer)}"


@pytest.mark.parametrize("name", PATHS)
def test_an_expiry_is_found_where_haproxy_finds_it(haproxy: Mapping[str, int], name: str, tmp_path: Path) -> None:
    """With it ignored, at the leaf or above, what is left of our defects decides."""
    chain = ours(CASES[name].question(LEVEL), Engine.OPENSSL)
    for verify, ignored in ((OLD_LEAF, lambda depth: depth == 0), (OLD_CA, lambda depth: depth > 0)):
        left = [d for d in chain.defects if d.fatal and not (d.code == "expired" and ignored(d.depth))]
        answer = _shake(haproxy[verify], name, CASES[name], tmp_path)
        assert answer.holds is not bool(left), f"{verify}: {explain(chain, answer)}"


def test_a_client_without_a_certificate_is_served_where_it_is_optional_alone(
    haproxy: Mapping[str, int], tmp_path: Path
) -> None:
    assert {verify: _shake(port, "direct", None, tmp_path).holds for verify, port in haproxy.items()} == {
        REQUIRED: False,
        OPTIONAL: True,
        OLD_LEAF: False,
        OLD_CA: False,
    }
