"""Be the one worker of a pool that observes a namespace: by a Lease of Kubernetes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from peninsula.core.errors import ConflictError, NotFoundError, PeninsulaError
from peninsula.kube.cluster import Cluster, Object
from peninsula.kube.resources import LEASES

__all__ = ["DURATION", "Leader"]

DURATION: Final = 15.0
"""Seconds after which a lease that nobody renewed is anyone's."""

RENEWAL: Final = 3.0
"""Seconds between renewals, and between looks of those who wait."""


class Leader:
    """One of those who would hold a lease.

    Whether it ran out is seen by this process's own clock: that the lease stayed as it was for its
    duration. A worker that starts again under its name takes what it held at once.
    """

    def __init__(
        self,
        cluster: Cluster,
        namespace: str,
        name: str,
        holder: str,
        uptime: Callable[[], float] = time.monotonic,
    ) -> None:
        """Wait to be asked."""
        self._cluster = cluster
        self._namespace = namespace
        self._name = name
        self._holder = holder
        self._uptime = uptime
        self._seen: tuple[str, float] = ("", 0.0)
        self._held_at: float | None = None

    async def become(self, answered: Callable[[], None]) -> None:
        """Return once it is held. Raises what the API server says, but for who was faster.

        `answered` is told each time that the API server has said who holds it.
        """
        while True:
            is_held = await self.tick()
            answered()
            if is_held:
                return
            await asyncio.sleep(RENEWAL)

    async def keep(self) -> None:
        """Renew it, and return when it is lost."""
        while self._held_at is not None and self._uptime() - self._held_at < DURATION:
            await asyncio.sleep(RENEWAL)
            try:
                if not await self.tick():
                    return
            except PeninsulaError:
                continue  # an API server that is away lets nobody else have it either

    async def tick(self) -> bool:
        """Take or renew it if that may be; tell whether it is held."""
        found = await self._found()
        try:
            if found is None:
                await self._cluster.ask("POST", LEASES.url(self._namespace), body=self._lease({}))
            elif self._is_free(found):
                body = self._lease(found["metadata"])
                await self._cluster.ask("PUT", self._url, body=body)
            else:
                self._held_at = None
                return False
        except ConflictError:
            self._held_at = None
            return False
        self._held_at = self._uptime()
        return True

    async def release(self) -> None:
        """Let the next one have it at once."""
        if self._held_at is None or (found := await self._found()) is None:
            return
        self._held_at = None
        if found["spec"].get("holderIdentity") == self._holder:
            body = {"spec": {"holderIdentity": ""}}
            await self._cluster.ask("PATCH", self._url, body=body)

    @property
    def _url(self) -> str:
        return LEASES.url(self._namespace, self._name)

    async def _found(self) -> Object | None:
        try:
            found: Object = await self._cluster.ask("GET", self._url)
        except NotFoundError:
            return None
        return found

    def _is_free(self, found: Object) -> bool:
        holder = found["spec"].get("holderIdentity")
        if not holder or holder == self._holder:
            return True
        version = found["metadata"]["resourceVersion"]
        if self._seen[0] != version:
            self._seen = (version, self._uptime())
        return self._uptime() - self._seen[1] >= DURATION

    def _lease(self, about: Object) -> dict[str, Any]:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        known = {"name": self._name, "namespace": self._namespace}
        if about:
            known["resourceVersion"] = about["resourceVersion"]
        return {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": known,
            "spec": {
                "holderIdentity": self._holder,
                "leaseDurationSeconds": int(DURATION),
                "renewTime": now,
            },
        }
