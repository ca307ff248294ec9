"""What ingress-shim makes of an Ingress's annotations, and for which of them it makes no Certificate at all.

pkg/controller/certificate-shim (v1.21.2): issuerForIngressLike, validateIngressLike and translateAnnotations. Held against
the real controller by tests/live/test_variants.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping

from mtlsaudit.model.resource import Problem
from mtlsaudit.platforms.cert_manager.duration import parse_duration
from mtlsaudit.platforms.cert_manager.subjects import PARTS
from mtlsaudit.platforms.cert_manager.usages import KEY_USAGES
from mtlsaudit.platforms.core.ingresses import Ingress

PREFIX = "cert-manager.io/"
SUBJECT = {
    f"subject-{name}": field
    for name, field in {
        "organizations": "organizations",
        "organizationalunits": "organizationalUnits",
        "countries": "countries",
        "provinces": "provinces",
        "localities": "localities",
        "postalcodes": "postalCodes",
        "streetaddresses": "streetAddresses",
        "serialnumber": "serialNumber",
    }.items()
}
"""Annotation → field of the subject."""

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_CSV = re.compile(r'(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n?\Z)')


def refusal(ingress: Ingress) -> Problem | None:
    """Why the Ingress gets no Certificate at all: its issuer, a Secret that stands twice, or an annotation."""
    annotations = ingress.resource.annotations
    if problem := _issuer(annotations):
        return problem
    names = [entry.secret for entry in ingress.tls]
    for entry in ingress.tls:
        if names.count(entry.secret) > 1:
            what = f"the Secret {entry.secret} stands" if entry.secret else "no secretName, an empty one, stands"
            return Problem(
                (*entry.field, "secretName"), f"{what} in two tls entries, so ingress-shim makes no Certificate"
            )
    for name, is_wrong in _CHECKED.items():
        value = annotations.get(PREFIX + name)
        wrong = is_wrong(value) if value is not None else ""
        if wrong:
            return _problem(name, f"{wrong}, so ingress-shim makes no Certificate and says so only in its log")
    return _size(annotations)


def _problem(name: str, reason: str) -> Problem:
    return Problem(("metadata", "annotations", PREFIX + name), f"{PREFIX}{name} {reason}")


def _issuer(annotations: Mapping[str, str]) -> Problem | None:
    chosen = "cluster-issuer" if PREFIX + "cluster-issuer" in annotations else "issuer"
    if not annotations.get(PREFIX + chosen):
        return _problem(chosen, "names no issuer, so ingress-shim makes no Certificate")
    if chosen == "cluster-issuer":
        for other in ("issuer", "issuer-group", "issuer-kind"):
            if PREFIX + other in annotations:
                return _problem(
                    other, f"may not stand beside {PREFIX}cluster-issuer, so ingress-shim makes no Certificate"
                )
    return None


def _no_duration(value: str) -> str:
    return "" if parse_duration(value) is not None else f"{value!r} is no Go duration"


def _no_number(value: str) -> str:
    return "" if whole(value) is not None else f"{value!r} is no whole number"


def _no_limit(value: str) -> str:
    number = whole(value)
    return _no_number(value) if number is None or number > 0 else f"{value!r} is no positive number"


def _no_usages(value: str) -> str:
    wrong = [u for u in (part.strip(" ") for part in value.split(",")) if u not in KEY_USAGES]
    return f"names an unknown usage {wrong[0]!r}" if wrong else ""


def _one_of(*names: str) -> Callable[[str], str]:
    return lambda value: "" if value in names else f"{value!r} is none of {', '.join(names)}"


def _no_list(value: str) -> str:
    return "" if csv_line(value) is not None else f"{value!r} is not one line of comma-separated values"


def _no_template(value: str) -> str:
    """Go's decoder: the first JSON value counts, unknown fields are refused, null is nothing."""
    try:
        found, _ = json.JSONDecoder().raw_decode(value.strip())
    except ValueError:
        return "is no JSON"
    if found is None:
        return ""
    if not isinstance(found, dict) or not {k.lower() for k in found} <= {"annotations", "labels"}:
        return "is no object of annotations and labels alone"
    for part in found.values():
        if part is not None and not (isinstance(part, dict) and all(isinstance(v, str | None) for v in part.values())):
            return "holds what is no map of texts"
    own = [k for part, names in found.items() if part.lower() == "annotations" for k in names or ()]
    return "names an annotation of cert-manager.io" if any(k.startswith(PREFIX) for k in own) else ""


_CHECKED: dict[str, Callable[[str], str]] = {
    **{name: _no_list for name in SUBJECT if name != "subject-serialnumber"},
    "duration": _no_duration,
    "renew-before": _no_duration,
    "renew-before-percentage": _no_number,
    "usages": _no_usages,
    "revision-history-limit": _no_limit,
    "private-key-algorithm": _one_of("RSA", "ECDSA", "Ed25519"),
    "private-key-encoding": _one_of("PKCS1", "PKCS8"),
    "private-key-size": _no_number,
    "private-key-rotation-policy": _one_of("Always", "Never"),
    "secret-template": _no_template,
}


def _size(annotations: Mapping[str, str]) -> Problem | None:
    """Here, unlike in a Certificate, a size of 0 is refused as well."""
    size = whole(annotations.get(PREFIX + "private-key-size"))
    if size is None:
        return None
    algorithm = annotations.get(PREFIX + "private-key-algorithm", "RSA")
    fits = {"RSA": 2048 <= size <= 8192, "ECDSA": size in (256, 384, 521)}.get(algorithm, True)
    reason = f"{size} is no size for {algorithm}, so ingress-shim makes no Certificate and says so only in its log"
    return None if fits else _problem("private-key-size", reason)


def whole(text: str | None) -> int | None:
    """strconv.ParseInt with 32 bits."""
    number = int(text) if text is not None and _INTEGER.fullmatch(text) else None
    return number if number is not None and -(2**31) <= number < 2**31 else None


def csv_line(text: str) -> tuple[str, ...] | None:
    """One record of encoding/csv; None for none, several, or a stray quote."""
    text = text.lstrip("\r\n")
    values, position = [], 0
    while text:
        match = _CSV.match(text, position)
        if match is None:
            return None
        values.append(match[1].replace('""', '"') if match[1] is not None else match[2])
        position = match.end()
        if match[3] != ",":
            break
    return tuple(values) or None


def named(annotations: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    """The parts of the subject that the annotations make."""
    found: dict[str, tuple[str, ...]] = dict.fromkeys(PARTS, ())
    for name, field in SUBJECT.items():
        value = annotations.get(PREFIX + name)
        if value:
            found[field] = (value,) if field == "serialNumber" else csv_line(value) or ()
    common = annotations.get(PREFIX + "common-name")
    return {**found, "commonName": (common,) if common else ()}


def parts_of(text: str | None) -> Iterator[str]:
    """strings.Split at commas: nothing is trimmed, and an empty text has no parts."""
    yield from text.split(",") if text else ()
