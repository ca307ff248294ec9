"""Whether a certificate's chain holds, for a verifier of one family, and every rule that it breaks."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.values import dataclass


class Engine(StrEnum):
    """Families of verifiers: nginx and HAProxy; Traefik and cert-manager; Envoy."""

    OPENSSL = "openssl-like"
    GO = "go-like"
    BORINGSSL = "boringssl-like"


class Purpose(StrEnum):
    """What the certificate is presented as; NONE asks for the chain alone, as `openssl verify` without -purpose."""

    SERVER = "server auth"
    CLIENT = "client auth"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Defect:
    """One broken rule on one certificate of a path.

    `code` is kebab-case and names the rule (`pki/path/defects.py` lists all). `depth` is 0 for the leaf. A defect that
    is not `fatal` is one that this engine accepts: a SHA-1 link, a missing identifier.
    """

    code: str
    depth: int
    sha256: str
    words: str
    fatal: bool


@dataclass(frozen=True, slots=True)
class Chain:
    """The verdict of one engine at one time.

    `path` is leaf first and ends with the anchor when it `holds`, else it is the attempt that came furthest. `holds` is
    None where nothing can be said (an algorithm that cannot be checked, a search that was cut off); then a defect says why.
    """

    engine: Engine
    purpose: Purpose
    at: datetime
    holds: bool | None
    path: tuple[Certificate, ...]
    defects: tuple[Defect, ...]
