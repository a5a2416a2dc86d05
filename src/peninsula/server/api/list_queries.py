"""Say by which parameters lists are asked for: flows, resources, what is stored."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from peninsula.core.artifacts import ArtifactKind
from peninsula.core.runs import RunKind
from peninsula.core.states import StateType
from peninsula.server.api.queries import NoQuery, Order, PageQuery, Text, Texts, said

__all__ = [
    "ArtifactsQuery",
    "BlockActivityQuery",
    "BlockTypesQuery",
    "BlocksQuery",
    "DeploymentsQuery",
    "FlowsQuery",
    "LastRunsQuery",
    "NextQuery",
    "ResourceEventsQuery",
    "ResourceQuery",
    "ResourceRunsQuery",
    "ResourcesQuery",
    "VariablesQuery",
]


class FlowsQuery(PageQuery, frozen=True, kw_only=True):
    """A page of flows."""

    text: Annotated[Text, said("Part of the name, in any ASCII case.")] | None = None


class ResourcesQuery(PageQuery, frozen=True, kw_only=True):
    """A page of the catalogue."""

    kind: Texts = ()
    system: Annotated[Text, said("The system it is in.")] | None = None
    text: Annotated[Text, said("Part of the id or the name, in any ASCII case.")] | None = None
    systems: Annotated[bool, said("Only systems outside, and nothing that is in one.")] = False


class ResourceQuery(NoQuery, frozen=True, kw_only=True):
    """One resource."""

    id: Text


class ResourceRunsQuery(PageQuery, frozen=True, kw_only=True):
    """A page of the runs that touched a resource."""

    id: Text
    kind: RunKind | None = None
    state: Annotated[tuple[StateType, ...], Meta(max_length=50)] = ()
    innermost: Annotated[bool, said("No flow run of which one below used it last.")] = False


class ResourceEventsQuery(PageQuery, frozen=True, kw_only=True):
    """A page of the events that a resource is in."""

    id: Text
    order: Order = "newest"


class ArtifactsQuery(PageQuery, frozen=True, kw_only=True):
    """A page of artifacts."""

    key: Texts = ()
    kind: Annotated[tuple[ArtifactKind, ...], Meta(max_length=50)] = ()
    run: Annotated[UUID, said("Made in that run or below it.")] | None = None
    flow: Annotated[Texts, said("Made in a run of that flow.")] = ()
    latest: Annotated[bool, said("Of each key the newest only.")] = False


class BlockTypesQuery(PageQuery, frozen=True, kw_only=True):
    """A page of block types."""

    text: Annotated[Text, said("Part of the slug, in any ASCII case.")] | None = None


class BlocksQuery(PageQuery, frozen=True, kw_only=True):
    """A page of blocks."""

    type: Annotated[Texts, said("Slug of the type; one of them.")] = ()
    text: Annotated[Text, said("Part of the name, in any ASCII case.")] | None = None


class BlockActivityQuery(NoQuery, frozen=True, kw_only=True):
    """Some blocks."""

    id: Annotated[tuple[UUID, ...], Meta(max_length=100), said("Id of a block.")]


class VariablesQuery(PageQuery, frozen=True, kw_only=True):
    """A page of variables."""

    text: Annotated[Text, said("Part of the name, in any ASCII case.")] | None = None
    tag: Annotated[Texts, said("Has all of them.")] = ()


class DeploymentsQuery(PageQuery, frozen=True, kw_only=True):
    """A page of deployments."""

    named: Annotated[Text, said("Flow and name: `etl/nightly`.")] | None = None
    flow: Texts = ()
    name: Texts = ()
    text: Annotated[Text, said("Part of flow or name, in any ASCII case.")] | None = None
    tag: Annotated[Texts, said("All of them.")] = ()
    pool: Annotated[Texts, said("Names of work pools.")] = ()
    paused: bool | None = None


class LastRunsQuery(NoQuery, frozen=True, kw_only=True):
    """Which deployments are meant."""

    deployment: Annotated[tuple[UUID, ...], Meta(min_length=1, max_length=100)]


class NextQuery(NoQuery, frozen=True, kw_only=True):
    """How many moments to give."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 10
