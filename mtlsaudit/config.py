"""`mtlsaudit.yaml`: policy thresholds, rules switched off, severities, paths to skip, assumptions. Read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mtlsaudit.decode.positions import Locator
from mtlsaudit.decode.reader import Reader
from mtlsaudit.decode.yamltree import YamlError, parse
from mtlsaudit.errors import ConfigError
from mtlsaudit.model.origin import FieldPath
from mtlsaudit.model.resource import Problem
from mtlsaudit.model.rule import Policy, Rule
from mtlsaudit.model.values import replace
from mtlsaudit.model.verdict import Severity

NAMES = ("mtlsaudit.yaml", "mtlsaudit.yml")
_KEYS = {
    "": {"policy", "rules", "skip", "assume-secrets", "assume-controller", "ingress-classes"},
    "policy": {"rotation-min-days", "rotation-max-days", "slack-days", "slack-ratio", "lifetime-max-days"},
    "rules": {"disable", "severity"},
}


def find_config(start: Path) -> Path | None:
    """The nearest configuration at or above the scanned path."""
    here = start.resolve()
    for directory in (here, *here.parents) if here.is_dir() else here.parents:
        for name in NAMES:
            if (directory / name).is_file():
                return directory / name
    return None


def load_config(path: Path, rules: Mapping[str, Rule] | None = None) -> Policy:
    """The policy of a file. Raises ConfigError with file and line for anything unknown or of a wrong type.

    Names of rules are only checked when `rules` is given: a scan reads the policy before it has the rules.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        value = parse(text)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not UTF-8 text") from None
    except YamlError as error:
        raise ConfigError(f"{path}:{error.line + 1}: {error.reason}") from None
    if value is None:
        return Policy()
    if not isinstance(value, dict):
        raise ConfigError(f"{path}:1: a configuration is a map")
    return _Loader(path, text, rules).policy(value)


class _Loader:
    def __init__(self, path: Path, text: str, rules: Mapping[str, Rule] | None) -> None:
        self._path, self._text, self._rules = path, text, rules
        self._problems: list[Problem] = []

    def policy(self, value: Mapping[str, object]) -> Policy:
        root = Reader(value, (), self._problems)
        self._known(root, "")
        self._known(root.child("policy"), "policy")
        self._known(root.child("rules"), "rules")
        disabled = root.child("rules").texts("disable")
        for index, name in enumerate(disabled):
            self._rule(name, ("rules", "disable", index))
        policy = Policy(
            disabled=disabled,
            severities=self._severities(root.child("rules")),
            skip=root.texts("skip"),
            assume_secrets=self._choice(root, "assume-secrets", "well-formed"),
            assume_controller=self._choice(root, "assume-controller", "defaults"),
            ingress_classes=root.strings("ingress-classes"),
        )
        for field, days in self._thresholds(root.child("policy")).items():
            policy = replace(policy, **{field: days})  # type: ignore[arg-type]
        if self._problems:
            raise self._error(self._problems[0].path, self._problems[0].reason)
        return policy

    def _thresholds(self, reader: Reader) -> dict[str, float]:
        names = {
            "rotation-min-days": "rotation_min_days",
            "rotation-max-days": "rotation_max_days",
            "slack-days": "slack_days",
            "slack-ratio": "slack_ratio",
            "lifetime-max-days": "lifetime_max_days",
        }
        out: dict[str, float] = {}
        for name, field in names.items():
            value = reader.raw().get(name)
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
                raise self._error(("policy", name), f"{name} must be a number of 0 or more")
            out[field] = float(value)
        return out

    def _severities(self, rules: Reader) -> dict[str, Severity]:
        out = {}
        for name, word in rules.strings("severity").items():
            self._rule(name, ("rules", "severity", name))
            if word not in {s.value for s in Severity}:
                raise self._error(("rules", "severity", name), f"unknown severity {word!r}")
            out[name] = Severity(word)
        return out

    def _rule(self, name: str, path: FieldPath) -> None:
        if self._rules is not None and name not in self._rules:
            raise self._error(path, f"there is no rule {name!r} (mtlsaudit rules list)")

    def _choice(self, reader: Reader, key: str, only: str) -> str:
        value = reader.text(key)
        if value not in (None, "", only):
            raise self._error((key,), f"{key} can only be {only!r}")
        return value or ""

    def _known(self, reader: Reader, where: str) -> None:
        for key in reader.keys():
            if key not in _KEYS[where]:
                raise self._error((*reader.path, key), f"unknown key {key!r}")

    def _error(self, path: FieldPath, reason: str) -> ConfigError:
        position = Locator(self._text, 1).position(path)
        return ConfigError(f"{self._path}:{position.line if position else 1}: {reason}")
