"""The corpus of the benchmark: the same each time, with what it promises in it."""

from __future__ import annotations

import base64
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bench.app import NAMESPACES, NOW, App, Defect, make_app
from bench.generate import ForeignDirectoryError, files, generate

COUNT = 60


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(COUNT, tmp_path_factory.mktemp("bench") / "corpus", one_file=True)


@pytest.fixture(scope="module")
def objects(corpus: Path) -> list[dict[str, Any]]:
    return [d for f in sorted(corpus.rglob("*.yaml")) for d in yaml.safe_load_all(f.read_text())]


def apps() -> list[App]:
    return [make_app(index) for index in range(COUNT)]


def of_kind(objects: list[dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    return {o["metadata"]["name"]: o for o in objects if o["kind"] == kind}


def leaf(secret: dict[str, Any], key: str = "tls.crt") -> x509.Certificate:
    return x509.load_pem_x509_certificate(base64.b64decode(secret["data"][key]))


def test_two_runs_write_the_same_bytes(corpus: Path) -> None:
    again = dict(files(COUNT))
    written = {f.relative_to(corpus).as_posix(): f.read_text() for f in corpus.rglob("*.yaml")}
    assert written == again


def test_a_larger_corpus_begins_with_the_smaller_one() -> None:
    assert dict(files(3)).items() <= dict(files(5)).items()


def test_every_promised_object_is_there_once(objects: list[dict[str, Any]]) -> None:
    without = sum(app.has(Defect.NO_NETWORK_POLICY) for app in apps())
    assert Counter(o["kind"] for o in objects) == {
        "Certificate": COUNT,
        "Ingress": COUNT,
        "Service": COUNT,
        "Deployment": COUNT + 1,
        "Secret": COUNT + NAMESPACES,
        "NetworkPolicy": COUNT - without,
        "IngressClass": 1,
        "ClusterIssuer": 1,
        "ConfigMap": 1,
    }
    places = [(o["kind"], o["metadata"].get("namespace"), o["metadata"]["name"]) for o in objects]
    assert len(set(places)) == len(places)


def test_one_file_holds_the_same_objects(corpus: Path, objects: list[dict[str, Any]]) -> None:
    single = list(yaml.safe_load_all(corpus.with_name("corpus.yaml").read_text()))
    assert sorted(map(repr, single)) == sorted(map(repr, objects))


def test_certificates_are_distinct_and_of_the_ca(objects: list[dict[str, Any]]) -> None:
    secrets = of_kind(objects, "Secret")
    authority = leaf(secrets["client-ca"], "ca.crt")
    assert set(secrets["client-ca"]["data"]) == {"ca.crt"}
    seen = set()
    for app in apps():
        secret = secrets[f"{app.name}-tls"]
        certificate = leaf(secret)
        certificate.verify_directly_issued_by(authority)
        key = load_pem_private_key(base64.b64decode(secret["data"]["tls.key"]), None)
        assert key.public_key() == certificate.public_key()
        assert leaf(secret, "ca.crt") == authority
        seen.add((certificate.serial_number, certificate.public_key().public_numbers()))
    assert len({serial for serial, _ in seen}) == len({numbers for _, numbers in seen}) == COUNT


def test_defects_are_where_the_application_says(objects: list[dict[str, Any]]) -> None:
    ingresses, secrets = of_kind(objects, "Ingress"), of_kind(objects, "Secret")
    certificates, policies = of_kind(objects, "Certificate"), of_kind(objects, "NetworkPolicy")
    prefix = "nginx.ingress.kubernetes.io/"
    for app in apps():
        ingress = ingresses[app.name]
        notes = ingress["metadata"]["annotations"]
        spec = certificates[app.name]["spec"]
        found = {
            Defect.NO_TLS: "tls" not in ingress["spec"],
            Defect.VERIFY_OPTIONAL: notes[prefix + "auth-tls-verify-client"] == "optional",
            Defect.HTTP_BACKEND: notes[prefix + "backend-protocol"] == "HTTP",
            Defect.NO_NETWORK_POLICY: app.name not in policies,
            Defect.LONG_DURATION: spec["duration"] == "26280h",
            Defect.EXPIRED: leaf(secrets[f"{app.name}-tls"]).not_valid_after_utc < NOW,
            Defect.SAME_KEY: spec["privateKey"]["rotationPolicy"] == "Never",
        }
        if not app.has(Defect.HTTP_BACKEND):
            found[Defect.UNVERIFIED_BACKEND] = notes[prefix + "proxy-ssl-verify"] == "off"
        assert found == {defect: app.has(defect) for defect in found}, app.name


def test_each_defect_hits_about_one_in_ten() -> None:
    counts = Counter(d for index in range(1000) for d in make_app(index).defects)
    assert set(counts) == set(Defect)
    assert all(60 <= n <= 140 for n in counts.values())


def test_a_thousand_applications_are_about_four_megabytes() -> None:
    per_app = sum(len(text) for path, text in files(COUNT) if "/app-" in path) / COUNT
    assert 3_000 < per_app < 4_300


def test_a_directory_of_others_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("x")
    with pytest.raises(ForeignDirectoryError):
        generate(1, tmp_path)
    assert (tmp_path / "precious.txt").read_text() == "x"
