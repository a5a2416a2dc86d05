"""Save blocks, load and delete them: they lie on the server, their secrets encrypted."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from pydantic import ConfigDict, ModelWrapValidatorHandler, PrivateAttr, ValidationError
from pydantic import model_validator as validator

from peninsula.blocks import contents
from peninsula.blocks.aliases import taken_as
from peninsula.blocks.classes import class_in, class_of
from peninsula.blocks.secrecy import secrets_in
from peninsula.blocks.typed import Typed
from peninsula.core import blocks, codec, secret_places
from peninsula.core.blocks import BlockDocument, BlockType, Opened, OpenedBlock
from peninsula.core.calls import Credential
from peninsula.core.errors import InvalidError, NotFoundError
from peninsula.core.variables import check_name
from peninsula.sdk import masks
from peninsula.sdk.asking import ask
from peninsula.sdk.loops import run_here
from peninsula.sdk.outside import threads

if TYPE_CHECKING:
    from peninsula.client.api import Api

__all__ = ["Document", "register"]

_log = logging.getLogger(__name__)


class Document(Typed):
    """A model that is saved under a name. All of it works without a server, on the local database.

    What is secret of it is masked, from its making on, in all that this process tells.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    _document_id: UUID | None = PrivateAttr(default=None)
    """Of a block that is saved."""
    _document_name: str | None = PrivateAttr(default=None)
    """What it is saved as."""
    _saved_credential: Credential | None = PrivateAttr(default=None)
    """What the server says of its secrets."""

    # --- what is known of its secrets ------------------------------------------------------------

    @validator(mode="wrap")
    @classmethod
    def _learn(cls, values: Any, make: ModelWrapValidatorHandler[Self]) -> Self:
        made = make(values)
        masks.learn([*secrets_in(made)])
        return made

    def __setattr__(self, name: str, value: Any) -> None:
        """Set a field; a secret is masked from now on."""
        super().__setattr__(name, value)
        called = masks.telling_names(type(self)).get(name, name)
        masks.learn([*secrets_in({called: value})])

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **values: Any) -> Self:
        """Make one that is not validated; a secret among its values is masked from now on."""
        made = super().model_construct(_fields_set, **values)
        masks.learn([*secrets_in(made)])
        return made

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with these fields; a secret among them is masked from now on."""
        made = super().model_copy(update=update, deep=deep)
        masks.learn([*secrets_in(made)])
        return made

    def __setstate__(self, state: dict[Any, Any]) -> None:
        """Come from another process, secrets and all."""
        super().__setstate__(state)
        masks.learn([*secrets_in(self)])

    # --- saving ----------------------------------------------------------------------------------

    def save(self, name: str, overwrite: bool = False) -> UUID:  # noqa: FBT001, FBT002  Prefect's
        """Save the block under a name, and return its id.

        A nested block that is saved stays its own, and is referred to; another one is part of this.

        Raises:
            ConflictError: There is a block of that type and name, and `overwrite` is not set.
            UnavailableError: No server answered within the setting `wait_timeout`.
        """
        id_: UUID = run_here(self.asave(name, overwrite))
        return id_

    async def asave(self, name: str, overwrite: bool = False) -> UUID:  # noqa: FBT001, FBT002
        """Save the block, as `save` does."""
        check_name(name, "block")
        cls, content = type(self), contents.contents(self, _saved)

        async def store(api: Api) -> BlockDocument:
            type_ = await register(api, cls)
            return await api.save_block(
                type_.slug,
                name,
                content.data,
                secrets=content.secrets,
                schema=type_.schema.checksum,
                checked=True,
                overwrite=overwrite,
            )

        made = await ask(store)
        self._is_document(made)
        if any(len(text) < masks.SHORTEST for text in secrets_in(self) if text):
            _log.warning(
                "A secret of %s/%s has less than %d characters: it is encrypted, but too short to"
                " be masked in logs. Use a longer one.",
                made.type,
                made.name,
                masks.SHORTEST,
            )
        return made.id

    def _is_document(self, of: BlockDocument | OpenedBlock) -> None:
        self._document_id = of.id
        self._document_name = f"{of.type}/{of.name}"
        if of.credential_version is not None or of.expires is not None:
            self._saved_credential = Credential(version=of.credential_version, expires=of.expires)

    def ref(self) -> dict[str, Any]:
        """Return what stands for the saved block in data: `{"$ref": {"block_document_id": …}}`."""
        if self._document_id is None:
            msg = f"This {type(self).__name__} is not saved, so nothing can refer to it. Save it."
            raise InvalidError(msg)
        return blocks.reference(self._document_id)

    @classmethod
    def register_type_and_schema(cls) -> None:
        """Have the server know the type, so that people can make blocks of it."""
        run_here(cls.aregister_type_and_schema())

    @classmethod
    async def aregister_type_and_schema(cls) -> None:
        """Have the server know the type, as `register_type_and_schema` does."""
        await ask(lambda api: register(api, cls))

    # --- loading ---------------------------------------------------------------------------------

    @classmethod
    def load(cls, name: str, validate: bool = True) -> Self:  # noqa: FBT001, FBT002  Prefect's
        """Return the block of that name, `warehouse` or `sql-database/warehouse`, secrets and all.

        That it was opened is an event. It may have been saved by another version of its class:
        fields that there are not any more are left out. `validate=False` takes the others as well
        where they do not fit.

        Raises:
            NotFoundError: There is no such block.
            InvalidError: What was saved does not fit the class.
            UnavailableError: No server answered within the setting `wait_timeout`.
        """
        found: Self = run_here(cls.aload(name, validate))
        return found

    @classmethod
    async def aload(cls, name: str, validate: bool = True) -> Self:  # noqa: FBT001, FBT002
        """Return the block of that name, as `load` does."""
        slug, name = cls._address(name)

        async def find(api: Api) -> Opened:
            found = await api.block_by_name(slug, name)
            return await api.open_block(found.id, run=_run())

        return cls._made(await ask(find), validate=validate)

    @classmethod
    def load_from_ref(
        cls,
        ref: str | UUID | Mapping[str, Any],
        validate: bool = True,  # noqa: FBT001, FBT002  Prefect's
    ) -> Self:
        """Return the block that an id or a reference names: what `ref` gives, or within `$ref`."""
        found: Self = run_here(cls.aload_from_ref(ref, validate))
        return found

    @classmethod
    async def aload_from_ref(
        cls,
        ref: str | UUID | Mapping[str, Any],
        validate: bool = True,  # noqa: FBT001, FBT002  Prefect's
    ) -> Self:
        """Return the block that an id or a reference names, as `load_from_ref` does."""
        said = ref
        if isinstance(said, Mapping):
            said = said.get("$ref", said)
        if isinstance(said, Mapping):
            said = said.get("block_document_id", said)
        if not isinstance(said, str | UUID):
            msg = f"{ref!r} refers to no block. Give its id, or what `ref()` of the block returns."
            raise InvalidError(msg)
        id_ = codec.id_of(str(said), "block id")
        return cls._made(await ask(lambda api: api.open_block(id_, run=_run())), validate=validate)

    @classmethod
    def _address(cls, said: str) -> tuple[str, str]:
        """Return type and name of `name` or `type/name`."""
        slug, found, name = said.rpartition("/")
        if not found:
            if cls.__module__ == "peninsula.blocks.base":
                msg = f'{said!r} is not enough for Block.load: say the type, "s3-bucket/{said}".'
                raise InvalidError(msg)
            slug = cls.get_block_type_slug()
        check_name(slug, "block type")
        check_name(name, "block")
        return slug, name

    @classmethod
    def _made(cls, opened: Opened, *, validate: bool) -> Self:
        known = {one.id: one for one in opened.blocks}
        top = opened.blocks[0]
        kind: type[Any] | None = (
            cls if cls.get_block_type_slug() == top.type else class_of(top.type, cls)
        )
        if kind is None:
            msg = (
                f"No class here is for block {top.type}/{top.name}. Import the module of its class,"
                " or load it by the class."
            )
            raise NotFoundError(msg)
        made: Self = _build(kind, top, known, validate=validate)
        return made

    # --- deleting --------------------------------------------------------------------------------

    @classmethod
    def delete(cls, name: str) -> None:
        """Delete the block of that name, `warehouse` or `sql-database/warehouse`.

        Raises NotFoundError; ConflictError: it is nested in another.
        """
        run_here(cls.adelete(name))

    @classmethod
    async def adelete(cls, name: str) -> None:
        """Delete the block of that name, as `delete` does."""
        slug, name = cls._address(name)

        async def remove(api: Api) -> None:
            await api.delete_block((await api.block_by_name(slug, name)).id)

        await ask(remove)


def _saved(model: Any) -> UUID | None:
    return model._document_id if isinstance(model, Document) else None  # noqa: SLF001  its own


def _run() -> UUID | None:
    run = threads.run_here()
    return None if run is None else run.root.id


async def register(api: Api, cls: type[Typed]) -> BlockType:
    """Have a server know the type."""
    return await api.register_block_type(
        slug=cls.get_block_type_slug(),
        name=cls.get_block_type_name(),
        fields=cls.get_block_schema(),
        version=cls._block_schema_version,
        capabilities=cls.get_block_capabilities(),
        description=cls.get_description(),
        logo_url=cls._logo_url,
        documentation_url=cls._documentation_url,
        code_example=cls.get_code_example(),
    )


# --- from data to blocks -------------------------------------------------------------------------


def _build(
    kind: type[Any], one: OpenedBlock, known: Mapping[UUID, OpenedBlock], *, validate: bool
) -> Any:
    data = codec.decode(dict[str, Any], one.data)
    fields = {taken_as(name, field): field.annotation for name, field in kind.model_fields.items()}
    for place, id_ in blocks.references(data).items():
        nested = known[id_]
        # Where no class is known, the field's own type says what is made of the data.
        cls = class_in(nested.type, fields.get(str(place[0]))) or class_of(nested.type, Document)
        made = (
            codec.decode(dict[str, Any], nested.data)
            if cls is None
            else _build(cls, nested, known, validate=validate)
        )
        data = secret_places.join(data, {place: made})
    fitting = contents.fitting(kind, data)
    try:
        built = kind.model_validate(fitting)
    except ValidationError as problem:
        if validate:
            raise _misfit(kind, one, problem) from None
        built = contents.loosely(kind, fitting)
        masks.learn([*secrets_in(built)])
    built._is_document(one)  # noqa: SLF001  of a Document
    return built


def _misfit(kind: type[Any], one: OpenedBlock, problem: ValidationError) -> InvalidError:
    msg = (
        f"Block {one.type}/{one.name} does not fit the class {kind.__name__}:"
        f" {contents.reasons(problem)}. Save it anew with overwrite=True."
    )
    return InvalidError(msg)
