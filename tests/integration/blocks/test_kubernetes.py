"""KubernetesCluster with the cluster that KUBECONFIG names."""

from __future__ import annotations

import asyncio
import os
import pickle
from itertools import count

import httpx
import pytest

from peninsula.blocks import KubernetesCluster
from peninsula.core.errors import ConflictError, InvalidError, NotFoundError, UnauthenticatedError
from tests.support.calls import seen

pytestmark = pytest.mark.kubernetes

_NUMBERS = count(1)

NOWHERE = """
clusters: [{name: one, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: me, user: {token: t0ken-of-nobody}}]
contexts: [{name: at-one, context: {cluster: one, user: me}}]
current-context: at-one
"""


@pytest.fixture
def cluster(kubeconfig):
    """The cluster, with a namespace that is empty but for what Kubernetes puts there."""
    found = KubernetesCluster.from_file()
    name = f"peninsula-{os.getpid()}-{next(_NUMBERS)}"
    made = found.get_client().post("/api/v1/namespaces", json={"metadata": {"name": name}})
    made.raise_for_status()
    yield found.model_copy(update={"namespace": name})
    found.get_client().delete(f"/api/v1/namespaces/{name}")
    found.get_client().close()


def settings(name: str, **labels: str):
    """Return the manifest of a small object."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "labels": labels},
        "data": {"a": "1"},
    }


def test_an_object_is_made_had_and_deleted(cluster, told):
    """Each call says the object, by the id of the cluster."""
    made = cluster.create_object(settings("shop"))
    assert cluster.get_object("ConfigMap", "shop") == made
    cluster.delete_object("configmaps", "shop")
    with pytest.raises(NotFoundError, match='"shop" not found'):
        cluster.get_object("ConfigMap", "shop")
    system = cluster.get_client().get("/api/v1/namespaces/kube-system").json()
    uri = f"kubernetes://{system['metadata']['uid']}/{cluster.namespace}/configmap/shop"
    calls = seen(told)
    assert [call.name for call in calls] == [
        "kubernetes-cluster.create_object.completed",
        "kubernetes-cluster.get_object.completed",
        "kubernetes-cluster.delete_object.completed",
        "kubernetes-cluster.get_object.failed",
    ]
    assert {call.about for call in calls} == {uri}
    assert calls[1].says["bytes"] > 0


def test_objects_are_chosen_by_labels(cluster, told):
    """In pages, in one namespace or in all."""
    for number in range(3):
        cluster.create_object(settings(f"shop-{number}", app="shop", number=str(number)))

    def names(**options):
        found = cluster.list_objects("ConfigMap", **options)
        return [each["metadata"]["name"] for each in found]

    assert names(label_selector="app=shop,number!=1") == ["shop-0", "shop-2"]
    assert names(field_selector="metadata.name=shop-1") == ["shop-1"]
    assert "shop-1" in names(all_namespaces=True)
    call = seen(told)[3]
    assert (call.says["rows"], call.about.rpartition("/")[2]) == (2, cluster.namespace)


def test_pages_follow_each_other(cluster, monkeypatch):
    """Until there is nothing more."""
    monkeypatch.setattr("peninsula.blocks.kube_api.PAGE", 2)
    for number in range(5):
        cluster.create_object(settings(f"shop-{number}", app="shop"))
    assert len(cluster.list_objects("ConfigMap", label_selector="app=shop")) == 5


def test_groups_and_what_is_in_no_namespace(cluster, told):
    """Deployments, and nodes."""
    assert cluster.list_objects("Deployment", api_version="apps/v1") == []
    [node, *_] = cluster.list_objects("Node")
    name = node["metadata"]["name"]
    assert cluster.get_object("Node", name)["kind"] == "Node"
    assert seen(told)[-1].about.endswith(f"/node/{name}")
    with pytest.raises(NotFoundError, match="knows no 'Deployment' in 'v1'"):
        cluster.list_objects("Deployment")


def test_refusals_say_why(cluster):
    """As errors of their kinds."""
    cluster.create_object(settings("shop"))
    with pytest.raises(ConflictError, match="already exists"):
        cluster.create_object(settings("shop"))
    with pytest.raises(InvalidError, match="Invalid value"):
        cluster.create_object(settings("No Name"))
    with pytest.raises(InvalidError, match="has no apiVersion and no kind"):
        cluster.create_object({"metadata": {"name": "shop"}})


def test_a_wrong_token_is_in_no_error(cluster, home):
    """Nor in the journal, nor in what the block looks like."""
    text = cluster.kubeconfig.get_secret_value()
    wrong = KubernetesCluster(kubeconfig=text.replace("test-admin", "wr0ng-of-nobody"))
    if wrong.kubeconfig == cluster.kubeconfig:
        pytest.skip("Kubernetes: this cluster knows us by something else than the token test-admin")
    with pytest.raises(UnauthenticatedError) as caught:
        wrong.list_objects("Pod")
    wrong.get_client().close()
    files = b"".join(file.read_bytes() for file in home.rglob("*.seg"))
    assert b"list_objects.failed" in files
    assert "wr0ng-of-nobody" not in f"{caught.value} {wrong!r} {files!r}"


def test_coroutines_await_the_same(cluster):
    """Also with a block from another process."""
    asyncio.run(cluster.acreate_object(settings("shop")))
    sent = pickle.loads(pickle.dumps(cluster))
    assert sent.get_object("ConfigMap", "shop")["data"] == {"a": "1"}
    sent.get_client().close()


def test_a_cluster_that_is_not_there_is_named(told):
    """By its address, as long as its id is not known."""
    with pytest.raises(httpx.ConnectError):
        KubernetesCluster(kubeconfig=NOWHERE).list_objects("Pod")
    [call] = seen(told)
    assert (call.name, call.about) == (
        "kubernetes-cluster.list_objects.failed",
        "kubernetes://127.0.0.1:1",
    )


def test_what_is_no_kubeconfig_is_not_repeated(tmp_path):
    """The error says what to give."""
    with pytest.raises(InvalidError, match="kubectl config view --flatten --raw") as caught:
        KubernetesCluster(kubeconfig="token: t0ken-of-nobody").list_objects("Pod")
    assert "t0ken" not in str(caught.value)
    with pytest.raises(NotFoundError, match="There is no kubeconfig"):
        KubernetesCluster.from_file(tmp_path / "none")
    with pytest.raises(InvalidError, match="runs in no pod"):
        KubernetesCluster().list_objects("Pod")


def test_a_context_that_is_not_there_is_named():
    """With those that are."""
    with pytest.raises(InvalidError, match="no context 'other', but: at-one"):
        KubernetesCluster(kubeconfig=NOWHERE, context="other").list_objects("Pod")
