"""A private key and passwords in every place they are found in: no output of the program may hold a piece of them."""

from __future__ import annotations

import base64
import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

from mtlsaudit.platforms import wanted
from mtlsaudit.sources.manifests import Manifests
from tests.support.pki import Made, key_windows, make, windows

ROOT = Path(__file__).resolve().parents[1]
FORMATS = ("table", "json", "sarif", "html", "markdown")
PASSWORD = secrets.token_urlsafe(24)
SOPS = f"ENC[AES256_GCM,data:{secrets.token_urlsafe(30)},iv:{secrets.token_urlsafe(20)},type:str]"


def _b64(data: str | bytes) -> str:
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


def _indented(text: str, by: int) -> str:
    return "".join(" " * by + line + "\n" for line in text.splitlines())


def _windows(made: Made, keystore: bytes) -> set[str]:
    others = (PASSWORD, SOPS[20:], _b64(PASSWORD))
    return key_windows(made) | windows(*others) | (windows(_b64(keystore)) - windows(_b64(made.der)))


def _secret(name: str, *lines: str) -> str:
    return f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: {name}\n" + "".join(lines)


def _plant(directory: Path, made: Made, keystore: bytes) -> None:
    key, cert = made.key_pem, made.pem
    der = made.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    pair = f"data:\n  tls.crt: {_b64(cert)}\n  tls.key: {_b64(key)}\n"
    applied = json.dumps({"apiVersion": "v1", "kind": "Secret", "stringData": {"tls.key": key, "p": PASSWORD}})
    objects = {
        "data": _secret("data", pair),
        "block": _secret("block", "stringData:\n  tls.key: |\n", _indented(key, 4), f"  password: {PASSWORD}\n"),
        "quoted": _secret("quoted", f"stringData:\n  tls.key: {json.dumps(key)}\n  token: '{PASSWORD}'\n"),
        "applied": "apiVersion: v1\nkind: Secret\nmetadata:\n  name: applied\n  annotations:\n"
        f"    kubectl.kubernetes.io/last-applied-configuration: {json.dumps(applied)}\n{pair}",
        "config": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: config\ndata:\n  tls.pem: |\n"
        + _indented(cert + key, 4),
        "bundle": _secret("root-ca-key-pair", f"data:\n  ca.crt: {_b64(cert + key)}\n"),
        "der": _secret("der", f"data:\n  key.der: {_b64(der)}\n"),
        "combined": _secret("combined", f"data:\n  tls-combined.pem: {_b64(cert + key)}\n"),
        "keystore": _secret("keystore", f"data:\n  keystore.p12: {_b64(keystore)}\n  password: {_b64(PASSWORD)}\n"),
        "list": "apiVersion: v1\nkind: List\nitems:\n- "
        + _secret("listed", pair.rstrip()).replace("\n", "\n  ")
        + "\n- "
        + _secret("listed-too", f"stringData:\n  p: {PASSWORD}\n  k: {json.dumps(key)}").replace("\n", "\n  ")
        + "\n",
        "invalid": _secret(
            "invalid", "stringData:\n  tls.key: |\n", _indented(key, 4), f"{PASSWORD}\n  {PASSWORD}: {{\n"
        ),
        "invalid-quote": _secret("q", f"stringData:\n  tls.key: {json.dumps(key)[:-1]}\n"),
        "invalid-tab": _secret("tab", f"stringData:\n\ttls.key: {_b64(key)}\n"),
        "invalid-anchor": _secret("anchor", f"stringData:\n  p: *{PASSWORD.strip('-_')}\n"),
        "wrong": _secret("wrong", f"stringData:\n  tls.key:\n    - {json.dumps(key)}\n    - {PASSWORD}\n"),
        "sops": _secret("sops", f"data:\n  tls.key: {SOPS}\n", "sops:\n  mac: x\n"),
        "no-name": f"apiVersion: v1\nkind: Secret\n{pair}",
        "twice": _secret("data", f"data:\n  tls.key: {_b64(key)}\n  p: {_b64(PASSWORD)}\n"),
        "use": (ROOT / "examples" / "mtls-guide" / "ingress.yaml").read_text()
        + "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec:\n"
        "  tls: [{hosts: [a.b], secretName: data}, {hosts: [c.d], secretName: wrong}]\n"
        "  rules: [{host: a.b, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: s, port: "
        "{number: 80}}}}]}}]\n",
    }
    for name, text in objects.items():
        (directory / f"{name}.yaml").write_text(text)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, set[str]]:
    directory = tmp_path_factory.mktemp("canary")
    made = make("canary", dns=["service-a.example.com"])
    keystore = pkcs12.serialize_key_and_certificates(b"k", made.key, made.cert, None, NoEncryption())
    _plant(directory, made, keystore)
    return directory, _windows(made, keystore)


def _leaks(text: str, pieces: set[str]) -> list[str]:
    squeezed = "".join(text.replace("\\n", "").split())
    return sorted(w for w in pieces if w in text or w in squeezed)


@pytest.mark.parametrize("debug", ["", "1"])
def test_no_output_holds_any_piece_of_a_secret(planted: tuple[Path, set[str]], tmp_path: Path, debug: str) -> None:
    directory, pieces = planted
    for file in ("data.yaml", "quoted.yaml", "list.yaml"):
        assert _leaks((directory / file).read_text(), pieces), "the detector must see what was planted"
    pairs = [word for name in FORMATS for word in ("-f", name, "-o", str(tmp_path / name))]
    done = subprocess.run(
        [sys.executable, "-m", "mtlsaudit", "scan", str(directory), "--all-outcomes", *pairs],
        cwd=ROOT,
        env={**os.environ, "MTLSAUDIT_DEBUG": debug},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode in (0, 1), done.stderr[-2000:]
    assert _leaks(done.stdout + done.stderr, pieces) == []
    for name in FORMATS:
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert len(text) > 200
        assert _leaks(text, pieces) == [], f"the {name} report leaks"
    report = json.loads((tmp_path / "json").read_text())
    gaps = {(Path(g.get("file") or g["subject"]).name, g["kind"]) for g in report["coverage"]["gaps"]}
    assert {(f"invalid{n}.yaml", "invalid-yaml") for n in ("", "-quote", "-tab", "-anchor")} <= gaps


def test_the_harvest_holds_no_piece_of_a_secret(planted: tuple[Path, set[str]]) -> None:
    directory, pieces = planted
    harvest = Manifests(wanted, use_tools=False).read(str(directory))
    assert harvest.resources["Secret"] == 14
    kept = "".join(json.dumps(b.value) + repr(b) for b in harvest.bodies)
    assert _leaks(kept, pieces) == []
    assert _leaks("".join(s.text for s in harvest.texts.values()), pieces) == []
    assert _leaks(repr(harvest.gaps), pieces) == []
