"""Who wrote a certificate over the issued one: the API server notes it, and a finding shows it."""

from __future__ import annotations

import base64
import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.support.apiserver import ApiServer
from tests.support.cert_manager import settle
from tests.support.command import mtlsaudit
from tests.support.live import Report, dump, report_of

_SECRET = "/api/v1/namespaces/written/secrets/shop-tls"
_SUBJECT = "Certificate written/shop"
RULE = "rotation-secret-overwritten"


def _objects() -> str:
    meta = {"name": "shop", "namespace": "written"}
    issuer = {"apiVersion": "cert-manager.io/v1", "kind": "Issuer", "metadata": meta, "spec": {"selfSigned": {}}}
    spec = {
        "secretName": "shop-tls",
        "commonName": "shop",
        "dnsNames": ["shop.example.com"],
        "issuerRef": {"name": "shop"},
    }
    certificate = {"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": meta, "spec": spec}
    return yaml.safe_dump_all([issuer, certificate])


def _over_the_same_key(pem: bytes) -> bytes:
    """A certificate of somebody's own making; cert-manager takes it."""
    key = serialization.load_pem_private_key(pem, None)
    assert isinstance(key, rsa.RSAPrivateKey)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pasted")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, now, now + timedelta(days=3650))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _evidence(report: Report) -> list[str]:
    """What the rule shows of the notes, whatever it comes to."""
    (found,) = [a for a in report["assessments"] if (a["rule"], a["subject"]) == (RULE, _SUBJECT)]
    return [e["value"] for e in found["evidence"] if e["path"] == "metadata.managedFields"]


@pytest.fixture(scope="module")
def pasted(issuing: ApiServer) -> ApiServer:
    issuing.apply(_objects())
    settle(issuing)
    key = base64.b64decode(issuing.request("GET", _SECRET)["data"]["tls.key"])
    data = {"data": {"tls.crt": base64.b64encode(_over_the_same_key(key)).decode()}}
    issuing.request("PATCH", f"{_SECRET}?fieldManager=kubectl-edit", data, "application/merge-patch+json")
    settle(issuing)
    return issuing


def test_the_finding_names_the_field_manager(pasted: ApiServer, tmp_path: Path) -> None:
    (tmp_path / "dump.json").write_text(dump(pasted))
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    live = report_of("--kubeconfig", pasted.kubeconfig("admin"), "--secrets", "list", now=now)
    shown = _evidence(live)
    assert len(shown) == 1
    assert shown[0].startswith("tls.crt: kubectl-edit (Update) 2")
    assert shown == _evidence(report_of(tmp_path / "dump.json", "--complete", now=now))


def test_a_snapshot_keeps_who_owns_the_certificate_and_nothing_else_of_the_notes(
    pasted: ApiServer, tmp_path: Path
) -> None:
    file = tmp_path / "snapshot.tgz"
    done = mtlsaudit("snapshot", "--kubeconfig", pasted.kubeconfig("admin"), "--secrets", "list", "-o", file)
    assert done.code == 0, done.err
    text = gzip.decompress(file.read_bytes()).decode()
    assert "kubectl-edit" in text
    assert "f:tls.key" not in text
    assert "f:spec" not in text
