"""Random Certificates and Ingresses, issued by the real cert-manager: what the manifests alone foretold is what came."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from mtlsaudit.output.json_v1 import document
from tests.support.apiserver import ApiServer, Refused
from tests.support.cert_manager import API, VERSION, settle
from tests.support.live import dump
from tests.support.scanning import scan_path
from tests.support.variants import foundation, variant

SEEDS = range(1, 1 + int(os.environ.get("MTLSAUDIT_VARIANTS", "120")))
DECIDED = ("declared", "key_rotates", "lifetime_days", "renew_after_days", "key", "usages", "sans", "subject")


@dataclass(frozen=True)
class Outcome:
    """`foretold` from the manifests, `seen` in the cluster: entries by id; `made` are the Certificates that there are."""

    foretold: Mapping[str, Any]
    seen: Mapping[str, Any]
    made: frozenset[str]
    refused: tuple[tuple[int, str], ...]
    not_made: tuple[frozenset[str], frozenset[str]]


@pytest.fixture(scope="module")
def outcome(issuing: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    applied, refused = list(foundation()), []
    issuing.apply(yaml.safe_dump_all(applied))
    settle(issuing)
    for seed in SEEDS:
        for thing in variant(seed):
            applied.append(thing)
            try:
                issuing.apply(yaml.safe_dump(thing))
            except Refused as error:
                refused.append((error.code, f"Certificate variants/{thing['metadata']['name']}"))
    settle(issuing)
    here = tmp_path_factory.mktemp("variants")
    (here / "manifests.yaml").write_text(yaml.safe_dump_all(applied))
    (here / "cluster.json").write_text(dump(issuing))
    foretold, seen = (
        document(scan_path(here / name, closed=True, cert_manager=VERSION))
        for name in ("manifests.yaml", "cluster.json")
    )
    rows = [
        frozenset(n["secret"] for n in r["not_made"] if n["secret"].startswith("variants/")) for r in (foretold, seen)
    ]
    found = issuing.request("GET", f"{API}/namespaces/variants/certificates")["items"]
    return Outcome(
        {e["id"]: e for e in foretold["certificates"]},
        {e["id"]: e for e in seen["certificates"]},
        frozenset(f"Certificate variants/{i['metadata']['name']}" for i in found),
        tuple(refused),
        (rows[0], rows[1]),
    )


def test_what_the_api_server_refuses_is_refused_here(outcome: Outcome) -> None:
    assert {code for code, _ in outcome.refused} == {422}
    assert [k for _, k in outcome.refused if outcome.foretold[k]["webhook"]["admits"]] == []


def test_ingress_shim_makes_the_certificates_that_were_foretold_and_no_other(outcome: Outcome) -> None:
    foretold = {k for k in outcome.foretold if k.startswith("Certificate variants/")} - {k for _, k in outcome.refused}
    assert foretold == outcome.made
    assert len(outcome.not_made[0]) > len(SEEDS) // 12
    assert outcome.not_made[0] == outcome.not_made[1]


def test_what_was_issued_is_what_the_spec_decided(outcome: Outcome) -> None:
    issued = {k: e for k, e in outcome.seen.items() if k in outcome.made and e["issued"]}
    assert len(issued) > len(SEEDS) // 4
    wrong = {}
    for key, entry in issued.items():
        told = outcome.foretold[key]
        different = {f: (told[f], entry[f]) for f in DECIDED if told[f] != entry[f]}
        if different:
            wrong[key] = different
    assert wrong == {}


def test_what_no_webhook_would_stop_is_issued(outcome: Outcome) -> None:
    """An issuer that exists issues what the webhook admits; where it cannot, the state says so."""
    stuck = [
        key
        for key in outcome.made
        if not outcome.seen[key]["issued"]
        and outcome.foretold[key]["webhook"]["admits"]
        and outcome.foretold[key]["issuer"].endswith(("variants-ca", "variants-self"))
        and not outcome.foretold[key]["issuer"].startswith("Issuer ")
    ]
    assert stuck == []
    assert {outcome.seen[k]["status"]["ready"] for k in outcome.made if not outcome.seen[k]["issued"]} <= {False}
