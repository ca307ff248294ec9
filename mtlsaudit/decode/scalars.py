"""A scalar of YAML as the value that Kubernetes makes of it: YAML 1.1 words, go-yaml's numbers.

Checked against `kubectl` v1.32 (tests/decode).
"""

from __future__ import annotations

import math
import re

from mtlsaudit.decode.error import YamlError

Value = None | bool | int | float | str | list["Value"] | dict[str, "Value"]

SPECIAL = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
}
NUMBER_START = frozenset("0123456789+-.")
LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_INT = re.compile(r"[-+]?(?:0[bB][01]+|0[oO]?[0-7]+|0[xX][0-9a-fA-F]+|[1-9][0-9]*|0)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NO_JSON = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


def plain_value(text: str, line: int) -> Value:
    """The value of a plain scalar. Raises YamlError, at the line, for what Kubernetes refuses."""
    if len(text) < 6 and text in SPECIAL:
        return SPECIAL[text]
    return _number(text, line) if text[0] in NUMBER_START else text


def _number(text: str, line: int) -> Value:
    """As go-yaml: underscores go, a bare 0 is octal, what overflows is a float or a string; JSON has no infinity."""
    plain = text.replace("_", "") if "_" in text and text[0] != "." else text
    if _INT.fullmatch(plain):
        sign, body = (plain[0], plain[1:]) if plain[0] in "+-" else ("", plain)
        if len(body) > 1 and body[0] == "0" and body.isdigit():
            body = f"0o{body[1:]}"
        decimal = body.isdigit()
        # What has more than 20 decimal digits fits no 64 bits, and Python refuses to convert thousands of them.
        if not decimal or len(body) <= 20:
            number = int(sign + body, 0)
            if -(2**63) <= number < 2**64:
                return number
        value = float(plain) if decimal else math.inf
        return text if math.isinf(value) else value
    if _FLOAT.fullmatch(plain):
        value = float(plain)
        if math.isinf(value):
            return text
        return int(value) if value.is_integer() and abs(value) < 1e21 else value
    if _NO_JSON.fullmatch(text):
        raise YamlError(f"{text} cannot be written as JSON, so Kubernetes refuses it", line)
    return text
