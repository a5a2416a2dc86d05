"""See by one look why a Job is over: for its worker, where nobody observes the pool just then."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime

from peninsula.core.answers import LoggedEvent
from peninsula.core.events import Event
from peninsula.kube.cluster import Cluster, Object
from peninsula.kube.resources import PODS
from peninsula.launching.launcher import Launched
from peninsula.workers.kubernetes.belonging import Belonging
from peninsula.workers.kubernetes.cases import Case
from peninsula.workers.kubernetes.recall import recall
from peninsula.workers.kubernetes.rules import Rules
from peninsula.workers.kubernetes.scene import Scene
from peninsula.workers.kubernetes.stories import event_of
from peninsula.workers.kubernetes.verdicts import verdict_of

__all__ = ["end_of"]


async def end_of(
    cluster: Cluster,
    namespace: str,
    job: Object,
    *,
    gone: bool,
    known: Callable[[Belonging], Awaitable[Iterable[LoggedEvent]]],
    tell: Callable[[Event], None],
    now: datetime,
) -> Launched | None:
    """Return how a start of a run ended whose Job is over, or gone; None where nothing says it.

    What an observer tells of it, too, is the same events with the same ids. `known` gives what was
    told of its pods.
    """
    belonging = Belonging.of(job)
    if belonging is None:
        return None
    pods = await cluster.list(PODS, namespace, labels=belonging.selector)
    scene = Scene()
    case = Case(belonging=belonging, job=job, job_gone=gone)
    case.pods = {pod["metadata"]["uid"]: pod for pod in pods.items}
    address = await cluster.address()
    of_job = scene.job_gone(job) if gone else scene.job(job)
    of_pods = scene.listed_pods(pods.items)
    for story in [*of_job, *of_pods, *recall(case, await known(belonging))]:
        event = event_of(story, address, now)
        tell(event)
        case.told.append((story, event.id))
    verdict = verdict_of(case, now, Rules.on(job))
    return None if verdict is None else verdict.launched(case.event_of(verdict.story))
