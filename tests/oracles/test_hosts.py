"""Random names and hosts: what we say of a pair, `openssl x509 -checkhost` says too."""

from __future__ import annotations

import os
import subprocess

from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mtlsaudit.pki.decode import decode
from mtlsaudit.pki.hosts import proves_host
from tests.support.pki import make
from tests.support.processes import find

_EXAMPLES = int(os.environ.get("MTLSAUDIT_HOSTS", "200"))
_HOST_LABELS = ("a", "b", "ab", "A", "xn--a", "a-", "-a", "a-b", "a_b", "*", "é", "")
_STARRED = ("*", "*", "a*", "*a", "a*b", "a-*", "*-a", "-*", "**", "xn--*", "x*", "_*")
_hosts = st.lists(st.sampled_from(_HOST_LABELS), min_size=1, max_size=4).map(".".join)
_tails = st.lists(st.sampled_from(_HOST_LABELS), max_size=3)
_starred = st.builds(lambda first, rest: ".".join([first, *rest]), st.sampled_from(_STARRED), _tails)


@st.composite
def _pairs(draw: st.DrawFn) -> tuple[list[str], list[str], str]:
    """DNS names, common names, and the host that is asked for; half of the time one of the names made to fit."""
    host = draw(_hosts)
    fitting = ".".join([draw(st.sampled_from(_STARRED)), *host.split(".")[1:]])
    names = st.one_of(st.just(host), st.just(fitting), _hosts, _starred)
    dns = draw(st.lists(names.filter(str.isascii), max_size=2))
    common = draw(st.lists(names.filter(bool), max_size=2))
    return dns, common, host


@settings(
    max_examples=_EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
@given(_pairs())
def test_openssl_agrees(pair: tuple[list[str], list[str], str]) -> None:
    dns, common, host = pair
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name) for name in common])
    made = make(dns=dns, subject=subject)
    command = [find("openssl"), "x509", "-noout", "-checkhost", host]
    done = subprocess.run(command, input=made.pem, capture_output=True, text=True, check=True)
    assert ("does match" in done.stdout) is not ("does NOT match" in done.stdout), done.stdout
    assert proves_host(decode(made.der), host) is ("does match" in done.stdout), pair
