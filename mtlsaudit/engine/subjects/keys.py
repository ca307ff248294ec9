"""Public keys as rules see them: in which certificates, Secrets and files one and the same key pair is found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from mtlsaudit.engine.subject import Missing, Plain, Subject
from mtlsaudit.engine.subjects.view import View
from mtlsaudit.graph.identities import identity_of
from mtlsaudit.model.certificate_entry import CertificateEntry
from mtlsaudit.model.history import History, Sighting
from mtlsaudit.model.values import dataclass, field
from mtlsaudit.model.verdict import Evidence
from mtlsaudit.platforms.cert_manager.ownership import is_staged_key

SCHEMA: dict[str, type] = {
    "key": str,
    "holders": list,
    "namespaces": list,
    "holder_count": int,
    "namespace_count": int,
    "certificates": int,
    "all_seen": bool,
    "is_ca": bool,
    "has_private_key": bool,
    "earlier": list,
}


@dataclass(slots=True)
class _Key:
    """Places by name, each with its evidence; the fingerprints of the certificates for this key."""

    holders: dict[str, tuple[Evidence, ...]] = field(default_factory=dict)
    namespaces: set[str] = field(default_factory=set)
    fingerprints: set[str] = field(default_factory=set)
    is_ca: bool = False
    has_private_key: bool = False


def subjects(view: View) -> Iterator[Subject]:
    """One subject for each public key of a certificate or of a private key that was seen."""
    keys: dict[str, _Key] = {}
    for entry in view.certificates:
        if entry.spki_sha256:
            _add_entry(keys.setdefault(entry.spki_sha256, _Key()), entry)
    for holder in view.graph.inventory.secrets.values():
        if is_staged_key(holder.resource.labels):
            continue
        for name, digest in holder.private_keys.items():
            if digest:
                key = keys.setdefault(digest, _Key())
                key.holders.setdefault(
                    f"Secret {holder.key}", (holder.resource.evidence("present", holder.field, name),)
                )
                key.namespaces.add(holder.resource.id.namespace)
                key.has_private_key = True
    for file in view.files:
        for filed in file.keys:
            if filed.spki_sha256 in keys:
                keys[filed.spki_sha256].has_private_key = True
    before = _elsewhere(view, keys)
    all_seen = _all_seen(view)
    alone = 0
    for digest, key in keys.items():
        if isinstance(all_seen, Missing) and len(key.holders) < 2 and not key.is_ca and digest not in before:
            alone += 1  # of each the same is not known: it is told once
            continue
        facts: dict[str, Plain | Missing] = {
            "key": digest[:16],
            "holders": tuple(sorted(key.holders)),
            "namespaces": tuple(sorted(key.namespaces)),
            "holder_count": len(key.holders),
            "namespace_count": len(key.namespaces),
            "certificates": len(key.fingerprints),
            "all_seen": all_seen,
            "is_ca": key.is_ca,
            "has_private_key": key.has_private_key,
            "earlier": tuple(f"{s.identity} until {s.last_seen:%Y-%m-%d}" for s in before.get(digest, ())),
        }
        yield Subject("key", f"Key {digest[:16]}", facts, partial(_evidence, key, view.history, before.get(digest, ())))
    if alone:
        yield _seen_once(alone, all_seen)


def _all_seen(view: View) -> bool | Missing:
    """Was every Secret read that may hold a key as well? True in the open world, which says what holds for the input."""
    gaps = view.graph.estate.world.gaps_of(("", "Secret"))
    return Missing(gaps) if gaps else True


def _seen_once(number: int, all_seen: bool | Missing) -> Subject:
    """Stands for all keys that were seen in one place, where other places were hidden."""
    facts: dict[str, Plain | Missing] = {
        "key": f"{number} keys",
        "holders": (),
        "namespaces": (),
        "holder_count": 1,
        "namespace_count": 1,
        "certificates": 1,
        "all_seen": all_seen,
        "is_ca": False,
        "has_private_key": False,
        "earlier": (),
    }
    return Subject("key", "Keys that were seen in one place", facts, dict)


def _add_entry(key: _Key, entry: CertificateEntry) -> None:
    key.holders.setdefault(f"Secret {entry.secret}" if entry.secret else entry.id, entry.evidence)
    if entry.secret:
        key.namespaces.add(entry.secret.partition("/")[0])
    key.fingerprints.add(entry.sha256)
    key.is_ca |= entry.usages.get("is_ca") is True


def _elsewhere(view: View, keys: Mapping[str, _Key]) -> Mapping[str, tuple[Sighting, ...]]:
    """Key → other certificates of it in places where it is not any more, as earlier scans saw them."""
    out: dict[str, tuple[Sighting, ...]] = {}
    if view.history is None:
        return out
    here = {(identity_of(e), e.spki_sha256) for e in view.certificates}
    for sightings in view.history.sightings.values():
        for seen in sightings:
            key = keys.get(seen.spki_sha256)
            if key and (seen.identity, seen.spki_sha256) not in here and seen.sha256 not in key.fingerprints:
                out[seen.spki_sha256] = (*out.get(seen.spki_sha256, ()), seen)
    return out


def _evidence(key: _Key, history: History | None, before: tuple[Sighting, ...]) -> Mapping[str, tuple[Evidence, ...]]:
    present = tuple(piece for _, pieces in sorted(key.holders.items()) for piece in pieces[:1])
    return {"": present, "earlier": (*present, *(history.evidence(s) for s in before if history))}
