"""Nothing secret passes the collector's edge: neither in bodies nor in the texts that lines are shown from."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

import pytest

from mtlsaudit.decode.positions import Locator
from mtlsaudit.decode.yamltree import parse
from mtlsaudit.platforms import wanted
from mtlsaudit.sources.harvest import Harvest
from mtlsaudit.sources.redact import WITHHELD
from tests.support.pki import key_windows, make

LEAF = make("leaf", dns=["leaf.example.com"])
KEY = LEAF.key_pem
CERT = LEAF.pem


def _b64(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def _indented(text: str, by: int) -> str:
    return "".join(" " * by + line + "\n" for line in text.splitlines())


WINDOWS = key_windows(LEAF)


def assert_clean(text: str, *secrets: str) -> None:
    squeezed = "".join(text.replace("\\n", "").split())
    for shown in (text, squeezed):
        leaked = [w for w in WINDOWS if w in shown]
        assert not leaked, f"{len(leaked)} windows of the private key leaked"
        assert [s for s in secrets if s in shown] == []


def _harvest(text: str) -> Harvest:
    harvest = Harvest()
    harvest.add_text(text, "a.yaml")
    harvest.parse(wanted)
    return harvest


def _all(harvest: Harvest) -> str:
    """Everything that the harvest keeps, as one text."""
    bodies = "".join(json.dumps(b.value) for b in harvest.bodies)
    return bodies + repr(harvest.bodies) + "".join(s.text for s in harvest.texts.values()) + repr(harvest.gaps)


HEAD = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: x\n"
_folded = "\n".join("      " + _b64(KEY)[i : i + 40] for i in range(0, len(_b64(KEY)), 40))

SPELLINGS = {
    "data": f"{HEAD}data:\n  tls.key: {_b64(KEY)}\n",
    "data in quotes": f'{HEAD}data:\n  tls.key: "{_b64(KEY)}"\n',
    "data folded": f"{HEAD}data:\n  tls.key: >-\n{_folded}\n",
    "data literal": f"{HEAD}data:\n  tls.key: |\n{_folded}\n",
    "data plain over lines": f"{HEAD}data:\n  tls.key:\n{_folded}\n",
    "data with escaped line ends": '{}data:\n  tls.key: "{}"\n'.format(
        HEAD, "\\\n    ".join(_b64(KEY)[i : i + 30] for i in range(0, len(_b64(KEY)), 30))
    ),
    "data with escaped letters": '{}data:\n  tls.key: "{}"\n'.format(
        HEAD, "".join(f"\\x{ord(c):02x}" if i % 25 == 0 else c for i, c in enumerate(_b64(KEY)))
    ),
    "binary tag": f"{HEAD}data:\n  tls.key: !!binary {_b64(_b64(KEY))}\n",
    "anchor": f"{HEAD}data:\n  tls.key: &k {_b64(KEY)}\n  again: *k\n",
    "merge": f"x: &d\n  tls.key: {_b64(KEY)}\n{HEAD}data:\n  <<: *d\n",
    "flow": f"{{apiVersion: v1, kind: Secret, metadata: {{name: x}}, data: {{tls.key: {_b64(KEY)}}}}}\n",
    "stringData block": f"{HEAD}stringData:\n  tls.key: |\n{_indented(KEY, 4)}",
    "stringData quoted": f"{HEAD}stringData:\n  tls.key: {json.dumps(KEY)}\n",
    "stringData json": json.dumps(
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}, "stringData": {"tls.key": KEY}}
    ),
    "windows line ends": f"{HEAD}stringData:\n  tls.key: |\n{_indented(KEY, 4)}".replace("\n", "\r\n"),
    "der": f"{HEAD}data:\n  key.der: {_b64(base64.b64decode(''.join(KEY.splitlines()[1:-1])))}\n",
    "combined": f"{HEAD}data:\n  tls-combined.pem: {_b64(CERT + KEY)}\n",
    "in ca.crt": f"{HEAD}data:\n  ca.crt: {_b64(CERT + KEY)}\n",
    "in tls.crt": f"{HEAD}stringData:\n  tls.crt: |\n{_indented(KEY + CERT, 4)}",
    "not base64": f"{HEAD}data:\n  tls.key: |\n{_indented(KEY, 4)}",
    "in a list": "apiVersion: v1\nkind: List\nitems:\n- "
    + f"{HEAD}data:\n  tls.key: {_b64(KEY)}\n".replace("\n", "\n  ").rstrip()
    + "\n",
    "in a SecretList": "apiVersion: v1\nkind: SecretList\nitems:\n- metadata: {name: x}\n  stringData:\n    tls.key: |\n"
    + _indented(KEY, 6),
    "nested, of a wrong type": f"{HEAD}stringData:\n  tls.key:\n    inner: [{json.dumps(KEY)}]\n",
    "last applied": "apiVersion: v1\nkind: Secret\nmetadata:\n  name: x\n  annotations:\n"
    "    kubectl.kubernetes.io/last-applied-configuration: "
    + json.dumps(json.dumps({"stringData": {"tls.key": KEY}, "data": {"k": _b64(KEY)}}))
    + "\ndata: {}\n",
    "last applied, block": "apiVersion: v1\nkind: Secret\nmetadata:\n  name: x\n  annotations:\n"
    "    kubectl.kubernetes.io/last-applied-configuration: |\n      "
    + json.dumps({"data": {"k": _b64(KEY)}})
    + "\ndata: {}\n",
    "ConfigMap": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n  a.pem: |\n" + _indented(KEY + CERT, 4),
    "ConfigMap quoted": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n  a.pem: "
    + json.dumps(KEY)
    + "\n",
    "ConfigMap binaryData": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\nbinaryData:\n  a.pem: "
    + _b64(KEY)
    + "\n",
    "ConfigMap cut off": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n  a.pem: |\n"
    + _indented("\n".join(KEY.splitlines()[:-1]), 4),
    "ConfigMap, last applied": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n  annotations:\n"
    "    kubectl.kubernetes.io/last-applied-configuration: "
    + json.dumps(json.dumps({"data": {"a.pem": KEY}}))
    + "\ndata:\n  a.pem: "
    + json.dumps(KEY)
    + "\n",
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_no_part_of_a_private_key_is_kept_however_it_is_written(name: str) -> None:
    text = SPELLINGS[name]
    assert isinstance(parse(text), dict)
    harvest = _harvest(text)
    assert len(harvest.bodies) == 1
    assert_clean(_all(harvest))


@pytest.mark.parametrize("name", SPELLINGS)
def test_blanking_keeps_every_line_and_the_places_of_fields(name: str) -> None:
    text = SPELLINGS[name]
    kept = next(iter(_harvest(text).texts.values())).text
    assert [len(line) for line in kept.split("\n")] == [len(line) for line in text.split("\n")]
    if name not in ("anchor", "merge"):
        for path in ((), ("kind",), ("metadata", "name"), ("items", 0, "metadata", "name")):
            assert Locator(kept, 1).position(path) == Locator(text, 1).position(path)


@pytest.mark.parametrize(
    ("entry", "secret"),
    [
        ("password: aHVudGVyMg==", "aHVudGVyMg"),
        ("password: abc=", "abc="),
        ("pin: 8675309", "8675309"),
        ("other: 0x5eC2e7", "0x5eC2e7"),
        ("list: [s3cr3t-in-list]", "s3cr3t-in-list"),
        ("keystore.p12: " + _b64(b"\x30\x82binary-keystore"), _b64(b"\x30\x82binary-keystore")),
        ("password: ENC[AES256_GCM,data:c29wcw==,type:str]", "c29wcw"),
        ("password: not base64 at all!", "at all!"),
        ("password: 'it''s quoted'", "s quoted"),
    ],
)
def test_other_values_of_a_secret_are_not_kept(entry: str, secret: str) -> None:
    for field in ("data", "stringData"):
        harvest = _harvest(f"{HEAD}{field}:\n  {entry}\n")
        kept = _all(harvest)
        if entry.startswith("other"):
            assert str(0x5EC2E7) not in kept
        elif entry.startswith("pin"):
            assert secret not in json.dumps([b.value for b in harvest.bodies])
        assert secret not in kept or entry.startswith("other")


def _body(text: str) -> Mapping[str, object]:
    return _harvest(text).bodies[0].value


def test_what_was_withheld_is_named_with_its_kind() -> None:
    text = (
        f"{HEAD}data:\n  tls.crt: {_b64(CERT)}\n  tls.key: {_b64(KEY)}\n  p: aGk=\n  e: ENC[x]\n  none:\n  empty: ''\n"
    )
    withheld = _body(text)[WITHHELD]
    assert isinstance(withheld, dict)
    assert set(withheld) == {"tls.key", "p", "e"}
    assert (withheld["p"], withheld["e"]) == ("opaque", "encrypted")
    assert withheld["tls.key"].startswith("private-key:")
    assert len(withheld["tls.key"]) == len("private-key:") + 64


def test_the_digest_of_a_key_is_that_of_its_certificate() -> None:
    from mtlsaudit.pki.decode import decode

    withheld = _body(f"{HEAD}data:\n  tls.key: {_b64(KEY)}\n")[WITHHELD]
    assert withheld == {"tls.key": f"private-key:{decode(LEAF.der).spki_sha256}"}


def test_certificates_stay() -> None:
    data = _body(f"{HEAD}data:\n  tls.crt: {_b64(CERT)}\n  other.pem: {_b64(CERT + CERT)}\n")["data"]
    assert data == {"tls.crt": CERT, "other.pem": CERT + CERT}


def test_the_certificates_of_a_mixed_bundle_stay_without_the_key() -> None:
    data = _body(f"{HEAD}stringData:\n  ca.crt: {json.dumps(CERT + KEY + CERT)}\n")["data"]
    assert isinstance(data, dict)
    assert data["ca.crt"].count("-----BEGIN CERTIFICATE-----") == 2
    assert "PRIVATE" not in data["ca.crt"]


def test_string_data_wins_over_data() -> None:
    data = _body(f"{HEAD}data:\n  tls.crt: aGk=\nstringData:\n  tls.crt: {json.dumps(CERT)}\n")["data"]
    assert data == {"tls.crt": CERT}


def test_a_config_map_keeps_its_settings_and_certificates_and_says_that_a_key_was_there() -> None:
    text = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n  ssl-redirect: 'true'\n  a.pem: "
        + json.dumps("# mine\n" + CERT + KEY + CERT)
    )
    data = _body(text)["data"]
    assert isinstance(data, dict)
    assert data["ssl-redirect"] == "true"
    assert data["a.pem"].count(CERT) == 2
    assert data["a.pem"].startswith("# mine\n")
    assert "-----BEGIN PRIVATE KEY-----\nwithheld\n-----END PRIVATE KEY-----" in data["a.pem"]


def test_a_config_map_without_a_key_is_kept_as_it_is() -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n  a.pem: |\n" + _indented(CERT, 4)
    harvest = _harvest(text)
    assert harvest.bodies[0].value == parse(text)
    assert next(iter(harvest.texts.values())).text == text
