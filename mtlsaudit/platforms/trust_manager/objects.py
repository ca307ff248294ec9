"""Bundle (trust.cert-manager.io/v1alpha1) and ClusterBundle (trust-manager.io/v1alpha2), of trust-manager v0.24.

Sources are read from the trust namespace (`--trust-namespace`, `cert-manager` by default); the target is a ConfigMap or
Secret of the bundle's own name in every namespace that the selector takes. Expired certificates and such that are no CA
stay in, unless --filter-expired-certificates and --filter-non-ca-certs are set.
"""

from __future__ import annotations

from mtlsaudit.decode.reader import Opened, Reader
from mtlsaudit.model.origin import FieldPath
from mtlsaudit.model.resource import Problem, Resource
from mtlsaudit.model.values import dataclass
from mtlsaudit.platforms.core.anchors import Anchors, read_pem

GROUPS = ("trust.cert-manager.io", "trust-manager.io")
TRUST_NAMESPACE = "cert-manager"


@dataclass(frozen=True, slots=True)
class Source:
    """A ConfigMap or Secret to copy from; `key` is empty for all keys, `name` is empty where a selector chooses."""

    kind: str
    name: str
    key: str
    path: FieldPath


@dataclass(frozen=True, slots=True)
class Target:
    """What the bundle is written to, in each namespace: a ConfigMap or Secret of the bundle's name."""

    kind: str
    key: str


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """`system` says that the public roots that come with trust-manager belong to it."""

    resource: Resource
    sources: tuple[Source, ...]
    inline: tuple[tuple[FieldPath, Anchors], ...]
    system: bool
    system_path: FieldPath
    targets: tuple[Target, ...]
    problems: tuple[Problem, ...]

    @property
    def name(self) -> str:
        return self.resource.id.name


def decode_bundle(resource: Resource) -> Bundle:
    """A Bundle or a ClusterBundle."""
    opened = Opened(resource)
    spec = opened.root.child("spec")
    sources: list[Source] = []
    inline: list[tuple[FieldPath, Anchors]] = []
    system = False
    system_path: FieldPath = ("spec",)
    for item in spec.children("sources"):
        for field, kind in (("configMap", "ConfigMap"), ("secret", "Secret")):
            if item.has(field):
                sources.append(_source(kind, item.child(field)))
        text = item.text("inLine")
        if text:
            inline.append(((*item.path, "inLine"), read_pem("inLine", text)))
        if item.flag("useDefaultCAs"):
            system, system_path = True, (*item.path, "useDefaultCAs")
    sources += [_source(item.text("kind") or "ConfigMap", item) for item in spec.children("sourceRefs")]
    text = spec.text("inLineCAs")
    if text:
        inline.append((("spec", "inLineCAs"), read_pem("inLineCAs", text)))
    if spec.child("defaultCAs").text("provider") == "System":
        system, system_path = True, ("spec", "defaultCAs", "provider")
    targets = [
        Target(kind, spec.child("target", field).text("key") or "")
        for field, kind in (("configMap", "ConfigMap"), ("secret", "Secret"))
        if spec.child("target").has(field)
    ]
    return Bundle(resource, tuple(sources), tuple(inline), system, system_path, tuple(targets), tuple(opened.problems))


def _source(kind: str, reader: Reader) -> Source:
    return Source(kind, reader.text("name") or "", reader.text("key") or "", reader.path)
