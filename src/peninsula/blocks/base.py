"""Blocks: what flows connect to, as pydantic models whose every call is seen."""

from __future__ import annotations

import logging
from abc import ABC
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Final, Generic, Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from peninsula.blocks.documents import Document
from peninsula.blocks.inside import DEPTH, LEAVES, inside
from peninsula.blocks.methods import observe_methods
from peninsula.core.calls import Credential
from peninsula.core.classes import class_of
from peninsula.core.events import Related, Resource
from peninsula.core.resources import own
from peninsula.core.texts import one_line
from peninsula.sdk.outside.call import Target
from peninsula.sdk.outside.systems import resource_of
from peninsula.sdk.outside.texts import shapes

__all__ = ["Block"]

_log = logging.getLogger(__name__)

MOST: Final = 50
"""Nested blocks that a call is related to."""


class Block(Document):
    """Something a flow connects to: a bucket, a database, a service, with what it takes to do so.

    Each call of a public method is an event about the system behind the block, tied to the run.
    What a call goes to and how much it moved, a method says by `touches` and `moved`.
    """

    # What stands below a field is its description, in forms as well.
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        observe_methods(cls, _is_plain, frozenset(vars(Block)) | frozenset(vars(Document)))

    # --- what types of blocks say of themselves --------------------------------------------------

    def _system(self) -> str | None:
        """Return the address of the system behind the block: `s3://lake`.

        User, password and query are cut. None: the type of the block stands for it.
        """
        return None

    def _credential(self) -> Credential | None:
        """Return what may be said of the credential that calls go with.

        By default that is what the server says of it. Where a block says nothing, the first of
        those nested in it which does is taken.
        """
        found: Credential | None = _private(self, "_saved_credential")
        return found

    # --- what its calls say ----------------------------------------------------------------------

    def _target(
        self, names: tuple[str, ...], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Target:
        nested = _blocks_in(self.__dict__.values())
        return Target(
            self._resource(),
            _related(self, nested),
            shapes(names, args, kwargs),
            self._credential() or _first_credential(nested),
        )

    def _resource(self) -> Resource:
        try:
            system = self._system()
            if system is not None:
                return resource_of(system)
        except Exception:  # noqa: BLE001  code of the user's; a call without an address is one, too
            _log.debug("%s says of no system what it is", type(self).__name__, exc_info=True)
        return Resource(
            id=own("block-type", self.get_block_type_slug()), name=self.get_block_type_name()
        )


_PLAIN: Final = frozenset({object, ABC, Generic, Protocol})


def _is_plain(base: type) -> bool:
    """Tell whether a class in a block's family is the user's, and no model."""
    return not issubclass(base, BaseModel) and base not in _PLAIN


def _related(block: Block, nested: Sequence[Block]) -> tuple[Related, ...]:
    """Return those of a block and of the blocks nested in it that are saved, each once."""
    found: dict[UUID, Related] = {}
    for each in (block, *nested):
        id_ = _private(each, "_document_id")
        if id_ is not None and id_ not in found:
            name = _private(each, "_document_name") or each.get_block_type_slug()
            found[id_] = _document(id_, "block" if each is block else "uses", name)
    return tuple(found.values())[:MOST] if found else ()


@lru_cache(maxsize=1_024)
def _document(id_: UUID, role: str, name: str) -> Related:
    return Related(id=own("block-document", id_), role=role, name=one_line(name, "block"))


def _private(block: Block, name: str) -> Any:
    # Reading the attribute itself costs as much as a third of all that a call costs.
    values = block.__pydantic_private__
    return None if values is None else values.get(name)


def _first_credential(blocks: Sequence[Block]) -> Credential | None:
    for block in blocks:
        if (found := block._credential()) is not None:  # noqa: SLF001  of this class
            return found
    return None


def _blocks_in(values: Iterable[Any], depth: int = DEPTH) -> list[Block]:
    """Return the blocks among the values of fields, and in these, the outer ones first."""
    found: list[Block] = []
    for each in values:
        if class_of(each) in LEAVES:
            continue
        is_block = isinstance(each, Block)
        if is_block:
            found.append(each)
        if depth:
            # Fields at once: this is what most of a call with credentials would cost.
            held = each.__dict__.values() if is_block else inside(each)
            found += _blocks_in(held, depth - 1)
    return found
