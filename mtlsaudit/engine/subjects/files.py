"""Files of certificates, outside Kubernetes, as rules see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import PurePosixPath

from mtlsaudit.engine.subject import Missing, Plain, Subject
from mtlsaudit.engine.subjects.view import View
from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.certificate_file import CertificateFile
from mtlsaudit.model.verdict import Evidence

SCHEMA: dict[str, type] = {
    "key": str,
    "format": str,
    "certificates": int,
    "private_keys": int,
    "key_problem": str,
    "broken": list,
    "anchors": int,
    "expired_anchors": list,
}

_KEY_SUFFIXES = ("-key", "_key", ".key", "key")


def subjects(view: View) -> Iterator[Subject]:
    """One subject for each file of certificates."""
    partners = _partners(view.files)
    for file in view.files:
        anchors = [c for c in file.certificates if is_anchor(c.certificate)]
        ended = [c for c in anchors if c.certificate.not_after < view.now]
        facts: dict[str, Plain | Missing] = {
            "key": file.file,
            "format": file.format,
            "certificates": len(file.certificates),
            "private_keys": len(file.keys),
            "key_problem": _key_problem(file, partners.get(file.file, ())),
            "broken": tuple(f"#{b.number} ({b.reason})" for b in file.broken),
            "anchors": len(anchors),
            "expired_anchors": tuple(
                f"#{c.number} {c.certificate.common_name or c.certificate.subject}" for c in ended
            ),
        }
        yield Subject("file", f"File {file.file}", facts, partial(_evidence, file, tuple(c.number for c in ended)))


def is_anchor(cert: Certificate) -> bool:
    """In a file nobody says what a certificate is for; one that is a CA and signs itself can only be trusted."""
    return cert.is_ca and cert.self_signed


def _partners(files: Sequence[CertificateFile]) -> Mapping[str, tuple[CertificateFile, ...]]:
    """File that holds keys alone → the files of certificates beside it that have its name: tls.key and tls.crt."""
    alone = [file for file in files if file.keys and not file.certificates]
    by_stem: dict[tuple[str, str], list[CertificateFile]] = {}
    for file in files if alone else ():
        if file.certificates:
            by_stem.setdefault(_stem(file), []).append(file)
    out = {}
    for file in alone:
        folder, stem = _stem(file)
        stems = {stem, *(stem.removesuffix(s) for s in _KEY_SUFFIXES)} - {""}
        out[file.file] = tuple(f for s in sorted(stems) for f in by_stem.get((folder, s), ()))
    return out


def _stem(file: CertificateFile) -> tuple[str, str]:
    """The folder and the name without its last suffix."""
    path = PurePosixPath(file.file)
    return path.parent.as_posix(), path.stem


def _key_problem(file: CertificateFile, partners: Sequence[CertificateFile]) -> str:
    """What is wrong between the keys and the certificates, by the public halves alone; empty where nothing is."""
    halves = {key.spki_sha256 for key in file.keys} - {""}
    if not halves:
        return ""
    own = {c.certificate.spki_sha256 for c in file.certificates}
    if own:
        lost = len(halves - own)
        whose = "its private key belongs" if len(halves) == 1 else f"{lost} of its {len(halves)} private keys belong"
        return f"{whose} to no certificate in it" if lost else ""
    named = [p for p in partners if not halves & {c.certificate.spki_sha256 for c in p.certificates}]
    if partners and len(named) == len(partners):
        return f"its private key belongs to no certificate in {', '.join(p.file for p in partners)}"
    return ""


def _evidence(file: CertificateFile, ended: tuple[int, ...]) -> Mapping[str, tuple[Evidence, ...]]:
    names = {c.number: c.certificate.subject or c.certificate.sha256 for c in file.certificates}
    return {
        "": (Evidence(file.site(0), file.format),),
        "key_problem": tuple(Evidence(file.key_site(i), "a private key (withheld)") for i in range(len(file.keys))),
        "broken": tuple(Evidence(file.site(b.number), b.reason) for b in file.broken),
        "expired_anchors": tuple(Evidence(file.site(n), names[n]) for n in ended),
    }
