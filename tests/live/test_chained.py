"""Random Certificates under CAs of all sorts, issued by the real cert-manager: their chains are as OpenSSL and Go see them."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from mtlsaudit.output.json_v1 import document
from tests.oracles.engines import go
from tests.oracles.issued import chain_of
from tests.support.apiserver import ApiServer
from tests.support.cert_manager import VERSION, settle
from tests.support.chained import NAMESPACE, foundation, variant
from tests.support.live import dump
from tests.support.scanning import scan_path

SEEDS = range(int(os.environ.get("MTLSAUDIT_CHAINED", "40")))
DECIDED = ("declared", "key_rotates", "lifetime_days", "renew_after_days", "key", "usages", "sans", "subject")


@dataclass(frozen=True)
class Outcome:
    """Entries by id, from the manifests and from the cluster; `secrets` have their data as text."""

    foretold: Mapping[str, Any]
    seen: Mapping[str, Any]
    secrets: Mapping[str, Mapping[str, str]]
    issuers: Mapping[str, str]


@pytest.fixture(scope="module")
def outcome(issuing: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    applied = [*foundation(), *(thing for seed in SEEDS for thing in variant(seed))]
    issuing.apply(yaml.safe_dump_all(applied))
    settle(issuing)
    here = tmp_path_factory.mktemp("chained")
    (here / "manifests.yaml").write_text(yaml.safe_dump_all(applied))
    (here / "cluster.json").write_text(dump(issuing))
    foretold, seen = (
        document(scan_path(here / name, closed=True, cert_manager=VERSION))
        for name in ("manifests.yaml", "cluster.json")
    )
    found = issuing.request("GET", f"/api/v1/namespaces/{NAMESPACE}/secrets")["items"]
    secrets = {
        s["metadata"]["name"]: {
            k: base64.b64decode(v).decode() for k, v in s.get("data", {}).items() if k.endswith("crt")
        }
        for s in found
    }
    issuers = {t["metadata"]["name"]: t["spec"]["ca"]["secretName"] for t in applied if "ca" in t.get("spec", {})}
    return Outcome(
        {e["id"]: e for e in foretold["certificates"]}, {e["id"]: e for e in seen["certificates"]}, secrets, issuers
    )


def _issued(outcome: Outcome) -> dict[str, tuple[Mapping[str, Any], str]]:
    """Entry and Secret of each that was issued."""
    rows = {
        k: (e, e["secret"].partition("/")[2])
        for k, e in outcome.seen.items()
        if e["secret"].startswith(f"{NAMESPACE}/")
    }
    return {k: (e, s) for k, (e, s) in rows.items() if e["chain"] is not None}


def test_chains_are_as_the_real_verifiers_see_them(outcome: Outcome) -> None:
    wrong = {}
    certificates = {
        t["metadata"]["name"]: t["spec"] for seed in SEEDS for t in variant(seed) if t["kind"] == "Certificate"
    }
    with go() as program:
        for name, (entry, secret) in _issued(outcome).items():
            spec = certificates.get(secret.removesuffix("-tls"))
            ca = outcome.issuers.get(spec["issuerRef"]["name"], "") if spec else ""
            data = outcome.secrets[secret]
            real = chain_of(
                data["tls.crt"], data.get("ca.crt", ""), outcome.secrets.get(ca, {}).get("tls.crt", ""), program
            )
            ours = {k: v for k, v in entry["chain"].items() if k not in ("issuer", "error")}
            if real != ours:
                wrong[name] = {
                    k: (real.get(k), ours.get(k)) for k in real.keys() | ours.keys() if real.get(k) != ours.get(k)
                }
    assert wrong == {}
    chains = [e["chain"] for e, _ in _issued(outcome).values()]
    assert {c["ca_crt"] for c in chains} >= {
        "missing",
        "leaf-itself",
        "same-as-issuer",
        "issuer-of-the-chain-in-tls-crt",
    }
    assert {c["verifies"] for c in chains} == {True, False, None}


def test_what_was_issued_is_what_the_spec_decided(outcome: Outcome) -> None:
    wrong = {}
    issued = {k: e for k, (e, _) in _issued(outcome).items() if k.startswith("Certificate ")}
    assert len(issued) > len(SEEDS) // 2
    for key, entry in issued.items():
        told = outcome.foretold[key]
        different = {f: (told[f], entry[f]) for f in DECIDED if told[f] != entry[f]}
        if different:
            wrong[key] = different
    assert wrong == {}


def test_only_where_the_ca_cannot_sign_nothing_is_issued(outcome: Outcome) -> None:
    """A CA whose key usage forbids it, one whose chain does not fit together, and what waits for such a one."""
    here = {k: e for k, e in outcome.seen.items() if k.startswith(f"Certificate {NAMESPACE}/")}
    left = {k.partition("/")[2]: e["issuer"].partition("/")[2] for k, e in here.items() if not e["issued"]}
    roots = set(left.values()) - set(left)
    assert roots <= {"hand-no-sign", "hand-below-ca-crt-of-another"}
    assert all(e["status"]["ready"] is False for e in here.values() if not e["issued"])
