"""One path, every rule: the defects of each certificate, as the verifier of one family counts them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.chain import Defect, Engine
from mtlsaudit.pki.path.constraints import name_defects
from mtlsaudit.pki.path.extensions import extension_defects
from mtlsaudit.pki.path.found import Found
from mtlsaudit.pki.path.paths import Path
from mtlsaudit.pki.path.revocation import revocation_defects
from mtlsaudit.pki.path.signatures import link_signature
from mtlsaudit.pki.path.store import self_issued
from mtlsaudit.pki.path.strength import strength_defects
from mtlsaudit.pki.path.usage import usage_defects
from mtlsaudit.pki.signature import Signature

if TYPE_CHECKING:
    from mtlsaudit.pki.path.verifier import Verifier


def judge(verifier: Verifier, path: Path) -> tuple[Defect, ...]:
    """All defects, leaf first."""
    found = [
        *_end(verifier, path),
        *_signatures(path),
        *_validity(verifier, path),
        *_authority(verifier, path),
        *_identifiers(path),
        *usage_defects(verifier, path),
        *extension_defects(verifier, path),
        *strength_defects(verifier, path),
        *name_defects(verifier, path),
        *revocation_defects(verifier, path),
    ]
    found.sort(key=lambda f: f.depth)
    return tuple(Defect(f.code, f.depth, path.certificates[f.depth].sha256, f.words, f.fatal) for f in found)


def _end(verifier: Verifier, path: Path) -> Iterator[Found]:
    last = len(path.certificates) - 1
    if path.end:
        words = _END[path.end].format(name=_issuer(path.certificates[-1]))
        if path.end == "issuer-not-found":
            words = _other_keys(verifier, path.certificates[-1]) or words
        yield Found(path.end, last, words, True)
    if verifier.max_depth is not None and verifier.engine is not Engine.GO and path.end != "too-deep":
        between = last - 1
        if between > verifier.max_depth:
            words = f"{between} CAs stand between leaf and anchor, {verifier.max_depth} are allowed"
            yield Found("too-deep", last, words, True)


_END = {
    "issuer-not-found": "no certificate of {name} fits",
    "self-signed-not-trusted": "self-signed, and not among the trusted",
    "anchor-not-self-signed": "trusted, but no root: OpenSSL looks for {name} and does not find it",
    "name-encoding-differs": "its name reads as the issuer's and is encoded otherwise",
    "too-deep": "the path is longer than the depth allows",
}


def _other_keys(verifier: Verifier, child: Certificate) -> str:
    """In words, if every trusted certificate of the issuer's name has another key identifier than the one asked for.

    OpenSSL and BoringSSL pass over such a one (X509_check_akid); Go takes it.
    """
    trusted = verifier.store.named(child.issuer_raw)
    others = sorted({c.subject_key_id for c in trusted})
    if not others or not child.authority_key_id or "" in others or child.authority_key_id in others:
        return ""
    has = f"{', '.join(others[:_SHOWN])}{' and others' if len(others) > _SHOWN else ''}"
    return f"{_issuer(child)} is trusted with the key identifier {has}, and {child.authority_key_id} is asked for"


_SHOWN = 2


def _issuer(certificate: Certificate) -> str:
    return certificate.issuer or "an issuer without a name"


def _signatures(path: Path) -> Iterator[Found]:
    for depth, (child, issuer) in enumerate(zip(path.certificates, path.certificates[1:], strict=False)):
        match link_signature(child, issuer):
            case Signature.BAD:
                yield Found(
                    "signature-invalid", depth, f"not signed by the key of {issuer.subject or 'its issuer'}", True
                )
            case Signature.UNCHECKABLE:
                yield Found(
                    "signature-uncheckable",
                    depth,
                    f"{child.signature_algorithm} by a {issuer.key.algorithm} key",
                    False,
                )


def _validity(verifier: Verifier, path: Path) -> Iterator[Found]:
    """OpenSSL and BoringSSL count notAfter itself as passed (X509_cmp_time is never 0), Go and RFC 5280 do not."""
    for depth, certificate in enumerate(path.certificates):
        if verifier.at < certificate.not_before:
            yield Found("not-yet-valid", depth, f"valid from {_time(certificate.not_before)}", True)
        if verifier.at > certificate.not_after or (
            verifier.at == certificate.not_after and verifier.engine is not Engine.GO
        ):
            yield Found("expired", depth, f"expired on {_time(certificate.not_after)}", True)


def _time(when: object) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%SZ}"


def _authority(verifier: Verifier, path: Path) -> Iterator[Found]:
    """Is each issuer a CA, may it sign, and is the path short enough?"""
    count = len(path.certificates)
    between = 0
    for depth, issuer in enumerate(path.certificates):
        if depth == 0:
            continue
        anchor = depth >= path.trusted
        spared = anchor and verifier.engine is Engine.BORINGSSL
        root = depth == count - 1
        if not issuer.is_ca:
            code = "not-a-ca" if issuer.has_basic_constraints else "no-basic-constraints"
            yield Found(
                code,
                depth,
                "signs certificates",
                not spared and not _ca_all_the_same(verifier.engine, issuer, root, anchor),
            )
        if not signs_certificates(verifier.engine, issuer):
            yield Found(
                "ca-without-cert-sign", depth, f"key usage: {', '.join(issuer.key_usage or ()) or 'none'}", True
            )
        limit = issuer.path_length
        below = depth - 1 if verifier.engine is Engine.GO else between
        if limit is not None and below > limit and depth > 1:
            words = f"{below} CAs stand below, {limit} are allowed"
            yield Found("path-too-long", depth, words, not spared)
        if not self_issued(issuer):
            between += 1


def signs_certificates(engine: Engine, issuer: Certificate) -> bool:
    """Without a key usage everything is allowed; Go reads one without any bit so too (RFC 5280 forbids it)."""
    if issuer.key_usage == () and engine is Engine.GO:
        return True
    return issuer.key_usage is None or "cert sign" in issuer.key_usage


def _ca_all_the_same(engine: Engine, issuer: Certificate, root: bool, anchor: bool) -> bool:
    """Is one that does not say that it is a CA taken for one?

    OpenSSL (check_ca in v3_purp.c): the last of the path may be a self-signed certificate of version 1, or have a key
    usage with cert sign and no basic constraints. Go (CheckSignatureFrom): an anchor of version 1 or 2.
    """
    if issuer.has_basic_constraints:
        return False
    if engine is Engine.GO:
        return anchor and issuer.version < 3
    if not root:
        return False
    return (issuer.version == 1 and issuer.self_signed) or "cert sign" in (issuer.key_usage or ())


def _identifiers(path: Path) -> Iterator[Found]:
    for depth, (child, issuer) in enumerate(zip(path.certificates, path.certificates[1:], strict=False)):
        if not child.authority_key_id:
            yield Found("no-authority-key-identifier", depth, "its issuer is found by name alone", False)
        elif not issuer.subject_key_id:
            yield Found("no-subject-key-identifier", depth + 1, "it is found by name alone", False)
        elif child.authority_key_id != issuer.subject_key_id:
            yield Found(
                "key-identifiers-differ",
                depth,
                f"names {child.authority_key_id}, the issuer is {issuer.subject_key_id}",
                False,
            )
