"""Derive runs, edges, links, resources, counts and artifacts from events, wherever to keep them.

Every projection takes events in any order and adds up to the same rows, so the live tables, a
rebuild beside them and the baseline of what was pruned are all made by the functions here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from sqlalchemy import Connection

from peninsula.core.runs import StateChange
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.project_artifacts import project_artifacts
from peninsula.server.storage.project_resources import (
    project_catalogue,
    project_counts,
    project_descriptions,
    project_links,
    project_touches,
    sightings_of,
)
from peninsula.server.storage.project_runs import project_runs
from peninsula.server.storage.rows import EventRow, Related, Target, Texts

__all__ = ["project"]

NO_CHANGES: Final[Mapping[int, StateChange]] = MappingProxyType({})


def project(
    tx: Connection,
    target: Target,
    dictionary: Dictionary,
    rows: Sequence[EventRow],
    related: Sequence[Related],
    texts: Texts,
    changes: Mapping[int, StateChange] = NO_CHANGES,
    *,
    links: bool = True,
) -> None:
    """Take in events.

    `changes` has, by position, payloads of state events that were decoded already. `links` is off
    for the baseline: links live as long as their events.
    """
    if links:
        project_links(tx, target, rows, related, texts)
    project_runs(tx, target, dictionary, rows, texts, changes)
    sightings = sightings_of(rows, related, texts)
    project_touches(tx, target, sightings)
    project_catalogue(tx, target, sightings)
    project_descriptions(tx, target, rows, related)
    project_counts(tx, target, rows)
    project_artifacts(tx, target, rows, texts)
