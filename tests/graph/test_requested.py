"""Without the right to Secrets, what cert-manager issued is known from its requests."""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.support.command import ROOT
from tests.support.live import Report, report_of

CASE = ROOT / "tests" / "conformance" / "cert-manager" / "default-duration" / "observed.yaml"
ENTRY = "Certificate rot-default-duration/service-a"


def _without(tmp_path: Path, *kinds: str) -> Path:
    objects = [o for o in yaml.safe_load_all(CASE.read_text()) if o and o["kind"] not in kinds]
    file = tmp_path / "observed.yaml"
    file.write_text(yaml.safe_dump_all(objects))
    return file


def _entry(report: Report) -> dict[str, object]:
    return {e["id"]: e for e in report["certificates"]}[ENTRY]  # type: ignore[no-any-return]


def test_a_request_stands_for_a_secret_that_was_not_read(tmp_path: Path) -> None:
    seen, inferred = _entry(report_of(CASE)), _entry(report_of(_without(tmp_path, "Secret")))
    for field in ("sha256", "spki_sha256", "serial", "not_before", "not_after", "key", "usages", "sans", "issuer"):
        assert inferred[field] == seen[field], field


def test_no_request_stands_for_a_secret_that_is_not_there(tmp_path: Path) -> None:
    assert not _entry(report_of(_without(tmp_path, "Secret"), "--complete")).get("sha256")


def test_without_the_request_nothing_is_made_up(tmp_path: Path) -> None:
    assert not _entry(report_of(_without(tmp_path, "Secret", "CertificateRequest"))).get("sha256")
