"""What the API server calls over TLS, as rules see it: is the server verified, and can it prove its name?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial

from mtlsaudit.engine.subject import Missing, Plain, Subject
from mtlsaudit.engine.subjects.view import View
from mtlsaudit.graph.trust.verifiers import CALLBACK, callback_id
from mtlsaudit.model.trust import Handshake
from mtlsaudit.model.verdict import Evidence
from mtlsaudit.platforms.core.callbacks import Callback, Caller
from mtlsaudit.platforms.ingress_nginx.names import matches

SCHEMA: dict[str, type] = {
    "key": str,
    "service": str,
    "skips_verification": bool,
    "name": str,
    "served_by": list,
    "proves_name": bool,
}


def subjects(view: View) -> Iterator[Subject]:
    """One subject for each webhook, conversion webhook and aggregated API."""
    met: dict[str, list[Handshake]] = defaultdict(list)
    for handshake in view.trust.handshakes:
        if handshake.verifier.kind == CALLBACK:
            met[handshake.verifier.id].append(handshake)
    for caller in view.graph.inventory.callers:
        for callback in caller.callbacks:
            name = callback_id(caller.resource, callback)
            yield Subject(
                "callback", name, _facts(name, callback, met[name]), partial(_evidence, caller, callback, met[name])
            )


def _facts(name: str, callback: Callback, met: Sequence[Handshake]) -> dict[str, Plain | Missing]:
    """The API server looks at DNS names only, never at the common name (Go, Certificate.VerifyHostname)."""
    wanted = next((n for h in met for n in h.verifier.names), "")
    return {
        "key": name,
        "service": callback.service,
        "skips_verification": callback.skips_verification,
        "name": wanted,
        "served_by": tuple(sorted({h.credential.id for h in met})),
        "proves_name": any(matches(d, wanted) for h in met for d in h.credential.dns),
    }


def _evidence(caller: Caller, callback: Callback, met: Sequence[Handshake]) -> dict[str, tuple[Evidence, ...]]:
    resource, client = caller.resource, callback.path[:-1]
    skips = resource.evidence(callback.skips_verification, *client, "insecureSkipTLSVerify")
    target = resource.evidence(callback.service or callback.url, *client, "service" if callback.service else "url")
    served = tuple(dict.fromkeys(e for h in met for e in h.credential.evidence))
    return {"": (target,), "skips_verification": (skips,), "proves_name": (*served, target)}
