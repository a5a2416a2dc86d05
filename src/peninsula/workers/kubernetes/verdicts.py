"""Decide when the pod of a run is at its end, by which story, and in which words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from peninsula.core.work import UNHEARD, UNREACHED, UNTOLD
from peninsula.launching.launcher import Launched
from peninsula.workers.kubernetes.cases import Case
from peninsula.workers.kubernetes.manifests import FLOW
from peninsula.workers.kubernetes.other_stories import CLOCKS
from peninsula.workers.kubernetes.pod_stories import HOPELESS
from peninsula.workers.kubernetes.rules import Rules
from peninsula.workers.kubernetes.stories import Story

__all__ = ["Verdict", "verdict_of"]

_ENDS: Final = (
    "oom-killed", "evicted", "preempted", "deadline-exceeded", "node-lost", "deleted",
    "start-failed", "image-pull-failed", "container-failed", "container-completed", "create-failed",
    "failed", "completed",
)  # fmt: skip
"""What a pod or its Job ends by, what says most first."""

_EXPLAINING: Final = frozenset(
    {"oom-killed", "evicted", "preempted", "deadline-exceeded", "node-lost", "deleted"}
)

_STUCK: Final = frozenset(
    {
        "create-failed", "image-pull-failed", "mount-failed", "sandbox-failed", "start-failed",
        "unschedulable",
    }
)  # fmt: skip
"""What keeps a pod from starting, and may yet go by."""

_SIGNALS: Final = 128
"""Exit codes above it are of a signal: 137 is 9."""

_KILLED: Final = _SIGNALS + 9


class Verdict(Struct, frozen=True, kw_only=True):
    """That a run's infrastructure is at its end, or will never begin."""

    message: str
    """For the run's state."""
    story: Story
    """What it came by."""
    untold: str | None = None
    """What the process left to be said, where no server took how the run ended."""

    @property
    def explains(self) -> bool:
        """Whether it is why the process got the signal that it may have told of."""
        return self.story.what in _EXPLAINING

    @property
    def may_tell_more(self) -> bool:
        """Whether the process ended by itself, and its last words may be on their way."""
        if self.story.what in {"container-failed", "failed"}:
            return int(self.story.payload.get("exit_code", 0)) <= _SIGNALS
        return self.story.what in {"container-completed", "completed"}

    def launched(self, follows: UUID) -> Launched:
        """Return how the run's infrastructure came to its end, by the event that tells of it."""
        is_exit = self.story.what in {"container-failed", "failed"}
        return Launched(
            self.message,
            follows,
            explains=self.explains,
            unreached=is_exit and self.story.payload.get("exit_code") == UNREACHED,
            untold=self.untold,
        )


def verdict_of(case: Case, now: datetime, rules: Rules) -> Verdict | None:
    """Return by what a start of a run has ended, or why it never begins; None while it may go on.

    A container that exits with 1 is not an eviction; an eviction may be told before any container.
    """
    if case.has_ended:
        found = _end(case)
    elif (lost := _lost(case)) is not None and case.waited(lost, now) >= rules.node:
        found = lost
    elif case.has_begun:
        found = None
    else:
        found = next((story for story in case.stories() if story.what in _STUCK), None)
        if found is not None and not _is_hopeless(found):
            found = found if case.waited(found, now) >= rules.start else None
        found = None if found is None else _first_said(found, case)
    if found is None:
        return None
    untold = next(filter(None, map(_untold, case.stories())), None)
    if untold is not None:
        note = "" if _untold(found) else f" {untold}"
        return Verdict(message=f"{_sentence(found)}{note}{_KEPT}", story=found, untold=untold)
    note = _LOST if _is_kill(found) and not rules.shipper else ""
    return Verdict(message=f"{_sentence(found)}{note}", story=found)


def _untold(story: Story) -> str | None:
    """Return what the process of the flow left to be said as it ended."""
    words = str(story.payload.get("message") or "").strip()
    is_own = story.payload.get("container") == FLOW and words.startswith(UNTOLD)
    return words if is_own else None


def _is_kill(story: Story) -> bool:
    is_ended = story.what in {"container-failed", "failed"}
    return story.what == "oom-killed" or (is_ended and story.payload.get("exit_code") == _KILLED)


def _end(case: Case) -> Story | None:
    """Return the newest story of those that say most."""
    for part in _ENDS:
        for story in case.stories():
            if story.what == part and not (
                _is_beside(story) or _went_by(story, case) or _is_later(story, case)
            ):
                return _first_said(story, case)
    return None


def _is_beside(story: Story) -> bool:
    # What became of an init container or of the sidecar is not what the run ended by, unless it
    # failed the pod, which has a story of its own.
    container = story.payload.get("container", FLOW)
    return story.what in _OWN and container != FLOW


def _went_by(story: Story, case: Case) -> bool:
    if story.what == "node-lost":
        return story != _lost(case)
    return story.what in _STUCK and case.has_begun


def _is_later(story: Story, case: Case) -> bool:
    """Tell whether the flow had ended before: an API server that was away shows both at once."""
    if story.what not in {"node-lost", "deleted"} or story.at is None:
        return False
    ends = (each.at for each in case.stories() if each.what in _OWN and not _is_beside(each))
    return any(end is not None and story.at - end > CLOCKS for end in ends)


_OWN: Final = frozenset({"oom-killed", "container-failed", "container-completed"})
"""What is told of a container's end."""


def _lost(case: Case) -> Story | None:
    """Return by what the node of the pod is away; None while it is there, or is back."""
    newest = next(
        (each for each in case.stories() if each.what in {"node-lost", "node-ready"}), None
    )
    return None if newest is None or newest.what == "node-ready" else newest


def _first_said(story: Story, case: Case) -> Story:
    """Return what says most of a pull that failed: before it is paused, its error is told."""
    if story.payload.get("reason") != _PAUSED:
        return story
    errors = (
        each
        for each in case.stories()
        if each.what == story.what
        and each.payload.get("container") == story.payload.get("container")
        and each.payload.get("reason") != _PAUSED
    )
    return next(errors, story)


_PAUSED: Final = "ImagePullBackOff"


def _is_hopeless(story: Story) -> bool:
    return story.payload.get("reason") in HOPELESS


_LOST: Final = (
    " What it told in its last 100 ms may be missing, but for its log: `shipper` of the pool's"
    " template keeps that."
)

_KEPT: Final = " `shipper` of the pool's template keeps that."

# --- words ---------------------------------------------------------------------------------------


def _sentence(story: Story) -> str:
    said = story.payload
    text = _SENTENCES[story.what](said)
    detail = (said.get("message") or "").strip().rstrip(".")[:_LONGEST]
    place = f"{story.kind} {story.name}" + (f" on node {story.node}." if story.node else ".")
    return " ".join(filter(None, (text, f"{detail}." if detail else "", place)))


_LONGEST: Final = 2_000
"""Characters of what Kubernetes says."""


def _killed(said: Mapping[str, Any]) -> str:
    return f"The container was killed for memory (OOMKilled){_of(_memory(said))}."


def _of(limit: str | None) -> str:
    return f": its limit is {limit}" if limit else ", as its node had none left"


def _exited(said: Mapping[str, Any]) -> str:
    code = said.get("exit_code")
    if code is None:
        return f"The pod failed ({said['reason']})." if said.get("reason") else "The pod failed."
    if code == _KILLED and (limit := _memory(said)) is not None:
        # A runtime whose notice of it was lost gives no other reason.
        return f"{_signal(code)} It may have needed more than its memory limit of {limit}."
    if code > _SIGNALS:
        return _signal(code)
    if code == UNHEARD and str(said.get("message") or "").startswith(UNTOLD):
        return (
            f"The process ended with exit code {code}: it waited for its server as long as"
            " PENINSULA_OUTLAST_TIMEOUT says."
        )
    return f"The process ended with exit code {code} without a word of how the run ended."


def _went_silent(_: Mapping[str, Any]) -> str:
    return "The process ended without a word of how the run ended."


def _signal(code: int) -> str:
    return f"The process was ended by signal {code - _SIGNALS} (exit code {code})."


def _memory(said: Mapping[str, Any]) -> str | None:
    return (said.get("limits") or {}).get("memory")


_SENTENCES: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "oom-killed": _killed,
    "evicted": lambda said: f"The pod was evicted{_why(said)}.",
    "preempted": lambda _: "The pod was preempted by one of a higher priority.",
    "deadline-exceeded": lambda _: "It took longer than its active deadline allows.",
    "node-lost": lambda _: "The node of the pod was lost.",
    "start-failed": lambda said: f"The container could not be started{_why(said)}.",
    "image-pull-failed": lambda said: f"The image could not be pulled{_why(said)}.",
    "unschedulable": lambda said: f"No node takes the pod{_why(said)}.",
    "create-failed": lambda _: "Kubernetes did not let the pod be made.",
    "mount-failed": lambda said: f"A volume of the pod could not be mounted{_why(said)}.",
    "sandbox-failed": lambda said: f"The pod could not be set up{_why(said)}.",
    "container-failed": _exited,
    "failed": _exited,
    "container-completed": _went_silent,
    "completed": _went_silent,
    "deleted": lambda _: "Somebody deleted it.",
}


def _why(said: Mapping[str, Any]) -> str:
    return f" ({said['reason']})" if said.get("reason") else ""
