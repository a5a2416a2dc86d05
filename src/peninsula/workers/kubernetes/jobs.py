"""Make the Job of a run and the Secret with its key, find those of a worker, and delete them."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final, Literal

from msgspec import Raw

from peninsula.core.errors import (
    ConflictError,
    NotFoundError,
    PeninsulaError,
    UnavailableError,
)
from peninsula.core.work import Job
from peninsula.kube.cluster import Cluster, Object
from peninsula.kube.resources import JOBS, SECRETS
from peninsula.workers.kubernetes import manifests
from peninsula.workers.kubernetes.belonging import Belonging
from peninsula.workers.kubernetes.manifests import Address
from peninsula.workers.kubernetes.pod_stories import status_of
from peninsula.workers.kubernetes.stories import moment

__all__ = ["Making", "delete", "is_finished", "is_held", "job_of"]


class Making:
    """The Job of one start of a run, made in as many attempts as it takes."""

    def __init__(
        self,
        cluster: Cluster,
        namespace: str,
        configuration: dict[str, Any],
        belonging: Belonging,
        address: Address,
    ) -> None:
        """Make nothing yet. Raises InvalidError for a template that no Job can be made of."""
        self._cluster = cluster
        self._namespace = namespace
        self._belonging = belonging
        self._address = address
        self._wanted = manifests.job_manifest(configuration, belonging, namespace, address)
        self._name = self._wanted["metadata"]["name"]
        self.may_run = False
        """Whether it was let go, for all that is known here: an answer may be lost."""

    async def attempt(self) -> Object:
        """Make it, and let it go; where it is there already, return that one.

        It is held until its Secret is there: so a Secret always has an owner, and goes with it,
        wherever a worker is killed. Raises what Kubernetes says of it. After UnavailableError it
        goes on where it was; who cancels it deletes the Job.
        """
        try:
            made = await self._ask("POST", JOBS.url(self._namespace), self._wanted)
        except ConflictError:
            made = await self._find()
        if not is_held(made):
            return made
        try:
            await self._keep_key(made)
            self.may_run = True
            return await self._ask("PATCH", self._url, _LET_GO)
        except UnavailableError:
            raise  # the observer deletes a Job that stays held
        except Exception:
            with suppress(PeninsulaError):
                await self._delete()
            raise

    async def look(self) -> Object | None:
        """Return the Job if it was let go; else have none be there."""
        try:
            found = await self._find()
        except NotFoundError:
            return None
        if not is_held(found):
            return found
        await self._delete()
        return None

    async def _keep_key(self, made: Object) -> None:
        if self._address.key is not None:
            secret = manifests.secret_manifest(
                self._belonging, self._namespace, self._address, made
            )
            with suppress(ConflictError):
                await self._ask("POST", SECRETS.url(self._namespace), secret)

    @property
    def _url(self) -> str:
        return JOBS.url(self._namespace, self._name)

    async def _find(self) -> Object:
        found: Object = await self._cluster.ask("GET", self._url)
        return found

    async def _ask(self, method: Literal["POST", "PATCH"], path: str, body: Object) -> Object:
        made: Object = await self._cluster.ask(method, path, body=body)
        return made

    async def _delete(self) -> None:
        await delete(self._cluster, self._namespace, self._name)


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
