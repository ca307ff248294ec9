"""A place that verifies, in words: whom it accepts, whom it is expected to meet, and the chain that each of them shows."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from mtlsaudit.engine.subjects.drawn_chains import draw
from mtlsaudit.model.chain import Chain
from mtlsaudit.model.trust import Handshake, Trust, Verifier
from mtlsaudit.output.trust_text import accepted_words

_WIDTH = 110
_SHOWN = 10
_VERDICT = {True: "holds", False: "fails", None: "not known"}


def verifier_lines(trust: Trust, verifier: Verifier) -> Iterator[str]:
    """One verifier. Of those alike the chains are drawn at the first."""
    engines = " or ".join(verifier.engines)
    yield from _wrap(f"trust: {verifier.id} verifies {verifier.verifies.value} ({engines})", "")
    yield from _wrap(f"accepts    {accepted_words(trust, verifier)}")
    if verifier.depth is not None:
        yield f"  depth      at most {verifier.depth} between the certificate and the anchor"
    if verifier.names:
        yield from _wrap(f"names      {', '.join(verifier.names)}")
    if verifier.id in trust.same_as:
        yield from _wrap(f"as         {trust.same_as[verifier.id]}")
    met = [h for h in trust.handshakes if h.verifier.id == verifier.id]
    for handshake in met[:_SHOWN]:
        yield from _handshake_lines(handshake)
    if len(met) > _SHOWN:
        yield f"  … and {len(met) - _SHOWN} more (all are in --format json)"


def _handshake_lines(handshake: Handshake) -> Iterator[str]:
    yield from _wrap(f"meets      {handshake.credential.id}: {handshake.because}")
    for chain in handshake.chains:
        yield from _chain_lines(handshake, chain)
    for engine, holds in sorted(handshake.inferred.items()) if not handshake.chains else ():
        yield f"    {engine:<16} {_VERDICT[holds]}, by what is declared"
    for gap in handshake.gaps:
        yield from _wrap(f"  missing    {gap.reason}")


def _chain_lines(handshake: Handshake, chain: Chain) -> Iterator[str]:
    broken = next((d for d in chain.defects if d.fatal), None)
    yield from _wrap(f"  {chain.engine:<16} {_VERDICT[chain.holds]}: {draw(handshake, chain, broken)}")
    for defect in chain.defects:
        yield from _wrap(f"    {'breaks' if defect.fatal else 'notes'}: {defect.words}")


def _wrap(words: str, indent: str = "  ") -> list[str]:
    depth = len(words) - len(words.lstrip())
    return textwrap.wrap(
        words.lstrip(),
        _WIDTH,
        initial_indent=indent + " " * depth,
        subsequent_indent=indent + " " * (depth + 11),
        break_long_words=False,
        break_on_hyphens=False,
    )
