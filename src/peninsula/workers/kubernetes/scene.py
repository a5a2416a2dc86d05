"""Know the pods and Jobs of one work pool, and tell what is new in what Kubernetes says of them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Final

from peninsula.kube.cluster import Object
from peninsula.workers.kubernetes import other_stories
from peninsula.workers.kubernetes.other_stories import event_story, job_stories, pod_by_node
from peninsula.workers.kubernetes.pod_stories import deleted, is_over, node_of, pod_stories
from peninsula.workers.kubernetes.stories import Story

__all__ = ["Scene"]

KEPT: Final = 5_000
"""Objects that are gone, and Events about unknown ones, that are remembered: Events come late."""


class Scene:
    """What is there, as far as was told. No I/O: it is given objects, and gives stories.

    A story is given once, however often its object is seen; a listing tells also of what vanished
    since the one before.
    """

    def __init__(self) -> None:
        self.pods: dict[str, Object] = {}
        """Those that are there, by uid; and so on."""
        self.jobs: dict[str, Object] = {}
        self._nodes: dict[str, Object] = {}
        self._gone: OrderedDict[str, Object] = OrderedDict()
        self._unmatched: OrderedDict[str, list[Object]] = OrderedDict()
        self._told: OrderedDict[str, set[str]] = OrderedDict()

    # --- pods ------------------------------------------------------------------------------------

    def pod(self, pod: Object) -> list[Story]:
        """Take a pod as it is now."""
        uid = pod["metadata"]["uid"]
        if uid in self._gone:
            return []
        self.pods[uid] = pod
        return self._new(uid, [*pod_stories(pod), *self._late(uid, pod), *self._by_node(pod)])

    def pod_gone(self, pod: Object) -> list[Story]:
        """Take a pod as it was last."""
        uid = pod["metadata"]["uid"]
        found = self._new(uid, [*pod_stories(pod), *self._late(uid, pod), deleted(pod)])
        self.pods.pop(uid, None)
        self._remember(uid, pod)
        return found

    def listed_pods(self, pods: Iterable[Object]) -> list[Story]:
        """Take all pods that are there now."""
        there = {pod["metadata"]["uid"]: pod for pod in pods}
        gone = [pod for uid, pod in self.pods.items() if uid not in there]
        stories = [story for pod in gone for story in self.pod_gone(pod)]
        return stories + [story for pod in there.values() for story in self.pod(pod)]

    # --- Jobs ------------------------------------------------------------------------------------

    def job(self, job: Object) -> list[Story]:
        """Take a Job as it is now."""
        uid = job["metadata"]["uid"]
        if uid in self._gone:
            return []
        self.jobs[uid] = job
        return self._new(uid, [*job_stories(job), *self._late(uid, job)])

    def job_gone(self, job: Object) -> list[Story]:
        """Take a Job as it was last."""
        uid = job["metadata"]["uid"]
        found = self._new(uid, [*job_stories(job), Story.of("deleted", job, "Job")])
        self.jobs.pop(uid, None)
        self._remember(uid, job)
        return found

    def listed_jobs(self, jobs: Iterable[Object]) -> list[Story]:
        """Take all Jobs that are there now."""
        there = {job["metadata"]["uid"]: job for job in jobs}
        gone = [job for uid, job in self.jobs.items() if uid not in there]
        stories = [story for job in gone for story in self.job_gone(job)]
        return stories + [story for job in there.values() for story in self.job(job)]

    # --- nodes and Events ------------------------------------------------------------------------

    def node(self, node: Object) -> list[Story]:
        """Take a node as it is now: told of when one of our pods is there."""
        self._nodes[node["metadata"]["name"]] = node
        here = [pod for pod in self.pods.values() if node_of(pod) == node["metadata"]["name"]]
        if not here:
            return []
        found = self._new(node["metadata"]["uid"], other_stories.node_stories(node))
        return found + [
            story
            for pod in here
            for story in self._new(pod["metadata"]["uid"], self._by_node(pod))
            if story.kind == "Pod"
        ]

    def event(self, event: Object) -> list[Story]:
        """Take an Event of Kubernetes; one about what is not known yet waits for it."""
        uid = event["involvedObject"].get("uid", "")
        about = self.pods.get(uid) or self.jobs.get(uid) or self._gone.get(uid)
        about = about or self._node_here(event)
        if about is None:
            self._unmatched.setdefault(uid, []).append(event)
            _shorten(self._unmatched)
            return []
        story = event_story(event, about)
        return self._new(about["metadata"]["uid"], [] if story is None else [story])

    def _node_here(self, event: Object) -> Object | None:
        if event["involvedObject"]["kind"] != "Node":
            return None
        name = event["involvedObject"]["name"]
        here = any(node_of(pod) == name for pod in self.pods.values())
        return self._nodes.get(name) if here else None

    def _late(self, uid: str, thing: Object) -> Iterator[Story]:
        for event in self._unmatched.pop(uid, ()):
            if (story := event_story(event, thing)) is not None:
                yield story

    def _by_node(self, pod: Object) -> Iterator[Story]:
        """Give what is told of a pod's node, with the loss of it and the end of that."""
        node = self._nodes.get(node_of(pod) or "")
        if node is None:
            return
        yield from self._new(node["metadata"]["uid"], other_stories.node_stories(node))
        if not is_over(pod) and (story := pod_by_node(pod, node)) is not None:
            yield story

    # --- what is told ----------------------------------------------------------------------------

    def _new(self, uid: str, stories: Iterable[Story]) -> list[Story]:
        told = self._told.setdefault(uid, set())
        found = []
        for story in stories:
            if story.uid != uid:
                found.append(story)  # a node's, on the way of its pod
            elif (key := _key(story)) not in told:
                told.add(key)
                found.append(story)
        return found

    def _remember(self, uid: str, thing: Object) -> None:
        self._gone[uid] = thing
        while len(self._gone) > KEPT:
            forgotten, _ = self._gone.popitem(last=False)
            self._told.pop(forgotten, None)


def _key(story: Story) -> str:
    if story.what == "deleted":
        return story.what  # its time may be another each time that somebody asks for it
    return f"{story.what} {story.since} {sorted(story.payload.items(), key=str)}"


def _shorten(known: OrderedDict[str, list[Object]]) -> None:
    while len(known) > KEPT:
        known.popitem(last=False)
