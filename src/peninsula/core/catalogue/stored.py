"""Events of what people and runs keep on a server."""

from __future__ import annotations

from typing import Final

from peninsula.core.artifacts import CREATED, UPDATED
from peninsula.core.catalogue.entries import Entry

__all__ = ["STORED"]

_ARTIFACTS: Final = tuple(
    Entry(
        name,
        f"A run {does} an artifact.",
        "`peninsula.artifact.<uuid>`, with its key as name",
        "`ArtifactChange`: the body, or its `sha256` where it is large",
    )
    for name, does in ((CREATED, "makes"), (UPDATED, "changes"))
)

_VARIABLES: Final = tuple(
    Entry(
        f"peninsula.variable.{part}",
        f"Someone {does} a variable.",
        "`peninsula.variable.<uuid>`",
        "`tags`; never the value",
    )
    for part, does in (("created", "sets"), ("updated", "changes"), ("deleted", "unsets"))
)

_BLOCKS: Final = (
    *(
        Entry(
            f"peninsula.block-type.{part}",
            f"Someone {does} a block type.",
            "`peninsula.block-type.<uuid>`",
            "`slug`, `version`, `checksum`, `capabilities`",
        )
        for part, does in (("created", "registers"), ("updated", "changes"))
    ),
    *(
        Entry(
            f"peninsula.block-document.{part}",
            f"Someone {does}.",
            "`peninsula.block-document.<uuid>`, with type and name as name",
            "`type`, `schema`, `credential_version`, `expires`; never what the block holds",
        )
        for part, does in (
            ("created", "saves a block"),
            ("updated", "saves a block over the one of that name"),
            ("deleted", "deletes a block"),
            ("opened", "opens a block, or one that it is nested in: its secrets leave the server"),
        )
    ),
    Entry(
        "peninsula.encryption-key.rotated",
        "All secrets are encrypted anew by the newest key.",
        "`peninsula.encryption-key.<fingerprint>`, the newest",
        "`blocks`: how many were",
    ),
)

_DEPLOYMENTS: Final = (
    *(
        Entry(
            f"peninsula.deployment.{part}",
            f"Someone {does} a deployment.",
            "`peninsula.deployment.<uuid>`, with flow and name as name",
            "`version`, `entrypoint`, `schedules` (how many), `changed` (what)",
        )
        for part, does in (
            ("created", "makes"),
            ("updated", "changes"),
            ("paused", "pauses"),
            ("resumed", "resumes"),
            ("deleted", "deletes"),
        )
    ),
    *(
        Entry(
            f"peninsula.schedule.{part}",
            f"Someone {does}.",
            "`peninsula.schedule.<uuid>`, with its rule as name",
            "`rule`, `timezone`, `active`, `catchup`",
        )
        for part, does in (
            ("created", "gives a deployment a schedule"),
            ("updated", "changes a schedule"),
            ("deleted", "takes a schedule from a deployment"),
        )
    ),
    Entry(
        "peninsula.schedule.missed",
        "Moments of a schedule have passed while no server was there.",
        "`peninsula.schedule.<uuid>`, with its rule as name",
        "`rule`, `catchup`, `since`, `until`, `missed` (`more`: there were more), `kept`: that run",
    ),
)

_CONCURRENCY: Final = (
    *(
        Entry(
            f"peninsula.concurrency-limit.{part}",
            f"Someone {does} a concurrency limit.",
            "`peninsula.concurrency-limit.<uuid>`",
            payload,
        )
        for part, does, payload in (
            ("created", "makes", "`limit`, `decay`"),
            ("updated", "changes", "`limit`, `decay`"),
            ("deleted", "removes", "nothing"),
        )
    ),
    Entry(
        "peninsula.concurrency-limit.acquired",
        "A run takes slots of a concurrency limit.",
        "`peninsula.concurrency-limit.<uuid>`",
        "`slots`",
    ),
    Entry(
        "peninsula.concurrency-limit.released",
        "Slots of a concurrency limit are free again.",
        "`peninsula.concurrency-limit.<uuid>`",
        "`slots`; `lost`: their holder ended, or did not renew them",
    ),
)

STORED: Final = (*_ARTIFACTS, *_VARIABLES, *_BLOCKS, *_DEPLOYMENTS, *_CONCURRENCY)
