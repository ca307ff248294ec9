"""The annotations of one Ingress, read as the controller's parsers read them: trimmed, as booleans, as Secrets."""

from __future__ import annotations

import re

from mtlsaudit.model.secret import Part, Presence, SecretView
from mtlsaudit.model.values import dataclass
from mtlsaudit.platforms.core.ingresses import Ingress
from mtlsaudit.platforms.ingress_nginx.denials import password_secret, why_denied
from mtlsaudit.platforms.ingress_nginx.risks import LEVELS, RISK
from mtlsaudit.platforms.ingress_nginx.settings import Controller, parse_bool
from mtlsaudit.platforms.ingress_nginx.validation import why_invalid

_BASIC = re.compile(r"[/\-._~a-zA-Z0-9:]*")


@dataclass(frozen=True, slots=True)
class Ignored:
    """A value that does not do what it says: `effect` is what happens instead."""

    annotation: str
    value: str
    effect: str


class Dropped(Exception):
    """The controller stores nothing of this Ingress."""


class Denied(Exception):
    """A reference cannot be used."""


def trimmed(value: str) -> str:
    """Each line of a value without the blanks around it, as the controller does: a line break at the end stays."""
    return "\n".join(line.strip() for line in value.split("\n")) if "\n" in value else value.strip()


class Values:
    """`raw` has them by short name, `ignored` collects those that have no effect.

    `validates` is --enable-annotation-validation, which makes some bad values drop the whole Ingress. Before 1.9, which
    brought it, auth-tls-match-cn had to hold `CN=` (`searches_names`); without validation it may be anything since.
    """

    def __init__(self, ingress: Ingress, controller: Controller, secrets: dict[str, SecretView]) -> None:
        self._ingress = ingress
        self._controller = controller
        self._secrets = secrets
        prefix = controller.prefix + "/"
        self.raw = {k[len(prefix) :]: v for k, v in ingress.resource.annotations.items() if k.startswith(prefix)}
        self.ignored: list[Ignored] = []
        self.validates = controller.switch("enable-annotation-validation", not controller.is_before(12))
        self.searches_names = controller.is_before(9)

    def ignore(self, effect: str, *names: str) -> None:
        """Remember that these values, where they are written, do not do what they say."""
        self.ignored += [Ignored(name, self.raw[name], effect) for name in names if name in self.raw]

    def text(self, name: str) -> str:
        """A value, trimmed; blank counts as absent."""
        return trimmed(self.raw.get(name, ""))

    def passes(self, name: str, allowed: re.Pattern[str]) -> bool:
        """Does the value match as it is written, blanks left out? A line break at its end does not.

        True where nothing is validated, and of an empty value, which the controller does not look at.
        """
        raw = self.raw.get(name, "")
        return not self.validates or not raw or allowed.fullmatch(raw.replace(" ", "")) is not None

    def flag(self, name: str, default: bool, *, drops: bool = False) -> bool:
        """A boolean; what is none leaves the default, or raises Dropped where `drops` says so and values are validated."""
        raw = self.raw.get(name)
        if raw is None:
            return default
        value = parse_bool(raw)
        if value is None:
            if drops and self.validates and raw:
                raise Dropped(f"{name} {raw!r} is not a boolean")
            self.ignore(f"not a boolean, so it is {str(default).lower()}", name)
            return default
        return value

    def check_risk_and_words(self) -> None:
        """Raises Dropped for an annotation above the permitted risk or with a word of the blocklist."""
        default = "Critical" if self._controller.is_before(12) else "High"
        level = self._controller.option("annotations-risk-level", default).capitalize()
        maximum = LEVELS.index(level) if level in LEVELS else 0
        for name in self.raw:
            if RISK.get(name, 0) > maximum:
                rated = LEVELS[RISK[name]]
                raise Dropped(f"{name} is rated {rated}, above annotations-risk-level {LEVELS[maximum]}")
        blocklist = self._controller.option("annotation-value-word-blocklist")
        words = blocklist.strip().split(",") if blocklist else []
        for name, value in self.raw.items():
            for word in words:
                if word in value:
                    raise Dropped(f"{name} contains {word!r} of annotation-value-word-blocklist")

    def check_validity(self) -> None:
        """Raises Dropped for a value that the controller does not store an Ingress with."""
        if self.validates and (reason := why_invalid(self.raw)):
            raise Dropped(reason)

    def why_denied(self) -> str:
        """Why the locations answer 503 for what access control needs; empty where they do not. Raises Dropped."""
        return why_denied(self.raw, self.text, self._ingress.namespace, self._cross_namespace, self._passwords)

    def _passwords(self, key: str) -> SecretView | None:
        """The Secret of a password file, where it is known. The realm is looked at after it. Raises Dropped."""
        view = self._secrets.get(key)
        if view is not None and view.presence is Presence.ABSENT:
            return view
        if not self.passes("auth-realm", _BASIC):
            raise Dropped(f"auth-realm {self.raw['auth-realm']!r} has a character that is not allowed")
        return view

    @property
    def password_secret(self) -> str:
        """The `namespace/name` of the Secret with the password file that is asked for, or empty."""
        return password_secret(self.raw, self.text, self._ingress.namespace)

    @property
    def _cross_namespace(self) -> bool:
        """May a Secret of another namespace be used?"""
        return self._controller.setting("allow-cross-namespace-resources", self._controller.is_before(12))

    def secret(self, name: str) -> SecretView | None:
        """The Secret that an annotation names, None where the annotation counts as absent.

        Raises Denied for one that is not to be used or cannot be, and Dropped for a name that is not valid.
        """
        value = self.text(name)
        if not value and self.passes(name, _BASIC):
            self.ignore("an empty value counts as absent", name)
            return None
        if not self.passes(name, _BASIC):
            raise Dropped(f"{name} {self.raw[name]!r} has a character that is not allowed")
        parts = value.split("/")
        if len(parts) != 2:
            raise Denied(f"{name} {value!r} is not namespace/name")
        namespace = parts[0]
        if namespace != self._ingress.namespace and namespace and not self._cross_namespace:
            raise Denied(f"{name} {value!r} is in another namespace")
        view = self._secrets[value]
        if view.presence is Presence.ABSENT:
            raise Denied(f"the Secret {value} of {name} does not exist")
        problem = _unusable(view)
        if problem:
            raise Denied(f"the Secret {value} of {name} cannot be used: {problem}")
        return view


def _unusable(view: SecretView) -> str:
    """Why getPemCertificate refuses a Secret (store/backend_ssl.go), or empty."""
    if view.pair is Part.GARBAGE:
        return "tls.crt and tls.key do not load as a pair"
    if view.ca is Part.GARBAGE:
        return "ca.crt is not PEM certificates"
    if view.pair is Part.NONE and view.ca is Part.NONE:
        return "it has neither ca.crt nor a key pair"
    if view.ca is Part.GOOD and view.crl is Part.GARBAGE:
        return "ca.crl is not a PEM revocation list"
    return ""
