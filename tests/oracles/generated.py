"""Chains put together at random from what can be wrong with one: the rows of a table of 27, and all their combinations."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID
from hypothesis import strategies as st

from mtlsaudit.model.chain import Purpose
from tests.oracles.engines import Question
from tests.support.forge import forge
from tests.support.pki import START, Key, Made, make

NOW = START + timedelta(days=30)

_VALIDITY = {"now": (-30, 365), "past": (-129, 90), "future": (30, 90)}
"""The beginning, in days from now, and the days that it lasts."""


@dataclass(frozen=True)
class CaPlan:
    """A CA, or what should be one."""

    basic: bool | None = True
    path_length: int | None = None
    usages: tuple[str, ...] | None = ("key_cert_sign", "crl_sign")
    eku: tuple[str, ...] | None = None
    subject_key_id: str = "right"
    authority_key_id: str = "right"
    constraints: str = ""
    algorithm: str = "ecdsa"
    digest: str = "sha256"
    validity: str = "now"
    critical_unknown: bool = False
    names: tuple[str, ...] = ()
    issuer_form: str = "same"
    self_issued: bool = False
    version_1: bool = False
    negative_serial: bool = False


@dataclass(frozen=True)
class Plan:
    """A whole chain: CAs from the root down, the leaf, and who gets what."""

    authorities: tuple[CaPlan, ...]
    leaf: CaPlan
    leaf_names: tuple[str, ...]
    common_name: str
    anchors: tuple[str, ...]
    sent: tuple[str, ...]
    purpose: Purpose
    partial_chain: bool
    security_level: int
    max_depth: int | None = None


_CONSTRAINTS: dict[str, tuple[list[x509.GeneralName] | None, list[x509.GeneralName] | None]] = {
    "dns": ([x509.DNSName("example.com")], None),
    "dns-dot": ([x509.DNSName(".example.com")], None),
    "no-dns": (None, [x509.DNSName("bad.example.com")]),
    "ip": ([x509.IPAddress(ipaddress.ip_network("10.0.0.0/8"))], None),
    "no-ip": (None, [x509.IPAddress(ipaddress.ip_network("0.0.0.0/0"))]),
    "uri": ([x509.UniformResourceIdentifier("td.example")], None),
    "uri-dot": ([x509.UniformResourceIdentifier(".td.example")], None),
    "no-uri": (None, [x509.UniformResourceIdentifier("bad.example")]),
    "email": ([x509.RFC822Name("example.com")], None),
    "email-dot": ([x509.RFC822Name(".example.com")], None),
    "email-exact": (None, [x509.RFC822Name("a@example.com")]),
    "directory": ([x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Org")]))], None),
    "no-directory": (None, [x509.DirectoryName(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "org")]))]),
    "id": ([x509.RegisteredID(x509.ObjectIdentifier("1.2.3"))], None),
    "two": (
        [x509.DNSName("example.com"), x509.UniformResourceIdentifier("td.example")],
        [x509.DNSName("bad.example.com")],
    ),
}
_SANS = (
    "dns:a.example.com",
    "dns:*.example.com",
    "dns:example.com",
    "dns:bad.example.com",
    "dns:other.test",
    "ip:10.1.2.3",
    "ip:192.0.2.1",
    "ip:2001:db8::1",
    "uri:spiffe://td.example/ns/a/sa/b",
    "uri:spiffe://sub.td.example/x",
    "uri:spiffe://bad.example/x",
    "uri:urn:uuid:1",
    "uri:https://td.example:8443/x",
    "email:a@example.com",
    "email:b@sub.example.com",
    "email:c@other.test",
)  # fmt: skip


_EKUS = (
    ("server",),
    ("client",),
    ("server", "client"),
    ("2.5.29.37.0",),
    ("1.3.6.1.5.5.7.3.3",),
    ("2.16.840.1.113730.4.1",),
)
_CA_FAULTS: dict[str, tuple[Any, ...]] = {
    "basic": (None, False),
    "path_length": (0, 1),
    "usages": (None, (), ("digital_signature",), ("key_cert_sign", "digital_signature")),
    "eku": _EKUS,
    "subject_key_id": ("none", "wrong"),
    "authority_key_id": ("none", "wrong", "serial", "wrong-serial"),
    "constraints": tuple(_CONSTRAINTS),
    "algorithm": ("rsa", "rsa1024", "ed25519", "p384"),
    "digest": ("sha1", "sha224"),
    "validity": ("past", "future"),
    "critical_unknown": (True,),
    "names": (("dns:ca.example.com",), ("email:ca@example.com",), ("uri:urn:x",)),
    "issuer_form": ("printable", "case", "spaces"),
    "self_issued": (True,),
    "version_1": (True,),
    "negative_serial": (True,),
}
_LEAF_FAULTS: dict[str, tuple[Any, ...]] = {
    "basic": (False, True),
    "usages": (None, (), ("key_encipherment",), ("key_agreement",), ("key_cert_sign",)),
    "eku": _EKUS,
    "subject_key_id": ("none",),
    "authority_key_id": ("none", "wrong", "serial", "wrong-serial"),
    "algorithm": ("rsa", "rsa1024", "ed25519"),
    "digest": ("sha1", "md5", "sha224"),
    "validity": ("past", "future"),
    "critical_unknown": (True,),
    "issuer_form": ("printable", "case", "spaces"),
    "version_1": (True,),
    "negative_serial": (True,),
}
_LEAF = CaPlan(basic=None, usages=("digital_signature",))


def _faults(table: dict[str, tuple[Any, ...]]) -> st.SearchStrategy[tuple[str, Any]]:
    return st.sampled_from([(field, value) for field, values in table.items() for value in values])


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Up to four CAs, called ca0 (the root), ca1 and so on, and up to three faults; `other` is a CA of the root's name."""
    count = draw(st.integers(1, 4))
    authorities = [CaPlan()] * count
    leaf = _LEAF
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, count))
        name, value = draw(_faults(_LEAF_FAULTS if at == count else _CA_FAULTS))
        if at == count:
            leaf = replace(leaf, **{name: value})
        else:
            authorities[at] = replace(authorities[at], **{name: value})
    names = [f"ca{i}" for i in range(count)]
    usual = (("ca0",), tuple(names[:0:-1]))
    odd = draw(st.integers(0, 3)) == 3
    return Plan(
        authorities=tuple(authorities),
        leaf=leaf,
        leaf_names=tuple(draw(st.lists(st.sampled_from(_SANS), max_size=3, unique=True))),
        common_name=draw(st.sampled_from(("leaf", "", "a.example.com", "other.test"))),
        anchors=draw(st.sampled_from(_anchors(names))) if odd else usual[0],
        sent=draw(st.sampled_from(_sent(names))) if odd else usual[1],
        purpose=draw(st.sampled_from(Purpose)),
        partial_chain=draw(st.booleans()),
        security_level=draw(st.sampled_from((0, 1, 2))),
        max_depth=draw(st.sampled_from((None, None, None, 0, 1, 2))),
    )


def _anchors(names: list[str]) -> list[tuple[str, ...]]:
    return [("ca0", "other"), (names[-1],), ("leaf",), ("other",), tuple(names), ("other", names[-1]), ("leaf", "ca0")]


def _sent(names: list[str]) -> list[tuple[str, ...]]:
    return [tuple(names[:0:-1]), (), tuple(names), tuple(names[1:]), ("other", *names[1:]), ("ca0",), ("leaf", *names)]


def _general(text: str) -> x509.GeneralName:
    kind, _, value = text.partition(":")
    match kind:
        case "dns":
            return x509.DNSName(value)
        case "ip":
            return x509.IPAddress(ipaddress.ip_address(value))
        case "uri":
            return x509.UniformResourceIdentifier(value)
    return x509.RFC822Name(value)


def _name(text: str, form: str = "same") -> x509.Name:
    if not text:
        return x509.Name([])
    organization = {"case": "ORG", "spaces": " Org "}.get(form, "Org")
    tag = _ASN1Type.PrintableString if form == "printable" else _ASN1Type.UTF8String
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization, tag),
            x509.NameAttribute(NameOID.COMMON_NAME, text, tag),
        ]
    )


def _key_id(made: Made) -> bytes:
    return x509.SubjectKeyIdentifier.from_public_key(made.key.public_key()).digest


def _extensions(
    plan: CaPlan, by: Made | None, subject_id: bytes, names: tuple[str, ...]
) -> list[tuple[x509.ExtensionType, bool]]:
    out: list[tuple[x509.ExtensionType, bool]] = []
    if plan.subject_key_id != "none":
        out.append((x509.SubjectKeyIdentifier(subject_id if plan.subject_key_id == "right" else b"wrong"), False))
    if by is not None and plan.authority_key_id != "none":
        out.append((_authority_key(plan.authority_key_id, by), False))
    if names:
        out.append((x509.SubjectAlternativeName([_general(n) for n in names]), False))
    if plan.constraints:
        out.append((x509.NameConstraints(*_CONSTRAINTS[plan.constraints]), True))
    if plan.critical_unknown:
        out.append((x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True))
    return out


def _authority_key(kind: str, by: Made) -> x509.AuthorityKeyIdentifier:
    if "serial" in kind:
        serial = abs(by.cert.serial_number) + ("wrong" in kind)
        return x509.AuthorityKeyIdentifier(None, [x509.DirectoryName(by.cert.issuer)], serial)
    try:
        own = by.cert.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        own = _key_id(by)
    return x509.AuthorityKeyIdentifier(own if kind == "right" else b"elsewhere", None, None)


def _made(plan: CaPlan, text: str, by: Made | None, number: int, names: tuple[str, ...], now: datetime) -> Made:
    start, days = _VALIDITY[plan.validity]
    own = make("key", algorithm=plan.algorithm, number=number)
    done = make(
        by=by,
        algorithm=plan.algorithm,
        number=number,
        subject=by.cert.subject if by and plan.self_issued else _name(text),
        issuer=_issuer(plan, by),
        ca=plan.basic,
        path_length=plan.path_length if plan.basic else None,
        usages=plan.usages,
        eku=plan.eku,
        start=now + timedelta(days=start),
        days=days,
        serial=100 + number,
        more=_extensions(plan, by, _key_id(own), names),
    )
    signer = by.key if by else done.key
    odd = plan.digest != "sha256" or plan.version_1 or plan.negative_serial
    if not odd or isinstance(signer, ed25519.Ed25519PrivateKey):
        return done
    serial = bytes((0x80, number)) if plan.negative_serial else None
    return forge(done, signer, _digest(plan, signer), version_1=plan.version_1, serial=serial)


def _digest(plan: CaPlan, signer: Key) -> str:
    """There is no ECDSA with MD5."""
    return "sha1" if plan.digest == "md5" and isinstance(signer, ec.EllipticCurvePrivateKey) else plan.digest


def _issuer(plan: CaPlan, by: Made | None) -> x509.Name | None:
    """Another spelling of the issuer's name, where the plan says so."""
    if by is None or plan.issuer_form == "same":
        return None
    common = by.cert.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return _name(str(common[0].value), plan.issuer_form) if common else None


def certificates(plan: Plan, now: datetime = NOW) -> dict[str, Made]:
    """All that the plan describes, by name: `ca0` and so on, `leaf`, `other`."""
    made: dict[str, Made] = {}
    by: Made | None = None
    for number, authority in enumerate(plan.authorities):
        by = made[f"ca{number}"] = _made(authority, f"ca{number}", by, number, authority.names, now)
    made["leaf"] = _made(plan.leaf, plan.common_name, by, 50, plan.leaf_names, now)
    made["other"] = _made(CaPlan(), "ca0", None, 60, (), now)
    return made


def question(plan: Plan) -> Question:
    """The chain of the plan, at a time that is always the same."""
    made = certificates(plan)
    return Question(
        leaf=made["leaf"].der,
        sent=tuple(made[n].der for n in plan.sent),
        anchors=tuple(made[n].der for n in plan.anchors),
        at=NOW,
        purpose=plan.purpose,
        partial_chain=plan.partial_chain,
        security_level=plan.security_level,
        max_depth=plan.max_depth,
    )
