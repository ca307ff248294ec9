"""Write mtlsaudit/data/public-roots.yaml from the roots that PyPI's certifi ships: `python -m docs.public_roots`.

certifi follows Mozilla's list of roots trusted for servers. Only facts are kept: the digest of each public key, the
key's identifier, the subject and the last day.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import certifi

from mtlsaudit.pki.decode import decode
from mtlsaudit.pki.pem import blocks

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "mtlsaudit" / "data" / "public-roots.yaml"
_HEAD = """\
# Roots of the public Web PKI: what Mozilla trusts for servers, as PyPI's certifi {version} ships it.
# Written by `python -m docs.public_roots`; a release of mtlsaudit renews it. spki is the SHA-256 of the public key
# (SubjectPublicKeyInfo), ski the subject key identifier.
source: certifi {version}
roots:
"""


def text() -> str:
    """The whole file."""
    rows = []
    for block in blocks(Path(certifi.where()).read_text(encoding="utf-8")):
        if block.label == "CERTIFICATE" and block.der is not None:
            root = decode(block.der)
            subject = root.subject.replace("\\", "\\\\").replace('"', '\\"')
            day = root.not_after.date().isoformat()
            ski = root.subject_key_id
            rows.append(f'  - {{spki: "{root.spki_sha256}", ski: "{ski}", until: "{day}", subject: "{subject}"}}\n')
    return _HEAD.format(version=certifi.__version__) + "".join(sorted(rows))


if __name__ == "__main__":
    os.chdir(ROOT)
    FILE.write_text(text(), encoding="utf-8", newline="\n")
    sys.stdout.write(f"{FILE.relative_to(ROOT)}: {text().count('spki: ')} roots\n")
