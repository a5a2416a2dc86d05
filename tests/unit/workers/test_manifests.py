"""The Job of a run, from its pool's template."""

from __future__ import annotations

from copy import deepcopy

import pytest

from peninsula.core.base_templates import BASE_TEMPLATES
from peninsula.core.errors import InvalidError
from peninsula.core.job_templates import check_template, filled_in
from peninsula.workers.kubernetes import jobs
from peninsula.workers.kubernetes.belonging import Belonging
from peninsula.workers.kubernetes.manifests import Address, job_manifest, name_of, secret_manifest
from peninsula.workers.kubernetes.rules import Rules
from tests.unit.workers import recorded
from tests.unit.workers.recorded import BELONGING

ADDRESS = Address(url="http://peninsula:4747", key="s3cret")


def made(**variables):
    """Return the Job that the usual template comes to."""
    wanted = filled_in(BASE_TEMPLATES["kubernetes"], {"image": "etl:1", **variables})
    return job_manifest(wanted, BELONGING, "etl", ADDRESS)


def flow(job):
    """Return its container."""
    return job["spec"]["template"]["spec"]["containers"][0]


def test_the_usual_template_is_one():
    """The server takes it."""
    check_template(BASE_TEMPLATES["kubernetes"])


def test_a_job_says_which_run_it_is_of():
    """It, and its pod; read back, it is the same."""
    job = made()
    assert Belonging.of(job) == BELONGING
    assert Belonging.of(job["spec"]["template"]) == BELONGING
    assert job["metadata"]["name"] == name_of(BELONGING)


def test_variables_are_where_they_belong():
    """What has no value is left out."""
    job = made(memory="1Gi", env={"DAY": "1"}, job_timeout_seconds=60, finished_job_ttl=5)
    assert flow(job)["resources"]["limits"] == {"memory": "1Gi"}
    assert {"name": "DAY", "value": "1"} in flow(job)["env"]
    assert job["spec"]["activeDeadlineSeconds"] == 60
    assert "serviceAccountName" not in job["spec"]["template"]["spec"]
    assert Rules.on(job).finished_job_ttl == 5


def test_a_variable_of_null_is_left_out():
    """So a deployment takes away what its pool says."""
    told = {
        each["name"]: each.get("value") for each in flow(made(env={"DAY": None, "N": 1}))["env"]
    }
    assert "DAY" not in told
    assert told["N"] == "1"


@pytest.mark.parametrize(
    ("variables", "patience"),
    [
        ({}, "3600"),
        ({"env": {"PENINSULA_OUTLAST_TIMEOUT": "5"}}, "5"),
        ({"shipper": True}, None),
    ],
)
def test_a_process_outlasts_its_server_where_nobody_else_ships(variables, patience):
    """Its journal goes with its pod; what the template says counts."""
    told = {each["name"]: each.get("value") for each in flow(made(**variables))["env"]}
    assert told.get("PENINSULA_OUTLAST_TIMEOUT") == patience
    assert told["PENINSULA_LAST_WORDS"] == "/dev/termination-log"


def test_the_key_is_in_the_secret_alone():
    """The container has it from there."""
    assert "s3cret" not in str(made())
    key = next(each for each in flow(made())["env"] if each["name"] == "PENINSULA_API_KEY")
    assert key["valueFrom"]["secretKeyRef"]["name"] == name_of(BELONGING)
    secret = secret_manifest(BELONGING, "etl", ADDRESS, recorded.job())
    assert secret["stringData"] == {"api-key": "s3cret"}
    assert secret["metadata"]["ownerReferences"][0]["uid"] == "job-1"


def test_a_job_is_held_until_its_worker_lets_it_go():
    """Also without a key."""
    assert jobs.is_held(made())


def test_services_of_the_namespace_are_no_settings():
    """One named peninsula-server would have the pod told PENINSULA_SERVER_PORT=tcp://…."""
    assert made()["spec"]["template"]["spec"]["enableServiceLinks"] is False


def test_a_sidecar_sees_the_same_home():
    """And is no second flow."""
    containers = made(shipper=True)["spec"]["template"]["spec"]["containers"]
    assert [each["name"] for each in containers] == ["flow", "shipper"]
    assert containers[0]["volumeMounts"] == containers[1]["volumeMounts"]
    assert containers[1]["command"][-2:] == ["journal", "ship"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda wanted: wanted.pop("job_manifest"), "no job_manifest"),
        (lambda wanted: flow(wanted["job_manifest"]).pop("image"), "no image"),
        (
            lambda wanted: wanted["job_manifest"]["spec"]["template"]["spec"].pop("containers"),
            "no container",
        ),
        (lambda wanted: wanted.update(finished_job_ttl="soon"), "finished_job_ttl"),
    ],
)
def test_what_is_no_job_is_refused(change, words):
    """With what is missing."""
    wanted = deepcopy(filled_in(BASE_TEMPLATES["kubernetes"], {"image": "etl:1"}))
    change(wanted)
    with pytest.raises(InvalidError, match=words):
        job_manifest(wanted, BELONGING, "etl", ADDRESS)


def test_the_template_is_left_as_it_is():
    """It is of other runs, too."""
    wanted = filled_in(BASE_TEMPLATES["kubernetes"], {"image": "etl:1"})
    before = deepcopy(wanted)
    job_manifest(wanted, BELONGING, "etl", ADDRESS)
    assert wanted == before


@pytest.mark.parametrize("name", ["Ünïcode!", "-" * 80, "a" * 300, "9 lives"])
def test_a_name_is_one_of_a_host(name):
    """Whatever the run is called."""
    made = name_of(Belonging(**{**_fields(), "name": name}))
    assert len(made) <= 57
    assert made.strip("-").replace("-", "").isalnum()
    assert made.isascii()


def _fields():
    return {each: getattr(BELONGING, each) for each in BELONGING.__struct_fields__}
