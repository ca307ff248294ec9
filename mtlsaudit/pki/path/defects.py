"""Every rule that a path can break: its code, what it means, and where it is written."""

from __future__ import annotations

from typing import NamedTuple


class Rule(NamedTuple):
    """A rule of path validation. `source` is the clause that states it, or the program that has it."""

    meaning: str
    source: str


RULES: dict[str, Rule] = {
    "issuer-not-found": Rule(
        "no certificate at hand, trusted or sent along, has the issuer's name and key identifier", "RFC 5280, 6.1"
    ),
    "self-signed-not-trusted": Rule(
        "the path ends in a self-signed certificate that is no trust anchor", "RFC 5280, 6.1.1 (d)"
    ),
    "anchor-not-self-signed": Rule(
        "the path ends in a trusted certificate that is no root, which OpenSSL takes with partial chains only",
        "X509_VERIFY_PARAM_set_flags(3), X509_V_FLAG_PARTIAL_CHAIN",
    ),
    "name-encoding-differs": Rule(
        "the issuer's name is written with other bytes in the two certificates, though it reads the same",
        "RFC 5280, 7.1; Go compares bytes (crypto/x509, Certificate.Verify)",
    ),
    "key-identifiers-differ": Rule(
        "authority key identifier and the issuer's subject key identifier differ", "RFC 5280, 4.2.1.1"
    ),
    "no-authority-key-identifier": Rule("there is no authority key identifier", "RFC 5280, 4.2.1.1"),
    "no-subject-key-identifier": Rule("a CA has no subject key identifier", "RFC 5280, 4.2.1.2"),
    "search-cut-off": Rule(
        "the search for a path was stopped after as many candidates as the verifier itself looks at",
        "crypto/x509, maxChainSignatureChecks = 100",
    ),
    "ambiguous-issuer": Rule(
        "several trusted certificates fit equally, the verifier takes one without trying the others, and they differ",
        "OpenSSL 3, X509_STORE_CTX_get1_issuer",
    ),
    "signature-invalid": Rule("the issuer's key did not make the signature", "RFC 5280, 6.1.3 (a)(1)"),
    "signature-uncheckable": Rule("the signature's algorithm or the key cannot be used here", "RFC 5280, 6.1.3 (a)(1)"),
    "signature-sha1": Rule("signed with SHA-1", "RFC 8446, 4.4.2.4; RFC 9155, 3"),
    "signature-md5": Rule("signed with MD5", "RFC 6151, 2; RFC 8446, 4.4.2.4"),
    "algorithm-unsupported": Rule("the verifier does not know the key's or the signature's algorithm", "RFC 5280, 4.1.1.2"),
    "key-too-small": Rule("the key is below what the verifier takes", "SSL_CTX_set_security_level(3); crypto/rsa"),
    "expired": Rule("notAfter has passed", "RFC 5280, 6.1.3 (a)(2)"),
    "not-yet-valid": Rule("notBefore has not come", "RFC 5280, 6.1.3 (a)(2)"),
    "no-basic-constraints": Rule("an issuer has no basic constraints", "RFC 5280, 6.1.4 (k)"),
    "not-a-ca": Rule("an issuer is no CA by its basic constraints", "RFC 5280, 6.1.4 (k)"),
    "path-too-long": Rule("more intermediate CAs stand below than the path length allows", "RFC 5280, 6.1.4 (l), (m)"),
    "ca-without-cert-sign": Rule("an issuer's key usage lacks cert sign", "RFC 5280, 6.1.4 (n)"),
    "key-usage-unfit": Rule("the key usage does not allow the purpose", "RFC 5280, 4.2.1.3; RFC 8446, 4.4.2.2"),
    "extended-usage-unfit": Rule("the extended key usage lacks the purpose", "RFC 5280, 4.2.1.12"),
    "extended-usage-any-only": Rule(
        "the extended key usage has `any` and not the purpose, which counts for some verifiers only", "RFC 5280, 4.2.1.12"
    ),
    "ca-extended-usage-unfit": Rule(
        "a CA's extended key usage lacks the purpose; verifiers nest it, RFC 5280 does not", "RFC 5280, 4.2.1.12; Certificate.Verify"
    ),
    "name-not-permitted": Rule("a name is outside of the permitted subtrees of a CA", "RFC 5280, 6.1.3 (b)"),
    "name-excluded": Rule("a name is in an excluded subtree of a CA", "RFC 5280, 6.1.3 (c)"),
    "name-unmatchable": Rule("a name cannot be compared with a CA's name constraint of its kind", "RFC 5280, 4.2.1.10"),
    "name-constraint-unsupported": Rule("a name constraint is of a kind that the verifier does not know", "RFC 5280, 4.2.1.10"),
    "unknown-critical-extension": Rule("a critical extension that the verifier does not process", "RFC 5280, 6.1.4 (o), 6.1.5 (f)"),
    "malformed-part": Rule("a part of the certificate does not parse, so nothing can be said of it", "RFC 5280, 4.1"),
    "extension-not-evaluated": Rule(
        "an extension that OpenSSL evaluates and this program does not", "X509_supported_extension (OpenSSL 3)"
    ),
    "too-many-names": Rule("names and name constraints are more than the verifier compares", "v3_ncons.c, NAME_CHECK_MAX = 2^20"),
    "unparsable-sent-along": Rule(
        "a certificate that was sent along, needed or not, does not parse, which ends the handshake", "Go, crypto/tls"
    ),
    "negative-serial": Rule("the serial number is negative; Go does not parse such a certificate", "RFC 5280, 4.1.2.2"),
    "policy-not-evaluated": Rule(
        "a CA demands a certificate policy, which the verifier evaluates and this program does not", "RFC 5280, 6.1.5 (g)"
    ),
    "too-deep": Rule("more intermediate CAs than the depth that is configured", "nginx ssl_verify_depth"),
    "crl-missing": Rule("revocation is checked and a CA's list is not there", "RFC 5280, 6.3; X509_V_ERR_UNABLE_TO_GET_CRL"),
    "crl-expired": Rule("the revocation list's nextUpdate has passed", "RFC 5280, 6.3.3 (a)"),
    "crl-not-yet-valid": Rule("the revocation list's thisUpdate has not come", "RFC 5280, 5.1.2.4"),
    "crl-signature-invalid": Rule("the CA's key did not sign its revocation list", "RFC 5280, 6.3.3 (g)"),
    "crl-signature-uncheckable": Rule("the signature on a revocation list cannot be checked here", "RFC 5280, 6.3.3 (g)"),
    "ca-without-crl-sign": Rule("a CA's key usage lacks CRL sign", "RFC 5280, 6.3.3 (f)"),
    "crl-unknown-critical-extension": Rule("a critical extension in a revocation list", "RFC 5280, 5.2"),
    "crl-of-other-scope": Rule("the CA's revocation list covers only a part, and is not evaluated", "RFC 5280, 5.2.5"),
    "revoked": Rule("the CA has revoked the certificate", "RFC 5280, 6.3.3 (i)"),
}  # fmt: skip

UNDECIDED = frozenset(
    {
        "search-cut-off",
        "ambiguous-issuer",
        "signature-uncheckable",
        "malformed-part",
        "policy-not-evaluated",
        "extension-not-evaluated",
        "too-many-names",
        "unparsable-sent-along",
        "crl-signature-uncheckable",
        "crl-of-other-scope",
    }
)
"""Where one of these is not fatal, it still leaves open whether the chain holds."""
