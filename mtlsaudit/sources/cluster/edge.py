"""What of an object may pass from a page of the API server into the scan: nothing secret, and nothing that nobody reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from mtlsaudit.model.origin import ClusterOrigin
from mtlsaudit.model.packed import pack
from mtlsaudit.sources.cluster.discovery import Served
from mtlsaudit.sources.cluster.managed import owners_of_certificate
from mtlsaudit.sources.harvest import Body
from mtlsaudit.sources.redact import (
    may_hold_private_key,
    redact,
    redact_config_map,
    without_last_applied,
    without_private_keys,
)
from mtlsaudit.sources.repository import owner_of

_STATUS_UNREAD = frozenset({"", "apps", "batch", "networking.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io"})
"""API groups of whose objects no platform reads the status."""

_LONG = 4096
"""Characters of a ConfigMap's value that holds no PEM: options of controllers are short, dashboards and programs are not."""


_OF_CHALLENGE = frozenset({"type", "dnsName", "wildcard"})
"""Fields of a Challenge's spec that pass: the token and the key authorization are for the ACME server alone."""
_OF_ORDER = frozenset({"state", "reason"})
"""Fields of an Order's status that pass; the rest repeats the Challenges, tokens included, and the request."""


class Edge:
    """Makes bodies of objects of one kind; `seen` counts also those that are left out."""

    def __init__(self, cluster: str, served: Served, is_copy: Callable[[Mapping[str, Any]], bool]) -> None:
        self._cluster = cluster
        self._served = served
        self._is_copy = is_copy
        self.seen = 0

    def __call__(self, items: Iterable[Mapping[str, Any]]) -> Iterator[Body]:
        """Those that may pass, without what may not."""
        kept = [one for item in items if (one := self._kept(item)) is not None]
        return (Body(packed, origin) for packed, (_, origin) in zip(pack(text for text, _ in kept), kept, strict=True))

    def _kept(self, item: Mapping[str, Any]) -> tuple[bytes, ClusterOrigin] | None:
        """The text that is kept of an object, and where it comes from."""
        self.seen += 1
        served = self._served
        metadata = item.get("metadata")
        if not isinstance(metadata, dict) or not metadata.get("name"):
            return None
        managed = metadata.pop("managedFields", None)
        if (served.group, served.kind) == ("", "Secret") and (owners := owners_of_certificate(managed)):
            metadata["managedFields"] = owners
        body = {"apiVersion": served.api_version, "kind": served.kind, **item}
        if served.group in _STATUS_UNREAD:
            body.pop("status", None)
        if self._is_copy(body) or _is_plain_definition(body):
            return None
        origin = ClusterOrigin(
            self._cluster,
            served.path(metadata.get("namespace") or "", metadata["name"]),
            metadata.get("resourceVersion") or "",
            owner_of(metadata),
        )
        text = msgspec.json.encode(clean := self._clean(body))
        return msgspec.json.encode(without_private_keys(clean)) if may_hold_private_key(text) else text, origin

    def _clean(self, body: dict[str, Any]) -> Mapping[str, object]:
        match self._served.group, self._served.kind:
            case "", "Secret":
                return redact(body, "")[0]
            case "", "ConfigMap":
                return _slim(redact_config_map(body, "")[0])
            case "apiextensions.k8s.io", "CustomResourceDefinition":
                body["spec"] = {k: v for k, v in (body.get("spec") or {}).items() if k != "versions"}
            case "acme.cert-manager.io", "Challenge":
                body["spec"] = {k: v for k, v in (body.get("spec") or {}).items() if k in _OF_CHALLENGE}
            case "acme.cert-manager.io", "Order":
                body["status"] = {k: v for k, v in (body.get("status") or {}).items() if k in _OF_ORDER}
        body["metadata"] = without_last_applied(body["metadata"])
        return body


def _is_plain_definition(body: Mapping[str, Any]) -> bool:
    """A CustomResourceDefinition whose versions no webhook converts: nobody is called, nothing is verified."""
    spec = body.get("spec")
    conversion = spec.get("conversion") if body["kind"] == "CustomResourceDefinition" and isinstance(spec, dict) else ()
    return isinstance(conversion, dict) and conversion.get("strategy") != "Webhook"


def _slim(body: Mapping[str, object]) -> Mapping[str, object]:
    """A ConfigMap without long values that hold no PEM; that they are there can still be told."""
    slim = {**body, "metadata": without_last_applied(body.get("metadata"))}
    for field in ("data", "binaryData"):
        if isinstance(data := body.get(field), dict):
            slim[field] = {k: "" if _is_long(v) else v for k, v in data.items()}
    return slim


def _is_long(value: object) -> bool:
    return isinstance(value, str) and len(value) > _LONG and "-----BEGIN " not in value
