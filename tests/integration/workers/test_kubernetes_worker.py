"""Kubernetes workers on a real cluster: each way in which a pod ends is seen, told and named."""

from __future__ import annotations

import os
from contextlib import ExitStack
from textwrap import dedent
from uuid import UUID

import pytest
import yaml

from peninsula.core.keys import key_sum, worker_key
from peninsula.workers.kubernetes.installation import Installation, manifests
from tests.support import kubernetes
from tests.support.processes import python, wait_until

pytestmark = [pytest.mark.kubernetes, pytest.mark.timeout(240)]

LONG = 90.0
"""Seconds until a wait is given up: a pod takes its time on a small machine."""

FLOWS = """
    import atexit, os, signal, sys, time
    from peninsula import flow, get_run_logger, suspend_flow_run, task

    @flow
    def good():
        get_run_logger().info("logged by the engine")
        print("printed only", flush=True)
        return 1

    @flow
    def raises():
        raise ValueError("no rows")

    @flow
    def exits():
        print("about to leave", flush=True)
        os._exit(3)

    @flow
    def logs_and_leaves():
        for number in range(300):
            get_run_logger().warning("word %s\\nand more of it", number)
        os._exit(3)

    @flow
    def eats():
        held = bytearray(400 << 20)
        for place in range(0, len(held), 4096):
            held[place] = 1
        time.sleep(600)

    @flow
    def waits():
        print("it waits", flush=True)
        time.sleep(600)

    @flow
    def stubborn():
        print("it stays", flush=True)
        while True:
            try:
                time.sleep(600)
            except BaseException:
                pass

    @flow
    def suspends():
        stays = atexit.register(dies_later)
        suspend_flow_run(key="approval")
        atexit.unregister(stays)
        while not os.path.exists("enough"):
            time.sleep(0.1)

    def dies_later():
        while not os.path.exists("go"):
            time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGKILL)

    @flow
    def waits_for_gate():
        print("it waits", flush=True)
        while not os.path.exists("go"):
            time.sleep(0.1)

    @flow
    def exits_later():
        print("it waits", flush=True)
        while not os.path.exists("go"):
            time.sleep(0.1)
        os._exit(4)

    @flow
    def counts():
        number = 0
        while not os.path.exists("enough"):
            print("number", number, flush=True)
            number += 1
            with open("counted", "ab") as file:
                file.write(b".")
            time.sleep(0.1)
        print("counted to", number, flush=True)

    @flow
    def fills():
        with open("/full/file", "wb") as file:
            file.write(bytes(30 << 20))
        time.sleep(600)

    @flow
    def broken():
        return 1
"""


@pytest.fixture
def namespace(kubeconfig):
    """A namespace of the cluster."""
    with kubernetes.namespace() as made:
        yield made


@pytest.fixture
def flows(tmp_path):
    """A folder with flows, which pods see."""
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "pods.py").write_text(dedent(FLOWS))
    return folder


@pytest.fixture
def cluster(runs, namespace, flows):
    """Runs in a pool of that namespace, and workers of it."""
    with ExitStack() as stack:
        yield InCluster(runs, namespace, flows, stack)


class InCluster:
    """A pool `cluster` of type kubernetes, and its workers."""

    def __init__(self, runs, namespace, flows, stack) -> None:
        self.runs = runs
        self.namespace = namespace
        self.flows = flows
        self.stack = stack
        self.pool: UUID | None = None

    def make(self, *, spec=None, grace=None, **defaults) -> None:
        """Make the pool; `spec` is of its pods, beside what the template has."""
        made = kubernetes.template(self.namespace.name, self.flows, **defaults)
        made["job_configuration"]["grace_seconds"] = grace
        inner = made["job_configuration"]["job_manifest"]["spec"]["template"]["spec"]
        for key, value in (spec or {}).items():
            if key == "volumes":
                inner["volumes"] += value
            elif key == "volumeMounts":
                inner["containers"][0]["volumeMounts"] += value
            else:
                inner[key] = value
        self.pool = self.runs.pool("cluster", type="kubernetes", base_job_template=made)

    def worker(self, name: str = "one", **env: str):
        """Start a worker."""
        arguments = ("-m", "peninsula", "worker", "start", "--pool", "cluster", "--name", name)
        worker = self.stack.enter_context(python(*arguments, env={**os.environ, **env}))
        worker.wait_for_line("serves the work pool")
        return worker

    def run(self, flow: str, **more) -> UUID:
        """A run that is due now."""
        return self.runs.submit(
            flow, self.pool, entrypoint=f"pods.py:{flow}", path=str(self.flows), **more
        )

    def until(self, run: UUID, *names: str):
        """The run, in one of those states."""

        def there():
            found = self.runs.run(run)
            return found if found["state"]["name"] in names else None

        try:
            return wait_until(there, what=f"{run} to be {names}", timeout=LONG)
        except AssertionError as problem:
            told = [(event["event"], event["payload"]) for event in self.runs.events(run)]
            raise AssertionError(f"{problem} Its events: {told}") from None

    def printed(self, run: UUID, text: str):
        """Wait until a line of the run's log has the text."""
        return wait_until(
            lambda: [line for line in self.runs.lines(run) if text in line[1]],
            what=f"{text!r} in the log",
            timeout=LONG,
        )

    def told(self, run: UUID) -> list[str]:
        """What was told of its pods and Jobs."""
        return [
            event["event"].removeprefix("peninsula.kubernetes.")
            for event in self.runs.events(run)
            if event["event"].startswith("peninsula.kubernetes.")
        ]

    def suspects(self, run: UUID) -> set[str]:
        """What `why` names of its pods and Jobs."""
        suspects = self.runs.get(f"flow-runs/{run}/why")["suspects"]
        names = {suspect["event"]["event"] for suspect in suspects}
        ours = "peninsula.kubernetes."
        return {name.removeprefix(ours) for name in names if name.startswith(ours)}

    def keys(self) -> list[dict]:
        """The Secrets with keys of runs."""
        return [each for each in self.namespace.get("secrets") if each["type"] == "Opaque"]

    def is_quiet(self) -> bool:
        """Whether no pod runs any more."""
        phases = {pod["status"]["phase"] for pod in self.namespace.get("pods")}
        return phases <= {"Succeeded", "Failed"}

    def crash(self, run: UUID):
        """Wait until the run is Crashed; return message and the event that it follows."""
        return self.end(run, "")

    def end(self, run: UUID, words: str):
        """The same, of the Crashed that says these words and follows an event."""

        def said():
            return [
                event
                for event in self.runs.events(run)
                if event["event"].endswith("flow-run.crashed") and event.get("follows")
            ]

        self.until(run, "Crashed")
        [crashed] = wait_until(said, what="a reason", timeout=LONG)
        follows = next(e for e in self.runs.events(run) if e["id"] == crashed["follows"])
        message = self.runs.run(run)["state"]["message"]
        assert words in message
        return message, follows["event"].removeprefix("peninsula.kubernetes.")


def test_a_run_completes_in_a_pod(cluster):
    """Its log has what was logged and what was printed, once; its events tell the pod's story."""
    cluster.make()
    cluster.worker()
    run = cluster.run("good")
    cluster.until(run, "Completed")
    wait_until(lambda: "pod.completed" in cluster.told(run), what="the end", timeout=LONG)
    told = cluster.told(run)
    assert {"job.created", "pod.scheduled", "pod.started", "pod.container-completed"} <= set(told)
    assert len(told) == len(set(told))
    cluster.printed(run, "printed only")
    lines = cluster.runs.lines(run)
    assert len([line for line in lines if "logged by the engine" in line[1]]) == 1
    assert ("peninsula.pod.flow", "printed only") in lines
    assert any("Made Job" in message for _, message in lines)
    assert cluster.runs.run(run)["state"]["name"] == "Completed"


def test_the_key_of_a_run_is_a_secret_that_goes_with_its_job(cluster):
    """It is in no manifest."""
    cluster.make()
    cluster.worker()
    run = cluster.run("waits")
    cluster.printed(run, "it waits")
    [job] = cluster.namespace.get("jobs")
    [secret] = cluster.keys()
    assert secret["metadata"]["ownerReferences"][0]["uid"] == job["metadata"]["uid"]
    assert "pk_" not in str(job) or secret["data"]["api-key"] not in str(job)


@pytest.mark.parametrize("held", [("POST", "secrets"), ("PATCH", "jobs")])
def test_no_key_is_left_of_a_worker_that_is_killed(cluster, tmp_path, held):
    """Between making the Job and the Secret, and before it lets the Job begin."""
    cluster.make()
    through = tmp_path / "kubeconfig"
    proxy = cluster.stack.enter_context(kubernetes.proxy(through, *held))
    worker = cluster.worker(KUBECONFIG=str(through))
    run = cluster.run("good")
    proxy.wait_for_line("holds a request", timeout=LONG)
    worker.kill()
    [left] = cluster.namespace.get("jobs")
    cluster.worker()
    cluster.until(run, "Completed")
    uid = left["metadata"]["uid"]
    wait_until(
        lambda: {job["metadata"]["uid"] for job in cluster.namespace.get("jobs")}.isdisjoint({uid}),
        what="what is left to go",
        timeout=LONG,
    )
    wait_until(lambda: len(cluster.keys()) == 1, what="only the key of the second start")
    assert cluster.runs.run(run)["start"] == 2
    assert len(cluster.printed(run, "printed only")) == 1


def test_a_key_that_cannot_be_kept_leaves_no_job(cluster, kubeconfig, tmp_path):
    """The state says what the worker may not do any more."""
    kubernetes.kubeconfig_of_worker(cluster.namespace, tmp_path / "kubeconfig")
    cluster.make()
    cluster.worker(KUBECONFIG=str(tmp_path / "kubeconfig"))
    kubernetes.take_from_worker(cluster.namespace, "secrets")
    message = cluster.until(cluster.run("good"), "Crashed")["state"]["message"]
    assert "secrets" in message
    wait_until(lambda: not cluster.namespace.get("jobs"), what="the Job to go", timeout=LONG)


def test_what_a_container_prints_is_kept_where_the_server_is_away_as_it_begins(cluster):
    """From its first line on, when the server is back."""
    flows = cluster.flows
    template = kubernetes.template(cluster.namespace.name, flows)
    spec = template["job_configuration"]["job_manifest"]["spec"]["template"]["spec"]
    waits = f"until [ -e {flows}/go ]; do sleep 0.1; done"
    prints = f"echo the first line; until [ -e {flows}/on ]; do sleep 0.1; done; echo the last line"
    before = {
        "name": "before",
        "image": kubernetes.IMAGE,
        "command": ["/bin/sh", "-c", waits],
        "volumeMounts": spec["containers"][0]["volumeMounts"],
    }
    cluster.make(command=["/bin/sh", "-c", f"{prints}; exit 7"], spec={"initContainers": [before]})
    cluster.worker()
    run = cluster.run("good")
    wait_until(lambda: "pod.started" in cluster.told(run), what="its pod", timeout=LONG)
    cluster.runs.server.kill()

    def runs() -> bool:
        statuses = [pod["status"] for pod in cluster.namespace.get("pods")]
        return any("running" in each["containerStatuses"][0]["state"] for each in statuses)

    (flows / "go").touch()
    wait_until(runs, what="its container", timeout=LONG)
    cluster.runs.server.start()
    (flows / "on").touch()
    cluster.printed(run, "the first line")
    cluster.printed(run, "the last line")
    message, _ = cluster.crash(run)
    assert "exit code 7" in message


def test_a_run_that_ends_while_the_server_is_away_is_completed(cluster):
    """Its process waits for it, as the journal would go with the pod."""
    run = waiting_for_server(cluster)
    cluster.runs.server.start()
    assert cluster.until(run, "Completed", "Crashed")["state"]["name"] == "Completed"
    wait_until(lambda: "pod.completed" in cluster.told(run), what="the pod's end", timeout=LONG)
    assert cluster.runs.state(run) == "Completed"


def test_a_pod_that_is_deleted_while_the_server_is_away_says_what_was_lost(cluster):
    """It waits until it is killed, and the log of the run says so, too."""
    run = waiting_for_server(cluster)
    cluster.namespace.delete_pods()
    wait_until(lambda: not cluster.namespace.get("pods"), what="the pod to go", timeout=LONG)
    cluster.runs.server.start()
    lost = "How the run ended is lost: the process was killed as it waited for the server."
    cluster.until(run, "Crashed")
    wait_until(
        lambda: lost in cluster.runs.run(run)["state"]["message"], what="its reason", timeout=LONG
    )
    cluster.printed(run, lost)


def waiting_for_server(cluster):
    """Return a run that has ended while the server is away; its process waits for it."""
    cluster.make()
    cluster.worker()
    run = cluster.run("waits_for_gate")
    cluster.printed(run, "it waits")
    cluster.runs.server.kill()
    (cluster.flows / "go").touch()
    logs = cluster.namespace.path("pods")
    [pod] = [each["metadata"]["name"] for each in cluster.namespace.get("pods")]

    def waits() -> bool:
        said = cluster.namespace.http.get(f"{logs}/{pod}/log", params={"container": "flow"})
        return "This process waits for it, 3600 s at most" in said.text

    wait_until(waits, what="the process to wait", timeout=LONG)
    return run


def test_a_kill_for_memory_is_named(cluster):
    """With the limit; and it is why the run failed."""
    cluster.make(memory="160Mi")
    cluster.worker()
    run = cluster.run("eats")
    message, follows = cluster.crash(run)
    assert "OOMKilled" in message
    assert "160Mi" in message
    assert follows == "pod.oom-killed"
    wait_until(lambda: "job.failed" in cluster.told(run), what="the Job's end", timeout=LONG)
    assert cluster.suspects(run) == {"pod.oom-killed"}


def test_a_container_that_exits_is_named_with_its_code(cluster):
    """And what it printed last is in the log."""
    cluster.make()
    cluster.worker()
    run = cluster.run("exits")
    message, follows = cluster.crash(run)
    assert "exit code 3" in message
    assert follows in {"pod.container-failed", "pod.failed"}
    cluster.printed(run, "about to leave")
    wait_until(lambda: "job.failed" in cluster.told(run), what="the Job's end", timeout=LONG)
    assert cluster.suspects(run) == {follows}


def test_a_run_that_fails_by_itself_does_so_before_its_pod(cluster):
    """The end of the pod is none of its causes."""
    cluster.make()
    cluster.worker()
    run = cluster.run("raises")
    cluster.until(run, "Failed")
    wait_until(lambda: "job.failed" in cluster.told(run), what="the Job's end", timeout=LONG)
    assert cluster.suspects(run) == set()


def test_what_a_process_logged_last_is_kept_without_a_sidecar(cluster):
    """From what its container has printed, where its journal went with it; each line once."""
    cluster.make()
    cluster.worker()
    run = cluster.run("logs_and_leaves")
    cluster.crash(run)
    cluster.printed(run, "word 299")

    def ends(text: str) -> list[str]:
        messages = [line for _, message in cluster.runs.lines(run) for line in message.split("\n")]
        return [line for line in messages if line.endswith(text)]

    wait_until(lambda: len(ends("and more of it")) == 300, what="all", timeout=LONG)
    assert {len(ends(f"word {number}")) for number in range(300)} == {1}
    [(logger, _)] = [line for line in cluster.runs.lines(run) if line[1].endswith("word 299")]
    assert logger == "peninsula.pod.flow"


def test_an_image_that_is_not_there_is_named(cluster):
    """At once, where no time helps."""
    cluster.make(image="local.test/none:1", image_pull_policy="Never")
    cluster.worker()
    message, follows = cluster.crash(cluster.run("good"))
    assert "ErrImageNeverPull" in message
    assert follows == "pod.image-pull-failed"
    wait_until(lambda: not cluster.namespace.get("jobs"), what="the Job to go", timeout=LONG)


def test_an_image_that_cannot_be_pulled_is_waited_for(cluster):
    """As long as the template says."""
    cluster.make(
        image="127.0.0.1:1/none:1", image_pull_policy="Always", pod_watch_timeout_seconds=5
    )
    cluster.worker()
    message, _ = cluster.crash(cluster.run("good"))
    assert "127.0.0.1:1/none:1" in message


def test_a_pod_that_no_node_takes_is_named(cluster):
    """With what the scheduler says."""
    cluster.make(memory="900Gi", pod_watch_timeout_seconds=3)
    cluster.worker()
    run = cluster.run("good")
    message, follows = cluster.crash(run)
    assert "Insufficient memory" in message
    assert follows == "pod.unschedulable"
    wait_until(lambda: "job.deleted" in cluster.told(run), what="the Job to go", timeout=LONG)
    assert cluster.suspects(run) == {"pod.unschedulable"}


def test_a_deadline_is_named(cluster):
    """Of the Job; also where the process says itself that it got a signal."""
    cluster.make(job_timeout_seconds=12)
    cluster.worker()
    run = cluster.run("waits")
    message, follows = cluster.end(run, "active deadline")
    assert follows == "job.deadline-exceeded", message


def test_an_eviction_by_the_kubelet_is_named(cluster):
    """It filled a volume beyond its limit."""
    cluster.make(
        spec={
            "volumes": [{"name": "full", "emptyDir": {"sizeLimit": "5Mi"}}],
            "volumeMounts": [{"name": "full", "mountPath": "/full"}],
        }
    )
    cluster.worker()
    message, follows = cluster.end(cluster.run("fills"), "evicted")
    assert "exceeds the limit" in message
    assert follows == "pod.evicted"


@pytest.mark.parametrize("how", ["delete_pods", "evict_pods"])
def test_a_pod_that_is_taken_away_is_named(cluster, how):
    """The run is over, and no other pod takes its place."""
    cluster.make()
    cluster.worker()
    run = cluster.run("waits")
    cluster.printed(run, "it waits")
    getattr(cluster.namespace, how)()
    # Before Kubernetes 1.26 an eviction by the API is a deletion like others.
    _, follows = cluster.end(run, "")
    assert follows in {"pod.deleted", "pod.evicted"}
    # The Job may have made another pod, which is not let begin.
    wait_until(cluster.is_quiet, what="all pods to end", timeout=LONG)
    assert len([line for line in cluster.runs.lines(run) if line[1] == "it waits"]) == 1


def test_a_cancelled_run_has_its_job_deleted(cluster):
    """Its process is really ended; its pod and Job have not failed."""
    cluster.make()
    cluster.worker()
    run = cluster.run("waits")
    cluster.printed(run, "it waits")
    cluster.runs.post(f"flow-runs/{run}/cancel")
    cluster.until(run, "Cancelled")
    wait_until(lambda: "job.completed" in cluster.told(run), what="the Job's end", timeout=LONG)
    assert "pod.failed" not in cluster.told(run)


def test_a_worker_that_is_killed_takes_its_runs_back(cluster):
    """Nothing is missed and nothing told twice."""
    cluster.make()
    worker = cluster.worker()
    run = cluster.run("waits")
    cluster.printed(run, "it waits")
    worker.kill()
    [pod] = cluster.namespace.get("pods")
    cluster.namespace.delete_pods()
    wait_until(
        lambda: pod["metadata"]["uid"] not in map(_uid, cluster.namespace.get("pods")),
        what="the pod to go",
        timeout=LONG,
    )
    cluster.worker()
    message, follows = cluster.end(run, "Somebody deleted it.")
    assert (follows, pod["metadata"]["name"] in message) == ("pod.deleted", True)
    told = [e for e in cluster.runs.events(run) if "kubernetes.pod" in e["event"]]
    facts = [(e["event"], e["resource"]["id"], str(e["payload"])) for e in told]
    assert len(facts) == len(set(facts))
    assert len([line for line in cluster.runs.lines(run) if line[1] == "it waits"]) == 1


def _uid(thing) -> str:
    return thing["metadata"]["uid"]


def test_an_observer_that_is_killed_does_not_keep_why_others_runs_ended(cluster):
    """The worker that made a Job looks itself, before anybody can follow the observer."""
    cluster.make()
    observes = cluster.worker("observes")
    first = cluster.run("exits_later")
    cluster.printed(first, "it waits")  # so it observes by now
    makes = cluster.worker("makes")
    observes.kill()
    (cluster.flows / "go").touch()
    message, follows = cluster.crash(cluster.run("exits"))
    assert "exit code 3" in message, makes.output
    assert follows in {"pod.container-failed", "pod.failed"}


def test_what_waits_for_a_node_is_started_anew_by_the_next_worker(cluster):
    """With the next start; the Job of the one before goes, and its end is not that of the run."""
    cluster.make(memory="900Gi")
    worker = cluster.worker()
    run = cluster.run("good")
    wait_until(lambda: "pod.unschedulable" in cluster.told(run), what="the pod", timeout=LONG)
    assert worker.terminate() == 0
    cluster.worker()
    wait_until(lambda: "job.deleted" in cluster.told(run), what="the Job to go", timeout=LONG)

    def names() -> list[str]:
        return [job["metadata"]["name"][-2:] for job in cluster.namespace.get("jobs")]

    assert names() == ["-2"]
    found = cluster.runs.run(run)
    assert (found["state"]["name"], found["start"]) == ("Pending", 2)
    cluster.runs.post(f"flow-runs/{run}/cancel")
    cluster.until(run, "Cancelled")
    wait_until(lambda: not names(), what="no Job", timeout=LONG)


def test_the_end_of_an_earlier_start_leaves_the_next_one_alone(cluster):
    """Its pod goes on for a while after the run is suspended, and ends when the next one runs."""
    cluster.make(finished_job_ttl=0)
    cluster.worker()
    run = cluster.run("suspends")
    cluster.until(run, "Suspended")
    cluster.runs.post(f"flow-runs/{run}/resume")
    cluster.until(run, "Running")
    (cluster.flows / "go").touch()
    # It goes when its end was passed on.
    wait_until(lambda: len(cluster.namespace.get("jobs")) == 1, what="its end", timeout=LONG)
    (cluster.flows / "enough").touch()
    found = cluster.until(run, "Completed", "Crashed")
    assert (found["state"]["name"], found["start"]) == ("Completed", 2)


def test_a_namespace_that_is_not_there_is_named(cluster):
    """In the state of the run."""
    cluster.make(namespace="nowhere-at-all")
    cluster.worker()
    message = cluster.until(cluster.run("good"), "Crashed")["state"]["message"]
    assert "nowhere-at-all" in message


def test_a_sidecar_ships_what_a_killed_process_had_told(cluster):
    """And ends after it, so that the pod is over."""
    cluster.make(memory="160Mi", shipper=True)
    cluster.worker()
    run = cluster.run("eats")
    message, _ = cluster.end(run, "OOMKilled")
    assert "160Mi" in message
    wait_until(lambda: "pod.failed" in cluster.told(run), what="the pod's end", timeout=LONG)


def test_the_api_server_may_be_away(cluster, kubeconfig):
    """What happens meanwhile is told when it is back."""
    api_server = kubernetes.Part.of(kubeconfig, "apiserver")
    cluster.make()
    cluster.worker()
    run = cluster.run("exits_later")
    cluster.printed(run, "it waits")
    with api_server.away():
        (cluster.flows / "go").touch()
    message, _ = cluster.end(run, "exit code 4")
    assert "pod.container-failed" in cluster.told(run), message
    told = cluster.told(run)
    assert len(told) == len(set(told))


def test_an_api_server_that_is_killed_costs_nothing(cluster, kubeconfig):
    """No fact and no line is missed or doubled, of what goes on and of what ends meanwhile."""
    api_server = kubernetes.Part.of(kubeconfig, "apiserver")
    # A machine may be so slow that the node counts as lost meanwhile: its pods stay.
    cluster.make(spec={"tolerations": [{"operator": "Exists"}]})
    cluster.worker()
    ends, goes_on = cluster.run("exits_later"), cluster.run("counts")
    cluster.printed(ends, "it waits")
    cluster.printed(goes_on, "number 5")
    with api_server.killed():
        (cluster.flows / "go").touch()
        counted = cluster.flows / "counted"
        before = counted.stat().st_size
        wait_until(lambda: counted.stat().st_size > before + 20, what="lines that nobody reads")
    cluster.end(ends, "exit code 4")
    (cluster.flows / "enough").touch()
    cluster.until(goes_on, "Completed")
    last = cluster.printed(goes_on, "counted to")[0][1]
    wait_until(lambda: "pod.completed" in cluster.told(goes_on), what="its end", timeout=LONG)
    numbers = [text for _, text in cluster.runs.lines(goes_on) if text.startswith("number ")]
    assert numbers == [f"number {each}" for each in range(int(last.removeprefix("counted to ")))]
    for run in (ends, goes_on):
        told = cluster.told(run)
        assert len(told) == len(set(told))
    assert {"pod.scheduled", "pod.started", "pod.container-completed"} <= set(told)


def test_a_run_that_is_claimed_while_the_api_server_is_away_waits_for_it(cluster, kubeconfig):
    """Its one Job is made when it is back; what is cancelled meanwhile has none."""
    api_server = kubernetes.Part.of(kubeconfig, "apiserver")
    cluster.make()
    cluster.worker()
    cluster.until(cluster.run("good"), "Completed")
    with api_server.killed():
        goes_on, cancelled = cluster.run("good"), cluster.run("waits")
        for run in (goes_on, cancelled):
            cluster.printed(run, "It is tried again for 300 s.")
        cluster.runs.post(f"flow-runs/{cancelled}/cancel")
        cluster.printed(cancelled, "It cannot be ended now")
    cluster.until(cancelled, "Cancelled")
    cluster.until(goes_on, "Completed")
    jobs = [
        job["metadata"]["labels"]["peninsula/flow-run"] for job in cluster.namespace.get("jobs")
    ]
    assert (jobs.count(str(goes_on)), jobs.count(str(cancelled))) == (1, 0)


def test_a_job_whose_time_is_over_while_the_api_server_is_away_goes_later(cluster, kubeconfig):
    """And what ends after that is observed as before."""
    api_server = kubernetes.Part.of(kubeconfig, "apiserver")
    cluster.make(finished_job_ttl=10)
    worker = cluster.worker()
    cluster.crash(cluster.run("exits"))
    with api_server.killed():
        worker.wait_for_line("to its end", timeout=LONG)
    message, _ = cluster.crash(cluster.run("exits"))
    assert "exit code 3" in message
    wait_until(lambda: not cluster.namespace.get("jobs"), what="both Jobs to go", timeout=LONG)


def test_a_pod_that_cannot_be_ended_now_is_ended_later(cluster, kubeconfig):
    """The API server is away when the grace of the run is over."""
    api_server = kubernetes.Part.of(kubeconfig, "apiserver")
    cluster.make(grace=1)
    cluster.worker()
    run = cluster.run("stubborn")
    cluster.printed(run, "it stays")
    with api_server.killed():
        cluster.runs.post(f"flow-runs/{run}/cancel")
        cluster.printed(run, "It cannot be ended now")
    cluster.until(run, "Cancelled")
    wait_until(cluster.is_quiet, what="its pod to end", timeout=LONG)


def test_a_lost_node_is_named(cluster, kubeconfig):
    """First it is told; the run is Crashed when the node stays away."""
    kubelet = kubernetes.Part.of(kubeconfig, "kubelet")
    cluster.make(node_lost_timeout_seconds=5)
    cluster.worker()
    run = cluster.run("waits")
    cluster.printed(run, "it waits")
    with kubelet.away():
        message, follows = cluster.end(run, "node of the pod was lost")
    assert follows == "pod.node-lost", message


def test_a_node_that_is_back_in_time_loses_no_run(cluster, kubeconfig):
    """However long it goes on then."""
    kubelet = kubernetes.Part.of(kubeconfig, "kubelet")
    cluster.make(node_lost_timeout_seconds=10)
    cluster.worker()
    run = cluster.run("counts")
    cluster.printed(run, "number 1")
    with kubelet.away():
        wait_until(lambda: "pod.node-lost" in cluster.told(run), what="the loss", timeout=LONG)
    wait_until(lambda: "pod.node-ready" in cluster.told(run), what="its end", timeout=LONG)
    past = len(cluster.printed(run, "number")) + 120  # ten a second
    cluster.printed(run, f"number {past}")
    (cluster.flows / "enough").touch()
    cluster.until(run, "Completed")


def test_the_role_of_the_manifest_is_enough(cluster, tmp_path):
    """For all that a worker does, from the Job to its end."""
    kubernetes.kubeconfig_of_worker(cluster.namespace, tmp_path / "kubeconfig")
    cluster.make(finished_job_ttl=1)
    worker = cluster.worker(KUBECONFIG=str(tmp_path / "kubeconfig"))
    run = cluster.run("exits")
    message, _ = cluster.end(run, "exit code 3")
    cluster.printed(run, "about to leave")
    wait_until(lambda: not cluster.namespace.get("jobs"), what="the Job to go", timeout=LONG)
    assert "Kubernetes answered 403" not in worker.output, message


@pytest.mark.parametrize(
    ("where", "without", "named"),
    [
        ({"namespace": "kube-public"}, "", "create, delete, get, list, patch, watch jobs"),
        ({}, "pods/log", "may not get pods/log in"),
        ({}, "leases", "may not create, get, patch, update leases in"),
        ({}, "secrets", "may not create secrets in"),
    ],
)
def test_a_worker_that_may_not_says_so_at_once(cluster, tmp_path, where, without, named):
    """What it may not, and what gives it the right."""
    kubeconfig = tmp_path / "kubeconfig"
    kubernetes.kubeconfig_of_worker(cluster.namespace, kubeconfig, without=without)
    cluster.make(**where)
    arguments = ("-m", "peninsula", "worker", "start", "--pool", "cluster", "--name", "one")
    env = {**os.environ, "KUBECONFIG": str(kubeconfig)}
    worker = cluster.stack.enter_context(python(*arguments, env=env))
    assert worker.wait() == 1
    assert named in worker.output
    account = f"--service-account {cluster.namespace.name}/peninsula-worker"
    assert account in worker.output


def test_a_worker_is_given_what_it_lacks_by_the_command_that_it_names(cluster, tmp_path):
    """As it is written, for the namespace of the runs and the account that the worker has."""
    kubernetes.kubeconfig_of_worker(cluster.namespace, tmp_path / "kubeconfig")
    runs = cluster.stack.enter_context(kubernetes.namespace())
    cluster.make(namespace=runs.name)
    arguments = ("-m", "peninsula", "worker", "start", "--pool", "cluster", "--name", "one")
    env = {**os.environ, "KUBECONFIG": str(tmp_path / "kubeconfig")}
    refused = cluster.stack.enter_context(python(*arguments, env=env))
    assert refused.wait() == 1
    _, _, named = refused.output.partition("role there: peninsula ")
    command, _, to = named.partition(" | ")
    assert to.startswith("kubectl apply -f -")
    printed = cluster.stack.enter_context(python("-m", "peninsula", *command.split()))
    assert printed.wait() == 0
    for each in yaml.safe_load_all(printed.output):
        kubernetes.make(runs, each)
    cluster.worker(KUBECONFIG=str(tmp_path / "kubeconfig"))
    cluster.until(cluster.run("good"), "Completed")


def test_a_log_that_may_not_be_read_is_said_in_that_of_the_run(cluster, tmp_path):
    """Where the pool as a whole wants none, so that its worker needs no right to them."""
    kubeconfig = tmp_path / "kubeconfig"
    kubernetes.kubeconfig_of_worker(cluster.namespace, kubeconfig, without="pods/log")
    cluster.make(stream_output=False)
    cluster.worker(KUBECONFIG=str(kubeconfig))
    run = cluster.run("exits_later", job_variables={"stream_output": True})
    cluster.printed(run, "cannot be read: Kubernetes answered 403")


def test_the_api_server_takes_the_manifest(namespace):
    """Every object of it."""
    wanted = Installation(
        image="peninsula:1",
        namespace=namespace.name,
        key="k",
        worker_key=worker_key("k"),
        key_sum=key_sum("k"),
        pool="p",
    )
    refused = [kubernetes.accepted(namespace, each) for each in manifests(wanted)]
    assert refused == [""] * len(refused)
