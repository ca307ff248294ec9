"""Files of certificates: told by content, read part by part, without their private keys."""

from __future__ import annotations

import base64
import os
import warnings
from pathlib import Path

import cryptography_vectors
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.hazmat.primitives.serialization.pkcs7 import serialize_certificates
from hypothesis import given, settings
from hypothesis import strategies as st

from mtlsaudit.model.certificate_file import CertificateFile
from mtlsaudit.model.origin import FileOrigin, Position, Site
from mtlsaudit.platforms import wanted
from mtlsaudit.sources.certificate_files import HEAD, holds_certificates, read_certificates
from mtlsaudit.sources.manifests import Manifests
from tests.support.objects import manifests, secret
from tests.support.pki import Made, make, pem_of

CA = make("ca", ca=True, usages=["key_cert_sign"], number=1)
LEAF = make("leaf", by=CA, dns=["leaf.example.com"], number=2)


def read(data: bytes | str) -> CertificateFile:
    raw = data.encode() if isinstance(data, str) else data
    assert holds_certificates(raw)
    return read_certificates(raw, "some.file")


def names(file: CertificateFile) -> list[tuple[int, str, int]]:
    return [(c.number, c.certificate.common_name, c.line) for c in file.certificates]


def test_a_chain_with_its_key_is_read_and_the_key_dropped() -> None:
    file = read(LEAF.pem + "a comment\n" + CA.pem + LEAF.key_pem)
    lines = LEAF.pem.count("\n")
    assert file.format == "PEM"
    assert names(file) == [(1, "leaf", 1), (2, "ca", lines + 2)]
    assert [k.spki_sha256 for k in file.keys] == [file.certificates[0].certificate.spki_sha256]
    assert "PRIVATE" not in repr(file)


def test_a_bad_block_is_named_and_hides_no_neighbour() -> None:
    cut = CA.pem.replace("-----END CERTIFICATE-----", "")
    file = read(
        LEAF.pem.replace("MI", "!!", 1)
        + cut
        + LEAF.pem
        + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    )
    assert [(n, name) for n, name, _ in names(file)] == [(3, "leaf")]
    assert [b.number for b in file.broken] == [1, 2, 4]
    assert file.broken[0].reason == file.broken[1].reason == "not base64, or cut off"


def test_der_certificates_and_keys_are_told_apart() -> None:
    assert names(read(LEAF.der)) == [(1, "leaf", 0)]
    halves = {read(LEAF.der).certificates[0].certificate.spki_sha256}
    for form in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL):
        file = read(LEAF.key.private_bytes(Encoding.DER, form, NoEncryption()))
        assert (file.certificates, {k.spki_sha256 for k in file.keys}) == ((), halves)
    broken = read(LEAF.der[:-9])
    assert (broken.certificates, len(broken.broken)) == ((), 1)


@pytest.mark.parametrize("encoding", [Encoding.DER, Encoding.PEM])
def test_pkcs7_is_a_bag_of_certificates(encoding: Encoding) -> None:
    file = read(serialize_certificates([LEAF.cert, CA.cert], encoding))
    assert {name for _, name, _ in names(file)} == {"leaf", "ca"}
    assert [n for n, _, _ in names(file)] == [1, 2]


def test_a_key_of_a_kind_that_the_library_gives_up_is_read_without_a_word() -> None:
    pem = (Path(cryptography_vectors.__file__).parent / "asymmetric" / "DH" / "dhkey.pem").read_text()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        file = read(pem)
    assert [len(k.spki_sha256) for k in file.keys] == [64]


def test_an_encrypted_key_is_a_key_of_which_nothing_is_known() -> None:
    locked = LEAF.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))
    assert [k.spki_sha256 for k in read(LEAF.pem.encode() + locked).keys] == [""]


def test_text_of_windows_is_read() -> None:
    assert len(read(LEAF.pem.encode("utf-16")).certificates) == 1
    assert len(read(b"\xef\xbb\xbf" + LEAF.pem.replace("\n", "\r\n").encode()).certificates) == 1


_MODERN = BestAvailableEncryption(b"secret-word")
_LEGACY = (
    PrivateFormat.PKCS12.encryption_builder()
    .kdf_rounds(1000)
    .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
    .hmac_hash(hashes.SHA1())
    .build(b"secret-word")
)


@pytest.mark.parametrize("encryption", [_MODERN, _LEGACY], ids=["modern", "legacy"])
def test_a_pkcs12_opens_with_its_password_only(encryption: KeySerializationEncryption) -> None:
    data = pkcs12.serialize_key_and_certificates(b"leaf", LEAF.key, LEAF.cert, [CA.cert], encryption)
    assert holds_certificates(data)
    file = read_certificates(data, "s.p12", b"secret-word")
    assert (file.format, file.locked) == ("PKCS#12", "")
    assert names(file) == [(1, "leaf", 0), (2, "ca", 0)]
    assert [k.spki_sha256 for k in file.keys] == [file.certificates[0].certificate.spki_sha256]
    without, wrong = read_certificates(data, "s.p12"), read_certificates(data, "s.p12", b"other")
    assert (without.certificates, wrong.certificates) == ((), ())
    assert without.locked == "it needs a password (--password-file), or it is broken"
    assert wrong.locked == "the password given does not open it, or it is broken"


def test_a_pkcs12_without_a_password_or_a_key_opens() -> None:
    plain = pkcs12.serialize_key_and_certificates(None, LEAF.key, LEAF.cert, None, NoEncryption())
    assert names(read(plain)) == names(read_certificates(plain, "x", b"other")) == [(1, "leaf", 0)]
    trust = pkcs12.serialize_java_truststore([pkcs12.PKCS12Certificate(CA.cert, b"ca")], NoEncryption())
    assert (names(read(trust)), read(trust).keys) == ([(1, "ca", 0)], ())


def java(*entries: bytes, magic: bytes = b"\xfe\xed\xfe\xed", version: int = 2) -> bytes:
    return magic + version.to_bytes(4) + len(entries).to_bytes(4) + b"".join(entries) + b"\0" * 20


def entry(tag: int, body: bytes) -> bytes:
    return tag.to_bytes(4) + b"\0\x05alias" + b"\0" * 8 + body


def stored(made: Made) -> bytes:
    return b"\0\x05X.509" + len(made.der).to_bytes(4) + made.der


def test_certificates_of_a_java_keystore_are_read_without_its_password() -> None:
    key = entry(1, (9).to_bytes(4) + b"encrypted" + (2).to_bytes(4) + stored(LEAF) + stored(CA))
    file = read(java(key, entry(2, stored(CA))))
    assert (file.format, file.locked, [k.spki_sha256 for k in file.keys]) == ("JKS", "", [""])
    assert [name for _, name, _ in names(file)] == ["leaf", "ca", "ca"]


def test_what_of_a_java_keystore_cannot_be_read_is_said_and_the_rest_is_kept() -> None:
    trusted = entry(2, stored(CA))
    secret_key = read(java(trusted, entry(3, b"..."), trusted, magic=b"\xce\xce\xce\xce"))
    assert (secret_key.format, len(secret_key.certificates)) == ("JCEKS", 1)
    assert secret_key.locked == "a secret key, after which nothing can be read"
    whole = java(trusted, trusted)
    for size in range(4, len(whole) - 20):
        cut = read(whole[:size])
        assert cut.locked == "cut off"
        assert len(cut.certificates) == (size - 12) // len(trusted) if size > 12 else True
    assert read(java(trusted, version=9)).locked == "a keystore of version 9, which is not known"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello\n",
        b"0123456789\n",
        manifests(secret("a", {"tls.crt": LEAF.pem})).encode(),
        b'{"apiVersion": "v1", "kind": "Secret", "x": "-----BEGIN CERTIFICATE-----"}',
        base64.b64encode(LEAF.der),
        b"-----BEGIN PGP MESSAGE-----\n",
    ],
    ids=["nothing", "text", "digits", "manifest", "json", "base64", "pgp"],
)
def test_what_is_no_file_of_certificates(data: bytes) -> None:
    assert not holds_certificates(data)


def harvest(*paths: Path, certificates: bool = True) -> Manifests:
    reader = Manifests(wanted, use_tools=False, certificates=certificates)
    reader.read(*map(str, paths))
    return reader


def plant(folder: Path, made: Made) -> None:
    (folder / "tls.crt").write_text(made.pem)
    (folder / "tls.key").write_text(pem_of(made.key))
    (folder / "hash.0").symlink_to(folder / "tls.crt")
    (folder / "notes.txt").write_text("nothing to see")
    (folder / "secret.yaml").write_text(manifests(secret("a", {"tls.crt": made.pem})))


def test_a_folder_gives_its_certificates_and_manifests_each_once(tmp_path: Path) -> None:
    plant(tmp_path, LEAF)
    found = harvest(tmp_path, tmp_path / "tls.crt").harvest
    assert [Path(f.file).name for f in found.certificate_files] == ["hash.0", "tls.key"]
    assert [b.origin.file for b in found.bodies] == [str(tmp_path / "secret.yaml")]
    assert found.gaps == []


def test_links_in_linked_folders_lead_to_one_file(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "tls.crt").write_text(LEAF.pem)
    (tmp_path / "other").symlink_to(tmp_path / "real")
    (tmp_path / "tls.pem").symlink_to(tmp_path / "other" / "tls.crt")
    (tmp_path / "lost.pem").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.pem")
    found = harvest(tmp_path / "other" / "tls.crt", tmp_path / "real", tmp_path).harvest
    assert [f.file for f in found.certificate_files] == [str(tmp_path / "other" / "tls.crt")]
    assert found.gaps == []


@pytest.mark.parametrize("more", [-1, 0, 1, 5000])
def test_a_file_larger_than_its_beginning_is_read_to_its_end(more: int, tmp_path: Path) -> None:
    text = LEAF.pem + "#" * (HEAD + more - len(LEAF.pem) - len(CA.pem)) + "\n" + CA.pem[:-1]
    assert len(text) == HEAD + more
    (tmp_path / "all.pem").write_text(text)
    (file,) = harvest(tmp_path).harvest.certificate_files
    assert [c.certificate.common_name for c in file.certificates] == ["leaf", "ca"]


def test_a_small_file_over_the_limit_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "tls.crt").write_text(LEAF.pem)
    reader = Manifests(wanted, max_bytes=len(LEAF.pem) - 1, use_tools=False, certificates=True)
    assert [g.kind for g in reader.read(str(tmp_path)).gaps] == ["too-large"]
    reader = Manifests(wanted, max_bytes=len(LEAF.pem), use_tools=False, certificates=True)
    assert len(reader.read(str(tmp_path)).certificate_files) == 1


def test_each_part_has_the_place_where_it_begins() -> None:
    text = LEAF.pem + CA.pem.replace("MI", "!!", 1) + "a comment\n" + LEAF.key_pem + CA.pem
    file = read(text)
    lines = text.splitlines()
    begins = [n for n, line in enumerate(lines, 1) if line.startswith("-----BEGIN ")]
    sites = [file.site(1), file.site(2), file.key_site(0), file.site(3)]
    assert [p and p.line for p in map(file.position, sites)] == begins
    assert file.position(file.site(0)) == Position(1, 1, 1, 1)
    elsewhere = [file.site(4), file.key_site(1), Site(FileOrigin("some.file", 1), ("spec",))]
    assert [file.position(site) for site in elsewhere] == [None] * 3
    der = read(LEAF.der)
    assert [der.position(site) for site in (der.site(0), der.site(1))] == [None, None]


def test_a_scan_reads_manifests_only(tmp_path: Path) -> None:
    plant(tmp_path, LEAF)
    found = harvest(tmp_path, certificates=False).harvest
    assert (found.certificate_files, len(found.bodies), found.gaps) == ([], 1, [])


def test_a_file_of_something_else_is_a_gap_when_it_is_named(tmp_path: Path) -> None:
    plant(tmp_path, LEAF)
    (gap,) = harvest(tmp_path / "notes.txt").harvest.gaps
    assert (gap.kind, gap.reason) == ("not-recognised", "neither certificates nor a manifest")


def test_a_scan_says_that_a_file_of_certificates_is_for_another_command(tmp_path: Path) -> None:
    plant(tmp_path, LEAF)
    found = harvest(tmp_path / "tls.key", certificates=False).harvest
    assert (found.documents, found.certificate_files) == (0, [])
    (gap,) = found.gaps
    assert (gap.kind, gap.reason) == ("certificates", "a file of certificates or keys: mtlsaudit certs reads it")


def test_yaml_that_quotes_a_certificate_is_no_file_of_certificates(tmp_path: Path) -> None:
    indented = "".join(f"  {line}\n" for line in LEAF.pem.splitlines())
    (tmp_path / "values.yaml").write_text(f"ca: |\n{indented}")
    found = harvest(tmp_path).harvest
    assert (found.certificate_files, found.documents, found.gaps) == ([], 1, [])


SAMPLES = (
    (LEAF.pem + LEAF.key_pem + CA.pem).encode(),
    LEAF.der,
    serialize_certificates([LEAF.cert, CA.cert], Encoding.DER),
    pkcs12.serialize_key_and_certificates(None, LEAF.key, LEAF.cert, [CA.cert], NoEncryption()),
    java(entry(2, stored(CA)), entry(1, (1).to_bytes(4) + b"x" + (1).to_bytes(4) + stored(LEAF))),
)


@settings(max_examples=300, deadline=None)
@given(
    sample=st.sampled_from(SAMPLES),
    changes=st.lists(st.tuples(st.integers(0, 5000), st.binary(max_size=6)), max_size=4),
    cut=st.integers(0, 5000),
)
def test_spoilt_files_are_read_as_far_as_they_go_and_never_stop_the_program(
    sample: bytes, changes: list[tuple[int, bytes]], cut: int
) -> None:
    data = bytearray(sample)
    for at, piece in changes:
        data[at % len(data) : at % len(data) + len(piece)] = piece
    spoilt = bytes(data[: len(data) - cut % len(data)])
    if not holds_certificates(spoilt):
        return
    file = read_certificates(spoilt, "spoilt", b"x")
    numbers = [c.number for c in file.certificates] + [b.number for b in file.broken]
    assert len(set(numbers)) == len(numbers)
    assert all(c.certificate.sha256 for c in file.certificates)
    assert "PRIVATE KEY" not in repr(file)
