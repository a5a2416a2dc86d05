"""Blocks: what flows connect to, as pydantic models whose every call is seen."""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterator, Sequence
from typing import Any, Final, Generic, Protocol

from pydantic import BaseModel, ConfigDict

from peninsula.blocks.documents import Document
from peninsula.blocks.inside import DEPTH, inside, secrets_in
from peninsula.blocks.methods import observe_methods
from peninsula.core.calls import Credential
from peninsula.core.events import Related, Resource
from peninsula.core.resources import own
from peninsula.core.texts import one_line
from peninsula.sdk.outside.call import Target
from peninsula.sdk.outside.systems import resource_of
from peninsula.sdk.outside.texts import shapes

__all__ = ["Block"]

MOST: Final = 50
"""Nested blocks that a call is related to."""


class Block(Document):
    """Something a flow connects to: a bucket, a database, a service, with what it takes to do so.

    Each call of a public method is an event about the system behind the block, tied to the run.
    What a call goes to and how much it moved, a method says by `touches` and `moved`.
    """

    model_config = ConfigDict(extra="forbid")

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        observe_methods(cls, _is_plain, frozenset(vars(Block)))

    # --- what types of blocks say of themselves --------------------------------------------------

    def _system(self) -> str | None:
        """Return the address of the system behind the block: `s3://lake`.

        User, password and query are cut. None: the type of the block stands for it.
        """
        return None

    def _credential(self) -> Credential | None:
        """Return what may be said of the credential that calls go with.

        By default that is what the server says of it, or the first nested block that has one.
        """
        if self._saved_credential is not None:
            return self._saved_credential
        found = (block._credential() for block in self._nested())  # noqa: SLF001  of this class
        return next((each for each in found if each is not None), None)

    # --- what its calls say ----------------------------------------------------------------------

    def _target(
        self, names: Sequence[str], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Target:
        nested = tuple(self._nested())
        used = (block._related("uses") for block in nested)  # noqa: SLF001  of this class
        related = [self._related("block"), *used]
        by_id = {each.id: each for each in reversed(related) if each is not None}
        return Target(
            about=self._resource(),
            related=tuple(reversed(by_id.values()))[:MOST],
            arguments=shapes(names, args, kwargs),
            credential=self._credential(),
            secrets=self._secrets,
        )

    def _resource(self) -> Resource:
        system = self._system()
        if system is not None:
            return resource_of(system)
        return Resource(
            id=own("block-type", self.get_block_type_slug()), name=self.get_block_type_name()
        )

    def _related(self, role: str) -> Related | None:
        if self._document_id is None:
            return None
        name = one_line(self._document_name or "", self.get_block_type_slug())
        return Related(id=own("block-document", self._document_id), role=role, name=name)

    def _nested(self) -> Iterator[Block]:
        """Give the blocks in its fields, and in theirs, the outer ones first."""
        return _blocks_in(self.__dict__, DEPTH)

    def _secrets(self) -> Iterator[str]:
        """Give the values that no text may repeat."""
        return secrets_in(self)


_PLAIN: Final = frozenset({object, ABC, Generic, Protocol})


def _is_plain(base: type) -> bool:
    """Tell whether a class in a block's family is the user's, and no model."""
    return not issubclass(base, BaseModel) and base not in _PLAIN


def _blocks_in(value: Any, depth: int) -> Iterator[Block]:
    for each in inside(value) if depth else ():
        if isinstance(each, Block):
            yield each
        yield from _blocks_in(each, depth - 1)
