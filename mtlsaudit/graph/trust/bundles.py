"""Every field that holds CA certificates, or will: what is in it, and who writes it."""

from __future__ import annotations

from mtlsaudit.graph.build import Graph
from mtlsaudit.graph.trust.bundle_contents import block_words, copied, counted, held
from mtlsaudit.graph.trust.hierarchy import Hierarchy
from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.fact import Basis, Gap
from mtlsaudit.model.origin import FieldPath, object_name, render_path
from mtlsaudit.model.resource import Resource
from mtlsaudit.model.secret import Presence
from mtlsaudit.model.trust import Authority, TrustBundle
from mtlsaudit.platforms.core.anchors import Anchors
from mtlsaudit.platforms.core.callbacks import Callback
from mtlsaudit.platforms.trust_manager.objects import TRUST_NAMESPACE, Bundle, Source

_INJECT = "cert-manager.io/inject-ca-from"
_INJECT_SECRET = "cert-manager.io/inject-ca-from-secret"
_INJECT_API = "cert-manager.io/inject-apiserver-ca"


class Bundles:
    """Each bundle is made once; `all` has them in the order of their ids."""

    def __init__(self, graph: Graph, hierarchy: Hierarchy) -> None:
        self._graph = graph
        self._hierarchy = hierarchy
        self._made: dict[str, TrustBundle] = {}
        self._targets = {b.name: b for b in graph.inventory.bundles.values()}

    def all(self) -> tuple[TrustBundle, ...]:
        return tuple(self._made[name] for name in sorted(self._made))

    def _keep(self, bundle: TrustBundle) -> TrustBundle:
        return self._made.setdefault(bundle.id, bundle)

    def of_secret(self, key: str, entry: str = "ca.crt") -> TrustBundle:
        """ca.crt of a Secret: seen, or concluded from the Certificate that makes it."""
        name = f"Secret {key} {entry}"
        if name in self._made:
            return self._made[name]
        holder = self._graph.inventory.secrets.get(key)
        maker = self._graph.lookup.makers.get(key)
        follows = (object_name("Certificate", maker.key),) if maker else ()
        if holder is not None and not holder.encrypted:
            return self._keep(held(name, holder, entry, follows))
        return self._keep(self._unissued(name, key, entry, follows))

    def _unissued(self, name: str, key: str, entry: str, follows: tuple[str, ...]) -> TrustBundle:
        view = self._graph.lookup(key)
        maker = self._graph.lookup.makers.get(key)
        signer = self._hierarchy.signer_of(maker) if maker and view.presence is Presence.INFERRED else None
        gaps = [view.gap] if view.gap else []
        authorities: tuple[Authority, ...] = ()
        anchors: tuple[Certificate, ...] | None = None
        if signer is not None:
            authorities = (self._hierarchy.top(signer),)
            highest = self._hierarchy.highest_certificate(authorities[0])
            anchors = (highest,) if highest else None
            gaps.append(
                Gap(
                    "not-issued",
                    object_name("Secret", key),
                    f"what will be in {entry} of the Secret {key} is not issued yet",
                )
            )
        elif view.presence is Presence.ABSENT:
            anchors = ()  # it fails closed
        elif not gaps:
            gaps.append(
                Gap(
                    "not-in-input",
                    object_name("Secret", key),
                    f"what {entry} of the Secret {key} will hold is not known",
                )
            )
        return TrustBundle(
            id=name,
            object=object_name("Secret", key),
            field=entry,
            anchors=anchors,
            authorities=authorities,
            follows=follows,
            basis=Basis.INFERRED,
            evidence=view.evidence,
            gaps=tuple(gaps),
        )

    def of_config_map(self, key: str, entry: str = "") -> tuple[TrustBundle, ...]:
        """The bundles of a ConfigMap, one a data key; of one that is not in the input, what trust-manager writes there."""
        holder = self._graph.inventory.config_maps.get(key)
        bundle = self._targets.get(key.partition("/")[2])
        written = bundle is not None and any(t.kind == "ConfigMap" for t in bundle.targets)
        follows = (str(bundle.resource.id),) if bundle is not None and written else ()
        if holder is not None:
            entries = [e for e in sorted(holder.certificates) if entry in ("", e)]
            if entry and not entries and entry in holder.data_keys:
                entries = [entry]
            return tuple(self._keep(held(f"ConfigMap {key} {e}", holder, e, follows)) for e in entries)
        if bundle is not None and written:
            return self.of_trust_manager(bundle)
        if not entry:
            return ()
        absent = Gap("not-in-input", f"ConfigMap {key}", f"the ConfigMap {key} does not exist")
        gap = self._graph.estate.world.gap("", "ConfigMap", key) or absent
        name = f"ConfigMap {key} {entry}"
        return (self._keep(TrustBundle(name, f"ConfigMap {key}", entry, None, gaps=(gap,))),)

    def of_trust_manager(self, bundle: Bundle) -> tuple[TrustBundle, ...]:
        """A Bundle or ClusterBundle: one bundle a source, since each stands in a field of its own."""
        resource = bundle.resource
        out = [self._of_anchors(resource, path, anchors) for path, anchors in bundle.inline]
        if bundle.system:
            out.append(self._system(resource, bundle.system_path))
        for source in bundle.sources:
            out += self._of_source(resource, source)
        return tuple(out)

    def _of_source(self, resource: Resource, source: Source) -> list[TrustBundle]:
        namespace = self._trust_namespace(source)
        if source.name and source.kind == "Secret":
            return [self.of_secret(f"{namespace}/{source.name}", source.key or "ca.crt")]
        found = self.of_config_map(f"{namespace}/{source.name}", source.key) if source.name else ()
        if found:
            return list(found)
        what = f"the {source.kind} {namespace}/{source.name}" if source.name else "the objects of a label selector"
        gap = Gap("not-in-input", str(resource.id), f"{what}, a source of {resource.id}, is not in the input")
        name = f"{resource.id} {render_path(source.path)}"
        evidence = (resource.evidence(source.name or "selector", *source.path),)
        return [self._keep(TrustBundle(name, str(resource.id), "", None, evidence=evidence, gaps=(gap,)))]

    def _trust_namespace(self, source: Source) -> str:
        for workload in self._graph.inventory.workloads:
            for container in workload.containers:
                if "trust-manager" in container.image:
                    flag = next((a.partition("=")[2] for a in container.args if a.startswith("--trust-namespace=")), "")
                    return flag or TRUST_NAMESPACE
        here = self._graph.inventory.secrets if source.kind == "Secret" else self._graph.inventory.config_maps
        named = [k.partition("/")[0] for k in here if k.partition("/")[2] == source.name]
        return named[0] if len(named) == 1 else TRUST_NAMESPACE

    def of_callback(self, resource: Resource, callback: Callback) -> TrustBundle:
        """caBundle of a webhook, CRD or APIService: written, or what cert-manager's cainjector will write."""
        annotations = resource.annotations
        name = f"{resource.id} {render_path(callback.path)}"
        follows = tuple(
            f"{'Certificate' if key == _INJECT else 'Secret'} {annotations[key]}"
            for key in (_INJECT, _INJECT_SECRET)
            if annotations.get(key)
        )
        if callback.anchors is not None:
            return self._of_anchors(resource, callback.path, callback.anchors, follows)
        evidence = (resource.evidence(None, *callback.path),)
        source = self._injected(annotations.get(_INJECT, ""), annotations.get(_INJECT_SECRET, ""))
        if source is not None:
            key = _INJECT if annotations.get(_INJECT) else _INJECT_SECRET
            return self._keep(copied(name, resource, callback.path, source, follows, resource.annotation(key)))
        if resource.admitted and not follows and annotations.get(_INJECT_API) != "true":
            return self._system(resource, callback.path)
        reason = (
            "is injected from an object that is not in the input" if follows else "is absent and may be injected later"
        )
        if annotations.get(_INJECT_API) == "true":
            reason = "is that of the API server, which is not in the input"
        gap = Gap("not-in-input", str(resource.id), f"caBundle of {resource.id} {reason}")
        field = render_path(callback.path)
        return self._keep(
            TrustBundle(name, str(resource.id), field, None, follows=follows, evidence=evidence, gaps=(gap,))
        )

    def _injected(self, certificate: str, secret: str) -> TrustBundle | None:
        if certificate:
            spec = next((s for s in self._graph.specs if s.key == certificate), None)
            return self.of_secret(spec.secret_key) if spec else None
        return self.of_secret(secret) if secret else None

    def of_field(self, resource: Resource, path: FieldPath, anchors: Anchors) -> TrustBundle:
        """Anchors that stand in a field of their own (an issuer's caBundle, a ClusterTrustBundle)."""
        return self._of_anchors(resource, path, anchors)

    def system(self, resource: Resource, path: FieldPath) -> TrustBundle:
        """The public roots of the operating system."""
        return self._system(resource, path)

    def _of_anchors(
        self, resource: Resource, path: FieldPath, anchors: Anchors, follows: tuple[str, ...] = ()
    ) -> TrustBundle:
        field = render_path(path)
        return self._keep(
            TrustBundle(
                id=f"{resource.id} {field}",
                object=str(resource.id),
                field=field,
                anchors=anchors.certificates,
                bad_blocks=block_words(anchors.bad_blocks),
                holds_private_key=anchors.holds_private_key,
                follows=follows,
                evidence=(resource.evidence(counted(anchors.certificates), *path),),
            )
        )

    def _system(self, resource: Resource, path: FieldPath) -> TrustBundle:
        field = render_path(path)
        name, evidence = f"{resource.id} {field}", (resource.evidence("the system's roots", *path),)
        gap = Gap("not-in-input", str(resource.id), "which public roots the system has is not in the input")
        return self._keep(TrustBundle(name, str(resource.id), field, None, system=True, evidence=evidence, gaps=(gap,)))
