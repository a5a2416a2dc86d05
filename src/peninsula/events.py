"""Events of the user's own."""

from peninsula.core.events import Event, Related, Resource
from peninsula.sdk.emit import emit_event

__all__ = ["Event", "Related", "Resource", "emit_event"]
