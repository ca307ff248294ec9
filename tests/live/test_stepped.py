"""Certificates of the real cert-manager after random steps by hand: every field is what the objects and verifiers say."""

from __future__ import annotations

import base64
import os
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mtlsaudit.output.json_v1 import document
from tests.oracles.engines import Go, go
from tests.oracles.issued import chain_of
from tests.support.apiserver import ApiServer
from tests.support.cert_manager import API, VERSION, settle
from tests.support.live import dump
from tests.support.scanning import scan_path
from tests.support.stepped import CA, LEAF, SECOND, Steps, estate

ESTATES = int(os.environ.get("MTLSAUDIT_STEPPED", "12"))
ROUNDS = 4


@dataclass
class Record:
    """What was seen of one estate after each round: revision, certificate and key of the leaf's Secret."""

    steps: list[str] = field(default_factory=list)
    seen: list[tuple[int | None, bytes, bytes]] = field(default_factory=list)
    objects: dict[str, Any] = field(default_factory=dict)
    entries: dict[str, Any] = field(default_factory=dict)
    owners: dict[str, str | None] = field(default_factory=dict)


@pytest.fixture(scope="module")
def records(issuing: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Mapping[int, Record]:
    """By seed."""
    found: dict[int, Record] = defaultdict(Record)
    seeds = range(ESTATES)
    for seed in seeds:
        issuing.apply(yaml.safe_dump_all(estate(seed)))
    steps = {seed: Steps(issuing, seed) for seed in seeds}
    for number in range(ROUNDS):
        if number:
            for seed in seeds:
                found[seed].steps.append(steps[seed].take())
        settle(issuing)
        for seed in seeds:
            _look(issuing, steps[seed].namespace, found[seed])
    file = tmp_path_factory.mktemp("stepped") / "cluster.json"
    file.write_text(dump(issuing))
    report = document(scan_path(file, closed=True, cert_manager=VERSION))
    for entry in report["certificates"]:
        namespace, _, name = (entry.get("certificate") or entry["secret"]).partition("/")
        if namespace.startswith("stepped"):
            found[int(namespace.removeprefix("stepped"))].entries[name] = entry
    return found


def _look(cluster: ApiServer, namespace: str, record: Record) -> None:
    certificates = cluster.request("GET", f"{API}/namespaces/{namespace}/certificates")["items"]
    secrets = cluster.request("GET", f"/api/v1/namespaces/{namespace}/secrets")["items"]
    issuers = cluster.request("GET", f"{API}/namespaces/{namespace}/issuers")["items"]
    record.objects = {f"Certificate {c['metadata']['name']}": c for c in certificates}
    record.objects |= {f"Issuer {i['metadata']['name']}": i for i in issuers}
    for secret in secrets:
        data = {k: base64.b64decode(v).decode() for k, v in secret.get("data", {}).items() if k.endswith(".crt")}
        record.objects[f"Secret {secret['metadata']['name']}"] = data
        owner = secret["metadata"].get("annotations", {}).get("cert-manager.io/certificate-name")
        record.owners[secret["metadata"]["name"]] = owner
    text = record.objects.get(f"Secret {LEAF}", {}).get("tls.crt")
    leaf = record.objects.get(f"Certificate {LEAF}")
    if text and leaf:
        parsed = x509.load_pem_x509_certificate(text.encode())
        key = parsed.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        row = (leaf.get("status", {}).get("revision"), parsed.public_bytes(Encoding.DER), key)
        if not record.seen or record.seen[-1][1] != row[1]:
            record.seen.append(row)


def _expected(record: Record, name: str, program: Go) -> dict[str, Any]:
    """As the README of the conformance cases defines the fields."""
    certificate = record.objects.get(f"Certificate {name}")
    spec = certificate["spec"] if certificate else {}
    status = certificate.get("status", {}) if certificate else {}
    out: dict[str, Any] = {
        "issued": certificate is None or "revision" in status,
        "declared": {k: spec.get(k) for k in ("duration", "renewBefore", "renewBeforePercentage")}
        | {"rotationPolicy": spec.get("privateKey", {}).get("rotationPolicy")}
        | ({"renewal": spec["renewal"]} if "renewal" in spec else {}),
        "key_rotates": spec.get("privateKey", {}).get("rotationPolicy") != "Never" if certificate else None,
    }
    if certificate:
        out["status"] = _status(status)
    data = record.objects.get(f"Secret {spec.get('secretName', name)}", {})
    owner = record.owners.get(spec.get("secretName", name))
    if not data.get("tls.crt") or (certificate and owner not in (None, name)):
        return out | dict.fromkeys(("lifetime_days", "renew_after_days", "key", "sans", "subject", "chain"))
    parsed = x509.load_pem_x509_certificate(data["tls.crt"].encode())
    out |= {
        "lifetime_days": _days(parsed.not_valid_after_utc - parsed.not_valid_before_utc),
        "key": {"algorithm": "ECDSA", "size": parsed.public_key().key_size},  # type: ignore[union-attr]
        "sans": _names(parsed),
    }
    signs = certificate is not None and spec["issuerRef"]["name"] == CA and "Issuer ca" in record.objects
    current = record.objects.get("Secret ca", {}).get("tls.crt", "") if signs else ""
    out["chain"] = dict(chain_of(data["tls.crt"], data.get("ca.crt", ""), current, program))
    return out


def _days(span: Any) -> float:
    return float(round(span.total_seconds() / 86400, 6))


def _names(parsed: x509.Certificate) -> dict[str, list[str]]:
    try:
        held = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return {"dns": [], "uri": [], "ip": [], "email": []}
    return {"dns": held.get_values_for_type(x509.DNSName), "uri": [], "ip": [], "email": []}


def _status(status: Mapping[str, Any]) -> dict[str, Any]:
    conditions = {c["type"]: c for c in status.get("conditions", [])}
    ready, issuing = conditions.get("Ready", {}), conditions.get("Issuing")
    out = {
        "ready": ready.get("status") == "True",
        "reason": ready.get("reason"),
        "issuing": bool(issuing and issuing["status"] == "True"),
        "revision": status.get("revision"),
    }
    if status.get("failedIssuanceAttempts"):
        out["failed_attempts"] = status["failedIssuanceAttempts"]
    return out | ({"issuing_reason": issuing["reason"]} if issuing else {})


def test_every_field_is_what_the_objects_say(records: Mapping[int, Record]) -> None:
    wrong = {}
    with go() as program:
        for seed, record in records.items():
            for name in (LEAF, CA, SECOND):
                if name not in record.entries:
                    assert f"Certificate {name}" not in record.objects
                    continue
                if name == SECOND and f"Certificate {LEAF}" not in record.objects:
                    continue  # it is the owner now, and cert-manager has not looked yet
                entry = {**record.entries[name]}
                chain = entry["chain"] or {}
                entry["chain"] = {k: v for k, v in chain.items() if k not in ("issuer", "error")} or None
                real = _expected(record, name, program)
                different = {k: (v, entry.get(k)) for k, v in real.items() if entry.get(k) != v}
                if different:
                    wrong[seed, name, *record.steps] = different
    assert wrong == {}, "\n".join(f"{k}:\n  {v}" for k, v in wrong.items())


def test_the_renewal_is_when_cert_manager_says(records: Mapping[int, Record]) -> None:
    for seed, record in records.items():
        leaf = record.objects.get(f"Certificate {LEAF}")
        if leaf is not None and record.objects.get(f"Secret {LEAF}") and "revision" in leaf.get("status", {}):
            assert record.entries[LEAF]["renewal_time"] == leaf["status"].get("renewalTime"), (seed, record.steps)


def test_earlier_issues_are_those_that_can_still_be_known(records: Mapping[int, Record]) -> None:
    """Each certificate that stood in the Secret, and whether its key was another one than before.

    A pasted one leaves no trace once it is replaced, and a policy that was changed says nothing of the issues before.
    """
    wrong = {}
    for seed, record in records.items():
        there = f"Certificate {LEAF}" in record.objects and f"Secret {LEAF}" in record.objects
        if not there or "other policy" in record.steps:
            continue
        issued = [s for i, s in enumerate(record.seen) if i + 1 == len(record.seen) or not _pasted(s[1])]
        seen = [
            {"revision": revision, "new_key": not i or issued[i - 1][2] != key}
            for i, (revision, _, key) in enumerate(issued)
        ]
        told = record.entries[LEAF].get("issues", seen[-1:])
        skipped = any(s["revision"] not in {r["revision"] for r in seen} for s in told)
        if told != seen and not skipped:  # two issues between two looks
            wrong[seed, *record.steps] = (seen, told)
    assert wrong == {}, "\n".join(f"{k}:\n  {v[0]}\n  {v[1]}" for k, v in wrong.items())


def _pasted(der: bytes) -> bool:
    """Those that the steps put there sign themselves."""
    parsed = x509.load_der_x509_certificate(der)
    return parsed.issuer == parsed.subject


def test_the_steps_are_of_all_sorts(records: Mapping[int, Record]) -> None:
    taken = Counter(step for record in records.values() for step in record.steps if "(gone)" not in step)
    assert len(taken) >= 8, taken
