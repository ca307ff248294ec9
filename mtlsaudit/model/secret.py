"""What is known of a Secret: its contents, or why they are not known."""

from __future__ import annotations

from enum import StrEnum

from mtlsaudit.model.certificate import Certificate
from mtlsaudit.model.fact import Basis, Gap
from mtlsaudit.model.values import dataclass, replace
from mtlsaudit.model.verdict import Evidence


class Presence(StrEnum):
    PRESENT = "present"
    INFERRED = "inferred"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class Part(StrEnum):
    """One data key of certificates or revocation lists."""

    NONE = "none"
    GOOD = "good"
    GARBAGE = "garbage"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SecretView:
    """A Secret as a reader of certificates sees it.

    `pair` is about tls.crt with tls.key: good when both load and match, garbage when both are there and do not.
    `leaf` is the first certificate of tls.crt; `anchors` are the certificates of ca.crt; `data_keys` are all the data keys.
    """

    key: str
    presence: Presence
    pair: Part = Part.NONE
    ca: Part = Part.NONE
    crl: Part = Part.NONE
    leaf: Certificate | None = None
    anchors: tuple[Certificate, ...] = ()
    data_keys: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    gap: Gap | None = None

    @property
    def basis(self) -> Basis:
        return Basis.INFERRED if self.presence is Presence.INFERRED else Basis.DECLARED

    @property
    def is_known(self) -> bool:
        """Is every part decided, so that a reader's behaviour can be told?"""
        return self.presence is not Presence.UNKNOWN and Part.UNKNOWN not in (self.pair, self.ca, self.crl)

    def well_formed(self) -> SecretView:
        """The same Secret, taken to be there with a CA and a key pair, and without a revocation list."""
        return replace(self, presence=Presence.PRESENT, pair=Part.GOOD, ca=Part.GOOD, crl=Part.NONE)
