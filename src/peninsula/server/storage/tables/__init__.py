"""The schema, once for SQLite and PostgreSQL.

Times are integers, µs since 1970 (UTC). UUIDs are 16 bytes. JSON is text as it was sent. Ids of
names, resources, runs and emitters are interned integers: an event refers to them by those.
"""

from __future__ import annotations

from peninsula.server.storage.tables.deployments import deployments, schedules, submissions
from peninsula.server.storage.tables.log import (
    LOG,
    blobs,
    emitters,
    events,
    head,
    logs,
    meta,
    names,
    resources,
    run_ids,
    unknown_records,
)
from peninsula.server.storage.tables.projections import (
    PROJECTIONS,
    artifacts,
    catalogue,
    descriptions,
    edges,
    event_counts,
    links,
    runs,
    tags,
    touches,
)
from peninsula.server.storage.tables.referee import (
    REFEREE,
    api_keys,
    block_documents,
    block_references,
    block_schemas,
    block_types,
    claims,
    commands,
    concurrency_limits,
    concurrency_slots,
    dismissals,
    leases,
    sessions,
    variables,
)
from peninsula.server.storage.tables.schema import metadata
from peninsula.server.storage.tables.work import run_inputs, work_pools, work_queues, workers

__all__ = [
    "LOG",
    "PROJECTIONS",
    "REFEREE",
    "api_keys",
    "artifacts",
    "blobs",
    "block_documents",
    "block_references",
    "block_schemas",
    "block_types",
    "catalogue",
    "claims",
    "commands",
    "concurrency_limits",
    "concurrency_slots",
    "deployments",
    "descriptions",
    "dismissals",
    "edges",
    "emitters",
    "event_counts",
    "events",
    "head",
    "leases",
    "links",
    "logs",
    "meta",
    "metadata",
    "names",
    "resources",
    "run_ids",
    "run_inputs",
    "runs",
    "schedules",
    "sessions",
    "submissions",
    "tags",
    "touches",
    "unknown_records",
    "variables",
    "work_pools",
    "work_queues",
    "workers",
]
