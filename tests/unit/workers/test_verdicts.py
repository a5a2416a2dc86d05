"""When a run's infrastructure is at its end, and in which words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from msgspec import structs

from peninsula.core.work import UNHEARD, UNREACHED
from peninsula.workers.kubernetes.cases import Case
from peninsula.workers.kubernetes.rules import Rules
from peninsula.workers.kubernetes.scene import Scene
from peninsula.workers.kubernetes.verdicts import verdict_of
from tests.unit.workers import recorded
from tests.unit.workers.recorded import RUNNING, condition, container, job, pod, terminated

CREATED = datetime(2026, 11, 23, 1, 24, 20, tzinfo=UTC)
NO_PROGRAM = terminated(128, "StartError", message="no such file: /bin/etl", startedAt=None)
RULES = Rules(pod_watch_timeout_seconds=60, node_lost_timeout_seconds=300)


def case_of(*pods, of=None, gone=(), nodes=()) -> Case:
    """Return a case in which these were seen, one after the other."""
    scene, of = Scene(), of or job()
    case = Case(belonging=recorded.BELONGING, job=of)
    stories = [*scene.job(of)]
    for each in pods:
        case.pods[each["metadata"]["uid"]] = each
        stories += scene.pod(each)
    for each in nodes:
        stories += scene.node(each)
    for each in gone:
        case.gone.add(each["metadata"]["uid"])
        case.pods[each["metadata"]["uid"]] = each
        stories += scene.pod_gone(each)
    case.told = [(story, uuid4()) for story in stories]
    return case


def verdict(case, after=timedelta(seconds=10), **rules):
    """Return what it comes to, some time after the pod was made."""
    return verdict_of(case, CREATED + after, structs.replace(RULES, **rules))


def test_a_pod_that_runs_has_no_verdict():
    """Nor has one that is on its way."""
    assert verdict(case_of()) is None
    assert verdict(case_of(pod())) is None
    assert verdict(case_of(pod(status={"containerStatuses": [container(running=RUNNING)]}))) is None


@pytest.mark.parametrize(
    ("thing", "words"),
    [
        (recorded.OOM_KILLED, "killed for memory (OOMKilled): its limit is 60Mi"),
        (recorded.EVICTED, 'evicted (Evicted). Usage of EmptyDir volume "full" exceeds the limit'),
        (recorded.EVICTED_LATER, "The node was low on resource: memory"),
        (
            pod(
                status={
                    "phase": "Failed",
                    "containerStatuses": [container(terminated=terminated(3))],
                }
            ),
            "ended with exit code 3 without a word",
        ),
        (
            pod(status={"containerStatuses": [container(terminated=terminated(139))]}),
            "ended by signal 11",
        ),
        (
            pod(
                status={"phase": "Failed", "containerStatuses": [container(terminated=NO_PROGRAM)]}
            ),
            "could not be started (StartError). no such file: /bin/etl.",
        ),
        (
            pod(status={"phase": "Failed", "reason": "DeadlineExceeded", "message": "Too long"}),
            "longer than its active deadline allows. Too long",
        ),
        (
            pod(status={"phase": "Failed", "reason": "UnexpectedAdmissionError"}),
            "failed (UnexpectedAdmissionError)",
        ),
    ],
)
def test_an_end_is_said_with_its_reason(thing, words):
    """And with the pod and the node."""
    found = verdict(case_of(thing))
    assert words in found.message
    assert "on node node1." in found.message


@pytest.mark.parametrize("reason", ["ErrImagePull", "CreateContainerError"])
def test_what_went_by_before_the_flow_began_is_not_what_it_ended_by(reason):
    """The registry answered after all, or the Secret was there."""
    waiting = pod(status={"containerStatuses": [container(waiting={"reason": reason})]})
    running = pod(status={"containerStatuses": [container(running=RUNNING)]})
    exited = pod(status={"containerStatuses": [container(terminated=terminated(3))]})
    assert "exit code 3" in verdict(case_of(waiting, running, exited)).message


def test_a_deletion_is_the_reason_of_the_kill_that_it_led_to():
    """Signal 9 is only how it was done."""
    ended = pod(
        metadata={"deletionTimestamp": "2026-11-23T01:24:25Z", "deletionGracePeriodSeconds": 1},
        status={"phase": "Failed", "containerStatuses": [container(terminated=terminated(137))]},
    )
    assert "Somebody deleted it." in verdict(case_of(ended)).message
    evicted = verdict(case_of(recorded.EVICTED_BY_API, gone=[recorded.EVICTED_BY_API]))
    assert "evicted (EvictionByEvictionAPI)" in evicted.message


@pytest.mark.parametrize(
    ("code", "shipper", "said", "note"),
    [(137, False, True, True), (137, True, True, False), (139, False, False, False)],
)
def test_a_kill_whose_reason_was_lost_names_the_limit_of_memory(code, shipper, said, note):
    """A runtime may not hear that it was for memory."""
    containers = [container(terminated=terminated(code))]
    ended = pod(status={"phase": "Failed", "containerStatuses": containers})
    message = verdict(case_of(ended), shipper=shipper).message
    assert f"signal {code - 128} (exit code {code})" in message
    assert ("its memory limit of 60Mi" in message) is said
    assert ("`shipper`" in message) is note


def test_the_deadline_of_a_job_is_known_before_its_pod_ends():
    """The Job says so at once."""
    failed = job(status={"conditions": [condition("Failed", reason="DeadlineExceeded")]})
    running = pod(status={"containerStatuses": [container(running=RUNNING)]})
    assert "active deadline" in verdict(case_of(running, of=failed)).message


def test_a_failed_job_waits_for_what_its_pod_says():
    """Which says more."""
    failed = job(status={"conditions": [condition("Failed", reason="BackoffLimitExceeded")]})
    running = pod(status={"containerStatuses": [container(running=RUNNING)]})
    assert verdict(case_of(running, of=failed)) is None
    assert "OOMKilled" in verdict(case_of(recorded.OOM_KILLED, of=failed)).message


def test_a_pod_that_another_replaced_is_what_the_run_ended_by():
    """If the flow had begun in it; the other one is not let begin."""
    begun = pod("a", status={"containerStatuses": [container(running=RUNNING)]})
    assert verdict(case_of(begun, pod("b"), gone=[begun])).story.uid == "a"
    assert verdict(case_of(pod("a"), pod("b"), gone=[pod("a")])) is None


@pytest.mark.parametrize("reason", ["ErrImageNeverPull", "InvalidImageName"])
def test_what_is_hopeless_is_not_waited_for(reason):
    """No time makes it better."""
    waiting = container(waiting={"reason": reason})
    assert reason in verdict(case_of(pod(status={"containerStatuses": [waiting]}))).message


def test_what_may_go_by_is_waited_for():
    """As long as the template says."""
    case = case_of(
        pod(status={"containerStatuses": [container(waiting={"reason": "ErrImagePull"})]})
    )
    assert verdict(case, timedelta(seconds=59)) is None
    assert "could not be pulled" in verdict(case, timedelta(seconds=60)).message


def test_a_pull_that_failed_is_told_by_its_error():
    """That it is tried again later says less, and comes after it."""
    refused = {"reason": "ErrImagePull", "message": "dial tcp 127.0.0.1:1: connection refused"}
    paused = {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}
    looks = [
        pod(status={"containerStatuses": [container(waiting=waiting)]})
        for waiting in (refused, paused)
    ]
    found = verdict(case_of(*looks), timedelta(seconds=60))
    assert "(ErrImagePull). dial tcp 127.0.0.1:1: connection refused." in found.message
    assert found.story.payload["reason"] == "ErrImagePull"
    assert "(ImagePullBackOff)" in verdict(case_of(looks[1]), timedelta(seconds=60)).message


def test_a_lost_node_is_waited_for():
    """It may come back with the process alive."""
    running = pod(status={"containerStatuses": [container(running=RUNNING)]})
    case = case_of(running, nodes=[recorded.node("Unknown")])
    assert verdict(case, timedelta(seconds=200)) is None
    assert "node of the pod was lost" in verdict(case, timedelta(seconds=400)).message


def test_a_node_that_is_there_again_is_lost_no_more():
    """Neither now, nor when the run has an end of its own."""
    running = pod(status={"containerStatuses": [container(running=RUNNING)]})
    lost = recorded.node("Unknown")
    back = recorded.node(since="2026-11-23T01:24:44Z")
    assert verdict(case_of(running, nodes=[lost, back]), timedelta(hours=1)) is None
    exited = case_of(recorded.EVICTED_BY_API, gone=[recorded.EVICTED_BY_API], nodes=[lost, back])
    assert "was evicted" in verdict(exited).message
    deleted = case_of(running, gone=[running], nodes=[lost, back])
    assert "Somebody deleted it." in verdict(deleted).message
    again = recorded.node("Unknown", since="2026-11-23T01:25:00Z")
    case = case_of(running, nodes=[lost, back, again])
    assert verdict(case, timedelta(seconds=320)) is None
    assert "node of the pod was lost" in verdict(case, timedelta(seconds=340)).message


def test_a_kill_that_may_have_lost_words_says_so():
    """Unless a sidecar ships them."""
    case = case_of(recorded.OOM_KILLED)
    assert "last 100 ms may be missing" in verdict(case).message
    kept = verdict_of(case, CREATED + timedelta(seconds=10), Rules(shipper=True))
    assert "missing" not in kept.message


def test_a_sidecar_is_not_the_flow():
    """Whatever becomes of it."""
    statuses = [
        container(running=RUNNING),
        container("shipper", terminated=terminated(137, "OOMKilled")),
    ]
    spec = {"containers": [{"name": "flow"}, {"name": "shipper"}]}
    assert verdict(case_of(pod(spec=spec, status={"containerStatuses": statuses}))) is None


@pytest.mark.parametrize(("code", "words"), [(0, "ended without a word"), (3, "exit code 3")])
@pytest.mark.parametrize("phase", ["Running", "Failed"])
def test_how_the_flow_ended_is_its_own(code, words, phase):
    """Also where its sidecar failed the pod, or goes on."""
    beside = {"running": RUNNING} if phase == "Running" else {"terminated": NO_PROGRAM}
    statuses = [container(terminated=terminated(code)), container("shipper", **beside)]
    spec = {"containers": [{"name": "flow"}, {"name": "shipper"}]}
    found = verdict(case_of(pod(spec=spec, status={"phase": phase, "containerStatuses": statuses})))
    assert words in found.message
    assert found.story.payload["container"] == "flow"
    assert found.may_tell_more


def test_only_who_ended_by_itself_may_tell_more():
    """Who was killed can not."""
    exited = pod(status={"containerStatuses": [container(terminated=terminated(1))]})
    assert verdict(case_of(exited)).may_tell_more
    assert not verdict(case_of(recorded.OOM_KILLED)).may_tell_more


def test_what_ended_before_its_node_was_lost_has_an_end_of_its_own():
    """An API server that was away shows both at once."""
    lost = recorded.node("Unknown", since="2026-11-23T01:24:31Z")
    exited = pod(status={"containerStatuses": [container(terminated=terminated(4))]})
    case = case_of(exited, nodes=[lost])
    assert "exit code 4" in verdict(case).message


@pytest.mark.parametrize(("code", "unreached"), [(UNREACHED, True), (4, False), (137, False)])
def test_a_process_that_found_no_server_says_so_by_its_exit_code(code, unreached):
    """Its run is given back. A flow may end by that code, too, so the worker says no more of it."""
    exited = pod(status={"containerStatuses": [container(terminated=terminated(code))]})
    found = verdict(case_of(exited))
    assert found.launched(uuid4()).unreached is unreached
    assert "server" not in found.message


def test_a_process_that_no_server_heard_at_its_end_says_so():
    """By its exit code and the words that it leaves; the message says what would keep the rest."""
    words = "How the run ended is lost: the server took nothing in time."
    ended = terminated(UNHEARD, message=words)
    found = verdict(case_of(pod(status={"containerStatuses": [container(terminated=ended)]})))
    assert "PENINSULA_OUTLAST_TIMEOUT" in found.message
    assert "`shipper`" in found.message
    assert found.launched(uuid4()).untold == words


def test_a_flow_that_ends_by_the_same_exit_code_is_not_taken_for_that():
    """It has left no such words."""
    exited = pod(status={"containerStatuses": [container(terminated=terminated(UNHEARD))]})
    found = verdict(case_of(exited))
    assert "exit code 74 without a word" in found.message
    assert found.launched(uuid4()).untold is None


def test_what_was_lost_is_said_whatever_ended_the_pod():
    """Its process was killed as it waited, for who deletes a pod gives it a while only."""
    words = "How the run ended is lost: the process was killed as it waited for the server."
    ended = terminated(137, message=words)
    about = {"deletionTimestamp": "2026-11-23T01:24:55Z", "deletionGracePeriodSeconds": 30}
    found = verdict(
        case_of(pod(metadata=about, status={"containerStatuses": [container(terminated=ended)]}))
    )
    assert found.message.startswith("Somebody deleted it.")
    assert found.message.count(words) == 1
    assert found.launched(uuid4()).untold == words
