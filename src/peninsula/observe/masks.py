"""Keep secrets out of spans before anybody sends them: the user's own, and those of libraries."""

from __future__ import annotations

import logging
from typing import Any

from opentelemetry.attributes import BoundedAttributes
from opentelemetry.sdk.trace import Span, SpanProcessor
from opentelemetry.trace import Status

from peninsula.core.addresses import hide_in_addresses
from peninsula.journal import masking

__all__ = ["Masks"]

_log = logging.getLogger("peninsula.observe")


class Masks(SpanProcessor):
    """Masks what a span says when it ends, before any processor of that provider gets it."""

    def _on_ending(self, span: Span) -> None:
        try:
            _mask(span)
        except Exception:  # noqa: BLE001  this is in the midst of code of the user's
            _log.debug("A span is not masked", exc_info=True)


def _mask(span: Span) -> None:
    # It is closed for changes by then, and has no other way in for them.
    span._name = masking.hide(span.name)  # noqa: SLF001  as above
    for said in (span._attributes, *(event._attributes for event in span._events)):  # noqa: SLF001
        if isinstance(said, BoundedAttributes):
            changed = {name: _hidden(value) for name, value in said.items()}
            said._dict.update(changed)  # noqa: SLF001  as above
    status = span.status
    if status.description:
        span._status = Status(status.status_code, _hidden(status.description))  # noqa: SLF001


def _hidden(value: Any) -> Any:
    if isinstance(value, str):
        return hide_in_addresses(masking.hide(value))
    if isinstance(value, tuple):
        return tuple(map(_hidden, value))
    return value
