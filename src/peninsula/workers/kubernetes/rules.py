"""What a Job carries of its template for whoever observes it: patience, and when it goes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from peninsula.core.errors import InvalidError
from peninsula.kube.cluster import Object

__all__ = ["RULES", "Rules"]

RULES: Final = "peninsula/rules"
"""Annotation of a Job."""

Seconds = Annotated[float, Meta(ge=0)]


class Rules(Struct, frozen=True, kw_only=True):
    """By what the observer of a Job goes. The pool's template may have changed since."""

    finished_job_ttl: Seconds | None = 300.0
    """Seconds that it is kept once it is over; None is for ever."""
    pod_watch_timeout_seconds: Seconds = 300.0
    node_lost_timeout_seconds: Seconds = 300.0
    stream_output: bool = True
    shipper: bool = False

    @classmethod
    def of(cls, configuration: Mapping[str, Any]) -> Rules:
        """Read them from a job configuration. Raises InvalidError."""
        given = {key: configuration[key] for key in cls.__struct_fields__ if key in configuration}
        try:
            return msgspec.convert(given, cls)
        except msgspec.ValidationError as problem:
            msg = f"The job template cannot be used: {problem}."
            raise InvalidError(msg) from None

    @classmethod
    def on(cls, job: Object | None) -> Rules:
        """Read them from a Job."""
        text = ((job or {}).get("metadata", {}).get("annotations") or {}).get(RULES)
        try:
            return cls() if text is None else msgspec.json.decode(text, type=cls)
        except (msgspec.ValidationError, msgspec.DecodeError):
            return cls()  # edited since

    def written(self) -> str:
        """Return them for the annotation."""
        return msgspec.json.encode(self).decode()

    @property
    def start(self) -> timedelta:
        """How long a pod may take to start."""
        return timedelta(seconds=self.pod_watch_timeout_seconds)

    @property
    def node(self) -> timedelta:
        """How long a node may be away."""
        return timedelta(seconds=self.node_lost_timeout_seconds)
