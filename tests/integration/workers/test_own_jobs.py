"""A worker makes its Jobs and sees their ends, wherever the API server is away."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
import yaml
from msgspec import Raw

from peninsula.core import codec, job_templates
from peninsula.core.answers import LoggedEvent
from peninsula.core.base_templates import BASE_TEMPLATES
from peninsula.core.errors import UnavailableError
from peninsula.core.events import Related
from peninsula.core.ids import uuid7
from peninsula.core.records import Command
from peninsula.core.resources import own
from peninsula.core.settings import Settings
from peninsula.core.work import Job, Jobs, claimed_event
from peninsula.journal import emitter
from peninsula.journal.emitter import Emitter
from peninsula.launching.narrator import Narrator
from peninsula.launching.shift import Shift
from peninsula.workers import duties, insistence
from peninsula.workers.assignments import Assignment
from peninsula.workers.kubernetes import own_jobs
from peninsula.workers.kubernetes.belonging import Belonging
from peninsula.workers.kubernetes.pod_stories import pod_stories
from peninsula.workers.kubernetes.stories import event_of
from peninsula.workers.kubernetes.worker import KubernetesWorker
from tests.support.kube_server import kube_server
from tests.unit.workers import recorded
from tests.unit.workers.recorded import BELONGING

LONG = 30.0
"""Seconds until a wait is given up."""


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """No long pauses between attempts."""
    monkeypatch.setattr(insistence, "MANY", 1)
    monkeypatch.setattr(duties, "AGAIN", 0.0)
    monkeypatch.setattr(own_jobs, "OTHERS", 0.0)


@pytest.fixture
def journal(home):
    """What this process tells stays here."""
    outer = emitter.swap(Emitter(Settings(home=str(home))))
    yield
    emitter.swap(outer).close(0)


class Api:
    """Stands for a server: has the pool, and hears of ends."""

    def __init__(self, template) -> None:
        self.template = Raw(codec.encode(template))
        self.crashed = []
        self.due = []
        self.told = []

    async def work_pool(self, name: str):
        """As far as a worker looks at it."""
        return SimpleNamespace(id=BELONGING.pool, name=name, base_job_template=self.template)

    async def events(self, wanted, **_):
        """What was told of the pods of a run."""
        assert wanted.names == ("peninsula.kubernetes.pod.*",)
        return SimpleNamespace(items=self.told, next=None)

    async def heartbeat(self, _: str, told):
        """Know it."""
        return SimpleNamespace(id=BELONGING.worker, name=told.name)

    async def claim_flow_runs(self, *_):
        """Give what there is, once."""
        given, self.due = self.due, []
        if not given:
            await asyncio.Event().wait()
        return Jobs(jobs=tuple(given), stamp=1)

    async def crash_flow_run(self, run, told):
        """Keep it."""
        self.crashed.append((run, told.message))


class Working:
    """A worker of a pool that another one observes, and its API server."""

    def __init__(self, server, worker, log) -> None:
        self.server = server
        self.worker = worker
        self.log = log

    def run(self, **variables) -> Job:
        """A run that the worker has claimed."""
        template = BASE_TEMPLATES["kubernetes"]
        filled = job_templates.filled_in(template, {"image": "etl:1", **variables})
        run = uuid7(1_760_000_000_000_000, b"12345678")
        return Job(
            run=run,
            start=1,
            name="quiet-harbour",
            flow="nightly",
            deployment=None,
            expected=datetime.now(UTC),
            claimed=claimed_event(run, 1),
            parameters=Raw(b"{}"),
            pull_steps=Raw(b"[]"),
            configuration=Raw(codec.encode(filled)),
            key="s3cret",
        )

    def attended(self, job: Job) -> asyncio.Task:
        """Have the worker attend to it."""
        return asyncio.create_task(self.worker.attend(job, Narrator(job)))

    def assigned(self, job: Job) -> tuple[Assignment, asyncio.Event]:
        """Have it attended to, told of and stopped; return what is set when it is over."""
        shift = Shift(logging.getLogger("peninsula.worker"))
        one = Assignment(job, Narrator(job), self.worker.api, self.worker.stop, shift)
        over = asyncio.Event()
        one.begin(self.worker.attend, over.set)
        return one, over

    async def asked(self, what: str) -> None:
        """Wait until the API server is asked for it once more."""
        self.server.asked[what].clear()
        await asyncio.wait_for(self.server.asked[what].wait(), LONG)

    async def said(self, text: str) -> None:
        """Wait until the worker says this."""
        async with asyncio.timeout(LONG):
            while text not in self.log.text:  # noqa: ASYNC110  nothing tells when
                await asyncio.sleep(0.01)

    def jobs(self) -> list[int]:
        """How many pods each Job may make."""
        return [job["spec"]["parallelism"] for job in self.server.objects["jobs"].values()]


@asynccontextmanager
async def working(
    tmp_path, monkeypatch, log, template=BASE_TEMPLATES["kubernetes"], *, serves=False
):
    """Have a worker that is set up, or is to serve by itself, and its API server."""
    async with kube_server() as (server, access):
        file = tmp_path / "kubeconfig"
        file.write_text(yaml.safe_dump(_config(access.server)))
        monkeypatch.setenv("KUBECONFIG", str(file))
        holder = {"holderIdentity": "another"}
        name = f"peninsula-{BELONGING.pool}"
        await server.put("leases", {"metadata": {"name": name, "uid": "lease"}, "spec": holder})
        worker = KubernetesWorker("cluster", Settings(api_url="http://127.0.0.1:1"), name="one")
        worker.api = Api(template)
        if serves:
            yield Working(server, worker, log)
            return
        worker._related = (Related(id=own("worker", BELONGING.worker), role="worker"),)
        async with worker.set_up():
            await asyncio.wait_for(server.asked["GET jobs"].wait(), LONG)
            yield Working(server, worker, log)


def _config(server: str):
    named = {"name": "here", "cluster": {"server": server}}
    context = {"name": "here", "context": {"cluster": "here", "namespace": "etl"}}
    return {"clusters": [named], "contexts": [context], "current-context": "here"}


@pytest.fixture
def told(journal, tmp_path, monkeypatch, caplog):
    """Run a story of a worker."""
    caplog.set_level(logging.INFO, "peninsula.worker")

    def tell(story, **more):
        async def all_of_it():
            async with working(tmp_path, monkeypatch, caplog, **more) as one:
                return await asyncio.wait_for(story(one), LONG)

        return asyncio.run(all_of_it())

    return tell


def test_a_run_that_is_cancelled_as_its_key_is_kept_is_never_let_go(told):
    """Also where the API server is away just then."""

    async def story(one: Working):
        one.server.held["POST secrets"] = asyncio.Event()
        job = one.run()
        attended = one.attended(job)
        await one.asked("POST secrets")
        one.server.away = True
        with pytest.raises(UnavailableError):
            await one.worker.stop(job)
        del one.server.held["POST secrets"]
        one.server.away = False
        await one.worker.stop(job)
        assert one.jobs() == []
        assert not one.server.asked["PATCH jobs"].is_set()
        return await attended

    assert "as its Job was made" in told(story).message


def test_what_cannot_be_ended_now_is_ended_when_the_api_server_is_back(told):
    """Nobody has to say so again."""

    async def story(one: Working):
        job = one.run()
        assigned, over = one.assigned(job)
        await one.said("Made Job")
        one.server.away = True
        assigned.hear(Command(id=uuid7(1, b"12345678"), run=job.run, action="cancel"))
        await one.said("It cannot be ended now")
        one.server.away = False
        await over.wait()
        assert one.jobs() == []
        return one.worker.api.crashed

    [(_, message)] = told(story)
    assert "deleted" in message


def test_a_worker_that_leaves_says_nothing_of_what_it_was_to_end(told):
    """The next one of its name ends it."""

    async def story(one: Working):
        job = one.run()
        one.worker.api.due = [job]
        one.worker._shift = Shift(logging.getLogger("peninsula.worker"))
        at_work = asyncio.create_task(one.worker._work())
        await one.said("Made Job")
        [assigned] = one.worker._assigned.values()
        one.server.held["DELETE jobs"] = asyncio.Event()
        assigned.hear(Command(id=uuid7(1, b"12345678"), run=job.run, action="cancel"))
        await one.asked("DELETE jobs")
        one.worker.end()
        await at_work
        del one.server.held["DELETE jobs"]
        return one.log.text

    said = told(story, serves=True)
    assert "cannot be ended" not in said
    assert "could not be stopped" not in said


@pytest.mark.parametrize("done", [True, False])
def test_a_job_whose_letting_go_was_not_answered_is_looked_for(told, done):
    """However long that takes: it may be at work. Where it is not, it is deleted."""

    async def story(one: Working):
        one.server.lost = {"PATCH jobs": done}
        attended = one.attended(one.run(pod_watch_timeout_seconds=0))
        await one.said("Its Job may be at work")
        assert one.jobs() == [int(done)]
        one.server.lost, one.server.away = {}, False
        if done:
            await one.said("Made Job")
            assert not attended.done()
        else:
            with pytest.raises(UnavailableError, match="It was tried for 0 s"):
                await attended
            assert one.jobs() == []

    told(story)


def test_a_run_whose_job_is_not_made_yet_is_not_crashed_by_a_worker_that_leaves(
    journal, tmp_path, monkeypatch, caplog
):
    """Another one takes it, whatever time the server takes to hear that this one is gone."""
    caplog.set_level(logging.INFO, "peninsula.worker")

    async def story():
        async with working(tmp_path, monkeypatch, caplog) as one:
            one.server.away = True
            assigned, over = one.assigned(one.run())
            await one.said("It is tried again")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(over.wait(), 1.0)
        assert assigned  # the loop alone does not keep it
        return one.worker.api.crashed

    assert asyncio.run(story()) == []


@pytest.mark.parametrize("when", ["before", "then"])
def test_what_is_deleted_around_a_watch_that_breaks_off_is_told(told, when):
    """By what nobody expected; then it begins anew, and whoever looks at an end goes on."""

    async def story(one: Working):
        attended = one.attended(one.run())
        await one.said("Made Job")
        [uid] = one.server.objects["jobs"]
        one.server.held = {"GET jobs": asyncio.Event(), "GET pods": asyncio.Event()}
        if when == "before":
            await one.server.remove("jobs", uid)
            await one.asked("GET pods")
        await one.server.change("jobs", "MODIFIED", {"metadata": {}})
        await one.said("Cannot watch its own Jobs")
        if when == "then":
            await one.server.remove("jobs", uid)
        for held in one.server.held.values():
            held.set()
        return await attended

    assert "deleted" in told(story).message


def test_a_job_that_went_with_its_pod_ended_as_was_told_before(told):
    """While nobody observed: what is known of the pod says more than that the Job is gone."""

    async def story(one: Working):
        attended = one.attended(one.run())
        await one.said("Made Job")
        [job] = one.server.objects["jobs"].values()
        of = Belonging.of(job)
        pod = recorded.pod(
            metadata={
                "name": f"{job['metadata']['name']}-x7k2p",
                "labels": of.labels(),
                "annotations": of.annotations(),
            },
            status=recorded.OOM_KILLED["status"],
        )
        one.worker.api.told = [
            logged(event_of(story, "c1", datetime.now(UTC)), of.run) for story in pod_stories(pod)
        ]
        await one.server.remove("jobs", job["metadata"]["uid"])
        return await attended

    assert "killed for memory" in told(story).message


def logged(event, run) -> LoggedEvent:
    """An event as the server has it."""
    fields = ("id", "occurred", "event", "resource", "related", "payload")
    return LoggedEvent(position=1, run=run, **{name: getattr(event, name) for name in fields})


FIXED = {"job_configuration": {"namespace": "prod", "stream_output": False}}


def test_what_the_template_has_fixed_is_as_good_as_a_default(told):
    """Its namespace is that of the worker, which needs no right to logs where there are none."""

    async def story(one: Working):
        assert not one.server.asked["GET log"].is_set()
        assert one.worker._namespace == "prod"

    told(story, template=FIXED)
