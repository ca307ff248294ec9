"""Lints the first certificate of each file named, in one process. Runs with the Python that has pkilint, not with ours."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from pkilint import loader  # type: ignore[import-not-found]
from pkilint.pkix import certificate, extension, name  # type: ignore[import-not-found]

_FIRST = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


def main(files: list[str]) -> None:
    """The checks of its `lint_pkix_cert`; prints how many certificates were linted and how many findings there are."""
    decoding = certificate.create_decoding_validators(name.ATTRIBUTE_TYPE_MAPPINGS, extension.EXTENSION_MAPPINGS)
    parts = [
        certificate.create_issuer_validator_container([]),
        certificate.create_validity_validator_container(),
        certificate.create_subject_validator_container([]),
        certificate.create_extensions_validator_container([]),
        certificate.create_spki_validator_container([]),
    ]
    validator = certificate.create_pkix_certificate_validator_container(decoding, parts)
    load = loader.RFC5280CertificateDocumentLoader().load_pem_document
    findings = 0
    for file in files:
        match = _FIRST.search(Path(file).read_text())
        if match is None:
            raise SystemExit(f"{file}: no certificate")
        findings += sum(len(r.finding_descriptions) for r in validator.validate(load(match[0], file).root))
    print(len(files), findings)


if __name__ == "__main__":
    main(sys.argv[1:])
