"""What is read of a kubeconfig."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode

import pytest
import yaml

from peninsula.core.errors import InvalidError, NotFoundError, UnavailableError
from peninsula.kube.access import from_text, from_usual_place
from tests.support.certificate import make_certificate


def config(*, cluster=(), user=(), context=()) -> str:
    """Return a kubeconfig of one context."""
    return yaml.safe_dump(
        {
            "clusters": [{"name": "c", "cluster": {"server": "https://k:6443/", **dict(cluster)}}],
            "users": [{"name": "u", "user": dict(user)}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u", **dict(context)}}],
            "current-context": "x",
        }
    )


def token_of(subject: str | None) -> str:
    """Return a token of that name, as an API server signs it."""
    said = urlsafe_b64encode(json.dumps({"sub": subject}).encode()).rstrip(b"=").decode()
    return f"e30.{said}.c2ln"


def test_server_namespace_and_token(tmp_path):
    """The token is read from its file anew each time."""
    (tmp_path / "token").write_text("one\n")
    access = from_text(
        config(user={"tokenFile": str(tmp_path / "token")}, context={"namespace": "shop"})
    )
    assert (access.server, access.namespace, access.bearer()) == ("https://k:6443", "shop", "one")
    (tmp_path / "token").write_text("two\n")
    assert access.bearer() == "two"
    (tmp_path / "token").unlink()
    with pytest.raises(UnavailableError, match="token"):
        access.bearer()


@pytest.mark.parametrize(
    ("token", "account"),
    [
        (token_of("system:serviceaccount:etl:worker"), "etl/worker"),
        (token_of("somebody@example.com"), None),
        (token_of(None), None),
        ("opaque", None),
        ("a.!.c", None),
    ],
)
def test_a_token_says_whose_it_is(token, account):
    """That of a service account does, others may."""
    assert from_text(config(user={"token": token})).account() == account
    assert from_text(config()).account() is None


def test_a_pod_without_a_token_is_told_what_it_lacks(monkeypatch, tmp_path):
    """It needs no kubeconfig, which nobody would give it."""
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(NotFoundError, match="There is no kubeconfig"):
        from_usual_place()
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    with pytest.raises(NotFoundError, match="automountServiceAccountToken"):
        from_usual_place()


def test_user_and_password():
    """The password is known as a secret."""
    access = from_text(config(user={"username": "etl", "password": "p4ss"}))
    assert (access.basic, list(access.secrets())) == (("etl", "p4ss"), ["p4ss"])


@pytest.mark.parametrize("inline", [True, False])
def test_certificates(tmp_path, inline):
    """From the text, or from files."""
    make_certificate(tmp_path / "key", tmp_path / "certificate")

    def field(name: str, file: str) -> dict[str, str]:
        path = tmp_path / file
        data = b64encode(path.read_bytes()).decode()
        return {f"{name}-data": data} if inline else {name: str(path)}

    user = field("client-certificate", "certificate") | field("client-key", "key")
    access = from_text(config(cluster=field("certificate-authority", "certificate"), user=user))
    assert access.verify.cert_store_stats()["x509"] == 1
    assert access.verify.check_hostname


def test_a_program_that_logs_in_is_refused():
    """With what to do instead."""
    with pytest.raises(InvalidError, match="token of a service account"):
        from_text(config(user={"exec": {"command": "aws"}}))
