"""`--history`: what scans remember, what they say of it, and what happens to a file that is not theirs."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from mtlsaudit.errors import HistoryError
from mtlsaudit.graph.earlier import with_earlier
from mtlsaudit.model.certificate_entry import Issue
from mtlsaudit.model.history import History, Seen, Sighting
from mtlsaudit.model.values import replace
from mtlsaudit.pki import decode, signature, verified
from mtlsaudit.pki.path import revocation
from mtlsaudit.sources.history import VERSION, HistoryFile
from tests.support.command import COMMAND, ROOT, Result, environment, mtlsaudit
from tests.support.objects import ingress, manifests, secret
from tests.support.pki import Made, key_windows, make
from tests.support.sample import sample_report

DAY = timedelta(days=1)
FEB = datetime(2026, 2, 1, tzinfo=UTC)


def seen(name: str = "Secret shop/a", sha: str = "a", spki: str = "k", issued: datetime = FEB) -> Seen:
    return Seen(name, sha * 64, spki * 64, issued, issued + 90 * DAY)


def test_what_is_recorded_is_read_with_its_first_and_last_time(tmp_path: Path) -> None:
    kept = HistoryFile(str(tmp_path / "h"))
    assert (kept.read(["."]).sightings, kept.read(["."]).before_at) == ({}, None)
    kept.record(["."], FEB, [seen(), seen("Secret shop/b")])
    kept.record(["."], FEB + 9 * DAY, [seen(), seen(sha="b", issued=FEB + 5 * DAY)])
    kept.record(["."], FEB + 2 * DAY, [seen()])
    history = HistoryFile(str(tmp_path / "h")).read(["."])
    assert [(s.sha256[0], s.first_seen, s.last_seen) for s in history.sightings["Secret shop/a"]] == [
        ("a", FEB, FEB + 9 * DAY),
        ("b", FEB + 9 * DAY, FEB + 9 * DAY),
    ]
    assert (history.before, history.before_at) == (frozenset({"Secret shop/a"}), FEB + 9 * DAY)


def test_other_sources_are_another_estate(tmp_path: Path) -> None:
    kept = HistoryFile(str(tmp_path / "h"))
    kept.record(["one"], FEB, [seen()])
    assert kept.read(["two"]).sightings == {}
    assert set(kept.read(["one"]).sightings) == {"Secret shop/a"}


def test_signatures_are_kept(tmp_path: Path) -> None:
    kept = HistoryFile(str(tmp_path / "h"))
    kept.keep_signatures({("c", "i"): "good", ("d", "i"): "bad"})
    kept.keep_signatures({("c", "i"): "bad"})
    assert kept.signatures() == {("c", "i"): "good", ("d", "i"): "bad"}


def _text(path: Path) -> None:
    path.write_text("this is no database, it is a text that somebody wrote\n" * 20)


def _foreign(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE cookies (name TEXT)")


def _newer(path: Path) -> None:
    HistoryFile(str(path))
    with sqlite3.connect(path) as database:
        database.execute(f"PRAGMA user_version = {VERSION + 1}")


def _broken(path: Path) -> None:
    HistoryFile(str(path)).record(["."], FEB, [seen(sha=c) for c in "abcdef"])
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))


def _wrong_time(path: Path) -> None:
    HistoryFile(str(path)).record(["."], FEB, [seen()])
    with sqlite3.connect(path) as database:
        database.execute("UPDATE issues SET first_seen = 'yesterday'")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_text, "file is not a database"),
        (_foreign, "a database, but no history of mtlsaudit; name another file"),
        (_newer, f"a history of version {VERSION + 1}; this mtlsaudit knows version {VERSION}"),
        (_broken, "cannot be used as a history: database disk image is malformed"),
        (_wrong_time, "cannot be used as a history: Invalid isoformat string: 'yesterday'"),
        (lambda path: path.mkdir(), "unable to open database file"),
    ],
    ids=["text", "foreign", "newer", "broken", "wrong-time", "directory"],
)
def test_a_file_that_is_none_of_ours_is_said_to_be(spoil: Any, words: str, tmp_path: Path) -> None:
    path = tmp_path / "h"
    spoil(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(HistoryError, match="h: ") as raised:
        HistoryFile(str(path)).read(["."])
    assert words in str(raised.value)
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_a_file_that_cannot_be_used_ends_a_scan_with_2(tmp_path: Path) -> None:
    _text(tmp_path / "h")
    (tmp_path / "a.crt").write_text(make("a").pem)
    for command in ("scan", "certs"):
        result = mtlsaudit(command, tmp_path, "--history", tmp_path / "h")
        assert (result.code, result.out) == (2, "")
        assert result.err.startswith(f"mtlsaudit: {tmp_path}/h: cannot be used as a history")


# --- through the command


OLD = make("shop", dns=["shop.example.com"], number=1, days=300)
SAME_KEY = make("shop", dns=["shop.example.com"], number=1, start=datetime(2026, 8, 1, tzinfo=UTC), serial=2)
NEW_KEY = make("shop", dns=["shop.example.com"], number=2, start=datetime(2026, 8, 1, tzinfo=UTC), serial=3)


def run(folder: Path, now: str, *more: str, made: Made | None = None, name: str = "shop-tls") -> Result:
    text = manifests(secret(name, {"tls.crt": made.pem}), secret("other", {"ca.crt": OLD.pem})) if made else ""
    if text:
        (folder / "shop.yaml").write_text(text)
    return mtlsaudit(
        "certs", "shop.yaml", "--now", now, "--history", "h", "-f", "json", "--fail-on", "never", *more, cwd=folder
    )


def findings(result: Result) -> dict[str, str]:
    assert result.code == 0, result.err
    report = json.loads(result.out)
    schema = json.loads((ROOT / "mtlsaudit/data/report-v1.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(report)
    return {a["rule"]: a["message"] for a in report["assessments"] if a["outcome"] == "fail"}


def test_a_certificate_that_stayed_too_long_and_kept_its_key_is_found_when_it_is_replaced(tmp_path: Path) -> None:
    run(tmp_path, "2026-01-05", made=OLD)
    assert "rotation-observed-too-long" not in findings(run(tmp_path, "2026-06-01"))
    found = findings(run(tmp_path, "2026-08-02", made=SAME_KEY))
    assert found["rotation-observed-too-long"] == (
        "Secret shop/shop-tls kept one certificate for 151 days or more; the policy allows 90"
    )
    assert found["rotation-kept-key"] == (
        "Secret shop/shop-tls kept its key when it was issued again on 2026-08-01 (as of 2026-01-01)"
    )


def test_a_new_key_is_no_finding(tmp_path: Path) -> None:
    run(tmp_path, "2026-01-05", made=OLD)
    assert "rotation-kept-key" not in findings(run(tmp_path, "2026-08-02", made=NEW_KEY))


def test_what_was_not_seen_is_not_claimed(tmp_path: Path) -> None:
    run(tmp_path, "2026-01-05", made=OLD)
    result = run(tmp_path, "2026-08-02", made=NEW_KEY)
    assert "rotation-observed-too-long" not in findings(result)
    (unknown,) = [a for a in json.loads(result.out)["assessments"] if a["rule"] == "rotation-observed-too-long"]
    assert unknown["outcome"] == "unknown"
    assert "not scanned often enough" in unknown["message"]


def test_a_certificate_that_is_gone_is_said_once_and_only_when_everything_was_read(tmp_path: Path) -> None:
    run(tmp_path, "2026-01-05", made=OLD)
    assert "certificate-vanished" not in findings(run(tmp_path, "2026-01-06"))
    (tmp_path / "bad.yaml").write_text("a: [\n")
    (tmp_path / "shop.yaml").write_text(manifests(secret("x", {"a": "b"})))
    scanned = ("certs", "shop.yaml", "--history", "h", "-f", "json", "--fail-on", "never")
    gone = findings(mtlsaudit(*scanned, "--now", "2026-01-07", cwd=tmp_path))
    assert gone["certificate-vanished"].startswith("Secret shop/shop-tls was last seen on 2026-01-06")
    assert "certificate-vanished" not in findings(mtlsaudit(*scanned, "--now", "2026-01-08", cwd=tmp_path))


def test_a_gap_makes_it_unknown_whether_a_certificate_is_gone(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "shop.yaml").write_text(manifests(secret("shop-tls", {"tls.crt": OLD.pem})))
    scanned = ("certs", "in", "--history", "h", "-f", "json", "--fail-on", "never")
    mtlsaudit(*scanned, "--now", "2026-01-05", cwd=tmp_path)
    (tmp_path / "in" / "shop.yaml").write_text("a: [\n")
    result = mtlsaudit(*scanned, "--now", "2026-01-06", cwd=tmp_path)
    outcomes = {a["rule"]: a["outcome"] for a in json.loads(result.out)["assessments"]}
    assert outcomes["certificate-vanished"] == "unknown"


def test_a_key_that_was_elsewhere_before_is_found(tmp_path: Path) -> None:
    run(tmp_path, "2026-01-05", made=OLD)
    found = findings(run(tmp_path, "2026-08-02", made=SAME_KEY, name="new-tls"))
    assert "seen before in Secret shop/shop-tls until 2026-01-05" in found["certificate-key-reused"]


def test_the_same_input_and_history_give_the_same_bytes(tmp_path: Path) -> None:
    first = run(tmp_path, "2026-01-05", made=OLD)
    history = (tmp_path / "h").read_bytes()
    second = run(tmp_path, "2026-01-05")
    (tmp_path / "h").write_bytes(history)
    third = run(tmp_path, "2026-01-05")
    assert first.out == second.out == third.out


def test_a_time_to_come_is_judged_but_not_recorded(tmp_path: Path) -> None:
    run(tmp_path, "2026-01-05", made=OLD)
    result = run(tmp_path, "9000-01-01")
    assert result.err == "mtlsaudit: a scan as at a time to come is not added to the history\n"
    with sqlite3.connect(tmp_path / "h") as database:
        assert database.execute("SELECT max(last_seen) FROM issues").fetchone() == ("2026-01-05T00:00:00+00:00",)


def test_two_scans_at_once_both_get_in(tmp_path: Path) -> None:
    count = 6
    for number in range(count):
        (tmp_path / f"{number}.crt").write_text(make(f"leaf-{number}").pem)
    started = [
        subprocess.Popen(
            [str(COMMAND), "certs", f"{n}.crt", "--history", "h", "--now", "2026-02-01", "--fail-on", "never"],
            cwd=tmp_path,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for n in range(count)
    ]
    assert [(p.communicate(timeout=60)[1], p.returncode) for p in started] == [(b"", 0)] * count
    with sqlite3.connect(tmp_path / "h") as database:
        assert database.execute("SELECT count(*) FROM issues").fetchone() == (count,)
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_nothing_of_a_key_is_in_the_history(tmp_path: Path) -> None:
    (tmp_path / "tls.pem").write_text(OLD.pem + OLD.key_pem)
    (tmp_path / "shop.yaml").write_text(manifests(secret("a", {"tls.crt": OLD.pem, "tls.key": OLD.key_pem})))
    assert (
        mtlsaudit("certs", ".", "--history", "h", "--now", "2026-02-01", "--fail-on", "never", cwd=tmp_path).code == 0
    )
    kept = (tmp_path / "h").read_bytes().decode("latin-1")
    assert "Secret shop/a" in kept
    assert [piece for piece in key_windows(OLD) if piece in kept] == []


def counting(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every signature that is really verified from now on, whoever asks."""
    verified: list[Any] = []
    verify = signature._verify

    def counted(signed: Any, *more: Any) -> None:
        verified.append(signed)
        verify(signed, *more)

    monkeypatch.setattr(signature, "_verify", counted)
    return verified


def as_new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that an earlier scan of this process decoded or verified is known."""
    monkeypatch.setattr(verified, "_known", {})
    monkeypatch.setattr(decode, "_decoded", {})
    revocation._signature.cache_clear()


def test_a_second_scan_verifies_no_signature_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mtlsaudit.cli import run as command

    root = make("root", ca=True, number=1)
    leaves = [make(f"leaf-{n}", by=root, number=2 + n) for n in range(3)]
    bundle = tmp_path / "bundle.pem"
    bundle.write_text(root.pem + "".join(leaf.pem for leaf in leaves))
    checked = counting(monkeypatch)
    arguments = ["certs", str(bundle), "--history", str(tmp_path / "h"), "-f", "json", "-o", str(tmp_path / "out")]
    counts, reports = [], []
    for _ in range(2):
        as_new_process(monkeypatch)
        checked.clear()
        assert command(arguments) in (0, 1)
        counts.append(len(checked))
        reports.append((tmp_path / "out").read_text())
    assert counts == [4, 0]
    assert json.loads(reports[0])["certificates"] == json.loads(reports[1])["certificates"]


@pytest.mark.parametrize("used", [True, False])
def test_nor_those_of_roots_and_revocation_lists(used: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mtlsaudit.cli import run as command

    root = make("root", ca=True, number=1, usages=["key_cert_sign", "crl_sign"], days=900)
    leaf = make("leaf", by=root, number=2, eku=["client"])
    builder = x509.CertificateRevocationListBuilder().issuer_name(root.cert.subject).last_update(FEB)
    signed = builder.next_update(FEB + 90 * DAY).sign(root.key, hashes.SHA256())
    crl = signed.public_bytes(serialization.Encoding.PEM).decode()
    guard = secret("guard", {"ca.crt": root.pem, "ca.crl": crl})
    client = secret("client", {"tls.crt": leaf.pem, "tls.key": leaf.key_pem})
    guarded = ingress("web", {"auth-tls-secret": "shop/guard"})
    (tmp_path / "all.yaml").write_text(manifests(guard, client, *([guarded] if used else [])))
    checked = counting(monkeypatch)
    arguments = ["scan", str(tmp_path / "all.yaml"), "--history", str(tmp_path / "h"), "-o", str(tmp_path / "out")]
    counts = []
    for _ in range(2):
        as_new_process(monkeypatch)
        checked.clear()
        assert command([*arguments, "-f", "json", "--now", "2026-02-10"]) in (0, 1)
        counts.append(sorted(type(of).__name__ for of in checked))
    leaf_and_root = ["Certificate"] * (2 if used else 1)  # nobody asks who signed the client of a list that nobody uses
    assert counts == [[*leaf_and_root, "CertificateRevocationList"], []]


# --- among what is known of a certificate


def rotation(result: Result, place: str) -> dict[str, Any]:
    found: dict[str, Any] = next(c for c in json.loads(result.out)["certificates"] if c["id"] == place)["rotation"]
    return found


def test_earlier_certificates_join_those_that_are_known(tmp_path: Path) -> None:
    run(tmp_path, "2026-01-05", made=OLD)
    now = rotation(run(tmp_path, "2026-08-02", made=NEW_KEY), "Secret shop/shop-tls")
    assert [(s["source"], s["not_before"]) for s in now["seen"]] == [
        ("history", "2026-01-01T00:00:00Z"),
        ("secret", "2026-08-01T00:00:00Z"),
    ]
    assert now["evidence"] == [
        "2 certificates seen, issued 2026-01-01 00:00, 2026-08-01 00:00 UTC: 212 days to 212 days apart"
    ]


def test_files_have_a_past_too(tmp_path: Path) -> None:
    command = ("certs", "tls.crt", "--history", "h", "-f", "json", "--fail-on", "never")
    (tmp_path / "tls.crt").write_text(OLD.pem)
    mtlsaudit(*command, "--now", "2026-01-05", cwd=tmp_path)
    (tmp_path / "tls.crt").write_text(SAME_KEY.pem)
    result = mtlsaudit(*command, "--now", "2026-08-02", cwd=tmp_path)
    assert "rotation-kept-key" in findings(result)
    assert [s["source"] for s in rotation(result, "File tls.crt#1")["seen"]] == ["history", "file"]


def issue(revision: int | None, sha: str, spki: str, source: str, begin: datetime | None, new: bool | None) -> Issue:
    return Issue(revision, sha, spki, begin, begin and begin + 90 * DAY, new, source, by_policy=source == "revision")


@pytest.mark.parametrize(("counted", "numbers"), [(1, [1, 2]), (2, [1, None, 3]), (0, [None, 1])])
def test_what_cert_manager_counted_and_a_scan_saw_is_one_issue(counted: int, numbers: list[int | None]) -> None:
    kept = [issue(n + 1, "", "", "revision", None, True) for n in range(counted)]
    last = issue(counted + 1, "b" * 64, "k" * 64, "secret", FEB + 60 * DAY, True)
    sample = next(e for e in sample_report().certificates if e.secret)
    entry = replace(sample, secret="shop/a", source="", issues=(*kept, last))
    before = Sighting("Secret shop/a", FEB, FEB + 90 * DAY, "a" * 64, "k" * 64, FEB, FEB + DAY)
    found = with_earlier(entry, History("h", {"Secret shop/a": (before,)})).issues
    assert [i.revision for i in found] == numbers
    assert [i.source for i in found][-2:] == ["history", "secret"]
    assert (found[-1].new_key, found[-1].by_policy) == (False, False)
    assert with_earlier(entry, History("h", {})) is entry
