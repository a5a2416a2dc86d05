"""A namespace of the cluster that KUBECONFIG names, and pods that run this checkout in it.

Without a registry, pods run an image that has next to nothing in it, with folders of this machine:
so the node has to be this machine. KUBERNETES_TEST_IMAGE names another such image.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import yaml

from peninsula.core.base_templates import BASE_TEMPLATES
from peninsula.core.keys import key_sum, worker_key
from peninsula.kube.access import Access, from_usual_place
from peninsula.kube.answers import login
from peninsula.workers.kubernetes.installation import Installation, manifests
from tests.support.kube_cluster import KubeCluster
from tests.support.processes import Program, python, wait_until

__all__ = [
    "IMAGE",
    "Namespace",
    "Part",
    "accepted",
    "kubeconfig_of_worker",
    "make",
    "namespace",
    "proxy",
    "template",
]

IMAGE = os.environ.get("KUBERNETES_TEST_IMAGE", "local.test/host:1")
ROOT = Path(__file__).parents[2]

_FOLDERS = {"/usr": "/usr", "/usr/lib": "/lib", "/usr/lib64": "/lib64", "/usr/bin": "/bin"}


class Namespace:
    """An empty namespace, and what a test looks at or does in it."""

    def __init__(self, name: str, http: httpx.Client, access: Access) -> None:
        self.name = name
        self.http = http
        self.access = access

    def get(self, kind: str, **parameters: str) -> list[dict[str, Any]]:
        """The objects of a kind: `pods`, `jobs`, `secrets`."""
        said = self.http.get(self.path(kind), params=parameters)
        said.raise_for_status()
        return said.json()["items"]

    def path(self, kind: str) -> str:
        """Where they are."""
        group = "/apis/batch/v1" if kind == "jobs" else "/api/v1"
        return f"{group}/namespaces/{self.name}/{kind}"

    def delete_pods(self) -> None:
        """Delete all pods, as a person does."""
        for pod in self.get("pods"):
            name = pod["metadata"]["name"]
            self.http.delete(f"{self.path('pods')}/{name}", params={"gracePeriodSeconds": "1"})

    def evict_pods(self) -> None:
        """Evict all pods by the API, as who drains a node does."""
        for pod in self.get("pods"):
            about = {"name": pod["metadata"]["name"], "namespace": self.name}
            for version in ("policy/v1", "policy/v1beta1"):
                body = {"apiVersion": version, "kind": "Eviction", "metadata": about}
                said = self.http.post(f"{self.path('pods')}/{about['name']}/eviction", json=body)
                if said.is_success:
                    break


@contextmanager
def namespace() -> Iterator[Namespace]:
    """Make a namespace for one test, in the cluster that KUBECONFIG names."""
    access = from_usual_place()
    name = f"peninsula-{uuid4().hex[:12]}"  # also of an earlier run there may be some left
    with httpx.Client(
        base_url=access.server, verify=access.verify, auth=login(access), timeout=30
    ) as http:
        made = http.post("/api/v1/namespaces", json={"metadata": {"name": name}})
        made.raise_for_status()
        try:
            yield Namespace(name, http, access)
        finally:
            http.delete(f"/api/v1/namespaces/{name}")
            for place in ("", "/namespaces/default"):
                for kind in ("clusterrolebinding", "clusterrole", "rolebinding", "role"):
                    if bool(place) != kind.startswith("cluster"):
                        roles = f"/apis/rbac.authorization.k8s.io/v1{place}/{kind}s"
                        chosen = f"app.kubernetes.io/name=peninsula-worker-{name}"
                        http.delete(roles, params={"labelSelector": chosen})


class Part:
    """A process of the cluster, which a test may hold still or kill where nobody else needs it."""

    def __init__(self, file: Path) -> None:
        self.file = file

    @classmethod
    def of(cls, cluster: KubeCluster, name: str) -> Part:
        """Return it; skip the test where it may not be touched."""
        if cluster.program is None:
            pytest.skip(
                f"Kubernetes: the {name} of a cluster is held still only where tests made it"
            )
        return cls(Path(cluster.kubeconfig).parent / f"{name}.pid")

    @property
    def pid(self) -> int:
        """Of the process."""
        return int(self.file.read_text())

    @contextmanager
    def away(self) -> Iterator[None]:
        """Have it do nothing for a while."""
        os.kill(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)

    @contextmanager
    def killed(self) -> Iterator[None]:
        """Kill it, and start it again as it was: same arguments, same files."""
        command = Path(f"/proc/{self.pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
        folder = Path(f"/proc/{self.pid}/cwd").readlink()
        ended = os.pidfd_open(self.pid)
        os.kill(self.pid, signal.SIGKILL)
        select.select([ended], [], [])
        os.close(ended)
        try:
            yield
        finally:
            with self.file.with_suffix(".log").open("ab") as log:
                started = subprocess.run(
                    ["/bin/sh", "-c", '"$@" >&2 & echo $!', "sh", *command],
                    cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                    start_new_session=True, check=True,
                )  # fmt: skip
            self.file.write_bytes(started.stdout)


def template(within: str, *folders: Path, **defaults: Any) -> dict[str, Any]:
    """Return a base job template whose pods see this machine's Python, checkout and folders."""
    made = _copy(BASE_TEMPLATES["kubernetes"])
    properties = made["variables"]["properties"]
    values = {
        "namespace": within,
        "image": IMAGE,
        "command": [sys.executable, "-m", "peninsula", "flow-run", "execute"],
        "env": {"PYTHONDONTWRITEBYTECODE": "1", "PATH": "/usr/bin:/bin"},
        **defaults,
    }
    for key, value in values.items():
        properties[key]["default"] = value
    spec = made["job_configuration"]["job_manifest"]["spec"]["template"]["spec"]
    mounts = _mounts(folders)
    spec["hostNetwork"] = True
    spec["terminationGracePeriodSeconds"] = 1
    spec["volumes"] = [
        {"name": f"host-{number}", "hostPath": {"path": path}} for number, path in enumerate(mounts)
    ]
    spec["containers"][0]["volumeMounts"] = [
        {"name": f"host-{number}", "mountPath": path} for number, path in enumerate(mounts.values())
    ]
    return made


def _mounts(folders: tuple[Path, ...]) -> Mapping[str, str]:
    """Return which folders of this machine are where."""
    ours = {ROOT, Path(sys.base_prefix), Path(sys.prefix), *folders}
    apart = [each for each in ours if not any(each != one and one in each.parents for one in ours)]
    known = ("/usr/lib", "/usr/bin", "/usr/lib64")
    return _FOLDERS | {str(each): str(each) for each in apart if str(each) not in known}


def _copy(value: Any) -> Any:
    match value:
        case dict():
            return {key: _copy(inner) for key, inner in value.items()}
        case list():
            return [_copy(inner) for inner in value]
        case _:
            return value


def kubeconfig_of_worker(namespace: Namespace, file: Path, without: str = "") -> None:
    """Install Service and roles into a namespace, and write the kubeconfig of its worker.

    `without`: a resource that it has no right to.
    """
    wanted = Installation(
        image=IMAGE,
        namespace=namespace.name,
        key="k",
        key_sum=key_sum("k"),
        worker_key=worker_key("k"),
        pool="cluster",
    )
    for each in manifests(wanted):
        if "rules" in each:
            each["rules"] = [rule for rule in each["rules"] if without not in rule["resources"]]
        if each["kind"] in _INSTALLED:
            make(namespace, each)
    said = namespace.http.post(
        f"{namespace.path('serviceaccounts')}/peninsula-worker/token",
        json={"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}},
    )
    said.raise_for_status()
    config = yaml.safe_load(Path(os.environ["KUBECONFIG"]).read_text())
    token = said.json()["status"]["token"]
    config["users"] = [{"name": each["name"], "user": {"token": token}} for each in config["users"]]
    file.write_text(yaml.safe_dump(config))


def take_from_worker(namespace: Namespace, resource: str) -> None:
    """Take its worker's rights to a resource, once it is there."""
    roles = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace.name}/roles"
    for role in namespace.http.get(roles).json()["items"]:
        role["rules"] = [each for each in role["rules"] if resource not in each["resources"]]
        namespace.http.put(f"{roles}/{role['metadata']['name']}", json=role).raise_for_status()
    asked = {
        "user": f"system:serviceaccount:{namespace.name}:peninsula-worker",
        "resourceAttributes": {
            "namespace": namespace.name, "resource": resource, "verb": "create"
        },
    }  # fmt: skip

    def is_gone() -> bool:
        reviews = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
        return not namespace.http.post(reviews, json={"spec": asked}).json()["status"]["allowed"]

    wait_until(is_gone, what="the right to go")


@contextmanager
def proxy(file: Path, *held: str) -> Iterator[Program]:
    """Have a proxy before the cluster that holds some requests; write the kubeconfig through it."""
    config = yaml.safe_load(Path(os.environ["KUBECONFIG"]).read_text())
    [about] = [each["cluster"] for each in config["clusters"]]
    with python("-m", "tests.support.kube_proxy", about["server"], *held, cwd=ROOT) as program:
        listens = program.wait_for_line("listens at")
        config["clusters"][0]["cluster"] = {"server": listens.split()[-1]}
        file.write_text(yaml.safe_dump(config))
        yield program


_INSTALLED = (
    "Service",
    "ServiceAccount",
    "Role",
    "RoleBinding",
    "ClusterRole",
    "ClusterRoleBinding",
)


def make(namespace: Namespace, thing: dict[str, Any]) -> None:
    """Make an object, as `kubectl apply` does."""
    _make(namespace.http, thing).raise_for_status()


def _make(http: httpx.Client, thing: dict[str, Any], **parameters: str) -> httpx.Response:
    version, kind = thing["apiVersion"], f"{thing['kind'].lower()}s"
    group = f"/api/{version}" if version == "v1" else f"/apis/{version}"
    within = thing["metadata"].get("namespace")
    place = f"/namespaces/{within}" if within else ""
    return http.post(f"{group}{place}/{kind}", json=thing, params=parameters)


def accepted(namespace: Namespace, thing: dict[str, Any]) -> str:
    """Return what the API server has against an object, which it does not keep."""
    said = _make(namespace.http, thing, dryRun="All", fieldValidation="Strict")
    return "" if said.is_success else said.text
