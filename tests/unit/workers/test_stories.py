"""What is read of the objects of Kubernetes."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from peninsula.core.catalogue import names
from peninsula.core.events import check_event
from peninsula.workers.kubernetes.other_stories import event_story, job_stories
from peninsula.workers.kubernetes.pod_stories import pod_stories
from peninsula.workers.kubernetes.stories import event_of, image_address
from tests.unit.workers import recorded
from tests.unit.workers.recorded import condition, container, pod, terminated

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)


def told(thing):
    """Return what is told of a pod, in order."""
    return [story.what for story in pod_stories(thing)]


def one(thing, what):
    """Return the only story of that kind."""
    [story] = [story for story in pod_stories(thing) if story.what == what]
    return story


def test_a_kill_for_memory_says_its_limit():
    """And the code, and which container."""
    assert told(recorded.OOM_KILLED) == ["scheduled", "started", "oom-killed", "failed"]
    said = one(recorded.OOM_KILLED, "oom-killed").payload
    assert (said["container"], said["exit_code"], said["limits"]) == (
        "flow",
        137,
        {"memory": "60Mi"},
    )


def test_a_kill_for_memory_before_a_restart_counts():
    """In lastState it is the same fact as it was in state."""
    ended = terminated(137, "OOMKilled")
    now = pod(status={"containerStatuses": [container(terminated=ended)]})
    running = {"startedAt": "2026-11-23T01:24:40Z"}
    later = pod(status={"containerStatuses": [container(restarts=1, last=ended, running=running)]})
    assert one(now, "oom-killed") == one(later, "oom-killed")
    assert told(later) == ["scheduled", "started", "oom-killed", "started"]


def test_a_container_that_exits_is_no_eviction():
    """Whatever the code."""
    status = {"phase": "Failed", "containerStatuses": [container(terminated=terminated(1))]}
    assert told(pod(status=status)) == ["scheduled", "started", "container-failed", "failed"]
    assert one(pod(status=status), "failed").payload == {"container": "flow", "exit_code": 1}


def test_an_eviction_needs_no_container():
    """Old kubelets say nothing of them."""
    assert told(recorded.EVICTED) == ["evicted"]
    assert "exceeds the limit" in one(recorded.EVICTED, "evicted").payload["message"]


def test_an_eviction_is_told_once():
    """Later versions say it by the phase and by a condition."""
    assert told(recorded.EVICTED_LATER) == ["started", "container-failed", "evicted"]


@pytest.mark.parametrize(
    ("thing", "what"),
    [(recorded.EVICTED_BY_API, "evicted"), (recorded.PREEMPTED, "preempted")],
)
def test_a_disruption_says_why_a_pod_was_deleted(thing, what):
    """Since 1.26."""
    assert {what, "deleted"} <= set(told(thing))


def test_a_deletion_was_asked_for_before_its_grace():
    """The object says when the grace is over."""
    story = one(recorded.EVICTED_BY_API, "deleted")
    assert story.at == datetime(2026, 11, 23, 1, 24, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("reason", "what"),
    [
        ("ErrImagePull", "image-pull-failed"),
        ("ImagePullBackOff", "image-pull-failed"),
        ("ErrImageNeverPull", "image-pull-failed"),
        ("CreateContainerConfigError", "start-failed"),
        ("CrashLoopBackOff", "restart-backoff"),
    ],
)
def test_what_keeps_a_container_waiting(reason, what):
    """With the image, and what Kubernetes says of it."""
    waiting = {"reason": reason, "message": "back-off 10s"}
    story = one(pod(status={"containerStatuses": [container(waiting=waiting)]}), what)
    assert (story.image, story.payload["reason"]) == ("python:3.11", reason)


def test_a_container_that_is_being_created_is_no_story():
    """It is the usual way."""
    waiting = {"reason": "ContainerCreating"}
    assert told(pod(status={"containerStatuses": [container(waiting=waiting)]})) == ["scheduled"]


def test_no_node_takes_a_pod():
    """With the scheduler's words."""
    found = pod(
        spec={"nodeName": ""},
        status={
            "conditions": [
                condition(
                    "PodScheduled",
                    "False",
                    reason="Unschedulable",
                    message="0/1 nodes are available: 1 Insufficient memory.",
                )
            ]
        },
    )
    assert one(found, "unschedulable").payload["message"].startswith("0/1 nodes")


def test_init_containers_are_told_of_too():
    """Before those that wait for them."""
    found = pod(
        spec={"initContainers": [{"name": "fetch", "image": "git"}]},
        status={"initContainerStatuses": [container("fetch", terminated=terminated(128))]},
    )
    assert one(found, "container-failed").payload["container"] == "fetch"


@pytest.mark.parametrize(
    ("reason", "what"),
    [("DeadlineExceeded", "deadline-exceeded"), ("BackoffLimitExceeded", "failed")],
)
def test_a_job_says_why_it_failed(reason, what):
    """A deadline is a story of its own."""
    failed = recorded.job(status={"conditions": [condition("Failed", reason=reason)]})
    assert [story.what for story in job_stories(failed)] == ["created", what]


# --- Events --------------------------------------------------------------------------------------


def test_an_event_is_of_its_container():
    """As its path says."""
    pulling = recorded.event("Pulling", involvedObject={"fieldPath": "spec.containers{flow}"})
    story = event_story(pulling, pod())
    assert (story.what, story.payload["container"], story.image) == (
        "pulling",
        "flow",
        "python:3.11",
    )


def test_an_event_of_the_newer_kind_has_its_time_elsewhere():
    """It has no first time, and repeats in a series."""
    newer = recorded.event(
        "Pulling",
        firstTimestamp=None,
        lastTimestamp=None,
        eventTime="2026-11-23T01:24:22.123456Z",
        series={"count": 4, "lastObservedTime": "2026-11-23T01:25:22.123456Z"},
    )
    assert event_story(newer, pod()).at == datetime(2026, 11, 23, 1, 24, 22, 123456, tzinfo=UTC)


def test_an_event_that_is_counted_is_one_story():
    """Its id is that of its first time."""
    again = recorded.event("FailedMount", count=7, lastTimestamp="2026-11-23T01:44:22Z")
    first, second = (
        event_of(event_story(each, pod()), "kubernetes://c", NOW)
        for each in (recorded.event("FailedMount"), again)
    )
    assert (first.id, first.payload) == (second.id, second.payload)


def test_each_kill_is_a_story_of_its_time():
    """Kubernetes counts them into one Event, which has the message of the latest."""
    first, later, again = (
        event_of(event_story(each, recorded.node()), "kubernetes://c", NOW)
        for each in (
            recorded.kill("15101"),
            recorded.kill("15191", count=22, lastTimestamp="2026-11-23T01:31:34Z"),
            recorded.kill("15191", count=23, lastTimestamp="2026-11-23T01:33:34Z"),
        )
    )
    assert [each.occurred.strftime("%X") for each in (first, later, again)] == [
        "01:24:22", "01:31:34", "01:33:34",
    ]  # fmt: skip
    assert len({first.id, later.id, again.id}) == 3
    assert json.loads(bytes(later.payload))["count"] == 22


def test_a_message_of_several_that_were_combined_has_its_own_time():
    """It is told once, also when it is counted again."""
    said = "(combined from similar events): Readiness probe failed: HTTP 503"
    combined = [
        recorded.event("Unhealthy", message=said, count=count, lastTimestamp=last)
        for count, last in ((12, "2026-11-23T01:26:22Z"), (13, "2026-11-23T01:26:32Z"))
    ]
    first, second = (event_story(each, pod()) for each in combined)
    assert first.at == datetime(2026, 11, 23, 1, 26, 22, tzinfo=UTC)
    assert event_of(first, "kubernetes://c", NOW).id == event_of(second, "kubernetes://c", NOW).id


def test_events_of_what_objects_say_themselves_are_left_out():
    """Else it would be told twice."""
    for reason in ("Evicted", "FailedScheduling", "BackOff", "ErrImageNeverPull"):
        assert event_story(recorded.event(reason, type="Warning"), pod()) is None


def test_a_warning_of_an_unknown_kind_is_told():
    """With its reason."""
    story = event_story(recorded.event("NetworkNotReady", type="Warning"), pod())
    assert (story.what, story.payload["reason"]) == ("warning", "NetworkNotReady")


def test_a_kill_for_memory_somewhere_on_a_node_has_a_name():
    """Which of its processes it was stands in its message alone."""
    assert event_story(recorded.kill("15101"), recorded.node()).what == "process-killed"


def test_old_clusters_tell_of_preemption_and_taints_by_events():
    """A deletion that was called off is no eviction."""
    assert event_story(recorded.event("Preempted"), pod()).what == "preempted"
    marked = recorded.event("TaintManagerEviction", message="Marking for deletion Pod etl/x")
    called_off = recorded.event("TaintManagerEviction", message="Cancelling deletion of Pod etl/x")
    assert event_story(marked, pod()).what == "evicted"
    assert event_story(called_off, pod()) is None
    assert event_story(recorded.event("Preempted"), recorded.PREEMPTED) is None


# --- as events of ours ---------------------------------------------------------------------------


def test_a_fact_is_one_event_whenever_it_is_seen():
    """Id, payload and relations are the same; only an unknown time is another."""
    status = {"containerStatuses": [container(waiting={"reason": "ErrImagePull"})]}
    seen = one(pod(status=status), "image-pull-failed")
    again = one(pod(metadata={"resourceVersion": "99"}, status=status), "image-pull-failed")
    first, second = (
        event_of(story, "kubernetes://c", at)
        for story, at in ((seen, NOW), (again, NOW.replace(hour=3)))
    )
    assert (first.id, first.payload, first.related) == (second.id, second.payload, second.related)


def test_an_event_is_related_to_all_that_took_part():
    """Run, flow, deployment, pool, worker, node and image."""
    event = event_of(one(recorded.OOM_KILLED, "oom-killed"), "kubernetes://c", NOW)
    check_event(event)
    assert event.event == "peninsula.kubernetes.pod.oom-killed"
    assert event.resource.id == "kubernetes://c/etl/pod/quiet-harbour-1-pod-1"
    assert event.occurred == datetime(2026, 11, 23, 1, 24, 25, tzinfo=UTC)
    assert {each.role for each in event.related} == {
        "node", "image", "flow-run", "flow", "deployment", "work-pool", "worker",
    }  # fmt: skip
    assert json.loads(bytes(event.payload))["uid"] == "pod-1"


def test_the_catalogue_has_every_story():
    """Of all recorded objects."""
    things = [each for each in vars(recorded).values() if isinstance(each, dict)]
    stories = [story for each in things if "spec" in each for story in pod_stories(each)]
    assert {story.event for story in stories} <= names()


@pytest.mark.parametrize(
    ("image", "address"),
    [
        ("python:3.11", "oci://docker.io/library/python:3.11"),
        ("prefix/etl", "oci://docker.io/prefix/etl"),
        ("ghcr.io/a/b@sha256:0f", "oci://ghcr.io/a/b@sha256:0f"),
        ("localhost:5000/a", "oci://localhost:5000/a"),
    ],
)
def test_short_names_of_images_are_of_the_usual_registry(image, address):
    """As every runtime reads them."""
    assert image_address(image) == address
