"""Every way in that kubectl knows leads in here as well, and one that has ended is told as what it is."""

from __future__ import annotations

import base64
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import NameOID

from tests.live.test_scan import CASE, CLIENT
from tests.support.apiserver import ApiServer
from tests.support.connect_proxy import forwarding
from tests.support.live import modes, report_of, scan
from tests.support.pki import make

RULES = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list"]}]
MASTERS = x509.Name(
    [
        x509.NameAttribute(NameOID.COMMON_NAME, "late"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "system:masters"),
    ]
)


@pytest.fixture(scope="module")
def estate(cluster: ApiServer) -> ApiServer:
    cluster.apply(CASE.read_text())
    cluster.service_account("access", RULES)
    return cluster


def ended(server: ApiServer, name: str) -> str:
    """A token of the server's own key that it issued an hour ago for ten minutes, as the TokenRequest API would have."""
    head, body, _ = server.token(name).split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "==")) | {"jti": "00000000-0000-4000-8000-000000000001"}
    issued = datetime.now(UTC) - timedelta(hours=1)
    times = {
        "iat": int(issued.timestamp()),
        "nbf": int(issued.timestamp()),
        "exp": int((issued + timedelta(minutes=10)).timestamp()),
    }
    body = base64.urlsafe_b64encode(json.dumps(claims | times).encode()).decode().rstrip("=")
    key = load_pem_private_key((server.directory / "sa.key").read_bytes(), None)
    assert isinstance(key, RSAPrivateKey)
    signature = base64.urlsafe_b64encode(key.sign(f"{head}.{body}".encode(), PKCS1v15(), SHA256()))
    return f"{head}.{body}.{signature.decode().rstrip('=')}"


def plugin(folder: Path, *answers: dict[str, str], code: int = 0) -> dict[str, object]:
    """An exec plugin that gives one status after the other, the last one over and over; `calls` beside it counts."""
    (folder / "answers").write_text(json.dumps(answers))
    program = folder / "plugin.py"
    program.write_text(
        "import json, os, sys\n"
        f"folder, code = {str(folder)!r}, {code}\n"
        "info = json.loads(os.environ['KUBERNETES_EXEC_INFO'])\n"
        "calls = open(folder + '/calls', 'a+'); calls.write('x'); calls.seek(0)\n"
        "answers = json.load(open(folder + '/answers'))\n"
        "if code: print('no single sign-on today', file=sys.stderr); sys.exit(code)\n"
        "status = answers[min(len(calls.read()), len(answers)) - 1]\n"
        "print(json.dumps({'apiVersion': info['apiVersion'], 'kind': 'ExecCredential', 'status': status}))\n"
    )
    return {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": sys.executable,
            "args": [str(program)],
            "interactiveMode": "Never",
        }
    }


def test_a_plugin_gives_the_token(estate: ApiServer, tmp_path: Path) -> None:
    user = plugin(tmp_path, {"token": estate.token("access")})
    report = report_of("--kubeconfig", estate.kubeconfig("plugin", user))
    assert report["coverage"]["gaps"] == []
    assert modes(report)[CLIENT] == "mutual"


def test_a_plugin_gives_a_client_certificate(estate: ApiServer, tmp_path: Path) -> None:
    admin = {"clientCertificateData": estate.admin.pem, "clientKeyData": estate.admin.key_pem}
    report = report_of("--kubeconfig", estate.kubeconfig("plugin-pair", plugin(tmp_path, admin)))
    assert modes(report)[CLIENT] == "mutual"


def test_a_token_that_has_ended_is_fetched_anew(estate: ApiServer, tmp_path: Path) -> None:
    """The plugin's first token has ended, and only the server says so."""
    user = plugin(tmp_path, {"token": ended(estate, "access")}, {"token": estate.token("access")})
    report = report_of("--kubeconfig", estate.kubeconfig("plugin-late", user))
    assert report["coverage"]["gaps"] == []
    assert (tmp_path / "calls").read_text() == "xx"


def test_a_plugin_without_credentials_is_not_nobody(estate: ApiServer, tmp_path: Path) -> None:
    """Asking as system:anonymous would give a report of what everybody may see."""
    done = scan("--kubeconfig", estate.kubeconfig("plugin-fails", plugin(tmp_path, code=1)))
    assert (done.code, done.out) == (3, "")
    assert "no single sign-on today" in done.err
    assert f"the plugin {sys.executable} gave no credentials" in done.err


def test_a_token_that_has_ended_and_stays_is_told(estate: ApiServer) -> None:
    done = scan("--kubeconfig", estate.kubeconfig("late-token", {"token": ended(estate, "access")}))
    assert (done.code, done.out) == (3, "")
    assert "the API server cannot be asked: 401: Unauthorized" in done.err


def test_a_client_certificate_that_has_ended_is_told(estate: ApiServer, tmp_path: Path) -> None:
    start = datetime.now(UTC) - timedelta(days=3)
    late = make("late", by=estate.ca, subject=MASTERS, eku=["client"], start=start, days=2, number=904)
    user = {
        "client-certificate-data": base64.b64encode(late.pem.encode()).decode(),
        "client-key-data": base64.b64encode(late.key_pem.encode()).decode(),
    }
    done = scan("--kubeconfig", estate.kubeconfig("late-pair", user))
    assert (done.code, done.out) == (3, "")
    assert "the API server cannot be asked: 401: Unauthorized" in done.err


def test_the_proxy_of_the_kubeconfig_is_asked(estate: ApiServer) -> None:
    with forwarding() as proxy:
        config = estate.kubeconfig("proxied", **{"proxy-url": proxy.url})
        report = report_of("--kubeconfig", config)
    assert modes(report)[CLIENT] == "mutual"
    assert set(proxy.asked) == {f"127.0.0.1:{estate.port}"}


def test_the_proxy_of_the_environment_is_asked_where_nothing_excepts_the_server(estate: ApiServer) -> None:
    config = estate.kubeconfig("admin")
    with forwarding() as proxy:
        env = {"HTTPS_PROXY": proxy.url, "NO_PROXY": "example.com", "no_proxy": "example.com"}
        assert modes(report_of("--kubeconfig", config, env=env))[CLIENT] == "mutual"
        assert set(proxy.asked) == {f"127.0.0.1:{estate.port}"}
    with forwarding() as proxy:
        env = {"HTTPS_PROXY": proxy.url, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        assert modes(report_of("--kubeconfig", config, env=env))[CLIENT] == "mutual"
        assert proxy.asked == []


def test_a_proxy_that_refuses_is_told(estate: ApiServer) -> None:
    with forwarding(refuses=True) as proxy:
        done = scan("--kubeconfig", estate.kubeconfig("refused-proxy", **{"proxy-url": proxy.url}))
    assert (done.code, done.out) == (3, "")
    assert "403" in done.err


def test_a_kubeconfig_is_one_file_whatever_its_name(estate: ApiServer, tmp_path: Path) -> None:
    """kubectl takes --kubeconfig as one path, and KUBECONFIG as several."""
    folder = tmp_path / "a:b"
    folder.mkdir()
    config = yaml.safe_load(estate.kubeconfig("admin").read_text())
    config["clusters"][0]["cluster"]["certificate-authority"] = "ca.crt"
    (folder / "ca.crt").write_text(estate.ca.pem)
    (folder / "config").write_text(yaml.safe_dump(config))
    assert modes(report_of("--kubeconfig", folder / "config"))[CLIENT] == "mutual"
    one, two = (estate.kubeconfig(name) for name in ("admin", "second"))
    done = scan("--kubeconfig", f"{one}:{two}")
    assert (done.code, "no such file" in done.err) == (3, True)


def test_of_several_files_the_first_says_what_a_name_means(estate: ApiServer, tmp_path: Path) -> None:
    """client-go: the first file to set a value wins; a file of KUBECONFIG may be absent."""
    here = estate.kubeconfig("twice").rename(tmp_path / "here")
    down = estate.kubeconfig("twice", server="https://127.0.0.1:1")
    absent = tmp_path / "absent"
    env = {"KUBECONFIG": f"{absent}:{here}:{down}"}
    assert modes(report_of("--context", "twice", env=env))[CLIENT] == "mutual"
    done = scan("--context", "twice", env={"KUBECONFIG": f"{absent}:{down}:{here}"})
    assert (done.code, "does not answer" in done.err) == (3, True)
