"""Read how a cluster of Kubernetes is reached: from a kubeconfig, or within one of its pods."""

from __future__ import annotations

import json
import os
import ssl
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final

from peninsula.core.errors import InvalidError, NotFoundError, UnavailableError

__all__ = ["Access", "from_pod", "from_text", "from_usual_place", "read_usual_file"]

ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where a pod finds who it is."""


@dataclass(frozen=True, kw_only=True)
class Access:
    """Where a cluster is, and who one is there."""

    server: str
    verify: ssl.SSLContext
    token: str | None = None
    token_file: Path | None = None
    """Has the token, another one from time to time."""
    basic: tuple[str, str] | None = None
    """User and password."""
    namespace: str = "default"

    def secrets(self) -> Iterator[str]:
        """Give what is secret of it now."""
        yield from (each for each in (self.bearer(), self.basic and self.basic[1]) if each)

    def bearer(self) -> str | None:
        """Return the token as it is now. Raises UnavailableError while its file is not there."""
        if self.token_file is None:
            return self.token
        try:
            return self.token_file.read_text().strip()
        except OSError as problem:
            msg = f"The token for Kubernetes cannot be read: {problem}."
            raise UnavailableError(msg) from problem

    def account(self) -> str | None:
        """Return the service account that one is: `etl/worker`; None of anybody else."""
        _, _, rest = (self.bearer() or "").partition(".")
        said = rest.partition(".")[0]
        try:
            whose = json.loads(urlsafe_b64decode(said + "=" * (-len(said) % 4)))["sub"]
        except (ValueError, KeyError, TypeError):
            return None  # not every token says whose it is
        kind, found, account = str(whose).rpartition("serviceaccount:")
        return account.replace(":", "/") if found and kind == "system:" else None


def from_usual_place(context: str | None = None) -> Access:
    """Return what a pod is told, or elsewhere what the file that kubectl uses says.

    Raises InvalidError, or NotFoundError where there is no file or token.
    """
    if "KUBECONFIG" not in os.environ and (ACCOUNT / "token").exists():
        return from_pod()
    try:
        return from_text(read_usual_file(), context)
    except NotFoundError:
        if "KUBECONFIG" in os.environ or "KUBERNETES_SERVICE_HOST" not in os.environ:
            raise
    msg = (
        f"This pod has neither a token of a service account, in {ACCOUNT}, nor a kubeconfig. Set"
        " automountServiceAccountToken: true in its spec, or KUBECONFIG."
    )
    raise NotFoundError(msg)


def read_usual_file(path: str | Path | None = None) -> str:
    """Return the content of a kubeconfig, by default of the one that kubectl uses.

    Raises NotFoundError.
    """
    usual = os.environ.get("KUBECONFIG", "").partition(os.pathsep)[0] or "~/.kube/config"
    file = Path(path or usual).expanduser()
    if not file.is_file():
        msg = f"There is no kubeconfig {file}. Name one by KUBECONFIG, or by its path."
        raise NotFoundError(msg)
    return file.read_text()


def from_pod() -> Access:
    """Return what a pod is told of its cluster. Raises InvalidError elsewhere."""
    host, port = (os.environ.get(f"KUBERNETES_SERVICE_{name}") for name in ("HOST", "PORT"))
    if host is None or not (ACCOUNT / "token").exists():
        msg = (
            "This process runs in no pod of Kubernetes. Give a kubeconfig: KUBECONFIG names one to"
            " workers, KubernetesCluster.from_file() to blocks."
        )
        raise InvalidError(msg)
    return Access(
        server=f"https://{f'[{host}]' if ':' in host else host}:{port}",
        verify=ssl.create_default_context(cafile=str(ACCOUNT / "ca.crt")),
        token_file=ACCOUNT / "token",
        namespace=(ACCOUNT / "namespace").read_text().strip(),
    )


def from_text(text: str, context: str | None = None) -> Access:
    """Return what a kubeconfig says of a context, by default of its current one.

    Raises InvalidError, which repeats nothing that may be secret.
    """
    config = _parsed(text)
    chosen = context or config.get("current-context") or ""
    found = _named(config, "context", chosen)
    cluster = _named(config, "cluster", found.get("cluster", ""))
    user = _named(config, "user", found["user"]) if found.get("user") else {}
    if "exec" in user or "auth-provider" in user:
        msg = (
            f"The user of context {chosen!r} logs in by a program. Give the token of a service"
            " account in its place: kubectl create token NAME."
        )
        raise InvalidError(msg)
    basic = (user["username"], user["password"]) if "username" in user else None
    return Access(
        server=str(cluster.get("server", "")).rstrip("/"),
        verify=_checks(cluster, user),
        token=user.get("token"),
        token_file=Path(user["tokenFile"]) if "tokenFile" in user else None,
        basic=basic,
        namespace=found.get("namespace") or "default",
    )


def _parsed(text: str) -> Mapping[str, Any]:
    try:
        import yaml  # noqa: PLC0415  an extra
    except ImportError:
        msg = 'A kubeconfig needs yaml. Install it with "pip install peninsula[kubernetes]".'
        raise InvalidError(msg) from None
    try:
        config = yaml.safe_load(text)
    except yaml.YAMLError:
        config = None
    if not isinstance(config, Mapping) or "clusters" not in config:
        msg = (
            "This kubeconfig of Kubernetes is none. Give the text that"
            ' "kubectl config view --flatten --raw" prints.'
        )
        raise InvalidError(msg)
    return config


def _named(config: Mapping[str, Any], kind: str, name: str) -> Mapping[str, Any]:
    for each in config.get(f"{kind}s") or ():
        if each.get("name") == name:
            one: Mapping[str, Any] = each.get(kind) or {}
            return one
    known = ", ".join(sorted(str(each.get("name")) for each in config.get(f"{kind}s") or ()))
    msg = f"The kubeconfig has no {kind} {name!r}, but: {known or 'none'}. Name one of them."
    raise InvalidError(msg)


# --- certificates --------------------------------------------------------------------------------


def _checks(cluster: Mapping[str, Any], user: Mapping[str, Any]) -> ssl.SSLContext:
    authority = _content(cluster, "certificate-authority")
    context = ssl.create_default_context(cadata=authority.decode() if authority else None)
    if cluster.get("insecure-skip-tls-verify"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    certificate, key = (_content(user, f"client-{name}") for name in ("certificate", "key"))
    if certificate and key:
        # Python takes them from files only; these are the user's own, and gone at once.
        with NamedTemporaryFile() as file:
            file.write(certificate + b"\n" + key)
            file.flush()
            context.load_cert_chain(file.name)
    return context


def _content(of: Mapping[str, Any], name: str) -> bytes | None:
    """Return what is in the text itself, or in the file that it names."""
    if data := of.get(f"{name}-data"):
        return b64decode(data)
    return Path(of[name]).expanduser().read_bytes() if of.get(name) else None
