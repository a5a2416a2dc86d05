"""Nothing is missed and nothing doubled, however objects come."""

from __future__ import annotations

from peninsula.workers.kubernetes.scene import Scene
from tests.unit.workers import recorded
from tests.unit.workers.recorded import RUNNING, container, pod


def whats(stories):
    """Return what was told."""
    return [story.what for story in stories]


def test_a_story_is_told_once():
    """However often its object is seen."""
    scene = Scene()
    assert whats(scene.pod(pod())) == ["scheduled"]
    assert scene.pod(pod(metadata={"resourceVersion": "11"})) == []
    running = pod(status={"containerStatuses": [container(running=RUNNING)]})
    assert whats(scene.pod(running)) == ["started"]
    assert scene.listed_pods([running]) == []


def test_a_listing_tells_what_vanished():
    """While nobody watched."""
    scene = Scene()
    scene.listed_pods([pod("a"), pod("b")])
    gone = scene.listed_pods([pod("b")])
    assert [(story.what, story.uid) for story in gone] == [("deleted", "a")]


def test_what_is_gone_stays_gone():
    """A change that comes late does not bring it back."""
    scene = Scene()
    scene.pod(pod())
    assert whats(scene.pod_gone(pod())) == ["deleted"]
    assert scene.pod(pod()) == []
    assert scene.pods == {}


def test_what_happened_between_two_looks_is_told_in_one():
    """In the order in which it happened."""
    scene = Scene()
    assert whats(scene.pod_gone(recorded.OOM_KILLED)) == [
        "scheduled",
        "started",
        "oom-killed",
        "failed",
        "deleted",
    ]


def test_an_event_may_come_before_its_pod():
    """And after it is gone; one about somebody else's never."""
    scene = Scene()
    assert scene.event(recorded.event("Pulling")) == []
    assert whats(scene.pod(pod())) == ["scheduled", "pulling"]
    scene.pod_gone(pod())
    assert whats(scene.event(recorded.event("Killing"))) == ["killing"]
    assert scene.event(recorded.event("Pulling", about=pod("another"))) == []


def test_each_kill_on_a_node_is_told():
    """Also where one Event counts them all, and however often that is seen."""
    scene = Scene()
    scene.pod(pod())
    scene.node(recorded.node())
    first = recorded.kill("15101", involvedObject={"name": "node1"})
    later = recorded.kill("15191", involvedObject={"name": "node1"}, count=22)
    assert whats(scene.event(first)) == ["process-killed"]
    assert whats(scene.event(later)) == ["process-killed"]
    assert whats(scene.event(later | {"count": 23})) == ["process-killed"]
    assert scene.event(later | {"count": 23}) == []


def test_what_was_combined_is_told_once():
    """It is counted, and its time changes."""
    scene = Scene()
    scene.pod(pod())
    said = "(combined from similar events): the probe failed"
    again = {"count": 13, "lastTimestamp": "2026-11-23T01:26:32Z"}
    assert whats(scene.event(recorded.event("Unhealthy", message=said))) == ["unhealthy"]
    assert scene.event(recorded.event("Unhealthy", message=said, **again)) == []


def test_a_lost_node_is_told_of_it_and_of_its_pods():
    """Whichever is seen first."""
    scene = Scene()
    scene.pod(pod())
    assert whats(scene.node(recorded.node())) == ["ready"]
    assert whats(scene.node(recorded.node("Unknown"))) == ["unavailable", "node-lost"]
    other = Scene()
    assert other.node(recorded.node("Unknown")) == []
    assert sorted(whats(other.pod(pod()))) == ["node-lost", "scheduled", "unavailable"]


def test_a_node_that_is_there_again_is_told_of_its_pods():
    """Also by who did not see it away, and never of a pod that came after."""
    scene = Scene()
    scene.pod(pod())
    scene.node(recorded.node("Unknown", since="2026-11-23T01:25:00Z"))
    back = recorded.node(since="2026-11-23T01:25:24Z")
    again = scene.node(back)
    assert whats(again) == ["ready", "node-ready"]
    assert scene.node(back) == []
    other = Scene()
    other.pod(pod())
    assert other.node(back) == again
    later = [recorded.condition("PodScheduled", lastTransitionTime="2026-11-23T01:25:24Z")]
    assert whats(other.pod(pod("later", status={"conditions": later}))) == ["scheduled"]


def test_a_node_is_no_matter_without_a_pod_of_ours():
    """There may be thousands of them."""
    assert Scene().node(recorded.node("False")) == []


def test_a_new_scene_tells_the_same_again():
    """By the same ids: the log passes over them."""
    first, second = Scene(), Scene()
    first.pod(pod())
    before = first.pod(recorded.OOM_KILLED)
    assert set(map(str, before)) <= set(map(str, second.listed_pods([recorded.OOM_KILLED])))
