"""Make the Job of a run and the Secret with its key, find those of a worker, and delete them."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

from msgspec import Raw

from peninsula.core.errors import ConflictError, NotFoundError, UnavailableError
from peninsula.core.work import Job
from peninsula.kube.cluster import Cluster, Object
from peninsula.kube.resources import JOBS, SECRETS
from peninsula.workers.kubernetes import manifests
from peninsula.workers.kubernetes.belonging import Belonging
from peninsula.workers.kubernetes.manifests import Address
from peninsula.workers.kubernetes.pod_stories import status_of
from peninsula.workers.kubernetes.stories import moment

__all__ = ["create", "delete", "is_finished", "is_held", "job_of"]


async def create(
    cluster: Cluster,
    namespace: str,
    configuration: dict[str, Any],
    belonging: Belonging,
    address: Address,
) -> Object:
    """Make the Job of one start of a run; where it is there already, return that one.

    With a key, the Job is held until its Secret is there: so a Secret always has an owner, and goes
    with it, wherever a worker is killed. Raises what Kubernetes says of it, and InvalidError for a
    template that no Job can be made of. After UnavailableError it goes on where it was.
    """
    wanted = manifests.job_manifest(configuration, belonging, namespace, address)
    name = wanted["metadata"]["name"]
    try:
        made: Object = await cluster.ask("POST", JOBS.url(namespace), body=wanted)
    except ConflictError:
        made = await cluster.ask("GET", JOBS.url(namespace, name))
    if not is_held(made):
        return made
    secret = manifests.secret_manifest(belonging, namespace, address, made)
    try:
        with suppress(ConflictError):
            await cluster.ask("POST", SECRETS.url(namespace), body=secret)
        let_go: Object = await cluster.ask("PATCH", JOBS.url(namespace, name), body=_LET_GO)
    except UnavailableError:
        raise  # the observer deletes a Job that stays held
    except BaseException:
        await delete(cluster, namespace, name)
        raise
    return let_go


_LET_GO: Final = {"spec": {"parallelism": 1}}


def is_held(job: Object) -> bool:
    """Tell whether a Job makes no pod yet: its worker has not come to the end of making it."""
    return bool(job["spec"].get("parallelism") == 0)


async def delete(cluster: Cluster, namespace: str, name: str) -> None:
    """Delete a Job and its pod: the process is told to end, and killed when its grace is over."""
    with suppress(NotFoundError):
        await cluster.ask(
            "DELETE", JOBS.url(namespace, name), body={"propagationPolicy": "Background"}
        )


def is_finished(job: Object) -> bool:
    """Tell whether a Job is over."""
    return any(
        each["type"] in {"Complete", "Failed"} and each["status"] == "True"
        for each in status_of(job).get("conditions") or ()
    )


def job_of(job: Object) -> Job | None:
    """Return what a worker had claimed when it made a Job; None for others' Jobs."""
    belonging = Belonging.of(job)
    expected = moment(job["metadata"]["creationTimestamp"])
    if belonging is None or expected is None:
        return None
    return Job(
        run=belonging.run,
        start=belonging.start,
        name=belonging.name,
        flow=belonging.flow,
        deployment=belonging.deployment,
        expected=expected,
        claimed=belonging.claimed,
        # The process has them from the server.
        parameters=Raw(b"{}"),
        pull_steps=Raw(b"[]"),
        configuration=Raw(b"{}"),
    )
