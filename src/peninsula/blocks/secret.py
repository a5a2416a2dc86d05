"""A value that nobody sees."""

from __future__ import annotations

from typing import Annotated, Any

import pydantic
from pydantic import BeforeValidator, WithJsonSchema

from peninsula.blocks.base import Block

__all__ = ["Secret"]


def _plain(value: Any) -> Any:
    return value.get_secret_value() if hasattr(value, "get_secret_value") else value


class Secret(Block):
    """A value that nobody sees: encrypted where it is kept, masked in all that runs tell.

    >>> Secret(value="xoxb-…").save("slack-token")
    >>> Secret.load("slack-token").get()
    """

    value: Annotated[
        pydantic.Secret[Any],
        BeforeValidator(_plain),
        # A form asks for a text; all else is taken as well.
        WithJsonSchema(
            {"anyOf": [{"type": "string"}, {}], "writeOnly": True, "format": "password"}
        ),
    ]
    """A text, or anything that JSON has."""

    def get(self) -> Any:
        """Return the value."""
        return self.value.get_secret_value()
