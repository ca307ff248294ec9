"""Who verifies with a bundle, be it with the field itself or with a copy that a controller makes of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from mtlsaudit.graph.trust.mounted_verifiers import CONFIG_MAP
from mtlsaudit.model.chain import Engine
from mtlsaudit.model.trust import TrustBundle, Verifier, Verifies

_PODS = (Engine.OPENSSL, Engine.GO)


def readers(
    bundles: Sequence[TrustBundle], verifiers: Sequence[Verifier], spread: Mapping[str, tuple[TrustBundle, ...]]
) -> Mapping[str, list[Verifier]]:
    """Bundle id → its verifiers. `spread` has the sources of each Bundle of trust-manager."""
    by_object: dict[str, list[TrustBundle]] = defaultdict(list)
    for bundle in bundles:
        by_object[bundle.object].append(bundle)
    users: dict[str, dict[str, Verifier]] = defaultdict(dict)
    for verifier in (*verifiers, *_spreaders(spread)):
        for bundle in verifier.bundles:
            if verifier.kind == CONFIG_MAP and bundle.object != verifier.place:
                continue  # one source of what trust-manager will write there: its Bundle speaks for all
            for source in (bundle, *(s for name in bundle.follows for s in by_object[name])):
                users[source.id][verifier.id] = verifier
    return defaultdict(list, {name: list(some.values()) for name, some in users.items()})


def _spreaders(spread: Mapping[str, tuple[TrustBundle, ...]]) -> Iterator[Verifier]:
    """Whoever mounts what a Bundle of trust-manager writes trusts all its sources."""
    for name, sources in spread.items():
        yield Verifier(name, "trust-manager", name, "", Verifies.PEERS, _PODS, sources)
