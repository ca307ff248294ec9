"""Fifty thousand distinct certificates, chained and judged, beside `openssl verify` on the same files and pkilint on a sample."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from bench.app import NOW
from bench.measure import ROOT, Cost, Failure, run
from bench.pki import derived_key
from bench.tools import CACHE, from_pypi

CAS = 20
PKILINT = "0.13.3"
_RSA_KEYS = 50
_Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _certificate(
    subject: str,
    key: _Key,
    issuer: str,
    signer: _Key,
    serial: int,
    days: int,
    depth: int | None,
    names: Sequence[str] = (),
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(NOW - timedelta(days=20))
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(x509.BasicConstraints(depth is not None, depth), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False)
        eku = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        builder = builder.add_extension(eku, critical=False)
    return builder.sign(signer, hashes.SHA256())


def make(directory: Path, count: int) -> None:
    """`chains/N.pem` (leaf and intermediate), `roots.pem`, `intermediates.pem`. Every tenth leaf is RSA, every second CA too."""
    chains = directory / "chains"
    shutil.rmtree(directory, ignore_errors=True)
    chains.mkdir(parents=True)
    rsa_keys = [rsa.generate_private_key(65537, 2048) for _ in range(_RSA_KEYS)]
    roots, middles = [], []
    for number in range(CAS):
        own: _Key = rsa_keys[number] if number % 2 else derived_key(f"root {number}")
        below: _Key = rsa_keys[CAS + number] if number % 2 else derived_key(f"intermediate {number}")
        name = f"Bench Root {number}"
        roots.append(_certificate(name, own, name, own, 1, 3650, 1))
        middles.append((_certificate(f"Bench CA {number}", below, name, own, 2, 1825, 0), below))
    (directory / "roots.pem").write_bytes(b"".join(_pem(c) for c in roots))
    (directory / "intermediates.pem").write_bytes(b"".join(_pem(c) for c, _ in middles))
    for number in range(count):
        key: _Key = rsa_keys[number // 10 % _RSA_KEYS] if number % 10 == 0 else derived_key(f"leaf {number}")
        middle, signer = middles[number % CAS]
        host = f"host-{number}.example.com"
        leaf = _certificate(host, key, f"Bench CA {number % CAS}", signer, 1000 + number, 70, None, [host])
        (chains / f"{number:05d}.pem").write_bytes(_pem(leaf) + _pem(middle))


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def measure(directory: Path, sample: int = 2000) -> Iterator[tuple[str, int, Cost | Failure]]:
    """(what, certificates, cost), each on one core."""
    one_core = ["taskset", "-c", "0"] if shutil.which("taskset") else []
    chains = sorted((directory / "chains").iterdir())
    scan = [*one_core, sys.executable, "-m", "mtlsaudit", "certs", str(directory / "chains"), "--fail-on", "never"]
    history = directory / "history"
    history.unlink(missing_ok=True)
    now = ["--now", NOW.isoformat()]
    run([*scan, *now], frozenset({0}), 900)
    yield "mtlsaudit certs", len(chains), run([*scan, *now], frozenset({0}), 900)
    kept = [*scan, *now, "--history", str(history)]
    yield "mtlsaudit certs --history, first", len(chains), run(kept, frozenset({0}), 900)
    yield "mtlsaudit certs --history, again", len(chains), run(kept, frozenset({0}), 900)
    if shutil.which("openssl"):
        names = directory / "names"
        names.write_text("\n".join(str(c) for c in chains))
        verify = (
            f"xargs -a {names} -n 1000 openssl verify -attime {int(NOW.timestamp())} -CAfile {directory}/roots.pem "
            f"-untrusted {directory}/intermediates.pem"
        )
        yield "openssl verify", len(chains), run([*one_core, "sh", "-c", verify], frozenset({0}), 900)
    few = [str(c) for c in chains[:sample]]
    problem = from_pypi("pkilint", PKILINT)
    lint = [*one_core, str(ROOT / CACHE / "pkilint/bin/python"), str(ROOT / "bench/pkilint_run.py")]
    yield "pkilint, in one process", len(few), Failure(problem) if problem else run([*lint, *few], frozenset({0}), 900)


def report(rows: Sequence[tuple[str, int, Cost | Failure]]) -> str:
    """The table, in Markdown; microseconds are for one certificate."""
    lines = ["| what | certificates | wall s | CPU s | peak MiB | µs each |", "|---|---:|---:|---:|---:|---:|"]
    for what, number, cost in rows:
        if isinstance(cost, Failure):
            lines.append(f"| {what} | {number} | {cost.reason} | | | |")
        else:
            each = cost.wall / number * 1e6
            lines.append(f"| {what} | {number} | {cost.wall:.1f} | {cost.cpu:.1f} | {cost.memory:.0f} | {each:.0f} |")
    return "\n".join(lines) + "\n"


def main(options: argparse.Namespace) -> int:
    directory = ROOT / "bench" / "data" / f"certificates-{options.count}"
    if not (directory / "roots.pem").exists():
        make(directory, options.count)
    rows = list(measure(directory))
    print(report(rows))
    return 1 if any(isinstance(cost, Failure) for *_, cost in rows) else 0
