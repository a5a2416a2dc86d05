"""Blocks: what flows connect to, as pydantic models whose every call is seen."""

from __future__ import annotations

import re
from abc import ABC
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final, Generic, Protocol
from uuid import UUID

from pydantic import BaseModel, ConfigDict, PrivateAttr, SecretBytes, SecretStr

from peninsula.blocks.methods import observe_methods
from peninsula.core.calls import Credential
from peninsula.core.events import Related, Resource
from peninsula.core.resources import own
from peninsula.core.texts import one_line
from peninsula.sdk.masks import is_secret_name
from peninsula.sdk.outside.call import Target
from peninsula.sdk.outside.systems import resource_of
from peninsula.sdk.outside.texts import shapes

__all__ = ["Block"]

DEPTH: Final = 8
"""How deep blocks and secrets are looked for in blocks, lists and dicts."""

MOST: Final = 50
"""Nested blocks that a call is related to."""


class Block(BaseModel):
    """Something a flow connects to: a bucket, a database, a service, with what it takes to do so.

    Each call of a public method is an event about the system behind the block, tied to the run.
    What a call goes to and how much it moved, a method says by `touches` and `moved`.
    """

    model_config = ConfigDict(extra="forbid")

    _block_type_name: ClassVar[str | None] = None
    """What people call this type of block; by default the class's name."""
    _block_type_slug: ClassVar[str | None] = None
    """What programs and events call it: `s3-bucket`; by default made from the name."""

    _document_id: UUID | None = PrivateAttr(default=None)
    """Of a block that is saved."""
    _document_name: str | None = PrivateAttr(default=None)
    """What it is saved as."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        observe_methods(cls, _is_plain, frozenset(vars(Block)))

    @classmethod
    def get_block_type_name(cls) -> str:
        """Return what people call this type of block."""
        return cls.__dict__.get("_block_type_name") or cls.__name__

    @classmethod
    def get_block_type_slug(cls) -> str:
        """Return what programs call it: lower case, digits and dashes."""
        found: str | None = cls.__dict__.get("_slug")
        if found is None:
            given = cls.__dict__.get("_block_type_slug") or cls.get_block_type_name()
            found = cls._slug = _slug_of(given)
        return found

    _slug: ClassVar[str | None] = None

    # --- what types of blocks say of themselves --------------------------------------------------

    def _system(self) -> str | None:
        """Return the address of the system behind the block: `s3://lake`.

        User, password and query are cut. None: the type of the block stands for it.
        """
        return None

    def _credential(self) -> Credential | None:
        """Return what may be said of the credential that calls go with.

        By default that is what the first nested block says which has one.
        """
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
        return _secrets_in(self.__dict__, DEPTH)


_PLAIN: Final = frozenset({object, ABC, Generic, Protocol})


def _is_plain(base: type) -> bool:
    """Tell whether a class in a block's family is the user's, and no model."""
    return not issubclass(base, BaseModel) and base not in _PLAIN


_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[0-9]+")


def _slug_of(name: str) -> str:
    """Return `s3-bucket` of "S3 Bucket", `sql-database` of `SQLDatabase`."""
    return "-".join(_WORDS.findall(name)).lower() or "block"


def _blocks_in(value: Any, depth: int) -> Iterator[Block]:
    for each in _inside(value) if depth else ():
        if isinstance(each, Block):
            yield each
        yield from _blocks_in(each, depth - 1)


def _secrets_in(value: Any, depth: int) -> Iterator[str]:
    for name, each in _named(value) if depth else ():
        if isinstance(each, SecretStr):
            yield each.get_secret_value()
        elif isinstance(each, SecretBytes):
            yield each.get_secret_value().decode("utf-8", "replace")
        elif isinstance(each, str) and is_secret_name(name):
            yield each
        else:
            yield from _secrets_in(each, depth - 1)


_LEAVES: Final = frozenset({str, int, float, bool, bytes, type(None)})


def _inside(value: Any) -> Iterator[Any]:
    return (each for _, each in _named(value))


def _named(value: Any) -> Iterator[tuple[str, Any]]:
    """Give what is in a model or a collection, by name where it has one."""
    if type(value) in _LEAVES:
        return
    if isinstance(value, BaseModel):
        value = value.__dict__
    if isinstance(value, Mapping):
        yield from ((str(name), each) for name, each in value.items())
    elif isinstance(value, list | tuple | set | frozenset):
        yield from (("", each) for each in value)
