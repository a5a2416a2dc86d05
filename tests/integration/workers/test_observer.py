"""An observer misses nothing and doubles nothing, whatever becomes of it and of the API server."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from msgspec import structs

from peninsula.core.answers import LoggedEvent
from peninsula.core.ids import uuid7
from peninsula.kube.cluster import Cluster
from peninsula.workers.kubernetes import observer, sidecars, watching
from peninsula.workers.kubernetes.observer import Observer
from peninsula.workers.kubernetes.rules import RULES, Rules
from tests.support.kube_server import kube_server
from tests.unit.workers import recorded
from tests.unit.workers.recorded import RUNNING, container, merged, terminated

MANY = 1_000


class Audience:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.events = {}
        self.ended = []
        self.heard, self.asked = True, []

    def tell(self, event, run):
        """The same id is the same event."""
        known = self.events.setdefault(event.id, event)
        assert (known.payload, known.related) == (event.payload, event.related)
        assert run is not None

    async def end(self, belonging, launched):
        """A run is over."""
        self.ended.append((belonging.run, launched))

    async def known(self, belonging):
        """What it was told of that run."""
        return [
            LoggedEvent(
                position=place,
                id=event.id,
                occurred=event.occurred,
                event=event.event,
                resource=event.resource,
                related=event.related,
                payload=event.payload,
                run=belonging.run,
            )
            for place, event in enumerate(self.events.values())
            if any(str(belonging.run) in each.id for each in event.related)
            and ".pod." in event.event
        ]

    async def is_heard(self, belonging):
        """Whether the server answers."""
        self.asked.append(belonging.run)
        return self.heard

    def printed(self, belonging, pod, container, restart):
        """Nothing prints here."""

    def whats(self) -> Counter:
        """How many of each story."""
        return Counter(event.event.rpartition(".")[2] for event in self.events.values())


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """No long pauses between attempts."""
    monkeypatch.setattr(watching, "BETWEEN", 0.01)
    monkeypatch.setattr(watching, "LONGEST", 1)


@asynccontextmanager
async def observing(access, audience):
    """Have an observer of its own, until it is killed."""
    async with Cluster(access) as cluster:
        one = Observer(cluster, recorded.BELONGING.pool, "etl", audience, lambda: datetime.now(UTC))
        task = asyncio.create_task(one.run())
        try:
            yield one
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def until(met, what):
    """Wait for something that the observer does."""
    async with asyncio.timeout(60):
        while not met():  # noqa: ASYNC110  it says it in no other way
            await asyncio.sleep(0.01)


def pod(number: int, **more):
    """One of many pods, each of a run of its own."""
    run = uuid7(1_760_000_000_000_000 + number, number.to_bytes(8))
    of = structs.replace(recorded.BELONGING, run=run, name=f"run-{number}")
    about = {"labels": of.labels(), "annotations": of.annotations()}
    return merged(recorded.pod(f"pod-{number}", metadata=about), more)


def run_of(number: int) -> UUID:
    """The run of that pod."""
    return UUID(pod(number)["metadata"]["labels"]["peninsula/flow-run"])


def started(number: int):
    """It, when its container runs."""
    return pod(number, status={"containerStatuses": [container(running=RUNNING)]})


def killed(number: int):
    """It, when that was killed for memory."""
    ended = terminated(137, "OOMKilled")
    return pod(
        number, status={"phase": "Failed", "containerStatuses": [container(terminated=ended)]}
    )


def start(number: int, start: int, *, rules=(), **more):
    """The Job of a start of that run."""
    of = structs.replace(recorded.BELONGING, run=run_of(number), start=start)
    name = f"job-{number}-{start}"
    about = {"name": name, "uid": name, "labels": of.labels()}
    about["annotations"] = of.annotations() | dict(rules)
    return recorded.job(metadata=about, **more)


def test_a_thousand_pods_with_breaks_and_losses():
    """Watches break off, versions are forgotten, and a worker is killed in the middle."""

    async def story():
        audience = Audience()
        async with kube_server() as (server, access):
            async with observing(access, audience):
                for number in range(MANY):
                    await server.put("pods", pod(number))
                    if number % 100 == 50:
                        await server.break_off(forget=number % 200 == 50)
                await until(lambda: audience.whats()["scheduled"] == MANY, "all pods")
                for number in range(MANY // 2):
                    await server.put("pods", started(number))
            # Killed. What happens now, another one sees when it begins.
            for number in range(MANY // 2, MANY):
                await server.put("pods", started(number))
            for number in range(MANY):
                await server.put("pods", killed(number))
            await server.break_off(forget=True)
            async with observing(access, audience):
                await until(lambda: len(audience.ended) == MANY, "all ends")
                for number in range(MANY):
                    await server.remove("pods", f"pod-{number}")
                    if number % 250 == 50:
                        await server.break_off(forget=number % 500 == 50)
                await until(lambda: audience.whats()["deleted"] == MANY, "all deletions")
        return audience

    audience = asyncio.run(story())
    assert audience.whats() == dict.fromkeys(
        ("scheduled", "started", "oom-killed", "failed", "deleted"), MANY
    )
    assert {run for run, _ in audience.ended} == {run_of(number) for number in range(MANY)}
    assert all("OOMKilled" in launched.message for _, launched in audience.ended)


def test_what_was_forgotten_is_listed_anew():
    """A pod that vanished meanwhile is told as deleted."""

    async def story():
        audience = Audience()
        async with kube_server() as (server, access), observing(access, audience):
            await server.put("pods", pod(1))
            await server.put("pods", pod(2))
            await until(lambda: audience.whats()["scheduled"] == 2, "both")
            server.away = True
            await server.break_off()
            await server.remove("pods", "pod-1")
            await server.break_off(forget=True)
            server.away = False
            await until(lambda: audience.whats()["deleted"] == 1, "the deletion")
            assert server.lists > 6
        return audience

    told = asyncio.run(story()).events.values()
    [gone] = [event for event in told if event.event.endswith("deleted")]
    assert gone.resource.name.endswith("pod-1")


def test_a_watch_that_breaks_off_goes_on_where_it_was():
    """Nothing is listed again for it."""

    async def story():
        audience = Audience()
        async with kube_server() as (server, access), observing(access, audience):
            await server.put("pods", pod(1))
            await until(lambda: audience.whats()["scheduled"] == 1, "the first")
            # Jobs, pods, nodes and the Events of each.
            await until(lambda: server.watches == 6, "all to be watched")
            listed = server.lists
            await server.break_off()
            await server.put("pods", pod(2))
            await until(lambda: audience.whats()["scheduled"] == 2, "the second")
            return server.lists - listed

    assert asyncio.run(story()) == 0


def test_a_job_that_nobody_lets_go_is_deleted(monkeypatch):
    """Once its worker's patience is over. Its run, which never began, hears nothing of it."""
    monkeypatch.setattr(observer, "HELD", timedelta(0))

    async def story():
        audience = Audience()
        async with kube_server() as (server, access), observing(access, audience):
            for number, patience in enumerate((10.0**9, 0, 0)):
                rules = {RULES: Rules(pod_watch_timeout_seconds=patience).written()}
                await server.put("jobs", start(number, 1, spec={"parallelism": 0}, rules=rules))
                # By the end of the last one, the first has been looked at.
                await until(lambda: audience.whats()["deleted"] == number, "its end")  # noqa: B023
        assert set(server.deleted) == {"job-1-1", "job-2-1"}
        return audience

    assert asyncio.run(story()).ended == []


def test_a_run_that_waits_for_an_answer_holds_no_other_up(monkeypatch):
    """The API server hangs as a Job is deleted."""
    monkeypatch.setattr(observer, "HELD", timedelta(0))

    async def story():
        audience = Audience()
        async with kube_server() as (server, access), observing(access, audience):
            server.held["DELETE jobs"] = asyncio.Event()
            rules = {RULES: Rules(pod_watch_timeout_seconds=0).written()}
            await server.put("jobs", start(1, 1, spec={"parallelism": 0}, rules=rules))
            await asyncio.wait_for(server.asked["DELETE jobs"].wait(), 60)
            await server.put("pods", killed(2))
            async with asyncio.timeout(20):  # the request is given up after 30 s
                await until(lambda: audience.ended, "the end of the next")
            assert server.deleted == []
            server.held["DELETE jobs"].set()
            await until(lambda: server.deleted, "the deletion")

    asyncio.run(story())


@pytest.mark.parametrize("how", ["its time is over", "it would go on"])
def test_a_job_that_cannot_be_deleted_now_is_deleted_later(how, caplog):
    """The API server is away then; what happens next is observed, too."""

    async def story():
        audience = Audience()
        async with kube_server() as (server, access), observing(access, audience):
            about = {"annotations": recorded.BELONGING.annotations() | {RULES: _AT_ONCE}}
            await server.put("jobs", recorded.job(metadata=about))
            await server.put("pods", recorded.pod(status=_RUNS))
            await until(lambda: audience.whats()["started"] == 1, "the start")
            await until(lambda: server.watches == 6, "all to be watched")
            server.away = True  # but for what is watched already
            if how == "its time is over":
                await server.put("pods", recorded.OOM_KILLED)
                ended = recorded.condition("Failed", reason="BackoffLimitExceeded")
                over = {"active": 0, "conditions": [ended]}
                await server.put("jobs", recorded.job(metadata=about, status=over))
            else:
                await server.remove("pods", "pod-1")
            await until(lambda: "to its end" in caplog.text, "a word of it")
            await server.put("pods", killed(2))
            await until(lambda: len(audience.ended) == 2, "the end of the next")
            server.away = False
            await until(lambda: "quiet-harbour-1" in server.deleted, "the deletion")
        return audience

    asyncio.run(story())
    assert caplog.text.count("to its end") == 1


_AT_ONCE = Rules(finished_job_ttl=0).written()
_RUNS = {"containerStatuses": [container(running=RUNNING)]}


def test_what_ended_while_nobody_looked_is_named_by_its_pod():
    """Also where the Job, which says less, is listed before it."""

    async def story():
        audience = Audience()
        async with kube_server() as (server, access):
            failed = recorded.condition("Failed", reason="BackoffLimitExceeded")
            await server.put("jobs", recorded.job(status={"active": 0, "conditions": [failed]}))
            exited = [container(terminated=terminated(3))]
            await server.put("pods", recorded.pod(status={"containerStatuses": exited}))
            server.held["GET pods"] = asyncio.Event()
            async with observing(access, audience):
                await until(lambda: audience.whats()["failed"] == 1, "the Job")
                server.held["GET pods"].set()
                await until(lambda: audience.ended, "the end")
        return audience

    [(_, launched)] = asyncio.run(story()).ended
    assert "exit code 3" in launched.message


def test_a_job_that_waits_is_deleted_when_the_next_start_is_there():
    """One whose flow has begun is not: its process may have its last words to say."""

    async def story():
        audience = Audience()
        async with kube_server() as (server, access):
            for number, at_work in ((1, started(1)), (2, pod(2))):
                await server.put("jobs", start(number, 1))
                await server.put("pods", at_work)
            async with observing(access, audience):
                await until(lambda: audience.whats()["scheduled"] == 2, "both")
                for number in (1, 2):
                    await server.put("jobs", start(number, 2))
                await until(lambda: server.deleted, "the deletion")
                await until(lambda: audience.ended, "its end")
        return server.deleted

    assert set(asyncio.run(story())) == {"job-2-1"}


@pytest.mark.parametrize("listed", [True, False])
def test_a_pod_that_went_while_nobody_looked_is_what_its_run_ended_by(listed):
    """Its Job has made another, which was not let begin."""
    unknown = terminated(137, "ContainerStatusUnknown", startedAt=None, finishedAt=None)
    deletion = {"deletionTimestamp": "2026-11-23T01:25:01Z", "deletionGracePeriodSeconds": 30}
    after = {"creationTimestamp": "2026-11-23T01:25:02Z"}
    refused = terminated(0, "Completed", startedAt="2026-11-23T01:25:03Z")
    ended = {"phase": "Succeeded", "containerStatuses": [container(terminated=refused)]}

    async def story():
        audience = Audience()
        async with kube_server() as (server, access):
            await server.put("jobs", recorded.job())
            await server.put("pods", recorded.pod(status=_RUNS))
            async with observing(access, audience):
                await until(lambda: audience.whats()["started"] == 1, "the start")
            # Killed.
            if listed:
                statuses = {"containerStatuses": [container(terminated=unknown)]}
                await server.put("pods", recorded.pod(metadata=deletion, status=statuses))
            else:
                await server.remove("pods", "pod-1")
            await server.put("pods", recorded.pod("pod-2", metadata=after, status=ended))
            over = {"active": 0, "conditions": [recorded.condition("Complete")]}
            await server.put("jobs", recorded.job(status=over))
            for times in (1, 2):
                async with observing(access, audience):
                    await until(lambda: len(audience.ended) == times, "the end")  # noqa: B023
        return audience

    audience = asyncio.run(story())
    (_, launched), again = audience.ended
    assert again[1] == launched
    assert "Somebody deleted it. Pod quiet-harbour-1-pod-1 on node node1." in launched.message
    assert launched.explains
    assert launched.follows in audience.events
    assert audience.whats()["deleted"] == 1


@pytest.mark.parametrize("is_placed", [True, False])
@pytest.mark.parametrize("is_asked", [True, False])
def test_what_an_observer_told_before_it_was_killed_is_not_told_again(is_asked, is_placed):
    """Its journal comes late: whoever recalls the pod tells the same event."""
    refusal = recorded.condition("PodScheduled", "False", reason="Unschedulable")
    status = {} if is_placed else {"conditions": [refusal]}
    asked = {"deletionTimestamp": "2026-11-23T01:25:31Z", "deletionGracePeriodSeconds": 30}

    async def story():
        before, after = Audience(), Audience()
        async with kube_server() as (server, access):
            patient = {RULES: Rules(pod_watch_timeout_seconds=10.0**9).written()}
            about = {"annotations": recorded.BELONGING.annotations() | patient}
            await server.put("jobs", recorded.job(metadata=about))
            await server.put("pods", recorded.pod(status=status))
            async with observing(access, before):
                await until(lambda: len(before.events) > 1, "what the scheduler says")
                after.events = dict(before.events)
                if is_asked:
                    await server.put("pods", recorded.pod(metadata=asked, status=status))
                await server.remove("pods", "pod-1")
                await until(lambda: before.whats()["deleted"] == 1, "its end")
            async with observing(access, after):
                await until(lambda: after.whats()["deleted"] == 1, "its end")
        return before.events.keys(), after.events.keys()

    before, after = asyncio.run(story())
    assert before == after


@pytest.mark.parametrize(("code", "is_told"), [(0, False), (3, False), (137, True)])
def test_a_sidecar_has_its_time_with_a_server_that_answers(code, is_told, monkeypatch):
    """What the flow told goes with the pod; of a kill it brings only what was before."""
    monkeypatch.setattr(sidecars, "SIDECARS", timedelta(0))
    monkeypatch.setattr(observer, "LOOK", 0.01)
    spec = {"containers": [{"name": "flow"}, {"name": "shipper"}]}
    statuses = [container(terminated=terminated(code)), container("shipper", running=RUNNING)]
    pod = recorded.pod(spec=spec, status={"phase": "Running", "containerStatuses": statuses})
    rules = {RULES: Rules(shipper=True, finished_job_ttl=0).written()}
    about = {"annotations": recorded.BELONGING.annotations() | rules}

    async def story():
        audience = Audience()
        audience.heard = False
        async with kube_server() as (server, access):
            await server.put("jobs", recorded.job(metadata=about))
            await server.put("pods", pod)
            async with observing(access, audience):
                await until(lambda: len(audience.asked) >= 5, "the server")
                assert (bool(audience.ended), server.deleted) == (is_told, [])
                audience.heard = True
                await until(lambda: server.deleted, "the deletion")
        return audience

    assert len(asyncio.run(story()).ended) == 1
