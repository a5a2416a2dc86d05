"""Events of pods, Jobs and nodes."""

from __future__ import annotations

from typing import Final

from peninsula.core.catalogue.entries import Entry

__all__ = ["KUBERNETES"]

_CONTAINER_END: Final = (
    "`container`, `exit_code`, `signal`, `reason`, `message`, `limits`, `restart`, `started`"
)

KUBERNETES: Final = tuple(
    Entry(f"peninsula.kubernetes.{kind}.{part}", moment, f"`{address}`", payload)
    for kind, address, entries in (
        (
            "pod",
            "kubernetes://<cluster>/<namespace>/pod/<name>",
            (
                ("scheduled", "A pod of a run has a node.", "`uid`"),
                ("unschedulable", "No node takes it.", "`reason`, `message`"),
                ("pulling", "An image of it is fetched.", "`container`, `reason`, `message`"),
                ("pulled", "An image is there.", "`container`, `reason`, `message`"),
                (
                    "image-pull-failed",
                    "An image cannot be had.",
                    "`container`, `reason`, `message`",
                ),
                ("mount-failed", "A volume cannot be had.", "`reason`, `message`"),
                ("sandbox-failed", "It cannot be set up.", "`reason`, `message`"),
                (
                    "start-failed",
                    "A container cannot be started.",
                    "`container`, `reason`, `message`",
                ),
                ("started", "A container of it is started.", "`container`, `restart`"),
                ("ready", "All its containers are ready.", "`uid`"),
                ("unhealthy", "A probe fails.", "`container`, `reason`, `message`"),
                ("killing", "A container is told to end.", "`container`, `reason`, `message`"),
                ("container-completed", "A container ends with code 0.", _CONTAINER_END),
                ("container-failed", "A container ends with another code.", _CONTAINER_END),
                ("oom-killed", "A container is killed for memory.", _CONTAINER_END),
                (
                    "restart-backoff",
                    "A container is not started again yet.",
                    "`container`, `reason`",
                ),
                ("completed", "It is over, and all went well.", "`uid`"),
                ("failed", "It is over.", "`reason`, `message`; `container`, `exit_code`"),
                ("evicted", "It has to leave its node.", "`reason`, `message`"),
                ("preempted", "One of a higher priority takes its place.", "`reason`, `message`"),
                ("deadline-exceeded", "It was active for too long.", "`reason`, `message`"),
                ("node-lost", "Its node is not heard of any more.", "`reason`, `message`"),
                ("node-ready", "Its node is there again.", "`reason`, `message`"),
                ("deleted", "Somebody deletes it, or it is gone.", "`uid`"),
                ("warning", "Kubernetes warns of something else.", "`reason`, `message`"),
            ),
        ),
        (
            "job",
            "kubernetes://<cluster>/<namespace>/job/<name>",
            (
                ("created", "A worker has made the Job of a run.", "`uid`"),
                ("create-failed", "Its pod may not be made.", "`reason`, `message`"),
                ("completed", "Its pod completed.", "`uid`"),
                ("failed", "It makes no pod any more.", "`reason`, `message`"),
                ("deadline-exceeded", "It was active for too long.", "`reason`, `message`"),
                ("deleted", "It is gone.", "`uid`"),
                ("warning", "Kubernetes warns of something else.", "`reason`, `message`"),
            ),
        ),
        (
            "node",
            "kubernetes://<cluster>/node/<name>",
            (
                ("ready", "A node with pods of runs is ready.", "`reason`, `message`"),
                ("unavailable", "It is not, or not heard of.", "`reason`, `message`"),
                ("memory-pressure", "It is short of memory.", "`reason`"),
                ("disk-pressure", "It is short of disk.", "`reason`"),
                ("pid-pressure", "It has too many processes.", "`reason`"),
                (
                    "process-killed",
                    "A process on it was killed for memory.",
                    "`reason`, `message`, `count`",
                ),
                ("warning", "Kubernetes warns of something else.", "`reason`, `message`"),
            ),
        ),
    )
    for part, moment, payload in entries
)
