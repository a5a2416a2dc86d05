"""What is installed into a cluster: by the manifest, or by the chart."""

from __future__ import annotations

import yaml

from peninsula.core.keys import key_sum, worker_key
from peninsula.workers.kubernetes.installation import Installation, manifests
from peninsula.workers.kubernetes.roles import account_of, roles_of
from scripts import chart

WANTED = Installation(
    image="registry/peninsula:1",
    namespace="etl",
    key="s3cret",
    worker_key=worker_key("s3cret"),
    key_sum=key_sum("s3cret"),
    pool="kubernetes",
)


def objects():
    """The objects by kind and name."""
    return {(each["kind"], each["metadata"]["name"]): each for each in manifests(WANTED)}


def test_the_chart_is_what_the_code_says():
    """After a change: .venv/bin/python scripts/chart.py."""
    made = chart.files()
    there = {
        str(file.relative_to(chart.FOLDER)): file.read_text()
        for file in chart.FOLDER.rglob("*.yaml")
    }
    assert there == made


def test_the_chart_filled_in_is_the_manifest():
    """As Helm fills it in."""
    values = yaml.safe_load(chart.VALUES) | {"image": WANTED.image, "key": WANTED.key}
    rendered = [
        yaml.safe_load(chart.filled_in(text, values, WANTED.namespace))
        for name, text in chart.files().items()
        if name.startswith("templates/")
    ]
    assert sorted(rendered, key=str) == sorted(manifests(WANTED), key=str)


def test_the_keys_are_in_the_secret_alone():
    """Server and worker have theirs from there, and are replaced with another."""
    for key in (WANTED.key, WANTED.worker_key):
        assert [each["kind"] for each in manifests(WANTED) if key in str(each)] == ["Secret"]
    for kind, name in (("Deployment", "peninsula-server"), ("StatefulSet", "peninsula-worker")):
        template = objects()[kind, name]["spec"]["template"]
        assert template["metadata"]["annotations"] == {"peninsula/key": WANTED.key_sum}


def test_the_worker_has_no_key_of_the_owner():
    """Whoever looks into its environment may do what workers do."""
    worker = objects()["StatefulSet", "peninsula-worker"]["spec"]["template"]["spec"]
    [key] = [each for each in worker["containers"][0]["env"] if each["name"].endswith("_KEY")]
    assert key["valueFrom"]["secretKeyRef"] == {"name": "peninsula-key", "key": "worker-key"}


def test_the_worker_may_do_no_more_than_it_does():
    """No wildcard, and nothing of the cluster but to look at nodes and at one namespace."""
    roles = [each for each in manifests(WANTED) if each["kind"] in {"Role", "ClusterRole"}]
    assert "*" not in str([each["rules"] for each in roles])
    [whole] = [each["rules"] for each in roles if each["kind"] == "ClusterRole"]
    assert {verb for rule in whole for verb in rule["verbs"]} == {"get", "list", "watch"}


def test_the_service_leads_to_the_server():
    """By its labels."""
    found = objects()
    chosen = found["Service", "peninsula-server"]["spec"]["selector"]
    pod = found["Deployment", "peninsula-server"]["spec"]["template"]["metadata"]["labels"]
    assert chosen.items() <= pod.items()


def test_an_account_from_elsewhere_leaves_the_usual_one_its_roles():
    """What binds them has another name; the roles are the same."""
    usual = roles_of("runs", account_of("peninsula-worker", "runs"))
    other = roles_of("runs", account_of("etl/peninsula-worker", "runs"))

    def named(objects, kind):
        return [each["metadata"] for each in objects if each["kind"].endswith(kind)]

    assert named(usual, "Role") == named(other, "Role")
    bound = {each["name"] for each in named(other, "Binding")}
    assert bound.isdisjoint(each["name"] for each in named(usual, "Binding"))
    subjects = [each["subjects"] for each in other if "subjects" in each]
    account = {"kind": "ServiceAccount", "name": "peninsula-worker", "namespace": "etl"}
    assert subjects == [[account]] * 3
