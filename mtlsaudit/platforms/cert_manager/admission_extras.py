"""What the admission webhook says of the rarer fields of a Certificate (v1.21.2, its feature gates as they are by default)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mtlsaudit.decode.reader import Reader
from mtlsaudit.platforms.cert_manager.literal_subject import BadSubject, is_common_name, is_known, is_oid, parse
from mtlsaudit.platforms.cert_manager.subjects import PARTS

RARE = frozenset(
    {"literalSubject", "otherNames", "secretTemplate", "nameConstraints", "additionalOutputFormats", "keystores"}
)
"""Fields of the spec that most Certificates do without."""

_OWN = "cert-manager.io/"
_ALLOWED_OF_OWN = "cert-manager.io/allow-direct-injection"
_NAME = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_LONGEST_NAME = 63
SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_MOST_ANNOTATIONS = 256 << 10


def literal_subject(spec: Reader) -> tuple[str, list[str]]:
    """The common name in it, and what is wrong with it."""
    text = spec.text("literalSubject") or ""
    if not text:
        return "", []
    errors = []
    if common_name := spec.text("commonName"):
        errors.append(
            f'spec.commonName: Invalid value: "{common_name}": When providing a `LiteralSubject` no `commonName` may be provided.'
        )
    subject = spec.child("subject")
    if subject.text("serialNumber") or any(subject.texts(p) for p in PARTS if p not in ("commonName", "serialNumber")):
        errors.append(
            "spec.subject: Invalid value: When providing a `LiteralSubject` no `Subject` properties may be provided."
        )
    try:
        parts = parse(text)
    except BadSubject as error:
        return "", [*errors, f'spec.literalSubject: Invalid value: "{text}": {error}']
    errors += [
        f'spec.literalSubject: Invalid value: "{text}": Literal subject contains unrecognized key with value [{value}]'
        for kind, value in parts
        if not is_known(kind)
    ]
    # Read from the end, as it is written: the one that stands first in the text is the last, and counts.
    return next((value for kind, value in parts if is_common_name(kind)), ""), errors


def other_names(spec: Reader) -> Iterator[str]:
    """Each needs an object identifier and a text."""
    for index, other in enumerate(spec.children("otherNames")):
        path, oid = f"spec.otherNames[{index}]", other.text("oid") or ""
        if not oid:
            yield f"{path}.oid: Required value: must be specified"
        if not is_oid(oid):
            yield f'{path}.oid: Invalid value: "{oid}": invalid oid syntax'
        if not other.text("utf8Value"):
            yield f"{path}.utf8Value: Required value: must be set to a valid non-empty UTF8 string"


def extras(spec: Reader) -> Iterator[str]:
    """Secret template, name constraints, output formats and key stores, in this order."""
    yield from _secret_template(spec.child("secretTemplate"))
    yield from _name_constraints(spec)
    formats = [f.text("type") or "" for f in spec.children("additionalOutputFormats")]
    for number, kind in enumerate(formats):
        if kind in formats[:number]:
            yield f'spec.additionalOutputFormats[type]: Duplicate value: "{kind}"'
    for field, name in (("jks", "JKS"), ("pkcs12", "PKCS#12")):
        if spec.child("keystores").has(field):
            yield from _keystore(spec.child("keystores", field), f"spec.keystores.{field}", name)


def _secret_template(template: Reader) -> Iterator[str]:
    path = "spec.secretTemplate"
    for key, value in template.strings("labels").items():
        yield from (f'{path}.labels: Invalid value: "{key}": {words}' for words in _of_key(key))
        if value:
            yield from (f'{path}.labels: Invalid value: "{value}": {words}' for words in _of_name(value))
    annotations = template.strings("annotations")
    for key in annotations:
        if key.startswith(_OWN) and key != _ALLOWED_OF_OWN:
            yield f'{path}.annotations: Invalid value: "{key}": cert-manager.io/* annotations are not allowed'
    for key in annotations:
        yield from (f'{path}.annotations: Invalid value: "{key}": {words}' for words in _of_key(key.lower()))
    if sum(len(k.encode()) + len(v.encode()) for k, v in annotations.items()) > _MOST_ANNOTATIONS:
        yield f"{path}.annotations: Too long: may not be more than {_MOST_ANNOTATIONS} bytes"


def _of_key(key: str) -> Iterator[str]:
    """What is wrong with the key of a label or annotation: `name`, or `prefix/name`."""
    prefix, slash, name = key.rpartition("/")
    if "/" in prefix:
        yield "a qualified name has one slash at most"
        return
    if slash and not prefix:
        yield "prefix part must be non-empty"
    elif slash and not SUBDOMAIN.fullmatch(prefix):
        yield "prefix part is no DNS subdomain name"
    if not name:
        yield "name part must be non-empty"
    yield from (f"name part {words}" for words in _of_name(name))


def _of_name(name: str) -> Iterator[str]:
    if len(name.encode()) > _LONGEST_NAME:
        yield f"must be no more than {_LONGEST_NAME} bytes"
    if not _NAME.fullmatch(name):
        yield "must be letters, digits, '-', '_' and '.', the first and the last no sign"


def _name_constraints(spec: Reader) -> Iterator[str]:
    if not spec.has("nameConstraints"):
        return
    constraints = spec.child("nameConstraints")
    if not spec.flag("isCA"):
        yield "spec.nameConstraints: Invalid value: isCa should be true when nameConstraints is set"
    if not constraints.has("permitted") and not constraints.has("excluded"):
        yield "spec.nameConstraints: Invalid value: either permitted or excluded must be set"


def _keystore(store: Reader, path: str, name: str) -> Iterator[str]:
    literal = store.text("password")
    referred = store.child("passwordSecretRef").text("name")
    if literal is not None and referred:
        yield (
            f"{path}: Forbidden: exactly one of passwordSecretRef and password must be provided for {name} keystores; "
            "cannot set both"
        )
    if literal is None and not referred:
        yield f"{path}: Forbidden: must set exactly one of passwordSecretRef and password must for {name} keystores"
    if literal == "":
        yield f"{path}.password: Forbidden: literal password cannot be empty if set on {name} keystores"
