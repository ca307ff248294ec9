"""Does a certificate's chain hold, for nginx, for a Go program, for Envoy; and if not, which rules does it break?

Path validation after RFC 5280, section 6, as each family of verifiers really does it. docs/certificate-paths.md says
what is modelled, against which oracles, and where they disagree.
"""

from mtlsaudit.pki.path.alike import alike
from mtlsaudit.pki.path.defects import RULES, Rule
from mtlsaudit.pki.path.signatures import link_signature
from mtlsaudit.pki.path.store import Store
from mtlsaudit.pki.path.verifier import Verifier, verify

__all__ = [
    "RULES",
    "Rule",
    "Store",
    "Verifier",
    "alike",
    "link_signature",
    "verify",
]
