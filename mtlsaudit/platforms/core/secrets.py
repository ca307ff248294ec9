"""Secrets and ConfigMaps that hold certificates, and the objects that will make Secrets elsewhere."""

from __future__ import annotations

from mtlsaudit.decode.reader import Opened, Reader
from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.resource import Problem, Resource
from mtlsaudit.model.secret import Part, Presence, SecretView
from mtlsaudit.model.values import dataclass
from mtlsaudit.pki.pem import holds_private_key
from mtlsaudit.platforms.core.anchors import BadBlock, certificates_in
from mtlsaudit.platforms.core.writers import writers

_WITHHELD = "$withheld"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CertificateHolder:
    """A Secret or ConfigMap: its certificates by data key, and what was kept back at the collector's edge.

    `written_by` are the field managers that own tls.crt, where the API server's notes are there.
    """

    resource: Resource
    type: str
    certificates: dict[str, tuple[Certificate, ...]]
    bad_blocks: tuple[BadBlock, ...]
    private_keys: dict[str, str]
    encrypted: bool
    data_keys: tuple[str, ...]
    crl: Part
    problems: tuple[Problem, ...]
    field: str = "data"
    crl_text: str = ""
    written_by: str = ""

    @property
    def key(self) -> str:
        return self.resource.id.key

    def view(self) -> SecretView:
        """The Secret as a gateway reads it."""
        evidence = [
            self.resource.evidence("present", self.field, k) for k in ("ca.crt", "tls.crt") if k in self.data_keys
        ]
        evidence = evidence or [self.resource.evidence(", ".join(self.data_keys) or "empty", self.field)]
        chain = self.certificates.get("tls.crt", ())
        return SecretView(
            key=self.key,
            presence=Presence.PRESENT,
            pair=self._pair(chain),
            ca=self._bundle("ca.crt"),
            crl=self.crl,
            leaf=chain[0] if chain else None,
            anchors=self.certificates.get("ca.crt", ()),
            data_keys=self.data_keys,
            evidence=tuple(evidence),
        )

    def _pair(self, chain: tuple[Certificate, ...]) -> Part:
        if "tls.crt" not in self.data_keys or "tls.key" not in self.data_keys:
            return Part.NONE
        public_half = self.private_keys.get("tls.key")
        if public_half is None and self.encrypted:
            return Part.UNKNOWN
        if not chain or any(b.key == "tls.crt" for b in self.bad_blocks) or not public_half:
            return Part.GARBAGE
        return Part.GOOD if chain[0].spki_sha256 == public_half else Part.GARBAGE

    def _bundle(self, key: str) -> Part:
        """Go's reading (ingress-nginx): every block must parse as a certificate, and there must be one."""
        if key not in self.data_keys or key in self._empty_keys:
            return Part.NONE
        if key in self.private_keys or any(b.key == key for b in self.bad_blocks):
            return Part.GARBAGE
        return Part.GOOD if self.certificates.get(key) else Part.GARBAGE

    @property
    def _empty_keys(self) -> frozenset[str]:
        return frozenset(b.key for b in self.bad_blocks if b.reason == "empty")


def decode_holder(resource: Resource) -> CertificateHolder:
    """A Secret (already redacted) or a ConfigMap."""
    opened = Opened(resource)
    root = opened.root
    data = root.strings("data")
    withheld = root.strings(_WITHHELD) if resource.id.kind == "Secret" else {}
    certificates: dict[str, tuple[Certificate, ...]] = {}
    bad: list[BadBlock] = []
    for key, text in data.items():
        if "-----BEGIN " in text or key in ("tls.crt", "ca.crt"):
            found, wrong = certificates_in(key, text, strict=key in ("tls.crt", "ca.crt"))
            certificates[key] = found
            bad += wrong
    private = {k: v.removeprefix("private-key:") for k, v in withheld.items() if v.startswith("private-key:")}
    if resource.id.kind == "ConfigMap":
        private |= {k: "" for k, text in data.items() if holds_private_key(text)}
    return CertificateHolder(
        resource=resource,
        type=root.text("type") or "Opaque",
        certificates={k: v for k, v in certificates.items() if v},
        bad_blocks=tuple(bad),
        private_keys=private,
        encrypted=root.has("sops") or "encrypted" in withheld.values(),
        data_keys=tuple(data),
        crl=_crl(data),
        problems=tuple(p for p in opened.problems if p.path[:1] != (_WITHHELD,)),
        field=_field(root),
        crl_text=data.get("ca.crl", ""),
        written_by=writers(root, "tls.crt"),
    )


def _field(root: Reader) -> str:
    return "data" if root.has("data") else "stringData"


def _crl(data: dict[str, str]) -> Part:
    text = data.get("ca.crl")
    if not text:
        return Part.NONE
    from mtlsaudit.pki.crl import loads

    return Part.GOOD if loads(text) else Part.GARBAGE


@dataclass(frozen=True, slots=True)
class SecretProducer:
    """An object that makes a Secret whose contents are not in the input (SealedSecret, ExternalSecret)."""

    resource: Resource
    target: str


def decode_producer(resource: Resource) -> SecretProducer:
    """The Secret that a SealedSecret or ExternalSecret will make, as `namespace/name`."""
    root = Opened(resource).root
    if resource.id.kind == "SealedSecret":
        name = root.child("spec", "template", "metadata").text("name")
    else:
        name = root.child("spec", "target").text("name")
    return SecretProducer(resource, f"{resource.id.namespace}/{name or resource.id.name}")
