"""A change of a CA in words and as JSON: what breaks, and the order in which nothing does."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator

from mtlsaudit.graph.trust.changes import Change
from mtlsaudit.graph.trust.weighing import Broken
from mtlsaudit.model.trust import Credential
from mtlsaudit.output.counting import count
from mtlsaudit.output.shown import shown_lines

_WIDTH = 110
_MANY = 40


def steps(change: Change, rotate: bool) -> list[str]:
    """The safe order. Each step is done when all of it is seen to be so."""
    name = change.target.name
    by_hand = ", ".join(b.id for b in change.by_hand[:_MANY]) or "none in the input"
    written = ", ".join(f"{b.id} (by {', '.join(b.follows)})" for b in change.bundles[:_MANY] if b.follows)
    leaves = ", ".join(c.id for c in change.leaves[:_MANY]) or "none in the input"
    renew = [c.certificate for c in change.leaves if c.certificate and not c.is_ca]
    first = (
        f"Make the new CA beside the old one: another Secret, another Certificate; leave {name} as it is"
        if rotate
        else f"Make sure that another CA is there for whatever {name} has signed"
    )
    out = [
        first,
        f"Put the new CA beside the old one into every bundle that a person writes: {by_hand}",
        "Wait until every verifier has read its bundle anew (pods may need a restart)",
        f"Point the issuers at the new CA and reissue what the old one has signed, CAs before leaves: {leaves}",
    ]
    if renew:
        out[-1] += f" (cmctl renew, e.g. cmctl renew -n {renew[0].partition('/')[0]} {renew[0].partition('/')[2]})"
    if written:
        words = (
            "A controller writes these, one CA at a time, when the certificate behind them is renewed: point what verifies "
            f"with them to a bundle of both CAs first (trust-manager makes one): {written}"
        )
        out.insert(2, words)
    out.append(f"See that nothing leans on {name} any more: mtlsaudit whatif remove-ca must find nothing")
    out.append(f"Take the old CA out of every bundle that a person writes: {by_hand}")
    return out


def text(change: Change, rotate: bool) -> str:
    """For people."""
    return "\n".join(shown_lines(_lines(change, rotate))) + "\n"


def _lines(change: Change, rotate: bool) -> Iterator[str]:
    what = "gets a new key" if rotate else "is taken out of the bundles"
    certain = sum(b.certain for b in change.broken)
    maybe = len(change.broken) - certain
    breaking = f"{count(certain, 'handshake')} {'breaks' if certain == 1 else 'break'}"
    yield f"When {change.target.name} {what}: {breaking}" + (f", {maybe} may break" if maybe else "")
    if rotate and change.broken:
        yield "(from the moment that one side has the new CA and the other has not)"
    yield ""
    for broken in change.broken[:_MANY]:
        yield from _wrap(f"{'breaks ' if broken.certain else 'may    '} {_pair(broken)}", 9)
        yield from _wrap(broken.handshake.because, 11, "           ")
    if len(change.broken) > _MANY:
        yield f"  … and {len(change.broken) - _MANY} more (all are in --format json)"
    yield ""
    yield f"Under it: {count(len(change.leaves), 'certificate')}; in {count(len(change.bundles), 'bundle')}"
    if change.open_places:
        yield from _wrap(f"Not known: whom these trust: {', '.join(change.open_places[:_MANY])}", 2)
    yield ""
    yield "The safe order:"
    for number, step in enumerate(steps(change, rotate), 1):
        yield from _wrap(f"{number}. {step}", 5, "  ")


def _wrap(words: str, indent: int, first: str = "  ") -> list[str]:
    return textwrap.wrap(
        words,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=" " * (indent + 2),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _pair(broken: Broken) -> str:
    handshake = broken.handshake
    return f"{handshake.credential.id} at {handshake.verifier.id}"


def as_json(change: Change, rotate: bool) -> str:
    """The same for programs."""
    value = {
        "change": "rotate" if rotate else "remove-ca",
        "ca": {
            "name": change.target.name,
            "secret": change.target.secret or None,
            "issuers": list(change.target.issuers),
        },
        "handshakes": [
            {
                "certificate": b.handshake.credential.id,
                "verifier": b.handshake.verifier.id,
                "purpose": b.handshake.purpose.value,
                "because": b.handshake.because,
                "breaks": True if b.certain else None,
                "basis": b.handshake.basis.value,
            }
            for b in change.broken
        ],
        "certificates": [_leaf(c) for c in change.leaves],
        "bundles": [{"id": b.id, "follows": list(b.follows)} for b in change.bundles],
        "unknown_verifiers": list(change.open_places),
        "steps": steps(change, rotate),
    }
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _leaf(credential: Credential) -> dict[str, object]:
    return {"id": credential.id, "secret": credential.secret, "issued": bool(credential.path)}
